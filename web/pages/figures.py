"""外部数据: what other departments say of a township's villages and households: the file, the comparison, the doubts with their
answers, and the three gates."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial
from typing import Any

from litestar import Response

from coop.figures import actions, queries
from coop.figures.kinds import kinds_of
from ledger.evidence import rules as evidence_rules
from ledger.periods.rules import month_before
from schemas.access import Deed
from schemas.figures import DoubtKind, Gate, Parcel, ParcelState, SubjectKind
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.units import PersonId
from web.exports.figures import template
from web.exports.routes import MEDIA
from web.figure_answers import figures_of_month, name_of_figure, parcel_answer, parcels_of, read_parcel
from web.i18n.words import N_
from web.pages.evidence import served
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, does, month_from, shows
from web.people_names import names_of as names_of_people

_FIGURES = "/townships/{township}/figures"
_PARCEL = f"{_FIGURES}/{{number}}"
_A_PAGE = 300
"""Rows of a table that are shown; the file and the API have all."""

file_of_figures_must_be_chosen = Fault(
    code="file_of_figures_must_be_chosen",
    says="No file was chosen.",
    remedy="Choose the filled in template, or another table as Excel or CSV.",
)
doubts_must_be_worded = Fault(
    code="doubts_must_be_worded",
    says="Nothing is said of any doubt.",
    remedy="Say beside a doubt why the figure is kept, or one reason for all of a kind.",
)


def _page(
    visit: Visit, page: str, parcels: Sequence[Parcel], *, codes: Collection[str], **values: Any
) -> Shown:
    """``codes`` are the figures somebody gave; nothing is shown of the others."""
    return visit.page(
        page,
        names=names_of_people(visit.db, _people(parcels), locale=visit.locale),
        figure=partial(name_of_figure, locale=visit.locale),
        given=visit.field,
        kinds={of: [kind for kind in kinds_of(of) if kind.code in codes] for of in SubjectKind},
        most=_A_PAGE,
        **values,
    )


def _people(parcels: Sequence[Parcel]) -> set[PersonId]:
    return {
        person
        for one in parcels
        for person in (one.by, *(step.by for step in one.steps), *(said.by for said in one.answers))
    }


@shows(_FIGURES, deed=Deed.SEE_TOWNSHIP, asks=("month",))
def list_figures(visit: Visit) -> Shown:
    """The parcels of the township, and what counts of a month."""
    return _show_list(visit)


def _show_list(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    months = queries.months_entered(visit.db, township=visit.at_township)
    last_month = month_before(visit.on.year * 100 + visit.on.month)
    month = month_from(visit.query.get("month", ""), otherwise=months[0] if months else last_month)
    found = parcels_of(visit.db, township=visit.at_township)
    counts = figures_of_month(visit.db, township=visit.at_township, month=month)
    return _page(
        visit,
        "figures.html",
        [one.parcel for one in found.items],
        codes={one.code for subject in counts.subjects for one in subject.figures},
        problems=problems,
        status=status,
        items=found.items,
        months=months,
        month=month,
        last_month=last_month,
        counts=counts,
        may_collect=visit.may(Deed.COLLECT_FIGURES),
    )


@does(
    _FIGURES,
    deed=Deed.COLLECT_FIGURES,
    takes=evidence_rules.BIGGEST_FILE + 65_536,
    again=_show_list,
)
async def collect_file(visit: Visit) -> Shown:
    """Collect the figures of a month from a file."""
    month = month_from(visit.field("month"), otherwise=0, pointer="/month")
    files = visit.uploads("file")
    if not files:
        raise Refusal(file_of_figures_must_be_chosen.at("/file"))
    content, name = await files[0].read(), files[0].filename or "?"
    new = await visit.on_thread(lambda: read_parcel(content, name=name, month=month, store=visit.evidence))
    made = await visit.write(
        lambda db: actions.collect(db, new, township=visit.at_township, by=visit.by, on=visit.on, at=visit.at)
    )
    return see_other(
        f"{visit.home}/figures/{made.number}", notice=N_("Collected. Nothing counts before it is entered.")
    )


@shows(f"{_FIGURES}/template.xlsx", deed=Deed.SEE_TOWNSHIP)
def show_figures_template(visit: Visit) -> Shown:
    """The blank workbook departments fill in."""
    return Response(
        template(visit.db, township=visit.at_township),
        media_type=MEDIA["xlsx"],
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{address('外部数据.xlsx')}",
            "Cache-Control": "private, no-store",
        },
    )


@shows(_PARCEL, deed=Deed.SEE_TOWNSHIP)
def show_parcel(visit: Visit) -> Shown:
    """A parcel: the comparison, the doubts with their answers, and the next gate."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    one = _at(visit)
    found = parcel_answer(visit.db, one, township=visit.at_township, on=visit.on)
    mine = one.by == visit.by
    waiting = [each for each in found.compared.doubts if each.answer is None]
    may_review = visit.may(Deed.REVIEW_FIGURES)
    return _page(
        visit,
        "figures_parcel.html",
        [one],
        codes={figure.code for row in found.compared.rows for figure in row.figures},
        problems=problems,
        status=status,
        found=found,
        one=one,
        doubts={
            kind: [each for each in found.compared.doubts if each.doubt.kind is kind] for kind in DoubtKind
        },
        waiting=waiting,
        tables={
            of: [row for row in found.compared.rows if bool(row.subject.household) is (of == "household")]
            for of in SubjectKind
        },
        may_answer=visit.may(Deed.COLLECT_FIGURES) and one.is_open,
        may_review=may_review and not mine and one.state is ParcelState.COLLECTED,
        may_enter=may_review and not mine and one.state is ParcelState.REVIEWED,
        may_return=may_review and one.is_open,
        waits_for_another=one.is_open and mine,
    )


def _at(visit: Visit) -> Parcel:
    return queries.parcel(visit.db, township=visit.at_township, number=visit.number_at("number"))


@does(f"{_PARCEL}/answers", deed=Deed.COLLECT_FIGURES, again=_show, unless=RefusalKind.MISSING)
async def answer_parcel_doubts(visit: Visit) -> Shown:
    """Say why doubted figures are kept: of each, or of all of a kind."""
    said = {
        key: text
        for kind in DoubtKind
        if (text := visit.field(f"all-{kind}"))
        for key in visit.fields(f"of-{kind}")
    }
    for kind in DoubtKind:
        said |= {key: text for key in visit.fields(f"of-{kind}") if (text := visit.field(f"answer-{key}"))}
    if not said:
        raise Refusal(doubts_must_be_worded.at("/answers"))
    number = visit.number_at("number")
    await visit.write(lambda db: actions.answer(db, said, **_of(visit, number)))
    return see_other(f"{visit.home}/figures/{number}#doubts", notice=N_("Written down."))


def _gate(act: Callable[..., Parcel], gate: Gate, notice: str) -> Callable[[Visit], Awaitable[Shown]]:
    async def passed(visit: Visit) -> Shown:
        number = visit.number_at("number")
        said = {"text": visit.field("text")} if gate is Gate.RETURN else {}
        await visit.write(lambda db: act(db, **said, **_of(visit, number)))
        return see_other(f"{visit.home}/figures/{number}", notice=notice)

    passed.__name__ = f"{gate}_parcel"
    return passed


def _of(visit: Visit, number: int) -> dict[str, Any]:
    return {
        "township": visit.at_township,
        "number": number,
        "by": visit.by,
        "on": visit.on,
        "at": visit.at,
    }


review_parcel = does(f"{_PARCEL}/review", deed=Deed.REVIEW_FIGURES, again=_show, unless=RefusalKind.MISSING)(
    _gate(actions.review, Gate.REVIEW, N_("Reviewed. It waits to be entered."))
)
return_parcel = does(f"{_PARCEL}/return", deed=Deed.REVIEW_FIGURES, again=_show, unless=RefusalKind.MISSING)(
    _gate(actions.send_back, Gate.RETURN, N_("Sent back. A corrected file is collected anew."))
)
enter_parcel = does(f"{_PARCEL}/entry", deed=Deed.REVIEW_FIGURES, again=_show, unless=RefusalKind.MISSING)(
    _gate(actions.enter, Gate.ENTER, N_("Entered. It counts from now on, and red lines were looked at."))
)


@shows(f"{_PARCEL}/file", deed=Deed.SEE_EVIDENCE)
def show_parcel_file(visit: Visit) -> Shown:
    """The file of a parcel as it came."""
    one = _at(visit)
    return served(visit, one.sha256, name=one.name)


handlers = [
    list_figures,
    collect_file,
    show_figures_template,
    show_parcel,
    answer_parcel_doubts,
    review_parcel,
    return_parcel,
    enter_parcel,
    show_parcel_file,
]
