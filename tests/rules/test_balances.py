"""Adding up: what postings do to balances, what balances make a trial balance, and which difference is named."""

import pytest

from ledger.balances import rules
from ledger.balances.rules import Turnover
from ledger.money import fen_from_yuan, hundredths_from_text, yuan
from schemas.balances import DetailBalance, TrialRow
from schemas.vouchers import Origin, Voucher
from tests.rules.test_vouchers import a_posted

VOUCHERS: tuple[Voucher, ...] = (
    a_posted(1, "2025-01-05 收到股金 | 102 51000 | cr 301/M0001 51000", number=1),
    a_posted(2, "2025-01-31 饲料入库 | 121/饲料 860 x4 | cr 102 860", number=2),
    a_posted(3, "2025-01-31 领用饲料 | 401/肉牛 430 | cr 121/饲料 430 x2", number=3),
    a_posted(4, "2025-06-06 注销 | 523/电费 -860 | cr 102 -860", number=4),
    a_posted(5, "2025-06-06 退饲料 | 121/饲料 -215 x-1 | cr 102 -215", number=5),
    a_posted(6, "2025-12-31 结转 | 331 5 | cr 332/未分配盈余 5", number=6, origin=Origin.CLOSING),
)


def test_turnover_is_what_happened_on_each_side_red_included() -> None:
    moved = rules.turnover_of(VOUCHERS)
    shown = {key: (yuan(t.debit), yuan(t.credit), t.quantity_in, t.quantity_out) for key, t in moved.items()}
    assert shown == {
        ("102", "", 202501): ("51000.00", "860.00", 0, 0),
        ("102", "", 202506): ("0.00", "-1075.00", 0, 0),
        ("121", "饲料", 202501): ("860.00", "430.00", 400, 200),
        ("121", "饲料", 202506): ("-215.00", "0.00", -100, 0),
        ("301", "M0001", 202501): ("0.00", "51000.00", 0, 0),
        ("331", "", 202513): ("5.00", "0.00", 0, 0),
        ("332", "未分配盈余", 202513): ("0.00", "5.00", 0, 0),
        ("401", "肉牛", 202501): ("430.00", "0.00", 0, 0),
        ("523", "电费", 202506): ("-860.00", "0.00", 0, 0),
    }


def test_the_keys_come_in_order_so_that_two_writers_lock_alike() -> None:
    assert list(rules.turnover_of(VOUCHERS)) == sorted(rules.turnover_of(VOUCHERS))


def detail(account: str, named: str, opening: str, debit: str, credit: str) -> DetailBalance:
    return DetailBalance(
        account=account,
        detail=named,
        opening=fen_from_yuan(opening),
        debit=fen_from_yuan(debit),
        credit=fen_from_yuan(credit),
    )


def shown(row: TrialRow) -> str:
    figures = (
        row.opening_debit, row.opening_credit, row.debit, row.credit, row.closing_debit, row.closing_credit,
    )  # fmt: skip
    return " ".join((row.account, *map(yuan, figures))).strip()


def test_a_trial_balance_nets_each_account_and_drops_parties_at_rest() -> None:
    trial = rules.trial_balance(
        (
            detail("102", "", "1000", "500", "200"),
            detail("114", "M0001", "30", "0", "0"),
            detail("114", "M0002", "-50", "0", "0"),
            detail("114", "M0003", "0", "0", "0"),
            detail("235", "牛舍建设", "0", "0", "0"),
            detail("301", "M0001", "-980", "0", "300"),
        ),
        from_period=202501,
        to_period=202503,
    )
    assert [shown(row) for row in trial.rows] == [
        "102 1000.00 0.00 500.00 200.00 1300.00 0.00",
        "114 0.00 20.00 0.00 0.00 0.00 20.00",
        "301 0.00 980.00 0.00 300.00 0.00 1280.00",
    ]
    assert shown(trial.totals) == "1000.00 1000.00 500.00 500.00 1300.00 1300.00"
    assert [row.detail for row in trial.details] == ["", "M0001", "M0002", "M0001"]


def turned(debit: str = "0", credit: str = "0", quantity: str = "0") -> Turnover:
    return Turnover(
        debit=fen_from_yuan(debit),
        credit=fen_from_yuan(credit),
        quantity_in=hundredths_from_text(quantity),
    )


KEY = ("121", "饲料", 202501)
KEPT = ("debit", "credit", "quantity_in", "quantity_out")
FOUND = ("found_debit", "found_credit", "found_in", "found_out")


@pytest.mark.parametrize(
    ("kept", "found", "says"),
    [
        ({KEY: turned("860")}, {KEY: turned("860")}, ""),
        ({}, {}, ""),
        ({KEY: turned()}, {}, ""),
        ({KEY: turned("860.01")}, {KEY: turned("860")}, "860.01 0.00 0.00 0.00, 860.00 0.00 0.00 0.00"),
        ({KEY: turned("860")}, {}, "860.00 0.00 0.00 0.00, 0.00 0.00 0.00 0.00"),
        ({}, {KEY: turned(credit="860")}, "0.00 0.00 0.00 0.00, 0.00 860.00 0.00 0.00"),
        ({KEY: turned("8", "5", "4")}, {KEY: turned("8", "5", "3")}, "8.00 5.00 4.00 0.00, 8.00 5.00 3.00 0.00"),
    ],
)  # fmt: skip
def test_a_balance_that_is_not_its_postings_is_named_with_all_figures(
    kept: dict[tuple[str, str, int], Turnover], found: dict[tuple[str, str, int], Turnover], says: str
) -> None:
    problems = rules.differences(kept, found, book="qingshui")
    assert [problem.code for problem in problems] == ["balance_must_equal_postings"] * bool(says)
    for problem in problems:
        has, should = says.split(", ")
        assert " ".join(map(problem.figures.__getitem__, KEPT)) == has
        assert " ".join(map(problem.figures.__getitem__, FOUND)) == should
        assert str(problem).startswith("/balance/121/饲料/202501: Book qingshui, account 121 饲料, 202501: ")
