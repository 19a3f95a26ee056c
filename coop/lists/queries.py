"""Who is listed where, what was said against it, and what everybody may read."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, func, select

from coop.income import queries as income
from coop.lists import rules
from coop.lists.tables import ListAppealAnswerRow, ListAppealRow
from coop.places import queries as places
from coop.snapshots import queries as snapshots
from coop.snapshots.rules import LEVELS, place_at
from ledger.columns import table_of
from ledger.periods.rules import last_day, month_text
from schemas.appeals import AppealPaper
from schemas.lists import Colour, ListAnswer, ListAppeal, Listed, Lists
from schemas.places import BookPlace, Place
from schemas.problems import Refusal, RefusalKind
from schemas.snapshots import FrozenRank, KeptSnapshot
from schemas.units import BookId, Period

_appeal = table_of(ListAppealRow)
_answer = table_of(ListAppealAnswerRow)


def appeals(
    db: Connection, *, within: str, month: Period | None = None, open_only: bool = False
) -> Mapping[str, tuple[ListAppeal, ...]]:
    """What was said against the lists of a place's townships, by township and number."""
    statement = (
        select(
            _appeal,
            *(_answer.c[name].label(f"answer_{name}") for name in ("upheld", "by", "on", "at", "text")),
        )
        .outerjoin(_answer, (_answer.c.book_id == _appeal.c.book_id) & (_answer.c.number == _appeal.c.number))
        .where(places.inside(_appeal.c.book_id, within))
        .order_by(_appeal.c.book_id, _appeal.c.number)
    )
    if month is not None:
        statement = statement.where(_appeal.c.month == month)
    if open_only:
        statement = statement.where(_answer.c.number.is_(None))
    found: dict[str, tuple[ListAppeal, ...]] = {}
    for row in db.execute(statement):
        one = ListAppeal(
            number=row.number,
            month=row.month,
            village=row.village,
            by=row.by,
            on=row.on,
            at=row.at,
            text=row.text,
            paper=None
            if row.sha256 is None
            else AppealPaper(came=row.came, sha256=row.sha256, name=row.name),
            answer=None
            if row.answer_by is None
            else ListAnswer(
                upheld=bool(row.answer_upheld),
                by=row.answer_by,
                on=row.answer_on,
                at=row.answer_at,
                text=row.answer_text,
            ),
        )
        found[row.book_id] = (*found.get(row.book_id, ()), one)
    return found


def appeal(db: Connection, *, township: str, number: int) -> ListAppeal:
    """An appeal of a township; refused as missing where there is none."""
    found = {one.number: one for one in appeals(db, within=township).get(township, ())}
    if number not in found:
        raise Refusal(rules.list_appeal_must_be_there.at("/number", number=number), kind=RefusalKind.MISSING)
    return found[number]


def last_appeal(db: Connection, *, township: str) -> int:
    """The number of the last appeal of a township; 0 where there is none."""
    newest = select(func.coalesce(func.max(_appeal.c.number), 0)).where(_appeal.c.book_id == township)
    return int(db.execute(newest).scalar_one())


def home_of(db: Connection, *, book: BookId) -> BookPlace:
    """Where the village lies whose collective keeps a book; refused for every other book."""
    where = places.book_place(db, book=book)
    if where is None or income.collective_of(db, village=where.village) != book:
        raise Refusal(rules.book_must_be_a_villages.at("/book"))
    return where


def kept(db: Connection, *, township: str, month: Period) -> KeptSnapshot:
    """A frozen month; refused as missing where it is not frozen."""
    found = snapshots.snapshot(db, township=township, month=month)
    if found is None:
        raise Refusal(
            rules.month_must_be_frozen.at("/month", month=month_text(month), township=township),
            kind=RefusalKind.MISSING,
        )
    return found


def lists(db: Connection, *, place: Place, month: Period, on: date, everybody: bool) -> Lists:
    """The red and the black list of a place for a month by a day. ``everybody``: only what is published, without who is
    disputed; else everything, for officers."""
    found = snapshots.snapshots(db, within=place.code, month=month)
    if everybody:
        found = tuple(one for one in found if rules.is_published(one, on=on))
    return _lists(db, found, place=place, month=month, on=on, everybody=everybody)


def lists_of_township(db: Connection, *, township: str, month: Period, on: date) -> tuple[Lists, ...]:
    """Every list of a frozen month on which villages of a township are, and of each these villages: its own, the county's,
    the city's, the province's. Refused as missing where the month is not frozen."""
    found = kept(db, township=township, month=month)
    codes = [place_at(township, level) for level in LEVELS]
    named = places.places(db, codes=codes)
    return tuple(
        _lists(
            db,
            [found],
            place=named.get(code, Place(code=code, name=code, level=level)),
            month=month,
            on=on,
            everybody=False,
        )
        for level, code in zip(LEVELS, codes, strict=True)
    )


def published(db: Connection, *, on: date) -> Mapping[Place, tuple[Period, ...]]:
    """The places and months of which everybody may read the lists by a day: the newest month first; provinces, then
    cities, counties and townships by code."""
    found: dict[str, set[Period]] = {}
    for township, month, until in _windows(db):
        if until is not None and on > until:
            for level in LEVELS:
                found.setdefault(place_at(township, level), set()).add(month)
    named = places.places(db, codes=found)
    return {
        named[code]: tuple(sorted(found[code], reverse=True))
        for code in sorted(found, key=lambda code: (len(code), code))
        if code in named
    }


def _windows(db: Connection) -> Iterable[tuple[str, Period, date | None]]:
    """The last day to appeal of every frozen month, by township."""
    for one in snapshots.snapshots(db, within="", heads_only=True):
        yield one.snapshot.township, one.snapshot.month, rules.appeals_until(one)


def _lists(
    db: Connection,
    found: Sequence[KeptSnapshot],
    *,
    place: Place,
    month: Period,
    on: date,
    everybody: bool,
) -> Lists:
    said = {
        (township, one.village): one
        for township, of in appeals(db, within=place.code[:9], month=month).items()
        for one in of
    }
    chosen = [
        (colour, rank, one)
        for one in found
        for rank in one.ranks
        if rank.level is place.level
        for colour in rules.colours(rank)
    ]
    named = places.places(db, codes={rank.village for _, rank, _ in chosen}, as_of=last_day(month))
    listed = [
        _listed(
            colour,
            rank,
            one,
            named=named,
            appeal=said.get((one.snapshot.township, rank.village)),
            on=on,
        )
        for colour, rank, one in chosen
    ]
    if everybody:
        listed = [one for one in listed if not one.disputed]
    return Lists(
        place=place.code,
        level=place.level,
        month=month,
        red=_of(Colour.RED, listed),
        black=_of(Colour.BLACK, listed),
    )


def _of(colour: Colour, listed: Iterable[Listed]) -> tuple[Listed, ...]:
    best_first = sorted(
        (one for one in listed if one.colour is colour), key=lambda one: (one.rank, one.village)
    )
    return tuple(best_first)


def _listed(
    colour: Colour,
    rank: FrozenRank,
    one: KeptSnapshot,
    *,
    named: Mapping[str, Place],
    appeal: ListAppeal | None,
    on: date,
) -> Listed:
    village = next(village for village in one.snapshot.villages if village.village == rank.village)
    assert village.threshold is not None, "who is ranked has a threshold"
    assert village.ratio is not None, "and a ratio"
    upheld = appeal is not None and appeal.answer is not None and appeal.answer.upheld
    disputed = appeal is not None and appeal.answer is None
    return Listed(
        colour=colour,
        village=rank.village,
        name=named[rank.village].name if rank.village in named else rank.village,
        rank=rank.rank,
        of=rank.of,
        income=village.income,
        threshold=village.threshold,
        ratio=village.ratio,
        appeals_until=rules.appeals_until(one),
        published=rules.is_published(one, on=on) and not upheld and not disputed,
        disputed=disputed,
        left_off=appeal.answer.text if upheld and appeal is not None and appeal.answer is not None else "",
    )
