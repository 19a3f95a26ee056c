"""Naming project money for its source and use, and taking it back."""

from collections.abc import Iterable
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.contracts import queries as contracts
from coop.inventory import queries as inventory
from coop.inventory.rules import faults_of_book
from coop.project_money import queries, rules
from coop.project_money.tables import ProjectMoneyRow
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.log.rules import reason_must_be_given
from schemas.books import Book
from schemas.log import Act
from schemas.problems import Refusal
from schemas.project_money import MoneyLine, MoneyNaming, ProjectMoney
from schemas.units import Fen, PersonId, VoucherId

_as_json = msgspec.json.Encoder(order="deterministic").encode


def name_line(
    db: Connection,
    new: MoneyNaming,
    *,
    voucher: VoucherId,
    line: int,
    book: Book,
    by: PersonId,
    at: datetime,
) -> ProjectMoney:
    """Say of which source a line on 241 is and for which project, and what it went into. Refused: no such line, named before,
    more used than the project has of the source, a contract or item nobody knows."""
    log.lock(db, book=book.id)
    problems = faults_of_book(book)
    if not problems:
        found = queries.lines(db, book=book.id, as_of=date.max)
        one = next((one for one in found if (one.voucher, one.line) == (voucher, line)), None)
        problems = rules.faults_of_naming(
            new,
            one,
            voucher=voucher,
            number=line,
            left=_left(found, new),
            contracts={each.number for each in contracts.contracts(db, book=book.id)},
            items=inventory.item_facts(db, book=book.id).keys(),
        )
    if problems:
        raise Refusal(*problems)
    _write(db, new, voucher=voucher, line=line, reason="", book=book, by=by, at=at)
    return queries.project_money(db, book=book, as_of=date.max)


def take_back(
    db: Connection,
    *,
    voucher: VoucherId,
    line: int,
    reason: str,
    book: Book,
    by: PersonId,
    at: datetime,
) -> ProjectMoney:
    """Take back what a line was named. Refused where that was money that uses named for it need."""
    log.lock(db, book=book.id)
    found = queries.lines(db, book=book.id, as_of=date.max)
    one = next((one for one in found if (one.voucher, one.line) == (voucher, line)), None)
    left = 0 if one is None or one.naming is None else _left(found, one.naming)
    problems = list(rules.faults_of_taking_back(one, voucher=voucher, number=line, left=left))
    if not reason.strip():
        problems.append(reason_must_be_given.at("/reason"))
    if problems:
        raise Refusal(*problems)
    _write(db, None, voucher=voucher, line=line, reason=reason.strip(), book=book, by=by, at=at)
    return queries.project_money(db, book=book, as_of=date.max)


def _left(found: Iterable[MoneyLine], naming: MoneyNaming) -> Fen:
    """What a project has of a source by what was named."""
    return sum(
        each.received - each.used
        for each in found
        if each.naming is not None
        and (each.naming.source, each.naming.project) == (naming.source, naming.project)
    )


def _write(
    db: Connection,
    naming: MoneyNaming | None,
    *,
    voucher: VoucherId,
    line: int,
    reason: str,
    book: Book,
    by: PersonId,
    at: datetime,
) -> None:
    when = log.instant(at)
    turn = queries.last_naming(db, book=book.id, voucher=voucher, line=line) + 1
    db.execute(
        insert(table_of(ProjectMoneyRow)),
        [
            {
                "book_id": book.id,
                "voucher_id": voucher,
                "line": line,
                "turn": turn,
                "body": None if naming is None else _as_json(naming).decode(),
                "reason": reason,
                "named_by": by,
                "at": when,
            }
        ],
    )
    act = Act(
        by=by,
        act=rules.UNNAMED if naming is None else rules.NAMED,
        subject=f"voucher:{voucher}",
        after=f"{line} {reason if naming is None else f'{naming.source} {naming.project}'}",
        content=rules.sealed_naming(voucher, line, naming=naming, reason=reason, by=by, at=when),
    )
    log.record(db, act, book=book.id, at=at)
