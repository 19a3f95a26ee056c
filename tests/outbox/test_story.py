"""清水合作社 pays the collective of 清水村 its dividend of 5 682.37: both books say so, each once, whatever the bank says
later, whoever undoes what, and however often it is delivered."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine, text

from coop.closing import actions as closing
from coop.income import queries as income
from coop.landings import actions as landings
from coop.landings.queries import internal_amounts
from coop.members import actions as members
from coop.monthly_reports import queries as reports
from coop.snapshots import actions as snapshots
from ledger.books import actions as books
from ledger.evidence import actions as evidence
from ledger.evidence.rules import described
from ledger.outbox import actions
from ledger.outbox import queries as outbox
from ledger.outbox.rules import claim_of
from ledger.vouchers import actions as vouchers
from ledger.vouchers import queries as known
from payouts.policies import actions as policies
from payouts.proof import queries as proofs
from payouts.runs import actions as runs
from payouts.runs.rules import RunName, name_of
from payouts.township_policies import actions as township_policies
from schemas.batches import Batch, Channel
from schemas.evidence import NewAttachment
from schemas.income import Component, Measure, Recognised, VillageYear
from schemas.members import CollectiveMember
from schemas.monthly_reports import ReportDue
from schemas.outbox import Crossing, Effect, Landing, Turn
from schemas.policies import PolicyKind
from schemas.problems import Refusal
from schemas.runs import RunKind
from schemas.snapshots import IncomePolicy
from schemas.snapshots import Landing as LandingDay
from schemas.units import VoucherId
from schemas.vouchers import NewDraft, Origin, State, Step, Voucher, VoucherDraft, VoucherLine
from tests.batches.small import (
    BOOK,
    LATER,
    OUT,
    RUN,
    SAID,
    all_paid,
    answers,
    furnish,
    make,
    send,
    sent,
    take,
)
from tests.builders import ACCOUNTANT, CASHIER, REVIEWER, a_database, behind_the_service, post, rolled_back
from tests.runs.years import at, book_called, settled
from tests.runs.years import posted as run_posted
from web import boards
from web.exports.income_analysis import sheets_of

if TYPE_CHECKING:
    from tests.conftest import Databases

VILLAGE = "450000101200"
TOWNSHIP = VILLAGE[:9]
SHARE = 568_237
SERVICE = 3
"""Somebody else than its accountant and reviewer; at the doors it is the service."""


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def delivered(db: Connection, *, on: date = LATER) -> tuple[Landing, ...]:
    """Everything that waits, landed."""
    found = [
        landings.land(db, item, called="清水合作社", by=SERVICE, on=on, at=at(on))
        for item in outbox.waiting(db)
    ]
    return tuple(one for one in found if one is not None)


def the(db: Connection, id: VoucherId) -> Voucher:
    found = known.voucher(db, book=VILLAGE, id=id)
    assert found is not None
    return found


def lines(voucher: Voucher) -> list[tuple[str, str, int, int]]:
    return [(line.account, line.detail, line.debit, line.credit) for line in voucher.lines]


def step(db: Connection, verb: str, id: VoucherId, *, on: date = LATER) -> None:
    """The collective's own people at work."""
    steps = [Step(voucher=id)]
    if verb == "review":
        vouchers.one(vouchers.review_many(db, steps, book=VILLAGE, by=REVIEWER, on=on, at=at(on)))
    elif verb == "post":
        vouchers.one(vouchers.post_many(db, steps, book=VILLAGE, by=ACCOUNTANT, on=on, at=at(on)))
    elif verb == "sign":
        vouchers.sign_as_cashier(db, [id], book=VILLAGE, by=CASHIER, at=at(on))
    else:
        vouchers.withdraw_many(db, steps, book=VILLAGE, by=ACCOUNTANT, at=at(on), reason="重复", atomic=True)


def posted(db: Connection, id: VoucherId) -> Voucher:
    step(db, "review", id)
    step(db, "post", id)
    return the(db, id)


def faults(db: Connection) -> list[str]:
    """What the proofs of both books say."""
    return [
        problem.code
        for name in ("清水合作社", "清水村")
        for problem in proofs.prove(db, book=book_called(db, name)).problems
        if problem.code not in {"gap_is_known", "investment_should_equal_holding"}
    ]


def paid(db: Connection) -> Batch:
    """Everybody paid on 14 February, the collective among them."""
    batch = sent(db)
    take(db, batch, all_paid(batch))
    return batch


def came_back(db: Connection, batch: Batch, *, on: date = LATER) -> None:
    """The bank says later that the collective's line came back after all."""
    take(db, batch, answers(db, batch, {1: "account"}, on=on), on=on)


def test_a_dividend_lands_once_as_a_draft_of_the_day_of_payment(db: Connection) -> None:
    paid(db)
    assert faults(db) == [], "that it waits is no fault"
    (landing,) = delivered(db)
    assert delivered(db) == ()
    draft = the(db, landing.voucher)
    assert (draft.state, draft.origin, draft.date, draft.prepared_by) == (
        State.DRAFT,
        Origin.LANDING,
        SAID,
        SERVICE,
    )
    assert lines(draft) == [("102", "", SHARE, 0), ("502", "清水合作社", 0, SHARE)]
    assert draft.lines[0].summary == "清水合作社2025年度盈余分配"
    assert faults(db) == []
    (crossed,) = outbox.crossed_to(db, book=VILLAGE)
    assert (crossed.follows.book, crossed.follows.state) == (BOOK, State.POSTED)
    assert outbox.crossed_from(db, book=BOOK) == (crossed,)
    assert outbox.crossed_from(db, book=BOOK, voucher=crossed.follows.id) == (crossed,)
    assert [one.voucher for one in outbox.waiting_drafts(db, books=[VILLAGE])[VILLAGE]] == [draft.id]
    posted(db, landing.voucher)
    assert faults(db) == []
    assert outbox.waiting_drafts(db, books=[VILLAGE]) == {}


@pytest.mark.parametrize(
    ("done", "effect", "state"),
    [
        ((), Effect.WITHDRAWN, State.WITHDRAWN),
        (("review",), Effect.WITHDRAWN, State.WITHDRAWN),
        (("withdraw",), Effect.NOTHING, State.WITHDRAWN),
        (("review", "post"), Effect.REVERSED, State.POSTED),
    ],
)
def test_what_comes_back_undoes_the_landing_once_and_paid_again_it_lands_again(
    db: Connection, done: tuple[str, ...], effect: Effect, state: State
) -> None:
    batch = paid(db)
    (first,) = delivered(db)
    for verb in done:
        step(db, verb, first.voucher)
    came_back(db, batch)
    (back,) = delivered(db)
    assert (back.effect, the(db, first.voucher).state, delivered(db)) == (effect, state, ())
    if effect is Effect.REVERSED:
        red = the(db, back.voucher)
        assert (red.state, red.date, red.corrects and red.corrects.voucher) == (
            State.DRAFT,
            LATER,
            first.voucher,
        )
        assert lines(red) == [("102", "", -SHARE, 0), ("502", "清水合作社", 0, -SHARE)]
        posted(db, red.id)
    assert faults(db) == []
    again = sent(db, "Q0001", on=LATER)
    take(db, again, answers(db, again, {1: ""}, on=LATER), on=LATER)
    (second,) = delivered(db)
    assert lines(the(db, second.voucher)) == [("102", "", SHARE, 0), ("502", "清水合作社", 0, SHARE)]
    assert (the(db, second.voucher).date, faults(db)) == (LATER, [])


def test_what_comes_back_before_it_landed_lands_and_is_withdrawn_in_turn(db: Connection) -> None:
    came_back(db, paid(db))
    first, back = delivered(db)
    assert (first.effect, back.effect, first.voucher) == (Effect.DRAFTED, Effect.WITHDRAWN, back.voucher)
    assert faults(db) == []


def test_an_item_never_overtakes_what_it_speaks_of(db: Connection) -> None:
    came_back(db, paid(db))
    _, back = outbox.waiting(db)
    with pytest.raises(Refusal, match="has not landed yet"):
        landings.land(db, back, called="清水合作社", by=SERVICE, on=LATER, at=at(LATER))


def test_a_signed_voucher_is_not_withdrawn_until_it_is_posted(db: Connection) -> None:
    batch = paid(db)
    (first,) = delivered(db)
    step(db, "review", first.voucher)
    step(db, "sign", first.voucher)
    came_back(db, batch)
    (back,) = outbox.waiting(db)
    with pytest.raises(Refusal, match="cashier has signed"):
        landings.land(db, back, called="清水合作社", by=SERVICE, on=LATER, at=at(LATER))
    step(db, "post", first.voucher)
    assert [one.effect for one in delivered(db)] == [Effect.REVERSED]


def test_what_went_back_of_a_year_that_is_over_is_owed_and_paid_again_settles_that(db: Connection) -> None:
    batch = paid(db)
    (first,) = delivered(db)
    posted(db, first.voucher)
    next_year = date(2027, 1, 5)
    came_back(db, batch, on=next_year)
    (back,) = delivered(db, on=next_year)
    assert back.effect is Effect.OWED
    owed = the(db, back.voucher)
    assert (owed.state, lines(owed)) == (
        State.SKETCH,  # 2027 is not begun before 2025 is sealed
        [("112", "清水合作社", SHARE, 0), ("102", "", 0, SHARE)],
    )
    again = sent(db, "Q0001", on=next_year)
    take(db, again, answers(db, again, {1: ""}, on=next_year), on=next_year)
    (second,) = delivered(db, on=next_year)
    settles = [("102", "", SHARE, 0), ("112", "清水合作社", 0, SHARE)]
    assert lines(the(db, second.voucher)) == settles
    later = date(2027, 1, 20)
    came_back(db, again, on=later)
    third = sent(db, "Q0001", on=later)
    take(db, third, answers(db, third, {1: ""}, on=later), on=later)
    withdrawn, last = delivered(db, on=later)
    assert withdrawn.effect is Effect.WITHDRAWN
    assert lines(the(db, last.voucher)) == settles, "it is owed still, and no income of another year"
    assert faults(db) == []


def test_in_a_closed_month_it_is_dated_today_and_what_is_to_be_chosen_is_a_sketch(db: Connection) -> None:
    settled(db, VILLAGE, 2025)
    for month in (202601, 202602):
        closing.close_month(
            db, book=VILLAGE, period=month, by=ACCOUNTANT, reviewed_by=REVIEWER, on=LATER, at=at(LATER)
        )
    books.set_account_open(db, book=VILLAGE, code="502", is_open=False, by=ACCOUNTANT, at=at(LATER))
    paid(db)
    march = date(2026, 3, 3)
    (landing,) = delivered(db, on=march)
    sketch = the(db, landing.voucher)
    assert (sketch.state, sketch.date) == (State.SKETCH, march)
    check = outbox.landings_check(db, book=book_called(db, "清水村"), until=march)
    assert ([one.code for one in check.problems], check.stops) == (["landing_should_be_completed"], False)
    assert lines(sketch) == [("102", "", SHARE, 0), ("502", "清水合作社", 0, SHARE)]


def test_cash_comes_to_the_cash_box(db: Connection) -> None:
    batch = sent_in_cash(db)
    take(db, batch, all_paid(batch))
    (landing,) = delivered(db)
    assert lines(the(db, landing.voucher))[0] == ("101", "", SHARE, 0)


def sent_in_cash(db: Connection) -> Batch:
    post(db, "2026-02-12 提取现金 | 101 6000 | cr 102 6000", book=BOOK)
    return send(db, make(db, "Q0001", channel=Channel.CASH, form="", account="101"))


def test_a_collective_without_a_book_here_hears_of_nothing_and_both_proofs_agree(db: Connection) -> None:
    """Its openings have the money when its book is opened one day."""
    other = Crossing(
        target="450000999999",
        about=f"{BOOK}.dividend.2025.1/Q0099",
        kind="dividend",
        turn=Turn.COMES,
        day=SAID,
        amount=100,
        debit="102",
        credit="502",
        summary="清水合作社2025年度盈余分配",
        voucher=1,
    )
    (item,) = actions.send_many(db, [other], book=BOOK, by=ACCOUNTANT, at=at(LATER))
    assert (item.kept_here, outbox.waiting(db)) == (False, ())


def test_of_what_was_paid_before_a_member_was_known_as_a_collective_nothing_had_to_go_out(
    db: Connection,
) -> None:
    """Q0002 is found to be a collective after its dividend was paid: the payment stays what it was, the next one lands."""
    batch = paid(db)
    delivered(db)
    link = CollectiveMember(member="Q0002", village="450000101201")
    late = date(2026, 2, 25)
    members.link_collectives(db, [link], book=BOOK, by=ACCOUNTANT, at=at(late))
    assert faults(db) == []
    take(db, batch, answers(db, batch, {2: "account"}, on=late), on=late)
    again = sent(db, "Q0002", on=late)
    take(db, again, answers(db, again, {1: ""}, on=late), on=late)
    assert [one.crossing.turn for one in outbox.sent(db, book=BOOK)] == [Turn.COMES, Turn.COMES]
    assert faults(db) == []


def test_internal_income_counts_as_the_village_s_own_does(db: Connection) -> None:
    def internal(
        within: str, *, as_of: date = LATER, scans_only: bool = False
    ) -> Mapping[tuple[str, int, str], Recognised]:
        return internal_amounts(db, within=within, year=2026, as_of=as_of, scans_only=scans_only)

    batch = paid(db)
    (landing,) = delivered(db)
    assert internal(TOWNSHIP) == {}, "a draft is no income yet"
    posted(db, landing.voucher)
    bare = {(VILLAGE, 202602, "502"): Recognised(not_counted=SHARE)}
    assert internal(TOWNSHIP) == bare, "without evidence it does not count"
    whole = income.board(db, within=TOWNSHIP, month=202602, as_of=LATER, scans_only=False).whole
    assert (whole.unproved, whole.internal) == (0, 0), "and is no income of the place the township waits for"
    frozen = date(2026, 3, 2)
    snapshots.freeze(db, [202602], township=TOWNSHIP, by=ACCOUNTANT, on=frozen, at=at(frozen))
    scan = described(b"%PDF-1.7 advice", name="付款通知.pdf")
    new = NewAttachment(voucher=landing.voucher, file=scan)
    evidence.attach(db, new, book=VILLAGE, by=ACCOUNTANT, at=at(date(2026, 3, 3)))
    due, made = ReportDue(place=TOWNSHIP, month=202602), date(2026, 3, 9)
    said = reports.content(db, due, on=made, at=at(made)).internal
    assert said == {TOWNSHIP: {Component.INVESTMENT_INCOME: Recognised(not_counted=SHARE)}}, "as frozen"
    march, expected = date(2026, 3, 3), {(VILLAGE, 202602, "502"): Recognised(counted=SHARE)}
    assert internal(TOWNSHIP) == bare
    assert internal(TOWNSHIP, as_of=march) == internal("45", as_of=march, scans_only=True) == expected
    for place in ("45", TOWNSHIP):
        board = income.board(db, within=place, month=202602, as_of=march, scans_only=False)
        (village,) = (one for one in board.villages if one.village == VILLAGE)
        own = village.counted[Measure.GROSS_OPERATING]
        others = sum(one.counted[Measure.GROSS_OPERATING] for one in board.villages) - own
        assert {board.whole.internal, *(one.internal for one in board.below)} == {SHARE}
        assert board.whole.counted[Measure.GROSS_OPERATING] == own + others - SHARE
    assert internal("450000101201", as_of=march) == {}, "the cooperative lies in another village"
    year = boards.place_in_year(db, place="45", year=2026, as_of=march)
    february = {2: {Component.INVESTMENT_INCOME: Recognised(counted=SHARE)}}
    assert year.internal == {VILLAGE: VillageYear(village=VILLAGE, year=2026, months=february)}
    assert year.internal_of_township == year.internal, "both lie in one township"
    (totals, *_) = sheets_of(year, {}, locale="zh_CN")
    assert totals.rows[-1][-2] == sum(one.income for one in year.board.villages) - SHARE
    came_back(db, batch)
    (back,) = delivered(db)
    posted(db, back.voucher)
    assert internal(TOWNSHIP, as_of=march) == {}


RESOLVED = date(2026, 2, 12)


def resolved_run(db: Connection) -> RunName:
    """The dividend made again where the township books it on the day of the resolution."""
    resolved, township = RESOLVED, TOWNSHIP
    policy = IncomePolicy(year=2026, landing=LandingDay.DAY_OF_RESOLUTION, resolution="清政发〔2026〕1号")
    version = township_policies.record_income(db, policy, township=township, by=ACCOUNTANT, at=at(resolved))
    paper = described(b"%PDF-1.7 policy", name="收入办法.pdf")
    kind = PolicyKind.INCOME
    policies.attach_paper(
        db, paper, book=township, kind=kind, year=2026, version=version, by=ACCOUNTANT, at=at(resolved)
    )
    policies.approve(
        db,
        book=township,
        kind=kind,
        year=2026,
        version=version,
        resolution=policy.resolution,
        sha256=paper.sha256,
        by=REVIEWER,
        on=resolved,
        at=at(resolved),
    )
    runs.revert(db, RUN, by=CASHIER, on=resolved, at=at(resolved), reason="重做")
    assert outbox.waiting(db) == (), "of the first round nobody had a claim"
    run = run_posted(db, BOOK, RunKind.DIVIDEND, 2025)
    name = name_of(run.id)
    assert name is not None
    return name


def claimed(db: Connection) -> tuple[RunName, Landing]:
    """That dividend, and the claim that landed of it."""
    name = resolved_run(db)
    (claim,) = delivered(db)
    assert (claim.kind, the(db, claim.voucher).date) == ("declared", RESOLVED)
    assert lines(the(db, claim.voucher)) == [("112", "清水合作社", SHARE, 0), ("502", "清水合作社", 0, SHARE)]
    return name, claim


def paid_by(db: Connection, name: RunName) -> Batch:
    """The collective's part of a run, paid."""
    batch = send(db, make(db, "Q0001", name=name))
    take(db, batch, all_paid(batch))
    return batch


SETTLES = [("102", "", SHARE, 0), ("112", "清水合作社", 0, SHARE)]
EARNS = [("102", "", SHARE, 0), ("502", "清水合作社", 0, SHARE)]


@pytest.mark.parametrize("is_paid", [True, False])
def test_a_township_may_book_the_claim_on_the_day_of_the_resolution_and_payment_settles_it(
    db: Connection, is_paid: bool
) -> None:
    """The claim lands as 112 to 502 when the dividend is posted, the payment as 102 to 112; taken back before anything is
    paid, the claim goes back too."""
    name, claim = claimed(db)
    if is_paid:
        paid_by(db, name)
        (landing,) = delivered(db)
        assert lines(the(db, landing.voucher)) == SETTLES
    else:
        runs.revert(db, name, by=CASHIER, on=LATER, at=at(LATER), reason="重做")
        (back,) = delivered(db)
        assert (back.effect, back.voucher) == (Effect.WITHDRAWN, claim.voucher)
    assert faults(db) == []


@pytest.mark.parametrize("dropped", ["withdrawn", "cancelled", "to be cancelled"])
def test_paid_of_a_claim_its_collective_dropped_is_the_income_nobody_booked(
    db: Connection, dropped: str
) -> None:
    """Withdrawn, or cancelled by a red voucher, the claim booked no 502: the payment is 102 to 502, as where there is no
    claim (RULES §8); settling 112 would leave the income out for ever. Come back it is undone as any payment is."""
    name, claim = claimed(db)
    if dropped == "withdrawn":
        step(db, "withdraw", claim.voucher)
    else:
        posted(db, claim.voucher)
        red = vouchers.reverse(
            db, book=VILLAGE, voucher=claim.voucher, dated=OUT, by=ACCOUNTANT, on=OUT, at=at(OUT)
        )
        if dropped == "cancelled":
            posted(db, red.id)
    batch = paid_by(db, name)
    (landing,) = delivered(db)
    assert lines(the(db, landing.voucher)) == EARNS
    assert faults(db) == []
    came_back(db, batch)
    assert [one.effect for one in delivered(db)] == [Effect.WITHDRAWN]
    again = send(db, make(db, "Q0001", name=name, on=LATER), on=LATER)
    take(db, again, answers(db, again, {1: ""}, on=LATER), on=LATER)
    (second,) = delivered(db)
    assert lines(the(db, second.voucher)) == EARNS
    assert faults(db) == []


def test_a_claim_dropped_after_its_payment_landed_is_a_finding_with_its_remedy(db: Connection) -> None:
    name, claim = claimed(db)
    paid_by(db, name)
    (landing,) = delivered(db)
    step(db, "withdraw", claim.voucher)
    village = book_called(db, "清水村")
    assert faults(db) == ["claim_should_stand"]
    check = outbox.landings_check(db, book=village, until=LATER)
    (problem,) = check.problems
    assert str(problem) == (
        f"/vouchers/{landing.voucher}: Voucher #{landing.voucher} settles 5682.37 of a claim that was withdrawn or "
        f"cancelled (#{claim.voucher}): nobody booked the income. Credit 502 there in place of 112; if it is posted, cancel "
        "it by a red voucher and book it anew."
    )
    assert not check.stops
    right = NewDraft(
        draft=VoucherDraft(
            date=SAID,
            lines=(
                VoucherLine(summary="分红", account="102", debit=SHARE),
                VoucherLine(summary="分红", account="502", detail="清水合作社", credit=SHARE),
            ),
        ),
        id=landing.voucher,
        version=the(db, landing.voucher).version,
    )
    vouchers.one(vouchers.draft_many(db, [right], book=VILLAGE, by=ACCOUNTANT, on=LATER, at=at(LATER)))
    assert faults(db) == []
    check = outbox.landings_check(db, book=village, until=LATER)
    assert check.problems == ()


def test_a_payment_never_overtakes_its_claim(db: Connection) -> None:
    paid_by(db, resolved_run(db))
    claim, payment = outbox.waiting(db)
    assert (claim.crossing.kind, payment.after) == ("declared", None)
    with pytest.raises(Refusal, match="has not landed yet"):
        landings.land(db, payment, called="清水合作社", by=SERVICE, on=LATER, at=at(LATER))


def test_a_claim_that_never_went_out_or_should_not_have_is_found(engine: Engine) -> None:
    with behind_the_service(engine) as db:
        name = resolved_run(db)
        assert faults(db) == []
        of_another = Crossing(
            target=VILLAGE,
            about=claim_of(f"{name}/Q0002"),
            kind="declared",
            turn=Turn.COMES,
            day=OUT,
            amount=100,
            debit="112",
            credit="502",
            summary="应收",
            voucher=1,
        )
        (item,) = actions.send_many(db, [of_another], book=BOOK, by=ACCOUNTANT, at=at(OUT))
        assert faults(db) == ["payment_must_have_gone_out"]
        for seq in (item.seq, item.seq - 1):
            db.execute(text("DELETE FROM outgoing WHERE seq = :seq"), {"seq": seq})
        found = faults(db)
        assert found.count("payment_must_have_gone_out") == 1
        assert set(found) == {"payment_must_have_gone_out", "sealed_fact_must_be_there"}
