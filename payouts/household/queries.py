"""What registers and books say of a household, asked in a few questions whatever the size of the book.

``statement_seen_by`` is the one careful door: another household's statement and none at all are the same answer.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import groupby
from threading import Lock
from typing import Any, TypeVar

from cachetools import LRUCache, cached
from sqlalchemy import ColumnElement, Connection, bindparam, case, func, literal, or_, select

from coop.access import queries as access
from coop.daybook import queries as daybook
from coop.herd import queries as herd
from coop.households import queries as households
from coop.households.rules import household_must_be_there
from coop.member_accounts.queries import CURRENT_ACCOUNT, fund_of
from coop.members import queries as members
from coop.members.tables import MemberRow
from coop.places import queries as places
from coop.shares import queries as shares
from coop.shares.rules import share_account
from coop.shares.tables import ShareMovementRow
from ledger.balances import queries as balances
from ledger.balances.tables import BalanceRow
from ledger.books.tables import AccountRow
from ledger.charts import standard
from ledger.columns import Prepared, PreparedAmong, table_of
from ledger.log import queries as log
from ledger.periods import queries as periods
from ledger.vouchers.rules import SETTLEMENT, number_text
from ledger.vouchers.tables import VoucherRow
from payouts.batches.tables import BatchLineRow, BatchOutcomeRow, BatchRow
from payouts.household import rules
from payouts.household.rules import (
    AccountName,
    BalanceOf,
    Facts,
    PaidYear,
    Quantified,
    RunFacts,
    SentOf,
    YearOfBook,
)
from payouts.notices import queries as notices
from payouts.policies import queries as policies
from payouts.runs import queries as runs
from payouts.runs import rules as run_rules
from payouts.runs.rules import RunName, name_of
from payouts.runs.tables import RunLineRow, RunRow
from schemas.access import Deed, Rights
from schemas.appeals import Appeal
from schemas.batches import BatchState, Channel, Outcome, Reason
from schemas.books import Book
from schemas.charts import Category, KeptBy, MovementType, Standard
from schemas.household import CommissionOf, HouseholdStatement, PaperOf
from schemas.labour import WorkDay
from schemas.members import Member
from schemas.policies import BasisKind
from schemas.problems import Refusal, RefusalKind
from schemas.runs import ORDERS, CommissionInputs, Commissions, Document, OrderInputs, Run, RunKind, RunLine
from schemas.shares import Movement
from schemas.trade import Trade
from schemas.units import BookId, Fen

T = TypeVar("T")

_run = table_of(RunRow)
_line = table_of(RunLineRow)
_batch = table_of(BatchRow)
_sent_line = table_of(BatchLineRow)
_outcome = table_of(BatchOutcomeRow)
_balance = table_of(BalanceRow)
_account = table_of(AccountRow)
_member = table_of(MemberRow)
_movement = table_of(ShareMovementRow)
_voucher = table_of(VoucherRow)

_OPEN_TO_MEMBERS = frozenset({Document.COUNCIL, Document.ASSEMBLY})
"""What a member may read by law (合作社法 第二十一条): resolutions of the meeting and of the council."""
_FUNDS = (MovementType.STATE_AID, MovementType.DONATION)
_STATES = [state.value for state in rules.OUT]


def statement_seen_by(
    db: Connection,
    who: Rights,
    *,
    book: Book,
    household: str | None = None,
    member: str | None = None,
    year: int | None = None,
    on: date,
) -> HouseholdStatement:
    """What a household is told about a year (None: the last there is something to read about), or the household of a
    member. A household sees its own alone; whoever may see the book sees all. Refused as missing otherwise, and where
    there is no such household."""
    wanted = household
    if wanted is None and member is not None:
        wanted = households.household_of_member(db, book=book.id, member=member)
    found = () if not wanted else members.of_household(db, book=book.id, household=wanted)
    if not wanted or not found or not _sees(db, who, book=book.id, household=wanted):
        shown = member if household is None else household
        raise Refusal(
            household_must_be_there.at("/household", book=book.short_name, household=shown or ""),
            kind=RefusalKind.MISSING,
        )
    of = year_of_book(db, book=book, year=year, on=on)
    facts = _facts(db, of, book=book, of_household=found)
    return rules.draw_up(of, facts, household=wanted)


def _sees(db: Connection, who: Rights, *, book: BookId, household: str) -> bool:
    whose = households.household_of(db, who.person)
    if whose is not None:
        return (whose.book, whose.household) == (book, household)
    return access.may(db, who, Deed.SEE_BOOK, book)


def statements_of(
    db: Connection, *, book: Book, year: int | None = None, on: date
) -> Iterator[HouseholdStatement]:
    """The statements of all households of a book, by household number. Everything is asked for once."""
    of = year_of_book(db, book=book, year=year, on=on)
    facts = _facts(db, of, book=book, of_household=None)
    by_household: defaultdict[str, list[Member]] = defaultdict(list)
    for member in facts.members:
        if member.household:
            by_household[member.household].append(member)
    for household in sorted(by_household):
        yield rules.draw_up(of, _with_members(facts, by_household[household]), household=household)


def _with_members(facts: Facts, chosen: Sequence[Member]) -> Facts:
    """The same facts for some members; what is said of others is not copied, only not looked at."""
    return Facts(
        members=tuple(chosen),
        movements=facts.movements,
        papers=facts.papers,
        lines=facts.lines,
        sent=facts.sent,
        balances=facts.balances,
        work=facts.work,
        trade=facts.trade,
        animals=facts.animals,
        paid=facts.paid,
        appeals=facts.appeals,
        heirs=facts.heirs,
    )


# What is the same for every household


_LAST_PUBLIC = Prepared(
    select(func.max(_run.c.year).label("year")).where(
        _run.c.book_id == bindparam("book"), _run.c.state.in_([literal(state) for state in _STATES])
    )
)


def years_of(db: Connection, *, book: Book) -> tuple[int, ...]:
    """The years there is something to read about: from the book's first to the last that is sealed or has a public run."""
    return _years_of(db, book=book, sealed=periods.state_of(db, book=book).sealed)


def _years_of(db: Connection, *, book: Book, sealed: frozenset[int]) -> tuple[int, ...]:
    public = _LAST_PUBLIC.first(db, book=book.id)
    last = max({book.first_year, *sealed, *([] if public is None or public.year is None else [public.year])})
    return tuple(range(book.first_year, last + 1))


def year_of_book(db: Connection, *, book: Book, year: int | None, on: date) -> YearOfBook:
    """Everything about a book's year that is the same for each of its households. It is worked out once as long as nothing
    moves in the book: the head of its chain stands for all that is in it."""
    head = log.head(db, book=book.id)
    return _year_as_of(db, book, year, on, head="" if head is None else head.hash)


@cached(LRUCache(maxsize=64), key=lambda _, book, year, on, head: (book, year, on, head), lock=Lock())
def _year_as_of(db: Connection, book: Book, year: int | None, on: date, *, head: str) -> YearOfBook:  # noqa: ARG001
    sealed = periods.state_of(db, book=book).sealed
    years = _years_of(db, book=book, sealed=sealed)
    chosen = years[-1] if year is None else year
    chart = standard(book.standard)
    as_of = min(on, date(chosen, 12, 31))
    unit = places.unit(db, book=book.id)
    public = tuple(_public_runs(db, book=book.id, year=chosen))
    return YearOfBook(
        book=book.id,
        kind=book.kind,
        unit=book.name,
        year=chosen,
        as_of=as_of,
        drawn_up=on,
        closed=chosen in sealed,
        loss=_loss(db, book=book.id, chart=chart, year=chosen, runs=public),
        founded=date(book.first_year, 1, 1) if unit is None else unit.founded_on,
        years=years,
        settlement=chart.settlement,
        capital=share_account(chart),
        accounts=_account_names(chart),
        runs=public,
        shares_of_all=_shares_of_all(db, book=book.id, as_of=as_of, runs=public),
        quantified=_quantified(db, book=book.id, chart=chart, year=chosen),
    )


def _public_runs(db: Connection, *, book: BookId, year: int) -> Iterator[RunFacts]:
    """The year's public runs, the dividend before the commission."""
    found = [run for run in runs.runs(db, book=book, year=year) if run.state in rules.OUT]
    for run in sorted(found, key=lambda one: one.kind is not RunKind.DIVIDEND):
        name = _name(run)
        acts = runs.acts(db, name)
        yield rules.run_facts(
            run,
            runs.parts(db, name, content=run.content),
            acts,
            procedure=runs.procedure_of(db, name, acts),
            papers=(
                PaperOf(sha256=one.sha256, document=one.document, name=one.name)
                for one in runs.documents(db, name)
                if one.document in _OPEN_TO_MEMBERS
            ),
            commissions=_commissions(db, run, name) if run.kind is RunKind.COMMISSION else {},
            order=_order(db, run, name) if run.kind in ORDERS else None,
        )


def _order(db: Connection, run: Run, name: RunName) -> OrderInputs:
    inputs, _ = runs.frozen_inputs(db, name, content=run.content)
    assert isinstance(inputs, OrderInputs), "an order follows from an order's inputs"
    return inputs


def _commissions(db: Connection, run: Run, name: RunName) -> Mapping[str, CommissionOf]:
    inputs, _ = runs.frozen_inputs(db, name, content=run.content)
    assert isinstance(inputs, CommissionInputs), "a commission follows from a commission's inputs"
    made = run_rules.figures(inputs).result
    assert isinstance(made, Commissions), "and comes to commissions"
    return {
        one.member: CommissionOf(
            mode=made.mode,
            base=one.base,
            rate_bp=inputs.policy.commission_bp,
            due=one.due,
            score=one.score.published,
            paid=one.paid,
        )
        for one in made.managers
    }


def _loss(db: Connection, *, book: BookId, chart: Standard, year: int, runs: Iterable[RunFacts]) -> Fen:
    """The loss the settlement stage brought on the distribution account: nothing is drawn or shared out of one, so it is
    all that stands on the debit side there."""
    if any(one.run.kind is RunKind.DIVIDEND and one.run.total for one in runs):
        return 0
    plan = chart.settlement
    (moved,) = _ON_DISTRIBUTION.rows(
        db,
        book=book,
        account=plan.distribution,
        detail=plan.undistributed,
        period=year * 100 + SETTLEMENT,
    )
    return max(0, int(moved.amount))


_ON_DISTRIBUTION = Prepared(
    select(func.coalesce(func.sum(_balance.c.debit - _balance.c.credit), 0).label("amount")).where(
        _balance.c.book_id == bindparam("book"),
        _balance.c.account == bindparam("account"),
        _balance.c.detail == bindparam("detail"),
        _balance.c.period == bindparam("period"),
    )
)


def _shares_of_all(db: Connection, *, book: BookId, as_of: date, runs: Iterable[RunFacts]) -> Fen:
    """The value of all shares of all members: as a run's leg has it, else added up."""
    for one in runs:
        for part in one.parts.values():
            if part.basis == BasisKind.SHARE_VALUE.value:
                return part.total_weight
    (held,) = _ALL_SHARES.rows(db, book=book, as_of=as_of)
    return int(held.value)


_ALL_SHARES = Prepared(
    select(func.coalesce(func.sum(_movement.c.value), 0).label("value")).where(
        _movement.c.book_id == bindparam("book"), _movement.c.on <= bindparam("as_of")
    )
)


def _quantified(db: Connection, *, book: BookId, chart: Standard, year: int) -> Quantified:
    kept = [
        row
        for account in sorted(
            {
                code
                for code, one in chart.accounts.items()
                if any(proposal.movement in _FUNDS for proposal in one.proposals)
            }
        )
        for row in balances.details_between(
            db,
            book=book,
            from_period=year * 100 + 1,
            to_period=year * 100 + SETTLEMENT,
            account=account,
        )
    ]
    aid, donations = (max(0, fund_of(kept, chart, movement)) for movement in _FUNDS)
    if chart.settlement.reserve_name or (not aid and not donations):
        return Quantified()
    on = policies.record_date(db, book=book, year=year)
    (row,) = _COUNTED.rows(db, book=book, on=on)
    count = int(row.members)
    left = max((aid % count, donations % count)) if count else 0
    first: tuple[str, ...] = ()
    if left:
        first = tuple(sorted(one.member_no for one in _OF_RECORD.rows(db, book=book, on=on))[:left])
    return Quantified(aid=aid, donations=donations, members=count, first=first, record_date=on)


_MEMBERS_OF_RECORD = (
    _member.c.book_id == bindparam("book"),
    _member.c.joined_on <= bindparam("on"),
    or_(_member.c.left_on.is_(None), _member.c.left_on >= bindparam("on")),
)
_COUNTED = Prepared(select(func.count().label("members")).where(*_MEMBERS_OF_RECORD))
_OF_RECORD = Prepared(select(_member.c.member_no).where(*_MEMBERS_OF_RECORD))


@cache
def _account_names_of(standard_id: str) -> Mapping[str, AccountName]:
    return {code: AccountName(zh=one.zh, en=one.en) for code, one in standard(standard_id).accounts.items()}


def _account_names(chart: Standard) -> Mapping[str, AccountName]:
    return _account_names_of(chart.id)


# What is said of some members


def _facts(db: Connection, of: YearOfBook, *, book: Book, of_household: Sequence[Member] | None) -> Facts:
    """Everything about the members of a household, or about all (None)."""
    numbers = None if of_household is None else [one.number for one in of_household]
    first, last = date(of.year, 1, 1), date(of.year, 12, 31)
    movements = _each(lambda one: shares.movements(db, book=book.id, member=one), numbers)
    work = _each(
        lambda one: daybook.entries(db, WorkDay, book=book.id, member=one, from_date=first, until=last),
        numbers,
    )
    traded = _each(
        lambda one: daybook.entries(db, Trade, book=book.id, member=one, from_date=first, until=last), numbers
    )
    animals = _each(lambda one: herd.animals(db, book=book.id, owner=one), numbers)
    found = tuple(members.members(db, book=book.id).values()) if of_household is None else tuple(of_household)
    lines, paid = _lines(db, of, numbers=numbers)
    kept, by_the_books = _balances(db, of, book=book, numbers=numbers)
    appeals = (
        notices.appeals(db, book=book.id)
        if of_household is None
        else notices.appeals_of_household(db, book=book.id, household=found[0].household, year=of.year)
    )
    return Facts(
        members=found,
        movements=_by(movements, lambda one: one.member),
        papers=papers(db, book.id, movements),
        lines=lines,
        sent=_sent(db, of, numbers=numbers),
        balances=_by(kept, lambda one: one.member),
        work=rules.work_sums(work),
        trade=_by(rules.trade_sums(traded), lambda one: one.member),
        animals=_by(animals, lambda one: one.owner_member or ""),
        paid=_by([*paid, *by_the_books], lambda one: one.member),
        appeals=_by((one for one in appeals if _of_year(one, of.year)), lambda one: one.payee),
        heirs=_by(
            members.heirs(db, book=book.id) if any(one.left_on for one in found) else (),
            lambda one: one.member,
        ),
    )


def _of_year(appeal: Appeal, year: int) -> bool:
    name = name_of(appeal.run)
    return name is not None and name.year == year


def _each(ask: Callable[[str | None], Sequence[T]], numbers: Sequence[str] | None) -> list[T]:
    """What is asked of each member, or once of all."""
    if numbers is None:
        return list(ask(None))
    return [row for number in numbers for row in ask(number)]


def _by(rows: Iterable[T], key: Callable[[T], Any]) -> Mapping[Any, list[T]]:
    found: defaultdict[Hashable, list[T]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _name(run: Run) -> RunName:
    name = name_of(run.id)
    assert name is not None, "a run is kept under its name"
    return name


_PAPERS = PreparedAmong(
    lambda keys: select(_voucher.c.voucher_id, _voucher.c.word, _voucher.c.number).where(
        _voucher.c.book_id == bindparam("book"), _voucher.c.voucher_id.in_(keys)
    )
)


def papers(db: Connection, book: BookId, booked: Iterable[Movement | Trade]) -> Mapping[int, str]:
    """The numbers of the vouchers these movements or trades were booked with, by their ids."""
    ids = sorted({one.voucher for one in booked if one.voucher is not None})
    return {
        row.voucher_id: number_text(row.word, row.number)
        for row in _PAPERS.rows(db, ids, book=book)
        if row.number is not None
    }


_OF_RUNS = (
    select(
        _run.c.kind,
        _run.c.year,
        _run.c.round,
        _line.c.part,
        _line.c.payee,
        _line.c.weight,
        _line.c.amount,
        _line.c.fen_from_remainder,
    )
    .select_from(
        _line.join(
            _run,
            (_run.c.book_id == _line.c.book_id)
            & (_run.c.kind == _line.c.kind)
            & (_run.c.year == _line.c.year)
            & (_run.c.round == _line.c.round)
            & (_run.c.content == _line.c.content),
        )
    )
    .where(_line.c.book_id == bindparam("book"), _run.c.state.in_([literal(state) for state in _STATES]))
)
_LINES = PreparedAmong(lambda keys: _OF_RUNS.where(_line.c.payee.in_(keys)))
_ALL_LINES = Prepared(_OF_RUNS)


def _lines(
    db: Connection, of: YearOfBook, *, numbers: Sequence[str] | None
) -> tuple[Mapping[tuple[str, str], Sequence[RunLine]], list[PaidYear]]:
    """The lines of the year's runs by run and payee; and what commissions of other years came to (their distributed
    surplus is in the books)."""
    rows = _ALL_LINES.rows(db, book=of.book) if numbers is None else _LINES.rows(db, numbers, book=of.book)
    lines: defaultdict[tuple[str, str], list[RunLine]] = defaultdict(list)
    paid = []
    for row in rows:
        if row.year == of.year:
            name = RunName(book=of.book, kind=RunKind(row.kind), year=row.year, round=row.round)
            lines[str(name), row.payee].append(
                RunLine(
                    part=row.part,
                    payee=row.payee,
                    weight=row.weight,
                    amount=row.amount,
                    fen_from_remainder=bool(row.fen_from_remainder),
                )
            )
        elif row.kind == RunKind.COMMISSION.value and row.amount:
            paid.append(PaidYear(member=row.payee, year=row.year, amount=row.amount))
    for of_payee in lines.values():
        of_payee.sort(key=lambda line: line.part)
    return lines, paid


_IN_BATCHES = (
    select(
        _run.c.kind,
        _run.c.round,
        _sent_line.c.payee,
        _sent_line.c.name,
        _sent_line.c.bank,
        _sent_line.c.account_shown,
        _batch.c.state,
        _batch.c.channel,
        _batch.c.sent_on,
        _outcome.c.outcome,
        _outcome.c.on,
        _outcome.c.reason,
    )
    .select_from(
        _run.join(
            _sent_line,
            (_sent_line.c.book_id == _run.c.book_id)
            & (_sent_line.c.kind == _run.c.kind)
            & (_sent_line.c.year == _run.c.year)
            & (_sent_line.c.round == _run.c.round),
        )
        .join(
            _batch,
            (_batch.c.book_id == _sent_line.c.book_id) & (_batch.c.number == _sent_line.c.batch),
        )
        .outerjoin(
            _outcome,
            (_outcome.c.book_id == _sent_line.c.book_id)
            & (_outcome.c.batch == _sent_line.c.batch)
            & (_outcome.c.line == _sent_line.c.line),
        )
    )
    .where(_run.c.book_id == bindparam("book"), _run.c.year == bindparam("year"))
    .order_by(_sent_line.c.payee, _sent_line.c.attempt, _outcome.c.seq)
)
_SENT = PreparedAmong(lambda keys: _IN_BATCHES.where(_sent_line.c.payee.in_(keys)))
_ALL_SENT = Prepared(_IN_BATCHES)


def _sent(
    db: Connection, of: YearOfBook, *, numbers: Sequence[str] | None
) -> Mapping[tuple[str, str], SentOf]:
    """Of each payee the last line of a batch and the last word on it, by run and payee. The last was voided: nothing."""
    if not any(one.run.is_booked for one in of.runs):
        return {}
    values = {"book": of.book, "year": of.year}
    rows = _ALL_SENT.rows(db, **values) if numbers is None else _SENT.rows(db, numbers, **values)
    found: dict[tuple[str, str], SentOf] = {}
    for row in rows:
        run = str(RunName(book=of.book, kind=RunKind(row.kind), year=of.year, round=row.round))
        if row.state == BatchState.VOIDED.value:
            found.pop((run, row.payee), None)
            continue
        found[run, row.payee] = SentOf(
            run=run,
            payee=row.payee,
            channel=Channel(row.channel),
            sent_on=row.sent_on,
            name=row.name,
            bank=row.bank,
            account=row.account_shown,
            outcome=Outcome(row.outcome) if row.outcome else None,
            on=row.on,
            reason=Reason(row.reason) if row.reason else None,
        )
    return found


# Balances are asked for account by account, so that the key of the table leads to them.


@cache
def _told(standard_id: str) -> tuple[str, ...]:
    """The statutory accounts kept by member whose money a household is told about."""
    chart = standard(standard_id)
    plan = chart.settlement
    return tuple(
        code
        for code, one in chart.accounts.items()
        if KeptBy.MEMBER in one.kept_by
        and (
            one.category is Category.LIABILITY
            or code in {CURRENT_ACCOUNT, plan.reserve, plan.patronage, plan.residual}
        )
    )


def _stages(standard_id: str, *more: ColumnElement[bool]) -> Any:
    """What moved on these accounts, added up by member, year and stage of it: what it opened with, its months, its
    settlement."""
    year, month = _balance.c.period // 100, _balance.c.period % 100
    stage = case((month == 0, 0), (month == SETTLEMENT, SETTLEMENT), else_=1)
    by = (_account.c.statutory, _balance.c.detail, year.label("year"), stage.label("stage"))
    return (
        select(
            *by,
            func.sum(_balance.c.debit).label("debit"),
            func.sum(_balance.c.credit).label("credit"),
        )
        .select_from(
            _account.join(
                _balance,
                (_balance.c.book_id == _account.c.book_id) & (_balance.c.account == _account.c.code),
            )
        )
        .where(
            _account.c.book_id == bindparam("book"),
            _account.c.statutory.in_([literal(code) for code in _told(standard_id)]),
            *more,
        )
        .group_by(*by)
        .order_by(_balance.c.detail, _account.c.statutory)
    )


@cache
def _stages_among(standard_id: str) -> PreparedAmong:
    return PreparedAmong(lambda keys: _stages(standard_id, _balance.c.detail.in_(keys)))


@cache
def _all_stages(standard_id: str) -> Prepared:
    return Prepared(_stages(standard_id))


def _balances(
    db: Connection, of: YearOfBook, *, book: Book, numbers: Sequence[str] | None
) -> tuple[list[BalanceOf], list[PaidYear]]:
    """What each account says of each member, and what the settlement of each year gave them, imported years included."""
    rows = (
        _all_stages(book.standard).rows(db, book=book.id)
        if numbers is None
        else _stages_among(book.standard).rows(db, numbers, book=book.id)
    )
    found = [
        _balance_of(account, member, list(moved), year=of.year)
        for (member, account), moved in groupby(rows, lambda row: (row.detail, row.statutory))
    ]
    plan = of.settlement
    paid = [
        PaidYear(member=row.detail, year=int(row.year), amount=int(row.credit - row.debit))
        for row in rows
        if row.stage == SETTLEMENT and row.statutory in {plan.patronage, plan.residual} and row.detail
    ]
    return found, [one for one in paid if one.amount]


def _balance_of(account: str, member: str, moved: Sequence[Any], *, year: int) -> BalanceOf:
    before = [row for row in moved if row.year < year or (row.year == year and row.stage == 0)]
    within = [row for row in moved if row.year == year and row.stage]
    return BalanceOf(
        account=account,
        member=member,
        opening=sum(int(row.credit - row.debit) for row in before),
        debit=sum(int(row.debit) for row in within),
        credit=sum(int(row.credit) for row in within),
        now=sum(int(row.credit - row.debit) for row in moved),
    )
