"""Two processes at the same acts of the register: each is written once, whoever comes first."""

from sqlalchemy import Engine

from coop.proof import queries as proof
from coop.shares import queries as shares
from ledger.books import queries as books
from tests.builders import BOOK
from tests.faults import racing
from tests.registry import a_cooperative, act, prepared, the_same_acts


def test_an_act_confirmed_by_two_at_once_is_written_once(database: Engine, db_url: str) -> None:
    with database.begin() as db:
        a_cooperative(db)
        for day in range(10, 20):
            prepared(db, act(f"cash on=2025-01-{day} member=M0001 amount=100.00 resolution=1号"))
    both = racing.race(db_url, the_same_acts)
    written = [answer for did in both for _, answer in did if answer is not None]
    assert sorted(request for request, _ in written) == list(range(1, 11))
    with database.connect() as db:
        assert sorted(one.seq for one in shares.movements(db, book=BOOK)) == sorted(
            movement for _, movement in written
        )
        book = books.book(db, id=BOOK)
        assert book is not None
        assert [one for one in proof.prove(db, book=book).problems if one.severity == "error"] == []
