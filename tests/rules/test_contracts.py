"""What falls due by a contract, what was received of it, and what is found."""

from datetime import date

import pytest
from msgspec.structs import replace

from coop.contracts import rules
from coop.contracts.rules import dues_of, filled, findings, years_of
from schemas.contracts import (
    Amended,
    Contract,
    ContractKind,
    ContractPaper,
    ContractTerms,
    DueRhythm,
    Ended,
    NewContract,
    PriceStep,
    Receipt,
    Subject,
)
from schemas.inventory import HeldItem, Item, ItemKind, ItemUse
from schemas.units import Fen

AT = "2025-03-01T00:00:00.000000Z"


def day(text: str) -> date:
    return date.fromisoformat(text)


def a_term(text: str) -> ContractTerms:
    """``2025-03-01…2028-02-28 yearly 03-01 6000.00 [2027-03-01:7000.00 …] [P1=10.00 …]``: term, rhythm, first due (of the first
    year), price and its steps, items with their area in mu."""
    term, rhythm, first_due, price, *more = text.split()
    first, last = term.split("…")
    steps = [PriceStep(from_date=day(first), amount=fen(price))]
    subjects = []
    for word in more:
        if ":" in word:
            since, amount = word.split(":")
            steps.append(PriceStep(from_date=day(since), amount=fen(amount)))
        else:
            item, _, area = word.partition("=")
            subjects.append(Subject(item=item, area=fen(area) if area else None))
    return ContractTerms(
        from_date=day(first),
        last_day=day(last),
        first_due=day(f"{first[:4]}-{first_due}"),
        rhythm=DueRhythm(rhythm),
        steps=tuple(steps),
        subjects=tuple(subjects),
    )


def fen(yuan: str) -> Fen:
    whole, _, part = yuan.partition(".")
    return int(whole) * 100 + int(part or "0")


def a_contract(
    text: str, *, kind: ContractKind = ContractKind.LEASE, number: str = "HT-1", **said: object
) -> Contract:
    """In order in every way but what is said."""
    terms = a_term(text)
    given = {"resolution": "决议1号", "bid": True, **said}
    new = NewContract(
        number=number,
        title="鱼塘出租",
        kind=kind,
        counterparty="C001",
        signed_on=terms.from_date,
        terms=terms,
        **given,  # type: ignore[arg-type]
    )
    paper = ContractPaper(sha256="0" * 64, name="合同.pdf", by=1, at=AT)
    return Contract(contract=new, by=1, at=AT, papers=(paper,))


def amended(contract: Contract, since: str, text: str) -> Contract:
    one = Amended(day=day(since), terms=a_term(text), paper="补充协议", turn=1, by=1, at=AT)
    return replace(contract, amendments=(*contract.amendments, one))


def ended(contract: Contract, last: str) -> Contract:
    return replace(contract, ended=Ended(last_day=day(last), reason="退租", turn=1, by=1, at=AT))


POND = "2025-03-01…2028-02-28 yearly 03-01 6000.00"


@pytest.mark.parametrize(
    ("contract", "dues"),
    [
        (a_contract(POND), "2025-03-01 6000.00, 2026-03-01 6000.00, 2027-03-01 6000.00"),
        (
            a_contract(f"{POND} 2027-03-01:7000.00"),
            "2025-03-01 6000.00, 2026-03-01 6000.00, 2027-03-01 7000.00",
        ),
        (  # a step within a stretch holds from the next one on
            a_contract(f"{POND} 2026-03-02:7000.00"),
            "2025-03-01 6000.00, 2026-03-01 6000.00, 2027-03-01 7000.00",
        ),
        (a_contract("2025-03-01…2055-02-28 once 12-31 90000.00"), "2025-12-31 90000.00"),
        (
            a_contract("2025-01-31…2025-04-30 monthly 01-31 100.00"),
            "2025-01-31 100.00, 2025-02-28 100.00, 2025-03-31 100.00, 2025-04-30 100.00",
        ),
        (a_contract("2024-02-29…2026-02-27 yearly 02-29 1.00"), "2024-02-29 1.00, 2025-02-28 1.00"),
        (a_contract("2025-01-01…2025-12-31 half_yearly 06-30 50.05"), "2025-06-30 50.05, 2025-12-30 50.05"),
        (a_contract("2025-01-01…2025-09-30 quarterly 01-10 9.00"), "2025-01-10 9.00, 2025-04-10 9.00, 2025-07-10 9.00"),
        (ended(a_contract(POND), "2027-02-28"), "2025-03-01 6000.00, 2026-03-01 6000.00"),
        (ended(a_contract(POND), "2027-03-01"), "2025-03-01 6000.00, 2026-03-01 6000.00, 2027-03-01 6000.00"),
        (
            amended(a_contract(POND), "2026-03-01", "2025-03-01…2029-02-28 yearly 03-01 5000.00"),
            "2025-03-01 6000.00, 2026-03-01 5000.00, 2027-03-01 5000.00, 2028-03-01 5000.00",
        ),
    ],
)  # fmt: skip
def test_what_falls_due_follows_from_the_contract(contract: Contract, dues: str) -> None:
    found = ", ".join(f"{one.day} {one.amount // 100}.{one.amount % 100:02}" for one in dues_of(contract))
    assert found == dues


def a_receipt(voucher: int, on: str, amount: str, *, counted: bool = True) -> Receipt:
    return Receipt(
        contract="HT-1",
        voucher=voucher,
        label=f"记-{voucher:04}",
        line=2,
        day=day(on),
        account="501",
        amount=fen(amount),
        counted=counted,
    )


@pytest.mark.parametrize(
    ("receipts", "on", "states", "beyond"),
    [
        # each due: booked, counted, overdue
        ([], "2025-03-01", "0 0 0 | 0 0 0 | 0 0 0", 0),
        ([], "2025-03-02", "0 0 6000 | 0 0 0 | 0 0 0", 0),
        ([a_receipt(1, "2025-03-05", "6000")], "2026-03-02", "6000 6000 0 | 0 0 6000 | 0 0 0", 0),
        ([a_receipt(1, "2025-03-05", "2500")], "2025-12-31", "2500 2500 3500 | 0 0 0 | 0 0 0", 0),
        # three years at once stand against each of them
        ([a_receipt(1, "2025-03-05", "18000")], "2027-12-31", "6000 6000 0 | 6000 6000 0 | 6000 6000 0", 0),
        ([a_receipt(1, "2025-03-05", "10000")], "2026-12-31", "6000 6000 0 | 4000 4000 2000 | 0 0 0", 0),
        # without evidence it is booked and does not count
        ([a_receipt(1, "2025-03-05", "6000", counted=False)], "2025-12-31", "6000 0 0 | 0 0 0 | 0 0 0", 0),
        (
            [a_receipt(2, "2026-04-01", "8000"), a_receipt(1, "2025-03-05", "4000", counted=False)],
            "2026-12-31",
            "6000 2000 0 | 6000 6000 0 | 0 0 0",
            0,
        ),
        ([a_receipt(1, "2025-03-05", "20000")], "2028-12-31", "6000 6000 0 | 6000 6000 0 | 6000 6000 0", 200_000),
    ],
)  # fmt: skip
def test_what_is_received_fills_the_dues_oldest_first(
    receipts: list[Receipt], on: str, states: str, beyond: Fen
) -> None:
    found, more = filled(dues_of(a_contract(POND)), receipts, on=day(on))
    figures = " | ".join(f"{s.booked // 100} {s.counted // 100} {s.overdue // 100}" for s in found)
    assert (figures, more) == (states, beyond)


def test_years_say_what_was_expected_booked_counted_and_is_overdue() -> None:
    states, _ = filled(
        dues_of(a_contract(POND)), [a_receipt(1, "2025-03-05", "10000", counted=False)], on=day("2026-06-01")
    )
    assert [(y.year, y.expected, y.booked, y.counted, y.overdue) for y in years_of(states)] == [
        (2025, 600_000, 600_000, 0, 0),
        (2026, 600_000, 400_000, 0, 200_000),
        (2027, 600_000, 0, 0, 0),
    ]


def an_item(code: str, kind: ItemKind, area: str = "", use: ItemUse = ItemUse.LEASED) -> dict[str, HeldItem]:
    item = Item(name=code, kind=kind, use=use, area=fen(area) if area else None)
    return {code: HeldItem(code=code, item=item, found=day("2024-01-01"), since=day("2024-01-01"))}


POND_1 = an_item("P1", ItemKind.POND, "12.00")
FIELD = an_item("F1", ItemKind.FARMLAND, "30.00")
FOREST = an_item("W1", ItemKind.FOREST, "100.00")
TERM = "term_should_keep_the_law"


@pytest.mark.parametrize(
    ("contract", "items", "others", "on", "found"),
    [
        (a_contract(f"{POND} P1=12.00"), POND_1, [], "2025-02-28", []),
        (a_contract(f"{POND} P1=12.01"), POND_1, [], "2025-03-01", ["area_should_not_exceed_the_item"]),
        (a_contract("2025-01-01…2044-12-31 once 01-01 1.00 P1"), POND_1, [], "2024-12-31", []),
        (a_contract("2025-01-01…2045-01-01 once 01-01 1.00 P1"), POND_1, [], "2024-12-31", [TERM]),
        (
            a_contract("2025-01-01…2045-01-01 once 01-01 1.00 P1", household=True, bid=False), POND_1, [], "2024-12-31",
            [TERM, "bidding_should_be_public"],
        ),
        (
            a_contract("2025-01-01…2054-12-31 once 01-01 1.00 F1", kind=ContractKind.CONTRACTING, household=True, bid=False),
            FIELD, [], "2024-12-31", [],
        ),
        (
            a_contract("2025-01-01…2055-01-01 once 01-01 1.00 F1", kind=ContractKind.CONTRACTING, household=True, bid=False),
            FIELD, [], "2024-12-31", [TERM],
        ),
        (a_contract("2025-01-01…2055-01-01 once 01-01 1.00 W1", kind=ContractKind.CONTRACTING, household=True), FOREST, [], "2024-12-31", []),
        (a_contract("2025-01-01…2055-01-01 once 01-01 1.00 P1", kind=ContractKind.CONTRACTING), POND_1, [], "2024-12-31", []),
        (
            a_contract(POND, resolution="", bid=False), {}, [], "2025-02-28",
            ["resolution_should_be_named", "bidding_should_be_public"],
        ),
        (a_contract(POND, kind=ContractKind.INVESTMENT, bid=False), {}, [], "2025-02-28", []),
        (a_contract(POND, least=600_000), {}, [], "2025-02-28", []),
        (a_contract(POND, least=600_001), {}, [], "2025-02-28", ["price_should_reach_the_voted"]),
        (a_contract(POND), {}, [], "2025-03-01", []),
        (a_contract(POND), {}, [], "2025-03-02", ["due_should_be_paid"]),
        (a_contract(POND, kind=ContractKind.PURCHASE), {}, [], "2025-03-02", []),
        (a_contract("2025-01-01…2025-12-31 once 12-31 1.00"), {}, [], "2025-10-01", []),
        (a_contract("2025-01-01…2025-12-31 once 12-31 1.00"), {}, [], "2025-10-02", ["contract_expires_soon"]),
        (a_contract("2025-01-01…2025-12-31 once 12-31 1.00"), {}, [], "2025-12-31", ["contract_expires_soon"]),
        (
            a_contract(f"{POND} P1"), POND_1, [a_contract("2028-02-28…2029-02-27 yearly 02-28 1.00 P1", number="HT-2")],
            "2025-02-28", ["item_should_not_be_given_twice"],
        ),
        (
            a_contract(f"{POND} P1"), POND_1, [a_contract("2028-02-29…2029-02-27 yearly 02-28 1.00 P1", number="HT-2")],
            "2025-02-28", [],
        ),
        (
            a_contract(f"{POND} P1=6.00"), POND_1, [a_contract("2026-01-01…2026-12-31 yearly 01-01 1.00 P1=6.00", number="HT-2")],
            "2025-02-28", [],
        ),
        (
            a_contract(f"{POND} P1=6.00"), POND_1, [a_contract("2026-01-01…2026-12-31 yearly 01-01 1.00 P1=6.01", number="HT-2")],
            "2025-02-28", ["area_should_not_exceed_the_item"],
        ),
        (
            a_contract(f"{POND} P1"), an_item("P1", ItemKind.POND, "12.00", ItemUse.IDLE), [], "2025-03-01",
            ["use_should_follow_the_contract"],
        ),
    ],
)  # fmt: skip
def test_what_is_found_of_a_contract(
    contract: Contract, items: dict[str, HeldItem], others: list[Contract], on: str, found: list[str]
) -> None:
    states, _ = filled(dues_of(contract), [], on=day(on))
    assert [one.code for one in findings(contract, states, items=items, others=others, on=day(on))] == found


def test_a_contract_without_its_scan_is_found() -> None:
    bare = replace(a_contract(POND), papers=())
    (found,) = findings(bare, (), items={}, others=(), on=day("2025-02-28"))
    assert found.code == "scan_should_be_there"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (POND, []),
        ("2025-03-01…2025-02-28 yearly 03-01 1.00", ["term_must_run_forward"]),
        (f"{POND} 2025-03-01:7000.00", ["steps_must_begin_with_the_term"]),
        (f"{POND} 2027-01-01:1.00 2026-01-01:2.00", ["steps_must_begin_with_the_term"]),
        ("2025-01-01…2125-01-01 monthly 01-01 1.00", ["dues_must_be_countable"]),
        ("2025-01-01…2124-12-31 monthly 01-01 1.00", []),
    ],
)
def test_what_is_agreed_makes_sense(said: str, found: list[str]) -> None:
    assert [one.code for one in rules.faults_of_terms(a_term(said))] == found


@pytest.mark.parametrize(
    ("anew", "others", "found"),
    [
        # Two of the others follow each other: 6.00 + 6.00 on every day.
        ("", ["2025-01-01…2025-12-31 P1=6.00", "2026-01-01…2026-12-31 P1=6.00"], []),
        # They have one day in common: 6.00 + 6.00 + 6.00 on 31 December.
        ("", ["2025-01-01…2025-12-31 P1=6.00", "2025-12-31…2026-12-31 P1=6.00"], ["18.00, HT-2, HT-3"]),
        # The most is on a day in the middle, with the last two of three.
        (
            "",
            ["2025-01-01…2025-12-31 P1=1.00", "2026-01-01…2027-12-31 P1=4.00", "2027-06-01…2027-12-31 P1=3.00"],
            ["13.00, HT-3, HT-4"],
        ),
        # What began before and ends on the first day, what begins on the last; neither is there with the other.
        ("", ["2020-01-01…2025-03-01 P1=6.00", "2028-02-28…2030-01-01 P1=6.00"], []),
        ("", ["2020-01-01…2025-03-01 P1=6.01", "2028-02-28…2030-01-01 P1=6.00"], ["12.01, HT-2"]),
        # Two meet each other when this one is over.
        ("", ["2020-01-01…2030-01-01 P1=6.00", "2028-02-29…2030-01-01 P1=6.00"], []),
        # It has more from 2027 on: too much only with what runs then.
        ("2027-03-01 P1=9.00", ["2025-01-01…2027-02-28 P1=6.00"], []),
        ("2027-03-01 P1=9.00", ["2025-01-01…2027-03-01 P1=6.00"], ["15.00, HT-2"]),
        # It has less from 2027 on, and had too much before.
        ("2027-03-01 P1=3.00", ["2027-03-01…2030-01-01 P1=9.00"], []),
        ("2027-03-01 P1=3.00", ["2027-02-28…2030-01-01 P1=9.00"], ["15.00, HT-2"]),
        # Another item of theirs is none of its business, an undivided one is.
        ("", ["2025-01-01…2030-01-01 P2=60.00"], []),
        ("", ["2025-01-01…2030-01-01 P1"], ["HT-2"]),
        ("", ["2028-02-29…2030-01-01 P1"], []),
    ],
)  # fmt: skip
def test_what_is_given_out_is_added_up_day_by_day(anew: str, others: list[str], found: list[str]) -> None:
    mine = a_contract(f"{POND} P1=6.00")
    if anew:
        since, item = anew.split()
        mine = amended(mine, since, f"{POND} {item}")
    beside = [
        a_contract(f"{term} once {term[5:10]} 1.00 {item}", number=f"HT-{no}")
        for no, (term, item) in enumerate((one.split() for one in others), 2)
    ]
    said = [
        f"{one.figures.get('area', '')}{one.figures.get('others', one.figures.get('other', ''))}"
        for one in findings(mine, (), items=POND_1, others=beside, on=day("2024-01-01"))
    ]
    assert said == found
