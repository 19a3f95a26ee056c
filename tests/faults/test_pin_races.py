"""Two processes at one household's card: five wrong tries in all, one use of its code; time and a new card end a lock,
and a new card leaves nothing of the old."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from coop.access import queries
from coop.access.sessions import actions as sessions
from coop.households import actions as households
from schemas.households import NewCard
from schemas.problems import Refusal, RefusalKind
from tests.builders import ACCOUNTANT, AT, a_house
from tests.faults import guessing
from tests.faults.guessing import BOOK, CODE, HOUSEHOLD, LOGIN, guess
from tests.faults.racing import race
from tests.handover import pack_of, take_in


def issue(engine: Engine, *, digest: bytes = CODE, reason: str = "") -> None:
    with engine.begin() as db:
        card = NewCard(household=HOUSEHOLD, digest=digest, reason=reason)
        households.issue(db, [card], book=BOOK, by=ACCOUNTANT, at=AT)


@pytest.fixture
def house(database: Engine) -> Engine:
    with database.begin() as db:
        a_house(db)
        take_in(db, pack_of("clean-small"))
    issue(database)
    return database


def test_a_card_two_processes_try_at_once_is_used_once_and_guessed_at_five_times(
    house: Engine, db_url: str
) -> None:
    used = race(db_url, guessing.the_same_code)
    (winner,) = [answer[0] for did in used for _, answer in did if answer is not None]
    with house.connect() as db:
        known = queries.credentials_of(db, LOGIN)
    assert known is not None
    assert known.password_hash == f"pin of {winner}"

    tried = race(db_url, guessing.six_wrong_pins)
    let_through = [answer for did in tried for _, answer in did if answer is not None]
    assert len(let_through) == 5, "no sixth guess, whoever makes it"

    def locked(minutes: int) -> bool:
        with house.connect() as db:
            try:
                guess(db, 9, 60 * minutes)
            except Refusal as refusal:
                return refusal.kind is RefusalKind.LIMITED
        return False

    assert [locked(14), locked(16)] == [True, False], "a quarter of an hour, and the next try is taken"

    issue(house, digest=b"2" * 32, reason="卡丢失")
    assert not locked(0), "whoever has the new card does not wait for what others guessed"
    with house.begin() as db:
        assert (
            sessions.sign_in(
                db,
                known,
                digest=b"s" * 32,
                address="192.0.2.1",
                agent="",
                second_factor=False,
                at=AT,
            )
            is None
        ), "a PIN that was proved while the new card was printed opens nothing"
        again = queries.credentials_of(db, LOGIN)
        assert again is not None
        assert again.password_hash is None
    with house.begin() as db, pytest.raises(Refusal) as refused:
        households.set_pin(
            db, book=BOOK, household=HOUSEHOLD, digest=CODE, pin_hash="old", at=AT + timedelta(days=1)
        )
    assert [problem.code for problem in refused.value.problems] == ["code_of_card_must_hold"]
