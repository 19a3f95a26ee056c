"""检查: a book proves itself while one waits; what was found, and what to do about it."""

from functools import partial

from payouts.proof import queries as proofs
from schemas.access import Deed
from schemas.books import Book
from schemas.problems import Problem, Severity
from schemas.proof import BookProof
from web.database import Engine
from web.evidence_store import EvidenceStore
from web.i18n.words import N_
from web.long_work import LongWork, Tell
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows
from web.people_names import names_of as names_of_people
from web.proof import loaded_by_beancount

MOST_SHOWN = 200


PARTS = (
    N_("Every balance is added up again from the postings."),
    N_("Debits equal credits, voucher by voucher and in all."),
    N_("Numbers run without gaps; known gaps are listed."),
    N_("The chain of acts and the seals of closed months are worked out again."),
    N_("Every scan still has the bytes it was attached with."),
    N_("The register equals the share capital, member by member."),
    N_("Every run is worked out again from what was frozen for it, line by line."),
    N_("Bank, cash and asset records are as they were written down."),
    N_("The whole book is loaded by beancount, another program, and its balances are equal."),
)
"""What a proof looks at, as the page lists it."""


@shows("/books/{book}/check", deed=Deed.RUN_CHECK)
def show_check(visit: Visit) -> Shown:
    """The last proof of the book, how far the one that runs is, and the button."""
    work = _works(visit).of(_name(visit.id))
    result = work.result if work is not None and isinstance(work.result, BookProof) else None
    by = [] if work is None else [work.by]
    errors = _of(result, Severity.ERROR)
    return visit.page(
        "check.html",
        work=work,
        proof=result,
        errors=errors[:MOST_SHOWN],
        more=max(0, len(errors) - MOST_SHOWN),
        warnings=_of(result, Severity.WARNING)[:MOST_SHOWN],
        refused=() if work is None or work.refusal is None else work.refusal.problems,
        parts_looked_at=PARTS,
        names=names_of_people(visit.db, by, locale=visit.locale),
    )


def _of(proof: BookProof | None, severity: Severity) -> list[Problem]:
    return [] if proof is None else [one for one in proof.problems if one.severity is severity]


@does("/books/{book}/check", deed=Deed.RUN_CHECK)
async def run_check(visit: Visit) -> Shown:
    """Begin a proof; where one runs already, it is that one."""
    readers: Engine = visit.request.app.state.readers
    prove = partial(_prove, readers=readers, book=visit.at_book, evidence=visit.evidence)
    _works(visit).begin(_name(visit.id), prove, by=visit.by, at=visit.at)
    return see_other(f"{visit.home}/check")


def _prove(tell: Tell, *, readers: Engine, book: Book, evidence: EvidenceStore) -> BookProof:
    tell(N_("proving the book"), 0, 1)
    with readers.connect() as db:
        return proofs.prove(db, book=book, load=loaded_by_beancount, read=evidence.bytes_as_they_are)


def _works(visit: Visit) -> LongWork:
    works: LongWork = visit.request.app.state.long_work
    return works


def _name(book: str) -> str:
    return f"check:{book}"


handlers = [show_check, run_check]
