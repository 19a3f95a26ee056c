"""导入: a hand-over pack is dropped and read dry; what was repaired, what must be mended, what would be written; then all
or nothing."""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple

from coop.access import queries as access
from schemas.access import Deed
from schemas.packs import PackProblem, Repair
from schemas.problems import Problem, Refusal, Severity
from web import i18n
from web.i18n.words import N_
from web.imports.desk import MOST_BYTES, ImportDesk, Parcel, pack_must_be_handed_in
from web.imports.enter import HEIRS_OF_NOTES, EntryReport
from web.imports.plan import Manner
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows

MOST_OF_A_SHEET = 200
"""Findings of one sheet on the page; the rest when these are mended."""

MANNERS = {
    Manner.OPEN: N_("new book"),
    Manner.APPEND: N_("new year"),
    Manner.COMPARE: N_("known already"),
    Manner.REFUSE: N_("refused"),
}
OF_TOWNSHIP = {
    "places": N_("places"),
    "thresholds": N_("thresholds"),
    "village_scores": N_("village scores"),
    "cadres": N_("cadres"),
    "bonus_schemes": N_("bonus schemes"),
}


class Found(NamedTuple):
    """One thing wrong, in the reader's language, with its place."""

    cell: str
    column: str
    raw: str
    what: str
    says: str
    remedy: str
    error: bool
    also: int


class OfSheet(NamedTuple):
    """What was found on one sheet of one workbook."""

    workbook: str
    sheet: str
    found: tuple[Found, ...]
    more: int


class Mended(NamedTuple):
    """One habit that was repaired, and where."""

    cell: str
    column: str
    raw: str
    repaired: str
    says: str


@shows("/import", deed=Deed.IMPORT_PACK)
def import_desk(visit: Visit) -> Shown:
    """Where a pack is dropped, and what was dropped before."""
    return _show_desk(visit)


def _show_desk(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    desk = _desk(visit)
    return visit.page(
        "imports.html",
        problems=problems,
        status=status,
        parcels=[(one, desk.work_on(one)) for one in desk.parcels_of(visit.by)],
        most=MOST_BYTES // (1024 * 1024),
    )


@does("/import", deed=Deed.IMPORT_PACK, takes=MOST_BYTES, again=_show_desk)
async def hand_in(visit: Visit) -> Shown:
    """Lay a pack on the desk, and begin to read it."""
    desk = _desk(visit)
    files = (*visit.uploads("pack"), *visit.uploads("files"))
    if not files:
        raise Refusal(pack_must_be_handed_in.at("/pack"))
    parcel = desk.lay(_called([file.filename or "?" for file in files]), by=visit.by, at=visit.at)
    try:
        for file in files:
            await visit.on_thread(partial(desk.put, parcel, file.filename or "?", file.file))
    except Refusal:
        desk.drop(parcel)
        raise
    desk.try_out(parcel, rights=visit.who.rights, at=visit.at)
    return see_other(f"/import/{parcel.id}")


def _called(names: Sequence[str]) -> str:
    """What a pack is called: its zip, or the folder its files came from."""
    if len(names) == 1:
        return names[0].rpartition("/")[2]
    folders = {name.split("/", maxsplit=1)[0] for name in names if "/" in name}
    return folders.pop() if len(folders) == 1 else names[0].rpartition("/")[2]


@shows("/import/{parcel}", deed=Deed.IMPORT_PACK)
def show_parcel(visit: Visit) -> Shown:
    """How far a pack is; what was found in it; what would be written, or what was."""
    return _show_parcel(visit)


def _show_parcel(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    desk = _desk(visit)
    parcel = desk.of(visit.text_at("parcel"), by=visit.by)
    work = desk.work_on(parcel)
    reading = parcel.reading
    found = () if reading is None else reading.problems
    repairs = () if reading is None else reading.repairs
    errors = sum(one.severity is Severity.ERROR for one in found)
    report = parcel.done or parcel.would
    return visit.page(
        "import.html",
        problems=problems,
        status=status,
        parcel=parcel,
        work=work,
        runs=work is not None and work.runs,
        refused=() if work is None or work.refusal is None else work.refusal.problems,
        of_sheets=_by_sheet(visit, found),
        errors=errors,
        warnings=len(found) - errors,
        mended=_mended(visit, repairs),
        repairs=len(repairs),
        report=report,
        lines=0 if report is None else sum(book.lines for book in report.books),
        vouchers=0 if report is None else sum(book.vouchers for book in report.books),
        of_township=_of_township(report),
        heirs_of_notes=HEIRS_OF_NOTES,
        manners=MANNERS,
        gaps=[_place_text(visit, one) for one in parcel.gaps],
        seen=frozenset(book.id for book in access.books_seen_by(visit.db, visit.who.rights)),
        given=visit.field,
    )


def _of_township(report: EntryReport | None) -> list[tuple[str, int]]:
    if report is None:
        return []
    return [(OF_TOWNSHIP.get(name, name), count) for name, count in report.township.items() if count]


def _by_sheet(visit: Visit, problems: Iterable[PackProblem]) -> list[OfSheet]:
    """The problems in the order of the workbooks, one group a sheet."""
    found = []
    for (workbook, sheet), group in groupby(problems, key=lambda one: (one.workbook or "", one.sheet or "")):
        of_sheet = tuple(group)
        found.append(
            OfSheet(
                workbook=workbook,
                sheet=sheet,
                found=tuple(_found(visit, one) for one in of_sheet[:MOST_OF_A_SHEET]),
                more=max(0, len(of_sheet) - MOST_OF_A_SHEET),
            )
        )
    return found


def _found(visit: Visit, problem: PackProblem) -> Found:
    return Found(
        cell=_cell(problem),
        column=problem.column or "",
        raw=problem.raw,
        what=problem.defect,
        says=i18n.say(visit.locale, problem.says, problem.figures),
        remedy=i18n.say(visit.locale, problem.remedy, problem.figures),
        error=problem.severity is Severity.ERROR,
        also=len(problem.also),
    )


def _cell(found: PackProblem | Repair) -> str:
    return found.cell or (str(found.row) if found.row else "")


def _place_text(visit: Visit, problem: PackProblem) -> str:
    book = (problem.workbook or "").removesuffix(".xlsx")
    return f"{book} {i18n.say(visit.locale, problem.says, problem.figures)}"


def _mended(visit: Visit, repairs: Iterable[Repair]) -> list[tuple[str, str, list[Mended], int]]:
    found = []
    for (workbook, sheet), group in groupby(repairs, key=lambda one: (one.workbook, one.sheet or "")):
        of_sheet = [
            Mended(
                cell=_cell(one),
                column=one.column or "",
                raw=one.raw,
                repaired=one.repaired or "",
                says="、".join(i18n.say(visit.locale, says) for says in one.says.split(", ")),
            )
            for one in group
        ]
        found.append((workbook, sheet, of_sheet[:MOST_OF_A_SHEET], max(0, len(of_sheet) - MOST_OF_A_SHEET)))
    return found


@does("/import/{parcel}/confirm", deed=Deed.IMPORT_PACK, again=_show_parcel)
async def confirm(visit: Visit) -> Shown:
    """Take the pack in, all of it or nothing."""
    desk = _desk(visit)
    parcel = desk.of(visit.text_at("parcel"), by=visit.by)
    desk.take_in(parcel, rights=visit.who.rights, reason=visit.field("reason")[:200], at=visit.at)
    return see_other(f"/import/{parcel.id}")


@does("/import/{parcel}/drop", deed=Deed.IMPORT_PACK)
async def drop(visit: Visit) -> Shown:
    """Throw a pack away; what was taken in stays."""
    desk = _desk(visit)
    parcel: Parcel = desk.of(visit.text_at("parcel"), by=visit.by)
    await visit.on_thread(lambda: desk.drop(parcel))
    return see_other("/import", notice=N_("The pack is thrown away."))


def _desk(visit: Visit) -> ImportDesk:
    desk: ImportDesk = visit.request.app.state.import_desk
    return desk


handlers = [import_desk, hand_in, show_parcel, confirm, drop]
