"""What the racing processes do. Each act is a transaction of its own, as it is for the service and the command line;
both wait for each other at the start, so that they meet in the same rows."""

from collections.abc import Callable
from datetime import date
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from sqlalchemy import Connection, Engine

from ledger.periods import actions as periods
from ledger.vouchers import actions as vouchers
from schemas.problems import Refusal
from schemas.vouchers import Step
from tests.builders import ACCOUNTANT, AT, BOOK, ON, REVIEWER, drafted, review
from tests.processes import PROCESSES
from web.database import writing_engine

Answer = tuple[int, int]
"""The voucher (or month) and the number it was given, 0 for none."""
Did = list[tuple[str, Answer | None]]
"""What a process did, in order: the act, and what came of it (None where it was refused)."""
Seat = int


def act(engine: Engine, did: Did, name: str, verb: Callable[[Connection], Answer]) -> Answer | None:
    """One act in its own transaction; a refusal is an answer."""
    try:
        with engine.begin() as db:
            done = verb(db)
    except Refusal:
        did.append((name, None))
        return None
    did.append((name, done))
    return done


def post(db: Connection, id: int, key: str | None = None) -> Answer:
    """Post a reviewed voucher; its id and number."""
    step = Step(voucher=id, key=key)
    outcomes = vouchers.post_many(db, [step], book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    voucher = vouchers.one(outcomes)
    assert voucher.number is not None
    return voucher.id, voucher.number


def the_same_vouchers(engine: Engine, _seat: Seat) -> Did:
    """Both post vouchers 1 to 30, each with the key of the other."""
    did: Did = []
    for id in range(1, 31):
        act(engine, did, "post", lambda db, id=id: post(db, id, f"post-{id}"))  # type: ignore[misc]
    return did


def the_same_reds(engine: Engine, seat: Seat) -> Did:
    """Both cancel vouchers 1 to 15, each with a red voucher of its own."""
    did: Did = []
    for id in range(1, 16):

        def reverse(db: Connection, id: int = id) -> Answer:
            dated = date(2025, 1, 31)
            red = vouchers.reverse(db, book=BOOK, voucher=id, dated=dated, by=ACCOUNTANT, on=ON, at=AT)
            return red.id, 0

        red = act(engine, did, "reverse", reverse)
        if red is not None:
            act(engine, did, "review", lambda db, red=red: _review(db, red[0]))  # type: ignore[misc]
            act(engine, did, "post", lambda db, red=red: post(db, red[0]))  # type: ignore[misc]
    return did


def _review(db: Connection, id: int) -> Answer:
    step = Step(voucher=id)
    vouchers.one(vouchers.review_many(db, [step], book=BOOK, by=REVIEWER, on=ON, at=AT))
    return id, 0


def a_month_end(engine: Engine, seat: Seat) -> Did:
    """Each prepares, reviews and posts in January and February, cancels some, and now and then tries to close the
    month under the other's hands."""
    did: Did = []
    for turn in range(12):
        day = f"2025-0{1 + turn // 6}-1{turn % 6}"

        def whole(db: Connection, day: str = day) -> Answer:
            line = f"{day} 付电费 | 523/电费 {seat + 1} | cr 102 {seat + 1}"
            return post(db, review(db, drafted(db, line)).id)

        done = act(engine, did, "post", whole)
        if done is not None and turn % 4 == seat:

            def reverse(db: Connection, id: int = done[0], turn: int = turn) -> Answer:
                dated = date(2025, 1 + turn // 6, 20)
                red = vouchers.reverse(db, book=BOOK, voucher=id, dated=dated, by=ACCOUNTANT, on=ON, at=AT)
                return post(db, review(db, red).id)

            act(engine, did, "post", reverse)
        if turn % 6 == 5:

            def close(db: Connection, month: int = 202501 + turn // 6) -> Answer:
                periods.close_month(
                    db, book=BOOK, period=month, by=ACCOUNTANT, reviewed_by=REVIEWER, on=ON, at=AT
                )
                return month, 0

            act(engine, did, "close", close)
    return did


def _sit_down(
    url: str, seat: Seat, doing: Callable[[Engine, Seat], Did], start: Barrier, told: "Queue[Did]"
) -> None:
    engine = writing_engine(url)
    with engine.connect():  # the connection is open before the start
        pass
    start.wait(timeout=60)
    told.put(doing(engine, seat))
    engine.dispose()


def race(url: str, doing: Callable[[Engine, Seat], Did], *, seats: int = 2) -> list[Did]:
    """Let processes do it at the same time; what each of them did."""
    start, told = PROCESSES.Barrier(seats), PROCESSES.Queue()
    processes = [
        PROCESSES.Process(target=_sit_down, args=(url, seat, doing, start, told)) for seat in range(seats)
    ]
    for process in processes:
        process.start()
    did = [told.get(timeout=120) for _ in processes]
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return did
