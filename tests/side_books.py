"""A book's bank, cash and asset registers and its spot checks, with one of everything in them.

side_books(db)     on an open book that has the parties 牛舍 and 折旧费 and a voucher with a line on 102
"""

from datetime import UTC, date, datetime

from sqlalchemy import Connection

from ledger.assets import actions as assets
from ledger.bank import actions as bank
from ledger.cash import actions as cash
from ledger.spot_checks import actions as spot_checks
from ledger.vouchers import actions as vouchers
from schemas.assets import NewCard, Terms
from schemas.bank import CarriedItem, EntryKey, ItemSide, NewMatch, Statement, StatementRow
from schemas.cash import NewCashCount, Pieces
from schemas.journals import MoneyAccount
from schemas.spot_checks import NewVerdict, VerdictKind, WordKind
from schemas.units import VoucherId
from schemas.vouchers import Step
from tests.builders import ACCOUNTANT, AT, BOOK, CASHIER, ON, REVIEWER, post

PARTIES = "牛舍 折旧费"
BANK = MoneyAccount(account="102")
FEBRUARY = datetime(2026, 2, 1, 1, 0, tzinfo=UTC)
"""The first of February 2026 in China: the day January is drawn."""


def side_books(db: Connection, *, interest: VoucherId) -> None:
    """``interest`` is a posted voucher of January 2025 whose first line takes 49.11 into 102.

    A statement of two rows with one item carried over, a match undone and made again; two counts; a card with
    changed terms that went and came back, and two plan vouchers, the first withdrawn; January 2026 drawn from three vouchers, one
    in order, one with a finding that was answered, returned, answered and closed.
    """
    statement = Statement(
        of=BANK,
        first_day=date(2025, 1, 1),
        last_day=date(2025, 1, 31),
        opening=100000,
        closing=104411,
        rows=(
            StatementRow(date=date(2025, 1, 21), amount=4911, text="利息"),
            StatementRow(date=date(2025, 1, 25), amount=-500, text="手续费", party="农商行"),
        ),
    )
    bank.take_statement(db, statement, book=BOOK, by=CASHIER, on=ON, at=AT)
    carried = CarriedItem(side=ItemSide.BOOK, date=date(2024, 12, 30), amount=-800, text="支票")
    bank.carry_over(db, [carried], book=BOOK, of=BANK, by=CASHIER, at=AT)
    same = NewMatch(lines=(1,), entries=(EntryKey(voucher=interest, line=1),))
    (wrong,) = bank.match_many(db, [same], book=BOOK, of=BANK, by=CASHIER, at=AT)
    bank.unmatch(db, book=BOOK, match=wrong.id, reason="配错了", by=CASHIER, at=AT)
    bank.match_many(db, [same], book=BOOK, of=BANK, by=CASHIER, at=AT)

    for counted in (500, 0):
        pieces = (Pieces(face=500, number=1),) if counted else ()
        count = NewCashCount(date=date(2025, 1, 21), counted=counted, pieces=pieces, witness=REVIEWER)
        cash.count_cash(db, count, book=BOOK, by=CASHIER, on=ON, at=AT)

    card = NewCard(
        code="A1",
        name="牛舍",
        account="151",
        detail="牛舍",
        cost=120000,
        life_months=12,
        in_use_since=date(2025, 1, 10),
        expense_account="523",
        expense_detail="折旧费",
    )
    assets.add_cards(db, [card], book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    first = assets.draft_month(db, book=BOOK, period=202502, by=ACCOUNTANT, on=ON, at=AT)
    assert first is not None
    steps = [Step(voucher=first.id)]
    vouchers.withdraw_many(db, steps, book=BOOK, by=ACCOUNTANT, at=AT, reason="错")
    assert assets.draft_month(db, book=BOOK, period=202503, by=ACCOUNTANT, on=ON, at=AT) is not None
    longer = Terms(
        from_month=202504,
        cost=120000,
        residual=6000,
        life_months=24,
        expense_account="523",
        expense_detail="折旧费",
        reason=" 延长 ",
    )
    assets.change_terms(db, book=BOOK, code="A1", terms=longer, by=ACCOUNTANT, on=ON, at=AT)
    assets.dispose(db, book=BOOK, code="A1", day=date(2025, 5, 5), reason="出售", by=ACCOUNTANT, on=ON, at=AT)
    assets.put_back(db, book=BOOK, code="A1", reason="未成交", by=ACCOUNTANT, at=AT)

    there = [post(db, f"2026-01-0{day} 银行存款利息 | 102 {day}.11 | 524 -{day}.11") for day in (5, 6, 7)]
    draw = spot_checks.draw(db, book=BOOK, month=202601, k=2, by=REVIEWER, at=FEBRUARY)
    assert draw is not None
    sound, unsound = (there[int(number[-1]) - 1].id for number in draw.drawn)
    right, finding_ = (
        NewVerdict(kind=VerdictKind.IN_ORDER),
        NewVerdict(kind=VerdictKind.OTHER, text="利率不符"),
    )
    spot_checks.judge(db, right, book=BOOK, voucher=sound, by=CASHIER, at=FEBRUARY)
    finding = spot_checks.judge(db, finding_, book=BOOK, voucher=unsound, by=CASHIER, at=FEBRUARY).id
    for word, text, by in (
        (WordKind.ANSWER, "按季计息", ACCOUNTANT),
        (WordKind.RETURN, "附计息单", CASHIER),
        (WordKind.ANSWER, "已附", ACCOUNTANT),
        (WordKind.CLOSE, "", CASHIER),
    ):
        spot_checks.say_of_finding(db, word, text, book=BOOK, finding=finding, by=by, at=FEBRUARY)
