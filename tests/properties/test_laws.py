"""What holds whatever anybody does, in whatever order: books balance, numbers run on, a refusal leaves no trace."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, Engine

from ledger.balances import queries as balances
from ledger.balances.rules import Turnover
from ledger.books import queries as books
from ledger.money import yuan
from ledger.periods import actions as periods
from ledger.proof import queries as proof
from ledger.vouchers import actions as vouchers
from ledger.vouchers import queries, rules
from schemas.problems import Refusal
from schemas.vouchers import NewDraft, Origin, Outcome, State, Step, VoucherDraft, VoucherLine, Word
from tests.books.test_vouchers import everything
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    ON,
    REVIEWER,
    a_book,
    a_database,
    posted,
    reversed_,
    review,
    rolled_back,
)
from tests.conftest import Databases
from tests.rules.test_vouchers import FACTS

pytestmark = pytest.mark.fuzz

KEPT = ("102/", "101/", "523/电费", "121/饲料", "211/C001", "114/M0001", "501/")
AMOUNTS = st.integers(-(10**6), 10**6).filter(bool)
TWO_YEARS = st.dates(date(2025, 1, 1), date(2026, 12, 31))
EXAMPLES = settings().max_examples
"""What the profile asks of a pure law; a law over a database gets a part of it."""
WORDS = st.sampled_from(list(Word))


@pytest.fixture(scope="module")
def furnished(databases: Databases, db_kind: str) -> Iterator[Engine]:
    def furnish(db: Connection) -> None:
        a_book(db, parties="M0001 C001 电费 饲料", openings="102 1000 | cr 114/M0001 1000")

    with a_database(databases, db_kind, furnish) as engine:
        yield engine


# Drafts


@st.composite
def lines(draw: st.DrawFn, *, kept: tuple[str, ...] = KEPT) -> VoucherLine:
    """A line on one of a few accounts, on either side, in either colour."""
    account, _, detail = draw(st.sampled_from(kept)).partition("/")
    amount = draw(AMOUNTS)
    debit = draw(st.booleans())
    quantity = draw(st.none() | st.integers(-500, 500)) if account in {"121", "501"} else None
    return VoucherLine(
        summary=draw(st.sampled_from(("付电费", "饲料入库", "往来"))),
        account=account,
        detail=detail,
        debit=amount if debit else 0,
        credit=0 if debit else amount,
        quantity=quantity,
    )


@st.composite
def balanced(draw: st.DrawFn, *, days: st.SearchStrategy[date] = TWO_YEARS) -> VoucherDraft:
    """A voucher without fault: some lines, and one that makes it balance."""
    some = draw(st.lists(lines(), min_size=1, max_size=4))
    debit, credit = rules.totals(some)
    if debit == credit:
        some, debit = [*some, VoucherLine(summary="补", account="101", debit=100)], debit + 100
    last = VoucherLine(summary="补", account="102", credit=debit - credit)
    return VoucherDraft(date=draw(days), lines=(*some, last), word=draw(WORDS))


anything = st.builds(
    VoucherDraft,
    date=st.dates(date(2023, 12, 1), date(2027, 2, 1)),
    lines=st.lists(
        lines(kept=(*KEPT, "102/饲料", "999/", "301/M0001", "331/", "10201/", "109/", "114/M0009")),
        max_size=4,
    ).map(tuple),
    word=WORDS,
)


@given(anything | balanced())
def test_what_passes_the_rules_balances_and_has_two_lines(draft: VoucherDraft) -> None:
    for origin in Origin:
        if not rules.faults_in(draft, origin=origin, facts=FACTS, yuan=yuan):
            debit, credit = rules.totals(draft.lines)
            assert debit == credit
            assert len(draft.lines) >= 2
            assert all((line.debit == 0) != (line.credit == 0) for line in draft.lines)


@settings(max_examples=EXAMPLES // 3)
@given(draft=balanced())
def test_a_voucher_and_its_red_one_net_to_zero(furnished: Engine, draft: VoucherDraft) -> None:
    with rolled_back(furnished) as db:
        before = balances.kept(db, book=BOOK)
        new = NewDraft(draft=draft)
        saved = vouchers.one(vouchers.draft_many(db, [new], book=BOOK, by=ACCOUNTANT, on=ON, at=AT))
        wrong = posted(db, review(db, saved))
        moved = {k: t for k, t in balances.kept(db, book=BOOK).items() if t != before.get(k)}
        assert sum(t.debit for t in moved.values()) == sum(t.credit for t in moved.values())
        reversed_(db, wrong)
        after = {k: t for k, t in balances.kept(db, book=BOOK).items() if k not in before}
        assert all(t == Turnover() for t in after.values())
        assert {k: balances.kept(db, book=BOOK)[k] for k in before} == before


batches = st.lists(
    st.builds(
        NewDraft,
        draft=balanced() | anything,
        finished=st.booleans(),
        key=st.none() | st.sampled_from(("k1", "k2")),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=EXAMPLES // 3)
@given(batch=batches, atomic=st.booleans())
def test_a_refusal_leaves_no_trace_a_rehearsal_is_the_act_and_a_key_acts_once(
    furnished: Engine, batch: list[NewDraft], atomic: bool
) -> None:
    def act(db: Connection) -> tuple[Outcome, ...] | str:
        try:
            return vouchers.draft_many(db, batch, book=BOOK, by=ACCOUNTANT, on=ON, at=AT, atomic=atomic)
        except Refusal as refusal:
            return str(refusal)

    with rolled_back(furnished) as db:
        before = everything(db)
        savepoint = db.begin_nested()
        rehearsed = act(db)
        savepoint.rollback()
        assert everything(db) == before
        done = act(db)
        assert done == rehearsed
        if isinstance(done, str) or not any(outcome.voucher for outcome in done):
            assert everything(db) == before
            return
        after = everything(db)
        keyed = [item for item in batch if item.key is not None]
        again = vouchers.draft_many(db, keyed, book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
        first = [outcome for outcome, item in zip(done, batch, strict=True) if item.key is not None]
        assert [outcome.voucher for outcome in again] == [outcome.voucher for outcome in first]
        assert everything(db) == after


# A book in the hands of two people who do not listen to each other

DAYS = st.dates(date(2025, 1, 1), date(2025, 4, 30))
MONTHS = (202501, 202502, 202503, 202504)


class Doings(RuleBasedStateMachine):
    """Two people prepare, review, post, reverse, close and open again at random; a few lines of model say what
    must be let through, and the book must always be one that proves itself."""

    engine: Engine
    ids: Bundle[int] = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.context = rolled_back(self.engine)
        self.db = self.context.__enter__()
        self.state: dict[int, State] = {}
        self.draft: dict[int, VoucherDraft] = {}
        self.prepared: dict[int, int] = {}
        self.numbers: Counter[Word] = Counter()
        self.numbered: dict[int, tuple[Word, int]] = {}
        self.cancelled: set[int] = set()
        self.closed: dict[int, int] = {}
        self.moved: Counter[tuple[str, str, int]] = Counter()

    def teardown(self) -> None:
        book = books.book(self.db, id=BOOK)
        assert book is not None
        assert proof.prove(self.db, book=book).problems == ()
        self.context.__exit__(None, None, None)

    # What the model knows

    def period(self, id: int) -> int:
        return self.draft[id].date.year * 100 + self.draft[id].date.month

    def fits(self, id: int) -> bool:
        """Whether the voucher could be posted now, for all that its lines say."""
        corrects = self.draft[id].corrects
        return self.period(id) not in self.closed and (
            corrects is None or corrects.voucher not in self.cancelled
        )

    def has_red_draft(self, id: int) -> bool:
        """Whether a red voucher of this one is prepared and not yet posted."""
        return any(
            self.state[red] in {State.DRAFT, State.REVIEWED}
            and draft.corrects is not None
            and draft.corrects.voucher == id
            and self.is_red(red)
            for red, draft in self.draft.items()
        )

    def is_red(self, id: int) -> bool:
        return self.draft[id].corrects is not None

    # What people do

    @initialize(target=ids, draft=balanced(days=DAYS))
    def begin(self, draft: VoucherDraft) -> Any:
        return self.prepare(draft, ACCOUNTANT)

    @rule(target=ids, draft=balanced(days=DAYS), by=st.sampled_from((ACCOUNTANT, REVIEWER)))
    def prepare(self, draft: VoucherDraft, by: int) -> Any:
        new = NewDraft(draft=draft)
        (outcome,) = vouchers.draft_many(self.db, [new], book=BOOK, by=by, on=ON, at=AT)
        closed = draft.date.year * 100 + draft.date.month in self.closed
        assert (outcome.voucher is None) == closed
        return multiple() if outcome.voucher is None else self.know(outcome, draft, by)

    def know(self, outcome: Outcome, draft: VoucherDraft, by: int) -> int:
        assert outcome.voucher is not None
        id = outcome.voucher.id
        self.state[id], self.draft[id], self.prepared[id] = State.DRAFT, draft, by
        return id

    @rule(batch=st.lists(ids, min_size=1, max_size=4), by=st.sampled_from((ACCOUNTANT, REVIEWER)))
    def look_over(self, batch: list[int], by: int) -> None:
        steps = [Step(voucher=id) for id in batch]
        outcomes = vouchers.review_many(self.db, steps, book=BOOK, by=by, on=ON, at=AT)
        for id, outcome in zip(batch, outcomes, strict=True):
            wanted = self.state[id] is State.DRAFT and self.prepared[id] != by and self.fits(id)
            assert (outcome.voucher is not None) == wanted, outcome
            if wanted:
                self.state[id] = State.REVIEWED

    @rule(batch=st.lists(ids, min_size=1, max_size=4), atomic=st.booleans())
    def post(self, batch: list[int], atomic: bool) -> None:
        steps = [Step(voucher=id) for id in batch]
        expected, state = self.would_post(batch)
        try:
            outcomes = vouchers.post_many(
                self.db, steps, book=BOOK, by=ACCOUNTANT, on=ON, at=AT, atomic=atomic
            )
        except Refusal:
            assert atomic
            assert None in expected
            return
        assert not atomic or None not in expected
        assert [o.voucher and (o.voucher.word, o.voucher.number) for o in outcomes] == expected
        self.numbers, self.cancelled = state
        for id, number in zip(batch, expected, strict=True):
            if number is not None:
                self.state[id], self.numbered[id] = State.POSTED, number
                for line in self.draft[id].lines:
                    self.moved[line.account, line.detail, self.period(id)] += line.debit - line.credit

    def would_post(
        self, batch: list[int]
    ) -> tuple[list[tuple[Word, int] | None], tuple[Counter[Word], set[int]]]:
        numbers, cancelled, done = self.numbers.copy(), set(self.cancelled), set[int]()
        expected: list[tuple[Word, int] | None] = []
        for id in batch:
            corrects = self.draft[id].corrects
            right = (
                self.state[id] is State.REVIEWED
                and id not in done
                and self.period(id) not in self.closed
                and (corrects is None or corrects.voucher not in cancelled)
            )
            if right:
                word = self.draft[id].word
                numbers[word] += 1
                done.add(id)
                expected.append((word, numbers[word]))
                if corrects is not None:
                    cancelled.add(corrects.voucher)
            else:
                expected.append(None)
        return expected, (numbers, cancelled)

    @rule(target=ids, drafts=st.lists(balanced(days=DAYS), min_size=1, max_size=3))
    def carry_through(self, drafts: list[VoucherDraft]) -> Any:
        """The usual way of a morning's vouchers."""
        made = [self.prepare(draft, ACCOUNTANT) for draft in drafts]
        known = [id for id in made if isinstance(id, int)]
        if known:
            self.look_over(known, REVIEWER)
            self.post(known[::-1], False)
        return multiple(*known)

    @rule(target=ids, id=ids, dated=DAYS)
    def cancel(self, id: int, dated: date) -> Any:
        """A red voucher, carried through."""
        red = self.reverse(id, max(dated, self.draft[id].date))
        if isinstance(red, int):
            self.look_over([red], REVIEWER)
            self.post([red, red], False)
            return red
        return multiple()

    @rule(id=ids)
    def withdraw(self, id: int) -> None:
        (outcome,) = vouchers.withdraw_many(
            self.db, [Step(voucher=id)], book=BOOK, by=ACCOUNTANT, at=AT, reason="重复"
        )
        assert (outcome.voucher is not None) == (self.state[id] is State.DRAFT)
        if outcome.voucher is not None:
            self.state[id] = State.WITHDRAWN

    @rule(id=ids)
    def send_back(self, id: int) -> None:
        (outcome,) = vouchers.send_back_many(
            self.db, [Step(voucher=id)], book=BOOK, by=REVIEWER, at=AT, reason="缺附件"
        )
        assert (outcome.voucher is not None) == (self.state[id] is State.REVIEWED)
        if outcome.voucher is not None:
            self.state[id] = State.DRAFT

    @rule(target=ids, id=ids, dated=DAYS)
    def reverse(self, id: int, dated: date) -> Any:
        """A red voucher, prepared only: another may be posted before it."""
        right = (
            self.state[id] is State.POSTED
            and not self.is_red(id)
            and id not in self.cancelled
            and not self.has_red_draft(id)
            and dated >= self.draft[id].date
            and dated.year * 100 + dated.month not in self.closed
        )
        try:
            red = vouchers.reverse(self.db, book=BOOK, voucher=id, dated=dated, by=ACCOUNTANT, on=ON, at=AT)
        except Refusal:
            assert not right
            return multiple()
        assert right
        return self.know(Outcome(voucher=red), vouchers.draft_of(red), ACCOUNTANT)

    @rule(month=st.sampled_from(MONTHS))
    def close(self, month: int) -> None:
        unposted = {State.DRAFT, State.REVIEWED}
        right = (
            month not in self.closed
            and all(before in self.closed for before in MONTHS if before < month)
            and not any(self.period(id) <= month for id, s in self.state.items() if s in unposted)
        )
        try:
            periods.close_month(
                self.db, book=BOOK, period=month, by=ACCOUNTANT, reviewed_by=REVIEWER, on=ON, at=AT
            )
        except Refusal:
            assert not right
        else:
            assert right
            self.closed[month] = ACCOUNTANT

    @precondition(lambda self: len(self.closed) < len(MONTHS))
    @rule()
    def clear_and_close(self) -> None:
        """What still waits in the month in hand is withdrawn, and the month is closed."""
        month = next(month for month in MONTHS if month not in self.closed)
        for id, state in tuple(self.state.items()):
            if self.period(id) <= month and state is State.REVIEWED:
                self.send_back(id)
            if self.period(id) <= month and state in {State.DRAFT, State.REVIEWED}:
                self.withdraw(id)
        self.close(month)

    @precondition(lambda self: self.closed)
    @rule(month=st.sampled_from(MONTHS), by=st.sampled_from((ACCOUNTANT, REVIEWER)))
    def open_again(self, month: int, by: int) -> None:
        later_posted = any(self.period(id) > month for id, s in self.state.items() if s is State.POSTED)
        right = self.closed.get(month) not in {None, by} and month == max(self.closed) and not later_posted
        try:
            periods.reopen_month(self.db, book=BOOK, period=month, by=by, reason="漏记一笔", on=ON, at=AT)
        except Refusal:
            assert not right
        else:
            assert right
            del self.closed[month]

    # What must always be so

    @invariant()
    def numbers_run_on(self) -> None:
        used = queries.used_numbers(self.db, book=BOOK)
        assert {word: list(given) for (_, word), given in used.items()} == {
            word: list(range(1, last + 1)) for word, last in self.numbers.items() if last
        }

    @invariant()
    def balances_are_what_was_posted(self) -> None:
        kept = balances.kept(self.db, book=BOOK)
        found = {k: t.debit - t.credit for k, t in kept.items() if k[2] % 100 and t.debit != t.credit}
        assert found == {key: amount for key, amount in self.moved.items() if amount}

    @invariant()
    def what_was_given_a_number_keeps_it(self) -> None:
        kept = queries.vouchers(self.db, book=BOOK, ids=self.numbered)
        assert {id: (v.word, v.number) for id, v in kept.items()} == self.numbered


def test_whatever_two_people_do_the_book_holds(furnished: Engine) -> None:
    class Here(Doings):
        engine = furnished

    run_state_machine_as_test(
        Here,
        settings=settings(max_examples=EXAMPLES // 4, stateful_step_count=30),
    )
