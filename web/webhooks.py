"""Telling other programs what happened: events that are due are signed and sent, one book's in order.

Each try is made outside any transaction and written down after it, so that a service that is killed in between tells the
event again, under the same id. A subscription is told in turns: whoever has the turn is the only one, and lets it lie at
most for as long as it was taken.
"""

import asyncio
import logging
import secrets
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Event as Flag
from threading import Thread
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
from msgspec.structs import replace

from coop.access import actions as access
from coop.vault.rules import Vault
from coop.webhooks import actions, queries, rules
from coop.webhooks.queries import Due
from ledger.log.rules import HOUSE, instant
from schemas.log import LogEntry
from schemas.problems import Problem, Refusal
from schemas.units import BookId, Value
from schemas.webhooks import Met, Webhook
from web.auth.keys import Keys
from web.clock import now
from web.database import Connection, Engine
from web.i18n import say_word

EVERY_SECONDS = 5.0
"""How often the service looks whether something is due."""
PATIENCE_SECONDS = 10.0
"""How long a receiver has to answer, from the look-up of its name to its status."""
TURN_SECONDS = 30.0
"""How long one subscription is told before it is the others' turn."""
LEASE = timedelta(minutes=2)
"""How long a turn lies when whoever had it is killed."""
AT_ONCE = 4
"""Subscriptions the service tells at the same time."""
_PORTION = 100
_MOST_READ = 64 * 1024
"""Bytes of an answer that are read, so that its connection can be used again; nobody looks at them."""
_BODY_SECONDS = 1.0
"""How long they are read."""
_ASKS_TO_WAIT = frozenset({429, 502, 503, 504})

Act = Callable[[Callable[[Connection], Any], BookId], Any]
"""Runs an act on a book in a transaction of its own and commits it."""
Look = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""The IP addresses a name stands for."""

_log = logging.getLogger("lianjian.webhooks")


class Sent(Value):
    """What was told: events delivered and tries in vain; and what was refused."""

    delivered: int = 0
    failed: int = 0
    problems: tuple[Problem, ...] = ()


class Answered(NamedTuple):
    """How a try was met, with the HTTP status (0 for none), how long it took, and how long the receiver asks to wait."""

    met: Met
    status: int
    took_ms: int
    asked: timedelta


async def looked_up(host: str, port: int) -> tuple[str, ...]:
    """The addresses the system's resolver knows."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


class Post:
    """Sends to addresses outside, or with ``inside`` to those of one's own network too."""

    def __init__(self, *, inside: bool, look: Look = looked_up, patience: float = PATIENCE_SECONDS) -> None:
        self.inside, self._look, self._patience = inside, look, patience

    @contextmanager
    def to(self, url: str) -> "Iterator[Line]":
        """A line to one address, for as long as it is told."""
        with asyncio.Runner() as runner:
            line = Line(url, runner, inside=self.inside, look=self._look, patience=self._patience)
            try:
                yield line
            finally:
                runner.run(line.close())


class Line:
    """A line to one receiver. Its name is looked up once, and what was judged is what is connected to."""

    def __init__(
        self, url: str, runner: asyncio.Runner, *, inside: bool, look: Look, patience: float
    ) -> None:
        self._url, self._runner, self._inside = httpx.URL(url), runner, inside
        self._look, self._patience = look, patience
        self._netloc = urlsplit(url).netloc
        self._address: str | None = None
        # The system's certificates; no proxy of the environment's, no redirect: it goes where it was allowed to go.
        self._client = httpx.AsyncClient(
            verify=ssl.create_default_context(), trust_env=False, follow_redirects=False, timeout=patience
        )

    def post(self, body: bytes, headers: dict[str, str]) -> Answered:
        """Send it, and say how that was met. What was answered is not kept."""
        began = monotonic()
        met, status, asked = self._runner.run(self._met(body, headers))
        return Answered(met, status, int((monotonic() - began) * 1000), asked)

    async def close(self) -> None:
        """Hang up."""
        await self._client.aclose()

    async def _met(self, body: bytes, headers: dict[str, str]) -> tuple[Met, int, timedelta]:
        nothing = timedelta(0)
        try:
            async with asyncio.timeout(self._patience):
                if self._address is None:
                    port = self._url.port or (443 if self._url.scheme == "https" else 80)
                    found = await self._look(self._url.host, port)
                    if not self._inside and not all(map(rules.is_outside, found)):
                        return Met.INSIDE, 0, nothing
                    self._address = found[0]
                answer = await self._send(self._address, body, headers)
        except (TimeoutError, httpx.TimeoutException):
            return Met.TIMEOUT, 0, nothing
        except (OSError, UnicodeError):
            return Met.NAME, 0, nothing
        except httpx.TransportError as error:
            return (Met.CERTIFICATE if _is_about_tls(error) else Met.UNREACHABLE), 0, nothing
        await self._hang_up(answer)
        status = answer.status_code
        if status in _ASKS_TO_WAIT:
            return Met.BUSY, status, _seconds(answer.headers.get("Retry-After", ""))
        if status == httpx.codes.GONE:
            return Met.GONE, status, nothing
        delivered = httpx.codes.is_success(status)
        return (Met.DELIVERED if delivered else Met.REFUSED), status, nothing

    async def _send(self, address: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """Send it; the answer's head is there, its body not read."""
        request = self._client.build_request(
            "POST",
            self._url.copy_with(host=address),
            content=body,
            headers={"Host": self._netloc, "User-Agent": "Lianjian", **headers},
            extensions={"sni_hostname": self._url.host},
        )
        return await self._client.send(request, stream=True)

    async def _hang_up(self, answer: httpx.Response) -> None:
        """Read what is left of a short answer, so that its connection serves the next event; a long or slow one is cut
        off. The status was said before, and nothing that becomes of the body takes it back."""
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                read = 0
                async for piece in answer.aiter_raw():
                    read += len(piece)
                    if read > _MOST_READ:
                        break
        except (TimeoutError, httpx.TransportError) as error:
            _log.debug("the body of an answer was cut off: %r", error)
        finally:
            await answer.aclose()


def _is_about_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _seconds(asked: str) -> timedelta:
    """What ``Retry-After`` asks for, an hour at most; a date is not listened to, the usual pause holds."""
    whole = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 0
    return min(timedelta(seconds=whole), rules.MOST_ASKED_TO_WAIT)


Clock = Callable[[], float]
"""Seconds that go by."""


def deliver(
    reading: Engine,
    act: Act,
    post: Post,
    keys: Keys,
    *,
    at: datetime,
    only: int | None = None,
    at_once: int = 1,
    stopped: Flag | None = None,
    clock: Clock = monotonic,
) -> Sent:
    """Tell every subscription (or ``only`` this one) what is due by ``at``, ``at_once`` of them at the same time. Once
    ``stopped`` is set, no further event is begun; what is left waits for the next time. One that breaks keeps nobody else
    from being told; it is raised afterwards. ``clock`` counts the seconds that go by."""
    with reading.connect() as db:
        found = [one for one in queries.running(db, at=instant(at)) if only in (None, one.id)]

    began, broken = clock(), list[Exception]()

    def tell(one: Webhook) -> Sent:
        # Whoever waited for the others is told at the hour it is by then: a receiver refuses what is minutes old.
        by_now = at + timedelta(seconds=clock() - began)
        turn = _Turn(one, reading, act, post, keys, at=by_now, stopped=stopped or Flag(), clock=clock)
        try:
            return turn.tell()
        except Exception as error:  # noqa: BLE001  raised when the others are told
            broken.append(error)
            return Sent()

    if at_once > 1 and len(found) > 1:
        with ThreadPoolExecutor(at_once, thread_name_prefix="webhook") as threads:
            told = list(threads.map(tell, found))
    else:
        told = list(map(tell, found))
    if broken:
        raise ExceptionGroup("subscriptions could not be told", broken)
    return Sent(
        delivered=sum(one.delivered for one in told),
        failed=sum(one.failed for one in told),
        problems=tuple(problem for one in told for problem in one.problems),
    )


class _Turn:
    """One subscription's turn to be told."""

    def __init__(
        self,
        webhook: Webhook,
        reading: Engine,
        act: Act,
        post: Post,
        keys: Keys,
        *,
        at: datetime,
        stopped: Flag,
        clock: Clock,
    ) -> None:
        self._webhook, self._reading, self._act, self._post, self._keys = webhook, reading, act, post, keys
        self._at, self._began, self._stopped, self._clock = at, clock(), stopped, clock
        self._until = at + LEASE
        self._secrets: tuple[bytes, ...] = ()
        self._delivered = self._failed = 0

    def tell(self) -> Sent:
        """Tell what is due. Where nothing of it is an event, only the cursor moves."""
        with self._reading.connect() as db:
            due = queries.due(db, self._webhook, at=instant(self._at))
            waiting = [one for one in due if self._next(db, one, after=one.after)]
        if not waiting:
            self._pass_over([(one, one.after) for one in due])
            return Sent()
        try:
            vault = self._keys.vault
            with self._reading.connect() as db:
                self._secrets = self._opened(db, vault)
        except Refusal as refusal:
            return Sent(problems=refusal.problems)
        id, at, until = self._webhook.id, self._at, self._until
        if not self._act(lambda db: actions.take_turn(db, id, due, at=at, until=until), HOUSE):
            return Sent()
        self._pass_over([(one, one.after) for one in due if one not in waiting])
        with self._post.to(self._webhook.url) as line:
            for one in waiting:
                if not self._tell_of(one, line) or self._is_over():
                    break
        self._act(lambda db: actions.give_turn_back(db, id, until=until), HOUSE)
        return Sent(delivered=self._delivered, failed=self._failed)

    def _tell_of(self, one: Due, line: Line) -> bool:
        """Tell of a book, in order; whether the next book may be told of."""
        after = one.after
        while not self._is_over():
            with self._reading.connect() as db:
                entries = self._next(db, one, after=after, limit=_PORTION)
                before = queries.previous(db, self._webhook, one.book, before=after + 1)
            for entry in entries:
                met, goes_on = self._tell_event(one, entry, line, after=after, previous=before)
                if met is not Met.DELIVERED or not goes_on:
                    return goes_on
                after = before = entry.seq
                if self._is_over():
                    return False
            if len(entries) < _PORTION:
                self._pass_over([(one, after)])
                return True
        return False

    def _tell_event(
        self, one: Due, entry: LogEntry, line: Line, *, after: int, previous: int
    ) -> tuple[Met, bool]:
        event = rules.event_of(entry, book=one.book, previous=previous)
        body, at = rules.body_of(event), self._now()
        answered = line.post(body, rules.headers_of(self._secrets, id=event.id, at=at, body=body))
        delivered = answered.met is Met.DELIVERED
        self._delivered += delivered
        self._failed += not delivered
        # Only the first event of a turn was tried in vain before.
        here = one if after == one.after else replace(one, after=after, attempts=0, failing_since="")
        goes_on: bool = self._act(
            lambda db: actions.note(
                db,
                self._webhook.id,
                here,
                seq=entry.seq,
                kind=event.kind,
                met=answered.met,
                status=answered.status,
                took_ms=answered.took_ms,
                asked=answered.asked,
                part=secrets.randbelow(rules.PARTS + 1),
                by=access.service(db, at=at),
                at=at,
            ),
            one.book,
        )
        return answered.met, goes_on

    def _next(self, db: Connection, one: Due, *, after: int, limit: int = 1) -> tuple[LogEntry, ...]:
        return queries.entries(db, self._webhook, one, after=after, limit=limit)

    def _pass_over(self, told: list[tuple[Due, int]]) -> None:
        behind = [(one, after) for one, after in told if after < one.until]

        def move(db: Connection) -> None:
            for one, after in behind:
                actions.pass_over(db, self._webhook.id, one.book, after=after, until=one.until)

        if behind:
            self._act(move, HOUSE)

    def _opened(self, db: Connection, vault: Vault) -> tuple[bytes, ...]:
        """The secrets that sign now, the newest first."""
        kept = queries.secrets(db, self._webhook.id)
        found = []
        for index in rules.signing([one.made_at for one in kept], at=self._at):
            one = kept[index]
            secret = rules.opened_secret(vault, one.sealed, webhook=self._webhook.id, number=one.number)
            assert sha256(secret).hexdigest() == one.digest, "a secret opens to what was sealed"
            found.append(secret)
        return tuple(found)

    def _now(self) -> datetime:
        return self._at + timedelta(seconds=self._clock() - self._began)

    def _is_over(self) -> bool:
        return self._clock() - self._began > TURN_SECONDS or self._stopped.is_set()


def printed_kinds() -> str:
    """The table of kinds as Markdown, for docs/webhooks.md: what each is called in the API and by people."""
    rows = []
    for kind, state in rules.STATES.items():
        english, chinese = (say_word(language, f"event.{kind}") for language in ("en", "zh_CN"))
        rows.append(f"| `{kind}` | {english} {chinese} | `{state}` |")
    return "\n".join(["| `type` | what happened | `state` |", "|---|---|---|", *rows]) + "\n"


class WebhookLine:
    """Tells again and again, on a thread of its own, until it is stopped."""

    def __init__(self, reading: Engine, act: Act, post: Post, keys: Keys) -> None:
        self._reading, self._act, self._post, self._keys = reading, act, post, keys
        self._stopped, self._complained = Flag(), frozenset[str]()
        # It would write down every address that is spoken to, and those of receivers may have a secret in them.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._thread = Thread(target=self._run, name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the event that is being told, then end."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            _, at = now()
            try:
                done = deliver(
                    self._reading,
                    self._act,
                    self._post,
                    self._keys,
                    at=at,
                    at_once=AT_ONCE,
                    stopped=self._stopped,
                )
            except Exception:  # noqa: BLE001  the next round does what this one could not
                _log.exception("subscriptions could not be told")
            else:
                self._complain(frozenset(map(str, done.problems)))
            if self._stopped.wait(EVERY_SECONDS):
                return

    def _complain(self, problems: frozenset[str]) -> None:
        """Say what stands in the way, once for as long as it does."""
        for problem in sorted(problems - self._complained):
            _log.warning("subscriptions are not told: %s", problem)
        self._complained = problems
