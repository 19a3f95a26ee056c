"""Telling as a process that is killed at one of its steps: before a commit, or before or after a word with the receiver."""

import os
import signal
from multiprocessing.queues import Queue
from typing import Any

from sqlalchemy import Engine

from tests.processes import PROCESSES
from tests.webhooks.house import Telling
from web.database import writing_engine
from web.webhooks import Answered, Line


class Steps:
    """Counts the steps, and ends the process at one of them as if the power had failed."""

    def __init__(self, last: int) -> None:
        self.last, self.taken = last, 0

    def step(self) -> None:
        """One step more."""
        self.taken += 1
        if self.taken == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def _stepping(engine: Engine, steps: Steps) -> None:
    commit, post = engine.dialect.do_commit, Line.post

    def commit_with_steps(connection: Any) -> None:
        steps.step()
        commit(connection)

    def post_with_steps(line: Line, body: bytes, headers: dict[str, str]) -> Answered:
        steps.step()
        answered = post(line, body, headers)
        steps.step()
        return answered

    engine.dialect.do_commit = commit_with_steps  # type: ignore[assignment,method-assign]
    Line.post = post_with_steps  # type: ignore[assignment,method-assign]


def _tell(url: str, last: int, told: "Queue[int]") -> None:
    engine, steps = writing_engine(url), Steps(last)
    _stepping(engine, steps)
    telling = Telling(engine)
    telling.tell()
    telling.reading.dispose()
    engine.dispose()
    told.put(steps.taken)


def tell(url: str, *, last: int = 0) -> int | None:
    """Tell what is due, and how many steps that took; None when it was killed at step ``last``."""
    told: Queue[int] = PROCESSES.Queue()
    process = PROCESSES.Process(target=_tell, args=(url, last, told))
    process.start()
    process.join(60)
    if process.exitcode == -signal.SIGKILL:
        return None
    assert process.exitcode == 0, f"it ended with {process.exitcode}"
    return told.get(timeout=5)
