"""A dividend from its preparation to the money on its way, as three people live it, each at a screen of his own: the
accountant at a desk, the township's officer and a household on their phones. On both databases."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from playwright.sync_api import Page, expect

from coop.households import actions as households
from payouts.notices.rules import notice_ends
from schemas.households import NewCard
from schemas.runs import RunKind
from tests.accessibility import barriers, off_the_side
from tests.pages.conftest import BOOK, Desk, furnish
from tests.pages.test_looks import photograph
from tests.people import login_of
from tests.running import serving
from tests.runs.years import posted, settled
from web import clock
from web.auth import words
from web.database import writing_engine
from web.settings import Settings, settings_from

RUN = f"{BOOK}.dividend.2025.1"
HOUSEHOLD = f"/books/{BOOK}/households/HQ001"
CODE = "7ZK4-9QWX-0001"
PIN = "2580"
SCAN = b"%PDF-1.7 resolution 2026-02"


@pytest.fixture
def house(db_url: str, tmp_path: Path) -> Settings:
    """The cooperative with its year settled and its commission posted, and a card printed for one household."""
    settings = settings_from({"LIANJIAN_DATABASE_URL": db_url}, home=tmp_path / "house")
    engine = writing_engine(db_url)
    _, at = clock.now()
    with engine.begin() as db:
        furnish(db, settings, at=at)
        settled(db, BOOK, 2025)
        posted(db, BOOK, RunKind.COMMISSION, 2025)
        card = NewCard(household="HQ001", digest=words.digest_of_code(CODE))
        households.issue(db, [card], book=BOOK, by=login_of(db, "覃会计").person, at=at)
    engine.dispose()
    return settings


def weighed(page: Page, address: str) -> int:
    """The bytes that come over the wire for a page and everything beside it, headers included."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    loaded: list[int] = []
    wire.on("Network.loadingFinished", lambda done: loaded.append(int(done["encodedDataLength"])))
    page.goto(address, wait_until="networkidle")
    wire.detach()
    return sum(loaded)


@pytest.mark.browser
def test_a_dividend_from_its_preparation_to_the_money_on_its_way(
    house: Settings, calendar: time_machine.Traveller, screens: dict[str, Page], db_kind: str, tmp_path: Path
) -> None:
    scan = tmp_path / "决议.pdf"
    scan.write_bytes(SCAN)

    def looked_at(page: Page, name: str) -> None:
        """Pages are the same over every database: what they look like is asked once."""
        if db_kind == "sqlite":
            photograph(page, f"story-{name}")
            assert barriers(page) + off_the_side(page) == [], name

    with serving(house) as base:
        accountant, officer, household = (
            Desk(screens[name], base) for name in ("accountant", "officer", "household")
        )

        # The accountant prepares the run and puts it on notice.
        page = accountant.sign_in("覃会计")
        accountant.go(f"/books/{BOOK}/runs")
        page.get_by_role("link", name="编制2025年盈余分配").click()
        expect(page.get_by_text("25,992.91").first).to_be_visible()
        expect(page.get_by_role("row", name="Q0002").get_by_text("3,196.88")).to_be_visible()
        looked_at(page, "new")
        page.get_by_label("成员大会决议号").fill("2026-02")
        page.get_by_label("文件扫描件").set_input_files(scan)
        page.get_by_role("button", name="送审").click()
        expect(page.locator("h1")).to_contain_text("已送审")
        page.get_by_role("button", name="公示").click()
        expect(page.locator("h1")).to_contain_text("公示中")
        looked_at(page, "on-notice")

        # The officer looks at it on her phone, and cannot sign before the notice is over.
        page = officer.sign_in("农干部")
        officer.go("/inbox")
        expect(page.locator(".inbox li")).to_contain_text("个工作日")
        assert page.locator(".inbox input[type=checkbox]").count() == 0
        looked_at(page, "inbox")
        page.locator(".inbox h2 a").click()
        expect(page.get_by_role("button", name="审批")).to_be_disabled()
        looked_at(page, "run")
        page.get_by_role("link", name="Q0002").click()
        expect(page.locator(".formula").first).to_contain_text("7,797.87 × 25.50 ÷ 126.50")
        looked_at(page, "run-line")

        # The household gets in with its card and follows its line to the entries it is made of.
        page = household.go(f"/card?book={BOOK}&household=HQ001&code={CODE}")
        looked_at(page, "card")
        page.fill("#pin-new", PIN)
        page.fill("#pin-again", PIN)
        page.keyboard.press("Enter")
        expect(page.locator(".big")).to_contain_text("3,196.88")
        expect(page.locator(".when")).to_contain_text("还没有最后定")
        expect(page.get_by_text("尾号 1117")).to_be_visible()
        assert page.locator("#aloud").is_visible() == page.evaluate("'speechSynthesis' in window")
        looked_at(page, "household")
        assert weighed(page, base + HOUSEHOLD) < 60 * 1024
        link = page.get_by_role("link", name="决议.pdf").get_attribute("href")
        assert page.request.get(f"{base}{link}").body() == SCAN
        page.get_by_role("link", name="逐笔看这些数是怎么来的").click()
        rows = {
            title: page.locator("section", has_text=title).locator("tbody tr")
            for title in ("投工返还", "交易额返还", "四类股份分红")
        }
        worked = rows["投工返还"].locator("td:nth-child(2)").all_inner_texts()
        days = [float(text.removesuffix("天")) for text in worked]
        assert sum(days) == 25.5
        traded = rows["交易额返还"].locator("td:nth-child(3)").all_inner_texts()
        assert sum(round(float(one.replace(",", "")) * 100) for one in traded) == 283_650
        held = rows["四类股份分红"].locator("td:nth-child(3)").all_inner_texts()
        assert sum(round(float(one.replace(",", "")) * 100) for one in held) == 2_944_000
        for kind, of_kind in rows.items():
            for paper in of_kind.locator("th .soft").all_inner_texts():
                assert re.search(r"[记收付转现银]-?\d|登记第\d+号|\d号|决议", paper), (kind, paper)
        looked_at(page, "household-line")

        # It does not agree.
        household.go(HOUSEHOLD)
        page.click("text=我不同意")
        page.fill("textarea", "我投工是30天，少算了。")
        page.click("text=交给乡镇")
        expect(page.get_by_text("等答复").first).to_be_visible()
        expect(page.locator(".when")).to_contain_text("这笔钱先留着")
        looked_at(page, "household-disagrees")

        # The officer answers on her phone, and the household reads it.
        page = officer.go("/appeals")
        expect(page.get_by_text("我投工是30天，少算了。")).to_be_visible()
        looked_at(page, "appeals")
        page.fill("textarea", "已核对考勤表，4天是帮工，不计。")
        page.get_by_role("button", name="维持").click()
        expect(page.get_by_text("没有人在等答复。")).to_be_visible()
        page = household.go(HOUSEHOLD)
        expect(page.get_by_text("已核对考勤表，4天是帮工，不计。")).to_be_visible()
        looked_at(page, "household-answered")

        # The notice ends; the officer approves, the accountant posts.
        today, _ = clock.now()
        calendar.shift(notice_ends(today, days=7) - today + timedelta(days=1))
        for desk in (accountant, officer, household):
            desk.sign_out()
        page = officer.sign_in("农干部")
        officer.go("/inbox")
        page.locator(".inbox h2 a").click()
        expect(page.locator("#notice")).to_contain_text("已期满")
        expect(page.locator("#sign code.digest")).to_have_text(re.compile("[0-9a-f]{64}"))
        page.get_by_role("button", name="审批").click()
        expect(page.locator("h1")).to_contain_text("已审批")
        looked_at(page, "approved")
        page = household.go(f"/card?book={BOOK}&household=HQ001")
        page.fill("#pin", PIN)
        page.keyboard.press("Enter")
        expect(page.locator(".when")).to_contain_text("已经批准，还没有发")
        looked_at(page, "household-approved")
        page = accountant.sign_in("覃会计")
        accountant.go(f"/books/{BOOK}/runs/{RUN}")
        page.get_by_role("button", name="记账").click()
        expect(page.locator("h1")).to_contain_text("已记账")
        looked_at(page, "posted")
        page = household.go(HOUSEHOLD)
        expect(page.locator(".when")).to_contain_text("钱还没送银行")
        looked_at(page, "household-posted")
