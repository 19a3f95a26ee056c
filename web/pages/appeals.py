"""异议: what households do not agree with, for whoever answers it; the answer stands on the household's page."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from coop.access import queries as access
from coop.members import queries as members
from payouts.notices import actions, queries
from payouts.notices.rules import appeal_must_be_there
from schemas.access import Deed
from schemas.appeals import Appeal
from schemas.books import Book
from schemas.problems import Problem, Refusal, RefusalKind
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
    await visit.write(
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
    return see_other("/appeals", notice=N_("Answered; the household reads it on its page."))


handlers = [list_appeals, answer_appeal]
