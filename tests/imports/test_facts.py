"""What a pack's rows mean: transfers, movements taken back, and the movement of every equity line."""

from datetime import date

import pytest

from ledger.charts import COOPERATIVE, standard
from ledger.money import fen_from_yuan
from schemas.packs import (
    PackCorrection,
    PackCorrectionKind,
    PackLine,
    PackVoucher,
    ShareKind,
    ShareOrigin,
    ShareRow,
)
from schemas.vouchers import VoucherLine
from web.imports import facts

KINDS = {"资金": ShareKind.CASH, "土地": ShareKind.LAND, "牛犊": ShareKind.CALF, "劳力": ShareKind.LABOUR}


def a_sheet(*rows: str) -> tuple[ShareRow, ...]:
    """出资: ``2025-09-15 B0056 资金 -1000 记-0128``; quantity and amount are one number."""
    found = []
    for place, row in enumerate(rows, 2):
        day, member, kind, amount, *voucher = row.split()
        fen = fen_from_yuan(amount)
        found.append(
            ShareRow(
                row=place,
                serial=place - 1,
                on=date.fromisoformat(day),
                member=member,
                kind=KINDS[kind],
                quantity=fen,
                unit="元",
                price=100,
                amount=fen,
                origin=ShareOrigin.OWN,
                voucher=voucher[0] if voucher else "",
                resolution="2025社员大会第7号",
                remark="",
            )
        )
    return tuple(found)


TRANSFERS: list[tuple[tuple[str, ...], dict[int, int]]] = [
    (("2025-09-15 A 资金 -1000 记-1", "2025-09-15 B 资金 1000 记-1"), {0: 0, 1: 0}),
    # The other side may be written first.
    (("2025-09-15 B 资金 1000 记-1", "2025-09-15 A 资金 -1000 记-1"), {0: 0, 1: 0}),
    # One gives, two take.
    (
        ("2025-09-15 A 资金 -1000 记-1", "2025-09-15 B 资金 400 记-1", "2025-09-15 C 资金 600 记-1"),
        {0: 0, 1: 0, 2: 0},
    ),
    # A transfer and a contribution under one voucher.
    (
        ("2025-09-15 A 资金 -1000 记-1", "2025-09-15 B 资金 2000 记-1", "2025-09-15 C 资金 1000 记-1"),
        {0: 0, 2: 0},
    ),
    # Another day, another voucher, another class, or the same member: no transfer.
    (("2025-09-15 A 资金 -1000 记-1", "2025-09-16 B 资金 1000 记-1"), {}),
    (("2025-09-15 A 资金 -1000 记-1", "2025-09-15 B 资金 1000 记-2"), {}),
    (("2025-09-15 A 资金 -1000 记-1", "2025-09-15 B 土地 1000 记-1"), {}),
    (("2025-09-15 A 资金 -1000 记-1", "2025-09-15 A 资金 1500 记-1"), {}),
    # A withdrawal alone.
    (("2025-12-31 A 资金 -1000 记-1",), {}),
    # Labour names no voucher; the resolution holds it together.
    (("2025-09-15 A 劳力 -5 ", "2025-09-15 B 劳力 5"), {0: 0, 1: 0}),
]


@pytest.mark.parametrize(("rows", "sides"), TRANSFERS)
def test_what_one_gives_up_another_takes_over(rows: tuple[str, ...], sides: dict[int, int]) -> None:
    assert facts.transfers(a_sheet(*rows)) == sides


def test_movements_say_what_they_are() -> None:
    rows = a_sheet(
        "2024-01-08 A 资金 5000 2024-记-0001",
        "2025-03-01 B 资金 2000 记-0005",
        "2025-03-09 B 资金 -2000 记-0007",
        "2025-09-15 A 资金 -1000 记-0128",
        "2025-09-15 B 资金 1000 记-0128",
        "2025-12-31 A 资金 -4000 记-0150",
    )
    ids = {"记-0005": 5, "记-0007": 7, "记-0128": 128, "记-0150": 150}
    found = facts.movements_of(rows, ids=ids, cancels={"记-0007": "记-0005"}, first=11)
    assert [(m.act.value, m.voucher, m.number, m.other_side, m.reverses) for m in found] == [
        ("contribute", None, "2024-记-0001", None, None),
        ("contribute", 5, "", None, None),
        ("contribute", 7, "", None, 12),
        ("transfer", 128, "", None, None),
        ("transfer", 128, "", 14, None),
        ("withdraw", 150, "", None, None),
    ]


def a_voucher(*lines: str, corrects: PackCorrection | None = None) -> PackVoucher:
    """``301/B0056 1000`` debits, ``cr 301/B0057 1000`` credits."""
    found = []
    for no, line in enumerate(lines, 1):
        *cr, account, amount = line.split()
        code, _, detail = account.partition("/")
        fen = fen_from_yuan(amount)
        found.append(
            PackLine(
                row=no + 1,
                no=no,
                summary="摘要",
                account=code,
                account_name="",
                detail=detail,
                quantity=None,
                debit=0 if cr else fen,
                credit=fen if cr else 0,
            )
        )
    return PackVoucher(
        number="记-0001",
        on=date(2025, 9, 15),
        lines=tuple(found),
        originals=1,
        prepared_by="甲",
        reviewed_by="乙",
        corrects=corrects,
    )


@pytest.mark.parametrize(
    ("lines", "transferring", "movements"),
    [
        (("102 1000", "cr 301/A 1000"), (), ["", "contribution_increase"]),
        (("301/A 1000", "cr 102 1000"), (), ["contribution_decrease", ""]),
        (("301/A 1000", "cr 301/B 1000"), ("A", "B"), ["transfer_between_members"] * 2),
        # The same voucher with both: only the sides of the transfer are one.
        (
            ("102 500", "301/A 1000", "cr 301/B 1000", "cr 301/C 500"),
            ("A", "B"),
            ["", "transfer_between_members", "transfer_between_members", "contribution_increase"],
        ),
        (("235/牛舍 100", "cr 311/财政补助-牛舍 100"), (), ["", "state_aid"]),
        (("102 100", "cr 311/社会捐赠-县慈善会 100"), (), ["", "donation"]),
        (("102 100", "cr 311/县慈善会 100"), (), ["", ""]),
        (("102 200", "cr 321/股金溢价 200"), (), ["", "share_premium"]),
        (("332/各项分配 100", "cr 322/A 100"), (), ["", "reserve_draw"]),
    ],
)
def test_every_equity_line_says_why_it_moved(
    lines: tuple[str, ...], transferring: tuple[str, ...], movements: list[str]
) -> None:
    found = facts.lines_of(a_voucher(*lines), standard=standard(COOPERATIVE), transferring=transferring)
    assert [line.movement for line in found] == movements


def test_what_is_cancelled_keeps_the_movement_it_had() -> None:
    before = facts.lines_of(
        a_voucher("301/A 1000", "cr 301/B 1000"), standard=standard(COOPERATIVE), transferring=("A", "B")
    )
    red = a_voucher(
        "cr 301/B -1000",
        "301/A -1000",
        corrects=PackCorrection(kind=PackCorrectionKind.CANCELS, number="记-0001"),
    )
    found = facts.lines_of(red, standard=standard(COOPERATIVE), cancelled=before)
    assert [line.movement for line in found] == ["transfer_between_members"] * 2
    assert all(isinstance(line, VoucherLine) for line in found)


def test_corrections_follow_what_they_correct() -> None:
    def of(number: str, day: int, corrects: PackCorrection | None = None) -> PackVoucher:
        return PackVoucher(
            number=number,
            on=date(2025, 3, day),
            lines=(),
            originals=0,
            prepared_by="甲",
            reviewed_by="乙",
            corrects=corrects,
        )

    cancels = PackCorrection(kind=PackCorrectionKind.CANCELS, number="收-0001")
    anew = PackCorrection(kind=PackCorrectionKind.CORRECTS, number="收-0001")
    sheet = [of("付-0001", 2, anew), of("转-0001", 2, cancels), of("收-0002", 2), of("收-0001", 1)]
    assert [voucher.number for voucher in facts.in_posting_order(sheet)] == [
        "收-0001",
        "收-0002",
        "转-0001",
        "付-0001",
    ]

    def of_a_day(*kinds: PackCorrectionKind) -> list[PackVoucher]:
        """记-0001, and after it vouchers that each correct the one before."""
        links = [PackCorrection(kind=kind, number=f"记-{no:04}") for no, kind in enumerate(kinds, 1)]
        return [of(f"记-{no:04}", 9, link) for no, link in enumerate([None, *links], 1)]

    takes_back, anew_again = PackCorrectionKind.CANCELS, PackCorrectionKind.CORRECTS
    for kinds in ((takes_back, takes_back), (anew_again, takes_back), (anew_again, takes_back, anew_again)):
        day = of_a_day(*kinds)
        assert list(facts.in_posting_order(day[::-1])) == day
