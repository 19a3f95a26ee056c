"""成员账户: the statutory account of a member and year on screen, as spreadsheet and on paper; everybody's in one file, which
is long work. And the member's share certificate 股权证."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial
from typing import NamedTuple
from urllib.parse import quote

from litestar import Response

from coop.member_accounts import queries
from coop.members import queries as members
from coop.places import queries as places
from coop.shares import queries as shares
from ledger.account_books import queries as account_books
from payouts.policies import queries as policies
from schemas.access import Deed
from schemas.books import Book
from schemas.member_accounts import QuantifiedShares
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId
from web import wire
from web.api.members import member_must_be_there
from web.database import Connection, Engine
from web.exports.certificates import certificate, certificate_pdf
from web.exports.member_accounts import accounts_pdf, accounts_workbook
from web.exports.routes import MEDIA
from web.i18n import say
from web.i18n.words import N_
from web.long_work import LongWork, Tell
from web.member_account_form import AccountForm, account_form
from web.pages.household_cards import file_must_be_ready
from web.pages.naming import numbers_of
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, day_from, does, shows


class Made(NamedTuple):
    """A file that was made, its ending, and how many accounts are in it."""

    content: bytes
    ending: str
    accounts: int


@shows("/books/{book}/members/{member}/account", deed=Deed.SEE_REGISTER, asks=("year",))
def show_account(visit: Visit) -> Shown:
    """The account of a member and year, as the statutory form has it."""
    form = _form(visit)
    groups: list[list[object]] = []
    spans: list[tuple[str, int]] = []
    for column in form.columns:
        if column.group and spans and spans[-1][0] == column.group:
            spans[-1] = (column.group, spans[-1][1] + 1)
        else:
            spans.append((column.group, 1))
    place = 0
    for name, width in spans:
        groups.append([name, width, form.columns[place].title])
        place += width
    return visit.page(
        "member_account.html",
        form=form,
        groups=groups,
        years=years_of(visit),
        at=f"{visit.home}/members/{quote(form.member)}",
    )


@shows("/books/{book}/members/{member}/account.pdf", deed=Deed.SEE_REGISTER, asks=("year",))
def take_account_pdf(visit: Visit) -> Shown:
    """The same on A4."""
    return _account_file(visit, "pdf")


@shows("/books/{book}/members/{member}/account.xlsx", deed=Deed.SEE_REGISTER, asks=("year",))
def take_account_xlsx(visit: Visit) -> Shown:
    """The same as a spreadsheet."""
    return _account_file(visit, "xlsx")


def _account_file(visit: Visit, ending: str) -> Shown:
    form = _form(visit)
    make = accounts_pdf if ending == "pdf" else accounts_workbook
    content = make([form], unit=visit.at_book.name, locale=visit.locale)
    what = f"{say(visit.locale, 'Member account')}-{form.member}-{form.year}"
    return file_of(visit, content, what=what, ending=ending)


def _form(visit: Visit) -> AccountForm:
    year = _year(visit, visit.query.get("year", ""))
    number = visit.text_at("member")
    account = queries.member_account(
        visit.db,
        book=visit.at_book,
        number=number,
        year=year,
        record_date=policies.record_date(visit.db, book=visit.id, year=year),
    )
    before = _quantified_before(visit.db, book=visit.at_book, year=year)
    member = members.member(visit.db, book=visit.id, number=number)
    assert member is not None, "whoever has an account is a member"
    return account_form(
        account,
        before=before.get(number, queries.NOTHING_QUANTIFIED),
        household=member.household,
        locale=visit.locale,
    )


def _quantified_before(db: Connection, *, book: Book, year: int) -> Mapping[str, QuantifiedShares]:
    record_date = policies.record_date(db, book=book.id, year=year - 1)
    return queries.quantified_before(db, book=book, year=year, record_date=record_date)


def years_of(visit: Visit) -> tuple[int, ...]:
    """The years an account can be read for, the newest first."""
    state = visit.periods
    return tuple(range(state.last_year, state.first_year - 1, -1))


def _year(visit: Visit, text: str) -> int:
    if not text:
        last = account_books.last_posted_period(visit.db, book=visit.id)
        return visit.at_book.first_year if last is None else last // 100
    if not re.fullmatch(r"(19|2[0-9])[0-9]{2}", text):
        raise wire.Unreadable(wire.must_be_whole_number.at("/year"))
    return int(text)


# Everybody's, in one file


@does("/books/{book}/member-accounts", deed=Deed.EXPORT_BOOK)
async def make_accounts(visit: Visit) -> Shown:
    """Begin to draw up the accounts of all members of a year in one file."""
    ending = visit.field("ending")
    if ending not in {"pdf", "xlsx"}:
        raise wire.Unreadable(wire.must_be_one_of.at("/ending", given=ending[:20], known="pdf, xlsx"))
    year = await visit.read(lambda: _year(visit, visit.field("year")))
    work = partial(
        _draw_up,
        readers=visit.request.app.state.readers,
        book=visit.at_book,
        year=year,
        ending=ending,
        locale=visit.locale,
    )
    works_of(visit).begin(name_of_work(visit), work, by=visit.by, at=visit.at)
    return see_other(f"{visit.home}/members")


def _draw_up(tell: Tell, *, readers: Engine, book: Book, year: int, ending: str, locale: str) -> Made:
    tell(N_("reading the books"), 0, 1)
    with readers.connect() as db:
        forms = list(_forms(db, book=book, year=year, locale=locale))
    whole = len(forms)
    if ending == "xlsx":
        tell(N_("writing the sheets"), 0, 1)
        return Made(accounts_workbook(forms, unit=book.name, locale=locale), ending, whole)

    def count(done: int) -> None:
        tell(N_("drawing up the sheets") if done < whole else N_("setting the pages"), done, whole)

    return Made(accounts_pdf(forms, unit=book.name, locale=locale, tell=count), ending, whole)


def _forms(db: Connection, *, book: Book, year: int, locale: str) -> Iterator[AccountForm]:
    before = _quantified_before(db, book=book, year=year)
    record_date = policies.record_date(db, book=book.id, year=year)
    households = {number: one.household for number, one in members.members(db, book=book.id).items()}
    for account in queries.member_accounts(db, book=book, year=year, record_date=record_date):
        yield account_form(
            account,
            before=before.get(account.member, queries.NOTHING_QUANTIFIED),
            household=households[account.member],
            locale=locale,
        )


@shows("/books/{book}/member-accounts.pdf", deed=Deed.EXPORT_BOOK)
def take_accounts_pdf(visit: Visit) -> Shown:
    """Everybody's accounts on A4, as last drawn up."""
    return _accounts_file(visit, "pdf")


@shows("/books/{book}/member-accounts.xlsx", deed=Deed.EXPORT_BOOK)
def take_accounts_xlsx(visit: Visit) -> Shown:
    """Everybody's accounts as a workbook, as last drawn up."""
    return _accounts_file(visit, "xlsx")


def _accounts_file(visit: Visit, ending: str) -> Shown:
    work = works_of(visit).of(name_of_work(visit))
    made = None if work is None else work.result
    if not isinstance(made, Made) or made.ending != ending:
        raise Refusal(file_must_be_ready.at("/file"), kind=RefusalKind.MISSING)
    return file_of(visit, made.content, what=say(visit.locale, N_("Member accounts")), ending=made.ending)


def works_of(visit: Visit) -> LongWork:
    """The long work of the service."""
    works: LongWork = visit.request.app.state.long_work
    return works


def name_of_work(visit: Visit) -> str:
    """What the drawing up of accounts is called among the long work."""
    return f"member-accounts:{visit.id}:{visit.by}"


# The certificate


@shows("/books/{book}/members/{member}/certificate.pdf", deed=Deed.SEE_REGISTER, asks=("as_of",))
def take_certificate(visit: Visit) -> Shown:
    """The share certificate as of a day."""
    number = visit.text_at("member")
    member = members.member(visit.db, book=visit.id, number=number)
    if member is None:
        raise Refusal(member_must_be_there.at("/member", member=number), kind=RefusalKind.MISSING)
    given = visit.query.get("as_of", "")
    as_of: date = day_from(given, pointer="/as_of") if given else visit.on
    moved = shares.movements(visit.db, book=visit.id, member=number, until=as_of)
    book: BookId = visit.id
    of = certificate(
        member,
        moved,
        book=book,
        as_of=as_of,
        numbers=numbers_of(visit, (one.voucher for one in moved)),
    )
    content = certificate_pdf(
        of,
        book=visit.at_book,
        unit=places.unit(visit.db, book=book),
        member=member,
        printed_on=visit.on,
        locale=visit.locale,
    )
    what = f"{say(visit.locale, 'Share certificate')}-{number}-{as_of.isoformat()}"
    return file_of(visit, content, what=what, ending="pdf")


def file_of(visit: Visit, content: bytes, *, what: str, ending: str) -> Shown:
    """A file to keep or to print."""
    name = quote(f"{visit.at_book.short_name}-{what}.{ending}")
    return Response(
        content,
        media_type=MEDIA[ending],
        headers={
            "Content-Disposition": f"attachment; filename=\"{visit.id}.{ending}\"; filename*=UTF-8''{name}",
            "Cache-Control": "private, no-store",
        },
    )


handlers = [
    show_account,
    take_account_pdf,
    take_account_xlsx,
    make_accounts,
    take_accounts_pdf,
    take_accounts_xlsx,
    take_certificate,
]
