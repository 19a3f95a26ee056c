"""付款方案 on pages: a month's labour paid from the sheet to the bank, as the accountant lives it with the keyboard, the
officer on her phone, the cashier, and a household that reads where its money is. On both databases."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from litestar.testing import TestClient
from playwright.sync_api import Page, expect

from coop.households import actions as households
from coop.members import actions as members
from payouts.notices.rules import notice_ends
from schemas.households import NewCard
from tests.accessibility import barriers, off_the_side
from tests.builders import record
from tests.pages.conftest import BOOK, Desk, Site, furnish
from tests.pages.test_household import words_of
from tests.pages.test_looks import photograph
from tests.people import login_of
from tests.registry import a_member
from tests.running import application, serving
from web import clock
from web.auth import words
from web.auth.keys import Keys
from web.database import writing_engine
from web.settings import Settings, settings_from

AT = f"/books/{BOOK}"
CODE, PIN = "7ZK4-9QWX-0001", "2580"
SCAN = b"%PDF-1.7 resolution 2026-03"


@pytest.fixture
def house(db_url: str, tmp_path: Path) -> Settings:
    """The cooperative of clean-small, which owes six of its members 1 215.00 for work, and a card for one household."""
    settings = settings_from({"LIANJIAN_DATABASE_URL": db_url}, home=tmp_path / "house")
    engine = writing_engine(db_url)
    _, at = clock.now()
    with engine.begin() as db:
        furnish(db, settings, at=at)
        card = NewCard(household="HQ001", digest=words.digest_of_code(CODE))
        households.issue(db, [card], book=BOOK, by=login_of(db, "覃会计").person, at=at)
    engine.dispose()
    return settings


@pytest.mark.browser
def test_labour_is_paid_from_the_sheet_to_the_bank(
    house: Settings, calendar: time_machine.Traveller, screens: dict[str, Page], db_kind: str, tmp_path: Path
) -> None:
    scan = tmp_path / "决议.pdf"
    scan.write_bytes(SCAN)

    def looked_at(page: Page, name: str) -> None:
        """Pages are the same over every database: what they look like is asked once."""
        if db_kind == "sqlite":
            photograph(page, f"order-{name}")
            assert barriers(page) + off_the_side(page) == [], name

    with serving(house) as base:
        accountant, officer, cashier, household = (Desk(page, base) for page in screens.values())

        # The accountant fills the sheet in with the keyboard: less for one, a tax, one left out.
        page = accountant.sign_in("覃会计")
        accountant.go(f"{AT}/runs")
        page.get_by_role("link", name="支付应付款").click()
        expect(page.locator("#order[data-ready]")).to_be_visible()
        expect(page.locator("[data-sum=paying]")).to_have_text("1,215.00")
        looked_at(page, "sheet")
        first = page.get_by_label("Q0002 卢兰芳 本次支付")
        first.click()
        page.keyboard.press("Control+a")
        page.keyboard.type("225.01")
        expect(first).to_have_attribute("aria-invalid", "true")
        page.keyboard.press("Control+a")
        page.keyboard.type("200")
        expect(first).not_to_have_attribute("aria-invalid", "true")
        page.keyboard.press("Tab")
        page.keyboard.type("6.00")
        for _ in range(5):
            page.keyboard.press("Enter")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Delete")
        expect(page.locator("[data-sum=paying]")).to_have_text("1,010.00")
        expect(page.locator("[data-sum=withheld]")).to_have_text("6.00")
        expect(page.locator("[data-sum=net]")).to_have_text("1,004.00")
        page.get_by_label("决议编号").fill("理字3号")
        page.get_by_label("文件扫描件").set_input_files(scan)
        looked_at(page, "filled")
        page.keyboard.press("F9")
        expect(page.locator("h1")).to_contain_text("劳务费发放")
        expect(page.locator("h1")).to_contain_text("已送审")
        looked_at(page, "run")
        run = page.url.rsplit("/", 1)[1]
        page.get_by_role("link", name="Q0002").click()
        expect(page.get_by_text("仍欠")).to_be_visible()
        looked_at(page, "line")
        accountant.go(f"{AT}/runs/{run}")
        page.get_by_role("button", name="公示").click()
        expect(page.locator("h1")).to_contain_text("公示中")

        # Another of the kind is not begun while this one is under way.
        accountant.go(f"{AT}/orders/new?kind=labour")
        expect(page.get_by_role("alert")).to_contain_text("同一种类的方案同时只能办理一个")
        looked_at(page, "under-way")

        # The list hangs out with names masked.
        page = household.go("/notices")
        page.get_by_role("link", name="清水").click()
        expect(page.locator("h2").first).to_contain_text("劳务费发放")
        expect(page.locator("main")).to_contain_text("卢*")
        looked_at(page, "notice")

        # After the notice the officer approves it on her phone, and the accountant posts it.
        ends = notice_ends(clock.now()[0], days=7)
        calendar.shift(timedelta(days=(ends - clock.now()[0]).days + 1))
        accountant.sign_out()
        page = officer.sign_in("农干部")
        officer.go("/inbox")
        expect(page.locator(".inbox li")).to_contain_text("劳务费发放")
        looked_at(page, "inbox")
        page.locator(".inbox h2 a").click()
        looked_at(page, "officer")
        page.get_by_role("button", name="审批").click()
        expect(page.locator("h1")).to_contain_text("已审批")
        page = accountant.sign_in("覃会计")
        accountant.go(f"{AT}/runs/{run}")
        page.get_by_role("button", name="记账").click()
        expect(page.locator("h1")).to_contain_text("已记账")
        page.locator(".make-batch summary").click()
        page.get_by_role("button", name="编制", exact=True).click()
        page.wait_for_url(re.compile(r"/batches/1$"))
        expect(page.locator("main")).to_contain_text("1,004.00")
        page = cashier.sign_in("黄出纳")
        cashier.go(f"{AT}/batches/1")
        page.keyboard.press("F9")
        page.get_by_text("各笔在途").first.wait_for()

        # The household reads what of its labour is paid, what is withheld, and where the money is.
        page = household.go(f"/card?book={BOOK}&household=HQ001&code={CODE}")
        page.fill("#pin-new", PIN)
        page.fill("#pin-again", PIN)
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/households/"))
        household.go(f"{AT}/households/HQ001?year={run.split('.')[2]}")
        main = page.locator("main")
        expect(main).to_contain_text("您的劳务费")
        expect(main).to_contain_text("账上欠您225.00元；这次付200.00元")
        expect(main).to_contain_text("其中6.00元代交税款，您实际收到194.00元")
        expect(main).to_contain_text("已送银行，在路上")
        looked_at(page, "household")


def test_a_sheet_that_pays_too_much_is_shown_again_with_what_was_typed(site: Site) -> None:
    accountant = site.of("覃会计")
    at = f"{AT}/orders/new"
    page = accountant.get(f"{at}?kind=labour")
    sheet = dict(re.findall(r'name="(items-\d+-(?:member|account))" value="([^"]*)"', page.text))
    answer = accountant.send(
        page, at, **{**sheet, "items-0-paying": "225.01", "items-1-paying": "abc", "act": "draft"}
    )
    assert answer.status_code == 422
    told = words_of(answer.text)
    assert "abc" in answer.text
    answer = accountant.send(page, at, **{**sheet, "items-0-paying": "225.01", "act": "draft"})
    assert answer.status_code == 422
    told = words_of(answer.text)
    assert "213科目应付Q0002 225.00元，225.01元超过了应付数。" in told
    assert re.search(r'name="items-0-paying" value="225.01"[^>]*aria-invalid="true"', answer.text)
    answer = accountant.send(page, at, **{**sheet, "items-0-paying": "25.00", "act": "draft"})
    assert (answer.status_code, "25.00" in answer.text) == (200, True)
    assert answer.url.path.endswith(".1")
    assert "草稿" in words_of(answer.text)


def test_who_does_not_prepare_runs_is_offered_no_sheet(site: Site) -> None:
    cashier = site.of("黄出纳")
    assert f"{AT}/orders/new" not in cashier.get(f"{AT}/runs").text
    assert cashier.get(f"{AT}/orders/new").status_code == 403


def test_more_than_a_sheet_holds_is_paid_in_full_as_it_was_seen(house: Settings) -> None:
    numbers = [f"Z{number:04}" for number in range(1, 497)]
    engine = writing_engine(house.database_url)
    _, at = clock.now()
    with engine.begin() as db:
        vault = Keys(house.key_file).ready(db, at=at)
        new = [a_member(number) for number in numbers]
        members.enter_many(db, new, book=BOOK, vault=vault, by=login_of(db, "覃会计").person, at=at)
        owed = " | ".join(f"cr 213/{number} 1.00" for number in numbers)
        record(db, f"2025-12-31 劳务费 | 523 496.00 | {owed}", book=BOOK, number=9000)
    engine.dispose()
    with application(house) as app, TestClient(app, raise_server_exceptions=True) as client:
        accountant = Site(client).of("覃会计")
        at_sheet = f"{AT}/orders/new"
        page = accountant.get(f"{at_sheet}?kind=labour")
        assert "共502笔，一张表放不下：全部足额支付，共1,711.00元" in words_of(page.text)
        stale = accountant.send(page, at_sheet, act="draft", digest="0" * 64)
        assert (stale.status_code, "您看到的摘要" in words_of(stale.text)) == (412, True)
        answer = accountant.send(page, at_sheet, act="draft")
        assert (answer.status_code, "1,711.00" in words_of(answer.text)) == (200, True)
        assert ("lines/Q0012" in answer.text, "lines/Z0496" in answer.text) == (True, False)
        searched = accountant.get(f"{answer.url.path}?member=Z0496").text
        assert ("lines/Q0012" in searched, "lines/Z0496" in searched) == (False, True)
