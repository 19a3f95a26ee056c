"""Opening a book, dividing its accounts, handing over its balances."""

import pytest
from sqlalchemy import Connection

from ledger.balances import queries as balances
from ledger.books import actions, queries
from ledger.proof import queries as proof
from schemas.books import Book, BookKind
from schemas.problems import Refusal, RefusalKind
from tests.builders import ACCOUNTANT, AT, BOOK, ON, a_book, drafted, openings_of, post, refused
from web.proof import loaded_by_beancount


def test_a_book_opens_with_every_account_of_its_standard(db: Connection) -> None:
    book = a_book(db)
    village = a_book(db, "village", name="河口村股份经济合作社", standard="collective-2023")
    statutory = [a for a in queries.accounts(db, book=book).values() if not a.statutory.optional]
    assert len(statutory) == 48
    assert len(queries.accounts(db, book=village)) == 42
    assert queries.accounts(db, book=book)["141"].name == "消耗性生物资产"
    assert queries.accounts(db, book=village)["141"].name == "长期投资"
    assert queries.books(db) == (book, village)
    assert queries.books_called(db, "清水") == (book,)


def test_an_id_is_used_once(db: Connection) -> None:
    a_book(db)
    other = Book(
        id=BOOK,
        name="别的",
        short_name="别的",
        kind=BookKind.COOPERATIVE,
        standard="coop-2021",
        first_year=2024,
    )
    with pytest.raises(Refusal) as refusal:
        actions.open_book(db, other, by=ACCOUNTANT, on=ON, at=AT)
    assert (refused(refusal.value), refusal.value.kind) == (["book_must_be_new"], RefusalKind.STATE)


def test_a_divided_account_takes_lines_on_its_parts_only(db: Connection) -> None:
    book = a_book(db)
    actions.add_sub_account(db, book=BOOK, parent="523", code="52301", name="电费", by=ACCOUNTANT, at=AT)
    with pytest.raises(Refusal) as refusal:
        drafted(db, "2025-03-21 付电费 | 523 8 | cr 102 8")
    assert refused(refusal.value) == ["account_must_be_lowest"]
    post(db, "2025-03-21 付电费 | 52301 8 | cr 102 8")
    with pytest.raises(Refusal) as again:
        actions.add_sub_account(
            db, book=BOOK, parent="102", code="10201", name="农信社", by=ACCOUNTANT, at=AT
        )
    assert refused(again.value) == ["parent_must_have_no_postings"]
    assert proof.prove(db, book=book, load=loaded_by_beancount).problems == ()


def test_a_closed_account_takes_no_more_and_is_opened_again(db: Connection) -> None:
    book = a_book(db)

    def switch(code: str, *, is_open: bool) -> None:
        actions.set_account_open(db, book=BOOK, code=code, is_open=is_open, by=ACCOUNTANT, at=AT)

    switch("109", is_open=False)
    with pytest.raises(Refusal) as refusal:
        drafted(db, "2025-03-21 存出 | 109 8 | cr 102 8")
    assert refused(refusal.value) == ["account_must_be_open"]
    switch("109", is_open=True)
    post(db, "2025-03-21 存出 | 109 8 | cr 102 8")
    with pytest.raises(Refusal) as missing:
        switch("999", is_open=False)
    assert missing.value.kind is RefusalKind.MISSING
    assert proof.prove(db, book=book).problems == ()


def test_opening_balances_are_entered_once_before_anything_is_posted(db: Connection) -> None:
    book = a_book(db, parties="M0001 饲料")

    def enter(text: str) -> list[str]:
        try:
            actions.enter_openings(db, openings_of(text), book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
        except Refusal as refusal:
            return refused(refusal)
        return []

    assert enter("102 20 | cr 301/M0001 19") == ["openings_must_balance"]
    assert balances.kept(db, book=BOOK) == {}
    assert enter("102 14 | 121/饲料 6 x3 | cr 301/M0001 20") == []
    assert enter("102 14 | cr 301/M0001 14") == ["openings_must_come_first"]
    kept = balances.kept(db, book=BOOK)
    assert {key: (t.debit, t.credit, t.quantity_in) for key, t in kept.items()} == {
        ("102", "", 202500): (1400, 0, 0),
        ("121", "饲料", 202500): (600, 0, 300),
        ("301", "M0001", 202500): (0, 2000, 0),
    }
    assert proof.prove(db, book=book, load=loaded_by_beancount).problems == ()


def test_opening_balances_come_before_the_first_posting(db: Connection) -> None:
    a_book(db, parties="M0001")
    post(db, "2025-03-21 利息 | 102 49.11 | 524 -49.11")
    with pytest.raises(Refusal) as refusal:
        actions.enter_openings(
            db, openings_of("102 14 | cr 301/M0001 14"), book=BOOK, by=ACCOUNTANT, on=ON, at=AT
        )
    assert refused(refusal.value) == ["openings_must_come_first"]
