"""The sheet 现金发放签字表 of a batch paid in cash: every payee with the amount and room to sign, on A4."""

from ledger.money import capitals, yuan_grouped
from payouts.batches import queries
from payouts.batches.rules import summary_of
from payouts.runs import queries as runs
from payouts.runs.rules import name_of
from schemas.batches import Batch, Channel
from schemas.books import Book
from schemas.problems import Fault, Refusal, RefusalKind
from web.database import Connection
from web.exports.typesetting import pdf
from web.i18n import say

sheet_must_be_of_cash = Fault(
    code="sheet_must_be_of_cash",
    says="Batch {number} goes through the bank; nobody signs for it.",
    remedy="Take the bank's file.",
)


def cash_sheet_pdf(db: Connection, batch: Batch, *, book: Book, locale: str) -> bytes:
    """The sheet of a batch, twelve millimetres a line. Refused of a batch that goes through the bank."""
    if batch.channel is not Channel.CASH:
        raise Refusal(sheet_must_be_of_cash.at("/channel", number=batch.number), kind=RefusalKind.STATE)
    name = name_of(batch.run)
    run = None if name is None else runs.run(db, name)
    assert run is not None, "a batch is of a run that is there"
    return pdf(
        "cash_sheet",
        {
            "title": say(locale, "Cash paid out, signed for"),
            "under": [book.name, summary_of(run), f"{batch.name} · {batch.made_on.isoformat()}"],
            "columns": [
                say(locale, "No."),
                say(locale, "Member no."),
                say(locale, "Payee"),
                say(locale, "Amount, yuan"),
                say(locale, "Signature"),
                say(locale, "Signed on"),
            ],
            "rows": [
                [str(line.no), line.payee, line.to.name, yuan_grouped(line.amount)]
                for line in queries.lines(db, batch)
            ],
            "total": [say(locale, "Total"), capitals(batch.total), yuan_grouped(batch.total)],
            "signatures": [
                say(locale, "Cashier:"),
                say(locale, "Accountant:"),
                say(locale, "Witness:"),
                say(locale, "Day:"),
            ],
            "foot": f"{book.name} {batch.name}",
        },
    )
