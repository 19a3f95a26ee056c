"""Inventory, contracts and project money on the command line."""

from pathlib import Path

import pytest
from pypdf import PdfReader

from coop.access import actions as access
from coop.landings import actions as landings
from ledger.outbox import queries as outbox
from tests.batches.desks import furnish_desks
from tests.batches.small import LATER
from tests.builders import BOOK, post
from tests.cli.conftest import Lianjian
from tests.contracts.village import CONTRACT, POND, a_village, find_pond, sign
from tests.outbox.test_story import VILLAGE, paid
from tests.runs.years import at
from web.database import writing_engine


@pytest.fixture
def kept(lianjian: Lianjian, home: Path) -> Lianjian:
    """The collective of 清水村 with its pond leased, and money of its first secretary nobody named yet."""
    assert lianjian("books").status == 0
    engine = writing_engine(f"sqlite:///{home / 'books.sqlite'}")
    with engine.begin() as db:
        book = a_village(db)
        find_pond(db, book)
        sign(db, book)
        post(db, "2025-04-01 第一书记经费 | 102 50000.00 | cr 241/鱼塘改造 50000.00")
    engine.dispose()
    return lianjian


def test_what_the_pages_show_is_said_on_the_command_line(kept: Lianjian) -> None:
    inventory = kept("inventory", BOOK, "--as-of", "2025-12-31").out
    assert all(word in inventory for word in (POND, "村头鱼塘", "12.00", "50000.00"))
    contracts = kept("contracts", BOOK, "--as-of", "2025-12-31")
    assert all(word in contracts.out for word in (CONTRACT, "2025-03-01 – 2028-02-28", "6000.00"))
    board = kept("contracts", BOOK, "--as-of", "2026-03-02", "--json").json
    assert [(one["year"], one["expected"], one["overdue"]) for one in board["years"]] == [
        (2025, "6000.00", "6000.00"),
        (2026, "6000.00", "6000.00"),
        (2027, "6000.00", "0.00"),
    ]
    money = kept("project-money", "450000101", "--as-of", "2025-12-31", "--json").json
    assert [(one["source"], one["received"]) for one in money["by_source"]] == [(None, "50000.00")]
    assert kept("project-money", "99").status == 1
    assert kept("data-quality", "450000101", "--json").json["books"] == [
        {"rank": None, "quality": {"book": BOOK, "drawn": 0, "checked": 0, "sound": 0, "unsettled": 0}}
    ]
    assert "—" in kept("data-quality", "450000101", "2025-12").out
    assert kept("data-quality", "99").status == 1
    assert kept("contracts", BOOK, "--as-of", "31.12.2025").status == 1


def test_the_paper_of_what_landed_is_written_to_a_file(
    lianjian: Lianjian, home: Path, tmp_path: Path
) -> None:
    assert lianjian("books").status == 0
    engine = writing_engine(f"sqlite:///{home / 'books.sqlite'}")
    with engine.begin() as db:
        furnish_desks(db)
        paid(db)
        (item,) = outbox.waiting(db)
        landed = landings.land(
            db, item, called="清水合作社", by=access.service(db, at=at(LATER)), on=LATER, at=at(LATER)
        )
        assert landed is not None
    engine.dispose()
    (crossed,) = lianjian("outbox", VILLAGE, "--json").json["items"]
    paper = tmp_path / "付款通知.pdf"
    assert lianjian("payment-notice", VILLAGE, str(crossed["voucher"]), str(paper)).status == 0
    (page,) = PdfReader(paper).pages
    assert "5,682.37" in page.extract_text()
    none = lianjian("payment-notice", VILLAGE, "999", str(paper))
    assert (none.status, "there is no notice of its payment" in none.err) == (1, True)
