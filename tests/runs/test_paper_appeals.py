"""Appeals that come on paper: of somebody in a township's list, who has no login, recorded at the desk with the scan."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from ledger.people import actions as people
from payouts.awards import queries as awards
from payouts.notices import actions, queries
from payouts.proof.queries import prove_township
from payouts.runs import actions as runs
from payouts.runs import queries as run_queries
from payouts.runs.rules import RunName, payee_of
from schemas.appeals import AppealState
from schemas.awards import AwardState
from schemas.evidence import EvidenceFile, MediaType
from schemas.problems import Refusal
from schemas.runs import RunState
from schemas.units import PersonId
from tests.builders import ACCOUNTANT, REVIEWER, a_database, behind_the_service, rolled_back
from tests.runs.awards import (
    FIRST,
    OVER,
    RIVER,
    TOWNSHIP,
    a_township,
    drafted,
    paid_by_collectives,
    submitted,
)
from tests.runs.years import OFFICER, at

if TYPE_CHECKING:
    from tests.conftest import Databases

WHO = payee_of(RIVER, "蓝永忠")
CLERK, SECOND_OFFICER = ACCOUNTANT, REVIEWER
PAPER = EvidenceFile(sha256="c" * 64, media_type=MediaType.PDF, size=1, name="书面异议.pdf")
CAME, LATER = date(2026, 2, 3), date(2026, 2, 16)


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, a_township) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def third_officer(db: Connection) -> PersonId:
    return people.know(db, ["黎主任"], known_from="", by=None, at=at(LATER))["黎主任"]


def on_notice(db: Connection) -> RunName:
    name = submitted(db)
    runs.publish(db, name, by=ACCOUNTANT, on=FIRST, at=at(FIRST))
    return name


def recorded(
    db: Connection,
    name: RunName,
    payee: str = WHO,
    *,
    came: date = CAME,
    on: date = CAME,
    text: str = "我全年出勤,少算了",
    scan: EvidenceFile = PAPER,
) -> None:
    actions.record(db, name, payee=payee, text=text, came=came, scan=scan, by=CLERK, on=on, at=at(on))


def answered(db: Connection, by: PersonId, *, upheld: bool = False, on: date = OVER) -> None:
    actions.answer(db, book=TOWNSHIP, number=1, upheld=upheld, text="已核对考勤", by=by, on=on, at=at(on))


def asked_again(db: Connection, *, came: date = LATER, scan: EvidenceFile | None = None) -> None:
    actions.record_escalation(
        db,
        book=TOWNSHIP,
        number=1,
        text="请另一位干部复核",
        came=came,
        scan=scan or replace(PAPER, sha256="d" * 64, name="复核申请.pdf"),
        by=CLERK,
        on=LATER,
        at=at(LATER),
    )


def codes_of(act: Callable[[], object]) -> list[str]:
    with pytest.raises(Refusal) as caught:
        act()
    return [problem.code for problem in caught.value.problems]


def state_of(db: Connection) -> AppealState:
    (one,) = queries.appeals(db, book=TOWNSHIP)
    return one.state


def his(db: Connection, on: date) -> AwardState:
    """Where the first month of the one who appealed stands."""
    return next(one.state for one in awards.awards(db, township=TOWNSHIP, on=on) if one.person == "蓝永忠")


def in_vouchers(db: Connection, on: date) -> set[str]:
    """Whom what falls due by a day books."""
    return {line.detail for voucher in drafted(db, on) for line in voucher.lines if line.detail}


def test_a_paper_holds_one_line_until_two_others_have_looked(db: Connection) -> None:
    """From the counter to the money: held, answered, looked at again, and only then drafted."""
    paid_by_collectives(db)
    name = on_notice(db)
    recorded(db, name)
    run = run_queries.run(db, name)
    assert run is not None
    assert queries.held_lines(db, run) == {WHO}
    masked = queries.masked_list(db, run, name)
    assert [(line.name, line.village) for line in masked if line.held] == [("蓝*", "河口村")]
    assert [
        (one.home, one.number, one.payee, one.since) for one in queries.unanswered(db, homes=[TOWNSHIP])
    ] == [(TOWNSHIP, 1, WHO, CAME)]
    runs.approve(db, name, by=OFFICER, on=OVER, at=at(OVER))
    runs.post(db, name, by=ACCOUNTANT, on=OVER, at=at(OVER))
    assert his(db, OVER) is AwardState.HELD
    assert "蓝永忠" not in in_vouchers(db, OVER)
    assert codes_of(lambda: answered(db, CLERK)) == ["answerer_must_be_another"]
    assert codes_of(lambda: answered(db, OFFICER)) == ["answerer_must_be_another"]
    answered(db, SECOND_OFFICER)
    assert state_of(db) is AppealState.REJECTED
    assert his(db, OVER) is AwardState.DUE
    asked_again(db)
    assert (state_of(db), his(db, LATER)) == (AppealState.ESCALATED, AwardState.HELD)
    assert codes_of(lambda: answered(db, SECOND_OFFICER, on=LATER)) == ["second_look_must_be_anothers"]
    assert codes_of(lambda: asked_again(db)) == ["appeal_must_be_escalated_once"]
    answered(db, third_officer(db), on=LATER)
    assert his(db, LATER) is AwardState.DUE
    assert in_vouchers(db, LATER) == {"蓝永忠"}
    assert queries.unanswered(db, homes=[TOWNSHIP]) == ()
    (one,) = queries.appeals(db, book=TOWNSHIP)
    assert [(paper.name, paper.came) for paper in one.papers] == [
        ("书面异议.pdf", CAME),
        ("复核申请.pdf", LATER),
    ]
    assert prove_township(db, township=TOWNSHIP).problems == ()


def test_a_paper_that_is_right_returns_the_list(db: Connection) -> None:
    name = on_notice(db)
    recorded(db, name)
    answered(db, SECOND_OFFICER, upheld=True)
    run = run_queries.run(db, name)
    assert run is not None
    assert run.state is RunState.RETURNED
    assert run_queries.acts(db, name)[-1].reason == f"异议1（{WHO}）成立：我全年出勤,少算了"
    again = codes_of(
        lambda: runs.submit(db, name, by=ACCOUNTANT, on=OVER, at=at(OVER), resolution="云岭镇会议2026-1")
    )
    assert again == ["upheld_appeal_must_change_the_list"]
    assert prove_township(db, township=TOWNSHIP).problems == ()


@pytest.mark.parametrize(
    ("payee", "came", "on", "text", "codes"),
    [
        (WHO, date(2026, 2, 17), date(2026, 2, 20), "少算了", []),
        (WHO, date(2026, 2, 18), date(2026, 2, 20), "少算了", ["appeal_must_be_in_time"]),
        (WHO, date(2026, 2, 1), CAME, "少算了", ["paper_must_come_within_the_notice"]),
        (WHO, date(2026, 2, 4), CAME, "少算了", ["paper_must_come_within_the_notice"]),
        (WHO, CAME, CAME, " ", ["appeal_must_say_why"]),
        (payee_of(RIVER, "某人"), CAME, CAME, "漏了我", ["appeal_payee_must_be_there"]),
        ("蓝永忠", CAME, CAME, "少算了", ["appeal_payee_must_be_there"]),
    ],
)
def test_what_stands_against_a_paper(
    db: Connection, payee: str, came: date, on: date, text: str, codes: list[str]
) -> None:
    name = on_notice(db)
    if codes:
        assert codes_of(lambda: recorded(db, name, payee, came=came, on=on, text=text)) == codes
    else:
        recorded(db, name, payee, came=came, on=on, text=text)


def test_a_list_that_is_not_out_takes_no_paper(db: Connection) -> None:
    name = submitted(db)
    assert codes_of(lambda: recorded(db, name)) == ["run_must_be_published"]
    assert codes_of(lambda: recorded(db, replace(name, round=2))) == ["run_must_exist"]


def test_one_paper_is_recorded_once_and_may_be_of_several(db: Connection) -> None:
    name = on_notice(db)
    recorded(db, name)
    assert codes_of(lambda: recorded(db, name)) == ["appeal_must_be_new", "appeal_paper_must_be_new"]
    recorded(db, name, payee_of(RIVER, "欧阳志民"))
    answered(db, SECOND_OFFICER)
    assert codes_of(lambda: asked_again(db, scan=PAPER)) == ["appeal_paper_must_be_new"]
    assert codes_of(lambda: asked_again(db, came=date(2026, 2, 11))) == ["paper_must_come_within_the_notice"]


@pytest.mark.parametrize("table", ["appeal", "appeal_answer", "appeal_paper"])
@pytest.mark.parametrize("change", ["UPDATE {} SET book_id = book_id", "DELETE FROM {}"])
def test_what_came_on_paper_is_never_changed_or_lost(db: Connection, table: str, change: str) -> None:
    recorded(db, on_notice(db))
    answered(db, SECOND_OFFICER)
    with pytest.raises(DBAPIError, match=f"{table} is only added to"):
        db.exec_driver_sql(change.format(table))


@pytest.mark.parametrize(
    ("change", "code", "at_what"),
    [
        ("UPDATE appeal SET text = '无异议'", "said_must_be_as_sealed", "appeal:1"),
        ("UPDATE appeal_paper SET came = '2026-02-20' WHERE seq = 2", "said_must_be_as_sealed", "appeal:1/2"),
        ("DELETE FROM appeal_paper WHERE seq = 0", "said_must_be_as_sealed", "appeal:1"),
        ("UPDATE appeal_answer SET step = 'uphold' WHERE seq = 1", "said_must_be_as_sealed", "appeal:1/1"),
        ("DELETE FROM appeal_answer WHERE seq = 3", "said_must_be_there", "appeal:1/3"),
        (
            """INSERT INTO appeal SELECT book_id, 2, kind, year, round, content, payee, member_no, household_no,
                "by", "on", at, text FROM appeal""",
            "said_must_be_in_the_log",
            "appeal:2",
        ),
    ],
)
def test_an_appeal_changed_behind_the_service_is_named(
    engine: Engine, change: str, code: str, at_what: str
) -> None:
    with behind_the_service(engine) as db:
        recorded(db, on_notice(db))
        answered(db, SECOND_OFFICER)
        asked_again(db)
        answered(db, third_officer(db), on=LATER)
        db.exec_driver_sql(change)
        found = [(one.code, one.pointer) for one in prove_township(db, township=TOWNSHIP).problems]
        assert found == [(code, f"/books/{TOWNSHIP}/{at_what}")]
