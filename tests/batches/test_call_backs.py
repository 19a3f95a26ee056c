"""A bank that calls back in any order, twice, half, late, early and on two connections at once, on the service behind a
real socket: books, batches, what programs are answered and what the page shows agree after every word."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import Connection

from coop.members import actions as members
from coop.vault.rules import line_of, vault_key
from ledger.books import queries as books
from ledger.money import fen_from_yuan
from payouts.batches.bank import Bank
from payouts.messages import queries as messages
from payouts.proof import queries as proofs
from schemas.members import AccountKind
from schemas.messages import MessageState
from schemas.register import PayeeChange
from schemas.units import Fen
from tests import fake_bank
from tests.batches.desks import furnish_desks
from tests.batches.small import BOOK, RUN
from tests.builders import ACCOUNTANT
from tests.fake_bank import KEY, FakeBank
from tests.handover import a_vault
from tests.pages.conftest import Reader
from tests.running import application, served
from tests.runs.test_api import Service
from web.auth.keys import Keys
from web.bank_line import Delivered, deliver
from web.clock import now
from web.settings import settings_from

if TYPE_CHECKING:
    from tests.conftest import Databases

BATCHES = f"/books/{BOOK}/batches"
TOTAL = 2599291
REFUSED = {2: "name", 3: "closed", 5: "account"}
BACK, UNSAID = 4, 12
"""The line that is paid and comes back the same day, and the one the bank pays without a word."""


@pytest.fixture(scope="module")
def counter() -> Iterator[FakeBank]:
    with fake_bank.running() as bank:
        yield bank


@pytest.fixture(scope="session")
def furnished(databases: "Databases", db_kind: str) -> str:
    return databases.model("desks", db_kind, furnish_desks)


class Line:
    """The bank at one end, the service at the other, and the desks."""

    def __init__(self, app: Litestar, address: str, bank: FakeBank, client: httpx.Client) -> None:
        self.app, self.bank = app, bank
        self.to = f"{address}/api/v1/bank/call-backs"
        self.service = Service(client)  # type: ignore[arg-type]  # over a socket it asks alike
        self.page = Reader(client).sign_in("cashier")
        self.day, self.at = now()
        self.ahead = timedelta(0)

    def act(self, what: Callable[[Connection], Any], book: str = BOOK) -> Any:
        return self.app.state.writer.do_now(what, book=book)

    def deliver(self, *, after: int = 0) -> Delivered:
        """What is due by now, or so many seconds later."""
        self.ahead += timedelta(seconds=after)
        at_bank = Bank(self.bank.address, bytes.fromhex(KEY))
        keys: Keys = self.app.state.key_file
        return deliver(self.app.state.readers, self.act, at_bank, keys, on=self.day, at=now()[1] + self.ahead)

    def name(self, no: int, batch: int) -> str:
        return f"B{self.day.year}-{batch:04}-{no:04}"

    def says(self, id: str, *words: tuple[int, str], batch: int = 1, turn: int = 1) -> dict[str, Any]:
        """A call-back: lines by number, each paid or with the reason it came back for."""
        amounts = {one["no"]: one["amount"] for one in self.batch(batch)["items"]}
        return {
            "id": id,
            "book": BOOK,
            "batch": batch,
            "answers": [
                {
                    "reference": self.name(no, batch),
                    "amount": amounts[no],
                    "outcome": "failed" if code else "paid",
                    "on": self.day.isoformat(),
                    "code": code,
                    "turn": turn,
                }
                for no, code in words
            ],
        }

    def heard(self, *calls: dict[str, Any]) -> list[tuple[int, int]]:
        """How many words of each of these calls, made at the same time, were new and how many known."""
        ((*answers,),) = self.bank.call(self.to, calls)
        assert {status for status, _ in answers} == {200}, answers
        return [(said["new"], said["repeated"]) for _, said in answers]

    def batch(self, number: int) -> Any:
        return self.service.get("accountant", f"{BATCHES}/{number}")

    def message(self, number: int) -> MessageState:
        with self.app.state.readers.connect() as db:
            found = messages.message(db, book=BOOK, number=number)
        assert found is not None
        return found.state

    def agree(self, *numbers: int, paid: int) -> None:
        """``paid`` payees have their money, say dues, batches, page and books alike."""
        dues = self.service.get("officer", f"/books/{BOOK}/runs/{RUN}/dues?limit=200")
        of_state = {one["state"]: (one["count"], fen_from_yuan(one["total"])) for one in dues["totals"]}
        count, total = of_state.get("paid", (0, 0))
        assert count == paid
        items = [one for number in numbers for one in self.batch(number)["items"]]
        assert sum(_fen(one) for one in items if one["outcome"] == "paid") == total
        trial = self.service.get("auditor", f"/books/{BOOK}/trial-balance")
        owed: Counter[str] = Counter()
        for account in ("221", "222"):
            for payee, amount in trial["details"].get(account, {}).items():
                owed[payee] -= fen_from_yuan(amount)
        assert +owed == {
            one["payee"]: fen_from_yuan(one["net"]) for one in dues["items"] if one["state"] != "paid"
        }
        for number in numbers:
            said = Counter[str]()
            for one in self.batch(number)["items"]:
                said[one["outcome"]] += _fen(one)
            figures = [said.total(), said["paid"], said["failed"], said[None]]  # type: ignore[index]
            assert self.shown(number) == figures

    def shown(self, number: int) -> list[Fen]:
        """The four figures of a batch's page: in the batch, paid, come back, not answered."""
        text = self.page.get(f"/books/{BOOK}/batches/{number}").text
        found = re.findall(r'<p class="figure[^"]*">(?:<a [^>]*>)?([0-9,.-]+)', text)
        return [fen_from_yuan(one.replace(",", "")) for one in found]


def _fen(item: dict[str, Any]) -> Fen:
    return fen_from_yuan(item["amount"])


@pytest.fixture
def line(
    furnished: str, databases: "Databases", db_kind: str, counter: FakeBank, tmp_path: Path
) -> Iterator[Line]:
    url = databases.copy(furnished, db_kind)
    (tmp_path / "bank.key").write_text(KEY, "ascii")
    environment = {
        "LIANJIAN_DATABASE_URL": url,
        "LIANJIAN_BANK_URL": counter.address,
        "LIANJIAN_BANK_KEY_FILE": str(tmp_path / "bank.key"),
    }
    settings = settings_from(environment, home=tmp_path / "house")
    settings.key_file.write_text(line_of(vault_key(bytes(range(32)))), "ascii")
    with (
        application(settings) as app,
        served(app) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield Line(app, address, counter, client)
    databases.drop(url)


def _sent(line: Line, number: int) -> None:
    by = {"run": str(RUN), "channel": "bank", "format": "direct", "account": "102"}
    line.service.do("accountant", BATCHES, by)
    line.service.do("cashier", f"{BATCHES}/{number}/send", If_Match='"1"')


def _put_right(line: Line, number: int) -> None:
    change = PayeeChange(
        on=line.day,
        member=f"Q{number:04}",
        seen=1,
        bank="桂岭县农村商业银行",
        bank_account=f"62220000000000{number:05}",
        account_kind=AccountKind.CARD,
    )
    line.act(
        lambda db: members.change_payee(db, change, book=BOOK, vault=a_vault(), by=ACCOUNTANT, at=line.at)
    )


def test_whatever_the_bank_says_first_everybody_is_paid_once(line: Line) -> None:
    bank, why = line.bank, {line.name(no, 1): code for no, code in REFUSED.items()}
    bank.shall(
        anew=True,
        day=line.day.isoformat(),
        fail=why,
        back={line.name(BACK, 1): "frozen"},
        silent=[line.name(UNSAID, 1)],
    )
    _sent(line, 1)
    line.agree(1, paid=0)

    # It calls back before it has answered that it takes the batch.
    bank.shall(before_order={"to": line.to, "rounds": [[line.says("1", (1, ""))]]})
    assert line.deliver() == Delivered(given=1)
    assert line.message(1) is MessageState.ACCEPTED
    line.agree(1, paid=1)

    # It says that a payment came back, and only then that it was paid.
    assert line.heard(line.says("2", (BACK, "frozen"), turn=2)) == [(1, 0)]
    assert line.heard(line.says("3", (BACK, ""))) == [(0, 1)]
    line.agree(1, paid=1)

    # The same call and another one that overlaps, at once.
    same, other = line.says("4", (6, ""), (7, "")), line.says("5", (8, ""), (7, ""))
    first, again, beside = line.heard(same, same, other)
    assert first == again
    assert (first[0] + beside[0], first[1] + beside[1]) == (3, 1)
    line.agree(1, paid=4)

    # It is asked, and calls back before it answers; it answers half.
    call = {"to": line.to, "rounds": [[line.says("6", (9, ""), (2, "name"))]]}
    bank.shall(half=True, before_answers=call)
    assert line.deliver(after=5) == Delivered(heard=2)
    line.agree(1, paid=5)

    # Everything it knows, backwards, on two connections; two words of one turn are a doubt, and nothing is taken.
    backwards = [(no, REFUSED.get(no, "")) for no in range(11, 0, -1) if no != BACK]
    assert sorted(line.heard(line.says("7", *backwards), line.says("8", *backwards))) == [(0, 10), (2, 8)]
    ((doubt,),) = bank.call(line.to, [line.says("9", (1, "name"), (UNSAID, ""))])
    assert (doubt[0], doubt[1]["code"]) == (422, "answers_must_agree")
    line.agree(1, paid=7)

    # Of the last line it says nothing; the cashier is told.
    told = {"items": [{"line": UNSAID, "outcome": "paid", "on": line.day.isoformat()}]}
    line.service.do("cashier", f"{BATCHES}/1/answers", told)
    assert (line.batch(1)["batch"]["state"], line.message(1)) == ("settled", MessageState.ANSWERED)
    line.agree(1, paid=8)

    # What came back is put right and goes out anew, while old words of the first batch still come.
    for no in (*REFUSED, BACK):
        _put_right(line, no)
    _sent(line, 2)
    stale = [
        line.says("10", *backwards),
        line.says("11", (BACK, "")),
        line.says("2", (BACK, "frozen"), turn=2),
    ]
    bank.shall(fail={}, back={}, silent=[], half=False, before_order={"to": line.to, "rounds": [stale]})
    assert line.deliver() == Delivered(given=1)
    line.agree(1, 2, paid=8)
    call = {"to": line.to, "rounds": [[line.says("12", (3, ""), (1, ""), batch=2)], stale]}
    bank.shall(before_answers=call)
    assert line.deliver(after=5) == Delivered(heard=2)
    assert line.heard(*stale, line.says("12", (3, ""), (1, ""), batch=2)) == [(0, 10), (0, 1), (1, 0), (2, 0)]
    line.agree(1, 2, paid=12)

    assert line.service.get("chair", f"/books/{BOOK}/runs/{RUN}")["state"] == "settled"
    by_bank = Counter[str]()
    for one in bank.ledger()["paid"]:
        by_bank[one["reference"]] += fen_from_yuan(one["amount"])
    assert (len(by_bank), len(bank.ledger()["paid"]), by_bank.total()) == (12, 12, TOTAL)
    with line.app.state.readers.connect() as db:
        book = books.book(db, id=BOOK)
        assert book is not None
        assert not proofs.prove(db, book=book).problems
