"""记分表: the sheet the 计分员 fills in for a day, and how a wrong row is taken back."""

from collections.abc import Sequence
from datetime import date

from coop.daybook import actions, queries
from coop.members import queries as members
from ledger.money import yuan
from schemas.access import Deed
from schemas.labour import WorkDay, WrittenWorkDay
from schemas.problems import Problem
from web.i18n.words import N_
from web.pages import daybook_sheet
from web.pages.daybook_sheet import CellReader, Sheet, SheetColumn, SheetRow
from web.pages.route import Shown, Visit, day_from, does, shows

SHEET = Sheet(
    place="labour",
    title=N_("Sheet of work days"),
    hint=N_("Whoever worked on the sheet before stands here already; a row without days is left out."),
    book=N_("Book of labour"),
    kept=WrittenWorkDay,
    columns=(
        SheetColumn("days", N_("Days"), "figure"),
        SheetColumn("work", N_("Work"), "words"),
        SheetColumn("day_wage", N_("A day"), "value"),
    ),
    keep=actions.keep_work_days,
    take_back=actions.take_back_work_day,
)


@shows("/books/{book}/labour/sheet", deed=Deed.KEEP_RECORDS, asks=("on",))
def show_labour_sheet(visit: Visit) -> Shown:
    """The sheet of a day, with whoever worked on the sheet before, and what is written down for the day so far."""
    on = daybook_sheet.day_of_sheet(visit)
    return daybook_sheet.show(visit, SHEET, on=on, rows=_offered(visit, on=on))


def _offered(visit: Visit, *, on: date) -> list[SheetRow]:
    known = members.members(visit.db, book=visit.id, on=on)
    written = queries.written(visit.db, WrittenWorkDay, book=visit.id, from_date=on, until=on)
    there = {one.member for one in written}
    before = queries.sheet_before(visit.db, book=visit.id, before=on)
    return [
        SheetRow(
            offered=one.member,
            cells={"member": one.member, "work": one.work, "day_wage": yuan(one.day_wage)},
        )
        for one in {one.member: one for one in before}.values()
        if one.member in known and one.member not in there
    ]


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return daybook_sheet.show_again(visit, SHEET, problems, status)


@does("/books/{book}/labour/sheet", deed=Deed.KEEP_RECORDS, again=_again)
async def keep_labour_sheet(visit: Visit) -> Shown:
    """Write the rows of the sheet down, all or none, once however often the form is sent."""
    on, rows = day_from(visit.field("on"), pointer="/on"), SHEET.rows_from(visit)
    read = CellReader(rows)
    new = [
        WorkDay(
            on=on,
            member=row.get("member"),
            work=row.get("work"),
            days=read.figure(index, "days"),
            day_wage=read.figure(index, "day_wage"),
        )
        for index, row in enumerate(rows)
    ]
    read.done()
    return await daybook_sheet.keep(visit, SHEET, new, on=on)


def _taking_back_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return daybook_sheet.show_taking_back_again(visit, SHEET, problems, status)


@does("/books/{book}/labour/{entry}/take-back", deed=Deed.KEEP_RECORDS, again=_taking_back_again)
async def take_back_work_day(visit: Visit) -> Shown:
    """Take a wrong row back by its counter-entry."""
    return await daybook_sheet.take_back(visit, SHEET)


handlers = [show_labour_sheet, keep_labour_sheet, take_back_work_day]
