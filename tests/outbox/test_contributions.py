"""What a collective pays into a cooperative lands in its own book as 长期投资, and goes back with the act that is taken
back; a collective without a book here hears of nothing."""

from datetime import date

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from coop.landings import actions as landings
from coop.members import queries as known_members
from ledger.outbox import actions as sending
from ledger.outbox import queries as outbox
from ledger.vouchers import queries as vouchers
from schemas.members import Investment
from schemas.outbox import Crossing, Effect, Landing, Turn
from schemas.vouchers import State
from tests.builders import ACCOUNTANT, AT, BOOK, CASHIER, ON, posted, review
from tests.outbox.village import VILLAGE, faults, furnish
from tests.registry import act, done


def delivered(db: Connection) -> tuple[Landing, ...]:
    found = [
        landings.land(db, one, called="清水合作社", by=CASHIER, on=ON, at=AT) for one in outbox.waiting(db)
    ]
    return tuple(one for one in found if one is not None)


def lines(db: Connection, landing: Landing) -> list[tuple[str, str, int, int]]:
    found = vouchers.voucher(db, book=VILLAGE, id=landing.voucher)
    assert found is not None
    assert found.state is State.DRAFT
    return [(line.account, line.detail, line.debit, line.credit) for line in found.lines]


@pytest.mark.parametrize(
    ("paid", "amount", "account"),
    [
        ("cash on=2025-03-05 member=M0009 resolution=2025-1 amount=50000.00", 5_000_000, "102"),
        (
            "cash on=2025-03-05 member=M0009 resolution=2025-1 amount=50000.00 premium=1000.00 money=101",
            5_100_000,
            "101",
        ),
    ],
)
def test_a_cash_share_lands_as_an_investment_under_the_cooperative_and_goes_back_with_its_act(
    db: Connection, paid: str, amount: int, account: str
) -> None:
    furnish(db)
    asked = done(db, act(paid))
    assert faults(db) == []
    (landing,) = delivered(db)
    assert lines(db, landing) == [("141", "清水合作社", amount, 0), (account, "", 0, amount)]
    assert known_members.investments(db, book=VILLAGE) == (Investment(detail="清水合作社", cooperative=BOOK),)
    assert (landing.day.isoformat(), landing.kind, faults(db)) == ("2025-03-05", "contribution", [])
    done(db, act(f"reversal on=2025-03-06 note=金额有误 request={asked.request}"))
    (back,) = delivered(db)
    assert (back.effect, back.voucher, faults(db)) == (Effect.WITHDRAWN, landing.voucher, [])


def test_a_household_s_share_crosses_nothing(db: Connection) -> None:
    furnish(db)
    done(db, act("cash on=2025-03-05 member=M0001 resolution=2025-1 amount=8000.00"))
    assert outbox.sent(db, book=BOOK) == ()


def test_what_is_owed_again_names_the_cooperative_though_nothing_had_linked_it(db: Connection) -> None:
    """A dividend lands on 502, which needs no unit; come back in the year after it is owed on 112, which does."""
    furnish(db)
    done(db, act("cash on=2025-03-05 member=M0001 resolution=2025-1 amount=8000.00"))
    paid = Crossing(
        target=VILLAGE,
        about=f"{BOOK}.dividend.2025.1/M0009",
        kind="dividend",
        turn=Turn.COMES,
        day=date(2025, 12, 20),
        amount=100_000,
        debit="102",
        credit="502",
        summary="清水合作社2025年度盈余分配",
        voucher=1,
    )
    sending.send_many(db, [paid], book=BOOK, by=ACCOUNTANT, at=AT)
    (landing,) = delivered(db)
    assert known_members.investments(db, book=VILLAGE) == ()
    draft = vouchers.voucher(db, book=VILLAGE, id=landing.voucher)
    assert draft is not None
    posted(db, review(db, draft))
    back = replace(paid, turn=Turn.GOES_BACK, day=date(2026, 1, 8))
    sending.send_many(db, [back], book=BOOK, by=ACCOUNTANT, at=AT)
    (owed,) = delivered(db)
    found = vouchers.voucher(db, book=VILLAGE, id=owed.voucher)
    assert found is not None
    assert owed.effect is Effect.OWED
    assert [(line.account, line.detail) for line in found.lines] == [("112", "清水合作社"), ("102", "")]


def test_of_a_collective_without_a_book_here_it_is_written_down_that_nothing_lands(db: Connection) -> None:
    furnish(db, keeps_a_book=False)
    done(db, act("cash on=2025-03-05 member=M0009 resolution=2025-1 amount=50000.00"))
    (item,) = outbox.sent(db, book=BOOK)
    assert (item.kept_here, outbox.waiting(db), faults(db)) == (False, (), [])
