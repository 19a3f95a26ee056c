"""The cooperative of ``clean-small`` from its last voucher to its posted dividend: everything as expected.json has it."""

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, Engine

from coop.member_accounts import queries as member_accounts
from coop.shares import queries as shares
from coop.shares.rules import totals
from ledger.money import text_from_hundredths, yuan
from ledger.statements import queries as statements
from payouts.policies import queries as policies
from payouts.proof import queries as proofs
from schemas.books import Book
from schemas.charts import FormKind
from schemas.runs import Commissions, Dividend, RunKind
from schemas.statements import EquityStatement, Statement
from tests.builders import a_database, rolled_back
from tests.handover import PACKS
from tests.runs.years import as_posted, book_called, from_pack_to_dividend

if TYPE_CHECKING:
    from tests.conftest import Databases

DIMENSIONS = ("养殖成活率", "防疫时效", "技术服务", "服务态度", "出勤情况", "养殖效益")


@cache
def expected() -> dict[str, Any]:
    """What the pack says the cooperative comes to."""
    answers = json.loads((PACKS / "clean-small" / "expected.json").read_text("utf-8"))
    return answers["cooperatives"]["清水合作社"]  # type: ignore[no-any-return]


def _a_year(db: Connection) -> None:
    from_pack_to_dividend(db, "clean-small", "清水合作社")


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _a_year) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def _book(db: Connection) -> Book:
    return book_called(db, "清水合作社")


def _result(db: Connection, kind: RunKind) -> Any:
    return as_posted(db, _book(db).id, kind, 2025)


def test_scores_and_commissions(db: Connection) -> None:
    result = _result(db, RunKind.COMMISSION).result
    assert isinstance(result, Commissions)
    assert {
        one.member: {
            "village": one.village,
            "ballots": one.ballots,
            "replaced": one.replaced,
            "dimensions_exact": dict(zip(DIMENSIONS, map(str, one.score.dimensions), strict=True)),
            "score_exact": str(one.score.exact),
            "score": text_from_hundredths(one.score.published),
            "keeps_bonus": one.score.keeps_bonus,
            "commission_base": yuan(one.base),
            "commission_due": yuan(one.due),
            "commission_paid": yuan(one.paid),
        }
        for one in result.managers
    } == {
        member: {name: figure for name, figure in manager.items() if name != "name"}
        for member, manager in expected()["managers"].items()
    }
    assert (yuan(result.due), yuan(result.paid), yuan(result.stays)) == tuple(
        expected()["commission"][name] for name in ("due", "paid", "stays")
    )


def test_the_dividend_as_a_whole_tree(db: Connection) -> None:
    made = _result(db, RunKind.DIVIDEND)
    inputs, result = made.inputs, made.result
    assert isinstance(result, Dividend)
    figures = result.appropriation
    assert {
        "surplus_before_commission": yuan(inputs.surplus + inputs.commission),
        "commission": yuan(inputs.commission),
        "surplus": yuan(figures.surplus),
        "loss_brought_forward_covered": yuan(figures.loss_brought_forward_covered),
        "undistributed_brought_forward": yuan(figures.undistributed_brought_forward),
        "reserve_rate_bp": figures.reserve_rate_bp,
        "reserve": yuan(figures.reserve),
        "article_44_base": yuan(figures.article_44_base),
        "line_16": yuan(figures.line_16),
        "distributed": yuan(figures.distributed),
    } == expected()["closing"]
    assert len(inputs.members) == expected()["members_of_record"]
    assert list(inputs.not_of_record) == expected()["not_of_record"]
    assert {
        "state_total": yuan(inputs.state_total),
        "donation_total": yuan(inputs.donation_total),
        "reserve_brought_forward": yuan(inputs.reserve_before),
        "reserve_this_year": yuan(sum(result.reserve_shares.values())),
    } == expected()["quantified"]
    assert [
        {
            "no": str(part.no),
            "name": part.name,
            "bp": part.bp,
            "patronage": part.patronage,
            "amount": yuan(part.amount),
            "total_weight": part.total_weight,
            "fen_from_remainders": part.fen_from_remainders,
            "lines": {
                line.payee: {"weight": line.weight, "amount": yuan(line.amount)}
                for line in result.lines
                if line.part == part.no
            },
        }
        for part in result.parts
    ] == [{name: leg[name] for name in leg if name != "basis"} for leg in expected()["legs"]]
    assert result.floor is not None
    assert {"patronage": yuan(result.floor.patronage), "reached": result.floor.reached} == {
        name: expected()["floor"][name] for name in ("patronage", "reached")
    }
    assert str(result.floor.required) == expected()["floor"]["required"]
    patronage = {part.no for part in result.parts if part.patronage}
    assert {
        member: {
            "patronage": yuan(sum(line.amount for line in lines if line.part in patronage)),
            "other": yuan(sum(line.amount for line in lines if line.part not in patronage)),
            "total": yuan(sum(line.amount for line in lines)),
        }
        for member in inputs.members
        for lines in [[line for line in result.lines if line.payee == member]]
    } == expected()["lines"]


def test_the_statements_after_closing_and_distribution(db: Connection) -> None:
    answers = expected()["statements"]
    sheet = _drawn_up(db, FormKind.BALANCE_SHEET)
    surplus = _drawn_up(db, FormKind.SURPLUS_AND_DISTRIBUTION)
    assert isinstance(sheet, Statement)
    assert isinstance(surplus, Statement)
    assert {str(line.no): yuan(line.amount) for line in sheet.lines if line.amount is not None} == answers[
        "balance_sheet"
    ]["closing"]
    assert {
        str(line.no): yuan(line.compared) for line in sheet.lines if line.compared is not None
    } == answers["balance_sheet"]["opening"]
    assert {str(line.no): yuan(line.amount) for line in surplus.lines if line.amount is not None} == answers[
        "surplus_and_distribution"
    ]
    equity = _drawn_up(db, FormKind.EQUITY_CHANGES)
    assert isinstance(equity, EquityStatement)
    assert {
        column.zh: (yuan(column.opening), yuan(column.increase), yuan(column.decrease), yuan(column.closing))
        for column in equity.columns
    } == {
        name: (column["opening"], column["increase"], column["decrease"], column["closing"])
        for name, column in answers["equity_changes"].items()
    }
    for column in equity.columns:
        for items, answer in (
            (column.increase_items, "increase_of_which"),
            (column.decrease_items, "decrease_of_which"),
        ):
            shown = {item.zh: yuan(item.amount) for item in items}
            asked = answers["equity_changes"][column.zh][answer]
            assert {name: shown[name] for name in asked} == asked
            assert {name for name, amount in shown.items() if amount != "0.00"} <= set(asked)


def _drawn_up(db: Connection, kind: FormKind) -> Statement | EquityStatement:
    return statements.statement(db, book=_book(db), kind=kind, until=202513)


def test_holdings_and_member_accounts(db: Connection) -> None:
    book = _book(db)
    held = shares.holdings(db, book=book.id)
    assert {member: yuan(one.refundable) for member, one in held.items()} == {
        member: one["refundable"] for member, one in expected()["holdings"].items()
    }
    assert totals(held.values())
    for number, account in expected()["member_accounts"].items():
        found = member_accounts.member_account(
            db,
            book=book,
            number=number,
            year=2025,
            record_date=policies.record_date(db, book=book.id, year=2025),
        )
        assert {
            "capital_granted": yuan(found.capital_granted),
            "capital_other": yuan(found.capital_other),
            "reserve_share": yuan(found.reserve_share),
            "reserve_share_this_year": yuan(found.reserve_share_this_year),
            "state_aid_quantified": yuan(found.state_aid_quantified),
            "donation_quantified": yuan(found.donation_quantified),
            "trade": {
                product: {"quantity": yuan(one.quantity), "amount": yuan(one.amount)}
                for product, one in found.trade.items()
            },
            "work_days": yuan(found.work_days),
            "patronage_refund": yuan(found.patronage_refund),
            "residual_surplus": yuan(found.residual_surplus),
            "current_account_114": yuan(found.current_account_114),
        } == account, number


def test_the_book_proves_itself(db: Connection) -> None:
    assert proofs.prove(db, book=_book(db)).problems == ()


def test_the_equal_shares_are_those_of_the_record_date(db: Connection) -> None:
    """Q0012 joined on 2025-06-18: on the day before eleven shared 120 000.00 and 20 000.00."""
    book = _book(db)
    assert policies.record_date(db, book=book.id, year=2025) == date(2025, 12, 31)
    assert policies.record_date(db, book=book.id, year=2024) == date(2024, 12, 31), "a year without a plan"

    def shown(record_date: date) -> dict[str, tuple[str, str]]:
        return {
            one.member: (yuan(one.state_aid_quantified), yuan(one.donation_quantified))
            for one in member_accounts.member_accounts(db, book=book, year=2025, record_date=record_date)
        }

    later, earlier = shown(date(2025, 6, 18)), shown(date(2025, 6, 17))
    assert later["Q0012"] == ("10000.00", "1666.66")
    assert (earlier["Q0001"], earlier["Q0012"]) == (("10909.10", "1818.19"), ("0.00", "0.00"))
