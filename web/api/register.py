"""The acts of the register over HTTP: one person proposes, another confirms, and everything is written at once."""

from datetime import date

from coop.members import actions as member_actions
from coop.members import queries as members
from coop.register import actions, queries, rules
from schemas.access import Deed
from schemas.members import Heir, Member, MemberChange
from schemas.problems import Refusal, RefusalKind
from schemas.register import ActState, AnyAct, Application, Departure, Joining, Name, Note, RegisterRequest
from schemas.units import Value
from web.api.pages import Cursor, Limit, Why, cursor_of, place_at
from web.api.route import Call, Nothing, Routes, Year
from web.database import Connection
from web.errors import ProblemEntry, entries_of

routes = Routes("Register 成员与股份")
_MOVEMENTS = "/books/{book}/share-movements"
_ACT = f"{_MOVEMENTS}/{{act}}"
_MEMBER = "/books/{book}/members/{member}"


class ActQuery(Value):
    """Which acts a list shows: all, or those in a state."""

    state: ActState | None = None
    after: Cursor = ""
    limit: Limit = 50


class ActPage(Value):
    """A page of acts, the newest first."""

    items: tuple[RegisterRequest, ...]
    next: str | None


class Leave(Value):
    """The day the written notice arrived, and the fiscal year membership ends with; who is expelled needs no notice but
    a resolution."""

    on: date
    year: Year
    expelled: bool = False
    resolution: Name = ""
    note: Note = ""


class FindingsQuery(Value):
    """The day the members are counted for; today when it is left out."""

    on: date | None = None


class Findings(Value):
    """What the law says of who the members are 成员构成, as warnings."""

    on: date
    errors: tuple[ProblemEntry, ...]


class Heirs(Value):
    """The heirs named for a member who died."""

    items: tuple[Heir, ...]


@routes.reads("/books/{book}/register-acts", deed=Deed.SEE_REGISTER, query=ActQuery, answers=ActPage)
def list_acts(db: Connection, call: Call[ActQuery, Nothing]) -> ActPage:
    """The acts of the register 登记事项, those that wait for a second person among them."""
    query = call.query
    before = place_at(query.after, int) if query.after else None
    found = queries.requests(db, book=call.book, state=query.state, before=before, limit=query.limit + 1)
    items = found[: query.limit]
    return ActPage(items=items, next=cursor_of(items[-1].request) if len(found) > query.limit else None)


@routes.reads(_ACT, deed=Deed.SEE_REGISTER, answers=RegisterRequest)
def read_act(db: Connection, call: Call[Nothing, Nothing]) -> RegisterRequest:
    """One act with everything it writes, or wrote."""
    found = queries.request(db, book=call.book, number=call.path["act"])
    if found is None:
        raise Refusal(
            rules.request_must_be_there.at("/request", request=call.path["act"]),
            kind=RefusalKind.MISSING,
        )
    return found


@routes.acts(
    _MOVEMENTS,
    deed=Deed.KEEP_REGISTER,
    content=AnyAct,  # type: ignore[arg-type]
    answers=RegisterRequest,
    status=202,
)
def propose_act(db: Connection, call: Call[Nothing, AnyAct]) -> RegisterRequest:
    """Prepare an act of the register 登记: a contribution, a transfer, a withdrawal. It answers all it writes; nothing of
    it is written before a second person confirms it. `dry_run=true` shows the same and keeps nothing."""
    return _prepare(db, call, call.body)


@routes.acts(f"{_ACT}/confirm", deed=Deed.CONFIRM_REGISTER, answers=RegisterRequest)
def confirm_act(db: Connection, call: Call[Nothing, Nothing]) -> RegisterRequest:
    """Confirm 复核 an act another person prepared: movements, vouchers, animals, cards and members at once."""
    return actions.confirm(
        db,
        book=call.book,
        request=call.path["act"],
        vault=call.house.keys.ready(db, at=call.at),
        by=call.by,
        on=call.on,
        at=call.at,
    )


@routes.acts(f"{_ACT}/decline", deed=Deed.CONFIRM_REGISTER, content=Why, answers=RegisterRequest)
def decline_act(db: Connection, call: Call[Nothing, Why]) -> RegisterRequest:
    """Decline 退回 an act another person prepared, with a reason."""
    return actions.decline(
        db,
        book=call.book,
        request=call.path["act"],
        by=call.by,
        at=call.at,
        reason=call.body.reason,
    )


@routes.acts(f"{_ACT}/withdraw", deed=Deed.KEEP_REGISTER, content=Why, answers=RegisterRequest)
def withdraw_act(db: Connection, call: Call[Nothing, Why]) -> RegisterRequest:
    """Withdraw 撤回 an act one prepared oneself, with a reason, before anybody answers it."""
    return actions.withdraw(
        db,
        book=call.book,
        request=call.path["act"],
        by=call.by,
        at=call.at,
        reason=call.body.reason,
    )


@routes.acts(
    "/books/{book}/members",
    deed=Deed.KEEP_REGISTER,
    content=Application,
    answers=RegisterRequest,
    status=202,
)
def propose_member(db: Connection, call: Call[Nothing, Application]) -> RegisterRequest:
    """Prepare that somebody joins 入社, for a second person to confirm; identity data are sealed at once."""
    said = {name: getattr(call.body, name) for name in call.body.__struct_fields__}
    return _prepare(db, call, Joining(**said))


@routes.acts(
    _MEMBER,
    method="PATCH",
    deed=Deed.KEEP_REGISTER,
    content=MemberChange,
    answers=Member,
    must_match=True,
)
def change_member(db: Connection, call: Call[Nothing, MemberChange]) -> Member:
    """Change of a member what nobody is paid by; what is left out stays. Name, identity and account are an act for two
    persons (`payee`)."""
    return member_actions.change(
        db,
        call.body,
        book=call.book,
        number=call.path["member"],
        seen=call.version,
        vault=call.house.keys.ready(db, at=call.at),
        by=call.by,
        at=call.at,
    )


@routes.acts(f"{_MEMBER}/leave", deed=Deed.KEEP_REGISTER, content=Leave, answers=RegisterRequest, status=202)
def propose_leaving(db: Connection, call: Call[Nothing, Leave]) -> RegisterRequest:
    """Prepare that a member leaves 退社 with a fiscal year, for a second person to confirm."""
    body = call.body
    act = Departure(
        on=body.on,
        member=call.path["member"],
        year=body.year,
        expelled=body.expelled,
        resolution=body.resolution,
        note=body.note,
    )
    return _prepare(db, call, act)


@routes.reads(f"{_MEMBER}/heirs", deed=Deed.SEE_REGISTER, answers=Heirs)
def list_heirs(db: Connection, call: Call[Nothing, Nothing]) -> Heirs:
    """The heirs 继承人 of a member, identity data masked."""
    return Heirs(items=members.heirs(db, book=call.book, member=call.path["member"]))


@routes.reads("/books/{book}/membership", deed=Deed.SEE_REGISTER, query=FindingsQuery, answers=Findings)
def check_membership(db: Connection, call: Call[FindingsQuery, Nothing]) -> Findings:
    """Whether the members are as the law wants them (合作社法 第十二条, 第二十条): how many, farmers, units."""
    on = call.query.on or call.on
    found = queries.membership_findings(db, book=call.at_book, on=on)
    return Findings(on=on, errors=entries_of(found, locale=call.locale))


def _prepare(db: Connection, call: Call[Nothing, object], act: AnyAct) -> RegisterRequest:
    return actions.prepare(
        db,
        act,
        book=call.book,
        vault=call.house.keys.ready(db, at=call.at),
        by=call.by,
        on=call.on,
        at=call.at,
    )
