"""Frozen months of townships over HTTP: incomes and ranks as they stood on the 1st, the red and the black list, and what is
said against them."""

import datetime
from typing import Annotated

from msgspec import Meta

from coop.lists import actions, queries
from coop.lists.rules import list_appeal_must_be_there
from coop.places import queries as places
from coop.snapshots import queries as snapshots
from schemas.access import Deed
from schemas.evidence import EvidenceFile, Sha256
from schemas.lists import ListAppeal, Lists
from schemas.problems import Refusal, RefusalKind
from schemas.snapshots import IncomePolicy, KeptSnapshot, SinceFrozen
from schemas.units import Instant, Period, Value
from web.api.appeals import NewAnswer
from web.api.household import Text
from web.api.kept_files import handed_out
from web.api.policies import A_SCAN
from web.api.route import Call, File, Nothing, Routes, Village, Year
from web.database import Connection

routes = Routes("Frozen months and lists 收入快照与红黑榜")
_TOWNSHIP = "/townships/{township}"
_APPEAL = f"{_TOWNSHIP}/list-appeals/{{appeal}}"


class FrozenMonth(Value):
    """A frozen month without its villages."""

    month: Period
    as_of: datetime.date
    digest: Sha256
    frozen_at: Instant
    ranked_on: datetime.date | None
    policy: IncomePolicy


class FrozenPage(Value):
    """The frozen months of a township, the newest first."""

    items: tuple[FrozenMonth, ...]


class SincePage(Value):
    """The frozen months of a village that count for another income today, the newest first."""

    items: tuple[SinceFrozen, ...]


class SinceQuery(Value):
    """The year asked for; this one where none is said."""

    year: Year | None = None


class TownshipLists(Value):
    """The lists of a month a township's villages are on, at every level, and what was said against them."""

    items: tuple[Lists, ...]
    appeals: tuple[ListAppeal, ...]


class NewListAppeal(Value):
    """What the village says against being listed."""

    text: Text


class ListPaperQuery(Value):
    """Which village it is, what stands on its paper, the day that came in, and the name of its scan."""

    village: Village
    text: Text
    came: datetime.date
    name: Annotated[str, Meta(min_length=1, max_length=200)]


@routes.reads(f"{_TOWNSHIP}/snapshots", deed=Deed.SEE_TOWNSHIP, answers=FrozenPage)
def list_snapshots(db: Connection, call: Call[Nothing, Nothing]) -> FrozenPage:
    """The frozen months 收入快照 of a township: the day and policy of each, and its SHA-256."""
    found = snapshots.snapshots(db, within=call.township, heads_only=True)
    return FrozenPage(
        items=tuple(
            FrozenMonth(
                month=one.snapshot.month,
                as_of=one.snapshot.as_of,
                digest=one.digest,
                frozen_at=one.frozen_at,
                ranked_on=one.ranked_on,
                policy=one.snapshot.policy,
            )
            for one in found
        )
    )


@routes.reads(f"{_TOWNSHIP}/snapshots/{{period}}", deed=Deed.SEE_TOWNSHIP, answers=KeptSnapshot)
def read_snapshot(db: Connection, call: Call[Nothing, Nothing]) -> KeptSnapshot:
    """A frozen month: every village's year to date by component, its threshold, ratio and band, and where it stood in
    township, county, city and province. Nothing that happens later changes it."""
    return queries.kept(db, township=call.township, month=call.path["period"])


@routes.reads(
    f"{_TOWNSHIP}/villages/{{village}}/since-frozen",
    deed=Deed.SEE_TOWNSHIP,
    query=SinceQuery,
    answers=SincePage,
)
def read_since_frozen(db: Connection, call: Call[SinceQuery, Nothing]) -> SincePage:
    """Why a village's frozen months count for another income today: scans that came since, and what else differs."""
    village: str = call.path["village"]
    if village[:9] != call.township:
        return SincePage(items=())
    year = call.query.year or call.on.year
    return SincePage(items=snapshots.since_frozen(db, village=village, year=year, on=call.on))


@routes.reads(f"{_TOWNSHIP}/lists/{{period}}", deed=Deed.SEE_TOWNSHIP, answers=TownshipLists)
def list_lists(db: Connection, call: Call[Nothing, Nothing]) -> TownshipLists:
    """The red and the black list 红黑榜 of a month at every level, as far as villages of the township are on them, and what was
    said against it; also before they are published."""
    month: Period = call.path["period"]
    return TownshipLists(
        items=queries.lists_of_township(db, township=call.township, month=month, on=call.on),
        appeals=queries.appeals(db, within=call.township, month=month).get(call.township, ()),
    )


@routes.reads("/places/{place}/lists/{period}", deed=Deed.SEE_TOWNSHIP, answers=Lists)
def read_lists(db: Connection, call: Call[Nothing, Nothing]) -> Lists:
    """The red and the black list of a place for a month; also before they are published."""
    place = places.place_there(db, code=call.path["place"])
    return queries.lists(db, place=place, month=call.path["period"], on=call.on, everybody=False)


@routes.acts(
    "/books/{book}/lists/{period}/appeals",
    deed=Deed.RECORD_APPEAL,
    content=NewListAppeal,
    answers=ListAppeal,
    status=201,
)
def appeal_listing(db: Connection, call: Call[Nothing, NewListAppeal]) -> ListAppeal:
    """Say something against the village of this book being listed for a month 榜单申诉, once, within the days its township's
    policy gives."""
    where = queries.home_of(db, book=call.book)
    return actions.appeal(
        db,
        township=where.township,
        village=where.village,
        month=call.path["period"],
        text=call.body.text,
        by=call.by,
        on=call.on,
        at=call.at,
    )


@routes.acts(
    f"{_TOWNSHIP}/lists/{{period}}/appeals",
    deed=Deed.RECORD_APPEAL,
    query=ListPaperQuery,
    answers=ListAppeal,
    **A_SCAN,
)
def record_list_appeal(db: Connection, call: Call[ListPaperQuery, EvidenceFile]) -> ListAppeal:
    """Record what a village brought on paper against being listed 代录榜单申诉; the body is its scan. It counts on the day it
    came in."""
    return actions.appeal(
        db,
        township=call.township,
        village=call.query.village,
        month=call.path["period"],
        text=call.query.text,
        came=call.query.came,
        scan=call.body,
        by=call.by,
        on=call.on,
        at=call.at,
    )


@routes.acts(f"{_APPEAL}/answer", deed=Deed.ANSWER_APPEAL, content=NewAnswer, answers=ListAppeal)
def answer_list_appeal(db: Connection, call: Call[Nothing, NewAnswer]) -> ListAppeal:
    """Answer what a village says against being listed, as another than who recorded it. Upheld, the village is left off the
    published lists of the month with the answer as the reason; its frozen rank stays."""
    return actions.answer(
        db,
        township=call.township,
        number=call.path["appeal"],
        upheld=call.body.upheld,
        text=call.body.text,
        by=call.by,
        on=call.on,
        at=call.at,
    )


@routes.reads(f"{_APPEAL}/papers/{{sha256}}", deed=Deed.SEE_EVIDENCE, answers=File)
def read_list_appeal_paper(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The bytes of the scan of a paper an appeal against a list came on."""
    number, sha256 = call.path["appeal"], call.path["sha256"]
    paper = queries.appeal(db, township=call.township, number=number).paper
    if paper is None or paper.sha256 != sha256:
        raise Refusal(list_appeal_must_be_there.at("/sha256", number=number), kind=RefusalKind.MISSING)
    return handed_out(db, call, sha256, name=paper.name)
