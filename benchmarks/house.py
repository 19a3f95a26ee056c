"""A house to measure: a book with people, tokens, and vouchers reviewed and waiting to be posted."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine

from coop.access import actions as access
from coop.access import queries as access_queries
from coop.access.grants import actions as grants
from coop.access.logins import actions as logins
from coop.access.rules import NEVER_BY_TOKEN, TABLE, operator
from coop.access.tokens import actions as tokens
from coop.vault.rules import Vault, seal, vault_key
from ledger.books import actions as books
from ledger.vouchers import actions as vouchers
from schemas.access import NewGrant, NewLogin, NewToken, Rights, Role, Scope, ScopeKind
from schemas.books import Book, BookKind
from schemas.identity import IdentityKind
from schemas.units import PersonId
from schemas.vouchers import NewDraft, Step, VoucherDraft, VoucherLine
from web import clock
from web.auth.words import digest_of
from web.database import prepare, writing_engine
from web.settings import Settings, settings_from

BOOK = "bench"
ACCOUNTANT, REVIEWER = "accountant", "reviewer"
_AT_ONCE = 2000
_IDENTITIES = {
    "administrator": "450000197001010012",
    ACCOUNTANT: "450000197001010020",
    REVIEWER: "450000197001010039",
}


def token_of(login: str) -> str:
    """The token of a login."""
    return f"lianjian_benchmark-{login}"


def settings_at(url: str, home: Path) -> Settings:
    """Settings of a house of its own."""
    return settings_from({"LIANJIAN_DATABASE_URL": url}, home=home)


@contextmanager
def writing(settings: Settings) -> Iterator[Engine]:
    """The writer's engine of a prepared database."""
    engine = writing_engine(settings.database_url)
    try:
        prepare(engine)
        yield engine
    finally:
        engine.dispose()


def begin(db: Connection) -> dict[str, PersonId]:
    """A book, and an accountant and a reviewer with a token each."""
    on, at = clock.now()
    by = operator(access.person_of_operating_system(db, "bench", at=at))
    book = Book(
        id=BOOK,
        name="清河养殖专业合作社",
        short_name="清河",
        kind=BookKind.COOPERATIVE,
        standard="coop-2021",
        first_year=2025,
    )
    books.open_book(db, book, by=by.person, on=on, at=at)
    vault = Vault([vault_key(bytes(32))], draw=bytes)
    witness = _person(
        db, vault, "administrator", Role.ADMINISTRATOR, Scope(kind=ScopeKind.HOUSE), by=by, witness=None
    )
    people = {}
    for name, role in ((ACCOUNTANT, Role.ACCOUNTANT), (REVIEWER, Role.REVIEWER)):
        rights = _person(db, vault, name, role, Scope(kind=ScopeKind.BOOK, code=BOOK), by=by, witness=witness)
        deeds = [row.deed for row in TABLE if role in row.roles and row.deed not in NEVER_BY_TOKEN]
        until = (at + timedelta(days=1)).isoformat()
        tokens.make_token(
            db,
            NewToken(name="bench", deeds=deeds, until=until),
            digest=digest_of(token_of(name)),
            by=rights,
            at=at,
        )
        people[name] = rights.person
    return people


def _person(
    db: Connection, vault: Vault, name: str, role: Role, scope: Scope, *, by: Rights, witness: Rights | None
) -> Rights:
    _, at = clock.now()
    identity = seal(vault, _IDENTITIES[name], IdentityKind.CITIZEN, owner=f"login:{name}")
    login = logins.add_login(
        db, NewLogin(name=name, person_name=name, identity=identity, password_hash="-"), by=by, at=at
    )
    grant = grants.propose(db, NewGrant(person=login.person, role=role, scope=scope), by=by, at=at)
    if witness is not None and grant.consented_by is None:
        grants.consent(db, grant.id, by=witness, at=at)
    return access_queries.rights_of(db, login.person)


def a_draft(number: int, *, a_day: int = 100) -> VoucherDraft:
    """A voucher of three lines, like most: feed bought, paid from the bank and in cash. So many are dated each day, and
    days follow each other as they do in a year's papers."""
    day = date(2025, 1, 1) + timedelta(days=number // a_day % 365)
    amount = 10_000 + number % 90_000
    return VoucherDraft(
        date=day,
        lines=(
            VoucherLine(summary="购入青贮玉米饲料", account="523", debit=amount),
            VoucherLine(summary="购入青贮玉米饲料", account="102", credit=amount - 2_000),
            VoucherLine(summary="购入青贮玉米饲料", account="101", credit=2_000),
        ),
        originals=1,
    )


def drafted(
    db: Connection, people: dict[str, PersonId], count: int, *, first: int = 0, whole: int | None = None
) -> None:
    """This many vouchers prepared and reviewed, waiting to be posted; their ids run on from ``first``. ``whole`` is how
    many there will be, spread over the days of the year."""
    on, at = clock.now()
    a_day = max(1, -(-(whole or count) // 365))
    for start in range(first, first + count, _AT_ONCE):
        new = [
            NewDraft(draft=a_draft(number, a_day=a_day))
            for number in range(start, min(start + _AT_ONCE, first + count))
        ]
        made = vouchers.draft_many(db, new, book=BOOK, by=people[ACCOUNTANT], on=on, at=at, atomic=True)
        steps = [Step(voucher=outcome.voucher.id) for outcome in made if outcome.voucher is not None]
        vouchers.review_many(db, steps, book=BOOK, by=people[REVIEWER], on=on, at=at, atomic=True)


def posted(db: Connection, people: dict[str, PersonId], first: int, count: int) -> None:
    """Post the vouchers from this id on."""
    on, at = clock.now()
    for start in range(first, first + count, _AT_ONCE):
        steps = [Step(voucher=id) for id in range(start, min(start + _AT_ONCE, first + count))]
        vouchers.post_many(db, steps, book=BOOK, by=people[ACCOUNTANT], on=on, at=at, atomic=True)
