"""发放批次 on pages: made at one desk and sent at another, to the bank as its file and back as its answer; what came back is
put right and paid anew; cash is signed for; a household reads where its money is."""

import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from litestar.testing import TestClient
from playwright.sync_api import Page, ViewportSize

from schemas.runs import RunKind
from tests.pages.conftest import BOOK, Desk, Reader, settings_of
from tests.pages.test_household import words_of
from tests.pages.test_looks import look_at, photograph
from tests.pages.told import CODES, PIN, Door, issue
from tests.people import login_of
from tests.running import application, serving
from tests.runs.years import posted, settled
from web.clock import now
from web.database import writing_engine
from web.settings import Settings

AT = f"/books/{BOOK}"
RUN = f"{AT}/runs/{BOOK}.dividend.2025.1"
MAKE = f"{RUN}/batches"
SCAN = b"%PDF-1.4\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"
PAYEES = ("Q0002", "Q0003", "Q0005", "Q0006", "Q0012")


@pytest.fixture(scope="session")
def owing_model(model_house: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house whose dividend of 2025 is posted and not paid, and whose households have cards."""
    folder = tmp_path_factory.mktemp("owing")
    shutil.copytree(model_house, folder, dirs_exist_ok=True)
    engine = writing_engine(settings_of(folder / "house").database_url)
    with engine.begin() as db:
        settled(db, BOOK, 2025)
        posted(db, BOOK, RunKind.COMMISSION, 2025)
        posted(db, BOOK, RunKind.DIVIDEND, 2025)
        issue(db, by=login_of(db, "覃会计").person)
    engine.dispose()
    return folder


@pytest.fixture
def owing_house(owing_model: Path, tmp_path: Path) -> Settings:
    shutil.copytree(owing_model, tmp_path, dirs_exist_ok=True)
    return settings_of(tmp_path / "house")


@pytest.fixture
def door(owing_house: Settings) -> Iterator[Door]:
    with application(owing_house) as app, TestClient(app, raise_server_exceptions=True) as client:
        yield Door(client)


def made(reader: Reader, *payees: str, form: str = "rural", whom: str = "chosen") -> str:
    """The address of a new batch of these payees."""
    answer = reader.send(
        reader.get(RUN),
        MAKE,
        **{"format": form, "bank-account": "102", "cash-account": "101", "whom": whom, "payee": list(payees)},
    )
    assert answer.status_code == 200, words_of(answer.text)
    return answer.url.path


def sent(door: Door, *payees: str, form: str = "rural") -> str:
    """A batch the accountant made and the cashier sent."""
    at = made(door.of("覃会计"), *payees, form=form)
    cashier = door.of("黄出纳")
    answer = cashier.send(cashier.get(at), f"{at}/send")
    assert "已送出，各笔在途" in answer.text
    return at


def file_of(reader: Reader, at: str) -> httpx.Response:
    """The bank's file."""
    return reader.send(reader.get(at), f"{at}/file")


def answered(file: bytes, *codes: str) -> bytes:
    """The rural bank's answer of today to its file: a code a line, in their order; an empty one is left out."""
    day = now()[0].strftime("%Y%m%d")
    rows = file.decode("gbk").splitlines()
    assert len(rows) == len(codes)
    told = [f"{row}{code}|{code}|{day}|" for row, code in zip(rows, codes, strict=True) if code]
    return "\r\n".join(told).encode("gbk")


def taken(reader: Reader, at: str, content: bytes) -> httpx.Response:
    """The page after a return file was handed in."""
    return reader.send(reader.get(at), f"{at}/return-file", file=("回盘.txt", content, "text/plain"))


def test_a_batch_goes_to_the_bank_comes_back_and_what_failed_goes_anew(door: Door) -> None:
    accountant, cashier = door.of("覃会计"), door.of("黄出纳")
    at = made(accountant, *PAYEES)
    assert f"{at}/send" not in accountant.get(at).text, "the cashier sends it"
    assert "待送出" in cashier.get("/inbox").text
    household = door.household("HQ001")
    assert "还没送银行" in household.get(f"{AT}/households/HQ001").text
    cashier.send(cashier.get(at), f"{at}/send")
    assert "已送银行，在路上" in household.get(f"{AT}/households/HQ001").text
    file = file_of(cashier, at)
    assert (file.status_code, file.headers["cache-control"]) == (200, "no-store")
    answer = answered(file.content, "0102", "0000", "0000", "", "0000")
    told = taken(cashier, at, answer)
    assert "到账3笔，退回1笔，重复0笔" in told.text
    assert "到账0笔，退回0笔，重复4笔" in taken(cashier, at, answer).text
    assert "户名不符" in household.get(f"{AT}/households/HQ001").text
    assert "核对户名" in household.get(f"{AT}/households/HQ001").text
    assert "register/new/payee?member=Q0002" in html.unescape(accountant.get(at).text)
    for page in (accountant.get(AT), accountant.get(RUN), accountant.get(f"{AT}/batches")):
        assert "户名不符" in page.text
    assert "1笔发放被退回" in accountant.get("/inbox").text
    assert "1笔发放被退回" in door.of("农干部").get("/inbox").text
    again = made(accountant, "Q0002")
    cashier.send(cashier.get(again), f"{again}/send")
    assert "已重新发放" in cashier.get(at).text
    taken(cashier, again, answered(file_of(cashier, again).content, "0000"))
    by_hand = cashier.send(
        cashier.get(at),
        f"{at}/answers",
        line="4",
        on="1999-01-01",
        **{"word-4": "paid", "on-4": now()[0].isoformat(), "said-4": "柜台来电称已入账"},
    )
    assert "柜台来电称已入账" in by_hand.text
    assert "到账1笔" in by_hand.text
    assert "已办结" in by_hand.text
    assert "已到账" in household.get(f"{AT}/households/HQ001").text
    assert "退回待更正" not in accountant.get(RUN).text


def test_the_page_says_who_handled_a_batch_and_takes_the_banks_receipt(door: Door) -> None:
    at = sent(door, "Q0002", "Q0003")
    accountant, cashier = door.of("覃会计"), door.of("黄出纳")
    assert "发放凭据" not in accountant.get(at).text, "nothing was posted that it could hang on"
    taken(cashier, at, answered(file_of(cashier, at).content, "0000", "0102"))
    said = words_of(accountant.get(at).text)
    for words in (
        "覃会计 编制了批次",
        "黄出纳 送出了批次",
        "黄出纳 取了批次的代发文件",
        "黄出纳 登记了批次的银行回盘",
    ):
        assert words in said, said
    assert "尚未附凭据" in said
    assert f"{at}/papers" not in cashier.get(at).text, "the cashier keeps no evidence"
    assert accountant.send(accountant.get(at), f"{at}/papers").status_code == 422
    receipt = ("银行回单.pdf", SCAN, "application/pdf")
    answer = accountant.send(accountant.get(at), f"{at}/papers", files=receipt)
    assert "银行回单.pdf" in answer.text
    (voucher,) = set(re.findall(rf'href="({AT}/vouchers/[0-9]+)"', answer.text))
    assert "银行回单.pdf" in accountant.get(voucher).text


def test_everything_a_return_file_has_wrong_is_said_by_row_and_nothing_is_taken(door: Door) -> None:
    at = sent(door, *PAYEES)
    cashier = door.of("黄出纳")
    rows = answered(file_of(cashier, at).content, *["0000"] * 5).decode("gbk").splitlines()
    rows[1] = re.sub(r"\|[0-9.]+\|", "|1.00|", rows[1], count=1)
    rows[3] = re.sub(r"\|[0-9]{8}\|$", "|someday|", rows[3])
    answer = taken(cashier, at, "\n".join(rows).encode("gbk"))
    assert answer.status_code == 422
    assert "第4行" in answer.text
    assert "银行未答复" in cashier.get(at).text
    assert (
        cashier.send(cashier.get(at), f"{at}/answers", line="1", on=now()[0].isoformat()).status_code == 422
    )


def test_cash_is_signed_for_on_a_sheet_that_hangs_on_its_voucher(door: Door) -> None:
    at = sent(door, "Q0002", "Q0003", form="cash")
    cashier = door.of("黄出纳")
    assert "请带身份证并签字" in door.household("HQ001").get(f"{AT}/households/HQ001").text
    assert cashier.get(f"{at}/sheet.pdf").content.startswith(b"%PDF")
    assert "现金发放" in file_of_refused(cashier, at)
    answer = cashier.send(
        cashier.get(at),
        f"{at}/answers",
        rest="paid",
        on=now()[0].isoformat(),
        line=["1", "2"],
        scans=("签字表.pdf", SCAN, "application/pdf"),
        **{"word-2": "other"},
    )
    assert "到账1笔，退回1笔" in answer.text
    (voucher,) = set(re.findall(rf'href="({AT}/vouchers/[0-9]+)"', answer.text))
    assert "签字表.pdf" in door.of("覃会计").get(voucher).text


def file_of_refused(reader: Reader, at: str) -> str:
    """What the page of a cash batch says instead of a file."""
    page = reader.get(at).text
    assert f"{at}/file" not in page
    return page


def test_a_batch_that_was_not_sent_is_voided_and_its_lines_go_into_another(door: Door) -> None:
    accountant = door.of("覃会计")
    at = made(accountant, "Q0002")
    assert accountant.send(accountant.get(at), f"{at}/void", reason="").status_code == 422
    assert "已作废" in accountant.send(accountant.get(at), f"{at}/void", reason="格式选错").text
    assert made(accountant, "Q0002") != at
    assert accountant.send(accountant.get(RUN), MAKE, whom="chosen", format="rural").status_code == 422


@pytest.mark.parametrize("screen", [pytest.param("desk", marks=pytest.mark.browser)], indirect=True)
def test_on_screen_from_the_desks_to_the_telephone(
    page: Page, owing_house: Settings, tmp_path: Path, screen: str
) -> None:
    phone: ViewportSize = {"width": 360, "height": 780}
    with serving(owing_house) as base:
        desk = Desk(page, base)
        desk.sign_in("覃会计")
        desk.go(RUN)
        page.locator(".make-batch summary").click()
        page.get_by_label("只发给选中的人").check()
        for payee in PAYEES:
            page.locator(f'.payees input[value="{payee}"]').check()
        photograph(page, "batch-new")
        page.get_by_role("button", name="编制", exact=True).click()
        page.wait_for_url(re.compile(r"/batches/1$"))
        desk.sign_out()
        desk.sign_in("黄出纳")
        desk.go(f"{AT}/batches/1")
        page.keyboard.press("F9")
        page.get_by_text("各笔在途").first.wait_for()
        with page.expect_download() as download:
            page.get_by_role("button", name="下载代发文件").click()
        file = Path(download.value.path()).read_bytes()
        back = tmp_path / "back.txt"
        back.write_bytes(answered(file, "0102", "0000", "0103", "", "0000"))
        page.get_by_label("银行回盘文件").set_input_files(back)
        page.keyboard.press("F9")
        page.get_by_text("到账2笔，退回2笔").wait_for()
        shown = {"batch": f"{AT}/batches/1", "batches": f"{AT}/batches", "home-returned": AT}
        found = look_at(desk, shown, screen)
        desk.sign_out()
        page.set_viewport_size(phone)
        told = telephone(desk, "returned")
        assert "银行退回：户名不符" in told
        found += look_at(desk, {"household-returned": f"{AT}/households/HQ001"}, "phone")
        page.set_viewport_size({"width": 1280, "height": 800})
        desk.sign_out()
        desk.sign_in("覃会计")
        found += look_at(desk, {"run-payments": RUN, "batch-repair": f"{AT}/batches/1"}, screen)
        desk.go(f"{AT}/batches/1")
        page.get_by_role("button", name="重新编制").click()
        page.wait_for_url(re.compile(r"/batches/2$"))
        desk.sign_out()
        desk.sign_in("黄出纳")
        desk.go(f"{AT}/batches/2")
        page.keyboard.press("F9")
        page.get_by_text("各笔在途").first.wait_for()
        with page.expect_download() as download:
            page.get_by_role("button", name="下载代发文件").click()
        back.write_bytes(answered(Path(download.value.path()).read_bytes(), "0000", "0000"))
        page.get_by_label("银行回盘文件").set_input_files(back)
        page.keyboard.press("F9")
        page.get_by_text("到账2笔，退回0笔").wait_for()
        desk.go(f"{AT}/batches/1?show=silent")
        page.get_by_label("第4笔的结果").select_option("paid")
        page.get_by_role("button", name="登记结果").click()
        page.get_by_text("每一笔都已有结果").wait_for()
        page.set_viewport_size(phone)
        found += look_at(desk, shown, "phone")
        desk.sign_out()
        told = telephone(desk, "paid", first=False)
        assert "已到账" in told
    assert found == []


def telephone(desk: Desk, name: str, *, first: bool = True) -> str:
    """What the household reads on its telephone."""
    page = desk.go(f"/card?first={1 if first else ''}&book={BOOK}&household=HQ001")
    if first:
        page.fill('input[name="code"]', CODES["HQ001"])
        page.fill('input[name="again"]', PIN)
    page.fill('input[name="pin"]', PIN)
    page.locator("main form button.primary").last.click()
    page.wait_for_url(re.compile("/households/"))
    photograph(page, f"household-{name}")
    return page.inner_text("main")
