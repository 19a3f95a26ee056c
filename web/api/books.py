"""Books over HTTP: which there are, how one is opened, its accounts, its details, and what it begins with."""

from typing import Annotated

import msgspec
from msgspec import Meta

from coop.access import queries as access
from coop.opening import actions as opening
from coop.opening import queries as openings
from ledger.books import actions, queries
from ledger.details import actions as detail_actions
from ledger.details import queries as details
from schemas.access import Deed
from schemas.books import Book, BookAccount, Detail
from schemas.charts import KeptBy
from schemas.openings import MOST_OPENINGS, NewBook, Opening, OpeningBalances
from schemas.problems import Fault, Refusal
from schemas.units import Value
from schemas.vouchers import Code
from web import answers
from web.answers import BookItem
from web.api.route import Call, Nothing, Routes
from web.database import Connection

routes = Routes("Books 账套")
member_must_come_through_the_register = Fault(
    code="member_must_come_through_the_register",
    says="{detail} cannot be added as a member here.",
    remedy="Enter the member in the register; that adds the detail too.",
)
_BOOK = "/books/{book}"
Name = Annotated[str, Meta(min_length=1, max_length=80)]


class Accounts(Value):
    """The accounts of a book, in code order."""

    items: tuple[BookAccount, ...]


class Details(Value):
    """The details a book's accounts are kept by, in code order."""

    items: tuple[Detail, ...]


class DetailQuery(Value):
    """Which details a list shows."""

    kind: KeptBy | None = None


class NewSubAccount(Value):
    """An account of the book's own: its code continues its parent's by two digits."""

    parent: Code
    code: Code
    name: Name


class AccountChange(Value):
    """Whether the account takes postings."""

    open: bool


class NewDetail(Value):
    """A detail to be added. Members come through the register."""

    code: Name
    name: Name
    kind: KeptBy
    unit: Annotated[str, Meta(max_length=20)] = ""


class OpeningsWanted(Value):
    """All the opening balances of a book at once."""

    items: Annotated[tuple[Opening, ...], Meta(min_length=1, max_length=MOST_OPENINGS)]


class Books(Value):
    """The books the caller may see, by id."""

    items: tuple[BookItem, ...]


@routes.reads("/books", deed=Deed.SEE_BOOK, answers=Books)
def list_books(db: Connection, call: Call[Nothing, Nothing]) -> Books:
    """The books I may see."""
    return Books(items=answers.book_items(db, access.books_seen_by(db, call.rights, deed=Deed.SEE_BOOK)))


@routes.acts("/books", deed=Deed.OPEN_BOOK, content=NewBook, answers=Book, status=201)
def open_book(db: Connection, call: Call[Nothing, NewBook]) -> Book:
    """Open a book 建账 in a village, with every account of the standard its kind follows. It takes the role of
    accountant for that village or a place it lies in, and whoever holds it works in the new book at once."""
    return opening.open_book(db, call.body, by=call.by, rights=call.rights, on=call.on, at=call.at)


@routes.reads(_BOOK, deed=Deed.SEE_BOOK, answers=Book)
def read_book(_db: Connection, call: Call[Nothing, Nothing]) -> Book:
    """One book: whose it is and which standard it follows."""
    return call.at_book


@routes.reads(f"{_BOOK}/accounts", deed=Deed.SEE_BOOK, answers=Accounts)
def list_accounts(db: Connection, call: Call[Nothing, Nothing]) -> Accounts:
    """The chart of accounts of a book, its own sub-accounts among them."""
    return Accounts(items=tuple(queries.accounts(db, book=call.at_book).values()))


@routes.acts(
    f"{_BOOK}/accounts", deed=Deed.KEEP_ACCOUNTS, content=NewSubAccount, answers=BookAccount, status=201
)
def add_account(db: Connection, call: Call[Nothing, NewSubAccount]) -> BookAccount:
    """Add a sub-account of the book's own 增设明细科目. The parent must have no postings yet."""
    new = call.body
    return actions.add_sub_account(
        db, book=call.book, parent=new.parent, code=new.code, name=new.name, by=call.by, at=call.at
    )


@routes.acts(
    f"{_BOOK}/accounts/{{code}}",
    method="PATCH",
    deed=Deed.KEEP_ACCOUNTS,
    content=AccountChange,
    answers=BookAccount,
)
def change_account(db: Connection, call: Call[Nothing, AccountChange]) -> BookAccount:
    """Close an account to new postings 停用, or open it again."""
    return actions.set_account_open(
        db, book=call.book, code=call.path["code"], is_open=call.body.open, by=call.by, at=call.at
    )


@routes.reads(f"{_BOOK}/details", deed=Deed.SEE_BOOK, query=DetailQuery, answers=Details)
def list_details(db: Connection, call: Call[DetailQuery, Nothing]) -> Details:
    """The members, counterparties and names a book's accounts are kept by."""
    found = details.details(db, book=call.book).values()
    return Details(items=tuple(one for one in found if call.query.kind in {None, one.kind}))


@routes.acts(f"{_BOOK}/details", deed=Deed.KEEP_DETAILS, content=NewDetail, answers=Detail, status=201)
def add_detail(db: Connection, call: Call[Nothing, NewDetail]) -> Detail:
    """Add a counterparty, household, item, batch, asset or project; a member comes through the register."""
    if call.body.kind is KeptBy.MEMBER:
        raise Refusal(member_must_come_through_the_register.at("/kind", detail=call.body.code))
    new = Detail(code=call.body.code, name=call.body.name, kind=call.body.kind, unit=call.body.unit)
    (added,) = detail_actions.add_many(db, [new], book=call.book, by=call.by, at=call.at)
    return added


@routes.reads(f"{_BOOK}/openings", deed=Deed.SEE_BOOK, answers=OpeningBalances)
def read_openings(db: Connection, call: Call[Nothing, Nothing]) -> OpeningBalances:
    """What the book's first year opened with 期初余额."""
    return openings.opening_balances(db, book=call.at_book)


@routes.acts(
    f"{_BOOK}/openings",
    method="PUT",
    deed=Deed.ENTER_OPENINGS,
    content=OpeningsWanted,
    answers=OpeningBalances,
)
def enter_openings(db: Connection, call: Call[Nothing, OpeningsWanted]) -> OpeningBalances:
    """Enter all the opening balances of the book's first year 录入期初余额, once, before anything is posted. Try them
    with `dry_run=true` as often as you like: everything that is wrong is named at its line."""
    try:
        return opening.enter_openings(
            db, call.body.items, book=call.at_book, by=call.by, on=call.on, at=call.at
        )
    except Refusal as refusal:
        raise Refusal(
            *(msgspec.structs.replace(one, pointer=f"/items{one.pointer}") for one in refusal.problems),
            kind=refusal.kind,
        ) from None
