"""A collective's income entitlements and what is shared by them, on pages, as papers and over HTTP."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from schemas.runs import RunKind
from tests.pages.conftest import VILLAGE, Reader, Site
from tests.runs.entitled import entitled, planned
from tests.runs.years import on_notice, settled
from web.batch_files import XLSX
from web.database import writing_engine
from web.exports.spreadsheets import exact
from web.settings import Settings

AT = f"/books/{VILLAGE}"
RUN = f"{VILLAGE}.dividend.2025.1"


@pytest.fixture
def sharing(house: Settings) -> Settings:
    """The collective of 清水村 with five households, its year settled and its distribution on notice."""
    engine = writing_engine(house.database_url)
    with engine.begin() as db:
        entitled(db, VILLAGE)
        settled(db, VILLAGE, 2025)
        planned(db, VILLAGE)
        on_notice(db, VILLAGE, RunKind.DIVIDEND, 2025)
    engine.dispose()
    return house


def _paper(reader: Reader, path: str) -> str:
    answer = reader.get(path)
    assert answer.status_code == 200, answer.text
    return "".join(PdfReader(BytesIO(answer.content)).pages[0].extract_text().split())


SAID = (
    (f"/runs/{RUN}", ("2025年收益分配", "提取公积公益金", "68,669.28", "收益权份额", "8.50")),
    (f"/runs/{RUN}/lines/M0003", ("2.50", "8.50", "出生医学证明A1", "20,196.85")),
    ("/runs", ("收益分配",)),
    (
        "/shares?as_of=2025-12-31",
        ("收益权份额", "2.50 / 8.50", "29.41", "3.00 / 8.50", "35.29", "量化", "增减", "出生医学证明A1"),
    ),
    ("/shares?as_of=2025-06-30", ("收益权份额", "8.00", "量化")),
    ("/policies?year=2025", ("公积公益金", "可分配收益", "按收益权份额分配")),
    ("/policies/new?year=2026", ("按收益权份额分配", "收益权份额", "均等")),
    ("/members/M0003", ("收益权证截至日期", "收益权份额")),
    ("/households/H0003?year=2025", ("您家有收益权份额2.50份，全村各户共8.50份。", "20,196.85")),
    ("/households/H0005?year=2025", ("2025年的收益没有分给您的：记录日您家没有收益权份额。",)),
    ("/register", ("收益权份额量化", "收益权份额增减")),
    ("/register/1", ("收益权份额量化", "M0004")),
)
"""What stands on which page."""


def test_what_is_shared_by_entitlements_is_shown(sharing: Settings, site: Site) -> None:
    reader, missing = site.of("覃会计"), []
    for path, says in SAID:
        page = reader.get(f"{AT}{path}")
        assert page.status_code == 200, page.text
        main = page.text[page.text.index("<main") :]
        missing += [(path, word) for word in says if word not in main]
        missing += [(path, "says 盈余")] if "盈余" in main else []
    assert missing == []


def test_what_is_shared_by_entitlements_is_printed_and_told(sharing: Settings, site: Site) -> None:
    reader = site.of("覃会计")
    certificate = _paper(reader, f"{AT}/members/M0003/certificate.pdf?as_of=2025-12-31")
    for said in ("收益权证", "2.5份", "2025-3、出生医学证明A1", "集体财产不分割到户"):
        assert said in certificate
    assert "出资" not in certificate
    sheet = _paper(reader, f"{AT}/households/H0003/statement.pdf?year=2025")
    for said in ("您家的收益权份额收益权份额2.50份", "2025年10月1日出生医学证明A1"):
        assert said in sheet
    assert "合作社" not in sheet.replace("股份经济合作社", "")
    assert "2025年收益分配" in _paper(reader, f"{AT}/exports/run.pdf?run={RUN}")
    assert "2025年度收益分配方案公示表" in _paper(reader, f"{AT}/exports/run-notice.pdf?run={RUN}")
    told = reader.get(f"/api/v1/books/{VILLAGE}/runs/{RUN}").json()
    assert (told["floor"], told["legs"][0]["basis"], told["closing"]["distributed"]) == (
        None,
        "收益权份额",
        "68669.28",
    )


def test_many_households_are_quantified_by_one_form(sharing: Settings, site: Site) -> None:
    accountant = site.of("覃会计")
    path = f"{AT}/register/new/quantification"
    fields = {"on": "2026-02-12", "resolution": "2026-3"}
    rows = {
        f"households-{index}-{name}": value
        for index, (member, units) in enumerate(
            (("M0001", "3.50"), ("王0002", "2.00"), ("M0005", "1.00"), ("M0009", "1.00"))
        )
        for name, value in (("member", member), ("units", units))
    }
    wrong = accountant.send(accountant.get(path), path, step="try", **fields, **rows)
    assert wrong.status_code == 422
    assert 'id="households-3-member-wrong"' in wrong.text, "the row that is wrong says so"
    rows |= {"households-3-member": "", "households-3-units": ""}
    tried = accountant.send(wrong, path, step="try", **fields, **rows)
    assert "试算结果" in tried.text, tried.text
    sent = accountant.send(tried, path, step="send", **fields, **rows)
    assert "收益权份额量化" in sent.text


LIST = (("清水村收益权份额量化清册",), ("成员编号", "姓名", "份额（份）"))


def a_list(*rows: tuple[str, ...]) -> tuple[str, bytes, str]:
    return ("清册.xlsx", exact((*LIST, *rows), name="清册", figures={2}), XLSX)


def test_a_list_is_read_off_a_workbook_and_ties_to_the_resolution(sharing: Settings, site: Site) -> None:
    accountant = site.of("覃会计")
    path = f"{AT}/register/new/quantification"
    fields = {"on": "2026-02-12", "resolution": "2026-3", "step": "sheet"}
    given = accountant.get(path)
    wrong = a_list(
        ("M0001", "王0001", "3.50"),
        ("M0002", "李四", "2.00"),
        ("M0009", "", "1.00"),
        ("M0001", "王0001", "一份"),
        ("合计", "", "9.00"),
    )
    answer = accountant.send(given, path, sheet=wrong, total="6.50", **fields)
    assert answer.status_code == 422
    for said in (
        "第4行：M0002是王0002，清册写的是李四。",
        "第5行：登记册里没有M0009这一户。",
        "第6行：“一份”不是份额。",
        "第6行：M0001在第3行已经有了。",
    ):
        assert said in answer.text, said
    right = a_list(("M0001", "王0001", "3.50"), ("H0002", " 王 0002", "2.00"), ("合计", "", "5.50"))
    for total, said in (("", "没有填决议总份额。"), ("6.00", "所列各户共5.50份，决议总份额是6.00份。")):
        answer = accountant.send(given, path, sheet=right, total=total, **fields)
        assert said in answer.text
    tried = accountant.send(given, path, sheet=right, total="5.50", **fields)
    assert "试算结果" in tried.text, tried.text
    rows = {
        f"households-{index}-{name}": value
        for index, of in enumerate((("M0001 王0001", "3.50"), ("M0002 王0002", "2.00")))
        for name, value in zip(("member", "units"), of, strict=True)
    }
    for name, value in rows.items():
        assert f'name="{name}" value="{value}"' in tried.text, name
    sent = accountant.send(tried, path, **fields | {"step": "send"}, total="5.50", **rows)
    assert "等待复核" in sent.text or "送审" in sent.text
