"""The command line as its user meets it.

lianjian("books", "--json")     runs a command in this process, in a data folder of the test's own
small                           the same, in a house that has taken clean-small in
started("serve", …)             starts a command as a process of its own
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.conftest import Databases
from tests.processes import Program, program
from web.cli.main import main

PACKS = Path(__file__).parents[1] / "packs"
PROGRAM = Path(sys.executable).with_name("lianjian")
SETTINGS = (
    "LIANJIAN_HOME",
    "LIANJIAN_DATABASE_URL",
    "LIANJIAN_KEY_FILE",
    "LIANJIAN_PORT",
    "LC_ALL",
    "LC_MESSAGES",
)
BY = ("--by", "欧阳丽成", "--reviewed-by", "黎国")
"""Two people the papers of clean-small name."""


class Answer(NamedTuple):
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer as a program reads it."""
        return json.loads(self.out)


Lianjian = Callable[..., Answer]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of this test, still empty; messages are English."""
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LIANJIAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LANG", "C.UTF-8")
    return tmp_path / "home"


@pytest.fixture
def lianjian(home: Path, capfd: pytest.CaptureFixture[str]) -> Lianjian:
    """Runs a command in this process."""

    def run(*words: str | Path) -> Answer:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        out, err = capfd.readouterr()
        return Answer(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture(scope="session")
def taken_in(databases: Databases) -> Path:
    """A data folder, and beside it its key, into which clean-small was taken once."""
    return databases.folder("small", _take_in)


def _take_in(folder: Path) -> None:
    environment = {**os.environ, "LIANJIAN_HOME": str(folder / "home"), "LANG": "C.UTF-8"}
    for name in SETTINGS[1:]:
        environment.pop(name, None)
    subprocess.run(
        [PROGRAM, "import", PACKS / "clean-small"], env=environment, check=True, capture_output=True
    )


@pytest.fixture
def small(lianjian: Lianjian, home: Path, taken_in: Path) -> Lianjian:
    """Runs a command in a house that has taken clean-small in."""
    shutil.copytree(taken_in, home.parent, dirs_exist_ok=True)
    return lianjian


@pytest.fixture
def on_postgresql(
    lianjian: Lianjian, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Lianjian]:
    """Runs a command on a PostgreSQL database of its own."""
    url = databases.empty("postgresql")
    monkeypatch.setenv("LIANJIAN_DATABASE_URL", url)
    yield lianjian
    databases.drop(url)


class Process(NamedTuple):
    """A command that runs as a process of its own."""

    program: Program

    def says(self, text: str) -> str:
        """The next line of its answer with this text in it; the lines before are passed over."""
        for line in self.program.out:
            if text in line:
                return line
        raise AssertionError(f"it ended with {self.program.ended(within=60)} and never said {text!r}")

    def told_to_end(self) -> int:
        """Its exit status after SIGTERM."""
        self.program.process.terminate()
        return self.program.ended(within=30)


@pytest.fixture
def started(home: Path) -> Iterator[Callable[..., Process]]:
    """Starts a command; what still runs at the end of the test is killed."""
    running: list[Program] = []

    def start(*words: str | Path) -> Process:
        running.append(program([str(word) for word in words], together=True))
        return Process(running[-1])

    yield start
    for one in running:
        one.close()


def ran(*words: str | Path) -> Answer:
    """A command run to its end as a process of its own."""
    running = program([str(word) for word in words])
    with ThreadPoolExecutor() as beside:
        err = beside.submit(running.err.read)
        out = running.out.read()
    status = running.ended(within=60)
    running.close()
    return Answer(status, out, err.result())
