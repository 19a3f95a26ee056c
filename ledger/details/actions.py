"""Adding details to a book."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from ledger import texts
from ledger.columns import table_of
from ledger.details import queries
from ledger.details.rules import added_text
from ledger.details.tables import DetailRow
from ledger.log import actions as log
from schemas.books import Detail
from schemas.log import Act
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.units import BookId, PersonId

_detail = table_of(DetailRow)

detail_must_be_new = Fault(
    code="detail_must_be_new",
    says="The book already has a detail {detail} ({name}).",
    remedy="Use that one, or choose another name.",
)


def add_many(
    db: Connection, details: Sequence[Detail], *, book: BookId, by: PersonId, at: datetime
) -> tuple[Detail, ...]:
    """Add details to a book; refused as a whole when one is already there, or its code, name or unit
    is none."""
    head = log.lock(db, book=book)
    known = queries.known(db, book=book, codes=(detail.code for detail in details))
    problems: list[Problem] = []
    before: set[str] = set()
    for index, detail in enumerate(details):
        where = f"/{index}"
        problems += texts.faults_of_code(detail.code, f"{where}/code")
        problems += texts.faults_of_line(detail.name, f"{where}/name")
        problems += texts.faults_of_line(detail.unit, f"{where}/unit")
        if detail.code in known or detail.code in before:
            name = known[detail.code].name if detail.code in known else detail.name
            problems.append(detail_must_be_new.at(f"{where}/code", detail=detail.code, name=name))
        before.add(detail.code)
    if problems:
        raise Refusal(*problems, kind=RefusalKind.STATE)
    if details:
        db.execute(
            insert(_detail),
            [
                {
                    "book_id": book,
                    "code": detail.code,
                    "name": detail.name,
                    "kind": detail.kind.value,
                    "unit": detail.unit,
                    "open": detail.open,
                }
                for detail in details
            ],
        )
        acts = [
            Act(
                by=by,
                act="detail.add",
                subject=f"detail:{detail.code}",
                after=added_text(detail),
            )
            for detail in details
        ]
        log.append(db, acts, book=book, head=head, at=at)
    return tuple(details)
