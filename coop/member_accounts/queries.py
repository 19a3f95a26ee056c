"""A member's account as register and books have it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TypeVar

from msgspec.structs import replace
from sqlalchemy import Connection

from coop.daybook import queries as daybook
from coop.member_accounts import rules
from coop.member_accounts.rules import Ledger
from coop.members import queries as members
from coop.shares import queries as shares
from ledger.balances import queries as balances
from ledger.charts import standard
from ledger.vouchers.rules import SETTLEMENT
from schemas.balances import DetailBalance
from schemas.books import Book
from schemas.charts import MovementType, Standard
from schemas.labour import WorkDay
from schemas.member_accounts import MemberAccount, QuantifiedShares
from schemas.members import Member
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.shares import Movement
from schemas.trade import Trade
from schemas.units import Fen

Fact = TypeVar("Fact", Movement, Trade, WorkDay)

member_must_be_in_the_register = Fault(
    code="member_must_be_in_the_register",
    says="Book {book} has no member {member}.",
    remedy="Look the number up in the register.",
)
CURRENT_ACCOUNT = "114"
"""成员往来 in a cooperative's chart (财会〔2021〕37号)."""
NOTHING_QUANTIFIED = QuantifiedShares()
"""The quantified shares of somebody who is no member of record."""


def member_account(db: Connection, *, book: Book, number: str, year: int, record_date: date) -> MemberAccount:
    """The account of a member at the end of a year, or as the year stands; the equal shares are those of the members of
    record on the year's record date. Refused: no such member."""
    found = members.member(db, book=book.id, number=number)
    if found is None:
        problem = member_must_be_in_the_register.at("/member", book=book.short_name, member=number)
        raise Refusal(problem, kind=RefusalKind.MISSING)
    (account,) = _drawn_up(db, [found], book=book, year=year, record_date=record_date, member=number)
    return account


def member_accounts(db: Connection, *, book: Book, year: int, record_date: date) -> Iterator[MemberAccount]:
    """The accounts of everybody who was a member in a year, by number; registers and books are read once."""
    of_year = [
        one
        for one in members.members(db, book=book.id).values()
        if one.joined_on.year <= year and (one.left_on is None or one.left_on.year >= year)
    ]
    return _drawn_up(db, of_year, book=book, year=year, record_date=record_date, member=None)


def quantified_before(
    db: Connection, *, book: Book, year: int, record_date: date
) -> Mapping[str, QuantifiedShares]:
    """The quantified shares a year begins with, by member: what the fund opened with, shared out over the members of
    record on the record date of the year before."""
    first = year * 100 + 1
    kept = balances.details_between(db, book=book.id, from_period=first, to_period=first)
    opened = tuple(replace(row, debit=0, credit=0) for row in kept)
    aid, donations = _quantified(db, opened, book=book, on=record_date)
    return {
        number: QuantifiedShares(state_aid=amount, donations=donations.get(number, 0))
        for number, amount in aid.items()
    }


def _quantified(
    db: Connection, kept: Iterable[DetailBalance], *, book: Book, on: date
) -> tuple[Mapping[str, Fen], Mapping[str, Fen]]:
    """What the fund holds of state aid and of donations, shared out equally over the members of record on a day."""
    chart, kept = standard(book.standard), tuple(kept)
    of_record = [
        one.number for one in members.memberships(db, book=book.id) if rules.is_of_record(one, on=on)
    ]
    aid, donations = (
        rules.quantified(fund_of(kept, chart, movement), of_record)
        for movement in (MovementType.STATE_AID, MovementType.DONATION)
    )
    return aid, donations


def _drawn_up(
    db: Connection,
    wanted: Iterable[Member],
    *,
    book: Book,
    year: int,
    record_date: date,
    member: str | None,
) -> Iterator[MemberAccount]:
    """The accounts of these members, of whom ``member`` is the only one where it is not None."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    chart = standard(book.standard)
    kept = balances.details_between(
        db, book=book.id, from_period=year * 100 + 1, to_period=year * 100 + SETTLEMENT
    )
    settled = balances.details_between(
        db, book=book.id, from_period=year * 100 + SETTLEMENT, to_period=year * 100 + SETTLEMENT
    )
    aid, donations = _quantified(db, kept, book=book, on=record_date)
    moved = _by_member(shares.movements(db, book=book.id, member=member))
    traded = _by_member(daybook.entries(db, Trade, book=book.id, member=member, from_date=first, until=last))
    worked = _by_member(
        daybook.entries(db, WorkDay, book=book.id, member=member, from_date=first, until=last)
    )
    kept_of, settled_of = _by_detail(kept), _by_detail(settled)
    for one in wanted:
        number = one.number
        yield rules.draw_up(
            one,
            book=book.id,
            year=year,
            movements=moved.get(number, ()),
            trades=traded.get(number, ()),
            work_days=worked.get(number, ()),
            ledger=_ledger(kept_of.get(number, ()), settled_of.get(number, ()), chart=chart),
            state_aid=aid.get(number, 0),
            donations=donations.get(number, 0),
        )


def _by_member(facts: Iterable[Fact]) -> Mapping[str, list[Fact]]:
    found: defaultdict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        found[fact.member].append(fact)
    return found


def _by_detail(rows: Iterable[DetailBalance]) -> Mapping[str, list[DetailBalance]]:
    found: defaultdict[str, list[DetailBalance]] = defaultdict(list)
    for row in rows:
        found[row.detail].append(row)
    return found


def fund_of(kept: Iterable[DetailBalance], chart: Standard, movement: MovementType) -> Fen:
    """What the account 专项基金 holds from one source, told by the beginning of its details."""
    return -sum(
        row.closing
        for row in kept
        for proposal in chart.accounts[row.account[:3]].proposals
        if proposal.movement is movement and proposal.prefix and row.detail.startswith(proposal.prefix)
    )


def _ledger(kept: Iterable[DetailBalance], settled: Iterable[DetailBalance], *, chart: Standard) -> Ledger:
    """From a member's own lines; a distribution is what the settlement stage credits."""
    own = {row.account: row for row in kept}
    given = {row.account: row.credit - row.debit for row in settled}
    reserve, current = own.get(chart.settlement.reserve), own.get(CURRENT_ACCOUNT)
    return Ledger(
        opening_reserve=0 if reserve is None else -reserve.opening,
        reserve=0 if reserve is None else -reserve.closing,
        patronage=given.get(chart.settlement.patronage, 0),
        residual=given.get(chart.settlement.residual, 0),
        current=0 if current is None else current.closing,
    )
