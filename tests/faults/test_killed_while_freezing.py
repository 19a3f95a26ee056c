"""The tick is killed before every one of its commits and comes again: every month of every township is frozen and ranked
once, and what was frozen before stays; every red line is alerted of once, and its village told once."""

import signal
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, Engine

from coop.alerts import queries as alert_queries
from coop.proof.queries import prove_house
from coop.snapshots import queries
from ledger.log import queries as log
from payouts.proof import queries as proofs
from schemas.snapshots import KeptSnapshot
from tests.faults.killing import Steps, stepping
from tests.processes import PROCESSES
from tests.snapshots import small
from tests.snapshots.small import AUGUST
from web.database import writing_engine
from web.schedule import freeze_months, watch_red_lines

if TYPE_CHECKING:
    from tests.conftest import Databases


@pytest.fixture(scope="module")
def furnished(databases: "Databases", db_kind: str) -> Iterator[str]:
    url = databases.fresh(db_kind)
    engine = writing_engine(url)
    with engine.begin() as db:
        small.furnish(db)
    engine.dispose()
    yield url
    databases.drop(url)


STEPS = 6
"""Each of three townships is frozen and then ranked in a transaction of its own."""


def test_killed_at_every_step_every_month_is_frozen_and_ranked_once(
    furnished: str, databases: "Databases", db_kind: str
) -> None:
    def frozen_though_killed_at(last: int) -> list[object]:
        url = databases.copy(furnished, db_kind)
        if last:
            _killed(url, last, _freeze)
        engine, steps = writing_engine(url), Steps(0)
        before = _frozen(engine)
        stepping(engine, steps)
        _freeze(engine)
        assert steps.taken <= STEPS - last + 1
        after = _frozen(engine)
        assert [after[key] for key in before] == list(before.values())
        with engine.connect() as db:
            for township in (small.SANHE, small.DASHAN, small.PINGGUO):
                assert proofs.prove_township(db, township=township).problems == ()
            assert prove_house(db).problems == ()
        engine.dispose()
        databases.drop(url)
        return [(one.snapshot, one.digest, one.ranks, one.ranked_on) for one in after.values()]

    expected = frozen_though_killed_at(0)
    assert len(expected) == 3 * 7
    for last in range(1, STEPS + 1):
        assert frozen_though_killed_at(last) == expected


WATCH_STEPS = 3
"""三合镇 is looked at, what is kept again is cured, and its villages are told, each in a transaction of its own."""


def test_killed_at_every_step_every_alert_is_opened_and_told_once(
    furnished: str, databases: "Databases", db_kind: str
) -> None:
    def alerted_though_killed_at(last: int) -> list[tuple[int, str, str]]:
        url = databases.copy(furnished, db_kind)
        engine = writing_engine(url)
        _freeze(engine)
        if last:
            _killed(url, last, _watch)
        _watch(engine)
        with engine.connect() as db:
            assert proofs.prove_township(db, township=small.SANHE).problems == ()
            told = log.entries(db, book=small.BOOKS[small.LINGJIAO], act="alert.")
            found = alert_queries.alerts(db, within=small.SANHE)[small.SANHE]
        assert [one.subject for one in told] == ["alert:1", "alert:2"]
        engine.dispose()
        databases.drop(url)
        return [(one.number, one.breach.line.id, one.state.value) for one in found]

    for last in range(WATCH_STEPS + 1):
        assert alerted_though_killed_at(last) == [
            (1, "behind_threshold", "notified"),
            (2, "unrecognised", "notified"),
        ]


def _frozen(engine: Engine) -> dict[tuple[str, int], KeptSnapshot]:
    """Everything that is frozen and ranked."""
    with engine.connect() as db:
        return {
            (one.snapshot.township, one.snapshot.month): one
            for one in queries.snapshots(db, within="")
            if one.ranked_at is not None
        }


def _act(engine: Engine) -> Callable[[Callable[[Connection], Any], str], Any]:
    def act(what: Callable[[Connection], Any], _book: str) -> Any:
        with engine.begin() as db:
            return what(db)

    return act


def _freeze(engine: Engine) -> None:
    _, problems = freeze_months(engine, _act(engine), on=AUGUST, at=small.morning(AUGUST))
    assert problems == ()


def _watch(engine: Engine) -> None:
    _, problems = watch_red_lines(engine, _act(engine), on=AUGUST, at=small.morning(AUGUST))
    assert problems == ()


def _until(url: str, last: int, what: Callable[[Engine], None]) -> None:
    engine = writing_engine(url)
    stepping(engine, Steps(last))
    what(engine)


def _killed(url: str, last: int, what: Callable[[Engine], None]) -> None:
    """A process freezes or looks at what is frozen, and is killed before the commit numbered ``last``."""
    process = PROCESSES.Process(target=_until, args=(url, last, what))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
