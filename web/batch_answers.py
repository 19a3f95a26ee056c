"""What API and command line show of a run's payments: who is owed what, its batches, and what became of their lines."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Annotated

from msgspec import Meta

from coop.members import queries as members
from payouts.batches import queries
from payouts.batches.rules import Matched
from schemas.batches import Batch, BatchState, Channel, Due, DueState, Outcome, Payee, Reason
from schemas.runs import Run, RunId
from schemas.units import BookId, Fen, PersonId, Value, VoucherId
from web.database import Connection

Count = Annotated[int, Meta(ge=0)]


class DueItem(Value):
    """What a payee is owed, where the money is, and where it goes: to the payee or an heir, the account masked; empty
    where none is on record. ``reason`` and ``said`` are the bank's where it sent the money back."""

    payee: str
    name: str
    gross: Fen
    withheld: Fen
    net: Fen
    state: DueState
    attempt: Count
    batch: int | None
    reason: Reason | None
    said: str
    heir: int | None
    to: str
    bank: str
    account: str


class DueTotal(Value):
    """How many payees' money is there, and how much."""

    state: DueState
    count: Count
    total: Fen


class BatchItem(Value):
    """A batch 发放批次 as it stands: ``lines`` and ``total`` are its count and sum, ``account`` what it is paid from."""

    book: BookId
    number: int
    name: str
    run: RunId
    channel: Channel
    format: str
    account: str
    state: BatchState
    lines: Count
    total: Fen
    made_by: PersonId
    made_on: date
    sent_by: PersonId | None
    sent_on: date | None
    version: int


class BatchLineItem(Value):
    """A transfer, its account masked, and the bank's last word on it; ``outcome`` is null while there is none."""

    no: int
    payee: str
    heir: int | None
    name: str
    bank: str
    account: str
    amount: Fen
    attempt: int
    reference: str
    outcome: Outcome | None
    on: date | None
    reason: Reason | None
    said: str


class BatchAnswer(Value):
    """A batch with its lines and the vouchers its answers posted."""

    batch: BatchItem
    items: tuple[BatchLineItem, ...]
    vouchers: tuple[VoucherId, ...]
    version: int


class TakenAnswer(Value):
    """What an answer came to: how many words were new and how many known, and the batch after it."""

    added: Count
    repeated: Count
    batch: BatchItem


def due_items(db: Connection, run: Run, dues: Iterable[Due]) -> tuple[DueItem, ...]:
    """Each due with whom it goes to."""
    dues = tuple(dues)
    names = members.members(db, book=run.book)
    goes_to = queries.payees(db, book=run.book, payees=[due.payee for due in dues])
    return tuple(_due(due, name=names[due.payee].name, to=goes_to.get(due.payee)) for due in dues)


def due_totals(dues: Iterable[Due]) -> tuple[DueTotal, ...]:
    """The dues of each state together, in the order of the states."""
    of_state: defaultdict[DueState, list[Fen]] = defaultdict(list)
    for due in dues:
        of_state[due.state].append(due.net)
    return tuple(
        DueTotal(state=state, count=len(of_state[state]), total=sum(of_state[state]))
        for state in DueState
        if state in of_state
    )


def batch_item(batch: Batch) -> BatchItem:
    """A batch for a list."""
    fields = {name: getattr(batch, name) for name in Batch.__struct_fields__}
    return BatchItem(name=batch.name, **fields)


def batch_answer(db: Connection, batch: Batch) -> BatchAnswer:
    """A batch with everything that is known of it."""
    said = queries.outcomes(db, book=batch.book, number=batch.number)
    items = []
    for line in queries.lines(db, batch):
        word = said.get(line.no)
        items.append(
            BatchLineItem(
                no=line.no,
                payee=line.payee,
                heir=line.to.heir,
                name=line.to.name,
                bank=line.to.bank,
                account=line.to.account,
                amount=line.amount,
                attempt=line.attempt,
                reference=line.reference,
                outcome=None if word is None else word.outcome,
                on=None if word is None else word.on,
                reason=None if word is None else word.reason,
                said="" if word is None else word.said,
            )
        )
    return BatchAnswer(
        batch=batch_item(batch),
        items=tuple(items),
        vouchers=queries.vouchers(db, book=batch.book, number=batch.number),
        version=batch.version,
    )


def taken_answer(db: Connection, batch: Batch, made: Matched) -> TakenAnswer:
    """What an answer to this batch came to."""
    after = queries.batch(db, book=batch.book, number=batch.number)
    assert after is not None, "a batch is never deleted"
    return TakenAnswer(added=len(made.outcomes), repeated=made.repeated, batch=batch_item(after))


def _due(due: Due, *, name: str, to: Payee | None) -> DueItem:
    return DueItem(
        payee=due.payee,
        name=name,
        gross=due.gross,
        withheld=due.withheld,
        net=due.net,
        state=due.state,
        attempt=due.attempt,
        batch=due.batch,
        reason=due.reason,
        said=due.said,
        heir=None if to is None else to.heir,
        to="" if to is None else to.name,
        bank="" if to is None else to.bank,
        account="" if to is None else to.account,
    )
