"""The statutory charts and forms are data: what they say, that it holds together, and that it takes the packs."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from msgspec.structs import replace
from python_calamine import CalamineWorkbook

from ledger.charts import COLLECTIVE, COOPERATIVE, standard, standards
from ledger.charts.rules import faults_in, movements, proposed_movement, statutory_account
from schemas.charts import (
    Account,
    Agreement,
    BalanceTerm,
    Category,
    DetailUse,
    FlowTerm,
    FormKind,
    FormLine,
    FormTerm,
    KeptBy,
    LinesTerm,
    Money,
    MovementTerm,
    MovementType,
    PartiesTerm,
    Proposal,
    QuantityUse,
    Side,
    Standard,
    Wear,
    WrittenOff,
)
from schemas.problems import Refusal

PACKS = Path(__file__).parent.parent / "packs"

COOP = standard(COOPERATIVE)
VILLAGE = standard(COLLECTIVE)


def test_both_standards_are_there() -> None:
    assert standards() == ("collective-2023", "coop-2021")
    assert COOP.document == "财会〔2021〕37号"
    assert VILLAGE.document == "财会〔2023〕14号"


def test_the_cooperative_has_48_accounts_and_two_it_may_add() -> None:
    added = [code for code, account in COOP.accounts.items() if account.optional]
    assert added == ["109", "122"]
    assert len(COOP.accounts) == 50
    assert list(COOP.accounts) == sorted(COOP.accounts)


def test_the_collective_has_42_accounts() -> None:
    assert len(VILLAGE.accounts) == 42
    assert list(VILLAGE.accounts) == sorted(VILLAGE.accounts)


@pytest.mark.parametrize(
    ("code", "in_the_cooperative", "in_the_collective"),
    (
        ("113", "应收款", "内部往来"),
        ("121", "产品物资", "库存物资"),
        ("131", "对外投资", "消耗性生物资产"),
        ("141", "消耗性生物资产", "长期投资"),
        ("221", "应付盈余返还", "长期借款及应付款"),
        ("301", "股金", "资本"),
        ("311", "专项基金", "公积公益金"),
        ("321", "资本公积", "本年收益"),
        ("322", "盈余公积", "收益分配"),
        ("502", "其他收入", "投资收益"),
        ("511", "投资收益", "经营支出"),
        ("521", "经营支出", "所得税费用"),
    ),
)
def test_a_code_means_what_its_own_standard_says(
    code: str, in_the_cooperative: str, in_the_collective: str
) -> None:
    assert COOP.accounts[code].zh == in_the_cooperative
    assert VILLAGE.accounts[code].zh == in_the_collective


@pytest.mark.parametrize(
    ("code", "category", "side"),
    (
        ("102", Category.ASSET, Side.DEBIT),
        ("114", Category.ASSET, Side.BOTH),
        ("143", Category.ASSET_CONTRA, Side.CREDIT),
        ("152", Category.ASSET_CONTRA, Side.CREDIT),
        ("181", Category.ASSET, Side.BOTH),
        ("214", Category.LIABILITY, Side.BOTH),
        ("222", Category.LIABILITY, Side.CREDIT),
        ("332", Category.EQUITY, Side.BOTH),
        ("401", Category.COST, Side.DEBIT),
        ("511", Category.INCOME, Side.BOTH),
        ("531", Category.EXPENSE, Side.DEBIT),
    ),
)
def test_an_account_has_its_category_and_side(code: str, category: Category, side: Side) -> None:
    assert (COOP.accounts[code].category, COOP.accounts[code].side) == (category, side)


def test_accounts_kept_by_a_register_take_vouchers_from_its_acts_only() -> None:
    assert [code for code, account in COOP.accounts.items() if account.register] == ["301", "311", "322"]
    assert not any(account.register for account in VILLAGE.accounts.values())


def test_poverty_alleviation_assets_are_marked_where_the_standard_asks() -> None:
    marked = [code for code, account in COOP.accounts.items() if account.poverty]
    assert marked == ["141", "142", "143", "144", "151", "152", "153", "154", "161", "162"]


def test_only_receipts_and_payments_move_money() -> None:
    money = {code: account.money for code, account in COOP.accounts.items() if account.money}
    assert money == {"101": Money.CASH, "102": Money.BANK, "109": Money.OTHER}


def test_an_own_sub_account_lies_under_its_statutory_account() -> None:
    assert statutory_account(COOP, "10201") is COOP.accounts["102"]
    assert statutory_account(COOP, "102") is COOP.accounts["102"]
    for nowhere in ("199", "10", "", "1O2", "１０２"):
        assert statutory_account(COOP, nowhere) is None


@pytest.mark.parametrize(
    ("chart", "code", "side", "detail", "movement"),
    (
        (COOP, "301", Side.CREDIT, "Q0001", MovementType.CONTRIBUTION_INCREASE),
        (COOP, "301", Side.DEBIT, "Q0001", MovementType.CONTRIBUTION_DECREASE),
        (COOP, "311", Side.CREDIT, "财政补助-牛舍建设", MovementType.STATE_AID),
        (COOP, "311", Side.CREDIT, "社会捐赠-县红十字会", MovementType.DONATION),
        (COOP, "311", Side.CREDIT, "其他", None),
        (COOP, "321", Side.CREDIT, "股金溢价", MovementType.SHARE_PREMIUM),
        (COOP, "321", Side.DEBIT, "非货币出资差额", MovementType.SHARE_PREMIUM),
        (COOP, "322", Side.CREDIT, "Q0001", MovementType.RESERVE_DRAW),
        (COOP, "322", Side.DEBIT, "Q0001", None),
        (COOP, "332", Side.DEBIT, "各项分配", None),
        (COOP, "102", Side.DEBIT, "", None),
        (VILLAGE, "311", Side.CREDIT, "接受捐赠", MovementType.DONATION),
        (VILLAGE, "311", Side.CREDIT, "财政资金", MovementType.STATE_AID),
        (VILLAGE, "311", Side.CREDIT, "征地补偿费", MovementType.LAND_COMPENSATION),
    ),
)
def test_a_line_that_names_no_movement_is_proposed_one(
    chart: Standard, code: str, side: Side, detail: str, movement: MovementType | None
) -> None:
    assert proposed_movement(chart.accounts[code], side=side, detail=detail) is movement


def _lines_of_packs() -> Iterator[tuple[str, str, int, Standard, dict[str, str], set[str], set[str]]]:
    """Every opening and voucher line of the clean packs, with the members and counterparties of its workbook."""
    sheets = (("凭证", COOP), ("期初余额", COOP), ("村集体凭证", VILLAGE), ("村集体期初", VILLAGE))
    for pack in ("clean-small", "longping"):
        for path in sorted((PACKS / pack).glob("*.xlsx")):
            workbook = CalamineWorkbook.from_path(path)
            keys = {
                sheet: {str(row[0]) for row in workbook.get_sheet_by_name(sheet).to_python()[1:]}
                if sheet in workbook.sheet_names
                else set()
                for sheet in ("成员", "往来单位")
            }
            for sheet, chart in sheets:
                if sheet in workbook.sheet_names:
                    header, *rows = workbook.get_sheet_by_name(sheet).to_python()
                    for number, row in enumerate(rows, start=2):
                        line = {str(name): str(value) for name, value in zip(header, row, strict=True)}
                        yield path.name, sheet, number, chart, line, keys["成员"], keys["往来单位"]


def test_every_line_of_the_clean_packs_is_admissible() -> None:
    seen = 0
    for book, sheet, row, chart, line, members, counterparties in _lines_of_packs():
        where = f"{book} {sheet} row {row}: {line}"
        account = chart.accounts[line["科目编码"]]
        if "科目名称" in line:
            assert account.zh == line["科目名称"], where
        detail = line["明细"]
        if not detail:
            assert account.detail is not DetailUse.REQUIRED, where
        else:
            assert account.detail is not DetailUse.NONE, where
            kinds = {
                KeptBy.MEMBER: detail in members,
                KeptBy.COUNTERPARTY: detail in counterparties,
                KeptBy.NAME: detail not in members | counterparties,
                KeptBy.HOUSEHOLD: False,
            }
            assert any(kinds[kind] for kind in account.kept_by), where
            assert not account.names or detail in account.names, where
        if line.get("数量"):
            assert account.quantity is not QuantityUse.NONE, where
        if movements(account) and sheet in ("凭证", "村集体凭证"):
            side = Side.DEBIT if line["借方金额"] else Side.CREDIT
            assert proposed_movement(account, side=side, detail=detail) in movements(account), where
        seen += 1
    assert seen == 140 + 18 + 558 + 536 + 70 + 3057 + 265 + 2039


def test_an_operator_may_change_a_form_without_code(tmp_path: Path) -> None:
    supplied = files("ledger.charts") / "collective-2023-forms.toml"
    edited = supplied.read_text(encoding="utf-8").replace(
        'zh = "其中：运转支出"', 'zh = "其中：村级组织运转支出"'
    )
    (tmp_path / "collective-2023-forms.toml").write_text(edited, encoding="utf-8")
    changed = standard(COLLECTIVE, tmp_path)
    assert [line.zh for line in changed.surplus_and_distribution.lines if line.no == 6] == [
        "其中：村级组织运转支出"
    ]
    assert changed.accounts == VILLAGE.accounts
    assert standard(COOPERATIVE, tmp_path) == COOP


def test_an_operator_may_add_a_standard(tmp_path: Path) -> None:
    for part in ("", "-forms"):
        text = (files("ledger.charts") / f"coop-2021{part}.toml").read_text(encoding="utf-8")
        (tmp_path / f"coop-2031{part}.toml").write_text(
            text.replace('id = "coop-2021"', 'id = "coop-2031"'), encoding="utf-8"
        )
    assert standards(tmp_path) == ("collective-2023", "coop-2021", "coop-2031")
    assert standard("coop-2031", tmp_path).accounts == COOP.accounts


@pytest.mark.parametrize(
    ("old", "new", "code"),
    (
        ('zh = "股金"', 'zh = "股金', "chart_file_must_be_readable"),
        ('zh = "股金"', 'zh = "股金"\ncolour = "red"', "chart_file_must_be_readable"),
        ('category = "cost"', 'category = "costs"', "chart_file_must_be_readable"),
        ('id = "coop-2021"', 'id = "coop"', "standard_must_be_named_like_its_file"),
    ),
)
def test_a_chart_file_that_cannot_be_used_is_refused(tmp_path: Path, old: str, new: str, code: str) -> None:
    text = (files("ledger.charts") / "coop-2021.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "coop-2021.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        standard(COOPERATIVE, tmp_path)
    assert [problem.code for problem in refused.value.problems] == [code]
    assert "coop-2021" in str(refused.value.problems[0])


def test_a_chart_without_its_forms_is_refused(tmp_path: Path) -> None:
    chart = (files("ledger.charts") / "coop-2021.toml").read_text(encoding="utf-8")
    (tmp_path / "coop-2031.toml").write_text(chart, encoding="utf-8")
    with pytest.raises(Refusal) as refused:
        standard("coop-2031", tmp_path)
    assert [problem.code for problem in refused.value.problems] == ["chart_file_must_be_readable"]


def test_a_standard_nobody_supplied_is_missing() -> None:
    with pytest.raises(Refusal) as refused:
        standard("coop-2007")
    assert [problem.code for problem in refused.value.problems] == ["standard_must_exist"]
    assert "coop-2021" in str(refused.value)


def _with_account(code: str, **changes: object) -> Standard:
    account = replace(COOP.accounts[code], **changes)
    return replace(COOP, accounts={**COOP.accounts, code: account})


def _wearing_out(code: str, *, on: str) -> Standard:
    return _with_account(code, written_off=WrittenOff(wear=Wear.DEPRECIATION, contra=on))


def _with_line(number: int, *terms: object) -> Standard:
    sheet = COOP.balance_sheet
    lines = tuple(replace(line, terms=terms) if line.no == number else line for line in sheet.lines)
    return replace(COOP, balance_sheet=replace(sheet, lines=lines))


def _with_sheet_lines(*lines: FormLine) -> Standard:
    sheet = COOP.balance_sheet
    return replace(COOP, balance_sheet=replace(sheet, lines=(*sheet.lines, *lines)))


def _with_agreement(agreement: Agreement) -> Standard:
    return replace(COOP, balance_sheet=replace(COOP.balance_sheet, agreements=(agreement,)))


def _without_item(column: int) -> Standard:
    form = COOP.equity_changes
    assert form is not None
    columns = list(form.columns)
    columns[column] = replace(columns[column], increase=columns[column].increase[1:])
    return replace(COOP, equity_changes=replace(form, columns=tuple(columns)))


A_NEW_ACCOUNT = Account(
    code="18", zh="新", en="New", category=Category.ASSET, side=Side.DEBIT, detail=DetailUse.NONE
)


@pytest.mark.parametrize(
    ("broken", "codes"),
    (
        (COOP, set()),
        (VILLAGE, set()),
        (
            replace(COOP, accounts={**COOP.accounts, "18": A_NEW_ACCOUNT}),
            {"account_code_must_be_three_digits", "account_must_be_on_the_sheet_once"},
        ),
        (_with_account("152", side=Side.DEBIT), {"side_must_fit_category"}),
        (_with_account("121", kept_by=()), {"detail_must_say_what_it_is"}),
        (_with_account("101", kept_by=(KeptBy.NAME,)), {"detail_must_say_what_it_is"}),
        (_with_account("181", kept_by=(KeptBy.NAME, KeptBy.MEMBER)), {"fixed_names_need_names"}),
        (_with_account("181", detail=DetailUse.OPTIONAL), {"fixed_names_need_names"}),
        (_with_account("102", within=(MovementType.FOLDING,)), {"movements_must_be_of_equity"}),
        (
            _with_account("332", within=(MovementType.FOLDING, MovementType.OTHER_IN)),
            {"movement_must_have_one_effect"},
        ),
        (_with_account("322", within=(MovementType.LAND_COMPENSATION,)), {"movement_must_have_words"}),
        (
            _with_account("322", proposals=(Proposal(movement=MovementType.DONATION),)),
            {"proposed_movement_must_be_listed"},
        ),
        (replace(COOP, settlement=replace(COOP.settlement, result="339")), {"settlement_account_must_fit"}),
        (replace(COOP, payables=replace(COOP.payables, labour="102")), {"payable_account_must_fit"}),
        (replace(COOP, payables=replace(COOP.payables, rent="299")), {"payable_account_must_fit"}),
        (replace(COOP, payables=replace(COOP.payables, taxes="114")), {"payable_account_must_fit"}),
        (replace(COOP, settlement=replace(COOP.settlement, reserve="222")), {"settlement_account_must_fit"}),
        (
            replace(COOP, settlement=replace(COOP.settlement, appropriated="分配")),
            {"settlement_account_must_fit"},
        ),
        (
            replace(
                COOP, balance_sheet=replace(COOP.balance_sheet, kind=FormKind.EQUITY_CHANGES, agreements=())
            ),
            {"form_must_be_of_its_kind", "form_line_must_exist"},
        ),
        (
            _with_sheet_lines(FormLine(zh="重", en="Twice", no=5, terms=(LinesTerm(lines=(1,)),))),
            {"line_number_must_be_unique"},
        ),
        (_with_sheet_lines(FormLine(zh="空", en="Empty", no=43)), {"line_must_be_number_or_heading"}),
        (
            _with_sheet_lines(FormLine(zh="题", en="Heading", terms=(LinesTerm(lines=(1,)),))),
            {"line_must_be_number_or_heading"},
        ),
        (
            _with_line(6, BalanceTerm(side=Side.DEBIT, accounts=("131", "132"))),
            {"form_account_must_exist"},
        ),
        (
            _with_line(6, BalanceTerm(side=Side.BOTH, accounts=("131",))),
            {"term_must_name_accounts"},
        ),
        (
            _with_line(6, BalanceTerm(side=Side.DEBIT)),
            {"term_must_name_accounts", "account_must_be_on_the_sheet_once"},
        ),
        (
            _with_line(
                6,
                BalanceTerm(side=Side.DEBIT, accounts=("131",)),
                MovementTerm(side=Side.CREDIT, account="301", movements=(MovementType.DONATION,)),
            ),
            {"form_movement_must_be_listed"},
        ),
        (_with_line(22, LinesTerm(lines=(5, -99))), {"form_line_must_exist"}),
        (_with_line(22, FormTerm(form=FormKind.EQUITY_CHANGES, line=1)), {"form_line_must_exist"}),
        (_with_agreement(Agreement(line=22, other=52)), {"form_line_must_exist"}),
        (_with_line(22, LinesTerm(lines=(5, 22))), {"line_must_not_need_itself"}),
        (
            _with_line(5, FormTerm(form=FormKind.SURPLUS_AND_DISTRIBUTION, line=12), LinesTerm(lines=(22,))),
            {"line_must_not_need_itself"},
        ),
        (
            _with_line(13, BalanceTerm(side=Side.DEBIT, accounts=("153", "154"))),
            {"account_must_be_on_the_sheet_once"},
        ),
        (
            _with_line(13, BalanceTerm(side=Side.DEBIT, accounts=("153", "181"))),
            {"account_must_be_on_the_sheet_once"},
        ),
        (
            _with_line(24, BalanceTerm(side=Side.CREDIT, accounts=("211",))),
            {"account_must_be_on_the_sheet_once"},
        ),
        (
            _with_line(
                2,
                BalanceTerm(side=Side.DEBIT, accounts=("113",)),
                PartiesTerm(side=Side.CREDIT, accounts=("114",)),
            ),
            {"account_must_be_on_the_sheet_once"},
        ),
        (
            replace(
                COOP,
                surplus_and_distribution=replace(
                    COOP.surplus_and_distribution,
                    lines=tuple(
                        replace(line, terms=(FlowTerm(side=Side.DEBIT, accounts=("524",), prefix="利息"),))
                        if line.no == 6
                        else line
                        for line in COOP.surplus_and_distribution.lines
                    ),
                ),
            ),
            {"account_must_be_in_the_result"},
        ),
        (
            replace(
                COOP,
                surplus_and_distribution=replace(
                    COOP.surplus_and_distribution,
                    lines=tuple(
                        replace(line, terms=(LinesTerm(lines=(1,)),)) if line.no == 19 else line
                        for line in COOP.surplus_and_distribution.lines
                    ),
                ),
            ),
            {"movement_must_be_on_one_line"},
        ),
        (_without_item(1), {"movement_must_be_in_one_item"}),
        (_wearing_out("151", on="599"), {"written_off_must_fit"}),
        (_wearing_out("151", on="102"), {"written_off_must_fit"}),
        (_wearing_out("301", on="152"), {"written_off_must_fit"}),
        (_wearing_out("153", on=""), set()),
    ),
)
def test_a_standard_that_does_not_hold_together_is_found_out(broken: Standard, codes: set[str]) -> None:
    assert {problem.code for problem in faults_in(broken, named=broken.id)} == codes


def test_the_forms_print_the_lines_the_packs_expect() -> None:
    expected = json.loads((PACKS / "clean-small" / "expected.json").read_text(encoding="utf-8"))
    statements = expected["cooperatives"]["清水合作社"]["statements"]
    for form, keys in (
        (COOP.balance_sheet, statements["balance_sheet"]["closing"]),
        (COOP.surplus_and_distribution, statements["surplus_and_distribution"]),
    ):
        assert [str(line.no) for line in form.lines if line.no] == list(keys)
    assert COOP.equity_changes is not None
    assert [column.zh for column in COOP.equity_changes.columns] == list(statements["equity_changes"])
