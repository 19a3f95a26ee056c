"""What a household is told: statements a second as JSON and as page, and a thousand of them on paper.

A thousand households of one member each, whose year is closed and whose dividend is posted. Each is signed in with its
card and asks for its own statement by turns, so that the same one is asked for again only after all the others. The
ceiling is a GET of the same server that does nothing. On paper the ceiling is typst with the same template and the same
data, in a process of its own: what is added to it is asking the database, wording, and drawing the codes.
"""

import json
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from benchmarks import house, runs
from benchmarks.posting import database_at, median_of, one_load, script
from benchmarks.server import Load, headers_of, serving
from coop.access import queries as access_queries
from coop.access.rules import login_of_household
from coop.access.sessions import actions as session_actions
from coop.households import actions as households
from coop.households import queries as household_queries
from coop.households.rules import MOST_AT_ONCE
from ledger.books import queries as books
from payouts.household import queries
from schemas.books import Book
from schemas.household import HouseholdStatement
from schemas.households import NewCard
from schemas.units import PersonId, Value
from web import clock
from web.auth.callers import session_cookie
from web.auth.words import digest_of
from web.database import count_rows
from web.exports import households as on_paper
from web.exports import typesetting

T = TypeVar("T")
HOUSEHOLDS = 1_000


class Answers(Value):
    """Medians of several runs, no-op, JSON and page by turns; the ratios are to the no-op of the same turn."""

    database: str
    households: int
    runs: int
    noop: Load
    as_json: Load
    page: Load
    ratio_json: float
    ratio_page: float


class Paper(Value):
    """Seconds of all statements as one PDF, of typst alone with the same data, and how the one is to the other; medians.
    ``bytes`` is the size of the PDF."""

    households: int
    runs: int
    seconds: float
    seconds_bare: float
    ratio: float
    bytes: int


def measure(database: str, *, seconds: float, rounds: int) -> Answers:
    """Statements over HTTP, on one kind of database."""
    with database_at(database) as (url, folder):
        settings = house.settings_at(url, folder)
        with house.writing(settings) as engine:
            sessions = _signed_in(engine, _furnished(engine)[house.ACCOUNTANT])
        noop, as_json, page = _loads(folder, sessions)
        with serving(settings, port=18_124) as server:
            for load in (noop, as_json, page):
                server.load(load, seconds=1, folder=folder)
            seen = [
                tuple(one_load(server, load, seconds, folder) for load in (noop, as_json, page))
                for _ in range(rounds)
            ]
    return Answers(
        database=database,
        households=HOUSEHOLDS,
        runs=rounds,
        noop=median_of([one[0] for one in seen]),
        as_json=median_of([one[1] for one in seen]),
        page=median_of([one[2] for one in seen]),
        ratio_json=round(median(one[1].rate / one[0].rate for one in seen), 3),
        ratio_page=round(median(one[2].rate / one[0].rate for one in seen), 3),
    )


def measure_paper(*, rounds: int) -> Paper:
    """A thousand statements as one PDF."""
    whole, bare, size = [], [], 0
    with database_at("sqlite") as (url, folder), house.writing(house.settings_at(url, folder)) as engine:
        _furnished(engine)
        for _ in range(rounds):
            began = perf_counter()
            size = len(on_paper.statements_pdf(_drawn(engine), base=_BASE, locale=_LOCALE))
            whole.append(perf_counter() - began)
            data = on_paper.sheets(_drawn(engine), base=_BASE, locale=_LOCALE, tell=lambda _: None)
            began = perf_counter()
            typesetting.pdf(on_paper.STATEMENTS, data)
            bare.append(perf_counter() - began)
    return Paper(
        households=HOUSEHOLDS,
        runs=rounds,
        seconds=round(median(whole), 2),
        seconds_bare=round(median(bare), 2),
        ratio=round(median(a / b for a, b in zip(whole, bare, strict=True)), 2),
        bytes=size,
    )


_BASE, _LOCALE = "https://lianjian.example.cn", "zh_CN"


def _drawn(engine: Engine) -> list[HouseholdStatement]:
    with engine.connect() as db:
        return list(queries.statements_of(db, book=_book(db), year=runs.YEAR, on=clock.now()[0]))


def _book(db: Connection) -> Book:
    book = books.book(db, id=house.BOOK)
    assert book is not None, "it was just opened"
    return book


def _furnished(engine: Engine) -> dict[str, PersonId]:
    """A book whose year's dividend is posted."""
    with engine.begin() as db:
        people = house.begin(db)
        runs.furnish(db, people, count=HOUSEHOLDS)

    def does(_: str, act: Callable[[Connection], T]) -> T:
        with engine.begin() as db:
            return act(db)

    runs.posted(people, does)
    with engine.begin() as db:
        count_rows(db)
    return people


def _signed_in(engine: Engine, by: PersonId) -> list[tuple[str, str, str]]:
    """Household, member and session of each, as if they had come in with their cards."""
    _, at = clock.now()
    made = []
    with engine.begin() as db:
        all_of = [one.number for one in household_queries.households(db, book=house.BOOK)]
        for start in range(0, len(all_of), MOST_AT_ONCE):
            cards = [
                NewCard(household=number, digest=digest_of(f"card-{number}"))
                for number in all_of[start : start + MOST_AT_ONCE]
            ]
            households.issue(db, cards, book=house.BOOK, by=by, at=at)
        for number in all_of:
            households.set_pin(
                db, book=house.BOOK, household=number, digest=digest_of(f"card-{number}"), pin_hash="-", at=at
            )
            credentials = access_queries.credentials_of(db, login_of_household(house.BOOK, number))
            assert credentials is not None, "a card is a login"
            secret = f"bench-session-{number}"
            begun = session_actions.sign_in(
                db,
                credentials,
                digest=digest_of(secret),
                address="127.0.0.1",
                agent="bench",
                second_factor=False,
                at=at,
            )
            assert begun is not None, "its PIN was just set"
            (member,) = household_queries.numbers_in(db, book=house.BOOK, household=number)
            made.append((number, member, f"{session_cookie(secret, secure=False).key}={secret}"))
    return made


def _loads(folder: Path, of: list[tuple[str, str, str]]) -> tuple[Path, ...]:
    """The loads: nothing, statements as JSON, and as pages in Chinese."""
    at = f"/books/{house.BOOK}"
    noop = script(
        folder / "noop.lua",
        'wrk.method = "GET"\nwrk.path = "/noop"\n',
        {"method": "GET", "path": "/noop", "headers": {}, "body": ""},
    )
    asked = {
        "json": [f"/api/v1{at}/members/{member}/statement" for _, member, _ in of],
        "page": [f"{at}/households/{household}" for household, _, _ in of],
    }
    made = []
    for name, paths in asked.items():
        turns: list[dict[str, Any]] = [
            {"path": path, "headers": {"Cookie": cookie, "Accept-Language": "zh-CN"}}
            for path, (_, _, cookie) in zip(paths, of, strict=True)
        ]
        rows = ",\n".join(f"{{{json.dumps(turn['path'])}, {headers_of(turn['headers'])}}}" for turn in turns)
        made.append(
            script(
                folder / f"{name}.lua",
                f"""
local turns, turn = {{{rows}}}, 0
request = function()
  turn = turn % #turns + 1
  return wrk.format("GET", turns[turn][1], turns[turn][2])
end
""",
                {"method": "GET", "turns": turns, "headers": {}, "body": ""},
            )
        )
    return noop, *made
