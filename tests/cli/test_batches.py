"""``lianjian batch``: made by one, sent by another, its file to the bank and the bank's answer back."""

import stat
from pathlib import Path

import pytest

from schemas.runs import RunKind
from tests.cli.conftest import Lianjian
from tests.runs.years import posted, settled
from web.database import writing_engine

BOOK = "qingshuihezuoshe"
RUN = f"{BOOK}.dividend.2025.1"
MAKER, SENDER = ("--by", "1"), ("--by", "2")


@pytest.fixture
def to_pay(small: Lianjian, home: Path) -> Lianjian:
    """Runs a command in a house whose dividend is posted."""
    engine = writing_engine(f"sqlite:///{home / 'books.sqlite'}")
    with engine.begin() as db:
        settled(db, BOOK, 2025)
        posted(db, BOOK, RunKind.COMMISSION, 2025)
        posted(db, BOOK, RunKind.DIVIDEND, 2025)
    engine.dispose()
    return small


def test_a_batch_to_the_bank_and_back(to_pay: Lianjian, tmp_path: Path) -> None:
    payees = ("--payee", "Q0002", "--payee", "Q0003")
    tried = to_pay("batch", "make", RUN, "--format", "rural", *payees, *MAKER, "--dry-run", "--json")
    assert (tried.status, tried.json["batch"]["total"]) == (0, "4106.99")
    assert to_pay("batch", "show", RUN, "--json").json["batches"] == []
    made = to_pay("batch", "make", RUN, "--format", "rural", *payees, *MAKER)
    assert (made.status, "4106.99" in made.out, "6222000007538161117" in made.out) == (0, True, False)
    assert to_pay("batch", "send", BOOK, "1", *MAKER).status == 1
    sent = to_pay("batch", "send", "清水合作社", "1", *SENDER, "--json")
    assert (sent.status, sent.json["state"]) == (0, "sent")

    out = tmp_path / "out.txt"
    assert to_pay("batch", "file", BOOK, "1", out, *MAKER).status == 0
    assert (
        out.read_bytes().decode("gbk").splitlines()[0]
        == "1|卢兰芳|6222000007538161117|3196.88|450000195405294446|"
    )
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert to_pay("batch", "file", BOOK, "1", out, *MAKER).status == 1

    day = sent.json["sent_on"].replace("-", "")
    back = tmp_path / "back.txt"
    back.write_bytes(f"1|卢兰芳||3196.88||0000|成功|{day}|\r\n".encode("gbk"))
    taken = to_pay("batch", "answer", BOOK, "1", back, *SENDER, "--json")
    assert (taken.status, taken.json["added"], taken.json["batch"]["state"]) == (0, 1, "sent")
    assert to_pay("batch", "answer", BOOK, "1", "--failed", "2=later", *SENDER).status == 1
    assert to_pay("batch", "answer", BOOK, "1", *SENDER).status == 1
    told = to_pay("batch", "answer", BOOK, "1", "--failed", "2=closed", "--said", "电话告知", *SENDER)
    assert (told.status, "1 new" in told.out) == (0, True)
    shown = to_pay("batch", "show", RUN, "--json").json
    assert {one["state"]: one["total"] for one in shown["totals"]} == {
        "to_pay": "21885.92",
        "paid": "3196.88",
        "returned": "910.11",
    }
    assert "account closed" in to_pay("batch", "show", BOOK, "1").out
    assert to_pay("run", "revert", RUN, "--by", "3", "--reason", "决议有误").status == 1
    assert "1 findings" in to_pay("check", BOOK).out, "the resolution's scan, which the test never stored"


def test_a_batch_that_is_not_sent_is_voided_and_the_run_taken_back(to_pay: Lianjian) -> None:
    to_pay("batch", "make", RUN, "--channel", "cash", "--payee", "Q0002", *MAKER)
    voided = to_pay("batch", "void", BOOK, "1", *MAKER, "--reason", "重做", "--json")
    assert (voided.status, voided.json["state"]) == (0, "voided")
    to_pay("batch", "make", RUN, "--format", "table", *MAKER)
    assert to_pay("run", "revert", RUN, "--by", "3", "--reason", "决议有误").status == 0
    assert to_pay("batch", "show", BOOK, "2", "--json").json["batch"]["state"] == "voided"
    assert to_pay("batch", "show", BOOK, "9").status == 1
