"""What a year's ballots come to, under the policy that holds for them."""

from sqlalchemy import Connection

from ledger.money import yuan
from payouts.policies import queries as policies
from payouts.policies.rules import default_policy
from payouts.runs import queries as runs
from payouts.scores import rules
from schemas.books import Book
from schemas.policies import CharterPolicy, PolicyKind
from schemas.runs import CommissionInputs, RunKind
from schemas.scores import ScoreSheet
from schemas.units import Hundredths, Value


class Measure(Value):
    """The policy ballots are held against, its version (0: the default), and whether it is in force."""

    policy: CharterPolicy
    version: int
    approved: bool

    @property
    def maxima(self) -> tuple[Hundredths, ...]:
        """The six dimensions' highest points."""
        return self.policy.maxima


def measure(db: Connection, *, book: Book, year: int) -> Measure:
    """The policy in force; the last one recorded where none is approved yet, and the defaults of RULES §6 where none
    is recorded: ballots are cast before the meeting resolves."""
    in_force = policies.version_of_policy(db, book=book.id, year=year)
    version = in_force or policies.last_version(db, book=book.id, kind=PolicyKind.CHARTER, year=year)
    found = policies.policy(db, book=book.id, year=year, version=version) if version else None
    return Measure(
        policy=found or default_policy(year),
        version=version,
        approved=in_force != 0,
    )


def sheet(db: Connection, *, book: Book, year: int) -> ScoreSheet:
    """The scores of a year and the commissions that follow, worked out from the ballots as they are."""
    by = measure(db, book=book, year=year)
    inputs = runs.inputs_under(db, book=book, kind=RunKind.COMMISSION, policy=by.policy, version=by.version)
    assert isinstance(inputs, CommissionInputs), "a commission follows from commission inputs"
    return rules.sheet(inputs, approved=by.approved, points=yuan)
