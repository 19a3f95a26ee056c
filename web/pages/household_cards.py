"""农户: the households of a book, their cards, and everybody's statement on paper; cards and paper are long work."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import NamedTuple
from urllib.parse import quote

from litestar import Response

from coop.households import actions, queries
from coop.households.rules import MOST_AT_ONCE
from payouts.household import queries as statements
from schemas.access import Deed
from schemas.books import Book
from schemas.households import NewCard
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.units import PersonId
from web import clock
from web.auth import words
from web.database import Engine
from web.exports.households import cards_pdf, statements_pdf
from web.i18n import say
from web.i18n.words import N_
from web.long_work import LongWork, Tell
from web.pages.household import base_of, statement_at, year_from
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, does, shows
from web.writer import Writer

file_must_be_ready = Fault(
    code="file_must_be_ready",
    says="There is no such file: it was not made yet, or was taken already.",
    remedy="Have it made again.",
)


ON_A_PAGE = 100


class Printed(NamedTuple):
    """A file that was made, and how many sheets or cards are in it."""

    content: bytes
    sheets: int


@shows("/books/{book}/households", deed=Deed.SEE_BOOK, asks=("after",))
def list_households(visit: Visit) -> Shown:
    """The households with their cards, and what is being printed."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    after = visit.query.get("after", "")
    found = queries.page(visit.db, book=visit.id, after=after, limit=ON_A_PAGE + 1)
    shown = found[:ON_A_PAGE]
    count, without = queries.counts(visit.db, book=visit.id)
    path = f"{visit.home}/households"
    cards = _works(visit).of(_cards(visit))
    paper = _works(visit).of(_paper(visit))
    return visit.page(
        "households.html",
        problems=problems,
        status=status,
        households=shown,
        count=count,
        without=without,
        first=path if after else "",
        next=address(path, after=shown[-1].number) if len(found) > ON_A_PAGE else "",
        years=statements.years_of(visit.db, book=visit.at_book),
        cards=cards if visit.may("issue_cards") else None,
        paper=paper if visit.may("export_book") else None,
        runs=any(work is not None and work.runs for work in (cards, paper)),
        most=MOST_AT_ONCE,
    )


# Cards


@does("/books/{book}/households/cards", deed=Deed.ISSUE_CARDS, again=_show)
async def issue_cards(visit: Visit) -> Shown:
    """Print cards for the households chosen, or for all that have none; a lost one is replaced for a reason."""
    chosen = visit.fields("household")
    reason = visit.field("reason")
    if not chosen:
        chosen = await visit.read(
            lambda: tuple(
                one.number for one in queries.households(visit.db, book=visit.id) if one.card is None
            )
        )
    if not chosen:
        return see_other(f"{visit.home}/households", notice=N_("Every household has a card."))
    first = NewCard(household=chosen[0], digest=b"", reason=reason)
    await _would_issue(visit, [first])
    app = visit.request.app.state
    work = partial(
        _print_cards,
        writer=app.writer,
        readers=app.readers,
        book=visit.at_book,
        chosen=chosen,
        reason=reason,
        by=visit.by,
        base=base_of(visit),
        locale=visit.locale,
    )
    _works(visit).begin(_cards(visit), work, by=visit.by, at=visit.at)
    return see_other(f"{visit.home}/households")


async def _would_issue(visit: Visit, cards: Sequence[NewCard]) -> None:
    """Refuse at once what the work would refuse."""
    await visit.writer.do(
        lambda db: actions.issue(db, cards, book=visit.id, by=visit.by, at=visit.at),
        book=visit.id,
        keep=False,
    )


def _print_cards(
    tell: Tell,
    *,
    writer: Writer,
    readers: Engine,
    book: Book,
    chosen: Sequence[str],
    reason: str,
    by: PersonId,
    base: str,
    locale: str,
) -> Printed:
    """Cards are written down some at a time, then set; the codes are in the file alone."""
    codes = {number: words.card_code() for number in chosen}
    step = 50
    for start in range(0, len(chosen), step):
        tell(N_("writing the cards down"), start, len(chosen))
        some = [
            NewCard(household=number, digest=words.digest_of_code(codes[number]), reason=reason)
            for number in chosen[start : start + step]
        ]
        _, at = clock.now()
        writer.do_now(partial(actions.issue, cards=some, book=book.id, by=by, at=at), book=book.id)
    tell(N_("setting the pages"), 0, 1)
    with readers.connect() as db:
        households = queries.households(db, book=book.id, numbers=list(chosen))
    content = cards_pdf(households, codes=codes, book=book.id, unit=book.short_name, base=base, locale=locale)
    return Printed(content, len(households))


@shows("/books/{book}/households/cards.pdf", deed=Deed.ISSUE_CARDS)
def take_cards(visit: Visit) -> Shown:
    """The cards just printed, once, for whoever had them made: the codes are nowhere else."""
    made = _made(visit, _cards(visit))
    _works(visit).forget(_cards(visit))
    return pdf_file(visit, made.content, what=say(visit.locale, "Household cards"))


# Paper


@does("/books/{book}/households/statements", deed=Deed.EXPORT_BOOK)
async def print_statements(visit: Visit) -> Shown:
    """Begin to set everybody's statement of a year in one file."""
    year = year_from(visit.field("year"))
    work = partial(
        _print_statements,
        readers=visit.request.app.state.readers,
        book=visit.at_book,
        year=year,
        on=visit.on,
        base=base_of(visit),
        locale=visit.locale,
    )
    _works(visit).begin(_paper(visit), work, by=visit.by, at=visit.at)
    return see_other(f"{visit.home}/households")


def _print_statements(
    tell: Tell,
    *,
    readers: Engine,
    book: Book,
    year: int | None,
    on: date,
    base: str,
    locale: str,
) -> Printed:
    tell(N_("reading the books"), 0, 1)
    with readers.connect() as db:
        drawn = list(statements.statements_of(db, book=book, year=year, on=on))
    whole = len(drawn)

    def count(done: int) -> None:
        says = N_("drawing up the sheets") if done < whole else N_("setting the pages")
        tell(says, done, whole)

    content = statements_pdf(drawn, base=base, locale=locale, tell=count)
    return Printed(content, whole)


@shows("/books/{book}/households/statements.pdf", deed=Deed.EXPORT_BOOK)
def take_statements(visit: Visit) -> Shown:
    """Everybody's statements, as last set."""
    made = _made(visit, _paper(visit))
    return pdf_file(visit, made.content, what=say(visit.locale, "Statements of households"))


@shows("/books/{book}/households/{household}/statement.pdf", deed=Deed.SEE_STATEMENT, asks=("year",))
def take_sheet(visit: Visit) -> Shown:
    """One household's statement on A4."""
    statement = statement_at(visit, year=visit.query.get("year", ""))
    content = statements_pdf([statement], base=base_of(visit), locale=visit.locale)
    return pdf_file(visit, content, what=f"{statement.household}-{statement.year}")


def pdf_file(visit: Visit, content: bytes, *, what: str) -> Shown:
    """A PDF to keep or to print."""
    name = quote(f"{visit.at_book.short_name}-{what}.pdf")
    return Response(
        content,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f"attachment; filename=\"{visit.id}.pdf\"; filename*=UTF-8''{name}",
            "Cache-Control": "private, no-store",
        },
    )


# The work


def _made(visit: Visit, name: str) -> Printed:
    work = _works(visit).of(name)
    made = None if work is None or work.by != visit.by else work.result
    if not isinstance(made, Printed):
        raise Refusal(file_must_be_ready.at("/file"), kind=RefusalKind.MISSING)
    return made


def _works(visit: Visit) -> LongWork:
    works: LongWork = visit.request.app.state.long_work
    return works


def _cards(visit: Visit) -> str:
    return f"cards:{visit.id}:{visit.by}"


def _paper(visit: Visit) -> str:
    return f"statements:{visit.id}:{visit.by}"


handlers = [
    list_households,
    issue_cards,
    take_cards,
    print_statements,
    take_statements,
    take_sheet,
]
