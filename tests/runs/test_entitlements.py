"""What a village's collective earned, shared by its households' income entitlements: from the quantification to the bank,
every figure typed by hand (RULES §5, last line; 农村集体经济组织法 第四十二条)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine

from ledger.books import queries as books
from ledger.money import yuan
from ledger.vouchers import queries as vouchers
from payouts.proof import queries as proofs
from payouts.runs import queries
from payouts.runs.rules import name_of
from schemas.books import Book
from schemas.runs import RunKind
from schemas.vouchers import VoucherDraft
from tests.builders import BOOK, a_database, rolled_back
from tests.registry import act, done, said_by
from tests.runs.entitled import YEAR, settled_year
from tests.runs.years import posted

if TYPE_CHECKING:
    from tests.conftest import Databases


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, settled_year) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def _book(db: Connection) -> Book:
    found = books.book(db, id=BOOK)
    assert found is not None
    return found


def test_a_year_is_shared_by_entitlements(db: Connection) -> None:
    done(db, act("adjustment on=2026-01-10 member=M0004 fact=birth units=0.50 paper=出生医学证明B2"))
    run = posted(db, BOOK, RunKind.DIVIDEND, YEAR)
    name = name_of(run.id)
    assert name is not None
    lines = queries.lines(db, name, content=run.content)
    assert [(one.payee, one.weight, yuan(one.amount), one.fen_from_remainder) for one in lines] == [
        ("M0001", 300, "1411.77", False),
        ("M0002", 200, "941.18", False),
        ("M0003", 250, "1176.48", True),
        ("M0004", 100, "470.59", False),
        ("M0005", 0, "0.00", False),
    ]
    ids = queries.vouchers(db, name)
    made = vouchers.vouchers(db, book=BOOK, ids=ids)
    assert [said_by(VoucherDraft(date=made[id].date, lines=made[id].lines)) for id in ids] == [
        "322/各项分配 1000.01 reserve_draw | cr 311/收益提取 1000.01 reserve_draw",
        (
            "322/各项分配 4000.02 distribution_to_members | cr 113/M0001 1411.77 | cr 113/M0002 941.18 | "
            "cr 113/M0003 1176.48 | cr 113/M0004 470.59"
        ),
        "322/未分配收益 5000.03 folding | cr 322/各项分配 5000.03 folding",
    ]
    assert not proofs.prove(db, book=_book(db), load=None, read=None).problems
