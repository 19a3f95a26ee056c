"""The operation log 操作日志 over HTTP: every act, who, when, what, before and after; each a link of the chain."""

from typing import Annotated

from msgspec import Meta

from ledger.log import queries
from ledger.log.actions import HOUSE
from ledger.people import queries as people
from schemas.access import Deed
from schemas.log import LogEntry
from schemas.units import BookId, Counted, PersonId, Value
from web.acts import CHOICES, asked_act
from web.api.pages import Cursor, Limit, cursor_of, place_at
from web.api.route import Call, Nothing, Routes
from web.database import Connection

routes = Routes("Log 操作日志")
Instant = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T][0-9:.]{0,16}Z?)?$", max_length=30)]
Act = Annotated[str, Meta(extra_json_schema={"enum": ["", *CHOICES]})]


class LogQuery(Value):
    """Which entries are shown: of a person, of an act or a kind of acts, of a time, with words in them."""

    by: PersonId | None = None
    act: Act = ""
    since: Instant | None = None
    until: Instant | None = None
    text: Annotated[str, Meta(max_length=200)] = ""
    after: Cursor = ""
    limit: Limit = 100


class LogPage(Value):
    """A page of the log in chain order, and the names of the people in it."""

    items: tuple[LogEntry, ...]
    names: dict[str, str]
    next: str | None


@routes.reads("/books/{book}/log", deed=Deed.READ_LOG, query=LogQuery, answers=LogPage)
def read_log(db: Connection, call: Call[LogQuery, Nothing]) -> LogPage:
    """The operation log of a book, oldest first."""
    return _page(db, call, call.book)


@routes.reads("/log", deed=Deed.READ_HOUSE_LOG, query=LogQuery, answers=LogPage)
def read_house_log(db: Connection, call: Call[LogQuery, Nothing]) -> LogPage:
    """The operation log of what concerns no single book: people, roles, tokens, backups."""
    return _page(db, call, HOUSE)


def _page(db: Connection, call: Call[LogQuery, Nothing], book: BookId) -> LogPage:
    query = call.query
    found = queries.entries(
        db,
        book=book,
        after=place_at(query.after, Counted) if query.after else 0,
        limit=query.limit + 1,
        by=query.by,
        act=asked_act(query.act),
        since=query.since or "",
        until=query.until or "",
        text=query.text,
    )
    items = found[: query.limit]
    names = people.names_of(db, (entry.by for entry in items))
    return LogPage(
        items=items,
        names={str(person): name for person, name in names.items()},
        next=cursor_of(items[-1].seq) if len(found) > query.limit else None,
    )
