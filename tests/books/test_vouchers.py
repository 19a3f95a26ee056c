"""Vouchers in a book: prepared, reviewed by another, posted for ever; who comes twice, too late or with an old
version is told so, and nothing a refusal touched is left behind."""

from collections.abc import Callable, Iterator, Mapping

import pytest
from sqlalchemy import Connection, Engine, MetaData

import migrations
from ledger.balances import queries as balances
from ledger.books import actions as books
from ledger.log import queries as log
from ledger.money import yuan
from ledger.vouchers import actions as vouchers
from ledger.vouchers import queries
from schemas.problems import Refusal, RefusalKind
from schemas.vouchers import (
    Correction,
    CorrectionKind,
    MadeVoucher,
    NewDraft,
    Origin,
    Outcome,
    State,
    Step,
    Voucher,
    VoucherDraft,
    Word,
)
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    CASHIER,
    ON,
    REVIEWER,
    a_book,
    a_database,
    a_draft,
    close,
    codes,
    drafted,
    post,
    posted,
    record,
    refused,
    reversed_,
    review,
    reviewed,
    rolled_back,
)
from tests.conftest import Databases

INTEREST = "2025-03-21 银行存款利息 | 102 49.11 | 524 -49.11"
POWER = "2025-03-22 付电费 | 523/电费 860 | cr 102 860"


@pytest.fixture(scope="module")
def furnished(databases: Databases, db_kind: str) -> Iterator[Engine]:
    def furnish(db: Connection) -> None:
        a_book(db, parties="M0001 M0002 C001 电费 饲料", openings="102 1000 | cr 301/M0001 1000")

    with a_database(databases, db_kind, furnish) as engine:
        yield engine


@pytest.fixture
def book(furnished: Engine) -> Iterator[Connection]:
    """A connection to an open book; what the test does is rolled back."""
    with rolled_back(furnished) as db:
        yield db


def everything(db: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table of the ledger."""
    tables: MetaData = migrations.metadata()
    return {
        name: sorted(tuple(row) for row in db.execute(table.select()))
        for name, table in tables.tables.items()
        if not name.startswith("alembic")
    }


def draft(db: Connection, *new: NewDraft, atomic: bool = False) -> tuple[Outcome, ...]:
    return vouchers.draft_many(db, new, book=BOOK, by=ACCOUNTANT, on=ON, at=AT, atomic=atomic)


def do_post(db: Connection, *steps: Step, atomic: bool = False) -> tuple[Outcome, ...]:
    return vouchers.post_many(db, steps, book=BOOK, by=ACCOUNTANT, on=ON, at=AT, atomic=atomic)


def do_review(db: Connection, *steps: Step, by: int = REVIEWER) -> tuple[Outcome, ...]:
    return vouchers.review_many(db, steps, book=BOOK, by=by, on=ON, at=AT)


def withdraw(db: Connection, *steps: Step) -> tuple[Outcome, ...]:
    return vouchers.withdraw_many(db, steps, book=BOOK, by=ACCOUNTANT, at=AT, reason="重复")


def send_back(db: Connection, *steps: Step) -> tuple[Outcome, ...]:
    return vouchers.send_back_many(db, steps, book=BOOK, by=REVIEWER, at=AT, reason="缺附件")


ACTS: Mapping[str, Callable[[Connection, Step], tuple[Outcome, ...]]] = {
    "draft": lambda db, step: draft(
        db, NewDraft(draft=a_draft(INTEREST), id=step.voucher, version=step.version)
    ),
    "review": do_review,
    "post": do_post,
    "withdraw": withdraw,
    "send_back": send_back,
}
"""Every act on one voucher."""


# One voucher's way


def test_a_voucher_goes_from_draft_to_posted_and_comes_back_as_it_was_written(book: Connection) -> None:
    made = post(book, INTEREST)
    assert (made.state, made.word, made.number, made.period) == (State.POSTED, Word.GENERAL, 1, 202503)
    assert (made.prepared_by, made.reviewed_by, made.posted_by) == (ACCOUNTANT, REVIEWER, ACCOUNTANT)
    assert made.lines == a_draft(INTEREST).lines
    assert queries.voucher(book, book=BOOK, id=made.id) == made
    assert queries.voucher_numbered(book, book=BOOK, year=2025, word=Word.GENERAL, number=1) == made


def test_every_step_is_logged_with_who_and_what_became_of_it(book: Connection) -> None:
    made = post(book, INTEREST)
    entries = [entry for entry in log.entries(book, book=BOOK) if entry.subject == f"voucher:{made.id}"]
    assert [(entry.act, entry.by, entry.before, entry.after) for entry in entries] == [
        ("voucher.draft", ACCOUNTANT, "", "draft 2025-03-21 0.00"),
        ("voucher.review", REVIEWER, "draft", "reviewed"),
        ("voucher.post", ACCOUNTANT, "", "记-0001"),
    ]


def test_a_sketch_is_kept_without_being_judged_and_finished_later(book: Connection) -> None:
    unfinished = VoucherDraft(date=a_draft(INTEREST).date, lines=())
    sketch = vouchers.one(draft(book, NewDraft(draft=unfinished, finished=False)))
    assert sketch.state is State.SKETCH
    assert codes(do_review(book, Step(voucher=sketch.id))[0].problems) == ["voucher_must_be_in_state"]
    finished = vouchers.one(draft(book, NewDraft(draft=a_draft(INTEREST), id=sketch.id, version=1)))
    assert (finished.id, finished.state, finished.version) == (sketch.id, State.DRAFT, 2)


def test_who_changes_a_draft_becomes_its_preparer_and_may_not_review_it(book: Connection) -> None:
    old = drafted(book, INTEREST)
    new = NewDraft(draft=a_draft(POWER), id=old.id, version=old.version)
    vouchers.draft_many(book, [new], book=BOOK, by=REVIEWER, on=ON, at=AT)
    assert codes(do_review(book, Step(voucher=old.id))[0].problems) == ["reviewer_must_differ_from_preparer"]
    assert do_review(book, Step(voucher=old.id), by=ACCOUNTANT)[0].problems == ()


def test_what_was_sent_back_is_changed_and_reviewed_again(book: Connection) -> None:
    voucher = reviewed(book, INTEREST)
    (back,) = send_back(book, Step(voucher=voucher.id))
    assert back.voucher is not None
    assert (back.voucher.state, back.voucher.reviewed_by) == (State.DRAFT, None)
    vouchers.one(draft(book, NewDraft(draft=a_draft(POWER), id=voucher.id)))
    assert posted(book, review(book, voucher)).lines == a_draft(POWER).lines


def test_what_was_withdrawn_stays_and_takes_no_number(book: Connection) -> None:
    unused = drafted(book, INTEREST)
    withdraw(book, Step(voucher=unused.id))
    assert post(book, POWER).number == 1
    kept = queries.voucher(book, book=BOOK, id=unused.id)
    assert kept is not None
    assert (kept.state, kept.number) == (State.WITHDRAWN, None)


@pytest.mark.parametrize(
    ("state", "refusing"),
    [
        (State.SKETCH, "review post send_back"),
        (State.DRAFT, "post send_back"),
        (State.REVIEWED, "draft review withdraw"),
        (State.POSTED, "draft review post withdraw send_back"),
        (State.WITHDRAWN, "draft review post withdraw send_back"),
    ],
)
def test_each_act_needs_its_state(book: Connection, state: State, refusing: str) -> None:
    found = []
    for name, act in ACTS.items():
        savepoint = book.begin_nested()
        (outcome,) = act(book, Step(voucher=brought_to(book, state)))
        if codes(outcome.problems) == ["voucher_must_be_in_state"]:
            found.append(name)
        else:
            assert outcome.problems == ()
        savepoint.rollback()
    assert " ".join(found) == refusing


def brought_to(db: Connection, state: State) -> int:
    """The id of a voucher in this state."""
    if state is State.POSTED:
        return post(db, INTEREST).id
    if state is State.REVIEWED:
        return reviewed(db, INTEREST).id
    new = NewDraft(draft=a_draft(INTEREST), finished=state is not State.SKETCH)
    voucher = vouchers.one(draft(db, new))
    if state is State.WITHDRAWN:
        withdraw(db, Step(voucher=voucher.id))
    return voucher.id


@pytest.mark.parametrize("act", ["draft", "review", "post", "withdraw", "send_back"])
def test_what_is_not_there_and_what_was_changed_meanwhile_are_told_apart(book: Connection, act: str) -> None:
    ready = reviewed(book, INTEREST) if act in {"post", "send_back"} else drafted(book, INTEREST)
    before = everything(book)
    with pytest.raises(Refusal) as missing:
        vouchers.one(ACTS[act](book, Step(voucher=777)))
    assert (refused(missing.value), missing.value.kind) == (["voucher_must_exist"], RefusalKind.MISSING)
    with pytest.raises(Refusal) as stale:
        vouchers.one(ACTS[act](book, Step(voucher=ready.id, version=ready.version + 1)))
    assert (refused(stale.value), stale.value.kind) == (["version_must_be_current"], RefusalKind.STALE)
    assert everything(book) == before
    assert ACTS[act](book, Step(voucher=ready.id, version=ready.version))[0].problems == ()


def test_a_voucher_is_judged_again_at_review_and_at_posting(book: Connection) -> None:
    waiting, ready = drafted(book, POWER), reviewed(book, POWER)
    close_account(book, "523")
    assert codes(do_review(book, Step(voucher=waiting.id))[0].problems) == ["account_must_be_open"]
    assert codes(do_post(book, Step(voucher=ready.id))[0].problems) == ["account_must_be_open"]


def close_account(db: Connection, code: str) -> None:
    books.set_account_open(db, book=BOOK, code=code, is_open=False, by=ACCOUNTANT, at=AT)


# Many at once


def test_each_item_of_a_batch_has_its_own_outcome_in_order(book: Connection) -> None:
    good, bad = a_draft(INTEREST), a_draft("2025-03-21 错 | 523 5 | cr 102 4")
    outcomes = draft(book, NewDraft(draft=good), NewDraft(draft=bad), NewDraft(draft=good))
    assert [codes(outcome.problems) for outcome in outcomes] == [[], ["must_balance"], []]
    assert [outcome.voucher and outcome.voucher.id for outcome in outcomes] == [1, None, 2]


def test_an_atomic_batch_is_refused_as_a_whole_and_points_at_the_item(book: Connection) -> None:
    good, bad = a_draft(INTEREST), a_draft("2025-03-21 错 | 523 5 | cr 102 4")
    before = everything(book)
    with pytest.raises(Refusal) as refusal:
        draft(book, NewDraft(draft=good, key="a"), NewDraft(draft=bad, key="b"), atomic=True)
    assert [(p.pointer, p.code) for p in refusal.value.problems] == [("/1/lines", "must_balance")]
    assert everything(book) == before


def test_numbers_are_given_in_the_order_of_posting_by_word_and_year(book: Connection) -> None:
    ids = [
        reviewed(book, line, word=word).id
        for line, word in (
            (INTEREST, Word.RECEIPT),
            (POWER, Word.PAYMENT),
            (POWER, Word.PAYMENT),
            (POWER.replace("2025", "2026"), Word.PAYMENT),
            (INTEREST, Word.RECEIPT),
        )
    ]
    outcomes = do_post(book, *(Step(voucher=id) for id in reversed(ids)))
    shown = [(o.voucher.date.year, o.voucher.word.value, o.voucher.number) for o in outcomes if o.voucher]
    assert shown == [(2025, "收", 1), (2026, "付", 1), (2025, "付", 1), (2025, "付", 2), (2025, "收", 2)]


def test_a_bad_voucher_between_good_ones_takes_no_number(book: Connection) -> None:
    first, second = reviewed(book, INTEREST), reviewed(book, INTEREST)
    waiting = drafted(book, INTEREST)
    outcomes = do_post(
        book,
        Step(voucher=first.id),
        Step(voucher=waiting.id),
        Step(voucher=first.id),
        Step(voucher=second.id),
    )
    assert [o.voucher and o.voucher.number for o in outcomes] == [1, None, None, 2]
    assert [codes(o.problems) for o in outcomes][1:3] == [["voucher_must_be_in_state"]] * 2


def test_balances_move_with_the_posting_and_not_before(book: Connection) -> None:
    def bank() -> str:
        return yuan(balances.balance_of(book, book=BOOK, account="102", detail=None, until=202512))

    voucher = reviewed(book, INTEREST)
    assert bank() == "1000.00"
    posted(book, voucher)
    assert bank() == "1049.11"


# Same key, same effect


def test_the_same_key_answers_the_first_answer_again(book: Connection) -> None:
    new = NewDraft(draft=a_draft(INTEREST), key="k-1")
    first = draft(book, new)
    before = everything(book)
    again = draft(book, new)
    assert again[0].voucher == first[0].voucher
    assert (first[0].replayed, again[0].replayed) == (False, True)
    assert everything(book) == before


def test_a_key_answers_what_it_did_also_when_the_voucher_has_moved_on(book: Connection) -> None:
    ready = reviewed(book, INTEREST)
    step = Step(voucher=ready.id, version=ready.version, key="p-1")
    first = do_post(book, step)
    before = everything(book)
    assert do_post(book, step)[0].voucher == first[0].voucher
    assert everything(book) == before


@pytest.mark.parametrize("other", [POWER, INTEREST.replace("49.11", "49.12"), INTEREST.replace("21", "20")])
def test_the_same_key_with_another_body_is_refused(book: Connection, other: str) -> None:
    draft(book, NewDraft(draft=a_draft(INTEREST), key="k-1"))
    before = everything(book)
    (outcome,) = draft(book, NewDraft(draft=a_draft(other), key="k-1"))
    assert codes(outcome.problems) == ["key_must_mean_the_same"]
    assert everything(book) == before


def test_the_same_key_for_another_act_or_person_is_refused(book: Connection) -> None:
    voucher = drafted(book, INTEREST)
    step = Step(voucher=voucher.id, key="k-1")
    assert withdraw(book, step)[0].problems == ()
    assert codes(do_review(book, step)[0].problems) == ["key_must_mean_the_same"]
    (other,) = vouchers.withdraw_many(book, [step], book=BOOK, by=CASHIER, at=AT, reason="重复")
    assert codes(other.problems) == ["key_must_mean_the_same"]


def test_a_key_twice_in_one_batch_counts_once(book: Connection) -> None:
    new = NewDraft(draft=a_draft(INTEREST), key="k-1")
    other = NewDraft(draft=a_draft(POWER), key="k-1")
    outcomes = draft(book, new, new, other, NewDraft(draft=a_draft(POWER), key="k-2"))
    assert [o.voucher and o.voucher.id for o in outcomes] == [1, 1, None, 2]
    assert [o.replayed for o in outcomes] == [False, True, False, False]
    assert codes(outcomes[2].problems) == ["key_must_mean_the_same"]


def test_a_key_of_what_was_refused_may_be_tried_again(book: Connection) -> None:
    voucher = drafted(book, INTEREST)
    step = Step(voucher=voucher.id, key="p-1")
    assert codes(do_post(book, step, step)[0].problems) == ["voucher_must_be_in_state"]
    review(book, voucher)
    assert do_post(book, step)[0].problems == ()


def test_the_same_key_in_another_book_is_another_key(book: Connection) -> None:
    a_book(book, "village", name="河口村集体", standard="collective-2023")
    new = NewDraft(draft=a_draft("2025-03-21 取现 | 101 5 | cr 102 5"), key="k-1")
    draft(book, new)
    (other,) = vouchers.draft_many(book, [new], book="village", by=ACCOUNTANT, on=ON, at=AT)
    assert other.voucher is not None
    assert (other.voucher.book, other.replayed) == ("village", False)


# A dry run is the real run without its traces


def test_a_dry_run_answers_what_the_real_run_will_and_leaves_nothing(book: Connection) -> None:
    ready = reviewed(book, INTEREST)
    before = everything(book)
    savepoint = book.begin_nested()
    rehearsed = do_post(book, Step(voucher=ready.id, key="p-1"))
    savepoint.rollback()
    assert everything(book) == before
    assert do_post(book, Step(voucher=ready.id, key="p-1")) == rehearsed


# Correcting


def test_a_red_voucher_cancels_and_nets_to_zero(book: Connection) -> None:
    wrong = post(book, "2025-03-06 饲料入库 | 121/饲料 860 x4 | cr 211/C001 860")
    red = reversed_(book, wrong)
    assert red.lines[0].summary == "注销3月6日记-0001号凭证"
    assert red.corrects == Correction(kind=CorrectionKind.RED, voucher=wrong.id)
    kept = balances.kept(book, book=BOOK)
    moved = {key: t for key, t in kept.items() if key[2] == 202503}
    assert set(moved) == {("121", "饲料", 202503), ("211", "C001", 202503)}
    assert all((t.debit, t.credit, t.quantity_in, t.quantity_out) == (0, 0, 0, 0) for t in moved.values())


def test_a_voucher_has_one_red_draft_at_a_time(book: Connection) -> None:
    wrong = post(book, POWER)

    def cancel() -> Voucher:
        return vouchers.reverse(
            book, book=BOOK, voucher=wrong.id, dated=wrong.date, by=ACCOUNTANT, on=ON, at=AT
        )

    first = cancel()
    for state in (State.DRAFT, State.REVIEWED):
        with pytest.raises(Refusal) as refusal:
            cancel()
        assert (refused(refusal.value), refusal.value.kind) == (
            ["must_be_cancelled_by_one_draft"],
            RefusalKind.STATE,
        ), state
        assert refusal.value.problems[0].figures == {"voucher": "记-0001", "draft": str(first.id)}
        first = review(book, first) if state is State.DRAFT else first
    by_hand = [
        NewDraft(draft=vouchers.draft_of(first)),
        NewDraft(draft=vouchers.draft_of(first), finished=False),
    ]
    outcomes = vouchers.draft_many(book, by_hand, book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    assert [codes(one.problems) for one in outcomes] == [["must_be_cancelled_by_one_draft"], []]
    vouchers.send_back_many(book, [Step(voucher=first.id)], book=BOOK, by=REVIEWER, at=AT, reason="日期")
    again = NewDraft(draft=vouchers.draft_of(first), id=first.id)
    assert vouchers.one(
        vouchers.draft_many(book, [again], book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    ).corrects == Correction(kind=CorrectionKind.RED, voucher=wrong.id)
    withdraw(book, Step(voucher=first.id))
    assert cancel().state is State.DRAFT


def test_a_voucher_is_cancelled_once_at_most(book: Connection) -> None:
    wrong = post(book, POWER)
    red = review(
        book,
        vouchers.reverse(book, book=BOOK, voucher=wrong.id, dated=wrong.date, by=ACCOUNTANT, on=ON, at=AT),
    )
    record(book, "2025-03-22 red 1 注销3月22日记-0001号凭证 | 523/电费 -860 | cr 102 -860")
    (outcome,) = do_post(book, Step(voucher=red.id))
    assert codes(outcome.problems) == ["must_not_be_cancelled_twice"]


def test_a_red_voucher_is_asked_for_with_the_same_key_once(book: Connection) -> None:
    wrong = post(book, POWER)
    first, again = (
        vouchers.reverse(
            book, book=BOOK, voucher=wrong.id, dated=wrong.date, by=ACCOUNTANT, on=ON, at=AT, key="r-1"
        )
        for _ in range(2)
    )
    assert first == again


@pytest.mark.parametrize(
    ("state", "code", "kind"),
    [
        (State.REVIEWED, "corrected_voucher_must_be_posted", RefusalKind.STATE),
        (State.WITHDRAWN, "corrected_voucher_must_be_posted", RefusalKind.STATE),
        (None, "voucher_must_exist", RefusalKind.MISSING),
    ],
)
def test_only_a_posted_voucher_is_reversed(
    book: Connection, state: State | None, code: str, kind: RefusalKind
) -> None:
    voucher = 777 if state is None else brought_to(book, state)
    with pytest.raises(Refusal) as refusal:
        vouchers.reverse(
            book, book=BOOK, voucher=voucher, dated=a_draft(POWER).date, by=ACCOUNTANT, on=ON, at=AT
        )
    assert (refused(refusal.value), refusal.value.kind) == ([code], kind)


def test_blue_follows_red_in_one_batch_of_postings(book: Connection) -> None:
    wrong = post(book, POWER)
    reversed_(book, wrong)
    right = post(book, "2025-03-22 blue 1 订正3月22日记-0001号凭证 | 523/电费 816 | cr 102 816")
    assert (right.origin, right.number) == (Origin.CORRECTION, 3)


def test_a_voucher_of_a_register_is_undone_by_the_register_only(book: Connection) -> None:
    share = "2025-03-05 收到股金 | 102 500 | cr 301/M0002 500 contribution_increase"
    made = record(book, share, origin=Origin.REGISTER)
    with pytest.raises(Refusal) as refusal:
        reversed_(book, made)
    assert refused(refusal.value) == [
        "account_is_kept_by_its_register",
        "service_voucher_is_undone_by_its_act",
    ]


# What comes prepared and reviewed


def made(text: str, *, number: int | None = None, by: int = ACCOUNTANT) -> MadeVoucher:
    return MadeVoucher(
        draft=a_draft(text), origin=Origin.IMPORT, prepared_by=by, reviewed_by=REVIEWER, number=number
    )


def test_an_import_keeps_its_numbers_and_the_next_one_follows(book: Connection) -> None:
    vouchers.record_many(
        book, [made(INTEREST, number=7), made(POWER, number=3)], book=BOOK, by=ACCOUNTANT, on=ON, at=AT
    )
    assert post(book, POWER).number == 8


@pytest.mark.parametrize(
    ("items", "found"),
    [
        ([made(INTEREST, number=3), made(POWER, number=3)], [("/1/number", "number_must_be_free")]),
        ([made(INTEREST, number=1)], [("/0/number", "number_must_be_free")]),
        ([made(INTEREST, number=9, by=REVIEWER)], [("/0/reviewed_by", "reviewer_must_differ_from_preparer")]),
        ([made(INTEREST, number=9), made("2025-03-21 错 | 523 5 | cr 102 4", number=10)],
         [("/1/lines", "must_balance")]),
        ([made("2025-03-21 错 | 523 5 | cr 102 4", number=1)],
         [("/0/lines", "must_balance"), ("/0/number", "number_must_be_free")]),
    ],
)  # fmt: skip
def test_an_import_is_all_or_nothing(
    book: Connection, items: list[MadeVoucher], found: list[tuple[str, str]]
) -> None:
    record(book, POWER, number=1)
    before = everything(book)
    with pytest.raises(Refusal) as refusal:
        vouchers.record_many(book, items, book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    assert [(p.pointer, p.code) for p in refusal.value.problems] == found
    assert everything(book) == before


# The cashier


def test_the_cashier_signs_what_moves_money_once(book: Connection) -> None:
    power = post(book, POWER)
    feed = post(book, "2025-03-06 饲料入库 | 121/饲料 860 x4 | cr 211/C001 860")

    def sign(*ids: int) -> list[str]:
        with pytest.raises(Refusal) as refusal:
            vouchers.sign_as_cashier(book, ids, book=BOOK, by=CASHIER, at=AT)
        return refused(refusal.value)

    assert sign(feed.id) == ["cashier_signs_money_vouchers"]
    assert sign(777) == ["voucher_must_exist"]
    assert sign(power.id, power.id) == ["must_not_be_signed_twice"]
    assert vouchers.sign_as_cashier(book, [power.id], book=BOOK, by=CASHIER, at=AT) == (power.id,)
    assert sign(power.id) == ["must_not_be_signed_twice"]


def test_a_voucher_that_cannot_be_signed_is_missing_or_in_another_state(book: Connection) -> None:
    power = post(book, POWER)
    vouchers.sign_as_cashier(book, [power.id], book=BOOK, by=CASHIER, at=AT)
    for id, kind in ((777, RefusalKind.MISSING), (power.id, RefusalKind.STATE)):
        with pytest.raises(Refusal) as refusal:
            vouchers.sign_as_cashier(book, [id], book=BOOK, by=CASHIER, at=AT)
        assert (refusal.value.kind, refusal.value.problems[0].pointer) == (kind, "/voucher")


def test_the_cashier_signs_only_what_no_longer_changes(book: Connection) -> None:
    nowhere = VoucherDraft(date=a_draft(POWER).date, lines=a_draft(POWER.replace("102", "999")).lines)
    sketch = vouchers.one(draft(book, NewDraft(draft=nowhere, finished=False)))
    for id in (sketch.id, drafted(book, POWER).id, brought_to(book, State.WITHDRAWN)):
        with pytest.raises(Refusal) as refusal:
            vouchers.sign_as_cashier(book, [id], book=BOOK, by=CASHIER, at=AT)
        assert refused(refusal.value) == ["voucher_must_be_in_state"]


def test_what_the_cashier_has_signed_is_not_sent_back(book: Connection) -> None:
    ready = reviewed(book, POWER)
    vouchers.sign_as_cashier(book, [ready.id], book=BOOK, by=CASHIER, at=AT)
    assert codes(send_back(book, Step(voucher=ready.id))[0].problems) == ["signed_voucher_is_not_sent_back"]
    assert posted(book, ready).number == 1


# A sketch may be anything, but not point at nothing


def test_a_sketch_that_corrects_what_is_not_there_is_told_so(book: Connection) -> None:
    lost = VoucherDraft(
        date=a_draft(POWER).date, lines=(), corrects=Correction(kind=CorrectionKind.RED, voucher=777)
    )
    (outcome,) = draft(book, NewDraft(draft=lost, finished=False))
    assert codes(outcome.problems) == ["corrected_voucher_must_be_posted"]


def test_a_hand_changed_voucher_of_another_origin_becomes_hand_made(book: Connection) -> None:
    """Whoever rewrites a plan's draft answers for it; a correction that corrects nothing is none."""
    planned = vouchers.one(
        vouchers.draft_many(
            book,
            [NewDraft(draft=a_draft(POWER))],
            book=BOOK,
            by=ACCOUNTANT,
            on=ON,
            at=AT,
            origin=Origin.PLAN,
        )
    )
    changed = vouchers.one(draft(book, NewDraft(draft=a_draft(INTEREST), id=planned.id)))
    assert changed.origin is Origin.HAND


def test_nothing_is_posted_in_a_closed_month(book: Connection) -> None:
    early = reviewed(book, "2025-02-05 付电费 | 523/电费 8 | cr 102 8")
    close(book, 202501)
    posted(book, early)
    late = "2025-01-05 付电费 | 523/电费 8 | cr 102 8"
    with pytest.raises(Refusal) as refusal:
        drafted(book, late)
    assert refused(refusal.value) == ["period_must_be_open"]
