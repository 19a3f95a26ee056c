"""The order a resolution gave to those of a township who were equal: without it the tiers stop where a boundary divides
them (RULES §7)."""

from typing import Annotated

from msgspec import Meta

from payouts.ties import actions, queries
from payouts.ties.rules import order_must_be_there
from schemas.access import Deed
from schemas.awards import Name, Ordered, PlaceCode, PutInOrder
from schemas.evidence import EvidenceFile
from schemas.problems import Refusal, RefusalKind
from schemas.units import Value
from web.api.kept_files import handed_out
from web.api.policies import A_SCAN
from web.api.route import Call, File, Nothing, Routes, Year
from web.database import Connection

routes = Routes("Tiers 评等")
_ORDERS = "/townships/{township}/tie-orders"


class TieQuery(Value):
    """Of which year."""

    year: Year | None = None


class TieOrders(Value):
    """The orders, as they were written down one after the other; of several of the same ones the last stands."""

    items: tuple[Ordered, ...]


class NewTieOrder(Value):
    """Of which year and place (the township, or a village), those who were equal, the highest first; the resolution's number,
    and the name of its scan."""

    year: Year
    place: PlaceCode
    order: tuple[Name, ...]
    resolution: Annotated[str, Meta(min_length=1, max_length=80)]
    name: Annotated[str, Meta(min_length=1, max_length=200)]


@routes.reads(_ORDERS, deed=Deed.SEE_BOOK, query=TieQuery, answers=TieOrders)
def list_tie_orders(db: Connection, call: Call[TieQuery, Nothing]) -> TieOrders:
    """The orders resolutions gave to equals of a township."""
    return TieOrders(items=queries.orders(db, township=call.township, year=call.query.year))


@routes.acts(
    _ORDERS,
    deed=Deed.PREPARE_RUN,
    query=NewTieOrder,
    answers=Ordered,
    **A_SCAN,
)
def put_tie_in_order(db: Connection, call: Call[NewTieOrder, EvidenceFile]) -> Ordered:
    """Write down the order a resolution gave to those whom a boundary divides 同分排序; the body is its scan. Villages are
    named by code, people as the sheet of scores has them."""
    query = call.query
    return actions.put_in_order(
        db,
        PutInOrder(place=query.place, order=query.order, resolution=query.resolution),
        township=call.township,
        year=query.year,
        paper=call.body,
        by=call.by,
        at=call.at,
    )


@routes.reads(f"{_ORDERS}/{{sha256}}", deed=Deed.SEE_EVIDENCE, answers=File)
def read_tie_paper(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The bytes of the scan of a resolution that ordered equals."""
    sha256 = call.path["sha256"]
    names = {one.sha256: one.name for one in queries.orders(db, township=call.township)}
    if sha256 not in names:
        raise Refusal(order_must_be_there.at("/sha256", sha256=sha256), kind=RefusalKind.MISSING)
    return handed_out(db, call, sha256, name=names[sha256])
