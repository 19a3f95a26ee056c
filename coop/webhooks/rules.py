"""What is told to other programs, how it is signed, where it may be sent, and when it is tried again.

The log of 清水 says that batch 3 was sent, as its entry 1042; whoever subscribed is told so, in any case without a name
or an amount, and can tell who says it (Standard Webhooks, standardwebhooks.com):

>>> entry = LogEntry(seq=1042, at="2026-02-13T04:00:00.000000Z", by=1, act="batch.send", subject="batch:3",
...                  before="", after="to the rural bank, 12 lines", content="", hash="")
>>> event = event_of(entry, book="qingshui", previous=1040)
>>> event.id, event.state, event.link
('qingshui_1042', 'sent', '/api/v1/books/qingshui/batches/3')
>>> signature(bytes(32), id=event.id, timestamp=1770955200, body=b"{}")
'v1,3v0wiVvR2BnbEjg6OPW+3LEpUWU214RQ2IbwYH2MOAc='
"""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

import msgspec

from coop.vault.rules import Vault, seal, unseal
from schemas.identity import IdentityKind, Sealed
from schemas.log import LogEntry
from schemas.problems import Fault, Problem
from schemas.units import BookId, Value
from schemas.webhooks import Event, EventKind

# What is told


STATES: Mapping[EventKind, str] = {
    EventKind.VOUCHER_DRAFT: "draft",
    EventKind.VOUCHER_REVIEW: "reviewed",
    EventKind.VOUCHER_SEND_BACK: "draft",
    EventKind.VOUCHER_WITHDRAW: "withdrawn",
    EventKind.VOUCHER_POST: "posted",
    EventKind.PERIOD_CLOSE: "closed",
    EventKind.PERIOD_REOPEN: "open",
    EventKind.YEAR_SETTLE: "settling",
    EventKind.YEAR_SEAL: "sealed",
    EventKind.YEAR_REOPEN: "settling",
    EventKind.REGISTER_CONFIRM: "confirmed",
    EventKind.POLICY_APPROVE: "approved",
    EventKind.RUN_NEW: "draft",
    EventKind.RUN_SUBMIT: "submitted",
    EventKind.RUN_PUBLISH: "on_notice",
    EventKind.RUN_APPROVE: "approved",
    EventKind.RUN_RETURN: "returned",
    EventKind.RUN_POST: "posted",
    EventKind.RUN_REVERT: "reverted",
    EventKind.RUN_EXPORT: "exported",
    EventKind.RUN_SETTLE: "settled",
    EventKind.APPEAL_FILE: "open",
    EventKind.APPEAL_RECORD: "open",
    EventKind.APPEAL_UPHOLD: "upheld",
    EventKind.APPEAL_REJECT: "rejected",
    EventKind.APPEAL_ESCALATE: "escalated",
    EventKind.BATCH_MAKE: "made",
    EventKind.BATCH_SEND: "sent",
    EventKind.BATCH_VOID: "voided",
    EventKind.BATCH_ANSWER: "answered",
    EventKind.MESSAGE_ACCEPT: "accepted",
    EventKind.MESSAGE_REFUSE: "refused",
    EventKind.ALERT_NOTIFY: "notified",
    EventKind.BOOK_OPEN: "open",
    EventKind.BOOK_IMPORT: "imported",
    EventKind.WEBHOOK_TEST: "test",
}
"""Every kind, and what its subject got into by it. What each is called is said in web/i18n/words.py."""

SUBSCRIBED = tuple(kind for kind in EventKind if kind is not EventKind.WEBHOOK_TEST)
"""The kinds a subscription names; a test is told to the one subscription it is of."""

_LINKS: Mapping[str, tuple[str, str]] = {
    "voucher": (r"[0-9]+", "/books/{book}/vouchers/{name}"),
    "period": (r"[0-9]{4}-[0-9]{2}", "/books/{book}/periods"),
    "register": (r"[0-9]+", "/books/{book}/share-movements/{name}"),
    "policy": (r"[0-9]{4}-[0-9]+", "/books/{book}/policies/{first}/{last}"),
    "procedure": (r"[0-9]{4}-[0-9]+", "/books/{book}/procedure"),
    "run": (r"[a-z0-9][a-z0-9.-]+", "/books/{book}/runs/{name}"),
    "appeal": (r"[0-9]+", "/books/{book}/appeals"),
    "batch": (r"[0-9]+", "/books/{book}/batches/{name}"),
    "alert": (r"[0-9]+", "/books/{book}/alerts/{name}"),
    "book": (r"[a-z0-9][a-z0-9-]*", "/books/{book}"),
    "year": (r"[0-9]{4}", "/books/{book}"),
    "webhook": (r"[0-9]+", "/webhooks/{name}"),
}
"""What a subject may be and where the API has it: only numbers and names nobody is known by."""


def event_of(entry: LogEntry, *, book: BookId, previous: int) -> Event:
    """The event an entry of a book's log is; ``previous`` is the number of the one before it."""
    kind = EventKind(entry.act)
    noun, _, name = entry.subject.partition(":")
    pattern, link = _LINKS[noun]
    assert re.fullmatch(pattern, name), "a subject that is told is a number or a name nobody is known by"
    first, _, last = name.partition("-")
    return Event(
        id=id_of(book, entry.seq),
        kind=kind,
        at=entry.at,
        book=book,
        seq=entry.seq,
        previous=previous,
        subject=entry.subject,
        state=STATES[kind],
        link=f"/api/v1{link.format(book=book, name=name, first=first, last=last)}",
    )


def id_of(book: BookId, seq: int) -> str:
    """What a receiver knows an event by, however often it comes."""
    return f"{book}_{seq}"


class _Data(Value):
    book: BookId
    seq: int
    previous: int
    subject: str
    state: str
    link: str


class _Body(Value):
    type: str
    timestamp: str
    data: _Data


def body_of(event: Event) -> bytes:
    """An event as it is sent: the same bytes at every try."""
    data = _Data(
        book=event.book,
        seq=event.seq,
        previous=event.previous,
        subject=event.subject,
        state=event.state,
        link=event.link,
    )
    return msgspec.json.encode(_Body(type=event.kind.value, timestamp=event.at, data=data))


# How it is signed


SECRET_BYTES = 32
PREFIX = "whsec_"
OVERLAP = timedelta(days=1)
"""How long an old secret signs beside the new one."""


def written_secret(secret: bytes) -> str:
    """A secret as its receiver gets it, once.

    >>> written_secret(bytes(3))
    'whsec_AAAA'
    """
    return PREFIX + b64encode(secret).decode()


def sealed_secret(vault: Vault, secret: bytes, *, webhook: int, number: int) -> Sealed:
    """A secret for its row; refused when the vault is shut."""
    assert len(secret) == SECRET_BYTES, "a secret has 256 bits"
    owner = _owner(webhook, number)
    return seal(vault, b64encode(secret).decode(), IdentityKind.FACTOR, owner=owner)


def opened_secret(vault: Vault, sealed: Sealed, *, webhook: int, number: int) -> bytes:
    """The secret of a row; refused when it was moved there, or its key is not here."""
    return b64decode(unseal(vault, sealed, owner=_owner(webhook, number)))


def _owner(webhook: int, number: int) -> str:
    return f"webhook:{webhook}:{number}"


def signing(made_at: Sequence[str], *, at: datetime) -> tuple[int, ...]:
    """Which of the secrets, oldest first by the instants they were made, sign at ``at``: the newest first, and each
    whose successor is younger than a day.

    >>> signing(["2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z"], at=datetime.fromisoformat("2026-01-05T06:00:00Z"))
    (1, 0)
    >>> signing(["2026-01-01T00:00:00Z", "2026-01-05T00:00:00Z"], at=datetime.fromisoformat("2026-01-06T06:00:00Z"))
    (1,)
    """
    last = len(made_at) - 1
    young = (index for index in range(last) if at - datetime.fromisoformat(made_at[index + 1]) < OVERLAP)
    return tuple(sorted((last, *young), reverse=True))


def signature(secret: bytes, *, id: str, timestamp: int, body: bytes) -> str:
    """What one secret says of a body: HMAC-SHA256 over id, seconds since 1970 and body, with dots between."""
    signed = f"{id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.new(secret, signed, sha256).digest()).decode()


def headers_of(secrets: Iterable[bytes], *, id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a try: who it is and who says so, once per secret."""
    timestamp = int(at.timestamp())
    signatures = (signature(secret, id=id, timestamp=timestamp, body=body) for secret in secrets)
    return {
        "Content-Type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


# Where it may be sent


webhook_address_must_be_safe = Fault(
    code="webhook_address_must_be_safe",
    says="{address} is no address events are sent to.",
    remedy="Write an address that begins with https://, in plain letters, without a name and password and without #.",
)
webhook_address_must_be_outside = Fault(
    code="webhook_address_must_be_outside",
    says="{address} is an address inside this network.",
    remedy="Write one that the internet reaches, or have the operator set LIANJIAN_WEBHOOKS_INSIDE=1.",
)
_CARRIED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("2002::/16"))
"""IPv6 addresses that stand for an IPv4 one, whichever it is."""


def is_outside(address: str) -> bool:
    """Whether an IP address is one of the internet's, and not of a network of somebody's own.

    >>> [is_outside(one) for one in ("8.8.8.8", "10.1.2.3", "169.254.169.254", "::ffff:127.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False, False]
    """
    found: IPv4Address | IPv6Address = ip_address(address)
    if isinstance(found, IPv6Address):
        if any(found in network for network in _CARRIED):
            return False
        if found.is_site_local:
            return False
        found = found.ipv4_mapped or found
    return found.is_global and not found.is_multicast and not found.is_reserved


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    return host == "localhost" or (_is_ip(host) and ip_address(host).is_loopback)


def faults_of_address(url: str, *, inside: bool) -> tuple[Problem, ...]:
    """What stands against sending to an address, as far as it says so itself: what its name stands for is judged each
    time it is sent to. ``inside`` allows addresses of one's own network, and this machine without TLS."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return (webhook_address_must_be_safe.at("/url", address=url[:80]),)
    shown = f"{parts.scheme}://{host}"[:80]
    plain = re.fullmatch(r"[\x21-\x7e]+", url) and not re.search(r"[\\\"<>^`{|}]", url)
    scheme = parts.scheme == "https" or (parts.scheme == "http" and inside and is_loopback(host))
    named = (_is_ip(host) and "%" not in host) or _is_name(host)
    private = parts.username is not None or parts.password is not None or "#" in url
    if not plain or not scheme or not named or private or port == 0:
        return (webhook_address_must_be_safe.at("/url", address=shown),)
    local = (
        not is_outside(host) if _is_ip(host) else "." not in host or host.endswith((".local", ".localhost"))
    )
    if local and not inside:
        return (webhook_address_must_be_outside.at("/url", address=shown),)
    return ()


def shown_address(url: str) -> str:
    """What a log may say of an address: what stands behind the host may be somebody's secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _is_name(host: str) -> bool:
    """Whether a host is a name; one that ends in a number is none, but an IP address written in another way, or a wrong
    one (WHATWG URL Standard, "ends in a number")."""
    *_, last = host.split(".")
    number = re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last)
    return not number and bool(re.fullmatch(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", host))


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


# When it is tried again


_FIRST, _LONGEST = timedelta(seconds=5), timedelta(hours=6)
_DOUBLINGS = 13
FAILS_FOR = timedelta(days=5)
"""How long an event may be tried in vain before its subscription is stopped."""
KEPT_FOR = timedelta(days=30)
"""How long tries are kept."""
MOST_ASKED_TO_WAIT = timedelta(hours=1)
"""How long a receiver may ask to be left alone."""
PARTS = 1000
"""Of how many parts chance draws one."""


def wait(attempts: int, *, part: int) -> timedelta:
    """How long to wait after so many tries in vain: doubling from five seconds to six hours, and up to a quarter
    more by chance (``part`` of a thousand), so that receivers that broke together are not all tried together.

    >>> [wait(attempts, part=0).total_seconds() for attempts in (1, 2, 3, 30)]
    [5.0, 10.0, 20.0, 21600.0]
    >>> wait(1, part=1000).total_seconds()
    6.25
    """
    assert 0 <= part <= PARTS, "a part of a thousand"
    whole = min(_FIRST * (1 << min(max(attempts - 1, 0), _DOUBLINGS)), _LONGEST)
    return whole + whole * part / (4 * PARTS)


def has_failed_long(failing_since: str, *, at: datetime) -> bool:
    """Whether it was tried in vain for so long that nobody seems to listen."""
    return bool(failing_since) and at - datetime.fromisoformat(failing_since) >= FAILS_FOR


# Faults, in reporting order


webhook_must_be_there = Fault(
    code="webhook_must_be_there",
    says="There is no subscription {webhook}.",
    remedy="Look it up in the list of subscriptions.",
)
webhook_must_not_be_over = Fault(
    code="webhook_must_not_be_over",
    says="Subscription {webhook} is ended.",
    remedy="Make a new one.",
)
webhook_must_be_stopped = Fault(
    code="webhook_must_be_stopped",
    says="Subscription {webhook} is not stopped.",
    remedy="Nothing is left to do.",
)
webhook_must_be_resumed = Fault(
    code="webhook_must_be_resumed",
    says="Subscription {webhook} is stopped: nobody answered for days.",
    remedy="Resume it first.",
)
webhooks_must_be_few = Fault(
    code="webhooks_must_be_few",
    says="There are {count} subscriptions already, and no more than {most} are told.",
    remedy="End one that is not needed any more.",
)
webhook_must_be_told_of_the_book = Fault(
    code="webhook_must_be_told_of_the_book",
    says="Subscription {webhook} is not told of book {book}.",
    remedy="Choose a book of its scope.",
)
replay_must_go_back = Fault(
    code="replay_must_go_back",
    says="Subscription {webhook} was told of book {book} up to number {told}; from {seq} nothing would be told again.",
    remedy="Choose a number between 1 and {told}.",
)
MOST = 100
"""Subscriptions told at the same time."""


def subscribed(kinds: Iterable[EventKind]) -> tuple[EventKind, ...]:
    """The kinds a subscription is to, in their order; all of today's where none is named.

    >>> subscribed([EventKind.RUN_POST, EventKind.BATCH_SEND, EventKind.RUN_POST])
    (<EventKind.RUN_POST: 'run.post'>, <EventKind.BATCH_SEND: 'batch.send'>)
    """
    named = frozenset(kinds)
    return tuple(kind for kind in SUBSCRIBED if kind in named) if named else SUBSCRIBED
