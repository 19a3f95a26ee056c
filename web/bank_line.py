"""The line to the bank: batches that are due are given to it, and it is asked what became of those it has.

Each try is a transaction of its own before it is made and another one after, so that a service that is killed in between
finds the batch due again; the bank knows it by its name and pays it once.
"""

import logging
from collections.abc import Callable
from datetime import date, datetime
from threading import Event, Thread
from typing import Any

from coop.access import actions as access
from ledger.books import queries as books
from ledger.log.rules import instant
from payouts.batches import actions as batches
from payouts.batches import bank, queries
from payouts.batches.bank import Bank, Declined, Silence
from payouts.batches.rules import Matched, summary_of
from payouts.messages import actions as messages
from payouts.messages import queries as message_queries
from payouts.runs import queries as runs
from payouts.runs.rules import name_of
from schemas.batches import Reason
from schemas.messages import Message, MessageState
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.units import BookId, Value
from web.auth.keys import Keys
from web.clock import now
from web.database import Connection, Engine
from web.settings import Settings

EVERY_SECONDS = 5.0
"""How often the service looks whether something is due."""
REASONS = {reason.value: reason for reason in Reason}
"""What a bank's codes mean: they are ours."""

Act = Callable[[Callable[[Connection], Any], BookId], Any]
"""Runs an act on a book in a transaction of its own and commits it."""

_log = logging.getLogger("lianjian.bank")


class Delivered(Value):
    """What was done at the bank: batches it has now, words of it that were new; and what was refused."""

    given: int = 0
    heard: int = 0
    problems: tuple[Problem, ...] = ()


def bank_of(settings: Settings) -> Bank | None:
    """The bank the settings name; None when batches go by file alone. Refused: an address without TLS, no key."""
    if not settings.bank_url:
        return None
    file = settings.bank_key_file
    text = file.read_bytes().decode("ascii", "replace") if file.is_file() else ""
    return Bank(settings.bank_url, bank.key_in(text, file=str(file)))


def deliver(reading: Engine, act: Act, at_bank: Bank, keys: Keys, *, on: date, at: datetime) -> Delivered:
    """Give the bank what is due, and ask after what it has. One silence ends the round: the rest waits for the next."""
    with reading.connect() as db:
        due = message_queries.due(db, at=instant(at))
    given = heard = 0
    problems: list[Problem] = []
    for message in due:
        try:
            if message.state is MessageState.DUE:
                given += _give(message, act, at_bank, keys, at=at)
            else:
                heard += _ask(message, act, at_bank, on=on, at=at)
        except Refusal as refusal:
            problems += refusal.problems
        except Silence as silence:
            _note(message, act, f"silence: {silence}")
            break
    return Delivered(given=given, heard=heard, problems=tuple(problems))


def take(
    db: Connection, *, book: BookId, number: int, said: tuple[bank.Said, ...], on: date, at: datetime
) -> Matched:
    """Take what the bank says of a batch, as ``batches.actions.take`` does and refuses."""
    return batches.take(
        db,
        book,
        number,
        bank.answers_of(said),
        reasons=REASONS,
        by=access.service(db, at=at),
        on=on,
        at=at,
    )


def _give(message: Message, act: Act, at_bank: Bank, keys: Keys, *, at: datetime) -> int:
    book, number = message.book, message.batch
    try:
        content = act(lambda db: _content(db, message, keys, at=at), book)
    except Refusal as refusal:
        if refusal.kind is RefusalKind.STALE:
            _refuse(message, act, refusal.problems[0].code, at=at)
        raise
    if content is None:
        return 0
    try:
        at_bank.give(message.order, content, at=at)
    except Declined as declined:
        _refuse(message, act, f"bank: {declined}", at=at)
        return 0
    act(
        lambda db: messages.accept(db, book=book, number=number, by=access.service(db, at=at), at=at),
        book,
    )
    return 1


def _content(db: Connection, message: Message, keys: Keys, *, at: datetime) -> bytes | None:
    """What is sent, once the turn is taken; None when it is nobody's turn any more."""
    taken = messages.take_turn(db, book=message.book, number=message.batch, at=at)
    if taken is None or taken.state is not MessageState.DUE:
        return None
    lines, _ = batches.in_full(
        db,
        message.book,
        message.batch,
        vault=keys.ready(db, at=at),
        with_identities=False,
        by=access.service(db, at=at),
        at=at,
    )
    batch = queries.batch(db, book=message.book, number=message.batch)
    book = books.book(db, id=message.book)
    assert batch is not None, "a message is of a batch that is there (bank_message_batch)"
    assert book is not None, "a batch is of a book that is there"
    name = name_of(batch.run)
    run = None if name is None else runs.run(db, name)
    assert run is not None, "a batch is of a run that is there (batch_run)"
    return bank.order_of(message.order, batch, lines, payer=book.name, purpose=summary_of(run))


def _ask(message: Message, act: Act, at_bank: Bank, *, on: date, at: datetime) -> int:
    book, number = message.book, message.batch
    if act(lambda db: messages.take_turn(db, book=book, number=number, at=at), book) is None:
        return 0
    try:
        said = at_bank.answers(message.order, at=at)
    except Declined as declined:
        _note(message, act, f"bank: {declined}")
        return 0
    try:
        taken: Matched = act(lambda db: take(db, book=book, number=number, said=said, on=on, at=at), book)
    except Refusal as refusal:
        _note(message, act, refusal.problems[0].code)
        raise
    return len(taken.outcomes)


def _note(message: Message, act: Act, said: str) -> None:
    act(lambda db: messages.note(db, book=message.book, number=message.batch, said=said), message.book)


def _refuse(message: Message, act: Act, said: str, *, at: datetime) -> None:
    act(
        lambda db: messages.refuse(
            db,
            book=message.book,
            number=message.batch,
            said=said,
            by=access.service(db, at=at),
            at=at,
        ),
        message.book,
    )


class BankLine:
    """Delivers again and again, on a thread of its own, until it is stopped."""

    def __init__(self, reading: Engine, act: Act, at_bank: Bank, keys: Keys) -> None:
        self._reading, self._act, self._bank, self._keys = reading, act, at_bank, keys
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="bank", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what is running, then end."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            on, at = now()
            try:
                done = deliver(self._reading, self._act, self._bank, self._keys, on=on, at=at)
            except Exception:  # noqa: BLE001  the next round does what this one could not
                _log.exception("the bank could not be spoken to")
            else:
                for problem in done.problems:
                    _log.warning("the bank's batch: %s", problem)
            if self._stopped.wait(EVERY_SECONDS):
                return
