"""The service is killed at every step of the payout path and started again: nobody is paid twice, nobody is forgotten,
and books, batches and the bank say the same; what the collective got is in its own book once."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine

from coop.vault.rules import line_of, vault_key
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.money import fen_from_yuan
from ledger.outbox import queries as outbox
from ledger.vouchers import queries as vouchers
from payouts.batches import queries
from payouts.messages import queries as messages
from payouts.proof import queries as proofs
from payouts.runs import queries as runs
from schemas.batches import BatchState, DueState
from schemas.messages import MessageState
from schemas.runs import RunState
from schemas.vouchers import Origin, State, VoucherFilter
from tests import fake_bank
from tests.batches.small import BOOK, RUN, furnish
from tests.fake_bank import FakeBank
from tests.faults import killing
from web.database import writing_engine

if TYPE_CHECKING:
    from tests.conftest import Databases

TOTAL, SHARE = 2599291, 568237
VILLAGE = "450000101200"
"""The book of the collective that is a member."""


@pytest.fixture(scope="module")
def bank() -> Iterator[FakeBank]:
    with fake_bank.running() as bank:
        yield bank


@pytest.fixture(scope="module")
def furnished(databases: "Databases", db_kind: str) -> Iterator[str]:
    url = databases.fresh(db_kind)
    engine = writing_engine(url)
    with engine.begin() as db:
        furnish(db)
    engine.dispose()
    yield url
    databases.drop(url)


def test_killed_at_every_step_everybody_is_paid_exactly_once(
    furnished: str, bank: FakeBank, databases: "Databases", db_kind: str, tmp_path: Path
) -> None:
    key_file = tmp_path / "identity.key"
    key_file.write_text(line_of(vault_key(bytes(range(32)))), "ascii")

    def paid_though_killed_at(last: int) -> int:
        url = databases.copy(furnished, db_kind)
        bank.shall(anew=True, fail={killing.FAILS: "name"}, silent=[killing.SILENT])
        if last:
            assert killing.pay(url, address=bank.address, key_file=key_file, last=last) is None
        steps = killing.pay(url, address=bank.address, key_file=key_file)
        assert steps is not None
        engine = writing_engine(url)
        _agrees(engine, bank)
        engine.dispose()
        databases.drop(url)
        return steps

    steps = paid_though_killed_at(0)
    assert steps >= 20, "every commit and every word with the bank is a step"
    # On the server every step is a transaction as here; a few of all kinds show that it comes back as well.
    for last in range(1, steps + 1, 1 if db_kind == "sqlite" else 7):
        paid_though_killed_at(last)


def _agrees(engine: Engine, bank: FakeBank) -> None:
    """Everybody is paid once by the bank, and books and batches say so."""
    ledger = bank.ledger()
    assert max(Counter(one["reference"] for one in ledger["paid"]).values()) == 1
    assert ledger["orders"] == [f"{BOOK}.B2026-0001", f"{BOOK}.B2026-0003"]
    with engine.connect() as db:
        run, book = runs.run(db, RUN), books.book(db, id=BOOK)
        assert run is not None
        assert book is not None
        assert (run.state, run.total) == (RunState.SETTLED, TOTAL)
        dues = queries.dues(db, run)
        assert {due.state for due in dues.values()} == {DueState.PAID}
        assert {one.state for one in queries.batches(db, book=BOOK)} == {BatchState.SETTLED}
        assert {one.state for one in messages.messages(db, book=BOOK)} == {MessageState.ANSWERED}
        by_file = sum(dues[payee].net for payee in killing.BY_FILE)
        over_the_line = [fen_from_yuan(one["amount"]) for one in ledger["paid"]]
        assert (len(over_the_line), sum(over_the_line)) == (len(dues) - 2, TOTAL - by_file)
        assert balances.balance_of(db, book=BOOK, account="222", detail=None, until=202612) == 0
        (landing,) = outbox.landings(db, book=VILLAGE)
        (draft,) = vouchers.page(
            db, book=VILLAGE, wanted=VoucherFilter(states=(State.DRAFT, State.SKETCH)), after=None, limit=9
        )
        assert (draft.id, draft.origin, draft.lines[0].debit) == (landing.voucher, Origin.LANDING, SHARE)
        village = books.book(db, id=VILLAGE)
        assert village is not None
        for one in (book, village):
            assert not proofs.prove(db, book=one).problems
