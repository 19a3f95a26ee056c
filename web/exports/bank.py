"""The 余额调节表 on its way out."""

from schemas.bank import OpenItem, Reconciliation
from schemas.books import Book
from web.exports.sheets import Cell, Column, Kind, Sheet
from web.i18n import say
from web.i18n.words import N_


def reconciliation_sheet(found: Reconciliation, *, book: Book, locale: str) -> Sheet:
    """The bank reconciliation of an account at the end of a day, the book's side and then the bank's."""

    def _(message: str) -> str:
        return say(locale, message)

    rows: list[tuple[Cell, ...]] = []
    strong: list[int] = []

    def total(title: str, amount: int) -> None:
        strong.append(len(rows))
        rows.append((title, None, "", "", amount))

    def items(title: str, open_items: tuple[OpenItem, ...]) -> None:
        rows.append((title, None, "", "", sum(item.amount for item in open_items)))
        rows.extend(("", item.date, item.voucher, item.text, item.amount) for item in open_items)

    total(_(N_("Balance in the book")), found.book_balance)
    items("＋ " + _(N_("received by the bank, not in the book")), found.received_at_bank_only)
    items("－ " + _(N_("paid by the bank, not in the book")), found.paid_at_bank_only)
    total(_(N_("Balance of the book as adjusted")), found.adjusted_book)
    total(_(N_("Balance on the statement")), found.bank_balance)
    items("＋ " + _(N_("received in the book, not at the bank")), found.received_in_book_only)
    items("－ " + _(N_("paid in the book, not by the bank")), found.paid_in_book_only)
    total(_(N_("Balance of the bank as adjusted")), found.adjusted_bank)
    if found.difference:
        total(_(N_("Unexplained difference")), found.difference)
    return Sheet(
        name=_(N_("Bank reconciliation")),
        title=_(N_("Bank reconciliation")),
        under=(book.name, f"{found.of.text} · {found.on.isoformat()}", _(N_("Unit: yuan"))),
        columns=(
            Column(title=_(N_("Item")), width=30),
            Column(title=_(N_("Date")), kind=Kind.DAY, width=12),
            Column(title=_(N_("Voucher")), width=12),
            Column(title=_(N_("Text")), width=40),
            Column(title=_(N_("Amount")), kind=Kind.MONEY, width=16),
        ),
        rows=tuple(rows),
        strong=tuple(strong),
        landscape=False,
    )
