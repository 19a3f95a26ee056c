"""What villages have to earn, what they earned, and what of it lacks its evidence."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, and_, case, cast, func, or_, select

from coop.income import rules
from coop.income import thresholds as built_in
from coop.income.tables import ThresholdApprovalRow, ThresholdRow
from coop.landings import queries as landings
from coop.places import queries as places
from coop.places import rules as place_rules
from coop.places.tables import BookPlaceRow
from ledger.balances.tables import BalanceRow
from ledger.books.tables import BookRow
from ledger.columns import table_of
from ledger.periods.rules import last_day
from ledger.recognition import queries as recognition
from ledger.recognition.tables import UnscannedIncomeRow
from schemas.income import (
    INCOME,
    Board,
    Component,
    Components,
    Measure,
    Recognised,
    Threshold,
    ThresholdApproval,
    ThresholdEntry,
    ThresholdKey,
    ThresholdVersion,
    UnprovedLine,
    VillageYear,
)
from schemas.places import Place, PlaceLevel, VillageKind
from schemas.units import BookId, Fen, Period

_threshold = table_of(ThresholdRow)
_approval = table_of(ThresholdApprovalRow)
_THRESHOLD_KEY = ("region", "kind", "year", "measure", "version")
_home = table_of(BookPlaceRow)
_book = table_of(BookRow)
_balance = table_of(BalanceRow)
_unscanned = table_of(UnscannedIncomeRow)

ScansOnly = bool | frozenset[str]
"""Whether originals declared on paper are no evidence: everywhere or nowhere, or in these townships."""
_Month = tuple[str, int, str]
"""A village, a month (yyyymm) and a statutory account."""


def thresholds(
    db: Connection, *, region: str, year: int
) -> Mapping[tuple[VillageKind, Measure], ThresholdVersion]:
    """The thresholds of a region in a year as they were entered and count, by kind of village and measure."""
    return {
        (one.entry.threshold.kind, one.entry.threshold.measure): one
        for one in threshold_versions(db, regions=[region], year=year)
        if one.in_force
    }


def thresholds_of(db: Connection, *, year: int) -> Mapping[tuple[str, VillageKind, int], Sequence[Threshold]]:
    """Every threshold that counts in a year, by region, kind and year: those entered, and where a region says nothing for a
    kind what is known of that year."""
    found: defaultdict[tuple[str, VillageKind, int], list[Threshold]] = defaultdict(list)
    for version in threshold_versions(db, year=year):
        if version.in_force:
            one = version.entry.threshold
            found[one.region, one.kind, one.year].append(one)
    for known in built_in.known():
        one = known.threshold
        if one.year == year and (one.region, one.kind, one.year) not in found:
            found[one.region, one.kind, one.year] = [one]
    return found


def threshold_versions(
    db: Connection, *, regions: Collection[str] | None = None, year: int | None = None
) -> tuple[ThresholdVersion, ...]:
    """Every version of the thresholds of these regions, or of all, in a year, or in all: the newest year first, of each
    threshold the newest version."""
    statement = _VERSIONS
    if regions is not None:
        statement = statement.where(_threshold.c.region.in_(regions))
    if year is not None:
        statement = statement.where(_threshold.c.year == year)
    found: list[ThresholdVersion] = []
    counts: set[ThresholdKey] = set()
    for row in db.execute(statement):
        entry = _as_entry(row)
        counted = entry.imported or row.approved_by is not None
        found.append(
            ThresholdVersion(
                entry=entry,
                approval=_as_approval(row, entry),
                in_force=counted and entry.threshold.key not in counts,
            )
        )
        if counted:
            counts.add(entry.threshold.key)
    return tuple(found)


def version_of(db: Connection, key: ThresholdKey, *, version: int) -> ThresholdVersion | None:
    """A version of a threshold."""
    of_region = threshold_versions(db, regions=[key.region], year=key.year)
    return next(
        (one for one in of_region if one.entry.threshold.key == key and one.entry.version == version), None
    )


def last_version(db: Connection, key: ThresholdKey) -> int:
    """The number of the last version of a threshold; 0 where there is none."""
    of_region = threshold_versions(db, regions=[key.region], year=key.year)
    return max((one.entry.version for one in of_region if one.entry.threshold.key == key), default=0)


def incomes(
    db: Connection, *, within: str, year: int, as_of: date, scans_only: ScansOnly
) -> Mapping[str, VillageYear]:
    """The year of every village of a place (a code of any level) whose collective keeps books, as seen on a day. What
    it costs follows the villages, not the vouchers behind them."""
    turnover = _turnover(db, within=within, year=year)
    lacking = _lacking(db, within=within, year=year, as_of=as_of, scans_only=scans_only)
    months: dict[str, dict[int, dict[Component, Recognised]]] = {
        village: {} for village in villages_with_books(db, within=within)
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


def board(
    db: Connection,
    *,
    within: str,
    month: Period,
    as_of: date,
    scans_only: ScansOnly,
) -> Board:
    """The villages of a place at the end of a month, by their names of then, as seen on a day; refused where there is no such
    place."""
    then = last_day(month)
    place = places.place_there(db, code=within, as_of=then)
    to_date, before = _to_date(db, within=within, month=month, as_of=as_of, scans_only=scans_only)
    ends = places.ends_of_villages(db, within=within)
    villages = place_rules.stood_in(
        places.places_below(db, code=within, level=PlaceLevel.VILLAGE, as_of=then),
        ends,
        year=month // 100,
        booked=to_date,
    )
    below = _right_below(db, villages, within=within, as_of=then)
    return rules.board(
        villages,
        to_date,
        before,
        rules.still_held(thresholds_held(db, villages, year=month // 100), ends, month=month),
        place=place,
        below=below,
        internal={
            one.code: internal_income(db, within=one.code, month=month, as_of=as_of, scans_only=scans_only)
            for one in (place, *below)
        },
        month=month,
        as_of=as_of,
    )


def thresholds_held(
    db: Connection, villages: Iterable[Place], *, year: int
) -> Mapping[str, Threshold | None]:
    """What each of these villages is held against in a year."""
    known = thresholds_of(db, year=year)
    return {
        one.code: rules.threshold_of(known, village=one.code, kind=one.kind, year=year)
        for one in villages
        if one.kind is not None
    }


def internal_income(
    db: Connection, *, within: str, month: Period, as_of: date, scans_only: ScansOnly
) -> Components:
    """What of the income of a place's collectives to the end of a month another book of the place paid, with what of it lacks
    evidence."""
    years = internal_incomes(db, within=within, year=month // 100, as_of=as_of, scans_only=scans_only)
    return rules.added(rules.through(year, month % 100) for year in years.values())


def internal_incomes(
    db: Connection,
    *,
    within: str,
    year: int,
    as_of: date,
    scans_only: ScansOnly,
    same_township: bool = False,
) -> Mapping[str, VillageYear]:
    """What of the year of a place's collectives another book of the place paid, or with ``same_township`` another book of the
    village's own township; villages without any are left out."""

    def landed(*, by_scan: bool) -> Mapping[tuple[str, Period, str], Recognised]:
        return landings.internal_amounts(
            db, within=within, year=year, as_of=as_of, scans_only=by_scan, same_township=same_township
        )

    if isinstance(scans_only, bool):
        found = landed(by_scan=scans_only)
    else:
        found = {key: one for key, one in landed(by_scan=False).items() if key[0][:9] not in scans_only}
        if scans_only:
            found |= {key: one for key, one in landed(by_scan=True).items() if key[0][:9] in scans_only}
    months: defaultdict[str, dict[int, dict[Component, Recognised]]] = defaultdict(dict)
    for (village, period, account), one in sorted(found.items()):
        months[village].setdefault(period % 100, {})[rules.COMPONENT_OF[account]] = one
    return {village: VillageYear(village=village, year=year, months=of) for village, of in months.items()}


def _right_below(db: Connection, villages: Sequence[Place], *, within: str, as_of: date) -> list[Place]:
    """The places of the next level in which these villages lie; one that nobody named is called by its code."""
    level = place_rules.below(within)
    if level is None or level is PlaceLevel.VILLAGE:
        return []
    codes = sorted({one.code[: place_rules.LENGTHS[level]] for one in villages})
    named = places.places(db, codes=codes, as_of=as_of)
    return [named.get(code, Place(code=code, name=code, level=level)) for code in codes]


def unproved_lines(
    db: Connection, *, within: str, year: int, as_of: date, scans_only: bool
) -> Mapping[str, tuple[UnprovedLine, ...]]:
    """The income of a place's collectives that lacked evidence, by village: what is still missing and what came late."""
    homes = {row.book_id: row.village_code for row in db.execute(places.collectives(within=within))}
    lines = recognition.lines_without_scan(
        db,
        books=places.books_of_collectives(within=within),
        from_period=year * 100 + 1,
        to_period=year * 100 + 12,
        as_of=as_of,
        scans_only=scans_only,
    )
    found: defaultdict[str, list[UnprovedLine]] = defaultdict(list)
    for book, village in sorted(homes.items(), key=lambda home: (home[1], home[0])):
        if book in lines:
            found[village] += lines[book]
    return {village: tuple(lines) for village, lines in found.items()}


def collective_of(db: Connection, *, village: str) -> BookId | None:
    """The book of a village's collective."""
    return db.execute(places.books_of_collectives(within=village).order_by(_home.c.book_id)).scalar()


def villages_with_books(db: Connection, *, within: str) -> list[str]:
    """The villages of a place whose collective keeps a book here, by code."""
    statement = places.collectives(within=within).with_only_columns(_home.c.village_code).distinct()
    return list(db.execute(statement.order_by(_home.c.village_code)).scalars())


def newest_month(db: Connection, *, within: str, until: Period) -> Period | None:
    """The newest month by this one of which a collective of a place has booked income or expense; None where none has. Of a month
    somebody has booked, one row is looked at."""
    booked = (
        places.collectives(within=within)
        .join(_balance, _balance.c.book_id == _home.c.book_id)
        .where(_counts(_balance.c.account))
    )
    if db.execute(booked.where(_balance.c.period == until).limit(1)).first() is not None:
        return until
    months = booked.where(_balance.c.period < until, (_balance.c.period % 100).between(1, 12))
    newest: Period | None = db.execute(
        months.with_only_columns(func.max(_balance.c.period), maintain_column_froms=True)
    ).scalar()
    return newest


def _to_date(
    db: Connection, *, within: str, month: Period, as_of: date, scans_only: ScansOnly
) -> tuple[Mapping[str, Components], Mapping[str, Components]]:
    """Every village's year to the end of a month, and to the end of the month before."""
    village = {row.book_id: row.village_code for row in db.execute(places.collectives(within=within)).all()}
    january = month // 100 * 100 + 1
    turnover = _sums(
        db,
        _balance,
        _balance.c.credit - _balance.c.debit,
        within=within,
        month=month,
        where=[_balance.c.period.between(january, month)],
    )
    # Named one by one, the months are found together with the day of the scan in the table's own order.
    lacking = _sums(
        db,
        _unscanned,
        _unscanned.c.amount,
        within=within,
        month=month,
        where=[
            _unscanned.c.period.in_(range(january, month + 1)),
            *_short_of_evidence(as_of=as_of, scans_only=scans_only),
        ],
        # Of a county almost every book is asked for, and of its scans almost none is late: by day there is little to read.
        hint="INDEXED BY unscanned_income_by_day"
        if len(within) <= place_rules.LENGTHS[PlaceLevel.COUNTY]
        else "",
    )
    return tuple(  # type: ignore[return-value]
        _components(village, turnover=turnover[no], lacking=lacking[no]) for no in (0, 1)
    )


_OfBooks = Mapping[BookId, Mapping[Component, Fen]]


def _sums(
    db: Connection,
    table: Table,
    amount: ColumnElement[int],
    *,
    within: str,
    month: Period,
    where: Iterable[ColumnElement[bool]],
    hint: str = "",
) -> tuple[_OfBooks, _OfBooks]:
    """Credit less debit of each book's components to the month and to the month before. The database adds up in the order
    its rows lie in, by book and account; sub-accounts are added up here. ``hint`` tells SQLite which way to the rows."""
    to_before = case((table.c.period < month, amount), else_=0)
    books_within = places.books_of_collectives(within=within)
    rows = db.execute(
        select(
            table.c.book_id,
            table.c.account,
            cast(func.sum(amount), BigInteger),
            cast(func.sum(to_before), BigInteger),
        )
        .where(table.c.book_id.in_(books_within), _counts(table.c.account), *where)
        .with_hint(table, hint, "sqlite")
        .group_by(table.c.book_id, table.c.account)
    ).all()
    now: defaultdict[BookId, dict[Component, Fen]] = defaultdict(dict)
    before: defaultdict[BookId, dict[Component, Fen]] = defaultdict(dict)
    for book, account, to_month, to_month_before in rows:
        component = rules.COMPONENT_OF[account[:3]]
        now[book][component] = now[book].get(component, 0) + to_month
        before[book][component] = before[book].get(component, 0) + to_month_before
    return now, before


def _components(
    villages: Mapping[BookId, str], *, turnover: _OfBooks, lacking: _OfBooks
) -> Mapping[str, Components]:
    """What each village's collective turned over, each component on its own side, less what lacks evidence."""
    return {
        villages[book]: {
            component: rules.recognised(
                component,
                turnover=amount if component in INCOME else -amount,
                lacking=lacking[book].get(component, 0) if book in lacking else 0,
            )
            for component, amount in of.items()
        }
        for book, of in turnover.items()
    }


def _turnover(db: Connection, *, within: str, year: int) -> Mapping[_Month, Fen]:
    """What each component turned over, on its own side; the transfers that close a year are in no month."""
    account = func.substr(_balance.c.account, 1, 3)
    rows = db.execute(
        places.collectives(within=within)
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
    db: Connection, *, within: str, year: int, as_of: date, scans_only: ScansOnly
) -> Mapping[_Month, Fen]:
    account = func.substr(_unscanned.c.account, 1, 3)
    rows = db.execute(
        places.collectives(within=within)
        .join(_unscanned, _unscanned.c.book_id == _home.c.book_id)
        .with_only_columns(
            _home.c.village_code,
            _unscanned.c.period,
            account.label("account"),
            func.sum(_unscanned.c.amount).label("amount"),
        )
        .where(
            _unscanned.c.period.between(year * 100 + 1, year * 100 + 12),
            *_short_of_evidence(as_of=as_of, scans_only=scans_only),
        )
        .group_by(_home.c.village_code, _unscanned.c.period, account)
    )
    return {(row.village_code, row.period, row.account): int(row.amount) for row in rows}


def _short_of_evidence(*, as_of: date, scans_only: ScansOnly) -> list[ColumnElement[bool]]:
    """What counts for nothing on a day: no scan by then, and no originals on paper unless these are no evidence."""
    by_then = _unscanned.c.scanned_on > as_of
    if scans_only is True:
        return [by_then]
    no_paper = _unscanned.c.on_paper == 0
    if not scans_only:
        return [by_then, no_paper]
    there = select(_home.c.book_id).where(_home.c.township_code.in_(sorted(scans_only)))
    return [by_then, or_(no_paper, _unscanned.c.book_id.in_(there))]


def _counts(account: ColumnElement[str]) -> ColumnElement[bool]:
    """The accounts a component is kept on, with their sub-accounts: 501 to 504 and 511 to 513."""
    return and_(account >= "501", account < "514", or_(account < "505", account >= "511"))


_VERSIONS = (
    select(_threshold, _approval.c.approved_by, _approval.c.at)
    .outerjoin_from(
        _threshold,
        _approval,
        and_(*(_approval.c[name] == _threshold.c[name] for name in _THRESHOLD_KEY)),
    )
    .order_by(
        _threshold.c.year.desc(),
        _threshold.c.region,
        _threshold.c.kind,
        _threshold.c.measure,
        _threshold.c.version.desc(),
    )
)


def _as_entry(row: Any) -> ThresholdEntry:
    return ThresholdEntry(
        threshold=Threshold(
            region=row.region,
            kind=VillageKind(row.kind),
            year=row.year,
            measure=Measure(row.measure),
            amount=row.amount,
        ),
        version=row.version,
        document=row.document,
        imported=bool(row.imported),
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )


def _as_approval(row: Any, entry: ThresholdEntry) -> ThresholdApproval | None:
    if row.approved_by is None:
        return None
    return ThresholdApproval(key=entry.threshold.key, version=entry.version, by=row.approved_by, at=row.at)
