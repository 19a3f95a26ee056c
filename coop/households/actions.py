"""Printing cards for households, replacing lost ones, and setting the PIN with a card's one-time code."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from coop.access import actions as access
from coop.access.logins import actions as login_actions
from coop.access.rules import login_of_household
from coop.households import queries, rules
from coop.households.tables import HouseholdCardRow, HouseholdLoginRow, HouseholdPinRow
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.log.rules import instant
from schemas.households import Household, NewCard
from schemas.log import Act
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.units import BookId, PersonId


def issue(
    db: Connection, cards: Sequence[NewCard], *, book: BookId, by: PersonId, at: datetime
) -> tuple[Household, ...]:
    """Print cards 制卡, or replace lost ones 补卡: whoever is in with the old card is out, its PIN opens nothing more.

    Refused with everything at once: no such household in the book, a card is replaced without a reason, more than
    ``MOST_AT_ONCE``.
    """
    head = log.lock(db, book=book)
    if len(cards) > rules.MOST_AT_ONCE:
        raise Refusal(
            rules.cards_must_not_be_too_many.at("/cards", count=len(cards), most=rules.MOST_AT_ONCE)
        )
    wanted = {card.household: card for card in cards}
    there = {one.number: one for one in queries.households(db, book=book, numbers=sorted(wanted))}
    problems: list[Problem] = []
    for index, card in enumerate(wanted.values()):
        found = there.get(card.household)
        if found is None:
            problems.append(
                rules.household_must_be_there.at(
                    f"/cards/{index}/household", book=book, household=card.household
                )
            )
        elif found.card is not None and not card.reason.strip():
            problems.append(
                rules.card_must_be_replaced_for_a_reason.at(
                    f"/cards/{index}/reason", household=card.household
                )
            )
    if problems:
        raise Refusal(*problems)
    logins, rows, acts = [], [], []
    for household, card in wanted.items():
        before = there[household].card
        person = login_actions.open_household(
            db, book=book, household=household, name=there[household].names[0], by=by, at=at
        )
        number = 1 if before is None else before.number + 1
        if before is None:
            logins.append({"book_id": book, "household_no": household, "person_id": person})
        rows.append(
            {
                "book_id": book,
                "household_no": household,
                "card": number,
                "digest": card.digest,
                "issued_by": by,
                "issued_at": instant(at),
                "reason": card.reason.strip(),
            }
        )
        acts.append(
            Act(
                by=by,
                act="card.issue" if before is None else "card.replace",
                subject=f"household:{household}",
                before="" if before is None else f"card {before.number}",
                after=" ".join(filter(None, (f"card {number}", card.reason.strip()))),
            )
        )
    if logins:
        db.execute(insert(table_of(HouseholdLoginRow)), logins)
    if rows:
        db.execute(insert(table_of(HouseholdCardRow)), rows)
        log.append(db, acts, book=book, head=head, at=at)
    return queries.households(db, book=book, numbers=sorted(wanted))


def set_pin(
    db: Connection, *, book: BookId, household: str, digest: bytes, pin_hash: str, at: datetime
) -> None:
    """Set the PIN with a card's one-time code, once (``digest`` is the SHA-256 of the code). Refused when the code is not
    the household's last card's, was used, or is too old."""
    head = log.lock(db, book=book)
    card = queries.card_with(db, book=book, household=household, digest=digest)
    if card is None or not rules.code_holds(card, at=at):
        raise Refusal(rules.code_of_card_must_hold.at("/code"), kind=RefusalKind.RULE)
    row = {"book_id": book, "household_no": household, "card": card.number, "set_at": instant(at)}
    db.execute(insert(table_of(HouseholdPinRow)), [row])
    login = login_of_household(book, household)
    login_actions.set_pin(db, login, pin_hash, at=at)
    act = Act(
        by=access.service(db, at=at),
        act="card.pin",
        subject=f"household:{household}",
        after=f"card {card.number}",
    )
    log.append(db, [act], book=book, head=head, at=at)
