"""Writing down what a collective has, counting it and confirming the count."""

from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.inventory import queries, rules
from coop.inventory.tables import InventoryConfirmationRow, InventoryCountRow, InventoryFactRow
from ledger.columns import table_of
from ledger.log import actions as log
from schemas.books import Book
from schemas.inventory import InventoryCount, ItemFact, NewCount, NewItemFact
from schemas.log import Act
from schemas.problems import Refusal, RefusalKind
from schemas.units import PersonId

_as_json = msgspec.json.Encoder(order="deterministic").encode


def write_fact(
    db: Connection, new: NewItemFact, *, book: Book, by: PersonId, on: date, at: datetime
) -> ItemFact:
    """Write down that an item was found, is otherwise than before, or is gone. Refused: no collective's book, a code taken,
    no such item, a day before its last fact or to come, land without an area, a card the book has not."""
    head = log.lock(db, book=book.id)
    before = queries.item_facts(db, book=book.id, code=new.code).get(new.code, ())
    problems = rules.faults_of_book(book) or rules.faults_of_fact(
        new, before=before, cards=queries.cards(db, book=book.id, as_of=on), on=on
    )
    if problems:
        raise Refusal(*problems)
    fact = ItemFact(
        code=new.code,
        turn=len(before) + 1,
        change=new.change,
        day=new.day,
        item=new.item,
        document=new.document.strip(),
        by=by,
        at=log.instant(at),
    )
    db.execute(
        insert(table_of(InventoryFactRow)),
        [
            {
                "book_id": book.id,
                "code": fact.code,
                "turn": fact.turn,
                "change": fact.change.value,
                "day": fact.day,
                "body": None if fact.item is None else _as_json(fact.item).decode(),
                "document": fact.document,
                "set_by": by,
                "at": fact.at,
            }
        ],
    )
    named = next((one.item.name for one in (fact, *reversed(before)) if one.item is not None), "")
    act = Act(
        by=by,
        act=rules.WROTE[fact.change],
        subject=rules.subject_of_item(fact.code),
        after=f"{fact.day} {named} {fact.document}",
        content=rules.sealed_fact(fact),
    )
    log.append(db, [act], book=book.id, head=head, at=at)
    return fact


def count(
    db: Connection, new: NewCount, *, book: Book, by: PersonId, on: date, at: datetime
) -> InventoryCount:
    """Write down what a year's count 清查 found. It stands once another person confirmed it. Refused: an item left out or
    counted twice, a difference without a resolution, a day that is not of its year."""
    head = log.lock(db, book=book.id)
    items = rules.standing(queries.item_facts(db, book=book.id), as_of=new.day)
    problems = rules.faults_of_book(book) or rules.faults_of_count(new, items=items, on=on)
    if problems:
        raise Refusal(*problems)
    turn = queries.last_turn(db, book=book.id, year=new.year) + 1
    when = log.instant(at)
    db.execute(
        insert(table_of(InventoryCountRow)),
        [
            {
                "book_id": book.id,
                "year": new.year,
                "turn": turn,
                "body": _as_json(new).decode(),
                "counted_by": by,
                "at": when,
            }
        ],
    )
    made = InventoryCount(
        year=new.year, turn=turn, count=new, counted_by=by, at=when, confirmed_by=None, confirmed_at=None
    )
    act = Act(
        by=by,
        act=rules.COUNTED,
        subject=rules.subject_of_count(new.year, turn),
        after=f"{new.day} {len(new.lines)}, {made.differences}",
        content=rules.sealed_count(new, turn=turn, by=by, at=when),
    )
    log.append(db, [act], book=book.id, head=head, at=at)
    return made


def confirm(
    db: Connection, *, year: int, turn: int, book: Book, by: PersonId, at: datetime
) -> InventoryCount:
    """Confirm a count, as another person than who wrote it down."""
    head = log.lock(db, book=book.id)
    found = next((one for one in queries.counts(db, book=book.id, year=year) if one.turn == turn), None)
    problems = rules.faults_of_confirming(found, year=year, turn=turn, by=by)
    if problems:
        raise Refusal(*problems, kind=RefusalKind.MISSING if found is None else RefusalKind.RULE)
    assert found is not None, "what is missing is a problem"
    when = log.instant(at)
    db.execute(
        insert(table_of(InventoryConfirmationRow)),
        [
            {
                "book_id": book.id,
                "year": year,
                "turn": turn,
                "counted_by": found.counted_by,
                "confirmed_by": by,
                "at": when,
            }
        ],
    )
    act = Act(
        by=by,
        act=rules.CONFIRMED,
        subject=rules.subject_of_count(year, turn),
        content=rules.sealed_confirmation(year, turn, counted_by=found.counted_by, confirmed_by=by, at=when),
    )
    log.append(db, [act], book=book.id, head=head, at=at)
    return msgspec.structs.replace(found, confirmed_by=by, confirmed_at=when)
