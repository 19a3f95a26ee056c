"""A book leaves as beancount text that others' programs take: bean-check passes it, Fava opens it, sums agree."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine

from ledger.balances import queries as balances
from ledger.beancount_text import names_of
from ledger.books import queries as books
from ledger.proof import queries as proof
from ledger.proof.rules import closing_of
from schemas.books import Book
from schemas.problems import Refusal
from tests.builders import BOOK, a_book, a_database, post
from tests.conftest import Databases
from tests.faults.test_tampering import furnish
from web.proof import loaded_by_beancount

NASTY = (
    "2026-01-31 a\"b\\c'；（）“引号” 🐂 | 102 0.01 | cr 501/A栋 0.01",
    "2026-01-31 ; #tag ^link {cost} @price | 102 0.02 | cr 501/a栋 0.02",
    "2026-02-28 * ! | 102 0.04 | cr 501/A 0.04",
    "2026-02-28 option | 102 0.08 | cr 501/A-B 0.08",
    "2026-02-28 大额 | 102 9999999999999.99 | cr 501/A_B 9999999999999.99",
)


@pytest.fixture(scope="module")
def furnished(databases: Databases, db_kind: str) -> Iterator[Engine]:
    """The book of the tampering tests, and one whose names and summaries are as bad as names can be."""

    def furnish_both(db: Connection) -> None:
        furnish(db)
        nasty = 'A栋 a栋 A A-B A_B A（B A"B A\\B （1） --2 ² 电:费 \u200b3 10201-农信社'
        a_book(db, "nasty", name='名"称\\', parties=" ".join(nasty.split()))
        for line in NASTY:
            post(db, line, book="nasty")
        for detail in nasty.split():
            post(db, f"2026-03-01 明细 | 523/{detail} 0.01 | cr 102 0.01", book="nasty")

    with a_database(databases, db_kind, furnish_both) as engine:
        yield engine


@pytest.fixture(params=[BOOK, "nasty"])
def book(furnished: Engine, request: pytest.FixtureRequest) -> Book:
    with furnished.connect() as db:
        found = books.book(db, id=request.param)
    assert found is not None
    return found


@pytest.fixture
def written(furnished: Engine, book: Book, tmp_path: Path) -> Path:
    file = tmp_path / "book.beancount"
    with furnished.connect() as db:
        file.write_text("".join(proof.beancount(db, book=book)), encoding="utf-8")
    return file


def test_bean_check_passes_it(written: Path) -> None:
    checked = subprocess.run(
        [Path(sys.executable).with_name("bean-check"), "--no-cache", written],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_its_balances_equal_ours_party_by_party(furnished: Engine, book: Book) -> None:
    with furnished.connect() as db:
        loaded = loaded_by_beancount(proof.beancount(db, book=book))
        closing = closing_of(balances.kept(db, book=book.id))
        names = names_of(books.accounts(db, book=book), closing)
    assert loaded.errors == ()
    assert loaded.balances == {names[kept]: amount for kept, amount in closing.items()}
    assert len(closing) > 8


FAVA = """
import json, sys
from fava.application import create_app
app = create_app([sys.argv[1]])
app.testing = True
client = app.test_client()
slug = app.config["LEDGERS"].ledgers[0] and next(iter(app.config["LEDGERS"].ledgers_by_slug))
answers = {page: client.get(f"/{slug}/{page}/").status_code for page in sys.argv[2].split()}
report = client.get(f"/{slug}/api/income_statement?time=2025").get_json()
errors = client.get(f"/{slug}/api/errors").get_json()["data"]
json.dump({"answers": answers, "keys": sorted(report), "errors": errors}, sys.stdout)
"""


@pytest.mark.parametrize("db_kind", ["sqlite"], indirect=True)
def test_fava_opens_it(written: Path) -> None:
    pages = "income_statement balance_sheet trial_balance journal"
    opened = subprocess.run(
        [sys.executable, "-c", FAVA, written, pages], capture_output=True, text=True, check=True
    )
    assert json.loads(opened.stdout) == {
        "answers": dict.fromkeys(pages.split(), 200),
        "keys": ["data", "mtime"],
        "errors": [],
    }


def test_a_fen_is_not_tolerated(furnished: Engine, book: Book) -> None:
    with furnished.connect() as db:
        text = "".join(proof.beancount(db, book=book))
    first, _, rest = text.partition(" ~ 0.00 CNY")
    head, _, last_fen = first.rpartition(".")
    changed = f"{head}.{(int(last_fen) + 1) % 100:02d} ~ 0.00 CNY{rest}"
    kinds = {error.kind for error in loaded_by_beancount([changed]).errors}
    assert kinds == {"BalanceError"}
    unbalanced = (
        text + '\n2026-03-01 * "x"\n  Assets:102-银行存款  0.01 CNY\n  Assets:101-库存现金  0.00 CNY\n'
    )
    assert "ValidationError" in {error.kind for error in loaded_by_beancount([unbalanced]).errors}


def test_the_text_is_the_same_every_time(db: Connection) -> None:
    """It may be kept, compared and signed."""
    made = a_book(db, parties="M0001")
    post(db, "2025-03-21 银行存款利息 | 102 49.11 | 524 -49.11")
    assert "".join(proof.beancount(db, book=made)) == "".join(proof.beancount(db, book=made))


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import beancount_is_not_here", "No module named 'beancount_is_not_here'"),
        ("raise SystemExit(3)", "exit status 3"),
    ],
)
def test_a_program_that_does_not_run_proves_nothing(program: str, reason: str) -> None:
    with pytest.raises(Refusal, match=reason):
        loaded_by_beancount(["x" * 1000] * 1000, program=program)
