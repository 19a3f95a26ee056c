"""The register over HTTP: members with their identity data masked, and the shares they hold."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from msgspec import Meta

from coop.member_accounts.queries import member_account
from coop.members import queries
from coop.shares import queries as shares
from coop.shares import rules as share_rules
from payouts.policies import queries as policies
from schemas.access import Deed
from schemas.member_accounts import MemberAccount
from schemas.members import Member
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.shares import Holding, Movement, ShareClass
from schemas.units import Fen, Value
from web.api.pages import Cursor, Limit, cursor_of, place_at
from web.api.route import Call, Nothing, Routes, Year
from web.database import Connection

routes = Routes("Register 成员与股份")
Instant = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}Z$", max_length=30)]

member_must_be_there = Fault(
    code="member_must_be_there",
    says="There is no member {member} in this book.",
    remedy="Look the number up in the register.",
)


class MemberQuery(Value):
    """Which members a list shows: all that ever were, or those of a day."""

    on: date | None = None
    after: Cursor = ""
    limit: Limit = 100


class MemberPage(Value):
    """A page of members by number."""

    items: tuple[Member, ...]
    next: str | None


class AccountQuery(Value):
    """The fiscal year."""

    year: Year


class SharesQuery(Value):
    """The day the register is read for, and the instant up to which what was recorded is known."""

    as_of: date | None = None
    known_at: Instant | None = None


class MemberHoldings(Value):
    """What a member holds, by class; classes never held are null."""

    refundable: Fen
    all_classes: Fen
    cash: Holding | None = None
    land: Holding | None = None
    calf_granted: Holding | None = None
    calf_own: Holding | None = None
    labour: Holding | None = None


class SharesAnswer(Value):
    """What every member holds at the end of a day, by member number, and the value of each class together."""

    as_of: date
    known_at: str | None
    holdings: Mapping[str, MemberHoldings]
    holding_totals: Mapping[ShareClass, Fen]


class MovementQuery(Value):
    """Which movements a list shows."""

    member: Annotated[str, Meta(max_length=40)] | None = None
    until: date | None = None
    known_at: Instant | None = None


class Movements(Value):
    """The movements of the share register, in its order."""

    items: tuple[Movement, ...]


@routes.reads("/books/{book}/members", deed=Deed.SEE_REGISTER, query=MemberQuery, answers=MemberPage)
def list_members(db: Connection, call: Call[MemberQuery, Nothing]) -> MemberPage:
    """The members 成员 of a book, identity data masked."""
    query = call.query
    after = place_at(query.after, str) if query.after else ""
    found = tuple(
        queries.members(db, book=call.book, on=query.on, after=after, limit=query.limit + 1).values()
    )
    items = found[: query.limit]
    return MemberPage(items=items, next=cursor_of(items[-1].number) if len(found) > query.limit else None)


@routes.reads("/books/{book}/members/{member}", deed=Deed.SEE_REGISTER, answers=Member, versioned="version")
def read_member(db: Connection, call: Call[Nothing, Nothing]) -> Member:
    """One member, identity data masked."""
    found = queries.member(db, book=call.book, number=call.path["member"])
    if found is None:
        raise Refusal(
            member_must_be_there.at("/member", member=call.path["member"]), kind=RefusalKind.MISSING
        )
    return found


@routes.reads(
    "/books/{book}/members/{member}/account",
    deed=Deed.SEE_REGISTER,
    query=AccountQuery,
    answers=MemberAccount,
)
def read_member_account(db: Connection, call: Call[AccountQuery, Nothing]) -> MemberAccount:
    """The statutory member account 成员账户 of a year: what was put in, what it traded and worked, what it received."""
    year = call.query.year
    return member_account(
        db,
        book=call.at_book,
        number=call.path["member"],
        year=year,
        record_date=policies.record_date(db, book=call.book, year=year),
    )


@routes.reads("/books/{book}/shares", deed=Deed.SEE_REGISTER, query=SharesQuery, answers=SharesAnswer)
def read_shares(db: Connection, call: Call[SharesQuery, Nothing]) -> SharesAnswer:
    """Who holds what 股份, as of any day, and as it was known at any instant."""
    as_of = call.query.as_of or call.on
    held = shares.holdings(db, book=call.book, as_of=as_of, known_at=call.query.known_at)
    return SharesAnswer(
        as_of=as_of,
        known_at=call.query.known_at,
        holdings={
            number: MemberHoldings(
                **{share.value: holding for share, holding in of.classes.items()},
                refundable=of.refundable,
                all_classes=of.all_classes,
            )
            for number, of in held.items()
        },
        holding_totals=share_rules.totals(held.values()),
    )


@routes.reads("/books/{book}/share-movements", deed=Deed.SEE_REGISTER, query=MovementQuery, answers=Movements)
def list_movements(db: Connection, call: Call[MovementQuery, Nothing]) -> Movements:
    """The movements of the share register 股份变动: contributions, transfers, conversions, withdrawals."""
    query = call.query
    return Movements(
        items=shares.movements(
            db, book=call.book, member=query.member, until=query.until, known_at=query.known_at
        )
    )
