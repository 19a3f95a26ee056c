"""Places from the command line: entered, listed, renamed, ended, and from a list with everything that is wrong by row."""

from pathlib import Path

from tests.cli.conftest import Lianjian

VILLAGE, GROUP, OTHER = "450000101202", "45000010120201", "45000010120202"


def test_a_group_comes_is_renamed_and_ends(small: Lianjian, tmp_path: Path) -> None:
    file = tmp_path / "组.csv"
    file.write_text(f"代码,名称\n{GROUP},上屯组\n{GROUP},下屯组\n45000010129901,孤组\n", encoding="utf-8")
    wrong = small("places", "import", file)
    assert (wrong.status, [row in wrong.err for row in ("row 2", "row 3", "row 4")]) == (1, [True] * 3)
    file.write_text(f"代码,名称\n{GROUP},上屯组\n", encoding="utf-8")
    assert "上屯组, Group" in small("places", "import", file).out
    assert small("places", "enter", OTHER, "下屯组", "--json").json[0]["parent"] == VILLAGE
    assert small("places", "rename", GROUP, "上屯村民小组", "2026-01-10").status == 0
    assert f"merged into {OTHER}" in small("places", "end", GROUP, "2026-01-11", "--into", OTHER).out
    told = small("places", "list", VILLAGE, "--as-of", "2026-01-09")
    assert ("上屯组" in told.out, "上屯村民小组" in told.out) == (True, False)
    assert [one["ended"] for one in small("places", "list", VILLAGE, "--json").json["items"]] == [
        "2026-01-11",
        None,
    ]
    assert small("check").status == 0
