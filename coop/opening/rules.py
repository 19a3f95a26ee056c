"""What must hold before a book is opened, and before it gets its opening balances.

A book lies in a village from its first moment: who may see it follows from where it lies, so that the accountant who
opens it in 450000101200 with a role for township 450000101 can work in it at once.

>>> from schemas.access import Held, Rights, Role, Scope, ScopeKind
>>> qin = Rights(person=1, held=(Held(role=Role.ACCOUNTANT, scope=Scope(kind=ScopeKind.PLACE, code="450000101")),))
>>> may_open_in(qin, "450000101200"), may_open_in(qin, "450000102200"), reach(qin)
(True, False, ('450000101',))

The opening balances of 股金 are those of the share register: a book whose register shows 30 000.00 for a member and
whose account opens with 20 000.00 could never close its first month.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from coop.access.rules import deeds_at
from coop.places.rules import place_must_still_stand, township_of
from ledger import texts
from ledger.books.rules import book_must_be_new, opening_must_be_of_a_balance_account
from ledger.charts import COLLECTIVE, COOPERATIVE
from schemas.access import Deed, Rights, ScopeKind
from schemas.books import Book, BookAccount, BookKind, Detail
from schemas.charts import KeptBy
from schemas.openings import NewBook, Opening
from schemas.places import Place, PlaceChange
from schemas.problems import Fault, Problem
from schemas.units import BookId, Fen

STANDARDS: Mapping[BookKind, str] = {BookKind.COOPERATIVE: COOPERATIVE, BookKind.COLLECTIVE: COLLECTIVE}
"""The standard each kind of book follows (财会〔2021〕37号, 财会〔2023〕14号)."""

place_must_be_yours_to_open_in = Fault(
    code="place_must_be_yours_to_open_in",
    says="Your roles do not let you open a book in {place}.",
    remedy="Ask the administrator for the role of accountant for this village or its township.",
)
book_must_have_an_id = Fault(
    code="book_must_have_an_id",
    says="A cooperative's book has an id.",
    remedy="Give a short one of small letters, digits and hyphens, like qingshui.",
)
collective_must_be_called_by_its_village = Fault(
    code="collective_must_be_called_by_its_village",
    says="The book of a village's collective is called {village}, not {book}.",
    remedy="Leave the id out: it is the village's code.",
)
book_must_have_names = Fault(
    code="book_must_have_names",
    says="A book has the full name of its unit and a short one.",
    remedy="Enter both; the short one is what lists show.",
)
short_name_must_be_new_in_its_village = Fault(
    code="short_name_must_be_new_in_its_village",
    says="{village} already has a book called {name} ({book}).",
    remedy="Choose another short name, or go on in that book.",
)
first_year_must_be_near = Fault(
    code="first_year_must_be_near",
    says="A book that begins in {year} could not be kept before then.",
    remedy="Begin it in {last} at the latest.",
)
place_must_be_named = Fault(
    code="place_must_be_named",
    says="Nobody has named the place {place} yet.",
    remedy="Enter its name as it is in the list of administrative divisions.",
)
place_must_be_as_known = Fault(
    code="place_must_be_as_known",
    says="{place} is known as {known}, not as {given}.",
    remedy="Look at the code again, or leave the name out.",
)
opening_must_equal_register = Fault(
    code="opening_must_equal_register",
    says="Account {account} opens with {balance} for member {member}, and the register shows {register}.",
    remedy="Members and their shares come with the register: take over the unit's hand-over pack, or correct the figure.",
)


def may_open_in(who: Rights, village: str) -> bool:
    """Whether ``who`` may open a book in this village."""
    return Deed.OPEN_BOOK in deeds_at(who, code=village)


def reach(who: Rights) -> tuple[str, ...]:
    """The places in which ``who`` may open books, by code; ``""`` is everywhere."""
    codes = {held.scope.code for held in who.held if held.scope.kind is not ScopeKind.BOOK}
    return tuple(sorted(code for code in codes if Deed.OPEN_BOOK in deeds_at(who, code=code)))


def book_of(new: NewBook) -> Book:
    """The book as it will be; a collective's is called by its village."""
    return Book(
        id=new.id or new.village_code,
        name=new.name.strip(),
        short_name=new.short_name.strip(),
        kind=new.kind,
        standard=STANDARDS[new.kind],
        first_year=new.first_year,
    )


def faults_of_new_book(
    new: NewBook,
    *,
    taken: bool,
    namesake: BookId | None,
    places: Mapping[str, Place],
    ended: Mapping[str, PlaceChange] = MappingProxyType({}),
    on: date,
) -> tuple[Problem, ...]:
    """Everything that keeps a book from being opened. ``taken`` says whether its id is, ``namesake`` is a book of the
    same kind and short name in the village, ``places`` are those of the village and its township that are known, ``ended`` those of
    the village and what it lies in that are no more."""
    problems: list[Problem] = []
    if new.id is None and new.kind is BookKind.COOPERATIVE:
        problems.append(book_must_have_an_id.at("/id"))
    elif new.kind is BookKind.COLLECTIVE and new.id not in {None, new.village_code}:
        problems.append(
            collective_must_be_called_by_its_village.at("/id", village=new.village_code, book=new.id)
        )
    elif taken:
        at = "/village_code" if new.id is None else "/id"
        problems.append(book_must_be_new.at(at, book=new.id or new.village_code))
    for field, name in (("name", new.name), ("short_name", new.short_name)):
        if not texts.has_letter_or_digit(name):
            problems.append(book_must_have_names.at(f"/{field}"))
        problems += texts.faults_of_line(name, f"/{field}")
    if namesake is not None and not taken:
        problems.append(
            short_name_must_be_new_in_its_village.at(
                "/short_name", village=new.village_code, name=new.short_name.strip(), book=namesake
            )
        )
    if new.first_year > on.year + 1:
        problems.append(first_year_must_be_near.at("/first_year", year=new.first_year, last=on.year + 1))
    problems += (
        place_must_still_stand.at("/village_code", code=code, since=end.since) for code, end in ended.items()
    )
    problems += _faults_of_place(new.village_code, new.village_name, "/village_name", places=places)
    township = township_of(new.village_code)
    problems += _faults_of_place(township, new.township_name, "/township_name", places=places)
    return tuple(problems)


def _faults_of_place(code: str, name: str, at: str, *, places: Mapping[str, Place]) -> Iterator[Problem]:
    known = places.get(code)
    if known is None and not texts.has_letter_or_digit(name):
        yield place_must_be_named.at(at, place=code)
    elif known is not None and name.strip() not in {"", known.name}:
        yield place_must_be_as_known.at(at, place=code, known=known.name, given=name.strip())
    yield from texts.faults_of_line(name, at)


def kinds_added(account: BookAccount) -> tuple[KeptBy, ...]:
    """The kinds of detail that may be added together with an opening balance of the account, the likeliest first.
    Members come with the register, and where the standard fixes the details none is added."""
    if account.statutory.names:
        return ()
    return tuple(kind for kind in _ADDED if kind in account.statutory.kept_by)


_ADDED = (KeptBy.HOUSEHOLD, KeptBy.COUNTERPARTY, KeptBy.NAME)


def details_to_add(
    lines: Iterable[Opening],
    *,
    accounts: Mapping[str, BookAccount],
    known: Container[str],
    kinds: Mapping[str, KeptBy] = MappingProxyType({}),
    units: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Detail, ...]:
    """The details these lines name that the book does not know, each once, of the kind its first account is kept by;
    ``kinds`` and ``units`` are what was said of them."""
    found: dict[str, Detail] = {}
    for line in lines:
        account = accounts.get(line.account)
        if account is None or not line.detail or line.detail in known or line.detail in found:
            continue
        allowed = kinds_added(account)
        wanted = kinds.get(line.detail)
        if allowed:
            found[line.detail] = Detail(
                code=line.detail,
                name=line.detail,
                kind=wanted if wanted in allowed and wanted is not None else allowed[0],
                unit=units.get(line.detail, ""),
            )
    return tuple(found.values())


def faults_of_result(lines: Sequence[Opening], *, result: str) -> tuple[Problem, ...]:
    """Each line on the account of the year's result, which starts every year at zero like income and expense."""
    return tuple(
        opening_must_be_of_a_balance_account.at(f"/{index}/account", account=line.account)
        for index, line in enumerate(lines)
        if line.account == result
    )


def faults_of_shares(
    lines: Sequence[Opening], *, register: Mapping[str, Fen], account: str, yuan: Callable[[Fen], str]
) -> tuple[Problem, ...]:
    """Each member whose opening 股金 is not what the register holds, at its line where there is one. Negative is red:
    what counts is credit less debit."""
    opened: dict[str, Fen] = {}
    place: dict[str, int] = {}
    for index, line in enumerate(lines):
        if line.account == account:
            opened[line.detail] = opened.get(line.detail, 0) + line.credit - line.debit
            place.setdefault(line.detail, index)
    return tuple(
        opening_must_equal_register.at(
            f"/{place[member]}/credit" if member in place else "",
            account=account,
            member=member or "—",
            balance=yuan(opened.get(member, 0)),
            register=yuan(register.get(member, 0)),
        )
        for member in sorted(opened.keys() | register.keys())
        if opened.get(member, 0) != register.get(member, 0)
    )


def sums(lines: Iterable[Opening]) -> tuple[Fen, Fen]:
    """The sums of both sides."""
    lines = tuple(lines)
    return sum(line.debit for line in lines), sum(line.credit for line in lines)
