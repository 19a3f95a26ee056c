"""What a household is told: the figures of ``clean-small`` against expected.json, a loss, a year without anything, the
heir's case, appeals and check codes. Both databases."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from coop.households import actions as households
from coop.households import queries as household_queries
from ledger.books import queries as books
from ledger.charts import standard
from ledger.money import yuan
from payouts.household import queries
from payouts.household.rules import Facts, Quantified, YearOfBook, draw_up
from payouts.notices import actions as notices
from payouts.notices import queries as notice_queries
from payouts.policies import actions as policies
from payouts.policies import queries as policy_queries
from payouts.proof.queries import prove
from payouts.runs import actions as runs
from payouts.runs import queries as runs_queries
from payouts.runs.rules import RunName
from schemas.access import HOUSE_WIDE, Held, Rights, Role
from schemas.appeals import AppealState
from schemas.books import Book, BookKind
from schemas.household import Case, HouseholdStatement
from schemas.households import NewCard
from schemas.members import Member, MemberKind
from schemas.policies import BasisKind, PolicyKind, Procedure
from schemas.problems import Refusal
from schemas.runs import RunKind, RunState, RunStep
from schemas.units import PersonId
from tests.builders import ACCOUNTANT, CASHIER, REVIEWER, a_database, a_house, rolled_back
from tests.builders import post as post_voucher
from tests.handover import pack_of, take_in
from tests.runs.test_clean_small import expected
from tests.runs.test_refusals import a_trade_more
from tests.runs.years import RESOLUTION, at, posted, settled
from web import household_words
from web.run_answers import run_answer

if TYPE_CHECKING:
    from tests.conftest import Databases

ON = date(2026, 2, 13)
AUDITOR = Rights(person=ACCOUNTANT, held=(Held(role=Role.AUDITOR, scope=HOUSE_WIDE),))
NAME = RunName(book="qingshuihezuoshe", kind=RunKind.DIVIDEND, year=2025, round=1)


def _a_year(db: Connection) -> None:
    a_house(db)
    take_in(db, pack_of("clean-small"))
    settled(db, NAME.book, 2025)
    posted(db, NAME.book, RunKind.COMMISSION, 2025)
    first = date(2026, 2, 2)
    runs.new(db, book=NAME.book, kind=RunKind.DIVIDEND, year=2025, by=ACCOUNTANT, on=first, at=at(first))
    runs.submit(db, NAME, by=ACCOUNTANT, on=first, at=at(first), papers=[RESOLUTION])
    runs.publish(db, NAME, by=ACCOUNTANT, on=first, at=at(first))
    cards = [NewCard(household=number, digest=number.encode().ljust(32)) for number in ("HQ001", "HQ005")]
    households.issue(db, cards, book=NAME.book, by=ACCOUNTANT, at=at(first))


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _a_year) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def book_of(db: Connection) -> Book:
    book = books.book(db, id=NAME.book)
    assert book is not None
    return book


def told(db: Connection, household: str, *, on: date = ON) -> HouseholdStatement:
    return queries.statement_seen_by(db, AUDITOR, book=book_of(db), household=household, on=on)


def post(db: Connection) -> None:
    over = date(2026, 2, 12)
    runs.approve(db, NAME, by=CASHIER, on=over, at=at(over))
    runs.post(db, NAME, by=ACCOUNTANT, on=over, at=at(over))


def person_of(db: Connection, household: str) -> PersonId:
    """Who got in with the household's card: the people of the fixture's two cards come last."""
    found = [
        person
        for person in range(1, 60)
        if (mine := household_queries.household_of(db, person)) is not None and mine.household == household
    ]
    return found[0]


def test_every_households_figures_are_the_expected_ones(db: Connection) -> None:
    post(db)
    seen = {
        one.member: one
        for statement in queries.statements_of(db, book=book_of(db), on=ON)
        for one in statement.members
    }
    lines, accounts, holdings = (expected()[name] for name in ("lines", "member_accounts", "holdings"))
    assert set(seen) == set(lines) - {"Q0001"}, "the village's collective is no household"
    for member, one in seen.items():
        dividend = next(run for run in one.runs if run.kind is RunKind.DIVIDEND)
        patronage = sum(leg.got for leg in dividend.legs if leg.patronage)
        assert {
            "patronage": yuan(patronage),
            "other": yuan(dividend.got - patronage),
            "total": yuan(dividend.got),
        } == lines[member]
        account = accounts[member]
        assert yuan(one.account.capital_granted.closing) == account["capital_granted"]
        assert yuan(one.account.capital_other.closing) == account["capital_other"]
        assert yuan(one.account.reserve.closing) == account["reserve_share"]
        assert yuan(one.account.aid) == account["state_aid_quantified"]
        assert yuan(one.account.donations) == account["donation_quantified"]
        assert yuan(one.shares_value) == holdings[member]["all_classes"]
        for line in (one.account.capital_granted, one.account.reserve, one.account.owed):
            assert line.opening + line.came - line.went == line.closing
        assert sum(leg.got for leg in dividend.legs) == dividend.got
        assert one.owed_now == dividend.got
    alone = {one.member: one for number in ("HQ001", "HQ005", "HQ010") for one in told(db, number).members}
    assert alone == {member: seen[member] for member in alone}, "asked alone or with all it is the same"


def test_who_is_told_what_in_words(db: Connection) -> None:
    cases = {number: told(db, number).members[0].cases for number in ("HQ001", "HQ009", "HQ010", "HQ011")}
    assert cases == {
        "HQ001": (),
        "HQ009": (Case.ENDED,),
        "HQ010": (Case.ENDED,),
        "HQ011": (Case.JOINED,),
    }
    early = told(db, "HQ009", on=date(2026, 1, 11)).members[0].cases
    assert early == (), "she was alive"
    runs.give_back(db, NAME, by=CASHIER, on=ON, at=at(ON), reason="考勤有误")
    waits = told(db, "HQ001").members[0]
    assert (waits.cases, waits.got, waits.runs) == ((Case.NOT_YET,), 0, ())


def test_an_equal_item_of_others_says_so(db: Connection) -> None:
    statement = told(db, "HQ001")
    (run,) = [one for one in statement.members[0].runs if one.kind is RunKind.DIVIDEND]
    others = replace(run.legs[0], basis=BasisKind.EQUAL, weight=0, total_weight=1, got=0)
    seen = replace(statement.members[0], runs=(replace(run, legs=(others,)),))
    words = household_words.told(replace(statement, members=(seen,)), locale="zh_CN")
    (leg,) = words.members[0].runs[0].legs
    assert leg.how.startswith("这一项只分给方案写明的 1 个成员，您不在其中。")
    assert leg.formula == ""
    own = replace(others, weight=1, total_weight=12)
    seen = replace(statement.members[0], runs=(replace(run, legs=(own,)),))
    (leg,) = household_words.told(replace(statement, members=(seen,)), locale="zh_CN").members[0].runs[0].legs
    assert leg.how.startswith("这一项人人一样，每位成员一份：1 ÷ 12。")
    assert leg.formula.startswith("7,797.87 × 1 ÷ 12 = ")


def test_who_has_no_account_is_told_where_to_have_one_recorded(db: Connection) -> None:
    statement = told(db, "HQ001")
    (one,) = statement.members
    assert household_words.told(statement, locale="zh_CN").members[0].paid_to == (
        "钱打到卢兰芳的账户：桂岭县农村商业银行，尾号 1117。不对请找会计改。",
    )
    none = replace(one, paid_to=(replace(one.paid_to[0], bank="", bank_account=""),))
    (said,) = household_words.told(replace(statement, members=(none,)), locale="zh_CN").members[0].paid_to
    assert said.startswith("卢兰芳还没有登记银行账户：请带身份证和银行卡或存折")


def test_another_household_and_none_are_the_same_answer(db: Connection) -> None:
    mine = Rights(person=person_of(db, "HQ001"))
    book = book_of(db)
    assert queries.statement_seen_by(db, mine, book=book, member="Q0002", on=ON).household == "HQ001"
    for household, member in (("HQ005", None), ("HQ999", None), (None, "Q0006"), (None, "Q0001")):
        with pytest.raises(Refusal) as caught:
            queries.statement_seen_by(db, mine, book=book, household=household, member=member, on=ON)
        assert [problem.code for problem in caught.value.problems] == ["household_must_be_there"]


NOBODYS = Facts(
    members=(
        Member(
            number="Q0001",
            household="HQ001",
            name="王秀英",
            kind=MemberKind.HOUSEHOLD,
            identity="",
            phone="",
            bank="",
            bank_account="",
            account_kind=None,
            joined_on=date(2020, 1, 8),
            left_on=None,
            poverty_exit=None,
            note="",
            version=1,
        ),
    ),
    movements={},
    papers={},
    lines={},
    sent={},
    balances={},
    work={},
    trade={},
    animals={},
    paid={},
    appeals={},
    heirs={},
)
"""Somebody the registers and books say nothing of."""


@pytest.mark.parametrize(
    ("closed", "loss", "case"),
    [(True, 0, Case.NOTHING), (True, 123_456, Case.LOSS), (False, 0, Case.NOT_YET)],
)
def test_a_year_without_a_run(closed: bool, loss: int, case: Case) -> None:
    of = YearOfBook(
        book="qingshui",
        kind=BookKind.COOPERATIVE,
        unit="清水",
        year=2025,
        as_of=date(2025, 12, 31),
        drawn_up=date(2026, 3, 1),
        closed=closed,
        loss=loss,
        founded=date(2020, 1, 8),
        years=(2025,),
        settlement=standard("coop-2021").settlement,
        capital="301",
        accounts={},
        runs=(),
        shares_of_all=0,
        quantified=Quantified(),
    )
    (one,) = draw_up(of, NOBODYS, household="HQ001").members
    assert (one.cases, one.got, one.runs) == ((case,), 0, ())


@pytest.mark.parametrize(
    ("heirs", "says"),
    [(("陆永强",), "发给登记的继承人陆永强。"), ((), "发到登记的账户，或者发给登记的继承人。")],
)
def test_who_died_is_paid_through_the_heir(db: Connection, heirs: tuple[str, ...], says: str) -> None:
    statement = told(db, "HQ009")
    (one,) = statement.members
    shown = replace(statement, members=(replace(one, heirs=heirs),))
    (note,) = household_words.told(shown, locale="zh_CN").members[0].notes
    assert note == f"这位成员的资格2026年1月12日终止。该得的钱照样给{'，' if heirs else '：'}{says}"


def test_a_loss_is_read_from_the_books(db: Connection) -> None:
    """The year after: nothing but a cost, so the stage closes a loss of 500.00."""
    post(db)
    book = book_of(db)
    post_voucher(db, "2026-03-01 购买办公用品 | 523 500.00 | cr 101 500.00", book=book.id)
    settled(db, book.id, 2026)
    statement = queries.statement_seen_by(
        db, AUDITOR, book=book, household="HQ001", year=2026, on=date(2027, 2, 1)
    )
    assert statement.loss == 50_000
    lost = replace(
        statement, kind=BookKind.COLLECTIVE, members=(replace(statement.members[0], cases=(Case.LOSS,)),)
    )
    collectives = household_words.told(lost, locale="zh_CN")
    assert (collectives.account, collectives.statutory, collectives.members[0].notes[0]) == (
        "村集体应付您的", "", "2026年村集体亏损 500.00 元，亏损就没有钱可分。您家的份额不变。",
    )  # fmt: skip
    assert statement.members[0].years[0].amount == 319_688, "the year before is remembered"


# Appeals


def appeal(
    db: Connection, payee: str = "Q0002", *, by: str = "HQ001", on: date = ON, text: str = "少算了"
) -> None:
    notices.file(db, NAME, payee=payee, text=text, by=person_of(db, by), on=on, at=at(on))


def answer(db: Connection, *, by: PersonId, upheld: bool = False, text: str = "已核对") -> None:
    notices.answer(db, book=NAME.book, number=1, upheld=upheld, text=text, by=by, on=ON, at=at(ON))


def again(db: Connection, *, on: date = ON, by: str = "HQ001") -> None:
    person = person_of(db, by)
    notices.escalate(db, book=NAME.book, number=1, text="请复核", by=person, on=on, at=at(on))


def codes_of(act: Callable[[], object]) -> list[str]:
    with pytest.raises(Refusal) as caught:
        act()
    return [problem.code for problem in caught.value.problems]


def test_an_appeal_holds_its_line_until_it_is_settled(db: Connection) -> None:
    run = runs_queries.run(db, NAME)
    assert run is not None
    assert notice_queries.held_lines(db, run) == frozenset()
    appeal(db)
    assert notice_queries.held_lines(db, run) == {"Q0002"}
    assert told(db, "HQ001").members[0].runs[0].held
    answer(db, by=CASHIER)
    assert notice_queries.held_lines(db, run) == frozenset()
    again(db)
    assert notice_queries.held_lines(db, run) == {"Q0002"}
    answer(db, by=REVIEWER, upheld=True)
    (one,) = notice_queries.appeals(db, book=NAME.book, run=NAME)
    assert (one.state, len(one.answers)) == (AppealState.UPHELD, 3)
    assert notice_queries.held_lines(db, run) == {"Q0002"}, "it is right, so the list is made anew first"


@pytest.mark.parametrize("approved_before", [False, True])
def test_an_upheld_appeal_returns_the_run_until_its_list_is_another(
    db: Connection, approved_before: bool
) -> None:
    appeal(db)
    if approved_before:
        runs.approve(db, NAME, by=CASHIER, on=ON, at=at(ON))
    answer(db, by=CASHIER, upheld=True)
    run = runs_queries.run(db, NAME)
    assert run is not None
    assert (run.state, run.approved_by) == (RunState.RETURNED, None)
    last = runs_queries.acts(db, NAME)[-1]
    assert (last.step, last.by, last.reason) == (RunStep.RETURN, CASHIER, "异议1（Q0002）成立：少算了")
    (section,) = told(db, "HQ001").members
    assert [(one.text, one.state) for one in section.appeals] == [("少算了", AppealState.UPHELD)]
    words = household_words.told(told(db, "HQ001"), locale="zh_CN").members[0]
    assert words.notes == ("您提的异议成立，名单已退回重做。重做好了会再公示，到时请再来看。",)

    def again_handed_in() -> None:
        runs.submit(db, NAME, by=ACCOUNTANT, on=ON, at=at(ON))

    assert codes_of(again_handed_in) == ["upheld_appeal_must_change_the_list"]
    a_trade_more(db)
    again_handed_in()
    runs.publish(db, NAME, by=ACCOUNTANT, on=ON, at=at(ON))
    anew = runs_queries.run(db, NAME)
    assert anew is not None
    assert notice_queries.held_lines(db, anew) == frozenset()
    assert told(db, "HQ001").members[0].got > 319_688


def test_an_appeal_that_is_right_about_a_booked_list_holds_its_line(db: Connection) -> None:
    appeal(db)
    post(db)
    answer(db, by=REVIEWER, upheld=True)
    run = runs_queries.run(db, NAME)
    assert run is not None
    assert run.state is RunState.POSTED, "what is booked is taken back, not returned"
    assert notice_queries.held_lines(db, run) == {"Q0002"}, "the rest goes on"


def test_a_list_keeps_the_clock_it_was_hung_out_with(db: Connection) -> None:
    """Twenty days instead of fifteen, ten working days instead of seven, approved after the list was hung out."""
    slower = Procedure(notice_days=10, appeal_days=20)
    version = policies.record_procedure(db, slower, book=NAME.book, year=2025, by=ACCOUNTANT, at=at(ON))
    scan = replace(RESOLUTION.file, sha256="b" * 64)
    which = {"book": NAME.book, "kind": PolicyKind.PROCEDURE, "year": 2025, "version": version}
    policies.attach_paper(db, scan, **which, by=ACCOUNTANT, at=at(ON))  # type: ignore[arg-type]
    policies.approve(db, **which, sha256=scan.sha256, resolution="2026-3", by=CASHIER, on=ON, at=at(ON))  # type: ignore[arg-type]
    assert policy_queries.procedure(db, book=NAME.book, year=2025) == slower
    hung = (date(2026, 2, 11), date(2026, 2, 17))
    run = runs_queries.run(db, NAME)
    assert run is not None
    notice = notice_queries.notice(db, NAME, unit="")
    seen = told(db, "HQ001").members[0].runs[0]
    assert (notice.ends, notice.appeals_end) == (seen.notice_ends, seen.appeals_end) == hung
    assert run_answer(db, run).notice_ends == hung[0]
    assert codes_of(lambda: appeal(db, on=date(2026, 2, 18))) == ["appeal_must_be_in_time"]
    runs.give_back(db, NAME, by=CASHIER, on=ON, at=at(ON), reason="考勤有误")
    runs.submit(db, NAME, by=ACCOUNTANT, on=ON, at=at(ON))
    runs.publish(db, NAME, by=ACCOUNTANT, on=ON, at=at(ON) + timedelta(seconds=1))
    anew = told(db, "HQ001").members[0].runs[0]
    assert (anew.notice_ends, anew.appeals_end) == (date(2026, 3, 5), date(2026, 3, 5)), "hung out anew"
    post_on = date(2026, 3, 6)
    runs.approve(db, NAME, by=CASHIER, on=post_on, at=at(post_on))


@pytest.mark.parametrize(
    ("payee", "by", "on", "text", "codes"),
    [
        ("Q0002", "HQ001", date(2026, 2, 17), "少算了", []),
        ("Q0002", "HQ001", date(2026, 2, 18), "少算了", ["appeal_must_be_in_time"]),
        ("Q0002", "HQ001", ON, " ", ["appeal_must_say_why"]),
        ("Q0002", "HQ001", ON, "字" * 1001, ["appeal_must_say_why"]),
        ("Q0006", "HQ001", ON, "少算了", ["payee_must_be_of_the_household"]),
        ("Q0001", "HQ001", ON, "少算了", ["payee_must_be_of_the_household"]),
    ],
)
def test_what_stands_against_an_appeal(
    db: Connection, payee: str, by: str, on: date, text: str, codes: list[str]
) -> None:
    if codes:
        assert codes_of(lambda: appeal(db, payee, by=by, on=on, text=text)) == codes
    else:
        appeal(db, payee, by=by, on=on, text=text)


def test_an_appeal_is_answered_once_and_looked_at_again_once(db: Connection) -> None:
    assert codes_of(lambda: answer(db, by=CASHIER)) == ["appeal_must_be_there"]
    appeal(db)
    assert codes_of(lambda: appeal(db)) == ["appeal_must_be_new"]
    assert codes_of(lambda: again(db)) == ["appeal_must_be_rejected"]
    assert codes_of(lambda: answer(db, by=CASHIER, text="")) == ["appeal_must_say_why"]
    answer(db, by=CASHIER)
    assert codes_of(lambda: answer(db, by=CASHIER)) == ["appeal_must_be_open"]
    assert codes_of(lambda: again(db, by="HQ005")) == ["appeal_must_be_there"]
    assert codes_of(lambda: again(db, on=date(2026, 3, 1))) == ["appeal_must_be_in_time"]
    again(db)
    assert codes_of(lambda: again(db)) == ["appeal_must_be_escalated_once"]
    assert codes_of(lambda: answer(db, by=CASHIER)) == ["second_look_must_be_anothers"]
    answer(db, by=REVIEWER)
    assert codes_of(lambda: again(db)) == ["appeal_must_be_escalated_once"]


def test_there_is_nothing_to_disagree_with_before_the_notice(db: Connection) -> None:
    runs.give_back(db, NAME, by=CASHIER, on=ON, at=at(ON), reason="考勤有误")
    assert codes_of(lambda: appeal(db)) == ["run_must_be_published"]


def test_a_household_that_came_in_person_has_its_paper_recorded(db: Connection) -> None:
    """By the accountant, with the scan; from then on it is the household's own."""

    def record(payee: str) -> None:
        notices.record(
            db,
            NAME,
            payee=payee,
            text="少算了",
            came=ON,
            scan=replace(RESOLUTION.file, sha256="c" * 64, name="书面异议.pdf"),
            by=ACCOUNTANT,
            on=ON,
            at=at(ON),
        )

    assert codes_of(lambda: record("Q9999")) == ["appeal_payee_must_be_there"]
    record("Q0002")
    (seen,) = told(db, "HQ001").members[0].appeals
    assert (seen.payee, seen.household, [paper.name for paper in seen.papers]) == (
        "Q0002",
        "HQ001",
        ["书面异议.pdf"],
    )
    assert codes_of(lambda: answer(db, by=ACCOUNTANT)) == ["answerer_must_be_another"]
    answer(db, by=CASHIER)
    again(db)
    assert prove(db, book=book_of(db)).problems == ()


@pytest.mark.parametrize(
    "table", ["appeal", "appeal_answer", "household_login", "household_card", "household_pin"]
)
@pytest.mark.parametrize("change", ["UPDATE {table} SET book_id = book_id", "DELETE FROM {table}"])
def test_cards_and_appeals_are_never_changed_or_lost(db: Connection, table: str, change: str) -> None:
    appeal(db)
    answer(db, by=CASHIER)
    digest = b"HQ001".ljust(32)
    households.set_pin(db, book=NAME.book, household="HQ001", digest=digest, pin_hash="hash", at=at(ON))
    assert db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0
    with pytest.raises(DBAPIError, match=f"{table} is only added to"):
        db.execute(text(change.format(table=table)))


# Check codes and the notice board


def test_a_check_code_is_of_this_amount_of_this_sealed_run(db: Connection) -> None:
    on_notice = told(db, "HQ001").members[0].runs[0].code
    found = notice_queries.verified(db, on_notice)
    assert found is not None
    assert (found.name, found.year, yuan(found.amount)) == ("卢*", 2025, "3196.88")
    post(db)
    assert told(db, "HQ001").members[0].runs[0].code == on_notice, "the paper on the wall stays good"
    assert notice_queries.verified(db, on_notice) is not None
    changed = on_notice[:-1] + ("0" if on_notice[-1] != "0" else "1")
    assert notice_queries.verified(db, changed) is None


def test_the_notice_board_lists_what_is_on_notice(db: Connection) -> None:
    (notice,) = notice_queries.on_notice(db)
    assert (notice.run, notice.published, notice.ends, notice.appeals_end) == (
        str(NAME),
        date(2026, 2, 2),
        date(2026, 2, 11),
        date(2026, 2, 17),
    )
    run = runs_queries.run(db, NAME)
    assert run is not None
    lines = notice_queries.masked_list(db, run, NAME)
    assert [(line.name, yuan(line.amount)) for line in lines[:2]] == [
        ("清水村股份经济合作社", "5682.37"),
        ("卢*", "3196.88"),
    ]
    assert (notice.payees, sum(line.amount for line in lines)) == (12, notice.total)
    post(db)
    assert notice_queries.on_notice(db) == ()
