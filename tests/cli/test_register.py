"""``lianjian register``: one person proposes a share, another confirms it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Lianjian

ACCOUNTANT, REVIEWER = ("--by", "黄秀贵"), ("--by", "卢兰芳")
CASH = {
    "kind": "cash",
    "on": "2025-12-30",
    "member": "Q0002",
    "amount": "500.00",
    "resolution": "2025社员大会第9号",
}


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """An act on paper."""
    return write(tmp_path, CASH)


def write(folder: Path, act: dict[str, Any]) -> Path:
    """An act as a file."""
    file = folder / "act.json"
    file.write_text(json.dumps(act))
    return file


def test_an_act_is_proposed_by_one_and_confirmed_by_another(small: Lianjian, paper: Path) -> None:
    rehearsed = small("register", "propose", "清水合作社", str(paper), *ACCOUNTANT, "--dry-run")
    assert rehearsed.status == 0
    assert "Nothing" in rehearsed.out or "nothing" in rehearsed.out
    assert small("register", "acts", "清水合作社", "--json").json == []
    asked = small("register", "propose", "清水合作社", str(paper), *ACCOUNTANT, "--json")
    assert (asked.status, asked.json["request"], asked.json["state"]) == (0, 1, "waiting")
    alone = small("register", "confirm", "清水合作社", "1", *ACCOUNTANT)
    assert alone.status == 1
    done = small("register", "confirm", "清水合作社", "1", *REVIEWER)
    assert (done.status, "Cash share, done" in done.out, "500.00" in done.out) == (0, True, True)
    (listed,) = small("register", "acts", "清水合作社", "--state", "done", "--json").json
    assert listed["act"]["amount"] == "500.00"
    assert "Cash share" in small("register", "acts", "清水合作社").out
    assert small("check", "清水合作社").status == 0


def test_an_act_is_declined_with_a_reason(small: Lianjian, paper: Path) -> None:
    small("register", "propose", "清水合作社", str(paper), *ACCOUNTANT)
    declined = small("register", "decline", "清水合作社", "1", *REVIEWER, "--reason", "缺入股清单", "--json")
    assert (declined.status, declined.json["state"], declined.json["reason"]) == (0, "declined", "缺入股清单")


def test_an_act_is_withdrawn_by_who_proposed_it(small: Lianjian, paper: Path) -> None:
    small("register", "propose", "清水合作社", str(paper), *ACCOUNTANT)
    other = small("register", "withdraw", "清水合作社", "1", *REVIEWER, "--reason", "重复")
    mine = small("register", "withdraw", "清水合作社", "1", *ACCOUNTANT, "--reason", "重复", "--json")
    assert (other.status, mine.status, mine.json["state"], mine.json["reason"]) == (1, 0, "withdrawn", "重复")


def test_what_cannot_be_read_is_said(small: Lianjian, tmp_path: Path) -> None:
    file = write(tmp_path, CASH | {"amount": 500})
    answer = small("register", "propose", "清水合作社", str(file), *ACCOUNTANT)
    assert (answer.status, "amount" in answer.err) == (1, True)
