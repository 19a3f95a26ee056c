"""A pack is taken in whole or not at all; said twice it changes nothing, said differently it is refused where it differs,
and a new year is taken in when it opens with what the year before closed with."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import msgspec
import pytest
from sqlalchemy import Connection, Engine, select

from coop.closing import actions as closing
from coop.handovers import queries as handovers
from coop.herd import queries as herd
from coop.members import queries as members
from coop.members.tables import MemberSecretRow
from coop.places import queries as places
from coop.scoring import queries as scoring
from coop.shares import queries as shares
from coop.vault.rules import unseal
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.charts import COLLECTIVE, COOPERATIVE, standard
from ledger.columns import table_of
from ledger.evidence import queries as evidence
from ledger.money import yuan
from ledger.vouchers import queries as vouchers
from payouts.policies import queries as policies
from payouts.township_policies import queries as township_policies
from schemas.books import Book
from schemas.herd import AnimalState
from schemas.members import SecretField
from schemas.packs import (
    OpeningRow,
    Pack,
    PackCooperative,
    PackCorrection,
    PackCorrectionKind,
    PackLine,
    PackVoucher,
    ShareKind,
    ShareOrigin,
    ShareRow,
    VillageOpeningRow,
)
from schemas.policies import BonusLevel
from schemas.units import BookId
from schemas.vouchers import CorrectionKind, VoucherFilter, Word
from tests.builders import ACCOUNTANT, AT, ON, REVIEWER, a_house
from tests.conftest import Databases
from tests.handover import PACKS, a_vault, pack_of, rows_of_every_table, take_in
from web.database import writing_engine
from web.imports.enter import EntryRefused
from web.imports.plan import slug_of
from web.imports.read import read_pack

BOOK = "qingshuihezuoshe"
COOP, TOWNSHIP = "合作社-清水合作社.xlsx", "乡镇-清河乡.xlsx"
Change = Callable[[PackCooperative], PackCooperative]


@pytest.fixture
def house(db: Connection) -> Connection:
    a_house(db)
    return db


@pytest.fixture
def engine(database: Engine) -> Engine:
    with database.begin() as db:
        a_house(db)
    return database


def changed(pack: Pack, change: Change) -> Pack:
    """The pack with its cooperative changed."""
    (cooperative,) = pack.cooperatives
    return msgspec.structs.replace(pack, cooperatives=(change(cooperative),))


def replaced(place: int, field: str, **new: object) -> Change:
    """A row of a sheet with other values."""

    def change(of: PackCooperative) -> PackCooperative:
        rows = list(getattr(of, field))
        rows[place] = msgspec.structs.replace(rows[place], **new)
        return msgspec.structs.replace(of, **{field: tuple(rows)})

    return change


def in_line(voucher: int, line: int, **new: object) -> Change:
    """A line of a voucher with other values."""

    def change(of: PackCooperative) -> PackCooperative:
        lines = list(of.vouchers[voucher].lines)
        lines[line] = msgspec.structs.replace(lines[line], **new)
        return replaced(voucher, "vouchers", lines=tuple(lines))(of)

    return change


def info(**new: object) -> Change:
    """基本信息 with other values."""
    return lambda of: msgspec.structs.replace(of, info=msgspec.structs.replace(of.info, **new))


def without(place: int, field: str) -> Change:
    """A sheet without one of its rows."""

    def change(of: PackCooperative) -> PackCooperative:
        rows = getattr(of, field)
        return msgspec.structs.replace(of, **{field: (*rows[:place], *rows[place + 1 :])})

    return change


def found_in(db: Connection, pack: Pack) -> list[tuple[str, str | None, str | None, int | None, str | None]]:
    """What keeps a pack out: code, workbook, sheet, row and column of each finding."""
    with pytest.raises(EntryRefused) as refused:
        take_in(db, pack)
    return [(p.code, p.workbook, p.sheet, p.row, p.column) for p in refused.value.problems]


# --- whole or not at all ---------------------------------------------------------------------------------------


def test_a_dry_run_is_the_real_run_rolled_back(engine: Engine) -> None:
    with engine.connect() as db, db.begin() as transaction:
        before = rows_of_every_table(db)
        dry = take_in(db, pack_of("clean-small"))
        transaction.rollback()
    with engine.begin() as db:
        assert rows_of_every_table(db) == before
        real = take_in(db, pack_of("clean-small"))
    assert real == dry
    assert len(real.digest) == 64


def test_dirty_is_refused_and_writes_nothing(engine: Engine) -> None:
    reading = read_pack(PACKS / "dirty", cooperative=standard(COOPERATIVE), collective=standard(COLLECTIVE))
    assert reading.pack is None
    spoiled = changed(pack_of("clean-small"), in_line(152, 1, account="331", detail=""))
    with engine.begin() as db:
        before = rows_of_every_table(db)
    with pytest.raises(EntryRefused), engine.begin() as db:
        take_in(db, spoiled)
    with engine.begin() as db:
        assert rows_of_every_table(db) == before


@pytest.mark.parametrize(
    ("change", "code", "row", "column"),
    [
        (in_line(2, 1, credit=40001), "must_balance", 15, "凭证号"),
        (in_line(2, 1, account="999"), "account_must_exist", 16, "科目编码"),
        (in_line(2, 1, summary=" "), "summary_must_be_given", 16, "摘要"),
        (in_line(2, 1, detail="Q0002", account="211"), "detail_must_fit_account", 16, "明细"),
        (in_line(2, 0, quantity=100), "quantity_must_not_be_given", 15, "数量"),
        (replaced(2, "vouchers", reviewed_by="黄秀贵"), "reviewer_must_differ_from_preparer", 15, "审核"),
        (replaced(2, "vouchers", on=date(2024, 1, 16)), "year_must_be_begun", 15, "日期"),
        (in_line(63, 0, debit=-85900), "must_balance", 226, "凭证号"),
    ],
)
def test_what_the_ledger_refuses_is_named_where_it_stands(
    house: Connection, change: Change, code: str, row: int, column: str
) -> None:
    """The reader would have found most of these; whoever builds a pack without it is told the same way."""
    with pytest.raises(EntryRefused) as refused:
        take_in(house, changed(pack_of("clean-small"), change))
    first = refused.value.problems[0]
    assert (first.code, first.sheet, first.row, first.column) == (code, "凭证", row, column)
    assert first.says.format_map(first.figures)


def test_an_equity_line_without_a_source_is_named_where_it_stands(house: Connection) -> None:
    spoiled = changed(pack_of("clean-small"), in_line(9, 1, detail="县红十字会"))
    row = spoiled.cooperatives[0].vouchers[9].lines[1].row
    assert found_in(house, spoiled) == [("movement_must_be_certain", COOP, "凭证", row, "明细")]


def test_a_scan_must_have_been_kept_before(house: Connection) -> None:
    pack = pack_of("clean-small")
    lost = msgspec.structs.replace(pack.scans[0], sha256="0" * 64)
    with pytest.raises(EntryRefused) as refused:
        take_in(house, msgspec.structs.replace(pack, scans=(lost,)), stored=frozenset())
    assert [p.code for p in refused.value.problems] == ["scan_must_be_in_the_store"]


@pytest.mark.parametrize(
    ("number", "reason", "code", "said"),
    [
        ("记-0154", "", "gap_must_be_confirmed", "记-0153"),
        ("记-0155", " ", "gap_must_be_confirmed", "记-0153至记-0154"),
        ("记-10152", "", "gap_must_be_confirmed", "记-0153至记-10151"),
        ("记-10153", "旧账套作废", "gap_must_be_credible", "记-0153至记-10152"),
    ],
)
def test_gaps_are_confirmed_by_a_person_who_says_why(
    house: Connection, number: str, reason: str, code: str, said: str
) -> None:
    gapped = changed(pack_of("clean-small"), replaced(152, "vouchers", number=number))
    with pytest.raises(EntryRefused) as refused:
        take_in(house, gapped, gaps_reason=reason)
    assert [(problem.code, problem.raw) for problem in refused.value.problems] == [(code, said)]


def test_confirmed_gaps_are_known(house: Connection) -> None:
    gapped = changed(pack_of("clean-small"), replaced(152, "vouchers", number="记-0155"))
    take_in(house, gapped, gaps_reason="旧账套作废")
    gaps = vouchers.confirmed_gaps(house, book=BOOK)
    assert [(gap.word, gap.number, gap.confirmed_by, gap.reason) for gap in gaps] == [
        (Word.GENERAL, 153, ACCOUNTANT, "旧账套作废"),
        (Word.GENERAL, 154, ACCOUNTANT, "旧账套作废"),
    ]


# --- what is there afterwards ----------------------------------------------------------------------------------


def test_everything_of_the_pack_is_there(house: Connection) -> None:
    report = take_in(house, pack_of("clean-small"), name="清河乡2025")
    assert [(one.book, one.vouchers, one.scans) for one in report.books] == [
        (BOOK, 153, 15),
        ("450000101200", 24, 9),
        ("450000101201", 23, 9),
        ("450000101202", 23, 7),
    ]
    assert dict(report.township) == {
        "places": 5,
        "thresholds": 2,
        "village_scores": 3,
        "cadres": 10,
        "bonus_schemes": 2,
    }
    assert len(evidence.attachments(house, book=BOOK)) == 15
    assert len(scoring.ballots(house, book=BOOK, year=2025)) == 17
    assert [one.member for one in scoring.managers(house, book=BOOK, year=2025)] == [
        "Q0006",
        "Q0007",
        "Q0008",
    ]
    unit = places.unit(house, book=BOOK)
    assert unit is not None
    assert (unit.credit_code, unit.bank_account) == ("934500000012670499", "2010 **** **** 9255")
    policy = policies.policy(house, book=BOOK, year=2025)
    assert policy is not None
    assert [(leg.name, leg.part_bp, leg.basis.kinds) for leg in policy.legs] == [
        ("投工返还", 3000, ()),
        ("交易额返还", 3000, ()),
        ("四类股份分红", 4000, tuple(ShareKind)),
    ]
    schemes = township_policies.bonus_schemes(house, township="450000101", year=2025)
    assert (schemes[BonusLevel.TOWNSHIP].pool, schemes[BonusLevel.VILLAGE].pool) == (6_000_000, None)
    assert handovers.handovers(house)[0].name == "清河乡2025"


def test_sealed_numbers_open_only_in_their_own_row(house: Connection) -> None:
    take_in(house, pack_of("clean-small"))
    secrets = members.secrets(house, book=BOOK, number="Q0010")
    assert (
        unseal(a_vault(), secrets[SecretField.IDENTITY], owner=f"member:{BOOK}:Q0010") == "450000199104047159"
    )
    assert SecretField.NOTE not in secrets, "its numbers are the heir's"
    (heir,) = members.heirs(house, book=BOOK)
    assert (heir.member, heir.name, heir.identity, heir.bank_account) == (
        "Q0010",
        "陆永强",
        "450000********9345",
        "6222 **** **** 5184",
    )
    of_heir = members.heir_secrets(house, book=BOOK, heir=heir.heir)
    assert [
        unseal(a_vault(), of_heir[field], owner=f"heir:{BOOK}:{heir.heir}")
        for field in (SecretField.IDENTITY, SecretField.BANK_ACCOUNT)
    ] == [
        "450000198312319345",
        "6222000003076045184",
    ]
    stored = house.execute(select(table_of(MemberSecretRow).c.cipher)).scalars().all()
    assert not any(b"450000199104047159" in cipher for cipher in stored)


def test_two_imports_at_once_are_one(engine: Engine) -> None:
    def once(_: int) -> bool:
        with engine.begin() as db:
            return take_in(db, pack_of("clean-small")).changed

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(once, range(2))) == [False, True]
    with engine.begin() as db:
        assert vouchers.count(db, book=BOOK, wanted=VoucherFilter()) == 153


# --- said twice ------------------------------------------------------------------------------------------------


def test_the_same_pack_twice_changes_nothing(house: Connection) -> None:
    first = take_in(house, pack_of("clean-small"))
    before = rows_of_every_table(house)
    again = take_in(house, pack_of("clean-small"))
    assert (first.changed, again.changed) == (True, False)
    assert rows_of_every_table(house) == before


def test_the_same_rows_in_other_bytes_change_nothing(house: Connection) -> None:
    take_in(house, pack_of("clean-small"))
    before = rows_of_every_table(house)
    moved = changed(pack_of("clean-small"), replaced(3, "trades", row=99))
    assert not take_in(house, moved).changed
    assert rows_of_every_table(house) == before


def test_a_new_scan_of_a_known_voucher_is_added(house: Connection) -> None:
    take_in(house, pack_of("clean-small"))
    pack = pack_of("clean-small")
    (scan, *_) = (scan for scan in pack.scans if scan.book == "清水合作社")
    new = msgspec.structs.replace(
        scan, path="附件/清水合作社-记-0003-1.png", sha256="0" * 64, voucher="记-0003"
    )
    report = take_in(house, msgspec.structs.replace(pack, scans=(*pack.scans, new)))
    assert report.changed
    assert [one.scans for one in report.books] == [1, 0, 0, 0]


DIFFERENT: list[tuple[str, Change, tuple[str, str | None, int | None, str | None]]] = [
    ("an amount", in_line(3, 0, debit=5298), ("known_row_must_not_differ", "凭证", 17, "借方金额")),
    ("a summary", in_line(3, 1, summary="别的"), ("known_row_must_not_differ", "凭证", 18, "摘要")),
    ("a detail", in_line(3, 0, detail="差旅费"), ("known_row_must_not_differ", "凭证", 17, "明细")),
    (
        "a date",
        replaced(3, "vouchers", on=date(2025, 1, 18)),
        ("known_row_must_not_differ", "凭证", 17, "日期"),
    ),
    (
        "a preparer",
        replaced(3, "vouchers", prepared_by="王某"),
        ("known_row_must_not_differ", "凭证", 17, "制单"),
    ),
    (
        "a voucher more",
        replaced(152, "vouchers", number="记-0154"),
        ("row_must_belong_to_a_new_year", "凭证", 558, "凭证号"),
    ),
    ("a name", replaced(1, "members", name="卢兰"), ("known_row_must_not_differ", "成员", 3, "姓名")),
    (
        "a phone",
        replaced(1, "members", phone="15400002627"),
        ("known_row_must_not_differ", "成员", 3, "手机号"),
    ),
    (
        "an identity",
        replaced(1, "members", identity="450000195405294447"),
        ("known_row_must_not_differ", "成员", 3, "身份证号"),
    ),
    (
        "a last day",
        replaced(1, "members", left_on=date(2025, 12, 31)),
        ("known_row_must_not_differ", "成员", 3, "退社日期"),
    ),
    ("a note", replaced(8, "members", remark="在家"), ("known_row_must_not_differ", "成员", 10, "备注")),
    (
        "a member more",
        lambda of: msgspec.structs.replace(
            of,
            members=(*of.members, msgspec.structs.replace(of.members[-1], row=14, number="Q0099")),
        ),
        ("row_must_belong_to_a_new_year", "成员", 14, "成员编号"),
    ),
    (
        "a counterparty",
        replaced(0, "counterparties", name="别家"),
        ("known_row_must_not_differ", "往来单位", 2, "名称"),
    ),
    ("a share", replaced(4, "shares", amount=300001), ("known_row_must_not_differ", "出资", 6, "金额")),
    ("a share less", without(4, "shares"), ("known_row_must_be_there", "出资", None, None)),
    ("a trade", replaced(0, "trades", quantity=380100), ("known_row_must_not_differ", "交易", 2, "数量")),
    ("a work day", replaced(0, "work_days", days=250), ("known_row_must_not_differ", "工分", 2, "工日")),
    (
        "an animal",
        replaced(0, "animals", entered_weight=17901),
        ("known_row_must_not_differ", "牛只", 2, "入栏体重kg"),
    ),
    ("how it left", replaced(0, "animals", price=2881), ("known_row_must_not_differ", "牛只", 2, "单价")),
    (
        "a ballot",
        replaced(0, "ballots", points=(2300, 1350, 1000, 900, 1450, 2300)),
        ("known_row_must_not_differ", "考评票", 2, "养殖效益"),
    ),
    (
        "the bank account",
        info(bank_account="20101450000515039256"),
        ("known_row_must_not_differ", "基本信息", None, None),
    ),
    ("the chair", info(chair="别人"), ("known_row_must_not_differ", "基本信息", None, None)),
    (
        "the plan",
        lambda of: msgspec.structs.replace(of, policy=msgspec.structs.replace(of.policy, reserve_bp=900)),
        ("known_row_must_not_differ", "分配方案", None, None),
    ),
]


@pytest.fixture(scope="module")
def clean_small(databases: Databases, db_kind: str) -> Iterator[Engine]:
    """clean-small taken in once for all cases."""
    url = databases.fresh(db_kind)
    engine = writing_engine(url)
    with engine.begin() as db:
        a_house(db)
        take_in(db, pack_of("clean-small"))
    yield engine
    engine.dispose()
    databases.drop(url)


@pytest.mark.parametrize(
    ("change", "finding"), [(c, f) for _, c, f in DIFFERENT], ids=[n for n, _, _ in DIFFERENT]
)
def test_a_known_row_that_differs_is_a_finding(
    clean_small: Engine, change: Change, finding: tuple[str, str | None, int | None, str | None]
) -> None:
    code, sheet, row, column = finding
    with clean_small.connect() as db:
        found = found_in(db, changed(pack_of("clean-small"), change))
    assert found == [(code, COOP, sheet, row, column)]


def test_a_finding_shows_no_identity_data(clean_small: Engine) -> None:
    other = changed(pack_of("clean-small"), replaced(1, "members", identity="450000195405294447"))
    with clean_small.connect() as db, pytest.raises(EntryRefused) as refused:
        take_in(db, other)
    (problem,) = refused.value.problems
    assert "450000195405294447" not in repr(problem)
    assert problem.figures["known"] == "450000********4446"


def test_a_township_that_says_otherwise_is_a_finding(clean_small: Engine) -> None:
    pack = pack_of("clean-small")
    township = pack.township
    (first, *rest) = township.scores
    (cadre, *cadres) = township.cadres
    other = msgspec.structs.replace(
        township,
        scores=(msgspec.structs.replace(first, score=9121), *rest),
        cadres=(msgspec.structs.replace(cadre, post="村委会主任"), *cadres),
        thresholds=(msgspec.structs.replace(township.thresholds[0], amount=1), *township.thresholds[1:]),
    )
    with clean_small.connect() as db:
        found = found_in(db, msgspec.structs.replace(pack, township=other))
    assert found == [
        ("known_row_must_not_differ", TOWNSHIP, "门槛", 2, "金额"),
        ("known_row_must_not_differ", TOWNSHIP, "村级考评", 2, "得分"),
        ("known_row_must_not_differ", TOWNSHIP, "村干部", 2, "职务"),
    ]


# --- a new year ------------------------------------------------------------------------------------------------


def settle(db: Connection, book: BookId) -> None:
    """The year 2025 closed month by month and settled."""
    for month in range(1, 13):
        closing.close_month(
            db, book=book, period=202500 + month, by=ACCOUNTANT, reviewed_by=REVIEWER, on=ON, at=AT
        )
    closing.settle_year(db, book=book, year=2025, by=ACCOUNTANT, reviewed_by=REVIEWER, on=ON, at=AT)


def a_line(row: int, no: int, account: str, detail: str, debit: int, credit: int) -> PackLine:
    return PackLine(
        row=row,
        no=no,
        summary="2026",
        account=account,
        account_name="",
        detail=detail,
        quantity=None,
        debit=debit,
        credit=credit,
    )


def next_year(db: Connection, pack: Pack) -> Pack:
    """A pack of 2026 that opens with what every book closed with: one voucher that brings in 1 000.00 of Q0003's cash,
    one animal sold, one member gone, one new."""

    def openings(book: BookId) -> list[tuple[str, str, int, int]]:
        rows = balances.details_between(db, book=book, from_period=202600, to_period=202600)
        return [
            (row.account, row.detail, max(row.closing, 0), max(-row.closing, 0))
            for row in rows
            if row.closing
        ]

    (of,) = pack.cooperatives
    paid_in = PackVoucher(
        number="记-0001",
        on=date(2026, 2, 1),
        lines=(a_line(2, 1, "102", "", 100000, 0), a_line(3, 2, "301", "Q0003", 0, 100000)),
        originals=1,
        prepared_by="黄秀贵",
        reviewed_by="卢兰芳",
    )
    share = ShareRow(
        row=30,
        serial=29,
        on=date(2026, 2, 1),
        member="Q0003",
        kind=ShareKind.CASH,
        quantity=100000,
        unit="元",
        price=100,
        amount=100000,
        origin=ShareOrigin.OWN,
        voucher="记-0001",
        resolution="2026社员大会第1号",
        remark="",
    )
    earlier = tuple(
        msgspec.structs.replace(row, voucher=f"2025-{row.voucher}" if row.voucher else "")
        for row in of.shares
    )
    sold = msgspec.structs.replace(
        of.animals[-1], state=AnimalState.SOLD, left_on=date(2026, 3, 1), left_weight=48000, price=3000
    )
    gone = msgspec.structs.replace(of.members[8], left_on=date(2026, 12, 31), remark="迁出，电话13912341234")
    new = msgspec.structs.replace(of.members[8], row=14, number="Q0013", joined_on=date(2026, 1, 5))
    cooperative = msgspec.structs.replace(
        of,
        info=msgspec.structs.replace(of.info, year=2026, chair="黄秀贵", accountant="卢兰芳"),
        members=(*of.members[:8], gone, *of.members[9:], new),
        shares=(*earlier, share),
        openings=tuple(
            OpeningRow(row=row, account=a, detail=d, debit=dr, credit=cr)
            for row, (a, d, dr, cr) in enumerate(openings(BOOK), 2)
        ),
        vouchers=(paid_in,),
        trades=(),
        work_days=(),
        animals=(*of.animals[:-1], sold),
        ballots=(),
        policy=msgspec.structs.replace(of.policy, year=2026, record_date=date(2026, 12, 31)),
    )
    township = msgspec.structs.replace(
        pack.township,
        thresholds=(),
        scores=(),
        cadres=(),
        bonuses=(),
        books=tuple(
            msgspec.structs.replace(
                book,
                vouchers=(),
                openings=tuple(
                    VillageOpeningRow(row=row, village=book.village, account=a, detail=d, debit=dr, credit=cr)
                    for row, (a, d, dr, cr) in enumerate(openings(book.village), 2)
                ),
            )
            for book in pack.township.books
        ),
    )
    return msgspec.structs.replace(pack, cooperatives=(cooperative,), township=township, scans=())


@pytest.fixture
def settled(house: Connection) -> Connection:
    """clean-small taken in, and 2025 settled in every book."""
    take_in(house, pack_of("clean-small"))
    for book in (BOOK, "450000101200", "450000101201", "450000101202"):
        settle(house, book)
    return house


def test_a_new_year_is_appended(settled: Connection) -> None:
    report = take_in(settled, next_year(settled, pack_of("clean-small")))
    assert [(one.book, one.manner.value, one.vouchers, one.members) for one in report.books] == [
        (BOOK, "append", 1, 1),
        ("450000101200", "append", 0, 0),
        ("450000101201", "append", 0, 0),
        ("450000101202", "append", 0, 0),
    ]
    bank = balances.balance_of(settled, book=BOOK, account="102", detail=None, until=202612)
    assert yuan(bank) == "299159.42"
    assert yuan(shares.holdings(settled, book=BOOK)["Q0003"].refundable) == "4000.00"
    assert len(shares.movements(settled, book=BOOK)) == 29
    known = members.members(settled, book=BOOK)
    assert (known["Q0009"].left_on, known["Q0009"].note) == (date(2026, 12, 31), "迁出，电话139****1234")
    assert known["Q0013"].joined_on == date(2026, 1, 5)
    assert herd.animals(settled, book=BOOK)[-1].state is AnimalState.SOLD
    assert handovers.years_brought(settled, book=BOOK).keys() == {2025, 2026}
    book = books.book(settled, id=BOOK)
    assert isinstance(book, Book)
    assert shares.register_differences(settled, book=book, until=202612) == ()


def test_a_new_year_that_opens_otherwise_is_refused_row_by_row(settled: Connection) -> None:
    pack = next_year(settled, pack_of("clean-small"))
    (of,) = pack.cooperatives
    first, second, *rest = of.openings
    wrong = msgspec.structs.replace(
        of,
        openings=(msgspec.structs.replace(first, debit=first.debit + 1), *rest),
    )
    found = found_in(settled, msgspec.structs.replace(pack, cooperatives=(wrong,)))
    assert found == [
        ("opening_must_equal_closing", COOP, "期初余额", None, None),
        ("opening_must_equal_closing", COOP, "期初余额", 2, "借方"),
    ]
    assert (second.account, second.detail) == ("102", "")


def test_a_year_that_is_not_settled_is_one_finding_a_book(house: Connection) -> None:
    take_in(house, pack_of("clean-small"))
    found = found_in(house, next_year(house, pack_of("clean-small")))
    assert found == [
        ("last_year_must_be_settled", COOP, "期初余额", None, None),
        ("last_year_must_be_settled", TOWNSHIP, "村集体期初", None, None),
        ("last_year_must_be_settled", TOWNSHIP, "村集体期初", None, None),
        ("last_year_must_be_settled", TOWNSHIP, "村集体期初", None, None),
    ]


def test_years_come_one_after_the_other(house: Connection) -> None:
    take_in(house, pack_of("clean-small"))
    later = changed(pack_of("clean-small"), info(year=2027))
    codes = {code for code, *_ in found_in(house, later)}
    assert codes == {"year_must_follow_on"}


# --- corrections -----------------------------------------------------------------------------------------------


def test_what_corrects_a_standing_voucher_books_the_difference(house: Connection) -> None:
    """记-0004 had 52.97 of office costs; 订正 adds 10.00 without cancelling it."""
    last = PackVoucher(
        number="记-0154",
        on=date(2025, 12, 30),
        lines=tuple(
            msgspec.structs.replace(line, summary="订正1月17日记-0004号凭证")
            for line in (a_line(560, 1, "523", "办公费", 1000, 0), a_line(561, 2, "101", "", 0, 1000))
        ),
        originals=0,
        prepared_by="黄秀贵",
        reviewed_by="卢兰芳",
        corrects=PackCorrection(kind=PackCorrectionKind.CORRECTS, number="记-0004"),
    )
    pack = changed(
        pack_of("clean-small"), lambda of: msgspec.structs.replace(of, vouchers=(*of.vouchers, last))
    )
    take_in(house, pack)
    posted = vouchers.voucher_numbered(house, book=BOOK, year=2025, word=Word.GENERAL, number=154)
    assert posted is not None
    assert posted.corrects is not None
    assert posted.corrects.kind is CorrectionKind.DIFFERENCE


@pytest.mark.parametrize("wording", ["注销6月6日记字第60号凭证", "注销2025年6月6日记-0060号凭证，重复入账"])
def test_an_imported_correction_keeps_its_own_wording(house: Connection, wording: str) -> None:
    """The reader knows what it corrects; the paper was written by other rules than ours."""
    pack = changed(pack_of("clean-small"), in_line(63, 0, summary=wording))
    take_in(house, changed(pack, in_line(63, 1, summary=wording)))
    red = vouchers.voucher_numbered(house, book=BOOK, year=2025, word=Word.GENERAL, number=64)
    assert red is not None
    assert red.corrects is not None
    assert red.corrects.kind is CorrectionKind.RED


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("清水合作社", "qingshuihezuoshe"),
        ("重阳A队", "chongyangadui"),
        ("！", "book"),
        ("社" * 50, "she" * 13 + "s"),
    ],
)
def test_a_book_is_called_by_its_name_in_pinyin(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_two_cooperatives_of_one_name_have_books_of_their_own(house: Connection) -> None:
    take_in(house, pack_of("clean-small"))
    other = changed(
        pack_of("clean-small"),
        info(credit_code="934500000012670507", village_code="450000101201"),
    )
    assert take_in(house, other).books[0].book == f"{BOOK}-2"
