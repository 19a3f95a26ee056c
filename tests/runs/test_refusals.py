"""Every way a run is refused, and what is said then: the figures, the paper, the day, the step."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import msgspec
import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from coop.daybook import actions as daybook
from ledger.books import queries as books
from ledger.periods import actions as periods
from payouts.policies import actions as policy_actions
from payouts.policies import queries as policies
from payouts.proposals import queries as proposals
from payouts.runs import actions as runs
from payouts.runs import queries, rules
from payouts.runs.actions import Paper, Seen
from payouts.runs.rules import RunName
from schemas.evidence import EvidenceFile, MediaType
from schemas.policies import Basis, BasisKind, CharterPolicy, Leg
from schemas.problems import Refusal, RefusalKind
from schemas.runs import DividendInputs, Document, RunKind, RunState
from schemas.trade import Trade
from tests.builders import ACCOUNTANT, REVIEWER, a_database, a_house, rolled_back
from tests.handover import pack_of, take_in
from tests.runs.years import OFFICER, approved, at, on_notice, posted, settled, submitted

if TYPE_CHECKING:
    from tests.conftest import Databases

BOOK = "qingshuihezuoshe"
FIRST, LAST, OVER = date(2026, 2, 2), date(2026, 2, 11), date(2026, 2, 12)
NOBODY = 999


@pytest.fixture(scope="module")
def furnished(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    def furnish(db: Connection) -> None:
        a_house(db)
        take_in(db, pack_of("clean-small"))
        settled(db, BOOK, 2025)

    with a_database(databases, db_kind, furnish) as engine:
        yield engine


@pytest.fixture
def bare(furnished: Engine) -> Iterator[Connection]:
    """The year settled, nothing run."""
    with rolled_back(furnished) as db:
        yield db


@pytest.fixture
def db(bare: Connection) -> Connection:
    """The commission posted too."""
    posted(bare, BOOK, RunKind.COMMISSION, 2025)
    return bare


def new(db: Connection, kind: RunKind = RunKind.DIVIDEND, *, on: date = FIRST) -> None:
    """The accountant works a run out."""
    runs.new(db, book=BOOK, kind=kind, year=2025, by=ACCOUNTANT, on=on, at=at(on))


def paper(document: Document, sign: str = "b") -> Paper:
    """A scan of this kind."""
    return Paper(
        file=EvidenceFile(sha256=sign * 64, media_type=MediaType.PDF, size=1, name="签字.pdf"),
        document=document,
    )


def approve(
    db: Connection, name: RunName, *, by: int = OFFICER, on: date = OVER, digest: str | None = None
) -> None:
    """Somebody approves it."""
    runs.approve(db, name, by=by, on=on, at=at(on), seen=Seen(digest=digest))


def with_policy(db: Connection, change: Callable[[CharterPolicy], CharterPolicy]) -> None:
    """The year's plan in another version."""
    standing = policies.policy(db, book=BOOK, year=2025)
    assert standing is not None
    policy_actions.take_policy(db, change(standing), book=BOOK, by=ACCOUNTANT, at=at(FIRST))


def refusal(act: Callable[[], object]) -> Refusal:
    """What is said when it is refused."""
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value


def said(act: Callable[[], object]) -> list[tuple[str, str]]:
    """Code and sentence of everything that is wrong."""
    return [(one.code, one.says.format_map(one.figures)) for one in refusal(act).problems]


# The plan


def test_the_floor_missed_is_shown_with_both_figures(db: Connection) -> None:
    def less(policy: CharterPolicy) -> CharterPolicy:
        first, second, third = policy.legs
        return msgspec.structs.replace(
            policy,
            legs=(
                first,
                msgspec.structs.replace(second, part_bp=2_900),
                msgspec.structs.replace(third, part_bp=4_100),
            ),
        )

    with_policy(db, less)
    assert said(lambda: new(db)) == [
        (
            "floor_must_be_reached",
            "Refunds by trade come to 15335.81; the law asks for 15595.75, 60 % of 25992.91.",
        )
    ]


def test_legs_that_are_not_the_whole(db: Connection) -> None:
    with_policy(db, lambda policy: msgspec.structs.replace(policy, legs=policy.legs[:2]))
    assert ("legs_must_be_whole", "The legs of the plan come to 6000 basis points.") in said(lambda: new(db))


def test_a_leg_nobody_has_a_weight_in(db: Connection) -> None:
    def of_nothing(policy: CharterPolicy) -> CharterPolicy:
        leg = Leg(
            no=2,
            name="鲜草返还",
            part_bp=3_000,
            basis=Basis(kind=BasisKind.TRADE_QUANTITY, product="没有的产品"),
            patronage=True,
        )
        return msgspec.structs.replace(policy, legs=(policy.legs[0], leg, policy.legs[2]))

    with_policy(db, of_nothing)
    assert said(lambda: new(db)) == [
        ("leg_must_have_a_weight", "Leg 2 鲜草返还: nobody has a weight above 0 to share 7797.87 by.")
    ]


def test_more_than_line_16_has(db: Connection) -> None:
    with_policy(db, lambda policy: msgspec.structs.replace(policy, amount=2_599_292))
    assert said(lambda: new(db)) == [
        (
            "distributed_must_be_there",
            "The meeting resolved to distribute 25992.92; line 16 of the statement has 25992.91.",
        )
    ]


# The stage, the order of runs


def test_a_dividend_before_the_commission(bare: Connection) -> None:
    assert said(lambda: new(bare)) == [
        (
            "commission_must_be_accrued",
            "The commissions of 2025 are not posted; the surplus depends on them.",
        )
    ]


def test_a_stage_that_is_not_open_and_one_that_is_sealed(db: Connection) -> None:
    def of_next() -> None:
        runs.new(db, book=BOOK, kind=RunKind.COMMISSION, year=2026, by=ACCOUNTANT, on=FIRST, at=at(FIRST))

    assert [code for code, _ in said(of_next)] == ["stage_must_be_open"]
    name = approved(db, BOOK, RunKind.DIVIDEND, 2025)
    runs.post(db, name, by=ACCOUNTANT, on=OVER, at=at(OVER))
    commission = RunName(book=BOOK, kind=RunKind.COMMISSION, year=2025, round=1)
    refused = refusal(
        lambda: runs.revert(db, commission, by=OFFICER, on=OVER, at=at(OVER), reason="评分有误")
    )
    assert ([one.code for one in refused.problems], refused.kind) == (
        ["dividend_must_not_stand"],
        RefusalKind.STATE,
    )


def test_a_sealed_year_takes_no_run(db: Connection) -> None:
    periods.seal_year(
        db,
        book=BOOK,
        year=2025,
        by=ACCOUNTANT,
        reviewed_by=REVIEWER,
        resolution="2026社员大会第3号，不分配",
        on=FIRST,
        at=at(FIRST),
    )
    refused = refusal(lambda: new(db, on=OVER))
    assert ([one.code for one in refused.problems], refused.kind) == (
        ["stage_must_be_open"],
        RefusalKind.STATE,
    )


def test_a_weight_below_zero(db: Connection) -> None:
    book = books.book(db, id=BOOK)
    assert book is not None
    inputs = proposals.live_figures(db, book=book.id, kind=RunKind.DIVIDEND, year=2025).inputs
    assert isinstance(inputs, DividendInputs)
    taken_back = {**inputs.weights["2"], "Q0002": -100}
    below = msgspec.structs.replace(inputs, weights={**inputs.weights, "2": taken_back})
    assert said(lambda: rules.figures(below)) == [
        ("weight_must_not_be_below_zero", "Leg 2 交易额返还: member Q0002 has a weight of -100.")
    ]


def test_a_second_run(db: Connection) -> None:
    new(db)
    assert [code for code, _ in said(lambda: new(db))] == ["run_must_be_new"]


def test_a_year_without_a_policy(db: Connection) -> None:
    book = books.book(db, id=BOOK)
    assert book is not None
    refused = refusal(lambda: proposals.live_figures(db, book=book.id, kind=RunKind.DIVIDEND, year=2031))
    assert [one.code for one in refused.problems] == ["policy_must_be_there"]


# People, papers, days


def test_the_preparer_does_not_approve(db: Connection) -> None:
    name = on_notice(db, BOOK, RunKind.DIVIDEND, 2025)
    assert [code for code, _ in said(lambda: approve(db, name, by=ACCOUNTANT))] == ["approver_must_differ"]


def test_nor_does_the_database_let_him(db: Connection) -> None:
    on_notice(db, BOOK, RunKind.DIVIDEND, 2025)
    with pytest.raises(IntegrityError):
        db.execute(text("UPDATE run SET approved_by = prepared_by WHERE kind = 'dividend'"))


def test_somebody_unknown_does_not_approve(db: Connection) -> None:
    name = on_notice(db, BOOK, RunKind.DIVIDEND, 2025)
    refused = refusal(lambda: approve(db, name, by=NOBODY))
    assert [one.code for one in refused.problems] == ["approver_must_be_known"]


def test_no_resolution(db: Connection) -> None:
    with_policy(db, lambda policy: msgspec.structs.replace(policy, resolution=""))
    new(db)
    name = RunName(book=BOOK, kind=RunKind.DIVIDEND, year=2025, round=1)
    assert [
        code for code, _ in said(lambda: runs.submit(db, name, by=ACCOUNTANT, on=FIRST, at=at(FIRST)))
    ] == ["resolution_must_be_named"]


TIERS = (
    (RunKind.DIVIDEND, (), "A run of 25992.91 needs document.assembly; it is not attached."),
    (RunKind.DIVIDEND, (Document.CHAIR,), "A run of 25992.91 needs document.assembly; it is not attached."),
    (RunKind.DIVIDEND, (Document.COUNCIL,), "A run of 25992.91 needs document.assembly; it is not attached."),
    (RunKind.DIVIDEND, (Document.CHAIR, Document.ASSEMBLY), ""),
    (RunKind.COMMISSION, (), "A run of 3008.86 needs document.chair; it is not attached."),
    (RunKind.COMMISSION, (Document.CHAIR,), ""),
    (RunKind.COMMISSION, (Document.COUNCIL,), ""),
)


@pytest.mark.parametrize(("kind", "attached", "sentence"), TIERS)
def test_the_paper_an_amount_needs(
    bare: Connection, kind: RunKind, attached: tuple[Document, ...], sentence: str
) -> None:
    if kind is RunKind.DIVIDEND:
        posted(bare, BOOK, RunKind.COMMISSION, 2025)
    papers = [paper(document, sign) for document, sign in zip(attached, "bc", strict=False)]
    name = on_notice(bare, BOOK, kind, 2025, papers=papers)
    if sentence:
        assert said(lambda: approve(bare, name)) == [("document_must_be_attached", sentence)]
    else:
        approve(bare, name)


@pytest.mark.parametrize(
    ("total", "document"),
    [
        (0, Document.CHAIR),
        (500_000, Document.CHAIR),
        (500_001, Document.COUNCIL),
        (1_000_000, Document.COUNCIL),
        (1_000_001, Document.ASSEMBLY),
    ],
)
def test_the_tiers_of_the_default(db: Connection, total: int, document: Document) -> None:
    assert rules.needed(total, policies.procedure(db, book=BOOK, year=2025)) is document


def test_one_file_is_one_paper(db: Connection) -> None:
    name = submitted(db, BOOK, RunKind.DIVIDEND, 2025, papers=[paper(Document.CHAIR)])
    refused = refusal(lambda: runs.attach(db, name, [paper(Document.ASSEMBLY)], by=ACCOUNTANT, at=at(FIRST)))
    assert [one.code for one in refused.problems] == ["paper_must_be_one_document"]


@pytest.mark.parametrize("on", [FIRST, LAST])
def test_the_notice_is_not_over(db: Connection, on: date) -> None:
    name = on_notice(db, BOOK, RunKind.DIVIDEND, 2025)
    assert said(lambda: approve(db, name, on=on)) == [
        ("notice_must_be_over", "The notice of 2026-02-02 runs through 2026-02-11.")
    ]


def test_a_notice_begins_anew_after_a_return(db: Connection) -> None:
    name = on_notice(db, BOOK, RunKind.DIVIDEND, 2025)
    runs.give_back(db, name, by=OFFICER, on=LAST, at=at(LAST), reason="附件看不清")
    runs.submit(db, name, by=ACCOUNTANT, on=LAST, at=at(LAST))
    runs.publish(db, name, by=ACCOUNTANT, on=LAST, at=at(LAST))
    assert [code for code, _ in said(lambda: approve(db, name))] == ["notice_must_be_over"]


def test_a_step_out_of_turn_or_before_the_last(db: Connection) -> None:
    name = submitted(db, BOOK, RunKind.DIVIDEND, 2025)
    assert said(lambda: approve(db, name)) == [
        ("step_must_follow", f"{name} is run.submitted; it cannot be moved on so.")
    ]
    early = date(2026, 2, 1)
    assert said(lambda: runs.publish(db, name, by=ACCOUNTANT, on=early, at=at(early))) == [
        ("step_must_not_precede", "The step is dated 2026-02-01, before the run's last step of 2026-02-02.")
    ]


def test_a_return_and_a_revert_need_a_reason(db: Connection) -> None:
    name = submitted(db, BOOK, RunKind.DIVIDEND, 2025)
    give_back = refusal(lambda: runs.give_back(db, name, by=OFFICER, on=OVER, at=at(OVER), reason=" "))
    assert [one.code for one in give_back.problems] == ["return_needs_a_reason"]


# What changed


def a_trade_more(db: Connection) -> None:
    """M trades after the run was handed in: 100.00 of what the plan counts."""
    policy = policies.policy(db, book=BOOK, year=2025)
    assert policy is not None
    daybook.record_trade(
        db,
        [
            Trade(
                on=date(2025, 12, 30),
                member="Q0002",
                product=policy.products[0],
                quantity=100,
                unit="公斤",
                amount=10_000,
            )
        ],
        book=BOOK,
        by=ACCOUNTANT,
        at=at(OVER),
    )


@pytest.mark.parametrize("step", ["publish", "approve", "post"])
def test_what_changed_after_submission_is_said(db: Connection, step: str) -> None:
    to = {"publish": submitted, "approve": on_notice, "post": approved}[step]
    name = to(db, BOOK, RunKind.DIVIDEND, 2025)  # type: ignore[operator]
    a_trade_more(db)
    act = {"publish": runs.publish, "approve": runs.approve, "post": runs.post}[step]
    by = OFFICER if step == "approve" else ACCOUNTANT
    refused = refusal(lambda: act(db, name, by=by, on=OVER, at=at(OVER)))
    assert refused.kind is RefusalKind.STALE
    assert [(one.code, one.says.format_map(one.figures)) for one in refused.problems] == [
        (
            "weight_must_be_as_submitted",
            "Leg 2 交易额返还: member Q0002 had a weight of 2836.50 when the run was submitted and has 2936.50.",
        )
    ]


def test_a_policy_that_changed_is_said(db: Connection) -> None:
    name = on_notice(db, BOOK, RunKind.DIVIDEND, 2025)
    with_policy(db, lambda policy: msgspec.structs.replace(policy, resolution="2026社员大会第10号"))
    assert said(lambda: approve(db, name)) == [
        (
            "policy_must_be_as_submitted",
            (
                "The policy was version 1 (2026社员大会第9号) when the run was submitted and is version 2 "
                "(2026社员大会第10号)."
            ),
        )
    ]


def test_another_digest_than_the_one_seen_is_not_signed(db: Connection) -> None:
    name = on_notice(db, BOOK, RunKind.DIVIDEND, 2025)
    assert [code for code, _ in said(lambda: approve(db, name, digest="0" * 64))] == [
        "digest_must_be_as_seen"
    ]
    stale = refusal(lambda: runs.approve(db, name, by=OFFICER, on=OVER, at=at(OVER), seen=Seen(version=1)))
    assert ([one.code for one in stale.problems], stale.kind) == (["run_must_be_as_seen"], RefusalKind.STALE)


# Taken back


def test_a_dividend_taken_back_begins_a_second_round(db: Connection) -> None:
    first = posted(db, BOOK, RunKind.DIVIDEND, 2025)
    name = RunName(book=BOOK, kind=RunKind.DIVIDEND, year=2025, round=1)
    by_preparer = refusal(
        lambda: runs.revert(db, name, by=ACCOUNTANT, on=OVER, at=at(OVER), reason="决议有误")
    )
    assert [one.code for one in by_preparer.problems] == ["approver_must_differ"]
    runs.revert(db, name, by=OFFICER, on=OVER, at=at(OVER), reason="决议有误")
    second = posted(db, BOOK, RunKind.DIVIDEND, 2025)
    assert (second.id, second.state, second.total) == (
        f"{BOOK}.dividend.2025.2",
        RunState.POSTED,
        first.total,
    )
    assert len(queries.vouchers(db, name)) == 6
    assert [one.state for one in queries.runs(db, book=BOOK, kind=RunKind.DIVIDEND)] == [
        RunState.POSTED,
        RunState.REVERTED,
    ]


def test_a_commission_taken_back_once_the_dividend_is(db: Connection) -> None:
    posted(db, BOOK, RunKind.DIVIDEND, 2025)
    dividend = RunName(book=BOOK, kind=RunKind.DIVIDEND, year=2025, round=1)
    commission = RunName(book=BOOK, kind=RunKind.COMMISSION, year=2025, round=1)
    runs.revert(db, dividend, by=OFFICER, on=OVER, at=at(OVER), reason="决议有误")
    runs.revert(db, commission, by=REVIEWER, on=OVER, at=at(OVER), reason="评分有误")
    assert queries.standing(db, book=BOOK, kind=RunKind.COMMISSION, year=2025) is None
