"""``lianjian policy township``: a county's scheme adopted, approved by another, worked out from a table; a bonus recorded."""

import json
from pathlib import Path

from tests.cli.conftest import Answer, Lianjian

TOWNSHIP = "450000101"
TOWN, COUNTY = ("--by", "欧阳丽成"), ("--by", "黎国")
NUMBER = "镇党委〔2026〕5号"


def refused(answer: Answer) -> list[str]:
    """The codes of a command that was refused, which exits with 1."""
    assert answer.status == 1, answer
    return [one["code"] for one in answer.json["problems"]]


def test_a_scheme_from_the_list_to_what_it_comes_to(small: Lianjian, tmp_path: Path) -> None:
    listed = small("policy", "township", "schemes")
    assert "rongan" in listed.out
    assert "五学五讲五考" in listed.out
    assert len(small("policy", "township", "schemes", "--json").json) == 7
    scheme = small("policy", "township", "schemes", "tianyang", "--json").json
    file, scan = tmp_path / "scheme.json", tmp_path / "决议.pdf"
    file.write_text(json.dumps({"year": 2025, "scheme": scheme, "resolution": NUMBER}))
    scan.write_bytes(b"%PDF-1.7 resolution")
    made = small("policy", "township", "record", "reward", TOWNSHIP, str(file), *TOWN, "--attach", str(scan))
    assert (made.status, "2025, version 1: waits for approval" in made.out) == (0, True), made.err
    approve = ("policy", "township", "approve", "reward", TOWNSHIP, "2025", "1", "--resolution", NUMBER)
    assert "Have another person approve it" in small(*approve, *TOWN).err
    assert small(*approve, *COUNTY).status == 0
    table = tmp_path / "人员.csv"
    table.write_bytes("村或人员,月数,工资\n陆务工,6,6000\n韦务工,5,60000\n".encode("gb18030"))
    told = small("policy", "township", "sheet", TOWNSHIP, "2025", "1", "2025", str(table), *TOWN)
    assert told.status == 0, told.err
    assert "1000.00" in told.out
    found = small("policy", "township", "standing", TOWNSHIP, "2025", "1", "2025", "--json").json
    assert [(one["who"], one["paid"]) for one in found["made"]["rewards"]] == [
        ("陆务工", "1000.00"),
        ("韦务工", "0.00"),
    ]
    shown = small("policy", "township", "show", TOWNSHIP, "2025")
    assert "稳定就业奖励" in shown.out
    assert "2025, version 1: in force now" in shown.out
    run = ("run", "new", "reward", TOWNSHIP, "2025", *TOWN)
    assert refused(small(*run, "--json")) == ["reward_must_be_chosen"]
    assert refused(small(*run, "--scheme", "稳定就业奖励", "--period", "2025-13", "--json")) == [
        "must_be_written_so"
    ]
    paid = small(*run, "--scheme", "稳定就业奖励")
    assert (paid.status, f"{TOWNSHIP}.reward.2025.1" in paid.out) == (0, True), paid.err
    assert "稳定就业奖励 2025: 1000.00 paid, 0.00 deducted, net 1000.00." in paid.out
    assert small("check").status == 0


def test_a_bonus_and_a_table_are_refused_with_what_is_wrong(small: Lianjian, tmp_path: Path) -> None:
    (standing,) = small("policy", "township", "show", TOWNSHIP, "2025", "--json").json["bonus"]
    file = tmp_path / "bonus.json"
    split = {"mode": "split", "tiers": ["0.00", "0.00", "0.00"], "unpaid": "stays"}
    file.write_text(json.dumps(standing["policy"] | {"over_villages": split}))
    answer = small("policy", "township", "record", "bonus", TOWNSHIP, str(file), *TOWN)
    assert (answer.status, "3:4:3" in answer.err) == (1, True)
    file.write_text(json.dumps(standing["policy"] | {"pool": "70000.00"}))
    assert "version 2" in small("policy", "township", "record", "bonus", TOWNSHIP, str(file), *TOWN).out
    scheme = small("policy", "township", "schemes", "longzhou", "--json").json
    file.write_text(json.dumps({"year": 2025, "scheme": scheme}))
    assert small("policy", "township", "record", "reward", TOWNSHIP, str(file), *TOWN).status == 0
    sheet = ("policy", "township", "sheet", TOWNSHIP, "2025", "1", "2025-03")
    table = tmp_path / "人员.csv"
    for content, expected in (
        ("姓名,等次或职务\n甲,委员\n", ["column_must_be_asked_for", "table_must_name_everybody"]),
        ("村或人员,得分\n甲,九十\n", ["amount_must_be_a_number"]),
        ("村或人员,等次或职务\n甲,会长\n", ["mark_must_be_of_the_scheme"]),
        ("村或人员,等次或职务\n甲450000197001010012,委员\n", ["text_must_hold_no_number_of_a_person"]),
    ):
        table.write_text(content)
        assert refused(small(*sheet, str(table), *TOWN, "--json")) == expected
    file.write_text(json.dumps({"year": 2025, "scheme": scheme, "resolution": "13912341234"}))
    record = ("policy", "township", "record", "reward", TOWNSHIP, str(file), *TOWN)
    answer = small(*record)
    assert (answer.status, "139****1234" in answer.err, "13912341234" in answer.err) == (1, True, False)
    table.write_bytes(b"\xff\xfe\x00")
    assert refused(small(*sheet, str(table), *TOWN, "--json")) == ["table_must_be_text"]
    assert small("policy", "township", "standing", TOWNSHIP, "2025", "1", "2025-13").status == 1
    assert small("policy", "township", "show", "999999999", "2025").status == 1
