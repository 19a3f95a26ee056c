"""``lianjian tick`` freezes a township's months, ``snapshots`` and ``lists`` show them, an appeal is recorded from paper and
answered by another; an income policy is recorded and approved."""

import json
from pathlib import Path

from tests.cli.conftest import Lianjian

TOWNSHIP, LINGJIAO = "450000101", "450000101202"
TOWN, COUNTY = ("--by", "欧阳丽成"), ("--by", "黎国")
NUMBER = "三政发〔2026〕7号"


def test_months_are_frozen_shown_disputed_and_answered(small: Lianjian, tmp_path: Path) -> None:
    due = ("tick", "--on", "2026-01-01")
    assert f"Froze 12 months of {TOWNSHIP}, 2025-01 to 2025-12" in small(*due).out
    assert small(*due, "--json").json["frozen"] == []
    assert "2025-12  2026-01-01" in small("snapshots", TOWNSHIP).out
    shown = small("snapshots", TOWNSHIP, "2025-12")
    assert "岭脚村" in shown.out
    assert "32,104.50" in shown.out
    assert "3/3" in shown.out
    reports = small("report", TOWNSHIP, "--json").json["items"]
    assert [one["content"]["month"] for one in reports] == ["2025-12"]
    assert "2025-12" in small("report", TOWNSHIP[:6]).out
    for ending, begins in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        file = tmp_path / f"report.{ending}"
        assert "bytes written" in small("report", TOWNSHIP, "2025-12", str(file)).out
        assert file.read_bytes().startswith(begins)
    assert small("report", TOWNSHIP, "2025-12", str(tmp_path / "report.doc")).status == 1
    kept = small("snapshots", TOWNSHIP, "2025-12", "--json").json
    assert (kept[0]["snapshot"]["month"], kept[0]["digest"] in shown.out) == ("2025-12", True)
    paper = tmp_path / "申诉书.pdf"
    paper.write_bytes(b"%PDF-1.7 appeal")
    appeal = ("lists", "appeal", LINGJIAO, "2025-12", "--text", "租金收据在路上。", "--paper", str(paper))
    late = small(*appeal, *TOWN, "--came", "2026-01-17", "--json")
    assert [one["code"] for one in late.json["problems"]] == ["list_appeal_must_be_in_time"]
    made = small(*appeal, *TOWN, "--came", "2026-01-10")
    assert (made.status, "Appeal 1, 450000101202" in made.out) == (0, True), made.err
    answer = ("lists", "answer", TOWNSHIP, "1", "--upheld", "--text", "收据属实。")
    assert "Have another officer answer it" in small(*answer, *TOWN).err
    assert small(*answer, *COUNTY).status == 0
    lists = small("lists", "show", TOWNSHIP, "2025-12")
    assert "left off: 收据属实。" in lists.out
    assert small("check").status == 0


def test_an_income_policy_is_recorded_approved_and_shown(small: Lianjian, tmp_path: Path) -> None:
    file, scan = tmp_path / "income.json", tmp_path / "办法.pdf"
    file.write_text(json.dumps({"year": 2026, "spot_checks": 7, "resolution": NUMBER}))
    scan.write_bytes(b"%PDF-1.7 resolution")
    record = ("policy", "township", "record", "income", TOWNSHIP, str(file), *TOWN, "--attach", str(scan))
    made = small(*record)
    assert (made.status, "2026, version 1: waits for approval" in made.out) == (0, True), made.err
    approve = ("policy", "township", "approve", "income", TOWNSHIP, "2026", "1", "--resolution", NUMBER)
    assert small(*approve, *TOWN).status == 1
    assert small(*approve, *COUNTY).status == 0
    today = small("policy", "township", "show", TOWNSHIP, "2026", "--json").json
    assert (today["today"]["spot_checks"], today["income"][0]["in_force"]) == (7, True)
