"""Long work beside the pages: a pack that is read, a book that proves itself. It runs on a thread of its own and tells
how far it is; the page that shows it asks again until it is over.

What came of it stays in memory until the next work of the same name, or until the service stops: whatever must last
is in the books themselves.
"""

import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Lock
from typing import Generic, TypeVar

from schemas.problems import Refusal
from schemas.units import PersonId
from web import clock

T = TypeVar("T")
Tell = Callable[[str, int, int], None]
"""Called by the work with what it does (a message id), and how many of how many are done."""

_log = logging.getLogger("lianjian.work")


class Work(Generic[T]):
    """One piece of long work: who began it when, how far it is, and what came of it.

    ``refusal`` is why it was refused, ``failure`` the number under which the service's log tells of a mistake of ours.
    """

    def __init__(self, *, by: PersonId, begun_at: datetime) -> None:
        self.by, self.begun_at = by, begun_at
        self.says, self.done, self.whole = "", 0, 0
        self.ended_at: datetime | None = None
        self.result: T | None = None
        self.refusal: Refusal | None = None
        self.failure = ""

    @property
    def runs(self) -> bool:
        """Whether it is not over yet."""
        return self.ended_at is None

    def tell(self, says: str, done: int, whole: int) -> None:
        """Say how far it is."""
        self.says, self.done, self.whole = says, done, whole


class LongWork:
    """Runs long work, a few pieces at a time; the others wait for their turn."""

    def __init__(self, *, at_once: int = 2) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="long-work")
        self._known: dict[str, Work[object]] = {}
        self._lock = Lock()

    def begin(self, name: str, do: Callable[[Tell], object], *, by: PersonId, at: datetime) -> "Work[object]":
        """Begin the work of this name; where it runs already, that is the work."""
        with self._lock:
            there = self._known.get(name)
            if there is not None and there.runs:
                return there
            work: Work[object] = Work(by=by, begun_at=at)
            self._known[name] = work
        self._threads.submit(_run, work, do, name)
        return work

    def of(self, name: str) -> "Work[object] | None":
        """The work of this name, running or over; None when there was none since the service started."""
        return self._known.get(name)

    def forget(self, name: str) -> None:
        """Let go of what came of a piece of work."""
        self._known.pop(name, None)

    def stop(self) -> None:
        """Finish what runs; what waits is not begun."""
        self._threads.shutdown(wait=True, cancel_futures=True)


def _run(work: "Work[object]", do: Callable[[Tell], object], name: str) -> None:
    try:
        work.result = do(work.tell)
    except Refusal as refusal:
        work.refusal = refusal
    except Exception:  # noqa: BLE001  told on the page under a number, and here in full
        work.failure = secrets.token_hex(4)
        _log.exception("failure %s: long work %s", work.failure, name)
    finally:
        _, work.ended_at = clock.now()
