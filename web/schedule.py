"""What falls due by date: the clockwork behind ``lianjian tick``, which the service winds as well.

Once however often called: a month's depreciation is drafted once, and what is removed is gone, and
how many rows there are is counted. Each piece of work is a
transaction of its own, so that one that is refused keeps nothing back; it is told with the others.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from threading import Event, Thread
from typing import Any

from coop.access import actions as access
from coop.access.logins import actions as logins
from coop.alerts import actions as alerts
from coop.alerts import queries as alert_queries
from coop.monthly_reports import actions as monthly_reports
from coop.monthly_reports import queries as monthly_report_queries
from coop.monthly_reports import rules as monthly_report_rules
from coop.places import queries as places
from coop.snapshots import actions as snapshots
from coop.snapshots import queries as snapshot_queries
from coop.webhooks import actions as webhooks
from ledger.assets import actions as assets
from ledger.assets import queries as asset_queries
from ledger.assets.rules import month_later, month_of
from ledger.books import queries as books
from ledger.evidence import queries as evidence
from ledger.evidence.rules import described
from ledger.journals.rules import days_of
from ledger.log import queries as log
from ledger.log.rules import HOUSE, instant
from ledger.periods import queries as periods
from ledger.spot_checks import actions as spot_checks
from ledger.spot_checks import queries as spot_check_queries
from ledger.spot_checks.rules import DRAWN_A_BOOK, drawn_on
from payouts.awards import actions as awards
from payouts.awards import queries as award_queries
from payouts.awards import rules as award_rules
from payouts.awards.rules import MonthDue
from payouts.runs import queries as runs
from schemas.alerts import Step, Watched
from schemas.books import Book
from schemas.evidence import EvidenceFile
from schemas.monthly_reports import KeptReport, ReportContent
from schemas.outbox import Landing
from schemas.problems import Problem, Refusal
from schemas.runs import RunKind
from schemas.snapshots import FrozenMonths, FrozenRank
from schemas.spot_checks import SpotCheck
from schemas.units import BookId, Period, Value
from schemas.vouchers import Voucher
from web.clock import day_of, now
from web.database import Connection, Engine, count_rows
from web.evidence_store import EvidenceStore
from web.exports import monthly_reports as printed
from web.outbox import deliver

EVERY = timedelta(minutes=15)
"""How often the service looks."""
_UPLOADS_LIVE = timedelta(days=1)
"""How old a file must be that no voucher names before it counts as left behind."""

Act = Callable[[Callable[[Connection], Any], BookId], Any]
"""Runs an act on a book ("" for none) in a transaction of its own and commits it."""

_log = logging.getLogger("lianjian.schedule")


class Ticked(Value):
    """What fell due and was done: plan vouchers drafted, and those of bonuses a collective owes, months of townships frozen,
    what of them broke a red line or is kept again, monthly reports made, sessions and codes that were over, files nobody
    names; and what was refused."""

    on: date
    plan_vouchers: tuple[Voucher, ...] = ()
    award_vouchers: tuple[Voucher, ...] = ()
    spot_checks: tuple[SpotCheck, ...] = ()
    frozen: tuple[FrozenMonths, ...] = ()
    watched: tuple[Watched, ...] = ()
    landed: tuple[Landing, ...] = ()
    reports: tuple[KeptReport, ...] = ()
    ended: int = 0
    files_removed: int = 0
    problems: tuple[Problem, ...] = ()


def tick(reading: Engine, act: Act, store: EvidenceStore, *, on: date, at: datetime) -> Ticked:
    """Do what is due by the end of ``on``."""
    drafted: list[Voucher] = []
    problems: list[Problem] = []
    with reading.connect() as db:
        due = [(book, *plan) for book in books.books(db) if (plan := _plan_due(db, book, on=on)) is not None]
    awarded, refused = _award(reading, act, on=on, at=at)
    problems += refused
    drawn = draw_spot_checks(reading, act, on=on, at=at)
    for book, period, dated in due:
        try:
            voucher = act(_drafting(book, period, dated, on=on, at=at), book.id)
        except Refusal as refusal:
            problems += refusal.problems
        else:
            drafted += [voucher] if voucher is not None else []
    frozen, refused = freeze_months(reading, act, on=on, at=at)
    problems += refused
    watched, refused = watch_red_lines(reading, act, on=on, at=at)
    problems += refused
    delivered = deliver(reading, act, on=on, at=at)
    problems += delivered.problems
    reports, refused = make_reports(reading, act, store, on=on, at=at)
    problems += refused
    ended = act(lambda db: logins.forget_ended(db, at=at), "")
    act(lambda db: webhooks.forget_old(db, at=at), "")
    act(count_rows, "")
    reading.dispose()  # its connections are opened anew, and go by what was counted
    with reading.connect() as db:
        relied_on = evidence.digests_relied_on(db)
        began = log.began(db, book=HOUSE)
    removed = (
        () if began is None else store.sweep(relied_on=relied_on, since=began, older_than=at - _UPLOADS_LIVE)
    )
    return Ticked(
        on=on,
        plan_vouchers=tuple(drafted),
        award_vouchers=awarded,
        spot_checks=drawn,
        frozen=frozen,
        watched=watched,
        landed=delivered.landed,
        reports=reports,
        ended=ended,
        files_removed=len(removed),
        problems=tuple(problems),
    )


def _award(
    reading: Engine, act: Act, *, on: date, at: datetime
) -> tuple[tuple[Voucher, ...], tuple[Problem, ...]]:
    """Draft what collectives owe of a township's bonuses for months that are due by now."""
    with reading.connect() as db:
        due = award_rules.months_due(
            one
            for township in runs.homes(db, kind=RunKind.TIERS)
            for year in award_queries.years_open(db, township=township)
            for one in award_queries.awards(db, township=township, year=year, on=on)
        )
        paying = {one.book for one in due}
        state = {book.id: periods.state_of(db, book=book) for book in books.books(db) if book.id in paying}
    drafted: list[Voucher] = []
    problems: list[Problem] = []
    for one in due:
        dated = on if one.month in state[one.book].closed else days_of(one.month)[0]

        def draft(db: Connection, one: MonthDue = one, dated: date = dated) -> Voucher | None:
            return awards.draft_due(db, one, dated=dated, by=access.service(db, at=at), on=on, at=at)

        try:
            voucher = act(draft, one.book)
        except Refusal as refusal:
            problems += refusal.problems
        else:
            drafted += [voucher] if voucher is not None else []
    return tuple(drafted), tuple(problems)


def freeze_months(
    reading: Engine, act: Act, *, on: date, at: datetime
) -> tuple[tuple[FrozenMonths, ...], tuple[Problem, ...]]:
    """Freeze the months that are over by ``on`` and by the clock, a township in an act of its own; then rank what is frozen
    above the townships."""
    day = min(on, day_of(at))
    with reading.connect() as db:
        due = snapshot_queries.due(db, on=day)
    frozen: list[FrozenMonths] = []
    problems: list[Problem] = []
    for one in due:

        def freeze(db: Connection, one: FrozenMonths = one) -> tuple[Period, ...]:
            by = access.service(db, at=at)
            return snapshots.freeze(db, one.months, township=one.township, by=by, on=day, at=at)

        try:
            months = act(freeze, one.township)
        except Refusal as refusal:
            problems += refusal.problems
        else:
            frozen.append(FrozenMonths(township=one.township, months=months))
    with reading.connect() as db:
        ranks = snapshot_queries.ranks_due(db, until=instant(at))
    for township, found in ranks.items():

        def rank(
            db: Connection,
            township: str = township,
            found: Mapping[Period, Sequence[FrozenRank]] = found,
        ) -> None:
            snapshots.rank(db, found, township=township, by=access.service(db, at=at), on=day, at=at)

        act(rank, township)
    return tuple(frozen), tuple(problems)


def watch_red_lines(
    reading: Engine, act: Act, *, on: date, at: datetime
) -> tuple[tuple[Watched, ...], tuple[Problem, ...]]:
    """Look at what is frozen: alerts of red lines that are broken are opened, those of lines that are kept again are cured, those
    of lines that cannot be judged any more lapse, and the collectives are told of the others; a township in an act of its own for each."""
    day = min(on, day_of(at))
    with reading.connect() as db:
        due = alert_queries.due(db)
    found: list[Watched] = []
    problems: list[Problem] = []
    for township, months in due.items():

        def watch(
            db: Connection, township: str = township, months: Sequence[Period] = months
        ) -> tuple[int, ...]:
            by = access.service(db, at=at)
            return alerts.watch(db, months, township=township, by=by, on=day, at=at)

        def cure(db: Connection, township: str = township) -> Mapping[Step, tuple[int, ...]]:
            return alerts.cure(db, township=township, by=access.service(db, at=at), on=day, at=at)

        def tell(db: Connection, township: str = township) -> tuple[int, ...]:
            return alerts.tell(db, township=township, by=access.service(db, at=at), on=day, at=at)

        try:
            opened = act(watch, township) if months else ()
            ended = act(cure, township)
            done = Watched(
                township=township,
                opened=opened,
                cured=ended[Step.CURE],
                lapsed=ended[Step.LAPSE],
                notified=act(tell, township),
            )
        except Refusal as refusal:
            problems += refusal.problems
        else:
            found += [done] if done.opened or done.cured or done.lapsed or done.notified else []
    return tuple(found), tuple(problems)


def draw_spot_checks(reading: Engine, act: Act, *, on: date, at: datetime) -> tuple[SpotCheck, ...]:
    """Draw the months that are over, a month of a book in an act of its own."""
    with reading.connect() as db:
        due = spot_check_queries.months_due(db, on=on, at=at)
        wanted = _vouchers_a_book(db, due)
    found: list[SpotCheck] = []
    for one in due:

        def draw(db: Connection, one: spot_check_queries.Due = one) -> SpotCheck | None:
            by = access.service(db, at=at)
            return spot_checks.draw(db, book=one.book, month=one.month, k=wanted[one], by=by, at=at)

        made = act(draw, one.book)
        found += [made] if made is not None else []
    return tuple(found)


def make_reports(
    reading: Engine, act: Act, store: EvidenceStore, *, on: date, at: datetime
) -> tuple[tuple[KeptReport, ...], tuple[Problem, ...]]:
    """Make the monthly reports of townships and counties that are due, each printed before its act."""
    with reading.connect() as db:
        due = monthly_report_queries.due(db)
    made: list[KeptReport] = []
    problems: list[Problem] = []
    for one in due:
        try:
            with reading.connect() as db:
                content = monthly_report_queries.content(db, one, on=min(on, day_of(at)), at=at)
                report = monthly_report_queries.drawn_up(db, content, at=at)
            pages = printed.pages(report)
            store.put(pages)
            file = described(pages, name=f"{printed.title_of(report, printed.PRINTED_IN)}.pdf")

            def keep(
                db: Connection, content: ReportContent = content, file: EvidenceFile = file
            ) -> KeptReport | None:
                return monthly_reports.keep(db, content, file, by=access.service(db, at=at), at=at)

            kept = act(keep, monthly_report_rules.chain_of(one.place))
        except Refusal as refusal:
            problems += refusal.problems
        else:
            made += [kept] if kept is not None else []
    return tuple(made), tuple(problems)


def _vouchers_a_book(
    db: Connection, due: Sequence[spot_check_queries.Due]
) -> Mapping[spot_check_queries.Due, int]:
    """How many vouchers are drawn of each: what its township's policy says on the day the month is drawn."""
    homes = places.book_places(db) if due else {}
    of_township: dict[tuple[str, Period], int] = {}
    found: dict[spot_check_queries.Due, int] = {}
    for one in due:
        home = homes.get(one.book)
        if home is None:
            found[one] = DRAWN_A_BOOK
            continue
        key = (home.township, one.month)
        if key not in of_township:
            policy = snapshot_queries.policy_of(db, township=home.township, on=drawn_on(one.month))
            of_township[key] = policy.spot_checks
        found[one] = of_township[key]
    return found


def _plan_due(db: Connection, book: Book, *, on: date) -> tuple[Period, date] | None:
    """The last month of the book that is over by ``on``, and the day its plan voucher is dated; None for a book without
    cards, or when no month takes it."""
    if not asset_queries.names(db, book=book.id):
        return None
    month = month_of(on)
    due = month if days_of(month)[1] <= on else month_later(month, -1)
    state = periods.state_of(db, book=book)
    if due < state.first_year * 100 + 1:
        return None
    if due not in state.closed:
        return due, days_of(due)[1]
    return (due, on) if month not in state.closed else None


def _drafting(
    book: Book, period: Period, dated: date, *, on: date, at: datetime
) -> Callable[[Connection], Voucher | None]:
    def draft(db: Connection) -> Voucher | None:
        return assets.draft_month(
            db, book=book.id, period=period, dated=dated, by=access.service(db, at=at), on=on, at=at
        )

    return draft


class Schedule:
    """Ticks at once and then again and again, on a thread of its own, until it is stopped."""

    def __init__(self, reading: Engine, act: Act, store: EvidenceStore) -> None:
        self._reading, self._act, self._store = reading, act, store
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="schedule", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is running, then end."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            on, at = now()
            try:
                done = tick(self._reading, self._act, self._store, on=on, at=at)
            except Exception:  # noqa: BLE001  the next tick does what this one could not
                _log.exception("what fell due on %s could not be done", on)
            else:
                _tell(done)
            if self._stopped.wait(EVERY.total_seconds()):
                return


def _tell(done: Ticked) -> None:
    for voucher in done.award_vouchers:
        _log.info("drafted voucher %s of bonuses of book %s", voucher.id, voucher.book)
    for voucher in done.plan_vouchers:
        _log.info("drafted plan voucher %s of book %s", voucher.id, voucher.book)
    for one in done.frozen:
        _log.info("froze %s months of %s", len(one.months), one.township)
    for report in done.reports:
        _log.info("made the report of %s for %s", report.content.place, report.content.month)
    for drew in done.spot_checks:
        _log.info("drew %s of %s vouchers of book %s", len(drew.drawn), drew.pool, drew.book)
    for problem in done.problems:
        _log.warning("not done: %s", problem)
