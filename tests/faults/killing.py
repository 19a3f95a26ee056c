"""The payout path as a process that is killed at one of its steps, and started again.

Steps are the moments before each commit and before each word with the bank: what comes after one is what is found before
the next, in the books as at the bank. The process looks at the books for what is to be done next, as people and the service do: a batch over the line, one by file, what came back
over the line again; and whatever crosses to the collective's book lands there.
"""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from ledger.outbox import queries as outbox
from payouts.batches import actions, queries
from payouts.batches.bank import Bank
from payouts.runs import queries as runs
from schemas.batches import BatchState, Channel, Outcome, Told
from tests.batches.small import BOOK, LATER, OUT, RUN, SENDER
from tests.builders import ACCOUNTANT
from tests.fake_bank import KEY
from tests.processes import PROCESSES
from tests.runs.years import at
from web.auth.keys import Keys
from web.bank_line import deliver
from web.database import reading_engine, writing_engine
from web.outbox import deliver as land_what_crosses

FAILS, SILENT = "B2026-0001-0002", "B2026-0001-0003"
"""The line of the first batch that comes back, and the one the bank pays without a word."""
BY_FILE = ("Q0011", "Q0012")
"""Who is paid by file."""


class Steps:
    """Counts the steps, and ends the process at one of them as if the power had failed."""

    def __init__(self, last: int) -> None:
        self.last, self.taken = last, 0

    def step(self) -> None:
        """One step more."""
        self.taken += 1
        if self.taken == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


class BankWithSteps(Bank):
    """The bank's own door, with a step before each word."""

    def __init__(self, address: str, steps: Steps) -> None:
        super().__init__(address, bytes.fromhex(KEY))
        self._steps = steps

    def _ask(self, *said: Any, **more: Any) -> bytes:
        self._steps.step()
        return super()._ask(*said, **more)


def stepping(engine: Engine, steps: Steps) -> None:
    """A step before each commit of this engine."""
    commit = engine.dialect.do_commit

    def with_steps(connection: Any) -> None:
        steps.step()
        commit(connection)

    engine.dialect.do_commit = with_steps  # type: ignore[assignment,method-assign]


def _pay(url: str, address: str, key_file: str, last: int, told: "Queue[int]") -> None:
    steps = Steps(last)
    writing, reading = writing_engine(url), reading_engine(url)
    stepping(writing, steps)
    at_bank, keys, moment = BankWithSteps(address, steps), Keys(Path(key_file)), at(LATER)

    def act(what: Callable[[Connection], Any], _book: str = BOOK) -> Any:
        with writing.begin() as db:
            return what(db)

    def done() -> bool:
        """One thing more that is to be done; whether nothing is left."""
        nonlocal moment
        with reading.connect() as db:
            batches = {one.number: one for one in queries.batches(db, book=BOOK, run=RUN)}
            said = queries.outcomes(db, book=BOOK, number=1)
            run, waiting = runs.run(db, RUN), outbox.waiting(db)
            assert run is not None
            everybody = tuple(queries.dues(db, run))
        first, second, third = (batches.get(number) for number in (1, 2, 3))
        if first is None:
            act(lambda db: _made(db, "direct", *(payee for payee in everybody if payee not in BY_FILE)))
        elif second is None:
            act(lambda db: _made(db, "rural", *BY_FILE))
        elif any(one.state is BatchState.MADE for one in batches.values()):
            number = next(one.number for one in batches.values() if one.state is BatchState.MADE)
            act(lambda db: actions.send(db, BOOK, number, by=SENDER, on=OUT, at=at(OUT)))
        elif second.state is BatchState.SENT:
            act(lambda db: actions.take_file(db, BOOK, 2, _file(db), by=SENDER, on=LATER, at=at(LATER)))
        elif len(said) < first.lines - 1 or (third is not None and third.state is BatchState.SENT):
            moment += timedelta(hours=2)
            done = deliver(reading, act, at_bank, keys, on=LATER, at=moment)
            assert not done.problems, done.problems
        elif first.state is BatchState.SENT:
            paid = Told(line=3, outcome=Outcome.PAID, on=LATER)
            act(lambda db: actions.take_told(db, BOOK, 1, [paid], by=SENDER, on=LATER, at=at(LATER)))
        elif third is None:
            act(lambda db: _made(db, "direct"))
        elif waiting:
            landed = land_what_crosses(reading, act, on=LATER, at=moment)
            assert not landed.problems, landed.problems
        else:
            return True
        return False

    while not done():
        pass
    writing.dispose()
    reading.dispose()
    told.put(steps.taken)


def _made(db: Connection, form: str, *payees: str) -> object:
    return actions.make(
        db,
        RUN,
        channel=Channel.BANK,
        form=form,
        account="102",
        payees=payees or None,
        by=ACCOUNTANT,
        on=OUT,
        at=at(OUT),
    )


def _file(db: Connection) -> bytes:
    """The bank's return file of the second batch: everybody is paid."""
    batch = queries.batch(db, book=BOOK, number=2)
    assert batch is not None
    return "".join(
        f"{line.no}|{line.to.name}|x|{line.amount // 100}.{line.amount % 100:02}||0000|成功|20260214|\r\n"
        for line in queries.lines(db, batch)
    ).encode("gbk")


def pay(url: str, *, address: str, key_file: Path, last: int = 0) -> int | None:
    """Pay until everybody is paid, and how many steps that took; None when it was killed at step ``last``."""
    told: Queue[int] = PROCESSES.Queue()
    process = PROCESSES.Process(target=_pay, args=(url, address, str(key_file), last, told))
    process.start()
    process.join(60)
    if process.exitcode == -signal.SIGKILL:
        return None
    assert process.exitcode == 0, f"it ended with {process.exitcode}"
    return told.get(timeout=5)
