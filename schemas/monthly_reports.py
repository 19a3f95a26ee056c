"""月报: the monthly reports of townships and counties as values."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from msgspec import Meta

from schemas.alerts import AlertState, Unit
from schemas.evidence import Sha256
from schemas.income import Components, PlaceStanding, VillageStanding
from schemas.lists import Lists
from schemas.places import PlaceLevel
from schemas.runs import Fraction
from schemas.spot_checks import RankedQuality
from schemas.units import BookId, Counted, Instant, Period, Value


class FrozenOf(Value):
    """A frozen month a report is made of: whose, and the SHA-256 it was sealed with."""

    township: str
    name: str
    digest: Sha256


class BookClosing(Value):
    """How far a book is closed in the year of a report: the months closed until its day."""

    book: BookId
    name: str
    village: str
    closed: tuple[Period, ...]


class ReportedAlert(Value):
    """An alert in a report: of which township, village and household, the red line with the value and bound it was opened by, the day
    it was opened, and where it stood when the report was made, since which day."""

    township: str
    number: Counted
    village: str
    name: str
    household: str
    line: str
    line_zh: str
    month: Period
    value: Fraction
    bound: Fraction
    unit: Unit
    opened_on: date
    state: AlertState
    since: date


class ReportedAlerts(Value):
    """The alerts of a place since its last report (or the 1st of its month, where there was none): those opened, those that ended,
    and how many are open."""

    opened: tuple[ReportedAlert, ...]
    ended: tuple[ReportedAlert, ...]
    open: Annotated[int, Meta(ge=0)]


class ReportContent(Value, omit_defaults=True):
    """What a report says beside the frozen figures, as it stood on the day it was made. ``internal`` is, by the
    code of the place and of its townships, what one book of it paid another. ``lists`` are the newest published of the
    place, None where none are. Reports made before they spoke of ``alerts`` have None, and are sealed without the word."""

    place: str
    name: str
    level: PlaceLevel
    month: Period
    made_on: date
    frozen: tuple[FrozenOf, ...]
    internal: Mapping[str, Components]
    lists: Lists | None
    quality: tuple[RankedQuality, ...]
    closing: tuple[BookClosing, ...]
    alerts: ReportedAlerts | None = None


class KeptReport(Value):
    """A report as it is kept: its content with the SHA-256 the log sealed, and that of the printed pages."""

    content: ReportContent
    digest: Sha256
    pages: Sha256
    made_at: Instant


class MonthlyReport(Value):
    """A report as it is read: the villages by rank as they were frozen, together, and of a county each of its townships."""

    kept: KeptReport
    villages: tuple[VillageStanding, ...]
    whole: PlaceStanding
    below: tuple[PlaceStanding, ...]


class ReportDue(Value):
    """A report that is to be made."""

    place: str
    month: Period
