"""Bonuses and their instalments reach the bank: a township's tiers, what its collective owes of them month by month, the
order that pays it, the bank, and the household that looks where its money is. Both databases."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine

from coop.households import actions as households
from coop.members import queries as members
from coop.register import actions as register
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.money import fen_from_yuan, yuan
from ledger.vouchers import queries as vouchers
from payouts.awards import queries as award_queries
from payouts.batches import actions as batch_actions
from payouts.batches import queries as batches
from payouts.household import queries as statements
from payouts.orders import queries as orders
from payouts.proof.queries import prove, prove_township
from payouts.proposals import queries as proposals
from payouts.runs import actions as runs
from payouts.runs import queries
from payouts.runs.rules import RunName
from schemas.access import HOUSE_WIDE, Held, Rights, Role
from schemas.batches import Answer, Channel, DueState, Outcome, Reason
from schemas.books import Book
from schemas.household import RunOf
from schemas.households import NewCard
from schemas.problems import Refusal
from schemas.runs import Chosen, OrderChoice, RunKind, RunState
from tests.builders import ACCOUNTANT, REVIEWER, a_database, post, reversed_, rolled_back
from tests.registry import VAULT, act
from tests.runs import awards
from tests.runs.awards import CLEAR, FIRST, OVER, TOWNSHIP
from tests.runs.orders import named
from tests.runs.years import OFFICER, RESOLUTION, at
from web import household_words
from web.exports.runs import run_sheet

if TYPE_CHECKING:
    from tests.conftest import Databases

INSTALMENT = RunKind.INSTALMENT
CADRES = ("黎美华", "黎德", "潘玉萍")
"""They have 500.00, 500.00 and 400.00 for January, and as much for February."""
MANAGER = "李日山"
"""He has 7 200.00 at once, due in February."""
ORDERED, PAID, SAID, LATER = date(2026, 2, 13), date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 10)
CODES = {reason.value: reason for reason in Reason}
NUMBERS = {"黎美华": "M0001", "黎德": "M0002", "潘玉萍": "M0003"}
IDENTITIES = {
    "M0001": "450000197001010012",
    "M0002": "450000198801239872",
    "M0003": "450000197208125159",
    "M0004": "450000198005050024",
    "M0009": "450000199106060031",
}


def _awarded(db: Connection) -> None:
    """The tiers posted with the collectives as payers; of 清水村 January and February drafted, reviewed and posted."""
    awards.a_township(db)
    awards.owed_by(db, CLEAR, date(2026, 1, 31), OVER)


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _awarded) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def _book(db: Connection) -> Book:
    book = books.book(db, id=CLEAR)
    assert book is not None
    return book


def registered(db: Connection, number: str, name: str) -> None:
    """Somebody registered as a member of the collective: prepared by one, confirmed by another."""
    text = (
        f"joining on=2026-02-12 number={number} name={name} household=H{number[1:]} bank=农村商业银行 "
        f"identity={IDENTITIES[number]} bank_account=6222000007538161117 account_kind=card"
    )
    _done(db, text)


def _done(db: Connection, text: str) -> None:
    asked = register.prepare(db, act(text), book=CLEAR, vault=VAULT, by=ACCOUNTANT, on=OVER, at=at(OVER))
    register.confirm(db, book=CLEAR, request=asked.request, vault=VAULT, by=REVIEWER, on=OVER, at=at(OVER))


def _cadres(db: Connection) -> None:
    for name, number in NUMBERS.items():
        registered(db, number, name)


def carried(db: Connection, choice: OrderChoice | None = None) -> RunName:
    """An order over what is owed of bonuses, carried through its notice to posted."""
    run, _ = runs.new(
        db, book=CLEAR, kind=INSTALMENT, year=2026, by=ACCOUNTANT, on=ORDERED, at=at(ORDERED), order=choice
    )
    name = named(run)
    runs.submit(
        db, name, by=ACCOUNTANT, on=ORDERED, at=at(ORDERED), resolution="村字3号", papers=[RESOLUTION]
    )
    runs.publish(db, name, by=ACCOUNTANT, on=ORDERED, at=at(ORDERED))
    runs.approve(db, name, by=OFFICER, on=PAID, at=at(PAID))
    runs.post(db, name, by=ACCOUNTANT, on=PAID, at=at(PAID))
    return name


def chosen(text: str, *, through: int = 202602) -> OrderChoice:
    """``M0001 500.00; M0002 400.00 12.00 潘玉萍``: a member, how much, what of it is withheld, as whose bonus."""
    lines = []
    for one in text.split("; "):
        member, paying, *more = one.split()
        withheld, person = more[0] if more else "0.00", more[1] if len(more) > 1 else ""
        paid, kept = fen_from_yuan(paying), fen_from_yuan(withheld)
        lines.append(Chosen(member=member, paying=paid, withheld=kept, person=person))
    return OrderChoice(through=through, lines=tuple(lines))


def sent(db: Connection, name: RunName, *, channel: Channel = Channel.BANK) -> int:
    """A batch of everything that is still to be paid, sent by another person."""
    form = "rural" if channel is Channel.BANK else ""
    money = "102" if channel is Channel.BANK else "101"
    number = batch_actions.make(
        db, name, channel=channel, form=form, account=money, by=ACCOUNTANT, on=PAID, at=at(PAID)
    ).number
    batch_actions.send(db, CLEAR, number, by=REVIEWER, on=PAID, at=at(PAID))
    return number


def answered(db: Connection, number: int, *, failed: str = "") -> None:
    """The bank paid everybody but one, whose account is closed."""
    batch = batches.batch(db, book=CLEAR, number=number)
    assert batch is not None
    answers = [
        Answer(
            row=line.no,
            reference=line.reference,
            amount=line.amount,
            outcome=Outcome.FAILED if line.payee == failed else Outcome.PAID,
            on=SAID,
            code="closed" if line.payee == failed else "",
            said="",
        )
        for line in batches.lines(db, batch)
    ]
    batch_actions.take(db, CLEAR, number, answers, reasons=CODES, by=REVIEWER, on=LATER, at=at(LATER))


def wages(db: Connection) -> str:
    """What 212 owes the cadres and the manager."""
    return " ".join(
        yuan(-balances.balance_of(db, book=CLEAR, account="212", detail=one, until=202612))
        for one in (*CADRES, MANAGER)
    )


def where(db: Connection, person: str) -> str:
    """Where the money is of every part of somebody's bonus that is in a posted voucher."""
    found = orders.bonuses(db, township=TOWNSHIP, on=LATER)
    return " ".join(one.state for one in found if one.person == person and one.book == CLEAR and one.voucher)


def owed(db: Connection, *, through: int = 202602) -> str:
    found = orders.claims(db, book=_book(db), through=through)
    return " | ".join(f"{one.person} {yuan(one.owed)} {','.join(one.members)}".strip() for one in found)


def refused(work: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(Refusal) as problem:
        work()
    return [(one.code, str(one).partition(": ")[2].split(". ")[0]) for one in problem.value.problems]


def told(db: Connection, household: str) -> RunOf:
    """The order as a household reads of it."""
    auditor = Rights(person=ACCOUNTANT, held=(Held(role=Role.AUDITOR, scope=HOUSE_WIDE),))
    found = statements.statement_seen_by(
        db, auditor, book=_book(db), household=household, year=2026, on=LATER
    )
    assert household_words.told(found, locale="zh_CN").unit == found.unit
    ((run,),) = (one.runs for one in found.members)
    return run


# The story


def test_a_bonus_goes_from_the_tiers_to_the_account(db: Connection) -> None:
    _cadres(db)
    registered(db, "M0004", MANAGER)
    households.issue(
        db, [NewCard(household="H0002", digest=b"2" * 32)], book=CLEAR, by=ACCOUNTANT, at=at(FIRST)
    )
    assert wages(db) == "1000.00 1000.00 800.00 7200.00"
    assert where(db, "黎德") == "booked booked"
    name = carried(db)
    assert where(db, "黎德") == "booked booked"
    assert str(name) == f"{CLEAR}.instalment.2026.1"
    assert told(db, "H0002").money.state is DueState.TO_PAY  # type: ignore[union-attr]
    first = sent(db, name)
    assert (where(db, "黎德"), where(db, MANAGER)) == ("on_its_way on_its_way", "on_its_way")
    answered(db, first, failed="M0002")
    assert (where(db, "黎德"), where(db, MANAGER)) == ("returned returned", "paid")
    assert wages(db) == "0.00 1000.00 0.00 0.00"
    assert prove(db, book=_book(db)).problems == ()
    money = told(db, "H0002").money
    assert money is not None
    assert (money.state, money.reason) == (DueState.RETURNED, Reason.CLOSED)
    _done(
        db, "payee on=2026-02-12 member=M0002 seen=1 bank_account=6222000007538161117 account_kind=passbook"
    )
    second = sent(db, name)
    answered(db, second)
    assert wages(db) == "0.00 0.00 0.00 0.00"
    assert where(db, "黎德") == "paid paid"
    run = queries.run(db, name)
    assert run is not None
    assert (run.state, run.total) == (RunState.SETTLED, 1_000_000)
    ((paid,),) = (
        [line.summary for line in one.lines if line.detail == "黎德"]
        for one in vouchers.vouchers(
            db, book=CLEAR, ids=batches.vouchers(db, book=CLEAR, number=second)
        ).values()
    )
    assert paid == "发放2026年第1次绩效奖金"
    mine = told(db, "H0002")
    assert mine.money is not None
    assert (mine.money.state, mine.got) == (DueState.PAID, 100_000)
    assert household_words.title_of(mine, locale="zh_CN") == "您的绩效奖金（到2月底）"
    assert prove(db, book=_book(db)).problems == ()
    assert prove_township(db, township=TOWNSHIP).problems == ()


def test_a_part_is_paid_with_its_tax_and_the_rest_by_the_next_order(db: Connection) -> None:
    _cadres(db)
    name = carried(db, chosen("M0001 500.00 15.00; M0002 300.00", through=202601))
    assert wages(db) == "985.00 1000.00 800.00 7200.00"
    assert owed(db, through=202601) == "潘玉萍 400.00 M0003 | 黎德 200.00 M0002"
    number = sent(db, name)
    assert (where(db, "黎美华"), where(db, "黎德")) == ("on_its_way booked", "booked booked")
    answered(db, number)
    assert (where(db, "黎美华"), where(db, "黎德")) == ("paid booked", "booked booked")
    assert wages(db) == "500.00 700.00 800.00 7200.00"
    assert owed(db) == "李日山 7200.00 | 潘玉萍 800.00 M0003 | 黎德 700.00 M0002 | 黎美华 500.00 M0001"
    assert prove(db, book=_book(db)).problems == ()


def test_a_bonus_is_paid_in_cash(db: Connection) -> None:
    _cadres(db)
    post(db, "2026-02-13 提现 | 101 2000.00 | cr 102 2000.00", book=CLEAR)
    name = carried(db, chosen("M0003 800.00"))
    answered(db, sent(db, name, channel=Channel.CASH))
    assert wages(db) == "1000.00 1000.00 0.00 7200.00"
    assert prove(db, book=_book(db)).problems == ()


# Wages that are no bonus, payments by hand


@pytest.mark.parametrize(
    ("booked", "expected"),
    [
        (("2026-02-01 计提工资 | 513 3000.00 | cr 212/黎德 3000.00",), "1000.00"),
        (
            (
                "2026-02-01 计提工资 | 513 3000.00 | cr 212/黎德 3000.00",
                "2026-02-05 发放工资 | 212/黎德 2000.00 | cr 102 2000.00",
            ),
            "1000.00",
        ),
        (("2026-02-12 现金发放奖金 | 212/黎德 500.00 | cr 102 500.00",), "500.00"),
        (
            (
                "2026-02-12 现金发放奖金 | 212/黎德 1000.00 | cr 102 1000.00",
                "2026-02-13 计提工资 | 513 3000.00 | cr 212/黎德 3000.00",
            ),
            "",
        ),
    ],
)
def test_an_order_pays_the_bonus_and_not_the_wages(
    db: Connection, booked: tuple[str, ...], expected: str
) -> None:
    _cadres(db)
    for one in booked:
        post(db, one, book=CLEAR)
    found = {one.person: yuan(one.owed) for one in orders.claims(db, book=_book(db), through=202602)}
    assert found.get("黎德", "") == expected


def test_a_month_whose_voucher_is_cancelled_is_not_owed(db: Connection) -> None:
    _cadres(db)
    (voucher,) = (
        one
        for one in vouchers.vouchers(
            db, book=CLEAR, ids=sorted({one.voucher for one in award_queries.booked(db, book=CLEAR)})
        ).values()
        if one.lines[0].debit == 140_000
    )
    reversed_(db, voucher, dated=OVER)
    assert owed(db) == "李日山 7200.00 | 潘玉萍 400.00 M0003 | 黎德 500.00 M0002 | 黎美华 500.00 M0001"


# Who is who


def test_nobody_is_lost_who_is_not_registered_yet(db: Connection) -> None:
    registered(db, "M0001", "黎美华")
    assert refused(lambda: carried(db)) == [
        (
            "person_must_be_registered",
            "No member of this book is called 李日山、潘玉萍、黎德: nobody knows where to pay what is owed",
        )
    ]
    answered(db, sent(db, carried(db, chosen("M0001 1000.00"))))
    registered(db, "M0002", "黎德")
    assert owed(db) == "李日山 7200.00 | 潘玉萍 800.00 | 黎德 1000.00 M0002"
    answered(db, sent(db, carried(db, chosen("M0002 1000.00"))))
    assert wages(db) == "0.00 0.00 800.00 7200.00"
    assert prove(db, book=_book(db)).problems == ()


def test_of_several_of_one_name_one_is_chosen_and_stays(db: Connection) -> None:
    _cadres(db)
    registered(db, "M0004", "黎德")
    registered(db, "M0009", MANAGER)
    assert refused(lambda: carried(db)) == [
        ("person_must_be_one_member", "Several members bear one name: 黎德 (M0002, M0004)")
    ]
    answered(db, sent(db, carried(db, chosen("M0004 500.00", through=202601))))
    assert wages(db) == "1000.00 500.00 800.00 7200.00"
    assert owed(db) == "李日山 7200.00 M0009 | 潘玉萍 800.00 M0003 | 黎德 500.00 M0004 | 黎美华 1000.00 M0001"
    answered(db, sent(db, carried(db)))
    assert wages(db) == "0.00 0.00 0.00 0.00"


def test_who_bears_another_name_in_the_register_is_named_by_number(db: Connection) -> None:
    """The township's list has 黎德, the identity card 黎得."""
    registered(db, "M0002", "黎得")
    assert "黎德 1000.00" in owed(db).split(" | ")
    name = carried(db, chosen("M0002 500.00 0.00 黎德", through=202601))
    ((_, said, *_), *_) = run_sheet(db, book=_book(db), run=str(name), locale="zh_CN").rows
    assert said == "黎得 (黎德的奖金)"
    answered(db, sent(db, name))
    assert wages(db) == "1000.00 500.00 800.00 7200.00"
    assert "黎德 500.00 M0002" in owed(db).split(" | ")
    assert prove(db, book=_book(db)).problems == ()


@pytest.mark.parametrize(
    ("choice", "code", "says"),
    [
        ("M0002 1000.01", "paying_must_be_owed", "M0002 is owed 1000.00 on 212; 1000.01 is more"),
        ("M0003 1000.00 0.00 黎德; M0002 1.00", "line_must_be_chosen_once", "M0003 is named more than once on 212"),
        ("M0404 1000.00 0.00 黎德", "member_must_be_here", "There is no member M0404 here"),
        ("M0404 1.00", "member_must_be_here", "There is no member M0404 here"),
        ("M0002 1.00 0.00 某人", "paying_must_be_owed", "M0002 is owed 0.00 on 212; 1.00 is more"),
        ("M0002 1.00 1.00", "withheld_must_be_of_the_payment", "Of 1.00 to M0002 1.00 cannot be withheld"),
    ],
)  # fmt: skip
def test_a_choice_is_refused(db: Connection, choice: str, code: str, says: str) -> None:
    _cadres(db)
    assert (code, says) in refused(lambda: carried(db, chosen(choice)))


def test_whose_bonus_it_is_is_said_where_a_member_is_owed_two(db: Connection) -> None:
    registered(db, "M0002", "黎德")
    answered(db, sent(db, carried(db, chosen("M0002 100.00 0.00 潘玉萍", through=202601))))
    found = refused(lambda: carried(db, chosen("M0002 100.00")))
    assert found == [("person_must_be_chosen", "M0002 is owed as 潘玉萍、黎德")]


def test_a_cooperative_pays_no_bonus_by_order(db: Connection) -> None:
    ((code, _),) = refused(
        lambda: proposals.proposed(db, book="qingshuihezuoshe", kind=INSTALMENT, year=2026, on=ORDERED)
    )
    assert code == "payable_must_be_kept"


def test_who_died_is_paid_through_the_heir(db: Connection) -> None:
    _cadres(db)
    name = carried(db, chosen("M0003 800.00"))
    _done(db, "death on=2026-02-12 member=M0003")
    _done(
        db,
        f"heir on=2026-02-12 member=M0003 name=韦强 relation=儿子 identity={IDENTITIES['M0004']} bank=农村商业银行 "
        "bank_account=6222000007538161117 account_kind=card",
    )
    number = sent(db, name)
    batch = batches.batch(db, book=CLEAR, number=number)
    assert batch is not None
    assert [(line.payee, line.to.name) for line in batches.lines(db, batch)] == [("M0003", "韦强")]
    assert members.members(db, book=CLEAR)["M0003"].left_on == OVER
    answered(db, number)
    assert wages(db) == "1000.00 1000.00 0.00 7200.00"
