"""记分表: the sheet the 计分员 fills in for a day, and how a wrong row is taken back."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import NamedTuple

from msgspec.structs import replace

from coop.daybook import actions, queries
from coop.members import queries as members
from ledger.money import yuan
from schemas.access import Deed
from schemas.labour import WorkDay, WrittenWorkDay
from schemas.problems import Problem, Refusal
from web.i18n.words import N_
from web.pages.filters import code_of
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, day_from, does, shows
from web.pages.voucher_form import amount_from

EMPTY_ROWS = 8
"""Rows without a name below those of the sheet before."""
MOST_ROWS = 200


class SheetRow(NamedTuple):
    """A row as it stands in the form: texts, right or wrong. ``offered`` is the member the sheet came with."""

    offered: str = ""
    member: str = ""
    work: str = ""
    days: str = ""
    day_wage: str = ""

    @property
    def empty(self) -> bool:
        """Whether nobody is said to have worked: the row is as it was offered."""
        return not self.days and self.member in ("", self.offered) and bool(self.offered or not self.work)


@shows("/books/{book}/labour/sheet", deed=Deed.KEEP_RECORDS, asks=("on",))
def show_labour_sheet(visit: Visit) -> Shown:
    """The sheet of a day, with whoever worked on the sheet before, and what is written down for the day so far."""
    text = visit.query.get("on", "")
    return _show(visit, on=day_from(text, pointer="/on") if text else visit.on)


def _show(
    visit: Visit,
    problems: Sequence[Problem] = (),
    status: int = 200,
    *,
    on: date,
    rows: Sequence[SheetRow] = (),
) -> Shown:
    known = members.members(visit.db, book=visit.id, on=on)
    written = queries.written(visit.db, WrittenWorkDay, book=visit.id, from_date=on, until=on)
    there = {one.member for one in written}
    before = queries.sheet_before(visit.db, book=visit.id, before=on)
    offered = [
        SheetRow(offered=one.member, member=one.member, work=one.work, day_wage=yuan(one.day_wage))
        for one in {one.member: one for one in before}.values()
        if one.member in known and one.member not in there
    ]
    return visit.page(
        "labour_sheet.html",
        problems=problems,
        status=status,
        on=on,
        rows=[*(rows or offered), *([SheetRow()] * EMPTY_ROWS)][:MOST_ROWS],
        written=written,
        members=known,
        wrong={visit.place_of(problem) for problem in problems},
        given=visit.field,
    )


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    on = visit.on
    with suppress(Refusal):  # what is no day stands among the problems
        on = day_from(visit.field("on"), pointer="/on")
    return _show(visit, _of_the_form(problems), status, on=on, rows=_rows_from(visit))


@does("/books/{book}/labour/sheet", deed=Deed.KEEP_RECORDS, again=_again)
async def keep_labour_sheet(visit: Visit) -> Shown:
    """Write the rows of the sheet down, all or none, once however often the form is sent."""
    on = day_from(visit.field("on"), pointer="/on")
    new = _work_days_from(_rows_from(visit), on=on)
    await visit.write(
        lambda db: actions.keep_work_days(
            db,
            new,
            book=visit.at_book,
            by=visit.by,
            on=visit.on,
            at=visit.at,
            key=visit.field("key")[:100] or None,
        )
    )
    return see_other(
        address(f"{visit.home}/labour/sheet", on=on.isoformat()),
        notice=N_("Rows written down: {count}."),
        count=len(new),
    )


def _taking_back_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    """The day again, with what is wrong beside the entry; no day, nothing to show."""
    found = [replace(one, pointer=f"/{visit.number_at('entry')}{one.pointer}") for one in problems]
    return _show(visit, found, status, on=day_from(visit.field("on"), pointer="/on"))


@does("/books/{book}/labour/{entry}/take-back", deed=Deed.KEEP_RECORDS, again=_taking_back_again)
async def take_back_work_day(visit: Visit) -> Shown:
    """Take a wrong row back by its counter-entry."""
    entry, on = visit.number_at("entry"), day_from(visit.field("on"), pointer="/on")
    await visit.write(
        lambda db: actions.take_back_work_day(
            db,
            entry,
            reason=visit.field("reason")[:200],
            book=visit.at_book,
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(
        address(f"{visit.home}/labour/sheet", on=on.isoformat()),
        notice=N_("Entry {entry} is taken back."),
        entry=entry,
    )


def _rows_from(visit: Visit) -> list[SheetRow]:
    """The rows of the sheet anything was typed in."""
    rows = (
        SheetRow(
            offered=visit.field(f"items-{index}-offered"),
            member=code_of(visit.field(f"items-{index}-member")),
            work=visit.field(f"items-{index}-work")[:80],
            days=visit.field(f"items-{index}-days"),
            day_wage=visit.field(f"items-{index}-day_wage"),
        )
        for index in range(MOST_ROWS)
    )
    return [row for row in rows if not row.empty]


def _work_days_from(rows: Sequence[SheetRow], *, on: date) -> tuple[WorkDay, ...]:
    problems: list[Problem] = []

    def figure(text: str, at: str) -> int:
        try:
            return amount_from(text or "?", pointer=at)
        except Refusal as refusal:
            problems.extend(refusal.problems)
            return 0

    new = tuple(
        WorkDay(
            on=on,
            member=row.member,
            work=row.work,
            days=figure(row.days, f"/items/{index}/days"),
            day_wage=figure(row.day_wage, f"/items/{index}/day_wage"),
        )
        for index, row in enumerate(rows)
    )
    if problems:
        raise Refusal(*problems)
    return new


def _of_the_form(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The sheet has one day for all its rows: what is wrong with it is said once."""
    said: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        at = "/on" if problem.pointer.endswith("/on") else problem.pointer
        said.setdefault((problem.code, at), replace(problem, pointer=at))
    return tuple(said.values())


handlers = [show_labour_sheet, keep_labour_sheet, take_back_work_day]
