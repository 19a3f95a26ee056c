"""The line to the bank over HTTP: which batches wait for the bank or for its answer, and what a person does about one."""

from typing import Annotated

from msgspec import Meta

from payouts.batches import queries as batches
from payouts.batches.queries import Standing
from payouts.messages import actions, queries
from schemas.access import Deed
from schemas.messages import Message, MessageState
from schemas.units import Counted, Instant, Value
from web.api.pages import Cursor, Limit, Why, cursor_of, place_at
from web.api.route import Call, Nothing, Routes
from web.database import Connection

routes = Routes("Bank line 银企直连")
_MESSAGES = "/books/{book}/bank-messages"
_MESSAGE = f"{_MESSAGES}/{{batch}}"
Count = Annotated[int, Meta(ge=0)]


class MessagesQuery(Value):
    """Which messages a list shows: all, or those in one state."""

    state: MessageState | None = None
    after: Cursor = ""
    limit: Limit = 50


class MessageItem(Value):
    """A batch on its way over the line, and what the bank has answered: how many of its ``lines`` are paid, came back, or
    are not answered. ``said`` is why it is not further."""

    batch: Counted
    order: str
    state: MessageState
    attempts: Count
    next_try: Instant | None
    said: str
    lines: Count
    paid: Count
    returned: Count
    silent: Count


class MessagesPage(Value):
    """A page of messages, the newest first; ``next`` is null on the last."""

    items: tuple[MessageItem, ...]
    next: str | None


@routes.reads(_MESSAGES, deed=Deed.SEE_BOOK, query=MessagesQuery, answers=MessagesPage)
def list_messages(db: Connection, call: Call[MessagesQuery, Nothing]) -> MessagesPage:
    """The messages to the bank 银企直连指令: which batches are to be given to it or asked after, when next, and why one is
    not further."""
    query = call.query
    before = place_at(query.after, int) if query.after else None
    found = [
        one
        for one in queries.messages(db, book=call.book)
        if query.state in {None, one.state} and (before is None or one.batch < before)
    ]
    items = found[: query.limit]
    return MessagesPage(
        items=_items(db, items),
        next=cursor_of(items[-1].batch) if len(found) > query.limit else None,
    )


@routes.acts(f"{_MESSAGE}/retry", deed=Deed.SEND_BATCH, answers=MessageItem, value_moves=False)
def retry_message(db: Connection, call: Call[Nothing, Nothing]) -> MessageItem:
    """Try a message at once that waits for its turn: the batch is given to the bank, or asked after, within seconds."""
    number = call.path["batch"]
    return _item(db, actions.retry(db, book=call.book, number=number, by=call.by, at=call.at))


@routes.acts(f"{_MESSAGE}/again", deed=Deed.SEND_BATCH, answers=MessageItem)
def send_message_again(db: Connection, call: Call[Nothing, Nothing]) -> MessageItem:
    """Send a batch the bank refused again, under the same name; the bank pays it once. Refused once something was said of
    its lines."""
    number = call.path["batch"]
    answered = bool(batches.outcomes(db, book=call.book, number=number))
    moved = actions.again(db, book=call.book, number=number, answered=answered, by=call.by, at=call.at)
    return _item(db, moved)


@routes.acts(f"{_MESSAGE}/withdraw", deed=Deed.SEND_BATCH, content=Why, answers=MessageItem)
def withdraw_message(db: Connection, call: Call[Nothing, Why]) -> MessageItem:
    """Send a batch no more, because the bank said that it does not have it; who said so is the reason. Its lines are then
    entered as failed, and go out in a new batch."""
    moved = actions.withdraw(
        db, book=call.book, number=call.path["batch"], by=call.by, at=call.at, reason=call.body.reason
    )
    return _item(db, moved)


def _item(db: Connection, found: Message) -> MessageItem:
    (item,) = _items(db, [found])
    return item


def _items(db: Connection, found: list[Message]) -> tuple[MessageItem, ...]:
    numbers = {one.batch for one in found}
    there = [one for one in batches.batches(db, book=found[0].book) if one.number in numbers] if found else []
    standings = {one.batch.number: one for one in batches.standings(db, there)}
    return tuple(_as_item(one, standings[one.batch]) for one in found)


def _as_item(message: Message, standing: Standing) -> MessageItem:
    return MessageItem(
        batch=message.batch,
        order=message.order,
        state=message.state,
        attempts=message.attempts,
        next_try=message.next_try if message.waits else None,
        said=message.said,
        lines=standing.batch.lines,
        paid=standing.paid,
        returned=standing.returned,
        silent=standing.silent,
    )
