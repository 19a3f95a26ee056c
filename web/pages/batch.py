"""One batch 发放批次: its lines and what became of them, the bank's file and its answer, the sheet signed for cash, and
what came back with what mends it."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from urllib.parse import quote

from litestar import Response

from ledger.evidence import actions as evidence
from ledger.evidence import queries as evidence_queries
from ledger.evidence.rules import BIGGEST_FILE
from ledger.log import queries as log
from payouts.batches import actions, formats, queries
from payouts.batches.queries import Returned, Standing
from payouts.batches.rules import LONGEST_WORD, Matched
from schemas.access import Deed
from schemas.batches import Batch, BatchLine, BatchState, LineOutcome, Outcome, Reason, Told
from schemas.evidence import Attachment, EvidenceFile, NewAttachment
from schemas.problems import Fault, Problem, Refusal
from schemas.units import VoucherId
from web import wire
from web.auth.keys import Keys
from web.batch_files import bank_file, rows_of
from web.database import Connection
from web.exports.cash_sheet import cash_sheet_pdf
from web.i18n.words import N_
from web.pages.batches import batch_there, payments_of, run_of
from web.pages.naming import names_of, numbers_of
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, day_from, does, number_from, shows
from web.pages.voucher import kept_files

file_must_be_chosen = Fault(
    code="file_must_be_chosen",
    says="No file is chosen.",
    remedy="Choose the file the bank gave back.",
)
something_must_be_said = Fault(
    code="something_must_be_said",
    says="Nothing is said of any line.",
    remedy="Say of at least one line what became of it.",
)
scan_must_have_a_voucher = Fault(
    code="scan_must_have_a_voucher",
    says="Nothing was posted that the scan could hang on.",
    remedy="Leave the scan out, or enter who was paid with it.",
)
LINES_A_PAGE = 200
SAYABLE = frozenset({Outcome.PAID.value, *(reason.value for reason in Reason)})
FILE_BYTES = 8 * 1024 * 1024
SILENT = "silent"
SHOWN = (SILENT, Outcome.FAILED.value, Outcome.PAID.value)
"""Which lines a list may be narrowed to: those nothing is known of, come back, paid."""


class Line(NamedTuple):
    """A line with the last word on it, and whether a later batch carries the payee."""

    line: BatchLine
    word: LineOutcome | None
    again: bool


@shows("/books/{book}/batches/{number}", asks=("show", "after"))
def show_batch(visit: Visit) -> Shown:
    """The batch."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    batch = _there(visit)
    run = run_of(visit, batch.run)
    wanted, after = visit.query.get("show", ""), visit.query.get("after", "0")
    if wanted and wanted not in SHOWN:
        raise wire.Unreadable(wire.must_be_one_of.at("/show", given=wanted[:40], known=", ".join(SHOWN)))
    if number_from(after) is None:
        raise wire.Unreadable(wire.must_be_whole_number.at("/after"))
    words = queries.outcomes(visit.db, book=visit.id, number=batch.number)
    again = queries.sent_again(visit.db, batch)
    found = [
        Line(line, words.get(line.no), line.no in again)
        for line in queries.lines(visit.db, batch)
        if line.no > int(after[:9]) and wanted in ("", _what(words.get(line.no)))
    ]
    shown = found[:LINES_A_PAGE]
    returned = _returned(visit, batch)
    here = f"{visit.home}/batches/{batch.number}"
    ids = queries.vouchers(visit.db, book=visit.id, number=batch.number)
    subject = f"batch:{batch.number}"
    done = [one for one in log.entries(visit.db, book=visit.id, text=subject) if one.subject == subject]
    papers = _papers(visit, ids)
    return visit.page(
        "batch.html",
        problems=problems,
        status=status,
        batch=batch,
        run=run,
        standing=_standing(visit, batch),
        over_the_line=formats.goes_over_the_line(batch.format),
        format_title=formats.format_named(batch.format).title if batch.format else "",
        lines=shown,
        wanted=wanted,
        returned=returned,
        payments=payments_of(visit, run) if returned else None,
        open=batch.state in {BatchState.SENT, BatchState.SETTLED},
        reasons=list(Reason),
        vouchers=ids,
        numbers=numbers_of(visit, ids),
        papers=papers,
        done=done,
        names=names_of(
            visit,
            of_people=[
                batch.made_by,
                batch.sent_by,
                *(one.by for one in done),
                *(one.added_by for one in papers),
            ],
        ),
        others_work=visit.by in {batch.made_by, run.approved_by},
        first_page=address(here, show=wanted) if int(after[:9]) else "",
        next_page=address(here, show=wanted, after=shown[-1].line.no) if len(found) > LINES_A_PAGE else "",
        given=visit.field,
    )


def _papers(visit: Visit, ids: Sequence[VoucherId]) -> list[Attachment]:
    """What hangs on the vouchers of the payment, each file once, for who may see scans."""
    if not visit.may(Deed.SEE_EVIDENCE):
        return []
    there = evidence_queries.attached_among(visit.db, book=visit.id, vouchers=ids)
    return list({one.file.sha256: one for one in sorted(there.values(), key=lambda one: one.at)}.values())


def _there(visit: Visit) -> Batch:
    return batch_there(visit, visit.number_at("number"))


def _what(word: LineOutcome | None) -> str:
    return SILENT if word is None else word.outcome.value


def _standing(visit: Visit, batch: Batch) -> Standing:
    (standing,) = queries.standings(visit.db, [batch])
    return standing


def _returned(visit: Visit, batch: Batch) -> list[Returned]:
    return [one for one in queries.returned(visit.db, books=[visit.id]) if one.batch == batch.number]


def _version(visit: Visit) -> int:
    """The version the form was made from."""
    version = number_from(visit.field("version"))
    if version is None:
        raise wire.Unreadable(wire.must_be_whole_number.at("/version"))
    return version


@does("/books/{book}/batches/{number}/send", deed=Deed.SEND_BATCH, again=_show)
async def send_batch(visit: Visit) -> Shown:
    """Send it out, as another person than who made it."""
    number, version = visit.number_at("number"), _version(visit)
    await visit.write(
        lambda db: actions.send(db, visit.id, number, by=visit.by, on=visit.on, at=visit.at, version=version)
    )
    return see_other(f"{visit.home}/batches/{number}", notice=N_("Sent; its lines are on their way."))


@does("/books/{book}/batches/{number}/void", deed=Deed.MAKE_BATCH, again=_show)
async def void_batch(visit: Visit) -> Shown:
    """Give it up before it is sent."""
    number, version = visit.number_at("number"), _version(visit)
    await visit.write(
        lambda db: actions.void(
            db,
            visit.id,
            number,
            by=visit.by,
            at=visit.at,
            reason=visit.field("reason")[:200],
            version=version,
        )
    )
    return see_other(
        f"{visit.home}/batches/{number}", notice=N_("Voided; its lines may go into another batch.")
    )


@does("/books/{book}/batches/{number}/file", deed=Deed.TAKE_BATCH_FILE, again=_show)
async def take_bank_file(visit: Visit) -> Shown:
    """The file for the bank, accounts in full; that somebody took it is logged, and nobody keeps it on the way."""
    number = visit.number_at("number")
    keys: Keys = visit.request.app.state.key_file
    made = await visit.write(
        lambda db: bank_file(
            db,
            book=visit.at_book,
            number=number,
            vault=keys.ready(db, at=visit.at),
            by=visit.by,
            at=visit.at,
        )
    )
    return Response(
        made.content,
        media_type=made.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(made.name)}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


@does("/books/{book}/batches/{number}/return-file", deed=Deed.TAKE_ANSWERS, takes=FILE_BYTES, again=_show)
async def take_return_file(visit: Visit) -> Shown:
    """Take the bank's return file: all of it, or nothing with everything that does not fit."""
    number = visit.number_at("number")
    uploads = visit.uploads("file")
    if not uploads:
        raise Refusal(file_must_be_chosen.at("/file"))
    content = await uploads[0].read()
    rows = await visit.on_thread(lambda: rows_of(content))
    made = await visit.write(
        lambda db: actions.take_file(db, visit.id, number, rows, by=visit.by, on=visit.on, at=visit.at)
    )
    return _taken(visit, number, made)


def _taken(visit: Visit, number: int, made: Matched) -> Shown:
    paid = sum(1 for one in made.outcomes if one.outcome is Outcome.PAID)
    return see_other(
        f"{visit.home}/batches/{number}",
        notice=N_("Taken: {paid} paid, {returned} come back, {repeated} known already."),
        paid=paid,
        returned=len(made.outcomes) - paid,
        repeated=made.repeated,
    )


@does("/books/{book}/batches/{number}/answers", deed=Deed.TAKE_ANSWERS, takes=5 * BIGGEST_FILE, again=_show)
async def take_answers(visit: Visit) -> Shown:
    """Enter by hand what became of lines: the bank's word without a file, or who signed for cash, with the scan of the
    sheet."""
    number = visit.number_at("number")
    told = _told(visit)
    scans = await kept_files(visit, "scans")
    made = await visit.write(lambda db: _take_told(db, visit, number, told, scans))
    return _taken(visit, number, made)


def _told(visit: Visit) -> list[Told]:
    """The words of the form: of each line nothing, that it is paid, or why it came back."""
    silent = {no: visit.field(f"word-{no}") or visit.field("rest") for no in visit.fields("line")}
    known = {no: visit.field(f"word-{no}") for no in visit.fields("known")}
    said = {no: word for no, word in (silent | known).items() if word}
    for no, word in said.items():
        if number_from(no) is None or word not in SAYABLE:
            raise wire.Unreadable(
                wire.must_be_one_of.at(f"/word-{no[:9]}", given=word[:40], known=", ".join(sorted(SAYABLE)))
            )
    if not said:
        raise Refusal(something_must_be_said.at("/lines"))
    return [
        Told(
            line=int(no),
            outcome=Outcome.PAID if word == Outcome.PAID.value else Outcome.FAILED,
            on=_day_of(visit, no),
            reason=None if word == Outcome.PAID.value else Reason(word),
            said=visit.field(f"said-{no}").strip()[:LONGEST_WORD],
        )
        for no, word in said.items()
    ]


def _day_of(visit: Visit, no: str) -> date:
    """The day of a line, or that of all."""
    own = visit.field(f"on-{no}")
    return day_from(own, pointer=f"/on-{no}") if own else day_from(visit.field("on"), pointer="/on")


def _take_told(
    db: Connection, visit: Visit, number: int, told: Sequence[Told], scans: Sequence[EvidenceFile]
) -> Matched:
    """Take them; the scans hang on the vouchers they posted."""
    before = set(queries.vouchers(db, book=visit.id, number=number))
    made = actions.take_told(db, visit.id, number, told, by=visit.by, on=visit.on, at=visit.at)
    posted = [id for id in queries.vouchers(db, book=visit.id, number=number) if id not in before]
    _hang(db, visit, posted, scans)
    return made


@does("/books/{book}/batches/{number}/papers", deed=Deed.ATTACH_EVIDENCE, takes=5 * BIGGEST_FILE, again=_show)
async def attach_papers(visit: Visit) -> Shown:
    """Hang the signed sheet or the bank's receipt on the vouchers of the payment that do not have it yet."""
    number = visit.number_at("number")
    files = await kept_files(visit)
    if not files:
        raise Refusal(file_must_be_chosen.at("/files"))
    await visit.write(lambda db: _hang(db, visit, queries.vouchers(db, book=visit.id, number=number), files))
    return see_other(
        f"{visit.home}/batches/{number}", notice=N_("Files attached: {count}."), count=len(files)
    )


def _hang(db: Connection, visit: Visit, vouchers: Sequence[VoucherId], files: Sequence[EvidenceFile]) -> None:
    if files and not vouchers:
        raise Refusal(scan_must_have_a_voucher.at("/files"))
    evidence.attach_many(
        db,
        [NewAttachment(voucher=id, file=file) for id in vouchers for file in files],
        book=visit.id,
        by=visit.by,
        at=visit.at,
        atomic=True,
    )


@shows("/books/{book}/batches/{number}/sheet.pdf", deed=Deed.TAKE_ANSWERS)
def cash_sheet(visit: Visit) -> Shown:
    """The sheet 现金发放签字表 that everybody signs who gets cash."""
    batch = _there(visit)
    content = cash_sheet_pdf(visit.db, batch, book=visit.at_book, locale=visit.locale)
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(batch.name)}.pdf",
            "Cache-Control": "private, no-store",
        },
    )


handlers = [
    show_batch,
    send_batch,
    void_batch,
    take_bank_file,
    take_return_file,
    take_answers,
    attach_papers,
    cash_sheet,
]
