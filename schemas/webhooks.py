"""Webhooks 事件推送: who is told of what happened to which books, and how that went."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.access import Scope
from schemas.units import BookId, Counted, Instant, PersonId, Value


class EventKind(StrEnum):
    """What is told: the acts of a book's log that are published, by their names there."""

    VOUCHER_DRAFT = "voucher.draft"
    VOUCHER_REVIEW = "voucher.review"
    VOUCHER_SEND_BACK = "voucher.send_back"
    VOUCHER_WITHDRAW = "voucher.withdraw"
    VOUCHER_POST = "voucher.post"
    PERIOD_CLOSE = "period.close"
    PERIOD_REOPEN = "period.reopen"
    YEAR_SETTLE = "year.settle"
    YEAR_SEAL = "year.seal"
    YEAR_REOPEN = "year.reopen"
    REGISTER_CONFIRM = "register.confirm"
    POLICY_APPROVE = "policy.approve"
    RUN_NEW = "run.new"
    RUN_SUBMIT = "run.submit"
    RUN_PUBLISH = "run.publish"
    RUN_APPROVE = "run.approve"
    RUN_RETURN = "run.return"
    RUN_POST = "run.post"
    RUN_REVERT = "run.revert"
    RUN_EXPORT = "run.export"
    RUN_SETTLE = "run.settle"
    APPEAL_FILE = "appeal.file"
    APPEAL_RECORD = "appeal.record"
    APPEAL_UPHOLD = "appeal.uphold"
    APPEAL_REJECT = "appeal.reject"
    APPEAL_ESCALATE = "appeal.escalate"
    BATCH_MAKE = "batch.make"
    BATCH_SEND = "batch.send"
    BATCH_VOID = "batch.void"
    BATCH_ANSWER = "batch.answer"
    MESSAGE_ACCEPT = "message.accept"
    MESSAGE_REFUSE = "message.refuse"
    ALERT_NOTIFY = "alert.notify"
    BOOK_OPEN = "book.open"
    BOOK_IMPORT = "book.import"
    WEBHOOK_TEST = "webhook.test"
    """Asked for by somebody who keeps the subscription; told to it whatever its kinds."""


class Met(StrEnum):
    """How a try was met: 已送达, 已拒绝 (any other status), 忙, 超时, 连不上, 域名无法解析, 证书无效, 内网地址, 已停收."""

    DELIVERED = "delivered"
    REFUSED = "refused"
    BUSY = "busy"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    NAME = "name"
    CERTIFICATE = "certificate"
    INSIDE = "inside"
    GONE = "gone"


class WebhookState(StrEnum):
    """推送中, 已暂停 (by the service, after days without success), 已终止."""

    RUNNING = "running"
    STOPPED = "stopped"
    ENDED = "ended"


Address = Annotated[str, Meta(min_length=8, max_length=500)]
"""Where events are sent, ``https://…``."""


class NewWebhook(Value):
    """A subscription about to be made. Without ``kinds`` it is to every kind published today."""

    url: Address
    scope: Scope
    kinds: tuple[EventKind, ...] = ()


class WebhookDelivery(Value):
    """One try to tell an event. ``number`` counts the tries of the subscription; ``status`` is the HTTP status, 0 where
    there was no answer; ``took_ms`` how long it took in milliseconds."""

    number: Counted
    book: BookId
    seq: Counted
    kind: EventKind
    at: Instant
    met: Met
    status: int
    took_ms: int


class Webhook(Value):
    """A subscription. ``attempts`` and ``failing_since`` are about addresses that do not answer at all; ``next_try`` is
    empty when nothing keeps it from being told at once; ``reason`` why it was ended; ``last`` the last try."""

    id: Counted
    url: str
    scope: Scope
    kinds: tuple[EventKind, ...]
    made_by: PersonId
    made_at: Instant
    secrets: int
    state: WebhookState
    attempts: int
    failing_since: Instant | None
    next_try: Instant | None
    ended_by: PersonId | None
    ended_at: Instant | None
    reason: str
    last: WebhookDelivery | None


class BookTold(Value):
    """How far a subscription was told of a book: to number ``seq`` of its log, of ``length``. ``attempts`` counts the
    tries of the event that waits, since ``failing_since``, next at ``next_try``."""

    book: BookId
    seq: int
    length: int
    attempts: int
    failing_since: Instant | None
    next_try: Instant | None


class Event(Value):
    """An entry of a book's log as it is told. ``state`` is what its subject got into by it; ``link`` where the API has
    it; ``previous`` the number of the event before it, 0 for none."""

    id: str
    kind: EventKind
    at: Instant
    book: BookId
    seq: Counted
    previous: int
    subject: str
    state: str
    link: str
