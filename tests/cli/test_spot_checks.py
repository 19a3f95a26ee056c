"""A spot check is drawn once however often the clockwork ticks and whatever is killed between, and anybody draws the same
vouchers again from what is published."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from ledger.spot_checks import queries
from tests.builders import BOOK, a_book, post
from tests.cli.conftest import Lianjian
from tests.processes import PROCESSES
from web.database import reading_engine, writing_engine
from web.evidence_store import EvidenceStore
from web.schedule import draw_spot_checks, tick

GUIDE = Path(__file__).parents[2] / "docs" / "spot-checks.md"
OTHERS = ("baishui", "heishui")
MORNING = datetime(2026, 2, 2, 23, 0, tzinfo=UTC)
"""The morning of 3 February in China."""
DAY = date(2026, 2, 3)


def _draw(url: str, *, die_after: int | None = None) -> int:
    """Draw what is due, as the service does; the process ends behind the commit of one draw as if the power had failed."""
    reading, writing = reading_engine(url), writing_engine(url)
    done = 0

    def act(what: Callable[[Connection], Any], _book: str) -> Any:
        nonlocal done
        with writing.begin() as db:
            found = what(db)
        done += 1
        if done == die_after:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    drawn = draw_spot_checks(reading, act, on=DAY, at=MORNING)
    for engine in (reading, writing):
        engine.dispose()
    return len(drawn)


@pytest.fixture
def kept(lianjian: Lianjian, home: Path) -> str:
    """A house with three books; the first has eight vouchers of January 2026, the others none. Returns its database."""
    assert lianjian("books").status == 0
    url = f"sqlite:///{home / 'books.sqlite'}"
    engine = writing_engine(url)
    with engine.begin() as db:
        a_book(db)
        for day in range(1, 9):
            post(db, f"2026-01-0{day} 银行存款利息 | 102 {day}.11 | 524 -{day}.11")
        for id in OTHERS:
            a_book(db, id)
    engine.dispose()
    return url


def drawn(url: str) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
    """Month and vouchers of every draw by book."""
    engine = reading_engine(url)
    with engine.connect() as db:
        found = {
            book: [(one.month, one.drawn) for one in queries.checks(db, book=book)]
            for book in (BOOK, *OTHERS)
        }
    engine.dispose()
    return found


def test_killed_between_two_books_it_draws_the_rest_and_nothing_twice(kept: str) -> None:
    process = PROCESSES.Process(target=_draw, args=(kept,), kwargs={"die_after": 2})
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    first = drawn(kept)
    assert sorted(len(of_book) for of_book in first.values()) == [0, 1, 1]
    assert _draw(kept) == 1
    again = drawn(kept)
    assert {book: len(of_book) for book, of_book in again.items()} == {BOOK: 1, **dict.fromkeys(OTHERS, 1)}
    assert all(again[book] == of_book for book, of_book in first.items() if of_book)
    assert _draw(kept) == 0


@pytest.fixture
def published(kept: str, lianjian: Lianjian, home: Path, tmp_path: Path) -> Lianjian:
    """A house whose January was drawn by a tick, and told to tick again; its pool lies in ``pool.csv``."""
    reading, writing = reading_engine(kept), writing_engine(kept)

    def act(what: Callable[[Connection], Any], _book: str) -> Any:
        with writing.begin() as db:
            return what(db)

    for times in (3, 0):
        done = tick(reading, act, EvidenceStore(home / "evidence"), on=DAY, at=MORNING)
        assert len(done.spot_checks) == times
    for engine in (reading, writing):
        engine.dispose()
    table = lianjian("spot-check", BOOK, "2026-01", "--csv")
    assert table.status == 0
    (tmp_path / "pool.csv").write_text(table.out, "utf-8")
    return lianjian


def test_an_outsider_draws_the_same_vouchers_with_the_shell_of_the_guide(
    published: Lianjian, tmp_path: Path
) -> None:
    (shell,) = re.findall(r"```sh\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len(shell.splitlines()) <= 10
    sh = shutil.which("sh")
    assert sh is not None
    said = subprocess.run([sh, "-e", "-c", shell], cwd=tmp_path, check=True, capture_output=True, text=True)
    *redrawn, same = said.stdout.splitlines()
    assert same == "the same vouchers"
    found = published("spot-check", BOOK, "2026-01", "--json").json
    assert redrawn == found["pool"]["check"]["drawn"]
    assert [one["voucher"]["number"] for one in found["sheet"]["vouchers"]] == [
        int(no[-4:]) for no in redrawn
    ]
    assert len(redrawn) == 5
    assert len(found["pool"]["numbers"]) == 8

    seed = found["pool"]["check"]["head"]
    forged = (tmp_path / "pool.csv").read_text("utf-8").replace(seed, seed[::-1])
    (tmp_path / "pool.csv").write_text(forged, "utf-8")
    other = subprocess.run([sh, "-c", shell], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert (other.returncode, "the same vouchers" in other.stdout) == (1, False)


def test_the_command_shows_seed_and_vouchers_and_the_house_holds(published: Lianjian) -> None:
    shown = published("spot-check", BOOK, "2026-01")
    assert "5 of 8 vouchers drawn; seed " in shown.out
    assert shown.out.count("银行存款利息") == 5
    assert published("check").status == 0
    none = published("spot-check", BOOK, "2026-03")
    assert (none.status, "Nothing was drawn of 2026-03" in none.err) == (1, True)
