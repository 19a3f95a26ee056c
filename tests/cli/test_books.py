"""What the pages show, by the command line: equal to a hand-over's ``expected.json`` where it says the same thing."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import BY, PACKS, Lianjian

EXPECTED: dict[str, Any] = json.loads((PACKS / "clean-small" / "expected.json").read_text())
COOPERATIVE = EXPECTED["cooperatives"]["清水合作社"]
VILLAGES: dict[str, Any] = EXPECTED["township"]["villages"]


def test_the_books_are_listed_with_village_and_years(small: Lianjian) -> None:
    items = small("books", "--json").json
    assert {item["short_name"]: (item["kind"], item["village_code"], item["years"]) for item in items} == {
        "清水合作社": ("cooperative", "450000101200", [2025]),
        "清水村": ("collective", "450000101200", [2025]),
        "河口村": ("collective", "450000101201", [2025]),
        "岭脚村": ("collective", "450000101202", [2025]),
    }
    assert {*items[0]} == {"id", "name", "short_name", "kind", "village_code", "years"}
    assert "清水合作社" in small("books").out


def _balances(answer: Any) -> tuple[Any, Any]:
    return answer["rows"], answer["totals"]


@pytest.mark.parametrize("name", ["清水合作社", "qingshuihezuoshe"])
def test_a_trial_balance_equals_the_expected_one(small: Lianjian, name: str) -> None:
    answer = small("trial-balance", name, "--json").json
    expected = COOPERATIVE["trial_balance"]
    assert _balances(answer) == (expected["rows"], expected["totals"])
    parties = {account: parts for account, parts in COOPERATIVE["details"].items() if parts}
    assert {account: answer["details"].get(account) for account in parties} == parties


@pytest.mark.parametrize("code", list(VILLAGES))
def test_a_village_code_names_the_collectives_book(small: Lianjian, code: str) -> None:
    expected = VILLAGES[code]["trial_balance"]
    answer = small("trial-balance", code, "--json").json
    assert _balances(answer) == (expected["rows"], expected["totals"])
    assert small("trial-balance", VILLAGES[code]["name"], "--json").json == answer


def test_a_span_opens_with_what_was_before(small: Lianjian) -> None:
    march = small("trial-balance", "清水合作社", "--from", "2025-03", "--to", "2025-03", "--json").json
    february = small("trial-balance", "清水合作社", "--from", "2025-01", "--to", "2025-02", "--json").json
    assert (march["from"], march["to"]) == ("2025-03", "2025-03")
    assert march["rows"]["102"]["opening_debit"] == february["rows"]["102"]["closing_debit"]


@pytest.mark.parametrize("month", ["2025", "2025-00", "2025-14", "x"])
def test_a_month_that_is_none_is_refused(small: Lianjian, month: str) -> None:
    answer = small("trial-balance", "清水合作社", "--to", month, "--json")
    assert (answer.status, answer.json["problems"][0]["code"]) == (1, "month_must_be_written_so")


def test_the_settlement_stage_is_left_out_where_that_is_asked_for(small: Lianjian) -> None:
    assert small("close", "清水合作社", "2025", *BY).status == 0
    after = small("trial-balance", "清水合作社", "--json").json
    before = small("trial-balance", "清水合作社", "--before-closing", "--json").json
    assert _balances(before) == (COOPERATIVE["trial_balance"]["rows"], COOPERATIVE["trial_balance"]["totals"])
    assert after["rows"]["501"]["closing_credit"] == "0.00"
    assert after["rows"]["332"]["closing_credit"] == "31889.87"


def test_the_statements_have_the_keys_of_the_expected_ones(small: Lianjian) -> None:
    sheet = small("statement", "balance-sheet", "清水合作社", "2025", "--json").json
    assert (
        sheet["balance_sheet"]["closing"].keys()
        == COOPERATIVE["statements"]["balance_sheet"]["closing"].keys()
    )
    assert sheet["balance_sheet"]["closing"]["1"] == "298988.00"
    surplus = small("statement", "surplus", "清水合作社", "2025", "--json").json["surplus_and_distribution"]
    assert surplus.keys() == COOPERATIVE["statements"]["surplus_and_distribution"].keys()
    assert surplus["1"] == COOPERATIVE["statements"]["surplus_and_distribution"]["1"] == "242714.40"
    equity = small("statement", "equity", "清水合作社", "2025", "--json").json["equity_changes"]
    assert equity.keys() == COOPERATIVE["statements"]["equity_changes"].keys()
    assert equity["股金"]["closing"] == "363200.00"
    assert "资产负债表" in small("statement", "balance-sheet", "清水合作社", "2025").out


def test_a_collective_has_no_statement_of_equity(small: Lianjian) -> None:
    answer = small("statement", "equity", "清水村", "2025", "--json")
    assert (answer.status, answer.json["problems"][0]["code"]) == (1, "book_must_have_the_form")


AFTER_THE_DISTRIBUTION = {"reserve_share", "reserve_share_this_year", "patronage_refund", "residual_surplus"}


@pytest.mark.parametrize("number", ["Q0001", "Q0005", "Q0009"])
def test_a_members_account_equals_the_expected_one(small: Lianjian, number: str) -> None:
    """The surplus is not distributed yet, so nothing of it is in the account."""
    answer = small("member", "清水合作社", number, "--json").json
    expected = COOPERATIVE["member_accounts"][number]
    assert {key: answer[key] for key in expected if key not in AFTER_THE_DISTRIBUTION} == {
        key: value for key, value in expected.items() if key not in AFTER_THE_DISTRIBUTION
    }
    assert {answer[key] for key in AFTER_THE_DISTRIBUTION} == {"0.00"}
    assert number in small("member", "清水合作社", number, "--year", "2025").out


def test_a_file_out_of_reach_is_a_finding_with_its_remedy(small: Lianjian, tmp_path: Path) -> None:
    file = tmp_path / "nothing.json"
    answer = small("register", "propose", "清水合作社", str(file), "--by", "黄秀贵", "--json")
    (problem,) = answer.json["problems"]
    assert (answer.status, problem["code"]) == (1, "file_must_be_in_reach")
    assert problem["detail"].startswith(f"{file} cannot be read or written: ")
    assert small("register", "propose", "清水合作社", str(file), "--by", "黄秀贵").status == 1


def test_a_member_nobody_knows_is_refused(small: Lianjian) -> None:
    answer = small("member", "清水合作社", "Q0099", "--json")
    assert (answer.status, answer.json["problems"][0]["code"]) == (1, "member_must_be_in_the_register")


def test_reading_leaves_no_trace(small: Lianjian, home: Path) -> None:
    before = (home / "books.sqlite").read_bytes()
    for words in (
        ["books"],
        ["trial-balance", "清水村"],
        ["member", "清水合作社", "Q0001"],
        ["check", "清水村"],
    ):
        assert small(*words).status == 0
    assert (home / "books.sqlite").read_bytes() == before
