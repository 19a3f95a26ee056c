"""Which runs there are, what was frozen for them, and what they would come to now."""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, func, select

from ledger.columns import Prepared, portions, read_back, table_of
from payouts.policies import queries as policies
from payouts.runs import rules
from payouts.runs.rules import DividendHead, Inputs, RunName
from payouts.runs.tables import (
    RunActRow,
    RunContentRow,
    RunDocumentRow,
    RunLineRow,
    RunPartRow,
    RunRow,
    RunVoucherRow,
    RunWithholdingRow,
)
from schemas.policies import BasisKind, Procedure
from schemas.rewards import RewardInputs
from schemas.runs import (
    BOOKED,
    ORDERS,
    CommissionInputs,
    DividendInputs,
    Document,
    OrderInputs,
    PayeeTotal,
    Run,
    RunAct,
    RunDocument,
    RunId,
    RunKind,
    RunLine,
    RunPart,
    RunState,
    RunStep,
)
from schemas.tiers import TierInputs
from schemas.units import BookId, Fen, VoucherId

_run = table_of(RunRow)
_content = table_of(RunContentRow)
_part = table_of(RunPartRow)
_line = table_of(RunLineRow)
_act = table_of(RunActRow)
_document = table_of(RunDocumentRow)
_voucher = table_of(RunVoucherRow)
_withholding = table_of(RunWithholdingRow)

_BY_TRADE = frozenset({BasisKind.TRADE_VALUE, BasisKind.TRADE_QUANTITY})
_INPUTS: Mapping[RunKind, type[Inputs]] = {
    RunKind.DIVIDEND: DividendInputs,
    RunKind.COMMISSION: CommissionInputs,
    RunKind.TIERS: TierInputs,
    RunKind.REWARD: RewardInputs,
    **dict.fromkeys(ORDERS, OrderInputs),
}


def _named(table: Table) -> list[Any]:
    """Of the run whose name ``_asked`` gives."""
    columns = {"book": "book_id", "kind": "kind", "year": "year", "round": "round"}
    return [table.c[column] == bindparam(value) for value, column in columns.items()]


def _asked(name: RunName) -> Mapping[str, str | int]:
    return {"book": name.book, "kind": name.kind.value, "year": name.year, "round": name.round}


_RUN = Prepared(select(_run).where(*_named(_run)))
_PARTS = Prepared(
    select(_part).where(*_named(_part), _part.c.content == bindparam("content")).order_by(_part.c.no)
)
_ACTS = Prepared(select(_act).where(*_named(_act)).order_by(_act.c.seq))
_DOCUMENTS = Prepared(
    select(_document).where(*_named(_document)).order_by(_document.c.at, _document.c.sha256)
)


@cache
def _runs(*, year: bool, kind: bool) -> Prepared:
    wanted = [_run.c.book_id == bindparam("book")]
    wanted += [_run.c.year == bindparam("year")] if year else []
    wanted += [_run.c.kind == bindparam("kind")] if kind else []
    return Prepared(
        select(_run).where(*wanted).order_by(_run.c.year.desc(), _run.c.kind, _run.c.round.desc())
    )


def run(db: Connection, name: RunName) -> Run | None:
    """The run of this name as it stands."""
    row = _RUN.first(db, **_asked(name))
    return None if row is None else _as_run(row)


def runs(
    db: Connection, *, book: BookId, year: int | None = None, kind: RunKind | None = None
) -> tuple[Run, ...]:
    """The runs of a book, the newest year first."""
    given: dict[str, str | int] = {"book": book}
    if year is not None:
        given["year"] = year
    if kind is not None:
        given["kind"] = kind.value
    rows = _runs(year=year is not None, kind=kind is not None).rows(db, **given)
    return tuple(_as_run(row) for row in rows)


def homes(db: Connection, *, kind: RunKind) -> tuple[BookId, ...]:
    """The books, or townships, that have a run of a kind."""
    rows = db.execute(
        select(_run.c.book_id).where(_run.c.kind == kind.value).distinct().order_by(_run.c.book_id)
    )
    return tuple(rows.scalars())


def open_run(db: Connection, *, book: BookId, kind: RunKind) -> Run | None:
    """The run of a kind that is under way: neither posted nor taken back."""
    over = {*BOOKED, RunState.REVERTED}
    return next((one for one in runs(db, book=book, kind=kind) if one.state not in over), None)


def titles(db: Connection, found: Iterable[Run]) -> Mapping[RunId, str]:
    """What runs of rewards are of, by their names: the scheme and its period."""
    return {
        one.id: parts(db, _name_of(one), content=one.content)[0].name
        for one in found
        if one.kind is RunKind.REWARD
    }


def standing(db: Connection, *, book: BookId, kind: RunKind, year: int) -> Run | None:
    """The year's run of a kind that is not reverted."""
    for one in runs(db, book=book, year=year, kind=kind):
        if one.state is not RunState.REVERTED:
            return one
    return None


def last_round(db: Connection, *, book: BookId, kind: RunKind, year: int) -> int:
    """The number of the year's last round of a kind, 0 when there was none."""
    newest = select(func.coalesce(func.max(_run.c.round), 0)).where(
        _run.c.book_id == book, _run.c.kind == kind.value, _run.c.year == year
    )
    return int(db.execute(newest).scalar_one())


def frozen_inputs(db: Connection, name: RunName, *, content: int) -> tuple[Inputs, str]:
    """What was frozen as this content, and its digest as stored."""
    row = db.execute(select(_content).where(*_of(_content, name), _content.c.content == content)).one()
    frozen: Any = _INPUTS[name.kind]
    inputs: Inputs = read_back(row, _content.c.inputs, frozen)
    return inputs, row.digest


def dividend_head(db: Connection, name: RunName, *, content: int) -> DividendHead:
    """What was frozen of a dividend, but for its members' weights; of twenty thousand members in milliseconds."""
    row = db.execute(select(_content).where(*_of(_content, name), _content.c.content == content)).one()
    return read_back(row, _content.c.inputs, DividendHead)


def digests(db: Connection, name: RunName) -> Mapping[int, str]:
    """The digest of everything that was frozen for a run, by its number."""
    rows = db.execute(
        select(_content.c.content, _content.c.digest).where(*_of(_content, name)).order_by(_content.c.content)
    )
    return {row.content: row.digest for row in rows}


def parts(db: Connection, name: RunName, *, content: int) -> tuple[RunPart, ...]:
    """The legs of a content in their order."""
    rows = _PARTS.rows(db, **_asked(name), content=content)
    return tuple(
        RunPart(
            no=row.no,
            name=row.name,
            bp=row.bp,
            basis=row.basis,
            patronage=bool(row.patronage),
            amount=row.amount,
            total_weight=int(row.total_weight),
            fen_from_remainders=row.fen_from_remainders,
        )
        for row in rows
    )


def lines(
    db: Connection,
    name: RunName,
    *,
    content: int,
    payee: str | None = None,
    after: tuple[str, int] | None = None,
    limit: int | None = None,
) -> tuple[RunLine, ...]:
    """The lines of a content by payee and leg; of one payee, or so many after one."""
    wanted = [*_of(_line, name), _line.c.content == content]
    if payee is not None:
        wanted.append(_line.c.payee == payee)
    if after is not None:
        member, part = after
        wanted.append((_line.c.payee > member) | ((_line.c.payee == member) & (_line.c.part > part)))
    asked = select(_line).where(*wanted).order_by(_line.c.payee, _line.c.part)
    rows = db.execute(asked if limit is None else asked.limit(limit))
    return tuple(
        RunLine(
            part=row.part,
            payee=row.payee,
            weight=row.weight,
            amount=row.amount,
            fen_from_remainder=bool(row.fen_from_remainder),
        )
        for row in rows
    )


def withheld(db: Connection, name: RunName, *, content: int) -> Mapping[tuple[int, str], Fen]:
    """What is withheld of the lines of a content, by part and payee; only where something is."""
    rows = db.execute(
        select(_withholding.c.part, _withholding.c.payee, _withholding.c.amount).where(
            *_of(_withholding, name), _withholding.c.content == content
        )
    )
    return {(row.part, row.payee): row.amount for row in rows}


def member_totals(
    db: Connection,
    name: RunName,
    *,
    content: int,
    payees: Collection[str] | None = None,
    after: str = "",
    limit: int | None = None,
) -> tuple[PayeeTotal, ...]:
    """What each payee of a content gets by trade and otherwise, by number; of these payees, or so many after one."""
    by_trade = func.coalesce(func.sum(_line.c.amount).filter(_part.c.patronage == 1), 0)
    wanted = [*_of(_line, name), _line.c.content == content, _line.c.payee > after]
    if payees is not None:
        wanted.append(_line.c.payee.in_(sorted(payees)))
    same = [_part.c[column] == _line.c[column] for column in ("book_id", "kind", "year", "round", "content")]
    rows = db.execute(
        select(_line.c.payee, by_trade.label("by_trade"), func.sum(_line.c.amount).label("total"))
        .join_from(_line, _part, and_(*same, _part.c.no == _line.c.part))
        .where(*wanted)
        .group_by(_line.c.payee)
        .order_by(_line.c.payee)
        .limit(limit)
    )
    return tuple(
        PayeeTotal(payee=row.payee, by_trade=int(row.by_trade), total=int(row.total)) for row in rows
    )


def sums(db: Connection, name: RunName, *, content: int) -> tuple[int, Fen]:
    """How many payees a content has, and what its lines come to together."""
    row = db.execute(
        select(func.count(_line.c.payee.distinct()), func.coalesce(func.sum(_line.c.amount), 0)).where(
            *_of(_line, name), _line.c.content == content
        )
    ).one()
    return int(row[0]), int(row[1])


def open_runs(db: Connection, *, books: Collection[BookId]) -> tuple[tuple[Run, RunAct], ...]:
    """The runs of these books that are neither posted nor reverted, each with its last step; the longest untouched
    first."""
    over = [state.value for state in (*BOOKED, RunState.REVERTED)]
    found = [
        _as_run(row)
        for some in portions(sorted(books))
        for row in db.execute(select(_run).where(_run.c.book_id.in_(some), _run.c.state.not_in(over)))
    ]
    waiting = [(run, acts(db, _name_of(run))[-1]) for run in found]
    return tuple(sorted(waiting, key=lambda one: (one[1].on, one[1].at, one[0].id)))


def posted_before(db: Connection, *, book: BookId, kind: RunKind, year: int) -> Run | None:
    """The last posted run of a kind in an earlier year."""
    for one in runs(db, book=book, kind=kind):
        if one.year < year and one.is_booked:
            return one
    return None


def acts(db: Connection, name: RunName) -> tuple[RunAct, ...]:
    """The steps of a run in their order."""
    rows = _ACTS.rows(db, **_asked(name))
    return tuple(
        RunAct(
            seq=row.seq,
            step=RunStep(row.step),
            by=row.by,
            on=row.on,
            at=row.at,
            content=row.content,
            reason=row.reason,
        )
        for row in rows
    )


def procedure_of(db: Connection, name: RunName, acts: Iterable[RunAct]) -> Procedure:
    """How a run is agreed on 办理程序. A list keeps the clock it was hung out with: what is approved for its year
    afterwards counts for the next one."""
    hung = rules.publication(acts)
    if hung is None:
        return policies.procedure(db, book=name.book, year=name.year)
    return policies.procedure(db, book=name.book, year=name.year, known_at=hung.at)


def documents(db: Connection, name: RunName) -> tuple[RunDocument, ...]:
    """What is attached to a run, in the order it came."""
    rows = _DOCUMENTS.rows(db, **_asked(name))
    return tuple(
        RunDocument(
            sha256=row.sha256,
            document=Document(row.document),
            name=row.name,
            by=row.added_by,
            at=row.at,
        )
        for row in rows
    )


def vouchers(db: Connection, name: RunName) -> tuple[VoucherId, ...]:
    """The vouchers a run posted, its red ones included, in posting order."""
    rows = db.execute(
        select(_voucher.c.voucher_id).where(*_of(_voucher, name)).order_by(_voucher.c.voucher_id)
    )
    return tuple(rows.scalars())


def _of(table: Table, name: RunName) -> list[Any]:
    return [
        table.c.book_id == name.book,
        table.c.kind == name.kind.value,
        table.c.year == name.year,
        table.c.round == name.round,
    ]


def _name_of(run: Run) -> RunName:
    return RunName(book=run.book, kind=run.kind, year=run.year, round=run.round)


def _as_run(row: Any) -> Run:
    kind = RunKind(row.kind)
    return Run(
        id=str(RunName(book=row.book_id, kind=kind, year=row.year, round=row.round)),
        book=row.book_id,
        kind=kind,
        year=row.year,
        round=row.round,
        state=RunState(row.state),
        content=row.content,
        digest=row.digest,
        total=row.total,
        policy_version=row.policy_version,
        prepared_by=row.prepared_by,
        approved_by=row.approved_by,
        resolution=row.resolution,
        version=row.version,
    )
