"""A frozen month on pages: what was frozen stays though the scan came, and the village's page says why; the lists hang out
when the days of appeal are over; the income policy goes from one officer to the other. With SCREENSHOTS set each page is
photographed."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, Engine, text

from ledger.evidence import actions as evidence
from ledger.evidence import rules as files
from schemas.evidence import NewAttachment
from tests.pages.conftest import Desk, Site
from tests.pages.test_looks import look_at
from tests.pages.test_township_policies import COUNTY, NUMBER, SCAN, TOWN, approved, house, model_township
from tests.people import login_of
from web import clock
from web.database import writing_engine
from web.evidence_store import EvidenceStore
from web.schedule import freeze_months, make_reports, watch_red_lines
from web.settings import Settings

__all__ = ["house", "model_township"]

TOWNSHIP, LINGJIAO = "450000101", "450000101202"
AT, DECEMBER = f"/townships/{TOWNSHIP}", "2025-12"
FROZEN_ON, NEW_YEAR = date(2026, 1, 1), datetime(2026, 1, 1, 1, tzinfo=UTC)
INCOME = f"{AT}/policies/income"


@pytest.fixture
def engine(house: Settings) -> Iterator[Engine]:
    """The house's database, with every month of 2025 frozen on New Year's Day."""
    made = writing_engine(house.database_url)

    def act(what: Callable[[Connection], Any], _book: str) -> Any:
        with made.begin() as db:
            return what(db)

    freeze_months(made, act, on=FROZEN_ON, at=NEW_YEAR)
    watch_red_lines(made, act, on=FROZEN_ON, at=NEW_YEAR)
    yield made
    made.dispose()


def the_scan_comes(engine: Engine) -> None:
    """The scan of 岭脚村's rent is hung on its voucher today."""
    with engine.begin() as db:
        voucher = db.execute(
            text("SELECT voucher_id FROM voucher WHERE book_id = :book AND number = 12"),
            {"book": LINGJIAO},
        ).scalar_one()
        file = files.described(b"%PDF-1.7 rent", name="租金收据.pdf")
        by = login_of(db, "覃会计").person
        evidence.attach(
            db,
            NewAttachment(voucher=voucher, file=file),
            book=LINGJIAO,
            by=by,
            at=clock.now()[1],
        )


def words_of(page: httpx.Response) -> str:
    """What a page says, without its marks."""
    assert page.status_code == httpx.codes.OK, page.text
    said = re.sub(r"<[^>]+>", "", page.text.partition("<main")[2])
    return re.sub(r"\s+", " ", said)


def test_the_village_page_says_why_a_frozen_month_differs(site: Site, engine: Engine) -> None:
    officer = site.of(TOWN)
    village = f"{AT}/villages/{LINGJIAO}?month={DECEMBER}"
    before = words_of(officer.get(f"{AT}/snapshots?month={DECEMBER}"))
    assert "32,104.50" in before
    assert "3/3" in before
    assert "与快照不同的月份" not in words_of(officer.get(village))
    the_scan_comes(engine)
    said = words_of(officer.get(village))
    assert "冻结时为32,104.50；现在计51,104.50。" in said
    assert "冻结时未计入记-0012的19,000.00；其影像于" in said
    assert words_of(officer.get(f"{AT}/snapshots?month={DECEMBER}")) == before
    api = officer.client.get(f"/api/v1{AT}/villages/{LINGJIAO}/since-frozen?year=2025").json()
    (line,) = api["items"][0]["scanned_since"]
    assert (api["items"][0]["month"], line["label"], line["amount"]) == (DECEMBER, "记-0012", "19000.00")
    kept = officer.client.get(f"/api/v1{AT}/snapshots/{DECEMBER}").json()
    assert {one["village"]: one["income"] for one in kept["snapshot"]["villages"]}[LINGJIAO] == "32104.50"
    months = officer.client.get(f"/api/v1{AT}/snapshots").json()["items"]
    assert (len(months), months[0]["month"], months[0]["digest"]) == (12, DECEMBER, kept["digest"])


def test_reports_and_lists_not_published_yet_are_reached_from_the_boards_of_township_and_county(
    site: Site, engine: Engine, house: Settings
) -> None:
    def act(what: Callable[[Connection], Any], _book: str) -> Any:
        with engine.begin() as db:
            return what(db)

    store = EvidenceStore(house.evidence)
    made, refused = make_reports(engine, act, store, on=FROZEN_ON, at=NEW_YEAR)
    assert ([one.content.place for one in made], refused) == ([TOWNSHIP[:6], TOWNSHIP], ())
    county = site.of(COUNTY)
    for one in made:
        place = one.content.place
        board = county.get(f"/places/{place}/villages", follow_redirects=True).text
        reports = f"/places/{place}/reports"
        assert f'href="{reports}"' in board
        assert f'href="/places/{place}/lists"' in board
        assert one.digest in county.get(reports).text
        pages, sheets = county.get(f"{reports}/{DECEMBER}.pdf"), county.get(f"{reports}/{DECEMBER}.xlsx")
        assert (pages.headers["content-type"], sheets.content[:2]) == ("application/pdf", b"PK")
        api = f"/api/v1{reports}"
        (head,) = county.client.get(api).json()["items"]
        assert (head["month"], head["digest"]) == (DECEMBER, one.digest)
        kept = county.client.get(f"{api}/{DECEMBER}").json()["content"]["alerts"]
        assert one.content.alerts is not None
        assert (kept["open"], len(kept["opened"])) == (
            one.content.alerts.open,
            len(one.content.alerts.opened),
        )
        assert len(kept["opened"]) > 0
        assert county.client.get(f"{api}/{DECEMBER}/pages").content == pages.content
        assert county.client.get(f"{api}/{DECEMBER}/workbook").content[:2] == b"PK"
        assert county.get(f"{reports}/2025-11.pdf").status_code == httpx.codes.NOT_FOUND
        assert site.of("覃会计").get(reports).status_code in {httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND}
    lists = county.get(f"/places/{TOWNSHIP[:6]}/lists")
    assert "清水村" in words_of(lists)
    assert county.get(f"/places/{TOWNSHIP[:6]}/lists?month=2024-01").status_code == httpx.codes.NOT_FOUND
    assert str(county.get(f"/places/{TOWNSHIP}/lists", follow_redirects=True).url.path) == f"{AT}/snapshots"


def test_lists_hang_out_and_a_village_that_was_right_is_left_off(site: Site, engine: Engine) -> None:
    town, county, anybody = site.of(TOWN), site.of(COUNTY), site.stranger
    at, board = f"{AT}/snapshots?month={DECEMBER}", f"/lists/{TOWNSHIP}/{DECEMBER}"
    assert "三合" in words_of(anybody.get("/lists")) or TOWNSHIP in anybody.get("/lists").text
    hangs_out = words_of(anybody.get(board))
    assert "清水村" in hangs_out
    assert "岭脚村" in hangs_out
    said = {"village": LINGJIAO, "came": "2026-01-10", "text": "租金收据在路上。"}
    late = town.send(town.get(at), f"{AT}/list-appeals", files=SCAN, **{**said, "came": "2026-01-17"})
    assert "2026年1月16日" in late.text or "2026-01-16" in late.text
    assert "代录书面申诉" in town.get(at).text
    town.send(town.get(at), f"{AT}/list-appeals", files=SCAN, **said)
    assert "岭脚村" not in words_of(anybody.get(board))
    assert "申诉待答复" in words_of(town.get(at))
    assert "2025-12榜单申诉1" in words_of(county.get("/inbox"))
    assert f'action="{AT}/list-appeals/1"' not in town.get(at).text, "who recorded it does not answer"
    county.send(county.get(at), f"{AT}/list-appeals/1", outcome="upheld", text="收据属实。")
    assert "榜单申诉" not in words_of(county.get("/inbox"))
    left = words_of(anybody.get(board))
    assert "岭脚村 不公布：收据属实。" in left
    paper = re.search(rf'href="({AT}/list-appeals/1/papers/[0-9a-f]+)"', county.get(at).text)
    assert paper is not None
    assert county.get(paper[1]).content == SCAN[1]
    lists = town.client.get(f"/api/v1{AT}/lists/{DECEMBER}").json()
    assert lists["appeals"][0]["answer"]["upheld"]
    assert [one["left_off"] for one in lists["items"][0]["black"]] == ["收据属实。"]
    accountant = site.of("覃会计")
    own = words_of(accountant.get("/books/450000101200/lists?month=2025-12"))
    assert "红榜" in own


def test_before_the_days_are_over_nobody_reads_the_lists(site: Site, house: Settings) -> None:
    made = writing_engine(house.database_url)

    def act(what: Callable[[Connection], Any], _book: str) -> Any:
        with made.begin() as db:
            return what(db)

    on, at = clock.now()
    freeze_months(made, act, on=on, at=at)
    made.dispose()
    assert "还没有公布的榜单" in words_of(site.stranger.get("/lists"))
    assert site.stranger.get(f"/lists/{TOWNSHIP}/{DECEMBER}").status_code == httpx.codes.NOT_FOUND
    assert "尚未公布" in words_of(site.of(TOWN).get(f"{AT}/snapshots?month={DECEMBER}"))
    accountant = site.of("覃会计")
    own = f"/books/{TOWNSHIP}200/lists"
    sent = accountant.send(
        accountant.get(f"{own}?month={DECEMBER}"), f"/books/{TOWNSHIP}200/list-appeals", text="请复核。"
    )
    assert "请复核。" in words_of(sent)
    assert "等待另一名干部答复" in words_of(sent)


def test_an_income_policy_goes_from_the_form_to_the_second_officer(site: Site) -> None:
    town = site.of(TOWN)
    fields = {
        "scans_only": "1", "fall": "25.00", "subsidies": "40", "spot_checks": "7", "landing": "day_of_resolution",
        "list_appeal_days": "10", "resolution": NUMBER,
    }  # fmt: skip
    form = town.get(f"{INCOME}/new?year=2026")
    wrong = town.send(form, f"{INCOME}/new", **{**fields, "spot_checks": "viele", "fall": "101"})
    assert 'value="viele"' in wrong.text
    made = town.send(form, f"{INCOME}/new", **fields)
    assert made.url.path == f"{INCOME}/2026/1"
    assert "25 %" in words_of(made)
    held = approved(site, f"{INCOME}/2026/1")
    assert "现行" in held.text
    today = words_of(town.get(f"{AT}/policies?year=2026"))
    assert "仅认影像" in today
    assert "决议日" in today
    api = town.client.get(f"/api/v1{INCOME}").json()
    assert (api["today"]["spot_checks"], api["items"][0]["in_force"]) == (7, True)


def test_how_the_pages_look(desk: Desk, screen: str, engine: Engine) -> None:
    the_scan_comes(engine)
    desk.sign_in(TOWN)
    pages = {
        "snapshots": f"{AT}/snapshots?month={DECEMBER}",
        "village-since-frozen": f"{AT}/villages/{LINGJIAO}?month={DECEMBER}",
        "income-policy-form": f"{INCOME}/new?year=2026",
        "published-lists": f"/lists/{TOWNSHIP}/{DECEMBER}",
        "places": "/places",
        "place": f"/places/{TOWNSHIP}",
    }
    assert look_at(desk, pages, screen) == []
