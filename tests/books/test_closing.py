"""A month does not close while the share register and the books disagree."""

from datetime import date

import pytest
from sqlalchemy import Connection

from coop.closing import actions as closing
from coop.shares import actions as shares
from ledger.books import queries as books
from schemas.problems import Refusal
from schemas.shares import NewMovement, ShareAct, ShareClass, ShareOrigin
from tests.builders import ACCOUNTANT, AT, ON, REVIEWER, a_house
from tests.handover import pack_of, take_in

BOOK = "qingshuihezuoshe"


def close(db: Connection, month: int) -> None:
    closing.close_month(
        db, book=BOOK, period=202500 + month, by=ACCOUNTANT, reviewed_by=REVIEWER, on=ON, at=AT
    )


def test_a_share_nobody_posted_stops_the_close_of_its_month(db: Connection) -> None:
    a_house(db)
    take_in(db, pack_of("clean-small"))
    unposted = NewMovement(
        on=date(2025, 2, 10),
        member="Q0003",
        share=ShareClass.CASH,
        act=ShareAct.CONTRIBUTE,
        quantity=50000,
        price=100,
        value=50000,
        origin=ShareOrigin.OWN,
    )
    shares.record_many(db, [unposted], book=BOOK, by=ACCOUNTANT, at=AT)
    close(db, 1)
    with pytest.raises(Refusal) as refused:
        close(db, 2)
    (problem,) = refused.value.problems
    assert (problem.code, problem.figures["member"]) == ("register_must_equal_account", "Q0003")
    assert (problem.figures["register"], problem.figures["balance"]) == ("3500.00", "3000.00")
    book = books.book(db, id=BOOK)
    assert book is not None
    stopping = [check.name for check in closing.month_obstacles(db, book=book, period=202502) if check.stops]
    assert stopping == ["register"]


def test_a_register_that_would_hold_less_than_nothing_is_refused(db: Connection) -> None:
    a_house(db)
    take_in(db, pack_of("clean-small"))
    too_much = NewMovement(
        on=date(2025, 12, 31),
        member="Q0003",
        share=ShareClass.CASH,
        act=ShareAct.WITHDRAW,
        quantity=-300001,
        price=100,
        value=-300001,
        origin=ShareOrigin.OWN,
    )
    with pytest.raises(Refusal) as refused:
        shares.record_many(db, [too_much], book=BOOK, by=ACCOUNTANT, at=AT)
    assert [problem.code for problem in refused.value.problems] == ["holding_must_not_be_negative"]
