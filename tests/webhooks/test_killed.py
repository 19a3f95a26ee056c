"""Whenever the service is killed, nothing stays untold, and what is told twice is told under the same id."""

from datetime import timedelta

import pytest

from coop.proof import queries as proof
from tests.conftest import Databases
from tests.webhooks import killing
from tests.webhooks.house import TOWNSHIP, Telling, furnish, interest, subscribe
from tests.webhooks.receiver import receiving
from web.database import writing_engine

BOOKS = ("longping", "qingshui")


@pytest.fixture(scope="module")
def model(databases: Databases, db_kind: str) -> str:
    return databases.model("webhooks", db_kind, furnish)


def test_killed_at_any_step_it_tells_everything_in_order(
    model: str, databases: Databases, db_kind: str
) -> None:
    """Two books with three events each, killed at each step of the way and started again after the turn's lease."""
    steps, step, twice = None, 0, 0
    # On the server every step is a transaction as here; some of all kinds show that it comes back as well.
    stride = 1 if db_kind == "sqlite" else 4
    while steps is None:
        step += stride
        url = databases.copy(model, db_kind)
        engine = writing_engine(url)
        telling = Telling(engine)
        with receiving() as receiver:
            _, secret = telling.act(lambda db, url=receiver.url: subscribe(db, url, where=TOWNSHIP, by="pan"))
            for book in BOOKS:
                telling.act(lambda db, book=book: interest(db, book))
            engine.dispose()
            steps = killing.tell(url, last=step)
            telling.tell(after=timedelta(minutes=3))
            assert telling.tell(after=timedelta(hours=7)).delivered == 0, "nothing is left"
            first = list(dict.fromkeys(one.id for one in receiver.tries))
            assert len({(one.id, one.body) for one in receiver.tries}) == 6
            assert all(one.signed_by(secret) for one in receiver.tries)
            for book in BOOKS:
                numbers = [int(id.rpartition("_")[2]) for id in first if id.startswith(book)]
                assert numbers == list(range(numbers[0], numbers[0] + 3))
            twice += len(receiver.tries) > 6
        with engine.connect() as db:
            assert proof.prove_house(db).problems == ()
        telling.reading.dispose()
        engine.dispose()
        databases.drop(url)
    assert step > 15, "a step before each commit, and two at each event"
    assert twice >= 6 // stride, "killed between the answer and the cursor, it was told twice"
