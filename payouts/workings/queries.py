"""What a year's distribution and commissions follow from, by the registers and books as they are."""

from datetime import date

from sqlalchemy import Connection

from coop.daybook import queries as daybook
from coop.herd import queries as herd
from coop.member_accounts.queries import fund_of
from coop.members import queries as members
from coop.scoring import queries as scoring
from coop.shares import queries as shares
from ledger.balances import queries as balances
from ledger.charts import standard
from ledger.vouchers.rules import SETTLEMENT
from payouts import commission, distribution
from payouts.runs.queries import standing
from schemas.books import Book
from schemas.charts import MovementType
from schemas.policies import BasisKind, CharterPolicy
from schemas.runs import CommissionInputs, DividendInputs, RunKind
from schemas.units import Fen

_BY_TRADE = frozenset({BasisKind.TRADE_VALUE, BasisKind.TRADE_QUANTITY})


def inputs_under(
    db: Connection, *, book: Book, kind: RunKind, policy: CharterPolicy, version: int
) -> DividendInputs | CommissionInputs:
    """What a run of the policy's year follows from, under this policy: the standing one, or one it is compared with."""
    if kind is RunKind.COMMISSION:
        return commission.inputs(
            book=book.id,
            policy=policy,
            policy_version=version,
            managers=scoring.managers(db, book=book.id, year=policy.year),
            ballots=scoring.ballots(db, book=book.id, year=policy.year),
            members=members.members(db, book=book.id),
        )
    plan = standard(book.standard).settlement
    return distribution.inputs(
        _year_facts(db, book=book, policy=policy),
        book=book.id,
        policy=policy,
        policy_version=version,
        floor_bp=plan.floor_bp,
        reserve_by_member=not plan.reserve_name,
    )


def _year_facts(db: Connection, *, book: Book, policy: CharterPolicy) -> distribution.YearFacts:
    """What a plan's legs go by, and nothing else: sums the database makes, single facts where a leg counts their days."""
    year, goes_by = policy.year, {leg.basis.kind for leg in policy.legs}
    first, last = date(year, 1, 1), date(year, 12, 31)
    chart = standard(book.standard)
    kept = balances.details_between(
        db, book=book.id, from_period=year * 100 + 1, to_period=year * 100 + SETTLEMENT
    )
    reserve = chart.settlement.reserve
    surplus = _surplus(db, book=book, year=year, account=chart.settlement.distribution)
    undistributed = -sum(row.closing for row in kept if row.account == chart.settlement.distribution)
    commissions = standing(db, book=book.id, kind=RunKind.COMMISSION, year=year)
    posted = commissions is not None and commissions.is_booked
    return distribution.YearFacts(
        members=members.memberships(db, book=book.id),
        held=shares.holdings(db, book=book.id, as_of=policy.record_date),
        movements=shares.movements(db, book=book.id) if BasisKind.SHARE_DAYS in goes_by else (),
        traded=daybook.traded(db, book=book.id, from_date=first, until=last) if goes_by & _BY_TRADE else {},
        worked=daybook.worked(db, book=book.id, from_date=first, until=last)
        if BasisKind.WORK_DAYS in goes_by
        else {},
        animals=herd.animals(db, book=book.id) if BasisKind.HEADS in goes_by else (),
        reserve_before={row.detail: -row.opening for row in kept if row.account == reserve and row.opening},
        state_total=fund_of(kept, chart, MovementType.STATE_AID),
        donation_total=fund_of(kept, chart, MovementType.DONATION),
        surplus=surplus,
        commission=commissions.total if commissions is not None and posted else 0,
        undistributed_before=undistributed - surplus,
    )


def _surplus(db: Connection, *, book: Book, year: int, account: str) -> Fen:
    """What the year's result account handed over: credit of 本年盈余 on the distribution account."""
    stage = year * 100 + SETTLEMENT
    return sum(
        credit - debit
        for code, _, movement, _, debit, credit in balances.movements_between(
            db, book=book.id, from_period=stage, to_period=stage
        )
        if code == account and movement == MovementType.CURRENT_YEAR_SURPLUS
    )
