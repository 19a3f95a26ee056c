"""Pages of a township's bonus and reward schemes: recorded by one officer, approved by another; a county's scheme adopted,
its sheet entered and worked out; equals put in order by a resolution. With SCREENSHOTS set each page is photographed."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from coop.access.logins import actions as logins
from coop.access.rules import sealed_factor
from tests.pages.conftest import TOTP_KEY, Desk, Reader, Site
from tests.pages.conftest import house as _house
from tests.pages.test_looks import look_at, photograph
from tests.pages.test_vouchers import said
from tests.people import PASSWORD, a_login, login_of, with_role
from web import clock
from web.auth.keys import Keys
from web.database import writing_engine
from web.settings import Settings

model_township = _house
TOWNSHIP = "450000101"
AT = f"/townships/{TOWNSHIP}/policies"
BONUS, REWARDS = f"{AT}/bonus", f"{AT}/rewards"
TOWN, COUNTY = "农干部", "卢县干部"
SCAN = ("决议.pdf", b"%PDF-1.7 resolution", "application/pdf")
NUMBER = "镇党委〔2026〕5号"


@pytest.fixture
def house(model_township: Settings) -> Settings:
    """The house with an officer of the county beside the township's."""
    engine = writing_engine(model_township.database_url)
    _, at = clock.now()
    with engine.begin() as db:
        a_login(db, COUNTY, password=PASSWORD)
        with_role(db, COUNTY, "township_officer", "place:450000")
        vault = Keys(model_township.key_file).ready(db, at=at)
        officer = login_of(db, COUNTY).person
        logins.set_second_factor(
            db, officer, sealed_factor(vault, TOTP_KEY, person=officer), step=0, recovery=[], by=officer, at=at
        )  # fmt: skip
    engine.dispose()
    return model_township


def bonus(**changed: str) -> dict[str, str]:
    """The fields of the bonus form: 60 000 by coefficients, but for what is changed."""
    fields = {
        "pool": "60000.00", "ties": "benefit,attendance", "two_posts": "cadre", "payer": "collective", "leaving_stops": "1",
        "resolution": NUMBER,
    }  # fmt: skip
    for level in ("over_villages", "over_people"):
        fields |= {f"{level}-mode": "coefficients", f"{level}-unpaid": "stays"}
        fields |= {f"{level}-tier-{no}": tier for no, tier in enumerate(("1.20", "1.00", "0.80"))}
    return fields | changed


def approved(site: Site, at: str) -> Any:
    """The scan hung on a version by the one officer, and the other's approval."""
    town, county = site.of(TOWN), site.of(COUNTY)
    town.send(town.get(at), f"{at}/papers", files=SCAN)
    assert f'action="{at}/approve"' not in town.get(at).text, "who recorded it approves nothing"
    return county.send(county.get(at), f"{at}/approve", resolution=NUMBER)


def test_a_bonus_goes_from_the_form_to_the_second_officers_approval(site: Site) -> None:
    town = site.of(TOWN)
    assert "现行" in town.get(AT).text
    form = town.get(f"{BONUS}/new?year=2025")
    split = town.send(form, f"{BONUS}/new", **bonus(**{"over_villages-mode": "split"}))
    assert split.status_code == 422
    wrong = re.search(r'id="over_villages-mode-wrong">(.*?)</p>', split.text)
    assert wrong is not None
    assert "3:4:3" in wrong[1]
    assert "60,000.00" in wrong[1]
    made = town.send(split, f"{BONUS}/new", **bonus())
    assert str(made.url).endswith("/bonus/2025/2"), made.text
    assert "待批准" in made.text
    waits = f'href="{BONUS}/2025/2"'
    assert waits in site.of(COUNTY).get("/inbox").text
    assert waits not in town.get("/inbox").text, "what he recorded himself waits for another"
    assert "已批准" in said(approved(site, f"{BONUS}/2025/2"))
    assert waits not in site.of(COUNTY).get("/inbox").text
    page = site.of(COUNTY).get(f"{AT}?year=2025").text
    assert "村集体" in page
    assert "60,000.00" in page


def test_fields_that_cannot_be_read_are_told_and_kept(site: Site) -> None:
    town = site.of(TOWN)
    answer = town.send(
        town.get(f"{BONUS}/new?year=2025"),
        f"{BONUS}/new",
        **bonus(**{"pool": "六万", "over_people-tier-0": "x", "over_people-tier-1": "1.30", "payer": "?"}),
    )
    assert answer.status_code == 422
    for place in ("pool", "over_people-tiers-0", "payer"):
        assert f'id="{place}-wrong"' in answer.text, place
    assert 'value="六万"' in answer.text


def adopted(town: Reader, source: str, **changed: str) -> str:
    """A county's scheme recorded with its form as it is offered, but for what is changed; where its version lives."""
    form = town.get(f"{REWARDS}/new?year=2025&from={source}")
    offered = dict(re.findall(r'<input id="([^"]+)" name="[^"]+" value="([^"]*)"', form.text))
    names = re.findall(r'(?s)<select[^>]*name="([^"]+)".*?</select>', form.text)
    for name in names:
        chosen = re.search(rf'(?s)<select[^>]*name="{name}".*?<option value="([^"]*)" selected', form.text)
        offered[name] = chosen[1] if chosen else ""
    made = town.send(form, f"{REWARDS}/new", **(offered | {"resolution": NUMBER} | changed))
    assert "/rewards/2025/" in str(made.url), said(made) + made.text
    return str(made.url).split("testserver.local")[1]


def test_rongans_scheme_is_adopted_changed_approved_and_worked_out(site: Site) -> None:
    town = site.of(TOWN)
    at = adopted(town, "rongan", **{"classes-4-much": "350"})
    assert "已批准" in said(approved(site, at))
    cells: dict[str, str] = {}
    for no in range(1, 21):
        row = f"items-{no - 1}"
        cells |= {f"{row}-who": f"村{no:02}", f"{row}-score": str(100 - no), f"{row}-entitled": "1000"}
    result = town.send(town.get(f"{at}/sheet?period=2025"), f"{at}/sheet", **cells)
    assert str(result.url).endswith("/standings/2025"), result.text
    amounts = re.findall(
        r'<td class="money at-paid[^"]*">([0-9,.]*)</td>\s*<td class="money at-stays[^>]*>([0-9,.]*)</td>',
        result.text,
    )
    assert amounts == [
        *((one, "") for one in ("700.00", "600.00", "500.00", "400.00", "350.00", *["0.00"] * 12)),
        *[("", "1,000.00")] * 3,
        ("2,550.00", "3,000.00"),
    ]
    assert "扣回本人绩效的100 %" in result.text
    page = town.get(at).text
    assert "档次 1 第一名" in page
    assert "第1名 → 每个700.00元" in page
    assert "现行" in result.text


@pytest.mark.parametrize("source", ["tianlin-flags", "tianlin-records", "jinchengjiang-function", "longzhou", "tianyang"])  # fmt: skip
def test_every_countys_scheme_comes_through_the_form_as_it_is(site: Site, source: str) -> None:
    town = site.of(TOWN)
    first = adopted(town, source)
    second = adopted(town, re.sub(r".*/", "", first))
    assert "没有不同" in town.get(second).text


def test_a_sheet_is_refused_beside_its_rows_and_nothing_typed_is_lost(site: Site) -> None:
    town = site.of(TOWN)
    at = adopted(town, "tianlin-flags")
    answer = town.send(
        town.get(f"{at}/sheet?period=2025"),
        f"{at}/sheet",
        **{
            "items-0-who": "甲村",
            "items-0-points-0": "90",
            "items-0-points-1": "八十",
            "items-2-who": "乙村",
            "items-2-points-0": "90",
        },
    )
    assert answer.status_code == 422
    assert 'value="八十" class="money" inputmode="decimal" maxlength="80" autocomplete="off" aria-label="1 年终 70%" aria-invalid="true"' in answer.text  # fmt: skip
    again = town.send(
        answer,
        f"{at}/sheet",
        **{"items-0-who": "甲村", "items-0-points-0": "90", "items-0-points-1": "80", "items-1-who": "乙村", "items-1-points-0": "90"},
    )  # fmt: skip
    assert "乙村没有年终" in re.sub(r"<[^>]+>", "", again.text)
    assert re.search(r'name="items-1-points-1"[^>]*aria-invalid="true"', again.text)


def test_an_officer_of_elsewhere_finds_nothing_and_an_auditor_only_looks(site: Site) -> None:
    auditor = site.of("莫审计")
    assert auditor.get(AT).status_code == 200
    assert auditor.get(f"{BONUS}/new?year=2025").status_code == 403
    assert site.of("覃会计").get(AT).status_code in (403, 404)
    assert site.of(TOWN).get("/townships/450000999/policies").status_code == 404


def test_the_whole_story_in_a_browser(desk: Desk, screen: str) -> None:
    page = desk.sign_in(TOWN)
    page.goto(f"{desk.base}/townships")
    photograph(page, f"townships-{screen}")
    page.get_by_role("main").locator("a[href$='/policies']").first.click()
    photograph(page, f"township-policies-{screen}")
    page.get_by_role("link", name="空白表").click()
    page.get_by_label("方案名称").fill("流动红旗")
    page.get_by_label("1 档次", exact=True).fill("红旗")
    page.get_by_label("1 哪些").fill("1")
    page.get_by_label("1 多少").fill("500")
    photograph(page, f"reward-form-{screen}")
    page.keyboard.press("F8")
    page.wait_for_url(re.compile("/rewards/2025/1|/rewards/20[0-9]{2}/1"))
    photograph(page, f"reward-version-{screen}")
    at = page.url.removeprefix(desk.base)
    page.get_by_role("button", name="录入人员表").click()
    page.wait_for_selector("#sheet")
    page.get_by_label("1 村或人员").fill("甲村")
    page.get_by_label("1 得分").fill("90")
    page.get_by_label("2 村或人员").fill("乙村")
    page.get_by_label("2 得分").fill("90")
    photograph(page, f"reward-sheet-{screen}")
    page.keyboard.press("F8")
    page.wait_for_url(re.compile("/standings/"))
    expect(page.get_by_role("status").first).to_be_visible()
    photograph(page, f"reward-tie-{screen}")
    page.get_by_label("乙村").select_option("1")
    page.get_by_label("甲村").select_option("2")
    page.get_by_label("决议编号").fill(NUMBER)
    page.set_input_files("#files", {"name": SCAN[0], "mimeType": SCAN[2], "buffer": SCAN[1]})
    page.get_by_role("button", name="登记先后").click()
    expect(page.locator("tbody tr").first).to_contain_text("乙村")
    expect(page.locator("tbody tr").first).to_contain_text("500.00")
    year = at.split("/")[5]
    found = look_at(
        desk,
        {
            "township-policies-2": AT,
            "bonus-form": f"{BONUS}/new?year=2025",
            "bonus": f"{BONUS}/2025/1",
            "rongan-form": f"{REWARDS}/new?year=2025&from=rongan",
            "tianyang-form": f"{REWARDS}/new?year=2025&from=tianyang",
            "reward-sheet-2": f"{at}/sheet?period={year}",
            "reward-standing": f"{at}/standings/{year}",
        },
        screen,
    )
    assert found == []
