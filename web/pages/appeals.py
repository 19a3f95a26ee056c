"""异议: what households do not agree with, for whoever answers it; the answer stands on the household's page."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from coop.access import queries as access
from coop.members import queries as members
from payouts.notices import actions, queries
from payouts.notices.rules import appeal_must_be_there
from payouts.runs import queries as runs
from payouts.runs.rules import name_of
from schemas.access import Deed
from schemas.appeals import Appeal, AppealState
from schemas.books import Book
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.runs import RunState
from web.i18n.words import N_
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows

UPHELD = "upheld"


class OfBook(NamedTuple):
    """An appeal in its book, with the name of the member it is about."""

    book: Book
    appeal: Appeal
    name: str


@shows("/appeals", deed=Deed.ANSWER_APPEAL)
def list_appeals(visit: Visit) -> Shown:
    """What waits for an answer, the oldest first, and what was answered."""
    return _show(visit)


def _show(
    visit: Visit, problems: Sequence[Problem] = (), status: int = 200, *, given: Mapping[str, str] = {}
) -> Shown:
    found = [
        OfBook(book, appeal, _name(visit, book, appeal))
        for book in access.books_seen_by(visit.db, visit.who.rights, deed=Deed.ANSWER_APPEAL)
        for appeal in queries.appeals(visit.db, book=book.id)
    ]
    found.sort(key=lambda one: one.appeal.at)
    return visit.page(
        "appeals.html",
        problems=problems,
        status=status,
        waiting=[one for one in found if one.appeal.is_open],
        answered=[one for one in reversed(found) if not one.appeal.is_open],
        given_at=given.get("at", ""),
        given_text=given.get("text", ""),
    )


def _name(visit: Visit, book: Book, appeal: Appeal) -> str:
    member = members.member(visit.db, book=book.id, number=appeal.payee)
    return "" if member is None else member.name


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    given = {"at": f"{visit.id}-{visit.number_at('number')}", "text": visit.field("text")}
    return _show(visit, problems, status, given=given)


@does(
    "/books/{book}/appeals/{number}",
    deed=Deed.ANSWER_APPEAL,
    again=_again,
    unless=RefusalKind.MISSING,
)
async def answer_appeal(visit: Visit) -> Shown:
    """Answer one: the household is right, or it stays as it is, and why."""
    number = visit.number_at("number")
    if number == 0:
        raise Refusal(appeal_must_be_there.at("/number", number=number), kind=RefusalKind.MISSING)
    answered = await visit.write(
        lambda db: actions.answer(
            db,
            book=visit.id,
            number=number,
            upheld=visit.field("outcome") == UPHELD,
            text=visit.field("text"),
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    if answered.state is AppealState.UPHELD:
        state = await visit.read(lambda: _state(visit, answered))
        if state in _AFTER_UPHELD:
            return see_other(f"{visit.home}/runs/{answered.run}", notice=_AFTER_UPHELD[state])
    return see_other("/appeals", notice=N_("Answered; the household reads it on its page."))


def _state(visit: Visit, appeal: Appeal) -> RunState:
    name = name_of(appeal.run)
    run = None if name is None else runs.run(visit.db, name)
    assert run is not None, "an appeal is about a run that was published"
    return run.state


_AFTER_UPHELD = {
    RunState.RETURNED: N_(
        "Answered; the list went back to the accountant with the household's words as the reason."
    ),
    RunState.POSTED: N_(
        "Answered. This list is booked already: take the run back here, or mend it by a voucher; until then the line is "
        "not paid."
    ),
}
"""What an officer is told whose answer agreed, by where the run stands then."""


handlers = [list_appeals, answer_appeal]
