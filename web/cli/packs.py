"""``import``: taking in a hand-over pack."""

from pathlib import Path

import click

from ledger.money import yuan
from schemas.packs import PackProblem, PackReading, Repair
from schemas.problems import Severity
from schemas.units import PersonId
from web import wire
from web.auth.keys import Keys
from web.cli.command import DONE, FINDINGS, Place, as_json, command
from web.cli.house import House
from web.database import Connection
from web.i18n.words import N_
from web.imports import take
from web.imports.enter import HEIRS_OF_NOTES, EntryReport
from web.imports.plan import Manner
from web.imports.read import as_json as listed
from web.imports.take import Act, Taking

_MANNERS = {
    Manner.OPEN: N_("new book"),
    Manner.APPEND: N_("new year"),
    Manner.COMPARE: N_("known already"),
    Manner.REFUSE: N_("refused"),
}


@command(
    name="import",
    writes=True,
    says=N_(
        "Take in a hand-over pack: a folder, or a zip of one.\n\n"
        "Habits of spreadsheets are repaired and listed; everything that is wrong is named with workbook, sheet, row and "
        "column. It is all or nothing. The same pack again changes nothing, a known row that differs is a finding, and a "
        "new year is appended when it opens with what the year before closed with."
    ),
)
@click.argument("pack", type=Place())
@click.option("--by", metavar="PERSON", help=N_("Who hands it in; without it, the operating system's user."))
@click.option(
    "--confirm-gaps", metavar="REASON", default="", help=N_("Confirm that numbers are missing, and why.")
)
@click.option("--dry-run", is_flag=True, help=N_("Do everything, show it, and undo it."))
@as_json
def import_(house: House, pack: str, by: str | None, confirm_gaps: str, dry_run: bool, as_json: bool) -> int:
    """Take in a pack."""
    taking = take_in(house, Path(pack), by=by, confirm_gaps=confirm_gaps, dry_run=dry_run)
    if as_json:
        house.json(
            {
                **listed(taking.reading),
                "kept": taking.report is not None and not dry_run,
                "report": None if taking.report is None else wire.travelling(taking.report),
            }
        )
    else:
        _show(house, taking, dry_run=dry_run)
    return DONE if taking.report is not None else FINDINGS


def take_in(
    house: House, path: Path, *, by: str | None = None, confirm_gaps: str = "", dry_run: bool = False
) -> Taking:
    """Take a pack in as a command does: read it, keep its scans, enter it."""
    house.progress(N_("reading the pack"), 0, 1)
    reading = take.read(path)
    house.progress(N_("reading the pack"), 1, 1)
    if reading.pack is not None and not dry_run:
        take.keep_scans(path, reading.pack, house.evidence)
    on, at = house.now()
    keys = Keys(house.settings.key_file)

    def who(db: Connection) -> PersonId:
        return house.by_or_new(db, by)

    act: Act = lambda enter: house.act(enter, keep=not dry_run)  # noqa: E731
    return take.take_in(
        reading,
        act,
        name=path.name,
        by=who,
        on=on,
        at=at,
        vault=lambda db: keys.ready(db, at=at),
        gaps_reason=confirm_gaps,
        progress=lambda done, whole: house.progress(N_("vouchers entered"), done, whole),
    )


def _show(house: House, taking: Taking, *, dry_run: bool) -> None:
    reading, report = taking.reading, taking.report
    for repair in reading.repairs:
        _show_repair(house, repair)
    for problem in reading.problems:
        _show_problem(house, problem)
    _show_sums(house, reading)
    if report is None:
        house.tell(N_("Nothing was written."))
        return
    if not report.changed:
        house.tell(N_("The pack says nothing new: nothing was changed."))
        return
    _show_books(house, report)
    if dry_run:
        house.tell(N_("A dry run: nothing was written."))


def _show_repair(house: House, repair: Repair) -> None:
    said = ", ".join(house.words(habit) for habit in repair.says.split(", "))
    change = f" {repair.raw!r} → {repair.repaired!r}" if repair.repaired is not None else ""
    house.write(f"~ {_place(repair)}: {said}{change}")


def _show_problem(house: House, problem: PackProblem) -> None:
    mark = "✗" if problem.severity is Severity.ERROR else "!"
    says = house.words(problem.says, **problem.figures)
    remedy = house.words(problem.remedy, **problem.figures)
    house.warn_line(f"{mark} {_place(problem)}: {problem.defect}. {says} {remedy}".rstrip())


def _place(found: Repair | PackProblem) -> str:
    where = " ".join(part for part in (found.workbook, found.sheet) if part)
    cell = found.cell or (str(found.row) if found.row else "")
    column = f" ({found.column})" if found.column else ""
    return " ".join(part for part in (where, cell) if part) + column


def _show_sums(house: House, reading: PackReading) -> None:
    errors = sum(problem.severity is Severity.ERROR for problem in reading.problems)
    house.tell(
        N_("{repairs} repaired, {errors} errors, {warnings} warnings"),
        repairs=len(reading.repairs),
        errors=errors,
        warnings=len(reading.problems) - errors,
    )


def _show_books(house: House, report: EntryReport) -> None:
    house.table(
        (
            N_("Book"),
            N_("Short name"),
            N_("Year"),
            N_("Taken in as"),
            N_("Vouchers"),
            N_("Lines"),
            N_("Members"),
            N_("Scans"),
            N_("Closing debit"),
            N_("Closing credit"),
        ),
        [
            (
                book.book,
                book.short_name,
                str(book.year),
                house.words(_MANNERS[book.manner]),
                str(book.vouchers),
                str(book.lines),
                str(book.members),
                str(book.scans),
                yuan(book.debit),
                yuan(book.credit),
            )
            for book in report.books
        ],
        right=range(4, 10),
    )
    if heirs := sum(book.heirs for book in report.books):
        house.tell(HEIRS_OF_NOTES, heirs=heirs)
