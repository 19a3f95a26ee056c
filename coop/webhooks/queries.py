"""Which subscriptions there are, what each is to be told next, and how that went."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, case, func, or_, select, true

from coop.access import queries as access
from coop.access import rules as access_rules
from coop.places.tables import BookPlaceRow
from coop.webhooks import rules
from coop.webhooks.seals import EndKept, SecretKept, WebhookKept, WebhooksKept
from coop.webhooks.tables import (
    WebhookCursorRow,
    WebhookDeliveryRow,
    WebhookEndRow,
    WebhookRow,
    WebhookSecretRow,
    WebhookTurnRow,
)
from ledger.books.tables import BookRow
from ledger.columns import Prepared, read_back, table_of
from ledger.log.rules import HOUSE
from ledger.log.tables import ChainHeadRow, LogRow
from schemas.access import Deed, Rights, Scope, ScopeKind
from schemas.identity import IdentityKind, Sealed
from schemas.log import LogEntry
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, Instant, PersonId, Value
from schemas.webhooks import BookTold, EventKind, Met, Webhook, WebhookDelivery, WebhookState

_webhook = table_of(WebhookRow)
_secret = table_of(WebhookSecretRow)
_end = table_of(WebhookEndRow)
_turn = table_of(WebhookTurnRow)
_cursor = table_of(WebhookCursorRow)
_delivery = table_of(WebhookDeliveryRow)
_book = table_of(BookRow)
_place = table_of(BookPlaceRow)
_head = table_of(ChainHeadRow)
_log = table_of(LogRow)
_TURN = Prepared(
    select(
        _turn.c.stopped,
        _turn.c.attempts,
        _turn.c.failing_since,
        _end.c.ended_by,
        select(func.max(_delivery.c.number))
        .where(_delivery.c.webhook_id == _turn.c.webhook_id)
        .scalar_subquery()
        .label("last_try"),
    )
    .select_from(_turn.outerjoin(_end, _end.c.webhook_id == _turn.c.webhook_id))
    .where(_turn.c.webhook_id == bindparam("webhook"))
)


TheTold = tuple[int, BookId]
"""A place in the list of the books a subscription is told of: 0 for one tried in vain, and the book."""


class SealedSecret(NamedTuple):
    """A secret as its row has it."""

    number: int
    sealed: Sealed
    digest: str
    made_at: Instant


class Turn(NamedTuple):
    """Whether a subscription is told, how often nobody took in the last event tried, since when, and the number of its
    last try."""

    state: WebhookState
    attempts: int
    failing_since: str
    last_try: int


class Due(Value):
    """A book a subscription is to be told of: from behind ``after`` up to ``until``; ``begun`` whether it has a cursor;
    ``attempts`` how often its next event was tried in vain, since ``failing_since``."""

    book: BookId
    after: int
    until: int
    begun: bool
    attempts: int
    failing_since: str


# Subscriptions


def webhooks(db: Connection) -> tuple[Webhook, ...]:
    """Every subscription, ended ones too, the newest first."""
    return _webhooks(db, true())


def webhooks_kept_by(db: Connection, who: Rights) -> tuple[Webhook, ...]:
    """Those ``who`` keeps: that reach no further than he does."""
    found = webhooks(db)
    places = access.places_of(db, (one.scope.code for one in found if one.scope.kind is ScopeKind.BOOK))
    return tuple(
        one
        for one in found
        if Deed.KEEP_WEBHOOKS in access_rules.deeds_over(who, scope=one.scope, places=places)
    )


def webhook(db: Connection, id: int) -> Webhook | None:
    """The subscription of this number."""
    found = _webhooks(db, _webhook.c.webhook_id == id)
    return found[0] if found else None


def webhook_kept_by(db: Connection, who: Rights, id: int) -> Webhook:
    """The subscription ``who`` keeps; refused as missing where there is none, or it is not his."""
    found = webhook(db, id)
    if found is not None:
        places = access.places_of(db, [found.scope.code])
        if Deed.KEEP_WEBHOOKS in access_rules.deeds_over(who, scope=found.scope, places=places):
            return found
    raise Refusal(rules.webhook_must_be_there.at("/webhook", webhook=id), kind=RefusalKind.MISSING)


def running(db: Connection, *, at: Instant) -> tuple[Webhook, ...]:
    """The subscriptions whose turn it may be by an instant."""
    free = and_(_turn.c.stopped.is_(False), _turn.c.next_try <= at, _end.c.webhook_id.is_(None))
    return _webhooks(db, free)


def made_by(db: Connection, person: PersonId) -> tuple[Webhook, ...]:
    """The subscriptions a person made that are not ended."""
    return _webhooks(db, and_(_webhook.c.made_by == person, _end.c.webhook_id.is_(None)))


def count_running(db: Connection) -> int:
    """How many subscriptions are not ended."""
    rows = _webhook.outerjoin(_end, _end.c.webhook_id == _webhook.c.webhook_id)
    asked = select(func.count()).select_from(rows).where(_end.c.webhook_id.is_(None))
    return int(db.execute(asked).scalar_one())


def last_number(db: Connection) -> int:
    """The highest number of a subscription, 0 when there is none."""
    return int(db.execute(select(func.coalesce(func.max(_webhook.c.webhook_id), 0))).scalar_one())


def secrets(db: Connection, id: int) -> tuple[SealedSecret, ...]:
    """The secrets of a subscription, oldest first."""
    rows = db.execute(select(_secret).where(_secret.c.webhook_id == id).order_by(_secret.c.number))
    return tuple(
        SealedSecret(
            row.number,
            Sealed(kind=IdentityKind.FACTOR, cipher=row.cipher, key_id=row.key_id, digest="", masked=""),
            row.digest,
            row.made_at,
        )
        for row in rows
    )


def _webhooks(db: Connection, wanted: ColumnElement[bool]) -> tuple[Webhook, ...]:
    rows = _webhook.join(_turn, _turn.c.webhook_id == _webhook.c.webhook_id).outerjoin(
        _end, _end.c.webhook_id == _webhook.c.webhook_id
    )
    made = (
        select(func.count()).where(_secret.c.webhook_id == _webhook.c.webhook_id).scalar_subquery()
    ).label("secrets")
    turn = (_turn.c.stopped, _turn.c.attempts, _turn.c.failing_since, _turn.c.next_try)
    end = (_end.c.ended_by, _end.c.ended_at, _end.c.reason)
    found = db.execute(
        select(_webhook, made, *turn, *end)
        .select_from(rows)
        .where(wanted)
        .order_by(_webhook.c.webhook_id.desc())
    ).all()
    last = _last_deliveries(db, [row.webhook_id for row in found])
    return tuple(_as_webhook(row, last.get(row.webhook_id)) for row in found)


def _last_deliveries(db: Connection, ids: Sequence[int]) -> Mapping[int, WebhookDelivery]:
    newest = (
        select(_delivery.c.webhook_id, func.max(_delivery.c.number).label("number"))
        .where(_delivery.c.webhook_id.in_(ids))
        .group_by(_delivery.c.webhook_id)
        .subquery()
    )
    same = and_(newest.c.webhook_id == _delivery.c.webhook_id, newest.c.number == _delivery.c.number)
    rows = db.execute(select(_delivery).join(newest, same))
    return {row.webhook_id: _as_delivery(row) for row in rows}


def _as_webhook(row: Row[Any], last: WebhookDelivery | None) -> Webhook:
    state = WebhookState.STOPPED if row.stopped else WebhookState.RUNNING
    return Webhook(
        id=row.webhook_id,
        url=row.url,
        scope=Scope(kind=ScopeKind(row.scope_kind), code=row.scope_code),
        kinds=read_back(row, _webhook.c.kinds, tuple[EventKind, ...]),
        made_by=row.made_by,
        made_at=row.made_at,
        secrets=row.secrets,
        state=state if row.ended_by is None else WebhookState.ENDED,
        attempts=row.attempts,
        failing_since=row.failing_since or None,
        next_try=row.next_try or None,
        ended_by=row.ended_by,
        ended_at=row.ended_at,
        reason=row.reason or "",
        last=last,
    )


def turn(db: Connection, id: int) -> Turn:
    """How a subscription stands while it is told: asked at each event."""
    row = _TURN.first(db, webhook=id)
    assert row is not None, "a subscription is made with its turn"
    state = WebhookState.STOPPED if row.stopped else WebhookState.RUNNING
    return Turn(
        state=state if row.ended_by is None else WebhookState.ENDED,
        attempts=row.attempts,
        failing_since=row.failing_since,
        last_try=row.last_try or 0,
    )


# What is to be told


def reaches(db: Connection, scope: Scope, book: BookId) -> bool:
    """Whether a scope reaches a book."""
    asked = select(_book.c.book_id).select_from(_placed()).where(_within(scope), _book.c.book_id == book)
    return db.execute(asked).first() is not None


def heads_within(db: Connection, scope: Scope) -> Mapping[BookId, int]:
    """How long the logs of the books of a scope are, and the house's."""
    rows = db.execute(
        select(_head.c.book_id, _head.c.length)
        .select_from(_head.outerjoin(_placed(), _book.c.book_id == _head.c.book_id))
        .where(or_(_head.c.book_id == HOUSE, and_(_book.c.book_id.is_not(None), _within(scope))))
    )
    return {row.book_id: row.length for row in rows}


def told(
    db: Connection, found: Webhook, *, after: TheTold | None = None, limit: int | None = None
) -> tuple[BookTold, ...]:
    """How far a subscription was told of each book of its scope, those tried in vain first; so many behind ``after``."""
    goes_on = case((func.coalesce(_cursor.c.failing_since, "") == "", 1), else_=0)
    asked = _of_books(found).where(_head.c.book_id != HOUSE)
    if after is not None:
        further = and_(goes_on == after[0], _head.c.book_id > after[1])
        asked = asked.where(or_(goes_on > after[0], further))
    rows = db.execute(asked.order_by(goes_on, _head.c.book_id).limit(limit))
    return tuple(
        BookTold(
            book=row.book_id,
            seq=row.seq or 0,
            length=row.length,
            attempts=row.attempts or 0,
            failing_since=row.failing_since or None,
            next_try=row.next_try or None,
        )
        for row in rows
    )


def place_in(db: Connection, found: Webhook, book: BookId) -> TheTold:
    """Where a book stands in that list now."""
    rows = db.execute(_of_books(found).where(_head.c.book_id == book))
    return int(all(not row.failing_since for row in rows)), book


def place_of(one: BookTold) -> TheTold:
    """Where a book stands in that list."""
    return int(one.failing_since is None), one.book


def due(db: Connection, found: Webhook, *, at: Instant) -> tuple[Due, ...]:
    """The books whose log goes further than a subscription was told, and that do not wait for their next try: the longest
    waiting first."""
    seq, next_try = func.coalesce(_cursor.c.seq, 0), func.coalesce(_cursor.c.next_try, "")
    rows = db.execute(
        _of_books(found).where(_head.c.length > seq, next_try <= at).order_by(next_try, _head.c.book_id)
    )
    return tuple(
        Due(
            book=row.book_id,
            after=row.seq or 0,
            until=row.length,
            begun=row.seq is not None,
            attempts=row.attempts or 0,
            failing_since=row.failing_since or "",
        )
        for row in rows
    )


def entries(db: Connection, found: Webhook, one: Due, *, after: int, limit: int) -> tuple[LogEntry, ...]:
    """The next entries of a book's log a subscription is told of, in order."""
    rows = db.execute(
        select(_log)
        .where(*_told_of(found, one.book), _log.c.seq > after, _log.c.seq <= one.until)
        .order_by(_log.c.seq)
        .limit(limit)
    )
    return tuple(
        LogEntry(
            seq=row.seq,
            at=row.at,
            by=row.by,
            act=row.act,
            subject=row.subject,
            before=row.before,
            after=row.after,
            content=row.content,
            hash=row.hash,
        )
        for row in rows
    )


def previous(db: Connection, found: Webhook, book: BookId, *, before: int) -> int:
    """The number of the event before this one, whether it was ever told or not; 0 for none."""
    asked = select(func.max(_log.c.seq)).where(*_told_of(found, book), _log.c.seq < before)
    return db.execute(asked).scalar() or 0


def _told_of(found: Webhook, book: BookId) -> list[ColumnElement[bool]]:
    """The entries of a book's log that are events to a subscription; of the house's, its own tests."""
    if book == HOUSE:
        mine = _log.c.subject == f"webhook:{found.id}"
        return [_log.c.book_id == HOUSE, _log.c.act == EventKind.WEBHOOK_TEST.value, mine]
    return [_log.c.book_id == book, _log.c.act.in_([kind.value for kind in found.kinds])]


def _placed() -> Any:
    return _book.outerjoin(_place, _place.c.book_id == _book.c.book_id)


def _of_books(found: Webhook) -> Any:
    mine = and_(_cursor.c.book_id == _head.c.book_id, _cursor.c.webhook_id == found.id)
    rows = _head.outerjoin(_placed(), _book.c.book_id == _head.c.book_id).outerjoin(_cursor, mine)
    within = and_(_book.c.book_id.is_not(None), _within(found.scope))
    columns = (_cursor.c.seq, _cursor.c.attempts, _cursor.c.failing_since, _cursor.c.next_try)
    return (
        select(_head.c.book_id, _head.c.length, *columns)
        .select_from(rows)
        .where(or_(within, _head.c.book_id == HOUSE))
    )


def _within(scope: Scope) -> ColumnElement[bool]:
    """The books a scope reaches, as a condition."""
    match scope.kind:
        case ScopeKind.HOUSE:
            return true()
        case ScopeKind.BOOK:
            return _book.c.book_id == scope.code
        case ScopeKind.PLACE:
            return or_(
                _place.c.village_code.startswith(scope.code), _place.c.township_code.startswith(scope.code)
            )


# How it went


def deliveries(db: Connection, id: int, *, before: int | None, limit: int) -> tuple[WebhookDelivery, ...]:
    """The tries of a subscription, the newest first, before number ``before``."""
    wanted = [_delivery.c.webhook_id == id]
    if before is not None:
        wanted.append(_delivery.c.number < before)
    rows = db.execute(select(_delivery).where(*wanted).order_by(_delivery.c.number.desc()).limit(limit))
    return tuple(map(_as_delivery, rows))


def _as_delivery(row: Row[Any]) -> WebhookDelivery:
    return WebhookDelivery(
        number=row.number,
        book=row.book_id,
        seq=row.seq,
        kind=EventKind(row.kind),
        at=row.at,
        met=Met(row.met),
        status=row.status,
        took_ms=row.took_ms,
    )


# For the proof


def everything_kept(db: Connection) -> WebhooksKept:
    """Every row that says who is told what, as it stands."""
    beyond = (
        select(_cursor.c.webhook_id, _cursor.c.book_id)
        .join(_head, _head.c.book_id == _cursor.c.book_id)
        .where(_cursor.c.seq > _head.c.length)
        .order_by(_cursor.c.webhook_id, _cursor.c.book_id)
    )
    return WebhooksKept(
        webhooks=tuple(
            WebhookKept(
                id=row.webhook_id,
                url=row.url,
                scope_kind=row.scope_kind,
                scope_code=row.scope_code,
                kinds=row.kinds,
                by=row.made_by,
                at=row.made_at,
            )
            for row in db.execute(select(_webhook).order_by(_webhook.c.webhook_id))
        ),
        secrets=tuple(
            SecretKept(
                webhook=row.webhook_id,
                number=row.number,
                cipher=bytes(row.cipher).hex(),
                key_id=row.key_id,
                digest=row.digest,
                by=row.made_by,
                at=row.made_at,
            )
            for row in db.execute(select(_secret).order_by(_secret.c.webhook_id, _secret.c.number))
        ),
        ends=tuple(
            EndKept(webhook=row.webhook_id, by=row.ended_by, at=row.ended_at, reason=row.reason)
            for row in db.execute(select(_end).order_by(_end.c.webhook_id))
        ),
        stopped={row.webhook_id: bool(row.stopped) for row in db.execute(select(_turn))},
        ahead=tuple((row.webhook_id, row.book_id) for row in db.execute(beyond)),
    )
