"""Spot checks: anyone draws the same vouchers from the head of the chain at the month's end; findings take two people
(RULES §8). Orders were worked out with sha256sum in a shell."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from ledger import triggers
from ledger.log import queries as log
from ledger.spot_checks import actions, queries, rules
from ledger.vouchers import actions as vouchers
from schemas.problems import Refusal
from schemas.spot_checks import FindingState, NewVerdict, Quality, VerdictKind, WordKind
from schemas.vouchers import MadeVoucher, Origin
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    CASHIER,
    ON,
    REVIEWER,
    a_book,
    a_draft,
    post,
    refused,
    reversed_,
)

TEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
"""sha256sum of the four letters "test"."""
NOUGHTS = "0" * 64
TWELVE = tuple(f"记-{number:04d}" for number in range(1, 13))

FEBRUARY = datetime(2026, 1, 31, 16, 0, tzinfo=UTC)
"""The first instant of February in China."""
AUDITOR = CASHIER


@pytest.mark.parametrize(
    ("seed", "pool", "k", "expected"),
    [
        (TEST, TWELVE, 5, ("记-0008", "记-0004", "记-0003", "记-0012", "记-0009")),
        (NOUGHTS, TWELVE, 5, ("记-0009", "记-0003", "记-0002", "记-0006", "记-0007")),
        (NOUGHTS, (*TWELVE, "收-0001", "付-0001", "转-0001"), 3, ("记-0009", "付-0001", "转-0001")),
        (NOUGHTS, (*TWELVE, "记-10000"), 2, ("记-10000", "记-0009")),
        (TEST, TWELVE, 1, ("记-0008",)),
        (TEST, ("记-0002", "记-0001", "收-0001"), 5, ("收-0001", "记-0002", "记-0001")),
        (TEST, ("记-0001",), 5, ("记-0001",)),
        (TEST, (), 5, ()),
        (TEST, TWELVE, 0, ()),
    ],
)
def test_vouchers_are_drawn_in_the_order_of_the_hash(
    seed: str, pool: tuple[str, ...], k: int, expected: tuple[str, ...]
) -> None:
    assert rules.drawn(pool, seed=seed, k=k) == expected


@given(st.permutations(TWELVE), st.integers(0, 14))
def test_the_order_in_which_vouchers_are_named_cannot_matter(pool: list[str], k: int) -> None:
    drawn = rules.drawn(pool, seed=TEST, k=k)
    assert drawn == rules.drawn(TWELVE, seed=TEST, k=12)[:k]
    assert rules.digest_of_pool(pool) == rules.digest_of_pool(TWELVE)


def test_the_digest_of_a_pool_is_that_of_its_lines() -> None:
    assert rules.digest_of_pool(["记-0002", "收-0001", "记-0001"]) == (
        "ca604cd8ead4cfb184d2c7c03ebdfd6a5c347b6937e4615e38f6560ad032cfe2"
    )
    assert rules.digest_of_pool([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    ("began", "last", "at", "due"),
    [
        ("2026-01-15T08:00", None, "2026-01-31T15:59:59", ()),
        ("2026-01-15T08:00", None, "2026-01-31T16:00", (202601,)),
        ("2026-01-15T08:00", 202601, "2026-02-27T00:00", ()),
        ("2026-01-15T08:00", 202601, "2026-05-02T00:00", (202602, 202603, 202604)),
        ("2026-01-31T16:00", None, "2026-02-01T00:00", ()),
        ("2025-11-30T15:00", None, "2026-02-01T00:00", (202511, 202512, 202601)),
    ],
)
def test_months_whose_end_the_chain_saw_are_due(
    began: str, last: int | None, at: str, due: tuple[int, ...]
) -> None:
    then = datetime.fromisoformat(at).replace(tzinfo=UTC)
    since = datetime.fromisoformat(began).replace(tzinfo=UTC)
    on = then.astimezone(rules._CHINA).date()
    assert rules.months_due(began=since, last=last, on=on, at=then) == due


def test_a_day_that_has_not_come_draws_nothing() -> None:
    """A tick may be told another day than the clock's; a month that is not over has no head at its end."""
    assert rules.months_due(began=AT, last=None, on=date(2027, 1, 1), at=AT) == ()


@pytest.fixture
def book(db: Connection) -> Connection:
    """Three vouchers of January, the second cancelled by a red one of the same month."""
    a_book(db)
    for day in (5, 6, 7):
        voucher = post(db, f"2026-01-0{day} 银行存款利息 | 102 {day}.11 | 524 -{day}.11")
        if day == 6:
            reversed_(db, voucher)
    return db


def drawn(db: Connection, *, k: int = 5, at: datetime = FEBRUARY) -> tuple[str, ...]:
    draw = actions.draw(db, book=BOOK, month=202601, k=k, by=REVIEWER, at=at)
    assert draw is not None
    assert list(queries.not_as_drawn(db, book=BOOK)) == []
    return draw.drawn


def imported(db: Connection, text: str, *, at: datetime) -> None:
    made = MadeVoucher(
        draft=a_draft(text), origin=Origin.IMPORT, prepared_by=ACCOUNTANT, reviewed_by=REVIEWER
    )
    vouchers.record_many(db, [made], book=BOOK, by=ACCOUNTANT, on=ON, at=at)


def test_head_and_pool_are_frozen_with_the_draw_and_cancelled_vouchers_are_in_it(book: Connection) -> None:
    head = log.head(book, book=BOOK)
    assert head is not None
    late = datetime(2026, 2, 3, 2, 0, tzinfo=UTC)
    imported(book, "2026-01-09 银行存款利息 | 102 9.11 | 524 -9.11", at=late)
    assert len(drawn(book, at=late)) == 5
    imported(book, "2026-01-10 银行存款利息 | 102 1.11 | 524 -1.11", at=datetime(2026, 2, 4, tzinfo=UTC))
    found = queries.published(book, book=BOOK, month=202601)
    assert found.numbers == ("记-0001", "记-0002", "记-0003", "记-0004", "记-0005")
    assert (found.check.head, found.check.head_seq) == (head.hash, head.length)
    assert queries.sheet(book, book=BOOK, month=202601).later == 1
    assert list(queries.not_as_drawn(book, book=BOOK)) == []


def test_a_month_is_drawn_once_with_fewer_vouchers_than_k_or_none(book: Connection) -> None:
    assert set(drawn(book)) == {"记-0001", "记-0002", "记-0003", "记-0004"}
    assert actions.draw(book, book=BOOK, month=202601, by=REVIEWER, at=FEBRUARY) is None
    march = datetime(2026, 3, 1, tzinfo=UTC)
    empty = actions.draw(book, book=BOOK, month=202602, by=REVIEWER, at=march)
    assert empty is not None
    assert (empty.pool, empty.drawn) == (0, ())
    assert (
        actions.draw(book, book=BOOK, month=202512, by=REVIEWER, at=march) is None
    )  # before the chain began
    assert list(queries.not_as_drawn(book, book=BOOK)) == []


HEAD, POOL, AGAIN = (
    "draw_must_follow_from_the_chain",
    "pool_must_be_the_months_vouchers",
    "draw_must_come_out_again",
)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE spot_check SET head = pool_digest", {HEAD, AGAIN}),
        ("UPDATE spot_check SET head_seq = 2", {HEAD}),
        ("UPDATE spot_check SET k = 4", {AGAIN}),
        ("UPDATE spot_check SET pool_digest = head", {POOL}),
        ("DELETE FROM spot_check_pool WHERE voucher_id NOT IN (SELECT voucher_id FROM spot_check_voucher)", {POOL}),
        ("DELETE FROM spot_check_voucher WHERE place = 1", {AGAIN}),
        ("UPDATE spot_check_voucher SET place = 9 WHERE place = 1", {AGAIN}),
        ("UPDATE spot_check SET drawn_at = '2026-01-01T00:00:00.000000Z'", {POOL}),
    ],
)  # fmt: skip
def test_whoever_changes_a_draw_is_found(book: Connection, change: str, found: set[str]) -> None:
    drawn(book, k=2)
    for statement in triggers.dropping(book.dialect.name):
        book.exec_driver_sql(statement)
    if book.dialect.name == "sqlite":
        book.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    with book.begin_nested() as undone:
        book.execute(text(change))
        assert {problem.code for problem in queries.not_as_drawn(book, book=BOOK)} == found
        undone.rollback()


# Findings

OTHER = NewVerdict(kind=VerdictKind.OTHER, text="利率不符")
IN_ORDER = NewVerdict(kind=VerdictKind.IN_ORDER)


def judged(db: Connection, new: NewVerdict, *, voucher: int = 1, by: int = AUDITOR) -> int:
    return actions.judge(db, new, book=BOOK, voucher=voucher, by=by, at=FEBRUARY).id


def said(
    db: Connection, word: WordKind, *, by: int, finding: int = 1, what: str = "已红字冲销"
) -> FindingState:
    found = actions.say_of_finding(db, word, what, book=BOOK, finding=finding, by=by, at=FEBRUARY)
    assert found.state is not None
    return found.state


def test_a_finding_is_answered_returned_answered_and_closed_by_two(book: Connection) -> None:
    drawn(book)
    judged(book, OTHER, voucher=2)
    assert said(book, WordKind.ANSWER, by=ACCOUNTANT) is FindingState.ANSWERED
    assert said(book, WordKind.RETURN, by=AUDITOR) is FindingState.OPEN
    assert said(book, WordKind.ANSWER, by=ACCOUNTANT) is FindingState.ANSWERED
    assert said(book, WordKind.CLOSE, by=AUDITOR, what="") is FindingState.CLOSED
    (of,) = (one for one in queries.sheet(book, book=BOOK, month=202601).vouchers if one.voucher.id == 2)
    assert [one.text for one in of.corrections] == ["记-0003"]
    assert [len(one.words) for one in of.verdicts] == [4]


@pytest.mark.parametrize(
    ("before", "new", "by", "codes"),
    [
        ((), OTHER, ACCOUNTANT, ["checker_must_be_another"]),
        ((), IN_ORDER, REVIEWER, ["checker_must_be_another"]),
        ((), NewVerdict(kind=VerdictKind.NO_EVIDENCE, text=" "), AUDITOR, ["finding_must_be_worded"]),
        ((), NewVerdict(kind=VerdictKind.OTHER, text="a\nb"), AUDITOR, ["text_must_be_one_line"]),
        ((IN_ORDER,), IN_ORDER, AUDITOR, ["verdict_must_be_new"]),
        ((OTHER,), OTHER, AUDITOR, ["verdict_must_be_new"]),
        ((OTHER,), IN_ORDER, AUDITOR, ["finding_must_stand"]),
    ],
)
def test_a_verdict_is_refused(
    book: Connection, before: tuple[NewVerdict, ...], new: NewVerdict, by: int, codes: list[str]
) -> None:
    drawn(book)
    for one in before:
        judged(book, one)
    with pytest.raises(Refusal) as refusal:
        judged(book, new, by=by)
    assert refused(refusal.value) == codes


@pytest.mark.parametrize(
    ("before", "word", "by", "codes"),
    [
        ((), WordKind.CLOSE, AUDITOR, ["finding_must_be_answered"]),
        ((), WordKind.RETURN, AUDITOR, ["finding_must_be_answered"]),
        ((), WordKind.ANSWER, AUDITOR, ["finding_takes_two"]),
        ((WordKind.ANSWER,), WordKind.ANSWER, ACCOUNTANT, ["finding_must_be_open"]),
        ((WordKind.ANSWER,), WordKind.CLOSE, ACCOUNTANT, ["finding_takes_two", "checker_must_be_another"]),
        ((WordKind.ANSWER,), WordKind.CLOSE, REVIEWER, ["checker_must_be_another"]),
        ((WordKind.ANSWER, WordKind.CLOSE), WordKind.ANSWER, ACCOUNTANT, ["finding_must_be_open"]),
    ],
)
def test_a_word_about_a_finding_is_refused(
    book: Connection, before: tuple[WordKind, ...], word: WordKind, by: int, codes: list[str]
) -> None:
    drawn(book)
    judged(book, OTHER)
    for one in before:
        said(book, one, by=ACCOUNTANT if one is WordKind.ANSWER else AUDITOR)
    with pytest.raises(Refusal) as refusal:
        said(book, word, by=by)
    assert refused(refusal.value) == codes


def test_what_was_not_drawn_or_found_is_missing(book: Connection) -> None:
    with pytest.raises(Refusal, match="was not drawn"):
        judged(book, OTHER)
    with pytest.raises(Refusal, match="Nothing was drawn of 2026-01"):
        queries.sheet(book, book=BOOK, month=202601)
    drawn(book)
    judged(book, IN_ORDER)
    with pytest.raises(Refusal, match="no finding 1"):
        said(book, WordKind.ANSWER, by=ACCOUNTANT)


def test_an_answer_says_something(book: Connection) -> None:
    drawn(book)
    judged(book, OTHER)
    with pytest.raises(Refusal, match="Nothing is said"):
        said(book, WordKind.ANSWER, by=ACCOUNTANT, what=" ")


def test_data_quality_counts_checked_vouchers_without_a_finding(book: Connection) -> None:
    """Four drawn, three checked: one in order, one in order and then not, one with two findings: 1 / 3."""
    drawn(book)
    judged(book, IN_ORDER)
    judged(book, IN_ORDER, voucher=2)
    judged(book, OTHER, voucher=2)
    judged(book, OTHER, voucher=3)
    judged(book, NewVerdict(kind=VerdictKind.NO_EVIDENCE, text="无发票"), voucher=3)
    said(book, WordKind.ANSWER, by=ACCOUNTANT, finding=3)
    said(book, WordKind.CLOSE, by=AUDITOR, finding=3)

    def quality(from_month: int, to_month: int) -> Quality:
        return queries.quality(book, books=[BOOK], from_month=from_month, to_month=to_month)[BOOK]

    assert quality(202601, 202612) == Quality(book=BOOK, drawn=4, checked=3, sound=1, unsettled=2)
    assert quality(202602, 202612) == Quality(book=BOOK, drawn=0, checked=0, sound=0, unsettled=0)
    assert [(one.month, one.vouchers) for one in queries.unchecked(book, books=[BOOK])] == [(202601, 1)]
    assert [one.finding for one in queries.findings_waiting(book, books=[BOOK], state=FindingState.OPEN)] == [
        4,
        5,
    ]
