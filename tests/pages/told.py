"""A house whose households have something to read: 2025 is settled, the commission posted, the dividend on notice since
today, and four households have cards.

told_house    such a house of a test's own
at_door       the running service on it; ``at_door.household("HQ001")`` is that household's browser, signed in
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Connection

from coop.households import actions as households
from payouts.runs import actions as runs
from payouts.runs.rules import name_of
from schemas.households import NewCard
from schemas.runs import RunKind
from schemas.units import PersonId
from tests.pages.conftest import BOOK, Reader, Site, settings_of
from tests.people import login_of
from tests.running import application
from tests.runs.years import RESOLUTION, posted, settled
from web import clock
from web.auth import words
from web.database import writing_engine
from web.settings import Settings

RUN = f"{BOOK}.dividend.2025.1"
CODES = {
    "HQ001": "7ZK4-9QWX-0001",
    "HQ005": "7ZK4-9QWX-0005",
    "HQ009": "7ZK4-9QWX-0009",
    "HQ011": "7ZK4-9QWX-0011",
}
"""The one-time codes on the cards: 卢兰芳, the manager 李日山, 班正英 who died, 谭红花 who joined in June."""
PIN = "2580"


def tell(db: Connection) -> None:
    """Everything up to the notice, and the cards."""
    on, at = clock.now()
    accountant = login_of(db, "覃会计").person
    settled(db, BOOK, 2025)
    posted(db, BOOK, RunKind.COMMISSION, 2025)
    run, _ = runs.new(db, book=BOOK, kind=RunKind.DIVIDEND, year=2025, by=accountant, on=on, at=at)
    name = name_of(run.id)
    assert name is not None
    runs.submit(db, name, by=accountant, on=on, at=at, papers=[RESOLUTION])
    runs.publish(db, name, by=accountant, on=on, at=at)
    issue(db, by=accountant)


def issue(db: Connection, *, by: PersonId, reason: str = "") -> None:
    """Cards with the codes above."""
    _, at = clock.now()
    cards = [
        NewCard(household=number, digest=words.digest_of_code(code), reason=reason)
        for number, code in CODES.items()
    ]
    households.issue(db, cards, book=BOOK, by=by, at=at)


@pytest.fixture(scope="session")
def told_model(model_house: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("told")
    shutil.copytree(model_house, folder, dirs_exist_ok=True)
    engine = writing_engine(settings_of(folder / "house").database_url)
    with engine.begin() as db:
        tell(db)
    engine.dispose()
    return folder


@pytest.fixture
def told_house(told_model: Path, tmp_path: Path) -> Settings:
    shutil.copytree(told_model, tmp_path, dirs_exist_ok=True)
    return settings_of(tmp_path / "house")


class Door(Site):
    """The running service, also for households."""

    @property
    def app(self) -> Litestar:
        """The application that runs."""
        app: Litestar = self._client.app
        return app

    def household(self, number: str, *, pin: str = PIN) -> Reader:
        """A household that sets its PIN with the code on its card."""
        reader = self.stranger
        answer = reader.send(
            reader.get("/card?first=1"),
            "/card/pin",
            household=number,
            book=BOOK,
            code=CODES[number],
            pin=pin,
            again=pin,
        )
        assert answer.status_code == 200, answer.text
        return reader


@pytest.fixture
def at_door(told_house: Settings) -> Iterator[Door]:
    with application(told_house) as app, TestClient(app, raise_server_exceptions=True) as client:
        yield Door(client)
