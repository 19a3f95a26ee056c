"""The verbs of a voucher: prepare, review, send back, withdraw, post, reverse, sign.

Everything that moves vouchers works on many at once; one voucher is a list of one. Each item gets its own
outcome in the order handed in, and a bad one never fails its neighbours; ``atomic`` makes it all or nothing.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, bindparam, insert, update

from ledger.balances import actions as balances
from ledger.balances.rules import turnover_of
from ledger.books import queries as books
from ledger.charts import standard
from ledger.columns import (
    Prepared,
    Question,
    adding_rows,
    ahead,
    changing_rows,
    merging_rows,
    pipelining,
    table_of,
)
from ledger.details import queries as details
from ledger.keys import actions as keys
from ledger.keys import queries as used_keys
from ledger.log import actions as log
from ledger.money import yuan
from ledger.periods import queries as periods
from ledger.recognition import actions as recognition
from ledger.recognition import queries as recognised
from ledger.recognition.actions import cancelled_by
from ledger.seal import rules as seal
from ledger.vouchers import queries, rules
from ledger.vouchers.tables import (
    CashierSignatureRow,
    NumberGapRow,
    NumberSeriesRow,
    PostingRow,
    VoucherRow,
)
from schemas.books import BookAccount
from schemas.charts import Category
from schemas.log import Act, ChainHead
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.units import BookId, PersonId, VoucherId
from schemas.vouchers import (
    Correction,
    CorrectionKind,
    MadeVoucher,
    NewDraft,
    NumberGap,
    Origin,
    Outcome,
    State,
    Step,
    Voucher,
    VoucherDraft,
    VoucherLine,
    Word,
)

_voucher = table_of(VoucherRow)
_posting = table_of(PostingRow)
_series = table_of(NumberSeriesRow)
_gap = table_of(NumberGapRow)
_signature = table_of(CashierSignatureRow)
_encode = msgspec.json.Encoder().encode

cashier_signs_money_vouchers = Fault(
    code="cashier_signs_money_vouchers",
    says="Voucher {voucher} moves no cash and no bank deposit; it needs no cashier's signature.",
    remedy="Sign receipt and payment vouchers only.",
)
must_not_be_signed_twice = Fault(
    code="must_not_be_signed_twice",
    says="Voucher {voucher} is already signed by the cashier.",
    remedy="Nothing is left to do.",
)
must_be_cancelled_by_one_draft = Fault(
    code="must_be_cancelled_by_one_draft",
    says="Voucher {voucher} is being cancelled already: red voucher #{draft} is prepared and not yet posted.",
    remedy="Go on with that one, or withdraw it first.",
)
signed_voucher_is_not_sent_back = Fault(
    code="signed_voucher_is_not_sent_back",
    says="The cashier has signed voucher {voucher}: its money has moved.",
    remedy="Post it, then correct it with red and blue vouchers.",
)


# Preparing


@pipelining
def draft_many(
    db: Connection,
    new: Sequence[NewDraft],
    *,
    book: BookId,
    by: PersonId,
    on: date,
    at: datetime,
    origin: Origin = Origin.HAND,
    atomic: bool = False,
) -> tuple[Outcome, ...]:
    """Save drafts 制单, prepared by ``by``: judged and complete, or as unfinished sketches.

    A draft with an id replaces that draft when it is still one and at the version the person saw; who changes a
    draft becomes its preparer, and ``origin`` its origin. A voucher has one red draft at a time. Returns an outcome each.
    """
    assert on is not None
    ids = [item.id for item in new if item.id is not None]
    _ask_ahead(db, (item.key for item in new), ids=ids, book=book)
    ahead(db, _asking_facts((item.draft for item in new), book=book))
    head = log.lock(db, book=book)
    batch = _Batch(db, book=book, at=at, act="voucher.draft")
    batch.look_up([(item.key, (by, origin, item)) for item in new])
    before = queries.vouchers(db, book=book, ids=ids)
    facts = gather_facts(db, (item.draft for item in new), book=book)
    reds = {item.draft.corrects.voucher for item in new if _is_red(item) and item.draft.corrects}
    cancelling = queries.open_reds(db, book=book, of=reds) if reds else {}
    outcomes: list[Outcome] = []
    written: list[tuple[Voucher, NewDraft]] = []
    next_id = head.vouchers
    for index, item in enumerate(new):
        if (before_now := batch.answered(index, outcomes)) is not None:
            outcomes.append(before_now)
            continue
        old = before.get(item.id) if item.id is not None else None
        problems = _faults_of_step(
            old, named=item.id, version=item.version, wanted=(State.SKETCH, State.DRAFT)
        )
        corrects = item.draft.corrects is not None
        made_as = Origin.CORRECTION if corrects and origin is Origin.HAND else origin
        if not problems:
            problems = (
                rules.faults_in(item.draft, origin=made_as, facts=facts, yuan=yuan)
                if item.finished
                else rules.faults_of_sketch(item.draft, facts=facts)
            )
        if not problems and _is_red(item):
            problems = _faults_of_second_red(item, cancelling=cancelling, facts=facts)
        if problems:
            outcomes.append(Outcome(problems=problems))
            continue
        if old is None:
            next_id += 1
        voucher = _as_draft(
            item,
            book=book,
            id=next_id if old is None else old.id,
            by=by,
            origin=made_as,
            version=1 if old is None else old.version + 1,
        )
        if old is not None:
            before = {**before, voucher.id: voucher}
        if _is_red(item) and item.draft.corrects is not None:
            cancelling = {**cancelling, item.draft.corrects.voucher: voucher.id}
        written.append((voucher, item))
        outcomes.append(Outcome(voucher=voucher))
    _refuse_if_atomic(outcomes, atomic=atomic)
    fresh = [voucher for voucher, item in written if item.id is None]
    changed = [voucher for voucher, item in written if item.id is not None]
    _ADD.write(db, [_row_of(voucher) for voucher in fresh])
    _REWRITE.write(db, [_bound(_row_of(voucher)) for voucher in changed])
    acts = [
        Act(
            by=by,
            act="voucher.draft" if item.id is None else "voucher.redraft",
            subject=f"voucher:{voucher.id}",
            after=f"{voucher.state} {voucher.date} {yuan(rules.totals(voucher.lines)[0])}",
            content=seal.digest_of_voucher(voucher),
        )
        for voucher, item in written
    ]
    log.append(db, acts, book=book, head=head, at=at, vouchers=next_id)
    batch.remember(outcomes)
    return tuple(outcomes)


def _is_red(item: NewDraft) -> bool:
    return (
        item.finished and item.draft.corrects is not None and item.draft.corrects.kind is CorrectionKind.RED
    )


def _faults_of_second_red(
    item: NewDraft, *, cancelling: Mapping[VoucherId, VoucherId], facts: rules.BookFacts
) -> tuple[Problem, ...]:
    """Two red drafts of one voucher would each be complete, and only the posting of the first would say that the other
    never can be posted."""
    assert item.draft.corrects is not None
    of = facts.corrected[item.draft.corrects.voucher]
    first = cancelling.get(of.id)
    if first is None or first == item.id:
        return ()
    shown = rules.number_text(of.word, of.number or 0)
    return (must_be_cancelled_by_one_draft.at("/corrects/voucher", voucher=shown, draft=first),)


def withdraw_many(
    db: Connection,
    steps: Sequence[Step],
    *,
    book: BookId,
    by: PersonId,
    at: datetime,
    reason: str,
    atomic: bool = False,
) -> tuple[Outcome, ...]:
    """Withdraw drafts that were never posted 作废. They stay, with their evidence, and take no number."""
    return _move(
        db,
        steps,
        book=book,
        by=by,
        at=at,
        atomic=atomic,
        act="voucher.withdraw",
        wanted=(State.SKETCH, State.DRAFT),
        becomes=State.WITHDRAWN,
        why=reason,
    )


def review_many(
    db: Connection,
    steps: Sequence[Step],
    *,
    book: BookId,
    by: PersonId,
    on: date,
    at: datetime,
    atomic: bool = False,
) -> tuple[Outcome, ...]:
    """Review drafts 审核: judged again, and never by who prepared them."""
    assert on is not None
    return _move(
        db,
        steps,
        book=book,
        by=by,
        at=at,
        atomic=atomic,
        act="voucher.review",
        wanted=(State.DRAFT,),
        becomes=State.REVIEWED,
        judged=True,
    )


def send_back_many(
    db: Connection,
    steps: Sequence[Step],
    *,
    book: BookId,
    by: PersonId,
    at: datetime,
    reason: str,
    atomic: bool = False,
) -> tuple[Outcome, ...]:
    """Send reviewed vouchers back to their preparer 退回, with a reason; not those the cashier has signed."""
    return _move(
        db,
        steps,
        book=book,
        by=by,
        at=at,
        atomic=atomic,
        act="voucher.send_back",
        wanted=(State.REVIEWED,),
        becomes=State.DRAFT,
        why=reason,
    )


@pipelining
def _move(
    db: Connection,
    steps: Sequence[Step],
    *,
    book: BookId,
    by: PersonId,
    at: datetime,
    atomic: bool,
    act: str,
    wanted: tuple[State, ...],
    becomes: State,
    judged: bool = False,
    why: str = "",
) -> tuple[Outcome, ...]:
    _ask_ahead(db, (step.key for step in steps), ids=(step.voucher for step in steps), book=book)
    head = log.lock(db, book=book)
    batch = _Batch(db, book=book, at=at, act=act)
    batch.look_up([(step.key, (by, step, why)) for step in steps])
    found = dict(queries.vouchers(db, book=book, ids=(step.voucher for step in steps)))
    facts = gather_facts(db, map(draft_of, found.values()), book=book) if judged else None
    goes_back = becomes is State.DRAFT
    signed = queries.signed_by_cashier(db, book=book, ids=found) if goes_back else {}
    outcomes: list[Outcome] = []
    acts: list[Act] = []
    moved: list[Voucher] = []
    for index, step in enumerate(steps):
        if (before_now := batch.answered(index, outcomes)) is not None:
            outcomes.append(before_now)
            continue
        old = found.get(step.voucher)
        problems = _faults_of_step(old, named=step.voucher, version=step.version, wanted=wanted)
        if old is not None and not problems and becomes is State.REVIEWED:
            problems = rules.fault_of_review(prepared_by=old.prepared_by, reviewed_by=by)
        if old is not None and not problems and facts is not None:
            problems = rules.faults_in(draft_of(old), origin=old.origin, facts=facts, yuan=yuan)
        if not problems and step.voucher in signed:
            problems = (signed_voucher_is_not_sent_back.at("/voucher", voucher=step.voucher),)
        if problems or old is None:
            outcomes.append(Outcome(problems=problems))
            continue
        voucher = msgspec.structs.replace(
            old,
            state=becomes,
            reviewed_by=by if becomes is State.REVIEWED else None,
            version=old.version + 1,
        )
        found[voucher.id] = voucher
        moved.append(voucher)
        outcomes.append(Outcome(voucher=voucher))
        acts.append(
            Act(
                by=by,
                act=act,
                subject=f"voucher:{voucher.id}",
                before=old.state.value,
                after=f"{becomes.value} {why}".strip(),
                content=seal.digest_of_voucher(voucher),
            )
        )
    _refuse_if_atomic(outcomes, atomic=atomic)
    _MOVE.write(
        db,
        [
            {
                "b_book_id": book,
                "b_voucher_id": voucher.id,
                "b_state": voucher.state.value,
                "b_reviewed_by": voucher.reviewed_by,
                "b_version": voucher.version,
            }
            for voucher in moved
        ],
    )
    log.append(db, acts, book=book, head=head, at=at)
    batch.remember(outcomes)
    return tuple(outcomes)


# Posting


@pipelining
def post_many(
    db: Connection,
    steps: Sequence[Step],
    *,
    book: BookId,
    by: PersonId,
    on: date,
    at: datetime,
    atomic: bool = False,
) -> tuple[Outcome, ...]:
    """Post reviewed vouchers 记账: for ever, numbered in the order handed in, without gaps.

    Postings, balances, numbers, keys and the chain are written together or not at all; every voucher is judged
    once more against the book as it is now.
    """
    assert on is not None
    _ask_ahead(db, (step.key for step in steps), ids=(step.voucher for step in steps), book=book)
    ahead(
        db,
        [
            *books.asking_book(id=book),
            *periods.asking_state_of(book=book),
            *queries.asking_last_numbers(book=book),
            *recognised.asking_first_scans(book=book, vouchers=(step.voucher for step in steps)),
        ],
    )
    head = log.lock(db, book=book)
    batch = _Batch(db, book=book, at=at, act="voucher.post")
    batch.look_up([(step.key, (by, step)) for step in steps])
    found = dict(queries.vouchers(db, book=book, ids=(step.voucher for step in steps)))
    facts = gather_facts(db, map(draft_of, found.values()), book=book)
    numbers = _Numbers(db, found.values(), book=book)
    cancelled = set(facts.cancelled)
    outcomes: list[Outcome] = []
    posted: list[Voucher] = []
    for index, step in enumerate(steps):
        if (before_now := batch.answered(index, outcomes)) is not None:
            outcomes.append(before_now)
            continue
        old = found.get(step.voucher)
        problems = _faults_of_step(old, named=step.voucher, version=step.version, wanted=(State.REVIEWED,))
        if old is not None and not problems:
            now = msgspec.structs.replace(facts, cancelled=frozenset(cancelled)) if old.corrects else facts
            problems = rules.faults_in(draft_of(old), origin=old.origin, facts=now, yuan=yuan)
        if problems or old is None:
            outcomes.append(Outcome(problems=problems))
            continue
        voucher = msgspec.structs.replace(
            old, state=State.POSTED, number=numbers.next(old), posted_by=by, version=old.version + 1
        )
        if voucher.corrects is not None and voucher.corrects.kind is CorrectionKind.RED:
            cancelled.add(voucher.corrects.voucher)
        found[voucher.id] = voucher
        posted.append(voucher)
        outcomes.append(Outcome(voucher=voucher))
    _refuse_if_atomic(outcomes, atomic=atomic)
    _write_posted(
        db, posted, book=book, by=by, head=head, at=at, numbers=numbers.last, income=_income_of(facts)
    )
    batch.remember(outcomes)
    return tuple(outcomes)


def record_many(
    db: Connection,
    made: Sequence[MadeVoucher],
    *,
    book: BookId,
    by: PersonId,
    on: date,
    at: datetime,
) -> tuple[Voucher, ...]:
    """Post vouchers that come prepared and reviewed (an import, a plan, a register's act, a close, a run).

    All or nothing. Imported vouchers keep the numbers they bring; the others are numbered in the order given.
    """
    assert on is not None
    head = log.lock(db, book=book)
    facts = gather_facts(db, (item.draft for item in made), book=book)
    taken = queries.numbers_taken(
        db,
        book=book,
        wanted=(
            (item.draft.date.year, item.draft.word, item.number) for item in made if item.number is not None
        ),
    )
    vouchers = [
        Voucher(
            book=book,
            id=head.vouchers + index,
            state=State.POSTED,
            word=item.draft.word,
            number=item.number,
            date=item.draft.date,
            period=rules.period_of(item.draft, item.origin),
            lines=item.draft.lines,
            originals=item.draft.originals,
            origin=item.origin,
            corrects=item.draft.corrects,
            prepared_by=item.prepared_by,
            reviewed_by=item.reviewed_by,
            posted_by=by,
            version=1,
        )
        for index, item in enumerate(made, start=1)
    ]
    within = {voucher.id: voucher for voucher in vouchers}
    facts = msgspec.structs.replace(facts, corrected={**facts.corrected, **within})
    numbers = _Numbers(db, vouchers, book=book)
    cancelled = set(facts.cancelled)
    problems: list[Problem] = []
    posted: list[Voucher] = []
    for index, (item, voucher) in enumerate(zip(made, vouchers, strict=True)):
        now = msgspec.structs.replace(facts, cancelled=frozenset(cancelled)) if voucher.corrects else facts
        faults = [
            *rules.fault_of_review(prepared_by=item.prepared_by, reviewed_by=item.reviewed_by),
            *rules.faults_in(item.draft, origin=item.origin, facts=now, yuan=yuan),
        ]
        if voucher.corrects is not None and voucher.corrects.kind is CorrectionKind.RED:
            cancelled.add(voucher.corrects.voucher)
        number = voucher.number if voucher.number is not None else numbers.next(voucher)
        series = (voucher.date.year, voucher.word)
        if (series, number) in taken:
            faults.append(
                rules.number_must_be_free.at(
                    "/number", word=voucher.word, number=f"{number:04d}", year=voucher.date.year
                )
            )
        taken.add((series, number))
        numbers.reached(series, number)
        problems += [_below(problem, index) for problem in faults]
        posted.append(msgspec.structs.replace(voucher, number=number))
    if problems:
        raise Refusal(*problems)
    if posted:
        waiting = [
            {
                **_row_of(voucher),
                "state": State.REVIEWED.value,
                "number": None,
                "posted_by": None,
                "body": "[]",
            }
            for voucher in posted
        ]
        _ADD.write(db, waiting)
    _write_posted(
        db,
        posted,
        book=book,
        by=by,
        head=head,
        at=at,
        numbers=numbers.last,
        income=_income_of(facts),
        last_id=head.vouchers + len(posted),
    )
    return tuple(posted)


def confirm_gaps(db: Connection, gaps: Sequence[NumberGap], *, book: BookId, at: datetime) -> None:
    """Write down numbers an imported book never used, with who confirmed it and why."""
    if not gaps:
        return
    head = log.lock(db, book=book)
    when = log.instant(at)
    db.execute(
        insert(_gap),
        [
            {
                "book_id": book,
                "year": gap.year,
                "word": gap.word.value,
                "number": gap.number,
                "confirmed_by": gap.confirmed_by,
                "reason": gap.reason,
                "at": when,
            }
            for gap in gaps
        ],
    )
    acts = [
        Act(
            by=gap.confirmed_by,
            act="number.gap",
            subject=f"number:{gap.year}-{rules.number_text(gap.word, gap.number)}",
            after=gap.reason,
        )
        for gap in gaps
    ]
    log.append(db, acts, book=book, head=head, at=at)


# Correcting


def reverse(
    db: Connection,
    *,
    book: BookId,
    voucher: VoucherId,
    dated: date,
    by: PersonId,
    on: date,
    at: datetime,
    key: str | None = None,
) -> Voucher:
    """Prepare the red voucher that cancels a posted one 冲销, with the statutory wording; it is then reviewed and
    posted like any other. Refused for a voucher of a prior year, a red one, or one already cancelled or
    about to be."""
    of = queries.voucher(db, book=book, id=voucher)
    if of is None:
        raise Refusal(rules.voucher_must_exist.at("/voucher", voucher=voucher), kind=RefusalKind.MISSING)
    if of.state is not State.POSTED:
        raise Refusal(
            rules.corrected_voucher_must_be_posted.at("/voucher", voucher=voucher), kind=RefusalKind.STATE
        )
    draft = VoucherDraft(
        date=dated,
        word=of.word,
        lines=rules.red_lines(of),
        corrects=Correction(kind=CorrectionKind.RED, voucher=voucher),
    )
    return one(draft_many(db, [NewDraft(draft=draft, key=key)], book=book, by=by, on=on, at=at))


def sign_as_cashier(
    db: Connection, ids: Sequence[VoucherId], *, book: BookId, by: PersonId, at: datetime
) -> tuple[VoucherId, ...]:
    """The cashier's signature 出纳 on reviewed or posted receipt and payment vouchers; refused as a whole when one of
    them is another, or is signed."""
    head = log.lock(db, book=book)
    found = queries.vouchers(db, book=book, ids=ids)
    signed = queries.signed_by_cashier(db, book=book, ids=ids)
    accounts = facts_of_accounts(db, book=book)
    problems: list[Problem] = []
    for index, id in enumerate(ids):
        wanted = (State.REVIEWED, State.POSTED)
        faults = _faults_of_step(found.get(id), named=id, version=None, wanted=wanted)
        if faults:
            problems += faults
        elif not any(accounts[line.account].statutory.money for line in found[id].lines):
            problems.append(cashier_signs_money_vouchers.at("/voucher", voucher=id))
        elif id in signed or id in ids[:index]:
            problems.append(must_not_be_signed_twice.at("/voucher", voucher=id))
    if problems:
        missing = kind_of(problems) is RefusalKind.MISSING
        raise Refusal(*problems, kind=RefusalKind.MISSING if missing else RefusalKind.STATE)
    when = log.instant(at)
    db.execute(
        insert(_signature),
        [{"book_id": book, "voucher_id": id, "signed_by": by, "at": when} for id in ids],
    )
    log.append(
        db,
        [Act(by=by, act="voucher.sign", subject=f"voucher:{id}") for id in ids],
        book=book,
        head=head,
        at=at,
    )
    return tuple(ids)


# What all of them need


def one(outcomes: Sequence[Outcome]) -> Voucher:
    """The single voucher of a batch of one; raises what kept it out."""
    (outcome,) = outcomes
    if outcome.voucher is None:
        raise Refusal(*outcome.problems, kind=kind_of(outcome.problems))
    return outcome.voucher


def kind_of(problems: Iterable[Problem]) -> RefusalKind:
    """What kind of refusal these problems make together."""
    codes = {problem.code for problem in problems}
    for code, kind in _KINDS.items():
        if code in codes:
            return kind
    return RefusalKind.RULE


_KINDS = {
    rules.voucher_must_exist.code: RefusalKind.MISSING,
    rules.version_must_be_current.code: RefusalKind.STALE,
    rules.voucher_must_be_in_state.code: RefusalKind.STATE,
    must_be_cancelled_by_one_draft.code: RefusalKind.STATE,
}


def facts_of_accounts(db: Connection, *, book: BookId) -> Mapping[str, BookAccount]:
    """The accounts of a book that is known to exist."""
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    return books.accounts(db, book=found)


def gather_facts(db: Connection, drafts: Iterable[VoucherDraft], *, book: BookId) -> rules.BookFacts:
    """What the rules must know of the book to judge these drafts, in a handful of queries."""
    drafts = tuple(drafts)
    ahead(db, _asking_facts(drafts, book=book))
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    corrected = {draft.corrects.voucher for draft in drafts if draft.corrects is not None}
    state = periods.state_of(db, book=found)
    return rules.BookFacts(
        accounts=books.accounts_among(
            db, book=found, codes={line.account for draft in drafts for line in draft.lines}
        ),
        result_account=standard(found.standard).settlement.result,
        details=details.known(db, book=book, codes={line.detail for draft in drafts for line in draft.lines}),
        closed=state.closed,
        settling=state.settling,
        first_year=state.first_year,
        last_year=state.last_year,
        corrected=queries.vouchers(db, book=book, ids=corrected),
        cancelled=queries.cancelled_among(db, book=book, ids=corrected),
    )


def _asking_facts(drafts: Iterable[VoucherDraft], *, book: BookId) -> list[Question]:
    """What ``gather_facts`` will ask, but for what is corrected."""
    lines = [line for draft in drafts for line in draft.lines]
    return [
        *books.asking_book(id=book),
        *periods.asking_state_of(book=book),
        *books.asking_accounts_among(book=book, codes=(line.account for line in lines)),
        *details.asking_known(book=book, codes=(line.detail for line in lines)),
    ]


def _ask_ahead(db: Connection, used: Iterable[str | None], *, ids: Iterable[VoucherId], book: BookId) -> None:
    """Lock the book, and ask behind that what every verb asks."""
    ahead(
        db,
        [
            *log.asking_lock(book=book),
            *used_keys.asking_used(book=book, keys=(key for key in used if key is not None)),
            *queries.asking_vouchers(book=book, ids=ids),
        ],
    )


def draft_of(voucher: Voucher) -> VoucherDraft:
    """A voucher as the draft it was."""
    return VoucherDraft(
        date=voucher.date,
        lines=voucher.lines,
        word=voucher.word,
        originals=voucher.originals,
        corrects=voucher.corrects,
    )


def _faults_of_step(
    old: Voucher | None, *, named: VoucherId | None, version: int | None, wanted: tuple[State, ...]
) -> tuple[Problem, ...]:
    if named is None:
        return ()
    if old is None:
        return (rules.voucher_must_exist.at("/voucher", voucher=named),)
    if old.state not in wanted:
        return (
            rules.voucher_must_be_in_state.at(
                "/voucher", state=old.state.value, wanted=", ".join(state.value for state in wanted)
            ),
        )
    if version is not None and version != old.version:
        return (rules.version_must_be_current.at("/version", seen=version, version=old.version),)
    return ()


def _refuse_if_atomic(outcomes: Sequence[Outcome], *, atomic: bool) -> None:
    problems = [
        _below(problem, index) for index, outcome in enumerate(outcomes) for problem in outcome.problems
    ]
    if atomic and problems:
        raise Refusal(*problems, kind=kind_of(problems))


def _below(problem: Problem, index: int) -> Problem:
    return msgspec.structs.replace(problem, pointer=f"/{index}{problem.pointer}")


def _as_draft(
    item: NewDraft, *, book: BookId, id: VoucherId, by: PersonId, origin: Origin, version: int
) -> Voucher:
    return Voucher(
        book=book,
        id=id,
        state=State.DRAFT if item.finished else State.SKETCH,
        word=item.draft.word,
        number=None,
        date=item.draft.date,
        period=rules.period_of(item.draft, origin),
        lines=item.draft.lines,
        originals=item.draft.originals,
        origin=origin,
        corrects=item.draft.corrects,
        prepared_by=by,
        reviewed_by=None,
        posted_by=None,
        version=version,
    )


def _row_of(voucher: Voucher) -> dict[str, object]:
    corrects = voucher.corrects
    return {
        "book_id": voucher.book,
        "voucher_id": voucher.id,
        "state": voucher.state.value,
        "word": voucher.word.value,
        "year": voucher.date.year,
        "number": voucher.number,
        "date": voucher.date,
        "period": voucher.period,
        "originals": voucher.originals,
        "origin": voucher.origin.value,
        "correction": None if corrects is None else corrects.kind.value,
        "corrects": None if corrects is None else corrects.voucher,
        "cancels": None,
        "prepared_by": voucher.prepared_by,
        "reviewed_by": voucher.reviewed_by,
        "posted_by": voucher.posted_by,
        "posted_at": None,
        "version": voucher.version,
        "body": None if voucher.state is State.POSTED else _encode(voucher.lines).decode(),
    }


def _bound(row: Mapping[str, object]) -> dict[str, object]:
    return {f"b_{name}": value for name, value in row.items()}


_THIS = (_voucher.c.book_id == bindparam("b_book_id")) & (_voucher.c.voucher_id == bindparam("b_voucher_id"))
_REWRITE = Prepared(
    update(_voucher)
    .where(_THIS)
    .values(
        {
            name: bindparam(f"b_{name}")
            for name in (
                "state",
                "word",
                "year",
                "date",
                "period",
                "originals",
                "origin",
                "correction",
                "corrects",
                "prepared_by",
                "version",
                "body",
            )
        }
    )
)
_MOVE = changing_rows(_voucher, ("state", "reviewed_by", "version"))
_POST = changing_rows(
    _voucher,
    ("number", "posted_by", "posted_at", "version", "cancels"),
    to={"state": State.POSTED.value, "body": None},
)
_REACH = merging_rows(_series)
_ADD, _ADD_POSTINGS = adding_rows(_voucher), adding_rows(_posting)


@pipelining
def _write_posted(
    db: Connection,
    posted: Sequence[Voucher],
    *,
    book: BookId,
    by: PersonId,
    head: ChainHead,
    at: datetime,
    numbers: Mapping[tuple[int, Word], int],
    income: Collection[str],
    last_id: VoucherId | None = None,
) -> None:
    """Postings first, then the step to posted (the database checks the sum there), then everything kept in step."""
    if not posted:
        return
    when = log.instant(at)
    _ADD_POSTINGS.write(db, [_posting_of(v, n, line) for v in posted for n, line in enumerate(v.lines, 1)])
    _POST.write(
        db,
        [
            {
                "b_book_id": book,
                "b_voucher_id": voucher.id,
                "b_number": voucher.number,
                "b_posted_by": voucher.posted_by,
                "b_posted_at": when,
                "b_version": voucher.version,
                "b_cancels": cancelled_by(voucher),
            }
            for voucher in posted
        ],
    )
    _REACH.write(
        db,
        [
            {"book_id": book, "year": year, "word": word.value, "last": last}
            for (year, word), last in sorted(numbers.items())
        ],
    )
    balances.add(db, turnover_of(posted), book=book)
    recognition.note_posted(db, posted, income=income, book=book, at=at)
    acts = [
        Act(
            by=by,
            act="voucher.post",
            subject=f"voucher:{voucher.id}",
            after=rules.number_text(voucher.word, voucher.number or 0),
            content=seal.digest_of_voucher(voucher),
        )
        for voucher in posted
    ]
    log.append(db, acts, book=book, head=head, at=at, vouchers=last_id)


def _posting_of(voucher: Voucher, number: int, line: VoucherLine) -> dict[str, object]:
    return {
        "book_id": voucher.book,
        "voucher_id": voucher.id,
        "line": number,
        "summary": line.summary,
        "account": line.account,
        "detail": line.detail,
        "debit": line.debit,
        "credit": line.credit,
        "quantity": line.quantity,
        "movement": line.movement,
    }


def _income_of(facts: rules.BookFacts) -> frozenset[str]:
    return frozenset(
        code for code, account in facts.accounts.items() if account.statutory.category is Category.INCOME
    )


class _Numbers:
    """The number series a batch draws from, read once and written once."""

    def __init__(self, db: Connection, vouchers: Iterable[Voucher], *, book: BookId) -> None:
        series = {(voucher.date.year, voucher.word) for voucher in vouchers}
        self.last: dict[tuple[int, Word], int] = (
            queries.last_numbers(db, book=book, series=series) if series else {}
        )

    def next(self, voucher: Voucher) -> int:
        """The next number of the voucher's series."""
        series = (voucher.date.year, voucher.word)
        self.last[series] += 1
        return self.last[series]

    def reached(self, series: tuple[int, Word], number: int) -> None:
        """An import brought this number."""
        self.last[series] = max(self.last[series], number)


class _Batch:
    """The idempotency keys of one batch: what was done before is answered again, the rest is remembered."""

    def __init__(self, db: Connection, *, book: BookId, at: datetime, act: str) -> None:
        self.db, self.book, self.at, self.act = db, book, at, act
        self.new: dict[int, tuple[str, str]] = {}
        self.again: dict[int, Outcome] = {}
        self.same: dict[int, int] = {}

    def look_up(self, asked: Sequence[tuple[str | None, object]]) -> None:
        """Find which items of the batch carry a key used before, in the book or earlier in the batch."""
        seen = used_keys.used(self.db, book=self.book, keys=(key for key, _ in asked if key is not None))
        first: dict[str, int] = {}
        for index, (key, what) in enumerate(asked):
            if key is None:
                continue
            fingerprint = seal.digest_of((self.act, what))
            before = seen.get(key)
            if before is None and key not in first:
                first[key] = index
                self.new[index] = (key, fingerprint)
            elif before is None and self.new[first[key]][1] == fingerprint:
                self.same[index] = first[key]
            elif before is not None and before.fingerprint == fingerprint:
                self.again[index] = Outcome(voucher=used_keys.voucher_again(before), replayed=True)
            else:
                self.again[index] = Outcome(problems=(keys.key_must_mean_the_same.at("/key", key=key),))

    def answered(self, index: int, outcomes: Sequence[Outcome]) -> Outcome | None:
        """The first answer, or the refusal of another meaning, for an item whose key was used before."""
        if index in self.same:
            first = outcomes[self.same[index]]
            return msgspec.structs.replace(first, replayed=first.voucher is not None)
        return self.again.get(index)

    def remember(self, outcomes: Sequence[Outcome]) -> None:
        """Keep the keys of what was done; what was refused left no trace and may be tried again."""
        keys.remember(
            self.db,
            [
                keys.NewKey(
                    key=key, fingerprint=fingerprint, answer=_encode(outcomes[index].voucher).decode()
                )
                for index, (key, fingerprint) in self.new.items()
                if outcomes[index].voucher is not None
            ],
            book=self.book,
            at=self.at,
        )
