"""What must hold before a month or a year is closed, and before one is opened again.

A year is twelve months and a settlement stage. The months close in order, each with a seal; when all twelve are
closed the stage opens and takes only the service's own vouchers, dated 31 December (RULES §4): income and expense
to the year's result, the result to what may be distributed. With 501 at 242 714.40 credit and 521 at 189 095.65
debit the transfers are debit 501 / credit 331 242 714.40 and debit 331 / credit 521 189 095.65.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta

from ledger.vouchers.rules import SETTLEMENT, missing_runs, number_text, year_end
from schemas.balances import DetailBalance
from schemas.books import BookAccount
from schemas.charts import Category, Clearing, MovementType, Standard
from schemas.periods import CalendarDay, Check, CloseRequest, DayState, PeriodStatus, Seal
from schemas.problems import Fault, Problem, Severity
from schemas.units import Fen, Period, PersonId
from schemas.vouchers import NumberGap, Voucher, VoucherDraft, VoucherLine, Word

period_must_be_a_month = Fault(
    code="period_must_be_a_month",
    says="{period} is not a month of this book.",
    remedy="Name a month as 2025-03, from the book's first year on.",
)
year_must_be_of_the_book = Fault(
    code="year_must_be_of_the_book",
    says="{year} is not a year of this book, which begins with {first}.",
    remedy="Name {first} or a later year.",
)
period_must_not_be_closed_already = Fault(
    code="period_must_not_be_closed_already",
    says="{period} is already closed.",
    remedy="Nothing is left to do.",
)
earlier_month_must_be_closed = Fault(
    code="earlier_month_must_be_closed",
    says="{earlier} is still open; months close in order.",
    remedy="Close {earlier} first.",
)
closer_must_differ_from_reviewer = Fault(
    code="closer_must_differ_from_reviewer",
    says="Two different people close a period: one closes, the other reviews.",
    remedy="Name another person as reviewer.",
)
vouchers_must_be_posted = Fault(
    code="vouchers_must_be_posted",
    says="Voucher {voucher} of {date} is {state}, not posted.",
    remedy="Post it, date it in the next month, or withdraw it.",
)
numbers_must_be_continuous = Fault(
    code="numbers_must_be_continuous",
    says="Number {number} of {year} is missing.",
    remedy="Find the voucher; a gap of an imported book is confirmed at the import, with who and why.",
)
gap_is_known = Fault(
    code="gap_is_known",
    says="Number {number} of {year} was never used: {reason}",
    severity=Severity.WARNING,
)
trial_balance_must_balance = Fault(
    code="trial_balance_must_balance",
    says="Debits {debit} and credits {credit} differ.",
    remedy="Run the check of this book; somebody changed it behind the service's back.",
)
clearing_account_should_be_zero = Fault(
    code="clearing_account_should_be_zero",
    says="Account {account} {name} has a balance of {balance}; it is cleared before the period ends.",
    remedy="Have the losses and gains approved and booked.",
    severity=Severity.WARNING,
)
clearing_account_must_be_zero = Fault(
    code="clearing_account_must_be_zero",
    says="Account {account} {name} has a balance of {balance}; it blocks the year.",
    remedy="Have the losses and gains approved and booked.",
)
months_must_be_closed = Fault(
    code="months_must_be_closed",
    says="{period} is still open; all twelve months are closed before the year is settled.",
    remedy="Close it first.",
)
earlier_year_must_be_settling = Fault(
    code="earlier_year_must_be_settling",
    says="{year} is not closed yet.",
    remedy="Close {year} first.",
)
year_must_not_be_sealed = Fault(
    code="year_must_not_be_sealed",
    says="{year} is sealed.",
    remedy="Nothing is left to do.",
)
year_must_be_settling = Fault(
    code="year_must_be_settling",
    says="The settlement stage of {year} is not open.",
    remedy="Close the year first.",
)
only_a_closed_month_is_opened = Fault(
    code="only_a_closed_month_is_opened",
    says="{period} is not closed.",
    remedy="Nothing is left to do.",
)
later_period_must_be_untouched = Fault(
    code="later_period_must_be_untouched",
    says="{later} is closed or already has posted vouchers, so {period} stays closed.",
    remedy="Correct with red and blue vouchers in an open month.",
)
opener_must_differ_from_closer = Fault(
    code="opener_must_differ_from_closer",
    says="Who closed a month does not open it again alone.",
    remedy="Have a second person open it.",
)
request_must_be_waiting = Fault(
    code="request_must_be_waiting",
    says="Nobody has sent {period} for review, or it was answered already.",
    remedy="Look at the page of the period again.",
)
request_must_be_new = Fault(
    code="request_must_be_new",
    says="{period} has been sent for review already.",
    remedy="Wait for the second person's answer.",
)
request_is_answered_by_another = Fault(
    code="request_is_answered_by_another",
    says="Who sent a period for review does not confirm or decline it.",
    remedy="Have another person look at it.",
)


def month_text(period: Period) -> str:
    """A period as people write it: 2025-03; the settlement stage as 2025-13."""
    return f"{period // 100}-{period % 100:02d}"


def month_before(period: Period) -> Period:
    """The month before; December of the year before for a January."""
    return period - 1 if period % 100 > 1 else (period // 100 - 1) * 100 + 12


def month_after(period: Period) -> Period:
    """The month after; January of the next year for a December."""
    return period + 1 if period % 100 < 12 else (period // 100 + 1) * 100 + 1


def last_day(period: Period) -> date:
    """The last day of a month; of the settlement stage, 31 December."""
    year, month = divmod(period, 100)
    return date(year, 12, 31) if month >= 12 else date(year, month + 1, 1) - timedelta(days=1)


def first_open_month(*, first_year: int, closed: frozenset[Period]) -> Period:
    """The month in hand: the first one that is not closed.

    >>> first_open_month(first_year=2025, closed=frozenset({202501, 202502}))
    202503
    """
    month = first_year * 100 + 1
    while month in closed:
        month = month_after(month)
    return month


def year_on_calendar(
    year: int, *, first_year: int, seals: Mapping[Period, Seal], requests: Iterable[CloseRequest]
) -> tuple[CalendarDay, ...]:
    """The twelve months of a year and its settlement stage as they stand; ``requests`` are those that wait."""
    closed = frozenset(period for period, seal in seals.items() if seal.status is PeriodStatus.CLOSED)
    waiting = {request.period: request for request in requests}
    in_hand = first_open_month(first_year=first_year, closed=closed)
    stage = year * 100 + SETTLEMENT
    months = range(year * 100 + 1, year * 100 + 13)

    def state_of(period: Period) -> DayState:
        if period in closed:
            return DayState.CLOSED
        if period in waiting:
            return DayState.WAITING
        if period == stage and period in seals and seals[period].status is PeriodStatus.OPEN:
            return DayState.OPEN
        follows = closed.issuperset(months) if period == stage else period == in_hand
        return DayState.NEXT if follows else DayState.LATER

    return tuple(
        CalendarDay(
            period=period,
            state=(state := state_of(period)),
            seal=seals[period] if state is DayState.CLOSED else None,
            request=waiting.get(period),
        )
        for period in (*months, stage)
    )


def check_of_order(*, period: Period, first_year: int, closed: frozenset[Period]) -> Check:
    """Months close one after the other, from January of the book's first year."""
    problems: list[Problem] = []
    before = month_before(period)
    if not 1 <= period % 100 <= 12 or period // 100 < first_year:
        problems.append(period_must_be_a_month.at("/period", period=month_text(period)))
    elif period in closed:
        problems.append(period_must_not_be_closed_already.at("/period", period=month_text(period)))
    elif before // 100 >= first_year and before not in closed:
        problems.append(earlier_month_must_be_closed.at("/period", earlier=month_text(before)))
    return Check(name="order", says="The months before are closed.", problems=tuple(problems))


def check_of_people(*, by: PersonId, reviewed_by: PersonId) -> Check:
    """Two people close a period."""
    problems = (closer_must_differ_from_reviewer.at("/reviewed_by"),) if by == reviewed_by else ()
    return Check(name="people", says="Two people close: one closes, one reviews.", problems=problems)


def check_of_vouchers(unposted: Sequence[Voucher]) -> Check:
    """Every voucher of the period is posted (财会〔2024〕12号 art. 24)."""
    return Check(
        name="vouchers",
        says="Every voucher of the month is posted.",
        link="vouchers",
        problems=tuple(
            vouchers_must_be_posted.at(
                f"/vouchers/{voucher.id}", voucher=voucher.id, date=voucher.date, state=voucher.state.value
            )
            for voucher in unposted
        ),
    )


def check_of_numbers(
    used: Mapping[tuple[int, Word], Sequence[int]], known: Iterable[NumberGap], *, year: int
) -> Check:
    """Voucher numbers run without gaps; known gaps of an imported book are listed."""
    known = tuple(known)
    problems: list[Problem] = []
    for (of_year, word), numbers in sorted(used.items()):
        if of_year == year:
            gaps = {gap.number: gap.reason for gap in known if (gap.year, gap.word) == (year, word)}
            # A known gap counts as used here, so that it cuts the runs of what is missing.
            there = {
                number: gaps[number]
                for number in sorted(gaps.keys() - set(numbers))
                if number < max(numbers, default=0)
            }
            problems += [
                _of_number(gap_is_known, word, number, number, year=year, reason=reason)
                for number, reason in there.items()
            ]
            problems += [
                _of_number(numbers_must_be_continuous, word, first, last, year=year)
                for first, last in missing_runs((*numbers, *there))
            ]
    return Check(
        name="numbers",
        says="Voucher numbers run without gaps.",
        link="vouchers",
        problems=tuple(problems),
    )


def _of_number(fault: Fault, word: Word, first: int, last: int, *, year: int, reason: str = "") -> Problem:
    shown = number_text(word, first)
    if last > first:
        shown = f"{shown}–{last:04d}"
    return fault.at(f"/numbers/{year}/{word}/{first}", number=shown, year=year, reason=reason)


def check_of_balance(details: Sequence[DetailBalance], *, yuan: Callable[[Fen], str]) -> Check:
    """Debits equal credits over the whole book."""
    debit = sum(max(row.opening, 0) + row.debit for row in details)
    credit = sum(max(-row.opening, 0) + row.credit for row in details)
    problems = (
        (trial_balance_must_balance.at("/balance", debit=yuan(debit), credit=yuan(credit)),)
        if debit != credit
        else ()
    )
    return Check(name="balance", says="The trial balance balances.", link="trial-balance", problems=problems)


def check_of_clearing(
    details: Sequence[DetailBalance],
    *,
    accounts: Mapping[str, BookAccount],
    whole_year: bool,
    yuan: Callable[[Fen], str],
) -> Check:
    """Accounts that are cleared at a period's end (181) are zero: a warning in a month, an obstacle to the year."""
    problems = []
    for row in details:
        account = accounts[row.account]
        if account.statutory.cleared is Clearing.PERIOD_END and row.closing:
            fault = clearing_account_must_be_zero if whole_year else clearing_account_should_be_zero
            problems.append(
                fault.at(
                    f"/accounts/{row.account}",
                    account=row.account,
                    name=f"{account.name} {row.detail}".strip(),
                    balance=yuan(row.closing),
                )
            )
    return Check(
        name="clearing",
        says="Pending gains and losses are cleared.",
        link="trial-balance",
        problems=tuple(problems),
    )


def check_of_year(
    *, year: int, first_year: int, closed: frozenset[Period], settling: frozenset[int], sealed: frozenset[int]
) -> Check:
    """All twelve months are closed and the year before is at least in settlement."""
    problems: list[Problem] = []
    if year < first_year:
        problems.append(year_must_be_of_the_book.at("/period", year=year, first=first_year))
    elif year in sealed:
        problems.append(year_must_not_be_sealed.at("/period", year=year))
    else:
        problems += [
            months_must_be_closed.at("/period", period=month_text(year * 100 + month))
            for month in range(1, 13)
            if year * 100 + month not in closed
        ]
        if year > first_year and year - 1 not in settling | sealed:
            problems.append(earlier_year_must_be_settling.at("/period", year=year - 1))
    return Check(name="year", says="All twelve months are closed.", link="close", problems=tuple(problems))


def faults_of_reopening(
    *,
    period: Period,
    closed: frozenset[Period],
    touched_later: Period | None,
    closed_by: PersonId | None,
    by: PersonId,
) -> tuple[Problem, ...]:
    """A month is opened again only by a second person, and only while nothing later is posted (DOMAIN §5.3)."""
    problems = []
    if period not in closed or period % 100 == SETTLEMENT:
        return (only_a_closed_month_is_opened.at("/period", period=month_text(period)),)
    if touched_later is not None:
        problems.append(
            later_period_must_be_untouched.at(
                "/period", later=month_text(touched_later), period=month_text(period)
            )
        )
    if closed_by == by:
        problems.append(opener_must_differ_from_closer.at("/by"))
    return tuple(problems)


def closing_transfers(
    details: Sequence[DetailBalance], *, accounts: Mapping[str, BookAccount], standard: Standard, year: int
) -> tuple[VoucherDraft, ...]:
    """The transfers of the settlement stage: income to the result account, expense to it, the result to the
    undistributed surplus. Empty parts make no voucher, so doing it twice does nothing the second time.
    """
    result, distribution = standard.settlement.result, standard.settlement.distribution
    drafts = []
    total = 0
    for category, summary in ((Category.INCOME, "结转本年收入"), (Category.EXPENSE, "结转本年支出")):
        rows = [
            row for row in details if accounts[row.account].statutory.category is category and row.closing
        ]
        moved = -sum(row.closing for row in rows)
        lines = [_clearing_line(row, summary=summary) for row in rows]
        if moved:
            lines.append(_on_normal_side(result, moved, summary=summary))
        if lines:
            drafts.append(VoucherDraft(date=year_end(year), lines=tuple(lines)))
        total += moved
    carried = total - sum(row.closing for row in details if row.account == result)
    if carried:
        summary = "结转本年盈余" if result == "331" else "结转本年收益"
        drafts.append(
            VoucherDraft(
                date=year_end(year),
                lines=(
                    _opposite(result, carried, summary=summary),
                    _on_normal_side(
                        distribution,
                        carried,
                        summary=summary,
                        detail=standard.settlement.undistributed,
                        movement=MovementType.CURRENT_YEAR_SURPLUS,
                    ),
                ),
            )
        )
    return tuple(drafts)


def _clearing_line(row: DetailBalance, *, summary: str) -> VoucherLine:
    """The line that brings a balance to zero, on the side opposite to it."""
    return VoucherLine(
        summary=summary,
        account=row.account,
        detail=row.detail,
        debit=max(-row.closing, 0),
        credit=max(row.closing, 0),
    )


def _on_normal_side(
    account: str, amount: Fen, *, summary: str, detail: str = "", movement: str = ""
) -> VoucherLine:
    """A surplus arrives as a credit, a loss as a debit."""
    return VoucherLine(
        summary=summary,
        account=account,
        detail=detail,
        debit=max(-amount, 0),
        credit=max(amount, 0),
        movement=movement,
    )


def _opposite(account: str, amount: Fen, *, summary: str) -> VoucherLine:
    return VoucherLine(summary=summary, account=account, debit=max(amount, 0), credit=max(-amount, 0))
