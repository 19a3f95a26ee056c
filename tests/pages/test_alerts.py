"""The life of an alert on pages and over HTTP: opened from the frozen month, explained by the village with a scan, cured by the
late scan, closed with a reason; a red line goes from one officer to the other. With SCREENSHOTS set each page is photographed."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, Engine

from coop.figures import actions as figures
from tests.figures.given import parcel
from tests.pages.conftest import Desk, Site
from tests.pages.test_looks import look_at
from tests.pages.test_snapshots import (
    AT,
    FROZEN_ON,
    LINGJIAO,
    engine,
    house,
    model_township,
    the_scan_comes,
    words_of,
)
from tests.pages.test_township_policies import COUNTY, SCAN, TOWN
from tests.people import login_of, with_role
from web import clock
from web.schedule import watch_red_lines

__all__ = ["engine", "house", "model_township"]

OWN = f"/books/{LINGJIAO}/alerts"
LINES = f"{AT}/red-lines"


def watched(engine: Engine, *, now: bool = False) -> None:
    """The clockwork looks at what is frozen: on New Year's Day, or ``now``."""

    def act(what: Callable[[Connection], Any], _book: str) -> Any:
        with engine.begin() as db:
            return what(db)

    on, at = clock.now() if now else (FROZEN_ON, datetime(2026, 1, 1, 1, 10, tzinfo=UTC))
    assert watch_red_lines(engine, act, on=on, at=at)[1] == ()


def figures_come(db: Connection) -> None:
    """农干部 collects figures from outside of December, with doubts."""
    by, (on, at) = login_of(db, TOWN).person, clock.now()
    households = f"{LINGJIAO} Q0001 persons=4 housing_area=100.01 own_funds=10000.00"
    new = parcel(202512, f"{LINGJIAO} reported_income=51104.50 resettled_households=2", households)
    figures.collect(db, new, township=AT[-9:], by=by, on=on, at=at)


@pytest.fixture
def alerted(engine: Engine) -> Engine:
    """The alerts of December 2025 are opened, and 覃会计 keeps 岭脚村's book."""
    with engine.begin() as db:
        with_role(db, "覃会计", "accountant", f"book:{LINGJIAO}")
    watched(engine)
    return engine


def found(site: Site, **query: str) -> list[dict[str, Any]]:
    answer = site.of(TOWN).client.get(f"/api/v1{AT}/alerts", params=query)
    assert answer.status_code == httpx.codes.OK, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_an_alert_is_explained_cured_and_closed(site: Site, alerted: Engine) -> None:
    town, accountant = site.of(TOWN), site.of("覃会计")
    mine = {one["alert"]["breach"]["line"]["id"]: one for one in found(site, village=LINGJIAO)}
    assert {id: one["state"] for id, one in mine.items()} == {
        "below_threshold": "notified",
        "unrecognised": "notified",
    }
    number = mine["unrecognised"]["alert"]["number"]
    listed = words_of(town.get(f"{AT}/alerts"))
    assert "有收入缺少凭据19,000.00 元 高于 0.00 元" in listed
    assert "预警2" in words_of(town.get(f"{AT}/villages?month=2025-12"))
    assert "2025-12预警1待说明" in words_of(accountant.get("/inbox"))
    table = town.get(f"{AT}/exports/alerts.csv?line=unrecognised").text
    assert f"{LINGJIAO},岭脚村,有收入缺少凭据,2025-12,19000.00,0.00,元,2026-01-01,已通知" in table
    assert "有2条预警等待说明" in words_of(accountant.get(f"/books/{LINGJIAO}"))
    own = accountant.get(OWN)
    assert "记-0012" in words_of(own)
    said = {"number": str(number), "text": "租金收据在承包人处，月底补扫。"}
    empty = accountant.send(own, f"{OWN}/explanation", **{**said, "text": "x" * 1001})
    assert "1000" in empty.text
    told = words_of(accountant.send(own, f"{OWN}/explanation", files=SCAN, **said))
    assert "已说明" in told
    page = town.get(f"{AT}/alerts/{number}")
    assert "<code>" not in page.text
    assert "无凭据收入19,000.00 元红线： 高于0.00 元" in words_of(page)
    assert "租金收据在承包人处，月底补扫。" in words_of(page)
    paper = re.search(rf'href="({AT}/alerts/{number}/papers/[0-9a-f]+)"', page.text)
    assert paper is not None
    assert town.get(paper[1]).content == SCAN[1]
    assert town.client.get(f"/api/v1{paper[1]}").content == SCAN[1]
    at = f"{AT}/alerts/{number}"
    closed = words_of(town.send(page, f"{at}/closing", text="年度已过，收入不再发生。"))
    assert "年度已过，收入不再发生。" in closed
    the_scan_comes(alerted)
    watched(alerted, now=True)
    states = {one["alert"]["breach"]["line"]["id"]: one["state"] for one in found(site)}
    assert states == {"below_threshold": "cured", "unrecognised": "closed"}
    cured = words_of(town.get(f"{AT}/alerts/{mine['below_threshold']['alert']['number']}"))
    assert "51,104.50" in cured
    assert "32,104.50" in cured
    events = accountant.client.get(f"/api/v1/books/{LINGJIAO}/alerts/{number}").json()
    assert [one["step"] for one in events["alert"]["steps"]] == ["notify", "explain", "close"]


def test_a_red_line_goes_from_the_form_to_the_second_officer(site: Site, alerted: Engine) -> None:
    town, county = site.of(TOWN), site.of(COUNTY)
    fields = {
        "id": "little_income", "name": "Little operating income", "name_zh": "经营收入过少", "figure": "operating_income",
        "comparison": "below", "bound": "threshold * 3", "when": "monthly", "unit": "yuan", "source": "三政发〔2026〕9号",
    }  # fmt: skip
    form = town.get(LINES)
    wrong = town.send(form, LINES, **{**fields, "bound": "revenue *", "id": "Wenig"})
    assert wrong.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert 'value="revenue *"' in wrong.text
    assert "不是算式" in town.send(form, LINES, **{**fields, "bound": "revenue *"}).text
    assert "待批准" in words_of(town.send(form, LINES, **fields))
    assert f'action="{LINES}/approve"' not in town.get(LINES).text, "who entered it does not approve"
    assert "红线little_income" in words_of(county.get("/inbox"))
    held = county.send(county.get(LINES), f"{LINES}/approve", id="little_income", version="1")
    assert "自设" in words_of(held)
    lines = town.client.get(f"/api/v1{LINES}").json()
    assert (len(lines["watched"]), lines["versions"][0]["in_force"]) == (8, True)
    stopped = {**fields, "watched": "no"}
    town.send(town.get(LINES), LINES, **stopped)
    county.send(county.get(LINES), f"{LINES}/approve", id="little_income", version="2")
    assert len(town.client.get(f"/api/v1{LINES}").json()["watched"]) == 7


def test_how_the_pages_look(desk: Desk, screen: str, alerted: Engine) -> None:
    desk.sign_in(TOWN)
    pages = {"alerts": f"{AT}/alerts", "alert": f"{AT}/alerts/1", "red-lines": LINES}
    with alerted.begin() as db:
        figures_come(db)
    pages |= {"figures": f"{AT}/figures", "figures-parcel": f"{AT}/figures/1"}
    assert look_at(desk, pages, screen) == []
    desk.sign_out()
    desk.sign_in("覃会计")
    assert look_at(desk, {"own-alerts": OWN}, screen) == []
