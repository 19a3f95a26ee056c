"""Asset cards over HTTP, and the plans that draft their monthly voucher."""

from datetime import date

from ledger.assets import actions, queries
from ledger.assets.rules import card_must_exist
from schemas.access import Deed
from schemas.assets import Card, Charge, NewCard, Terms
from schemas.problems import Refusal, RefusalKind
from schemas.units import Value
from schemas.vouchers import Voucher
from web.api.pages import Reason, Why
from web.api.route import Call, Nothing, Routes
from web.database import Connection
from web.wire import Month

routes = Routes("Assets 资产卡片")
_CARDS = "/books/{book}/assets"
_CARD = f"{_CARDS}/{{card}}"


class Cards(Value):
    """The cards of a book by code, disposed ones too."""

    items: tuple[Card, ...]


class CardAnswer(Value):
    """A card, and what vouchers drafted or booked of its plan."""

    card: Card
    charges: tuple[Charge, ...]


class Disposal(Value):
    """The day an asset went, and why."""

    day: date
    reason: Reason


class PlanWanted(Value):
    """The month whose plan voucher is drafted, and the day it is dated; the month's last when it is left out."""

    month: Month
    dated: date | None = None


class PlanAnswer(Value):
    """The voucher drafted; null when nothing is due."""

    voucher: Voucher | None


@routes.reads(_CARDS, deed=Deed.SEE_BOOK, answers=Cards)
def list_assets(db: Connection, call: Call[Nothing, Nothing]) -> Cards:
    """The asset cards 资产卡片 of a book."""
    return Cards(items=queries.cards(db, book=call.book))


@routes.reads(_CARD, deed=Deed.SEE_BOOK, answers=CardAnswer)
def read_asset(db: Connection, call: Call[Nothing, Nothing]) -> CardAnswer:
    """One card, with what was written off by its plan."""
    code = call.path["card"]
    found = queries.cards(db, book=call.book, code=code)
    if not found:
        raise Refusal(card_must_exist.at("/card", card=code), kind=RefusalKind.MISSING)
    return CardAnswer(card=found[0], charges=queries.charges(db, book=call.book, code=code))


@routes.acts(_CARDS, deed=Deed.KEEP_ASSETS, content=NewCard, answers=Card, status=201)
def add_asset(db: Connection, call: Call[Nothing, NewCard]) -> Card:
    """Add an asset card. It books nothing: the purchase is a voucher, the writing off the plan's."""
    (card,) = actions.add_cards(db, [call.body], book=call.book, by=call.by, on=call.on, at=call.at)
    return card


@routes.acts(f"{_CARD}/terms", deed=Deed.KEEP_ASSETS, content=Terms, answers=Card)
def change_terms(db: Connection, call: Call[Nothing, Terms]) -> Card:
    """Change what an asset is written off by 变更折旧政策, from a month on; for the future only."""
    return actions.change_terms(
        db,
        book=call.book,
        code=call.path["card"],
        terms=call.body,
        by=call.by,
        on=call.on,
        at=call.at,
    )


@routes.acts(f"{_CARD}/dispose", deed=Deed.KEEP_ASSETS, content=Disposal, answers=Card)
def dispose_asset(db: Connection, call: Call[Nothing, Disposal]) -> Card:
    """Write down that an asset went 处置: sold, scrapped, lost, dead."""
    return actions.dispose(
        db,
        book=call.book,
        code=call.path["card"],
        day=call.body.day,
        reason=call.body.reason,
        by=call.by,
        on=call.on,
        at=call.at,
    )


@routes.acts(f"{_CARD}/put-back", deed=Deed.KEEP_ASSETS, content=Why, answers=Card)
def put_asset_back(db: Connection, call: Call[Nothing, Why]) -> Card:
    """Write down that an asset did not go after all."""
    return actions.put_back(
        db, book=call.book, code=call.path["card"], reason=call.body.reason, by=call.by, at=call.at
    )


@routes.acts("/books/{book}/asset-plans", deed=Deed.KEEP_ASSETS, content=PlanWanted, answers=PlanAnswer)
def draft_plan(db: Connection, call: Call[Nothing, PlanWanted]) -> PlanAnswer:
    """Draft the one plan voucher of a month 计提折旧与摊销; it is then reviewed and posted like any other."""
    drafted = actions.draft_month(
        db,
        book=call.book,
        period=call.body.month,
        by=call.by,
        on=call.on,
        at=call.at,
        dated=call.body.dated,
    )
    return PlanAnswer(voucher=drafted)
