"""When a red line is broken: the edges, by hand (RULES §8)."""

from fractions import Fraction as Exact

import pytest

from coop.alerts import rules
from coop.alerts.red_lines import built_in
from schemas.alerts import Figure, RedLine, Step
from schemas.income import Component, Measure, Recognised
from schemas.places import VillageKind
from schemas.snapshots import FrozenVillage, IncomePolicy
from tests.builders import codes


def figures(text: str) -> list[Figure]:
    """``income=11000.00 month=7``"""
    found = []
    for one in text.split():
        code, _, number = one.partition("=")
        whole, _, decimals = number.partition(".")
        found.append(Figure(code=code, amount=int(whole + decimals), decimals=len(decimals)))
    return found


def line(id: str) -> RedLine:
    return next(one for one in built_in() if one.id == id)


@pytest.mark.parametrize(
    ("id", "given", "broken"),
    [
        ("below_threshold", "income=29999.99 threshold=30000.00", ("29999.99", "30000")),
        ("below_threshold", "income=30000.00 threshold=30000.00", None),
        ("below_threshold", "income=-0.01 threshold=30000.00", ("-0.01", "30000")),
        ("below_threshold", "income=0.00", None),
        ("behind_threshold", "income=17499.99 threshold=30000.00 month=7", ("17499.99", "17500")),
        ("behind_threshold", "income=17500.00 threshold=30000.00 month=7", None),
        ("behind_threshold", "income=1666.66 threshold=20000.00 month=1", ("1666.66", "5000/3")),
        ("behind_threshold", "income=1666.67 threshold=20000.00 month=1", None),
        ("fell", "income=7000.00 income_before=10000.00 fall_bp=3000", None),
        ("fell", "income=6999.99 income_before=10000.00 fall_bp=3000", ("300001/1000000", "3/10")),
        ("fell", "income=-100.00 income_before=100.00 fall_bp=3000", ("2", "3/10")),
        ("fell", "income=7500.00 income_before=10000.00 fall_bp=2499", ("1/4", "2499/10000")),
        ("fell", "income=-100.00 income_before=0.00 fall_bp=3000", None),
        ("fell", "income=-300.00 income_before=-100.00 fall_bp=3000", None),
        ("fell", "income=1.00 fall_bp=3000", None),
        ("on_subsidies", "subsidies=50.00 gross_all=100.00 subsidies_bp=5000", None),
        ("on_subsidies", "subsidies=50.01 gross_all=100.00 subsidies_bp=5000", ("5001/100", "50")),
        ("on_subsidies", "subsidies=50.00 gross_all=-10.00 subsidies_bp=5000", ("50", "-5")),
        ("on_subsidies", "subsidies=50.00 gross_all=0.00 subsidies_bp=5000", ("50", "0")),
        ("on_subsidies", "subsidies=0.00 gross_all=0.00 subsidies_bp=5000", None),
        ("unrecognised", "unproved=0.01", ("1/100", "0")),
        ("unrecognised", "unproved=0.00", None),
        ("housing_area", "housing_area=100.00 persons=4", None),
        ("housing_area", "housing_area=100.01 persons=4", ("10001/400", "25")),
        ("housing_area", "housing_area=75.00 persons=3", None),
        ("housing_area", "housing_area=75.01 persons=3", ("7501/300", "25")),
        ("housing_area", "housing_area=25.01 persons=0", None),
        ("housing_area", "housing_area=25.01", None),
        ("own_funds", "own_funds=10000.00 persons=4", None),
        ("own_funds", "own_funds=10000.01 persons=4", ("1000001/400", "2500")),
    ],
)
def test_a_line_is_broken_beyond_its_bound_and_not_at_it(
    id: str, given: str, broken: tuple[str, str] | None
) -> None:
    found = rules.judged(line(id), figures(given))
    assert found == (None if broken is None else tuple(map(Exact, broken)))


@pytest.mark.parametrize(
    ("not_counted", "unproved"),
    [
        ({}, 0),
        ({Component.OPERATING_INCOME: 19_000_00}, 19_000_00),
        ({Component.OPERATING_INCOME: -19_000_00}, 19_000_00),
        ({Component.OPERATING_INCOME: 19_000_00, Component.SUBSIDIES: -19_000_00}, 38_000_00),
    ],
)
def test_what_lacks_evidence_is_looked_for_on_both_sides(
    not_counted: dict[Component, int], unproved: int
) -> None:
    """A refund without evidence would leave what was received counting in full."""
    village = FrozenVillage(
        village="450000101200",
        kind=VillageKind.ORDINARY,
        components={of: Recognised(not_counted=amount) for of, amount in not_counted.items()},
        measure=Measure.OPERATING_PROFIT,
        income=0,
        threshold=None,
        ratio=None,
        band=0,
    )
    found = rules.figures_of(village, None, policy=IncomePolicy(year=2025), month=202512)
    assert [one.amount for one in found if one.code == "unproved"] == [unproved]


@pytest.mark.parametrize(
    ("id", "given", "step", "missing"),
    [
        ("fell", "income=7000.00 income_before=10000.00 fall_bp=3000", Step.CURE, ()),
        ("fell", "income=0.00 fall_bp=3000", Step.LAPSE, ("income_before",)),
        ("fell", "income=0.00 income_before=0.00 fall_bp=3000", Step.LAPSE, ()),
        ("behind_threshold", "income=0.00 month=7", Step.LAPSE, ("threshold",)),
        ("on_subsidies", "subsidies=0.00 gross_all=0.00 subsidies_bp=5000", Step.CURE, ()),
        ("behind_threshold", "income=0.00 threshold=1.00 month=7", None, ()),
    ],
)
def test_an_alert_is_cured_by_a_figure_and_lapses_for_want_of_one(
    id: str, given: str, step: Step | None, missing: tuple[str, ...]
) -> None:
    kept = rules.kept_by(line(id), figures(given), month=202607)
    assert (None if kept is None else (rules.end_of(kept), kept.missing)) == (step and (step, missing))


@pytest.mark.parametrize(
    ("id", "months"),
    [("below_threshold", [12]), ("behind_threshold", list(range(1, 12))), ("fell", list(range(1, 13)))],
)
def test_a_line_is_looked_at_when_it_says(id: str, months: list[int]) -> None:
    assert [no for no in range(1, 13) if rules.is_watched(line(id), 202600 + no)] == months


@pytest.mark.parametrize(
    ("figure", "bound", "found"),
    [
        ("income", "30000", []),
        ("income - subsidies", "(threshold + 100) * month / 12", []),
        ("own_funds / persons", "1000 + month", []),
        ("reported_income / income", "1", ["red_line_must_be_of_one_source"]),
        ("housing_area", "resettled_households", ["red_line_must_be_of_one_source"]),
        ("income +", "1", ["red_line_must_be_readable"]),
        ("income", "__import__('os')", ["red_line_must_be_readable"]),
        ("2 * * income", "", ["red_line_must_be_readable", "red_line_must_be_readable"]),
        ("revenue / heads", "1", ["red_line_must_name_known_figures", "red_line_must_name_known_figures"]),
    ],
)
def test_what_is_no_expression_is_refused(figure: str, bound: str, found: list[str]) -> None:
    fell = line("fell")
    given = RedLine(
        id="own",
        name="Own",
        name_zh="自设",
        figure=figure,
        comparison=fell.comparison,
        bound=bound,
        when=fell.when,
        unit=fell.unit,
        source="三政发〔2026〕9号",
    )
    assert codes(rules.faults_of_line(given)) == found


def test_what_is_built_in_can_be_read() -> None:
    assert [codes(rules.faults_of_line(one)) for one in built_in()] == [[]] * 7
