"""Codes with the names people know them by: accounts, details, persons of one page, asked for together."""

from collections.abc import Iterable, Mapping
from functools import cache

from pypinyin import Style, lazy_pinyin

from ledger.books import queries as books
from ledger.charts import standard
from ledger.details import queries as details
from ledger.vouchers import queries as vouchers
from ledger.vouchers.rules import number_text
from schemas.books import Book, BookAccount, Detail
from schemas.units import PersonId, VoucherId
from schemas.vouchers import Voucher
from web.pages.route import Visit
from web.people_names import names_of as names_of_people


class Names:
    """The names a page needs."""

    def __init__(
        self,
        accounts: Mapping[str, BookAccount],
        details: Mapping[str, Detail],
        people: Mapping[PersonId, str],
        *,
        locale: str,
    ) -> None:
        self.accounts, self.details, self.people, self.locale = accounts, details, people, locale

    def account(self, code: str) -> str:
        """The name of an account: of a sub-account with those it lies below, as on paper."""
        account = self.accounts.get(code)
        if account is None:
            return ""
        own = account.name if self.locale == "zh_CN" else account.name_en
        return f"{self.account(account.parent)} / {own}" if account.parent else own

    def detail(self, code: str) -> str:
        """A detail by code and name, or by its name alone where that is its code."""
        found = self.details.get(code)
        return code if found is None or found.name in ("", code) else f"{code} {found.name}"

    def unit(self, code: str) -> str:
        """The unit quantities of a detail are counted in."""
        found = self.details.get(code)
        return "" if found is None else found.unit

    def person(self, id: PersonId | None) -> str:
        """Somebody's name; empty for nobody."""
        return "" if id is None else self.people.get(id, f"#{id}")


def names_of(
    visit: Visit, *, of_details: Iterable[str] | None = (), of_people: Iterable[PersonId | None] = ()
) -> Names:
    """The accounts of the book, these details (None: all of them), and these people."""
    return Names(
        books.accounts(visit.db, book=visit.at_book),
        details.details(visit.db, book=visit.id)
        if of_details is None
        else details.known(visit.db, book=visit.id, codes=of_details),
        names_of_people(
            visit.db, (person for person in of_people if person is not None), locale=visit.locale
        ),
        locale=visit.locale,
    )


def names_in(visit: Visit, of: Iterable[Voucher], *, also: Iterable[PersonId | None] = ()) -> Names:
    """The names these vouchers need."""
    of = tuple(of)
    return names_of(
        visit,
        of_details={line.detail for voucher in of for line in voucher.lines},
        of_people=[
            *(person for v in of for person in (v.prepared_by, v.reviewed_by, v.posted_by)),
            *also,
        ],
    )


def standard_name(book: Book, *, locale: str) -> str:
    """The accounting standard a book follows, as it is cited: 《农民专业合作社会计制度》（财会〔2021〕37号）."""
    found = standard(book.standard)
    if locale == "zh_CN":
        return f"《{found.title.zh}》（{found.document}）"
    return f"{found.title.en} ({found.document})"


def numbers_of(visit: Visit, ids: Iterable[VoucherId | None]) -> Mapping[VoucherId, str]:
    """How these vouchers are called: by number once posted, before that by id."""
    found = vouchers.numbers(visit.db, book=visit.id, ids=(id for id in ids if id is not None))
    return {
        id: f"#{id}" if number is None else number_text(word, number) for id, (word, number) in found.items()
    }


@cache
def initials(name: str) -> str:
    """The pinyin initials of a name, as they are typed: 银行存款 is ``yhck``."""
    return "".join(part[0] for part in lazy_pinyin(name, style=Style.FIRST_LETTER) if part).lower()
