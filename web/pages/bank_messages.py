"""银企直连指令: which batches wait for the bank or for its answer, why one is not further, and what is done about it."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from payouts.batches import queries as batches
from payouts.batches.queries import Standing
from payouts.messages import actions, queries
from schemas.access import Deed
from schemas.messages import Message, MessageState
from schemas.problems import Problem
from web import wire
from web.i18n.words import N_
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows

MESSAGES_A_PAGE = 100
WORDS: Mapping[str, str] = {
    "silence: unsigned": N_("The bank's answer was not signed as agreed, or its clock is wrong."),
    "silence: unreadable": N_("The bank answered something that cannot be read."),
    "silence: another order": N_("The bank answered for another order."),
    "bank: 401": N_("The bank does not accept our signature: compare key and clock."),
    "bank: 403": N_("The bank does not accept our signature: compare key and clock."),
    "bank: 404": N_("The bank says that it does not know the order."),
    "bank: 422": N_("The bank has another batch under this name: ask it before anything else."),
    "account_must_be_as_it_was": N_("An account was changed after the batch was made; it was not sent."),
    "answer_must_be_of_the_batch": N_("The bank spoke of a line that is none of the batch; nothing was taken."),
    "answer_must_be_of_the_amount": N_("The bank named another amount for a line; nothing was taken."),
    "answer_must_be_of_a_day": N_("The bank named a day on which it cannot have been; nothing was taken."),
    "answers_must_agree": N_("The bank says of a line both that it was paid and that it came back; nothing was taken."),
    "line_must_not_be_sent_twice": N_("The bank says that a line was paid after all that was sent again; nothing was taken."),
}  # fmt: skip
"""What the notes of the line mean to people; a person's own reason stands as it was written."""
BANK_FAILED = N_("The bank's service is out of order ({why}).")
OUT_OF_REACH = N_("The bank cannot be reached ({why}).")
DECLINED = N_("The bank does not take it ({why}): ask it why.")


class Row(NamedTuple):
    """A message, what the bank has answered of its batch, and what keeps it, as a sentence with a figure."""

    message: Message
    standing: Standing
    words: str
    why: str


def words_of(said: str) -> tuple[str, str]:
    """What keeps a message, as a msgid and its figure: the figure alone where a person wrote it.

    >>> words_of("silence: 503")
    ("The bank's service is out of order ({why}).", '503')
    """
    if said in WORDS:
        return WORDS[said], ""
    kind, _, why = said.partition(": ")
    if kind == "silence":
        return (BANK_FAILED if re.fullmatch("5[0-9]{2}", why) else OUT_OF_REACH), why
    return (DECLINED, why) if kind == "bank" and why.isdecimal() else ("", said)


@shows("/books/{book}/bank-messages", asks=("state",))
def list_messages(visit: Visit) -> Shown:
    """What goes over the line to the bank."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    wanted = visit.query.get("state", "")
    if wanted and wanted not in set(MessageState):
        known = ", ".join(MessageState)
        raise wire.Unreadable(wire.must_be_one_of.at("/state", given=wanted[:40], known=known))
    every = queries.messages(visit.db, book=visit.id)
    found = [one for one in every if wanted in ("", one.state)][:MESSAGES_A_PAGE]
    numbers = {one.batch for one in found}
    there = [one for one in batches.batches(visit.db, book=visit.id) if one.number in numbers]
    standings = {one.batch.number: one for one in batches.standings(visit.db, there)}
    return visit.page(
        "bank_messages.html",
        status=status,
        problems=problems,
        wanted=wanted,
        states=[(state, sum(one.state is state for one in every)) for state in MessageState],
        rows=[Row(one, standings[one.batch], *words_of(one.said)) for one in found],
        any=bool(every),
        foremost=next((one.batch for one in found if one.waits or one.state is MessageState.REFUSED), 0),
        has_line=bool(visit.settings.bank_url),
    )


@does("/books/{book}/bank-messages/{number}/retry", deed=Deed.SEND_BATCH, again=_show)
async def retry_message(visit: Visit) -> Shown:
    """Try at once what waits for its turn."""
    number = visit.number_at("number")
    await visit.write(lambda db: actions.retry(db, book=visit.id, number=number, by=visit.by, at=visit.at))
    return see_other(f"{visit.home}/bank-messages", notice=N_("It is tried within seconds."))


@does("/books/{book}/bank-messages/{number}/again", deed=Deed.SEND_BATCH, again=_show)
async def send_message_again(visit: Visit) -> Shown:
    """Send a refused batch again, under the same name."""
    number = visit.number_at("number")
    await visit.write(
        lambda db: actions.again(
            db,
            book=visit.id,
            number=number,
            answered=bool(batches.outcomes(db, book=visit.id, number=number)),
            by=visit.by,
            at=visit.at,
        )
    )
    return see_other(f"{visit.home}/bank-messages", notice=N_("It is sent again; the bank pays it once."))


@does("/books/{book}/bank-messages/{number}/withdraw", deed=Deed.SEND_BATCH, again=_show)
async def withdraw_message(visit: Visit) -> Shown:
    """Send a batch no more that the bank does not have."""
    number = visit.number_at("number")
    await visit.write(
        lambda db: actions.withdraw(
            db,
            book=visit.id,
            number=number,
            by=visit.by,
            at=visit.at,
            reason=visit.field("reason")[:200],
        )
    )
    return see_other(
        f"{visit.home}/batches/{number}",
        notice=N_("Withdrawn. Enter its lines as come back, then make a new batch."),
    )


handlers = [list_messages, retry_message, send_message_again, withdraw_message]
