"""农户明白账: a household gets in with its card and reads one page; whoever may see the book sees it too.

The card's QR leads to ``/card`` with the number, and the first time with the one-time code, filled in. The page works
without scripts and is small: it has a style sheet of its own.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from litestar.datastructures import Cookie

from coop.access.rules import is_household
from coop.households import queries as households
from coop.households.rules import pins_must_agree
from payouts.household import queries
from payouts.notices import actions as notices
from payouts.notices.rules import appeal_must_be_there
from payouts.runs.rules import name_of, run_must_exist
from payouts.scores import queries as scores
from schemas.access import Deed
from schemas.household import HouseholdStatement
from schemas.problems import Problem, Refusal, RefusalKind
from web import free_text, household_words, wire
from web.auth.callers import address_of, agent_of, session_cookie
from web.auth.gate import Entered
from web.i18n.words import N_
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, does, shows

LARGE = "large"
"""The cookie, and the part of the address, that ask for large letters."""
YEAR = 365 * 24 * 3600


# Large letters


def plain_page(visit: Visit, template: str, **values: object) -> Shown:
    """A page with the small style sheet, in large letters for whoever asked for them here or before."""
    asked = visit.query.get(LARGE, "")
    large = asked == "1" if asked else visit.request.cookies.get(LARGE) == "1"
    others = {name: value for name, value in visit.query.items() if name not in {LARGE, "code"}}
    shown = visit.page(
        template,
        large=large,
        type_link=address(
            free_text.masked_address(visit.request.url.path, ""), **{**others, LARGE: "0" if large else "1"}
        ),
        **values,  # type: ignore[arg-type]
    )
    if asked in {"0", "1"}:
        shown.cookies.append(
            Cookie(key=LARGE, value=asked, max_age=YEAR, samesite="lax", path="/", httponly=True)
        )
    return shown


# The card


@shows("/card", deed=None, asks=("book", "household", "code", "first", LARGE))
def card_form(visit: Visit) -> Shown:
    """Number and PIN; the first time number, one-time code and a PIN of one's own. Whoever is in goes on."""
    if visit.caller is not None and is_household(visit.caller.rights) and not visit.query.get("code"):
        return see_other("/")
    return _card(
        visit,
        book=visit.query.get("book", ""),
        household=visit.query.get("household", ""),
        code=visit.query.get("code", ""),
        setting=visit.query.get("first", "") == "1",
    )


def _card_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    book, household = visit.field("book"), visit.field("household")
    return _card(visit, problems, status, book=book, household=household)


def _pin_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    book, household, code = visit.field("book"), visit.field("household"), visit.field("code")
    return _card(visit, problems, status, book=book, household=household, code=code, setting=True)


def _card(
    visit: Visit,
    problems: Sequence[Problem] = (),
    status: int = 200,
    *,
    book: str,
    household: str,
    code: str = "",
    setting: bool = False,
) -> Shown:
    return plain_page(
        visit,
        "card.html",
        books=households.books_with_cards(visit.db),
        book=book,
        household=household,
        code=code,
        setting=setting,
        problems=problems,
        status=status,
    )


@does("/card", deed=None, again=_card_again)
async def enter(visit: Visit) -> Shown:
    """Begin a session with number and PIN."""
    entered = await visit.gate.enter_with_card(
        book=visit.field("book"),
        household=visit.field("household"),
        pin=visit.field("pin"),
        address=address_of(visit.request),
        agent=agent_of(visit.request),
        at=visit.at,
    )
    return _entered(visit, entered)


@does("/card/pin", deed=None, again=_pin_again)
async def set_pin(visit: Visit) -> Shown:
    """Set the PIN with the card's one-time code, and go in."""
    if visit.field("pin") != visit.field("again"):
        raise Refusal(pins_must_agree.at("/again"))
    entered = await visit.gate.set_pin(
        book=visit.field("book"),
        household=visit.field("household"),
        code=visit.field("code"),
        pin=visit.field("pin"),
        address=address_of(visit.request),
        agent=agent_of(visit.request),
        at=visit.at,
    )
    return _entered(visit, entered)


def _entered(visit: Visit, entered: Entered) -> Shown:
    answer = see_other("/")
    answer.cookies.append(session_cookie(entered.secret, secure=visit.settings.secure_cookies))
    return answer


# The page


@shows("/books/{book}/households/{household}", deed=Deed.SEE_STATEMENT, asks=("year", LARGE))
def show_household(visit: Visit) -> Shown:
    """What a household is told about a year."""
    return _show(visit)


def statement_at(visit: Visit, *, year: str) -> HouseholdStatement:
    """The statement of the household the address names, for whoever may see it."""
    return queries.statement_seen_by(
        visit.db,
        visit.who.rights,
        book=visit.at_book,
        household=visit.text_at("household"),
        year=year_from(year),
        on=visit.on,
    )


def year_from(text: str) -> int | None:
    """A year of an address; None when none is named."""
    if not text:
        return None
    if not (text.isdecimal() and text.isascii() and 1949 <= int(text[:5]) <= 2999):
        raise wire.Unreadable(wire.must_be_whole_number.at("/year"))
    return int(text)


def _show(
    visit: Visit, problems: Sequence[Problem] = (), status: int = 200, *, given: Mapping[str, str] = {}
) -> Shown:
    statement = statement_at(visit, year=given.get("year", "") or visit.query.get("year", ""))
    told = household_words.told(statement, locale=visit.locale)
    return plain_page(
        visit,
        "household.html",
        statement=statement,
        told=told,
        at=at_household(visit),
        own=visit.may("file_appeal"),
        rate=scores.year_open(visit.db, book=visit.at_book, on=visit.on)
        if visit.may("cast_ballot")
        else None,
        given_run=given.get("run", ""),
        given_member=given.get("member", ""),
        given_text=given.get("text", ""),
        problems=problems,
        status=status,
    )


def base_of(visit: Visit) -> str:
    """The address of the service as the reader reached it, for what is printed."""
    return str(visit.request.base_url).rstrip("/")


def at_household(visit: Visit) -> str:
    """The address of a household's page."""
    return f"{visit.home}/households/{quote(visit.text_at('household'))}"


# Appeals


def _given(visit: Visit) -> dict[str, str]:
    return {name: visit.field(name) for name in ("run", "member", "text", "year")}


def _appeal_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show(visit, problems, status, given=_given(visit))


@does(
    "/books/{book}/households/{household}/appeals",
    deed=Deed.FILE_APPEAL,
    again=_appeal_again,
    unless=RefusalKind.MISSING,
)
async def file_appeal(visit: Visit) -> Shown:
    """Say that one does not agree."""
    given = _given(visit)
    name = name_of(given["run"])
    if name is None or name.book != visit.id:
        raise Refusal(run_must_exist.at("/run", run=given["run"]), kind=RefusalKind.MISSING)
    await visit.write(
        lambda db: notices.file(
            db,
            name,
            payee=given["member"],
            text=given["text"],
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(
        address(at_household(visit), year=given["year"]),
        notice=N_("It is with the township now. Look here for the answer."),
    )


@does(
    "/books/{book}/households/{household}/appeals/{number}/escalate",
    deed=Deed.FILE_APPEAL,
    again=_show,
    unless=RefusalKind.MISSING,
)
async def escalate_appeal(visit: Visit) -> Shown:
    """Ask once for another person to look at it."""
    number = visit.number_at("number")
    if number == 0:
        raise Refusal(appeal_must_be_there.at("/number", number=number), kind=RefusalKind.MISSING)
    await visit.write(
        lambda db: notices.escalate(
            db,
            book=visit.id,
            number=number,
            text=visit.field("text"),
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(at_household(visit), notice=N_("Another person will look at it."))


handlers = [card_form, enter, set_pin, show_household, file_appeal, escalate_appeal]
