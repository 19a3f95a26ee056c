"""Cost less residual value is written off in equal parts, to the fen, from the right month to the right month."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.assets.rules import (
    due,
    faults_of_card,
    faults_of_going,
    faults_of_terms,
    first_month_of,
    fresh_card,
    in_force,
    last_month_of,
    month_later,
    months_between,
    plan_of,
    states_of,
    voucher_of,
)
from ledger.charts import standard
from ledger.money import fen_from_yuan, yuan
from schemas.assets import Card, Charge, NewCard, Rhythm, Terms
from schemas.books import BookAccount
from schemas.charts import Wear, WrittenOff
from schemas.units import Fen, Period

KINDS: dict[str, WrittenOff] = {
    code: account.written_off
    for code, account in standard("coop-2021").accounts.items()
    if account.written_off is not None
}


def a_card(
    account: str,
    cost: str,
    months: int,
    since: str,
    *,
    residual: str = "0.00",
    taken: str = "0.00",
    code: str = "A1",
    expense: str = "523/折旧费",
    disposed: str | None = None,
    **given: object,
) -> Card:
    """A card by its account, cost, life and first day of use."""
    to, _, detail = expense.partition("/")
    new = NewCard(
        code=code,
        name=code,
        account=account,
        detail=code,
        cost=fen_from_yuan(cost),
        residual=fen_from_yuan(residual),
        life_months=months,
        in_use_since=date.fromisoformat(since),
        expense_account=to,
        expense_detail=detail,
        taken=fen_from_yuan(taken),
        **given,  # type: ignore[arg-type]
    )
    card = fresh_card(new, of=KINDS[account], by=1, at="")
    gone = None if disposed is None else date.fromisoformat(disposed)
    return msgspec.structs.replace(card, disposed_on=gone)


def amounts(card: Card, first: Period, last: Period) -> list[str]:
    """What the plan books from one month to another, in yuan."""
    return [yuan(charge.amount) for charge in plan_of(card) if first <= charge.period <= last]


CUTTERS = a_card("151", "34750.00", 60, "2025-01-24", residual="1737.50")


@pytest.mark.parametrize(
    ("card", "first", "last", "planned"),
    [
        # clean-small 饲草设备: ten months of 550.21, December 550.19
        (CUTTERS, 202501, 202512, ["550.21"] * 10 + ["550.19"]),
        # clean-small 牛舍: comes out even
        (a_card("151", "138600.00", 120, "2025-02-26", residual="6930.00"), 202501, 202512, ["1097.25"] * 10),
        # longping 饲草设备 and 牛舍 of 龙坪
        (
            a_card("151", "47500.00", 60, "2025-01-24", residual="2375.00"),
            202501,
            202512,
            ["752.08"] * 10 + ["752.12"],
        ),
        (
            a_card("151", "380000.00", 120, "2025-02-26", residual="19000.00"),
            202501,
            202512,
            ["3008.33"] * 9 + ["3008.36"],
        ),
        # longping 弄石: handed over with what was written off in 2024
        (
            a_card(
                "151",
                "68800.00",
                60,
                "2024-01-15",
                residual="3440.00",
                taken="11982.67",
                taken_until=202412,
            ),
            202501,
            202512,
            ["1089.33"] * 11 + ["1089.37"],
        ),
        (
            a_card(
                "151",
                "620000.00",
                120,
                "2024-02-20",
                residual="31000.00",
                taken="49083.33",
                taken_until=202412,
            ),
            202501,
            202512,
            ["4908.33"] * 11 + ["4908.37"],
        ),
        # longping 土地经营权, monthly from March over eight years
        (a_card("161", "357600.00", 96, "2025-03-01"), 202501, 202512, ["3725.00"] * 10),
        # clean-small 土地经营权: eight years, each paid off in December, the first in full
        (
            a_card("161", "72000.00", 96, "2025-02-25", first_month=202501, rhythm=Rhythm.YEARLY),
            202501,
            203312,
            ["9000.00"] * 8,
        ),
        # 弄石 土地经营权: the first of eight years was written off on paper
        (
            a_card(
                "161",
                "336000.00",
                96,
                "2024-02-25",
                first_month=202401,
                rhythm=Rhythm.YEARLY,
                taken="42000.00",
                taken_until=202412,
            ),
            202501,
            203212,
            ["42000.00"] * 7,
        ),
        # counted in years from the month it came into use: ten months of the first year, two of the last
        (
            a_card("161", "9600.00", 96, "2025-03-01", rhythm=Rhythm.YEARLY),
            202501,
            203312,
            ["1000.00"] + ["1200.00"] * 7 + ["200.00"],
        ),
        # a deferred expense of three fen over five months
        (a_card("171", "0.03", 5, "2025-06-10"), 202501, 202612, ["0.01", "0.01", "0.01"]),
        # rounding up never runs ahead of the year's end: 0.58 a month, 7.00 a year
        (a_card("171", "0.70", 120, "2025-01-01"), 202501, 202512, ["0.01"] * 7),
        # a life of one month
        (a_card("151", "10.00", 1, "2025-01-31"), 202501, 202612, ["10.00"]),
        # nothing to write off
        (a_card("151", "1.00", 60, "2025-01-24", residual="1.00"), 202501, 203012, []),
    ],
)
def test_a_plan_books_what_the_packs_book(
    card: Card, first: Period, last: Period, planned: list[str]
) -> None:
    assert amounts(card, first, last) == planned


def test_the_last_month_takes_what_is_left() -> None:
    plan = plan_of(CUTTERS)
    assert (plan[0].period, plan[-1].period, len(plan)) == (202502, 203001, 60)
    assert sum(charge.amount for charge in plan) == 3301250
    # 33 012.50 is 60 x 550.2083…: each December puts right what the months before rounded up
    assert [yuan(charge.amount) for charge in plan if charge.period % 100 == 12] == ["550.19"] + [
        "550.19"
    ] * 4
    assert yuan(plan[-1].amount) == "550.21"


@pytest.mark.parametrize(
    ("wear", "used", "first", "gone", "last"),
    [
        (Wear.DEPRECIATION, "2025-01-01", 202502, "2025-06-30", 202506),
        (Wear.DEPRECIATION, "2025-12-31", 202601, "2026-01-01", 202601),
        (Wear.AMORTISATION, "2025-01-31", 202501, "2025-06-30", 202505),
        (Wear.AMORTISATION, "2025-12-01", 202512, "2026-01-01", 202512),
    ],
)
def test_depreciation_begins_and_ends_a_month_later_amortisation_at_once(
    wear: Wear, used: str, first: Period, gone: str, last: Period
) -> None:
    assert first_month_of(date.fromisoformat(used), wear=wear) == first
    assert last_month_of(date.fromisoformat(gone), wear=wear) == last


@pytest.mark.parametrize(
    ("card", "planned"),
    [
        # the month it goes is the last
        (a_card("151", "120.00", 12, "2025-01-24", disposed="2025-04-02"), [202502, 202503, 202504]),
        (a_card("161", "120.00", 12, "2025-01-24", disposed="2025-04-02"), [202501, 202502, 202503]),
        # gone in the month it came
        (a_card("151", "120.00", 12, "2025-01-24", disposed="2025-01-30"), []),
        (a_card("161", "120.00", 12, "2025-01-24", disposed="2025-01-30"), []),
    ],
)
def test_a_disposal_ends_the_plan(card: Card, planned: list[Period]) -> None:
    assert [charge.period for charge in plan_of(card)] == planned


def test_a_yearly_plan_pays_off_the_months_used_when_the_right_goes() -> None:
    card = a_card("161", "9600.00", 96, "2025-01-01", rhythm=Rhythm.YEARLY, disposed="2026-04-20")
    assert [(charge.period, yuan(charge.amount), charge.months) for charge in plan_of(card)] == [
        (202512, "1200.00", 12),
        (202603, "300.00", 3),
    ]


def with_terms(card: Card, *more: Terms) -> Card:
    return msgspec.structs.replace(card, terms=in_force((*card.terms, *more)))


def terms(
    month: Period, *, cost: str, months: int, residual: str = "0.00", expense: str = "523", reason: str = "x"
) -> Terms:
    to, _, detail = expense.partition("/")
    return Terms(
        from_month=month,
        cost=fen_from_yuan(cost),
        residual=fen_from_yuan(residual),
        life_months=months,
        expense_account=to,
        expense_detail=detail,
        reason=reason,
    )


def test_changed_terms_work_for_the_future_only() -> None:
    card = a_card("151", "1200.00", 12, "2024-12-10")
    longer = with_terms(card, terms(202507, cost="1200.00", months=18))
    assert amounts(longer, 202501, 202612) == ["100.00"] * 6 + ["50.00"] * 12
    dearer = with_terms(card, terms(202507, cost="1500.00", months=12))
    assert amounts(dearer, 202501, 202612) == ["100.00"] * 6 + ["150.00"] * 6
    other = with_terms(card, terms(202503, cost="1200.00", months=12, expense="141/Q2501"))
    assert [(charge.expense_account, charge.expense_detail) for charge in plan_of(other)[1:3]] == [
        ("523", "折旧费"),
        ("141", "Q2501"),
    ]
    assert sum(charge.amount for charge in plan_of(other)) == 120000


def test_later_terms_take_the_place_of_all_from_their_month_on() -> None:
    first, second, third = (
        terms(month, cost="1200.00", months=months)
        for month, months in ((202501, 12), (202507, 18), (202504, 24))
    )
    assert in_force((first, second, third)) == (first, third)
    assert in_force((first, second)) == (first, second)
    assert in_force((first, msgspec.structs.replace(second, from_month=202501))) == (
        msgspec.structs.replace(second, from_month=202501),
    )


@st.composite
def cards(draw: st.DrawFn) -> Card:
    cost = draw(st.integers(1, 10**12))
    residual = draw(st.integers(0, cost))
    life = draw(st.integers(1, 480))
    since = draw(st.dates(date(2000, 1, 1), date(2040, 12, 31)))
    account = draw(st.sampled_from(sorted(KINDS)))
    first = first_month_of(since, wear=KINDS[account].wear)
    taken_months = draw(st.integers(0, life))
    taken = draw(st.integers(0, cost - residual)) if taken_months else 0
    new = NewCard(
        code="A",
        name="A",
        account=account,
        detail="A",
        cost=cost,
        residual=residual,
        life_months=life,
        in_use_since=since,
        expense_account="523",
        rhythm=draw(st.sampled_from(Rhythm)),
        taken=taken if taken_months < life else cost - residual,
        taken_until=month_later(first, taken_months - 1) if taken_months else None,
    )
    return fresh_card(new, of=KINDS[account], by=1, at="")


def booked(card: Card) -> Fen:
    return card.taken + sum(charge.amount for charge in plan_of(card))


@given(cards())
def test_a_plan_writes_off_cost_less_residual_value_to_the_fen(card: Card) -> None:
    plan = plan_of(card)
    assert booked(card) == card.terms[0].cost - card.terms[0].residual
    assert all(charge.amount > 0 for charge in plan)
    months = [charge.period for charge in plan]
    assert months == sorted(set(months))
    last = month_later(card.first_month, card.terms[0].life_months - 1)
    assert all(card.first_month <= month <= last for month in months)
    if card.rhythm is Rhythm.YEARLY:
        assert all(month % 100 == 12 or month == last for month in months)


@given(cards())
def test_each_december_stands_on_the_straight_line(card: Card) -> None:
    """Within half a fen of the exact line at every year's end, and within half a fen a month in between."""
    start = card.first_month if card.taken_until is None else month_later(card.taken_until, 1)
    whole = card.terms[0].cost - card.terms[0].residual - card.taken
    months = card.terms[0].life_months - months_between(card.first_month, start)
    so_far = 0
    for charge in plan_of(card):
        so_far += charge.amount
        gone = months_between(start, charge.period) + 1
        away = abs(2 * (so_far * months - whole * gone))
        assert away <= months * (1 if charge.period % 100 == 12 else 12)


@given(cards(), st.integers(0, 400), st.integers(0, 27))
def test_a_disposal_only_cuts_the_plan_short(card: Card, months: int, day: int) -> None:
    month = month_later(card.in_use_since.year * 100 + card.in_use_since.month, months)
    gone = max(card.in_use_since, date(month // 100, month % 100, day + 1))
    short = msgspec.structs.replace(card, disposed_on=gone)
    last = last_month_of(gone, wear=card.wear)
    assert all(charge.period <= last for charge in plan_of(short))
    if card.rhythm is Rhythm.MONTHLY:
        assert plan_of(short) == tuple(charge for charge in plan_of(card) if charge.period <= last)
    assert booked(short) <= booked(card)


@given(cards(), st.data())
def test_terms_changed_on_the_way_still_write_off_everything(card: Card, data: st.DataObject) -> None:
    plan = plan_of(card)
    if len(plan) < 2:
        return
    place = data.draw(st.integers(1, len(plan) - 1))
    month = plan[place].period
    before = card.taken + sum(charge.amount for charge in plan_of(card) if charge.period < month)
    cost = data.draw(st.integers(max(before, 1), before + 10**9))
    gone = months_between(card.first_month, month)
    new = terms(month, cost=yuan(cost), months=data.draw(st.integers(gone + 1, gone + 480)))
    changed = with_terms(card, new)
    # a yearly plan settles the months up to the change, so more may be written off by then
    if card.rhythm is Rhythm.YEARLY:
        return
    assert booked(changed) == cost
    assert [charge for charge in plan_of(changed) if charge.period < month] == [
        charge for charge in plan if charge.period < month
    ]


def a_charge(period: Period, *, card: str = "A1", holds: bool = True, posted: bool = True) -> Charge:
    return Charge(card=card, period=period, amount=1000, attempt=1, voucher=7, posted=posted, holds=holds)


def test_what_is_due_makes_up_for_months_missed_and_comes_once() -> None:
    card = a_card("151", "120.00", 12, "2024-12-10")

    def months(*charges: Charge, period: Period = 202503) -> list[Period]:
        return [planned.period for _, waiting in due([card], charges, period=period) for planned in waiting]

    assert months() == [202501, 202502, 202503]
    assert months(a_charge(202501), a_charge(202503)) == [202502]
    assert months(a_charge(202501), a_charge(202502), a_charge(202503, holds=False)) == [202503]
    assert months(*map(a_charge, (202501, 202502, 202503))) == []
    assert months(period=202412) == []
    assert months(a_charge(202501, card="B"), period=202501) == [202501]


def test_the_voucher_of_a_month_has_a_line_for_each_expense_and_each_asset() -> None:
    found = due(
        [
            a_card("151", "34750.00", 60, "2025-01-24", residual="1737.50", code="饲草设备"),
            a_card(
                "151", "138600.00", 120, "2025-02-26", residual="6930.00", code="牛舍", expense="141/Q2501"
            ),
            a_card("161", "9600.00", 96, "2025-03-02", code="土地经营权", expense="401/草地"),
            a_card("142", "8000.00", 80, "2025-02-02", code="母牛", expense="521"),
            a_card("171", "600.00", 6, "2025-03-10", code="场地租金"),
        ],
        [a_charge(202502, card="饲草设备")],
        period=202503,
    )
    draft = voucher_of(found, dated=date(2025, 3, 31))
    assert [
        (line.summary, line.account, line.detail, yuan(line.debit), yuan(line.credit)) for line in draft.lines
    ] == [
        ("计提3月折旧", "141", "Q2501", "1097.25", "0.00"),
        ("计提3月摊销", "401", "草地", "100.00", "0.00"),
        ("计提3月折旧", "521", "", "100.00", "0.00"),
        ("计提3月折旧", "523", "折旧费", "550.21", "0.00"),
        ("计提3月摊销", "523", "折旧费", "100.00", "0.00"),
        ("计提3月折旧", "143", "母牛", "0.00", "100.00"),
        ("计提3月折旧", "152", "牛舍", "0.00", "1097.25"),
        ("计提3月折旧", "152", "饲草设备", "0.00", "550.21"),
        ("计提3月摊销", "162", "土地经营权", "0.00", "100.00"),
        ("计提3月摊销", "171", "场地租金", "0.00", "100.00"),
    ]
    assert draft.date == date(2025, 3, 31)


@pytest.mark.parametrize(
    ("since", "rhythm", "period", "summary"),
    [
        ("2025-01-02", Rhythm.MONTHLY, 202503, "计提2—3月折旧"),
        ("2024-11-02", Rhythm.MONTHLY, 202501, "计提2024年12月至2025年1月折旧"),
        ("2024-12-02", Rhythm.YEARLY, 202512, "计提2025年度折旧"),
        ("2023-12-02", Rhythm.YEARLY, 202512, "计提2024—2025年度折旧"),
    ],
)
def test_the_summary_says_which_months_are_made_up_for(
    since: str, rhythm: Rhythm, period: Period, summary: str
) -> None:
    card = a_card("151", "120.00", 120, since, rhythm=rhythm)
    draft = voucher_of(due([card], (), period=period), dated=date(2025, 12, 31))
    assert {line.summary for line in draft.lines} == {summary}


def accounts_of(standard_id: str) -> dict[str, BookAccount]:
    return {
        code: BookAccount(code=code, name=account.zh, name_en=account.en, statutory=account)
        for code, account in standard(standard_id).accounts.items()
    }


GOOD = NewCard(
    code="A1",
    name="牛舍",
    account="151",
    detail="牛舍",
    cost=10000,
    life_months=12,
    in_use_since=date(2025, 3, 15),
    expense_account="523",
)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"account": "161"}, []),
        ({"account": "171"}, []),
        ({"account": "142"}, []),
        ({"contra": "152"}, []),
        ({"residual": 10000}, []),
        ({"first_month": 202503}, []),
        ({"account": "161", "rhythm": Rhythm.YEARLY, "first_month": 202501}, []),
        ({"taken": 10000, "taken_until": 202603}, []),
        ({"code": "旧"}, [("card_must_be_new", "/code")]),
        ({"account": "141"}, [("card_must_stand_on_an_asset", "/account")]),
        ({"account": "152"}, [("card_must_stand_on_an_asset", "/account")]),
        ({"account": "999"}, [("card_must_stand_on_an_asset", "/account")]),
        ({"contra": "162"}, [("contra_must_fit_the_asset", "/contra")]),
        ({"expense_account": "102"}, [("expense_must_be_a_cost", "/expense_account")]),
        ({"expense_account": "501"}, [("expense_must_be_a_cost", "/expense_account")]),
        ({"expense_account": "151"}, [("expense_must_be_a_cost", "/expense_account")]),
        ({"residual": 10001}, [("residual_must_not_exceed_cost", "/residual")]),
        (
            {"taken": 10001, "taken_until": 202504},
            [("taken_must_leave_a_rest", "/taken")],
        ),
        ({"taken": 1}, [("taken_must_say_until_when", "/taken_until")]),
        ({"taken_until": 202503}, [("taken_must_lie_in_its_life", "/taken_until")]),
        ({"taken_until": 202604}, [("taken_must_lie_in_its_life", "/taken_until")]),
        ({"first_month": 202513}, [("month_must_be_a_month", "/first_month")]),
        ({"taken_until": 202500}, [("month_must_be_a_month", "/taken_until")]),
        ({"first_month": 202502}, [("first_month_must_not_precede_use", "/first_month")]),
        (
            {"rhythm": Rhythm.YEARLY, "first_month": 202412},
            [("first_month_must_not_precede_use", "/first_month")],
        ),
        (
            {"account": "141", "expense_account": "102", "residual": 99999, "taken": 1},
            [
                ("card_must_stand_on_an_asset", "/account"),
                ("expense_must_be_a_cost", "/expense_account"),
                ("residual_must_not_exceed_cost", "/residual"),
                ("taken_must_say_until_when", "/taken_until"),
            ],
        ),
    ],
)
def test_a_card_must_make_sense(changes: dict[str, object], found: list[tuple[str, str]]) -> None:
    card = msgspec.structs.replace(GOOD, **changes)
    problems = faults_of_card(
        card,
        accounts=accounts_of("coop-2021"),
        there="旧牛舍" if card.code == "旧" else None,
        yuan=yuan,
    )
    assert [(problem.code, problem.pointer) for problem in problems] == found


def test_a_collectives_breeding_animals_are_on_other_accounts() -> None:
    accounts = accounts_of("collective-2023")

    def found(account: str) -> list[str]:
        card = msgspec.structs.replace(GOOD, account=account, expense_account="513")
        problems = faults_of_card(card, accounts=accounts, there=None, yuan=yuan)
        return [problem.code for problem in problems]

    assert found("132") == []
    # 长期投资 there, 消耗性生物资产 in a cooperative; neither is written off
    assert found("141") == ["card_must_stand_on_an_asset"]
    assert found("142") == ["card_must_stand_on_an_asset"]


@pytest.mark.parametrize(
    ("of", "kinds"),
    [
        ("coop-2021", "142 143 depreciation, 151 152 depreciation, 161 162 amortisation, 171  amortisation"),
        ("collective-2023", "132 133 depreciation, 151 152 depreciation, 161 162 amortisation, 171  amortisation"),
    ],
)  # fmt: skip
def test_every_chart_says_which_of_its_assets_wear_out(of: str, kinds: str) -> None:
    accounts = standard(of).accounts
    found = [(code, account.written_off) for code, account in accounts.items() if account.written_off]
    assert ", ".join(f"{code} {kind.contra} {kind.wear}" for code, kind in found) == kinds


def test_what_a_charge_may_be_booked_to_is_named_in_the_accounts_of_the_book() -> None:
    def choices(of: str) -> str:
        card = msgspec.structs.replace(GOOD, account="151", expense_account="102")
        (problem,) = faults_of_card(card, accounts=accounts_of(of), there=None, yuan=yuan)
        return problem.figures["accounts"]

    assert choices("coop-2021") == "401, 521, 522, 523, 524, 529, 531"
    assert choices("collective-2023") == "401, 511, 512, 513, 514, 515, 521"


CARD = a_card("151", "1200.00", 12, "2024-12-10")


@pytest.mark.parametrize(
    ("card", "new", "charges", "found"),
    [
        (CARD, terms(202504, cost="1200.00", months=24), [202501, 202502, 202503], []),
        (
            CARD,
            terms(202503, cost="1200.00", months=24),
            [202501, 202502, 202503],
            [("terms_must_lie_ahead", "/from_month")],
        ),
        (
            CARD,
            terms(202504, cost="1200.00", months=3),
            [],
            [("terms_must_lie_in_its_life", "/from_month")],
        ),
        (
            CARD,
            terms(202412, cost="1200.00", months=24),
            [],
            [("terms_must_lie_in_its_life", "/from_month")],
        ),
        (CARD, terms(202504, cost="299.99", months=12), [], [("taken_must_leave_a_rest", "/cost")]),
        (CARD, terms(202504, cost="300.00", months=12), [], []),
        (
            CARD,
            terms(202504, cost="300.00", residual="300.01", months=12),
            [],
            [("residual_must_not_exceed_cost", "/residual")],
        ),
        (
            CARD,
            terms(202504, cost="1200.00", months=12, reason=" "),
            [],
            [("reason_must_be_given", "/reason")],
        ),
        (
            CARD,
            terms(202504, cost="1200.00", months=12, expense="102"),
            [],
            [("expense_must_be_a_cost", "/expense_account")],
        ),
        (CARD, terms(202513, cost="1200.00", months=12), [], [("month_must_be_a_month", "/from_month")]),
        (
            msgspec.structs.replace(CARD, disposed_on=date(2025, 3, 1)),
            terms(202504, cost="1200.00", months=12),
            [],
            [("card_must_be_in_use", "/code")],
        ),
    ],
)
def test_terms_change_for_a_reason_and_for_the_future(
    card: Card, new: Terms, charges: list[Period], found: list[tuple[str, str]]
) -> None:
    problems = faults_of_terms(
        new,
        card=card,
        charges=[a_charge(period) for period in charges],
        accounts=accounts_of("coop-2021"),
        yuan=yuan,
    )
    assert [(problem.code, problem.pointer) for problem in problems] == found


@pytest.mark.parametrize(
    ("day", "charges", "found"),
    [
        ("2025-03-31", [202501, 202502, 202503], []),
        ("2025-02-28", [202501, 202502, 202503], ["going_must_not_undo_charges"]),
        ("2024-12-09", [], ["going_must_follow_use"]),
        ("2025-06-02", [], ["going_must_not_lie_ahead"]),
    ],
)
def test_an_asset_goes_after_it_came_and_is_not_written_off_beyond(
    day: str, charges: list[Period], found: list[str]
) -> None:
    problems = faults_of_going(
        CARD,
        day=date.fromisoformat(day),
        reason="出售",
        charges=[a_charge(period) for period in charges],
        on=date(2025, 6, 1),
    )
    assert [problem.code for problem in problems] == found


def test_an_asset_goes_once_and_for_a_reason() -> None:
    gone = msgspec.structs.replace(CARD, disposed_on=date(2025, 3, 1))
    problems = faults_of_going(gone, day=date(2025, 3, 2), reason=" ", charges=(), on=date(2025, 6, 1))
    assert [problem.code for problem in problems] == ["card_must_be_in_use", "reason_must_be_given"]


def test_what_is_written_off_is_what_posted_vouchers_booked() -> None:
    card = a_card("151", "120.00", 12, "2024-12-10", taken="20.00", taken_until=202502)
    charges = [
        a_charge(202503),
        a_charge(202504, posted=False),
        a_charge(202505, holds=False),
        a_charge(202506),
    ]
    later = a_card("151", "50.00", 12, "2025-08-01", code="A2")
    (state,) = states_of([card, later], charges, period=202505)
    assert (yuan(state.cost), yuan(state.written_off), yuan(state.book_value)) == (
        "120.00",
        "30.00",
        "90.00",
    )
    assert not state.disposed
