"""What a run still owes to whom, its batches, and what the bank said of their lines."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select, union

from coop.members import queries as members
from ledger.books import queries as books
from ledger.charts import standard
from ledger.columns import table_of
from payouts.batches import rules
from payouts.batches.tables import BatchLineRow, BatchOutcomeRow, BatchRow, BatchVoucherRow
from payouts.notices import queries as notices
from payouts.runs import queries as runs
from payouts.runs.rules import RunName, name_of, payable_account
from payouts.runs.tables import RunLineRow, RunVoucherRow
from schemas.batches import (
    Batch,
    BatchLine,
    BatchState,
    Channel,
    Due,
    DuePart,
    LineOutcome,
    Outcome,
    Payee,
    Reason,
)
from schemas.members import SecretField
from schemas.runs import OrderInputs, Run, RunKind
from schemas.units import BookId, Fen, Instant, Value, VoucherId


class Carried(Value):
    """The last batch that carried a payee of a run, and the bank's last word on it."""

    batch: int
    attempt: int
    voided: bool
    last: LineOutcome | None


class Standing(Value):
    """How far a batch has come: of how many lines the bank says that they are paid, or that they came back, with their
    sums; of the others it has said nothing."""

    batch: Batch
    paid: int
    paid_total: Fen
    returned: int
    returned_total: Fen

    @property
    def silent(self) -> int:
        """How many lines nothing is known of."""
        return self.batch.lines - self.paid - self.returned

    @property
    def silent_total(self) -> Fen:
        """Their sum."""
        return self.batch.total - self.paid_total - self.returned_total


class Returned(Value):
    """A payment that came back and is in no later batch."""

    book: BookId
    run: str
    batch: int
    line: int
    payee: str
    name: str
    amount: Fen
    on: date
    reason: Reason
    said: str


_batch = table_of(BatchRow)
_line = table_of(BatchLineRow)
_outcome = table_of(BatchOutcomeRow)
_voucher = table_of(BatchVoucherRow)
_run_line = table_of(RunLineRow)
_run_voucher = table_of(RunVoucherRow)


def batch(db: Connection, *, book: BookId, number: int) -> Batch | None:
    """One batch."""
    row = db.execute(select(_batch).where(_batch.c.book_id == book, _batch.c.number == number)).first()
    return None if row is None else _as_batch(row)


def batches(db: Connection, *, book: BookId, run: RunName | None = None) -> tuple[Batch, ...]:
    """The batches of a book, or of one run, the newest first."""
    wanted = [_batch.c.book_id == book]
    if run is not None:
        wanted += _of_run(_batch, run)
    rows = db.execute(select(_batch).where(*wanted).order_by(_batch.c.number.desc()))
    return tuple(_as_batch(row) for row in rows)


def last_batch(db: Connection, *, book: BookId) -> int:
    """The number of the book's last batch, 0 when there is none."""
    newest = select(func.coalesce(func.max(_batch.c.number), 0)).where(_batch.c.book_id == book)
    return int(db.execute(newest).scalar_one())


def unsent(db: Connection, *, books: Collection[BookId]) -> tuple[Batch, ...]:
    """The batches of these books that were made and wait to be sent, the oldest first."""
    if not books:
        return ()
    rows = db.execute(
        select(_batch)
        .where(_batch.c.book_id.in_(sorted(books)), _batch.c.state == BatchState.MADE.value)
        .order_by(_batch.c.made_on, _batch.c.book_id, _batch.c.number)
    )
    return tuple(_as_batch(row) for row in rows)


def standings(db: Connection, found: Sequence[Batch]) -> tuple[Standing, ...]:
    """How far each of these batches has come, in their order."""
    if not found:
        return ()
    rows = db.execute(
        select(
            _outcome.c.book_id,
            _outcome.c.batch,
            _outcome.c.outcome,
            func.count().label("lines"),
            func.sum(_line.c.amount).label("total"),
        )
        .join_from(_outcome, _line, _same_line(_outcome, _line))
        .where(
            _outcome.c.book_id.in_(sorted({one.book for one in found})),
            _outcome.c.batch.in_(sorted({one.number for one in found})),
            _is_last_word(),
        )
        .group_by(_outcome.c.book_id, _outcome.c.batch, _outcome.c.outcome)
    )
    sums = {(row.book_id, row.batch, row.outcome): (int(row.lines), int(row.total)) for row in rows}
    made = []
    for one in found:
        paid, paid_total = sums.get((one.book, one.number, Outcome.PAID.value), (0, 0))
        returned, returned_total = sums.get((one.book, one.number, Outcome.FAILED.value), (0, 0))
        made.append(
            Standing(
                batch=one,
                paid=paid,
                paid_total=paid_total,
                returned=returned,
                returned_total=returned_total,
            )
        )
    return tuple(made)


def returned(
    db: Connection, *, books: Collection[BookId], run: RunName | None = None
) -> tuple[Returned, ...]:
    """The payments of these books, or of one run, that came back and were not put into another batch since, the oldest
    first."""
    if not books:
        return ()
    later = _line.alias()
    sent_since = (
        select(later.c.line)
        .where(
            *(later.c[column] == _line.c[column] for column in ("book_id", "kind", "year", "round", "payee")),
            later.c.attempt > _line.c.attempt,
        )
        .exists()
    )
    wanted = [_outcome.c.book_id.in_(sorted(books))]
    if run is not None:
        wanted += _of_run(_line, run)
    rows = db.execute(
        select(
            *(
                _line.c[column]
                for column in ("book_id", "kind", "year", "round", "batch", "line", "payee", "name", "amount")
            ),
            *(_outcome.c[column] for column in ("on", "reason", "said")),
        )
        .join_from(_outcome, _line, _same_line(_outcome, _line))
        .where(*wanted, _outcome.c.outcome == Outcome.FAILED.value, _is_last_word(), ~sent_since)
        .order_by(_outcome.c.on, _line.c.book_id, _line.c.batch, _line.c.line)
    )
    return tuple(
        Returned(
            book=row.book_id,
            run=f"{row.book_id}.{row.kind}.{row.year}.{row.round}",
            batch=row.batch,
            line=row.line,
            payee=row.payee,
            name=row.name,
            amount=row.amount,
            on=row.on,
            reason=Reason(row.reason),
            said=row.said,
        )
        for row in rows
    )


def lines(db: Connection, found: Batch) -> tuple[BatchLine, ...]:
    """The lines of a batch, in their order."""
    rows = db.execute(
        select(_line)
        .where(_line.c.book_id == found.book, _line.c.batch == found.number)
        .order_by(_line.c.line)
    )
    return tuple(_as_line(row, found) for row in rows)


def outcomes(db: Connection, *, book: BookId, number: int) -> Mapping[int, LineOutcome]:
    """The bank's last word on each line of a batch that it spoke of."""
    rows = db.execute(
        select(_outcome)
        .where(_outcome.c.book_id == book, _outcome.c.batch == number)
        .order_by(_outcome.c.line, _outcome.c.seq)
    )
    return {row.line: _as_outcome(row) for row in rows}


def history(
    db: Connection, *, book: BookId, number: int
) -> Mapping[int, tuple[tuple[int, LineOutcome], ...]]:
    """Everything the bank said of each line of a batch, with its number, in order."""
    rows = db.execute(
        select(_outcome)
        .where(_outcome.c.book_id == book, _outcome.c.batch == number)
        .order_by(_outcome.c.line, _outcome.c.seq)
    )
    said: defaultdict[int, list[tuple[int, LineOutcome]]] = defaultdict(list)
    for row in rows:
        said[row.line].append((row.seq, _as_outcome(row)))
    return {line: tuple(words) for line, words in said.items()}


def strays(db: Connection, *, book: BookId) -> tuple[int, ...]:
    """The numbers that lines, outcomes and vouchers name as their batch although no such batch is there."""
    named = union(
        *(select(table.c.batch).where(table.c.book_id == book) for table in (_line, _outcome, _voucher))
    ).subquery()
    there = select(_batch.c.number).where(_batch.c.book_id == book)
    return tuple(
        db.execute(select(named.c.batch).where(named.c.batch.not_in(there)).order_by(named.c.batch)).scalars()
    )


def count_of_payees(db: Connection, run: Run) -> int:
    """How many payees get anything of a run."""
    counted = select(func.count(_run_line.c.payee.distinct())).where(
        *_of_run(_run_line, _name(run.id)), _run_line.c.content == run.content, _run_line.c.amount > 0
    )
    return int(db.execute(counted).scalar_one())


def last_words(db: Connection, *, book: BookId, number: int) -> Mapping[int, int]:
    """How often the bank spoke of each line of a batch."""
    rows = db.execute(
        select(_outcome.c.line, func.max(_outcome.c.seq).label("seq"))
        .where(_outcome.c.book_id == book, _outcome.c.batch == number)
        .group_by(_outcome.c.line)
    )
    return {row.line: row.seq for row in rows}


def sent_again(db: Connection, found: Batch) -> frozenset[int]:
    """The lines of a batch whose payee is in a later batch of the run that was not voided."""
    name = _name(found.run)
    later = _line.alias()
    rows = db.execute(
        select(_line.c.line)
        .join_from(
            _line,
            later,
            and_(
                *(
                    later.c[column] == _line.c[column]
                    for column in ("book_id", "kind", "year", "round", "payee")
                ),
                later.c.attempt > _line.c.attempt,
            ),
        )
        .join(_batch, and_(_batch.c.book_id == later.c.book_id, _batch.c.number == later.c.batch))
        .where(
            *_of_run(_line, name),
            _line.c.batch == found.number,
            _batch.c.state != BatchState.VOIDED.value,
        )
        .distinct()
    )
    return frozenset(rows.scalars())


def vouchers(db: Connection, *, book: BookId, number: int) -> tuple[VoucherId, ...]:
    """The vouchers the answers to a batch posted, in posting order."""
    rows = db.execute(
        select(_voucher.c.voucher_id)
        .where(_voucher.c.book_id == book, _voucher.c.batch == number)
        .order_by(_voucher.c.voucher_id)
    )
    return tuple(rows.scalars())


def dues(db: Connection, run: Run) -> Mapping[str, Due]:
    """What a booked run owes to each of its payees, by payee, and where the money is. Who gets nothing has no due."""
    name = _name(run.id)
    book = books.book(db, id=run.book)
    assert book is not None, "a run is of a book that is there"
    chart = standard(book.standard)
    accounts_of = {
        part.no: payable_account(run.kind, part=part, standard=chart)
        for part in runs.parts(db, name, content=run.content)
    }
    owed: defaultdict[str, defaultdict[str, Fen]] = defaultdict(lambda: defaultdict(int))
    for line in runs.lines(db, name, content=run.content):
        if line.amount:
            owed[line.payee][accounts_of[line.part]] += line.amount
    withheld: defaultdict[str, defaultdict[str, Fen]] = defaultdict(lambda: defaultdict(int))
    for (part, payee), amount in runs.withheld(db, name, content=run.content).items():
        withheld[payee][accounts_of[part]] += amount
    held = notices.held_lines(db, run)
    carried = _carried(db, name)
    people = _people_of(db, run)
    return {
        payee: _due(
            payee,
            accounts,
            details={account: people.get((account, payee), payee) for account in accounts},
            withheld=withheld[payee],
            held=payee in held,
            carried=carried.get(payee),
        )
        for payee, accounts in sorted(owed.items())
    }


def _people_of(db: Connection, run: Run) -> Mapping[tuple[str, str], str]:
    """Under which name bonuses and instalments are owed, by account and payee; everything else is owed under the payee's
    own number."""
    if run.kind is not RunKind.INSTALMENT:
        return {}
    inputs, _ = runs.frozen_inputs(db, _name(run.id), content=run.content)
    assert isinstance(inputs, OrderInputs), "an order's inputs are an order's"
    return {(line.account, line.member): line.detail for line in inputs.lines}


def kinds_of_vouchers(db: Connection, *, book: BookId) -> Mapping[VoucherId, RunKind]:
    """The kind of run by which a book's vouchers were posted: by the runs themselves, and by what their batches paid."""
    paid = select(_voucher.c.voucher_id, _batch.c.kind).join_from(
        _voucher,
        _batch,
        and_(_batch.c.book_id == _voucher.c.book_id, _batch.c.number == _voucher.c.batch),
    )
    posted = select(_run_voucher.c.voucher_id, _run_voucher.c.kind)
    rows = db.execute(
        union(paid.where(_voucher.c.book_id == book), posted.where(_run_voucher.c.book_id == book))
    )
    return {row.voucher_id: RunKind(row.kind) for row in rows}


def payees(
    db: Connection, *, book: BookId, payees: Iterable[str], in_cash: bool = False
) -> Mapping[str, Payee]:
    """Where the money of these payees goes: to the account on record, of who died to that of the one heir. Left out: who
    has none, unless it is paid ``in_cash``, and who has several heirs."""
    wanted = set(payees)
    known = members.members(db, book=book)
    digests = members.secret_digests(db, book=book)
    heirs = defaultdict(list)
    for heir in members.heirs(db, book=book):
        heirs[heir.member].append(heir)
    found: dict[str, Payee] = {}
    for payee in sorted(wanted & known.keys()):
        member = known[payee]
        if heirs[payee]:
            heir, *others = heirs[payee]
            if not others and (heir.bank_account or in_cash):
                sealed = members.heir_secrets(db, book=book, heir=heir.heir).get(SecretField.BANK_ACCOUNT)
                found[payee] = Payee(
                    payee=payee,
                    heir=heir.heir,
                    name=heir.name,
                    bank=heir.bank,
                    account=heir.bank_account,
                    digest="" if sealed is None else sealed.digest,
                )
        elif member.bank_account or in_cash:
            found[payee] = Payee(
                payee=payee,
                heir=None,
                name=member.name,
                bank=member.bank,
                account=member.bank_account,
                digest=digests.get((payee, SecretField.BANK_ACCOUNT), ""),
            )
    return found


def _carried(db: Connection, name: RunName) -> Mapping[str, Carried]:
    """Of each payee of a run the last attempt, and what the bank said of it."""
    rows = db.execute(
        select(
            _line.c.payee,
            _line.c.attempt,
            _line.c.batch,
            _line.c.line,
            _batch.c.state.label("batch_state"),
            *(_outcome.c[column] for column in ("outcome", "on", "turn", "reason", "said", "by", "at")),
        )
        .join_from(_line, _batch, and_(_batch.c.book_id == _line.c.book_id, _batch.c.number == _line.c.batch))
        .outerjoin(
            _outcome,
            and_(
                _outcome.c.book_id == _line.c.book_id,
                _outcome.c.batch == _line.c.batch,
                _outcome.c.line == _line.c.line,
            ),
        )
        .where(*_of_run(_line, name))
        .order_by(_line.c.payee, _line.c.attempt, _outcome.c.seq)
    )
    return {
        row.payee: Carried(
            batch=row.batch,
            attempt=row.attempt,
            voided=row.batch_state == BatchState.VOIDED.value,
            last=None if row.outcome is None else _as_outcome(row),
        )
        for row in rows
    }


def last_words_at(db: Connection, name: RunName) -> Mapping[str, Instant]:
    """When the bank's last word on each payee of a run was written down; nothing of whom it has not spoken of."""
    return {
        payee: carried.last.at for payee, carried in _carried(db, name).items() if carried.last is not None
    }


def _due(
    payee: str,
    accounts: Mapping[str, Fen],
    *,
    details: Mapping[str, str],
    withheld: Mapping[str, Fen],
    held: bool,
    carried: Carried | None,
) -> Due:
    gross = sum(accounts.values())
    last = None if carried is None else carried.last
    attempt = 0 if carried is None else carried.attempt
    voided = carried is not None and carried.voided
    return Due(
        payee=payee,
        gross=gross,
        withheld=sum(withheld.values()),
        net=gross - sum(withheld.values()),
        parts=tuple(
            DuePart(
                account=account, detail=details[account], amount=amount, withheld=withheld.get(account, 0)
            )
            for account, amount in sorted(accounts.items())
        ),
        state=rules.state_of(held=held, attempt=attempt, last=last, voided=voided),
        attempt=attempt,
        batch=None if carried is None else carried.batch,
        reason=None if last is None else last.reason,
        said="" if last is None else last.said,
    )


def _same_line(one: Any, other: Any) -> ColumnElement[bool]:
    return and_(one.c.book_id == other.c.book_id, one.c.batch == other.c.batch, one.c.line == other.c.line)


def _is_last_word() -> ColumnElement[bool]:
    """That nothing was said of the line after this."""
    after = _outcome.alias()
    return ~select(after.c.seq).where(_same_line(after, _outcome), after.c.seq > _outcome.c.seq).exists()


def _of_run(table: Any, name: RunName) -> list[Any]:
    return [
        table.c.book_id == name.book,
        table.c.kind == name.kind.value,
        table.c.year == name.year,
        table.c.round == name.round,
    ]


def _name(run: str) -> RunName:
    name = name_of(run)
    assert name is not None, "a run is kept under its name"
    return name


def _as_batch(row: Row[Any]) -> Batch:
    return Batch(
        book=row.book_id,
        number=row.number,
        run=f"{row.book_id}.{row.kind}.{row.year}.{row.round}",
        channel=Channel(row.channel),
        format=row.format,
        account=row.account,
        state=BatchState(row.state),
        lines=row.lines,
        total=row.total,
        made_by=row.made_by,
        made_on=row.made_on,
        sent_by=row.sent_by,
        sent_on=row.sent_on,
        version=row.version,
    )


def _as_line(row: Row[Any], found: Batch) -> BatchLine:
    return BatchLine(
        no=row.line,
        payee=row.payee,
        attempt=row.attempt,
        amount=row.amount,
        to=Payee(
            payee=row.payee,
            heir=row.heir,
            name=row.name,
            bank=row.bank,
            account=row.account_shown,
            digest=row.account_digest,
        ),
        reference=rules.reference_of(found.name, row.line),
    )


def _as_outcome(row: Row[Any]) -> LineOutcome:
    return LineOutcome(
        no=row.line,
        outcome=Outcome(row.outcome),
        on=row.on,
        reason=Reason(row.reason) if row.reason else None,
        said=row.said,
        recorded_by=row.by,
        at=row.at,
        turn=row.turn,
    )
