"""The members' daybook 台账 over HTTP: work days as the 计分员 keeps them, and trade with members by product."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from coop.daybook import actions, queries
from ledger.periods.rules import last_day
from schemas.access import Deed
from schemas.labour import Cost, LabourMonth, WorkDay, WrittenWorkDay
from schemas.trade import Trade, WrittenTrade
from schemas.units import AmountAboveZero, Counted, Period, QuantityAboveZero, Value
from schemas.vouchers import Voucher
from web import wire
from web.api.pages import Why
from web.api.route import Call, Nothing, Routes
from web.database import Connection

routes = Routes("Daybook 台账")
MemberNumber = Annotated[str, Meta(min_length=1, max_length=40)]
Words = Annotated[str, Meta(min_length=1, max_length=80)]


class OfMonth(Value):
    """The month."""

    month: wire.Month


class NewWorkDay(Value):
    """A row of the scorekeeper's sheet: days, and the wage of one day."""

    on: date
    member: MemberNumber
    work: Words
    days: QuantityAboveZero
    day_wage: AmountAboveZero


class NewWorkDays(Value):
    """A sheet."""

    items: Annotated[tuple[NewWorkDay, ...], Meta(min_length=1, max_length=2000)]


class WorkDays(Value):
    """Work days in the order written down, counter-entries among them."""

    items: tuple[WrittenWorkDay, ...]


class LabourWanted(Value):
    """The month whose work days are booked, and what they cost. ``dated``: the month's last day or today when it is left
    out; ``apart``: vouchers of the month that credit 213 for something else; left out, those that credit somebody with more
    than the sheet has."""

    month: wire.Month
    cost: Cost
    dated: date | None = None
    apart: Annotated[tuple[Counted, ...], Meta(max_length=200)] | None = None


class NewTrade(Value):
    """What a member traded: a product, how much of it, and its price altogether; the voucher it is written down from, where
    it is."""

    on: date
    member: MemberNumber
    product: Words
    quantity: QuantityAboveZero
    unit: Words
    amount: AmountAboveZero
    note: Annotated[str, Meta(max_length=200)] = ""
    voucher: Counted | None = None


class NewTrades(Value):
    """Trades."""

    items: Annotated[tuple[NewTrade, ...], Meta(min_length=1, max_length=2000)]


class Trades(Value):
    """Trades in the order written down, counter-entries among them."""

    items: tuple[WrittenTrade, ...]


def _days_of(month: Period) -> tuple[date, date]:
    last = last_day(min(month, month // 100 * 100 + 12))
    return last.replace(day=1), last


@routes.reads("/books/{book}/work-days", deed=Deed.SEE_REGISTER, query=OfMonth, answers=WorkDays)
def list_work_days(db: Connection, call: Call[OfMonth, Nothing]) -> WorkDays:
    """The work days 工分 of a month."""
    first, last = _days_of(call.query.month)
    return WorkDays(items=queries.written(db, WrittenWorkDay, book=call.book, from_date=first, until=last))


@routes.acts(
    "/books/{book}/work-days", deed=Deed.KEEP_RECORDS, content=NewWorkDays, answers=WorkDays, status=201
)
def keep_work_days(db: Connection, call: Call[Nothing, NewWorkDays]) -> WorkDays:
    """Write the scorekeeper's sheet 记分表 down, all or none."""
    new = [
        WorkDay(on=one.on, member=one.member, work=one.work, days=one.days, day_wage=one.day_wage)
        for one in call.body.items
    ]
    return WorkDays(
        items=actions.keep_work_days(db, new, book=call.at_book, by=call.by, on=call.on, at=call.at)
    )


@routes.acts(
    "/books/{book}/work-days/{entry}/take-back",
    deed=Deed.KEEP_RECORDS,
    content=Why,
    answers=WrittenWorkDay,
    status=201,
)
def take_back_work_day(db: Connection, call: Call[Nothing, Why]) -> WrittenWorkDay:
    """Take a wrong work day back by a counter-entry 冲销, once; answers the counter-entry."""
    return actions.take_back_work_day(
        db,
        int(call.path["entry"]),
        reason=call.body.reason,
        book=call.at_book,
        by=call.by,
        on=call.on,
        at=call.at,
    )


@routes.reads("/books/{book}/work-days/vouchers", deed=Deed.SEE_REGISTER, query=OfMonth, answers=LabourMonth)
def read_labour_month(db: Connection, call: Call[OfMonth, Nothing]) -> LabourMonth:
    """A month's work days by member, beside the vouchers that book them."""
    month = call.query.month
    return queries.labour_month(db, book=call.book, month=min(month, month // 100 * 100 + 12))


@routes.acts(
    "/books/{book}/work-days/vouchers",
    deed=Deed.DRAFT_VOUCHER,
    content=LabourWanted,
    answers=Voucher,
    status=201,
)
def book_labour(db: Connection, call: Call[Nothing, LabourWanted]) -> Voucher:
    """Draft the voucher of what is due of a month's work days 工分制单: debit the cost named, credit 213 by member. Later
    corrections are drafted by their difference."""
    return actions.book_labour(
        db,
        month=call.body.month,
        cost=call.body.cost,
        book=call.at_book,
        by=call.by,
        on=call.on,
        at=call.at,
        dated=call.body.dated,
        apart=call.body.apart,
    )


@routes.reads("/books/{book}/trades", deed=Deed.SEE_REGISTER, query=OfMonth, answers=Trades)
def list_trades(db: Connection, call: Call[OfMonth, Nothing]) -> Trades:
    """The members' trade 交易 of a month."""
    first, last = _days_of(call.query.month)
    return Trades(items=queries.written(db, WrittenTrade, book=call.book, from_date=first, until=last))


@routes.acts("/books/{book}/trades", deed=Deed.KEEP_RECORDS, content=NewTrades, answers=Trades, status=201)
def keep_trades(db: Connection, call: Call[Nothing, NewTrades]) -> Trades:
    """Write down what members traded, all or none."""
    new = [
        Trade(
            on=one.on,
            member=one.member,
            product=one.product,
            quantity=one.quantity,
            unit=one.unit,
            amount=one.amount,
            note=one.note,
            voucher=one.voucher,
        )
        for one in call.body.items
    ]
    return Trades(items=actions.keep_trades(db, new, book=call.at_book, by=call.by, on=call.on, at=call.at))


@routes.acts(
    "/books/{book}/trades/{entry}/take-back",
    deed=Deed.KEEP_RECORDS,
    content=Why,
    answers=WrittenTrade,
    status=201,
)
def take_back_trade(db: Connection, call: Call[Nothing, Why]) -> WrittenTrade:
    """Take a wrong trade back by a counter-entry 冲销, once; answers the counter-entry."""
    return actions.take_back_trade(
        db,
        int(call.path["entry"]),
        reason=call.body.reason,
        book=call.at_book,
        by=call.by,
        on=call.on,
        at=call.at,
    )
