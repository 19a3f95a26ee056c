"""Income without evidence does not count, a scan that comes later counts from its day, a red voucher follows what it
cancels (RULES §8)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from ledger.evidence import actions as evidence
from ledger.evidence import rules as files
from ledger.recognition import queries, rules
from ledger.vouchers import actions as vouchers
from schemas.evidence import NewAttachment
from schemas.units import Fen
from schemas.vouchers import NewDraft, Voucher
from tests.builders import ACCOUNTANT, AT, BOOK, CASHIER, ON, a_book, a_draft, posted, reversed_, review

RENT = "2025-07-16 鱼塘租金 | 102 19000.00 | cr 501 19000.00"
SMALL = "2025-07-20 卖废纸 | 101 30.00 | cr 504 30.00"
COST = "2025-07-21 电费 | 513 88.00 | cr 101 88.00"
LATER = datetime(2026, 2, 28, 17, 0, tzinfo=UTC)
"""The first of March in China."""


def earned(db: Connection, text: str, *, originals: int = 0, scan: bool = False) -> Voucher:
    """A voucher of the collective's, posted, with a scan that was there before where one is asked for."""
    new = NewDraft(draft=a_draft(text, originals=originals))
    draft = vouchers.one(vouchers.draft_many(db, [new], book=BOOK, by=ACCOUNTANT, on=ON, at=AT))
    if scan:
        scanned(db, draft, at=AT - timedelta(days=1))
    return posted(db, review(db, draft))


def scanned(db: Connection, voucher: Voucher, *, at: datetime = LATER) -> None:
    """Its scan comes."""
    file = files.described(b"\x89PNG\r\n\x1a\n%d %d" % (voucher.id, at.timestamp()), name="收据.png")
    evidence.attach(db, NewAttachment(voucher=voucher.id, file=file), book=BOOK, by=CASHIER, at=at)


def short(db: Connection, *, as_of: date, scans_only: bool = False) -> Mapping[tuple[int, str], Fen]:
    """What does not count on a day; what is kept is what vouchers and files say."""
    kept = queries.kept(db, book=BOOK)
    income = queries.income_accounts(db, book=BOOK)
    assert kept == queries.recomputed(db, book=BOOK, income=income)
    return rules.short_of(kept, as_of=as_of, scans_only=scans_only)


@pytest.fixture
def book(db: Connection) -> Connection:
    """A village collective's book."""
    a_book(db, standard="collective-2023")
    return db


FEBRUARY, MARCH = date(2026, 2, 28), date(2026, 3, 1)
RENT_LACKS = {(202507, "501"): 1_900_000}


@pytest.mark.parametrize(
    ("originals", "scan", "by_papers", "by_scans"),
    [(0, False, RENT_LACKS, RENT_LACKS), (2, False, {}, RENT_LACKS), (0, True, {}, {}), (2, True, {}, {})],
)
def test_income_counts_with_a_scan_or_by_policy_with_originals(
    book: Connection,
    originals: int,
    scan: bool,
    by_papers: Mapping[tuple[int, str], Fen],
    by_scans: Mapping[tuple[int, str], Fen],
) -> None:
    earned(book, RENT, originals=originals, scan=scan)
    assert short(book, as_of=MARCH) == by_papers
    assert short(book, as_of=MARCH, scans_only=True) == by_scans


def test_expenses_count_with_or_without(book: Connection) -> None:
    earned(book, COST)
    assert short(book, as_of=MARCH, scans_only=True) == {}


def test_a_scan_that_comes_later_counts_from_its_day_in_china(book: Connection) -> None:
    voucher = earned(book, RENT)
    scanned(book, voucher)
    scanned(book, voucher, at=LATER + timedelta(days=9))
    assert short(book, as_of=FEBRUARY) == RENT_LACKS
    assert short(book, as_of=MARCH) == {}


def test_a_scan_hung_on_together_with_the_posting_counts_from_the_start(book: Connection) -> None:
    scanned(book, earned(book, RENT), at=AT)
    assert short(book, as_of=date(2025, 7, 16), scans_only=True) == {}


def test_a_red_voucher_follows_the_evidence_of_what_it_cancels(book: Connection) -> None:
    proved, bare = earned(book, SMALL, scan=True), earned(book, RENT)
    scanned(book, reversed_(book, proved, dated=date(2025, 8, 1)))
    assert short(book, as_of=MARCH) == RENT_LACKS
    red = reversed_(book, bare, dated=date(2025, 8, 2))
    assert short(book, as_of=MARCH) == {**RENT_LACKS, (202508, "501"): -1_900_000}
    scanned(book, red)
    assert short(book, as_of=MARCH) == {**RENT_LACKS, (202508, "501"): -1_900_000}
    scanned(book, bare)
    assert short(book, as_of=FEBRUARY) == {**RENT_LACKS, (202508, "501"): -1_900_000}
    assert short(book, as_of=MARCH) == {}


def test_a_red_voucher_of_what_was_scanned_late_follows_it_too(book: Connection) -> None:
    bare = earned(book, RENT)
    scanned(book, bare, at=AT + timedelta(days=3))
    reversed_(book, bare, dated=date(2025, 8, 2))
    assert short(book, as_of=date(2026, 1, 17)) == {**RENT_LACKS, (202508, "501"): -1_900_000}
    assert short(book, as_of=date(2026, 1, 18)) == {}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["rent", "small", "red", "scan"]), st.integers(0, 5)), max_size=12))
def test_what_is_kept_is_what_vouchers_and_files_say(book: Connection, acts: list[tuple[str, int]]) -> None:
    with book.begin_nested() as undone:
        there: list[Voucher] = []
        red: set[int] = set()
        for day, (act, which) in enumerate(acts):
            if act in ("rent", "small"):
                there.append(
                    earned(book, RENT if act == "rent" else SMALL, originals=which % 2, scan=which > 3)
                )
            elif there and act == "scan":
                scanned(book, there[which % len(there)], at=AT + timedelta(days=day))
            elif there and there[which % len(there)].id not in red:
                of = there[which % len(there)]
                made = reversed_(book, of, dated=date(2025, 9, 1))
                red |= {of.id, made.id}
                there.append(made)
            short(book, as_of=MARCH)
        undone.rollback()


def test_a_difference_names_month_account_and_both_amounts() -> None:
    key = rules.Lack(202507, "501", False, rules.NEVER)
    (problem,) = rules.differences({key: 100}, {key: 1_900_000}, book=BOOK)
    assert problem.figures == {
        "book": BOOK,
        "account": "501",
        "period": "202507",
        "scanned": "—",
        "kept": "1.00",
        "found": "19000.00",
    }
