"""What a village's collective earned, shared by its households' income entitlements: from the quantification to the bank,
every figure typed by hand (RULES §5, last line; 农村集体经济组织法 第四十二条)."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, text

from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.charts import standard
from ledger.money import yuan
from ledger.statements import queries as statements
from ledger.vouchers import queries as vouchers
from payouts import distribution
from payouts.batches import actions as batches
from payouts.batches import queries as batch_queries
from payouts.household import queries as households
from payouts.notices import actions as notices
from payouts.orders import queries as orders
from payouts.proof import queries as proofs
from payouts.proposals import queries as proposals
from payouts.runs import actions as runs
from payouts.runs import queries
from payouts.runs.rules import name_of
from schemas.batches import Answer, Channel, Outcome
from schemas.books import Book
from schemas.charts import FormKind
from schemas.evidence import EvidenceFile, MediaType
from schemas.problems import Refusal
from schemas.runs import DividendInputs, RunKind, RunState
from schemas.statements import Statement
from schemas.vouchers import VoucherDraft
from tests.builders import (
    ACCOUNTANT,
    BOOK,
    REVIEWER,
    a_database,
    behind_the_service,
    post,
    refused,
    rolled_back,
)
from tests.registry import act, done, prepared, said_by
from tests.runs.entitled import HOUSEHOLDS, YEAR, settled_year
from tests.runs.test_household import AUDITOR
from tests.runs.years import OFFICER, approved, at, on_notice, posted

if TYPE_CHECKING:
    from tests.conftest import Databases

PAPER = EvidenceFile(sha256="c" * 64, media_type=MediaType.PDF, size=1, name="书面异议.pdf")
CAME, OVER, OUT, SAID = date(2026, 2, 3), date(2026, 2, 12), date(2026, 2, 13), date(2026, 2, 14)
_LATE = "adjustment on=2026-01-10 member=M0004 fact=birth units=0.50 paper=出生医学证明B2"


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, settled_year) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def _book(db: Connection) -> Book:
    found = books.book(db, id=BOOK)
    assert found is not None
    return found


def _owes(db: Connection) -> list[str]:
    """What 113 owes each household."""
    return [
        yuan(-balances.balance_of(db, book=BOOK, account="113", detail=one, until=202612))
        for one in HOUSEHOLDS
    ]


def _form(db: Connection) -> dict[int, str]:
    """The lower half of 收益及收益分配表 after the settlement stage."""
    found = statements.statement(
        db, book=_book(db), kind=FormKind.SURPLUS_AND_DISTRIBUTION, until=YEAR * 100 + 13
    )
    assert isinstance(found, Statement)
    assert found.problems == ()
    return {line.no: yuan(line.amount or 0) for line in found.lines if line.no and line.no >= 14}


def _clean(db: Connection) -> None:
    assert not proofs.prove(db, book=_book(db), load=None, read=None).problems


def test_a_year_is_shared_by_entitlements_from_the_notice_to_the_bank(db: Connection) -> None:
    done(db, act(_LATE))
    name = on_notice(db, BOOK, RunKind.DIVIDEND, YEAR)
    appeal = notices.record(
        db,
        name,
        payee="M0004",
        text="一月又生一个孩子",
        came=CAME,
        scan=PAPER,
        by=ACCOUNTANT,
        on=CAME,
        at=at(CAME),
    )
    notices.answer(
        db,
        book=BOOK,
        number=appeal.number,
        upheld=False,
        text="记录日以后出生，计入下年",
        by=OFFICER,
        on=OVER,
        at=at(OVER),
    )
    runs.approve(db, name, by=OFFICER, on=OVER, at=at(OVER))
    run = runs.post(db, name, by=ACCOUNTANT, on=OVER, at=at(OVER))

    lines = queries.lines(db, name, content=run.content)
    assert [(one.payee, one.weight, yuan(one.amount), one.fen_from_remainder) for one in lines] == [
        ("M0001", 300, "1411.77", False),
        ("M0002", 200, "941.18", False),
        ("M0003", 250, "1176.48", True),
        ("M0004", 100, "470.59", False),
        ("M0005", 0, "0.00", False),
    ]
    ids = queries.vouchers(db, name)
    made = vouchers.vouchers(db, book=BOOK, ids=ids)
    assert [said_by(VoucherDraft(date=made[id].date, lines=made[id].lines)) for id in ids] == [
        "322/各项分配 1000.01 reserve_draw | cr 311/收益提取 1000.01 reserve_draw",
        (
            "322/各项分配 4000.02 distribution_to_members | cr 113/M0001 1411.77 | cr 113/M0002 941.18 | "
            "cr 113/M0003 1176.48 | cr 113/M0004 470.59"
        ),
        "322/未分配收益 5000.03 folding | cr 322/各项分配 5000.03 folding",
    ]
    assert _form(db) == {
        14: "6000.03",
        15: "-1000.00",
        16: "0.00",
        17: "5000.03",
        18: "1000.01",
        19: "4000.02",
        20: "0.00",
        21: "0.00",
    }
    assert _owes(db) == ["1411.77", "941.18", "1176.48", "470.59", "0.00"]
    _clean(db)

    statement = households.statement_seen_by(
        db, AUDITOR, book=_book(db), household="H0003", year=YEAR, on=OUT
    )
    (one,) = statement.members
    ((leg,),) = [shared.legs for shared in one.runs]
    assert (leg.weight, leg.total_weight, yuan(leg.got), yuan(one.owed_now)) == (
        250,
        850,
        "1176.48",
        "1176.48",
    )
    assert (one.account.aid, one.account.reserve.closing) == (0, 0), "what is kept by source is nobody's"

    batch = batches.make(
        db,
        name,
        channel=Channel.BANK,
        form="rural",
        account="102",
        payees=None,
        by=ACCOUNTANT,
        on=OUT,
        at=at(OUT),
    )
    assert (batch.lines, yuan(batch.total)) == (4, "4000.02")
    batches.send(db, BOOK, batch.number, by=REVIEWER, on=OUT, at=at(OUT))
    answers = [
        Answer(
            row=line.no,
            reference=line.reference,
            amount=line.amount,
            outcome=Outcome.PAID,
            on=SAID,
            code="",
            said="",
        )
        for line in batch_queries.lines(db, batch)
    ]
    batches.take(db, BOOK, batch.number, answers, reasons={}, by=REVIEWER, on=SAID, at=at(SAID))
    settled = queries.run(db, name)
    assert settled is not None
    assert settled.state is RunState.SETTLED
    assert _owes(db) == ["0.00"] * 5
    _clean(db)


def test_no_order_pays_what_a_distribution_owes(db: Connection) -> None:
    posted(db, BOOK, RunKind.DIVIDEND, YEAR)
    post(db, "2026-01-31 土地租金 | 511 100.00 | cr 113/M0001 100.00")
    owed = orders.owed(db, book=_book(db), kind=RunKind.RENT, through=202602)
    assert [(one.member, yuan(one.owed)) for one in owed] == [("M0001", "100.00")]


def test_taken_back_the_year_is_open_again(db: Connection) -> None:
    run = posted(db, BOOK, RunKind.DIVIDEND, YEAR)
    name = name_of(run.id)
    assert name is not None
    runs.revert(db, name, by=OFFICER, on=OUT, at=at(OUT), reason="决议有误")
    assert _owes(db) == ["0.00"] * 5
    assert {no: _form(db)[no] for no in (18, 19, 21)} == {18: "0.00", 19: "0.00", 21: "5000.03"}
    _clean(db)


def test_a_fact_of_the_year_changes_what_was_submitted(db: Connection) -> None:
    name = on_notice(db, BOOK, RunKind.DIVIDEND, YEAR)
    done(db, act("adjustment on=2025-12-31 member=M0005 fact=married_in units=1.00 paper=结婚证C3"))
    with pytest.raises(Refusal) as changed:
        runs.approve(db, name, by=OFFICER, on=OVER, at=at(OVER))
    assert [(one.code, one.figures["then"], one.figures["now"]) for one in changed.value.problems] == [
        ("weight_must_be_as_submitted", "0.00", "1.00")
    ]


def test_a_sealed_year_keeps_its_register(db: Connection) -> None:
    posted(db, BOOK, RunKind.DIVIDEND, YEAR)
    with pytest.raises(Refusal) as sealed:
        prepared(db, act("adjustment on=2025-12-31 member=M0005 fact=married_in units=1.00 paper=结婚证C3"))
    assert refused(sealed.value) == ["year_of_the_act_must_not_be_sealed"]


def test_a_collective_pays_no_managers_commission(db: Connection) -> None:
    with pytest.raises(Refusal) as wrong:
        proposals.proposed(db, book=BOOK, kind=RunKind.COMMISSION, year=YEAR, on=OVER)
    assert refused(wrong.value) == ["kind_must_fit"]


@pytest.mark.parametrize(
    ("amount", "reserve_bp", "parts"),
    [
        (None, 2_000, ["1411.77", "941.18", "1176.48", "470.59", "0.00"]),
        (0, 2_000, ["0.00"] * 5),
        (1, 2_000, ["0.01", "0.00", "0.00", "0.00", "0.00"]),
        (400_002, 2_000, ["1411.77", "941.18", "1176.48", "470.59", "0.00"]),
        (None, 0, ["1764.71", "1176.48", "1470.60", "588.24", "0.00"]),
        (None, 10_000, ["0.00"] * 5),
    ],
)
def test_no_floor_stands_in_the_way_of_what_the_meeting_resolves(
    db: Connection, amount: int | None, reserve_bp: int, parts: list[str]
) -> None:
    made = proposals.live_figures(db, book=BOOK, kind=RunKind.DIVIDEND, year=YEAR)
    assert isinstance(made.inputs, DividendInputs)
    policy = replace(made.inputs.policy, amount=amount, reserve_bp=reserve_bp)
    result = distribution.worked_out(replace(made.inputs, policy=policy), yuan=yuan)
    assert (result.floor, result.reserve_shares) == (None, {})
    assert [yuan(line.amount) for line in result.lines] == parts


def test_more_than_there_is_is_not_shared(db: Connection) -> None:
    made = proposals.live_figures(db, book=BOOK, kind=RunKind.DIVIDEND, year=YEAR)
    assert isinstance(made.inputs, DividendInputs)
    policy = replace(made.inputs.policy, amount=400_003)
    with pytest.raises(Refusal) as more:
        distribution.worked_out(replace(made.inputs, policy=policy), yuan=yuan)
    assert refused(more.value) == ["distributed_must_be_there"]


def test_a_changed_line_of_the_distribution_is_found(engine: Engine) -> None:
    with behind_the_service(engine) as db:
        approved(db, BOOK, RunKind.DIVIDEND, YEAR)
        db.execute(text("UPDATE run_line SET amount = amount + 1 WHERE payee = 'M0005'"))
        found = proofs.prove(db, book=_book(db), load=None, read=None).problems
        assert {one.code for one in found} == {"run_line_must_recompute"}


def test_the_chart_says_how_a_collective_shares() -> None:
    plan = standard("collective-2023").settlement
    assert (plan.floor_bp, plan.reserve_name, plan.residual) == (0, "收益提取", "113")
