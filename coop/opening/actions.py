"""Opening a book in its village, and entering what it begins with."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from coop.members import actions as members
from coop.opening import queries, rules
from coop.places import actions as places
from coop.places import queries as known_places
from coop.places.rules import above, township_of
from coop.shares.rules import share_account
from ledger.books import actions as books
from ledger.books import queries as known_books
from ledger.books.rules import book_must_be_new
from ledger.charts import standard
from ledger.details import actions as details
from ledger.log import actions as log
from ledger.money import yuan
from ledger.seal.rules import OpeningLine
from schemas.access import Rights
from schemas.books import Book, BookKind, Detail
from schemas.charts import KeptBy
from schemas.members import Counterparty
from schemas.openings import NewBook, Opening, OpeningBalances
from schemas.places import BookPlace, Place, PlaceLevel, VillageKind
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.units import PersonId

_ONLY_TAKEN = {book_must_be_new.code, rules.short_name_must_be_new_in_its_village.code}


def open_book(
    db: Connection, new: NewBook, *, by: PersonId, rights: Rights | None, on: date, at: datetime
) -> Book:
    """Open a book 建账 in its village, with every account of its standard; places nobody has named yet are entered.

    Whoever holds ``rights`` may do it in the places these reach, and then works in the book with the very same role;
    None stands for whoever works on the database itself. Refused with everything that is wrong: the id is taken, a
    name is missing, the village is not known and not named, it or what it lies in is no more (whoever it went into goes on in its
    own book; what a village kept while it stood comes as a hand-over), the first year is far away.
    """
    log.lock(db, book=log.HOUSE)
    if rights is not None and not rules.may_open_in(rights, new.village_code):
        raise Refusal(
            rules.place_must_be_yours_to_open_in.at("/village_code", place=new.village_code),
            kind=RefusalKind.FORBIDDEN,
        )
    township = township_of(new.village_code)
    book = rules.book_of(new)
    over = (township, above(township))
    known = known_places.places(db, codes=(new.village_code, *over))
    problems = rules.faults_of_new_book(
        new,
        taken=known_books.book(db, id=book.id) is not None,
        namesake=queries.namesake(db, new),
        places=known,
        ended=known_places.ended(db, codes=(new.village_code, *over), day=on),
        on=on,
    )
    if problems:
        taken = {problem.code for problem in problems} <= _ONLY_TAKEN
        raise Refusal(*problems, kind=RefusalKind.STATE if taken else RefusalKind.RULE)
    named = (
        Place(
            code=township,
            name=new.township_name.strip(),
            level=PlaceLevel.TOWNSHIP,
            parent=above(township) if above(township) in known else "",
        ),
        Place(
            code=new.village_code,
            name=new.village_name.strip(),
            level=PlaceLevel.VILLAGE,
            kind=new.village_kind or VillageKind.ORDINARY,
            parent=township,
        ),
    )
    places.enter_many(db, [place for place in named if place.code not in known], by=by, at=at)
    books.open_book(db, book, by=by, on=on, at=at)
    where = BookPlace(book=book.id, village=new.village_code, township=township)
    places.settle_book(db, where, by=by, at=at)
    return book


def enter_openings(
    db: Connection,
    lines: Sequence[Opening],
    *,
    book: Book,
    parties: Sequence[Detail] = (),
    by: PersonId,
    on: date,
    at: datetime,
) -> OpeningBalances:
    """Enter the opening balances 期初余额 of the book's first year, all of them, once, before anything is posted;
    ``parties`` are details that are new with them.

    Refused with everything that is wrong: what the ledger refuses (``ledger.books.actions.enter_openings``), a balance
    on the account of the year's result, and member's capital that is not what the register shows.
    """
    log.lock(db, book=book.id)
    chart = standard(book.standard)
    problems: list[Problem] = []
    outside = [one for one in parties if one.kind is KeptBy.COUNTERPARTY]
    members.enter_counterparties(
        db,
        [Counterparty(code=one.code, name=one.name, kind="") for one in outside],
        book=book.id,
        by=by,
        at=at,
    )
    details.add_many(db, [one for one in parties if one not in outside], book=book.id, by=by, at=at)
    try:
        books.enter_openings(
            db,
            [
                OpeningLine(
                    account=line.account,
                    detail=line.detail,
                    debit=line.debit,
                    credit=line.credit,
                    quantity=line.quantity,
                )
                for line in lines
            ],
            book=book.id,
            by=by,
            on=on,
            at=at,
        )
    except Refusal as refusal:
        problems += refusal.problems
    problems += rules.faults_of_result(lines, result=chart.settlement.result)
    if book.kind is BookKind.COOPERATIVE:
        problems += rules.faults_of_shares(
            lines,
            register=queries.shares_at_opening(db, book=book),
            account=share_account(chart),
            yuan=yuan,
        )
    if problems:
        raise Refusal(*problems)
    return queries.opening_balances(db, book=book)
