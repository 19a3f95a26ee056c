"""Pages of policies and scores: a plan is recorded, its scan attached, approved on a phone, compared; ballots come from
paper. With SCREENSHOTS set to a folder each page is also photographed into it."""

from collections.abc import Iterator

import pytest
from litestar.testing import TestClient
from playwright.sync_api import Page

from tests.pages.conftest import BOOK, Desk, Reader, Site
from tests.pages.test_looks import look_at, photograph
from tests.pages.test_vouchers import said
from tests.pages.told import told_house, told_model
from tests.running import application, serving
from web.settings import Settings

__all__ = ["told_house", "told_model"]
AT = f"/books/{BOOK}"
NEW = f"{AT}/policies/new"
SECOND = f"{AT}/policies/2025/2"
SCAN = ("决议.pdf", b"%PDF-1.7 resolution", "application/pdf")
NUMBER = "2026社员大会第9号"


@pytest.fixture
def site(told_house: Settings) -> Iterator[Site]:
    with application(told_house) as app, TestClient(app, raise_server_exceptions=True) as client:
        yield Site(client)


@pytest.fixture
def desk(page: Page, told_house: Settings) -> Iterator[Desk]:
    with serving(told_house) as base:
        yield Desk(page, base)


def plan(**changed: object) -> dict[str, object]:
    """The fields of the plan of clean-small as the form offers them, with changes."""
    legs = [
        ("投工返还", "30", "work_days", "1"),
        ("交易额返还", "30", "trade_value", "1"),
        ("四类股份分红", "40", "share_value", ""),
    ]
    fields: dict[str, object] = {
        "record_date": "2025-12-31", "reserve": "10", "amount": "", "commission_mode": "own_score",
        "commission": "8", "below_60": "kept", "party_weight": "50", "least_ballots": "5", "resolution": NUMBER,
        "products": ["青贮玉米", "鲜牧草"], "legs-2-basis-kinds": ["cash", "land", "calf", "labour"],
        "managers": ["Q0006", "Q0007", "Q0008"],
        "base-Q0006": "17925.79", "base-Q0007": "17925.80", "base-Q0008": "17767.16",
    }  # fmt: skip
    for index, points in enumerate((25, 15, 10, 10, 15, 25)):
        fields[f"maxima-{index}"] = str(points)
    for index, (name, part, basis, patronage) in enumerate(legs):
        fields |= {
            f"legs-{index}-name": name,
            f"legs-{index}-part_bp": part,
            f"legs-{index}-basis": basis,
        }
        if patronage:
            fields[f"legs-{index}-patronage"] = patronage
    return fields | changed


def recorded(reader: Reader, **changed: object) -> None:
    """A second version of the plan, recorded with its form."""
    answer = reader.send(reader.get(f"{NEW}?year=2025"), NEW, **plan(**changed))
    assert str(answer.url).endswith("/policies/2025/2"), answer.text


def attached(reader: Reader) -> None:
    """The scan of the resolution on the second version."""
    reader.send(reader.get(SECOND), f"{SECOND}/papers", files=SCAN)


def test_a_plan_goes_from_the_form_to_the_officers_approval(site: Site) -> None:
    accountant, officer = site.of("覃会计"), site.of("农干部")
    assert "现行第1版" in officer.get(f"{AT}/policies").text
    recorded(accountant, reserve="20")
    page = accountant.get(SECOND).text
    assert "待批准" in page
    assert "10 %" in page
    assert "20 %" in page
    assert f"{SECOND}/approve" not in page, "the accountant approves nothing"
    assert f'action="{SECOND}/approve"' not in officer.get(SECOND).text, "not before the scan is there"
    attached(accountant)
    wrong = officer.send(officer.get(SECOND), f"{SECOND}/approve", resolution="2026-8")
    assert (wrong.status_code, 'id="resolution-wrong"' in wrong.text) == (422, True)
    right = officer.send(wrong, f"{SECOND}/approve", resolution=NUMBER)
    assert "已批准" in said(right)
    assert "现行第2版" in officer.get(f"{AT}/policies?year=2025").text


def test_the_scan_is_shown_to_those_who_see_evidence(site: Site) -> None:
    accountant = site.of("覃会计")
    recorded(accountant)
    attached(accountant)
    page = accountant.get(SECOND).text
    place = page.index(f"{SECOND}/papers/") + len(f"{SECOND}/papers/")
    scan = site.of("农干部").get(f"{SECOND}/papers/{page[place : place + 64]}")
    assert (scan.content, scan.headers["content-type"]) == (SCAN[1], "application/pdf")
    assert site.of("农干部").get(f"{SECOND}/papers/{'a' * 64}").status_code == 404


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(site: Site) -> None:
    reader = site.of("覃会计")
    wrong = reader.send(
        reader.get(NEW),
        NEW,
        **plan(**{"legs-1-part_bp": "29", "reserve": "x", "other_products": "鱼", "record_date": "2024-01-01"}),
    )  # fmt: skip
    assert wrong.status_code == 422
    assert 'id="reserve_bp-wrong"' in wrong.text
    assert 'value="29"' in wrong.text
    wrong = reader.send(
        wrong,
        NEW,
        **plan(**{"legs-1-part_bp": "29", "other_products": "鱼", "record_date": "2024-01-01"}),
    )
    for place in ("legs", "products-2", "record_date"):
        assert f'id="{place}-wrong"' in wrong.text
    assert 'value="鱼"' in wrong.text


def test_whoever_saw_an_older_version_looks_again(site: Site) -> None:
    accountant, chair = site.of("覃会计"), site.of("陆理事长")
    old = accountant.get(NEW)
    recorded(chair)
    answer = accountant.send(old, NEW, **plan())
    assert answer.status_code == 412
    assert "现在是第2版" in answer.text


def test_what_would_change_is_read_by_member(site: Site) -> None:
    recorded(site.of("覃会计"), reserve="20")
    page = site.of("农干部").get(f"{AT}/policies/2025/compare?before=1&after=2").text
    assert "-2,888.10" in page
    assert "23,104.81" in page
    assert page.count('href="/books/qingshuihezuoshe/members/') >= 12
    floor = {"legs-0-part_bp": "20", "legs-2-part_bp": "50"}
    accountant = site.of("覃会计")
    accountant.send(accountant.get(NEW), NEW, **plan(**floor))
    assert "按第3版不能办理" in site.of("农干部").get(f"{AT}/policies/2025/compare?after=3").text


def test_a_procedure_is_recorded_and_approved(site: Site) -> None:
    chair, officer = site.of("陆理事长"), site.of("农干部")
    path = f"{AT}/procedure/new"
    wrong = chair.send(chair.get(path), path, notice_days="0", appeal_days="15", chair_up_to="9", council_up_to="1")  # fmt: skip
    assert wrong.status_code == 422
    assert 'id="council_up_to-wrong"' in wrong.text
    made = chair.send(wrong, path, notice_days="10", appeal_days="15", chair_up_to="1000", council_up_to="2000", resolution="2026-3")  # fmt: skip
    one = made.url.path
    chair.send(made, f"{one}/papers", files=SCAN)
    officer.send(officer.get(one), f"{one}/approve", resolution="2026-3")
    assert "现行" in officer.get(one).text
    year = one.split("/")[-2]
    assert "<dd>10</dd>" in officer.get(f"{AT}/policies?year={year}").text


def test_there_is_nothing_where_no_version_is(site: Site) -> None:
    reader = site.of("农干部")
    for path in ("policies/2025/9", "policies/2020/compare", "procedure/2025/1", "policies/2025/x"):
        assert reader.get(f"{AT}/{path}").status_code in {400, 404}


# Scores


def test_scores_show_how_they_came_about_and_not_who_voted_what(site: Site) -> None:
    page = site.of("农干部").get(f"{AT}/scores?year=2025").text
    for text in ("745/8", "93.13", "60.00", "57.19", "1,335.54", "取消：不足60分", "1,280.63"):
        assert text in page
    assert "/scores/ballots" not in page
    assert site.of("农干部").get(f"{AT}/scores/ballots?year=2025").status_code == 403


def test_no_ballot_is_entered_once_the_commission_is_handed_in(site: Site) -> None:
    reader = site.of("覃会计")
    path = f"{AT}/scores/ballots"
    points = {"survival": "25", "prevention": "15", "service": "10", "attitude": "10", "attendance": "15"}
    ballot = {f"0-points-{name}": value for name, value in points.items()}
    ballot |= {"0-manager": "Q0006", "0-rater": "Q0010", "0-points-benefit": "20"}
    wrong = reader.send(reader.get(f"{path}?year=2025"), path, **ballot)
    assert (wrong.status_code, "提成已经送审，不再收票" in wrong.text) == (422, True)
    assert 'value="20"' in wrong.text


def test_a_manager_is_named_moved_and_taken_back(site: Site) -> None:
    reader = site.of("覃会计")
    at, named = f"{AT}/scores?year=2025", f"{AT}/scores/managers"
    wrong = reader.send(reader.get(at), named, member="Q0006", village="450000101200")
    assert 'id="0-member-wrong"' in wrong.text
    reader.send(wrong, named, member="Q0010", village="450000101200")
    page = reader.get(at)
    assert "票数不足" in page.text
    change = f"{named}/Q0010/change"
    reader.send(page, change, village="450000101201", reason="调村")
    reader.send(reader.get(at), change, village="", reason="录错")
    assert 'id="m-Q0010"' not in reader.get(at).text


# In a browser


def test_the_form_adds_up_while_one_types(desk: Desk, screen: str) -> None:
    desk.sign_in("覃会计")
    page = desk.go(f"{NEW}?year=2025")
    page.wait_for_selector("form[data-ready]")
    assert page.locator("[data-sum]").inner_text() == "100.00 %"
    page.locator("#legs-2-part_bp").fill("39.5")
    assert page.locator("[data-sum]").inner_text() == "99.50 %"
    assert "wrong" in (page.locator("[data-sum]").get_attribute("class") or "")
    assert page.locator("[data-patronage-sum]").inner_text() == "60.00 %"
    page.get_by_role("button", name="增加分配项").click()
    added = page.locator("[data-leg]").last
    added.locator("[data-basis]").select_option("trade_quantity")
    assert added.locator("[data-for=trade_quantity]").is_visible()
    assert not added.locator("[data-for=equal]").is_visible()
    photograph(page, f"policy-form-typed-{screen}")


@pytest.mark.parametrize("screen", ["desk"], indirect=True)
def test_the_sheet_of_ballots_goes_on_by_enter(desk: Desk) -> None:
    desk.sign_in("覃会计")
    page = desk.go(f"{AT}/scores/ballots?year=2025")
    page.wait_for_selector("form[data-ready]")
    page.locator("[id='0-rater']").click()
    for text in ("Q0010", "25", "15", "10", "10", "15", "26"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    assert page.locator("tbody tr").first.locator("[data-sum]").inner_text() == "101.00"
    assert page.locator("[id='0-points-benefit']").get_attribute("aria-invalid") == "true"
    assert page.evaluate("document.activeElement.id") == "1-rater"
    page.keyboard.press("F8")
    page.wait_for_selector("[role=alert]")
    page = desk.go(f"{AT}/procedure/new?year=2025")
    page.keyboard.press("F8")
    page.wait_for_url("**/procedure/2025/1")


@pytest.fixture
def waiting(told_house: Settings) -> None:
    """A second version with its scan; it comes before ``desk`` among a test's fixtures, for one process writes."""
    with application(told_house) as app, TestClient(app, raise_server_exceptions=True) as client:
        accountant = Site(client).of("覃会计")
        recorded(accountant, reserve="20")
        attached(accountant)


@pytest.fixture
def doubtful(told_house: Settings) -> None:
    """A second version below the floor, and a third."""
    with application(told_house) as app, TestClient(app, raise_server_exceptions=True) as client:
        accountant = Site(client).of("覃会计")
        recorded(accountant, **{"legs-0-part_bp": "20", "legs-2-part_bp": "50", "amount": "20000"})
        accountant.send(accountant.get(NEW), NEW, **plan(reserve="20", below_60="lost"))


def test_an_officer_approves(waiting: None, desk: Desk, screen: str) -> None:
    desk.sign_in("农干部")
    page = desk.go(SECOND)
    photograph(page, f"policy-approve-{screen}")
    page.locator("#resolution").fill(NUMBER)
    page.get_by_role("button", name="批准第2版").click()
    page.wait_for_selector("[role=status]")
    assert page.locator(".tag.good").first.inner_text() == "现行"


def test_nothing_is_wrong_with_these_pages(doubtful: None, desk: Desk, screen: str) -> None:
    pages = {
        "policies": f"{AT}/policies?year=2025",
        "policy": f"{AT}/policies/2025/1",
        "policy-waits": f"{AT}/policies/2025/3",
        "policy-warned": SECOND,
        "policy-form": f"{NEW}?year=2025",
        "policy-compare": f"{AT}/policies/2025/compare?before=1&after=3",
        "policy-compare-refused": f"{AT}/policies/2025/compare?before=1&after=2",
        "procedure-form": f"{AT}/procedure/new",
        "scores": f"{AT}/scores?year=2025",
        "scores-none": f"{AT}/scores?year=2026",
        "ballots": f"{AT}/scores/ballots?year=2025",
    }
    desk.sign_in("覃会计")
    assert look_at(desk, pages, screen) == []
