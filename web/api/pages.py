"""What many resources share: lists in pages, whose cursor is a text nobody needs to understand, and the reason given
with an act that undoes something."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from schemas.problems import Fault
from schemas.units import Value
from web.wire import Unreadable

T = TypeVar("T")
Reason = Annotated[str, Meta(min_length=1, max_length=200)]

Cursor = Annotated[str, Meta(max_length=400, description="The `next` of the page before.")]
Limit = Annotated[int, Meta(ge=1, le=500, description="Items on a page at the most.")]


class Why(Value):
    """Why something is undone, sent back or ended."""

    reason: Reason


cursor_must_be_ours = Fault(
    code="cursor_must_be_ours",
    says="The cursor {cursor} is none of this list.",
    remedy="Take it from `next` of the page before, or leave it out to begin at the first page.",
)


def cursor_of(place: Any) -> str:
    """The cursor of a place in a list."""
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_at(cursor: str, of: type[T]) -> T:
    """The place a cursor stands for; refused when it is none of this list."""
    problem = cursor_must_be_ours.at("/after", cursor=cursor[:80])
    try:
        place = msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=of)
    except (ValueError, msgspec.MsgspecError, RecursionError) as error:
        raise Unreadable(problem) from error
    if not _may_be_kept(msgspec.to_builtins(place)):
        raise Unreadable(problem)
    return place


def _may_be_kept(said: object) -> bool:
    """Whether a database could hold what a cursor says: no number of more than 64 bits, no character zero."""
    match said:
        case int():
            return abs(said) < _BEYOND
        case str():
            return "\0" not in said
        case list() | tuple():
            return all(map(_may_be_kept, said))
        case dict():
            return all(map(_may_be_kept, said.values()))
        case _:
            return said is None


_BEYOND = 1 << 63
