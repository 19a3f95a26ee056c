"""The twelve members of ``clean-small`` to be paid in one line each, for the tests of batches."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import Connection

from payouts.batches import actions, queries
from payouts.runs.rules import RunName
from schemas.batches import Answer, Batch, Channel, Outcome, Reason
from schemas.runs import RunKind
from schemas.units import BookId, PersonId
from tests.builders import ACCOUNTANT, REVIEWER, a_house
from tests.handover import pack_of, take_in
from tests.runs.years import at, posted, settled

BOOK: BookId = "qingshuihezuoshe"
RUN = RunName(book=BOOK, kind=RunKind.DIVIDEND, year=2025, round=1)
OUT, SAID, LATER = date(2026, 2, 13), date(2026, 2, 14), date(2026, 2, 24)
SENDER = REVIEWER
"""Somebody who neither made the batch nor approved the run; who may send is the table of deeds' matter."""
CODES = {reason.value: reason for reason in Reason}


def furnish(db: Connection) -> None:
    """A year with its commission and its dividend of 25 992.91 posted, of which nothing is paid."""
    a_house(db)
    take_in(db, pack_of("clean-small"))
    settled(db, BOOK, 2025)
    posted(db, BOOK, RunKind.COMMISSION, 2025)
    posted(db, BOOK, RunKind.DIVIDEND, 2025)


def make(
    db: Connection,
    *payees: str,
    name: RunName = RUN,
    channel: Channel = Channel.BANK,
    form: str = "rural",
    account: str = "102",
    by: PersonId = ACCOUNTANT,
    on: date = OUT,
) -> Batch:
    """A batch of these payees, or of everybody."""
    return actions.make(
        db, name, channel=channel, form=form, account=account, payees=payees or None, by=by, on=on, at=at(on)
    )


def send(db: Connection, batch: Batch, *, by: PersonId = SENDER, on: date = OUT) -> Batch:
    """The batch on its way."""
    return actions.send(db, BOOK, batch.number, by=by, on=on, at=at(on))


def sent(db: Connection, *payees: str, on: date = OUT) -> Batch:
    """A batch made and sent."""
    return send(db, make(db, *payees, on=on), on=on)


def answers(db: Connection, batch: Batch, said: Mapping[int, str], *, on: date = SAID) -> tuple[Answer, ...]:
    """What the bank says of lines by number: ``""`` is paid, else the reason it came back for."""
    lines = {line.no: line for line in queries.lines(db, batch)}
    return tuple(
        Answer(
            row=no,
            reference=lines[no].reference,
            amount=lines[no].amount,
            outcome=Outcome.FAILED if code else Outcome.PAID,
            on=on,
            code=code,
            said="",
        )
        for no, code in said.items()
    )


def take(
    db: Connection, batch: Batch, said: Mapping[int, str] | Sequence[Answer], *, on: date = LATER
) -> int:
    """How many words of an answer were new."""
    rows = answers(db, batch, said) if isinstance(said, Mapping) else said
    made = actions.take(db, BOOK, batch.number, rows, reasons=CODES, by=SENDER, on=on, at=at(on))
    return len(made.outcomes)


def all_paid(batch: Batch, *, but: Iterable[int] = ()) -> dict[int, str]:
    """Everybody of a batch paid, but these."""
    return dict.fromkeys((no for no in range(1, batch.lines + 1) if no not in set(but)), "")
