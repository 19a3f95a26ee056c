"""Which reports there are, which are to be made, and what one says."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from coop.alerts import queries as alerts
from coop.data_quality import queries as data_quality
from coop.income import queries as income
from coop.lists import queries as lists
from coop.monthly_reports import rules
from coop.monthly_reports.tables import MonthlyReportRow
from coop.places import queries as places
from coop.places.rules import level_of
from coop.snapshots import queries as snapshots
from ledger.books import queries as books
from ledger.columns import read_back, table_of
from ledger.log import rules as log_rules
from ledger.periods import queries as periods
from ledger.periods.rules import last_day, month_text
from schemas.lists import Lists
from schemas.monthly_reports import (
    BookClosing,
    FrozenOf,
    KeptReport,
    MonthlyReport,
    ReportContent,
    ReportDue,
    ReportedAlerts,
)
from schemas.periods import DayState
from schemas.places import Place
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, Instant, Period

_report = table_of(MonthlyReportRow)


def due(db: Connection) -> tuple[ReportDue, ...]:
    """The reports that are to be made, by place and month."""
    frozen = rules.months_ranked(snapshots.snapshots(db, within="", heads_only=True))
    made: dict[str, set[Period]] = {}
    for row in db.execute(select(_report.c.place, _report.c.month)):
        made.setdefault(row.place, set()).add(row.month)
    return tuple(
        ReportDue(place=place, month=month)
        for place, months in sorted(frozen.items())
        for month in rules.due(frozen=months, made=made.get(place, ()))
    )


def content(db: Connection, one: ReportDue, *, on: date, at: datetime) -> ReportContent:
    """What a report that is made on a day, in an instant of it, says beside the frozen figures."""
    heads = snapshots.snapshots(db, within=one.place, month=one.month, heads_only=True)
    townships = sorted(head.snapshot.township for head in heads)
    named = places.places(db, codes=[one.place, *townships], as_of=last_day(one.month))
    digests = {head.snapshot.township: head.digest for head in heads}
    seen_on = {head.snapshot.township: head.snapshot.as_of for head in heads}
    seen_on[one.place] = max(seen_on.values(), default=on)
    return ReportContent(
        place=one.place,
        name=_name(named, one.place),
        level=level_of(one.place),
        month=one.month,
        made_on=on,
        frozen=tuple(
            FrozenOf(township=code, name=_name(named, code), digest=digests[code]) for code in townships
        ),
        internal={
            code: income.internal_income(
                db,
                within=code,
                month=one.month,
                as_of=day,
                scans_only=snapshots.only_by_scan(db, within=code, on=day),
            )
            for code, day in seen_on.items()
        },
        lists=_published(db, place=one.place, on=on),
        quality=data_quality.board(db, place=one.place, month=one.month).books,
        closing=_closing(db, place=one.place, until=one.month),
        alerts=_alerts(db, one, until=log_rules.instant(at)),
    )


def reports(db: Connection, *, place: str) -> tuple[KeptReport, ...]:
    """The reports of a place, the newest first."""
    rows = db.execute(select(_report).where(_report.c.place == place).order_by(_report.c.month.desc()))
    return tuple(map(_as_kept, rows))


def kept_in(db: Connection, *, chain: BookId) -> tuple[KeptReport, ...]:
    """The reports logged in a chain, by place and month."""
    rows = db.execute(
        select(_report).where(_report.c.book_id == chain).order_by(_report.c.place, _report.c.month)
    )
    return tuple(map(_as_kept, rows))


def report(db: Connection, *, place: str, month: Period) -> MonthlyReport:
    """A report with its figures; refused as missing where there is none."""
    row = db.execute(
        select(_report).where(
            _report.c.book_id == rules.chain_of(place), _report.c.place == place, _report.c.month == month
        )
    ).first()
    if row is None:
        raise Refusal(
            rules.report_must_be_there.at("/month", month=month_text(month), place=place[:40]),
            kind=RefusalKind.MISSING,
        )
    return with_figures(db, _as_kept(row))


def drawn_up(db: Connection, content: ReportContent, *, at: datetime) -> MonthlyReport:
    """A report that is about to be printed and kept."""
    digest = rules.sealed(content)
    return with_figures(
        db, KeptReport(content=content, digest=digest, pages="", made_at=log_rules.instant(at))
    )


def with_figures(db: Connection, kept: KeptReport) -> MonthlyReport:
    """A report with the figures of the frozen months it names."""
    of = kept.content
    mine = {one.township for one in of.frozen}
    before = rules.month_before_in_year(of.month)
    frozen, stood = (
        [
            one
            for one in snapshots.snapshots(db, within=of.place, month=month)
            if one.snapshot.township in mine
        ]
        if month is not None
        else []
        for month in (of.month, before)
    )
    villages = {one.village for each in frozen for one in each.snapshot.villages}
    named = places.places(db, codes=villages, as_of=last_day(of.month))
    return rules.report(kept, frozen, stood, named)


def is_made(db: Connection, one: ReportDue) -> bool:
    """Whether a report was made already."""
    there = select(_report.c.month).where(
        _report.c.book_id == rules.chain_of(one.place),
        _report.c.place == one.place,
        _report.c.month == one.month,
    )
    return db.execute(there).first() is not None


def _published(db: Connection, *, place: str, on: date) -> Lists | None:
    """The newest lists of a place everybody may read by a day."""
    for one, months in lists.published(db, on=on).items():
        if one.code == place:
            return lists.lists(db, place=one, month=months[0], on=on, everybody=True)
    return None


def _alerts(db: Connection, one: ReportDue, *, until: Instant) -> ReportedAlerts:
    """What was opened and what ended since the last report of the place."""
    made = reports(db, place=one.place)
    found = alerts.alerts(db, within=one.place)
    breached = {each.breach.village for of in found.values() for each in of}
    named = places.places(db, codes=breached, as_of=last_day(one.month))
    return rules.alerts_since(
        found,
        {code: place.name for code, place in named.items()},
        since=made[0].made_at if made else None,
        month=one.month,
        until=until,
    )


def _closing(db: Connection, *, place: str, until: Period) -> tuple[BookClosing, ...]:
    inside = set(data_quality.books_within(db, place=place))
    kept = [book for book in books.books(db) if book.id in inside]
    homes = places.book_places(db)
    calendar = periods.calendars(db, books=kept, year=until // 100)
    return tuple(
        BookClosing(
            book=book.id,
            name=book.short_name,
            village=homes[book.id].village,
            closed=tuple(
                day.period
                for day in calendar[book.id]
                if day.state is DayState.CLOSED and day.period <= until
            ),
        )
        for book in kept
        if book.id in calendar
    )


def _name(named: Mapping[str, Place], code: str) -> str:
    return named[code].name if code in named else code


def _as_kept(row: Row[Any]) -> KeptReport:
    return KeptReport(
        content=read_back(row, _report.c.content, ReportContent),
        digest=row.digest,
        pages=row.sha256,
        made_at=row.made_at,
    )
