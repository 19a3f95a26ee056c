"""What was sent to other books, what landed, what waits, and whether both sides agree."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from ledger.columns import portions, table_of
from ledger.log.rules import instant
from ledger.money import yuan
from ledger.outbox import rules
from ledger.outbox.tables import LandingRow, OutgoingRow
from ledger.side_books.rules import Fact
from ledger.vouchers import queries as vouchers
from ledger.vouchers.tables import PostingRow, VoucherRow
from schemas.books import Book
from schemas.journals import voucher_text
from schemas.outbox import Crossed, CrossedVoucher, Crossing, Effect, Landing, Outgoing, Turn
from schemas.periods import Check
from schemas.problems import Problem
from schemas.units import BookId, VoucherId
from schemas.vouchers import State, Voucher

_outgoing = table_of(OutgoingRow)
_landing = table_of(LandingRow)
_voucher = table_of(VoucherRow)
_posting = table_of(PostingRow)

ACTS = frozenset({rules.SENT, rules.LANDED})
"""The acts that write what this room holds."""


def facts(db: Connection, *, book: BookId) -> Iterator[Fact]:
    """Every item a book sent and every one that landed in it, as the log sealed them."""
    for item in sent(db, book=book):
        yield Fact(act=rules.SENT, subject=rules.item_subject(item.seq), content=rules.sealed(item))
    for one in landings(db, book=book):
        subject = rules.landing_subject(one.source, one.seq)
        yield Fact(act=rules.LANDED, subject=subject, content=rules.sealed(one))


def sent(db: Connection, *, book: BookId, voucher: VoucherId | None = None) -> tuple[Outgoing, ...]:
    """What a book, or one of its vouchers, sent to others, in order."""
    items = select(_outgoing).where(_outgoing.c.book_id == book).order_by(_outgoing.c.seq)
    if voucher is not None:
        items = items.where(_outgoing.c.voucher_id == voucher)
    return tuple(_as_item(row) for row in db.execute(items))


def landings(db: Connection, *, book: BookId, voucher: VoucherId | None = None) -> tuple[Landing, ...]:
    """What landed in a book, or as one of its vouchers, by source and number."""
    landed = select(_landing).where(_landing.c.book_id == book)
    if voucher is not None:
        landed = landed.where(_landing.c.voucher_id == voucher)
    rows = db.execute(landed.order_by(_landing.c.source, _landing.c.source_seq))
    return tuple(_as_landing(row) for row in rows)


def landing(db: Connection, *, book: BookId, source: BookId, seq: int) -> Landing | None:
    """What an item of another book came to in this one; None when it has not landed."""
    row = db.execute(
        select(_landing).where(
            _landing.c.book_id == book, _landing.c.source == source, _landing.c.source_seq == seq
        )
    ).first()
    return None if row is None else _as_landing(row)


def was_owed(db: Connection, item: Outgoing) -> bool:
    """Whether an item's money went back in the target's book when its year was over, and is owed there since: however often it
    came and went back after that."""
    crossing = item.crossing
    earlier = select(_outgoing.c.seq).where(
        _outgoing.c.book_id == item.book, _outgoing.c.about == crossing.about, _outgoing.c.seq < item.seq
    )
    owed = select(_landing.c.source_seq).where(
        _landing.c.book_id == crossing.target,
        _landing.c.source == item.book,
        _landing.c.source_seq.in_(list(db.execute(earlier).scalars())),
        _landing.c.effect == Effect.OWED.value,
    )
    return db.execute(owed.limit(1)).first() is not None


def claim(db: Connection, item: Outgoing) -> Crossed | None:
    """The claim an item settles, as it was last made before the item, with where it landed; None where none stands."""
    rows = db.execute(
        select(_outgoing)
        .where(
            _outgoing.c.book_id == item.book,
            _outgoing.c.about == rules.claim_of(item.crossing.about),
            _outgoing.c.seq < item.seq,
        )
        .order_by(_outgoing.c.seq.desc())
        .limit(1)
    )
    said = next(map(_as_item, rows), None)
    if said is None or said.crossing.turn is Turn.GOES_BACK:
        return None
    (crossed,) = _with_vouchers(
        db, [(said, landing(db, book=said.crossing.target, source=said.book, seq=said.seq))]
    )
    return crossed


def last_seq(db: Connection, *, book: BookId) -> int:
    """The number of the last item a book sent, 0 when there is none."""
    last = select(func.coalesce(func.max(_outgoing.c.seq), 0)).where(_outgoing.c.book_id == book)
    return int(db.execute(last).scalar_one())


def last_said(db: Connection, *, book: BookId, about: Iterable[str]) -> Mapping[str, tuple[int, Turn, bool]]:
    """What a book said last about each of these: the item's number, whether money came or went back, and whether the
    target kept a book here."""
    found: dict[str, tuple[int, Turn, bool]] = {}
    for some in portions(sorted(set(about))):
        rows = db.execute(
            select(_outgoing.c.about, _outgoing.c.seq, _outgoing.c.turn, _outgoing.c.kept_here)
            .where(_outgoing.c.book_id == book, _outgoing.c.about.in_(some))
            .order_by(_outgoing.c.seq)
        )
        found |= {row.about: (row.seq, Turn(row.turn), bool(row.kept_here)) for row in rows}
    return found


def waiting(
    db: Connection, *, source: BookId | None = None, since: datetime | None = None
) -> tuple[Outgoing, ...]:
    """What was sent (by one book, or since an instant) and has not landed, in the order it lands. The two sides are asked
    apart, for they lie apart on a cluster; since an instant both are short."""
    items = select(_outgoing).where(_outgoing.c.kept_here == 1)
    there = select(_landing.c.book_id, _landing.c.source, _landing.c.source_seq)
    if source is not None:
        items, there = items.where(_outgoing.c.book_id == source), there.where(_landing.c.source == source)
    if since is not None:
        items = items.where(_outgoing.c.at >= instant(since))
        there = there.where(_landing.c.at >= instant(since))
    landed = {(row.book_id, row.source, row.source_seq) for row in db.execute(there)}
    return tuple(
        _as_item(row)
        for row in db.execute(items.order_by(_outgoing.c.book_id, _outgoing.c.seq))
        if (row.target, row.book_id, row.seq) not in landed
    )


def crossed_from(db: Connection, *, book: BookId, voucher: VoucherId | None = None) -> tuple[Crossed, ...]:
    """What a book, or one of its vouchers, sent, the newest first, with where it landed."""
    items = tuple(reversed(sent(db, book=book, voucher=voucher)))
    rows = db.execute(select(_landing).where(_landing.c.source == book)) if items else ()
    landed = {(row.book_id, row.source_seq): _as_landing(row) for row in rows}
    return _with_vouchers(db, [(item, landed.get((item.crossing.target, item.seq))) for item in items])


def crossed_to(db: Connection, *, book: BookId, voucher: VoucherId | None = None) -> tuple[Crossed, ...]:
    """What landed in a book, or as one of its vouchers, the newest first, with what it follows from. A landing nobody
    sent is the proof's matter."""
    here = landings(db, book=book, voucher=voucher)
    of = sorted(here, key=lambda one: (one.at, one.seq), reverse=True)
    items = _items(db, ((one.source, one.seq) for one in of))
    return _with_vouchers(
        db, [(items[one.source, one.seq], one) for one in of if (one.source, one.seq) in items]
    )


def waiting_drafts(db: Connection, *, books: Iterable[BookId]) -> Mapping[BookId, tuple[Landing, ...]]:
    """What landed in these books and waits for their accountants: the vouchers that are sketches or drafts."""
    found: defaultdict[BookId, list[Landing]] = defaultdict(list)
    for some in portions(sorted(set(books))):
        rows = db.execute(
            select(_landing)
            .join(
                _voucher,
                (_voucher.c.book_id == _landing.c.book_id) & (_voucher.c.voucher_id == _landing.c.voucher_id),
            )
            .where(
                _landing.c.book_id.in_(some),
                _voucher.c.state.in_((State.SKETCH.value, State.DRAFT.value)),
            )
            .order_by(_landing.c.book_id, _landing.c.at, _landing.c.source, _landing.c.source_seq)
        )
        for row in rows:
            found[row.book_id].append(_as_landing(row))
    return {book: tuple(of) for book, of in found.items()}


def landings_check(db: Connection, *, book: Book, until: date) -> Check:
    """Whether what landed in a collective's book and is dated by a day is complete, and settles what stands."""
    waiting = waiting_drafts(db, books=[book.id]).get(book.id, ())
    known = vouchers.vouchers(db, book=book.id, ids={one.voucher for one in waiting})
    return rules.check_of_landings(
        ((one, known[one.voucher]) for one in waiting if known[one.voucher].date <= until),
        _settling_nothing(db, book=book.id, until=until),
    )


def _settling_nothing(db: Connection, *, book: BookId, until: date) -> Iterator[Problem]:
    """Every voucher of a payment that settles a claim which does not stand in the book any more."""
    landed = {(one.source, one.seq): one for one in landings(db, book=book) if one.effect is Effect.DRAFTED}
    items = {
        key: item for key, item in _items(db, landed).items() if item.crossing.credit == rules.RECEIVABLE
    }
    known = vouchers.vouchers(db, book=book, ids={landed[key].voucher for key in items})
    cancelled = _undone(db, book=book, of=known.values())
    for key, item in sorted(items.items()):
        voucher = known[landed[key].voucher]
        settles = any(line.account == rules.RECEIVABLE and line.credit for line in voucher.lines)
        if voucher.id in cancelled or not settles or voucher.date > until or was_owed(db, item):
            continue
        said = claim(db, item)
        if said is None or said.landed is None:
            continue
        of = vouchers.vouchers(db, book=book, ids=[said.landed.id])
        if _undone(db, book=book, of=of.values()):
            yield rules.claim_should_stand.at(
                f"/vouchers/{voucher.id}",
                voucher=voucher_text(id=voucher.id, word=voucher.word, number=voucher.number),
                amount=yuan(item.crossing.amount),
                claim=said.landed.text,
                account=said.item.crossing.credit,
            )


def _undone(db: Connection, *, book: BookId, of: Iterable[Voucher]) -> frozenset[VoucherId]:
    """Those of these vouchers that were withdrawn, or that a red one cancels, posted or not."""
    of = tuple(of)
    ids = [voucher.id for voucher in of]
    return frozenset(
        {voucher.id for voucher in of if voucher.state is State.WITHDRAWN}
        | vouchers.cancelled_among(db, book=book, ids=ids)
        | vouchers.open_reds(db, book=book, of=ids).keys()
    )


def faults_across(db: Connection, *, book: BookId) -> tuple[Problem, ...]:
    """Everything in which what a book sent or was sent differs from what the books at the other end say."""
    here, items = landings(db, book=book), sent(db, book=book)
    landed: defaultdict[int, list[BookId]] = defaultdict(list)
    for row in db.execute(select(_landing.c.book_id, _landing.c.source_seq).where(_landing.c.source == book)):
        landed[row.source_seq].append(row.book_id)
    ids = sorted({one.voucher for one in here})
    rows = db.execute(
        select(_posting.c.voucher_id, func.sum(_posting.c.debit).label("total"))
        .where(_posting.c.book_id == book, _posting.c.voucher_id.in_(ids))
        .group_by(_posting.c.voucher_id)
    )
    booked = {row.voucher_id: int(row.total) for row in rows}
    there = _items(db, ((one.source, one.seq) for one in here))
    return (
        *rules.faults_of_landings(here, there, booked),
        *rules.faults_of_items(items, landed),
        *_settling_nothing(db, book=book, until=date.max),
    )


def standing(db: Connection, *, book: BookId, of: Callable[[str], bool]) -> rules.Standing:
    """What stands of everything a book sent of these kinds."""
    return rules.standing(sent(db, book=book), of=of)


def row_of(item: Outgoing) -> dict[str, object]:
    """An item as its row."""
    crossing = item.crossing
    return {
        "book_id": item.book,
        "seq": item.seq,
        "target": crossing.target,
        "about": crossing.about,
        "kind": crossing.kind,
        "turn": crossing.turn.value,
        "after": item.after,
        "day": crossing.day,
        "amount": crossing.amount,
        "debit": crossing.debit,
        "credit": crossing.credit,
        "summary": crossing.summary,
        "finished": int(crossing.finished),
        "kept_here": int(item.kept_here),
        "voucher_id": crossing.voucher,
        "at": item.at,
    }


def row_of_landing(landing: Landing) -> dict[str, object]:
    """A landing as its row."""
    return {
        "book_id": landing.book,
        "source": landing.source,
        "source_seq": landing.seq,
        "effect": landing.effect.value,
        "voucher_id": landing.voucher,
        "kind": landing.kind,
        "turn": landing.turn.value,
        "day": landing.day,
        "amount": landing.amount,
        "item": landing.item,
        "at": landing.at,
    }


def _items(db: Connection, keys: Iterable[tuple[BookId, int]]) -> Mapping[tuple[BookId, int], Outgoing]:
    """The items of these books and numbers that are there."""
    by_source: defaultdict[BookId, list[int]] = defaultdict(list)
    for source, seq in keys:
        by_source[source].append(seq)
    found = {}
    for source, numbers in sorted(by_source.items()):
        for some in portions(sorted(numbers)):
            rows = db.execute(
                select(_outgoing).where(_outgoing.c.book_id == source, _outgoing.c.seq.in_(some))
            )
            found.update({(source, row.seq): _as_item(row) for row in rows})
    return found


def _with_vouchers(db: Connection, pairs: Sequence[tuple[Outgoing, Landing | None]]) -> tuple[Crossed, ...]:
    keys = {(item.book, item.crossing.voucher) for item, _ in pairs} | {
        (landing.book, landing.voucher) for _, landing in pairs if landing is not None
    }
    known = _vouchers(db, keys)
    return tuple(
        Crossed(
            item=item,
            follows=known[item.book, item.crossing.voucher],
            landing=landing,
            landed=None if landing is None else known[landing.book, landing.voucher],
        )
        for item, landing in pairs
    )


def _vouchers(
    db: Connection, keys: Iterable[tuple[BookId, VoucherId]]
) -> Mapping[tuple[BookId, VoucherId], CrossedVoucher]:
    by_book: defaultdict[BookId, list[VoucherId]] = defaultdict(list)
    for book, id in keys:
        by_book[book].append(id)
    found = {}
    for book, ids in sorted(by_book.items()):
        for some in portions(sorted(ids)):
            rows = db.execute(
                select(_voucher.c.voucher_id, _voucher.c.word, _voucher.c.number, _voucher.c.state).where(
                    _voucher.c.book_id == book, _voucher.c.voucher_id.in_(some)
                )
            )
            for row in rows:
                found[book, row.voucher_id] = CrossedVoucher(
                    book=book,
                    id=row.voucher_id,
                    state=State(row.state),
                    text=voucher_text(id=row.voucher_id, word=row.word, number=row.number),
                )
    return found


def _as_item(row: Any) -> Outgoing:
    return Outgoing(
        book=row.book_id,
        seq=row.seq,
        crossing=Crossing(
            target=row.target,
            about=row.about,
            kind=row.kind,
            turn=Turn(row.turn),
            day=row.day,
            amount=row.amount,
            debit=row.debit,
            credit=row.credit,
            summary=row.summary,
            voucher=row.voucher_id,
            finished=bool(row.finished),
        ),
        after=row.after,
        kept_here=bool(row.kept_here),
        at=row.at,
    )


def _as_landing(row: Any) -> Landing:
    return Landing(
        book=row.book_id,
        source=row.source,
        seq=row.source_seq,
        effect=Effect(row.effect),
        voucher=row.voucher_id,
        kind=row.kind,
        turn=Turn(row.turn),
        day=row.day,
        amount=row.amount,
        item=row.item,
        at=row.at,
    )
