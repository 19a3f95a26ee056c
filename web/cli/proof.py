"""``check``: proving the books."""

from collections.abc import Sequence

import click
import msgspec

from coop.places import queries as places
from coop.proof.queries import prove_house
from payouts.proof import queries as proofs
from schemas.places import Place
from schemas.problems import Severity
from schemas.proof import BookProof
from schemas.units import BookId, Value
from web.auth.keys import Keys
from web.backup import key_must_be_there
from web.cli.command import DONE, FINDINGS, as_json, command
from web.cli.house import Finding, House
from web.i18n.words import N_
from web.proof import loaded_by_beancount


class Proved(Value):
    """What was looked at in a book and what was found; warnings (a known number gap) break nothing."""

    book: BookId
    holds: bool
    vouchers: int
    postings: int
    entries: int
    problems: tuple[Finding, ...]


@command(
    says=N_(
        "Prove the books: every balance recomputed from the postings, debits = credits, register = 股金, hash chain and "
        "seals, numbering, the bytes of every scan, every run worked out again from what was frozen, and the whole book loaded by beancount with equal balances.\n\n"
        "Without BOOK every book, and the chain of the house. The exit status is 1 when anything does not hold."
    )
)
@click.argument("books", metavar="[BOOK]...", nargs=-1)
@as_json
def check(house: House, books: list[str], as_json: bool) -> int:
    """Prove books."""
    found = house.books(books)
    proofs_made = []
    for number, book in enumerate(found):
        house.progress(N_("books proved"), number, len(found))
        with house.read() as db:
            proofs_made.append(
                proofs.prove(db, book=book, load=loaded_by_beancount, read=house.evidence.bytes_as_they_are)
            )
        if not as_json:
            _show(house, proofs_made[-1], book.short_name)
    house.progress(N_("books proved"), len(found), len(found))
    if not books:
        for place in _desks(house):
            with house.read() as db:
                proofs_made.append(
                    proofs.prove_township(db, township=place.code, read=house.evidence.bytes_as_they_are)
                )
            if not as_json:
                _show(house, proofs_made[-1], place.name, keeps_books=False)
        with house.read() as db:
            proofs_made.append(
                _with_keys(
                    prove_house(db, read=house.evidence.bytes_as_they_are),
                    Keys(house.settings.key_file).missing(db),
                )
            )
        if not as_json:
            _show(house, proofs_made[-1], house.words(N_("the house's own chain")), keeps_books=False)
    if as_json:
        house.json(tuple(_proved(house, proof) for proof in proofs_made), tuple[Proved, ...])
    return DONE if all(proof.holds for proof in proofs_made) else FINDINGS


def _desks(house: House) -> tuple[Place, ...]:
    with house.read() as db:
        return places.desks(db)


def show_proofs(house: House) -> bool:
    """Prove every book and the house, and show it; whether all holds."""
    return check.act(house, books=[], as_json=False) == DONE


def _with_keys(proof: BookProof, missing: Sequence[str]) -> BookProof:
    """The proof of the house with a warning for every key that is not here: everything else can be proved without."""
    warnings = tuple(key_must_be_there.at("/key", key=key) for key in missing)
    return msgspec.structs.replace(proof, problems=(*proof.problems, *warnings))


def _show(house: House, proof: BookProof, name: str, *, keeps_books: bool = True) -> None:
    for problem in proof.problems:
        house.complain(problem)
    errors = sum(problem.severity is Severity.ERROR for problem in proof.problems)
    if not proof.holds:
        house.tell(N_("✗ {book}: {count} findings"), book=name, count=errors)
    elif not keeps_books:
        house.tell(N_("✓ {book}: {entries} log entries"), book=name, entries=proof.entries)
    else:
        house.tell(
            N_("✓ {book}: {vouchers} vouchers, {postings} lines, {entries} log entries"),
            book=name,
            vouchers=proof.vouchers,
            postings=proof.postings,
            entries=proof.entries,
        )


def _proved(house: House, proof: BookProof) -> Proved:
    return Proved(
        book=proof.book,
        holds=proof.holds,
        vouchers=proof.vouchers,
        postings=proof.postings,
        entries=proof.entries,
        problems=house.findings(proof.problems),
    )
