"""While the service holds the writer, commands are handed to it: two processes, one writer, nothing lost."""

import os
import pwd
import re
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import BY, PACKS, Lianjian, Process, ran
from web.cli.handover import Command, handed_over
from web.cli.speech import Line, Progress

Started = Callable[..., Process]
ME = pwd.getpwuid(os.getuid()).pw_name


def served(started: Started) -> tuple[Process, str]:
    """A service on a free port, and its address."""
    service = started("serve", "--port", "0")
    line = service.says("serves at")
    found = re.search(r"http://\S+", line)
    assert found is not None
    return service, found[0]


def entries_of(home: Path, act: str) -> list[tuple[str, str]]:
    """Who did this act according to the house's log, and what it says after."""
    with closing(sqlite3.connect(home / "books.sqlite")) as db:
        return db.execute(
            'SELECT person.name, after FROM log_entry JOIN person ON person_id = "by" WHERE act = ? ORDER BY seq',
            (act,),
        ).fetchall()


def test_a_pack_is_taken_in_by_the_running_service(started: Started, home: Path) -> None:
    service, address = served(started)
    assert httpx.get(f"{address}healthz").status_code == 200
    taken = ran("import", PACKS / "clean-small", "--json")
    assert (taken.status, len(taken.json["report"]["books"])) == (0, 4)
    closed = ran("close", "清水合作社", "2025-01", *BY)
    assert closed.status == 0, closed.err
    assert entries_of(home, "command")[0] == (ME, f"pack={PACKS / 'clean-small'}")
    assert ran("check").status == 0
    assert service.told_to_end() == 0
    assert not (home / "commands.sock").exists()
    assert ran("close", "清水合作社", "2025-02", *BY).status == 0


def test_whoever_gave_the_command_is_answered_in_his_language(
    started: Started, taken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(started)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    refused = ran("close", "清水合作社", "2025-02", *BY)
    assert (refused.status, refused.out) == (1, "")
    assert "Close" not in refused.err
    assert re.search(r"[一-鿿]", refused.err)


@pytest.fixture
def taken(home: Path, small: Lianjian) -> Path:
    """The data folder of a house that has taken clean-small in."""
    assert small("books").status == 0
    return home


def test_relative_paths_are_those_of_whoever_gave_the_command(
    started: Started, taken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(started)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert ran("backup", "books.zip").status == 0
    assert (tmp_path / "elsewhere" / "books.zip").exists()


def test_a_second_service_is_refused_in_one_sentence(started: Started, taken: Path) -> None:
    served(started)
    second = ran("serve", "--port", "0")
    assert (second.status, second.out) == (1, "")
    assert second.err.startswith("✗ Another process")
    assert len(second.err.splitlines()) == 1


def test_a_port_that_is_taken_is_refused_in_one_sentence(taken: Path) -> None:
    with socket.socket() as there:
        there.bind(("127.0.0.1", 0))
        there.listen()
        answer = ran("serve", "--port", str(there.getsockname()[1]))
    assert answer.status == 1
    assert "cannot be listened on" in answer.err
    assert len(answer.err.splitlines()) == 1


def test_several_workers_need_a_server_database(taken: Path) -> None:
    answer = ran("serve", "--workers", "2")
    assert answer.status == 1
    assert "one writer" in answer.err


def test_a_service_that_was_killed_leaves_nothing_in_the_way(started: Started, taken: Path) -> None:
    service, _ = served(started)
    service.program.close()
    assert (taken / "commands.sock").exists()
    assert ran("close", "清水合作社", "2025-01", *BY).status == 0
    again, _ = served(started)
    assert ran("close", "清水合作社", "2025-02", *BY).status == 0
    assert again.told_to_end() == 0


def test_commands_at_once_all_come_in_turn(started: Started, taken: Path) -> None:
    """Twelve logins by twelve processes: with the service, and then without it."""
    service, _ = served(started)
    for first in (0, 6):
        people = [
            started("user", "add", f"person{number}", "--name", "某人") for number in range(first, first + 6)
        ]
        assert [person.program.ended(within=60) for person in people] == [0] * 6
        if first == 0:
            assert service.told_to_end() == 0
    assert len(ran("user", "list", "--json").json) == 12
    assert ran("check").status == 0


def test_progress_and_lines_come_back_as_they_are_said(started: Started, home: Path) -> None:
    served(started)
    said: list[Line | Progress] = []
    given = {
        "pack": str(PACKS / "clean-small"),
        "by": None,
        "confirm_gaps": "",
        "dry_run": True,
        "as_json": False,
    }
    status = handed_over(home, Command(name=("import",), given=given, language="en"), said.append)
    assert status == 0
    progress = [one for one in said if isinstance(one, Progress) and one.what == "vouchers entered"]
    assert (progress[-1].done, progress[-1].total) == (223, 223)
    lines = [one.text for one in said if isinstance(one, Line)]
    assert lines[-1] == "A dry run: nothing was written."


def test_nobody_listens_where_no_service_runs(taken: Path) -> None:
    assert handed_over(taken, Command(name=("tick",), given={}, language="en"), print) is None


def test_a_deep_data_folder_is_no_hindrance(
    started: Started, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name of a socket has room for 107 bytes."""
    deep = tmp_path / ("long" * 20) / ("longer" * 15)
    monkeypatch.setenv("LIANJIAN_HOME", str(deep))
    service, _ = served(started)
    assert ran("tick", "--json").status == 0
    assert entries_of(deep, "command") == [(ME, "")]
    assert service.told_to_end() == 0


def test_only_the_services_own_user_can_open_the_socket(started: Started, taken: Path) -> None:
    served(started)
    assert (taken / "commands.sock").stat().st_mode & 0o777 == 0o600
