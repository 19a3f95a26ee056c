"""Batches over HTTP: what a run still owes, batches made by one person and sent by another, the bank's file and its
answer."""

from typing import Annotated, NamedTuple

from msgspec import Meta

from payouts.batches import actions, queries
from payouts.runs import queries as runs
from payouts.runs.rules import name_of, run_must_exist
from schemas.access import Deed
from schemas.batches import Batch, Channel, DueState, Told
from schemas.problems import Refusal, RefusalKind
from schemas.runs import Run, RunId
from schemas.units import Value
from schemas.vouchers import Code
from web.api.pages import Cursor, Limit, Why, cursor_of, place_at
from web.api.route import Call, File, Nothing, Routes, Upload
from web.batch_answers import (
    BatchAnswer,
    BatchItem,
    DueItem,
    DueTotal,
    TakenAnswer,
    batch_answer,
    batch_item,
    due_items,
    due_totals,
    taken_answer,
)
from web.batch_files import XLSX, bank_file, rows_of
from web.database import Connection
from web.imports.first_sheet import Rows

routes = Routes("Batches 发放批次")
_BATCHES = "/books/{book}/batches"
_BATCH = f"{_BATCHES}/{{batch}}"
MemberNo = Annotated[str, Meta(min_length=1, max_length=40)]
MOST_BYTES = 8 * 1024 * 1024


class DuesQuery(Value):
    """Which dues a list shows: everybody's, or those whose money is in one state."""

    state: DueState | None = None
    after: Cursor = ""
    limit: Limit = 200


class DuePage(Value):
    """A page of dues by payee, and what all dues of the run come to by state; ``next`` is null on the last."""

    items: tuple[DueItem, ...]
    totals: tuple[DueTotal, ...]
    next: str | None


class BatchesQuery(Value):
    """Which batches a list shows: all of the book, or those of a run."""

    run: RunId | None = None
    after: Cursor = ""
    limit: Limit = 50


class BatchPage(Value):
    """A page of batches, the newest first; ``next`` is null on the last."""

    items: tuple[BatchItem, ...]
    next: str | None


class NewBatch(Value):
    """What is to be paid: whose run, through the bank or in cash, the bank's file format (none for cash), the account of
    the book it is paid from, and to whom; everybody who may be paid now when ``payees`` is left out."""

    run: RunId
    channel: Channel
    account: Code
    format: Annotated[str, Meta(max_length=40)] = ""
    payees: Annotated[tuple[MemberNo, ...], Meta(min_length=1, max_length=5000)] | None = None


class ToldOf(Value):
    """What somebody was told of lines: by the bank's telephone, or by the sheet signed for cash."""

    items: Annotated[tuple[Told, ...], Meta(min_length=1, max_length=5000)]


class ReturnFile(NamedTuple):
    """A bank's return file as it came: its bytes where it is text, the rows of a workbook."""

    content: bytes | Rows


# Reading


@routes.reads("/books/{book}/runs/{run}/dues", deed=Deed.SEE_BOOK, query=DuesQuery, answers=DuePage)
def list_dues(db: Connection, call: Call[DuesQuery, Nothing]) -> DuePage:
    """Who is owed what of a run 应付 and where the money is: to be paid, held by an appeal, on its way, paid, or come
    back with the bank's reason. A run that is not posted owes nobody."""
    run, query = _run(db, call, call.path["run"]), call.query
    dues = tuple(queries.dues(db, run).values()) if run.is_booked else ()
    after = place_at(query.after, str) if query.after else ""
    found = [due for due in dues if due.payee > after and query.state in {None, due.state}]
    items = found[: query.limit]
    return DuePage(
        items=due_items(db, run, items),
        totals=due_totals(dues),
        next=cursor_of(items[-1].payee) if len(found) > query.limit else None,
    )


@routes.reads(_BATCHES, deed=Deed.SEE_BOOK, query=BatchesQuery, answers=BatchPage)
def list_batches(db: Connection, call: Call[BatchesQuery, Nothing]) -> BatchPage:
    """The batches 发放批次 of a book or of a run, the newest first."""
    query = call.query
    name = None if query.run is None else name_of(query.run)
    found = (
        queries.batches(db, book=call.book, run=name)
        if query.run is None or (name is not None and name.book == call.book)
        else ()
    )
    if query.after:
        before = place_at(query.after, int)
        found = tuple(batch for batch in found if batch.number < before)
    items = found[: query.limit]
    return BatchPage(
        items=tuple(map(batch_item, items)),
        next=cursor_of(items[-1].number) if len(found) > query.limit else None,
    )


@routes.reads(_BATCH, deed=Deed.SEE_BOOK, answers=BatchAnswer, versioned="version")
def read_batch(db: Connection, call: Call[Nothing, Nothing]) -> BatchAnswer:
    """A batch with its lines, accounts masked, and the bank's last word on each. Its ETag is its version; sending and
    voiding take it as If-Match."""
    return batch_answer(db, _there(db, call))


# Making, sending, voiding


@routes.acts(_BATCHES, deed=Deed.MAKE_BATCH, content=NewBatch, answers=BatchAnswer, status=201)
def make_batch(db: Connection, call: Call[Nothing, NewBatch]) -> BatchAnswer:
    """Make a batch 编制批次 of a posted run. Refused: a line an appeal holds, one that is paid or on its way, a payee
    without an account, a total that is not the run's."""
    body = call.body
    run = _run(db, call, body.run)
    name = name_of(run.id)
    assert name is not None, "a run is kept under its name"
    batch = actions.make(
        db,
        name,
        channel=body.channel,
        form=body.format,
        account=body.account,
        payees=body.payees,
        by=call.by,
        on=call.on,
        at=call.at,
    )
    return batch_answer(db, batch)


@routes.acts(f"{_BATCH}/send", deed=Deed.SEND_BATCH, answers=BatchItem, matched=True)
def send_batch(db: Connection, call: Call[Nothing, Nothing]) -> BatchItem:
    """Send a batch out 送出, as another person than who made it: from now on its lines are on their way."""
    return batch_item(
        actions.send(
            db, call.book, call.path["batch"], by=call.by, on=call.on, at=call.at, version=call.version
        )
    )


@routes.acts(f"{_BATCH}/void", deed=Deed.MAKE_BATCH, content=Why, answers=BatchItem, matched=True)
def void_batch(db: Connection, call: Call[Nothing, Why]) -> BatchItem:
    """Void a batch 作废 that was not sent, with the reason; its lines may go into another."""
    return batch_item(
        actions.void(
            db,
            call.book,
            call.path["batch"],
            by=call.by,
            at=call.at,
            reason=call.body.reason,
            version=call.version,
        )
    )


# To the bank and back


@routes.acts(
    f"{_BATCH}/file",
    method="GET",
    deed=Deed.TAKE_BATCH_FILE,
    answers=File,
    keyed=False,
    value_moves=False,
)
def read_batch_file(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The file for the bank 代发文件, in the batch's format, with every account in full. It is never kept by anybody on
    the way, and each time it is taken is logged. Refused of cash, before the batch is sent, and when an account was changed
    since."""
    made = bank_file(
        db,
        book=call.at_book,
        number=call.path["batch"],
        vault=call.house.keys.ready(db, at=call.at),
        by=call.by,
        at=call.at,
    )
    return File(content=made.content, media_type=made.media_type, name=made.name, digest="")


def _opened(call: Call[Nothing, Upload]) -> ReturnFile:
    return ReturnFile(rows_of(call.body.content))


@routes.acts(
    f"{_BATCH}/return-file",
    deed=Deed.TAKE_ANSWERS,
    content=Upload,
    answers=TakenAnswer,
    takes=("text/plain", "text/csv", XLSX, "application/octet-stream"),
    most=MOST_BYTES,
    receives=_opened,
)
def take_return_file(db: Connection, call: Call[Nothing, ReturnFile]) -> TakenAnswer:
    """Take the bank's return file 回盘文件: what it says was paid is posted, what came back is owed as before. The same
    file again changes nothing; of a file with a row that does not fit nothing is taken."""
    batch = _there(db, call)
    made = actions.take_file(
        db, call.book, batch.number, call.body.content, by=call.by, on=call.on, at=call.at
    )
    return taken_answer(db, batch, made)


@routes.acts(f"{_BATCH}/answers", deed=Deed.TAKE_ANSWERS, content=ToldOf, answers=TakenAnswer)
def take_answers(db: Connection, call: Call[Nothing, ToldOf]) -> TakenAnswer:
    """Enter what became of lines without a file: from the sheet signed for cash, or as the bank says by telephone."""
    batch = _there(db, call)
    made = actions.take_told(db, call.book, batch.number, call.body.items, by=call.by, on=call.on, at=call.at)
    return taken_answer(db, batch, made)


def _run(db: Connection, call: Call[object, object], text: str) -> Run:
    name = name_of(text)
    run = None if name is None or name.book != call.book else runs.run(db, name)
    if run is None:
        raise Refusal(run_must_exist.at("/run", run=text), kind=RefusalKind.MISSING)
    return run


def _there(db: Connection, call: Call[object, object]) -> Batch:
    number: int = call.path["batch"]
    found = queries.batch(db, book=call.book, number=number)
    if found is None:
        raise Refusal(actions.batch_must_exist.at("/batch", number=number), kind=RefusalKind.MISSING)
    return found
