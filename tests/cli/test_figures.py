"""Figures from outside from the command line: a file goes through three gates by three people, and says why where it does not."""

from pathlib import Path

from openpyxl import load_workbook

from tests.cli.conftest import Lianjian

TOWNSHIP, VILLAGE = "450000101", "450000101202"
HEAD = "村编码,户编号,搬迁人口,安置住房面积"


def test_a_file_goes_through_three_gates(small: Lianjian, tmp_path: Path) -> None:
    file = tmp_path / "搬迁户.csv"
    file.write_text(f"{HEAD}\n{VILLAGE},Q0001,4,100,01\n{VILLAGE},Q0001,x,90\n", encoding="utf-8")
    wrong = small("figures", "collect", TOWNSHIP, "2025-12", str(file), "--by", "1")
    assert (wrong.status, "row 3, 搬迁人口" in wrong.err) == (1, True)
    file.write_text(f"{HEAD}\n{VILLAGE},Q0001,4,100.01\n", encoding="utf-8")
    made = small("figures", "collect", TOWNSHIP, "2025-12", str(file), "--by", "1")
    assert (made.status, "Parcel 1 of 2025-12" in made.out) == (0, True)
    (doubt,) = small("figures", "show", TOWNSHIP, "1", "--json").json["compared"]["doubts"]
    assert doubt["key"] in small("figures", "show", TOWNSHIP, "1").out
    assert small("figures", "review", TOWNSHIP, "1", "--by", "2").status == 1
    said = small("figures", "answer", TOWNSHIP, "1", "--doubt", doubt["key"], "--text", "新迁入", "--by", "1")
    assert said.status == 0
    assert small("figures", "review", TOWNSHIP, "1", "--by", "1").status == 1
    assert "waits to be entered" in small("figures", "review", TOWNSHIP, "1", "--by", "2").out
    assert small("figures", "known", TOWNSHIP, "2025-12", "--json").json["subjects"] == []
    assert small("figures", "enter", TOWNSHIP, "1", "--by", "3").status == 0
    assert "100.01" in small("figures", "known", TOWNSHIP, "2025-12").out
    alerts = small("alerts", TOWNSHIP).out
    assert f"{VILLAGE} 岭脚村 Q0001" in alerts
    assert "25.0025" in alerts
    back = small("figures", "return", TOWNSHIP, "1", "--text", "重报", "--by", "2")
    assert (back.status, "nothing more is done" in back.err) == (1, True)
    assert "entered" in small("figures", "list", TOWNSHIP).out
    blank = tmp_path / "模板.xlsx"
    assert small("figures", "template", TOWNSHIP, str(blank)).status == 0
    households = load_workbook(blank)["户"]
    assert [cell.value for cell in list(households.rows)[4]][:2] == [VILLAGE, "Q0001"]
    assert small("check").status == 0
