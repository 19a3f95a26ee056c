"""收入快照与红黑榜: a township's frozen months with their ranks and lists, what villages say against them, and the board
everybody reads once they are published."""

from collections.abc import Mapping, Sequence

from coop.lists import actions, queries
from coop.lists.rules import appeals_until, list_appeal_must_be_there, month_must_be_frozen
from coop.places import queries as places
from coop.places import rules as place_rules
from coop.snapshots import queries as snapshots
from coop.snapshots.rules import LEVELS
from ledger.periods.rules import last_day, month_text
from schemas.access import Deed
from schemas.places import Place, PlaceLevel
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.snapshots import FrozenRank, KeptSnapshot
from schemas.units import Period
from web.i18n.words import N_
from web.pages.boards import above_of, home_of
from web.pages.evidence import served
from web.pages.household import LARGE, plain_page
from web.pages.paper_appeals import appeal_scan_must_be_there
from web.pages.policy import UPLOAD_BYTES
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, day_from, does, month_from, shows
from web.pages.voucher import kept_files

UPHELD = "upheld"
_AT = "/townships/{township}/snapshots"
_APPEALS = "/townships/{township}/list-appeals"


@shows(_AT, deed=Deed.SEE_TOWNSHIP, asks=("month",))
def show_snapshots(visit: Visit) -> Shown:
    """A frozen month of the township: its villages, where they stood, the lists, and what was said against them."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    township = visit.at_township
    months = snapshots.months_frozen(visit.db, within=township)
    asked = visit.field("month") or visit.query.get("month", "")
    month = month_from(asked, otherwise=months[0] if months else 0)
    if not months:
        return visit.page("snapshots.html", problems=problems, status=status, months=(), kept=None)
    kept = queries.kept(visit.db, township=township, month=month)
    lists = queries.lists_of_township(visit.db, township=township, month=month, on=visit.on)
    return visit.page(
        "snapshots.html",
        problems=problems,
        status=status,
        months=months,
        month=month,
        kept=kept,
        levels=LEVELS,
        ranks=_by_village(kept),
        names=_names(visit, kept),
        lists=lists,
        listed=sorted({one.village for each in lists for one in (*each.red, *each.black)}),
        until=appeals_until(kept),
        appeals=queries.appeals(visit.db, within=township, month=month).get(township, ()),
        may_record=visit.may(Deed.RECORD_APPEAL),
        may_answer=visit.may(Deed.ANSWER_APPEAL),
        given=visit.field,
    )


@shows("/places/{place}/lists", deed=Deed.SEE_TOWNSHIP, asks=("month",))
def show_place_lists(visit: Visit) -> Shown:
    """The red and the black list of a county, city or province as its officers see it, before it is published as well."""
    code = visit.text_at("place")
    if len(code) == place_rules.LENGTHS[PlaceLevel.TOWNSHIP]:
        return see_other(address(f"{home_of(code)}/snapshots", **dict(visit.query.items())))
    months = snapshots.months_frozen(visit.db, within=code)
    month = month_from(visit.query.get("month", ""), otherwise=months[0] if months else 0)
    place = places.place_there(visit.db, code=code, as_of=last_day(month) if month else None)
    if months and month not in months:
        raise Refusal(
            month_must_be_frozen.at("/month", month=month_text(month), township=place.name),
            kind=RefusalKind.MISSING,
        )
    return visit.page(
        "place_lists.html",
        place=place,
        above=above_of(visit, place.code),
        home_of=home_of,
        months=months,
        month=month,
        lists=queries.lists(visit.db, place=place, month=month, on=visit.on, everybody=False)
        if months
        else None,
    )


def _by_village(kept: KeptSnapshot) -> Mapping[str, Mapping[str, FrozenRank]]:
    found: dict[str, dict[str, FrozenRank]] = {}
    for one in kept.ranks:
        found.setdefault(one.village, {})[one.level.value] = one
    return found


def _names(visit: Visit, kept: KeptSnapshot) -> Mapping[str, str]:
    codes = [one.village for one in kept.snapshot.villages]
    named = places.places(visit.db, codes=codes, as_of=last_day(kept.snapshot.month))
    return {code: place.name for code, place in named.items()}


# Appeals against a list


@does(_APPEALS, deed=Deed.RECORD_APPEAL, takes=UPLOAD_BYTES, again=_show, unless=RefusalKind.MISSING)
async def record_list_appeal(visit: Visit) -> Shown:
    """Record what a village brought on paper, with its scan."""
    month, came = _month_of_form(visit), day_from(visit.field("came"), pointer="/came")
    files = await kept_files(visit)
    if len(files) != 1:
        raise Refusal(appeal_scan_must_be_there.at("/files"))
    await visit.write(
        lambda db: actions.appeal(
            db,
            township=visit.at_township,
            village=visit.field("village"),
            month=month,
            text=visit.field("text"),
            scan=files[0],
            came=came,
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(
        f"{visit.home}/snapshots?month={month_text(month)}#appeals",
        notice=N_("Recorded. The village is not on the published list until another officer has answered."),
    )


@does(f"{_APPEALS}/{{number}}", deed=Deed.ANSWER_APPEAL, again=_show, unless=RefusalKind.MISSING)
async def answer_list_appeal(visit: Visit) -> Shown:
    """Answer one: the village is left off, or it stays as it is, and why."""
    number = visit.number_at("number")
    answered = await visit.write(
        lambda db: actions.answer(
            db,
            township=visit.at_township,
            number=number,
            upheld=visit.field("outcome") == UPHELD,
            text=visit.field("text"),
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(
        f"{visit.home}/snapshots?month={month_text(answered.month)}#appeals", notice=N_("Answered.")
    )


@shows(f"{_APPEALS}/{{number}}/papers/{{digest}}", deed=Deed.SEE_EVIDENCE)
def show_list_appeal_paper(visit: Visit) -> Shown:
    """The bytes of a paper an appeal against a list came on."""
    number, digest = visit.number_at("number"), visit.text_at("digest")
    paper = queries.appeal(visit.db, township=visit.at_township, number=number).paper
    if paper is None or paper.sha256 != digest:
        raise Refusal(list_appeal_must_be_there.at("/digest", number=number), kind=RefusalKind.MISSING)
    return served(visit, digest, name=paper.name)


def _month_of_form(visit: Visit) -> Period:
    return month_from(visit.field("month"), otherwise=0)


# The village's own side


@shows("/books/{book}/lists", deed=Deed.SEE_BOOK, asks=("month",))
def show_own_lists(visit: Visit) -> Shown:
    """Where the village of a collective's book stood in a frozen month, which lists it is on, and what it said."""
    return _show_own(visit)


def _show_own(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    where = queries.home_of(visit.db, book=visit.id)
    months = snapshots.months_frozen(visit.db, within=where.township)
    asked = visit.field("month") or visit.query.get("month", "")
    month = month_from(asked, otherwise=months[0] if months else 0)
    if not months:
        return visit.page("own_lists.html", problems=problems, status=status, months=(), own=None)
    kept = queries.kept(visit.db, township=where.township, month=month)
    lists = queries.lists_of_township(visit.db, township=where.township, month=month, on=visit.on)
    said = queries.appeals(visit.db, within=where.township, month=month).get(where.township, ())
    return visit.page(
        "own_lists.html",
        problems=problems,
        status=status,
        months=months,
        month=month,
        kept=kept,
        levels=LEVELS,
        own=next((one for one in kept.snapshot.villages if one.village == where.village), None),
        ranks=_by_village(kept).get(where.village, {}),
        listed=[
            (each.level, one)
            for each in lists
            for one in (*each.red, *each.black)
            if one.village == where.village
        ],
        until=appeals_until(kept),
        appeal=next((one for one in said if one.village == where.village), None),
        since=next(
            (
                one
                for one in snapshots.since_frozen(
                    visit.db, village=where.village, year=month // 100, on=visit.on
                )
                if one.month == month
            ),
            None,
        ),
        may_record=visit.may(Deed.RECORD_APPEAL),
        given=visit.field,
    )


@does("/books/{book}/list-appeals", deed=Deed.RECORD_APPEAL, again=_show_own, unless=RefusalKind.MISSING)
async def appeal_own_listing(visit: Visit) -> Shown:
    """Say something against the village being listed."""
    month = _month_of_form(visit)
    where = await visit.read(lambda: queries.home_of(visit.db, book=visit.id))
    await visit.write(
        lambda db: actions.appeal(
            db,
            township=where.township,
            village=where.village,
            month=month,
            text=visit.field("text"),
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(
        f"{visit.home}/lists?month={month_text(month)}",
        notice=N_("Said. An officer of the township answers."),
    )


# What everybody reads


@shows("/lists", deed=None, asks=(LARGE,))
def show_published(visit: Visit) -> Shown:
    """The places whose lists are published, with the newest month of each."""
    return plain_page(visit, "published.html", places=queries.published(visit.db, on=visit.on))


@shows("/lists/{code}/{month}", deed=None, asks=(LARGE,))
def show_published_lists(visit: Visit) -> Shown:
    """The red and the black list of a place for a month, as far as they are published."""
    code, month = visit.text_at("code"), month_from(visit.text_at("month"), otherwise=0)
    found = queries.published(visit.db, on=visit.on)
    place: Place | None = next((one for one in found if one.code == code), None)
    if place is None or month not in found[place]:
        raise Refusal(
            month_must_be_frozen.at("/month", month=visit.text_at("month")[:10], township=code[:12]),
            kind=RefusalKind.MISSING,
        )
    return plain_page(
        visit,
        "published_lists.html",
        place=place,
        month=month,
        months=found[place],
        lists=queries.lists(visit.db, place=place, month=month, on=visit.on, everybody=True),
    )


handlers = [
    show_snapshots,
    show_place_lists,
    record_list_appeal,
    answer_list_appeal,
    show_list_appeal_paper,
    show_own_lists,
    appeal_own_listing,
    show_published,
    show_published_lists,
]
