"""What villages have to earn, what they earned, and what of it lacks its evidence."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from coop.income import rules
from coop.income.tables import ThresholdRow
from coop.places import queries as places
from coop.places.tables import BookPlaceRow
from ledger.balances.tables import BalanceRow
from ledger.books.tables import BookRow
from ledger.columns import table_of
from ledger.recognition import queries as recognition
from ledger.recognition.tables import UnscannedIncomeRow
from schemas.books import BookKind
from schemas.income import INCOME, Board, Component, Measure, Recognised, Threshold, UnprovedLine, VillageYear
from schemas.places import PlaceLevel, VillageKind
from schemas.units import BookId, Fen, Period, Value

_threshold = table_of(ThresholdRow)
_home = table_of(BookPlaceRow)
_book = table_of(BookRow)
_balance = table_of(BalanceRow)
_unscanned = table_of(UnscannedIncomeRow)

_Month = tuple[str, int, str]
"""A village, a month (yyyymm) and a statutory account."""


class StandingThreshold(Value):
    """A threshold and the version of it that stands."""

    threshold: Threshold
    version: int


def thresholds(
    db: Connection, *, region: str, year: int
) -> Mapping[tuple[VillageKind, Measure], StandingThreshold]:
    """The thresholds of a region in a year as they stand, by kind of village and measure."""
    rows = db.execute(
        select(_threshold)
        .where(_threshold.c.region == region, _threshold.c.year == year)
        .order_by(_threshold.c.kind, _threshold.c.measure, _threshold.c.version)
    )
    return {
        (VillageKind(row.kind), Measure(row.measure)): StandingThreshold(
            threshold=_as_threshold(row), version=row.version
        )
        for row in rows
    }


def thresholds_of(db: Connection, *, year: int) -> Mapping[tuple[str, VillageKind, int], Sequence[Threshold]]:
    """Every threshold of a year that stands, by region, kind and year."""
    rows = db.execute(select(_threshold).where(_threshold.c.year == year).order_by(_threshold.c.version))
    last = {(row.region, row.kind, row.measure): _as_threshold(row) for row in rows}
    found: defaultdict[tuple[str, VillageKind, int], list[Threshold]] = defaultdict(list)
    for one in last.values():
        found[one.region, one.kind, one.year].append(one)
    return found


def incomes(
    db: Connection, *, within: str, year: int, as_of: date, scans_only: bool
) -> Mapping[str, VillageYear]:
    """The year of every village of a place (a code of any level) whose collective keeps books, as seen on a day. What
    it costs follows the villages, not the vouchers behind them. ``scans_only``: originals declared on paper are no
    evidence."""
    turnover = _turnover(db, within=within, year=year)
    lacking = _lacking(db, within=within, year=year, as_of=as_of, scans_only=scans_only)
    months: dict[str, dict[int, dict[Component, Recognised]]] = {
        village: {} for village in _villages_with_books(db, within=within)
    }
    for (village, period, account), amount in sorted(turnover.items()):
        component = rules.COMPONENT_OF[account]
        short = lacking.get((village, period, account), 0)
        if amount or short:
            months[village].setdefault(period % 100, {})[component] = rules.recognised(
                component, turnover=amount, lacking=short
            )
    return {
        village: VillageYear(village=village, year=year, months=found) for village, found in months.items()
    }


def board(db: Connection, *, within: str, month: Period, as_of: date, scans_only: bool) -> Board:
    """The villages of a place at the end of a month, as seen on a day."""
    year = month // 100
    villages = places.places_below(db, code=within, level=PlaceLevel.VILLAGE)
    known = thresholds_of(db, year=year)
    return rules.board(
        villages,
        incomes(db, within=within, year=year, as_of=as_of, scans_only=scans_only),
        {
            one.code: rules.threshold_of(known, village=one.code, kind=one.kind, year=year)
            for one in villages
            if one.kind is not None
        },
        place=within,
        month=month,
        as_of=as_of,
    )


def unproved_lines(
    db: Connection, *, within: str, year: int, as_of: date, scans_only: bool
) -> Mapping[str, tuple[UnprovedLine, ...]]:
    """The income of a place's collectives that lacked evidence, by village: what is still missing and what came late."""
    homes = db.execute(_collectives(within).order_by(_home.c.village_code, _home.c.book_id))
    found: defaultdict[str, list[UnprovedLine]] = defaultdict(list)
    for row in homes:
        found[row.village_code] += recognition.lines_without_scan(
            db,
            book=row.book_id,
            from_period=year * 100 + 1,
            to_period=year * 100 + 12,
            as_of=as_of,
            scans_only=scans_only,
        )
    return {village: tuple(lines) for village, lines in found.items() if lines}


def collective_of(db: Connection, *, village: str) -> BookId | None:
    """The book of a village's collective."""
    return db.execute(
        _collectives(village).with_only_columns(_home.c.book_id).order_by(_home.c.book_id)
    ).scalar()


def _villages_with_books(db: Connection, *, within: str) -> list[str]:
    statement = _collectives(within).with_only_columns(_home.c.village_code).distinct()
    return list(db.execute(statement.order_by(_home.c.village_code)).scalars())


def _collectives(within: str) -> Any:
    return (
        select(_home.c.village_code, _home.c.book_id)
        .join_from(_home, _book, _home.c.book_id == _book.c.book_id)
        .where(_book.c.kind == BookKind.COLLECTIVE.value, _inside(_home.c.village_code, within))
    )


def _turnover(db: Connection, *, within: str, year: int) -> Mapping[_Month, Fen]:
    """What each component turned over, on its own side; the transfers that close a year are in no month."""
    account = func.substr(_balance.c.account, 1, 3)
    rows = db.execute(
        _collectives(within)
        .join(_balance, _balance.c.book_id == _home.c.book_id)
        .with_only_columns(
            _home.c.village_code,
            _balance.c.period,
            account.label("account"),
            func.sum(_balance.c.credit - _balance.c.debit).label("amount"),
        )
        .where(_counts(_balance.c.account), _balance.c.period.between(year * 100 + 1, year * 100 + 12))
        .group_by(_home.c.village_code, _balance.c.period, account)
    )
    income = {account for account, component in rules.COMPONENT_OF.items() if component in INCOME}
    return {
        (row.village_code, row.period, row.account): int(row.amount) * (1 if row.account in income else -1)
        for row in rows
    }


def _lacking(
    db: Connection, *, within: str, year: int, as_of: date, scans_only: bool
) -> Mapping[_Month, Fen]:
    account = func.substr(_unscanned.c.account, 1, 3)
    wanted = [] if scans_only else [_unscanned.c.on_paper == 0]
    rows = db.execute(
        _collectives(within)
        .join(_unscanned, _unscanned.c.book_id == _home.c.book_id)
        .with_only_columns(
            _home.c.village_code,
            _unscanned.c.period,
            account.label("account"),
            func.sum(_unscanned.c.amount).label("amount"),
        )
        .where(
            _unscanned.c.period.between(year * 100 + 1, year * 100 + 12),
            _unscanned.c.scanned_on > as_of,
            *wanted,
        )
        .group_by(_home.c.village_code, _unscanned.c.period, account)
    )
    return {(row.village_code, row.period, row.account): int(row.amount) for row in rows}


def _inside(column: ColumnElement[str], code: str) -> ColumnElement[bool]:
    """Codes that begin with this one, as a span an index serves: digits sort before a colon."""
    return and_(column >= code, column < f"{code}:")


def _counts(account: ColumnElement[str]) -> ColumnElement[bool]:
    """The accounts a component is kept on, with their sub-accounts: 501 to 504 and 511 to 513."""
    return account.between("501", "504:") | account.between("511", "513:")


def _as_threshold(row: Any) -> Threshold:
    return Threshold(
        region=row.region,
        kind=VillageKind(row.kind),
        year=row.year,
        measure=Measure(row.measure),
        amount=row.amount,
    )
