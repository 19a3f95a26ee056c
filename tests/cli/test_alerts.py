"""Alerts and red lines from the command line: the clockwork opens them once, each word on one is said by a person, and a line
takes two."""

import json
from pathlib import Path

from tests.cli.conftest import Lianjian

TOWNSHIP = "450000101"
LINE = {
    "id": "little_income",
    "name": "Little operating income",
    "name_zh": "经营收入过少",
    "figure": "operating_income",
    "comparison": "below",
    "bound": "threshold / 2",
    "when": "year_end",
    "unit": "yuan",
    "source": "三政发〔2026〕9号",
}


def test_alerts_are_opened_once_and_answered(small: Lianjian) -> None:
    (done,) = small("tick", "--on", "2026-01-01", "--json").json["watched"]
    assert (done["township"], len(done["opened"]), len(done["notified"])) == (TOWNSHIP, 2, 2)
    assert small("tick", "--on", "2026-01-01", "--json").json["watched"] == []
    shown = small("alerts", TOWNSHIP).out
    assert "32104.50" in shown
    assert "40000.00" in shown
    told = small("alert", "explain", TOWNSHIP, "1", "--text", "租金在路上", "--by", "1")
    assert (told.status, "explained by the village" in told.out) == (0, True)
    assert small("alert", "notify", TOWNSHIP, "1", "--text", "电话", "--by", "1").status == 1
    assert small("alert", "close", TOWNSHIP, "1", "--text", "年度已过", "--by", "1").status == 0
    states = {
        one["alert"]["number"]: one["state"] for one in small("alerts", TOWNSHIP, "--json").json["items"]
    }
    assert states == {1: "closed", 2: "notified"}
    assert [
        one["alert"]["number"]
        for one in small("alerts", TOWNSHIP, "--state", "closed", "--json").json["items"]
    ] == [1]
    assert small("alerts", "999999999").status == 1
    assert small("check").status == 0


def test_a_red_line_takes_two_people(small: Lianjian, tmp_path: Path) -> None:
    file = tmp_path / "line.json"
    file.write_text(json.dumps({"line": LINE}), encoding="utf-8")
    assert "waits for approval" in small("red-lines", "record", TOWNSHIP, str(file), "--by", "1").out
    assert small("red-lines", "approve", TOWNSHIP, "little_income", "1", "--by", "1").status == 1
    assert "in force now" in small("red-lines", "approve", TOWNSHIP, "little_income", "1", "--by", "2").out
    assert "threshold / 2" in small("red-lines", "show", TOWNSHIP).out
    found = small("red-lines", "show", TOWNSHIP, "--json").json
    assert [one["id"] for one in found["watched"]][-1] == "little_income"
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({"line": {**LINE, "bound": "revenue *"}}), encoding="utf-8")
    assert small("red-lines", "record", TOWNSHIP, str(wrong), "--by", "1").status == 1
