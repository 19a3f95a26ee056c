"""Delivering what crosses books: whatever one book sent and has not landed is landed in the other, in an act of its own.

What was sent a moment ago is looked for every few seconds; everything at the start and at each tick. An item that two
deliver, or one twice, lands once (``ledger.outbox``); one that is refused keeps nothing else back and is tried again.
"""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from threading import Event, Thread
from typing import Any

from coop.access import actions as access
from coop.landings import actions as landings
from ledger.books import queries as books
from ledger.outbox import queries
from schemas.outbox import Landing, Outgoing
from schemas.problems import Problem, Refusal
from schemas.units import BookId, Value
from web.clock import now
from web.database import Connection, Engine

EVERY_SECONDS = 2.0
"""How often the service looks for what was just sent."""
_JUST_SENT = timedelta(minutes=30)
"""How far back it looks then: two ticks, which look for everything."""

Act = Callable[[Callable[[Connection], Any], BookId], Any]
"""Runs an act on a book in a transaction of its own and commits it."""

_log = logging.getLogger("lianjian.outbox")


class Delivered(Value):
    """What landed, and what was refused."""

    landed: tuple[Landing, ...] = ()
    problems: tuple[Problem, ...] = ()


def deliver(
    reading: Engine,
    act: Act,
    *,
    on: date,
    at: datetime,
    source: BookId | None = None,
    since: datetime | None = None,
) -> Delivered:
    """Land everything that waits, or what one book sent, or what was sent since an instant."""
    with reading.connect() as db:
        waiting = queries.waiting(db, source=source, since=since)
        called = {}
        for id in {item.book for item in waiting}:
            sender = books.book(db, id=id)
            assert sender is not None, "an item is of a voucher, and that of a book (outgoing_voucher)"
            called[id] = sender.short_name
    landed: list[Landing] = []
    problems: list[Problem] = []
    for item in waiting:
        try:
            done = act(_landing(item, called[item.book], on=on, at=at), item.crossing.target)
        except Refusal as refusal:
            problems += refusal.problems
        else:
            landed += [done] if done is not None else []
    return Delivered(landed=tuple(landed), problems=tuple(problems))


def _landing(
    item: Outgoing, called: str, *, on: date, at: datetime
) -> Callable[[Connection], Landing | None]:
    def land(db: Connection) -> Landing | None:
        return landings.land(db, item, called=called, by=access.service(db, at=at), on=on, at=at)

    return land


class OutboxLine:
    """Delivers again and again, on a thread of its own, until it is stopped."""

    def __init__(self, reading: Engine, act: Act) -> None:
        self._reading, self._act = reading, act
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is running, then end."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        told: tuple[Problem, ...] = ()
        while not self._stopped.wait(EVERY_SECONDS):
            on, at = now()
            try:
                done = deliver(self._reading, self._act, on=on, at=at, since=at - _JUST_SENT)
            except Exception:  # noqa: BLE001  the next round does what this one could not
                _log.exception("what crosses books could not be delivered")
            else:
                for problem in done.problems if done.problems != told else ():
                    _log.warning("not landed: %s", problem)
                told = done.problems
