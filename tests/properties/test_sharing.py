"""The laws of sharing out (RULES §2) and of distributing (RULES §5), against a slow computation with fractions."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger import money
from ledger.money import share_out, yuan
from payouts.distribution import share_days, worked_out
from schemas.policies import (
    Basis,
    BasisKind,
    Below60,
    CharterPolicy,
    CommissionMode,
    Leg,
)
from schemas.problems import Refusal
from schemas.runs import DividendInputs, Residual
from schemas.shares import Movement, ShareAct, ShareClass, ShareKind, ShareOrigin

YEAR = 2025
WEIGHTS = st.one_of(st.just(0), st.integers(0, 5), st.integers(0, 10**15))


def by_hand(total: int, weights: dict[str, int]) -> dict[str, int]:
    """RULES §2 with fractions: rounded down, then a fen each by remainder and key."""
    whole = sum(weights.values())
    exact = {key: Fraction(total * weight, whole) for key, weight in weights.items()}
    parts = {key: int(one) for key, one in exact.items()}
    waiting = sorted(weights, key=lambda key: (-(exact[key] - parts[key]), key))
    for key in waiting[: total - sum(parts.values())]:
        parts[key] += 1
    return parts


@given(
    st.integers(0, 10**13),
    st.dictionaries(st.text("QAB0123456789", min_size=1, max_size=6), WEIGHTS, min_size=1, max_size=60),
)
def test_sharing_is_what_fractions_give(total: int, weights: dict[str, int]) -> None:
    if not any(weights.values()):
        with pytest.raises(Refusal):
            share_out(total, weights)
        return
    parts = share_out(total, weights)
    assert parts == by_hand(total, weights)
    assert sum(parts.values()) == total
    whole = sum(weights.values())
    assert all(abs(parts[key] - Fraction(total * weights[key], whole)) < 1 for key in weights)
    assert all(not part for key, part in parts.items() if not weights[key])
    assert share_out(total, dict(reversed(weights.items()))) == parts
    assert share_out(total, {key: 7 * weight for key, weight in weights.items()}) == parts


@given(
    st.integers(0, 10**13),
    st.lists(st.one_of(st.just(0), st.integers(0, 9), st.integers(0, 2**52 - 1)), min_size=1, max_size=80),
)
@example(10**13, [2**52 - 1] * 80)
@example(1, [0, 5, 5])
@example(7, [1] * 64)
def test_many_at_once_are_what_one_after_the_other_gives(total: int, weights: list[int]) -> None:
    """The division by arrays and the one by Python's integers agree, ties and all."""
    whole = sum(weights)
    if whole:
        assert money._many(total, weights, whole) == money._few(total, weights, whole)


def test_two_hundred_thousand_members_tie_out() -> None:
    weights = {f"M{number:07d}": number * 1_000_003 % 999_983 for number in range(2 * 10**5)}
    total = 10**13
    parts = share_out(total, weights)
    whole = sum(weights.values())
    assert sum(parts.values()) == total
    assert all(abs(parts[key] * whole - total * weights[key]) < whole for key in list(weights)[::10_007])
    huge = {key: weight * 10**9 for key, weight in weights.items()}
    assert share_out(total, huge) == parts


# A whole distribution


def a_policy(*legs: Leg, reserve_bp: int = 1_000, amount: int | None = None) -> CharterPolicy:
    return CharterPolicy(
        year=YEAR,
        record_date=date(YEAR, 12, 31),
        reserve_bp=reserve_bp,
        reserve_basis="出资额",
        amount=amount,
        products=(),
        commission_mode=CommissionMode.OWN_SCORE,
        commission_bp=0,
        bases=(),
        below_60=Below60.KEPT,
        party_weight_bp=5_000,
        least_ballots=5,
        maxima=(2500, 1500, 1000, 1000, 1500, 2500),
        resolution="2026-1",
        legs=legs,
    )


def a_leg(no: int, part_bp: int, *, patronage: bool, kind: BasisKind = BasisKind.TRADE_VALUE) -> Leg:
    return Leg(no=no, name=f"第{no}项", part_bp=part_bp, basis=Basis(kind=kind), patronage=patronage)


def some_inputs(
    policy: CharterPolicy,
    weights: dict[str, dict[str, int]],
    *,
    surplus: int,
    before: int = 0,
    capital: dict[str, int] | None = None,
) -> DividendInputs:
    members = tuple(sorted(next(iter(weights.values()))))
    held = capital or dict.fromkeys(members, 1)
    return DividendInputs(
        book="qingshui",
        year=YEAR,
        policy=policy,
        policy_version=1,
        surplus=surplus,
        commission=0,
        undistributed_before=before,
        members=members,
        not_of_record=(),
        weights=weights,
        residual={
            member: Residual(capital=held[member], reserve=0, state_aid=0, donations=0) for member in members
        },
        reserve_weights=held,
        reserve_before=0,
        state_total=0,
        donation_total=0,
    )


@st.composite
def distributions(draw: st.DrawFn) -> DividendInputs:
    """A year's result, some members, legs that come to 10 000 with patronage enough for the floor."""
    members = draw(st.lists(st.text("Q0123", min_size=1, max_size=4), min_size=1, max_size=8, unique=True))
    first = draw(st.integers(6_000, 10_000))
    second = draw(st.integers(0, 10_000 - first))
    parts = [first, second, 10_000 - first - second]
    legs = [a_leg(no, bp, patronage=no == 1) for no, bp in enumerate(parts, 1)]
    weights = {
        str(leg.no): {
            member: draw(st.one_of(st.just(0), st.just(3), st.integers(0, 10**12))) for member in members
        }
        for leg in legs
    }
    for of_leg in weights.values():
        of_leg[members[0]] += 1
    return some_inputs(
        a_policy(*legs, reserve_bp=draw(st.integers(0, 10_000))),
        weights,
        surplus=draw(st.integers(-(10**9), 10**13)),
        before=draw(st.integers(-(10**9), 10**9)),
    )


@given(distributions())
def test_a_distribution_ties_out_line_by_line(inputs: DividendInputs) -> None:
    made = worked_out(inputs, yuan=yuan)
    figures = made.appropriation
    earned, owed = max(inputs.surplus, 0), max(-inputs.undistributed_before, 0)
    left = earned - min(owed, earned)
    reserve = int(Fraction(left * inputs.policy.reserve_bp, 10_000) + Fraction(1, 2))
    assert (figures.reserve, figures.article_44_base) == (reserve, left - reserve)
    assert figures.line_16 == inputs.surplus + inputs.undistributed_before - reserve
    assert figures.distributed == figures.article_44_base
    assert sum(part.amount for part in made.parts) == figures.distributed
    assert sum(made.reserve_shares.values()) == figures.reserve
    amounts = by_hand(figures.distributed, {str(leg.no): leg.part_bp for leg in inputs.policy.legs})
    for part in made.parts:
        weights = dict(inputs.weights[str(part.no)])
        lines = {line.payee: line.amount for line in made.lines if line.part == part.no}
        assert part.amount == amounts[str(part.no)]
        assert lines == by_hand(part.amount, weights)
        assert part.fen_from_remainders == part.amount - sum(
            part.amount * weight // sum(weights.values()) for weight in weights.values()
        )


def test_the_poultry_cooperative_of_the_published_example() -> None:
    """Capital 1 000 000, reserve 500 000, special fund 200 000; surplus 400 000, reserve 10 %, 70 % of the rest by
    8 000 000 jin: 40 000 reserve, 252 000 by trade (0.0315 a jin), 108 000 by the residual base of 1 700 000."""
    members = ("Q1", "Q2")
    jin = {"Q1": 300_000_000, "Q2": 500_000_000}
    residual = {
        "Q1": Residual(capital=60_000_000, reserve=30_000_000, state_aid=10_000_000, donations=0),
        "Q2": Residual(capital=40_000_000, reserve=20_000_000, state_aid=10_000_000, donations=0),
    }
    policy = a_policy(
        a_leg(1, 7_000, patronage=True, kind=BasisKind.TRADE_QUANTITY),
        a_leg(2, 3_000, patronage=False, kind=BasisKind.RESIDUAL),
    )
    inputs = some_inputs(
        policy,
        {"1": jin, "2": {member: residual[member].weight for member in members}},
        surplus=40_000_000,
        capital={member: residual[member].capital for member in members},
    )
    made = worked_out(inputs, yuan=yuan)
    assert yuan(made.appropriation.reserve) == "40000.00"
    assert [(part.amount, part.total_weight) for part in made.parts] == [
        (25_200_000, 800_000_000),
        (10_800_000, 170_000_000),
    ]
    by_trade = {line.payee: line.amount for line in made.lines if line.part == 1}
    assert by_trade == {"Q1": 9_450_000, "Q2": 15_750_000}
    assert Fraction(by_trade["Q1"], 100) / (jin["Q1"] // 100) == Fraction("0.0315")
    assert [yuan(line.amount) for line in made.lines if line.part == 2] == ["63529.41", "44470.59"]


# Days of holding


@st.composite
def histories(draw: st.DrawFn) -> tuple[Movement, ...]:
    """Movements of one member that never hold less than nothing."""
    held, found = 0, []
    days = sorted(draw(st.lists(st.dates(date(2024, 6, 1), date(2026, 2, 1)), max_size=8)))
    for seq, day in enumerate(days, 1):
        value = draw(st.integers(-held, 10**9))
        held += value
        found.append(
            Movement(
                seq=seq,
                on=day,
                member="Q1",
                share=ShareClass.CASH,
                act=ShareAct.CONTRIBUTE,
                quantity=value,
                price=100,
                value=value,
                origin=ShareOrigin.OWN,
                recorded_at="2026-01-01T00:00:00.000000Z",
            )
        )
    return tuple(found)


@given(histories(), st.dates(date(YEAR, 1, 1), date(YEAR, 12, 31)))
def test_share_days_count_every_day_of_holding_both_ends(
    movements: tuple[Movement, ...], until: date
) -> None:
    """Day by day: what was held in the morning or came that day, so that what leaves counts through its day."""
    counted = 0
    for ordinal in range(date(YEAR, 1, 1).toordinal(), until.toordinal() + 1):
        day = date.fromordinal(ordinal)
        counted += sum(one.value for one in movements if one.on < day)
        counted += sum(one.value for one in movements if one.on == day and one.value > 0)
    # What left before the year began is not held on its first day.
    found = share_days(movements, kinds=(ShareKind.CASH,), year=YEAR, until=until)
    assert found.get("Q1", 0) == counted
