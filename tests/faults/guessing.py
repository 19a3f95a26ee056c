"""What processes do that guess a household's PIN, or use its card's code, at the same time: each try is a transaction of
its own, from an address of its own, as two services at one database would take them."""

from datetime import timedelta

from sqlalchemy import Connection, Engine

from coop.access.rules import login_of_household
from coop.access.sessions import actions as sessions
from coop.households import actions as households
from tests.builders import AT
from tests.faults.racing import Answer, Did, Seat, act

BOOK, HOUSEHOLD = "qingshuihezuoshe", "HQ001"
LOGIN = login_of_household(BOOK, HOUSEHOLD)
CODE = b"1" * 32


def guess(db: Connection, seat: Seat, turn: int) -> Answer:
    """One try that was let through to the PIN, and counted."""
    at = AT + timedelta(seconds=turn)
    sessions.begin_sign_in(db, name=LOGIN, address=f"192.0.2.{10 * seat + turn}", by_card=True, at=at)
    return seat, turn


def six_wrong_pins(engine: Engine, seat: Seat) -> Did:
    """Each tries six times."""
    did: Did = []
    for turn in range(6):
        act(engine, did, "guess", lambda db, turn=turn: guess(db, seat, turn))  # type: ignore[misc]
    return did


def the_same_code(engine: Engine, seat: Seat) -> Did:
    """Each sets a PIN of its own with the one code of the card."""
    did: Did = []

    def use(db: Connection) -> Answer:
        households.set_pin(db, book=BOOK, household=HOUSEHOLD, digest=CODE, pin_hash=f"pin of {seat}", at=AT)
        return seat, 0

    act(engine, did, "set", use)
    return did
