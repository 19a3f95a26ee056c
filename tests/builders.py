"""Books and vouchers in one line each, in the words of the field.

    a_book(db)                                                  an empty cooperative's book, and its people
    post(db, "2025-03-21 银行存款利息 | 102 49.11 | 524 -49.11")   drafted, reviewed by another, posted

A voucher is written as its date and summary, then its lines: ``[cr] account[/detail] amount [xQuantity] [movement]``.
A line is a debit unless it begins with ``cr``; a negative amount is red. Amounts are yuan, quantities plain numbers.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, text

from ledger.books import actions as books
from ledger.details import actions as details
from ledger.log import actions as log
from ledger.log import queries as log_queries
from ledger.money import fen_from_yuan, hundredths_from_text
from ledger.people import actions as people
from ledger.periods import actions as periods
from ledger.seal.rules import OpeningLine
from ledger.vouchers import actions as vouchers
from schemas.books import Book, BookKind, Detail
from schemas.charts import KeptBy
from schemas.problems import Problem, Refusal
from schemas.vouchers import (
    Correction,
    CorrectionKind,
    MadeVoucher,
    NewDraft,
    Origin,
    Step,
    Voucher,
    VoucherDraft,
    VoucherLine,
    Word,
)
from web.database import writing_engine

if TYPE_CHECKING:
    from tests.conftest import Databases

BOOK = "qingshui"
ACCOUNTANT, REVIEWER, CASHIER = 1, 2, 3
"""The people every book of the tests knows: 覃会计 prepares and posts, 韦审核 reviews, 黄出纳 signs."""

ON = date(2026, 1, 15)
AT = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
_NAMES = {ACCOUNTANT: "覃会计", REVIEWER: "韦审核", CASHIER: "黄出纳"}
_KINDS = {"M": KeptBy.MEMBER, "H": KeptBy.HOUSEHOLD, "C": KeptBy.COUNTERPARTY}


@contextmanager
def a_database(
    databases: "Databases", kind: str, furnish: Callable[[Connection], object]
) -> Iterator[Engine]:
    """A database furnished once, for a module's own fixture; its tests take ``rolled_back`` connections of it."""
    url = databases.fresh(kind)
    engine = writing_engine(url)
    with engine.begin() as db:
        furnish(db)
    yield engine
    engine.dispose()
    databases.drop(url)


@contextmanager
def rolled_back(engine: Engine) -> Iterator[Connection]:
    """A connection whose transaction is rolled back, so that the next test finds the database as it was."""
    with engine.connect() as db, db.begin() as transaction:
        yield db
        transaction.rollback()


@contextmanager
def behind_the_service(engine: Engine) -> Iterator[Connection]:
    """A connection of somebody who has dropped every trigger; what he does is rolled back."""
    with rolled_back(engine) as db:
        if db.dialect.name == "sqlite":
            triggers = (
                db.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
            )
            for name in triggers:
                db.exec_driver_sql(f"DROP TRIGGER {name}")
            db.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        else:
            db.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield db


def said(problems: Iterable[Problem]) -> dict[str, str]:
    """What a proof says: all sentences of each code."""
    says: dict[str, str] = {}
    for problem in problems:
        says[problem.code] = f"{says.get(problem.code, '')}\n{problem}".strip()
    return says


def a_house(db: Connection) -> None:
    """The house's own chain and the people; once a database."""
    if log_queries.head(db, book=log.HOUSE) is None:
        log.begin_chain(db, book=log.HOUSE)
    for person, name in _NAMES.items():
        assert people.know(db, [name], known_from="", by=None, at=AT) == {name: person}


def a_book(
    db: Connection,
    id: str = BOOK,
    *,
    name: str = "清水养殖专业合作社",
    standard: str = "coop-2021",
    first_year: int = 2025,
    parties: str = "",
    openings: str = "",
) -> Book:
    """An open book. ``parties`` are codes (M0001 a member, H… a household, C… a counterparty, else a name of the
    book's own); ``openings`` are opening balances, written like the lines of a voucher."""
    a_house(db)
    kind = BookKind.COLLECTIVE if standard == "collective-2023" else BookKind.COOPERATIVE
    book = Book(id=id, name=name, short_name=name[:2], kind=kind, standard=standard, first_year=first_year)
    books.open_book(db, book, by=ACCOUNTANT, on=ON, at=AT)
    if parties:
        details.add_many(db, list(map(a_party, parties.split())), book=id, by=ACCOUNTANT, at=AT)
    if openings:
        books.enter_openings(db, openings_of(openings), book=id, by=ACCOUNTANT, on=ON, at=AT)
    return book


def a_party(code: str) -> Detail:
    """A party by its code: ``M0001`` a member, ``H0001`` a household, ``C001`` a counterparty, ``肉牛`` a name."""
    kind = _KINDS.get(code[0], KeptBy.NAME) if code[1:].isdecimal() else KeptBy.NAME
    names = {KeptBy.MEMBER: "王", KeptBy.HOUSEHOLD: "韦", KeptBy.COUNTERPARTY: "饲料厂"}
    return Detail(code=code, name=f"{names[kind]}{code[1:]}" if kind in names else code, kind=kind)


def a_line(text: str, *, summary: str) -> VoucherLine:
    """One line of a voucher."""
    words = text.split()
    credit = words[0] == "cr"
    account, amount, *rest = words[1:] if credit else words
    code, _, detail = account.partition("/")
    quantity = next((word[1:] for word in rest if word.startswith("x")), None)
    movement = next((word for word in rest if not word.startswith("x")), "")
    fen = fen_from_yuan(amount)
    return VoucherLine(
        summary=summary,
        account=code,
        detail=detail,
        debit=0 if credit else fen,
        credit=fen if credit else 0,
        quantity=None if quantity is None else hundredths_from_text(quantity),
        movement=movement,
    )


def a_draft(text: str, *, word: Word = Word.GENERAL, originals: int = 1) -> VoucherDraft:
    """A voucher as handed in. ``red 7``, ``blue 7`` or ``difference 7`` behind the date names what it corrects."""
    head, *lines = text.split(" | ")
    day, _, summary = head.partition(" ")
    corrects = None
    kind, _, rest = summary.partition(" ")
    if kind in set(CorrectionKind):
        number, _, summary = rest.partition(" ")
        corrects = Correction(kind=CorrectionKind(kind), voucher=int(number))
    return VoucherDraft(
        date=date.fromisoformat(day),
        lines=tuple(a_line(line, summary=summary) for line in lines),
        word=word,
        originals=originals,
        corrects=corrects,
    )


def openings_of(text: str) -> tuple[OpeningLine, ...]:
    """Opening balances, written like the lines of a voucher."""
    lines = [a_line(line, summary="") for line in text.split(" | ")]
    return tuple(
        OpeningLine(
            account=line.account,
            detail=line.detail,
            debit=line.debit,
            credit=line.credit,
            quantity=line.quantity or 0,
        )
        for line in lines
    )


def drafted(
    db: Connection, text: str, *, book: str = BOOK, by: int = ACCOUNTANT, word: Word = Word.GENERAL
) -> Voucher:
    """A draft somebody prepared."""
    new = NewDraft(draft=a_draft(text, word=word))
    return vouchers.one(vouchers.draft_many(db, [new], book=book, by=by, on=ON, at=AT))


def reviewed(
    db: Connection, text: str, *, book: str = BOOK, by: int = ACCOUNTANT, word: Word = Word.GENERAL
) -> Voucher:
    """A draft somebody else has reviewed."""
    return review(db, drafted(db, text, book=book, by=by, word=word))


def review(db: Connection, voucher: Voucher, *, by: int = REVIEWER) -> Voucher:
    """A draft, reviewed."""
    step = Step(voucher=voucher.id)
    return vouchers.one(vouchers.review_many(db, [step], book=voucher.book, by=by, on=ON, at=AT))


def posted(db: Connection, voucher: Voucher) -> Voucher:
    """A reviewed voucher, posted."""
    step = Step(voucher=voucher.id)
    return vouchers.one(vouchers.post_many(db, [step], book=voucher.book, by=ACCOUNTANT, on=ON, at=AT))


def post(
    db: Connection, text: str, *, book: str = BOOK, by: int = ACCOUNTANT, word: Word = Word.GENERAL
) -> Voucher:
    """A voucher drafted, reviewed by another person and posted."""
    return posted(db, reviewed(db, text, book=book, by=by, word=word))


def record(
    db: Connection, text: str, *, book: str = BOOK, origin: Origin = Origin.IMPORT, number: int | None = None
) -> Voucher:
    """A voucher that comes prepared and reviewed: from an import, a register, a run."""
    made = MadeVoucher(
        draft=a_draft(text),
        origin=origin,
        prepared_by=ACCOUNTANT,
        reviewed_by=REVIEWER,
        number=number,
    )
    (voucher,) = vouchers.record_many(db, [made], book=book, by=ACCOUNTANT, on=ON, at=AT)
    return voucher


def reversed_(db: Connection, voucher: Voucher, *, dated: date | None = None) -> Voucher:
    """The red voucher that cancels a posted one, reviewed and posted."""
    red = vouchers.reverse(
        db,
        book=voucher.book,
        voucher=voucher.id,
        dated=dated or voucher.date,
        by=ACCOUNTANT,
        on=ON,
        at=AT,
    )
    return posted(db, review(db, red))


def close(db: Connection, *months: int, book: str = BOOK) -> None:
    """Close these months (202501 …), the accountant with the reviewer."""
    for month in months:
        periods.close_month(db, book=book, period=month, by=ACCOUNTANT, reviewed_by=REVIEWER, on=ON, at=AT)


def close_year(db: Connection, year: int, *, book: str = BOOK) -> tuple[Voucher, ...]:
    """Close all twelve months and settle the year; returns the closing vouchers."""
    close(db, *range(year * 100 + 1, year * 100 + 13), book=book)
    return periods.settle_year(db, book=book, year=year, by=ACCOUNTANT, reviewed_by=REVIEWER, on=ON, at=AT)


def codes(problems: Iterable[object]) -> list[str]:
    """The codes of some problems, in order."""
    return [problem.code for problem in problems]  # type: ignore[attr-defined]


def refused(refusal: Refusal) -> list[str]:
    """The codes of a refusal, in order."""
    return codes(refusal.problems)
