"""What an operator may set, as the command line obeys it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import pytest

from ledger.charts import use_copies_in
from tests.cli.conftest import Lianjian
from web.settings import settings_from


@pytest.fixture
def supplied_charts_again() -> Iterator[None]:
    """The next test reads the charts that are supplied."""
    yield
    use_copies_in(None)


def test_an_operators_own_copy_of_a_form_takes_the_place_of_the_supplied_one(
    small: Lianjian, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, supplied_charts_again: None
) -> None:
    supplied = (files("ledger.charts") / "coop-2021-forms.toml").read_text()
    assert "货币资金" in supplied
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "coop-2021-forms.toml").write_text(supplied.replace("货币资金", "钱"))
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "货币资金" in small("statement", "balance-sheet", "清水合作社", "2025").out
    monkeypatch.setenv("LIANJIAN_CHARTS", str(tmp_path / "charts"))
    shown = small("statement", "balance-sheet", "清水合作社", "2025").out
    assert "货币资金" not in shown
    assert "298988.00" in shown


def test_a_newer_database_is_refused_by_an_older_version(small: Lianjian, home: Path) -> None:
    with closing(sqlite3.connect(home / "books.sqlite")) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()
    for words in (["books"], ["tick"], ["serve", "--port", "0"]):
        answer = small(*words)
        assert (answer.status, answer.out) == (1, "")
        assert "revision 9999" in answer.err


def test_an_older_database_is_brought_up_to_date_by_whoever_opens_it(lianjian: Lianjian, home: Path) -> None:
    """The oldest there is: an empty one."""
    home.mkdir()
    (home / "books.sqlite").touch()
    assert lianjian("books", "--json").json == []
    assert lianjian("check").status == 0


@pytest.mark.parametrize(
    ("environment", "home", "key"),
    [
        ({"XDG_DATA_HOME": "/d", "XDG_CONFIG_HOME": "/c"}, "/d/lianjian", "/c/lianjian/identity.key"),
        ({"LIANJIAN_HOME": "/books"}, "/books", "/books.key"),
        ({"LIANJIAN_HOME": "/books", "LIANJIAN_KEY_FILE": "/safe/key"}, "/books", "/safe/key"),
    ],
)
def test_the_key_never_lies_in_the_data_folder(environment: dict[str, str], home: str, key: str) -> None:
    settings = settings_from(environment)
    assert (settings.home, settings.key_file) == (Path(home), Path(key))
    assert settings.database_url == f"sqlite:///{home}/books.sqlite"


def test_data_and_key_are_their_owners_alone(lianjian: Lianjian, home: Path) -> None:
    assert lianjian("user", "add", "qin", "--identity", "11010519491231002X").status == 0
    for place in (home, home.with_suffix(".key")):
        assert place.stat().st_mode & 0o077 == 0


def test_a_data_folder_that_cannot_be_is_named(
    lianjian: Lianjian, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = home.parent / "taken"
    taken.write_text("")
    monkeypatch.setenv("LIANJIAN_HOME", str(taken / "data"))
    answer = lianjian("books")
    assert answer.status == 1
    assert f"{taken / 'data'} cannot be read or written: Not a directory." in answer.out + answer.err
