"""Every guided act of the register: what it writes in full, what it refuses, and that the register equals 301 after it."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from coop.closing import actions as closing
from coop.herd import actions as herd_actions
from coop.herd import queries as herd
from coop.member_accounts import queries as member_accounts
from coop.members import queries as members
from coop.proof import queries as proof
from coop.register import actions, queries
from coop.shares import actions as share_actions
from coop.shares import queries as shares
from ledger.assets import queries as assets
from ledger.books import queries as books
from ledger.log import queries as log
from ledger.money import yuan
from ledger.periods import actions as periods
from ledger.vouchers import queries as vouchers
from schemas.herd import AnimalState, Leaving
from schemas.problems import Refusal, RefusalKind
from schemas.register import ActState, AnyAct
from schemas.shares import NewMovement, ShareAct, ShareClass, ShareOrigin
from schemas.vouchers import Origin
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    ON,
    REVIEWER,
    a_book,
    a_database,
    close,
    close_year,
    post,
    record,
    refused,
    rolled_back,
)
from tests.conftest import Databases
from tests.registry import VAULT, a_cooperative, act, confirmed, done, moved_by, prepared, said_by

EAR_TAGS = [{"ear_tag": "245000010100001", "weight": "179.00"}, {"ear_tag": "245000010100002"}]
CASH = "cash on=2025-03-05 member=M0001 amount=8000.00 resolution=1号"
GRANTED = "cash on=2025-03-06 member=M0001 amount=1500.00 origin=granted resolution=1号"
LAND = "land on=2025-02-25 member=M0001 mu=3.00 years=8 price=600.00 expense_detail=土地 resolution=2号"


@pytest.fixture(scope="module")
def engine(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, a_cooperative) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as db:
        yield db


def holds_together(db: Connection) -> None:
    """The register equals 301 member by member, and the whole book is proved."""
    book = books.book(db, id=BOOK)
    assert book is not None
    assert shares.register_differences(db, book=book, until=299913) == ()
    assert [one for one in proof.prove(db, book=book).problems if one.severity == "error"] == []


def given(db: Connection, *before: str) -> None:
    """What was there before an act: acts, or vouchers, which begin with their day. ``import`` comes from an import."""
    for one in before:
        if one.startswith("import "):
            record(db, one.removeprefix("import "), origin=Origin.IMPORT)
        elif one[:4].isdigit():
            post(db, one)
        else:
            kind = one.split()[0]
            done(db, act(one, calves=EAR_TAGS) if kind == "calf" else act(one))


OWED = "2025-03-31 值班 | 141/Q2501 900.00 | cr 213/M0002 900.00"
DISTRIBUTED = "import 2025-03-31 分配 | 332/各项分配 500.00 patronage_refund | cr 221/M0001 300.00 | cr 221/M0002 200.00"
RESERVED = "import 2025-03-31 公积 | 332/各项分配 120.00 reserve_draw | cr 322/M0001 120.00 reserve_draw"
CALF = "calf on=2025-03-05 member=M0001 price=6500.00 batch=Q2501 origin=granted resolution=4号"

WRITES: list[tuple[tuple[str, ...], str, list[str], list[str]]] = [
    (
        (),
        CASH,
        ["102 8000.00 | cr 301/M0001 8000.00 contribution_increase"],
        ["M0001 cash contribute 8000.00@1.00 8000.00 own v1"],
    ),
    (
        (),
        "cash on=2025-03-05 member=M0001 amount=2000.00 premium=200.00 money=101 resolution=1号",
        [
            "101 2200.00 | cr 301/M0001 2000.00 contribution_increase | cr 321/股金溢价 200.00 share_premium",
        ],
        ["M0001 cash contribute 2000.00@1.00 2000.00 own v1"],
    ),
    (
        (),
        "cash on=2025-03-05 member=M0009 amount=200000.00 origin=backer resolution=1号",
        ["102 200000.00 | cr 301/M0009 200000.00 contribution_increase"],
        ["M0009 cash contribute 200000.00@1.00 200000.00 backer v1"],
    ),
    (
        (),
        "cash on=2025-03-05 member=M0009 amount=50000.00 origin=state resolution=1号",
        ["102 50000.00 | cr 301/M0009 50000.00 contribution_increase"],
        ["M0009 cash contribute 50000.00@1.00 50000.00 state v1"],
    ),
    (
        (),
        "cash on=2025-03-05 member=M0002 amount=1500.00 origin=granted resolution=1号",
        ["102 1500.00 | cr 301/M0002 1500.00 contribution_increase"],
        ["M0002 cash contribute 1500.00@1.00 1500.00 granted v1"],
    ),
    (
        (),
        LAND,
        ["161/土地经营权 14400.00 x24.00 | cr 301/M0001 14400.00 contribution_increase"],
        ["M0001 land contribute 24.00@600.00 14400.00 own v1"],
    ),
    (
        (),
        CALF,
        ["141/Q2501 13000.00 x2.00 | cr 301/M0001 13000.00 contribution_increase"],
        ["M0001 calf_granted contribute 2.00@6500.00 13000.00 granted v1"],
    ),
    (
        (),
        "calf on=2025-03-05 member=M0002 price=6200.00 batch=Q2502 resolution=4号",
        ["141/Q2502 12400.00 x2.00 | cr 301/M0002 12400.00 contribution_increase"],
        ["M0002 calf_own contribute 2.00@6200.00 12400.00 own v1"],
    ),
    (
        (),
        "labour on=2025-03-28 member=M0001 days=8.50 day_value=90.00 resolution=3号",
        [],
        ["M0001 labour contribute 8.50@90.00 765.00 own"],
    ),
    (
        (OWED,),
        "wages on=2025-03-31 member=M0002 amount=900.00",
        [
            "213/M0002 900.00 | cr 102 900.00",
            "102 900.00 | cr 301/M0002 900.00 contribution_increase",
        ],
        ["M0002 cash contribute 900.00@1.00 900.00 own v2"],
    ),
    (
        (),
        "gift on=2025-02-13 giver=县红十字会 amount=20000.00",
        ["102 20000.00 | cr 311/社会捐赠-县红十字会 20000.00 donation"],
        [],
    ),
    (
        (),
        "gift on=2025-02-13 giver=某厂 amount=3000.00 account=121 detail=豆粕 quantity=2.00",
        ["121/豆粕 3000.00 x2.00 | cr 311/社会捐赠-某厂 3000.00 donation"],
        [],
    ),
    (
        (),
        "gift on=2025-02-13 giver=县农业局 source=state amount=8000.00 account=151 detail=铡草机",
        ["151/铡草机 8000.00 | cr 311/财政补助-县农业局 8000.00 state_aid"],
        [],
    ),
    (
        (),
        "aid_received on=2025-01-20 project=牛舍建设 amount=120000.00",
        ["102 120000.00 | cr 235/牛舍建设 120000.00"],
        [],
    ),
    (
        ("aid_received on=2025-01-20 project=牛舍建设 amount=120000.00",),
        "aid_used on=2025-02-26 project=牛舍建设 amount=100000.00",
        ["235/牛舍建设 100000.00 | cr 311/财政补助-牛舍建设 100000.00 state_aid"],
        [],
    ),
    (
        (LAND,),
        "transfer on=2025-06-30 member=M0001 to=M0002 share=land quantity=8.00 resolution=5号",
        [
            "301/M0001 4800.00 transfer_between_members | cr 301/M0002 4800.00 transfer_between_members",
        ],
        [
            "M0001 land transfer -8.00@600.00 -4800.00 own v1",
            "M0002 land transfer 8.00@600.00 4800.00 own v1 to1",
        ],
    ),
    (
        (CASH, GRANTED),
        "transfer on=2025-06-30 member=M0001 to=M0002 share=cash quantity=950.00 resolution=5号",
        [
            "301/M0001 950.00 transfer_between_members | cr 301/M0002 950.00 transfer_between_members",
        ],
        [
            "M0001 cash transfer -800.00@1.00 -800.00 own v1",
            "M0002 cash transfer 800.00@1.00 800.00 own v1 to1",
            "M0001 cash transfer -150.00@1.00 -150.00 granted v1",
            "M0002 cash transfer 150.00@1.00 150.00 granted v1 to3",
        ],
    ),
    (
        (CASH, GRANTED, "death on=2025-11-02 member=M0001"),
        "withdrawal on=2025-12-31 member=M0001 resolution=9号",
        ["301/M0001 9500.00 contribution_decrease | cr 114/M0001 9500.00"],
        [
            "M0001 cash withdraw -8000.00@1.00 -8000.00 own v1",
            "M0001 cash withdraw -1500.00@1.00 -1500.00 granted v1",
        ],
    ),
    (
        (
            CASH,
            "death on=2025-02-02 member=M0001",
            "withdrawal on=2025-03-31 member=M0001 resolution=9号",
            RESERVED,
        ),
        "withdrawal on=2025-04-30 member=M0001 resolution=10号",
        ["322/M0001 120.00 reserve_to_leaver | cr 114/M0001 120.00"],
        [],
    ),
    (
        ("labour on=2025-03-28 member=M0001 days=6.00 day_value=90.00 resolution=3号",),
        "transfer on=2025-06-30 member=M0001 to=M0002 share=labour quantity=2.00 resolution=5号",
        [],
        [
            "M0001 labour transfer -2.00@90.00 -180.00 own",
            "M0002 labour transfer 2.00@90.00 180.00 own to1",
        ],
    ),
    (
        (RESERVED,),
        "conversion on=2025-04-30 source=reserve resolution=6号",
        [
            "322/M0001 120.00 reserve_to_capital | cr 301/M0001 120.00 reserve_to_capital",
        ],
        ["M0001 cash convert 120.00@1.00 120.00 own v1"],
    ),
    (
        (CASH, LAND, CALF),
        "revaluation on=2025-09-30 member=M0001 share=land value=15600.00 detail=土地经营权 card=土地-M0001-2 resolution=7号",
        ["161/土地经营权 1200.00 | cr 301/M0001 1200.00 contribution_increase"],
        ["M0001 land revalue 0.00@650.00 1200.00 own v1"],
    ),
    (
        (CALF,),
        "revaluation on=2025-09-30 member=M0001 share=calf_granted value=12000.00 detail=Q2501 resolution=7号",
        ["301/M0001 1000.00 contribution_decrease | cr 141/Q2501 1000.00"],
        ["M0001 calf_granted revalue 0.00@6000.00 -1000.00 granted v1"],
    ),
    (
        ("labour on=2025-03-28 member=M0001 days=6.00 day_value=90.00 resolution=3号",),
        "revaluation on=2025-09-30 member=M0001 share=labour value=600.00 resolution=7号",
        [],
        ["M0001 labour revalue 0.00@100.00 60.00 own"],
    ),
    (
        (CASH,),
        "reversal on=2025-03-20 request=1 note=金额有误",
        ["102 -8000.00 | cr 301/M0001 -8000.00 contribution_increase"],
        ["M0001 cash contribute -8000.00@1.00 -8000.00 own v1 back1"],
    ),
    (
        (CASH,),
        "reversal on=2026-01-10 movement=1 note=金额有误",
        ["301/M0001 8000.00 contribution_increase | cr 102 8000.00"],
        ["M0001 cash contribute -8000.00@1.00 -8000.00 own v1 back1"],
    ),
    (
        (OWED, "wages on=2025-03-31 member=M0002 amount=900.00"),
        "reversal on=2025-04-01 movement=1 note=未同意转股",
        [
            "213/M0002 -900.00 | cr 102 -900.00",
            "102 -900.00 | cr 301/M0002 -900.00 contribution_increase",
        ],
        ["M0002 cash contribute -900.00@1.00 -900.00 own v2 back1"],
    ),
]


def _id(case: object) -> str:
    return case.replace("=", " ").split(" resolution")[0] if isinstance(case, str) else ""


def _act(text: str) -> AnyAct:
    match text.split(maxsplit=1)[0]:
        case "calf":
            return act(text, calves=EAR_TAGS)
        case "conversion":
            return act(text, parts=[{"member": "M0001", "amount": "120.00"}])
        case _:
            return act(text)


@pytest.mark.parametrize(("before", "text", "lines", "movements"), WRITES, ids=_id)
def test_an_act_writes_its_vouchers_and_movements_at_once(
    db: Connection, before: tuple[str, ...], text: str, lines: list[str], movements: list[str]
) -> None:
    given(db, *before)
    asked = prepared(db, _act(text))
    assert [said_by(draft) for draft in asked.writes.vouchers] == lines
    assert moved_by(asked.writes.movements) == movements
    known = shares.last_movement(db, book=BOOK)
    assert known == len(shares.movements(db, book=BOOK)), "preparing wrote a movement"
    written = confirmed(db, asked)
    assert (written.state, len(written.movements)) == (ActState.DONE, len(movements))
    posted = vouchers.vouchers(db, book=BOOK, ids=written.vouchers)
    assert [said_by(posted[id]) for id in written.vouchers] == lines  # type: ignore[arg-type]
    assert {(one.origin, one.prepared_by, one.reviewed_by) for one in posted.values()} <= {
        (Origin.REGISTER, ACCOUNTANT, REVIEWER)
    }
    recorded = shares.movements(db, book=BOOK)[known:]
    assert [one.resolution for one in recorded] == [asked.act.resolution] * len(movements)
    assert {one.voucher for one in recorded} <= {None, *written.vouchers}
    holds_together(db)


def test_two_members_distributions_become_capital_by_one_voucher(db: Connection) -> None:
    given(db, DISTRIBUTED)
    parts = [{"member": "M0001", "amount": "300.00"}, {"member": "M0002", "amount": "150.00"}]
    written = done(db, act("conversion on=2025-04-30 source=patronage resolution=6号", parts=parts))
    assert [said_by(draft) for draft in written.writes.vouchers] == [
        (
            "221/M0001 300.00 | 221/M0002 150.00 | cr 301/M0001 300.00 surplus_to_capital"
            " | cr 301/M0002 150.00 surplus_to_capital"
        )
    ]
    holds_together(db)


def test_land_gets_a_card_that_writes_it_off(db: Connection) -> None:
    done(db, act(LAND))
    (card,) = assets.cards(db, book=BOOK)
    terms = card.terms[0]
    assert (card.code, card.account, card.contra, card.detail) == ("土地-M0001-1", "161", "162", "土地经营权")
    assert (terms.cost, terms.life_months, terms.expense_account) == (1_440_000, 96, "401")
    done(
        db,
        act(
            "revaluation on=2025-09-30 member=M0001 share=land value=15600.00 detail=土地经营权"
            " card=土地-M0001-1 resolution=7号"
        ),
    )
    (card,) = assets.cards(db, book=BOOK)
    assert [(one.from_month, one.cost) for one in card.terms] == [(202502, 1_440_000), (202509, 1_560_000)]
    done(db, act("reversal on=2025-10-31 request=2 note=决议撤销"))
    (card,) = assets.cards(db, book=BOOK)
    assert [(one.from_month, one.cost) for one in card.terms][-1] == (202510, 1_440_000)
    holds_together(db)


def test_calves_stand_in_the_herd_until_their_act_is_taken_back(db: Connection) -> None:
    given(db, CALF)
    assert [(one.ear_tag, one.owner_member, one.origin.value) for one in herd.animals(db, book=BOOK)] == [
        ("245000010100001", "M0001", "granted_share"),
        ("245000010100002", "M0001", "granted_share"),
    ]
    done(db, act("reversal on=2025-03-20 movement=1 note=耳标有误"))
    assert {one.state.value for one in herd.animals(db, book=BOOK)} == {"returned"}
    holds_together(db)


def test_taking_land_back_ends_its_card(db: Connection) -> None:
    done(db, act(LAND))
    done(db, act("reversal on=2025-03-20 request=1 note=面积有误"))
    (card,) = assets.cards(db, book=BOOK)
    assert card.disposed_on == date(2025, 3, 20)
    holds_together(db)


def test_an_imported_movement_is_taken_back_with_its_whole_voucher(db: Connection) -> None:
    voucher = record(
        db,
        "2025-01-08 收到成员资金股 | 102 5000.00 | cr 301/M0001 3000.00 contribution_increase"
        " | cr 301/M0002 2000.00 contribution_increase",
    )
    new = [
        NewMovement(
            on=date(2025, 1, 8),
            member=member,
            share=ShareClass.CASH,
            act=ShareAct.CONTRIBUTE,
            quantity=amount,
            price=100,
            value=amount,
            origin=ShareOrigin.OWN,
            voucher=voucher.id,
        )
        for member, amount in (("M0001", 300_000), ("M0002", 200_000))
    ]
    share_actions.record_many(db, new, book=BOOK, by=ACCOUNTANT, at=AT)
    written = done(db, act("reversal on=2025-02-01 movement=2 note=重复入账"))
    assert moved_by(written.writes.movements) == [
        "M0001 cash contribute -3000.00@1.00 -3000.00 own v1 back1",
        "M0002 cash contribute -2000.00@1.00 -2000.00 own v1 back2",
    ]
    holds_together(db)


def test_what_was_granted_to_a_household_has_its_own_column_until_it_leaves(db: Connection) -> None:
    """到户类: animals and money alike. Half the cash handed on takes half of it along, and a settlement leaves none."""
    given(db, CASH, GRANTED, CALF)
    assert _own_and_granted(db, "M0001") == ("8000.00", "14500.00")
    given(db, "transfer on=2025-06-30 member=M0001 to=M0002 share=cash quantity=4750.00 resolution=5号")
    assert _own_and_granted(db, "M0001") == ("4000.00", "13750.00")
    assert _own_and_granted(db, "M0002") == ("4000.00", "750.00")
    given(db, "death on=2025-11-02 member=M0001", "withdrawal on=2025-12-31 member=M0001 resolution=9号")
    assert _own_and_granted(db, "M0001") == ("0.00", "0.00")
    holds_together(db)


def _own_and_granted(db: Connection, member: str) -> tuple[str, str]:
    """The two columns 成员出资 of the member account of 2025."""
    book = books.book(db, id=BOOK)
    assert book is not None
    account = member_accounts.member_account(
        db, book=book, number=member, year=2025, record_date=date(2025, 12, 31)
    )
    return yuan(account.capital_other), yuan(account.capital_granted)


# A member's way: joining, leaving, dying


JOIN = (
    "joining on=2025-06-18 applied_on=2025-06-01 number=M0012 name=谭红花 household=HQ011 identity=450000197208125159"
    " phone=15400007777 bank=农商行 bank_account=6222000004987214810 account_kind=card resolution=8号"
)


def test_a_household_joins_with_its_identity_under_seal(db: Connection) -> None:
    asked = prepared(db, act(JOIN))
    assert "4500001972081251" not in str(asked) + str(queries.request(db, book=BOOK, number=1))
    assert members.member(db, book=BOOK, number="M0012") is None
    confirmed(db, asked)
    found = members.member(db, book=BOOK, number="M0012")
    assert found is not None
    assert (found.identity, found.bank_account, found.joined_on) == (
        "450000********5159",
        "6222 **** **** 4810",
        date(2025, 6, 18),
    )
    assert queries.sealed_content(db, book=BOOK, number=1) is None, "the sealed paper is taken away"
    done(db, act("cash on=2025-06-18 member=M0012 amount=8000.00 resolution=8号"))
    holds_together(db)


def test_who_leaves_holds_until_the_year_ends_and_is_settled_after_it(db: Connection) -> None:
    given(
        db, CASH, LAND, RESERVED, "labour on=2025-03-28 member=M0001 days=6.00 day_value=90.00 resolution=3号"
    )
    done(db, act("leaving on=2025-09-30 member=M0001 year=2025"))
    member = members.member(db, book=BOOK, number="M0001")
    assert member is not None
    assert member.left_on == date(2025, 12, 31)
    held = shares.holdings(db, book=BOOK, as_of=date(2025, 12, 31))["M0001"]
    assert (held.refundable, held.all_classes) == (2_240_000, 2_294_000)
    with pytest.raises(Refusal) as early:
        prepared(db, act("withdrawal on=2025-12-31 member=M0001 resolution=9号"))
    assert refused(early.value) == ["membership_must_have_ended"]
    written = done(db, act("withdrawal on=2026-01-10 member=M0001 resolution=9号"))
    assert [said_by(draft) for draft in written.writes.vouchers] == [
        "301/M0001 22400.00 contribution_decrease | 322/M0001 120.00 reserve_to_leaver | cr 114/M0001 22520.00"
    ]
    assert moved_by(written.writes.movements) == [
        "M0001 cash withdraw -8000.00@1.00 -8000.00 own v1",
        "M0001 land withdraw -24.00@600.00 -14400.00 own v1",
        "M0001 labour withdraw -6.00@90.00 -540.00 own",
    ]
    holds_together(db)


def test_a_charter_that_keeps_the_reserve_pays_the_capital_at_once(db: Connection) -> None:
    given(db, CASH, RESERVED, "leaving on=2025-09-01 member=M0001 year=2025")
    written = done(
        db, act("withdrawal on=2026-01-10 member=M0001 reserve_share=0.00 payable=102 resolution=9号")
    )
    assert [said_by(draft) for draft in written.writes.vouchers] == [
        "301/M0001 8000.00 contribution_decrease | cr 102 8000.00"
    ]
    holds_together(db)


def test_a_retracted_notice_is_taken_back(db: Connection) -> None:
    given(db, "leaving on=2025-09-01 member=M0001 year=2025")
    done(db, act("reversal on=2025-10-08 request=1 note=撤回申请"))
    member = members.member(db, book=BOOK, number="M0001")
    assert member is not None
    assert member.left_on is None


def test_a_death_taken_back_leaves_the_notice_that_stood_before(db: Connection) -> None:
    given(db, "leaving on=2025-09-01 member=M0001 year=2025", "death on=2025-11-02 member=M0001")
    done(db, act("reversal on=2025-11-05 request=2 note=登记有误"))
    member = members.member(db, book=BOOK, number="M0001")
    assert member is not None
    assert member.left_on == date(2025, 12, 31)


def test_an_heir_is_somebody_with_an_identity_of_his_own(db: Connection) -> None:
    given(db, CASH)
    done(db, act("death on=2025-11-02 member=M0001"))
    done(
        db,
        act(
            "heir on=2025-11-20 member=M0001 name=王小 relation=子 identity=450000198801239872"
            " bank=农商行 bank_account=6222000001133011488 account_kind=card"
        ),
    )
    (heir,) = members.heirs(db, book=BOOK, member="M0001")
    assert (heir.name, heir.identity, heir.bank_account) == (
        "王小",
        "450000********9872",
        "6222 **** **** 1488",
    )
    member = members.member(db, book=BOOK, number="M0001")
    assert member is not None
    assert (member.left_on, member.name) == (date(2025, 11, 2), "王0001")
    written = done(db, act("withdrawal on=2025-12-01 member=M0001 resolution=9号"))
    assert said_by(written.writes.vouchers[0]).endswith("cr 114/M0001 8000.00")
    holds_together(db)


def test_where_a_member_is_paid_changes_by_two_people(db: Connection) -> None:
    asked = prepared(db, act("payee on=2025-11-20 member=M0001 seen=1 bank_account=6222000001133011488"))
    before = members.member(db, book=BOOK, number="M0001")
    confirmed(db, asked)
    after = members.member(db, book=BOOK, number="M0001")
    assert before is not None
    assert after is not None
    assert (before.bank_account, after.bank_account) == ("6222 **** **** 1117", "6222 **** **** 1488")
    assert (before.identity, before.name, after.version) == (after.identity, after.name, 2)


# Two people


def test_who_prepares_an_act_neither_confirms_nor_declines_it(db: Connection) -> None:
    asked = prepared(db, act(CASH))
    with pytest.raises(Refusal) as confirming:
        confirmed(db, asked, by=ACCOUNTANT)
    with pytest.raises(Refusal) as declining:
        actions.decline(db, book=BOOK, request=1, by=ACCOUNTANT, at=AT, reason="x")
    assert refused(confirming.value) == refused(declining.value) == ["request_must_be_answered_by_another"]


def test_a_declined_act_writes_nothing_and_is_answered_once(db: Connection) -> None:
    prepared(db, act(CASH))
    with pytest.raises(Refusal) as silent:
        actions.decline(db, book=BOOK, request=1, by=REVIEWER, at=AT, reason=" ")
    assert refused(silent.value) == ["reason_must_be_given"]
    declined = actions.decline(db, book=BOOK, request=1, by=REVIEWER, at=AT, reason="缺入股清单")
    assert (declined.state, declined.reason) == (ActState.DECLINED, "缺入股清单")
    assert shares.movements(db, book=BOOK) == ()
    with pytest.raises(Refusal) as late:
        confirmed(db, declined)
    assert (refused(late.value), late.value.kind) == (["request_must_wait"], RefusalKind.STATE)
    with pytest.raises(Refusal) as unknown:
        actions.confirm(db, book=BOOK, request=7, vault=VAULT, by=REVIEWER, on=ON, at=AT)
    assert (refused(unknown.value), unknown.value.kind) == (["request_must_wait"], RefusalKind.MISSING)


def test_who_prepared_an_act_withdraws_it_and_it_stays_in_the_list(db: Connection) -> None:
    prepared(db, act(CASH))
    withdrawn = actions.withdraw(db, book=BOOK, request=1, by=ACCOUNTANT, at=AT, reason=" 金额有误 ")
    assert (withdrawn.state, withdrawn.reason) == (ActState.WITHDRAWN, "金额有误")
    assert queries.request(db, book=BOOK, number=1) == withdrawn
    assert shares.movements(db, book=BOOK) == ()
    last = log.latest_entries(db, book=BOOK, limit=1)[0]
    assert (last.by, last.act, last.subject) == (ACCOUNTANT, "register.withdraw", "register:1")
    assert prepared(db, act(CASH)).request == 2
    holds_together(db)


WITHDRAWN: list[tuple[str, int, int, str, list[str], RefusalKind]] = [
    ("waits", 1, REVIEWER, "x", ["request_must_be_withdrawn_by_its_preparer"], RefusalKind.RULE),
    ("waits", 1, ACCOUNTANT, " ", ["reason_must_be_given"], RefusalKind.RULE),
    ("waits", 7, ACCOUNTANT, "x", ["request_must_wait"], RefusalKind.MISSING),
    ("withdrawn", 1, ACCOUNTANT, "x", ["request_must_wait"], RefusalKind.STATE),
    ("declined", 1, ACCOUNTANT, "x", ["request_must_wait"], RefusalKind.STATE),
    ("done", 1, ACCOUNTANT, "x", ["request_must_wait"], RefusalKind.STATE),
]


@pytest.mark.parametrize(("state", "number", "by", "reason", "codes", "kind"), WITHDRAWN)
def test_what_is_not_withdrawn(
    db: Connection, state: str, number: int, by: int, reason: str, codes: list[str], kind: RefusalKind
) -> None:
    asked = prepared(db, act(CASH))
    match state:
        case "withdrawn":
            actions.withdraw(db, book=BOOK, request=1, by=ACCOUNTANT, at=AT, reason="x")
        case "declined":
            actions.decline(db, book=BOOK, request=1, by=REVIEWER, at=AT, reason="x")
        case "done":
            confirmed(db, asked)
    with pytest.raises(Refusal) as refusal:
        actions.withdraw(db, book=BOOK, request=number, by=by, at=AT, reason=reason)
    assert (refused(refusal.value), refusal.value.kind) == (codes, kind)


def test_a_withdrawn_act_is_neither_confirmed_nor_declined(db: Connection) -> None:
    asked = prepared(db, act(JOIN))
    actions.withdraw(db, book=BOOK, request=1, by=ACCOUNTANT, at=AT, reason="x")
    assert queries.sealed_content(db, book=BOOK, number=1) is None, "its identity data are gone"
    with pytest.raises(Refusal) as confirming:
        confirmed(db, asked)
    with pytest.raises(Refusal) as declining:
        actions.decline(db, book=BOOK, request=1, by=REVIEWER, at=AT, reason="x")
    assert refused(confirming.value) == refused(declining.value) == ["request_must_wait"]
    holds_together(db)


@pytest.mark.parametrize(
    ("state", "by"), [("withdrawn", REVIEWER), ("declined", ACCOUNTANT), ("done", ACCOUNTANT)]
)
def test_the_database_knows_who_may_answer(db: Connection, state: str, by: int) -> None:
    prepared(db, act(CASH))
    with pytest.raises(DBAPIError, match="register_request_two_people"):
        db.execute(
            text("UPDATE register_request SET state = :state, answered_by = :by, reason = 'x'"),
            {"state": state, "by": by},
        )


def test_an_act_that_would_write_something_else_by_now_is_not_confirmed(db: Connection) -> None:
    given(db, LAND)
    half = prepared(
        db, act("transfer on=2025-09-30 member=M0001 to=M0002 share=land quantity=12.00 resolution=5号")
    )
    given(
        db,
        "revaluation on=2025-09-30 member=M0001 share=land value=15600.00 detail=土地经营权 resolution=7号",
    )
    with pytest.raises(Refusal) as moved:
        confirmed(db, half)
    assert (refused(moved.value), moved.value.kind) == (["act_must_still_be_the_same"], RefusalKind.STALE)


def test_acts_are_listed_the_newest_first(db: Connection) -> None:
    done(db, act(CASH))
    prepared(db, act(LAND))
    assert [(one.request, one.state) for one in queries.requests(db, book=BOOK)] == [
        (2, ActState.WAITING),
        (1, ActState.DONE),
    ]
    assert [one.request for one in queries.requests(db, book=BOOK, state=ActState.DONE)] == [1]
    assert [one.request for one in queries.requests(db, book=BOOK, before=2, limit=5)] == [1]


# What is refused


REFUSED: list[tuple[tuple[str, ...], str, list[str]]] = [
    ((), CASH.replace("M0001", "M0077"), ["holder_must_be_known"]),
    ((), CASH.replace("2025-03-05", "2025-01-07"), ["holder_must_be_a_member"]),
    ((), CASH.replace("2025-03-05", "2026-01-16"), ["act_must_not_lie_ahead"]),
    ((), CASH.replace(" resolution=1号", ""), ["resolution_must_be_given"]),
    ((), f"{CASH} money=121", ["account_must_hold_money"]),
    ((), f"{CASH} money=10299", ["account_must_exist"]),
    ((), f"{CASH} money_detail=没有", ["detail_must_be_known"]),
    ((), f"{CASH} origin=backer", ["origin_must_fit_holder"]),
    ((), f"{CASH} origin=state", ["origin_must_fit_holder"]),
    ((), f"{CASH} origin=donation", ["origin_must_fit_holder"]),
    ((), CASH.replace("M0001", "M0009") + " origin=granted", ["origin_must_fit_holder"]),
    ((), LAND.replace(" expense_detail=土地", ""), ["detail_must_be_given"]),
    (
        (),
        LAND.replace("price=600.00", "price=9999999999999.00").replace("mu=3.00", "mu=9999.00"),
        ["figure_must_not_be_too_big"],
    ),
    ((CALF,), CALF, ["ear_tag_must_be_new", "ear_tag_must_be_new"]),
    ((), "wages on=2025-03-31 member=M0002 amount=900.00", ["amount_must_be_owed"]),
    ((OWED,), "wages on=2025-03-31 member=M0002 amount=900.01", ["amount_must_be_owed"]),
    ((OWED,), "wages on=2025-02-28 member=M0002 amount=900.00", ["amount_must_be_owed"]),
    ((), "gift on=2025-02-13 giver=某厂 amount=3000.00 account=501", ["account_must_hold_an_asset"]),
    ((), "aid_used on=2025-02-26 project=牛舍建设 amount=1.00", ["amount_must_be_owed"]),
    (
        (CASH,),
        "transfer on=2025-06-30 member=M0001 to=M0001 share=cash quantity=1.00 resolution=5号",
        ["receiver_must_be_another"],
    ),
    (
        (CASH,),
        "transfer on=2025-06-30 member=M0001 to=M0002 share=cash quantity=8000.01 resolution=5号",
        ["holding_must_cover_it"],
    ),
    (
        (CASH,),
        "transfer on=2025-03-04 member=M0001 to=M0002 share=cash quantity=1.00 resolution=5号",
        ["holding_must_cover_it"],
    ),
    (
        (CASH, "transfer on=2025-06-30 member=M0001 to=M0002 share=cash quantity=8000.00 resolution=5号"),
        "transfer on=2025-06-01 member=M0001 to=M0003 share=cash quantity=8000.00 resolution=5号",
        ["holding_must_not_be_negative"],
    ),
    ((RESERVED,), "conversion on=2025-02-28 source=reserve resolution=6号", ["amount_must_be_owed"]),
    ((), "conversion on=2025-04-30 source=residual resolution=6号", ["amount_must_be_owed"]),
    (
        (CASH,),
        "revaluation on=2025-09-30 member=M0001 share=cash value=1.00 resolution=7号",
        ["cash_is_not_revalued"],
    ),
    (
        (LAND,),
        "revaluation on=2025-09-30 member=M0001 share=land value=14400.00 detail=土地经营权 resolution=7号",
        ["value_must_change"],
    ),
    (
        (LAND,),
        "revaluation on=2025-09-30 member=M0001 share=land value=1.00 resolution=7号",
        ["asset_must_be_named"],
    ),
    (
        (LAND,),
        "revaluation on=2025-09-30 member=M0001 share=land value=1.00 detail=土地经营权 card=没有 resolution=7号",
        ["card_must_exist"],
    ),
    (
        (),
        "revaluation on=2025-09-30 member=M0001 share=labour value=1.00 resolution=7号",
        ["holding_must_cover_it"],
    ),
    ((CASH,), "reversal on=2025-03-20 request=1", ["reason_must_be_given"]),
    (
        (
            "aid_received on=2025-01-20 project=牛舍建设 amount=120000.00",
            "aid_used on=2025-02-26 project=牛舍建设 amount=100000.00",
        ),
        "reversal on=2025-03-20 request=1 note=x",
        ["amount_must_be_owed"],
    ),
    ((CASH,), "reversal on=2025-03-20 note=x", ["act_must_be_named"]),
    ((CASH,), "reversal on=2025-03-20 request=1 movement=1 note=x", ["act_must_be_named"]),
    ((CASH,), "reversal on=2025-03-20 request=9 note=x", ["act_must_be_done"]),
    ((CASH,), "reversal on=2025-03-20 movement=9 note=x", ["act_must_be_done"]),
    ((CASH,), "reversal on=2025-03-04 request=1 note=x", ["act_must_not_precede"]),
    (
        (CASH, "reversal on=2025-03-20 request=1 note=x"),
        "reversal on=2025-03-21 request=1 note=x",
        ["act_must_not_be_taken_back_twice"],
    ),
    (
        (CASH, "reversal on=2025-03-20 request=1 note=x"),
        "reversal on=2025-03-21 request=2 note=x",
        ["act_must_be_reversible"],
    ),
    (
        (CASH, "transfer on=2025-06-30 member=M0001 to=M0002 share=cash quantity=8000.00 resolution=5号"),
        "reversal on=2025-07-01 request=1 note=x",
        ["holding_must_not_be_negative"],
    ),
    ((), JOIN.replace("M0012", "M0001"), ["detail_must_be_new"]),
    ((), JOIN.replace("450000197208125159", "450000197208125158"), ["identity_must_be_valid"]),
    (
        (),
        JOIN.replace("450000197208125159", "450000197001010012"),
        ["identity_must_be_new_to_the_book"],
    ),
    ((), JOIN.replace("applied_on=2025-06-01 ", ""), ["application_must_be_written"]),
    ((), JOIN.replace("applied_on=2025-06-01", "applied_on=2025-06-19"), ["application_must_come_first"]),
    ((), JOIN.replace(" resolution=8号", ""), ["resolution_must_be_given"]),
    ((), "leaving on=2025-10-01 member=M0001 year=2025", ["notice_must_come_in_time"]),
    ((), "leaving on=2025-07-01 member=M0009 year=2025", ["notice_must_come_in_time"]),
    ((), "leaving on=2025-07-01 member=M0001 year=2027", ["leaving_must_be_near"]),
    (
        (),
        "gift on=2025-02-13 giver=某厂 amount=3.00 account=114 detail=M0001",
        ["account_must_hold_an_asset"],
    ),
    ((), "leaving on=2025-10-01 member=M0001 year=2025 expelled=yes", ["resolution_must_be_given"]),
    (
        ("leaving on=2025-06-30 member=M0009 year=2025",),
        "leaving on=2025-06-30 member=M0009 year=2025",
        ["membership_must_not_have_ended"],
    ),
    (
        (),
        "withdrawal on=2025-12-31 member=M0001 resolution=9号",
        ["membership_must_have_ended", "leaver_must_hold_something"],
    ),
    ((), "withdrawal on=2025-12-31 member=M0077 resolution=9号", ["holder_must_be_known"]),
    (
        (CASH, "death on=2025-11-02 member=M0001"),
        "withdrawal on=2025-12-31 member=M0001 resolution=9号 payable=211",
        ["settlement_must_be_owed_or_paid"],
    ),
    (
        (CASH, "death on=2025-11-02 member=M0001"),
        "withdrawal on=2025-12-31 member=M0001 resolution=9号 reserve_share=1.00",
        ["amount_must_be_owed"],
    ),
    ((), "death on=2025-01-01 member=M0001", ["holder_must_be_a_member"]),
    (
        (),
        "heir on=2025-11-20 member=M0001 name=王小 identity=450000198801239872",
        ["heir_must_follow_an_end"],
    ),
    ((), "payee on=2025-11-20 member=M0001 seen=1", ["change_must_say_something"]),
    ((), "payee on=2025-11-20 member=M0001 seen=2 bank=x", ["member_must_be_as_seen"]),
]


@pytest.mark.parametrize(("before", "text", "codes"), REFUSED, ids=_id)
def test_an_act_is_refused_before_anything_is_written(
    db: Connection, before: tuple[str, ...], text: str, codes: list[str]
) -> None:
    given(db, *before)
    asked = len(queries.requests(db, book=BOOK))
    with pytest.raises(Refusal) as refusal:
        prepared(db, _act(text))
    assert refused(refusal.value) == codes
    assert len(queries.requests(db, book=BOOK)) == asked
    holds_together(db)


def test_an_act_of_a_closed_month_is_refused_where_its_day_is(db: Connection) -> None:
    given(db, CASH)
    close(db, 202501, 202502, 202503)
    with pytest.raises(Refusal) as closed:
        prepared(db, act(CASH))
    assert [(one.code, one.pointer) for one in closed.value.problems] == [("period_must_be_open", "/on")]


@pytest.mark.parametrize(
    "late",
    [
        "labour on=2025-06-30 member=M0001 days=1.00 day_value=90.00 resolution=3号",
        "transfer on=2025-06-30 member=M0001 to=M0002 share=labour quantity=1.00 resolution=3号",
        "revaluation on=2025-06-30 member=M0001 share=labour value=1.00 resolution=3号",
        "reversal on=2025-06-30 request=1 note=x",
        JOIN,
    ],
)
def test_nothing_is_added_to_a_year_whose_surplus_is_shared_out(db: Connection, late: str) -> None:
    given(db, "labour on=2025-03-28 member=M0001 days=6.00 day_value=90.00 resolution=3号")
    close_year(db, 2025)
    periods.seal_year(
        db, book=BOOK, year=2025, by=ACCOUNTANT, reviewed_by=REVIEWER, resolution="2026-1", on=ON, at=AT
    )
    with pytest.raises(Refusal) as sealed:
        prepared(db, act(late))
    assert [(one.code, one.pointer) for one in sealed.value.problems] == [
        ("year_of_the_act_must_not_be_sealed", "/on")
    ]
    done(db, act("death on=2025-12-30 member=M0002"))
    holds_together(db)


def test_an_animal_that_was_sold_is_not_given_back(db: Connection) -> None:
    given(db, CALF)
    sold = Leaving(state=AnimalState.SOLD, on=date(2025, 9, 12))
    herd_actions.record_leaving(db, {"245000010100001": sold}, book=BOOK, by=ACCOUNTANT, at=AT)
    with pytest.raises(Refusal) as gone:
        prepared(db, act("reversal on=2025-09-20 request=1 note=x"))
    assert refused(gone.value) == ["animal_must_be_present"]


@pytest.fixture(scope="module")
def collective(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, lambda db: a_book(db, standard="collective-2023")) as engine:
        yield engine


REGISTERED = (
    "joining on=2025-06-18 number=M0012 name=谭红花 household=HQ011 identity=450000197208125159 phone=15400007777"
    " bank=农商行 bank_account=6222000004987214810 account_kind=card"
)


@pytest.mark.parametrize(
    "text",
    [
        "gift on=2025-02-13 giver=某厂 amount=3000.00",
        "cash on=2025-03-05 member=M0012 amount=8000.00 resolution=1号",
        "labour on=2025-03-05 member=M0012 days=3.00 day_value=90.00 resolution=1号",
        "leaving on=2025-03-01 member=M0012 year=2025",
        "withdrawal on=2026-01-10 member=M0012 resolution=9号",
    ],
)
def test_a_collectives_book_keeps_no_shares(collective: Engine, text: str) -> None:
    with rolled_back(collective) as db:
        with pytest.raises(Refusal) as none:
            prepared(db, act(text))
        assert (refused(none.value), none.value.kind) == (["book_must_keep_a_register"], RefusalKind.STATE)
        assert queries.requests(db, book=BOOK) == ()


def test_a_collective_registers_its_members_and_who_is_paid(collective: Engine) -> None:
    with rolled_back(collective) as db:
        asked = prepared(db, act(REGISTERED))
        assert members.members(db, book=BOOK) == {}
        with pytest.raises(Refusal) as own:
            confirmed(db, asked, by=ACCOUNTANT)
        assert refused(own.value) == ["request_must_be_answered_by_another"]
        confirmed(db, asked)
        (member,) = members.members(db, book=BOOK).values()
        assert (member.number, member.name, member.identity) == ("M0012", "谭红花", "450000********5159")
        book = books.book(db, id=BOOK)
        assert book is not None
        assert queries.membership_findings(db, book=book, on=date(2025, 12, 31)) == ()
        done(db, act("payee on=2025-07-01 member=M0012 seen=1 bank=邮储 bank_account=6222000004987214810"))
        done(db, act("death on=2025-11-01 member=M0012"))
        done(db, act("reversal on=2025-11-02 request=3 note=误登"))
        assert members.members(db, book=BOOK)["M0012"].left_on is None
        done(db, act("death on=2025-11-03 member=M0012"))
        done(
            db,
            act("heir on=2025-11-04 member=M0012 name=谭小 identity=450000198801239872 bank_account=1234567"),
        )
        assert [heir.name for heir in members.heirs(db, book=BOOK, member="M0012")] == ["谭小"]
        assert proof.prove(db, book=book).problems == ()


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (REGISTERED.replace("208125159", "208125158"), ["identity_must_be_valid"]),
        (REGISTERED + " applied_on=2025-06-19", ["application_must_come_first"]),
        (REGISTERED.replace("on=2025-06-18", "on=2031-06-18"), ["act_must_not_lie_ahead"]),
    ],
)
def test_a_registration_is_refused(collective: Engine, text: str, codes: list[str]) -> None:
    with rolled_back(collective) as db:
        with pytest.raises(Refusal) as wrong:
            prepared(db, act(text))
        assert refused(wrong.value) == codes


def test_the_year_check_says_what_the_law_says_of_its_members(db: Connection) -> None:
    book = books.book(db, id=BOOK)
    assert book is not None
    (check,) = (one for one in closing.year_obstacles(db, book=book, year=2025) if one.name == "membership")
    assert (check.problems, check.stops) == ((), False)
    done(db, act("leaving on=2025-03-01 member=M0001 year=2025"))
    (finding, more) = queries.membership_findings(db, book=book, on=date(2026, 1, 1))
    assert [finding.code, more.code] == ["members_should_be_enough", "farmers_should_be_most"]


@pytest.mark.parametrize("table", ["register_voucher", "register_movement", "register_reversal", "heir"])
@pytest.mark.parametrize("change", ["UPDATE {table} SET book_id = book_id", "DELETE FROM {table}"])
def test_what_an_act_wrote_is_never_changed_or_lost(db: Connection, table: str, change: str) -> None:
    given(db, CASH, "reversal on=2025-03-20 request=1 note=x", "death on=2025-11-02 member=M0001")
    done(db, act("heir on=2025-11-20 member=M0001 name=王小 identity=450000198801239872"))
    with pytest.raises(DBAPIError, match=f"{table} is only added to"):
        db.execute(text(change.format(table=table)))


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE register_request SET writes = replace(writes, '800000', '700000')",
        "UPDATE register_request SET digest = '0000000000000000000000000000000000000000000000000000000000000000'",
        "UPDATE register_request SET request = 7",
    ],
)
def test_an_act_changed_behind_the_services_back_is_named(db: Connection, tampering: str) -> None:
    prepared(db, act(CASH))
    book = books.book(db, id=BOOK)
    assert book is not None
    assert queries.changed_acts(db, book=BOOK) == ()
    db.execute(text(tampering))
    problems = [one for one in proof.prove(db, book=book).problems if one.severity == "error"]
    assert [one.code for one in problems] == ["act_must_be_as_it_was_sealed"]
