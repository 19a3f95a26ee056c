"""Proving the side books of a book: bank, cash, assets and spot checks against the log."""

from sqlalchemy import Connection

from ledger.assets import queries as assets
from ledger.bank import queries as bank
from ledger.cash import queries as cash
from ledger.log import queries as log
from ledger.outbox import queries as outbox
from ledger.side_books.rules import faults_of_facts
from ledger.spot_checks import queries as spot_checks
from schemas.problems import Problem
from schemas.units import BookId

_ROOMS = (
    ("bank.", bank.ACTS, bank.facts),
    ("cash.", cash.ACTS, cash.facts),
    ("asset.", assets.ACTS, assets.facts),
    ("outbox.", outbox.ACTS, outbox.facts),
    ("spot_check.", spot_checks.ACTS, spot_checks.facts),
)


def not_as_sealed(db: Connection, *, book: BookId) -> tuple[Problem, ...]:
    """Everything the side books of a book hold, or no longer hold, that is not what the log sealed."""
    return tuple(
        problem
        for prefix, acts, facts in _ROOMS
        for problem in faults_of_facts(
            facts(db, book=book), log.entries(db, book=book, act=prefix), acts=acts, book=book
        )
    )
