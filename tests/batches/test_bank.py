"""A batch over the line to a bank: given once whatever breaks, its answers taken once however they come."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest
from litestar.testing import TestClient
from sqlalchemy import Connection, Engine, select

from coop.vault.rules import line_of, vault_key
from ledger.columns import table_of
from ledger.keys.tables import KeyRow
from payouts.batches import actions, formats, queries
from payouts.batches.bank import CALL_BACK, Bank, is_signed, signed
from payouts.messages import actions as message_actions
from payouts.messages import queries as messages
from schemas.batches import BatchState, Channel, Outcome, Told
from schemas.messages import Message, MessageState
from schemas.problems import Refusal
from tests import fake_bank
from tests.batches.small import BOOK, LATER, OUT, SENDER, furnish, make, send
from tests.fake_bank import KEY, FakeBank
from tests.running import application
from tests.runs.years import at
from web.auth.keys import Keys
from web.bank_line import Delivered, bank_of, deliver
from web.cli.main import main
from web.clock import now
from web.database import reading_engine, writing_engine
from web.settings import settings_from

if TYPE_CHECKING:
    from tests.conftest import Databases

FAILS = "B2026-0001-0002"
SHARED = bytes.fromhex(KEY)


@pytest.fixture(scope="module")
def counter() -> Iterator[FakeBank]:
    with fake_bank.running() as bank:
        yield bank


@pytest.fixture
def bank(counter: FakeBank) -> FakeBank:
    counter.shall(anew=True, fail={FAILS: "name"})
    return counter


@pytest.fixture(scope="module")
def furnished(databases: "Databases", db_kind: str) -> Iterator[str]:
    url = databases.fresh(db_kind)
    engine = writing_engine(url)
    with engine.begin() as db:
        furnish(db)
        send(db, make(db, form="direct"))
    engine.dispose()
    yield url
    databases.drop(url)


@pytest.fixture
def url(furnished: str, databases: "Databases", db_kind: str) -> Iterator[str]:
    url = databases.copy(furnished, db_kind)
    yield url
    databases.drop(url)


class House:
    """The service's side of the line, its clock moved by hand."""

    def __init__(self, url: str, bank: FakeBank, key_file: Path) -> None:
        self.writing: Engine = writing_engine(url)
        self.reading: Engine = reading_engine(url)
        self.bank, self.key_file, self.at = bank, key_file, at(LATER)

    def act(self, what: Callable[[Connection], Any], _book: str = BOOK) -> Any:
        with self.writing.begin() as db:
            return what(db)

    def deliver(self, *, after: timedelta = timedelta(0)) -> Delivered:
        """What is due by now, or a while later."""
        self.at += after
        at_bank = Bank(self.bank.address, SHARED)
        return deliver(self.reading, self.act, at_bank, Keys(self.key_file), on=LATER, at=self.at)

    def message(self) -> Message:
        with self.reading.connect() as db:
            found = messages.message(db, book=BOOK, number=1)
        assert found is not None
        return found

    def stands(self) -> tuple[MessageState, int, str]:
        found = self.message()
        return found.state, found.attempts, found.said

    def batch(self) -> tuple[BatchState, int]:
        """How the batch stands, and how many of its lines the bank spoke of."""
        with self.reading.connect() as db:
            found = queries.batch(db, book=BOOK, number=1)
            assert found is not None
            return found.state, len(queries.outcomes(db, book=BOOK, number=1))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    file = tmp_path / "identity.key"
    file.write_text(line_of(vault_key(bytes(range(32)))), "ascii")
    return file


@pytest.fixture
def house(url: str, bank: FakeBank, key_file: Path) -> Iterator[House]:
    house = House(url, bank, key_file)
    yield house
    house.writing.dispose()
    house.reading.dispose()


def refused(house: House, what: Callable[[Connection], object]) -> str:
    with pytest.raises(Refusal) as told:
        house.act(what)
    (problem,) = told.value.problems
    return problem.code


def test_given_once_and_asked_until_every_line_is_answered(house: House, bank: FakeBank) -> None:
    bank.shall(half=True)
    assert house.deliver() == Delivered(given=1)
    assert house.deliver() == Delivered(), "it is not asked before its turn"
    assert house.deliver(after=timedelta(seconds=5)) == Delivered(heard=6)
    assert house.batch() == (BatchState.SENT, 6)
    bank.shall(half=False)
    assert house.deliver(after=timedelta(hours=1)) == Delivered(heard=6)
    assert (house.batch(), house.stands()[0]) == ((BatchState.SETTLED, 12), MessageState.ANSWERED)
    assert house.deliver(after=timedelta(days=1)) == Delivered()
    assert (bank.ledger()["tries"], len(bank.ledger()["paid"])) == (1, 11)


def test_what_the_bank_took_without_a_word_is_given_again_and_paid_once(house: House, bank: FakeBank) -> None:
    bank.shall(post=["busy", "lost", "unsigned"])
    said = []
    for seconds in (0, 5, 10):
        assert house.deliver(after=timedelta(seconds=seconds)) == Delivered()
        said.append(house.stands())
    assert [one[:2] for one in said] == [(MessageState.DUE, tries) for tries in (1, 2, 3)]
    assert (said[0][2], said[2][2]) == ("silence: 503", "silence: unsigned")
    assert house.deliver(after=timedelta(seconds=5)) == Delivered(), "it waits twice as long each time"
    assert house.deliver(after=timedelta(seconds=15)) == Delivered(given=1)
    assert (bank.ledger()["tries"], len(bank.ledger()["paid"])) == (4, 11)


def test_what_the_bank_does_not_take_waits_for_a_person(house: House, bank: FakeBank) -> None:
    bank.shall(post=["refuse"])
    house.deliver()
    assert house.stands() == (MessageState.REFUSED, 1, "bank: 400")
    assert house.deliver(after=timedelta(days=1)) == Delivered()
    house.act(
        lambda db: message_actions.again(db, book=BOOK, number=1, answered=False, by=SENDER, at=house.at)
    )
    assert house.deliver() == Delivered(given=1)
    assert bank.ledger()["tries"] == 2


def test_nobody_says_what_became_of_a_batch_that_is_still_being_sent(house: House, bank: FakeBank) -> None:
    def told(db: Connection) -> object:
        lines = [Told(line=1, outcome=Outcome.PAID, on=LATER)]
        return actions.take_told(db, BOOK, 1, lines, by=SENDER, on=LATER, at=at(LATER))

    assert refused(house, told) == "message_must_not_be_on_its_way"
    house.act(
        lambda db: message_actions.withdraw(
            db, book=BOOK, number=1, by=SENDER, at=house.at, reason="银行王经理称未收到"
        )
    )
    assert house.deliver(after=timedelta(days=1)) == Delivered()
    assert bank.ledger()["tries"] == 0
    house.act(told)
    assert house.batch() == (BatchState.SENT, 1)


def test_a_refused_batch_of_which_something_was_said_is_not_sent_again(house: House, bank: FakeBank) -> None:
    bank.shall(post=["refuse"])
    house.deliver()

    def again(db: Connection) -> object:
        return message_actions.again(db, book=BOOK, number=1, answered=True, by=SENDER, at=house.at)

    assert refused(house, again) == "message_must_be_unanswered"


def test_no_file_goes_beside_the_line(house: House) -> None:
    form = formats.format_named("direct")
    with house.reading.connect() as db:
        found = queries.batch(db, book=BOOK, number=1)
        assert found is not None
        lines = queries.lines(db, found)
    purpose = formats.Purpose(batch=found.name, day=OUT, payer="", text="")
    for made in (
        lambda: formats.written(form, lines, purpose, {}),
        lambda: formats.answers(form, [], batch=found.name),
        lambda: formats.read_text(form, b""),
    ):
        with pytest.raises(Refusal, match="goes over the line"):
            made()


@pytest.mark.parametrize(
    ("what", "body", "late", "holds"),
    [
        ("POST orders", b"{}", 0, True),
        ("POST orders", b"{}", 299, True),
        ("POST orders", b"{}", 301, False),
        ("POST orders", b"{ }", 0, False),
        ("200 POST orders", b"{}", 0, False),
    ],
)
def test_a_word_holds_for_what_it_was_signed_for(what: str, body: bytes, late: int, *, holds: bool) -> None:
    told = at(LATER)
    headers = signed(SHARED, "POST orders", b"{}", at=told.isoformat())
    assert is_signed(SHARED, what, body, headers, at=told + timedelta(seconds=late)) is holds
    assert not is_signed(bytes(32), what, body, headers, at=told)


@pytest.mark.parametrize(
    ("address", "key", "code"),
    [
        ("http://bank.example/", KEY, "bank_address_must_be_safe"),
        ("https://bank.example/", "short", "bank_key_must_be_there"),
        ("https://bank.example/", "", "bank_key_must_be_there"),
    ],
)
def test_a_bank_is_spoken_to_over_tls_and_with_a_key(
    address: str, key: str, code: str, tmp_path: Path
) -> None:
    file = tmp_path / "bank.key"
    file.write_text(key, "ascii")
    settings = settings_from({"LIANJIAN_BANK_URL": address, "LIANJIAN_BANK_KEY_FILE": str(file)})
    with pytest.raises(Refusal) as told:
        bank_of(settings)
    assert told.value.problems[0].code == code


def call_back(
    client: "TestClient[Any]",
    id: str,
    *said: tuple[int, str],
    key: bytes = SHARED,
    told: datetime | None = None,
) -> httpx.Response:
    """The bank calls back: lines by number, ``""`` is paid, else why not."""
    amounts = {1: "5682.37", 2: "3196.88", 3: "1.00"}
    body = msgspec.json.encode(
        {
            "id": id,
            "book": BOOK,
            "batch": 1,
            "answers": [
                {
                    "reference": f"B2026-0001-{no:04}",
                    "amount": amounts[no],
                    "outcome": "failed" if code else "paid",
                    "on": "2026-02-14",
                    "code": code,
                }
                for no, code in said
            ],
        }
    )
    stamp = (told or now()[1]).isoformat()
    headers = {"Content-Type": "application/json", **signed(key, CALL_BACK, body, at=stamp)}
    return client.post("/api/v1/bank/call-backs", content=body, headers=headers)


def test_a_call_back_is_taken_once_and_only_from_the_bank(url: str, house: House, tmp_path: Path) -> None:
    shared = tmp_path / "bank.key"
    shared.write_text(KEY, "ascii")
    environment = {
        "LIANJIAN_DATABASE_URL": url,
        "LIANJIAN_BANK_URL": "https://bank.example",
        "LIANJIAN_BANK_KEY_FILE": str(shared),
        "LIANJIAN_KEY_FILE": str(house.key_file),
    }
    settings = settings_from(environment, home=tmp_path / "house")
    with application(settings) as app, TestClient(app, raise_server_exceptions=False) as client:
        assert call_back(client, "1", (1, ""), key=bytes(32)).status_code == 403
        assert call_back(client, "1", (1, ""), told=now()[1] - timedelta(minutes=6)).status_code == 403
        assert house.batch() == (BatchState.SENT, 0)
        for _ in range(2):
            answer = call_back(client, "1", (1, ""), (2, "name"))
            assert (answer.status_code, answer.json()) == (200, {"new": 2, "repeated": 0})
        assert house.stands()[0] is MessageState.ACCEPTED, "who answers has the batch"
        assert call_back(client, "1", (1, "")).json()["code"] == "key_must_mean_the_same"
        assert call_back(client, "2", (2, "name")).json() == {"new": 0, "repeated": 1}
        assert call_back(client, "3", (3, "")).json()["code"] == "answer_must_be_of_the_amount"
        assert call_back(client, "6222000000000000012", (2, "name")).json() == {"new": 0, "repeated": 1}
        with app.state.readers.connect() as db:
            kept = [*db.execute(select(table_of(KeyRow).c.key)).scalars()]
        assert any(one.startswith("bank:") for one in kept)
        assert not any("6222000000000000012" in one for one in kept), (
            "a bank may number its words as it likes"
        )
    assert house.batch() == (BatchState.SENT, 2)


def test_the_line_from_the_command_line(
    url: str,
    house: House,
    bank: FakeBank,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "bank.key").write_text(KEY, "ascii")
    for name, value in {
        "LIANJIAN_HOME": str(tmp_path / "house"),
        "LIANJIAN_DATABASE_URL": url,
        "LIANJIAN_KEY_FILE": str(house.key_file),
        "LIANJIAN_BANK_URL": bank.address,
        "LANG": "C.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)

    def lianjian(*words: str) -> str:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(words)
        out, err = capfd.readouterr()
        assert not ended.value.code, err
        return out

    bank.shall(post=["refuse"])
    assert json.loads(lianjian("tick", "--json"))["batches_given"] == 0
    assert lianjian("bank", "list", BOOK) == f"{BOOK}.B2026-0001: refused by the bank, 1 tries bank: 400\n"
    assert "due to be sent" in lianjian("bank", "again", BOOK, "1", "--by", "韦审核")
    assert json.loads(lianjian("tick", "--json"))["batches_given"] == 1
    (one,) = json.loads(lianjian("bank", "list", BOOK, "--json"))["items"]
    assert (one["state"], one["attempts"]) == ("accepted", 1)
    assert len(bank.ledger()["paid"]) == 11


def test_only_batches_of_the_direct_format_have_a_message(house: House) -> None:
    assert [one for one in formats.formats() if formats.format_named(one).kind == "direct"] == ["direct"]
    with house.reading.connect() as db:
        (only,) = messages.messages(db, book=BOOK)
        found = queries.batch(db, book=BOOK, number=1)
    assert found is not None
    assert (only.order, found.channel) == (f"{BOOK}.B2026-0001", Channel.BANK)
