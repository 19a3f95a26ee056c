"""Speaking to a bank over HTTP: a batch as signed JSON, its answers, its call-backs (RULES §9).

Everything either side says is signed with one shared key: HMAC-SHA256 over the instant, what is said (``POST orders``,
``200 POST orders``) and the body, a line each. Two headers carry instant and signature, so that an answer cannot pass
for a request nor one request for another; what is older than five minutes is nobody's word.

>>> key = bytes(32)
>>> headers = signed(key, "POST orders", b"{}", at="2026-02-13T04:00:00.000000Z")
>>> headers["Lianjian-Signature"][:16]
'a4d7300a8345b082'
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import Annotated

import httpx
import msgspec
from msgspec import Meta

from ledger.money import fen_from_yuan, yuan
from schemas.batches import Answer, Batch, BatchLine, Outcome, Turn
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.units import BookId, Counted, Value

STAMP, SIGNATURE = "Lianjian-Timestamp", "Lianjian-Signature"
KEY_BYTES = 32
WINDOW = timedelta(minutes=5)
"""How far the other side's clock may be from ours, and how long a signed word may be said again."""
PATIENCE_SECONDS = 20
"""How long the bank has to answer."""
CALL_BACK = "POST call-backs"
MOST_ANSWERS = 5000

bank_address_must_be_safe = Fault(
    code="bank_address_must_be_safe",
    says="{address} is no address a bank is spoken to at: it carries account numbers.",
    remedy="Write an address that begins with https:// in LIANJIAN_BANK_URL.",
)
bank_key_must_be_there = Fault(
    code="bank_key_must_be_there",
    says="The key shared with the bank is not in {file}.",
    remedy="Write the 64 hexadecimal digits agreed with the bank into the file LIANJIAN_BANK_KEY_FILE names.",
)
bank_must_have_signed = Fault(
    code="bank_must_have_signed",
    says="This is not signed by the bank, or not lately.",
    remedy="Compare the key and the clock of both sides.",
)


class OrderLine(Value):
    """A transfer as the bank is told of it."""

    reference: str
    name: str
    account: str
    bank: str
    amount: str

    def __repr__(self) -> str:
        return f"OrderLine({self.reference})"


class Order(Value):
    """A batch as the bank is told of it: the same bytes at every try."""

    order: str
    day: date
    payer: str
    purpose: str
    count: int
    total: str
    lines: tuple[OrderLine, ...]

    def __repr__(self) -> str:
        return f"Order({self.order})"


class Said(Value):
    """What a bank says of a line. ``amount`` is in yuan; ``turn`` counts its words on the line of one day, so that the
    last of them stands in whatever order they come."""

    reference: Annotated[str, Meta(min_length=1, max_length=40)]
    amount: Annotated[str, Meta(pattern=r"^[0-9]{1,13}\.[0-9]{2}$")]
    outcome: Outcome
    on: date
    code: Annotated[str, Meta(max_length=40)] = ""
    said: Annotated[str, Meta(max_length=200)] = ""
    turn: Turn = 1


class Answers(Value):
    """What a bank answers when it is asked after an order: all it knows of its lines."""

    order: str
    answers: Annotated[tuple[Said, ...], Meta(max_length=MOST_ANSWERS)]


class CallBack(Value):
    """What a bank says unasked. ``id`` is the bank's own number of it: the same again is the same word."""

    id: Annotated[str, Meta(pattern="^[A-Za-z0-9._-]{1,60}$")]
    book: BookId
    batch: Counted
    answers: Annotated[tuple[Said, ...], Meta(min_length=1, max_length=MOST_ANSWERS)]


class Silence(RuntimeError):
    """The bank did not answer, or not so that it counts: it may have the batch or not."""


class Declined(RuntimeError):
    """The bank answered that it does not take it."""


def order_of(order: str, batch: Batch, lines: Sequence[BatchLine], *, payer: str, purpose: str) -> bytes:
    """A batch with its accounts in full, as it is sent."""
    assert batch.sent_on is not None, "what goes to the bank was sent (batch_is_sent_by_somebody)"
    assert sum(line.amount for line in lines) == batch.total, "the lines are the batch's"
    return msgspec.json.encode(
        Order(
            order=order,
            day=batch.sent_on,
            payer=payer,
            purpose=purpose,
            count=len(lines),
            total=yuan(batch.total),
            lines=tuple(
                OrderLine(
                    reference=line.reference,
                    name=line.to.name,
                    account=line.to.account,
                    bank=line.to.bank,
                    amount=yuan(line.amount),
                )
                for line in lines
            ),
        )
    )


def answers_of(said: Sequence[Said]) -> tuple[Answer, ...]:
    """What the bank says, row by row."""
    return tuple(
        Answer(
            row=row,
            reference=one.reference,
            amount=fen_from_yuan(one.amount),
            outcome=one.outcome,
            on=one.on,
            code=one.code,
            said=one.said,
            turn=one.turn,
        )
        for row, one in enumerate(said, 1)
    )


def key_in(text: str, *, file: str) -> bytes:
    """The key a key file holds. Refused: anything but its digits."""
    if not re.fullmatch(f"[0-9a-fA-F]{{{2 * KEY_BYTES}}}", text.strip()):
        raise Refusal(bank_key_must_be_there.at("/key", file=file), kind=RefusalKind.UNAVAILABLE)
    return bytes.fromhex(text.strip())


def signed(key: bytes, what: str, body: bytes, *, at: str) -> dict[str, str]:
    """The two headers that sign what is said."""
    text = f"{at}\n{what}\n".encode() + body
    return {STAMP: at, SIGNATURE: hmac.new(key, text, sha256).hexdigest()}


def is_signed(key: bytes, what: str, body: bytes, headers: Mapping[str, str], *, at: datetime) -> bool:
    """Whether the other side said it, within the window around ``at``."""
    stamp, signature = headers.get(STAMP, ""), headers.get(SIGNATURE, "")
    try:
        told = datetime.fromisoformat(stamp)
    except ValueError:
        return False
    if told.tzinfo is None or abs(at - told) > WINDOW:
        return False
    right = signed(key, what, body, at=stamp)[SIGNATURE]
    return hmac.compare_digest(right.encode(), signature.encode())


class Bank:
    """A bank at an address; it is asked with one key, and believed with it."""

    def __init__(self, address: str, key: bytes) -> None:
        parts = httpx.URL(address)
        if parts.scheme != "https" and parts.host not in {"127.0.0.1", "::1", "localhost"}:
            raise Refusal(bank_address_must_be_safe.at("/address", address=address[:80]))
        self._address, self.key = address.rstrip("/"), key

    @cached_property
    def _client(self) -> httpx.Client:
        """Made at the first word; it goes to the bank straight, whatever proxies the environment names."""
        return httpx.Client(timeout=PATIENCE_SECONDS, trust_env=False)

    def give(self, order: str, body: bytes, *, at: datetime) -> None:
        """Give the bank a batch; it pays it once however often it comes. Raises ``Silence`` when nobody knows whether
        it has it, ``Declined`` when it says no."""
        self._ask("POST", "orders", body, at=at, headers={"Idempotency-Key": order})

    def answers(self, order: str, *, at: datetime) -> tuple[Said, ...]:
        """All the bank knows of an order's lines. Raises ``Silence`` and ``Declined``."""
        content = self._ask("GET", f"orders/{order}/answers", b"", at=at, headers={})
        try:
            found = msgspec.json.decode(content, type=Answers)
        except msgspec.MsgspecError as error:
            raise Silence("unreadable") from error
        if found.order != order:
            raise Silence("another order")
        return found.answers

    def _ask(self, method: str, path: str, body: bytes, *, at: datetime, headers: dict[str, str]) -> bytes:
        what = f"{method} {path}"
        try:
            answer = self._client.request(
                method,
                f"{self._address}/{path}",
                content=body,
                headers={
                    "Content-Type": "application/json",
                    **headers,
                    **signed(self.key, what, body, at=at.isoformat()),
                },
            )
        except httpx.HTTPError as error:
            raise Silence(type(error).__name__) from error
        if answer.is_server_error:
            raise Silence(str(answer.status_code))
        if not answer.is_success:
            raise Declined(str(answer.status_code))
        if not is_signed(self.key, f"{answer.status_code} {what}", answer.content, answer.headers, at=at):
            raise Silence("unsigned")
        return answer.content
