"""The same commands on a server's database, which several processes may write to."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import BY, PACKS, PROGRAM, Lianjian, ran


def test_a_year_on_a_servers_database(
    on_postgresql: Lianjian, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lianjian = on_postgresql
    assert lianjian("import", PACKS / "clean-small").status == 0
    assert not (home / "books.sqlite").exists()
    assert lianjian("close", "清水合作社", "2025", *BY).status == 0
    assert lianjian("check").status == 0
    there = lianjian("trial-balance", "清水合作社", "--json").json
    assert lianjian("backup", tmp_path / "books.zip").status == 0
    monkeypatch.delenv("LIANJIAN_DATABASE_URL")
    monkeypatch.setenv("LIANJIAN_HOME", os.fspath(tmp_path / "other"))
    back = lianjian("restore", tmp_path / "books.zip")
    assert back.status == 0, back.err
    assert "stay unreadable" in back.out
    assert lianjian("trial-balance", "清水合作社", "--json").json == there


@pytest.fixture
def at_work(on_postgresql: Lianjian) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A service of two workers, and its address. Workers are programs of their own, so it is started as one."""
    command = (str(PROGRAM), "serve", "--port", "0", "--workers", "2")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as service:
        assert service.stdout is not None
        told = next((line for line in service.stdout if "serves at" in line), "")
        found = re.search(r"http://\S+", told)
        assert found is not None
        yield service, found[0]
        service.kill()


def test_several_workers_serve_and_commands_write_beside_them(
    at_work: tuple["subprocess.Popen[str]", str],
) -> None:
    service, address = at_work
    with httpx.Client(base_url=address, timeout=60, transport=httpx.HTTPTransport(retries=5)) as client:
        assert {client.get("/healthz").status_code for _ in range(5)} == {200}
        assert client.get("/readyz").status_code == 200
        assert ran("import", PACKS / "clean-small").status == 0
        assert client.get("/readyz").status_code == 200
    assert ran("check").status == 0
    service.terminate()
    assert service.wait(30) == 0


def test_the_keys_are_proved_with_hash_partitions_and_that_is_said(on_postgresql: Lianjian) -> None:
    assert on_postgresql("books").status == 0
    answer = on_postgresql("distribute")
    assert answer.status == 0
    assert "There is no Citus" in answer.out
    assert "posting" in on_postgresql("distribute", "--json").json["by_book"]


def test_a_database_that_does_not_answer_is_told_in_one_sentence(
    lianjian: Lianjian, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANJIAN_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nowhere")
    answer = lianjian("books")
    assert (answer.status, answer.out) == (1, "")
    assert len(answer.err.splitlines()) == 1
