"""``lianjian webhook``: subscribed, tested, replayed, ended at the terminal; told by the service, or by a tick without one."""

import threading
from collections.abc import Callable, Iterator

import pytest

from tests.cli.conftest import Lianjian, Process, ran
from tests.webhooks.receiver import Receiver, receiving

BOOK = "qingshuihezuoshe"
PATH = "/in/its-own-secret"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("LIANJIAN_WEBHOOKS_INSIDE", "1")
    with receiving() as found:
        yield found


def test_from_the_first_subscription_to_its_end(small: Lianjian, receiver: Receiver) -> None:
    """Without a service a test is told at once, and everything else by the tick."""
    made = small("webhook", "add", receiver.url + PATH, "清水合作社", "--kind", "book.import", "--json")
    assert made.status == 0
    secret = made.json["secret"]
    assert (made.json["webhook"]["scope"], made.json["webhook"]["kinds"]) == (
        {"kind": "book", "code": BOOK},
        ["book.import"],
    )
    tested = small("webhook", "test", "1")
    assert tested.status == 0
    assert tested.out.startswith("delivered (HTTP status 204, ")
    assert [(one.type, one.path, one.signed_by(secret)) for one in receiver.tries] == [
        ("webhook.test", PATH, True)
    ]
    receiver.shall(500)
    refused = small("webhook", "test", "1", "--json")
    assert (refused.status, refused.json["met"], refused.json["status"]) == (1, "refused", 500)

    assert small("webhook", "replay", "1", "清水合作社", "1").out == "Subscription 1: is told\n"
    ticked = small("tick", "--json").json
    assert (ticked["events_told"], ticked["events_in_vain"]) == (1, 0)
    assert receiver.tries[-1].type == "book.import"
    assert small("tick", "--json").json["events_told"] == 0

    renewed = small("webhook", "secret", "1").out.splitlines()
    assert renewed[0] == f"Subscription 1 to book:{BOOK}; its secret:"
    assert renewed[1].startswith("whsec_")
    assert renewed[1] != secret
    (listed,) = small("webhook", "list", "--json").json["items"]
    assert (listed["state"], listed["secrets"], listed["last"]["met"]) == ("running", 2, "delivered")
    assert secret not in str(listed)
    assert small("webhook", "resume", "1").status == 1
    ended = small("webhook", "remove", "1", "--reason", "moved")
    assert (ended.status, ended.out) == (0, "Subscription 1: ended for good\n")
    assert "ended for good" in small("webhook", "list").out
    assert small("webhook", "test", "1").status == 1
    assert small("check", "--json").status == 0


def test_an_address_inside_is_refused_with_its_remedy(small: Lianjian) -> None:
    answer = small("webhook", "add", "https://10.0.0.5/in", "house")
    assert answer.status == 1
    assert "inside this network" in answer.err


def test_the_service_tells_and_says_nothing_of_addresses(
    small: Lianjian, receiver: Receiver, started: Callable[..., Process]
) -> None:
    """It is subscribed while the service runs, told by it, and its lines do not have what stands behind the host."""
    service = started("serve", "--port", "0")
    service.says("serves at")
    assert ran("webhook", "add", receiver.url + PATH, "house").status == 0
    assert ran("webhook", "replay", "1", BOOK, "1").status == 0
    last = threading.Event()
    for _ in range(1500):
        if len(receiver.tries) > 100:
            break
        last.wait(0.02)
    assert len(receiver.tries) > 100
    told = [one.data["seq"] for one in receiver.tries if one.data["book"] == BOOK]
    again = told[told.index(1) :]
    assert again == sorted(set(again)), "from the first on, each once and in order"
    assert service.told_to_end() == 0
    lines = service.program.out.read()
    assert "its-own-secret" not in lines
    assert "whsec_" not in lines
