"""异议: what people do not agree with, for whoever answers it. A household reads the answer on its page; who appealed on paper
is told at the counter."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from coop.access import queries as access
from coop.members import queries as members
from coop.places import queries as places
from payouts.notices import actions, queries
from payouts.notices.rules import appeal_must_be_there
from payouts.runs import queries as runs
from payouts.runs.rules import name_of, person_of
from schemas.access import Deed
from schemas.appeals import Appeal, AppealState
from schemas.evidence import Sha256
from schemas.places import Place
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.runs import Run, RunState
from schemas.units import BookId
from web.database import Connection
from web.i18n.words import N_
from web.pages.evidence import served
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows

UPHELD = "upheld"
_BOOK, _TOWNSHIP = "/books/{book}", "/townships/{township}"


class Heard(NamedTuple):
    """An appeal with where its book or township is, what that is called, and who it is about."""

    home: str
    called: str
    appeal: Appeal
    name: str

    @property
    def at(self) -> str:
        """What tells it from every other."""
        return f"{self.home.rpartition('/')[2]}-{self.appeal.number}"


def of_run(visit: Visit, run: Run) -> Sequence[Heard]:
    """The appeals about a run, for its page."""
    name = name_of(run.id)
    assert name is not None, "what is kept has a name"
    found = queries.appeals(visit.db, book=run.book, run=name)
    return _heard(visit.db, found, book=run.book, home=visit.home, called=visit.called)


def _heard(
    db: Connection, found: Sequence[Appeal], *, book: BookId, home: str, called: str
) -> Sequence[Heard]:
    names = _names(db, book, {one.payee for one in found})
    return [Heard(home, called, one, names[one.payee]) for one in found]


def _names(db: Connection, book: BookId, payees: Iterable[str]) -> Mapping[str, str]:
    """Who they are: a member by the register, a person of a township by village and name."""
    villages = places.places(db, codes={payee.partition("/")[0] for payee in payees if "/" in payee})
    return {payee: _name(db, book, payee, villages) for payee in payees}


def _name(db: Connection, book: BookId, payee: str, villages: Mapping[str, Place]) -> str:
    if "/" in payee:
        village = payee.partition("/")[0]
        return f"{villages[village].name if village in villages else village} {person_of(payee)}"
    member = members.member(db, book=book, number=payee)
    return payee if member is None else member.name


@shows("/appeals", deed=Deed.ANSWER_APPEAL)
def list_appeals(visit: Visit) -> Shown:
    """What waits for an answer, the oldest first, and what was answered."""
    return _show(visit)


def _show(
    visit: Visit, problems: Sequence[Problem] = (), status: int = 200, *, given: Mapping[str, str] = {}
) -> Shown:
    rights = visit.who.rights
    homes = [
        (book.id, f"/books/{book.id}", book.short_name)
        for book in access.books_seen_by(visit.db, rights, deed=Deed.ANSWER_APPEAL)
    ]
    homes += [
        (one.code, f"/townships/{one.code}", one.name)
        for one in access.townships_seen_by(visit.db, rights, deed=Deed.ANSWER_APPEAL)
    ]
    found = [
        heard
        for book, home, called in homes
        for heard in _heard(
            visit.db, queries.appeals(visit.db, book=book), book=book, home=home, called=called
        )
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


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    given = {"at": f"{visit.id}-{visit.number_at('number')}", "text": visit.field("text")}
    return _show(visit, problems, status, given=given)


def appeal_at(visit: Visit) -> int:
    """The number of the appeal the address names."""
    number = visit.number_at("number")
    if number == 0:
        raise Refusal(appeal_must_be_there.at("/number", number=number), kind=RefusalKind.MISSING)
    return number


@does(f"{_BOOK}/appeals/{{number}}", deed=Deed.ANSWER_APPEAL, again=_again, unless=RefusalKind.MISSING)
async def answer_appeal(visit: Visit) -> Shown:
    """Answer one: the household is right, or it stays as it is, and why."""
    return await _answered(visit)


@does(f"{_TOWNSHIP}/appeals/{{number}}", deed=Deed.ANSWER_APPEAL, again=_again, unless=RefusalKind.MISSING)
async def answer_township_appeal(visit: Visit) -> Shown:
    """Answer one of somebody in a township's list."""
    return await _answered(visit)


async def _answered(visit: Visit) -> Shown:
    number = appeal_at(visit)
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
    if answered.paper is not None:
        return see_other("/appeals", notice=N_("Answered; tell whoever brought the paper what it says."))
    return see_other("/appeals", notice=N_("Answered; the household reads it on its page."))


def _state(visit: Visit, appeal: Appeal) -> RunState:
    name = name_of(appeal.run)
    run = None if name is None else runs.run(visit.db, name)
    assert run is not None, "an appeal is about a run that was published"
    return run.state


_AFTER_UPHELD = {
    RunState.RETURNED: N_(
        "Answered; the list went back to the accountant with the appeal's words as the reason."
    ),
    RunState.POSTED: N_(
        "Answered. This list is booked already: take the run back here, or mend it by a voucher; until then the line is "
        "not paid."
    ),
}
"""What an officer is told whose answer agreed, by where the run stands then."""


@shows(f"{_BOOK}/appeals/{{number}}/papers/{{digest}}", deed=Deed.SEE_EVIDENCE)
def appeal_paper(visit: Visit) -> Shown:
    """The bytes of a paper an appeal came on."""
    return _paper(visit)


@shows(f"{_TOWNSHIP}/appeals/{{number}}/papers/{{digest}}", deed=Deed.SEE_EVIDENCE)
def township_appeal_paper(visit: Visit) -> Shown:
    """The bytes of a paper an appeal about a township's list came on."""
    return _paper(visit)


def _paper(visit: Visit) -> Shown:
    number, digest = appeal_at(visit), visit.text_at("digest")
    found = queries.appeal(visit.db, book=visit.id, number=number)
    names: dict[Sha256, str] = {} if found is None else {one.sha256: one.name for one in found.papers}
    if digest not in names:
        raise Refusal(appeal_must_be_there.at("/digest", number=number), kind=RefusalKind.MISSING)
    return served(visit, digest, name=names[digest])


handlers = [list_appeals, answer_appeal, answer_township_appeal, appeal_paper, township_appeal_paper]
