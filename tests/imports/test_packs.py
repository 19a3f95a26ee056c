"""The three packs: dirty gives exactly what its ``expected_problems.json`` lists, the clean ones give nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.charts import COLLECTIVE, COOPERATIVE, standard
from schemas.packs import PackReading
from web.imports.findings import shown
from web.imports.read import as_json, read_pack

PACKS = Path(__file__).parents[1] / "packs"


def read(pack: str | Path) -> PackReading:
    """A pack with the two statutory charts."""
    return read_pack(PACKS / pack, cooperative=standard(COOPERATIVE), collective=standard(COLLECTIVE))


def _places(listed: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    keys = ("workbook", "sheet", "row", "column", "cell", "handling", "severity", "defect", "repaired")
    also = [
        [(cell["row"], cell["column"], cell["cell"]) for cell in found.get("also", ())] for found in listed
    ]
    return sorted(
        (*(str(found[key]) for key in keys), str(cells)) for found, cells in zip(listed, also, strict=True)
    )


def test_dirty_gives_exactly_its_expected_problems_both_ways() -> None:
    expected = json.loads((PACKS / "dirty" / "expected_problems.json").read_text(encoding="utf-8"))
    found = as_json(read("dirty"))
    assert _places(found["repairs"] + found["problems"]) == _places(expected["problems"])
    assert len(found["repairs"]) == expected["counts"]["repair"]
    assert len(found["problems"]) == expected["counts"]["report"]


def test_dirty_is_listed_under_the_keys_of_its_expected_problems() -> None:
    expected = json.loads((PACKS / "dirty" / "expected_problems.json").read_text(encoding="utf-8"))[
        "problems"
    ]
    found = as_json(read("dirty"))
    keys = {frozenset(one) - {"id"} for one in expected}
    assert {frozenset(one) for one in found["repairs"] + found["problems"]} == keys


def test_dirty_says_what_is_in_its_cells() -> None:
    expected = json.loads((PACKS / "dirty" / "expected_problems.json").read_text(encoding="utf-8"))[
        "problems"
    ]
    found = as_json(read("dirty"))
    written = {(one["defect"], one["cell"]): one["raw"] for one in found["repairs"] + found["problems"]}
    # D23: the digits are lost in the file too, so its last ones are the machine's; the mask shows neither.
    assert written == {(one["defect"], one["cell"]): shown(one["raw"], one["column"]) for one in expected} | {
        ("身份证号存为科学计数法数字", "E13"): written["身份证号存为科学计数法数字", "E13"]
    }
    masked = {one["id"] for one in expected if written[one["defect"], one["cell"]] != one["raw"]}
    assert masked == {"D21", "D22", "D23"}


def test_dirty_hands_over_no_pack() -> None:
    assert read("dirty").pack is None


@pytest.mark.parametrize("pack", ("clean-small", "longping"))
def test_a_clean_pack_needs_no_repair_and_has_no_problem(pack: str) -> None:
    reading = read(pack)
    assert reading.problems == ()
    assert reading.repairs == ()
    assert reading.pack is not None


def test_clean_small_is_read_whole() -> None:
    pack = read("clean-small").pack
    assert pack is not None
    (cooperative,) = pack.cooperatives
    assert cooperative.info.short_name == "清水合作社"
    assert [post.member for post in cooperative.info.managers] == ["Q0006", "Q0007", "Q0008"]
    assert len(cooperative.members) == 12
    assert len(cooperative.shares) == 28
    assert len(cooperative.vouchers) == 153
    assert sum(len(voucher.lines) for voucher in cooperative.vouchers) == 558
    assert len(cooperative.trades) == 56
    assert len(cooperative.work_days) == 59
    assert len(cooperative.animals) == 19
    assert len(cooperative.ballots) == 17
    assert [leg.part_bp for leg in cooperative.policy.legs] == [3000, 3000, 4000]
    assert [base.base for base in cooperative.policy.commission_bases] == [1792579, 1792580, 1776716]
    assert [village.name for village in pack.township.villages] == ["清水村", "河口村", "岭脚村"]
    assert sum(len(voucher.lines) for book in pack.township.books for voucher in book.vouchers) == 140
    assert len(pack.scans) == 40
    assert pack.cooperatives[0].members[8].remark == "外出务工"
