"""What a distribution plan must be before anybody is asked to approve it: every fault provoked, all said at once."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.money import yuan
from payouts.policies import rules
from payouts.policies.approval import faults_of_approval
from payouts.policies.rules import (
    PolicyFacts,
    default_policy,
    faults_of_policy,
    faults_of_procedure,
    warnings_of_policy,
)
from schemas.books import BookKind
from schemas.policies import (
    Approval,
    Basis,
    BasisKind,
    CharterPolicy,
    CommissionBase,
    Leg,
    PolicyHead,
    PolicyKind,
    PolicyPaper,
    Procedure,
)
from schemas.shares import ShareKind
from tests.builders import codes

FACTS = PolicyFacts(
    book="清水",
    kind=BookKind.COOPERATIVE,
    first_year=2025,
    members={"M0001": True, "M0002": True, "M0003": False},
    products=frozenset({"青贮玉米", "鲜牧草", "肉牛"}),
    traded=frozenset({"青贮玉米", "肉牛"}),
    managers=frozenset({"M0001"}),
)
PLAN = replace(default_policy(2025), products=("青贮玉米",), resolution="2026-9")
BY_DAYS = Basis(kind=BasisKind.WORK_DAYS)
BY_TRADE = Basis(kind=BasisKind.TRADE_VALUE)
BY_SHARES = Basis(kind=BasisKind.SHARE_VALUE, kinds=(ShareKind.CASH, ShareKind.LAND))
BY_CORN = Basis(kind=BasisKind.TRADE_QUANTITY, product="青贮玉米")


def legs(*parts: tuple[int, Basis, bool]) -> tuple[Leg, ...]:
    """Legs numbered and named in their order."""
    return tuple(
        Leg(no=no, name=f"第{no}项", part_bp=bp, basis=basis, patronage=patronage)
        for no, (bp, basis, patronage) in enumerate(parts, 1)
    )


def found(plan: CharterPolicy, facts: PolicyFacts = FACTS) -> list[tuple[str, str]]:
    """Where and what is wrong."""
    return [(one.pointer, one.code) for one in faults_of_policy(plan, facts, yuan=yuan)]


def test_what_the_law_says_by_default_is_a_plan() -> None:
    assert found(PLAN) == []
    assert codes(warnings_of_policy(PLAN, FACTS, yuan=yuan)) == []


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"year": 2024, "record_date": date(2024, 12, 31)}, ("/year", "policy_year_must_be_kept")),
        ({"record_date": date(2026, 1, 1)}, ("/record_date", "record_date_must_be_in_the_year")),
        ({"reserve_bp": 10_001}, ("/reserve_bp", "rate_must_be_a_part")),
        ({"reserve_basis": "交易额"}, ("/reserve_basis", "reserve_must_be_quantified_by_capital")),
        ({"amount": -1}, ("/amount", "amount_must_not_be_below_zero")),
        ({"resolution": "x" * 81}, ("/resolution", "resolution_must_be_short")),
        ({"products": ("青贮玉米", "鱼")}, ("/products/1", "product_must_be_known")),
        ({"products": ("肉牛", "肉牛")}, ("/products/1", "product_must_be_listed_once")),
        ({"products": ()}, ("/products", "products_must_be_listed")),
        ({"legs": ()}, ("/legs", "legs_must_be_there")),
        ({"commission_bp": -1}, ("/commission_bp", "rate_must_be_a_part")),
        ({"party_weight_bp": 10_001}, ("/party_weight_bp", "rate_must_be_a_part")),
        ({"least_ballots": 0}, ("/least_ballots", "ballots_must_be_asked_for")),
        ({"maxima": (5_000, 5_000)}, ("/maxima", "maxima_must_be_six")),
        ({"maxima": (2_500, 1_500, 1_000, 1_000, 1_500, 2_501)}, ("/maxima", "maxima_must_be_whole")),
        ({"maxima": (4_000, 0, 1_000, 1_000, 1_500, 2_500)}, ("/maxima/1", "maximum_must_be_above_zero")),
        ({"bases": (CommissionBase(member="M0009", base=1),)}, ("/bases/0/member", "member_must_be_known")),
        ({"bases": (CommissionBase(member="M0001", base=-1),)}, ("/bases/0/base", "base_must_not_be_below_zero")),
        ({"bases": (CommissionBase(member="M0001", base=1),) * 2}, ("/bases/1/member", "member_must_not_be_named_twice")),
    ],
)  # fmt: skip
def test_each_fault_of_a_plan(changed: dict[str, Any], fault: tuple[str, str]) -> None:
    assert found(replace(PLAN, **changed)) == [fault]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (legs((6_000, BY_TRADE, True), (3_999, BY_DAYS, True)), ("/legs", "legs_must_be_whole")),
        (legs((10_000, BY_TRADE, True), (0, BY_DAYS, True)), ("/legs/1/part_bp", "leg_must_have_a_part")),
        (legs((6_000, BY_TRADE, True), (4_000, BY_TRADE, False)), ("/legs/1/basis", "legs_must_not_share_twice")),
        (legs((6_000, BY_TRADE, True), (4_000, BY_SHARES, True)), ("/legs/1/patronage", "leg_must_not_be_patronage")),
        (legs((10_000, Basis(kind=BasisKind.TRADE_QUANTITY), True)), ("/legs/0/basis/product", "basis_must_name_a_product")),
        (legs((10_000, replace(BY_CORN, product="鱼"), True)), ("/legs/0/basis/product", "product_must_be_known")),
        (legs((10_000, replace(BY_DAYS, product="肉牛"), True)), ("/legs/0/basis/product", "basis_must_name_nothing_else")),
        (legs((10_000, Basis(kind=BasisKind.SHARE_DAYS), False)), ("/legs/0/basis/kinds", "basis_must_name_share_kinds")),
        (legs((10_000, replace(BY_SHARES, kinds=(ShareKind.CASH,) * 2), False)), ("/legs/0/basis/kinds", "basis_must_name_share_kinds")),
        (legs((10_000, replace(BY_DAYS, kinds=(ShareKind.CASH,)), True)), ("/legs/0/basis/kinds", "basis_must_name_nothing_else")),
        (legs((10_000, replace(BY_DAYS, members=("M0001",)), True)), ("/legs/0/basis/members", "basis_must_name_nothing_else")),
        (legs((10_000, Basis(kind=BasisKind.EQUAL, members=("M0009",)), False)), ("/legs/0/basis/members", "member_must_be_known")),
        (legs((10_000, Basis(kind=BasisKind.EQUAL, members=("M0003",)), False)), ("/legs/0/basis/members", "named_member_must_be_of_record")),
        (legs((10_000, Basis(kind=BasisKind.EQUAL, members=("M0001", "M0001")), False)), ("/legs/0/basis/members", "member_must_not_be_named_twice")),
        ((replace(legs((10_000, BY_DAYS, True))[0], no=2),), ("/legs/0", "leg_must_be_numbered")),
        ((replace(legs((10_000, BY_DAYS, True))[0], name=""),), ("/legs/0/name", "leg_must_have_a_name")),
        (tuple(replace(leg, name="返还") for leg in legs((6_000, BY_TRADE, True), (4_000, BY_DAYS, True))), ("/legs/0/name", "leg_names_must_differ")),
    ],
)  # fmt: skip
def test_each_fault_of_the_legs(given: tuple[Leg, ...], fault: tuple[str, str]) -> None:
    assert found(replace(PLAN, legs=given)) == [fault]


def test_too_many_legs() -> None:
    many = legs(*((1, Basis(kind=BasisKind.EQUAL, members=("M0001",)), False) for _ in range(21)))
    assert ("/legs", "legs_must_not_be_so_many") in found(replace(PLAN, legs=many))


ENTITLED = Basis(kind=BasisKind.ENTITLEMENTS)
COLLECTIVES = replace(FACTS, kind=BookKind.COLLECTIVE)
SHARED = replace(default_policy(2025, kind=BookKind.COLLECTIVE), resolution="2026-9")


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({}, []),
        ({"legs": legs((9_000, ENTITLED, False), (1_000, Basis(kind=BasisKind.EQUAL), False))}, []),
        ({"reserve_basis": "出资额"}, [("/reserve_basis", "reserve_must_be_quantified_by_capital")]),
        ({"legs": legs((10_000, BY_SHARES, False))}, [("/legs/0/basis", "basis_must_fit_the_book")]),
        (
            {"legs": legs((10_000, ENTITLED, True))},
            [("/legs/0/patronage", "leg_must_not_be_patronage")],
        ),
        ({"commission_bp": 500}, [("/commission_bp", "commission_must_be_a_cooperatives")]),
        (
            {"bases": (CommissionBase(member="M0001", base=1),)},
            [("/commission_bp", "commission_must_be_a_cooperatives")],
        ),
    ],
)
def test_a_collective_shares_by_entitlements_or_equally(
    changed: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    assert found(replace(SHARED, **changed), COLLECTIVES) == faults
    assert codes(warnings_of_policy(replace(SHARED, **changed), COLLECTIVES, yuan=yuan)) == []


def test_a_cooperative_keeps_no_entitlements() -> None:
    assert found(replace(PLAN, legs=legs((10_000, ENTITLED, False)))) == [
        ("/legs/0/basis", "basis_must_fit_the_book")
    ]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    wrong = replace(
        PLAN,
        record_date=date(2024, 1, 1),
        reserve_bp=20_000,
        products=("鱼",),
        legs=legs((5_000, BY_TRADE, True)),
        maxima=(1,) * 6,
    )
    assert [code for _, code in found(wrong)] == [
        "record_date_must_be_in_the_year",
        "rate_must_be_a_part",
        "product_must_be_known",
        "legs_must_be_whole",
        "maxima_must_be_whole",
    ]


@pytest.mark.parametrize(
    ("changed", "warned"),
    [
        ({"legs": legs((5_999, BY_TRADE, True), (4_001, BY_SHARES, False))}, ["floor_cannot_be_reached"]),
        ({"legs": legs((6_000, BY_TRADE, True), (4_000, BY_SHARES, False))}, []),
        ({"legs": legs((3_000, BY_TRADE, True), (3_000, BY_DAYS, True), (4_000, BY_SHARES, False))}, []),
        ({"amount": 6_000_000}, ["floor_may_be_missed"]),
        ({"legs": legs((5_000, BY_TRADE, True), (5_000, BY_CORN, True))}, ["trade_counts_twice"]),
        ({"products": ("鲜牧草",)}, ["product_not_traded"]),
        ({"bases": (CommissionBase(member="M0002", base=1),)}, ["base_without_manager"]),
        ({"commission_bp": 500}, ["manager_without_base"]),
    ],
)  # fmt: skip
def test_what_deserves_a_second_look(changed: dict[str, Any], warned: list[str]) -> None:
    plan = replace(PLAN, **changed)
    assert found(plan) == []
    assert codes(warnings_of_policy(plan, FACTS, yuan=yuan)) == warned


def test_a_floor_that_may_be_missed_says_up_to_which_base_it_holds() -> None:
    plan = replace(PLAN, amount=6_000_000, legs=legs((5_000, BY_TRADE, True), (5_000, BY_SHARES, False)))
    (warning,) = warnings_of_policy(plan, FACTS, yuan=yuan)
    assert (warning.figures["bp"], warning.figures["base"]) == ("5000", "50000.00")


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, []),
        ({"notice_days": 0}, ["days_must_be_in_reason"]),
        ({"appeal_days": 366}, ["days_must_be_in_reason"]),
        ({"chair_up_to": 1_000_001}, ["tiers_must_rise"]),
        ({"chair_up_to": -1}, ["tiers_must_rise"]),
    ],
)
def test_each_fault_of_a_procedure(changed: dict[str, int], fault: list[str]) -> None:
    given = faults_of_procedure(replace(Procedure(), **changed), year=2025, first_year=2025, yuan=yuan)
    assert codes(given) == fault


def test_a_procedure_of_a_year_before_the_books() -> None:
    given = faults_of_procedure(Procedure(), year=2024, first_year=2025, yuan=yuan)
    assert codes(given) == ["policy_year_must_be_kept"]


HEAD = PolicyHead(
    kind=PolicyKind.CHARTER,
    year=2025,
    version=2,
    recorded_by=1,
    recorded_at="2026-01-10T04:00:00Z",
    imported=False,
    resolution="2026-9",
    papers=(PolicyPaper(sha256="a" * 64, name="决议.pdf", by=1, at="2026-01-10T04:00:00Z"),),
)
APPROVED = Approval(
    by=3, on=date(2026, 1, 11), at="2026-01-11T04:00:00Z", resolution="2026-9", sha256="a" * 64
)


@pytest.mark.parametrize(
    ("head", "given", "fault"),
    [
        (HEAD, {}, []),
        (replace(HEAD, resolution=""), {}, []),
        (HEAD, {"by": 1}, ["policy_approver_must_differ"]),
        (HEAD, {"last": 3}, ["policy_must_be_the_last"]),
        (HEAD, {"resolution": ""}, ["approval_needs_a_resolution"]),
        (HEAD, {"resolution": "2026-8"}, ["approval_must_name_the_same_resolution"]),
        (replace(HEAD, resolution=""), {"resolution": "x" * 81}, ["resolution_must_be_short"]),
        (HEAD, {"sha256": "b" * 64}, ["approval_needs_the_scan"]),
        (replace(HEAD, papers=()), {}, ["approval_needs_the_scan"]),
        (replace(HEAD, approval=APPROVED), {}, ["policy_must_wait_for_approval"]),
        (replace(HEAD, imported=True), {}, ["policy_must_wait_for_approval"]),
    ],
)
def test_each_fault_of_an_approval(head: PolicyHead, given: dict[str, Any], fault: list[str]) -> None:
    wanted: dict[str, Any] = {"by": 3, "last": 2, "resolution": "2026-9", "sha256": "a" * 64} | given
    assert codes(faults_of_approval(head, **wanted)) == fault


def test_the_highest_base_is_the_last_one_that_reaches_the_floor() -> None:
    for patronage, amount in ((5_000, 6_000_000), (3_333, 999_999), (9_999, 1)):
        base = rules.highest_base(patronage, amount=amount)
        assert patronage * amount >= 6_000 * base
        assert patronage * amount < 6_000 * (base + 1)
