"""Within a day vouchers stand by word and number, whatever order they came into the book in.

Four vouchers of 5 June 2025 come from a pack whose rows are not in the order of their numbers: 记-0197 before 记-0196,
then 付-0001 and 收-0001. A draft of the same day has no number yet and stands behind them.
"""

import pytest
from sqlalchemy import Connection

from ledger.account_books import queries as account_books
from ledger.proof import queries as proof
from ledger.vouchers import actions, queries
from ledger.vouchers.rules import number_text
from schemas.vouchers import MadeVoucher, Origin, Voucher, VoucherFilter, VoucherPlace, Word
from tests.builders import ACCOUNTANT, AT, BOOK, ON, REVIEWER, a_book, a_draft, drafted

CAME = ((Word.GENERAL, 197), (Word.GENERAL, 196), (Word.PAYMENT, 1), (Word.RECEIPT, 1))
STAND = ["记-0196", "记-0197", "收-0001", "付-0001"]


@pytest.fixture
def book(db: Connection) -> Connection:
    a_book(db)
    drafted(db, "2025-06-05 未审 | 523 1 | cr 102 1")
    made = [
        MadeVoucher(
            draft=a_draft(f"2025-06-05 电费{number} | 523 {number} | cr 102 {number}", word=word),
            origin=Origin.IMPORT,
            prepared_by=ACCOUNTANT,
            reviewed_by=REVIEWER,
            number=number,
        )
        for word, number in CAME
    ]
    actions.record_many(db, made, book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    return db


def numbers(vouchers: list[Voucher] | tuple[Voucher, ...]) -> list[str]:
    return [number_text(one.word, one.number) if one.number else "—" for one in vouchers]


def test_lists_of_vouchers_stand_by_number(book: Connection) -> None:
    listed: list[Voucher] = []
    after: VoucherPlace | None = None
    while page := queries.page(book, book=BOOK, wanted=VoucherFilter(), after=after, limit=1):
        listed += page
        after = page[-1].place
    assert numbers(listed) == [*STAND, "—"]
    assert numbers(queries.posted_in_order(book, book=BOOK)) == STAND
    assert numbers(list(proof.posted_by_date(book, book=BOOK))) == STAND


@pytest.mark.parametrize("limit", [1, 3, 100])
def test_ledgers_stand_by_number_over_their_pages(book: Connection, limit: int) -> None:
    found: list[str] = []
    balances: list[int] = []
    after = None
    while True:
        page = account_books.ledger_page(
            book,
            book=BOOK,
            account="102",
            detail=None,
            from_period=202501,
            to_period=202512,
            after=after,
            limit=limit,
        )
        lines = [(row.line, row.balance) for row in page.rows if row.line is not None]
        found += [number_text(line.word, line.number) for line, _ in lines]
        balances += [balance for _, balance in lines]
        after = page.next
        if after is None:
            break
    assert found == STAND
    assert balances == [-19_600, -39_300, -39_400, -39_500]


def test_lines_that_say_something_stand_by_number(book: Connection) -> None:
    lines = account_books.lines_saying(
        book, book=BOOK, account="", detail=None, from_period=202501, to_period=202512, text="电费", limit=99
    )
    assert list(dict.fromkeys(number_text(line.word, line.number) for line in lines)) == STAND
