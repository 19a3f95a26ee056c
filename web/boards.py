"""The village boards as every door shows them: API, command line, pages and files ask here for the same place, month and
day, and get the same figures."""

from collections.abc import Mapping
from datetime import date, timedelta

from coop.income import queries as income
from coop.income import rules
from coop.places import queries as places
from coop.snapshots import queries as snapshots
from schemas.income import Board, ThresholdVersion, UnprovedLine, VillageStanding, VillageYear
from schemas.places import Place, PlaceLevel
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.units import Period, Value
from web.database import Connection

village_must_be_there = Fault(
    code="village_must_be_there",
    says="There is no village {code} in {place}.",
    remedy="Choose one of the villages on the board of its township.",
)


class PlaceInYear(Value):
    """A place in a year: its board at the end of December, its villages' months, and what of these another book paid, of the
    place (``internal``) and of the village's own township."""

    board: Board
    years: Mapping[str, VillageYear]
    internal: Mapping[str, VillageYear]
    internal_of_township: Mapping[str, VillageYear]


class VillageInYear(Value):
    """A village in a year: where it stands among the villages of its township, each month, and what lacked evidence."""

    standing: VillageStanding
    year: VillageYear
    lines: tuple[UnprovedLine, ...]


def last_whole_month(on: date) -> Period:
    """The month before this day's."""
    before = on.replace(day=1) - timedelta(days=1)
    return before.year * 100 + before.month


def month_to_show(db: Connection, *, place: str, on: date) -> Period:
    """The month a board opens on that is asked for none: the newest whole one of which anything is booked there, and the last
    whole one where nothing is."""
    last = last_whole_month(on)
    return income.newest_month(db, within=place, until=last) or last


def board_of(db: Connection, *, place: str, month: Period, as_of: date) -> Board:
    """The board of a place; refused as missing where no village lies in it."""
    scans_only = snapshots.only_by_scan(db, within=place, on=as_of)
    return income.board(db, within=place, month=month, as_of=as_of, scans_only=scans_only)


def place_in_year(db: Connection, *, place: str, year: int, as_of: date) -> PlaceInYear:
    """A place from January to December, as seen on a day; refused as missing where there is no such place."""
    scans_only = snapshots.only_by_scan(db, within=place, on=as_of)

    def internal(*, same_township: bool) -> Mapping[str, VillageYear]:
        return income.internal_incomes(
            db, within=place, year=year, as_of=as_of, scans_only=scans_only, same_township=same_township
        )

    return PlaceInYear(
        board=board_of(db, place=place, month=year * 100 + 12, as_of=as_of),
        years=income.incomes(db, within=place, year=year, as_of=as_of, scans_only=scans_only),
        internal=internal(same_township=False),
        internal_of_township=internal(same_township=True),
    )


def village_in(db: Connection, *, place: str, village: str) -> Place:
    """A village of a place; refused as missing where it lies elsewhere or nowhere."""
    found = places.places(db, codes=[village]).get(village) if village.startswith(place) else None
    if found is None or found.level is not PlaceLevel.VILLAGE:
        raise _no_village(village, place=place)
    return found


def _no_village(village: str, *, place: str) -> Refusal:
    problem = village_must_be_there.at("/village", code=village[:40], place=place[:40])
    return Refusal(problem, kind=RefusalKind.MISSING)


def village_in_year(db: Connection, *, place: str, village: str, month: Period, as_of: date) -> VillageInYear:
    """A village from January to the end of a month, as seen on a day; refused as missing where it lies elsewhere, or was no
    more before the year began and nothing of it is booked."""
    found = village_in(db, place=place, village=village)
    year = month // 100
    board = board_of(db, place=found.code[:9], month=month, as_of=as_of)
    scans_only = snapshots.policy_of(db, township=found.code[:9], on=as_of).scans_only
    years = income.incomes(db, within=found.code, year=year, as_of=as_of, scans_only=scans_only)
    lines = income.unproved_lines(db, within=found.code, year=year, as_of=as_of, scans_only=scans_only)
    standing = next((one for one in board.villages if one.village == found.code), None)
    if standing is None:
        raise _no_village(village, place=place)
    return VillageInYear(
        standing=standing,
        year=years.get(found.code, VillageYear(village=found.code, year=year, months={})),
        lines=tuple(line for line in lines.get(found.code, ()) if line.period <= month),
    )


def thresholds_of(db: Connection, *, place: str) -> tuple[ThresholdVersion, ...]:
    """Every version of the thresholds that were entered for a place or for one it lies in, the newest year first."""
    return income.threshold_versions(db, regions=rules.regions_over(place))
