"""Subscriptions over HTTP: made, tested, replayed, given a new secret, ended; each within its keeper's reach."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.api.conftest import Service
from tests.builders import BOOK, post
from tests.webhooks.receiver import Receiver, receiving
from web import clock
from web.webhooks import Post, Sent, deliver

INTEREST = "2025-03-21 银行存款利息 | 102 49.11 | 524 -49.11"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def inside(service: Service) -> Service:
    """The service, allowed to tell this machine."""
    state = service.app.state
    state.house = state.house._replace(settings=msgspec.structs.replace(state.settings, webhooks_inside=True))
    return service


def tell(service: Service, *, after: timedelta = timedelta(0)) -> Sent:
    """What the service does every few seconds."""
    state = service.app.state
    return deliver(
        state.readers,
        lambda what, book: state.writer.do_now(what, book=book),
        Post(inside=True),
        state.key_file,
        at=clock.now()[1] + after,
    )


def subscribed(service: Service, url: str, who: str = "accountant", **more: Any) -> dict[str, Any]:
    """The answer of a subscription that is made."""
    body = {"url": url, "scope": {"kind": "book", "code": BOOK}} | more
    answer = service.call(who, "POST", "/webhooks", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_from_the_first_test_to_the_end(inside: Service, receiver: Receiver) -> None:
    made = subscribed(inside, f"{receiver.url}/in", kinds=["voucher.post"])
    secret, hook = made["secret"], f"/webhooks/{made['webhook']['id']}"
    assert made["webhook"]["kinds"] == ["voucher.post"]
    assert (made["webhook"]["state"], made["webhook"]["secrets"]) == ("running", 1)

    asked = inside.call("accountant", "POST", f"{hook}/test")
    assert asked.status_code == 202
    tell(inside)
    (tested,) = receiver.tries
    assert (tested.type, tested.data["seq"], tested.signed_by(secret)) == (
        "webhook.test",
        asked.json()["seq"],
        True,
    )
    receiver.tries.clear()

    inside.do(lambda db: post(db, INTEREST))
    receiver.shall(500)
    tell(inside)
    tell(inside, after=timedelta(hours=1))
    tries = inside.call("accountant", "GET", f"{hook}/deliveries?limit=2").json()
    assert [(one["met"], one["status"], one["kind"]) for one in tries["items"]] == [
        ("delivered", 204, "voucher.post"),
        ("refused", 500, "voucher.post"),
    ]
    rest = inside.call("accountant", "GET", f"{hook}/deliveries?after={tries['next']}").json()
    assert [(one["kind"], rest["next"]) for one in rest["items"]] == [("webhook.test", None)]

    (book,) = inside.call("accountant", "GET", f"{hook}/books").json()["items"]
    assert (book["book"], book["seq"]) == (BOOK, book["length"])
    receiver.tries.clear()
    again = inside.call("accountant", "POST", f"{hook}/replay", json={"book": BOOK, "from_seq": book["seq"]})
    assert again.status_code == 200
    tell(inside)
    assert [one.type for one in receiver.tries] == ["voucher.post"]

    renewed = inside.call("accountant", "POST", f"{hook}/secret").json()
    assert renewed["secret"] != secret
    inside.do(lambda db: post(db, INTEREST))
    tell(inside)
    assert receiver.tries[-1].signed_by(secret)
    assert receiver.tries[-1].signed_by(renewed["secret"])

    ended = inside.call("accountant", "DELETE", hook)
    assert (ended.status_code, ended.json()["state"]) == (200, "ended")
    refused = inside.call("accountant", "POST", f"{hook}/test")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "webhook_must_not_be_over")


def test_a_secret_is_in_no_later_answer_and_in_no_row(inside: Service, receiver: Receiver) -> None:
    made = subscribed(inside, receiver.url)
    secrets = [made["secret"]]
    hook = f"/webhooks/{made['webhook']['id']}"
    secrets.append(inside.call("accountant", "POST", f"{hook}/secret").json()["secret"])
    answers = [
        inside.call(who, method, path, json=body).text
        for who in ("accountant", "officer", "administrator", "auditor")
        for method, path, body in (
            ("GET", "/webhooks", None),
            ("GET", hook, None),
            ("GET", f"{hook}/books", None),
            ("GET", f"{hook}/deliveries", None),
            ("GET", "/log", None),
            ("POST", f"{hook}/test", None),
            ("POST", f"{hook}/replay", {"book": BOOK, "from_seq": 1}),
        )
    ]
    with inside.app.state.readers.connect() as db:
        kept = [
            str(tuple(row))
            for table in ("webhook", "webhook_secret", "log_entry", "idempotency_key")
            for row in db.exec_driver_sql(f"SELECT * FROM {table}")
        ]
    for secret in secrets:
        assert secret.startswith("whsec_")
        assert not [text for text in (*answers, *kept) if secret in text or secret[6:] in text]


def test_the_log_says_what_was_done_without_what_stands_behind_the_host(inside: Service) -> None:
    subscribed(inside, "http://localhost:9/in/its-own-secret", kinds=["voucher.post", "run.approve"])
    entries = inside.call("administrator", "GET", "/log?act=webhook").json()["items"]
    assert [(one["act"], one["subject"], one["after"]) for one in entries] == [
        ("webhook.make", "webhook:1", "http://localhost:9 book:qingshui: 2 kinds"),
        ("webhook.secret", "webhook:1", "1"),
    ]
    assert "its-own-secret" not in str(entries)


@pytest.mark.parametrize(
    ("who", "scope", "status", "fault"),
    [
        ("accountant", {"kind": "book", "code": BOOK}, 201, ""),
        ("officer", {"kind": "place", "code": "450000101"}, 201, ""),
        ("administrator", {"kind": "house"}, 201, ""),
        ("accountant", {"kind": "house"}, 403, "deed_must_be_allowed"),
        ("accountant", {"kind": "book", "code": "nowhere"}, 422, "scope_must_be_there"),
        ("cashier", {"kind": "book", "code": BOOK}, 403, "deed_must_be_allowed"),
        ("auditor", {"kind": "house"}, 403, "deed_must_be_allowed"),
        ("household", {"kind": "book", "code": BOOK}, 403, "deed_must_be_allowed"),
        (None, {"kind": "book", "code": BOOK}, 401, "caller_must_be_signed_in"),
    ],
)
def test_who_may_subscribe_whom_to_what(
    service: Service, who: str | None, scope: dict[str, str], status: int, fault: str
) -> None:
    body = {"url": "https://dashboard.example.org/in", "scope": scope}
    answer = service.call(who, "POST", "/webhooks", json=body)
    assert answer.status_code == status
    assert [one["code"] for one in answer.json().get("errors", [])] == [fault] * bool(fault)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://dashboard.example.org/in", "webhook_address_must_be_safe"),
        ("https://127.0.0.1/in", "webhook_address_must_be_outside"),
        ("https://169.254.169.254/latest", "webhook_address_must_be_outside"),
    ],
)
def test_an_address_that_is_not_safe_is_refused_at_its_field(service: Service, url: str, fault: str) -> None:
    body = {"url": url, "scope": {"kind": "book", "code": BOOK}}
    answer = service.call("accountant", "POST", "/webhooks", json=body)
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [("/url", fault)]


def test_another_ones_subscription_is_not_there(service: Service) -> None:
    made = subscribed(service, "https://dashboard.example.org/in", "administrator", scope={"kind": "house"})
    hook = f"/webhooks/{made['webhook']['id']}"
    assert service.call("accountant", "GET", "/webhooks").json() == {"items": []}
    for method, path in (
        ("GET", hook),
        ("GET", f"{hook}/books"),
        ("GET", f"{hook}/deliveries"),
        ("DELETE", hook),
        ("POST", f"{hook}/test"),
        ("POST", f"{hook}/resume"),
        ("POST", f"{hook}/secret"),
    ):
        answer = service.call("accountant", method, path)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, "webhook_must_be_there")
    answer = service.call("administrator", "POST", f"{hook}/resume")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "webhook_must_be_stopped")
