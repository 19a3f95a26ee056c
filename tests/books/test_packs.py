"""The clean packs in the books: every figure their sheets and ``expected.json`` say, account by account and person by
person. Figures of ``longping`` were added up by hand from its sheets, with another reader."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Connection

from coop.daybook import queries as daybook
from coop.herd import queries as herd
from coop.members import queries as members
from coop.places import queries as places
from coop.shares import queries as shares
from coop.shares import rules as share_rules
from ledger.balances import queries as balances
from ledger.balances import rules as balance_rules
from ledger.books import queries as books
from ledger.evidence import queries as evidence
from ledger.log import queries as log
from ledger.money import yuan
from ledger.people import queries as people
from ledger.seal import rules as seal
from ledger.vouchers import queries as vouchers
from schemas.balances import TrialBalance
from schemas.herd import AnimalState
from schemas.labour import WorkDay
from schemas.trade import Trade
from schemas.units import BookId
from schemas.vouchers import Origin, VoucherFilter
from tests.builders import a_house
from tests.conftest import Databases
from tests.handover import PACKS, pack_of, take_in
from web.database import writing_engine

QINGSHUI, LONGPING, NONGSHI = "qingshuihezuoshe", "longpinghezuoshe", "nongshihezuoshe"
EXPECTED = json.loads((PACKS / "clean-small" / "expected.json").read_text(encoding="utf-8"))
COOPERATIVE = EXPECTED["cooperatives"]["清水合作社"]
VILLAGES = EXPECTED["township"]["villages"]
STATES = {
    "在栏": AnimalState.PRESENT,
    "已售": AnimalState.SOLD,
    "死亡": AnimalState.DEAD,
    "已还": AnimalState.RETURNED,
}


@pytest.fixture(scope="module")
def taken_in(databases: Databases, db_kind: str) -> Iterator[Connection]:
    """A database with both clean packs in it, each written in a transaction of its own."""
    url = databases.fresh(db_kind)
    engine = writing_engine(url)
    with engine.begin() as db:
        a_house(db)
    for name in ("clean-small", "longping"):
        with engine.begin() as db:
            take_in(db, pack_of(name), name=name)
    with engine.connect() as db:
        yield db
    engine.dispose()
    databases.drop(url)


def trial_balance(db: Connection, book: BookId, year: int = 2025) -> TrialBalance:
    first, last = year * 100 + 1, year * 100 + 12
    details = balances.details_between(db, book=book, from_period=first, to_period=last)
    return balance_rules.trial_balance(details, from_period=first, to_period=last)


def shown(balance: TrialBalance) -> dict[str, dict[str, str]]:
    """A trial balance under the keys of expected.json; accounts with nothing on them left out, as there."""
    fields = ("opening_debit", "opening_credit", "debit", "credit", "closing_debit", "closing_credit")
    return {
        row.account: {field: yuan(getattr(row, field)) for field in fields}
        for row in (*balance.rows, balance.totals)
        if any(getattr(row, field) for field in fields)
    }


def expected_rows(of: dict[str, Any]) -> dict[str, dict[str, str]]:
    nothing = {"0.00"}
    rows = {code: row for code, row in of["trial_balance"]["rows"].items() if set(row.values()) != nothing}
    return {**rows, "": of["trial_balance"]["totals"]}


# --- clean-small -----------------------------------------------------------------------------------------------


def test_the_trial_balance_is_the_expected_one(taken_in: Connection) -> None:
    assert shown(trial_balance(taken_in, QINGSHUI)) == expected_rows(COOPERATIVE)


@pytest.mark.parametrize("village", sorted(VILLAGES))
def test_the_villages_trial_balances_are_the_expected_ones(taken_in: Connection, village: str) -> None:
    assert shown(trial_balance(taken_in, village)) == expected_rows(VILLAGES[village])


def test_every_account_is_kept_by_its_parties_as_expected(taken_in: Connection) -> None:
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in trial_balance(taken_in, QINGSHUI).details:
        if row.closing:
            found[row.account][row.detail] = yuan(row.closing)
    expected = COOPERATIVE["details"]
    assert {account: found[account] for account in expected} == expected


def test_holdings_are_the_expected_ones(taken_in: Connection) -> None:
    held = shares.holdings(taken_in, book=QINGSHUI)
    found = {
        member: {
            **{
                share.value: {"quantity": yuan(one.quantity), "value": yuan(one.value)}
                for share, one in holding.classes.items()
                if one.quantity or one.value
            },
            "refundable": yuan(holding.refundable),
            "all_classes": yuan(holding.all_classes),
        }
        for member, holding in held.items()
    }
    assert found == COOPERATIVE["holdings"]
    totals = {share.value: yuan(value) for share, value in share_rules.totals(held.values()).items()}
    totals["account_301"] = yuan(sum(holding.refundable for holding in held.values()))
    assert totals == COOPERATIVE["holding_totals"]


def test_members_vouchers_and_heads_are_counted_as_expected(taken_in: Connection) -> None:
    assert len(members.members(taken_in, book=QINGSHUI)) == COOPERATIVE["members"]
    assert vouchers.count(taken_in, book=QINGSHUI, wanted=VoucherFilter()) == COOPERATIVE["vouchers"]
    for village, expected in VILLAGES.items():
        assert vouchers.count(taken_in, book=village, wanted=VoucherFilter()) == expected["vouchers"]
    heads = Counter((animal.batch, animal.state) for animal in herd.animals(taken_in, book=QINGSHUI))
    assert heads == {
        (batch, STATES[state]): count
        for batch, states in COOPERATIVE["herd"]["heads"].items()
        for state, count in states.items()
    }


def test_collectives_hold_what_their_own_books_show(taken_in: Connection) -> None:
    found = shares.collective_holdings(taken_in, book=QINGSHUI, until=202512)
    assert [(one.member, yuan(one.holding), yuan(one.invested or 0)) for one in found] == [
        (one["member"], one["holding"], one["account_141"]) for one in EXPECTED["collective_holdings"]
    ]


@pytest.mark.parametrize("village", sorted(VILLAGES))
def test_vouchers_without_evidence_are_the_expected_ones(taken_in: Connection, village: str) -> None:
    unproved = [
        f"{label.word}-{label.number:04d}"
        for month in range(1, 13)
        for label in evidence.vouchers_without_evidence(taken_in, book=village, period=202500 + month)
    ]
    expected = {row["voucher"] for row in VILLAGES[village]["without_evidence"]}
    assert expected <= set(unproved)


# --- longping --------------------------------------------------------------------------------------------------

BY_HAND = [
    (LONGPING, "101", None, "2463.87"),
    (LONGPING, "102", None, "1281962.47"),
    (LONGPING, "113", None, "58410.20"),
    (LONGPING, "114", None, "-5396.50"),
    (LONGPING, "141", "A2501", "69225.37"),
    (LONGPING, "152", None, "-38356.25"),
    (LONGPING, "211", "P01", "-13078.00"),
    (LONGPING, "235", "社员培训", "-11250.00"),
    (LONGPING, "301", None, "-1618900.00"),
    (LONGPING, "301", "A0001", "-400000.00"),
    (LONGPING, "311", "财政补助-牛舍建设", "-320000.00"),
    (LONGPING, "501", None, "-892504.20"),
    (LONGPING, "524", None, "-396.47"),
    (NONGSHI, "102", None, "1823248.18"),
    (NONGSHI, "114", "B0013", "-1234.50"),
    (NONGSHI, "114", "B0015", "-960.00"),
    (NONGSHI, "141", "B2402", "0.00"),
    (NONGSHI, "141", "B2501", "101424.59"),
    (NONGSHI, "152", None, "-133038.00"),
    (NONGSHI, "211", "P06", "0.00"),
    (NONGSHI, "215", None, "-1631.25"),
    (NONGSHI, "222", None, "-209.80"),
    (NONGSHI, "301", None, "-2038000.00"),
    (NONGSHI, "301", "B0001", "-600000.00"),
    (NONGSHI, "301", "B0056", "-1000.00"),
    (NONGSHI, "301", "B0057", "-12600.00"),
    (NONGSHI, "311", "财政补助-青贮池", "-108000.00"),
    (NONGSHI, "321", "股金溢价", "-400.00"),
    (NONGSHI, "322", "B0001", "-3272.17"),
    (NONGSHI, "332", "未分配盈余", "-21863.54"),
    ("450000102200", "102", None, "484986.10"),
    ("450000102203", "113", "一组", "360.00"),
    ("450000102206", "501", None, "-74177.10"),
    ("450000102206", "502", "弄石合作社", "-9612.45"),
    ("450000102208", "311", None, "-210000.00"),
]


@pytest.mark.parametrize(("book", "account", "detail", "closing"), BY_HAND)
def test_a_closing_balance_added_up_by_hand(
    taken_in: Connection, book: BookId, account: str, detail: str | None, closing: str
) -> None:
    found = balances.balance_of(taken_in, book=book, account=account, detail=detail, until=202512)
    assert yuan(found) == closing


@pytest.mark.parametrize(
    ("book", "classes", "trade_value", "days", "heads"),
    [
        (
            LONGPING,
            {
                "cash": "936500.00",
                "land": "357600.00",
                "calf_granted": "299200.00",
                "calf_own": "25600.00",
                "labour": "55530.00",
            },
            "105322.50",
            "733.00",
            74,
        ),
        (
            NONGSHI,
            {
                "cash": "1430000.00",
                "land": "336000.00",
                "calf_granted": "272000.00",
                "calf_own": "0.00",
                "labour": "68850.00",
            },
            "138689.50",
            "1420.00",
            128,
        ),
    ],
)
def test_shares_trade_days_and_heads_added_up_by_hand(
    taken_in: Connection, book: BookId, classes: dict[str, str], trade_value: str, days: str, heads: int
) -> None:
    held = shares.holdings(taken_in, book=book)
    assert {share.value: yuan(of) for share, of in share_rules.totals(held.values()).items()} == classes
    assert yuan(sum(one.amount for one in daybook.entries(taken_in, Trade, book=book))) == trade_value
    assert yuan(sum(one.days for one in daybook.entries(taken_in, WorkDay, book=book))) == days
    assert len(herd.animals(taken_in, book=book)) == heads


def _sheet(workbook: str, name: str) -> list[dict[str, Any]]:
    sheet = openpyxl.load_workbook(PACKS / "longping" / workbook, data_only=True)[name]
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, header), row, strict=True)) for row in rows]


def _cents(cell: object) -> int:
    return int(Decimal(str(cell or 0)) * 100)


@pytest.mark.parametrize(
    ("book", "workbook", "openings", "lines", "village"),
    [
        (LONGPING, "合作社-龙坪合作社.xlsx", "期初余额", "凭证", None),
        (NONGSHI, "合作社-弄石合作社.xlsx", "期初余额", "凭证", None),
        *(
            (
                f"4500001022{number:02d}",
                "乡镇-龙坪镇.xlsx",
                "村集体期初",
                "村集体凭证",
                f"4500001022{number:02d}",
            )
            for number in range(11)
        ),
    ],
)
def test_every_balance_is_the_sum_of_the_sheets(
    taken_in: Connection, book: BookId, workbook: str, openings: str, lines: str, village: str | None
) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    for sheet, debit, credit in ((openings, "借方", "贷方"), (lines, "借方金额", "贷方金额")):
        for row in _sheet(workbook, sheet):
            if village is None or row["村编码"] == village:
                key = (row["科目编码"], row["明细"] or "")
                expected[key] += _cents(row[debit]) - _cents(row[credit])
    found = {(row.account, row.detail): row.closing for row in trial_balance(taken_in, book).details}
    assert found == dict(expected)


def test_nongshis_villages_hold_what_their_own_books_show(taken_in: Connection) -> None:
    found = shares.collective_holdings(taken_in, book=NONGSHI, until=202512)
    assert [(one.member, one.village, yuan(one.holding), yuan(one.invested or 0)) for one in found] == [
        ("B0001", "450000102206", "600000.00", "600000.00"),
        ("B0002", "450000102207", "200000.00", "200000.00"),
        ("B0003", "450000102208", "200000.00", "200000.00"),
        ("B0004", "450000102209", "120000.00", "120000.00"),
    ]


def test_a_transfer_between_members_is_neither_increase_nor_decrease(taken_in: Connection) -> None:
    moved = [
        (row[1], row[2], yuan(row[4]), yuan(row[5]))
        for row in balances.movements_between(taken_in, book=NONGSHI, from_period=202501, to_period=202512)
        if row[0] in {"301", "321"} and row[2] != "contribution_increase"
    ]
    assert moved == [
        ("B0056", "transfer_between_members", "1000.00", "0.00"),
        ("B0057", "transfer_between_members", "0.00", "1000.00"),
        ("股金溢价", "share_premium", "0.00", "400.00"),
    ]
    giver, taker = (
        movement for movement in shares.movements(taken_in, book=NONGSHI) if movement.act == "transfer"
    )
    assert (giver.member, taker.member, taker.other_side) == ("B0056", "B0057", giver.seq)


def test_corrections_are_linked_by_their_wording(taken_in: Connection) -> None:
    linked = [
        (f"{one.word}-{one.number:04d}", one.corrects.kind.value, found[one.corrects.voucher].number)
        for found in [{v.id: v for v in vouchers.posted_in_order(taken_in, book=NONGSHI)}]
        for one in found.values()
        if one.corrects is not None
    ]
    assert linked == [
        ("记-0078", "red", 74),
        ("记-0079", "blue", 74),
        ("记-0111", "red", 107),
        ("记-0112", "blue", 107),
    ]


# --- every book ------------------------------------------------------------------------------------------------


def test_every_book_proves_itself(taken_in: Connection) -> None:
    found = books.books(taken_in)
    assert len(found) == 1 + 3 + 2 + 11
    for book in found:
        kept, recomputed = (of(taken_in, book=book.id) for of in (balances.kept, balances.recomputed))
        assert balance_rules.differences(kept, recomputed, book=book.id) == ()
        assert shares.register_differences(taken_in, book=book, until=202512) == ()
        chain, head = log.entries(taken_in, book=book.id), log.head(taken_in, book=book.id)
        assert head is not None
        assert seal.faults_in_chain(chain, book=book.id, previous="", first=1, length=head.length) == ()
        numbers = vouchers.used_numbers(taken_in, book=book.id)
        assert all(given == tuple(range(1, len(given) + 1)) for given in numbers.values())


def test_vouchers_keep_the_people_of_the_paper(taken_in: Connection) -> None:
    (first, *_) = vouchers.posted_in_order(taken_in, book=QINGSHUI)
    names = people.names_of(taken_in, (first.prepared_by, first.reviewed_by or 0, first.posted_by or 0))
    assert first.origin is Origin.IMPORT
    assert [names[person] for person in (first.prepared_by, first.reviewed_by or 0)] == ["黄秀贵", "卢兰芳"]
    assert names[first.posted_by or 0] == "覃会计"


def test_books_lie_in_their_villages(taken_in: Connection) -> None:
    found = places.book_places(taken_in, township="450000101")
    assert {book: one.village for book, one in found.items()} == {
        QINGSHUI: "450000101200",
        "450000101200": "450000101200",
        "450000101201": "450000101201",
        "450000101202": "450000101202",
    }


def test_no_identity_data_is_readable(taken_in: Connection) -> None:
    """Not in the register, not in the log: only masked, and keyed digests."""
    everything = " ".join(
        f"{entry.subject} {entry.before} {entry.after}" for entry in log.entries(taken_in, book=QINGSHUI)
    ) + repr(members.members(taken_in, book=QINGSHUI))
    for row in pack_of("clean-small").cooperatives[0].members:
        for number in (row.identity, row.phone, row.bank_account):
            assert number not in everything
    dead = members.members(taken_in, book=QINGSHUI)["Q0010"]
    assert dead.note == "2026-01-12病故；继承人陆永强，身份证号450000********9345，账户6222 **** **** 5184"
