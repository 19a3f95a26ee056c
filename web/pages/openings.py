"""期初余额: what a book begins with, on one sheet by account.

It is tried as often as one likes: everything that is wrong stands beside its cell, and what would be entered is shown
before it is. Then it is entered, once: afterwards a balance is corrected with a voucher.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from msgspec.structs import replace

from coop.opening import actions, queries, rules
from ledger import money
from ledger.books import queries as books
from ledger.charts import standard
from ledger.details import queries as details
from ledger.seal.rules import digest_of
from schemas.access import Deed
from schemas.books import Book, BookAccount, Detail
from schemas.charts import Category, DetailUse, KeptBy, QuantityUse
from schemas.openings import MOST_OPENINGS, Opening, OpeningBalances
from schemas.problems import Fault, Problem, Refusal
from schemas.units import Fen, Value
from web.database import Connection
from web.i18n.words import N_
from web.pages.naming import names_of
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows
from web.pages.voucher_form import amount_from

openings_must_be_written = Fault(
    code="openings_must_be_written",
    says="No balance is written on the sheet.",
    remedy="Write what the accounts open with; a book that begins with nothing needs none.",
)
sheet_must_not_be_too_long = Fault(
    code="sheet_must_not_be_too_long",
    says="The sheet has {count} balances; it takes {most}.",
    remedy="Send them with a program, or add some up.",
)
FIELDS = ("account", "detail", "kind", "unit", "quantity", "debit", "credit")
_NEVER = frozenset({Category.INCOME, Category.EXPENSE})


class GivenRow(NamedTuple):
    """A row of the sheet as it was typed."""

    account: str = ""
    detail: str = ""
    kind: str = ""
    unit: str = ""
    quantity: str = ""
    debit: str = ""
    credit: str = ""

    @property
    def counts(self) -> bool:
        """Whether it says a balance."""
        return bool(self.quantity or self.debit or self.credit)

    @property
    def untouched(self) -> bool:
        """Whether nothing was typed."""
        return not (self.detail or self.counts)


class SheetAccount(NamedTuple):
    """An account of the sheet with its rows, each with its place on the sheet, and what the rows may hold."""

    account: BookAccount
    rows: tuple[tuple[int, GivenRow], ...]
    has_details: bool
    has_quantity: bool
    kinds: tuple[KeptBy, ...]
    choices: str


class Sheet(Value):
    """What the rows of a sheet say: the balances, the place of each on the sheet, and details that are new."""

    lines: tuple[Opening, ...]
    places: tuple[int, ...]
    parties: tuple[Detail, ...]

    @property
    def digest(self) -> str:
        """What was checked is what is entered."""
        return digest_of((self.lines, self.parties))


def accounts_on_sheet(chart: Mapping[str, BookAccount], *, result: str) -> tuple[BookAccount, ...]:
    """The accounts a balance can open on: the lowest that last beyond a year."""
    return tuple(
        account
        for account in chart.values()
        if account.lowest and account.statutory.category not in _NEVER and account.code != result
    )


def arranged(accounts: Iterable[BookAccount], given: Sequence[GivenRow]) -> tuple[GivenRow, ...]:
    """The rows in the order of the accounts, with an empty one after those of an account kept by details. What was
    arranged before stays where it was."""
    rows: list[GivenRow] = []
    for account in accounts:
        own = [row for row in given if row.account == account.code]
        has_details = account.statutory.detail is not DetailUse.NONE
        if not own or (has_details and not any(row.untouched for row in own)):
            own.append(GivenRow(account=account.code))
        rows += own
    return tuple(rows)


@shows("/books/{book}/openings")
def openings(visit: Visit) -> Shown:
    """What the book began with, or the sheet to enter it on."""
    return _show(visit, ())


def _show(
    visit: Visit,
    given: Sequence[GivenRow],
    problems: Sequence[Problem] = (),
    status: int = 200,
    *,
    checked: Sheet | None = None,
) -> Shown:
    began = queries.opening_balances(visit.db, book=visit.at_book)
    if not (began.may_be_entered and visit.may("enter_openings")):
        return visit.page(
            "openings.html",
            problems=problems,
            status=status,
            began=began,
            names=names_of(visit, of_details={line.detail for line in began.items}),
        )
    chart = _chart(visit)
    known = details.details(visit.db, book=visit.id)
    rows = arranged(chart, given)
    wrong = {visit.place_of(problem) for problem in problems}
    groups = _groups(visit, chart, rows)
    return visit.page(
        "openings.html",
        problems=problems,
        status=status,
        began=began,
        names=names_of(visit),
        groups=groups,
        blank=GivenRow(),
        choices=_choices(groups, known),
        totals=_totals(rows),
        fresh=not given,
        wrong=wrong,
        wrong_rows={place.split("-")[1] for place in wrong if place.startswith("lines-")},
        checked=checked,
    )


def _chart(visit: Visit) -> tuple[BookAccount, ...]:
    result = standard(visit.at_book.standard).settlement.result
    return accounts_on_sheet(books.accounts(visit.db, book=visit.at_book), result=result)


def _groups(
    visit: Visit, chart: Sequence[BookAccount], rows: Sequence[GivenRow]
) -> list[tuple[str, list[SheetAccount]]]:
    numbered = list(enumerate(rows))
    add = visit.may("keep_details")
    shown = [
        SheetAccount(
            account=account,
            rows=tuple((index, row) for index, row in numbered if row.account == account.code),
            has_details=account.statutory.detail is not DetailUse.NONE,
            has_quantity=account.statutory.quantity is not QuantityUse.NONE,
            kinds=rules.kinds_added(account) if add else (),
            choices=_choices_of(account),
        )
        for account in chart
    ]
    return [
        (category, list(of))
        for category, of in groupby(shown, key=lambda one: _heading(one.account.statutory.category))
    ]


def _heading(category: Category) -> str:
    return Category.ASSET.value if category is Category.ASSET_CONTRA else category.value


def _choices_of(account: BookAccount) -> str:
    """The name of the list an account's details are chosen from."""
    return account.statutory.code if account.statutory.names else "-".join(account.statutory.kept_by)


def _choices(
    groups: Iterable[tuple[str, list[SheetAccount]]], known: Mapping[str, Detail]
) -> Mapping[str, tuple[Detail, ...]]:
    """The details of each list."""
    return {
        one.choices: tuple(
            detail
            for detail in known.values()
            if detail.open
            and detail.kind in one.account.statutory.kept_by
            and (not one.account.statutory.names or detail.code in one.account.statutory.names)
        )
        for _, accounts in groups
        for one in accounts
        if one.has_details
    }


def _totals(rows: Iterable[GivenRow]) -> tuple[Fen, Fen]:
    """The sums of what can be read."""
    sums = [0, 0]
    for row in rows:
        for side, text in enumerate((row.debit, row.credit)):
            try:
                sums[side] += amount_from(text, pointer="") if text else 0
            except Refusal:
                continue  # it stands in the sheet with its own problem
    return sums[0], sums[1]


# Reading the sheet


def _given_from(visit: Visit) -> tuple[GivenRow, ...]:
    found: dict[int, dict[str, str]] = {}
    for name, value in visit.form.multi_items():
        match = re.fullmatch(r"lines-([0-9]{1,5})-([a-z]+)", name)
        if match and match[2] in FIELDS and isinstance(value, str):
            found.setdefault(int(match[1]), {})[match[2]] = value.strip()
    return tuple(GivenRow(**found[index]) for index in sorted(found))


def _sheet_from(visit: Visit, given: Sequence[GivenRow]) -> Sheet:
    """What the rows say; refused with everything that cannot be read, at its cell."""
    chart, known = _chart(visit), details.details(visit.db, book=visit.id)
    problems: list[Problem] = []
    lines, places = [], []
    kinds: dict[str, KeptBy] = {}
    units: dict[str, str] = {}
    for index, row in enumerate(arranged(chart, given)):
        if not row.counts:
            continue
        amounts = {}
        for name in ("debit", "credit", "quantity"):
            text = getattr(row, name)
            try:
                amounts[name] = amount_from(text, pointer=f"/lines/{index}/{name}") if text else 0
            except Refusal as refusal:
                problems += refusal.problems
                amounts[name] = 0
        detail = _detail_in(row.detail, known)
        if row.kind in list(KeptBy):
            kinds[detail] = KeptBy(row.kind)
        units.setdefault(detail, row.unit[:20])
        lines.append(Opening(account=row.account, detail=detail, **amounts))
        places.append(index)
    if not lines:
        problems.append(openings_must_be_written.at())
    if len(lines) > MOST_OPENINGS:
        problems.append(sheet_must_not_be_too_long.at(count=len(lines), most=MOST_OPENINGS))
    if problems:
        raise Refusal(*problems)
    parties = (
        rules.details_to_add(
            lines, accounts={one.code: one for one in chart}, known=known, kinds=kinds, units=units
        )
        if visit.may("keep_details")
        else ()
    )
    return Sheet(lines=tuple(lines), places=tuple(places), parties=parties)


def _detail_in(text: str, known: Mapping[str, Detail]) -> str:
    """The detail meant: by code, by code and name as the list offers it, or by a name only one detail has."""
    if not text or text in known:
        return text[:80]
    first, _, rest = text.partition(" ")
    if first in known and known[first].name == rest:
        return first
    named = [detail.code for detail in known.values() if detail.name == text]
    return named[0] if len(named) == 1 else text[:80]


# Trying and entering


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show(visit, _given_from(visit), problems, status)


@does("/books/{book}/openings", deed=Deed.ENTER_OPENINGS, again=_again)
async def enter_openings(visit: Visit) -> Shown:
    """Try the sheet 试算, or enter what was tried."""
    given = _given_from(visit)
    sheet = await visit.read(lambda: _sheet_from(visit, given))
    for_good = visit.field("then") == "enter" and visit.field("checked") == sheet.digest
    began = await _enter(visit, sheet, keep=for_good)
    if not for_good:
        return await visit.read(lambda: _show(visit, given, checked=sheet))
    return see_other(
        f"{visit.home}/openings",
        notice=N_("{count} opening balances are in: {amount} on each side."),
        count=len(began.items),
        amount=money.yuan_grouped(began.debit),
    )


async def _enter(visit: Visit, sheet: Sheet, *, keep: bool) -> OpeningBalances:
    book: Book = visit.at_book

    def enter(db: Connection) -> OpeningBalances:
        return actions.enter_openings(
            db, sheet.lines, book=book, parties=sheet.parties, by=visit.by, on=visit.on, at=visit.at
        )

    try:
        return await visit.writer.do(enter, book=book.id, keep=keep)
    except Refusal as refusal:
        problems = (_on_sheet(problem, sheet) for problem in refusal.problems)
        raise Refusal(*problems, kind=refusal.kind) from None


def _on_sheet(problem: Problem, sheet: Sheet) -> Problem:
    """A problem with a line, at the row of the sheet it stands in."""
    line, _, field = problem.pointer.removeprefix("/").partition("/")
    if not line.isdecimal() or int(line) >= len(sheet.places):
        return problem
    field = field if field in FIELDS else "debit"
    return replace(problem, pointer=f"/lines/{sheet.places[int(line)]}/{field}")


handlers = [openings, enter_openings]
