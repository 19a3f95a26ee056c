"""代录异议: an appeal, or the wish for a second look, that came on paper, recorded at the counter with its scan."""

from collections.abc import Mapping, Sequence

from litestar.handlers import HTTPRouteHandler

from payouts.notices import actions, queries
from payouts.notices.rules import appeal_must_be_there
from payouts.runs import queries as runs
from payouts.runs.rules import OF_A_TOWNSHIP, RunName, name_of, person_of
from schemas.access import Deed
from schemas.evidence import EvidenceFile
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.runs import Run
from web.i18n.words import N_
from web.pages.appeals import appeal_at
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, day_from, does, shows
from web.pages.run import run_at
from web.pages.runs import UPLOAD_BYTES
from web.pages.voucher import kept_files

appeal_scan_must_be_there = Fault(
    code="appeal_scan_must_be_there",
    says="An appeal on paper is recorded with the scan of the paper, one file.",
    remedy="Scan the signed paper and choose that file.",
)


def _listed(visit: Visit, run: Run, name: RunName) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Who is in a township's list, by village: what the list knows them by, and their names."""
    if name.kind not in OF_A_TOWNSHIP:
        return {}
    villages = {part.no: part.name for part in runs.parts(visit.db, name, content=run.content)}
    found: dict[str, dict[str, str]] = {}
    for line in runs.lines(visit.db, name, content=run.content):
        found.setdefault(villages[line.part], {})[line.payee] = person_of(line.payee) or line.payee
    return {village: tuple(people.items()) for village, people in found.items()}


def _form(
    visit: Visit,
    problems: Sequence[Problem],
    status: int,
    *,
    run: Run,
    name: RunName,
    appeal: object = None,
    payee: str = "",
) -> Shown:
    return visit.page(
        "paper_appeal.html",
        problems=problems,
        status=status,
        run=run,
        appeal=appeal,
        listed=_listed(visit, run, name),
        payee=visit.field("payee") or payee,
        given=visit.field,
    )


def _new(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    run, name = run_at(visit)
    return _form(visit, problems, status, run=run, name=name, payee=visit.query.get("payee", ""))


def _again(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    number = appeal_at(visit)
    appeal = queries.appeal(visit.db, book=visit.id, number=number)
    if appeal is None:
        raise Refusal(appeal_must_be_there.at("/number", number=number), kind=RefusalKind.MISSING)
    name = name_of(appeal.run)
    run = None if name is None else runs.run(visit.db, name)
    assert name is not None, "an appeal is about a run under its name"
    assert run is not None, "and that is there"
    return _form(visit, problems, status, run=run, name=name, appeal=appeal, payee=appeal.payee)


async def _scan(visit: Visit) -> EvidenceFile:
    files = await kept_files(visit)
    if len(files) != 1:
        raise Refusal(appeal_scan_must_be_there.at("/files"))
    return files[0]


async def _record(visit: Visit) -> Shown:
    _, name = await visit.read(lambda: run_at(visit))
    came, scan = day_from(visit.field("came"), pointer="/came"), await _scan(visit)
    await visit.write(
        lambda db: actions.record(
            db,
            name,
            payee=visit.field("payee"),
            text=visit.field("text"),
            came=came,
            scan=scan,
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(
        f"{visit.home}/runs/{name}#appeals",
        notice=N_("Recorded. The line is held until another officer has answered."),
    )


async def _record_again(visit: Visit) -> Shown:
    number = appeal_at(visit)
    came, scan = day_from(visit.field("came"), pointer="/came"), await _scan(visit)
    appeal = await visit.write(
        lambda db: actions.record_escalation(
            db,
            book=visit.id,
            number=number,
            text=visit.field("text"),
            came=came,
            scan=scan,
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(
        f"{visit.home}/runs/{appeal.run}#appeals", notice=N_("Recorded. Another officer looks at it.")
    )


def _handlers(home: str, called: str) -> list[HTTPRouteHandler]:
    """The forms and their acts at a book or a township; ``called`` tells the one from the other."""

    def new(visit: Visit) -> Shown:
        return _new(visit)

    def again(visit: Visit) -> Shown:
        return _again(visit)

    async def record(visit: Visit) -> Shown:
        return await _record(visit)

    async def record_again(visit: Visit) -> Shown:
        return await _record_again(visit)

    new.__name__, again.__name__ = f"new_appeal_{called}", f"second_look_{called}"
    record.__name__, record_again.__name__ = f"record_appeal_{called}", f"record_second_look_{called}"
    to_run, to_appeal = f"{home}/runs/{{run}}/appeals", f"{home}/appeals/{{number}}/second-look"
    return [
        shows(f"{to_run}/new", deed=Deed.RECORD_APPEAL, asks=("payee",))(new),
        does(
            to_run,
            deed=Deed.RECORD_APPEAL,
            takes=UPLOAD_BYTES,
            again=_new,
            unless=RefusalKind.MISSING,
        )(record),
        shows(to_appeal, deed=Deed.RECORD_APPEAL)(again),
        does(
            to_appeal,
            deed=Deed.RECORD_APPEAL,
            takes=UPLOAD_BYTES,
            again=_again,
            unless=RefusalKind.MISSING,
        )(record_again),
    ]


handlers = [*_handlers("/books/{book}", "of_a_book"), *_handlers("/townships/{township}", "of_a_township")]
