"""The closed lists: each habit and each defect has a code of its own and a row in a test that provokes it."""

import json
from pathlib import Path

import pytest

from web.imports import defects, habits
from web.imports.defects import Defect
from web.imports.habits import Habit

HERE = Path(__file__).parent
HABITS = [of for of in vars(habits).values() if isinstance(of, Habit)]
DEFECTS = {name: of for name, of in vars(defects).items() if isinstance(of, Defect)}


def _provoked() -> str:
    tests = "".join(
        file.read_text(encoding="utf-8") for file in sorted(HERE.glob("test_*.py")) if file != Path(__file__)
    )
    expected = (HERE.parent / "packs" / "dirty" / "expected_problems.json").read_text(encoding="utf-8")
    return tests + "".join(problem["defect"] for problem in json.loads(expected)["problems"])


PROVOKED = _provoked()


@pytest.mark.parametrize("habit", HABITS, ids=lambda habit: habit.code)
def test_a_habit_is_provoked_by_a_row(habit: Habit) -> None:
    assert habit.zh in PROVOKED


@pytest.mark.parametrize(("name", "defect"), DEFECTS.items(), ids=DEFECTS)
def test_a_defect_is_provoked_by_a_row_and_says_how_to_mend_it(name: str, defect: Defect) -> None:
    assert defect.code == name
    assert defect.zh in PROVOKED
    assert defect.remedy.endswith(".")


def test_codes_and_names_are_each_used_once() -> None:
    every: list[Habit | Defect] = [*HABITS, *DEFECTS.values()]
    assert len({of.code for of in every}) == len(every)
    assert len({of.zh for of in every}) == len(every)
