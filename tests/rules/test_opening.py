"""What keeps a book from being opened, and what opening balances must fulfil beyond the ledger: every rule broken once.

The village of these rows is 清水村 in 云岭镇, both known; 石门村 is new. The cooperative's register shows 30 000.00 for
M0001.
"""

from datetime import date

import pytest
from msgspec.structs import replace

from coop.opening import rules
from ledger.charts import standard
from ledger.money import yuan
from schemas.access import Deed, Held, Rights, Role, Scope, ScopeKind
from schemas.books import BookAccount, BookKind, Detail
from schemas.charts import KeptBy
from schemas.openings import NewBook, Opening
from schemas.places import Place, PlaceChange, PlaceLevel, VillageKind
from schemas.problems import Fault
from tests.builders import openings_of

ON = date(2026, 1, 15)
VILLAGE, NEW_VILLAGE, TOWNSHIP = "450000101200", "450000101203", "450000101"
PLACES = {
    TOWNSHIP: Place(code=TOWNSHIP, name="云岭镇", level=PlaceLevel.TOWNSHIP),
    VILLAGE: Place(
        code=VILLAGE,
        name="清水村",
        level=PlaceLevel.VILLAGE,
        kind=VillageKind.ORDINARY,
        parent=TOWNSHIP,
    ),
}
COOPERATIVE = NewBook(
    id="qingshui",
    name="清水生态养殖专业合作社",
    short_name="清水合作社",
    kind=BookKind.COOPERATIVE,
    village_code=VILLAGE,
    first_year=2026,
)
COLLECTIVE = replace(
    COOPERATIVE, id=None, name="清水村股份经济合作社", short_name="清水村", kind=BookKind.COLLECTIVE
)

BOOKS: tuple[tuple[str, NewBook, dict[str, object]], ...] = (
    ("", COOPERATIVE, {}),
    ("", COLLECTIVE, {}),
    ("", COLLECTIVE, {"id": VILLAGE}),
    ("", COOPERATIVE, {"first_year": 2027}),
    ("", COOPERATIVE, {"first_year": 1999}),
    ("", COOPERATIVE, {"village_name": "清水村", "township_name": "云岭镇"}),
    ("", COOPERATIVE, {"village_code": NEW_VILLAGE, "village_name": "石门村"}),
    ("book_must_have_an_id /id", COOPERATIVE, {"id": None}),
    ("collective_must_be_called_by_its_village /id", COLLECTIVE, {"id": "qingshui"}),
    ("book_must_have_names /name", COOPERATIVE, {"name": "  "}),
    ("book_must_have_names /short_name", COOPERATIVE, {"short_name": "——"}),
    ("text_must_be_one_line /name", COOPERATIVE, {"name": "清水\n合作社"}),
    ("first_year_must_be_near /first_year", COOPERATIVE, {"first_year": 2028}),
    ("place_must_be_named /village_name", COOPERATIVE, {"village_code": NEW_VILLAGE}),
    ("place_must_be_named /village_name, place_must_be_named /township_name",
     COOPERATIVE, {"village_code": "450000102200"}),
    ("place_must_be_as_known /village_name", COOPERATIVE, {"village_name": "河口村"}),
    ("place_must_be_as_known /township_name", COOPERATIVE, {"township_name": "河口镇"}),
    ("book_must_have_an_id /id, book_must_have_names /name, first_year_must_be_near /first_year",
     COOPERATIVE, {"id": None, "name": " ", "first_year": 2999}),
)  # fmt: skip


@pytest.mark.parametrize(("expected", "book", "changed"), BOOKS)
def test_a_new_book(expected: str, book: NewBook, changed: dict[str, object]) -> None:
    problems = rules.faults_of_new_book(
        replace(book, **changed), taken=False, namesake=None, places=PLACES, on=ON
    )
    assert ", ".join(f"{one.code} {one.pointer}" for one in problems) == expected


@pytest.mark.parametrize(
    ("book", "taken", "namesake", "expected"),
    [
        (COOPERATIVE, True, None, "book_must_be_new /id"),
        (COLLECTIVE, True, VILLAGE, "book_must_be_new /village_code"),
        (COOPERATIVE, False, "qs", "short_name_must_be_new_in_its_village /short_name"),
    ],
)
def test_a_book_that_is_there_already(
    book: NewBook, taken: bool, namesake: str | None, expected: str
) -> None:
    (problem,) = rules.faults_of_new_book(book, taken=taken, namesake=namesake, places=PLACES, on=ON)
    assert f"{problem.code} {problem.pointer}" == expected


@pytest.mark.parametrize("gone", [VILLAGE, TOWNSHIP])
def test_none_is_opened_where_the_village_or_what_it_lies_in_is_no_more(gone: str) -> None:
    end = PlaceChange(
        code=gone, number=1, since=date(2025, 6, 1), was="", name="", ended=True, into="", by=1, at=""
    )
    (problem,) = rules.faults_of_new_book(
        COLLECTIVE, taken=False, namesake=None, places=PLACES, ended={gone: end}, on=ON
    )
    assert (problem.code, problem.pointer) == ("place_must_still_stand", "/village_code")
    assert problem.figures == {"code": gone, "since": "2025-06-01"}


def test_the_kind_says_which_standard_a_book_follows() -> None:
    assert (rules.book_of(COOPERATIVE).standard, rules.book_of(COOPERATIVE).id) == ("coop-2021", "qingshui")
    assert (rules.book_of(COLLECTIVE).standard, rules.book_of(COLLECTIVE).id) == ("collective-2023", VILLAGE)


def holding(role: Role, kind: ScopeKind, code: str, **narrowed: frozenset[str]) -> Rights:
    """Somebody with one role."""
    return Rights(person=1, held=(Held(role=role, scope=Scope(kind=kind, code=code)),), **narrowed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("who", "may", "reach"),
    [
        (holding(Role.ACCOUNTANT, ScopeKind.PLACE, TOWNSHIP), True, (TOWNSHIP,)),
        (holding(Role.ACCOUNTANT, ScopeKind.PLACE, VILLAGE), True, (VILLAGE,)),
        (holding(Role.ACCOUNTANT, ScopeKind.PLACE, NEW_VILLAGE), False, (NEW_VILLAGE,)),
        (holding(Role.ACCOUNTANT, ScopeKind.BOOK, "qingshui"), False, ()),
        (holding(Role.REVIEWER, ScopeKind.PLACE, TOWNSHIP), False, ()),
        (holding(Role.ADMINISTRATOR, ScopeKind.HOUSE, ""), False, ()),
        (holding(Role.ACCOUNTANT, ScopeKind.PLACE, TOWNSHIP, books=frozenset({"qingshui"})), False, ()),
        (holding(Role.ACCOUNTANT, ScopeKind.PLACE, TOWNSHIP, deeds=frozenset({Deed.SEE_BOOK})), False, ()),
    ],
)
def test_where_somebody_may_open_books(who: Rights, may: bool, reach: tuple[str, ...]) -> None:
    assert (rules.may_open_in(who, VILLAGE), rules.reach(who)) == (may, reach)


def lines(text: str) -> tuple[Opening, ...]:
    """Opening balances, written like the lines of a voucher."""
    return tuple(
        Opening(account=one.account, detail=one.detail, debit=one.debit, credit=one.credit)
        for one in openings_of(text)
    )


SHARES = (
    ("", "102 30000 | cr 301/M0001 30000"),
    ("", "102 30000 | cr 301/M0001 31000 | 301/M0001 1000"),
    ("opening_must_equal_register /1/credit", "102 20000 | cr 301/M0001 20000"),
    ("opening_must_equal_register ", "102 500 | cr 311/补助 500"),
    ("opening_must_equal_register /2/credit", "102 30500 | cr 301/M0001 30000 | cr 301/M0002 500"),
    ("opening_must_equal_register /1/credit, opening_must_equal_register ", "102 500 | cr 301 500"),
)


@pytest.mark.parametrize(("expected", "text"), SHARES)
def test_members_capital_is_what_the_register_shows(expected: str, text: str) -> None:
    problems = rules.faults_of_shares(lines(text), register={"M0001": 3000000}, account="301", yuan=yuan)
    assert ", ".join(f"{one.code} {one.pointer}" for one in problems) == expected


def test_the_years_result_starts_at_zero() -> None:
    problems = rules.faults_of_result(lines("102 5 | cr 331 5"), result="331")
    assert [(one.code, one.pointer) for one in problems] == [
        ("opening_must_be_of_a_balance_account", "/1/account")
    ]


CHART = {
    code: BookAccount(code=code, name=account.zh, name_en="", statutory=account)
    for code, account in standard("collective-2023").accounts.items()
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("112/云岭饲料厂 5 | 121/尿素 5", [("云岭饲料厂", "counterparty"), ("尿素", "name")]),
        ("113/韦家 5", [("韦家", "household")]),
        ("112/云岭饲料厂 5 | cr 211/云岭饲料厂 5", [("云岭饲料厂", "counterparty")]),
        ("112/C001 5", []),
        ("322/乱写 5", []),
        ("101/柜 5", []),
        ("999/柜 5 | 102 5", []),
    ],
)
def test_details_that_are_new_with_the_openings(text: str, expected: list[tuple[str, str]]) -> None:
    found = rules.details_to_add(lines(text), accounts=CHART, known={"C001"})
    assert [(one.code, one.kind.value) for one in found] == expected


def test_what_is_said_of_a_new_detail_counts_where_its_account_takes_it() -> None:
    found = rules.details_to_add(
        lines("112/农信社 5 | 121/尿素 5"),
        accounts=CHART,
        known=(),
        kinds={"农信社": KeptBy.NAME, "尿素": KeptBy.MEMBER},
        units={"尿素": "公斤"},
    )
    assert found == (
        Detail(code="农信社", name="农信社", kind=KeptBy.NAME),
        Detail(code="尿素", name="尿素", kind=KeptBy.NAME, unit="公斤"),
    )


def test_every_fault_has_a_row() -> None:
    """``place_must_be_yours_to_open_in`` needs a caller (tests/stories/test_first_book.py)."""
    known = {
        fault.code
        for name, fault in vars(rules).items()
        if isinstance(fault, Fault)
        and name not in {"book_must_be_new", "opening_must_be_of_a_balance_account", "place_must_still_stand"}
    }
    rows = {word for row in (*BOOKS, *SHARES) for word in str(row[0]).replace(",", "").split()}
    assert known - rows == {"place_must_be_yours_to_open_in", "short_name_must_be_new_in_its_village"}
