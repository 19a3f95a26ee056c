"""``lianjian policy``: the plan of a year, and what another would change."""

import json
from pathlib import Path

from tests.cli.conftest import BY, Lianjian


def test_a_plan_is_shown_and_compared_with_a_file(small: Lianjian, tmp_path: Path) -> None:
    shown = small("policy", "show", "清水合作社")
    assert (shown.status, "2025, version 1: in force now" in shown.out) == (0, True)
    (version,) = small("policy", "show", "清水合作社", "2025", "--json").json
    assert (version["head"]["version"], version["in_force"]) == (1, True)
    assert small("close", "清水合作社", "2025", *BY).status == 0
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(version["policy"] | {"reserve_bp": 2_000}))
    changes = small("policy", "compare", "清水合作社", "2025", "--with", str(file), "--json").json
    assert (changes["before"], changes["after"], changes["settled"]) == (1, 0, True)
    assert changes["dividend"]["reserve_before"] == "3188.99"
    told = small("policy", "compare", "清水合作社", "2025", "--with", str(file))
    assert (told.status, "10 %" in told.out, "20 %" in told.out) == (0, True, True)
    same = small("policy", "compare", "清水合作社", "2025", "--with", "1")
    assert "Both versions say the same." in same.out
    # A plan that could not be recorded is not compared; neither is a version or a year without one.
    file.write_text(json.dumps(version["policy"] | {"year": 2026, "resolution": "9" * 90}))
    wrong = small("policy", "compare", "清水合作社", "2025", "--with", str(file), "--json")
    codes = [one["code"] for one in wrong.json["problems"]]
    assert (wrong.status, codes) == (
        1,
        ["policy_must_be_of_the_year", "record_date_must_be_in_the_year", "resolution_must_be_short"],
    )
    assert small("policy", "compare", "清水合作社", "2025", "--with", "7").status == 1
    assert small("policy", "show", "清水合作社", "2031").status == 1
