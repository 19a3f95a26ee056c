"""评议票 on pages: by the household's card on a telephone, from paper at a desk; nobody reads who voted what."""

import html
import re
from collections.abc import Iterator
from datetime import date

import pytest
from litestar.testing import TestClient

from coop.scoring import actions as scoring
from schemas.scores import RatingDays
from tests.pages.conftest import BOOK, Desk, Reader
from tests.pages.test_household import off_the_side as too_wide
from tests.pages.test_looks import look_at, photograph
from tests.pages.told import CODES, PIN, Door, issue
from tests.people import login_of
from tests.running import application
from web import clock
from web.database import writing_engine
from web.settings import Settings

AT = f"/books/{BOOK}"
OWN = f"{AT}/households/HQ001"
PAPER = f"{AT}/scores/ballots"
POINTS = {"survival": "24", "prevention": "14", "service": "9", "attitude": "8", "attendance": "13"}
SCAN = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


@pytest.fixture
def rated_house(house: Settings) -> Settings:
    """Households with cards, and the rating of 2025 open."""
    engine = writing_engine(house.database_url)
    _, at = clock.now()
    with engine.begin() as db:
        accountant = login_of(db, "覃会计").person
        issue(db, by=accountant)
        days = RatingDays(year=2025, opens=date(2020, 1, 1), closes=date(2999, 12, 31))
        scoring.set_days(db, days, book=BOOK, by=accountant, at=at)
    engine.dispose()
    return house


@pytest.fixture
def door(rated_house: Settings) -> Iterator[Door]:
    with application(rated_house) as app, TestClient(app, raise_server_exceptions=True) as client:
        yield Door(client)


def ballot_of(reader: Reader, manager: str = "Q0006", rater: str = "Q0002") -> str:
    """The address of a ballot, as the list of the household leads to it."""
    page = html.unescape(reader.get(f"{OWN}/ballots").text)
    found = re.findall(rf'href="([^"]*rater={rater}&manager={manager})"', page)
    return str(found[0])


def given(**points: str) -> dict[str, str]:
    """The points of a ballot as its form sends them."""
    return {f"points-{name}": value for name, value in (POINTS | {"benefit": "20"} | points).items()}


def test_a_household_rates_with_its_card_and_again(door: Door) -> None:
    reader = door.household("HQ001")
    assert f'href="{OWN}/ballots?year=2025"' in reader.get(OWN).text
    page = reader.get(ballot_of(reader))
    assert len(page.content) < 14 * 1024, "an old telephone on a slow line"
    sent = reader.send(page, f"{OWN}/ballots", **given())
    assert "已收到，谢谢您" in sent.text
    again = reader.get(ballot_of(reader))
    assert "两次都保留" in again.text
    assert "selected" not in again.text, "what was given is not shown again"
    reader.send(again, f"{OWN}/ballots", **given(benefit="21"))
    kept = door.of("覃会计").get(f"{PAPER}?year=2025").text
    assert kept.count("扫卡") == 2
    assert kept.count('class="replaced"') == 2, "the pack's ballot and the first by card"
    assert "被后票替换的考评票：2张" in door.of("农干部").get(f"{AT}/scores?year=2025").text


@pytest.mark.parametrize(
    ("changed", "status", "says"),
    [
        ({"points-benefit": "25.5"}, 422, "25.50"),
        ({"points-benefit": ""}, 422, "还没有打分"),
        ({"points-benefit": "x"}, 422, "x"),
        ({"rater": "Q0006"}, 404, "户编号"),
        ({"manager": "Q0003"}, 422, "Q0003"),
    ],
)
def test_a_ballot_that_is_wrong_says_why(door: Door, changed: dict[str, str], status: int, says: str) -> None:
    reader = door.household("HQ001")
    answer = reader.send(reader.get(ballot_of(reader)), f"{OWN}/ballots", **(given() | changed))
    assert (answer.status_code, says in answer.text) == (status, True)


def test_nobody_rates_his_own_or_when_the_rating_is_over(door: Door) -> None:
    own = f"{AT}/households/HQ005"
    reader = door.household("HQ005")
    listed = html.unescape(reader.get(f"{own}/ballots").text)
    assert "manager=Q0006" not in listed
    page = reader.get(re.findall(r'href="([^"]*manager=Q0007)"', listed)[0])
    refused = reader.send(page, f"{own}/ballots", **given(), manager="Q0006")
    assert (refused.status_code, "不得评议自己" in refused.text) == (422, True)
    accountant = door.of("覃会计")
    accountant.send(
        accountant.get(f"{AT}/scores?year=2025"),
        f"{AT}/scores/days",
        opens="2026-01-01",
        closes="2026-01-02",
    )
    late = reader.send(page, f"{own}/ballots", **given())
    assert (late.status_code, "评议已于2026-01-02截止" in late.text) == (409, True)
    assert "/ballots?" not in reader.get(own).text


def test_nobody_reads_who_voted_what(door: Door) -> None:
    reader = door.household("HQ001")
    reader.send(reader.get(ballot_of(reader)), f"{OWN}/ballots", **given(survival="23.47"))
    for name in ("农干部", "莫审计", "韦审核", "陆理事长"):
        officer = door.of(name)
        for path in (f"{AT}/scores?year=2025", f"/api/v1{AT}/scores?year=2025"):
            text = officer.get(path).text
            assert not re.search(r"Q0002|卢兰芳|HQ001|23\.47", text), (name, path)
        for path in (f"{PAPER}?year=2025", f"{AT}/scores/raters", f"/api/v1{AT}/ballots?year=2025"):
            assert officer.get(path).status_code == 403, (name, path)
    log = door.of("莫审计").get(f"{AT}/log?act=ballot.cast").text
    assert "Q0006" in log
    assert not re.search(r"Q0002|卢兰芳|HQ001|23\.47", log)


def test_paper_is_entered_with_its_scan_and_every_fault_at_its_cell(door: Door) -> None:
    reader = door.of("覃会计")
    page = reader.get(f"{PAPER}?year=2025")
    rows = {f"{row}-points-{name}": value for row in range(2) for name, value in POINTS.items()}
    rows |= {f"{row}-manager": "Q0006" for row in range(2)}
    wrong = reader.send(
        page,
        PAPER,
        **rows,
        **{"0-rater": "Q0009", "0-points-benefit": "many", "1-rater": "Q0006", "1-points-benefit": "25.5"},
    )
    assert wrong.status_code == 422
    marked = set(re.findall(r'id="([^"]+)"[^>]*aria-invalid="true"', wrong.text))
    assert marked == {"0-points-benefit", "1-rater", "1-points-benefit"}
    rows |= {"0-rater": "Q0009", "0-points-benefit": "20", "1-rater": "Q0012", "1-points-benefit": "25"}
    right = reader.send(wrong, PAPER, **rows, scans=("票.pdf", SCAN, "application/pdf"))
    assert "已录入考评票2张" in right.text
    (scan,) = set(re.findall(r'href="([^"]+/scans/[0-9a-f]{64})"', right.text))
    assert reader.get(scan).content == SCAN
    assert door.of("莫审计").get(scan).status_code == 403, "who voted what stands on it"
    reader.send(right, PAPER, **rows)
    bare = reader.get(f"{PAPER}?year=2025")
    assert "有2张纸质票还没有扫描件：第20, 21号" in bare.text
    later = f"{PAPER}/scans"
    refused = reader.send(bare, later, first="17", last="21", scans=("票.pdf", SCAN, "application/pdf"))
    assert refused.status_code == 422
    bound = reader.send(bare, later, first="20", last="21", scans=("票.pdf", SCAN, "application/pdf"))
    assert "还没有扫描件" not in bound.text


def test_the_roll_is_kept(door: Door) -> None:
    reader = door.of("覃会计")
    path = f"{AT}/scores/raters"
    wrong = reader.send(reader.get(f"{path}?year=2025"), path, members="Q0009 Q9999", kind="party")
    assert (wrong.status_code, "Q9999" in wrong.text) == (422, True)
    kept = reader.send(wrong, path, members="Q0009，Q0012", kind="party")
    assert re.findall(r'<th scope="row" class="no">(Q\d+)', kept.text) == ["Q0003", "Q0007", "Q0009", "Q0012"]


# In a browser


@pytest.mark.parametrize("screen", ["phone"], indirect=True)
def test_a_card_a_ballot_and_another_on_a_telephone(rated_house: Settings, desk: Desk) -> None:
    page = desk.go(f"/card?book={BOOK}&household=HQ001&code={CODES['HQ001']}")
    page.fill("#pin-new", PIN)
    page.fill("#pin-again", PIN)
    page.keyboard.press("Enter")
    page.click("text=评议管理员")
    page.click("text=评议李日山")
    form = page.url.removeprefix(desk.base)
    for told, points in (("已收到", "20"), ("已收到", "21")):
        for place, text in enumerate([*POINTS.values(), points]):
            page.locator("select").nth(place).select_option(text)
        photograph(page, "ballot-phone-filled")
        page.click("text=交票")
        page.wait_for_selector(f"[role=status]:has-text('{told}')")
        desk.go(form)
        page.wait_for_selector("text=两次都保留")
    mine = {"ballot": form, "household-ballots": f"{OWN}/ballots?year=2025", "household-rates": OWN}
    assert look_at(desk, mine, "phone") + too_wide(desk, mine) == []


@pytest.mark.parametrize("screen", ["desk"], indirect=True)
def test_the_grid_takes_cells_of_a_spreadsheet(rated_house: Settings, desk: Desk) -> None:
    desk.sign_in("覃会计")
    page = desk.go(f"{PAPER}?year=2025")
    page.wait_for_selector("form[data-ready]")
    cells = "\n".join("\t".join([rater, *POINTS.values(), "20"]) for rater in ("Q0009", "Q0012"))
    page.locator("[id='0-rater']").evaluate(
        """(node, text) => {
          const data = new DataTransfer();
          data.setData("text", text);
          node.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        cells,
    )
    assert page.locator("tbody tr").nth(1).locator("[data-sum]").inner_text() == "88.00"
    page.keyboard.press("F8")
    page.wait_for_selector("[role=status]:has-text('已录入考评票2张')")
    ours = {
        "ballots-bare": f"{PAPER}?year=2025",
        "raters": f"{AT}/scores/raters?year=2025",
        "scores-open": f"{AT}/scores?year=2025",
    }
    assert look_at(desk, ours, "desk") == []
