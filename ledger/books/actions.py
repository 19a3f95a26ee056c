"""Opening books, adding sub-accounts, entering opening balances."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, insert, update

from ledger.balances import actions as balances
from ledger.balances import queries as balance_queries
from ledger.books import queries, rules
from ledger.books.tables import AccountRow, BookRow
from ledger.charts import standard
from ledger.columns import table_of
from ledger.details import queries as details
from ledger.details.tables import DetailRow
from ledger.log import actions as log
from ledger.money import yuan
from ledger.seal import rules as seal
from ledger.seal.rules import OpeningLine
from ledger.vouchers import queries as vouchers
from schemas.books import Book, BookAccount
from schemas.log import Act
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, PersonId

_book = table_of(BookRow)
_account = table_of(AccountRow)
_detail = table_of(DetailRow)


def open_book(db: Connection, book: Book, *, by: PersonId, on: date, at: datetime) -> Book:
    """Open a book 建账 with every account of its standard; refused when the id is taken."""
    assert on is not None
    if queries.book(db, id=book.id) is not None:
        raise Refusal(rules.book_must_be_new.at("/id", book=book.id), kind=RefusalKind.STATE)
    chart = standard(book.standard)
    log.begin_chain(db, book=book.id)
    db.execute(
        insert(_book),
        [
            {
                "book_id": book.id,
                "name": book.name,
                "short_name": book.short_name,
                "kind": book.kind.value,
                "standard": book.standard,
                "first_year": book.first_year,
            }
        ],
    )
    db.execute(
        insert(_account),
        [
            {
                "book_id": book.id,
                "code": account.code,
                "name": account.zh,
                "name_en": account.en,
                "statutory": account.code,
                "parent": "",
                "open": True,
            }
            for account in chart.accounts.values()
        ],
    )
    names = sorted(
        {name for account in chart.accounts.values() for name in account.names}
        | {chart.settlement.undistributed, chart.settlement.appropriated}
    )
    db.execute(
        insert(_detail),
        [
            {"book_id": book.id, "code": name, "name": name, "kind": "name", "unit": "", "open": True}
            for name in ("", *names)
        ],
    )
    log.record(
        db,
        Act(
            by=by,
            act="book.open",
            subject=f"book:{book.id}",
            after=f"{book.name} {book.standard} {book.first_year}",
            content=seal.digest_of(book),
        ),
        book=book.id,
        at=at,
    )
    return book


def add_sub_account(
    db: Connection, *, book: BookId, parent: str, code: str, name: str, by: PersonId, at: datetime
) -> BookAccount:
    """Add an account of the book's own below another; refused when the parent already has postings, the code does
    not continue the parent's, or is taken."""
    head = log.lock(db, book=book)
    found = queries.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    accounts = queries.accounts(db, book=found)
    moved = balance_queries.has_moved(db, book=book, account=parent)
    problems = rules.faults_of_sub_account(
        parent=parent,
        code=code,
        name=name,
        accounts=accounts,
        settlement=standard(found.standard).settlement,
        parent_has_postings=moved,
    )
    if problems:
        raise Refusal(*problems)
    db.execute(
        insert(_account),
        [
            {
                "book_id": book,
                "code": code,
                "name": name,
                "name_en": name,
                "statutory": accounts[parent].statutory.code,
                "parent": parent,
                "open": True,
            }
        ],
    )
    act = Act(by=by, act="account.add", subject=f"account:{code}", after=name)
    log.append(db, [act], book=book, head=head, at=at)
    return queries.accounts(db, book=found)[code]


def set_account_open(
    db: Connection, *, book: BookId, code: str, is_open: bool, by: PersonId, at: datetime
) -> BookAccount:
    """Close an account to new postings 停用, or open it again. What is posted stays as it is."""
    head = log.lock(db, book=book)
    found = queries.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    if code not in queries.accounts(db, book=found):
        raise Refusal(rules.account_must_be_there.at("/code", account=code), kind=RefusalKind.MISSING)
    db.execute(
        update(_account).where(_account.c.book_id == book, _account.c.code == code).values(open=is_open)
    )
    act = Act(by=by, act="account.open" if is_open else "account.close", subject=f"account:{code}")
    log.append(db, [act], book=book, head=head, at=at)
    return queries.accounts(db, book=found)[code]


def enter_openings(
    db: Connection, lines: Sequence[OpeningLine], *, book: BookId, by: PersonId, on: date, at: datetime
) -> tuple[OpeningLine, ...]:
    """Enter the opening balances 期初余额 of the book's first year, once, before anything is posted.

    Refused as a whole: they do not balance, an account or detail is unknown, two lines speak of the same one.
    """
    assert on is not None
    head = log.lock(db, book=book)
    found = queries.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    begun = vouchers.has_posted_in(db, book=book, from_period=0, to_period=299913)
    problems = rules.faults_of_openings(
        lines,
        accounts=queries.accounts(db, book=found),
        details=details.known(db, book=book, codes=(line.detail for line in lines)),
        begun=begun or bool(balance_queries.openings(db, book=book)),
        yuan=yuan,
    )
    if problems:
        raise Refusal(*problems)
    balances.open_with(db, lines, book=book, year=found.first_year)
    act = Act(
        by=by,
        act="book.openings",
        subject=f"openings:{found.first_year}",
        after=yuan(sum(line.debit for line in lines)),
        content=seal.digest_of_openings(lines),
    )
    log.append(db, [act], book=book, head=head, at=at)
    return tuple(lines)
