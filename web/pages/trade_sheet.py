"""交易表: the sheet of what members traded, typed, pasted, or begun from a voucher that says what each is owed."""

from collections.abc import Sequence

from coop.daybook import actions, queries
from coop.daybook.rules import quantity_of, trade_needs_a_voucher_of_members
from ledger.money import yuan
from schemas.access import Deed
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.trade import Trade, VoucherTrade, WrittenTrade
from schemas.units import VoucherId
from web import wire
from web.i18n.words import N_
from web.pages import daybook_sheet
from web.pages.daybook_sheet import CellReader, Sheet, SheetColumn, SheetRow
from web.pages.route import Shown, Visit, day_from, does, shows

SHEET = Sheet(
    place="trade",
    title=N_("Sheet of trade"),
    hint=N_(
        "What members sold to the cooperative or bought from it. Columns of a spreadsheet are pasted as they are."
    ),
    book=N_("Trade with members"),
    kept=WrittenTrade,
    columns=(
        SheetColumn("product", N_("Product"), "words"),
        SheetColumn("quantity", N_("Quantity"), "figure"),
        SheetColumn("unit", N_("Unit"), "unit", most=20),
        SheetColumn("amount", N_("Amount"), "figure"),
        SheetColumn("on", N_("Date"), "day", most=20),
        SheetColumn("note", N_("Note"), "words", most=200),
    ),
    keep=actions.keep_trades,
    take_back=actions.take_back_trade,
)


@shows("/books/{book}/trade/sheet", deed=Deed.KEEP_RECORDS, asks=("on", "voucher"))
def show_trade_sheet(visit: Visit) -> Shown:
    """The sheet of a day, empty or with what a voucher leaves to be written down."""
    voucher = _voucher(visit, visit.query.get("voucher", ""))
    if voucher is None:
        return daybook_sheet.show(visit, SHEET, on=daybook_sheet.day_of_sheet(visit))
    rows = [
        SheetRow(
            cells={
                "member": member,
                "product": voucher.product,
                "quantity": _said(
                    quantity_of(voucher, member) if amount == voucher.amounts[member] else None
                ),
                "amount": yuan(amount),
            }
        )
        for member, amount in voucher.left.items()
    ]
    return daybook_sheet.show(visit, SHEET, on=voucher.date, rows=rows, voucher=voucher)


def _said(quantity: int | None) -> str:
    return "" if quantity is None else yuan(quantity)


def _voucher(visit: Visit, text: str) -> VoucherTrade | None:
    """The voucher a sheet is begun from; refused when it trades with no member."""
    id = _number(text)
    if id is None:
        return None
    found = queries.trade_of_vouchers(visit.db, book=visit.id, ids=[id])
    if not found or not visit.may("see_book"):
        raise Refusal(trade_needs_a_voucher_of_members.at("/voucher", voucher=id), kind=RefusalKind.MISSING)
    return found[0]


def _number(text: str) -> VoucherId | None:
    if not text:
        return None
    if not text.isdecimal():
        raise wire.Unreadable(wire.must_be_whole_number.at("/voucher"))
    return int(text[:15])


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return daybook_sheet.show_again(
        visit, SHEET, problems, status, voucher=_voucher(visit, visit.field("voucher"))
    )


@does("/books/{book}/trade/sheet", deed=Deed.KEEP_RECORDS, again=_again)
async def keep_trade_sheet(visit: Visit) -> Shown:
    """Write the rows of the sheet down, all or none, once however often the form is sent."""
    on, rows = day_from(visit.field("on"), pointer="/on"), SHEET.rows_from(visit)
    read, voucher = CellReader(rows), _number(visit.field("voucher"))
    new = [
        Trade(
            on=read.day(index, "on", otherwise=on),
            member=row.get("member"),
            product=row.get("product"),
            quantity=read.figure(index, "quantity"),
            unit=row.get("unit"),
            amount=read.figure(index, "amount"),
            note=row.get("note"),
            voucher=voucher,
        )
        for index, row in enumerate(rows)
    ]
    read.done()
    return await daybook_sheet.keep(visit, SHEET, new, on=on)


def _taking_back_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return daybook_sheet.show_taking_back_again(visit, SHEET, problems, status)


@does("/books/{book}/trade/{entry}/take-back", deed=Deed.KEEP_RECORDS, again=_taking_back_again)
async def take_back_trade(visit: Visit) -> Shown:
    """Take a wrong row back by its counter-entry."""
    return await daybook_sheet.take_back(visit, SHEET)


handlers = [show_trade_sheet, keep_trade_sheet, take_back_trade]
