"""The statutory statements, line by line: the clean-small pack's year before and after it is closed and shared
out, a collective's year worked out by hand, and what is said of books whose statements do not hold together."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.charts import COLLECTIVE, COOPERATIVE, standard
from ledger.money import fen_from_yuan, yuan
from ledger.statements.rules import balance_sheet, equity_changes, ledger_figures, surplus_statement
from schemas.balances import DetailBalance
from schemas.charts import At, Category, FormKind, MovementType, Standard
from schemas.problems import Refusal
from schemas.statements import (
    EquityMovement,
    EquityStatement,
    Figure,
    LedgerFigures,
    LineReference,
    Part,
    Statement,
)

PACKS = Path(__file__).parent.parent / "packs"
COOP = standard(COOPERATIVE)
VILLAGE = standard(COLLECTIVE)


def of_pack() -> dict[str, Any]:
    expected = json.loads((PACKS / "clean-small" / "expected.json").read_text(encoding="utf-8"))
    cooperative: dict[str, Any] = expected["cooperatives"]["清水合作社"]
    return cooperative


def as_handed_over() -> tuple[Figure, ...]:
    """The pack's year as its trial balance has it, 114 by member: nothing closed, no commission accrued."""
    pack = of_pack()
    rows = pack["trial_balance"]["rows"]
    by_account = [
        Figure(
            account=code,
            opening=fen_from_yuan(row["opening_debit"]) - fen_from_yuan(row["opening_credit"]),
            debit=fen_from_yuan(row["debit"]),
            credit=fen_from_yuan(row["credit"]),
        )
        for code, row in rows.items()
        if code != "114"
    ]
    by_member = [
        Figure(account="114", detail=member, opening=0, debit=fen_from_yuan(balance), credit=0)
        for member, balance in pack["details"]["114"].items()
    ]
    return (*by_account, *by_member)


def dr(account: str, amount: str, detail: str = "") -> Figure:
    return Figure(account=account, detail=detail, opening=0, debit=fen_from_yuan(amount), credit=0)


def cr(account: str, amount: str, detail: str = "") -> Figure:
    return Figure(account=account, detail=detail, opening=0, debit=0, credit=fen_from_yuan(amount))


def carried_dr(account: str, amount: str, detail: str = "") -> Figure:
    fen = fen_from_yuan(amount)
    return Figure(account=account, detail=detail, opening=0, debit=fen, credit=0, carried_debit=fen)


def carried_cr(account: str, amount: str, detail: str = "") -> Figure:
    fen = fen_from_yuan(amount)
    return Figure(account=account, detail=detail, opening=0, debit=0, credit=fen, carried_credit=fen)


def moved(account: str, movement: str, *, dr: str = "0", cr: str = "0") -> EquityMovement:
    return EquityMovement(
        account=account,
        movement=MovementType(movement),
        debit=fen_from_yuan(dr),
        credit=fen_from_yuan(cr),
    )


COMMISSION = (
    dr("523", "3008.86", "提成"),
    cr("212", "1335.54", "Q0006"),
    cr("212", "860.44", "Q0007"),
    cr("212", "812.88", "Q0008"),
)
CLOSING = (
    carried_dr("501", "242714.40"),
    carried_cr("331", "242714.40"),
    carried_dr("331", "213833.39"),
    carried_cr("521", "189095.65"),
    carried_cr("523", "23010.49"),
    carried_cr("524", "-420.92"),
    carried_cr("529", "2148.17"),
    carried_dr("331", "28881.01"),
    carried_cr("332", "28881.01", "未分配盈余"),
)
DISTRIBUTION = (
    dr("332", "2888.10", "各项分配"),
    cr("322", "2888.10"),
    dr("332", "15595.74", "各项分配"),
    cr("221", "15595.74"),
    dr("332", "10397.17", "各项分配"),
    cr("222", "10397.17"),
    dr("332", "28881.01", "未分配盈余"),
    cr("332", "28881.01", "各项分配"),
)
YEAR_MOVEMENTS = (
    moved("301", "contribution_increase", cr="363200.00"),
    moved("311", "state_aid", cr="120000.00"),
    moved("311", "donation", cr="20000.00"),
)
SETTLEMENT_MOVEMENTS = (
    moved("332", "current_year_surplus", cr="28881.01"),
    moved("332", "reserve_draw", dr="2888.10"),
    moved("322", "reserve_draw", cr="2888.10"),
    moved("332", "patronage_refund", dr="15595.74"),
    moved("332", "residual_distribution", dr="10397.17"),
    moved("332", "folding", dr="28881.01", cr="28881.01"),
)
SETTLED = LedgerFigures(
    figures=(*as_handed_over(), *COMMISSION, *CLOSING, *DISTRIBUTION),
    movements=(*YEAR_MOVEMENTS, *SETTLEMENT_MOVEMENTS),
)


def amounts(statement: Statement) -> dict[str, str]:
    return {str(line.no): yuan(line.amount) for line in statement.lines if line.amount is not None}


def compared(statement: Statement) -> dict[str, str]:
    return {str(line.no): yuan(line.compared) for line in statement.lines if line.compared is not None}


def columns(statement: EquityStatement) -> dict[str, dict[str, Any]]:
    return {
        column.zh: {
            "opening": yuan(column.opening),
            "increase": yuan(column.increase),
            "increase_of_which": {item.zh: yuan(item.amount) for item in column.increase_items},
            "decrease": yuan(column.decrease),
            "decrease_of_which": {item.zh: yuan(item.amount) for item in column.decrease_items},
            "closing": yuan(column.closing),
        }
        for column in statement.columns
    }


def test_the_balance_sheet_of_the_pack_is_as_expected_line_by_line() -> None:
    sheet = balance_sheet(COOP, SETTLED)
    expected = of_pack()["statements"]["balance_sheet"]
    assert amounts(sheet) == expected["closing"]
    assert compared(sheet) == expected["opening"]
    assert sheet.problems == ()


def test_the_surplus_statement_of_the_pack_is_as_expected_line_by_line() -> None:
    statement = surplus_statement(COOP, SETTLED, last_year=None)
    assert amounts(statement) == of_pack()["statements"]["surplus_and_distribution"]
    assert compared(statement) == {}
    assert statement.problems == ()


def test_the_equity_changes_of_the_pack_are_as_expected_item_by_item() -> None:
    statement = equity_changes(COOP, SETTLED)
    expected = of_pack()["statements"]["equity_changes"]
    drawn = columns(statement)
    assert list(drawn) == list(expected)
    for column, figures in expected.items():
        for key in ("opening", "increase", "decrease", "closing"):
            assert drawn[column][key] == figures[key], (column, key)
        for key in ("increase_of_which", "decrease_of_which"):
            shown = {item: amount for item, amount in drawn[column][key].items() if amount != "0.00"}
            assert shown == {item: amount for item, amount in figures[key].items() if amount != "0.00"}
            assert figures[key].keys() <= drawn[column][key].keys()
    assert statement.problems == ()
    assert (yuan(statement.total.increase), yuan(statement.total.decrease)) == ("534969.11", "28881.01")
    assert yuan(statement.total.closing) == "506088.10"


@pytest.mark.parametrize(
    ("stage", "undistributed"),
    (
        ((), "31889.87"),
        (COMMISSION, "28881.01"),
        ((*COMMISSION, *CLOSING), "28881.01"),
    ),
    ids=("as handed over", "commission accrued", "closed"),
)
def test_a_sheet_balances_at_every_stage_and_the_surplus_is_the_same_before_and_after_the_close(
    stage: tuple[Figure, ...], undistributed: str
) -> None:
    figures = LedgerFigures(figures=(*as_handed_over(), *stage), movements=YEAR_MOVEMENTS)
    sheet = balance_sheet(COOP, figures)
    result = surplus_statement(COOP, figures, last_year=None)
    assert sheet.problems == ()
    assert amounts(sheet)["40"] == undistributed
    assert amounts(result)["12"] == amounts(result)["20"] == undistributed
    assert result.problems == ()
    assert equity_changes(COOP, figures).problems == ()


def test_members_who_owe_and_members_who_are_owed_are_never_netted() -> None:
    sheet = balance_sheet(COOP, SETTLED)
    receivable = next(line for line in sheet.lines if line.no == 2)
    payable = next(line for line in sheet.lines if line.no == 24)
    assert receivable.parts == (
        Part(account="113", amount=1122740, compared=0),
        Part(account="114", detail="Q0007", amount=120000, compared=0),
    )
    assert payable.parts == (
        Part(account="211", amount=353600, compared=0),
        Part(account="114", detail="Q0005", amount=150550, compared=0),
    )


def test_one_member_on_two_sub_accounts_counts_once() -> None:
    figures = LedgerFigures(
        figures=(dr("11401", "100.00", "M1"), cr("11402", "130.00", "M1"), dr("102", "30.00"))
    )
    sheet = balance_sheet(COOP, figures)
    assert (amounts(sheet)["2"], amounts(sheet)["24"]) == ("0.00", "30.00")
    assert sheet.problems == ()


def test_a_line_says_what_it_is_made_of() -> None:
    sheet = balance_sheet(COOP, SETTLED)
    by_number = {line.no: line for line in sheet.lines}
    assert by_number[1].parts == (
        Part(account="101", amount=82858, compared=0),
        Part(account="102", amount=29815942, compared=0),
    )
    assert by_number[12].parts == ()
    assert [(line.line, line.minus) for line in by_number[12].lines] == [(10, False), (11, True)]
    result = {line.no: line for line in surplus_statement(COOP, SETTLED, last_year=None).lines}
    assert result[17].parts == (Part(account="332", movement=MovementType.PATRONAGE_REFUND, amount=1559574),)
    (brought_forward,) = result[13].lines
    assert brought_forward == LineReference(form=FormKind.BALANCE_SHEET, line=40, at=At.OPENING)
    of_the_year = equity_changes(COOP, SETTLED).columns[4].increase_items[0]
    assert of_the_year.lines == (LineReference(form=FormKind.SURPLUS_AND_DISTRIBUTION, line=12),)


def test_contra_accounts_are_shown_positive_and_taken_away() -> None:
    figures = LedgerFigures(
        figures=(
            dr("142", "9000.00", "母牛"),
            cr("143", "1500.00", "母牛"),
            cr("154", "200.00", "旧牛舍"),
            dr("214", "40.00", "增值税"),
            cr("301", "7340.00", "M1"),
        ),
    )
    sheet = balance_sheet(COOP, figures)
    drawn = amounts(sheet)
    assert (drawn["7"], drawn["8"], drawn["9"]) == ("9000.00", "1500.00", "7500.00")
    assert drawn["14"] == "-200.00"
    assert drawn["27"] == "-40.00"
    assert (drawn["22"], drawn["42"]) == ("7300.00", "7300.00")


def test_headings_have_neither_number_nor_amount_and_the_form_has_two_halves() -> None:
    sheet = balance_sheet(COOP, LedgerFigures())
    assert [line.zh for line in sheet.lines if line.no is None] == [
        "流动资产：",
        "非流动资产：",
        "流动负债：",
        "非流动负债：",
        "所有者权益：",
    ]
    assert all(line.amount is None for line in sheet.lines if line.no is None)
    assert [line.no for line in sheet.lines if line.half == "left" and line.no] == list(range(1, 23))
    assert [line.no for line in sheet.lines if line.half == "right" and line.no] == list(range(23, 43))


# A second year: 3 000.00 brought forward, a loss of 5 000.00 covered in part by reserve and capital reserve, a
# member leaves with capital and reserve share, another hands his share on, reserve is turned into capital, what
# is distributable is turned into capital; one contribution is taken back by a red voucher.
SECOND_YEAR = LedgerFigures(
    figures=(
        Figure(account="102", opening=2_000_000, debit=80_000, credit=620_000),
        Figure(account="301", detail="M1", opening=-900_000, debit=100_000, credit=0),
        Figure(account="301", detail="M2", opening=-500_000, debit=100_000, credit=190_000),
        Figure(account="301", detail="M3", opening=0, debit=0, credit=100_000),
        Figure(account="321", detail="股金溢价", opening=-100_000, debit=80_000, credit=0),
        Figure(account="322", detail="M1", opening=-200_000, debit=40_000, credit=0),
        Figure(account="322", detail="M2", opening=0, debit=100_000, credit=0),
        Figure(
            account="332",
            detail="未分配盈余",
            opening=-300_000,
            debit=500_000,
            credit=110_000,
            carried_debit=500_000,
        ),
        Figure(account="332", detail="各项分配", opening=0, debit=20_000, credit=0),
        Figure(
            account="331",
            opening=0,
            debit=500_000,
            credit=500_000,
            carried_debit=500_000,
            carried_credit=500_000,
        ),
        Figure(account="523", opening=0, debit=500_000, credit=500_000, carried_credit=500_000),
    ),
    movements=(
        moved("301", "contribution_increase", cr="-200.00"),
        moved("301", "contribution_increase", cr="1000.00"),
        moved("301", "contribution_decrease", dr="1000.00"),
        moved("301", "transfer_between_members", dr="1000.00", cr="1000.00"),
        moved("301", "reserve_to_capital", cr="400.00"),
        moved("301", "capital_reserve_to_capital", cr="500.00"),
        moved("301", "surplus_to_capital", cr="200.00"),
        moved("321", "capital_reserve_to_capital", dr="500.00"),
        moved("321", "loss_cover", dr="300.00"),
        moved("322", "reserve_to_capital", dr="400.00"),
        moved("322", "loss_cover", dr="800.00"),
        moved("322", "reserve_to_leaver", dr="200.00"),
        moved("332", "current_year_surplus", dr="5000.00"),
        moved("332", "other_in", cr="1100.00"),
        moved("332", "surplus_to_capital", dr="200.00"),
    ),
)


def test_a_loss_year_is_read_from_its_movements() -> None:
    assert balance_sheet(COOP, SECOND_YEAR).problems == ()
    statement = surplus_statement(COOP, SECOND_YEAR, last_year=None)
    assert statement.problems == ()
    drawn = amounts(statement)
    assert {
        number: drawn[number] for number in ("10", "12", "13", "14", "15", "16", "17", "18", "19", "20")
    } == {
        "10": "-5000.00",
        "12": "-5000.00",
        "13": "3000.00",
        "14": "1100.00",
        "15": "0.00",
        "16": "-900.00",
        "17": "0.00",
        "18": "0.00",
        "19": "200.00",
        "20": "-1100.00",
    }


def test_the_equity_changes_of_a_loss_year_explain_every_column() -> None:
    statement = equity_changes(COOP, SECOND_YEAR)
    assert columns(statement) == {
        "股金": {
            "opening": "14000.00",
            "increase": "1900.00",
            "increase_of_which": {
                "资本公积转增": "500.00",
                "盈余公积转增": "400.00",
                "成员增加出资": "1000.00",
            },
            "decrease": "1000.00",
            "decrease_of_which": {"成员减少出资": "1000.00"},
            "closing": "14900.00",
        },
        "专项基金": {
            "opening": "0.00",
            "increase": "0.00",
            "increase_of_which": {"接受国家财政直接补助形成": "0.00", "接受他人捐赠形成": "0.00"},
            "decrease": "0.00",
            "decrease_of_which": {},
            "closing": "0.00",
        },
        "资本公积": {
            "opening": "1000.00",
            "increase": "0.00",
            "increase_of_which": {"股金溢价": "0.00", "资产评估增值": "0.00"},
            "decrease": "800.00",
            "decrease_of_which": {"转为成员出资": "500.00", "弥补亏损": "300.00"},
            "closing": "200.00",
        },
        "盈余公积": {
            "opening": "2000.00",
            "increase": "0.00",
            "increase_of_which": {"从盈余中提取": "0.00"},
            "decrease": "1400.00",
            "decrease_of_which": {
                "转为成员出资": "400.00",
                "弥补亏损": "800.00",
                "退还退社成员公积金份额": "200.00",
            },
            "closing": "600.00",
        },
        "未分配盈余": {
            "opening": "3000.00",
            "increase": "-3900.00",
            "increase_of_which": {"本年盈余": "-5000.00", "其他转入": "1100.00"},
            "decrease": "200.00",
            "decrease_of_which": {
                "提取盈余公积": "0.00",
                "盈余返还": "0.00",
                "剩余盈余分配": "0.00",
                "转为成员出资": "200.00",
            },
            "closing": "-1100.00",
        },
    }
    assert statement.problems == ()
    assert [
        item.zh for column in statement.columns for item in column.decrease_items if not item.printed
    ] == ["退还退社成员公积金份额"]


def test_last_year_stands_beside_this_year() -> None:
    statement = surplus_statement(COOP, SECOND_YEAR, last_year=SETTLED)
    assert compared(statement) == of_pack()["statements"]["surplus_and_distribution"]
    assert surplus_statement(COOP, SECOND_YEAR, last_year=None).lines[0].compared is None


def test_a_year_opened_before_the_last_one_is_closed_shows_its_surplus_as_undistributed() -> None:
    opened_early = LedgerFigures(
        figures=(
            Figure(account="102", opening=10_000, debit=4_000, credit=0),
            Figure(account="501", opening=-10_000, debit=0, credit=4_000),
        )
    )
    sheet = balance_sheet(COOP, opened_early)
    result = surplus_statement(COOP, opened_early, last_year=None)
    assert (compared(sheet)["40"], amounts(sheet)["40"]) == ("100.00", "140.00")
    assert [amounts(result)[number] for number in ("12", "13", "20")] == ["40.00", "100.00", "140.00"]
    assert sheet.problems == result.problems == ()


def test_what_is_not_cleared_has_no_line_and_is_named() -> None:
    figures = LedgerFigures(
        figures=(dr("181", "7500.00", "待处理流动资产损溢"), cr("141", "7500.00", "Q2501"), *as_handed_over())
    )
    problems = balance_sheet(COOP, figures).problems
    assert [problem.code for problem in problems] == ["account_must_be_on_a_line", "lines_must_agree"]
    assert problems[0].pointer == "/accounts/181"
    assert str(problems[0]).startswith(
        "/accounts/181: Account 181 Property gains/losses pending has a balance of 7500.00"
    )
    assert problems[0].figures["name"] == "待处理财产损溢"
    assert problems[1].figures["difference"] == "-7500.00"


def test_an_account_the_chart_does_not_have_is_named() -> None:
    problems = balance_sheet(
        COOP, LedgerFigures(figures=(dr("199", "5.00"), cr("301", "5.00", "M1")))
    ).problems
    assert [problem.code for problem in problems] == ["account_must_be_on_a_line", "lines_must_agree"]


def test_an_opening_that_does_not_balance_is_said_of_the_opening() -> None:
    lopsided = LedgerFigures(figures=(Figure(account="102", opening=500, debit=0, credit=500),))
    (problem,) = balance_sheet(COOP, lopsided).problems
    assert problem.figures["column"] == "年初余额"
    assert problem.figures["difference"] == "5.00"


def test_equity_that_no_movement_explains_is_named_by_its_column() -> None:
    without = LedgerFigures(figures=SETTLED.figures, movements=SETTLED.movements[1:])
    (problem,) = equity_changes(COOP, without).problems
    assert problem.code == "movements_must_explain_equity"
    assert (problem.figures["column"], problem.figures["difference"]) == ("股金", "363200.00")


def test_a_distribution_without_its_movement_does_not_arrive_at_the_balance_sheet() -> None:
    without = LedgerFigures(
        figures=SETTLED.figures,
        movements=tuple(m for m in SETTLED.movements if m.movement is not MovementType.PATRONAGE_REFUND),
    )
    (problem,) = surplus_statement(COOP, without, last_year=None).problems
    assert problem.code == "lines_must_agree"
    assert (problem.figures["amount"], problem.figures["other_amount"]) == ("15595.74", "0.00")


# A collective's year worked out by hand. Rent 12 000.00: household 王 owes 800.00 of it, P01 800.00, the rest is
# in the bank, as are 2 600.00 from the cooperative, 8 000.00 subsidy, 5 000.00 for the road and 900.00 levied for
# water. Paid: road 1 000.00 (so 1 000.00 turns from 241 into 311), repairs 500.00, office 400.00, wages 1 800.00 of
# 2 000.00, welfare 5 000.00, a fine 1 000.00, bonds 1 000.00, seedlings 150.00. Depreciation 9 350.00 and 500.00.
# Of the 4 350.00 left 3 600.00 are drawn to the fund, 1 500.00 and 1 100.00 go to household 李 and the third group.
VILLAGE_YEAR = LedgerFigures(
    figures=(
        Figure(account="101", opening=50_000, debit=0, credit=30_000),
        Figure(account="102", opening=1_950_000, debit=2_690_000, credit=1_055_000),
        Figure(account="111", detail="国债", opening=0, debit=100_000, credit=0),
        Figure(account="112", detail="P01", opening=0, debit=300_000, credit=220_000),
        Figure(account="113", detail="王", opening=0, debit=80_000, credit=0),
        Figure(account="113", detail="李", opening=-20_000, debit=0, credit=150_000),
        Figure(account="113", detail="三组", opening=0, debit=0, credit=110_000),
        Figure(account="121", detail="水泥", opening=30_000, debit=0, credit=0),
        Figure(account="401", detail="茶园", opening=0, debit=65_000, credit=0),
        Figure(account="132", detail="母牛", opening=600_000, debit=0, credit=0),
        Figure(account="133", detail="母牛", opening=-100_000, debit=0, credit=50_000),
        Figure(account="141", detail="清水合作社", opening=20_000_000, debit=0, credit=0),
        Figure(account="151", detail="综合楼", opening=18_700_000, debit=0, credit=0),
        Figure(account="152", detail="综合楼", opening=-3_740_000, debit=0, credit=935_000),
        Figure(account="153", detail="产业路", opening=0, debit=100_000, credit=0),
        Figure(account="211", detail="P02", opening=-40_000, debit=0, credit=0),
        Figure(account="212", detail="误工补贴", opening=0, debit=180_000, credit=200_000),
        Figure(account="231", detail="自来水", opening=0, debit=0, credit=90_000),
        Figure(account="241", detail="产业路", opening=0, debit=100_000, credit=500_000),
        Figure(account="301", detail="村集体", opening=-36_000_000, debit=0, credit=0),
        Figure(account="311", detail="历年积累", opening=-1_000_000, debit=0, credit=0),
        Figure(account="311", detail="财政资金", opening=0, debit=0, credit=100_000),
        Figure(account="311", detail="提取", opening=0, debit=0, credit=360_000),
        Figure(
            account="321",
            opening=0,
            debit=2_260_000,
            credit=2_260_000,
            carried_debit=2_260_000,
            carried_credit=2_260_000,
        ),
        Figure(
            account="322",
            detail="未分配收益",
            opening=-430_000,
            debit=620_000,
            credit=435_000,
            carried_credit=435_000,
        ),
        Figure(account="322", detail="各项分配", opening=0, debit=620_000, credit=620_000),
        Figure(
            account="501",
            detail="资产租赁",
            opening=0,
            debit=1_200_000,
            credit=1_200_000,
            carried_debit=1_200_000,
        ),
        Figure(
            account="502",
            detail="清水合作社",
            opening=0,
            debit=260_000,
            credit=260_000,
            carried_debit=260_000,
        ),
        Figure(
            account="503", detail="运转经费", opening=0, debit=800_000, credit=800_000, carried_debit=800_000
        ),
        Figure(account="511", detail="维修", opening=0, debit=50_000, credit=50_000, carried_credit=50_000),
        Figure(
            account="513", detail="运转-办公费", opening=0, debit=40_000, credit=40_000, carried_credit=40_000
        ),
        Figure(
            account="513", detail="误工补贴", opening=0, debit=200_000, credit=200_000, carried_credit=200_000
        ),
        Figure(
            account="513", detail="折旧", opening=0, debit=935_000, credit=935_000, carried_credit=935_000
        ),
        Figure(
            account="514", detail="公益", opening=0, debit=500_000, credit=500_000, carried_credit=500_000
        ),
        Figure(
            account="515", detail="罚款", opening=0, debit=100_000, credit=100_000, carried_credit=100_000
        ),
    ),
    movements=(
        moved("311", "state_aid", cr="1000.00"),
        moved("311", "reserve_draw", cr="3600.00"),
        moved("322", "current_year_surplus", cr="4350.00"),
        moved("322", "reserve_draw", dr="3600.00"),
        moved("322", "distribution_to_members", dr="2600.00"),
        moved("322", "folding", dr="6200.00", cr="6200.00"),
    ),
)


def test_a_collectives_statement_of_income_is_worked_out_by_hand() -> None:
    statement = surplus_statement(VILLAGE, VILLAGE_YEAR, last_year=None)
    assert amounts(statement) == {
        "1": "12000.00",
        "2": "2600.00",
        "3": "500.00",
        "4": "0.00",
        "5": "11750.00",
        "6": "400.00",
        "7": "2350.00",
        "8": "8000.00",
        "9": "0.00",
        "10": "5000.00",
        "11": "1000.00",
        "12": "4350.00",
        "13": "0.00",
        "14": "4350.00",
        "15": "4300.00",
        "16": "0.00",
        "17": "8650.00",
        "18": "3600.00",
        "19": "2600.00",
        "20": "0.00",
        "21": "2450.00",
    }
    assert statement.problems == ()
    running_costs = next(line for line in statement.lines if line.no == 6)
    assert running_costs.parts == (Part(account="513", detail="运转-办公费", amount=40_000),)


def test_a_collectives_balance_sheet_splits_113_by_the_sign_of_each_party() -> None:
    sheet = balance_sheet(VILLAGE, VILLAGE_YEAR)
    assert amounts(sheet) == {
        "1": "36050.00",
        "2": "1000.00",
        "3": "1600.00",
        "4": "950.00",
        "5": "0.00",
        "6": "39600.00",
        "7": "200000.00",
        "8": "6000.00",
        "9": "1500.00",
        "10": "4500.00",
        "11": "187000.00",
        "12": "46750.00",
        "13": "140250.00",
        "14": "1000.00",
        "15": "0.00",
        "16": "141250.00",
        "17": "0.00",
        "18": "0.00",
        "19": "0.00",
        "20": "0.00",
        "21": "0.00",
        "22": "345750.00",
        "23": "385350.00",
        "24": "0.00",
        "25": "3200.00",
        "26": "200.00",
        "27": "0.00",
        "28": "0.00",
        "29": "3400.00",
        "30": "0.00",
        "31": "900.00",
        "32": "4000.00",
        "33": "4900.00",
        "34": "8300.00",
        "35": "360000.00",
        "36": "14600.00",
        "37": "2450.00",
        "38": "377050.00",
        "39": "385350.00",
    }
    assert sheet.problems == ()
    receivable = next(line for line in sheet.lines if line.no == 3)
    assert receivable.parts == (
        Part(account="112", amount=80_000, compared=0),
        Part(account="113", detail="王", amount=80_000, compared=0),
    )


def test_a_collective_has_no_statement_of_changes_in_equity() -> None:
    with pytest.raises(Refusal) as refused:
        equity_changes(VILLAGE, VILLAGE_YEAR)
    assert "财会〔2023〕14号" in str(refused.value)
    assert refused.value.kind == "missing"


def test_figures_are_put_together_from_balances_and_movements() -> None:
    figures = ledger_figures(
        [
            DetailBalance(account="501", detail="育肥牛销售", opening=0, debit=500, credit=500),
            DetailBalance(account="332", detail="未分配盈余", opening=-700, debit=40, credit=500),
        ],
        [
            ("501", "育肥牛销售", "", "closing", 500, 0),
            ("332", "未分配盈余", "current_year_surplus", "closing", 0, 500),
            ("332", "未分配盈余", "folding", "run", 40, 0),
        ],
    )
    assert figures == LedgerFigures(
        figures=(
            Figure(account="501", detail="育肥牛销售", opening=0, debit=500, credit=500, carried_debit=500),
            Figure(
                account="332", detail="未分配盈余", opening=-700, debit=40, credit=500, carried_credit=500
            ),
        ),
        movements=(
            EquityMovement(account="332", movement=MovementType.CURRENT_YEAR_SURPLUS, credit=500),
            EquityMovement(account="332", movement=MovementType.FOLDING, debit=40),
        ),
    )
    assert [figure.flow for figure in figures.figures] == [-500, 40]


@given(
    st.sampled_from((COOP, VILLAGE)).flatmap(
        lambda chart: st.tuples(
            st.just(chart),
            st.lists(
                st.tuples(
                    st.sampled_from([code for code in chart.accounts if code != "181"]),
                    st.sampled_from([code for code in chart.accounts if code != "181"]),
                    st.sampled_from(("A", "B", "C")),
                    st.sampled_from(("A", "B", "C")),
                    st.booleans(),
                    st.integers(-(10**12), 10**12),
                ),
                max_size=30,
            ),
        )
    )
)
def test_whatever_is_posted_the_sheet_balances(
    year: tuple[Standard, list[tuple[str, str, str, str, bool, int]]],
) -> None:
    chart, postings = year
    figures = []
    for left, right, owner, other, opening, amount in postings:
        if opening:
            figures.append(Figure(account=left, detail=owner, opening=amount, debit=0, credit=0))
            figures.append(Figure(account=right, detail=other, opening=-amount, debit=0, credit=0))
        else:
            figures.append(Figure(account=left, detail=owner, opening=0, debit=amount, credit=0))
            figures.append(Figure(account=right, detail=other, opening=0, debit=0, credit=amount))
    sheet = balance_sheet(chart, LedgerFigures(figures=tuple(figures)))
    assert sheet.problems == ()
    for line in sheet.lines:
        if line.parts:
            assert sum(part.amount for part in line.parts) == line.amount
            assert sum(part.compared or 0 for part in line.parts) == line.compared


def test_every_category_that_earns_is_closed_to_the_result() -> None:
    for chart in (COOP, VILLAGE):
        result = {
            code
            for code, account in chart.accounts.items()
            if account.category in (Category.INCOME, Category.EXPENSE)
        }
        everything = LedgerFigures(
            figures=tuple(Figure(account=code, opening=0, debit=0, credit=100) for code in sorted(result))
        )
        last = [line for line in surplus_statement(chart, everything, last_year=None).lines if line.no][-1]
        assert last.amount == 100 * len(result)
