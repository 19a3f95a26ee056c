"""The service itself, its port, its line to the bank and its clients: killed before and after every commit and every word
with the bank on the way of a payment, and started again. Whoever asked asks again; everybody is paid exactly once."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from coop.vault.rules import line_of, vault_key
from ledger.money import fen_from_yuan
from tests import fake_bank
from tests.batches.desks import furnish_desks
from tests.batches.small import BOOK, RUN
from tests.fake_bank import KEY, FakeBank
from tests.faults.dying import Dying
from web.clock import now

if TYPE_CHECKING:
    from tests.conftest import Databases

BATCHES = f"/books/{BOOK}/batches"
MESSAGES = f"/books/{BOOK}/bank-messages"
TOTAL = 2599291
VILLAGE = "450000101200"
"""The collective's book, whose accountant may not see the cooperative's."""


@pytest.fixture(scope="module")
def bank() -> Iterator[FakeBank]:
    with fake_bank.running() as bank:
        yield bank


@pytest.fixture(scope="session")
def furnished(databases: "Databases", db_kind: str) -> str:
    return databases.model("desks", db_kind, furnish_desks)


class Desks:
    """Accountant, cashier and bank, who ask again whenever the service has died under them."""

    def __init__(self, service: Dying, bank: FakeBank, client: httpx.Client, *, stride: int) -> None:
        self.service, self.bank, self.client, self.stride = service, bank, client, stride
        self.keys = 0
        self.day = now()[0]

    def call(
        self, who: str, method: str, path: str, body: object = None, *, key: str = "", **headers: str
    ) -> Any:
        """One call; an answer that is not yes fails the test."""
        given = {"Authorization": f"Bearer token-of-{who}", "Idempotency-Key": key} | headers
        answer = self.client.request(
            method,
            f"{self.service.address}/api/v1{path}",
            headers={name: value for name, value in given.items() if value},
            json=body,
        )
        assert answer.is_success, answer.text
        return answer.json()

    def whatever_dies(self, what: Callable[[], Any], *, first: Callable[[], None] = lambda: None) -> Any:
        """Do it with the service dying at its first step, at its second, and so on, until it is done before it dies."""
        step = 1 - self.stride
        while True:
            step += self.stride
            first()
            self.service.at(step)
            try:
                done = what()
            except httpx.TransportError:
                assert self.service.has_died(within=30)
                self.service.start()
                continue
            self.service.at(0)
            if self.service.has_died(within=0.3):  # it had answered, and died of what it did beside
                self.service.start()
            return done

    def does(self, who: str, path: str, body: object = None, **headers: str) -> Any:
        """An act of somebody, asked for again with the same key."""
        self.keys += 1
        key = f"act-{self.keys}"
        return self.whatever_dies(lambda: self.call(who, "POST", path, body or {}, key=key, **headers))

    def until(self, batch: int, *states: str) -> None:
        """Wait until the message of a batch stands so; after each death it is tried at once, as somebody would."""

        def waits() -> None:
            while self.message(batch)["state"] not in states:
                Event().wait(0.02)

        self.whatever_dies(waits, first=lambda: self.retry(batch))

    def retry(self, batch: int) -> None:
        if self.message(batch)["state"] in {"due", "accepted"}:
            self.keys += 1
            path = f"{self.service.address}/api/v1{MESSAGES}/{batch}/retry"
            given = {"Authorization": "Bearer token-of-cashier", "Idempotency-Key": f"retry-{self.keys}"}
            tried = self.client.post(path, json={}, headers=given)
            assert tried.is_success or tried.json()["code"] == "message_must_be", "it was answered meanwhile"

    def message(self, batch: int) -> Any:
        (found,) = (one for one in self.call("accountant", "GET", MESSAGES)["items"] if one["batch"] == batch)
        return found

    def landings(self) -> Any:
        """What landed in the collective's book, once anything has."""
        while not (landed := self.call("stranger", "GET", f"/books/{VILLAGE}/crossings")["items"]):
            Event().wait(0.02)
        return landed

    def calls_back(self, id: str, batch: int, *words: tuple[int, str]) -> None:
        """The bank calls until it is heard."""
        amounts = {
            one["no"]: one["amount"] for one in self.call("officer", "GET", f"{BATCHES}/{batch}")["items"]
        }
        said = {
            "id": id,
            "book": BOOK,
            "batch": batch,
            "answers": [
                {
                    "reference": f"B{self.day.year}-{batch:04}-{no:04}",
                    "amount": amounts[no],
                    "outcome": "failed" if code else "paid",
                    "on": self.day.isoformat(),
                    "code": code,
                }
                for no, code in words
            ],
        }

        def call() -> None:
            ((answer,),) = self.bank.call(f"{self.service.address}/api/v1/bank/call-backs", [said])
            if answer[0] == fake_bank.NOBODY:
                raise httpx.ConnectError("nobody heard the bank")
            assert answer[0] == httpx.codes.OK, answer

        self.whatever_dies(call)


@pytest.fixture
def desks(
    furnished: str, databases: "Databases", db_kind: str, bank: FakeBank, tmp_path: Path
) -> Iterator[Desks]:
    url = databases.copy(furnished, db_kind)
    (tmp_path / "bank.key").write_text(KEY, "ascii")
    (tmp_path / "identity.key").write_text(line_of(vault_key(bytes(range(32)))), "ascii")
    environment = {
        "LIANJIAN_HOME": str(tmp_path / "house"),
        "LIANJIAN_DATABASE_URL": url,
        "LIANJIAN_KEY_FILE": str(tmp_path / "identity.key"),
        "LIANJIAN_BANK_URL": bank.address,
        "LIANJIAN_BANK_KEY_FILE": str(tmp_path / "bank.key"),
        "LANG": "C.UTF-8",
    }
    (tmp_path / "house").mkdir()
    service = Dying(environment, tmp_path)
    service.start()
    with httpx.Client(timeout=60) as client:
        # On the server every step is a transaction as here; some of all kinds show that it comes back as well.
        yield Desks(service, bank, client, stride=1 if db_kind == "sqlite" else 12)
    service.stop()
    databases.drop(url)


def test_the_service_dies_at_every_step_and_everybody_is_paid_once(desks: Desks) -> None:
    bank, year = desks.bank, desks.day.year
    back = {f"B{year}-0001-0002": "name", f"B{year}-0001-0003": "closed"}
    bank.shall(anew=True, day=desks.day.isoformat(), fail=back, silent=[f"B{year}-0001-0012"])
    run = {"run": str(RUN), "channel": "bank", "format": "direct", "account": "102"}

    made = desks.does("accountant", BATCHES, run)
    assert (made["batch"]["number"], made["batch"]["lines"]) == (1, 12), (
        "made once, however often it was asked for"
    )
    desks.does("cashier", f"{BATCHES}/1/send", **{"If-Match": '"1"'})
    desks.until(1, "accepted", "answered")
    desks.calls_back("1", 1, (1, ""), (2, "name"))
    bank.shall(silent=[])
    desks.until(1, "answered")

    desks.stride += (
        1  # the child's steps are those of its parent: some of them show that it goes the same way
    )
    child = desks.does("accountant", BATCHES, run)
    assert [line["payee"] for line in child["items"]] == ["Q0002", "Q0003"]
    bank.shall(fail={}, silent=[f"B{year}-0002-0001"])
    desks.does("cashier", f"{BATCHES}/2/send", **{"If-Match": '"1"'})
    desks.until(2, "accepted", "answered")
    desks.calls_back("2", 2, (1, ""), (2, ""))

    dues = desks.call("officer", "GET", f"/books/{BOOK}/runs/{RUN}/dues")
    assert dues["totals"] == [{"state": "paid", "count": 12, "total": "25992.91"}]
    batches = desks.call("officer", "GET", BATCHES)["items"]
    assert [(one["number"], one["state"], one["lines"]) for one in batches] == [
        (2, "settled", 2),
        (1, "settled", 12),
    ]
    trial = desks.call("auditor", "GET", f"/books/{BOOK}/trial-balance")["details"]
    assert {amount for account in ("221", "222") for amount in trial.get(account, {}).values()} <= {"0.00"}
    landed = desks.whatever_dies(desks.landings)
    assert [(one["amount"], one["effect"], one["unit"]) for one in landed] == [
        ("5682.37", "drafted", "清水合作社")
    ], "in the collective's book it is once"
    paid = Counter[str]()
    for one in bank.ledger()["paid"]:
        paid[one["reference"]] += fen_from_yuan(one["amount"])
    assert (len(bank.ledger()["paid"]), len(paid), paid.total()) == (12, 12, TOTAL)
    proof = desks.call("auditor", "POST", f"/books/{BOOK}/check", {}, key="proof")
    # The pack's scans were said to be in the store, and are not.
    assert {one["code"] for one in proof["errors"]} <= {"file_must_be_in_the_store"}
    # Of what the service does beside, some steps fall together with those of an act: so many deaths there are at least.
    assert desks.service.deaths >= (12 if desks.stride == 2 else 6), "it dies on both sides of every step"
