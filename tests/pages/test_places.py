"""Places on pages and over HTTP: an officer goes down his own part of the tree, enters a group by hand and others from a list,
renames one and ends it; what is wrong stands beside its field, and of a list with its row."""

import re
from io import BytesIO

import httpx
from openpyxl import Workbook

from tests.pages.conftest import Site
from tests.pages.test_snapshots import words_of
from tests.pages.test_township_policies import COUNTY, TOWN, house, model_township

__all__ = ["house", "model_township"]

TOWNSHIP, VILLAGE, GROUP = "450000101", "450000101202", "45000010120201"
AT, OF_GROUP = f"/places/{VILLAGE}", f"/places/{GROUP}"


def test_an_officer_keeps_the_groups_of_a_village(site: Site) -> None:
    town = site.of(COUNTY)
    assert "岭脚村" in words_of(town.get(f"/places/{TOWNSHIP}"))
    assert 'href="/places/450000"' in town.get("/places").text
    assert 'href="/places/45"' not in town.get("/places/450000").text, "what lies above is not his to see"
    assert town.get("/places/4500").status_code == httpx.codes.NOT_FOUND
    assert "清河乡岭脚村集体" in words_of(town.get(AT)), "the book at home in the village"
    wrong = town.send(town.get(AT), f"{AT}/new", **{"new-code": f"{VILLAGE}1", "new-name": "上屯组"})
    assert (wrong.status_code, 'id="new-code-wrong"' in wrong.text) == (422, True)
    assert 'value="上屯组"' in wrong.text, "what was typed stays"
    beside = town.send(
        wrong, f"{AT}/new", **{"new-code": "450001101200", "new-name": "邻村", "new-kind": "ordinary"}
    )
    assert (beside.status_code, "不在您的辖区之下" in beside.text) == (403, True)
    entered = town.send(wrong, f"{AT}/new", **{"new-code": GROUP, "new-name": "上屯组"})
    assert "已登记：上屯组" in words_of(entered)
    today = {"rename-name": "上屯村民小组", "rename-since": "2026-01-10"}
    renamed = town.send(town.get(OF_GROUP), f"{OF_GROUP}/name", **today)
    assert "上屯组 → 上屯村民小组" in words_of(renamed)
    again = town.send(renamed, f"{OF_GROUP}/name", **today)
    assert 'id="rename-since-wrong"' in again.text
    assert "上屯组" in words_of(town.get(f"{AT}?as_of=2026-01-09"))
    ended = town.send(renamed, f"{OF_GROUP}/end", **{"end-since": "2026-01-11", "end-into": ""})
    assert "起已撤销" in words_of(ended)
    assert f'action="{OF_GROUP}/end"' not in ended.text, "what has ended is not changed any more"
    assert 'action="/places/450000/name"' not in town.get("/places/450000").text, "his own is kept from above"
    assert 'action="/places/450000/name"' in site.of(TOWN).get("/places/450000").text


def test_a_list_is_entered_whole_or_told_whole(site: Site) -> None:
    town = site.of(TOWN)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "清河乡"
    for row in (
        ["代码", "名称", "村类别"],
        [int(GROUP), "上屯组", None],
        ["450000101300", "新村", "好村"],
        ["4500001013000", "", ""],
    ):
        sheet.append(row)
    content = BytesIO()
    book.save(content)
    wrong = town.send(
        town.get("/places"), "/places/list", file=("区划.xlsx", content.getvalue(), "application/zip")
    )
    assert wrong.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    for place in ("第3行“村类别”", "第4行“名称”", "第4行“代码”"):
        assert f"工作表“清河乡”{place}" in wrong.text, place
    assert town.get(OF_GROUP).status_code == httpx.codes.NOT_FOUND
    text = f"代码,名称,村类别\n{GROUP},上屯组,\n450000101300,新村,一般村\n".encode("gb18030")
    entered = town.send(wrong, "/places/list", file=("区划.csv", text, "text/csv"))
    assert "已登记 2 个地方" in words_of(entered)
    csrf = re.search(r'name="csrf" value="([^"]+)"', entered.text)
    assert csrf is not None
    headers = {"X-CSRF-Token": csrf[1], "Idempotency-Key": "one", "Content-Type": "text/csv"}
    more = f"代码,名称\n{VILLAGE}02,下屯组\n".encode()
    for content_sent, status, codes in (
        (text, 422, ["place_must_be_new", "place_must_be_new"]),
        (more, 201, []),
        (more, 201, []),  # again under the same key: the same answer, nothing more
        (text, 422, ["key_must_mean_the_same"]),
    ):
        answer = town.client.post("/api/v1/places/list?name=区划.csv", content=content_sent, headers=headers)
        said = [one["code"] for one in answer.json().get("errors", ())]
        assert (answer.status_code, said) == (status, codes), answer.text
    told = town.client.get(f"/api/v1/places/{TOWNSHIP}").json()
    assert ("450000101300", "新村", "ordinary") in [
        (one["code"], one["name"], one["kind"]) for one in told["items"]
    ]
