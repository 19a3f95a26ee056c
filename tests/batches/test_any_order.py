"""In whatever order the bank's words on a batch arrive, twice, half, or the late one first, the books end alike."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.money import yuan
from payouts.batches import queries
from payouts.batches.bank import Said
from payouts.proof import queries as proofs
from payouts.runs import queries as runs
from schemas.batches import Batch, BatchState, Due, DueState, LineOutcome, Outcome
from schemas.runs import Run, RunState
from schemas.units import Fen
from tests.batches.small import BOOK, LATER, OUT, RUN, furnish, make, send
from tests.builders import a_database, rolled_back
from tests.runs.years import at
from web.bank_line import take

if TYPE_CHECKING:
    from tests.conftest import Databases

FOUR, SIX = date(2026, 2, 14), date(2026, 2, 16)
ORDERS = settings(max_examples=20)
"""An example is a batch of twelve lines with its child; what goes wrong with an order does so with many."""


class Word(NamedTuple):
    """What the bank says once of a line: nothing in ``back`` is paid."""

    on: date
    turn: int
    back: str = ""


LIVES: Mapping[str, tuple[Word, ...]] = {
    "paid": (Word(FOUR, 1),),
    "refused": (Word(FOUR, 1, "name"),),
    "back later": (Word(FOUR, 1), Word(SIX, 1, "closed")),
    "back the same day": (Word(FOUR, 1), Word(FOUR, 2, "frozen")),
    "paid after all": (Word(FOUR, 1, "account"), Word(SIX, 1)),
    "paid, back, and paid after all": (Word(FOUR, 1), Word(FOUR, 2, "other"), Word(SIX, 1)),
}
"""What may become of a line, in the order in which it did."""
Said_of = tuple[int, Word]


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        yield engine


def messages(data: st.DataObject, said: Sequence[Said_of]) -> list[list[Said_of]]:
    """The words as they arrive: some of them twice, all in another order, cut anywhere."""
    twice = data.draw(st.lists(st.sampled_from(said), max_size=8), label="twice")
    mixed = data.draw(st.permutations([*said, *twice]), label="order")
    cuts = sorted(data.draw(st.sets(st.integers(1, len(mixed) - 1), max_size=5), label="cuts"))
    return [mixed[first:last] for first, last in zip([0, *cuts], [*cuts, len(mixed)], strict=True)]


def hear(db: Connection, batch: Batch, message: Sequence[Said_of]) -> None:
    """The service takes one message of the bank."""
    lines = {line.no: line for line in queries.lines(db, batch)}
    said = tuple(
        Said(
            reference=lines[no].reference,
            amount=yuan(lines[no].amount),
            outcome=Outcome.FAILED if word.back else Outcome.PAID,
            on=word.on,
            code=word.back,
            turn=word.turn,
        )
        for no, word in message
    )
    take(db, book=BOOK, number=batch.number, said=said, on=LATER, at=at(LATER))


def the_run(db: Connection) -> Run:
    run = runs.run(db, RUN)
    assert run is not None
    return run


def owed_to(db: Connection, payee: str) -> Fen:
    """What the book says it owes a member of the dividend."""
    return -sum(
        balances.balance_of(db, book=BOOK, account=account, detail=payee, until=202612)
        for account in ("221", "222")
    )


def agree(db: Connection, *numbers: int) -> Mapping[str, Due]:
    """Books, batches and what the pages count say the same; who is owed what."""
    dues = queries.dues(db, the_run(db))
    for payee, due in dues.items():
        assert owed_to(db, payee) == (0 if due.state is DueState.PAID else due.net), payee
    found = [queries.batch(db, book=BOOK, number=number) for number in numbers]
    there = [batch for batch in found if batch is not None]
    for batch, standing in zip(there, queries.standings(db, there), strict=True):
        words = queries.outcomes(db, book=BOOK, number=batch.number).values()
        paid = [word for word in words if word.outcome is Outcome.PAID]
        assert (standing.paid, standing.returned) == (len(paid), len(words) - len(paid))
        assert (batch.state is BatchState.SETTLED) == (len(words) == batch.lines)
    back = {one.payee for one in queries.returned(db, books=[BOOK])}
    assert back == {payee for payee, due in dues.items() if due.state is DueState.RETURNED}
    return dues


def last_words(db: Connection, batch: Batch) -> dict[int, tuple[date, int, bool]]:
    """Of each line the word that stands: its day, its turn, whether the money is there."""

    def stands(word: LineOutcome) -> tuple[date, int, bool]:
        return word.on, word.turn, word.outcome is Outcome.PAID

    said = queries.outcomes(db, book=BOOK, number=batch.number)
    return {no: stands(word) for no, word in said.items()}


@ORDERS
@given(st.data())
def test_every_order_of_the_bank_s_words_ends_in_the_same_books(engine: Engine, data: st.DataObject) -> None:
    lives = data.draw(st.lists(st.sampled_from(sorted(LIVES)), min_size=12, max_size=12), label="lives")
    told = [(no, word) for no, life in enumerate(lives, 1) for word in LIVES[life]]
    with rolled_back(engine) as db:
        first = send(db, make(db))
        for message in messages(data, told):
            hear(db, first, message)
            agree(db, first.number)
        assert last_words(db, first) == {
            no: (LIVES[life][-1].on, LIVES[life][-1].turn, not LIVES[life][-1].back)
            for no, life in enumerate(lives, 1)
        }
        dues = agree(db, first.number)
        back = [no for no, life in enumerate(lives, 1) if LIVES[life][-1].back]
        assert sum(due.state is DueState.RETURNED for due in dues.values()) == len(back)

        if back:
            child = send(db, make(db, on=SIX), on=SIX)
            assert child.lines == len(back)
            again = [(no, Word(SIX, 1)) for no in range(1, child.lines + 1)]
            stale = [one for one in told if one[0] in back]
            for message in messages(data, again):
                hear(db, child, message)
                hear(db, first, data.draw(st.permutations(stale), label="stale"))
                agree(db, first.number, child.number)
        assert {due.state for due in agree(db, first.number).values()} == {DueState.PAID}
        assert the_run(db).state is RunState.SETTLED
        book = books.book(db, id=BOOK)
        assert book is not None
        assert not proofs.prove(db, book=book).problems


def test_a_word_that_arrives_after_a_later_one_moves_no_money(engine: Engine) -> None:
    """Paid on the 14th and back on the 16th, the return heard first: nothing is posted at all."""
    with rolled_back(engine) as db:
        batch = send(db, make(db, "Q0001"), on=OUT)
        hear(db, batch, [(1, Word(SIX, 1, "closed"))])
        hear(db, batch, [(1, Word(FOUR, 1))])
        assert queries.vouchers(db, book=BOOK, number=batch.number) == ()
        assert (owed_to(db, "Q0001"), last_words(db, batch)) == (568237, {1: (SIX, 1, False)})
