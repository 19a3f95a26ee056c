"""Signing contracts, amending and ending them, adding their scans, naming what was received, and drafting its voucher."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.contracts import queries, rules
from coop.contracts.tables import ContractChangeRow, ContractPaperRow, ContractReceiptRow, ContractRow
from coop.inventory import queries as inventory
from coop.inventory.rules import faults_of_book
from ledger.books import queries as books
from ledger.columns import table_of
from ledger.details import queries as details
from ledger.evidence import actions as evidence
from ledger.keys import queries as used_keys
from ledger.log import actions as log
from ledger.log.rules import reason_must_be_given
from ledger.money import yuan
from ledger.vouchers import actions as vouchers
from ledger.vouchers import queries as kept
from schemas.books import Book
from schemas.contracts import Amended, Amendment, Contract, Ended, Ending, NewContract
from schemas.evidence import EvidenceFile
from schemas.log import Act
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.units import PersonId, VoucherId
from schemas.vouchers import NewDraft, Origin, State, Voucher

_as_json = msgspec.json.Encoder(order="deterministic").encode


def sign(db: Connection, new: NewContract, *, book: Book, by: PersonId, on: date, at: datetime) -> Contract:
    """Write down a contract. Refused: no collective's book, a number taken, a party or an item nobody knows, a term or prices
    that make no sense, a day to come. What is only found of it (procedure, scan, an over-long term) refuses nothing."""
    head = log.lock(db, book=book.id)
    problems: Sequence[Problem] = faults_of_book(book)
    if not problems:
        problems = rules.faults_of_contract(
            new,
            taken={one.number for one in queries.contracts(db, book=book.id)},
            parties=details.known(db, book=book.id, codes=[new.counterparty]).keys(),
            items=inventory.item_facts(db, book=book.id).keys(),
            on=on,
        )
    if problems:
        raise Refusal(*problems)
    when = log.instant(at)
    db.execute(
        insert(table_of(ContractRow)),
        [
            {
                "book_id": book.id,
                "number": new.number,
                "counterparty": new.counterparty,
                "body": _as_json(new).decode(),
                "written_by": by,
                "at": when,
            }
        ],
    )
    terms = new.terms
    act = Act(
        by=by,
        act=rules.SIGNED,
        subject=rules.subject_of(new.number),
        after=f"{new.signed_on} {new.title} {terms.from_date}…{terms.last_day} {yuan(terms.steps[0].amount)}",
        content=rules.sealed_contract(new, number=new.number, counterparty=new.counterparty, by=by, at=when),
    )
    log.append(db, [act], book=book.id, head=head, at=at)
    return Contract(contract=new, by=by, at=when)


def amend(db: Connection, new: Amendment, *, number: str, book: Book, by: PersonId, at: datetime) -> Contract:
    """Write down what is agreed from a day on instead; what fell due before stays as it was."""
    head = log.lock(db, book=book.id)
    contract = _there(db, number, book=book)
    problems = rules.faults_of_amendment(new, contract, items=inventory.item_facts(db, book=book.id).keys())
    if problems:
        raise Refusal(*problems)
    turn = queries.last_change(db, book=book.id, number=number) + 1
    made = Amended(
        day=new.day, terms=new.terms, paper=new.paper.strip(), turn=turn, by=by, at=log.instant(at)
    )
    _write_change(db, made, number=number, book=book)
    act = Act(
        by=by,
        act=rules.AMENDED,
        subject=rules.subject_of(number),
        before=_text(contract),
        after=f"{made.day} {made.terms.last_day} {made.paper}",
        content=rules.sealed_change(number, made, turn=turn, by=by, at=made.at),
    )
    log.append(db, [act], book=book.id, head=head, at=at)
    return msgspec.structs.replace(contract, amendments=(*contract.amendments, made))


def end(db: Connection, new: Ending, *, number: str, book: Book, by: PersonId, at: datetime) -> Contract:
    """Write down that a contract ended before its term; what would begin later no longer falls due."""
    head = log.lock(db, book=book.id)
    contract = _there(db, number, book=book)
    problems = rules.faults_of_ending(new, contract)
    if problems:
        raise Refusal(*problems)
    turn = queries.last_change(db, book=book.id, number=number) + 1
    made = Ended(last_day=new.last_day, reason=new.reason.strip(), turn=turn, by=by, at=log.instant(at))
    _write_change(db, made, number=number, book=book)
    act = Act(
        by=by,
        act=rules.ENDED,
        subject=rules.subject_of(number),
        before=_text(contract),
        after=f"{made.last_day} {made.reason}",
        content=rules.sealed_change(number, made, turn=turn, by=by, at=made.at),
    )
    log.append(db, [act], book=book.id, head=head, at=at)
    return msgspec.structs.replace(contract, ended=made)


def add_paper(
    db: Connection, file: EvidenceFile, *, number: str, book: Book, by: PersonId, at: datetime
) -> Contract:
    """Add a scan to a contract; its bytes are in the store before. The same file again changes nothing."""
    head = log.lock(db, book=book.id)
    contract = _there(db, number, book=book)
    if any(one.sha256 == file.sha256 for one in contract.papers):
        return contract
    evidence.know_files(db, [file], book=book.id)
    when = log.instant(at)
    db.execute(
        insert(table_of(ContractPaperRow)),
        [
            {
                "book_id": book.id,
                "number": number,
                "sha256": file.sha256,
                "name": file.name,
                "added_by": by,
                "at": when,
            }
        ],
    )
    act = Act(
        by=by,
        act=rules.PAPERED,
        subject=rules.subject_of(number),
        after=file.name,
        content=rules.sealed_paper(number, sha256=file.sha256, name=file.name, by=by, at=when),
    )
    log.append(db, [act], book=book.id, head=head, at=at)
    return _there(db, number, book=book)


# What was received


def name_receipt(
    db: Connection, *, number: str, voucher: VoucherId, line: int, book: Book, by: PersonId, at: datetime
) -> None:
    """Name a posted line for the contract it was received for; it fills the contract's dues oldest first. Refused: a line that
    is no money received, of a cancelled voucher, or named already."""
    log.lock(db, book=book.id)
    contract = _there(db, number, book=book)
    problems = rules.faults_of_receipt(
        kept.voucher(db, book=book.id, id=voucher),
        id=voucher,
        line=line,
        contract=contract,
        named_for=queries.named(db, book=book.id).get((voucher, line)),
        cancelled=voucher in kept.cancelled_among(db, book=book.id, ids=[voucher]),
    )
    if problems:
        raise Refusal(*problems)
    _write_receipt(db, voucher, line, number=number, reason="", book=book, by=by, at=at)


def take_back_receipt(
    db: Connection,
    *,
    number: str,
    voucher: VoucherId,
    line: int,
    reason: str,
    book: Book,
    by: PersonId,
    at: datetime,
) -> None:
    """Take back that a line was received for a contract."""
    log.lock(db, book=book.id)
    problems = []
    if queries.named(db, book=book.id).get((voucher, line)) != number:
        problems.append(rules.line_must_be_named.at("/line", voucher=voucher, line=line))
    if not reason.strip():
        problems.append(reason_must_be_given.at("/reason"))
    if problems:
        raise Refusal(*problems)
    _write_receipt(db, voucher, line, number=None, reason=reason.strip(), book=book, by=by, at=at)


def draft_due(
    db: Connection, *, number: str, place: int, book: Book, by: PersonId, on: date, at: datetime
) -> Voucher:
    """Draft the voucher that receives what is open of a due: 102 against 501, of an investment against 502. It is reviewed and
    posted like any other, and named for the contract then; a draft fulfils nothing. Asked again it is the voucher that was
    drafted before, until that one is withdrawn, cancelled, or named."""
    log.lock(db, book=book.id)
    _there(db, number, book=book)
    standing = queries.standing(db, book=book.id, number=number, as_of=on)
    assert standing is not None, "a contract is signed by the day it is written down"
    said = standing.contract.contract
    party = details.known(db, book=book.id, codes=[said.counterparty])[said.counterparty]
    income = books.accounts(db, book=book)[rules.income_of(said.kind)]
    fits = party.kind in income.statutory.kept_by
    draft = rules.draft_of_due(standing, place=place, dated=on, party_fits=fits)
    if draft is None:
        raise Refusal(rules.nothing_must_be_open.at("/place", number=number, place=place))
    before, turn = _drafted_before(db, number, place, book=book)
    if before is not None:
        return before
    new = NewDraft(draft=draft, key=rules.key_of_draft(number, place, turn=turn))
    return vouchers.one(vouchers.draft_many(db, [new], book=book.id, by=by, on=on, at=at, origin=Origin.HAND))


def _drafted_before(db: Connection, number: str, place: int, *, book: Book) -> tuple[Voucher | None, int]:
    """The voucher drafted for what is open of a due, as it stands, while it may still receive it: neither withdrawn nor
    cancelled nor named for a contract; and which draft of the due the next one is."""
    turn = 1
    while True:
        key = rules.key_of_draft(number, place, turn=turn)
        answered = used_keys.vouchers_answered(db, book=book.id, keys=[key]).get(key)
        if answered is None:
            return None, turn
        voucher = kept.voucher(db, book=book.id, id=answered)
        assert voucher is not None, "what was drafted stays, withdrawn or not"
        over = (
            voucher.state is State.WITHDRAWN
            or kept.cancelled_among(db, book=book.id, ids=[answered])
            or any(id == answered for id, _ in queries.named(db, book=book.id))
        )
        if not over:
            return voucher, turn
        turn += 1


def _there(db: Connection, number: str, *, book: Book) -> Contract:
    found = queries.contracts(db, book=book.id, number=number)
    if not found:
        raise Refusal(rules.contract_must_be_there.at("/number", number=number), kind=RefusalKind.MISSING)
    return found[0]


def _text(contract: Contract) -> str:
    terms = contract.terms
    return f"{terms.from_date}…{contract.last_day} {yuan(terms.steps[-1].amount)}"


def _write_change(db: Connection, made: Amended | Ended, *, number: str, book: Book) -> None:
    db.execute(
        insert(table_of(ContractChangeRow)),
        [
            {
                "book_id": book.id,
                "number": number,
                "turn": made.turn,
                "kind": "amended" if isinstance(made, Amended) else "ended",
                "body": _as_json(made).decode(),
                "written_by": made.by,
                "at": made.at,
            }
        ],
    )


def _write_receipt(
    db: Connection,
    voucher: VoucherId,
    line: int,
    *,
    number: str | None,
    reason: str,
    book: Book,
    by: PersonId,
    at: datetime,
) -> None:
    when = log.instant(at)
    turn = queries.last_naming(db, book=book.id, voucher=voucher, line=line) + 1
    db.execute(
        insert(table_of(ContractReceiptRow)),
        [
            {
                "book_id": book.id,
                "voucher_id": voucher,
                "line": line,
                "turn": turn,
                "number": number,
                "reason": reason,
                "named_by": by,
                "at": when,
            }
        ],
    )
    act = Act(
        by=by,
        act=rules.UNNAMED if number is None else rules.RECEIVED,
        subject=f"voucher:{voucher}",
        after=f"{line} {number or reason}",
        content=rules.sealed_receipt(voucher, line, number=number, reason=reason, by=by, at=when),
    )
    log.record(db, act, book=book.id, at=at)
