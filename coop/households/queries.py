"""Which households a book has, which members belong to one, and whose card opens what."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, func, select

from coop.households.tables import HouseholdCardRow, HouseholdLoginRow, HouseholdPinRow
from coop.members.tables import MemberRow
from ledger.books.tables import BookRow
from ledger.columns import Prepared, table_of
from schemas.households import Household, HouseholdCard, HouseholdOf
from schemas.units import BookId, PersonId

_login = table_of(HouseholdLoginRow)
_card = table_of(HouseholdCardRow)
_pin = table_of(HouseholdPinRow)
_member = table_of(MemberRow)
_book = table_of(BookRow)

_NUMBERS = Prepared(
    select(_member.c.member_no)
    .where(_member.c.book_id == bindparam("book"), _member.c.household_no == bindparam("household"))
    .order_by(_member.c.member_no)
)
_HOUSEHOLD_OF_MEMBER = Prepared(
    select(_member.c.household_no).where(
        _member.c.book_id == bindparam("book"), _member.c.member_no == bindparam("member")
    )
)
_HOUSEHOLD_OF_PERSON = Prepared(
    select(_login.c.book_id, _login.c.household_no).where(_login.c.person_id == bindparam("person"))
)


def household_of(db: Connection, person: PersonId) -> HouseholdOf | None:
    """Whose household somebody is who got in with a card."""
    row = _HOUSEHOLD_OF_PERSON.first(db, person=person)
    return None if row is None else HouseholdOf(book=row.book_id, household=row.household_no)


def numbers_in(db: Connection, *, book: BookId, household: str) -> tuple[str, ...]:
    """The members of a household by number; none where there is no such household."""
    if not household:
        return ()
    return tuple(row.member_no for row in _NUMBERS.rows(db, book=book, household=household))


def household_of_member(db: Connection, *, book: BookId, member: str) -> str | None:
    """The household a member belongs to, empty for a unit; None for no member."""
    row = _HOUSEHOLD_OF_MEMBER.first(db, book=book, member=member)
    return None if row is None else str(row.household_no)


def page(db: Connection, *, book: BookId, after: str, limit: int) -> tuple[Household, ...]:
    """So many households after one, by number."""
    number = _member.c.household_no
    wanted = (_member.c.book_id == book, number != "", number > after)
    numbers = db.execute(select(number).where(*wanted).distinct().order_by(number).limit(limit)).scalars()
    return households(db, book=book, numbers=tuple(numbers))


def counts(db: Connection, *, book: BookId) -> tuple[int, int]:
    """How many households a book has, and how many of them have no card."""
    number = _member.c.household_no
    there = select(number).where(_member.c.book_id == book, number != "").distinct().subquery()
    carded = select(_card.c.household_no).where(_card.c.book_id == book)
    whole, without = (
        db.execute(select(func.count()).select_from(there).where(*wanted)).scalar_one()
        for wanted in ((), (there.c.household_no.not_in(carded),))
    )
    return int(whole), int(without)


def households(
    db: Connection, *, book: BookId, numbers: Sequence[str] | None = None
) -> tuple[Household, ...]:
    """The households of a book by number, or these, with their members' names and last cards."""
    wanted = [_member.c.book_id == book, _member.c.household_no != ""]
    if numbers is not None:
        wanted.append(_member.c.household_no.in_(numbers))
    names: defaultdict[str, list[str]] = defaultdict(list)
    rows = db.execute(
        select(_member.c.household_no, _member.c.name)
        .where(and_(*wanted))
        .order_by(_member.c.household_no, _member.c.member_no)
    )
    for row in rows:
        names[row.household_no].append(row.name)
    cards = _last_cards(db, book=book, numbers=numbers)
    return tuple(
        Household(number=number, names=tuple(of), card=cards.get(number)) for number, of in names.items()
    )


def _last_cards(db: Connection, *, book: BookId, numbers: Sequence[str] | None) -> dict[str, HouseholdCard]:
    newest = (
        select(_card.c.household_no, func.max(_card.c.card).label("card"))
        .where(_card.c.book_id == book)
        .group_by(_card.c.household_no)
        .subquery()
    )
    asked = (
        select(_card, _pin.c.set_at)
        .select_from(
            _card.join(
                newest,
                and_(_card.c.household_no == newest.c.household_no, _card.c.card == newest.c.card),
            ).outerjoin(
                _pin,
                and_(
                    _pin.c.book_id == _card.c.book_id,
                    _pin.c.household_no == _card.c.household_no,
                    _pin.c.card == _card.c.card,
                ),
            )
        )
        .where(_card.c.book_id == book)
    )
    if numbers is not None:
        asked = asked.where(_card.c.household_no.in_(numbers))
    return {
        row.household_no: HouseholdCard(
            number=row.card,
            issued_by=row.issued_by,
            issued_at=row.issued_at,
            reason=row.reason,
            set_at=row.set_at or "",
        )
        for row in db.execute(asked)
    }


def card_with(db: Connection, *, book: BookId, household: str, digest: bytes) -> HouseholdCard | None:
    """The household's last card, if this is the digest of its one-time code."""
    card = _last_cards(db, book=book, numbers=[household]).get(household)
    if card is None:
        return None
    found = db.execute(
        select(_card.c.card).where(
            _card.c.book_id == book,
            _card.c.household_no == household,
            _card.c.card == card.number,
            _card.c.digest == digest,
        )
    ).first()
    return None if found is None else card


def books_with_cards(db: Connection) -> tuple[tuple[BookId, str], ...]:
    """The books whose households have cards, with their names: what somebody chooses from who has no QR reader."""
    rows = db.execute(
        select(_book.c.book_id, _book.c.name)
        .where(_book.c.book_id.in_(select(_login.c.book_id).distinct()))
        .order_by(_book.c.name, _book.c.book_id)
    )
    return tuple((row.book_id, row.name) for row in rows)
