"""What was changed behind the service: a row whose text nobody can read, a paper whose file is gone. Every page and address that
needs it says which it is and to run the proof, which names it too, and the service goes on."""

import logging
import re
import shutil
import sqlite3
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient

from coop.access import queries as access_queries
from coop.access.tokens import actions
from coop.places.queries import place_there
from coop.proof.queries import prove_house
from ledger.books import queries as books
from ledger.log.rules import HOUSE
from payouts.proof import queries as proofs
from schemas.access import Deed, NewToken
from tests.conftest import Databases
from tests.contracts.village import CONTRACT
from tests.pages.canaries import make_canary_house
from tests.pages.canary_acts import TIERS, TOWNSHIP
from tests.pages.canary_addresses import RUN
from tests.pages.conftest import BOOK, VILLAGE, Reader, Site, settings_of
from tests.people import login_of
from tests.running import application
from web import clock
from web.api.pages import cursor_of
from web.auth.words import digest_of
from web.database import writing_engine
from web.pages.rendering import notice_from
from web.settings import Settings

HERE, DESK, OF_BOOK = f"/books/{VILLAGE}", f"/townships/{TOWNSHIP}", f"/books/{BOOK}"
RESULT = f"{DESK}/policies/rewards/2025/1/standings/2025"
COUNT = {"date": "2026-03-31", "counted": "100.00", "pieces": [{"face": "100.00", "number": 1}]}
UNREADABLE = (
    ("contract", "body", "覃会计", f"{HERE}/contracts", VILLAGE),
    ("inventory_fact", "body", "覃会计", f"{HERE}/inventory", VILLAGE),
    ("snapshot", "policy", "农干部", f"{DESK}/snapshots", TOWNSHIP),
    ("alert", "breach", "农干部", f"{DESK}/alerts", TOWNSHIP),
    ("monthly_report", "content", "农干部", f"/places/{TOWNSHIP}/reports", TOWNSHIP),
    ("monthly_report", "content", "农干部", f"/places/{TOWNSHIP[:6]}/reports", HOUSE),
    ("register_request", "content", "覃会计", f"{OF_BOOK}/register", BOOK),
    ("run_content", "inputs", "覃会计", f"{OF_BOOK}/runs/{RUN}", BOOK),
    ("cash_count", "pieces", "黄出纳", f"{OF_BOOK}/cash?month=2026-03", BOOK),
    ("reward_policy", "scheme", "农干部", RESULT, TOWNSHIP),
    ("reward_sheet", "candidates", "农干部", RESULT, TOWNSHIP),
    ("reward_order", "who", "农干部", RESULT, TOWNSHIP),
    ("webhook", "kinds", "零管理", "/webhooks", HOUSE),
    ("api_token", "deeds", "覃会计", "/me", HOUSE),
    ("api_token", "books", "覃会计", "/api/v1/tokens", HOUSE),
)
"""Table, column, who asks, which page or address, and whose proof finds it."""
FOUND_AT = {"run_content": f"/runs/{RUN}/", "api_token": "/token:"}
"""What the proof calls rows otherwise than by their table."""


class Changed(NamedTuple):
    """The house that is changed behind the service, and the service over it."""

    settings: Settings
    app: Litestar
    site: Site

    def findings(self, chain: str) -> str:
        """What the proof of a book, a township or the house finds."""
        read = self.app.state.evidence.bytes_as_they_are
        with self.app.state.readers.connect() as db:
            if chain == HOUSE:
                found = prove_house(db, read=read)
            elif chain == TOWNSHIP:
                found = proofs.prove_township(db, township=place_there(db, code=chain).code, read=read)
            else:
                book = books.book(db, id=chain)
                assert book is not None
                found = proofs.prove(db, book=book, read=read)
        return "\n".join(f"{one.pointer} {one}" for one in found.problems)


@pytest.fixture(scope="module")
def changed(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Changed]:
    """Besides what a house of canaries has: a count of the box, and a token."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    folder: Path = tmp_path_factory.mktemp("unreadable")
    shutil.copytree(databases.folder("canaries", make_canary_house), folder, dirs_exist_ok=True)
    settings = settings_of(folder / "house")
    engine, (_, at) = writing_engine(settings.database_url), clock.now()
    with engine.begin() as db:
        token = NewToken(name="报表", deeds=(Deed.SEE_BOOK,), until=(at + timedelta(days=9)).isoformat())
        rights = access_queries.rights_of(db, login_of(db, "覃会计").person)
        actions.make_token(db, token, digest=digest_of("a token"), by=rights, at=at)
    engine.dispose()
    with application(settings) as app, TestClient(app, raise_server_exceptions=False) as client:
        site = Site(client)
        assert _act(site.of("黄出纳"), f"/api/v1{OF_BOOK}/cash-counts", COUNT, key="count").status_code == 201
        yield Changed(settings, app, site)


def _act(reader: Reader, path: str, body: object, *, key: str) -> httpx.Response:
    """An act of somebody's program."""
    word = re.search(r'name="csrf" value="([^"]+)"', reader.get("/me").text)
    assert word is not None
    headers = {"Accept-Language": "zh-CN", "X-CSRF-Token": word[1], "Idempotency-Key": key}
    return reader.client.post(path, json=body, headers=headers)


@contextmanager
def spoilt(settings: Settings, table: str, column: str) -> Iterator[None]:
    """As long as nobody can read a column of a table."""
    with closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as db:
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            db.execute(f'DROP TRIGGER "{name}"')
        db.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        spoilt = db.execute(f"UPDATE {table} SET {column} = '{{' WHERE {column} IS NOT NULL").rowcount
        db.commit()
        assert spoilt > 0
        yield
        db.execute(f"DELETE FROM {table}")
        db.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
        db.execute(f"DROP TABLE kept_{table}")
        for _, sql in triggers:
            db.execute(sql)
        db.commit()


@pytest.mark.parametrize(("table", "column", "who", "path", "chain"), UNREADABLE)
def test_a_row_that_cannot_be_read_is_named_by_page_and_api_and_by_the_proof(
    changed: Changed, table: str, column: str, who: str, path: str, chain: str
) -> None:
    reader = changed.site.of(who)
    assert reader.get(path).status_code == 200, "everything is in order"
    with spoilt(changed.settings, table, column):
        page, found = reader.get(path), changed.findings(chain)
    assert page.status_code == 409, page.text
    assert f"{table}表" in page.text
    assert "lianjian check" in page.text
    assert FOUND_AT.get(table, f"/{table}") in found, found
    assert reader.get(path).status_code == 200, "and again"


def test_whoever_comes_with_a_token_that_cannot_be_read_is_told_which(changed: Changed) -> None:
    ask, headers = changed.site.stranger.client.get, {"Authorization": "Bearer a token"}
    assert ask(f"/api/v1{OF_BOOK}", headers=headers).status_code == 200
    with spoilt(changed.settings, "api_token", "deeds"):
        answer = ask(f"/api/v1{OF_BOOK}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "row_must_be_readable")


def test_an_answer_that_was_kept_and_cannot_be_read_is_not_given_again(changed: Changed) -> None:
    lines = (
        {"summary": "利息", "account": "102", "debit": "1.00"},
        {"summary": "利息", "account": "524", "credit": "1.00"},
    )
    draft = {"date": "2026-03-31", "lines": lines}
    asked = (
        ("黄出纳", f"/api/v1{OF_BOOK}/cash-counts", COUNT, "count"),
        ("覃会计", f"/api/v1{OF_BOOK}/vouchers", draft, "draft"),
    )
    for who, path, body, key in asked:
        assert _act(changed.site.of(who), path, body, key=key).status_code == 201
    with spoilt(changed.settings, "idempotency_key", "answer"):
        again = [_act(changed.site.of(who), path, body, key=key) for who, path, body, key in asked]
        found = changed.findings(BOOK)
    assert [(one.status_code, one.json()["code"]) for one in again] == [(409, "row_must_be_readable")] * 2
    assert all(f"/keys/{key} " in found for *_, key in asked)


# Papers


PAPERS = (
    ("农干部", f"{DESK}/runs/{TIERS}", TOWNSHIP, 0),
    ("农干部", f"/api/v1{DESK}/runs/{TIERS}/documents", TOWNSHIP, 0),
    ("农干部", f"/places/{TOWNSHIP}/reports", TOWNSHIP, 0),
    ("覃会计", f"{HERE}/contracts/no/{CONTRACT}", VILLAGE, 0),
    ("覃会计", f"{OF_BOOK}/vouchers/2", BOOK, 0),
    ("覃会计", f"{OF_BOOK}/vouchers/2", BOOK, 8),
)
"""Who asks, what leads to a file, whose proof finds what is wrong with it, and how many of its bytes are left."""


@pytest.mark.parametrize(("who", "path", "chain", "left"), PAPERS)
def test_a_paper_whose_file_is_not_whole_is_named_by_page_api_and_proof(
    changed: Changed, who: str, path: str, chain: str, left: int
) -> None:
    reader, store = changed.site.of(who), changed.app.state.evidence
    way = _way_to_a_file(reader, path)
    whole = reader.get(way)
    assert whole.status_code == 200
    place = store.path(sha256(whole.content).hexdigest())
    kept = place.rename(place.with_suffix(".kept"))
    if left:
        place.write_bytes(whole.content[:left])
    page, found = reader.get(way), changed.findings(chain)
    kept.replace(place)
    digest = place.parent.name + place.name
    assert page.status_code == 409, page.text
    assert digest in page.text
    assert "备份" in page.text
    assert "lianjian check" in page.text
    assert f"/evidence/{digest}" in found
    assert reader.get(way).status_code == 200, "and again"


def _way_to_a_file(reader: Reader, path: str) -> str:
    page = reader.get(path)
    if path.startswith("/api/"):
        return f"{path}/{page.json()['items'][0]['sha256']}"
    links = re.findall(r'"(/[^"]*(?:/[0-9a-f]{64}|/reports/[0-9-]+\.pdf))"', page.text)
    return str(links[0])


# Addresses and forms nobody writes by hand

LONG = "9" * 5000
ODD = (
    (f"{HERE}?month=2025-13", 200),
    (f"{HERE}/cash?month=0000-01", 400),
    (f"{HERE}/bank/lines?account=102&month=0000-13", 400),
    (f"{HERE}/labour?month=0001-01", 400),
    (f"{HERE}/log?since=0001-01-01", 422),
    (f"{HERE}/log?until=9999-12-31", 422),
    (f"{OF_BOOK}/quantities?account=place:", 400),
    (f"{OF_BOOK}/trial-balance?account=%25", 400),
    (f"{OF_BOOK}/members/Q0002/account?year=0000", 400),
    (f"{OF_BOOK}/trade?year={LONG}", 400),
    (f"{OF_BOOK}/batches?before={LONG}", 400),
    (f"{OF_BOOK}/runs/new?kind=dividend&year={LONG}", 400),
    (f"{OF_BOOK}/members?on=2025-12-31&after=%00", 400),
    (f"{OF_BOOK}%00/members", 404),
    (f"{DESK}/rewards/new?scheme=2025&period=2025", 200),
    (f"{DESK}/runs/new?year={LONG}", 400),
    ("/places/null/villages", 404),
    ("/places/null/lists", 404),
    ("/places/45%00/boards", 404),
    (f"/api/v1{DESK}/runs/{TIERS}/lines?after={cursor_of(['a', 10**30])}", 400),
    (f"/api/v1{OF_BOOK}/members?after={cursor_of('a' + chr(0))}", 400),
    (f"{OF_BOOK}/vouchers?after={'W' * 9000}", 400),
)
"""An address, and how everybody who may is answered."""


@pytest.mark.parametrize(("path", "status"), ODD)
def test_no_address_is_too_odd_to_be_answered(changed: Changed, path: str, status: int) -> None:
    for who in ("农干部", "覃会计"):
        answer = changed.site.of(who).get(path)
        assert answer.status_code in {status, 403, 404}, answer.text
        if answer.status_code == status:
            return
    raise AssertionError("nobody may")


@pytest.mark.parametrize(
    ("who", "form", "fields"),
    [
        ("覃会计", f"{OF_BOOK}/vouchers/1/edit", {"voucher": LONG}),
        ("覃会计", f"{OF_BOOK}/labour/voucher", {"month": "0000-12"}),
        ("农干部", f"{DESK}/list-appeals/1", {"text": "\0"}),
    ],
)
def test_no_form_is_too_odd_to_be_refused(
    changed: Changed, who: str, form: str, fields: dict[str, str]
) -> None:
    reader = changed.site.of(who)
    word = re.search(r'name="csrf" value="([^"]+)"', reader.get("/me").text)
    assert word is not None
    answer = reader.client.post(form, data={"csrf": word[1], **fields}, headers={"Accept": "text/html"})
    assert answer.status_code in {400, 422}, answer.text


def test_a_sentence_on_the_way_that_nests_too_deep_is_no_sentence() -> None:
    assert notice_from(urlsafe_b64encode(b"[" * 5000).decode(), locale="zh_CN") == ""
