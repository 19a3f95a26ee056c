"""What becomes of a subscription: made, ended, stopped, resumed, tested, replayed, given a new secret; and how each try to
tell it went. The caller commits.

What a person does, and what the service does to a subscription itself, is an act in the house's chain. Tries are none:
they move the cursor, which is nobody's word about anything.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from sqlalchemy import Connection, delete, exists, insert, select, update

from coop.access import queries as access
from coop.access.rules import deed_must_be_allowed, deeds_over, scope_must_be_there
from coop.vault.rules import Vault
from coop.webhooks import queries, rules
from coop.webhooks.queries import Due
from coop.webhooks.seals import EndKept, SecretKept, WebhookKept
from coop.webhooks.tables import (
    WebhookCursorRow,
    WebhookDeliveryRow,
    WebhookEndRow,
    WebhookRow,
    WebhookSecretRow,
    WebhookTurnRow,
)
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.seal.rules import digest_of
from schemas.access import Deed, Rights, Scope, ScopeKind
from schemas.log import Act, ChainHead
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, PersonId
from schemas.webhooks import EventKind, Met, NewWebhook, Webhook, WebhookState

_webhook = table_of(WebhookRow)
_secret = table_of(WebhookSecretRow)
_end = table_of(WebhookEndRow)
_turn = table_of(WebhookTurnRow)
_cursor = table_of(WebhookCursorRow)
_delivery = table_of(WebhookDeliveryRow)
_FRESH = {"attempts": 0, "failing_since": "", "next_try": ""}


# What people do


def make(
    db: Connection,
    new: NewWebhook,
    *,
    secret: bytes,
    vault: Vault,
    inside: bool,
    by: Rights,
    at: datetime,
) -> Webhook:
    """Subscribe an address to what happens from now on; a book that comes to the scope later is told from its beginning.

    Refused: a scope that is not there or not ``by``'s to keep subscriptions for, an address that is not safe (one inside
    one's own network unless ``inside``), more than a hundred subscriptions.
    """
    head = log.lock(db, book=log.HOUSE)
    _need_over(db, new.scope, by=by)
    if problems := rules.faults_of_address(new.url, inside=inside):
        raise Refusal(*problems)
    if (count := queries.count_running(db)) >= rules.MOST:
        problem = rules.webhooks_must_be_few.at(count=count, most=rules.MOST)
        raise Refusal(problem, kind=RefusalKind.STATE)
    id = queries.last_number(db) + 1
    kinds = rules.subscribed(new.kinds)
    made = WebhookKept(
        id=id,
        url=new.url,
        scope_kind=new.scope.kind.value,
        scope_code=new.scope.code,
        kinds=msgspec.json.encode(kinds).decode(),
        by=by.person,
        at=log.instant(at),
    )
    row = {
        "webhook_id": id,
        "url": made.url,
        "scope_kind": made.scope_kind,
        "scope_code": made.scope_code,
        "kinds": made.kinds,
        "made_by": made.by,
        "made_at": made.at,
    }
    db.execute(insert(_webhook), [row])
    db.execute(insert(_turn), [{"webhook_id": id, "stopped": False, **_FRESH}])
    act = Act(
        by=by.person,
        act="webhook.make",
        subject=f"webhook:{id}",
        after=f"{rules.shown_address(new.url)} {new.scope}: {len(kinds)} kinds",
        content=digest_of(made),
    )
    head = log.append(db, [act], book=log.HOUSE, head=head, at=at)
    head = _add_secret(db, id, secret, number=1, vault=vault, by=by.person, head=head, at=at)
    _begin_now(db, id, new.scope)
    return _there(db, id)


def end(db: Connection, id: int, *, by: Rights, reason: str, at: datetime) -> Webhook:
    """End a subscription for good. Refused when there is none of this number in ``by``'s keeping, or it is ended."""
    head = log.lock(db, book=log.HOUSE)
    _kept(db, id, by=by)
    return _ended(db, id, by=by.person, reason=reason, head=head, at=at)


def renew_secret(
    db: Connection, id: int, *, secret: bytes, vault: Vault, by: Rights, at: datetime
) -> Webhook:
    """Give a subscription a new secret; for a day the one before signs beside it. Refused as ``end`` is."""
    head = log.lock(db, book=log.HOUSE)
    found = _kept(db, id, by=by)
    _add_secret(db, id, secret, number=found.secrets + 1, vault=vault, by=by.person, head=head, at=at)
    return _there(db, id)


def ask_test(db: Connection, id: int, *, by: Rights, at: datetime) -> int:
    """Have a test told to a subscription at once, whatever it waits for; the number of the event in the house's chain.
    Refused as ``end`` is, and while it is stopped."""
    head = log.lock(db, book=log.HOUSE)
    found = _kept(db, id, by=by)
    if found.state is WebhookState.STOPPED:
        raise Refusal(rules.webhook_must_be_resumed.at("/webhook", webhook=id), kind=RefusalKind.STATE)
    act = Act(by=by.person, act="webhook.test", subject=f"webhook:{id}")
    head = log.append(db, [act], book=log.HOUSE, head=head, at=at)
    db.execute(update(_turn).where(_turn.c.webhook_id == id, _turn.c.attempts > 0).values(next_try=""))
    house = (_cursor.c.webhook_id == id, _cursor.c.book_id == log.HOUSE)
    db.execute(update(_cursor).where(*house).values(next_try=""))
    return head.length


def resume(db: Connection, id: int, *, by: Rights, at: datetime) -> Webhook:
    """Tell a stopped subscription again, from where it was stopped. Refused as ``end`` is, or when it is not stopped."""
    head = log.lock(db, book=log.HOUSE)
    if _kept(db, id, by=by).state is not WebhookState.STOPPED:
        raise Refusal(rules.webhook_must_be_stopped.at("/webhook", webhook=id), kind=RefusalKind.STATE)
    db.execute(update(_turn).where(_turn.c.webhook_id == id).values(stopped=False, **_FRESH))
    db.execute(update(_cursor).where(_cursor.c.webhook_id == id).values(**_FRESH))
    act = Act(by=by.person, act="webhook.resume", subject=f"webhook:{id}")
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    return _there(db, id)


def replay(db: Connection, id: int, *, book: BookId, from_seq: int, by: Rights, at: datetime) -> Webhook:
    """Have a subscription told of a book again, from number ``from_seq`` of its log. Refused as ``end`` is, for a book not
    of its scope, and for a number it was not told up to: that would leave events out."""
    head = log.lock(db, book=log.HOUSE)
    found = _kept(db, id, by=by)
    if not queries.reaches(db, found.scope, book):
        raise Refusal(rules.webhook_must_be_told_of_the_book.at("/book", webhook=id, book=book))
    mine = (_cursor.c.webhook_id == id, _cursor.c.book_id == book)
    told = db.execute(select(_cursor.c.seq).where(*mine)).scalar() or 0
    if not 1 <= from_seq <= told:
        problem = rules.replay_must_go_back.at("/from_seq", webhook=id, book=book, told=told, seq=from_seq)
        raise Refusal(problem)
    db.execute(update(_cursor).where(*mine).values(seq=from_seq - 1, **_FRESH))
    after = f"{book} from {from_seq}"
    act = Act(by=by.person, act="webhook.replay", subject=f"webhook:{id}", before=str(told), after=after)
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    return _there(db, id)


def end_kept_by(db: Connection, person: PersonId, *, by: PersonId, at: datetime) -> None:
    """End the subscriptions a person made and may not keep any longer, since a role of his was taken back or his login
    closed: he knows their secrets and whose programs they are, and nobody else answers for them. Who needs
    one makes it anew."""
    mine = queries.made_by(db, person)
    rights = access.rights_of(db, person)
    places = access.places_of(db, (one.scope.code for one in mine if one.scope.kind is ScopeKind.BOOK))
    for one in mine:
        if Deed.KEEP_WEBHOOKS not in deeds_over(rights, scope=one.scope, places=places):
            head = log.lock(db, book=log.HOUSE)
            _ended(db, one.id, by=by, reason=KEEPER_GONE, head=head, at=at)


# What the service does


def take_turn(db: Connection, id: int, books: Iterable[Due], *, at: datetime, until: datetime) -> bool:
    """Take the turn of a subscription until an instant, to tell it of these books; False when somebody else has it, or it
    is not to be told any more. Whoever is killed with it lets it lie until then."""
    free = (_turn.c.webhook_id == id, _turn.c.stopped.is_(False), _turn.c.next_try <= log.instant(at))
    ended = exists().where(_end.c.webhook_id == id)
    taken = db.execute(update(_turn).where(*free, ~ended).values(next_try=log.instant(until)))
    if not taken.rowcount:
        return False
    _begin(db, id, [one.book for one in books])
    return True


def _begin(db: Connection, id: int, books: Sequence[BookId]) -> None:
    """Cursors for those of the books that have none; who comes at the same time with the same waits, and finds them."""
    if not _without_cursor(db, id, books):
        return
    log.lock(db, book=log.HOUSE)
    fresh = _without_cursor(db, id, books)
    if fresh:
        db.execute(
            insert(_cursor), [{"book_id": book, "webhook_id": id, "seq": 0, **_FRESH} for book in fresh]
        )


def _without_cursor(db: Connection, id: int, books: Sequence[BookId]) -> list[BookId]:
    begun = set(db.execute(select(_cursor.c.book_id).where(_cursor.c.webhook_id == id)).scalars())
    return [book for book in books if book not in begun]


def note(
    db: Connection,
    id: int,
    one: Due,
    *,
    seq: int,
    kind: EventKind,
    met: Met,
    status: int,
    took_ms: int,
    asked: timedelta,
    part: int,
    by: PersonId,
    at: datetime,
) -> bool:
    """Write down how a try to tell event ``seq`` of a book went, after ``one.after``; whether the subscription goes on
    being told.

    Delivered, the cursor moves to it, unless somebody replayed meanwhile. In vain, the book waits (``part`` is what chance
    adds), and where nobody took it in the whole subscription, for as long as was ``asked`` at the least. After days of it
    the subscription is stopped, and after 410 ended.
    """
    head = None if met is Met.DELIVERED else log.lock(db, book=log.HOUSE)
    when, found = log.instant(at), queries.turn(db, id)
    row = {
        "webhook_id": id,
        "number": found.last_try + 1,
        "book_id": one.book,
        "seq": seq,
        "kind": kind.value,
        "at": when,
        "met": met.value,
        "status": status,
        "took_ms": took_ms,
    }
    db.execute(insert(_delivery), [row])
    here = (_cursor.c.webhook_id == id, _cursor.c.book_id == one.book, _cursor.c.seq == one.after)
    mine = update(_turn).where(_turn.c.webhook_id == id)
    if met in _TAKEN_IN and found.attempts:
        db.execute(mine.values(attempts=0, failing_since=""))
    if head is None:
        moved = db.execute(update(_cursor).where(*here).values(seq=seq, **_FRESH)).rowcount
        return moved > 0 and found.state is WebhookState.RUNNING
    attempts = 1 + (one.attempts if met in _TAKEN_IN else max(one.attempts, found.attempts))
    next_try = log.instant(at + max(rules.wait(attempts, part=part), asked))
    since = one.failing_since or when
    waits = {"attempts": one.attempts + 1, "failing_since": since, "next_try": next_try}
    db.execute(update(_cursor).where(*here).values(**waits))
    if met not in _TAKEN_IN:
        waits = {"attempts": found.attempts + 1, "failing_since": found.failing_since or when}
        db.execute(mine.values(**waits, next_try=next_try))
    if found.state is not WebhookState.RUNNING:
        return False
    if met is Met.GONE:
        _ended(db, id, by=by, reason=GONE, head=head, at=at)
        return False
    if rules.has_failed_long(since, at=at):
        db.execute(mine.values(stopped=True))
        act = Act(by=by, act="webhook.stop", subject=f"webhook:{id}", after=met.value)
        log.append(db, [act], book=log.HOUSE, head=head, at=at)
        return False
    return met in _TAKEN_IN


GONE = "410 Gone"
"""Why a subscription was ended that its receiver ended."""
KEEPER_GONE = "webhook.keeper_gone"
"""Why one was ended whose keeper lost the role it was made with: a word of web/i18n/words.py."""
_TAKEN_IN = frozenset({Met.DELIVERED, Met.REFUSED, Met.GONE})
"""Somebody looked at it, whatever they made of it."""


def pass_over(db: Connection, id: int, book: BookId, *, after: int, until: int) -> None:
    """Nothing of a book's log behind ``after`` up to ``until`` is left to tell; unless somebody replayed meanwhile."""
    here = (_cursor.c.webhook_id == id, _cursor.c.book_id == book)
    _begin(db, id, [book])
    db.execute(update(_cursor).where(*here, _cursor.c.seq == after).values(seq=until))


def give_turn_back(db: Connection, id: int, *, until: datetime) -> None:
    """Be done with a turn taken until an instant; where the last try set the next turn itself, that stands."""
    mine = (_turn.c.webhook_id == id, _turn.c.next_try == log.instant(until))
    db.execute(update(_turn).where(*mine).values(next_try=""))


def forget_old(db: Connection, *, at: datetime) -> int:
    """Remove the tries of more than thirty days ago, but for each subscription's last. No act of anybody, so nothing is
    logged. Returns how many went."""
    later = _delivery.alias("later")
    newer = exists().where(later.c.webhook_id == _delivery.c.webhook_id, later.c.number > _delivery.c.number)
    old = _delivery.c.at < log.instant(at - rules.KEPT_FOR)
    return db.execute(delete(_delivery).where(old, newer)).rowcount


def _add_secret(
    db: Connection,
    id: int,
    secret: bytes,
    *,
    number: int,
    vault: Vault,
    by: PersonId,
    head: ChainHead,
    at: datetime,
) -> ChainHead:
    sealed = rules.sealed_secret(vault, secret, webhook=id, number=number)
    made = SecretKept(
        webhook=id,
        number=number,
        cipher=sealed.cipher.hex(),
        key_id=sealed.key_id,
        digest=sha256(secret).hexdigest(),
        by=by,
        at=log.instant(at),
    )
    row = {
        "webhook_id": id,
        "number": number,
        "cipher": sealed.cipher,
        "key_id": made.key_id,
        "digest": made.digest,
        "made_by": made.by,
        "made_at": made.at,
    }
    db.execute(insert(_secret), [row])
    act = Act(
        by=by, act="webhook.secret", subject=f"webhook:{id}", after=str(number), content=digest_of(made)
    )
    return log.append(db, [act], book=log.HOUSE, head=head, at=at)


def _begin_now(db: Connection, id: int, scope: Scope) -> None:
    """What happened before a subscription is told by a replay only."""
    heads = queries.heads_within(db, scope)
    db.execute(
        insert(_cursor),
        [
            {"book_id": book, "webhook_id": id, "seq": length, **_FRESH}
            for book, length in sorted(heads.items())
        ],
    )


def _ended(db: Connection, id: int, *, by: PersonId, reason: str, head: ChainHead, at: datetime) -> Webhook:
    made = EndKept(webhook=id, by=by, at=log.instant(at), reason=reason)
    row = {"webhook_id": id, "ended_by": by, "ended_at": made.at, "reason": reason}
    db.execute(insert(_end), [row])
    act = Act(by=by, act="webhook.end", subject=f"webhook:{id}", after=reason, content=digest_of(made))
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    return _there(db, id)


def _kept(db: Connection, id: int, *, by: Rights) -> Webhook:
    found = queries.webhook_kept_by(db, by, id)
    if found.state is WebhookState.ENDED:
        raise Refusal(rules.webhook_must_not_be_over.at("/webhook", webhook=id), kind=RefusalKind.STATE)
    return found


def _there(db: Connection, id: int) -> Webhook:
    found = queries.webhook(db, id)
    assert found is not None, "its rows refer to it"
    return found


def _need_over(db: Connection, scope: Scope, *, by: Rights) -> None:
    """Refuse a scope that is not there, with the same words as a book that is not ``by``'s to see."""
    places = access.places_of(db, [scope.code]) if scope.kind is ScopeKind.BOOK else {}
    allowed = Deed.KEEP_WEBHOOKS in deeds_over(by, scope=scope, places=places)
    if not access.is_there(db, scope) or (scope.kind is ScopeKind.BOOK and not allowed):
        raise Refusal(scope_must_be_there.at("/scope", scope=scope))
    if not allowed:
        problem = deed_must_be_allowed.at("/scope", deed=Deed.KEEP_WEBHOOKS)
        raise Refusal(problem, kind=RefusalKind.FORBIDDEN)
