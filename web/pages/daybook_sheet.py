"""台账表: how a sheet of the members' daybook is filled in, by hand or pasted, and a wrong row taken back.

A sheet is of a day; its rows name members, and what a kind of entry says of them. The 记分表 and the 交易表 are two of it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, NamedTuple

from msgspec.structs import replace

from coop.daybook import queries
from coop.members import queries as members
from schemas.labour import WorkDay, WrittenWorkDay
from schemas.problems import Problem, Refusal
from schemas.trade import Trade, WrittenTrade
from web.i18n.words import N_
from web.pages.filters import code_of
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, day_from
from web.pages.voucher_form import amount_from

EMPTY_ROWS = 8
"""Rows without a name below those that are offered."""
MOST_ROWS = 500


class SheetColumn(NamedTuple):
    """A column behind the member's: its field, its heading, and how it is filled in: a ``figure`` that counts, a
    ``value`` that goes along with it, a ``day``, or ``words``. Figures and what is ``needed`` are in every row."""

    name: str
    label: str
    kind: str
    most: int = 80
    offers: Sequence[str] = ()


class SheetRow(NamedTuple):
    """A row as it stands in the form: texts, right or wrong. ``offered`` is the member the sheet came with."""

    cells: Mapping[str, str] = {}
    offered: str = ""

    def get(self, name: str) -> str:
        """A cell."""
        return self.cells.get(name, "")


class Sheet(NamedTuple):
    """A kind of sheet: where it lives, what its entries are, and who writes them down."""

    place: str
    title: str
    hint: str
    book: str
    kept: type[WrittenWorkDay] | type[WrittenTrade]
    columns: tuple[SheetColumn, ...]
    keep: Callable[..., Any]
    take_back: Callable[..., Any]

    def rows_from(self, visit: Visit) -> list[SheetRow]:
        """The rows anything was typed in."""
        rows = (
            SheetRow(
                offered=visit.field(f"items-{index}-offered"),
                cells={"member": code_of(visit.field(f"items-{index}-member"))}
                | {
                    column.name: visit.field(f"items-{index}-{column.name}")[: column.most]
                    for column in self.columns
                },
            )
            for index in range(MOST_ROWS)
        )
        return [row for row in rows if not self.is_empty(row)]

    def is_empty(self, row: SheetRow) -> bool:
        """Whether nobody is said to have done anything: the row is as it was offered."""
        counts = any(row.get(column.name) for column in self.columns if column.kind == "figure")
        words = any(row.get(column.name) for column in self.columns if column.kind in ("words", "day"))
        return not counts and row.get("member") in ("", row.offered) and bool(row.offered or not words)


def day_of_sheet(visit: Visit) -> date:
    """The day the address names, today without one."""
    text = visit.query.get("on", "")
    return day_from(text, pointer="/on") if text else visit.on


def show(
    visit: Visit,
    sheet: Sheet,
    problems: Sequence[Problem] = (),
    status: int = 200,
    *,
    on: date,
    rows: Sequence[SheetRow] = (),
    **more: object,
) -> Shown:
    """The sheet of a day, and what is written down for it so far."""
    known = members.members(visit.db, book=visit.id, on=on)
    return visit.page(
        "daybook_sheet.html",
        problems=problems,
        status=status,
        sheet=sheet,
        on=on,
        rows=[*rows, *([SheetRow()] * EMPTY_ROWS)][:MOST_ROWS],
        most=MOST_ROWS,
        written=queries.written(visit.db, sheet.kept, book=visit.id, from_date=on, until=on),
        members=known,
        wrong={visit.place_of(problem) for problem in problems},
        given=visit.field,
        **({"voucher": None} | more),
    )


def show_again(visit: Visit, sheet: Sheet, problems: Sequence[Problem], status: int, **more: object) -> Shown:
    """The sheet as it was sent."""
    on = visit.on
    with suppress(Refusal):  # what is no day stands among the problems
        on = day_from(visit.field("on"), pointer="/on")
    said = _of_the_form(problems, sheet)
    return show(visit, sheet, said, status, on=on, rows=sheet.rows_from(visit), **more)


async def keep(visit: Visit, sheet: Sheet, new: Sequence[WorkDay | Trade], *, on: date) -> Shown:
    """Write the rows down, all or none, once however often the form is sent."""
    await visit.write(
        lambda db: sheet.keep(
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
        address(f"{visit.home}/{sheet.place}/sheet", on=on.isoformat()),
        notice=N_("Rows written down: {count}."),
        count=len(new),
    )


def show_taking_back_again(visit: Visit, sheet: Sheet, problems: Sequence[Problem], status: int) -> Shown:
    """The day again, with what is wrong beside the entry; no day, nothing to show."""
    found = [replace(one, pointer=f"/{visit.number_at('entry')}{one.pointer}") for one in problems]
    return show(visit, sheet, found, status, on=day_from(visit.field("on"), pointer="/on"))


async def take_back(visit: Visit, sheet: Sheet) -> Shown:
    """Take a wrong row back by its counter-entry."""
    entry, on = visit.number_at("entry"), day_from(visit.field("on"), pointer="/on")
    await visit.write(
        lambda db: sheet.take_back(
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
        address(f"{visit.home}/{sheet.place}/sheet", on=on.isoformat()),
        notice=N_("Entry {entry} is taken back."),
        entry=entry,
    )


class CellReader:
    """Reads the cells of the rows and keeps everything that is wrong with them; ``done`` refuses with all of it."""

    def __init__(self, rows: Sequence[SheetRow]) -> None:
        self._rows = rows
        self._problems: list[Problem] = []

    def figure(self, index: int, name: str) -> int:
        """A figure in hundredths; 0 where it cannot be read."""
        try:
            return amount_from(self._rows[index].get(name) or "?", pointer=f"/items/{index}/{name}")
        except Refusal as refusal:
            self._problems += refusal.problems
            return 0

    def day(self, index: int, name: str, *, otherwise: date) -> date:
        """A day as people write it, 2025-3-5 or 2025/3/5; the sheet's where none is given."""
        text = self._rows[index].get(name)
        if not text:
            return otherwise
        found = re.fullmatch(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?", text)
        if found is not None:
            text = f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"
        try:
            return day_from(text, pointer=f"/items/{index}/{name}")
        except Refusal as refusal:
            self._problems += refusal.problems
            return otherwise

    def done(self) -> None:
        """Refuse, where anything cannot be read."""
        if self._problems:
            raise Refusal(*self._problems)


def _of_the_form(problems: Sequence[Problem], sheet: Sheet) -> tuple[Problem, ...]:
    """A sheet without days of its rows has one for all of them: what is wrong with it is said once."""
    if any(column.kind == "day" for column in sheet.columns):
        return tuple(problems)
    said: dict[tuple[str, str], Problem] = {}
    for problem in problems:
        at = "/on" if problem.pointer.endswith("/on") else problem.pointer
        said.setdefault((problem.code, at), replace(problem, pointer=at))
    return tuple(said.values())
