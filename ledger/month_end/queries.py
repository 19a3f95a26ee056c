"""What is left to do before a month is closed: evidence, cashier's signatures, cash, bank, assets, and in a collective's
book what landed from others.

All of it warns and nothing stops; what stops a close is in ``ledger.periods``. Whoever closes hands these over as
``close_month(also=…)``, so that they stand in the same list.
"""

from sqlalchemy import Connection

from ledger.assets import queries as assets
from ledger.assets.rules import check_of_assets
from ledger.balances import queries as balances
from ledger.bank import queries as bank
from ledger.bank.rules import check_of_bank
from ledger.books import queries as books
from ledger.cash import queries as cash
from ledger.cash.rules import check_of_cash
from ledger.evidence import queries as evidence
from ledger.evidence.rules import check_of_evidence
from ledger.journals import queries as journals
from ledger.journals.rules import check_of_signatures, days_of
from ledger.money import yuan
from ledger.outbox import queries as outbox
from schemas.books import Book, BookKind
from schemas.charts import Money
from schemas.periods import Check
from schemas.units import Period


def ledger_checks(db: Connection, *, book: Book, period: Period) -> tuple[Check, ...]:
    """The month's warnings of this floor, in the order a bookkeeper works through them."""
    return (
        check_of_evidence(evidence.vouchers_without_evidence(db, book=book.id, period=period)),
        check_of_signatures(journals.unsigned_money_vouchers(db, book=book, period=period)),
        check_of_cash(cash.cash_days(db, book=book, period=period), yuan=yuan),
        bank_check(db, book=book, period=period),
        asset_check(db, book=book, period=period),
        *(
            (outbox.landings_check(db, book=book, until=days_of(period)[1]),)
            if book.kind is BookKind.COLLECTIVE
            else ()
        ),
    )


def bank_check(db: Connection, *, book: Book, period: Period) -> Check:
    """Whether every bank account that ever moved is reconciled at the end of a month."""
    last = days_of(period)[1]
    found = [
        (
            bank.reconciliation(db, book=book.id, of=of, on=last),
            len(bank.proposed(db, book=book.id, of=of, on=last)),
        )
        for of in journals.money_accounts(db, book=book, kind=Money.BANK)
    ]
    return check_of_bank(found, last=last, yuan=yuan)


def asset_check(db: Connection, *, book: Book, period: Period) -> Check:
    """Whether the month is written off and the cards agree with the book."""
    return check_of_assets(
        cards=assets.cards(db, book=book.id),
        charges=assets.charges(db, book=book.id),
        balances=balances.details_between(db, book=book.id, from_period=period, to_period=period),
        accounts=books.accounts(db, book=book),
        period=period,
        yuan=yuan,
    )
