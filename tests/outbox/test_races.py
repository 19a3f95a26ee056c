"""Two programs deliver at the same time: each item lands once, and both books agree."""

from sqlalchemy import Engine

from ledger.outbox import queries as outbox
from ledger.vouchers import queries as vouchers
from schemas.vouchers import Origin, VoucherFilter
from tests.faults import racing
from tests.outbox.village import VILLAGE, everything, faults, furnish
from tests.registry import act, done

ITEMS = 12


def test_what_two_deliver_at_once_lands_once(database: Engine, db_url: str) -> None:
    with database.begin() as db:
        furnish(db)
        for day in range(1, ITEMS + 1):
            done(db, act(f"cash on=2025-03-{day:02} member=M0009 resolution=1号 amount=1000.00"))
    did = racing.race(db_url, everything)
    landed = [answer for one in did for _, answer in one if answer is not None and answer[1]]
    assert sorted(seq for seq, _ in landed) == list(range(1, ITEMS + 1))
    assert [len(one) for one in did] == [ITEMS, ITEMS], "whoever came second was told so, not refused"
    with database.connect() as db:
        drafts = vouchers.page(db, book=VILLAGE, wanted=VoucherFilter(), after=None, limit=99)
        assert [one.origin for one in drafts] == [Origin.LANDING] * ITEMS
        assert (outbox.waiting(db), faults(db)) == ((), [])
