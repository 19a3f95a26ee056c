"""What the register adds to the proof of a book, and what the house must keep apart.

A cooperative's collective member holds 200 000.00; its own book must show 200 000.00 on 141 长期投资 for this
cooperative, or the proof shows both figures as a warning: the two books are kept by two accountants, and neither is
wrong before somebody has looked (RULES §3).
"""

from collections.abc import Callable, Iterable

from schemas.access import Held
from schemas.periods import Check
from schemas.problems import Fault, Problem, Severity
from schemas.proof import BookProof
from schemas.shares import CollectiveHolding
from schemas.units import BookId, Fen, PersonId

investment_should_equal_holding = Fault(
    code="investment_should_equal_holding",
    says="Book {book}: member {member} holds {holding}; the book of {village} shows {invested} on long-term investment for it.",
    remedy="Compare the two books with the papers of the contribution.",
    severity=Severity.WARNING,
)
body_must_be_readable = Fault(
    code="body_must_be_readable",
    says="Table {table}, {key}: what is kept there cannot be read: {reason}.",
    remedy="Somebody changed the row behind the service's back; restore it from a backup.",
)
roles_must_be_kept_apart = Fault(
    code="roles_must_be_kept_apart",
    says="Person {person} is {role} of {scope} and {other} of {other_scope}, which must be kept apart.",
    remedy="Take one of the two roles back.",
)


def faults_of_holdings(
    holdings: Iterable[CollectiveHolding], *, book: BookId, yuan: Callable[[Fen], str]
) -> tuple[Problem, ...]:
    """Each collective whose own book shows another figure for this cooperative; one whose book is not kept here is
    passed over."""
    return tuple(
        investment_should_equal_holding.at(
            f"/members/{one.member}",
            book=book,
            member=one.member,
            village=one.village,
            holding=yuan(one.holding),
            invested=yuan(one.invested),
        )
        for one in holdings
        if one.invested is not None and one.invested != one.holding
    )


def faults_of_roles(at_odds: Iterable[tuple[PersonId, Held, Held]]) -> tuple[Problem, ...]:
    """Each pair of roles one person has that no person may have."""
    return tuple(
        roles_must_be_kept_apart.at(
            f"/people/{person}",
            person=person,
            role=one.role,
            scope=one.scope,
            other=other.role,
            other_scope=other.scope,
        )
        for person, one, other in at_odds
    )


def check_of_proof(proof: BookProof) -> Check:
    """The book is proved, by its own rules and by beancount, before its year is settled."""
    return Check(name="proof", says="The book is proved, and beancount agrees.", problems=proof.problems)
