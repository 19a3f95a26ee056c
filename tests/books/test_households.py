"""Cards of households: printed, used once, replaced; never for another household. Both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import Connection

from coop.access import queries as access
from coop.access.logins import actions as logins
from coop.access.rules import is_household, login_of_household
from coop.households import actions, queries
from coop.households.rules import CODE_HOLDS, MOST_AT_ONCE
from ledger.log import queries as log
from schemas.access import Deed
from schemas.households import NewCard
from schemas.problems import Refusal
from tests.builders import ACCOUNTANT, AT, a_house
from tests.handover import pack_of, take_in
from tests.people import the_operator

BOOK = "qingshuihezuoshe"
FIRST, SECOND = b"1" * 32, b"2" * 32


@pytest.fixture
def house(db: Connection) -> Connection:
    a_house(db)
    take_in(db, pack_of("clean-small"))
    return db


def issue(db: Connection, household: str = "HQ001", digest: bytes = FIRST, reason: str = "") -> None:
    card = NewCard(household=household, digest=digest, reason=reason)
    actions.issue(db, [card], book=BOOK, by=ACCOUNTANT, at=AT)


def set_pin(db: Connection, digest: bytes = FIRST, household: str = "HQ001", days: int = 0) -> None:
    at = AT + timedelta(days=days)
    actions.set_pin(db, book=BOOK, household=household, digest=digest, pin_hash="hash", at=at)


def refused(act: object, *codes: str) -> None:
    assert callable(act)
    with pytest.raises(Refusal) as caught:
        act()
    assert [problem.code for problem in caught.value.problems] == list(codes)


def test_a_card_makes_a_login_with_one_role_and_no_password(house: Connection) -> None:
    issue(house)
    login = access.login_named(house, login_of_household(BOOK, "HQ001"))
    assert login is not None
    assert (login.person_name, login.has_password) == ("卢兰芳", False)
    rights = access.rights_of(house, login.person)
    assert is_household(rights)
    assert access.deeds_of(house, rights, BOOK) == {
        Deed.SEE_STATEMENT,
        Deed.FILE_APPEAL,
        Deed.CAST_BALLOT,
        Deed.FINISH_SIGN_IN,
    }
    mine = queries.household_of(house, login.person)
    assert mine is not None
    assert (mine.book, mine.household) == (BOOK, "HQ001")
    assert login.name not in [one.name for one in access.logins(house)], "people's list is for people"


def test_the_code_sets_the_pin_once_and_a_new_card_takes_it_away(house: Connection) -> None:
    issue(house)
    set_pin(house)
    name = login_of_household(BOOK, "HQ001")
    known = access.credentials_of(house, name)
    assert known is not None
    assert known.password_hash == "hash"
    refused(lambda: set_pin(house), "code_of_card_must_hold")
    refused(lambda: issue(house), "card_must_be_replaced_for_a_reason")
    issue(house, digest=SECOND, reason="卡丢失")
    renewed = access.credentials_of(house, name)
    assert renewed is not None
    assert renewed.password_hash is None
    refused(lambda: set_pin(house, FIRST), "code_of_card_must_hold")
    set_pin(house, SECOND)
    (household,) = queries.households(house, book=BOOK, numbers=["HQ001"])
    assert household.card is not None
    assert (household.card.number, household.card.reason, bool(household.card.set_at)) == (2, "卡丢失", True)
    acts = [entry for entry in log.every_entry(house, book=BOOK) if entry.act.startswith("card.")]
    assert [(act.act, act.subject, act.after) for act in acts] == [
        ("card.issue", "household:HQ001", "card 1"),
        ("card.pin", "household:HQ001", "card 1"),
        ("card.replace", "household:HQ001", "card 2 卡丢失"),
        ("card.pin", "household:HQ001", "card 2"),
    ]


def test_a_code_is_good_for_its_own_household_and_not_for_ever(house: Connection) -> None:
    issue(house)
    issue(house, "HQ005", SECOND)
    refused(lambda: set_pin(house, FIRST, "HQ005"), "code_of_card_must_hold")
    refused(lambda: set_pin(house, FIRST, "HQ002"), "code_of_card_must_hold")
    refused(lambda: set_pin(house, days=CODE_HOLDS.days), "code_of_card_must_hold")
    set_pin(house, days=CODE_HOLDS.days - 1)


def test_everything_wrong_with_a_pile_of_cards_is_said_at_once(house: Connection) -> None:
    issue(house)
    pile = [NewCard(household=number, digest=SECOND) for number in ("HQ001", "HQ999", "")]
    refused(
        lambda: actions.issue(house, pile, book=BOOK, by=ACCOUNTANT, at=AT),
        "card_must_be_replaced_for_a_reason",
        "household_must_be_there",
        "household_must_be_there",
    )
    many = [NewCard(household=str(number), digest=SECOND) for number in range(MOST_AT_ONCE + 1)]
    refused(lambda: actions.issue(house, many, book=BOOK, by=ACCOUNTANT, at=AT), "cards_must_not_be_too_many")


def test_an_administrator_gives_a_household_no_set_up_code(house: Connection) -> None:

    issue(house)
    login = access.login_named(house, login_of_household(BOOK, "HQ001"))
    assert login is not None
    refused(
        lambda: logins.invite(house, login.person, digest=b"x", by=the_operator(house), at=AT),
        "household_must_get_a_card",
    )
