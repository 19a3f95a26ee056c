"""A collective's distribution is ``share_out`` and nothing else, whatever the households hold and the year brought."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.money import share_out, yuan
from payouts import distribution
from payouts.distribution import YearFacts
from payouts.policies.rules import default_policy
from schemas.books import BookKind
from schemas.members import Membership
from schemas.shares import Holding, Holdings, ShareClass

UNITS = st.dictionaries(
    st.text("ABC123", min_size=1, max_size=4), st.integers(0, 10**6), min_size=1, max_size=8
).filter(lambda units: any(units.values()))


def _facts(units: dict[str, int], *, surplus: int, before: int) -> YearFacts:
    return YearFacts(
        members=tuple(Membership(number=one, joined_on=date(2020, 1, 1), left_on=None) for one in units),
        held={
            one: Holdings(
                member=one,
                classes={ShareClass.ENTITLEMENT: Holding(quantity=held, value=0)},
                refundable=0,
                all_classes=0,
            )
            for one, held in units.items()
        },
        movements=(),
        traded={},
        worked={},
        animals=(),
        reserve_before={},
        state_total=0,
        donation_total=0,
        surplus=surplus,
        commission=0,
        undistributed_before=before,
    )


@given(UNITS, st.integers(0, 10**12), st.integers(-(10**12), 0), st.integers(0, 10_000))
def test_households_are_given_what_share_out_gives(
    units: dict[str, int], surplus: int, before: int, reserve_bp: int
) -> None:
    plan = replace(default_policy(2025, kind=BookKind.COLLECTIVE), reserve_bp=reserve_bp)
    inputs = distribution.inputs(
        _facts(units, surplus=surplus, before=before),
        book="b",
        policy=plan,
        policy_version=1,
        floor_bp=0,
        reserve_by_member=False,
    )
    made = distribution.worked_out(inputs, yuan=yuan)
    figures = made.appropriation
    assert figures.distributed + figures.reserve == max(surplus + before, 0)
    assert {line.payee: line.amount for line in made.lines} == share_out(figures.distributed, units)
    assert [line.amount for line in made.lines if not line.weight] == [0] * sum(
        not held for held in units.values()
    )


def test_equal_remainders_go_to_the_smaller_number() -> None:
    given = _facts({"M0003": 200, "M0001": 200, "M0002": 200}, surplus=1_000, before=0)
    plan = replace(default_policy(2025, kind=BookKind.COLLECTIVE), reserve_bp=0)
    inputs = distribution.inputs(
        given, book="b", policy=plan, policy_version=1, floor_bp=0, reserve_by_member=False
    )
    made = distribution.worked_out(inputs, yuan=yuan)
    assert {line.payee: yuan(line.amount) for line in made.lines} == {
        "M0001": "3.34",
        "M0002": "3.33",
        "M0003": "3.33",
    }
