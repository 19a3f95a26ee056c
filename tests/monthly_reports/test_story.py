"""The report of a month is made on the 1st, of what was frozen then, once (RULES §8)."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec import structs
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from coop.lists import queries as list_queries
from coop.monthly_reports import actions, queries
from coop.places import actions as places
from coop.places import queries as place_queries
from coop.proof.queries import prove_house
from coop.snapshots import queries as snapshots
from ledger.evidence.rules import described
from ledger.periods.rules import last_day
from payouts.proof import queries as proofs
from schemas.access import Held, Rights, Role, Scope, ScopeKind
from schemas.income import Component, Measure
from schemas.monthly_reports import ReportContent, ReportDue
from schemas.places import PlaceEnding, PlaceRename
from schemas.problems import Refusal
from schemas.vouchers import Voucher
from tests.builders import ACCOUNTANT, a_database, behind_the_service, rolled_back
from tests.snapshots import small
from tests.snapshots.small import (
    AUGUST,
    DASHAN,
    LINGJIAO,
    PINGGUO,
    QINGSHUI,
    SANHE,
    SEPTEMBER,
    morning,
    ticked,
)
from web.boards import board_of
from web.evidence_store import EvidenceStore
from web.exports.monthly_reports import excel

if TYPE_CHECKING:
    from tests.conftest import Databases

COUNTY, NEXT_COUNTY = "450000", "450001"
JULY, IN_AUGUST = 202607, 202608


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> EvidenceStore:
    return EvidenceStore(tmp_path_factory.mktemp("evidence"))


@pytest.fixture(scope="module")
def rent() -> list[Voucher]:
    """Filled by ``engine``: the rent of 岭脚村 that has no evidence in July."""
    return []


@pytest.fixture(scope="module")
def engine(
    databases: "Databases", db_kind: str, store: EvidenceStore, rent: list[Voucher]
) -> Iterator[Engine]:
    """Ticked on 1 August and, after the scan of the rent came on the 20th, on 1 September."""
    with a_database(databases, db_kind, lambda db: rent.append(small.furnish(db))) as engine:
        first = ticked(engine, store, AUGUST)
        assert first.problems == ()
        assert [(one.content.place, one.content.month) for one in first.reports] == [
            (COUNTY, JULY),
            (SANHE, JULY),
            (DASHAN, JULY),
            (NEXT_COUNTY, JULY),
            (PINGGUO, JULY),
        ]
        assert ticked(engine, store, AUGUST).reports == ()
        with engine.begin() as db:
            small.scan_comes(db, rent[0], on=date(2026, 8, 20))
        second = ticked(engine, store, SEPTEMBER)
        assert [one.content.month for one in second.reports] == [IN_AUGUST] * 5
        yield engine


def printed(engine: Engine, store: EvidenceStore, place: str, month: int) -> str:
    """What stands on the pages, without the spaces a printer puts between letters."""
    with engine.connect() as db:
        pages = queries.report(db, place=place, month=month).kept.pages
    whole = store.whole(pages)
    assert whole is not None, "the pages are kept"
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(whole)).pages).split())


def test_it_says_the_frozen_figures_whatever_came_later(engine: Engine) -> None:
    with engine.connect() as db:
        july = queries.report(db, place=SANHE, month=JULY)
        august = queries.report(db, place=SANHE, month=IN_AUGUST)
    assert [(one.name, one.rank, one.rank_before, one.income, one.met) for one in july.villages] == [
        ("清水村", 1, 1, 3_000_000, True),
        ("岭脚村", 2, 2, 1_100_000, False),
    ]
    assert [(one.name, one.rank, one.rank_before, one.income, one.met) for one in august.villages] == [
        ("岭脚村", 1, 2, 3_000_000, True),
        ("清水村", 1, 1, 3_000_000, True),
    ]
    assert (july.whole.villages, july.whole.held, july.whole.met, july.whole.unproved) == (2, 2, 1, 1_900_000)
    assert july.whole.counted[Measure.OPERATING_PROFIT] == 4_100_000
    assert august.whole.components[Component.OPERATING_INCOME].counted == 6_000_000
    assert july.kept.content.lists is None  # its lists are open to appeal for 15 days
    lists = august.kept.content.lists
    assert lists is not None
    assert (lists.month, [one.name for one in lists.red], [one.name for one in lists.black]) == (
        JULY,
        ["清水村"],
        ["岭脚村"],
    )
    assert [(one.book, one.closed) for one in july.kept.content.closing] == [
        (small.BOOKS[LINGJIAO], ()),
        (small.BOOKS[QINGSHUI], ()),
    ]


def test_a_county_s_has_its_townships(engine: Engine) -> None:
    with engine.connect() as db:
        july = queries.report(db, place=COUNTY, month=JULY)
        assert [one.content.month for one in queries.reports(db, place=COUNTY)] == [IN_AUGUST, JULY]
    assert [(one.name, one.rank) for one in july.villages] == [("清水村", 1), ("大山村", 2), ("岭脚村", 3)]
    assert [(one.place, one.villages, one.met) for one in july.below] == [(SANHE, 2, 1), (DASHAN, 1, 0)]
    assert july.whole.counted[Measure.OPERATING_PROFIT] == 5_600_000


def test_a_month_calls_a_village_as_it_was_called_then_and_a_year_leaves_out_what_was_no_more(
    engine: Engine,
) -> None:
    new_year = date(2027, 1, 15)
    with rolled_back(engine) as db:
        keeper = Rights(
            person=ACCOUNTANT, held=(Held(role=Role.ADMINISTRATOR, scope=Scope(kind=ScopeKind.HOUSE)),)
        )
        for code, name in ((LINGJIAO, "岭头村"), (SANHE, "四合镇")):
            renamed = PlaceRename(code=code, name=name, since=date(2026, 8, 10))
            places.rename(db, renamed, by=keeper, on=SEPTEMBER, at=morning(SEPTEMBER))
        for month, names in (
            (JULY, ["三合镇", "岭脚村", "清水村"]),
            (IN_AUGUST, ["四合镇", "岭头村", "清水村"]),
        ):
            lists_of = place_queries.place_there(db, code=SANHE, as_of=last_day(month))
            board = board_of(db, place=SANHE, month=month, as_of=SEPTEMBER)
            report = queries.report(db, place=SANHE, month=month)
            made = queries.content(
                db, ReportDue(place=SANHE, month=month), on=SEPTEMBER, at=morning(SEPTEMBER)
            )
            lists = list_queries.lists(db, place=lists_of, month=month, on=SEPTEMBER, everybody=False)
            assert [board.whole.name, *sorted(one.name for one in board.villages)] == names
            assert [made.name, *sorted(one.name for one in report.villages)] == names
            assert {one.name for one in (*lists.red, *lists.black)} == set(names[1:])
        ended = PlaceEnding(code=LINGJIAO, since=new_year.replace(day=1), into=QINGSHUI)
        places.end(db, ended, by=keeper, on=new_year, at=morning(new_year))
        for month, villages in ((202612, {LINGJIAO, QINGSHUI}), (202701, {QINGSHUI})):
            board = board_of(db, place=SANHE, month=month, as_of=new_year)
            (frozen,) = snapshots.months_as_they_are(db, township=SANHE, months=[month], as_of=new_year)
            assert {one.village for one in board.villages} == villages
            assert {one.village for one in frozen.villages} == villages


def test_it_says_which_alerts_were_opened_and_which_ended_since_the_last(engine: Engine) -> None:
    def said(place: str, month: int) -> tuple[list[tuple[str, str, str, str]], list[tuple[str, str]], int]:
        with engine.connect() as db:
            of = queries.report(db, place=place, month=month).kept.content.alerts
        assert of is not None
        opened = [(one.name, one.line_zh, str(one.value), one.state.value) for one in of.opened]
        return opened, [(one.line_zh, one.state.value) for one in of.ended], of.open

    behind = ("岭脚村", "累计收入落后于门槛进度", "11000", "notified")
    unproved = ("岭脚村", "有收入缺少凭据", "19000", "notified")
    assert said(SANHE, JULY) == ([behind, unproved], [], 2)
    assert said(SANHE, IN_AUGUST) == ([], [(behind[1], "cured"), (unproved[1], "cured")], 0)
    of_dashan = ("大山村", behind[1], "15000", "notified")
    assert said(COUNTY, JULY) == ([behind, unproved, of_dashan], [], 3)
    assert said(COUNTY, IN_AUGUST) == ([], [(behind[1], "cured"), (unproved[1], "cured")], 1)


def test_a_report_made_before_it_spoke_of_alerts_reads_and_is_sealed_as_it_was(
    engine: Engine, store: EvidenceStore
) -> None:
    with engine.connect() as db:
        report = queries.report(db, place=SANHE, month=JULY)
    old = structs.replace(report.kept.content, alerts=None)
    text = msgspec.json.encode(old)
    assert b"alerts" not in text
    assert msgspec.json.decode(text, type=ReportContent) == old
    book = load_workbook(
        BytesIO(excel(structs.replace(report, kept=structs.replace(report.kept, content=old)), "zh_CN"))
    )
    assert book.sheetnames == ["各村排名", "记账质量（凭证抽查结果）", "结账日历"]


def test_pages_and_workbook_carry_the_figures_and_the_digests(engine: Engine, store: EvidenceStore) -> None:
    with engine.connect() as db:
        report = queries.report(db, place=SANHE, month=JULY)
    pages = printed(engine, store, SANHE, JULY)
    for words in (
        "三合镇",
        "村级集体经济收入月报",
        "1/2",
        "41,000.00",
        "19,000.00",
        "上次月报以来产生和结束的预警",
        "累计收入落后于门槛进度",
        report.kept.digest,
        report.kept.content.frozen[0].digest,
    ):
        assert words in pages
    for other in ("大山", "平果", PINGGUO, DASHAN):
        assert other not in pages
    book = load_workbook(BytesIO(excel(report, "zh_CN")))
    assert book.sheetnames == [
        "各村排名",
        "上次月报以来产生和结束的预警",
        "记账质量（凭证抽查结果）",
        "结账日历",
    ]
    told = [tuple(cell.value for cell in row)[:6] for row in book.worksheets[1].iter_rows()]
    assert ("岭脚村", 1, "累计收入落后于门槛进度", "2026-07", 11_000, 17_500) in told
    rows = [tuple(cell.value for cell in row) for row in book.worksheets[0].iter_rows()]
    assert ("清水村", 30_000, 30_000, 30_000, "是") in [
        (row[2], row[4], row[11], row[12], row[13]) for row in rows
    ]
    assert any(report.kept.digest in str(cell) for row in rows for cell in row)


def test_whoever_comes_second_keeps_nothing(engine: Engine) -> None:
    pages = described(b"%PDF-1.7 another", name="another.pdf")
    with rolled_back(engine) as db:
        kept = queries.report(db, place=SANHE, month=JULY).kept
        again = actions.keep(db, kept.content, pages, by=ACCOUNTANT, at=morning(SEPTEMBER))
        assert (again, queries.report(db, place=SANHE, month=JULY).kept) == (None, kept)


@pytest.mark.parametrize(("place", "month"), [(SANHE, 202606), ("450000103", JULY), ("45", JULY)])
def test_there_is_no_other(engine: Engine, place: str, month: int) -> None:
    with engine.connect() as db, pytest.raises(Refusal, match="no report"):
        queries.report(db, place=place, month=month)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            "UPDATE monthly_report SET content = replace(content, '岭脚村', '清水村')",
            "report_must_be_as_sealed",
        ),
        ("UPDATE monthly_report SET digest = '0'", "report_must_be_as_sealed"),
        ("UPDATE monthly_report SET made_at = '2026-08-02T00:00:00Z'", "report_must_be_as_sealed"),
        ("UPDATE snapshot SET digest = '0'", "report_must_name_what_is_frozen"),
        ("DELETE FROM monthly_report", "sealed_report_must_be_there"),
    ],
)
@pytest.mark.parametrize("place", [SANHE, COUNTY])
def test_whoever_changes_one_is_found_out(
    engine: Engine, store: EvidenceStore, place: str, change: str, code: str
) -> None:
    def found() -> set[str]:
        read = store.bytes_as_they_are
        proof = (
            prove_house(db, read=read)
            if place == COUNTY
            else proofs.prove_township(db, township=place, read=read)
        )
        return {one.code for one in proof.problems}

    with behind_the_service(engine) as db:
        assert found() == set()
        db.execute(text(change))
        assert code in found()


def test_pages_that_are_gone_or_changed_are_found_out(engine: Engine, tmp_path: Path) -> None:
    with engine.connect() as db:
        proof = proofs.prove_township(db, township=SANHE, read=EvidenceStore(tmp_path).bytes_as_they_are)
        house = prove_house(db, read=EvidenceStore(tmp_path).bytes_as_they_are)
    for found in (proof, house):
        assert "file_must_be_in_the_store" in {one.code for one in found.problems}


@pytest.mark.parametrize(
    "change", ["UPDATE monthly_report SET digest = digest", "DELETE FROM monthly_report"]
)
def test_the_database_itself_keeps_them(engine: Engine, change: str) -> None:
    with rolled_back(engine) as db, pytest.raises(DBAPIError, match="only added to"):
        db.execute(text(change))
