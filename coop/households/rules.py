"""What a household's card and PIN are.

A card carries the household's number and a one-time code; the code sets the PIN, once, and the PIN opens the page. Nobody
is asked for a password, an e-mail or a telephone. A card that is lost is replaced: the PIN and everybody who is in go
with it.

>>> faults_of_pin("2580"), [problem.code for problem in faults_of_pin("258")]
((), ['pin_must_be_digits'])
"""

import re
from datetime import datetime, timedelta

from schemas.households import HouseholdCard
from schemas.problems import Fault, Problem

CODE_HOLDS = timedelta(days=180)
"""How long the one-time code of a card may wait to be used."""
MOST_AT_ONCE = 500
"""Cards of one act: a large village; what is more goes in several."""

_PIN = re.compile(r"[0-9]{4,8}")

household_must_be_there = Fault(
    code="household_must_be_there",
    says="Book {book} has no household {household}.",
    remedy="Look the number up in the register, or on the card.",
)
card_must_be_replaced_for_a_reason = Fault(
    code="card_must_be_replaced_for_a_reason",
    says="Household {household} has a card already.",
    remedy="Say why it gets a new one: lost, PIN forgotten, damaged.",
)
cards_must_not_be_too_many = Fault(
    code="cards_must_not_be_too_many",
    says="{count} cards are too many for one act; {most} are taken.",
    remedy="Print them in several parts.",
)
code_of_card_must_hold = Fault(
    code="code_of_card_must_hold",
    says="The number or the code is not right, or the code was used already.",
    remedy="Copy both from the card again. Whoever has a PIN signs in with it; otherwise ask for a new card.",
)
pin_must_be_digits = Fault(
    code="pin_must_be_digits",
    says="The PIN has 4 to 8 digits.",
    remedy="Choose digits you keep in mind, and tell them to nobody.",
)
pins_must_agree = Fault(
    code="pins_must_agree",
    says="The two PINs are not the same.",
    remedy="Type the same digits twice.",
)
pin_must_be_right = Fault(
    code="pin_must_be_right",
    says="The number or the PIN is not right.",
    remedy="Try again. After five wrong tries one has to wait a quarter of an hour. Who forgot the PIN asks for a new card.",
)
card_must_wait = Fault(
    code="card_must_wait",
    says="Too many wrong tries. Wait {minutes} minutes.",
    remedy="Then try again, or ask the cooperative's accountant for a new card.",
)


def faults_of_pin(pin: str) -> tuple[Problem, ...]:
    """A PIN is four to eight digits; nothing else is asked of it."""
    return () if _PIN.fullmatch(pin) else (pin_must_be_digits.at("/pin"),)


def code_holds(card: HouseholdCard, *, at: datetime) -> bool:
    """Whether the card's one-time code was not used yet and is not too old."""
    return not card.set_at and at < datetime.fromisoformat(card.issued_at) + CODE_HOLDS
