"""Vouchers over HTTP: prepared, reviewed by another, posted for ever; one by one, or many at once."""

import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from coop.register import queries as register
from ledger.vouchers import actions, queries, rules
from schemas.access import Deed
from schemas.problems import Refusal, RefusalKind
from schemas.units import Counted, Period, Value, VoucherId
from schemas.vouchers import (
    NewDraft,
    Origin,
    Outcome,
    State,
    Step,
    Voucher,
    VoucherDraft,
    VoucherFilter,
    VoucherPlace,
    Word,
)
from web.api.pages import Cursor, Limit, Why, cursor_of, place_at
from web.api.route import Call, Nothing, Routes
from web.database import Connection
from web.errors import ProblemEntry, entries_of
from web.writer import Many

MOST = 500
"""Vouchers in one bulk at the most."""

routes = Routes("Vouchers 记账凭证")
_ONE = "/books/{book}/vouchers/{voucher}"
_MANY = "/books/{book}/vouchers"


class VoucherQuery(Value):
    """Which vouchers a list shows."""

    from_: Period | None = msgspec.field(default=None, name="from")
    to: Period | None = None
    state: tuple[State, ...] = ()
    word: Word | None = None
    number: Annotated[int, Meta(ge=1, le=10**9)] | None = None
    account: Annotated[str, Meta(max_length=20)] = ""
    detail: Annotated[str, Meta(max_length=80)] = ""
    text: Annotated[str, Meta(max_length=200)] = ""
    after: Cursor = ""
    limit: Limit = 50


class VoucherPage(Value):
    """A page of vouchers, by date and id; ``next`` is null on the last."""

    items: tuple[Voucher, ...]
    next: str | None


class VoucherRead(Voucher, kw_only=True):
    """A voucher, and the act of the register that posted it: null for one no act posted."""

    register_act: Counted | None


class Reversal(Value):
    """The day the red voucher is dated; today when it is left out."""

    date: datetime.date | None = None


class BulkQuery(Value):
    """Whether one bad item keeps all of them out."""

    atomic: bool = True


class BulkItem(Value):
    """What became of one item, at its place: the voucher, or the problems that kept it out."""

    voucher: Voucher | None
    errors: tuple[ProblemEntry, ...]


class SeenVoucher(Value):
    """A voucher to be moved on, as it was seen: without a version, as it is."""

    voucher: VoucherId
    version: Annotated[int, Meta(ge=1, le=10**9)] | None = None


Drafts = Annotated[tuple[VoucherDraft, ...], Meta(min_length=1, max_length=MOST)]
Steps = Annotated[tuple[SeenVoucher, ...], Meta(min_length=1, max_length=MOST)]
Outcomes = tuple[BulkItem, ...]


@routes.reads(_MANY, deed=Deed.SEE_BOOK, query=VoucherQuery, answers=VoucherPage)
def list_vouchers(db: Connection, call: Call[VoucherQuery, Nothing]) -> VoucherPage:
    """The vouchers of a book, by date."""
    query = call.query
    after = place_at(query.after, VoucherPlace) if query.after else None
    found = queries.page(
        db,
        book=call.book,
        wanted=VoucherFilter(
            from_period=query.from_,
            to_period=query.to,
            states=query.state,
            word=query.word,
            number=query.number,
            account=query.account,
            detail=query.detail,
            text=query.text,
        ),
        after=after,
        limit=query.limit + 1,
    )
    items = found[: query.limit]
    more = cursor_of(items[-1].place) if len(found) > query.limit else None
    return VoucherPage(items=items, next=more)


@routes.reads(_ONE, deed=Deed.SEE_BOOK, answers=VoucherRead, versioned="version")
def read_voucher(db: Connection, call: Call[Nothing, Nothing]) -> VoucherRead:
    """One voucher with its lines, and the act of the register it was posted by. Its ETag is its version."""
    found = queries.voucher(db, book=call.book, id=call.path["voucher"])
    if found is None:
        raise Refusal(
            rules.voucher_must_exist.at("/voucher", voucher=call.path["voucher"]), kind=RefusalKind.MISSING
        )
    act = (
        register.request_of_voucher(db, book=call.book, voucher=found.id)
        if found.origin is Origin.REGISTER
        else None
    )
    said = {name: getattr(found, name) for name in found.__struct_fields__}
    return VoucherRead(**said, register_act=None if act is None else act.request)


@routes.batches(
    _MANY, deed=Deed.DRAFT_VOUCHER, content=VoucherDraft, answers=Voucher, status=201, matched=False
)
def prepare_voucher(call: Call[Nothing, VoucherDraft]) -> Many:
    """Prepare a voucher 制单. It is judged whole and refused with everything that is wrong with it."""
    return _drafting(call, NewDraft(draft=call.body, key=call.key))


@routes.batches(
    _ONE, method="PUT", deed=Deed.DRAFT_VOUCHER, content=VoucherDraft, answers=Voucher, must_match=True
)
def change_voucher(call: Call[Nothing, VoucherDraft]) -> Many:
    """Put another draft in the place of one that is not reviewed yet. Who changes it becomes its preparer."""
    return _drafting(
        call, NewDraft(draft=call.body, id=call.path["voucher"], version=call.version, key=call.key)
    )


@routes.batches(f"{_ONE}/review", deed=Deed.REVIEW_VOUCHER, answers=Voucher)
def review_voucher(call: Call[Nothing, Nothing]) -> Many:
    """Review a draft 审核: judged again, and never by who prepared it."""
    book, by, on, at = call.book, call.by, call.on, call.at
    return Many(
        key=("review", book, by),
        item=_step(call),
        run=lambda db, steps: actions.review_many(db, steps, book=book, by=by, on=on, at=at),
    )


@routes.batches(f"{_ONE}/send-back", deed=Deed.REVIEW_VOUCHER, content=Why, answers=Voucher)
def send_voucher_back(call: Call[Nothing, Why]) -> Many:
    """Send a reviewed voucher back to its preparer 退回."""
    book, by, at, reason = call.book, call.by, call.at, call.body.reason
    return Many(
        key=("send back", book, by, reason),
        item=_step(call),
        run=lambda db, steps: actions.send_back_many(db, steps, book=book, by=by, at=at, reason=reason),
    )


@routes.batches(f"{_ONE}/withdraw", deed=Deed.DRAFT_VOUCHER, content=Why, answers=Voucher)
def withdraw_voucher(call: Call[Nothing, Why]) -> Many:
    """Withdraw a draft that was never posted 作废. It stays, with its evidence, and takes no number."""
    book, by, at, reason = call.book, call.by, call.at, call.body.reason
    return Many(
        key=("withdraw", book, by, reason),
        item=_step(call),
        run=lambda db, steps: actions.withdraw_many(db, steps, book=book, by=by, at=at, reason=reason),
    )


@routes.batches(f"{_ONE}/post", deed=Deed.POST_VOUCHER, answers=Voucher)
def post_voucher(call: Call[Nothing, Nothing]) -> Many:
    """Post a reviewed voucher 记账: for ever, with the next number of its word and year."""
    book, by, on, at = call.book, call.by, call.on, call.at
    return Many(
        key=("post", book, by),
        item=_step(call),
        run=lambda db, steps: actions.post_many(db, steps, book=book, by=by, on=on, at=at),
    )


@routes.acts(f"{_ONE}/reverse", deed=Deed.REVERSE_VOUCHER, content=Reversal, answers=Voucher, status=201)
def reverse_voucher(db: Connection, call: Call[Nothing, Reversal]) -> Voucher:
    """Prepare the red voucher that cancels a posted one 冲销. It is then reviewed and posted like any other."""
    return actions.reverse(
        db,
        book=call.book,
        voucher=call.path["voucher"],
        dated=call.body.date or call.on,
        by=call.by,
        on=call.on,
        at=call.at,
    )


@routes.acts(f"{_ONE}/sign", deed=Deed.SIGN_AS_CASHIER, answers=Voucher)
def sign_voucher(db: Connection, call: Call[Nothing, Nothing]) -> Voucher:
    """Sign a receipt or payment voucher as cashier 出纳签字."""
    id = call.path["voucher"]
    actions.sign_as_cashier(db, [id], book=call.book, by=call.by, at=call.at)
    return queries.vouchers(db, book=call.book, ids=[id])[id]


@routes.acts(
    "/books/{book}/vouchers:bulk",
    deed=Deed.DRAFT_VOUCHER,
    query=BulkQuery,
    content=Drafts,
    answers=Outcomes,
)
def prepare_vouchers(db: Connection, call: Call[BulkQuery, tuple[VoucherDraft, ...]]) -> Outcomes:
    """Prepare up to 500 vouchers, answered in their order; all or nothing unless `atomic=false`."""
    return _each(
        call,
        actions.draft_many(
            db,
            [NewDraft(draft=draft) for draft in call.body],
            book=call.book,
            by=call.by,
            on=call.on,
            at=call.at,
            atomic=call.query.atomic,
        ),
    )


@routes.acts(
    "/books/{book}/vouchers:review",
    deed=Deed.REVIEW_VOUCHER,
    query=BulkQuery,
    content=Steps,
    answers=Outcomes,
)
def review_vouchers(db: Connection, call: Call[BulkQuery, tuple[SeenVoucher, ...]]) -> Outcomes:
    """Review up to 500 drafts, answered in their order; all or nothing unless `atomic=false`."""
    steps = [Step(voucher=seen.voucher, version=seen.version) for seen in call.body]
    return _each(
        call,
        actions.review_many(
            db, steps, book=call.book, by=call.by, on=call.on, at=call.at, atomic=call.query.atomic
        ),
    )


@routes.acts(
    "/books/{book}/vouchers:post",
    deed=Deed.POST_VOUCHER,
    query=BulkQuery,
    content=Steps,
    answers=Outcomes,
)
def post_vouchers(db: Connection, call: Call[BulkQuery, tuple[SeenVoucher, ...]]) -> Outcomes:
    """Post up to 500 reviewed vouchers in their order; all or nothing unless `atomic=false`."""
    steps = [Step(voucher=seen.voucher, version=seen.version) for seen in call.body]
    return _each(
        call,
        actions.post_many(
            db, steps, book=call.book, by=call.by, on=call.on, at=call.at, atomic=call.query.atomic
        ),
    )


def _drafting(call: Call[Nothing, VoucherDraft], item: NewDraft) -> Many:
    book, by, on, at = call.book, call.by, call.on, call.at
    return Many(
        key=("draft", book, by),
        item=item,
        run=lambda db, new: actions.draft_many(db, new, book=book, by=by, on=on, at=at),
    )


def _step(call: Call[Nothing, object]) -> Step:
    return Step(voucher=call.path["voucher"], version=call.version, key=call.key)


def _each(call: Call[BulkQuery, object], outcomes: tuple[Outcome, ...]) -> Outcomes:
    return tuple(
        BulkItem(voucher=outcome.voucher, errors=entries_of(outcome.problems, locale=call.locale))
        for outcome in outcomes
    )
