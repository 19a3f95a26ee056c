"""Other programs are told what happened: in order, at least once, signed, of their scope and kinds alone.

A real receiver listens on this machine; the service's part is done at the hour the test says.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from coop.access import queries as access_queries
from coop.access.grants import actions as grants
from coop.access.logins import actions as logins
from coop.proof import queries as proof
from coop.vault.rules import Vault
from coop.webhooks import actions, queries
from coop.webhooks.rules import FAILS_FOR, written_secret
from schemas.problems import Refusal
from schemas.webhooks import Met, WebhookState
from tests.builders import BOOK, a_book, refused
from tests.conftest import Databases
from tests.people import AT, VAULT, a_place, rights
from tests.webhooks.house import TOWNSHIP, Telling, TheVault, furnish, interest, secret_of, subscribe
from tests.webhooks.receiver import Receiver, Try, receiving
from web.database import writing_engine
from web.webhooks import Line, Post, deliver

HOUR = timedelta(hours=1)
VOUCHER = ["voucher.draft", "voucher.review", "voucher.post"]


@pytest.fixture(scope="module")
def model(databases: Databases, db_kind: str) -> str:
    return databases.model("webhooks", db_kind, furnish)


@pytest.fixture
def house(model: str, databases: Databases, db_kind: str) -> Iterator[Telling]:
    url = databases.copy(model, db_kind)
    engine = writing_engine(url)
    telling = Telling(engine)
    yield telling
    telling.reading.dispose()
    with engine.connect() as db:
        assert [str(problem) for problem in proof.prove_house(db).problems] == []
    engine.dispose()
    databases.drop(url)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def begin(
    house: Telling, receiver: Receiver, *kinds: str, where: str = "book:qingshui", by: str = "lu"
) -> str:
    """A subscription from now on; its secret."""
    return str(house.act(lambda db: subscribe(db, receiver.url + "/in", *kinds, where=where, by=by))[1])


def length(house: Telling, book: str = BOOK) -> int:
    """How long the log of a book is."""
    with house.engine.connect() as db:
        return int(db.execute(text(f"SELECT length FROM chain_head WHERE book_id = '{book}'")).scalar_one())


def test_each_event_is_told_once_in_order_and_signed(house: Telling, receiver: Receiver) -> None:
    house.act(interest)
    secret, before = begin(house, receiver), length(house)
    assert house.tell().delivered == 0, "what happened before it was made is not told"
    house.act(interest)
    assert house.tell().delivered == 3
    assert [one.type for one in receiver.tries] == VOUCHER
    assert [one.data["seq"] for one in receiver.tries] == [before + 1, before + 2, before + 3]
    assert [one.data["previous"] for one in receiver.tries] == [before, before + 1, before + 2]
    assert all(one.signed_by(secret) and one.path == "/in" for one in receiver.tries)
    assert {one.headers["host"] for one in receiver.tries} == {receiver.url.removeprefix("http://")}
    last = json.loads(receiver.tries[-1].body)
    assert last == {
        "type": "voucher.post",
        "timestamp": "2026-01-15T08:30:00.000000Z",
        "data": {
            "book": "qingshui",
            "seq": before + 3,
            "previous": before + 2,
            "subject": "voucher:2",
            "state": "posted",
            "link": "/api/v1/books/qingshui/vouchers/2",
        },
    }
    receiver.tries.clear()
    assert house.tell(after=HOUR).delivered == 0
    assert receiver.tries == []


@pytest.mark.parametrize(
    ("where", "by", "books"),
    [
        ("book:qingshui", "lu", ["qingshui"]),
        (TOWNSHIP, "pan", ["longping", "qingshui"]),
        ("house", "guan", ["longping", "qingshui", "shimen"]),
    ],
)
def test_nobody_is_told_of_a_book_beyond_the_scope(
    house: Telling, receiver: Receiver, where: str, by: str, books: list[str]
) -> None:
    begin(house, receiver, where=where, by=by)
    for book in ("qingshui", "longping", "shimen"):
        house.act(lambda db, book=book: interest(db, book))
    house.tell()
    assert sorted({one.data["book"] for one in receiver.tries}) == books
    for book in books:
        numbers = [one.data["seq"] for one in receiver.tries if one.data["book"] == book]
        assert len(numbers) == 3
        assert numbers == sorted(numbers)


def test_a_book_that_comes_later_is_told_from_its_beginning(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver, "book.open", where=TOWNSHIP, by="pan")
    for book, village in (("baiyun", "450000101400"), ("fuyang", "450000102300")):
        house.act(lambda db, book=book: a_book(db, book))
        house.act(lambda db, book=book, village=village: a_place(db, book, village))
    house.tell()
    assert [(one.type, one.data["book"], one.data["seq"]) for one in receiver.tries] == [
        ("book.open", "baiyun", 1)
    ]


def test_only_the_kinds_asked_for_are_told_and_gaps_are_named(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver, "voucher.post")
    start = length(house)
    house.act(interest)
    house.act(interest)
    house.tell()
    assert [(one.type, one.data["seq"], one.data["previous"]) for one in receiver.tries] == [
        ("voucher.post", start + 3, 0),
        ("voucher.post", start + 6, start + 3),
    ]


def test_what_is_refused_waits_and_the_next_waits_for_it(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver)
    start = length(house)
    house.act(interest)
    receiver.shall(204, 500)
    sent = house.tell()
    assert (sent.delivered, sent.failed) == (1, 1)
    assert receiver.told() == [(BOOK, start + 1), (BOOK, start + 2)]
    assert house.tell().failed == 0, "its pause is not over"
    receiver.shall(500)
    house.tell(after=timedelta(seconds=8))
    assert receiver.told() == [(BOOK, start + 2)]
    house.tell(after=timedelta(seconds=8))
    assert receiver.told() == [], "the second pause is longer"
    house.tell(after=timedelta(seconds=8))
    assert receiver.told() == [(BOOK, start + 2), (BOOK, start + 3)]


def test_another_book_does_not_wait_for_one_that_is_refused(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver, "voucher.post", where=TOWNSHIP, by="pan")
    for book in ("longping", "qingshui"):
        house.act(lambda db, book=book: interest(db, book))
    receiver.shall(422)
    house.tell()
    assert [book for book, _ in receiver.told()] == ["longping", "qingshui"]
    house.tell(after=HOUR)
    assert [book for book, _ in receiver.told()] == ["longping"]


@pytest.mark.parametrize(
    ("how", "met", "status"),
    [
        ("slow", Met.TIMEOUT, 0),
        ("drip", Met.TIMEOUT, 0),
        (503, Met.BUSY, 503),
        (429, Met.BUSY, 429),
        (500, Met.REFUSED, 500),
        (302, Met.REFUSED, 302),
    ],
)
def test_in_vain_it_is_told_again(
    house: Telling, receiver: Receiver, how: int | str, met: Met, status: int
) -> None:
    """No answer, half an answer, no room, an error, a redirect (which is not followed)."""
    house.post._patience = 0.4
    begin(house, receiver, "voucher.post")
    house.act(interest)
    receiver.shall(how)
    assert house.tell().failed == 1
    last = house.webhook().last
    assert last is not None
    assert (last.met, last.status) == (met, status)
    house.post._patience = 5
    assert house.tell(after=HOUR).delivered == 1
    ids = [one.id for one in receiver.tries]
    assert len(ids) == 2
    assert ids[0] == ids[1]
    assert {one.path for one in receiver.tries} == {"/in"}


def test_a_status_stands_however_long_the_body_behind_it(house: Telling, receiver: Receiver) -> None:
    """Taken in is taken in: nobody looks at a body, nor waits for its end; the next event is told over a new connection."""
    house.post._patience = 0.4
    begin(house, receiver, "voucher.post")
    for _ in range(2):
        house.act(interest)
    receiver.shall("endless")
    assert house.tell().delivered == 2
    last = house.webhook().last
    assert last is not None
    assert (last.met, last.status, len(receiver.tries)) == (Met.DELIVERED, 204, 2)


def test_whoever_asks_to_be_left_alone_is(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver, "voucher.post")
    house.act(interest)
    receiver.shall(429)
    receiver.asked_to_wait = "600"
    house.tell()
    assert house.tell(after=timedelta(minutes=9)).delivered == 0
    assert house.tell(after=timedelta(minutes=2)).delivered == 1


def test_where_nobody_listens_the_other_books_wait_too(house: Telling, receiver: Receiver) -> None:
    house.act(lambda db: subscribe(db, "http://127.0.0.1:9/in", "voucher.post", where=TOWNSHIP, by="pan"))
    for book in ("longping", "qingshui"):
        house.act(lambda db, book=book: interest(db, book))
    assert house.tell().failed == 1
    found = house.webhook()
    assert found.last is not None
    assert (found.last.met, found.attempts) == (Met.UNREACHABLE, 1)


def test_gone_ends_it_for_good(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver)
    house.act(interest)
    receiver.shall(410)
    house.tell()
    found = house.webhook()
    assert (found.state, found.reason) == (WebhookState.ENDED, "410 Gone")
    house.tell(after=HOUR)
    assert len(receiver.tries) == 1


def test_after_days_in_vain_it_is_stopped_and_resumed_by_hand(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver, "voucher.post")
    house.act(interest)
    receiver.shall(500, 500)
    house.tell()
    house.tell(after=FAILS_FOR + HOUR)
    assert house.webhook().state is WebhookState.STOPPED
    house.tell(after=FAILS_FOR + HOUR)
    assert len(receiver.told()) == 2
    lu = house.act(lambda db: rights(db, "lu"))
    with pytest.raises(Refusal) as refusal:
        house.act(lambda db: actions.ask_test(db, 1, by=lu, at=AT))
    assert refused(refusal.value) == ["webhook_must_be_resumed"]
    house.act(lambda db: actions.resume(db, 1, by=lu, at=AT))
    assert house.tell().delivered == 1, "from where it was stopped"
    with pytest.raises(Refusal) as refusal:
        house.act(lambda db: actions.resume(db, 1, by=lu, at=AT))
    assert refused(refusal.value) == ["webhook_must_be_stopped"]


def test_a_replay_tells_again_the_same_bytes_under_the_same_ids(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver)
    start = length(house)
    house.act(interest)
    house.tell()
    first = [(one.id, one.body) for one in receiver.tries]
    receiver.tries.clear()
    lu = house.act(lambda db: rights(db, "lu"))
    house.act(lambda db: actions.replay(db, 1, book=BOOK, from_seq=start + 2, by=lu, at=AT))
    house.tell()
    assert [(one.id, one.body) for one in receiver.tries] == first[1:]
    receiver.tries.clear()
    house.act(lambda db: actions.replay(db, 1, book=BOOK, from_seq=1, by=lu, at=AT))
    house.tell()
    assert [(one.id, one.body) for one in receiver.tries[-3:]] == first
    assert receiver.tries[0].type == "book.open"


@pytest.mark.parametrize(
    ("book", "ahead", "fault"),
    [
        ("qingshui", 1, "replay_must_go_back"),
        ("shimen", 0, "webhook_must_be_told_of_the_book"),
        ("nowhere", 0, "webhook_must_be_told_of_the_book"),
    ],
)
def test_a_replay_leaves_nothing_out(
    house: Telling, receiver: Receiver, book: str, ahead: int, fault: str
) -> None:
    begin(house, receiver)
    number, lu = length(house) + ahead, house.act(lambda db: rights(db, "lu"))
    with pytest.raises(Refusal) as refusal:
        house.act(lambda db: actions.replay(db, 1, book=book, from_seq=number, by=lu, at=AT))
    assert refused(refusal.value) == [fault]


def test_replayed_while_it_is_told_it_is_told_again(house: Telling, receiver: Receiver) -> None:
    """A try that is on its way when somebody replays does not move the cursor past what was asked for."""
    begin(house, receiver)
    start, lu = length(house), house.act(lambda db: rights(db, "lu"))
    house.act(interest)
    house.tell()
    house.act(interest)
    receiver.tries.clear()
    meet = receiver.meet

    def replaying(one: Try) -> int | str:
        receiver.meet = meet  # type: ignore[method-assign]
        house.act(lambda db: actions.replay(db, 1, book=BOOK, from_seq=start + 1, by=lu, at=AT))
        return meet(one)

    receiver.meet = replaying  # type: ignore[method-assign]
    house.tell()
    house.tell(after=HOUR)
    assert receiver.told() == [(BOOK, start + 4), *((BOOK, start + number) for number in range(1, 7))]


def test_an_old_secret_signs_for_a_day_beside_the_new(house: Telling, receiver: Receiver) -> None:
    old, lu = begin(house, receiver, "voucher.post"), house.act(lambda db: rights(db, "lu"))
    new = written_secret(secret_of(999))
    house.act(lambda db: actions.renew_secret(db, 1, secret=secret_of(999), vault=VAULT, by=lu, at=house.at))
    house.act(interest)
    house.tell(after=timedelta(hours=23))
    house.act(interest)
    house.tell(after=timedelta(hours=2))
    both, one = receiver.tries
    assert (both.signed_by(old), both.signed_by(new)) == (True, True)
    assert (one.signed_by(old), one.signed_by(new)) == (False, True)


def test_a_test_is_told_to_its_subscription_alone_whatever_it_waits_for(
    house: Telling, receiver: Receiver
) -> None:
    begin(house, receiver, "voucher.post")
    begin(house, receiver, "voucher.post")
    house.act(interest)
    receiver.shall(503, 503)
    house.tell()
    receiver.tries.clear()
    lu = house.act(lambda db: rights(db, "lu"))
    number = house.act(lambda db: actions.ask_test(db, 2, by=lu, at=AT))
    house.tell()
    assert [(one.type, one.data) for one in receiver.tries if one.type == "webhook.test"] == [
        (
            "webhook.test",
            {
                "book": "house",
                "seq": number,
                "previous": 0,
                "subject": "webhook:2",
                "state": "test",
                "link": "/api/v1/webhooks/2",
            },
        )
    ]


def test_an_ended_subscription_is_told_nothing_more(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver)
    house.act(interest)
    lu = house.act(lambda db: rights(db, "lu"))
    house.act(lambda db: actions.end(db, 1, by=lu, reason="moved", at=AT))
    house.tell()
    assert receiver.tries == []
    for act in (
        lambda db: actions.end(db, 1, by=lu, reason="again", at=AT),
        lambda db: actions.resume(db, 1, by=lu, at=AT),
        lambda db: actions.ask_test(db, 1, by=lu, at=AT),
        lambda db: actions.replay(db, 1, book=BOOK, from_seq=1, by=lu, at=AT),
    ):
        with pytest.raises(Refusal) as refusal:
            house.act(act)
        assert refused(refusal.value) == ["webhook_must_not_be_over"]


def test_a_turn_that_is_taken_is_nobody_elses(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver)
    house.act(interest)
    with house.engine.connect() as db:
        due = queries.due(db, house.webhook(), at="9")
    later = AT + timedelta(minutes=2)
    assert house.act(lambda db: actions.take_turn(db, 1, due, at=AT, until=later))
    assert not house.act(lambda db: actions.take_turn(db, 1, due, at=AT, until=later))
    assert house.tell().delivered == 0
    assert house.tell(after=timedelta(minutes=3)).delivered == 3, "whoever had it was killed"


def test_several_subscriptions_are_told_at_once(house: Telling, receiver: Receiver) -> None:
    for _ in range(6):
        begin(house, receiver, "voucher.post")
    house.act(interest)
    assert house.tell(at_once=4).delivered == 6


def test_nothing_is_told_without_its_secret(house: Telling, receiver: Receiver) -> None:
    """The vault is shut: the problem is told, and nothing is sent."""
    begin(house, receiver)
    house.act(interest)
    keys = TheVault()
    keys._vault = Vault((), draw=bytes)
    sent = deliver(house.reading, house.act, house.post, keys, at=house.at)
    assert [problem.code for problem in sent.problems] == ["vault_must_have_its_key"]
    assert receiver.tries == []


def test_old_tries_are_forgotten_but_for_the_last(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver)
    house.act(interest)
    house.tell()
    assert house.act(lambda db: actions.forget_old(db, at=AT + timedelta(days=29))) == 0
    assert house.act(lambda db: actions.forget_old(db, at=AT + timedelta(days=31))) == 2
    last = house.webhook().last
    assert last is not None
    assert last.number == 3


def test_who_keeps_what(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver)
    begin(house, receiver, where=TOWNSHIP, by="pan")
    begin(house, receiver, where="house", by="guan")

    def kept(db: Connection, name: str) -> list[int]:
        return [one.id for one in queries.webhooks_kept_by(db, rights(db, name))]

    assert house.act(lambda db: [kept(db, name) for name in ("lu", "pan", "guan")]) == [
        [1],
        [2, 1],
        [3, 2, 1],
    ]
    lu = house.act(lambda db: rights(db, "lu"))
    for number in (2, 7):
        with pytest.raises(Refusal) as refusal:
            house.act(lambda db, number=number: actions.end(db, number, by=lu, reason="x", at=AT))
        assert refused(refusal.value) == ["webhook_must_be_there"]


def test_the_books_of_a_house_come_in_pages_those_in_vain_first(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver, "voucher.post", where="house", by="guan")
    house.act(lambda db: interest(db, "shimen"))
    receiver.shall(500)
    house.tell()

    def pages(db: Connection) -> list[str]:
        found = queries.webhooks(db)[0]
        first = queries.told(db, found, limit=2)
        assert [queries.place_in(db, found, one.book) for one in first] == list(map(queries.place_of, first))
        rest = queries.told(db, found, after=queries.place_of(first[-1]), limit=2)
        return [one.book for one in (*first, *rest)]

    assert house.act(pages) == ["shimen", "longping", "qingshui"]


def test_a_subscription_ends_with_the_role_of_who_made_it(house: Telling, receiver: Receiver) -> None:
    """A role that is taken back ends what it kept and nothing else; nobody is told on behalf of who is gone."""
    begin(house, receiver, "voucher.post")
    begin(house, receiver, "voucher.post", where=TOWNSHIP, by="pan")

    def take_back(db: Connection) -> None:
        lu, guan = rights(db, "lu"), rights(db, "guan")
        (grant,) = access_queries.grants_of(db, lu.person)
        grants.end_grant(db, grant.id, by=guan, reason="调离", at=AT)

    house.act(take_back)
    assert [(one.id, one.state, one.reason) for one in house.act(queries.webhooks)] == [
        (2, WebhookState.RUNNING, ""),
        (1, WebhookState.ENDED, "webhook.keeper_gone"),
    ]
    house.act(interest)
    assert house.tell().delivered == 1

    def close(db: Connection) -> None:
        logins.close_login(db, rights(db, "pan").person, by=rights(db, "guan"), reason="退休", at=AT)

    house.act(close)
    assert {one.state for one in house.act(queries.webhooks)} == {WebhookState.ENDED}


@pytest.mark.parametrize(
    ("by", "where", "fault"),
    [
        ("lu", "book:longping", "scope_must_be_there"),
        ("lu", "book:nowhere", "scope_must_be_there"),
        ("lu", TOWNSHIP, "deed_must_be_allowed"),
        ("lu", "house", "deed_must_be_allowed"),
        ("pan", "place:450000102", "deed_must_be_allowed"),
        ("pan", "book:shimen", "scope_must_be_there"),
        ("guan", "place:x", "scope_must_be_there"),
        ("guan", "house:x", "scope_must_be_there"),
    ],
)
def test_nobody_subscribes_beyond_his_reach(house: Telling, by: str, where: str, fault: str) -> None:
    with pytest.raises(Refusal) as refusal:
        house.act(lambda db: subscribe(db, "https://example.org/in", where=where, by=by))
    assert refused(refusal.value) == [fault]


def test_no_more_than_a_hundred_are_told(house: Telling) -> None:
    for _ in range(100):
        house.act(lambda db: subscribe(db, "https://example.org/in"))
    with pytest.raises(Refusal) as refusal:
        house.act(lambda db: subscribe(db, "https://example.org/in"))
    assert refused(refusal.value) == ["webhooks_must_be_few"]
    lu = house.act(lambda db: rights(db, "lu"))
    house.act(lambda db: actions.end(db, 1, by=lu, reason="", at=AT))
    house.act(lambda db: subscribe(db, "https://example.org/in"))


def test_told_to_stop_no_further_event_is_begun(house: Telling, receiver: Receiver) -> None:
    begin(house, receiver)
    house.act(interest)
    stopped, meet = threading.Event(), receiver.meet

    def stopping(one: Try) -> int | str:
        stopped.set()
        return meet(one)

    receiver.meet = stopping  # type: ignore[method-assign]
    sent = deliver(house.reading, house.act, house.post, TheVault(), at=house.at, stopped=stopped)
    assert sent.delivered == 1
    receiver.meet = meet  # type: ignore[method-assign]
    assert house.tell().delivered == 2, "at once: the turn was given back"


def test_whoever_waited_for_the_others_is_told_at_the_hour_it_is_by_then(
    house: Telling, receiver: Receiver
) -> None:
    """Ten minutes go by while the first is told: what the second is sent says so, and its turn begins then."""
    begin(house, receiver, "voucher.post")
    begin(house, receiver, "voucher.post")
    house.act(interest)
    clock, meet = [0.0], receiver.meet

    def slow(one: Try) -> int | str:
        clock[0] += 600
        return meet(one)

    receiver.meet = slow  # type: ignore[method-assign]
    house.tell(clock=lambda: clock[0])
    first, second = (int(one.headers["webhook-timestamp"]) for one in receiver.tries)
    assert (first, second) == (int(AT.timestamp()), int(AT.timestamp()) + 600)


class BrokenLine(Post):
    """Breaks at one address."""

    @contextmanager
    def to(self, url: str) -> Iterator[Line]:
        """A line that is none where it breaks."""
        if url.endswith("/broken"):
            raise RuntimeError("broken")
        with super().to(url) as line:
            yield line


@pytest.mark.parametrize("at_once", [1, 2])
def test_one_that_breaks_keeps_nobody_else_from_being_told(
    house: Telling, receiver: Receiver, at_once: int
) -> None:
    for path in ("/in", "/in", "/in", "/broken"):
        house.act(lambda db, path=path: subscribe(db, receiver.url + path, "voucher.post"))
    house.act(interest)
    house.post = BrokenLine(inside=True, patience=5)
    with pytest.raises(ExceptionGroup, match="could not be told"):
        house.tell(at_once=at_once)
    assert len(receiver.tries) == 3
