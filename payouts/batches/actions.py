"""What is done with a batch: made, sent, answered, voided. The caller commits; a refusal leaves no trace.

Making it and sending it are two people's work. What the bank pays is posted in the answer's own transaction, so that
books, batch and pages cannot disagree; a line that failed is owed as before.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, insert, update

from coop.members import queries as members
from coop.members import rules as member_rules
from coop.vault.rules import Vault, unseal
from ledger.assets.rules import month_of
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.money import yuan
from ledger.periods import queries as periods
from ledger.vouchers import actions as voucher_actions
from ledger.vouchers import rules as voucher_rules
from payouts.batches import formats, queries, rules
from payouts.batches.tables import BatchLineRow, BatchOutcomeRow, BatchRow, BatchVoucherRow
from payouts.crossings import actions as crossings
from payouts.messages import actions as messages
from payouts.notices import queries as notices
from payouts.runs import actions as runs
from payouts.runs import queries as run_queries
from payouts.runs.actions import Seen
from payouts.runs.rules import OF_A_TOWNSHIP, RunName, name_of, run_must_exist
from schemas.batches import (
    Answer,
    Batch,
    BatchLine,
    BatchState,
    Channel,
    Due,
    DueState,
    LineOutcome,
    Outcome,
    Reason,
    Told,
)
from schemas.charts import DetailUse, Money
from schemas.log import Act
from schemas.members import SecretField
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.runs import Run, RunState, RunStep
from schemas.units import BookId, Fen, PersonId, VoucherId
from schemas.vouchers import MadeVoucher, Origin

run_must_be_booked = Fault(
    code="run_must_be_booked",
    says="{run} is {state}; nothing of it is paid yet.",
    remedy="Pay what is approved and posted: the notice over, the vouchers in the book.",
)
account_must_be_money = Fault(
    code="account_must_be_money",
    says="Account {account} is not one this money is paid from.",
    remedy="Choose the bank account for a batch to the bank, the cash account for cash.",
)
cash_must_have_no_format = Fault(
    code="cash_must_have_no_format",
    says="Cash goes by a sheet that is signed, not by a file of the format {format}.",
    remedy="Leave the format out, or choose the bank.",
)
file_must_be_the_banks = Fault(
    code="file_must_be_the_banks",
    says="Batch {number} is paid in cash; there is no file of it.",
    remedy="Print its sheet, have it signed, and enter who was paid.",
)
maker_must_differ = Fault(
    code="maker_must_differ",
    says="Who approved a run does not make its batches.",
    remedy="Have the accountant make them.",
)
batch_must_exist = Fault(
    code="batch_must_exist", says="There is no batch {number}.", remedy="Look it up in the list of batches."
)
batch_must_be = Fault(
    code="batch_must_be",
    says="Batch {number} is {state}.",
    remedy="Look at the batch again.",
)
batch_must_be_as_seen = Fault(
    code="batch_must_be_as_seen",
    says="You saw version {seen} of batch {number}; it is version {version} now, and it is {state}.",
    remedy="Look at the batch again before you decide.",
)
sender_must_differ = Fault(
    code="sender_must_differ",
    says="Who made a batch, or approved its run, does not send it.",
    remedy="Have the cashier send it.",
)
account_must_be_as_it_was = Fault(
    code="account_must_be_as_it_was",
    says="The account of {payee} was changed after the batch was made.",
    remedy="Void the batch and make it anew.",
)
void_needs_a_reason = Fault(
    code="void_needs_a_reason", says="No reason is given.", remedy="Say in a few words why it is not sent."
)

_batch = table_of(BatchRow)
_MONEY = {Channel.BANK: Money.BANK, Channel.CASH: Money.CASH}


def make(
    db: Connection,
    name: RunName,
    *,
    channel: Channel,
    form: str = "",
    account: str,
    payees: Sequence[str] | None = None,
    by: PersonId,
    on: date,
    at: datetime,
) -> Batch:
    """Make a batch 编制批次 of a booked run: of everything that may go out now, or of the payees named. Refused: the run
    is not posted, a line held by an appeal, on its way or paid, a payee without an account, an account money does not
    lie on or too little of it, a format unknown or too small, its approver as the maker, a total that is not the run's."""
    log.lock(db, book=name.book)
    run = _run(db, name)
    if not run.is_booked:
        raise Refusal(
            run_must_be_booked.at("/run", run=run.id, state=f"run.{run.state}"), kind=RefusalKind.STATE
        )
    if by == run.approved_by:
        raise Refusal(maker_must_differ.at("/by"))
    _refuse_format(channel, form)
    _refuse_account(db, book=name.book, channel=channel, account=account)
    owed = queries.dues(db, run)
    if payees is not None:
        problems = tuple(rules.faults_of_choice(owed, payees, run=run.id))
        if problems:
            raise Refusal(*problems, kind=RefusalKind.STATE)
        chosen = [owed[payee] for payee in payees]
    else:
        chosen = list(rules.payable(owed.values()))
    number = queries.last_batch(db, book=name.book) + 1
    accounts = queries.payees(
        db, book=name.book, payees=[due.payee for due in chosen], in_cash=channel is Channel.CASH
    )
    lines = rules.lines_of(chosen, accounts, name=f"B{on.year}-{number:04}")
    problems = (
        *rules.faults_of_tie(owed, lines, run_total=run.total, run_count=queries.count_of_payees(db, run)),
        *(formats.faults_of_size(formats.format_named(form), len(lines)) if form else ()),
    )
    if problems:
        raise Refusal(*problems)
    key = {"book_id": name.book, "kind": name.kind.value, "year": name.year, "round": name.round}
    total = sum(line.amount for line in lines)
    if channel is Channel.BANK:  # the sheet for cash is drawn up before the cash is fetched
        _refuse_uncovered(db, book=name.book, account=account, total=total, on=on)
    db.execute(
        insert(_batch),
        [
            {
                **key,
                "number": number,
                "channel": channel.value,
                "format": form,
                "account": account,
                "state": BatchState.MADE.value,
                "lines": len(lines),
                "total": total,
                "made_by": by,
                "made_on": on,
                "sent_by": None,
                "sent_on": None,
                "version": 1,
            }
        ],
    )
    db.execute(
        insert(table_of(BatchLineRow)),
        [
            {
                **key,
                "batch": number,
                "line": line.no,
                "payee": line.payee,
                "attempt": line.attempt,
                "amount": line.amount,
                "heir": line.to.heir,
                "name": line.to.name,
                "bank": line.to.bank,
                "account_shown": line.to.account,
                "account_digest": line.to.digest,
            }
            for line in lines
        ],
    )
    made = _there(db, book=name.book, number=number)
    _log(db, made, act="batch.make", by=by, at=at, content=rules.content_of_making(made, lines))
    return made


def send(
    db: Connection,
    book: BookId,
    number: int,
    *,
    by: PersonId,
    on: date,
    at: datetime,
    version: int | None = None,
) -> Batch:
    """Send a batch out 送出: the file goes to the bank, or the sheet and the cash to the cashier. Another person than who
    made it. From now on its lines are on their way, and no other batch may carry them. Refused when a line is held or
    goes to somebody, or to an account, that is not on record any more."""
    before = _turn(db, book, number, BatchState.MADE, version=version)
    name = _name(before.run)
    run = _run(db, name)
    if by in {before.made_by, run.approved_by}:
        raise Refusal(sender_must_differ.at("/by"))
    held = notices.held_lines(db, run)
    lines = queries.lines(db, before)
    problems = [
        rules.line_must_not_be_held.at(f"/payees/{line.payee}", payee=line.payee)
        for line in lines
        if line.payee in held
    ]
    if problems:
        raise Refusal(*problems, kind=RefusalKind.STATE)
    _refuse_other_accounts(db, before, lines)
    after = _moved(db, before, BatchState.SENT, sent_by=by, sent_on=on)
    _log(db, after, act="batch.send", by=by, at=at, content=rules.content_of_sending(after))
    if formats.goes_over_the_line(after.format):
        messages.put(db, book=book, number=number, name=after.name, at=at)
    if run.state is RunState.POSTED:
        runs.carry_on(db, name, RunStep.EXPORT, by=by, on=on, at=at)
    return after


def void(
    db: Connection,
    book: BookId,
    number: int,
    *,
    by: PersonId,
    at: datetime,
    reason: str,
    version: int | None = None,
) -> Batch:
    """Void a batch 作废 that was not sent; its lines may go into another."""
    before = _turn(db, book, number, BatchState.MADE, version=version)
    if not reason.strip():
        raise Refusal(void_needs_a_reason.at("/reason"))
    after = _moved(db, before, BatchState.VOIDED)
    _log(db, after, act="batch.void", by=by, at=at, reason=reason.strip())
    return after


def take_back_run(
    db: Connection,
    name: RunName,
    *,
    by: PersonId,
    on: date,
    at: datetime,
    reason: str,
    seen: Seen = runs.AS_IT_IS,
) -> Run:
    """Undo a run 撤销 as ``runs.revert`` does and refuses, together with the batches of it that were made and not sent."""
    if name.kind not in OF_A_TOWNSHIP:  # it has no batches, and locks books before its desk
        log.lock(db, book=name.book)
        for one in queries.batches(db, book=name.book, run=name):
            if one.state is BatchState.MADE:
                void(db, name.book, one.number, by=by, at=at, reason=reason)
    return runs.revert(db, name, by=by, on=on, at=at, reason=reason, seen=seen)


def in_full(
    db: Connection,
    book: BookId,
    number: int,
    *,
    vault: Vault,
    with_identities: bool,
    by: PersonId,
    at: datetime,
) -> tuple[tuple[BatchLine, ...], Mapping[str, str]]:
    """A batch's lines with their accounts in full, and where its format wants them the identity numbers, for the bank's
    file alone; each time is logged. Refused of cash, before the batch is sent (a file taken earlier could be paid though the
    batch is voided, or a line of it held), and when an account was changed since the batch was made."""
    log.lock(db, book=book)
    found = _there(db, book=book, number=number)
    if found.channel is Channel.CASH:
        raise Refusal(file_must_be_the_banks.at("/channel", number=number), kind=RefusalKind.STATE)
    if found.state not in {BatchState.SENT, BatchState.SETTLED}:
        raise Refusal(
            batch_must_be.at("/state", number=number, state=f"batch.{found.state}"), kind=RefusalKind.STATE
        )
    made = queries.lines(db, found)
    _refuse_other_accounts(db, found, made)
    lines, identities = [], {}
    for line in made:
        secrets = (
            members.secrets(db, book=book, number=line.payee)
            if line.to.heir is None
            else members.heir_secrets(db, book=book, heir=line.to.heir)
        )
        owner = (
            member_rules.owner(book, line.payee)
            if line.to.heir is None
            else member_rules.owner_of_heir(book, line.to.heir)
        )
        lines.append(rules.to_account(line, unseal(vault, secrets[SecretField.BANK_ACCOUNT], owner=owner)))
        if with_identities and SecretField.IDENTITY in secrets:
            identities[line.payee] = unseal(vault, secrets[SecretField.IDENTITY], owner=owner)
    _log(db, found, act="batch.file", by=by, at=at)
    return tuple(lines), identities


def take_file(
    db: Connection,
    book: BookId,
    number: int,
    content: bytes | Sequence[Sequence[str]],
    *,
    by: PersonId,
    on: date,
    at: datetime,
) -> rules.Matched:
    """Take a bank's return file 回盘文件 in the format the batch went out in: its bytes where that is text, the rows of
    its sheet where it is a workbook. Refused as ``take`` refuses, and with every row that cannot be read."""
    found = _turn(db, book, number, BatchState.SENT, BatchState.SETTLED, version=None)
    if found.channel is Channel.CASH:
        raise Refusal(file_must_be_the_banks.at("/channel", number=number), kind=RefusalKind.STATE)
    form = formats.format_named(found.format)
    rows = formats.read_text(form, content) if isinstance(content, bytes) else content
    answers = formats.answers(form, rows, batch=found.name)
    return take(db, book, number, answers, reasons=form.answer.reasons, by=by, on=on, at=at)


def take_told(
    db: Connection,
    book: BookId,
    number: int,
    told: Sequence[Told],
    *,
    by: PersonId,
    on: date,
    at: datetime,
) -> rules.Matched:
    """Take what the bank said otherwise, or the sheet signed for cash. Refused as ``take`` refuses."""
    found = _turn(db, book, number, BatchState.SENT, BatchState.SETTLED, version=None)
    messages.refuse_while_on_its_way(db, book=book, number=number)
    known = queries.outcomes(db, book=book, number=number)
    answers = rules.answers_of(found, queries.lines(db, found), told, known)
    reasons = {reason.value: reason for reason in Reason}
    return take(db, book, number, answers, reasons=reasons, by=by, on=on, at=at)


def take(
    db: Connection,
    book: BookId,
    number: int,
    answers: Sequence[Answer],
    *,
    reasons: Mapping[str, Reason],
    by: PersonId,
    on: date,
    at: datetime,
) -> rules.Matched:
    """Take what the bank says of a batch's lines: what is paid is posted, what failed is owed as before and may go out
    again. Said twice it changes nothing, and in whatever order the words come the last of them stands. Refused with every answer that does not fit, and then nothing is taken."""
    before = _turn(db, book, number, BatchState.SENT, BatchState.SETTLED, version=None)
    assert before.sent_on is not None, "what is answered was sent (batch_is_sent_by_somebody)"
    lines = queries.lines(db, before)
    known = queries.outcomes(db, book=book, number=number)
    made = rules.matched(
        lines,
        known,
        answers,
        sent_again=queries.sent_again(db, before),
        reasons=reasons,
        days=(before.sent_on, on),
        by=by,
        at=log.instant(at),
    )
    if not made.outcomes:
        return made
    name = _name(before.run)
    owed = queries.dues(db, _run(db, name))
    payee_of = {line.no: line.payee for line in lines}
    seqs = queries.last_words(db, book=book, number=number)
    db.execute(
        insert(table_of(BatchOutcomeRow)),
        [
            {
                "book_id": book,
                "batch": number,
                "line": one.no,
                "seq": seqs.get(one.no, 0) + 1,
                "outcome": one.outcome.value,
                "on": one.on,
                "turn": one.turn,
                "reason": one.reason.value if one.reason else "",
                "said": one.said,
                "by": by,
                "at": log.instant(at),
            }
            for one in made.outcomes
        ],
    )
    moved: defaultdict[date, tuple[list[Due], list[Due]]] = defaultdict(lambda: ([], []))
    for one in made.outcomes:
        due, was_paid = owed[payee_of[one.no]], one.no in known and known[one.no].outcome is Outcome.PAID
        if one.outcome is Outcome.PAID and not was_paid:
            moved[one.on][0].append(due)
        elif one.outcome is Outcome.FAILED and was_paid:
            moved[one.on][1].append(due)
    _log_outcomes(db, before, made.outcomes, by=by, at=at)
    _post(db, before, moved, by=by, on=on, at=at)
    said = queries.outcomes(db, book=book, number=number)
    after = before
    if before.state is BatchState.SENT and len(said) == len(lines):
        after = _moved(db, before, BatchState.SETTLED)
    vouchers = rules.content_of_vouchers(queries.vouchers(db, book=book, number=number))
    _log(db, after, act="batch.answer", by=by, at=at, content=vouchers)
    messages.hear(db, book=book, number=number, settled=after.state is BatchState.SETTLED, by=by, at=at)
    _settle_run(db, name, by=by, on=on, at=at)
    return made


def _post(
    db: Connection,
    batch: Batch,
    moved: Mapping[date, tuple[Sequence[Due], Sequence[Due]]],
    *,
    by: PersonId,
    on: date,
    at: datetime,
) -> None:
    """The vouchers of an answer, one a day the bank names; in a closed month dated today. Prepared by who made the
    batch, reviewed by who approved the run, signed by the cashier who sent it. What of it a collective's own book must
    hear of goes out with them."""
    run = _run(db, _name(batch.run))
    found = books.book(db, id=batch.book)
    assert found is not None, "the book is locked, so it exists"
    assert run.approved_by is not None, "a booked run has an approver (run_is_approved_by_somebody)"
    assert batch.sent_by is not None, "what is answered was sent (batch_is_sent_by_somebody)"
    closed = periods.state_of(db, book=found).closed
    days = [(day, *of) for day, of in sorted(moved.items()) if any(of)]
    vouchers = voucher_actions.record_many(
        db,
        [
            MadeVoucher(
                draft=rules.voucher(
                    paid,
                    returned,
                    day=on if day.year * 100 + day.month in closed else day,
                    money=(batch.account, ""),
                    summary=f"发放{rules.summary_of(run)}",
                ),
                origin=Origin.PAYOUT,
                prepared_by=batch.made_by,
                reviewed_by=run.approved_by,
            )
            for day, paid, returned in days
        ],
        book=batch.book,
        by=by,
        on=on,
        at=at,
    )
    ids: tuple[VoucherId, ...] = tuple(one.id for one in vouchers)
    if ids:
        db.execute(
            insert(table_of(BatchVoucherRow)),
            [{"book_id": batch.book, "batch": batch.number, "voucher_id": id} for id in ids],
        )
        voucher_actions.sign_as_cashier(db, ids, book=batch.book, by=batch.sent_by, at=at)
        booked = [(*of, id) for of, id in zip(days, ids, strict=True)]
        crossings.send_on(db, run, batch, booked, by=by, at=at)


def _settle_run(db: Connection, name: RunName, *, by: PersonId, on: date, at: datetime) -> None:
    run = _run(db, name)
    paid = all(due.state is DueState.PAID for due in queries.dues(db, run).values())
    if paid and run.state is RunState.EXPORTED:
        runs.carry_on(db, name, RunStep.SETTLE, by=by, on=on, at=at)
    if not paid and run.state is RunState.SETTLED:
        runs.carry_on(db, name, RunStep.EXPORT, by=by, on=on, at=at)


def _name(run: str) -> RunName:
    name = name_of(run)
    assert name is not None, "a run is kept under its name"
    return name


def _run(db: Connection, name: RunName) -> Run:
    found = run_queries.run(db, name)
    if found is None:
        raise Refusal(run_must_exist.at("/run", run=name), kind=RefusalKind.MISSING)
    return found


def _there(db: Connection, *, book: BookId, number: int) -> Batch:
    found = queries.batch(db, book=book, number=number)
    if found is None:
        raise Refusal(batch_must_exist.at("/batch", number=number), kind=RefusalKind.MISSING)
    return found


def _turn(db: Connection, book: BookId, number: int, *states: BatchState, version: int | None) -> Batch:
    log.lock(db, book=book)
    found = _there(db, book=book, number=number)
    if version is not None and found.version != version:
        raise Refusal(
            batch_must_be_as_seen.at(
                "/version",
                seen=version,
                number=number,
                version=found.version,
                state=f"batch.{found.state}",
            ),
            kind=RefusalKind.STALE,
        )
    if found.state not in states:
        raise Refusal(
            batch_must_be.at("/state", number=number, state=f"batch.{found.state}"), kind=RefusalKind.STATE
        )
    return found


def _moved(db: Connection, before: Batch, state: BatchState, **changed: object) -> Batch:
    db.execute(
        update(_batch)
        .where(_batch.c.book_id == before.book, _batch.c.number == before.number)
        .values(state=state.value, version=before.version + 1, **changed)
    )
    return _there(db, book=before.book, number=before.number)


def _refuse_other_accounts(db: Connection, batch: Batch, lines: Sequence[BatchLine]) -> None:
    """Where a line's money goes is what is on record now: the same account, and the same heir or none."""
    in_cash = batch.channel is Channel.CASH
    now = queries.payees(db, book=batch.book, payees=[line.payee for line in lines], in_cash=in_cash)
    problems = []
    for line in lines:
        to = now.get(line.payee)
        if to is None or to.heir != line.to.heir or (to.digest != line.to.digest and not in_cash):
            problems.append(account_must_be_as_it_was.at(f"/lines/{line.no}", payee=line.payee))
    if problems:
        raise Refusal(*problems, kind=RefusalKind.STALE)


def _refuse_format(channel: Channel, form: str) -> None:
    if channel is Channel.BANK:
        formats.format_named(form)
    elif form:
        raise Refusal(cash_must_have_no_format.at("/format", format=form))


def _refuse_account(db: Connection, *, book: BookId, channel: Channel, account: str) -> None:
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    known = books.accounts_among(db, book=found, codes=[account]).get(account)
    if known is None or known.statutory.money is not _MONEY[channel]:
        raise Refusal(account_must_be_money.at("/account", account=account))
    problems = [
        *([] if known.open else [voucher_rules.account_must_be_open.at("/account", account=account)]),
        *([] if known.lowest else [voucher_rules.account_must_be_lowest.at("/account", account=account)]),
        *(
            [voucher_rules.detail_must_be_given.at("/account", account=account)]
            if known.statutory.detail is DetailUse.REQUIRED
            else []
        ),
    ]
    if problems:
        raise Refusal(*problems)


def _refuse_uncovered(db: Connection, *, book: BookId, account: str, total: Fen, on: date) -> None:
    """Refuse to pay more from an account than the book shows on it by the end of the day's month."""
    there = balances.balance_of(db, book=book, account=account, detail=None, until=month_of(on))
    if total > there:
        problem = rules.account_must_cover_the_batch.at(
            "/account", account=account, total=yuan(total), there=yuan(there), missing=yuan(total - there)
        )
        raise Refusal(problem, kind=RefusalKind.STATE)


def _log(
    db: Connection,
    batch: Batch,
    *,
    act: str,
    by: PersonId,
    at: datetime,
    reason: str = "",
    content: str = "",
) -> None:
    said = rules.noted_text(batch, reason=reason)
    log.record(
        db,
        Act(by=by, act=act, subject=f"batch:{batch.number}", after=said, content=content),
        book=batch.book,
        at=at,
    )


def _log_outcomes(
    db: Connection, batch: Batch, outcomes: Sequence[LineOutcome], *, by: PersonId, at: datetime
) -> None:
    """An entry a line: each word of the bank is sealed by itself, so that one that is changed is named."""
    acts = [
        Act(
            by=by,
            act="batch.outcome",
            subject=f"batch:{batch.number}:{one.no}",
            after=rules.told_text(one),
            content=rules.content_of_outcome(one),
        )
        for one in outcomes
    ]
    log.append(db, acts, book=batch.book, head=log.lock(db, book=batch.book), at=at)


STEPS: Mapping[RunStep, Callable[..., Run]] = {**runs.STEPS, RunStep.REVERT: take_back_run}
"""What takes each step of a run that is there, its batches included."""
