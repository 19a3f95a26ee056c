"""A bank of our own, as a process: it takes signed orders over HTTP, pays each order's lines once, and answers.

It is written from what payouts/batches/bank.py says to banks and uses none of it. What it does is told it at
``/control``: ``post`` is a list of how the next orders are met (``ok``, ``busy`` 503, ``lost`` taken without a word,
``refuse`` 400, ``unsigned``), ``fail`` the references it refuses and why, ``back`` those it pays and that come back the
same day, ``silent`` those it pays without saying so, ``half`` that it tells of the first half of an order alone, ``day``
the day it says. ``before_order`` and ``before_answers`` are call-backs it makes before it answers the next order, or the
next question; at ``/call`` it is told whom to call back with what, one round after the other, all calls of a round at
once. ``/ledger`` shows what it has paid.
"""

import hmac
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

KEY = "7" * 64
DAY = "2026-02-14"
NOBODY = 0
"""The status of a call-back nobody answered."""


class Bank:
    """What the bank knows."""

    def __init__(self) -> None:
        self.orders: dict[str, bytes] = {}
        self.paid: list[dict[str, Any]] = []
        self.control: dict[str, Any] = {
            "post": [],
            "fail": {},
            "back": {},
            "silent": [],
            "half": False,
            "day": DAY,
            "before_order": {},
            "before_answers": {},
        }
        self.tries = 0

    def take(self, order: str, body: bytes) -> int:
        """The status of an order given now; its lines are paid when it comes for the first time."""
        if order in self.orders:
            return 200 if self.orders[order] == body else 422
        self.orders[order] = body
        lines = json.loads(body)["lines"]
        self.paid += [
            {"account": line["account"], "amount": line["amount"], "reference": line["reference"]}
            for line in lines
            if line["reference"] not in self.control["fail"] and line["reference"] not in self.control["back"]
        ]
        return 200

    def answers(self, order: str) -> dict[str, Any]:
        """What it says of an order's lines."""
        lines = json.loads(self.orders[order])["lines"]
        if self.control["half"]:
            lines = lines[: len(lines) // 2]
        why = self.control["fail"] | self.control["back"]
        return {
            "order": order,
            "answers": [
                {
                    "reference": line["reference"],
                    "amount": line["amount"],
                    "outcome": "failed" if line["reference"] in why else "paid",
                    "on": self.control["day"],
                    "code": why.get(line["reference"], ""),
                    "turn": 2 if line["reference"] in self.control["back"] else 1,
                }
                for line in lines
                if line["reference"] not in self.control["silent"]
            ],
        }

    def called(self, when: str) -> None:
        """Call back as it was told to, once."""
        told, self.control[when] = self.control[when], {}
        if told:
            call(told)


def signature(at: str, what: str, body: bytes) -> str:
    """What stands in the header."""
    return hmac.new(bytes.fromhex(KEY), f"{at}\n{what}\n".encode() + body, sha256).hexdigest()


def call(told: dict[str, Any]) -> list[list[tuple[int, dict[str, Any]]]]:
    """Call back: each round after the one before, its calls at the same time, each on a connection of its own. Status
    and answer of each call."""

    def one(said: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        body = json.dumps(said).encode()
        stamp = datetime.now(UTC).isoformat()  # noqa: TID251  the bank has a clock of its own
        try:
            answer = httpx.post(
                told["to"],
                content=body,
                headers={
                    "Content-Type": "application/json",
                    "Lianjian-Timestamp": stamp,
                    "Lianjian-Signature": signature(stamp, "POST call-backs", body),
                },
                timeout=60,
                trust_env=False,
            )
        except httpx.TransportError:
            return NOBODY, {}
        return answer.status_code, answer.json()

    with ThreadPoolExecutor(8) as at_once:
        return [list(at_once.map(one, calls)) for calls in told["rounds"]]


class Counter(BaseHTTPRequestHandler):
    """Where the bank is spoken to."""

    bank = Bank()

    def log_message(self, *_: object) -> None:
        """Nothing: what it did is asked at /ledger."""

    def do_POST(self) -> None:
        """An order, or what the bank shall do."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/control":
            given = json.loads(body)
            if given.pop("anew", False):
                type(self).bank = Bank()
            self.bank.control |= given
            self._say(200, b"{}")
            return
        if self.path == "/call":
            self._say(200, json.dumps(call(json.loads(body))).encode())
            return
        self.bank.tries += 1
        if not self._is_signed("POST orders", body):
            self._say(401, b"{}")
            return
        how = self.bank.control["post"].pop(0) if self.bank.control["post"] else "ok"
        if how in {"busy", "refuse"}:
            self._say({"busy": 503, "refuse": 400}[how], b"{}")
            return
        status = self.bank.take(self.headers["Idempotency-Key"], body)
        self.bank.called("before_order")
        if how == "lost":
            self.close_connection = True
            return
        self._say(status, b"{}", of="" if how == "unsigned" else "POST orders")

    def do_GET(self) -> None:
        """The answers of an order, or what was paid."""
        if self.path == "/ledger":
            known = {"paid": self.bank.paid, "orders": sorted(self.bank.orders), "tries": self.bank.tries}
            self._say(200, json.dumps(known).encode())
            return
        what, order = f"GET {self.path[1:]}", self.path.split("/")[2]
        if not self._is_signed(what, b""):
            self._say(401, b"{}")
        elif order not in self.bank.orders:
            self._say(404, b"{}")
        else:
            said = json.dumps(self.bank.answers(order)).encode()
            self.bank.called("before_answers")
            self._say(200, said, of=what)

    def _is_signed(self, what: str, body: bytes) -> bool:
        right = signature(self.headers["Lianjian-Timestamp"], what, body)
        return hmac.compare_digest(right, self.headers["Lianjian-Signature"])

    def _say(self, status: int, body: bytes, *, of: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if of:
            at = self.headers["Lianjian-Timestamp"]
            self.send_header("Lianjian-Timestamp", at)
            self.send_header("Lianjian-Signature", signature(at, f"{status} {of}", body))
        self.end_headers()
        self.wfile.write(body)


class FakeBank:
    """The running bank, for a test."""

    def __init__(self, address: str, asked: httpx.Client) -> None:
        self.address, self._asked = address, asked

    def shall(self, **control: object) -> None:
        """Tell the bank what to do; ``anew=True`` makes it forget everything first."""
        self._asked.post(f"{self.address}/control", json=control).raise_for_status()

    def call(self, to: str, *rounds: Sequence[dict[str, Any]]) -> list[list[tuple[int, dict[str, Any]]]]:
        """Have it call back at an address; status and answer of each call."""
        answer = self._asked.post(f"{self.address}/call", json={"to": to, "rounds": rounds}, timeout=60)
        return [[(status, said) for status, said in told] for told in answer.raise_for_status().json()]

    def ledger(self) -> dict[str, Any]:
        """What it has paid, which orders it knows, how often one was given."""
        found: dict[str, Any] = self._asked.get(f"{self.address}/ledger").json()
        return found


@contextmanager
def running() -> Iterator[FakeBank]:
    """The bank as a process of its own."""
    with subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            address = f"http://127.0.0.1:{int(process.stdout.readline())}"
            with httpx.Client() as asked:
                yield FakeBank(address, asked)
        finally:
            process.kill()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    print(server.server_address[1], flush=True)  # noqa: T201  the one who started it reads it
    server.serve_forever()
