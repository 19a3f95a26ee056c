"""A cooperative that owes its members labour, rent, an indemnity, a buy-back and a leaver's settlement, and orders over
it in one line each.

owing(db)                                      the book, its members with accounts, what it owes by the end of January 2026
chosen("M0001 330.00 9.90; M0002 200.00")      what an order is to pay, and what of it is withheld
carried(db, RunKind.LABOUR, chosen(…))         that order handed in, on notice, approved, posted
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection

from ledger.balances import queries as balances
from ledger.money import fen_from_yuan, yuan
from payouts.runs import actions as runs
from payouts.runs.rules import RunName, name_of
from schemas.runs import Chosen, OrderChoice, Run, RunKind
from schemas.units import Period
from tests.builders import ACCOUNTANT, BOOK, CASHIER, post, record
from tests.registry import a_cooperative, act, done
from tests.runs.years import RESOLUTION, at

OFFICER = CASHIER
"""Somebody who did not prepare the order; who may approve is the table of deeds' matter."""
MADE, OVER = date(2026, 2, 2), date(2026, 2, 12)
JANUARY: Period = 202601


def owing(db: Connection) -> None:
    """213 owes 330.00, 225.00 and 90.00; 114 owes M0002 rent of 510.00, M0003 an indemnity of 6 500.00, and M0004 the
    12 960.00 a calf was bought back for less its price of 6 000.00."""
    a_cooperative(db)
    done(db, act("cash on=2025-03-05 member=M0001 amount=8000.00 resolution=1号"))
    record(db, "2025-03-31 公积 | 332/各项分配 120.00 reserve_draw | cr 322/M0001 120.00 reserve_draw")
    for one in (
        "2025-12-31 12月轮值劳务费 | 141/Q2501 300.00 | cr 213/M0001 200.00 | cr 213/M0002 100.00",
        "2026-01-31 1月轮值劳务费 | 141/Q2501 345.00 | cr 213/M0001 130.00 | cr 213/M0002 125.00 | cr 213/M0003 90.00",
        "2026-01-10 土地租金 | 521 510.00 | cr 114/M0002 510.00",
        "2026-01-12 保险赔款 | 102 6500.00 | cr 114/M0003 6500.00",
        "2026-01-13 代售肉牛 | 102 12960.00 | cr 114/M0004 12960.00",
        "2026-01-13 扣牛犊款 | 114/M0004 6000.00 | cr 211/C001 6000.00",
    ):
        post(db, one)


def settled_leaver(db: Connection) -> None:
    """M0001 gave notice in time, held until the year ended, and was settled by the register's act: 8 000.00 of capital and
    a reserve share of 120.00."""
    done(db, act("leaving on=2025-09-01 member=M0001 year=2025"))
    done(db, act("withdrawal on=2026-01-10 member=M0001 resolution=9号"))


def chosen(text: str = "", *, through: Period = JANUARY, tax: str = "") -> OrderChoice:
    """What an order is to pay: everything, or ``member amount withheld`` one after another; ``213:M0001`` names the
    account."""
    lines = []
    for part in filter(None, (one.strip() for one in text.split(";"))):
        who, amount, *withheld = part.split()
        account, _, member = who.rpartition(":")
        lines.append(
            Chosen(
                member=member,
                paying=fen_from_yuan(amount),
                withheld=fen_from_yuan(withheld[0]) if withheld else 0,
                account=account,
            )
        )
    return OrderChoice(through=through, lines=tuple(lines) if lines else None, tax=tax)


def made(
    db: Connection, kind: RunKind, order: OrderChoice | None = None, *, on: date = MADE, year: int = 2026
) -> Run:
    """An order worked out and kept as a draft."""
    run, _ = runs.new(db, book=BOOK, kind=kind, year=year, by=ACCOUNTANT, on=on, at=at(on), order=order)
    return run


def named(run: Run) -> RunName:
    """The order's name."""
    name = name_of(run.id)
    assert name is not None
    return name


def on_notice(db: Connection, kind: RunKind, order: OrderChoice | None = None, *, on: date = MADE) -> RunName:
    """An order handed in with its papers, and hung out the same day."""
    name = named(made(db, kind, order, on=on))
    runs.submit(db, name, by=ACCOUNTANT, on=on, at=at(on), resolution="理字3号", papers=[RESOLUTION])
    runs.publish(db, name, by=ACCOUNTANT, on=on, at=at(on))
    return name


def approved(
    db: Connection, kind: RunKind, order: OrderChoice | None = None, *, on: date = MADE, over: date = OVER
) -> RunName:
    """An order approved by another person the day its notice was over."""
    name = on_notice(db, kind, order, on=on)
    runs.approve(db, name, by=OFFICER, on=over, at=at(over))
    return name


def carried(
    db: Connection, kind: RunKind, order: OrderChoice | None = None, *, on: date = MADE, over: date = OVER
) -> RunName:
    """An order posted."""
    name = approved(db, kind, order, on=on, over=over)
    runs.post(db, name, by=ACCOUNTANT, on=over, at=at(over))
    return name


def owes(db: Connection, account: str, details: Iterable[str]) -> str:
    """What an account owes these by today, as text."""
    return " ".join(
        yuan(-balances.balance_of(db, book=BOOK, account=account, detail=one, until=202612))
        for one in details
    )
