"""Which acts of the register there are, and what the next one must know."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, func, select

from coop.herd import queries as herd
from coop.members import queries as members
from coop.members.rules import faults_of_membership
from coop.register import crossings, rules
from coop.register.facts import Facts, Undone
from coop.register.tables import (
    RegisterMovementRow,
    RegisterRequestRow,
    RegisterReversalRow,
    RegisterSecretRow,
    RegisterVoucherRow,
)
from coop.shares import queries as shares
from coop.shares import rules as share_rules
from ledger.assets import queries as assets
from ledger.balances import queries as balances
from ledger.charts import standard
from ledger.columns import portions, read_back, table_of
from ledger.log import queries as log
from ledger.outbox.rules import Standing
from ledger.periods import queries as periods
from ledger.seal.rules import digest_of
from ledger.vouchers import queries as vouchers
from schemas.books import Book, BookKind
from schemas.identity import IdentityKind, Sealed
from schemas.members import Member
from schemas.problems import Problem
from schemas.register import (
    ActState,
    AnyAct,
    CalfShare,
    CashShare,
    RegisterRequest,
    Revaluation,
    TakeBack,
    Written,
)
from schemas.shares import Movement, ShareOrigin
from schemas.units import BookId, Fen, VoucherId

_request = table_of(RegisterRequestRow)
_secret = table_of(RegisterSecretRow)
_voucher = table_of(RegisterVoucherRow)
_movement = table_of(RegisterMovementRow)
_reversal = table_of(RegisterReversalRow)
_ACT: msgspec.json.Decoder[AnyAct] = msgspec.json.Decoder(AnyAct)
_WRITTEN = msgspec.json.Decoder(Written)
_ALWAYS = 299913
"""The end of time, as a period."""
_FEW = 8
"""Members asked for one by one; of more all are read at once."""


def requests(
    db: Connection,
    *,
    book: BookId,
    state: ActState | None = None,
    before: int | None = None,
    limit: int | None = None,
) -> tuple[RegisterRequest, ...]:
    """The acts of a book, the newest first; in one state, before a number, so many."""
    wanted = [_request.c.book_id == book]
    if state is not None:
        wanted.append(_request.c.state == state.value)
    if before is not None:
        wanted.append(_request.c.request < before)
    rows = db.execute(select(_request).where(*wanted).order_by(_request.c.request.desc()).limit(limit)).all()
    named = [row.request for row in rows]
    posted = _numbers(db, _voucher, "voucher_id", book=book, requests=named)
    recorded = _numbers(db, _movement, "seq", book=book, requests=named)
    return tuple(_as_request(row, posted[row.request], recorded[row.request]) for row in rows)


def request(db: Connection, *, book: BookId, number: int) -> RegisterRequest | None:
    """One act."""
    row = db.execute(select(_request).where(_request.c.book_id == book, _request.c.request == number)).first()
    if row is None:
        return None
    posted = _numbers(db, _voucher, "voucher_id", book=book, requests=[number])
    recorded = _numbers(db, _movement, "seq", book=book, requests=[number])
    return _as_request(row, posted[number], recorded[number])


def waiting(db: Connection, *, books: Collection[BookId]) -> tuple[tuple[BookId, RegisterRequest], ...]:
    """The acts of several books that wait for a second person, the oldest first."""
    rows = [
        row
        for some in portions(sorted(books))
        for row in db.execute(
            select(_request).where(_request.c.book_id.in_(some), _request.c.state == ActState.WAITING.value)
        )
    ]
    rows.sort(key=lambda row: (row.prepared_at, row.book_id, row.request))
    return tuple((row.book_id, _as_request(row, (), ())) for row in rows)


def last_request(db: Connection, *, book: BookId) -> int:
    """The number of the last act, 0 when there is none."""
    last = select(func.coalesce(func.max(_request.c.request), 0)).where(_request.c.book_id == book)
    return int(db.execute(last).scalar_one())


def sealed_content(db: Connection, *, book: BookId, number: int) -> Sealed | None:
    """The content of a waiting act that holds identity data, sealed."""
    row = db.execute(select(_secret).where(_secret.c.book_id == book, _secret.c.request == number)).first()
    if row is None:
        return None
    return Sealed(kind=IdentityKind(row.kind), cipher=row.cipher, key_id=row.key_id, digest="", masked="")


def facts(db: Connection, act: AnyAct, *, book: Book, number: int, today: date) -> Facts:
    """What an act must know of its book, in a handful of queries."""
    chart = standard(book.standard)
    named = rules.members_named(act)
    undone = _undone(db, act, book=book.id) if isinstance(act, TakeBack) else None
    moved = shares.movements(db, book=book.id, members=named, until=act.on) if named else ()
    wants_animals = isinstance(act, CalfShare | TakeBack)
    wants_cards = isinstance(act, TakeBack) or (isinstance(act, Revaluation) and bool(act.card))
    return Facts(
        today=today,
        chart=chart,
        book=book.kind,
        request=number,
        members=_members(db, named, book=book.id),
        held=share_rules.holdings(moved),
        granted=share_rules.holdings(one for one in moved if one.origin is ShareOrigin.GRANTED),
        owed=_owed(db, rules.accounts_looked_at(act, undone, chart), book=book.id, on=act.on),
        animals={one.ear_tag: one for one in herd.animals(db, book=book.id)} if wants_animals else {},
        cards={card.code: card for card in assets.cards(db, book=book.id)} if wants_cards else {},
        undone=undone,
        sealed=periods.state_of(db, book=book).sealed,
    )


def undone_request(db: Connection, act: TakeBack, *, book: BookId) -> int | None:
    """The request a reversal takes back; None for what an import wrote."""
    if act.request is not None:
        return act.request
    found = select(_movement.c.request).where(_movement.c.book_id == book, _movement.c.seq == act.movement)
    number: int | None = db.execute(found).scalar_one_or_none()
    return number


def paid_in_by_collectives(db: Connection, *, book: BookId) -> Standing:
    """What collectives, as they were known to be when the act was confirmed, paid in by acts that were not taken back: what
    their own books must have heard of."""
    villages = {one.member: one.village for one in members.collective_members(db, book=book)}
    undone = set(db.execute(select(_reversal.c.undone).where(_reversal.c.book_id == book)).scalars())
    rows = db.execute(
        select(_request.c.request, _request.c.content, _request.c.answered_at).where(
            _request.c.book_id == book, _request.c.kind == "cash", _request.c.state == ActState.DONE.value
        )
    )
    found = {}
    known = members.collectives_linked_at(db, book=book) if villages else {}
    for row in rows if villages else ():
        act = read_back(row, _request.c.content, _ACT)
        if row.request in undone or not isinstance(act, CashShare) or act.member not in villages:
            continue
        if known.get(act.member, "") <= row.answered_at:
            about = crossings.about(book, row.request)
            found[about] = (villages[act.member], act.amount + act.premium)
    return found


def request_of_voucher(db: Connection, *, book: BookId, voucher: VoucherId) -> RegisterRequest | None:
    """The act a voucher was posted by; None for one no act wrote."""
    found = select(_voucher.c.request).where(_voucher.c.book_id == book, _voucher.c.voucher_id == voucher)
    number: int | None = db.execute(found).scalar_one_or_none()
    return None if number is None else request(db, book=book, number=number)


def requests_of_movements(db: Connection, *, book: BookId, seqs: Collection[int]) -> Mapping[int, int]:
    """Which act recorded each of these movements of the register, by their numbers; imported ones are left out."""
    rows = db.execute(
        select(_movement.c.seq, _movement.c.request).where(
            _movement.c.book_id == book, _movement.c.seq.in_(sorted(seqs))
        )
    )
    return {row.seq: row.request for row in rows}


def taken_back_by(db: Connection, *, book: BookId, request: int) -> int | None:
    """The number of the act that took an act back; None while it stands."""
    found: int | None = db.execute(
        select(_reversal.c.request).where(_reversal.c.book_id == book, _reversal.c.undone == request)
    ).scalar_one_or_none()
    return found


def membership_findings(db: Connection, *, book: Book, on: date) -> tuple[Problem, ...]:
    """What the law says of who the members of a cooperative are on a day; warnings, nothing for a collective's book."""
    if book.kind is not BookKind.COOPERATIVE:
        return ()
    return faults_of_membership(members.kinds(db, book=book.id, on=on))


def changed_acts(db: Connection, *, book: BookId) -> tuple[Problem, ...]:
    """Every act that is not what the log sealed when it was prepared and when it was answered."""
    sealed: dict[str, dict[str, str]] = {
        step: dict(log.contents_of(db, book=book, act=step)) for step in rules.STEPS.values()
    }
    problems = []
    for one in requests(db, book=book):
        digests = {one.fingerprint, digest_of(one.writes)}
        for step in {rules.STEPS[ActState.WAITING], rules.STEPS[one.state]}:
            digests.add(sealed[step].get(rules.subject(one.request), ""))
        if len(digests) > 1:
            problems.append(
                rules.act_must_be_as_it_was_sealed.at(
                    f"/register/{one.request}", book=book, request=one.request
                )
            )
    return tuple(problems)


def _members(db: Connection, named: Collection[str], *, book: BookId) -> Mapping[str, Member]:
    if len(named) > _FEW:
        known = members.members(db, book=book)
        return {number: known[number] for number in named if number in known}
    found = (members.member(db, book=book, number=number) for number in named)
    return {member.number: member for member in found if member is not None}


def _owed(
    db: Connection, accounts: Collection[str], *, book: BookId, on: date
) -> Mapping[tuple[str, str], Fen]:
    """What these accounts owe by detail: the lesser of what the month's end and the last posting show."""
    month = on.year * 100 + on.month
    owed: dict[tuple[str, str], Fen] = {}
    for account in accounts:
        then, now = (
            {
                (row.account, row.detail): -row.closing
                for row in balances.details_between(
                    db, book=book, from_period=until, to_period=until, account=account
                )
            }
            for until in (month, _ALWAYS)
        )
        owed |= {key: min(amount, now.get(key, 0)) for key, amount in then.items()}
    return owed


def _undone(db: Connection, act: TakeBack, *, book: BookId) -> Undone | None:
    """What an act takes back: a request with all it wrote, or an imported movement with its whole voucher."""
    number = undone_request(db, act, book=book)
    if number is None:
        return None if act.movement is None else _imported(db, act.movement, book=book)
    found = request(db, book=book, number=number)
    if found is None:
        return None
    posted = vouchers.vouchers(db, book=book, ids=found.vouchers)
    return Undone(
        request=found,
        vouchers=tuple(posted[id] for id in found.vouchers),
        movements=shares.movements_under(db, book=book, seqs=found.movements) if found.movements else (),
        by=taken_back_by(db, book=book, request=found.request),
    )


def _imported(db: Connection, seq: int, *, book: BookId) -> Undone | None:
    found = shares.movements_under(db, book=book, seqs=[seq])
    if not found:
        return None
    (movement,) = found
    if movement.voucher is None:
        return Undone(request=None, vouchers=(), movements=shares.sides_of(db, book=book, movement=movement))
    voucher = vouchers.voucher(db, book=book, id=movement.voucher)
    assert voucher is not None, "a movement names a voucher of its book"
    together: tuple[Movement, ...] = shares.movements_under(db, book=book, voucher=movement.voucher)
    return Undone(request=None, vouchers=(voucher,), movements=together)


def _numbers(
    db: Connection, table: Table, column: str, *, book: BookId, requests: Collection[int]
) -> Mapping[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    rows = db.execute(
        select(table.c.request, table.c[column])
        .where(table.c.book_id == book, table.c.request.in_(requests))
        .order_by(table.c.request, table.c[column])
    )
    for number, written in rows:
        found[number].append(written)
    return found


def _as_request(row: Row[Any], posted: Collection[int], recorded: Collection[int]) -> RegisterRequest:
    return RegisterRequest(
        request=row.request,
        act=read_back(row, _request.c.content, _ACT),
        writes=read_back(row, _request.c.writes, _WRITTEN),
        fingerprint=row.digest,
        state=ActState(row.state),
        prepared_by=row.prepared_by,
        prepared_at=row.prepared_at,
        answered_by=row.answered_by,
        answered_at=row.answered_at or None,
        reason=row.reason,
        vouchers=tuple(posted),
        movements=tuple(recorded),
    )
