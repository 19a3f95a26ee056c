"""Proving books over HTTP: every balance, sum, number, seal and scan, and the whole book loaded by beancount."""

from coop.proof.queries import prove_house
from payouts.proof import queries as proofs
from schemas.access import Deed
from schemas.proof import BookProof
from schemas.units import BookId, Value
from web.api.route import Call, Nothing, Routes
from web.database import Connection
from web.errors import ProblemEntry, entries_of
from web.proof import loaded_by_beancount

routes = Routes("Proof 校验")


class ProofAnswer(Value):
    """What was looked at and what was found. Warnings, like a known number gap, break nothing."""

    book: BookId
    holds: bool
    vouchers: int
    postings: int
    entries: int
    errors: tuple[ProblemEntry, ...]


@routes.reads("/books/{book}/check", method="POST", deed=Deed.RUN_CHECK, answers=ProofAnswer)
def check_book(db: Connection, call: Call[Nothing, Nothing]) -> ProofAnswer:
    """Prove a book 校验. It takes as long as the book is thick, and changes nothing."""
    found = proofs.prove(
        db, book=call.at_book, load=loaded_by_beancount, read=call.house.evidence.bytes_as_they_are
    )
    return _answer(found, locale=call.locale)


@routes.reads("/check", method="POST", deed=Deed.READ_HOUSE_LOG, answers=ProofAnswer)
def check_house(db: Connection, call: Call[Nothing, Nothing]) -> ProofAnswer:
    """Prove the chain of the house's own acts, and that no duties have come together that are kept apart."""
    return _answer(prove_house(db, read=call.house.evidence.bytes_as_they_are), locale=call.locale)


def _answer(found: BookProof, *, locale: str) -> ProofAnswer:
    return ProofAnswer(
        book=found.book,
        holds=found.holds,
        vouchers=found.vouchers,
        postings=found.postings,
        entries=found.entries,
        errors=entries_of(found.problems, locale=locale),
    )
