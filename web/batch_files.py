"""The file a bank is given of a batch, and the file it gives back: bytes on one side, rows on the other."""

from datetime import datetime
from typing import NamedTuple

from coop.vault.rules import Vault
from ledger.books import queries as books
from payouts.batches import actions, formats, queries, rules
from payouts.batches.formats import FileFormat, Purpose, file_must_be_a_workbook
from payouts.runs import queries as runs
from payouts.runs.rules import name_of
from schemas.books import Book
from schemas.problems import Refusal
from schemas.units import PersonId
from web.database import Connection
from web.exports.spreadsheets import exact
from web.imports.first_sheet import Rows, first_sheet
from web.imports.workbooks import WorkbookRefused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ZIP = b"PK\x03\x04"


class BankFile(NamedTuple):
    """A file for the bank: its bytes, what they are, the name it is saved under."""

    content: bytes
    media_type: str
    name: str


def bank_file(
    db: Connection, *, book: Book, number: int, vault: Vault, by: PersonId, at: datetime
) -> BankFile:
    """The file of a batch, with every account in full; that somebody took it is logged. Refused as
    ``batches.actions.in_full`` refuses, and where a line cannot be written in the format."""
    found = queries.batch(db, book=book.id, number=number)
    form = formats.format_named(found.format) if found is not None and found.format else None
    lines, identities = actions.in_full(
        db,
        book.id,
        number,
        vault=vault,
        with_identities=form is not None and formats.needs_identity(form),
        by=by,
        at=at,
    )
    assert found is not None, "a batch that is not there was refused"
    assert form is not None, "cash has no file"
    name = name_of(found.run)
    run = None if name is None else runs.run(db, name)
    assert run is not None, "a batch is of a run that is there"
    account = books.accounts_among(db, book=book, codes=[found.account])[found.account]
    purpose = Purpose(
        batch=found.name,
        day=found.sent_on or found.made_on,
        payer=f"{book.name} {account.name}",
        text=rules.summary_of(run),
    )
    rows = formats.written(form, lines, purpose, identities)
    if form.kind == "xlsx":
        return BankFile(exact(rows, name=found.name, figures=_figures(form)), XLSX, f"{found.name}.xlsx")
    return BankFile(formats.as_text(form, rows), "application/octet-stream", f"{found.name}.txt")


def _figures(form: FileFormat) -> frozenset[int]:
    """The columns that hold an amount."""
    return frozenset(place for place, (_, field) in enumerate(form.columns) if field == "amount")


def rows_of(content: bytes) -> bytes | Rows:
    """What a bank gave back: the rows of a workbook's first sheet, or the bytes of anything else. Refused: a workbook
    that cannot be read."""
    if not content.startswith(_ZIP):
        return content
    try:
        return first_sheet(content)
    except WorkbookRefused as refused:
        raise Refusal(file_must_be_a_workbook.at("/file")) from refused
