"""``lianjian import``: all or nothing, everything wrong at once, and the same again changes nothing."""

import json
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import PACKS, Lianjian

EXPECTED = json.loads((PACKS / "dirty" / "expected_problems.json").read_text())["problems"]
SAID = ("defect", "handling", "severity", "workbook", "sheet", "row", "column", "cell")


def _said(found: list[dict[str, object]]) -> list[tuple[object, ...]]:
    return sorted((tuple(one.get(key) for key in SAID) for one in found), key=repr)


def test_a_clean_pack_is_taken_in_whole(lianjian: Lianjian) -> None:
    answer = lianjian("import", PACKS / "clean-small", "--json")
    assert answer.status == 0
    assert (answer.json["repairs"], answer.json["problems"], answer.json["kept"]) == ([], [], True)
    books = {book["short_name"]: (book["vouchers"], book["lines"]) for book in answer.json["report"]["books"]}
    assert books == {"清水合作社": (153, 558), "清水村": (24, 48), "河口村": (23, 46), "岭脚村": (23, 46)}
    assert lianjian("check").status == 0


def test_the_same_pack_again_changes_nothing(small: Lianjian) -> None:
    """The command is in the house's log, and nothing else."""
    before = small("check", "--json").json
    answer = small("import", PACKS / "clean-small", "--json")
    assert (answer.status, answer.json["report"]["changed"]) == (0, False)
    after = small("check", "--json").json
    assert after[:-1] == before[:-1]
    assert after[-1]["entries"] == before[-1]["entries"] + 1


def test_a_dirty_pack_is_refused_with_everything_that_is_wrong(lianjian: Lianjian, home: Path) -> None:
    answer = lianjian("import", PACKS / "dirty", "--json")
    assert answer.status == 1
    found = answer.json["repairs"] + answer.json["problems"]
    assert _said(found) == _said(EXPECTED)
    assert answer.json["report"] is None
    assert lianjian("books", "--json").json == []
    assert not (home / "evidence").exists()


def test_a_person_reads_row_figure_and_remedy(lianjian: Lianjian) -> None:
    answer = lianjian("import", PACKS / "dirty")
    assert "凭证 I266 (借方金额)" in answer.err
    assert "记-0076: debits 3536.00, credits 3636.00. Correct the amount that is wrong." in answer.err
    assert "'３５３６．００' → '3536.00'" in answer.out
    assert "Nothing was written." in answer.out


def test_a_dry_run_shows_everything_and_writes_nothing(lianjian: Lianjian, home: Path) -> None:
    rehearsed = lianjian("import", PACKS / "clean-small", "--dry-run", "--json")
    assert (rehearsed.status, rehearsed.json["kept"]) == (0, False)
    assert lianjian("books", "--json").json == []
    assert not (home / "evidence").exists()
    real = lianjian("import", PACKS / "clean-small", "--json")
    assert real.json["report"] == rehearsed.json["report"]


class InGbk(zipfile.ZipInfo):
    """An entry as an older Chinese computer names it: in GBK, and without saying so."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802  zipfile's own word
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_zip_is_taken_in_whatever_its_names_are_written_in(
    lianjian: Lianjian, tmp_path: Path, encoding: str
) -> None:
    pack = tmp_path / "移交.zip"
    with zipfile.ZipFile(pack, "w") as packed:
        for file in sorted((PACKS / "clean-small").rglob("*.*")):
            name = f"清河/{file.relative_to(PACKS / 'clean-small').as_posix()}"
            entry = zipfile.ZipInfo(name) if encoding == "utf-8" else InGbk(name)
            packed.writestr(entry, file.read_bytes())
    answer = lianjian("import", pack, "--json")
    assert (answer.status, len(answer.json["report"]["books"])) == (0, 4)


def test_a_gap_is_confirmed_with_a_reason_and_then_known(lianjian: Lianjian, tmp_path: Path) -> None:
    """The last voucher, numbered two later, leaves 记-0153 unused."""
    pack = tmp_path / "pack"
    shutil.copytree(PACKS / "clean-small", pack)
    workbook = pack / "合作社-清水合作社.xlsx"
    book = openpyxl.load_workbook(workbook)
    sheet = book["凭证"]
    for row in sheet.iter_rows(min_row=2):
        if row[1].value == "记-0153":
            row[1].value = "记-0155"
    book.save(workbook)
    (pack / "附件" / "清水合作社-记-0153-1.png").rename(pack / "附件" / "清水合作社-记-0155-1.png")
    refused = lianjian("import", pack, "--json")
    assert refused.status == 1
    codes = {problem["defect"] for problem in refused.json["problems"]}
    assert "断号未确认" in codes
    taken = lianjian("import", pack, "--by", "覃会计", "--confirm-gaps", "空白凭证作废")
    assert taken.status == 0, taken.err
    check = lianjian("check", "清水合作社", "--json")
    assert check.status == 0
    assert {problem["code"] for problem in check.json[0]["problems"]} == {"gap_is_known"}


def test_whoever_hands_the_pack_in_is_written_down(lianjian: Lianjian) -> None:
    assert lianjian("import", PACKS / "clean-small", "--by", "梁站长").status == 0
    person = lianjian("import", PACKS / "clean-small", "--by", "梁站长", "--json")
    assert person.json["report"]["changed"] is False


def test_what_is_no_pack_is_refused(lianjian: Lianjian, tmp_path: Path) -> None:
    for wrong in (tmp_path / "nowhere", tmp_path):
        answer = lianjian("import", wrong, "--json")
        assert answer.status == 1
        assert answer.json["problems"]
