"""A member's account as register and books have it."""

from collections.abc import Iterable
from datetime import date

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
from schemas.member_accounts import MemberAccount
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.trade import Trade
from schemas.units import Fen

member_must_be_in_the_register = Fault(
    code="member_must_be_in_the_register",
    says="Book {book} has no member {member}.",
    remedy="Look the number up in the register.",
)
CURRENT_ACCOUNT = "114"
"""成员往来 in a cooperative's chart (财会〔2021〕37号)."""


def member_account(db: Connection, *, book: Book, number: str, year: int) -> MemberAccount:
    """The account of a member at the end of a year, or as the year stands. Refused: no such member."""
    found = members.member(db, book=book.id, number=number)
    if found is None:
        problem = member_must_be_in_the_register.at("/member", book=book.short_name, member=number)
        raise Refusal(problem, kind=RefusalKind.MISSING)
    first, last = date(year, 1, 1), date(year, 12, 31)
    of_record = [
        one.number for one in members.members(db, book=book.id).values() if rules.is_of_record(one, on=last)
    ]
    chart = standard(book.standard)
    kept = balances.details_between(
        db, book=book.id, from_period=year * 100 + 1, to_period=year * 100 + SETTLEMENT
    )
    settled = balances.details_between(
        db, book=book.id, from_period=year * 100 + SETTLEMENT, to_period=year * 100 + SETTLEMENT
    )
    funds = {
        movement: rules.quantified(fund_of(kept, chart, movement), of_record).get(number, 0)
        for movement in (MovementType.STATE_AID, MovementType.DONATION)
    }
    return rules.draw_up(
        found,
        book=book.id,
        year=year,
        movements=shares.movements(db, book=book.id, member=number),
        trades=daybook.entries(db, Trade, book=book.id, member=number, from_date=first, until=last),
        work_days=daybook.entries(db, WorkDay, book=book.id, member=number, from_date=first, until=last),
        ledger=_ledger(kept, settled, chart=chart, member=number),
        state_aid=funds[MovementType.STATE_AID],
        donations=funds[MovementType.DONATION],
    )


def fund_of(kept: Iterable[DetailBalance], chart: Standard, movement: MovementType) -> Fen:
    """What the account 专项基金 holds from one source, told by the beginning of its details."""
    return -sum(
        row.closing
        for row in kept
        for proposal in chart.accounts[row.account[:3]].proposals
        if proposal.movement is movement and proposal.prefix and row.detail.startswith(proposal.prefix)
    )


def _ledger(
    kept: tuple[DetailBalance, ...],
    settled: tuple[DetailBalance, ...],
    *,
    chart: Standard,
    member: str,
) -> Ledger:
    """The member's own lines; a distribution is what the settlement stage credits."""
    own = {row.account: row for row in kept if row.detail == member}
    given = {row.account: row.credit - row.debit for row in settled if row.detail == member}
    reserve, current = own.get(chart.settlement.reserve), own.get(CURRENT_ACCOUNT)
    return Ledger(
        opening_reserve=0 if reserve is None else -reserve.opening,
        reserve=0 if reserve is None else -reserve.closing,
        patronage=given.get(chart.settlement.patronage, 0),
        residual=given.get(chart.settlement.residual, 0),
        current=0 if current is None else current.closing,
    )
