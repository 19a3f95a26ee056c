"""``lianjian tick``: what falls due by date is done once, however often called."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from os import utime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from coop.access.tables import InvitationRow
from ledger.assets import actions as assets
from ledger.columns import table_of
from ledger.details import actions as details
from ledger.people import queries as people
from schemas.assets import NewCard
from schemas.books import Detail
from schemas.charts import KeptBy
from tests.cli.conftest import BY, Lianjian
from web.clock import now
from web.database import reading_engine, writing_engine
from web.evidence_store import EvidenceStore
from web.schedule import tick


@contextmanager
def writing(home: Path) -> Iterator[Connection]:
    """A connection to the test's own house."""
    engine = writing_engine(f"sqlite:///{home / 'books.sqlite'}")
    with engine.begin() as db:
        yield db
    engine.dispose()


@pytest.fixture
def with_a_barn(small: Lianjian, home: Path) -> Lianjian:
    """A barn of 120 000.00, in use since 5 January 2026, written off over ten years: 1 000.00 a month."""
    card = NewCard(
        code="B-01",
        name="牛舍",
        account="151",
        detail="牛舍",
        in_use_since=date(2026, 1, 5),
        cost=12_000_000,
        life_months=120,
        expense_account="401",
        expense_detail="折旧",
    )
    with writing(home) as db:
        (by, _book), *_ = people.called(db, "欧阳丽成")
        wear = Detail(code="折旧", name="折旧", kind=KeptBy.NAME)
        details.add_many(db, [wear], book="qingshuihezuoshe", by=by, at=datetime(2026, 1, 5, tzinfo=UTC))
        assets.add_cards(
            db,
            [card],
            book="qingshuihezuoshe",
            by=by,
            on=date(2026, 1, 5),
            at=datetime(2026, 1, 5, tzinfo=UTC),
        )
    return small


def plans(lianjian: Lianjian, on: str) -> list[tuple[str, str]]:
    """The plan vouchers a tick on this day drafts: their day and what they write off."""
    answer = lianjian("tick", "--on", on, "--json")
    assert (answer.status, answer.json["problems"], answer.json["on"]) == (0, [], on)
    return [(voucher["date"], voucher["lines"][0]["debit"]) for voucher in answer.json["plan_vouchers"]]


def test_a_month_that_is_over_is_drafted_once(with_a_barn: Lianjian) -> None:
    """The barn is written off from the month after it came into use."""
    assert plans(with_a_barn, "2026-01-31") == []
    assert plans(with_a_barn, "2026-02-27") == []
    assert plans(with_a_barn, "2026-02-28") == [("2026-02-28", "1000.00")]
    assert plans(with_a_barn, "2026-02-28") == []
    assert plans(with_a_barn, "2026-03-15") == []


def test_months_that_were_missed_are_made_up_for(with_a_barn: Lianjian) -> None:
    assert plans(with_a_barn, "2026-05-02") == [("2026-04-30", "3000.00")]
    assert plans(with_a_barn, "2026-05-02") == []


def test_what_a_tick_drafts_waits_for_a_reviewer(with_a_barn: Lianjian, tmp_path: Path) -> None:
    plans(with_a_barn, "2026-02-28")
    closing = with_a_barn("close", "清水合作社", "2025", *BY)
    assert closing.status == 0, closing.err
    assert with_a_barn("check").status == 0


def test_an_empty_house_has_nothing_due(lianjian: Lianjian) -> None:
    answer = lianjian("tick", "--json")
    assert (answer.status, answer.json["plan_vouchers"], answer.json["files_removed"]) == (0, [], 0)
    assert "0 plan vouchers" in lianjian("tick").out


def test_a_tick_counts_the_rows_so_that_a_member_is_found_by_his_number(small: Lianjian, home: Path) -> None:
    """Uncounted, the embedded database reads a book's every movement for those of one member."""
    asked = "EXPLAIN QUERY PLAN SELECT * FROM share_movement WHERE book_id = 'b' AND member_no = 'Q1' ORDER BY seq"

    def way() -> str:
        with writing(home) as db:
            return " ".join(row.detail for row in db.exec_driver_sql(asked))

    with writing(home) as db:
        db.exec_driver_sql("DELETE FROM sqlite_stat1")
    assert "share_movement_by_member" not in way()
    assert small("tick", "--json").status == 0
    assert "share_movement_by_member" in way()


def test_files_no_voucher_names_are_removed_when_they_are_a_day_old(small: Lianjian, home: Path) -> None:
    store = EvidenceStore(home / "evidence")
    young, old, foreign = (store.put(name) for name in (b"under way", b"failed", b"of another database"))
    on, today = now()
    later = today + timedelta(days=2)
    for digest, written in ((young, later), (old, today), (foreign, today - timedelta(days=2))):
        utime(store.path(digest), (written.timestamp(),) * 2)
    assert small("tick", "--json").json["files_removed"] == 0
    relied_on = set(store.digests()) - {young, old, foreign}

    def act(what: Callable[[Connection], Any], _book: str) -> Any:
        with writing(home) as db:
            return what(db)

    engine = reading_engine(f"sqlite:///{home / 'books.sqlite'}")
    assert tick(engine, act, store, on=on, at=later).files_removed == 1
    engine.dispose()
    assert set(store.digests()) == relied_on | {young, foreign}
    assert small("check").status == 0


def test_an_empty_database_removes_nothing_the_one_before_it_relies_on(small: Lianjian, home: Path) -> None:
    """Somebody moves the books to another database and starts the service before they are there."""
    store = EvidenceStore(home / "evidence")
    relied_on = set(store.digests())
    long_ago = (now()[1] - timedelta(days=400)).timestamp()
    for digest in relied_on:
        utime(store.path(digest), (long_ago, long_ago))
    (home / "books.sqlite").rename(home / "moved.sqlite")
    for name in ("books.sqlite-wal", "books.sqlite-shm"):
        (home / name).unlink(missing_ok=True)
    assert small("tick", "--json").json["files_removed"] == 0
    assert set(store.digests()) == relied_on != set()


def test_set_up_codes_that_are_too_old_go(small: Lianjian, home: Path) -> None:
    small("user", "add", "qin")
    assert small("tick", "--json").json["ended"] == 0
    invitation = table_of(InvitationRow)
    with writing(home) as db:
        db.execute(invitation.update().values(ends_at="2020-01-01T00:00:00.000000Z"))
    assert small("tick", "--json").json["ended"] == 1
    with writing(home) as db:
        assert db.execute(select(func.count()).select_from(invitation)).scalar_one() == 0
