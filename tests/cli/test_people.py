"""``lianjian user`` and ``lianjian token``: two persons behind every role over money, and no secret in the log."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Lianjian

IDENTITIES = ("11010519491231002X", "440524188001010014", "450000197001010012")


@pytest.fixture
def administered(small: Lianjian, monkeypatch: pytest.MonkeyPatch) -> Lianjian:
    """A house with an administrator."""
    added = small("user", "add", "cen", "--name", "岑文静", "--identity", IDENTITIES[0], "--json")
    assert added.status == 0, added.err
    granted = small("user", "grant", "cen", "administrator", "house", "--json")
    assert (granted.status, granted.json["state"]) == (0, "held")
    return small


def logged(home: Path) -> str:
    """Everything the house's log says."""
    with closing(sqlite3.connect(home / "books.sqlite")) as db:
        rows = db.execute("SELECT \"by\", act, subject, before, after FROM log_entry WHERE book_id = 'house'")
        return "\n".join(" ".join(map(str, row)) for row in rows)


def test_a_new_login_gets_a_code_once(small: Lianjian, home: Path) -> None:
    added = small("user", "add", "qin", "--name", "覃会计", "--json")
    assert (added.status, added.json["login"]["name"], len(added.json["code"])) == (0, "qin", 23)
    again = small("user", "code", "qin", "--json")
    assert again.json["code"] != added.json["code"]
    assert added.json["code"] not in logged(home)
    (listed,) = small("user", "list", "--json").json
    assert (listed["name"], listed["has_password"], listed["closed_at"]) == ("qin", False, None)
    assert "覃会计" in small("user", "list").out


def test_an_identity_number_is_checked_sealed_and_never_logged(
    small: Lianjian, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = small("user", "add", "qin", "--identity", "110105194912310021", "--json")
    assert (wrong.status, wrong.json["problems"][0]["code"]) == (1, "identity_must_be_a_citizens")
    added = small("user", "add", "qin", "--identity", IDENTITIES[0], "--json")
    assert added.json["login"]["identity"] == "110105********002X"
    other = small("user", "add", "wei", "--identity", IDENTITIES[0], "--json")
    assert (other.status, other.json["problems"][0]["code"]) == (1, "identity_must_have_one_login")
    assert small("user", "identity", "qin", IDENTITIES[1], "--json").json["identity"] == "440524********0014"
    log = logged(home)
    assert all(identity not in log for identity in IDENTITIES)
    assert "command:user-identity" in log


def test_somebody_of_the_papers_keeps_his_number(small: Lianjian) -> None:
    added = small("user", "add", "ouyang", "--person", "欧阳丽成", "--json").json
    shown = small("user", "show", "ouyang", "--json").json
    assert shown["login"]["person"] == added["login"]["person"]
    assert shown["login"]["person_name"] == "欧阳丽成"


def test_a_role_over_money_waits_for_a_second_person(administered: Lianjian) -> None:
    small = administered
    small("user", "add", "qin", "--name", "覃会计", "--identity", IDENTITIES[1])
    proposed = small("user", "grant", "qin", "accountant", "清水合作社", "--json")
    assert (proposed.status, proposed.json["state"], proposed.json["scope"]["code"]) == (
        0,
        "proposed",
        "qingshuihezuoshe",
    )
    number = str(proposed.json["id"])
    assert [grant["id"] for grant in small("user", "waiting", "--json").json] == [proposed.json["id"]]
    own = small("user", "consent", number, "--json")
    assert (own.status, "consent_must_be_anothers" in own.out) == (1, True)
    early = small("user", "consent", number, "--by", "cen", "--json")
    assert early.status == 1
    assert [problem["code"] for problem in early.json["problems"]] == ["login_must_be_set_up"]
    ended = small("user", "end", number, "--reason", "换人", "--json")
    assert (ended.json["state"], ended.json["reason"]) == ("ended", "换人")


@pytest.mark.parametrize(
    ("scope", "kind", "code"),
    [
        ("house", "house", ""),
        ("place:450000101", "place", "450000101"),
        ("清水村", "book", "450000101200"),
        ("book:qingshuihezuoshe", "book", "qingshuihezuoshe"),
    ],
)
def test_a_scope_is_a_book_a_place_or_the_house(
    administered: Lianjian, scope: str, kind: str, code: str
) -> None:
    administered("user", "add", "he", "--name", "何晓明", "--identity", IDENTITIES[1])
    granted = administered("user", "grant", "he", "auditor", scope, "--json")
    assert (granted.status, granted.json["scope"]) == (0, {"kind": kind, "code": code})


def test_a_login_is_closed_with_a_reason(small: Lianjian) -> None:
    small("user", "add", "qin", "--name", "覃会计")
    closed = small("user", "disable", "qin", "--reason", "调离", "--json")
    assert closed.json["closed_at"]
    again = small("user", "disable", "qin", "--reason", "调离", "--json")
    assert (again.status, again.json["problems"][0]["code"]) == (1, "login_must_be_open")


def test_a_token_is_made_shown_once_and_revoked(administered: Lianjian, home: Path) -> None:
    small = administered
    made = small("token", "new", "cen", "--name", "备份", "--deed", "back_up", "--days", "30", "--json")
    assert made.status == 0, made.err
    assert made.json["secret"].startswith("lianjian_")
    assert made.json["secret"] not in logged(home)
    beyond = small("token", "new", "cen", "--name", "x", "--deed", "post_voucher", "--json")
    assert (beyond.status, beyond.json["problems"][0]["code"]) == (1, "token_deed_must_be_its_owners")
    number = made.json["token"]["id"]
    assert [token["name"] for token in small("token", "list", "cen", "--json").json] == ["备份"]
    assert small("token", "revoke", number, "--json").json["ended_at"]
    assert small("token", "revoke", number).status == 1


def test_the_operating_systems_user_is_logged_with_every_command(small: Lianjian, home: Path) -> None:
    small("close", "清水合作社", "2025-01", "--by", "欧阳丽成", "--reviewed-by", "黎国")
    last = logged(home).splitlines()[-1]
    assert last.split(" ", 1)[1].startswith("command command:close")
    assert "book=清水合作社 period=2025-01 by=欧阳丽成 reviewed_by=黎国" in last


def test_an_identity_number_in_a_reason_is_refused_and_written_masked(small: Lianjian, home: Path) -> None:
    small("user", "add", "qin", "--name", "覃会计")
    refused = small("user", "disable", "qin", "--reason", f"冒用{IDENTITIES[0]}")
    assert (refused.status, "110105********002X" in refused.err, IDENTITIES[0] in refused.err) == (
        1,
        True,
        False,
    )
    assert small("user", "disable", "qin", "--reason", "冒用110105********002X").status == 0
    last = [line for line in logged(home).splitlines() if "command:user-disable" in line][-1]
    assert "110105********002X" in last
    assert IDENTITIES[0] not in last
