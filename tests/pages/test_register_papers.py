"""Members on screen and on paper: joining, changing, heirs, findings; the statutory account, everybody's in one file, the
share certificate."""

import re
import threading
from io import BytesIO

import openpyxl
from pypdf import PdfReader

from tests.pages.conftest import BOOK, Site
from tests.pages.test_register_acts import NEW, sent, tried
from tests.pages.test_vouchers import said
from tests.people import login_of

AT = f"/books/{BOOK}"
JOINING = {
    "on": "2025-12-20",
    "applied_on": "2025-12-01",
    "name": "黄新来",
    "kind_of_member": "household",
    "household": "HQ099",
    "identity": "11010519491231002X",
    "phone": "15400002626",
    "resolution": "2025-12号",
}


def words(content: bytes) -> str:
    """The text of a PDF without its blanks."""
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages))


def test_somebody_joins_by_two_persons_and_the_identity_is_masked(site: Site) -> None:
    reader, reviewer = site.of("覃会计"), site.of("韦审核")
    number = re.search(r'name="number" value="(\w+)"', reader.get(f"{NEW}/joining").text)
    assert number
    page = sent(reader, "joining", number=number[1], **JOINING)
    assert "11010519491231002X" not in page.text
    assert number[1] not in reader.get(f"{AT}/members").text
    reviewer.send(reviewer.get(page.url.path), f"{page.url.path}/confirm")
    assert "黄新来" in reader.get(f"{AT}/members/{number[1]}").text


def test_a_member_page_offers_acts_and_shows_what_waits(site: Site) -> None:
    reader = site.of("覃会计")
    page = reader.get(f"{AT}/members/Q0002").text
    assert f"{NEW}/cash?member=Q0002" in page
    assert f"{NEW}/withdrawal" not in page
    assert (
        "Q0002 "
        in re.findall(r'name="member" value="([^"]*)"', reader.get(f"{NEW}/cash?member=Q0002").text)[0]
    )
    path = sent(reader, "cash", on="2025-12-20", member="Q0002", amount="100", resolution="12号").url.path
    assert f'href="{path}"' in reader.get(f"{AT}/members/Q0002").text
    assert NEW not in site.of("莫审计").get(f"{AT}/members/Q0002").text
    gone = reader.get(f"{AT}/members/Q0010").text
    assert f"{NEW}/heir?member=Q0010" in gone
    assert f"{NEW}/cash?" not in gone


def test_an_heir_is_named_by_two_persons_and_shown_masked(site: Site) -> None:
    reader, reviewer = site.of("覃会计"), site.of("韦审核")
    heir = {
        "on": "2026-02-01",
        "member": "Q0010",
        "name": "班小英",
        "relation": "女儿",
        "identity": "11010519491231002X",
        "bank": "农村商业银行",
        "bank_account": "6222000007538161117",
        "account_kind": "card",
        "resolution": "公证书1号",
    }
    path = sent(reader, "heir", **heir).url.path
    reviewer.send(reviewer.get(path), f"{path}/confirm")
    page = reader.get(f"{AT}/members/Q0010").text
    assert "班小英" in page
    assert "女儿" in page
    assert "11010519491231002X" not in page


def test_a_cards_wrong_sum_is_told_and_stops_nothing_and_no_passbook_has_one(site: Site) -> None:
    reader = site.of("覃会计")
    change = {"on": "2026-02-01", "member": "Q0002", "bank_account": "6222000007538161118", "resolution": "1"}
    doubt = "银行卡号6222 **** **** 1118不符合校验位"
    assert doubt in tried(reader, "payee", **change, account_kind="card").text
    assert doubt not in tried(reader, "payee", **change, account_kind="passbook").text
    assert sent(reader, "payee", **change, account_kind="card").status_code == 200


def test_a_number_in_a_text_of_the_form_is_refused_and_the_form_comes_back_masked(site: Site) -> None:
    reader = site.of("覃会计")
    page = reader.send(
        reader.get(f"{NEW}/cash"),
        f"{NEW}/cash",
        step="try",
        on="2026-02-01",
        member="Q0002",
        amount="100.00",
        resolution="会议13977665544",
    )
    assert page.status_code == 422
    assert "文字里写了身份证号、账号或电话号码：139****5544。" in page.text
    assert 'value="会议139****5544"' in page.text
    assert "13977665544" not in page.text


def test_what_nobody_is_paid_by_is_changed_by_one_person(site: Site) -> None:
    reader = site.of("覃会计")
    path = f"{AT}/members/Q0002/edit"
    page = reader.get(path)
    answer = reader.send(page, path, household="HQ002B", phone="", poverty_exit="true", note="")
    assert "已修改" in said(answer)
    assert "HQ002B" in answer.text
    stale = reader.send(page, path, household="HQ002C", phone="", poverty_exit="", note="")
    assert stale.status_code == 412
    assert 'value="HQ002C"' in stale.text
    assert site.of("韦审核").get(path).status_code == 403


def test_an_account_for_payments_is_changed_on_the_version_that_was_looked_at(site: Site) -> None:
    reader = site.of("覃会计")
    change = {"on": "2026-02-01", "member": "Q0002", "bank_account": "6222000007538161117", "resolution": "1"}
    shown = tried(reader, "payee", **change)
    edit = f"{AT}/members/Q0002/edit"
    reader.send(reader.get(edit), edit, household="HQ002B", phone="", poverty_exit="", note="")
    answer = reader.send(shown, f"{NEW}/payee", step="send", **change)
    assert answer.status_code == 412, "it was changed in between"


def test_findings_on_who_the_members_are(site: Site) -> None:
    page = site.of("莫审计").get(f"{AT}/members?on=2025-12-31").text
    assert "成员人数和构成符合法律要求" in page
    assert "合作社至少要有5名成员" in site.of("莫审计").get(f"{AT}/members?on=2024-01-01").text


def test_the_member_account_has_the_columns_of_the_statutory_form(site: Site) -> None:
    reader = site.of("莫审计")
    page = reader.get(f"{AT}/members/Q0010/account?year=2025").text
    for column in (
        "来源于到户类扶贫项目资产的出资额",
        "其他来源的出资额",
        "公积金份额",
        "接受国家财政直接补助形成财产量化份额",
        "接受他人捐赠形成财产量化份额",
        "交易量",
        "交易额",
        "盈余返还金额",
        "剩余盈余分配金额",
    ):
        assert column in page
    assert page.index("年初余额") < page.index("2025-01-08") < page.index("年末余额/总额")
    assert "28,600.00" in page
    assert "10,000.00" in page
    pdf = words(reader.get(f"{AT}/members/Q0010/account.pdf?year=2025").content)
    assert "成员姓名（名称）：班正英（Q0010）" in pdf
    assert "第1页共1页" in pdf
    assert "28,600.00" in pdf
    book = openpyxl.load_workbook(BytesIO(reader.get(f"{AT}/members/Q0010/account.xlsx?year=2025").content))
    (sheet,) = book.worksheets
    last = [cell.value for cell in list(sheet.rows)[-1]]
    assert last[2:8] == ["年末余额/总额", 0, 28600, 0, 10000, 1666.66]


def test_everybody_s_accounts_come_in_one_file(site: Site) -> None:
    reader = site.of("覃会计")
    with site._client.app.state.readers.connect() as db:
        accountant = login_of(db, "覃会计").person
    path = f"{AT}/member-accounts"
    assert reader.get(f"{path}.xlsx").status_code == 404, "nothing was made yet"
    for ending in ("xlsx", "pdf"):
        reader.send(reader.get(f"{AT}/members"), path, year="2025", ending=ending)
        work = site._client.app.state.long_work.of(f"member-accounts:{BOOK}:{accountant}")
        while work.runs:
            threading.Event().wait(0.02)
        assert f"{path}.{ending}" in reader.get(f"{AT}/members").text
        content = reader.get(f"{path}.{ending}").content
        if ending == "xlsx":
            assert "Q0010 班正英" in openpyxl.load_workbook(BytesIO(content)).sheetnames
        else:
            assert "班正英" in words(content)
    assert site.of("陆理事长").get(f"{path}.pdf").status_code in {403, 404}


def test_a_certificate_says_what_was_held_on_a_day_and_its_check_words_prove_it(site: Site) -> None:
    reader = site.of("覃会计")
    path = f"{AT}/members/Q0010/certificate.pdf"
    text = words(reader.get(f"{path}?as_of=2025-12-31").content)
    for figure in (
        "股权证",
        "班正英（Q0010）",
        "24亩·年",
        "14,400.00",
        "28,600.00",
        "人民币贰万捌仟陆佰元整",
        "记-0001",
    ):
        assert figure in text
    assert "450000********7159" in text

    def check(day: str) -> str:
        found = re.search(r"核对码([0-9A-F]{16})", words(reader.get(f"{path}?as_of={day}").content))
        assert found
        return found[1]

    assert check("2025-12-31") == check("2025-12-31")
    assert check("2025-12-31") != check("2025-01-31")
    assert "没有持股" in words(reader.get(f"{path}?as_of=2025-01-01").content)
