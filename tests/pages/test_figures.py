"""Figures from outside on pages, over HTTP and for an officer who may not: one collects a file, another reviews and enters it, and
a household's red line is broken."""

import re
from io import BytesIO
from typing import Any

import httpx
from openpyxl import load_workbook

from tests.pages.conftest import Site
from tests.pages.test_snapshots import AT, LINGJIAO, words_of
from tests.pages.test_township_policies import COUNTY, TOWN, house, model_township

__all__ = ["house", "model_township"]

API, PAGES = f"/api/v1{AT}/figures", f"{AT}/figures"
CSV = f"村编码,户编号,户主,搬迁人口,安置住房面积,自筹资金\n{LINGJIAO},Q0001,韦某,4,100.01,10000.00\n"
VILLAGES = f"村编码,本年累计村集体经济收入,搬迁户数\n{LINGJIAO},51104.50,1\n"


def sent(site: Site, who: str, path: str, body: Any = None) -> httpx.Response:
    client = site.of(who).client
    csrf = re.search(r'name="csrf" value="([^"]+)"', site.of(who).get(PAGES).text)
    assert csrf is not None
    headers = {
        "X-CSRF-Token": csrf[1],
        "Idempotency-Key": re.sub(r"[^a-z0-9]", "-", path),
        "Accept-Language": "zh-CN",
    }
    if isinstance(body, bytes):
        return client.post(
            f"{API}{path}", content=body, headers=headers | {"Content-Type": "application/octet-stream"}
        )
    return client.post(f"{API}{path}", json={} if body is None else body, headers=headers)


def collected(site: Site) -> None:
    """农干部 collects the households on the page, and the villages over HTTP."""
    town = site.of(TOWN)
    page = town.send(
        town.get(PAGES), PAGES, month="2025-12", file=("搬迁户.csv", CSV.encode("gb18030"), "text/csv")
    )
    assert "底册中没有 1" in words_of(page)
    made = sent(site, TOWN, "?month=2025-12&name=村.csv", VILLAGES.encode())
    assert made.status_code == httpx.codes.CREATED, made.text


def test_from_the_file_to_a_red_line(site: Site) -> None:
    town, county = site.of(TOWN), site.of(COUNTY)
    collected(site)
    own = words_of(town.get(f"{PAGES}/1"))
    assert "本批由您采集" not in own
    assert "有1条疑点待说明" in own
    blank = load_workbook(BytesIO(town.get(f"{PAGES}/template.xlsx").content))
    assert blank.sheetnames == ["村", "户", "说明"]
    bad = town.send(
        town.get(PAGES), PAGES, month="2025-12", file=("错.csv", CSV.replace("4,", "4.5,").encode(), "text/csv")
    )  # fmt: skip
    assert "工作表“户”第2行“搬迁人口”" in bad.text
    # Page and API say the same of what is doubted, and take the same answers.
    told = town.client.get(f"{API}/1").json()
    (doubt,) = told["compared"]["doubts"]
    assert (doubt["doubt"]["kind"], doubt["answer"], told["state"]) == ("unknown", None, "collected")
    page = town.get(f"{PAGES}/1")
    assert doubt["key"] in page.text
    empty = town.send(page, f"{PAGES}/1/answers", **{"of-unknown": doubt["key"]})
    assert "没有填写任何疑点的说明" in empty.text
    refused = sent(site, COUNTY, "/1/review")
    assert refused.json()["errors"][0]["code"] == "doubts_must_be_answered"
    answered = town.send(
        page, f"{PAGES}/1/answers", **{"of-unknown": doubt["key"], "all-unknown": "新迁入，户口未落"}
    )
    assert "新迁入，户口未落" in words_of(answered)
    assert f'action="{PAGES}/1/review"' not in answered.text, "who collected it does not review it"
    assert "2025-12外部数据待审核" in words_of(county.get("/inbox"))
    assert "外部数据" not in words_of(town.get("/inbox")), "what one collected waits for another"
    county.send(county.get(f"{PAGES}/1"), f"{PAGES}/1/review")
    assert "2025-12外部数据待入库" in words_of(county.get("/inbox"))
    assert town.client.get(f"{API}/of/2025-12").json()["subjects"] == []
    entered = sent(site, COUNTY, "/1/entry")
    assert entered.json()["state"] == "entered", entered.text
    (known,) = town.client.get(f"{API}/of/2025-12").json()["subjects"]
    assert (known["subject"]["household"], known["name"]) == ("Q0001", "韦某")
    assert "100.01" in words_of(town.get(f"{PAGES}?month=2025-12"))
    (alert,) = town.client.get(f"/api/v1{AT}/alerts").json()["items"]
    breach = alert["alert"]["breach"]
    assert (breach["household"], breach["line"]["id"], breach["parcel"]) == ("Q0001", "housing_area", 1)
    shown = words_of(town.get(f"{AT}/alerts/1"))
    assert "岭脚村 Q0001" in shown
    assert "安置住房面积 / 搬迁人口25.0025" in shown
    assert "2025年12月外部数据 · 第1批" in shown
    assert (
        "岭脚村 Q0001,安置住房人均超过25平方米,2025-12,25.0025,25,,"
        in town.get(f"{AT}/exports/alerts.csv").text
    )
    table = load_workbook(
        BytesIO(town.get(f"{AT}/exports/alerts.xlsx?line=housing_area").content)
    ).worksheets[0]
    (figure, bound) = next(
        row[5:7] for row in table.iter_rows() if row[3].value == "安置住房人均超过25平方米"
    )
    assert (figure.value, figure.number_format) == (25.0025, "#,##0.0000;[Red]-#,##0.0000")
    assert (bound.value, bound.number_format) == (25, "#,##0;[Red]-#,##0")
    assert town.get(f"{PAGES}/1/file").content == CSV.encode("gb18030")
    assert town.client.get(f"{API}/1/file").content == CSV.encode("gb18030")
    # The village's income as the department has it is not what its book says; it is sent back with the reason.
    (differs,) = town.client.get(f"{API}/2").json()["compared"]["doubts"]
    assert (differs["doubt"]["kind"], differs["doubt"]["amount"]) == ("differs", 5_110_450)
    back = county.send(county.get(f"{PAGES}/2"), f"{PAGES}/2/return", text="与账面不符，请重报")
    assert "与账面不符，请重报" in words_of(back)
    states = [one["state"] for one in town.client.get(API).json()["items"]]
    assert states == ["returned", "entered"]
    # The households of December are left out of January's file: each of their figures is doubted once.
    made = sent(site, TOWN, "?month=2026-01&name=村.csv", VILLAGES.replace("51104.50", "0.00").encode())
    left_out = words_of(town.get(f"{PAGES}/{made.json()['parcel']['number']}"))
    assert "上月有，本月整项未报 3" in left_out
    assert "安置住房面积 上月有 1 个对象填报" in left_out
    accountant = site.of("覃会计")
    assert accountant.client.get(f"{API}/1").status_code == httpx.codes.NOT_FOUND
    assert accountant.get(f"{PAGES}/1/file").status_code == httpx.codes.NOT_FOUND
