"""The register adds up: what is held on any day, who could not hold it, and where the books say otherwise."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coop.places import rules as places
from coop.shares import rules
from ledger.charts import COLLECTIVE, COOPERATIVE, standard
from ledger.money import fen_from_yuan, yuan
from schemas.places import PlaceLevel
from schemas.shares import Movement, ShareAct, ShareClass, ShareKind, ShareOrigin


def a_register(*rows: str) -> tuple[Movement, ...]:
    """Movements in the words of a register: ``2025-03-05 Q0002 land 24 14400``, then ``to 1`` for the side of a transfer
    that begins with the first row, ``back 1`` for what takes the first row back."""
    movements = []
    for seq, row in enumerate(rows, 1):
        day, member, share, quantity, value, *rest = row.split()
        amount = fen_from_yuan(value)
        link = int(rest[1]) if rest else None
        movements.append(
            Movement(
                seq=seq,
                on=date.fromisoformat(day),
                member=member,
                share=ShareClass(share),
                act=ShareAct.TRANSFER if "to" in rest else ShareAct.CONTRIBUTE,
                quantity=fen_from_yuan(quantity),
                price=0,
                value=amount,
                origin=ShareOrigin.OWN,
                other_side=link if "to" in rest else None,
                reverses=link if "back" in rest else None,
                recorded_at="2026-01-15T08:30:00.000000Z",
            )
        )
    return tuple(movements)


WORKED = a_register(
    "2025-01-08 Q0002 cash 8000 8000",
    "2025-02-25 Q0002 land 24 14400",
    "2025-03-05 Q0002 calf_granted 1 6500",
    "2025-03-28 Q0002 labour 6 540",
)


@pytest.mark.parametrize(
    ("as_of", "refundable", "all_classes"),
    [
        (date(2025, 1, 7), None, None),
        (date(2025, 1, 8), "8000.00", "8000.00"),
        (date(2025, 2, 25), "22400.00", "22400.00"),
        (date(2025, 3, 27), "28900.00", "28900.00"),
        (date(2025, 3, 28), "28900.00", "29440.00"),
        (None, "28900.00", "29440.00"),
    ],
)
def test_the_register_is_read_as_of_any_day(
    as_of: date | None, refundable: str | None, all_classes: str | None
) -> None:
    held = rules.holdings(WORKED, as_of=as_of)
    found = held.get("Q0002")
    shown = (None, None) if found is None else (yuan(found.refundable), yuan(found.all_classes))
    assert shown == (refundable, all_classes)


@pytest.mark.parametrize(
    ("kind", "origin", "share"),
    [
        (ShareKind.CASH, ShareOrigin.BACKER, ShareClass.CASH),
        (ShareKind.LAND, ShareOrigin.OWN, ShareClass.LAND),
        (ShareKind.CALF, ShareOrigin.GRANTED, ShareClass.CALF_GRANTED),
        (ShareKind.CALF, ShareOrigin.OWN, ShareClass.CALF_OWN),
        (ShareKind.CALF, ShareOrigin.DONATION, ShareClass.CALF_OWN),
        (ShareKind.LABOUR, ShareOrigin.OWN, ShareClass.LABOUR),
    ],
)
def test_a_calf_of_the_households_own_assets_is_a_granted_one(
    kind: ShareKind, origin: ShareOrigin, share: ShareClass
) -> None:
    assert rules.class_of(kind, origin) is share
    assert rules.refundable(share) is (kind is not ShareKind.LABOUR)


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        (("2025-01-08 A cash 100 100", "2025-02-01 A cash -100 -100"), []),
        (
            ("2025-01-08 A cash 100 100", "2025-02-01 A cash -101 -101"),
            [("holding_must_not_be_negative", "/2", "A", "-1.00")],
        ),
        # On one day both sides of what happened count together.
        (("2025-01-08 A cash -100 -100", "2025-01-08 A cash 100 100"), []),
        # What comes later does not mend the day it was missing.
        (
            ("2025-01-08 A cash -100 -100", "2025-01-09 A cash 100 100"),
            [("holding_must_not_be_negative", "/1", "A", "-100.00")],
        ),
        # Land does not make up for cash, nor one member for another.
        (
            ("2025-01-08 A land 1 600", "2025-01-09 A cash -1 -1", "2025-01-09 B cash 1 1"),
            [("holding_must_not_be_negative", "/2", "A", "-1.00")],
        ),
        # Heads without value are heads all the same.
        (
            ("2025-01-08 A calf_own 1 6500", "2025-01-09 A calf_own -2 -6500"),
            [("holding_must_not_be_negative", "/2", "A", "0.00")],
        ),
        (
            (
                "2025-01-08 A cash 100 100",
                "2025-02-01 A cash -100 -100 back 1",
                "2025-02-02 A cash 0 0 back 1",
            ),
            [("movement_must_be_reversed_once", "/3", None, None)],
        ),
    ],
)
def test_no_holding_is_ever_negative(
    rows: tuple[str, ...], faults: list[tuple[str, str, str | None, str | None]]
) -> None:
    found = rules.faults_in(a_register(*rows), yuan=yuan)
    assert [(p.code, p.pointer, p.figures.get("member"), p.figures.get("value")) for p in found] == faults


@pytest.mark.parametrize(
    ("register", "balances", "differing"),
    [
        ({"A": 100}, {"A": 100}, []),
        ({"A": 100, "B": 0}, {"A": 100}, []),
        ({"A": 100}, {}, [("A", "1.00", "0.00")]),
        ({}, {"A": 100}, [("A", "0.00", "1.00")]),
        ({"A": 100, "B": 200}, {"A": 200, "B": 100}, [("A", "1.00", "2.00"), ("B", "2.00", "1.00")]),
    ],
)
def test_the_register_equals_the_account_member_by_member(
    register: dict[str, int], balances: dict[str, int], differing: list[tuple[str, str, str]]
) -> None:
    found = rules.differences(register, balances, book="qs", account="301", yuan=yuan)
    shown = [(p.figures["member"], p.figures["register"], p.figures["balance"]) for p in found]
    assert shown == differing


def test_share_capital_is_the_account_contributions_increase() -> None:
    assert rules.share_account(standard(COOPERATIVE)) == "301"
    assert rules.share_account(standard(COLLECTIVE)) == "", "a collective's members hold no capital"


MOVEMENTS = st.lists(
    st.tuples(
        st.dates(date(2025, 1, 1), date(2025, 12, 31)),
        st.sampled_from("ABC"),
        st.sampled_from(sorted(ShareClass)),
        st.integers(-(10**9), 10**9),
    ),
    max_size=30,
).map(
    lambda rows: a_register(
        *(f"{day} {member} {share} {yuan(value)} {yuan(value)}" for day, member, share, value in rows)
    )
)


@given(MOVEMENTS, st.randoms())
def test_a_holding_is_the_sum_of_its_movements_in_any_order(
    register: tuple[Movement, ...], chance: object
) -> None:
    shuffled = list(register)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    held = rules.holdings(register)
    assert rules.holdings(shuffled) == held
    assert sum(one.all_classes for one in held.values()) == sum(movement.value for movement in register)
    assert sum(rules.totals(held.values()).values()) == sum(
        movement.value for movement in register if movement.share is not ShareClass.ENTITLEMENT
    )
    no_capital = sum(m.value for m in register if m.share in {ShareClass.LABOUR, ShareClass.ENTITLEMENT})
    assert sum(one.all_classes - one.refundable for one in held.values()) == no_capital


@pytest.mark.parametrize(
    ("code", "level", "above"),
    [
        ("45", PlaceLevel.PROVINCE, ""),
        ("4500", PlaceLevel.PREFECTURE, "45"),
        ("450000", PlaceLevel.COUNTY, "4500"),
        ("450000101", PlaceLevel.TOWNSHIP, "450000"),
        ("450000101200", PlaceLevel.VILLAGE, "450000101"),
    ],
)
def test_the_code_of_a_place_says_where_it_lies(code: str, level: PlaceLevel, above: str) -> None:
    assert (places.level_of(code), places.above(code)) == (level, above)


@pytest.mark.parametrize(
    "subject", ["shares:", "shares:1", "shares:x-y", "shares:1-99999999999999", "loan:3"]
)
def test_a_changed_subject_of_the_log_is_found_and_stops_nothing(subject: str) -> None:
    (one,) = a_register("2025-03-05 Q0002 land 24 14400")
    sealed = [(subject, "0" * 64)]
    found = rules.faults_of_sealed([one], sealed, book="liannong")
    assert {problem.code for problem in found} == {"movements_must_be_as_sealed"}
