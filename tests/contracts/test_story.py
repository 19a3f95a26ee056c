"""A pond is leased, its rent falls due, is paid late without a scan, and counts from the day the scan comes."""

from datetime import date

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from coop.contracts import actions, queries
from coop.inventory import actions as inventory
from coop.inventory import queries as items
from coop.project_money import actions as money
from coop.project_money import queries as funds
from coop.proof import queries as proofs
from ledger.assets import actions as assets
from ledger.evidence import actions as evidence
from ledger.vouchers import actions as vouchers
from schemas.assets import NewCard
from schemas.contracts import Amendment, Ending, PriceStep
from schemas.evidence import NewAttachment
from schemas.inventory import Change, Item, ItemKind, ItemUse, NewCount, NewCountLine, NewItemFact
from schemas.problems import Refusal
from schemas.project_money import MoneyNaming, MoneySource
from schemas.units import Fen
from schemas.vouchers import Step
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    ON,
    REVIEWER,
    a_book,
    post,
    posted,
    refused,
    reversed_,
    review,
)
from tests.contracts.village import (
    CONTRACT,
    LATER,
    POND,
    SCAN,
    a_village,
    find_pond,
    post_without_papers,
    sign,
    the_pond_leased,
)

RENT = "2025-06-10 鱼塘租金 | 102 6000.00 | cr 501 6000.00"


def years(db: Connection, on: str) -> list[tuple[int, Fen, Fen, Fen, Fen]]:
    board = queries.board(db, book=BOOK, as_of=date.fromisoformat(on))
    return [(y.year, y.expected, y.booked, y.counted, y.overdue) for y in board.years]


def found(db: Connection, on: str) -> list[str]:
    (one,) = queries.board(db, book=BOOK, as_of=date.fromisoformat(on)).contracts
    return [problem.code for problem in one.findings]


def test_a_pond_is_leased_and_its_rent_counts_once_its_scan_is_there(db: Connection) -> None:
    book = a_village(db)
    find_pond(db, book)
    sign(db, book)
    assert found(db, "2025-03-01") == ["scan_should_be_there"]
    actions.add_paper(db, SCAN, number=CONTRACT, book=book, by=ACCOUNTANT, at=AT)
    assert found(db, "2025-03-02") == ["due_should_be_paid"]
    assert years(db, "2025-06-01")[0] == (2025, 600_000, 0, 0, 600_000)

    paid = post_without_papers(db, RENT)
    standing = queries.standing(db, book=BOOK, number=CONTRACT, as_of=ON)
    assert standing is not None
    (offer,) = queries.offers(db, book=BOOK, of=standing)
    assert (offer.voucher, offer.line, offer.amount, offer.by_party, offer.by_amount) == (
        paid.id, 2, 600_000, False, True,
    )  # fmt: skip
    actions.name_receipt(db, number=CONTRACT, voucher=paid.id, line=2, book=book, by=ACCOUNTANT, at=AT)
    assert years(db, "2025-06-09")[0] == (2025, 600_000, 0, 0, 600_000)
    assert years(db, "2025-06-10") == [
        (2025, 600_000, 600_000, 0, 0),
        (2026, 600_000, 0, 0, 0),
        (2027, 600_000, 0, 0, 0),
    ]
    assert queries.offers(db, book=BOOK, of=standing) == ()

    evidence.attach(db, NewAttachment(voucher=paid.id, file=replace(SCAN, sha256="cd" * 32)), book=BOOK, by=ACCOUNTANT, at=LATER)  # fmt: skip
    assert years(db, "2026-01-31")[0] == (2025, 600_000, 600_000, 0, 0)
    assert years(db, "2026-02-01")[0] == (2025, 600_000, 600_000, 600_000, 0)
    assert proofs.prove(db, book=book).problems == ()


def test_rent_of_three_years_received_at_once_stands_against_each(db: Connection) -> None:
    book = a_village(db)
    find_pond(db, book)
    sign(db, book)
    paid = post(db, "2025-03-01 鱼塘三年租金 | 102 18000.00 | cr 501/C001 18000.00")
    actions.name_receipt(db, number=CONTRACT, voucher=paid.id, line=2, book=book, by=ACCOUNTANT, at=AT)
    assert [one[:4] for one in years(db, "2025-03-01")] == [
        (2025, 600_000, 600_000, 600_000),
        (2026, 600_000, 600_000, 600_000),
        (2027, 600_000, 600_000, 600_000),
    ]
    reversed_(db, paid, dated=date(2025, 9, 30))
    assert years(db, "2025-09-29")[0] == (2025, 600_000, 600_000, 600_000, 0)
    assert years(db, "2025-09-30")[0] == (2025, 600_000, 0, 0, 600_000)


def test_a_claim_that_is_paid_is_received_and_booking_it_is_not(db: Connection) -> None:
    book = a_village(db)
    find_pond(db, book)
    sign(db, book)
    claim = post(db, "2025-03-01 应收租金 | 112/C001 6000.00 | cr 501 6000.00")
    paid = post(db, "2025-04-01 收回租金 | 102 6000.00 | cr 112/C001 6000.00")

    def name(voucher: int, line: int) -> list[str]:
        try:
            actions.name_receipt(
                db, number=CONTRACT, voucher=voucher, line=line, book=book, by=ACCOUNTANT, at=AT
            )
        except Refusal as refusal:
            return refused(refusal)
        return []

    assert name(claim.id, 2) == ["line_must_be_received"]
    assert name(paid.id, 1) == ["line_must_be_received"]
    assert name(paid.id, 9) == ["line_must_be_received"]
    assert name(paid.id, 2) == []
    assert name(paid.id, 2) == ["line_must_be_named_once"]
    actions.take_back_receipt(
        db, number=CONTRACT, voucher=paid.id, line=2, reason="认错了", book=book, by=ACCOUNTANT, at=AT
    )
    assert years(db, "2025-04-02")[0] == (2025, 600_000, 0, 0, 600_000)
    assert name(paid.id, 2) == []
    assert proofs.prove(db, book=book).problems == ()


def test_the_voucher_of_a_due_is_drafted_and_fulfils_nothing_before_it_is_posted(db: Connection) -> None:
    book = a_village(db)
    find_pond(db, book)
    sign(db, book)
    draft = actions.draft_due(db, number=CONTRACT, place=1, book=book, by=ACCOUNTANT, on=ON, at=AT)
    assert [(one.account, one.detail, one.debit, one.credit) for one in draft.lines] == [
        ("102", "", 600_000, 0),
        ("501", "C001", 0, 600_000),
    ]
    assert years(db, "2025-12-31")[0] == (2025, 600_000, 0, 0, 600_000)
    again = actions.draft_due(db, number=CONTRACT, place=1, book=book, by=REVIEWER, on=ON, at=LATER)
    assert again == draft, "asked again, whoever asks, it is the draft that is there"
    withdraw = [Step(voucher=draft.id)]
    vouchers.withdraw_many(db, withdraw, book=BOOK, by=ACCOUNTANT, at=AT, reason="重做", atomic=True)
    other = actions.draft_due(db, number=CONTRACT, place=1, book=book, by=ACCOUNTANT, on=ON, at=AT)
    assert (other.id > draft.id, other.lines) == (True, draft.lines), "what was withdrawn is drafted anew"
    received = posted(db, review(db, other))
    again = actions.draft_due(db, number=CONTRACT, place=1, book=book, by=ACCOUNTANT, on=ON, at=AT)
    assert again == received, "posted it waits to be named, and is not drafted once more"
    actions.name_receipt(db, number=CONTRACT, voucher=received.id, line=2, book=book, by=ACCOUNTANT, at=AT)
    assert [one[2] for one in years(db, ON.isoformat())] == [600_000, 0, 0]
    with pytest.raises(Refusal) as caught:
        actions.draft_due(db, number=CONTRACT, place=1, book=book, by=ACCOUNTANT, on=ON, at=AT)
    assert refused(caught.value) == ["nothing_must_be_open"]


def test_a_contract_is_amended_and_ended_by_facts(db: Connection) -> None:
    book = a_village(db)
    find_pond(db, book)
    sign(db, book)
    terms = the_pond_leased().terms
    cheaper = replace(terms, steps=(PriceStep(from_date=terms.from_date, amount=500_000),))
    change = Amendment(day=date(2026, 3, 1), terms=cheaper, paper="补充协议")
    actions.amend(db, change, number=CONTRACT, book=book, by=ACCOUNTANT, at=AT)
    assert [one[1] for one in years(db, "2025-03-01")] == [600_000, 500_000, 500_000]
    ending = Ending(last_day=date(2027, 2, 28), reason="退租")
    actions.end(db, ending, number=CONTRACT, book=book, by=ACCOUNTANT, at=AT)
    assert [one[1] for one in years(db, "2025-03-01")] == [600_000, 500_000]
    with pytest.raises(Refusal) as caught:
        actions.end(db, ending, number=CONTRACT, book=book, by=ACCOUNTANT, at=AT)
    assert refused(caught.value) == ["contract_must_run"]
    with pytest.raises(Refusal) as caught:
        actions.amend(db, change, number=CONTRACT, book=book, by=ACCOUNTANT, at=AT)
    assert refused(caught.value) == ["contract_must_run"]
    assert proofs.prove(db, book=book).problems == ()


def test_a_cooperatives_book_keeps_none_of_it(db: Connection) -> None:
    book = a_book(db)
    item = Item(name="牛舍", kind=ItemKind.BUILDING, use=ItemUse.OWN)
    new = NewItemFact(code="A", change=Change.FOUND, day=ON, document="验收单", item=item)
    for ask in (
        lambda: items.inventory(db, book=book, as_of=ON),
        lambda: funds.project_money(db, book=book, as_of=ON),
        lambda: inventory.write_fact(db, new, book=book, by=ACCOUNTANT, on=ON, at=AT),
        lambda: sign(db, book),
    ):
        with pytest.raises(Refusal) as caught:
            ask()
        assert refused(caught.value) == ["book_must_be_a_collectives"]


# The inventory and its count


def test_an_item_is_as_its_last_fact_by_a_day_says(db: Connection) -> None:
    book = a_village(db)
    find_pond(db, book)
    smaller = Item(name="村头鱼塘", kind=ItemKind.POND, use=ItemUse.LEASED, area=1150)
    measured = NewItemFact(
        code=POND, change=Change.CHANGED, day=date(2025, 6, 1), document="测量", item=smaller
    )
    inventory.write_fact(db, measured, book=book, by=ACCOUNTANT, on=ON, at=AT)
    filled_in = NewItemFact(code=POND, change=Change.GONE, day=date(2025, 9, 1), document="填平")
    inventory.write_fact(db, filled_in, book=book, by=ACCOUNTANT, on=ON, at=AT)

    def areas(on: str) -> list[int | None]:
        return [one.item.area for one in items.inventory(db, book=book, as_of=date.fromisoformat(on)).items]

    assert [areas(on) for on in ("2024-02-29", "2024-03-01", "2025-05-31", "2025-06-01", "2025-08-31", "2025-09-01")] == [
        [], [1200], [1200], [1150], [1150], [],
    ]  # fmt: skip
    with pytest.raises(Refusal) as caught:
        inventory.write_fact(db, measured, book=book, by=ACCOUNTANT, on=ON, at=AT)
    assert refused(caught.value) == ["item_must_be_there", "fact_must_follow_the_last"]


def test_the_cost_of_an_item_is_its_cards_and_funds_are_balances(db: Connection) -> None:
    book = a_village(db)
    card = NewCard(
        code="A1",
        name="办公楼",
        account="151",
        detail="鱼塘改造",
        cost=12_000_000,
        life_months=240,
        in_use_since=date(2025, 1, 10),
        expense_account="513",
    )
    assets.add_cards(db, [card], book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    building = Item(name="办公楼", kind=ItemKind.BUILDING, use=ItemUse.OWN, card="A1")
    new = NewItemFact(
        code="FW-1", change=Change.FOUND, day=date(2025, 1, 10), document="验收单", item=building
    )
    inventory.write_fact(db, new, book=book, by=ACCOUNTANT, on=ON, at=AT)
    post(db, RENT)
    held = items.inventory(db, book=book, as_of=date(2025, 6, 30))
    assert [(one.code, one.cost) for one in held.items] == [("FW-1", 12_000_000)]
    assert {one.account: one.balance for one in held.funds if one.balance} == {"102": 600_000}
    bad = replace(new, code="FW-2", item=replace(building, card="A9"))
    with pytest.raises(Refusal) as caught:
        inventory.write_fact(db, bad, book=book, by=ACCOUNTANT, on=ON, at=AT)
    assert refused(caught.value) == ["card_must_be_in_the_book"]


@pytest.mark.parametrize(
    ("lines", "faults"),
    [
        ([NewCountLine(code=POND, there=True)], []),
        ([NewCountLine(code=POND, there=True, difference="少0.50亩", resolved="重新测量")], []),
        ([NewCountLine(code=POND, there=False)], ["difference_must_be_resolved"]),
        ([NewCountLine(code=POND, there=True, difference="少0.50亩")], ["difference_must_be_resolved"]),
        ([], ["every_item_must_be_counted"]),
        ([NewCountLine(code=POND, there=True)] * 2, ["item_must_be_counted_once"]),
        ([NewCountLine(code=POND, there=True), NewCountLine(code="YT-9", there=True)], ["item_must_be_there"]),
    ],
)  # fmt: skip
def test_a_count_has_a_line_for_every_item_and_resolves_what_differs(
    db: Connection, lines: list[NewCountLine], faults: list[str]
) -> None:
    book = a_village(db)
    find_pond(db, book)
    new = NewCount(year=2025, day=date(2025, 12, 31), counters="覃会计、韦村委", lines=tuple(lines))
    if faults:
        with pytest.raises(Refusal) as caught:
            inventory.count(db, new, book=book, by=ACCOUNTANT, on=ON, at=AT)
        assert refused(caught.value) == faults
    else:
        inventory.count(db, new, book=book, by=ACCOUNTANT, on=ON, at=AT)


def test_a_count_is_confirmed_by_another_person_once(db: Connection) -> None:
    book = a_village(db)
    find_pond(db, book)
    new = NewCount(
        year=2025,
        day=date(2025, 12, 31),
        counters="覃会计、韦村委",
        lines=(NewCountLine(code=POND, there=True),),
    )
    inventory.count(db, new, book=book, by=ACCOUNTANT, on=ON, at=AT)

    def confirm(turn: int, by: int) -> list[str]:
        try:
            inventory.confirm(db, year=2025, turn=turn, book=book, by=by, at=AT)
        except Refusal as refusal:
            return refused(refusal)
        return []

    assert confirm(2, REVIEWER) == ["count_must_be_there"]
    assert confirm(1, ACCOUNTANT) == ["confirmer_must_not_have_counted"]
    assert confirm(1, REVIEWER) == []
    assert confirm(1, REVIEWER) == ["count_must_not_be_confirmed"]
    assert proofs.prove(db, book=book).problems == ()


# Project money


def test_project_money_adds_up_to_the_balance_and_counts_nothing_twice(db: Connection) -> None:
    book = a_village(db)
    given = post(db, "2025-04-01 第一书记经费 | 102 50000.00 | cr 241/鱼塘改造 50000.00")
    state = post(db, "2025-04-02 衔接资金 | 102 20000.00 | cr 241/鱼塘改造 20000.00")
    spent = post(db, "2025-05-01 鱼塘改造 | 241/鱼塘改造 32500.00 | cr 311/财政资金 32500.00 state_aid")
    secretary = MoneyNaming(source=MoneySource.FIRST_SECRETARY, project="鱼塘改造")

    def name(voucher: int, line: int, naming: MoneyNaming) -> list[str]:
        try:
            money.name_line(db, naming, voucher=voucher, line=line, book=book, by=ACCOUNTANT, at=AT)
        except Refusal as refusal:
            return refused(refusal)
        return []

    assert name(spent.id, 1, secretary) == ["source_must_have_the_money"]
    assert name(given.id, 1, secretary) == ["line_must_be_project_money"]
    assert name(given.id, 2, replace(secretary, contract="HT-9")) == ["use_must_be_known"]
    assert name(given.id, 2, secretary) == []
    assert name(given.id, 2, secretary) == ["project_money_must_be_named_once"]
    assert name(spent.id, 1, secretary) == []
    board = funds.board(db, place="450000101", as_of=ON)
    (village,) = board.villages
    assert [(one.source, one.received, one.used, one.left) for one in village.by_source] == [
        (MoneySource.FIRST_SECRETARY, 5_000_000, 3_250_000, 1_750_000),
        (None, 2_000_000, 0, 2_000_000),
    ]
    assert village.balance == 3_750_000
    assert board.by_source == village.by_source
    with pytest.raises(Refusal) as refusal:
        money.take_back(db, voucher=given.id, line=2, reason="另一来源", book=book, by=ACCOUNTANT, at=AT)
    assert [(one.code, one.figures["lacking"]) for one in refusal.value.problems] == [
        ("uses_must_stay_covered", "32500.00")
    ]
    money.take_back(db, voucher=spent.id, line=1, reason="另一来源", book=book, by=ACCOUNTANT, at=AT)
    reversed_(db, state, dated=date(2025, 9, 1))
    assert funds.project_money(db, book=book, as_of=date(2025, 8, 31)).balance == 3_750_000
    held = funds.project_money(db, book=book, as_of=ON)
    assert [(one.source, one.received, one.used) for one in held.by_source] == [
        (MoneySource.FIRST_SECRETARY, 5_000_000, 0),
        (None, 0, 3_250_000),
    ]
    assert held.balance == 1_750_000
    assert proofs.prove(db, book=book).problems == ()
