"""A month is frozen on the 1st; the scan comes later: the live figures follow, what is frozen does not (RULES §8)."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, text

from coop.access import actions as access
from coop.income import queries as income
from coop.proof import queries as proofs
from coop.snapshots import actions, queries
from schemas.problems import Refusal
from schemas.snapshots import KeptSnapshot
from schemas.vouchers import Voucher
from tests.builders import a_database, refused
from tests.snapshots import small
from tests.snapshots.small import (
    AUGUST,
    DASHAN,
    LINGJIAO,
    PINGGUO,
    QINGSHUI,
    SANHE,
    SEPTEMBER,
    morning,
    ticked,
)
from web.evidence_store import EvidenceStore

if TYPE_CHECKING:
    from tests.conftest import Databases

JULY = 202607
TO_JULY = tuple(range(202601, 202608))


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence")


@pytest.fixture
def rent() -> list[Voucher]:
    """Filled by ``engine``: the rent of 岭脚村 that has no evidence."""
    return []


@pytest.fixture
def engine(databases: "Databases", db_kind: str, rent: list[Voucher]) -> Iterator[Engine]:
    with a_database(databases, db_kind, lambda db: rent.append(small.furnish(db))) as engine:
        yield engine


def frozen(engine: Engine, township: str, month: int = JULY) -> KeptSnapshot:
    with engine.connect() as db:
        found = queries.snapshot(db, township=township, month=month)
    assert found is not None
    return found


def ranks(kept: KeptSnapshot, village: str) -> dict[str, tuple[int, int, int]]:
    return {
        one.level.value: (one.rank, one.from_below, one.of) for one in kept.ranks if one.village == village
    }


def proved(engine: Engine) -> list[Any]:
    with engine.connect() as db:
        return [
            *(one.code for place in (SANHE, DASHAN, PINGGUO) for one in _township(db, place)),
            *(one.code for one in proofs.prove_house(db).problems),
        ]


def _township(db: Any, place: str) -> Any:
    known = db.execute(text("SELECT 1 FROM chain_head WHERE book_id = :book"), {"book": place}).first()
    return proofs.prove_township(db, township=place).problems if known else ()


def test_what_is_frozen_stays_and_what_is_live_follows_the_scan(
    engine: Engine, rent: list[Voucher], store: EvidenceStore
) -> None:
    done = ticked(engine, store, AUGUST)
    assert (done.problems, [(one.township, one.months) for one in done.frozen]) == (
        (),
        [(SANHE, TO_JULY), (DASHAN, TO_JULY), (PINGGUO, TO_JULY)],
    )
    july = frozen(engine, SANHE)
    assert july.snapshot.as_of == AUGUST
    assert {
        one.village: (one.income, one.threshold, str(one.ratio), one.band) for one in july.snapshot.villages
    } == {
        LINGJIAO: (1_100_000, 3_000_000, "11/30", 0),
        QINGSHUI: (3_000_000, 3_000_000, "1", 3_000_000),
    }
    assert ranks(july, LINGJIAO) == {
        "township": (2, 1, 2),
        "county": (3, 1, 3),
        "prefecture": (4, 1, 4),
        "province": (4, 1, 4),
    }
    assert ranks(july, QINGSHUI) == {
        "township": (1, 2, 2),
        "county": (1, 3, 3),
        "prefecture": (2, 3, 4),
        "province": (2, 3, 4),
    }
    with engine.begin() as db:
        small.scan_comes(db, rent[0], on=date(2026, 9, 3))
    with engine.connect() as db:
        live = {
            day: queries.months_as_they_are(db, township=SANHE, months=[JULY], as_of=day)[0]
            .villages[0]
            .income
            for day in (date(2026, 9, 2), date(2026, 9, 3))
        }
        today = income.board(db, within=SANHE, month=JULY, as_of=date(2026, 9, 3), scans_only=False)
        (since,) = queries.since_frozen(db, village=LINGJIAO, year=2026, on=date(2026, 9, 3))
        assert queries.since_frozen(db, village=LINGJIAO, year=2026, on=date(2026, 9, 2)) == ()
        assert queries.since_frozen(db, village=QINGSHUI, year=2026, on=date(2026, 9, 3)) == ()
    assert live == {date(2026, 9, 2): 1_100_000, date(2026, 9, 3): 3_000_000}
    assert {one.village: one.rank for one in today.villages} == {LINGJIAO: 1, QINGSHUI: 1}
    assert [(one.label, one.amount, one.scanned_on) for one in since.scanned_since] == [
        ("记-0002", 1_900_000, date(2026, 9, 3))
    ]
    assert (since.month, since.frozen_on, since.frozen, since.today, since.otherwise) == (
        JULY,
        AUGUST,
        1_100_000,
        3_000_000,
        0,
    )
    assert ticked(engine, store, date(2026, 9, 4)).frozen[0].months == (202608,)
    assert frozen(engine, SANHE) == july
    august = frozen(engine, SANHE, 202608)
    assert ranks(august, LINGJIAO)["county"] == (1, 2, 3)
    assert proved(engine) == []


def test_a_scan_that_comes_later_on_the_day_a_month_was_frozen_is_named(
    engine: Engine, rent: list[Voucher], store: EvidenceStore
) -> None:
    ticked(engine, store, AUGUST, at=morning(AUGUST) - timedelta(hours=2))
    with engine.begin() as db:
        small.scan_comes(db, rent[0], on=AUGUST)
    with engine.connect() as db:
        (since,) = queries.since_frozen(db, village=LINGJIAO, year=2026, on=AUGUST)
    assert ([one.label for one in since.scanned_since], since.otherwise) == (["记-0002"], 0)
    assert proved(engine) == []


def test_a_tick_that_comes_again_freezes_nothing_more(engine: Engine, store: EvidenceStore) -> None:
    assert len(ticked(engine, store, date(2026, 7, 31)).frozen[0].months) == 6
    assert len(ticked(engine, store, AUGUST).frozen[0].months) == 1
    before = frozen(engine, SANHE)
    assert ticked(engine, store, date(2026, 8, 31)).frozen == ()
    assert frozen(engine, SANHE) == before


def test_nothing_is_frozen_ahead_of_the_clock(engine: Engine, store: EvidenceStore) -> None:
    done = ticked(engine, store, date(2026, 12, 1), at=morning(AUGUST))
    assert done.frozen[0].months == TO_JULY
    assert frozen(engine, SANHE).snapshot.as_of == AUGUST


def test_a_township_that_comes_later_is_ranked_among_what_is_frozen_then(
    engine: Engine, store: EvidenceStore
) -> None:
    ticked(engine, store, AUGUST)
    before = frozen(engine, DASHAN)
    with engine.begin() as db:
        small.a_village(db, small.LATE_VILLAGE, earns=60_000)
    done = ticked(engine, store, SEPTEMBER)
    assert [(one.township, len(one.months)) for one in done.frozen] == [
        (SANHE, 1),
        (DASHAN, 1),
        (small.LATE, 8),
        (PINGGUO, 1),
    ]
    late = frozen(engine, small.LATE)
    assert (late.snapshot.as_of, ranks(late, small.LATE_VILLAGE)["county"]) == (SEPTEMBER, (1, 4, 4))
    assert frozen(engine, DASHAN) == before
    assert ranks(frozen(engine, DASHAN, 202608), small.DASHAN_VILLAGE)["county"] == (3, 2, 4)
    assert proved(engine) == []


def test_equal_ratios_share_a_rank_and_who_has_no_threshold_is_not_ranked(
    engine: Engine, store: EvidenceStore
) -> None:
    with engine.begin() as db:
        small.set_threshold(db, 0)
    ticked(engine, store, AUGUST)
    july = frozen(engine, SANHE)
    assert (july.ranks, {one.ratio for one in july.snapshot.villages}) == ((), {None})
    assert proved(engine) == []


def test_with_the_clock_set_back_nothing_is_frozen_before_what_was_ranked(
    engine: Engine, store: EvidenceStore
) -> None:
    ticked(engine, store, AUGUST, at=morning(AUGUST) + timedelta(days=40))
    with engine.begin() as db:
        by = access.service(db, at=morning(SEPTEMBER))
        with pytest.raises(Refusal) as refusal:
            actions.freeze(db, [202608], township=SANHE, by=by, on=SEPTEMBER, at=morning(SEPTEMBER))
        assert refused(refusal.value) == ["freezing_must_follow_ranking"]
    assert ticked(engine, store, date(2026, 9, 11)).frozen[0].months == (202608,)
