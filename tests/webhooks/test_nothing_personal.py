"""A dividend on its way from the books to the bank is told without anybody's name, number or amount; each link is the API's.

The whole log of a cooperative with thirteen months of books, a commission and a dividend, a batch that went out, came back and
was voided, is told; what comes is compared with everything the house knows of people, and with the form of an event.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from litestar.testing import TestClient
from sqlalchemy import text

from coop.access.tokens import actions as tokens
from coop.vault.rules import line_of, vault_key
from coop.webhooks import actions
from coop.webhooks.rules import SUBSCRIBED
from schemas.access import Deed, NewToken
from schemas.webhooks import EventKind
from tests.batches import small
from tests.conftest import Databases
from tests.people import rights, with_role
from tests.running import application
from tests.webhooks.house import TheVault, subscribe
from tests.webhooks.receiver import Receiver, receiving
from web import clock
from web.auth.words import digest_of
from web.database import writing_engine
from web.settings import settings_from
from web.webhooks import Post, deliver

FORM = re.compile(
    r'\{"type":"[a-z_.]+","timestamp":"[0-9T:.-]+Z","data":\{"book":"[a-z]+","seq":[0-9]+,"previous":[0-9]+,'
    r'"subject":"[a-z]+:[a-z0-9.-]+","state":"[a-z_]+","link":"/api/v1/[a-z0-9/.-]+"\}\}'
)
"""All an event may be: words of ours, numbers given out one after the other, names of books and runs."""


@pytest.fixture(scope="module")
def paid(databases: Databases, db_kind: str) -> Iterator[str]:
    url = databases.fresh(db_kind)
    engine = writing_engine(url)
    with engine.begin() as db:
        small.furnish(db)
        batch = small.sent(db, "Q0001", "Q0002")
        small.take(db, batch, {1: "", 2: "name"})
        with_role(db, "lu", "accountant", f"book:{small.BOOK}")
        until = (clock.now()[1] + timedelta(days=30)).isoformat()
        token = NewToken(name="reads", deeds=(Deed.SEE_BOOK, Deed.SEE_REGISTER), until=until)
        tokens.make_token(db, token, digest=digest_of("reads"), by=rights(db, "lu"), at=clock.now()[1])
    engine.dispose()
    yield url
    databases.drop(url)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def test_nothing_personal_is_told_and_every_link_leads_there(
    paid: str, receiver: Receiver, tmp_path: Path
) -> None:
    settings = settings_from({"LIANJIAN_DATABASE_URL": paid}, home=tmp_path / "house")
    settings.key_file.write_text(line_of(vault_key(bytes(range(32)))), "ascii")
    with application(settings) as app, TestClient(app) as client:
        state, at = app.state, clock.now()[1]
        state.writer.do_now(lambda db: subscribe(db, receiver.url, where=f"book:{small.BOOK}", at=at))
        state.writer.do_now(
            lambda db: actions.replay(db, 1, book=small.BOOK, from_seq=1, by=rights(db, "lu"), at=at)
        )
        rounds = 0
        while sent := deliver(
            state.readers,
            lambda what, book: state.writer.do_now(what, book=book),
            Post(inside=True),
            TheVault(),
            at=at + timedelta(minutes=3 * rounds),
        ).delivered:
            rounds += 1
            assert sent > 0
        bodies = [one.body.decode() for one in receiver.tries]
        assert [body for body in bodies if not FORM.fullmatch(body)] == []
        told = {one.type for one in receiver.tries}
        assert {kind for kind in told if EventKind(kind) not in SUBSCRIBED} == set()
        assert {
            "book.import",
            "voucher.post",
            "period.close",
            "run.post",
            "batch.send",
            "batch.answer",
        } <= told
        everything = "\n".join(bodies)
        with state.readers.connect() as db:
            known = {
                str(value)
                for table, column in (
                    ("person", "name"),
                    ("member", "name"),
                    ("member", "member_no"),
                    ("member", "household_no"),
                    ("detail", "name"),
                    ("batch_line", "amount"),
                )
                for value in db.execute(text(f"SELECT DISTINCT {column} FROM {table}")).scalars()
                if value and len(str(value)) > 3
            }
        assert len(known) > 40
        assert [
            one for one in known if re.search(rf"(?<![0-9a-z]){re.escape(one)}(?![0-9a-z])", everything)
        ] == []
        links = {re.sub("[0-9]+", "0", one.data["link"]): one.data["link"] for one in receiver.tries}
        headers = {"Authorization": "Bearer reads"}
        answers = {link: client.get(link, headers=headers).status_code for link in links.values()}
        assert set(answers.values()) == {200}, answers
