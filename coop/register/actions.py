"""Preparing an act of the register 经办, confirming it 复核, declining it 退回, withdrawing it 撤回.

Whoever prepares an act sees everything it writes, and nothing of it is there before a second person confirms it. Then
movements, vouchers, animals, asset cards and members are written in one transaction, and the register equals 301 again.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, delete, insert, update

from coop.herd import actions as herd
from coop.members import actions as members
from coop.members import queries as known_members
from coop.members.rules import identity_must_be_new_to_the_book, kind_of_identity
from coop.register import crossings, entries, queries, rules
from coop.register.tables import (
    RegisterMovementRow,
    RegisterRequestRow,
    RegisterReversalRow,
    RegisterSecretRow,
    RegisterVoucherRow,
)
from coop.shares import actions as shares
from coop.shares import queries as known_shares
from coop.vault.rules import Vault, digest, seal, unseal
from ledger.assets import actions as assets
from ledger.books import queries as books
from ledger.charts import standard
from ledger.columns import table_of
from ledger.details import actions as details
from ledger.details import queries as known_details
from ledger.log import actions as log
from ledger.log.rules import reason_must_be_given
from ledger.money import yuan
from ledger.outbox import actions as outbox
from ledger.seal.rules import digest_of
from ledger.vouchers import actions as vouchers
from ledger.vouchers import rules as voucher_rules
from schemas.books import Book
from schemas.identity import IdentityKind
from schemas.log import Act
from schemas.members import SecretField
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.register import ActState, AnyAct, Joining, RegisterRequest, TakeBack, Written
from schemas.units import BookId, PersonId, VoucherId
from schemas.vouchers import MadeVoucher, Origin

_request = table_of(RegisterRequestRow)
_secret = table_of(RegisterSecretRow)
_voucher = table_of(RegisterVoucherRow)
_movement = table_of(RegisterMovementRow)
_reversal = table_of(RegisterReversalRow)
_encode = msgspec.json.Encoder(order="deterministic").encode
_ACT: msgspec.json.Decoder[AnyAct] = msgspec.json.Decoder(AnyAct)


def prepare(
    db: Connection, act: AnyAct, *, book: BookId, vault: Vault, by: PersonId, on: date, at: datetime
) -> RegisterRequest:
    """Prepare an act for a second person: everything is worked out and tried, nothing is written but the request.

    Refused with everything that would keep it from being done: what the register knows, what the vouchers' own rules
    say, a holding that would be negative, a card, tag or number that is taken.
    """
    head = log.lock(db, book=book)
    found = _keeping(db, act, book=book)
    number = queries.last_request(db, book=book) + 1
    writes = _worked_out(db, act, book=found, number=number, vault=vault, by=by, on=on, at=at)
    shown = rules.shown_writing(writes)
    clear = _encode(act).decode()
    content = _encode(rules.shown(act)).decode()
    asked = RegisterRequest(
        request=number,
        act=rules.shown(act),
        writes=shown,
        fingerprint=digest_of(shown),
        state=ActState.WAITING,
        prepared_by=by,
        prepared_at=log.instant(at),
    )
    db.execute(
        insert(_request),
        [
            {
                "book_id": book,
                "request": number,
                "kind": rules.kind_of(act),
                "content": content,
                "writes": _encode(shown).decode(),
                "digest": asked.fingerprint,
                "state": asked.state.value,
                "prepared_by": by,
                "prepared_at": asked.prepared_at,
                "answered_by": None,
                "answered_at": "",
                "reason": "",
            }
        ],
    )
    if clear != content:
        sealed = seal(vault, clear, IdentityKind.NOTE, owner=_owner(book, number))
        db.execute(
            insert(_secret),
            [
                {
                    "book_id": book,
                    "request": number,
                    "kind": sealed.kind.value,
                    "cipher": sealed.cipher,
                    "key_id": sealed.key_id,
                }
            ],
        )
    done = Act(
        by=by,
        act=rules.STEPS[ActState.WAITING],
        subject=rules.subject(number),
        after=rules.kind_of(act),
        content=asked.fingerprint,
    )
    log.append(db, [done], book=book, head=head, at=at)
    return msgspec.structs.replace(asked, doubts=tuple(doubt.code for doubt in rules.doubts_of(act)))


def confirm(
    db: Connection, *, book: BookId, request: int, vault: Vault, by: PersonId, on: date, at: datetime
) -> RegisterRequest:
    """Confirm an act another person prepared: everything it writes is written at once.

    Every fault is looked for once more. Refused also when it would write something else now than what was prepared.
    """
    log.lock(db, book=book)
    asked = _waiting_for_another(db, book=book, request=request, by=by)
    found = _keeping(db, asked.act, book=book)
    act = _clear(db, asked, book=book, vault=vault)
    writes = _worked_out(db, act, book=found, number=request, vault=vault, by=by, on=on, at=at)
    if digest_of(rules.shown_writing(writes)) != asked.fingerprint:
        raise Refusal(rules.act_must_still_be_the_same.at(f"/{request}"), kind=RefusalKind.STALE)
    posted: tuple[VoucherId, ...] = ()
    _add_details(db, writes, book=book, by=by, at=at)
    if writes.vouchers:
        posted = tuple(
            voucher.id
            for voucher in vouchers.record_many(
                db,
                [
                    MadeVoucher(
                        draft=draft, origin=Origin.REGISTER, prepared_by=asked.prepared_by, reviewed_by=by
                    )
                    for draft in writes.vouchers
                ],
                book=book,
                by=by,
                on=on,
                at=at,
            )
        )
    recorded = _write_facts(db, writes, vouchers=posted, book=book, vault=vault, by=by, on=on, at=at)
    _link(db, act, book=book, request=request, posted=posted, recorded=recorded)
    _send_on(db, act, book=found, request=request, posted=posted, by=by, at=at)
    done = replace(
        asked,
        state=ActState.DONE,
        answered_by=by,
        answered_at=log.instant(at),
        vouchers=posted,
        movements=recorded,
    )
    _answer(db, done, book=book, by=by, at=at)
    return done


def decline(
    db: Connection, *, book: BookId, request: int, by: PersonId, at: datetime, reason: str
) -> RegisterRequest:
    """Decline an act another person prepared, with a reason; nothing of it is written."""
    log.lock(db, book=book)
    asked = _waiting_for_another(db, book=book, request=request, by=by)
    return _left_unwritten(db, asked, ActState.DECLINED, book=book, by=by, at=at, reason=reason)


def withdraw(
    db: Connection, *, book: BookId, request: int, by: PersonId, at: datetime, reason: str
) -> RegisterRequest:
    """Withdraw an act one prepared oneself and nobody has answered yet, with a reason; nothing of it is written, and it
    stays in the list."""
    log.lock(db, book=book)
    asked = _waiting(db, book=book, request=request)
    if asked.prepared_by != by:
        raise Refusal(rules.request_must_be_withdrawn_by_its_preparer.at("/by"))
    return _left_unwritten(db, asked, ActState.WITHDRAWN, book=book, by=by, at=at, reason=reason)


def _left_unwritten(
    db: Connection,
    asked: RegisterRequest,
    state: ActState,
    *,
    book: BookId,
    by: PersonId,
    at: datetime,
    reason: str,
) -> RegisterRequest:
    if not reason.strip():
        raise Refusal(reason_must_be_given.at("/reason"))
    done = replace(asked, state=state, answered_by=by, answered_at=log.instant(at), reason=reason.strip())
    _answer(db, done, book=book, by=by, at=at)
    return done


def _worked_out(
    db: Connection,
    act: AnyAct,
    *,
    book: Book,
    number: int,
    vault: Vault,
    by: PersonId,
    on: date,
    at: datetime,
) -> Written:
    """What an act writes; refused with everything that is wrong with it, after it was tried and undone."""
    facts = queries.facts(db, act, book=book, number=number, today=on)
    problems = (
        *rules.faults_of(act, facts),
        *_faults_of_person(db, act, book=book.id, vault=vault),
    )
    if problems:
        raise Refusal(*problems, kind=rules.kind_of_refusal(problems))
    writes = rules.written(act, facts)
    problems = rules.faults_of_size(writes)
    if problems:
        raise Refusal(*problems)
    problems = (
        *_tried(db, act, writes, book=book.id, vault=vault, by=by, on=on, at=at),
        *rules.faults_of_balance(writes, chart=standard(book.standard), book=book.id),
    )
    if problems:
        raise Refusal(*problems, kind=rules.kind_of_refusal(problems))
    return writes


def _tried(
    db: Connection,
    act: AnyAct,
    writes: Written,
    *,
    book: BookId,
    vault: Vault,
    by: PersonId,
    on: date,
    at: datetime,
) -> tuple[Problem, ...]:
    """What the book itself says of an act: it is written but for its vouchers, which are judged, and undone."""
    problems: list[Problem] = []
    trial = db.begin_nested()
    try:
        _add_details(db, writes, book=book, by=by, at=at)
        facts = vouchers.gather_facts(db, writes.vouchers, book=book)
        for draft in writes.vouchers:
            found = voucher_rules.faults_in(draft, origin=Origin.REGISTER, facts=facts, yuan=yuan)
            problems += [rules.at_field(act, draft, problem) for problem in found]
        without = tuple(replace(movement, voucher=None) for movement in writes.movements)
        _write_facts(
            db,
            replace(writes, movements=without),
            vouchers=(),
            book=book,
            vault=vault,
            by=by,
            on=on,
            at=at,
        )
    except Refusal as refusal:
        problems += refusal.problems
    finally:
        trial.rollback()
    return tuple(problems)


def _faults_of_person(db: Connection, act: AnyAct, *, book: BookId, vault: Vault) -> tuple[Problem, ...]:
    """Whether somebody who joins is a member already under another number."""
    if not isinstance(act, Joining):
        return ()
    mine = digest(vault, act.identity, kind_of_identity(act.kind_of_member))
    known = known_members.members(db, book=book)
    return tuple(
        identity_must_be_new_to_the_book.at("/identity", member=number, identity=known[number].identity)
        for (number, field), theirs in known_members.secret_digests(db, book=book).items()
        if field is SecretField.IDENTITY and theirs == mine and known[number].left_on is None
    )


def _add_details(db: Connection, writes: Written, *, book: BookId, by: PersonId, at: datetime) -> None:
    there = known_details.known(db, book=book, codes=[detail.code for detail in writes.details])
    new = [detail for detail in writes.details if detail.code not in there]
    if new:
        details.add_many(db, new, book=book, by=by, at=at)


def _write_facts(
    db: Connection,
    writes: Written,
    *,
    vouchers: Sequence[VoucherId],
    book: BookId,
    vault: Vault,
    by: PersonId,
    on: date,
    at: datetime,
) -> tuple[int, ...]:
    """Everything of an act but its vouchers; the register numbers of its movements."""
    after = known_shares.last_movement(db, book=book)
    movements = rules.numbered(writes.movements, vouchers=vouchers, after=after)
    recorded = shares.record_many(db, movements, book=book, by=by, at=at) if movements else ()
    if writes.animals:
        herd.enter_many(db, writes.animals, book=book, by=by, at=at)
    if writes.gone:
        herd.record_leaving(db, writes.gone, book=book, by=by, at=at)
    if writes.cards:
        assets.add_cards(db, writes.cards, book=book, by=by, on=on, at=at)
    for code, terms in writes.terms.items():
        assets.change_terms(db, book=book, code=code, terms=terms, by=by, on=on, at=at)
    for code, day in writes.disposals.items():
        assets.dispose(db, book=book, code=code, day=day, reason=entries.TAKEN_BACK, by=by, on=on, at=at)
    if writes.joins is not None:
        members.enter_many(db, [writes.joins], book=book, vault=vault, by=by, at=at)
    members.end_many(db, writes.ends, book=book, by=by, at=at)
    if writes.heir is not None:
        members.name_heir(db, writes.heir, book=book, vault=vault, by=by, at=at)
    if writes.payee is not None:
        members.change_payee(db, writes.payee, book=book, vault=vault, by=by, at=at)
    return tuple(movement.seq for movement in recorded)


def _link(
    db: Connection,
    act: AnyAct,
    *,
    book: BookId,
    request: int,
    posted: Sequence[VoucherId],
    recorded: Sequence[int],
) -> None:
    of: Mapping[str, object] = {"book_id": book, "request": request}
    if posted:
        db.execute(insert(_voucher), [{**of, "voucher_id": id} for id in posted])
    if recorded:
        db.execute(insert(_movement), [{**of, "seq": seq} for seq in recorded])
    if isinstance(act, TakeBack):
        undone = queries.undone_request(db, act, book=book)
        if undone is not None:
            db.execute(insert(_reversal), [{**of, "undone": undone}])


def _send_on(
    db: Connection,
    act: AnyAct,
    *,
    book: Book,
    request: int,
    posted: Sequence[VoucherId],
    by: PersonId,
    at: datetime,
) -> None:
    """What of an act a collective's own book must hear of."""
    villages = {one.member: one.village for one in known_members.collective_members(db, book=book.id)}
    undone = None
    if isinstance(act, TakeBack):
        number = queries.undone_request(db, act, book=book.id)
        before = None if number is None else queries.request(db, book=book.id, number=number)
        undone = None if before is None else (before.request, before.act)
    sent = crossings.crossings_of(
        act,
        undone=undone,
        request=request,
        posted=posted,
        villages=villages,
        book=book.id,
        called=book.short_name,
    )
    outbox.send_many(db, sent, book=book.id, by=by, at=at)


def _answer(db: Connection, done: RegisterRequest, *, book: BookId, by: PersonId, at: datetime) -> None:
    db.execute(
        update(_request)
        .where(_request.c.book_id == book, _request.c.request == done.request)
        .values(
            state=done.state.value,
            answered_by=done.answered_by,
            answered_at=done.answered_at,
            reason=done.reason,
        )
    )
    db.execute(delete(_secret).where(_secret.c.book_id == book, _secret.c.request == done.request))
    log.record(
        db,
        Act(
            by=by,
            act=rules.STEPS[done.state],
            subject=rules.subject(done.request),
            after=f"{rules.kind_of(done.act)} {done.reason}".strip(),
            content=done.fingerprint,
        ),
        book=book,
        at=at,
    )


def _waiting(db: Connection, *, book: BookId, request: int) -> RegisterRequest:
    asked = queries.request(db, book=book, number=request)
    if asked is None:
        raise Refusal(rules.request_must_wait.at("/request", request=request), kind=RefusalKind.MISSING)
    if asked.state is not ActState.WAITING:
        raise Refusal(rules.request_must_wait.at("/request", request=request), kind=RefusalKind.STATE)
    return asked


def _waiting_for_another(db: Connection, *, book: BookId, request: int, by: PersonId) -> RegisterRequest:
    asked = _waiting(db, book=book, request=request)
    if asked.prepared_by == by:
        raise Refusal(rules.request_must_be_answered_by_another.at("/by"))
    return asked


def _clear(db: Connection, asked: RegisterRequest, *, book: BookId, vault: Vault) -> AnyAct:
    sealed = queries.sealed_content(db, book=book, number=asked.request)
    if sealed is None:
        return asked.act
    return _ACT.decode(unseal(vault, sealed, owner=_owner(book, asked.request)))


def _keeping(db: Connection, act: AnyAct, *, book: BookId) -> Book:
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    if not rules.is_kept_in(rules.kind_of(act), found.kind):
        raise Refusal(
            rules.book_must_keep_a_register.at("/book", book=found.short_name), kind=RefusalKind.STATE
        )
    return found


def _owner(book: BookId, request: int) -> str:
    return f"register:{book}:{request}"
