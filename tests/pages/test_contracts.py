"""A collective's inventory, contracts and project money on pages: a pond is entered and leased, its rent drafted, posted and
named, the scan comes; the count takes two people."""

from datetime import date
from pathlib import Path

import pytest

from ledger.details import actions as details
from schemas.books import Detail
from schemas.charts import KeptBy
from tests.builders import ACCOUNTANT, AT
from tests.pages.conftest import VILLAGE, Desk, Site
from tests.pages.test_looks import look_at
from tests.pages.test_vouchers import SCAN, said
from tests.people import with_role
from web.database import writing_engine
from web.settings import Settings

BOOK = f"/books/{VILLAGE}"
POND = {
    "code": "YT-1",
    "name": "村头鱼塘",
    "kind": "pond",
    "use": "leased",
    "area": "12",
    "place": "下屯",
    "day": "2025-01-02",
    "document": "2025年清查表",
}
LEASE = {
    "number": "HT-2025-001",
    "title": "村头鱼塘出租",
    "kind": "lease",
    "counterparty": "C901",
    "signed_on": "2025-02-20",
    "item": "YT-1",
    "area": "12",
    "from_date": "2025-03-01",
    "last_day": "2046-02-28",
    "rhythm": "yearly",
    "first_due": "2025-03-01",
    "amount": "6,000",
    "next_from": "2027-03-01",
    "next_amount": "7000.00",
}
LEASED = f"{BOOK}/contracts/no/HT-2025-001"


@pytest.fixture
def village(house: Settings) -> Settings:
    """The collective of 清水村 with a tenant and somebody to review."""
    engine = writing_engine(house.database_url)
    with engine.begin() as db:
        with_role(db, "韦审核", "reviewer", f"book:{VILLAGE}")
        tenant = Detail(code="C901", name="潘承租", kind=KeptBy.COUNTERPARTY)
        details.add_many(db, [tenant], book=VILLAGE, by=ACCOUNTANT, at=AT)
    engine.dispose()
    return house


def test_a_pond_is_leased_and_its_rent_is_received(village: Settings, site: Site) -> None:
    accountant, reviewer = site.of("覃会计"), site.of("韦审核")
    form = accountant.get(f"{BOOK}/inventory/new")
    wrong = accountant.send(form, f"{BOOK}/inventory/new", **(POND | {"area": ""}))
    assert (wrong.status_code, "未填面积" in wrong.text, "村头鱼塘" in wrong.text) == (422, True, True)
    assert "已登记入台账" in said(accountant.send(wrong, f"{BOOK}/inventory/new", **POND))
    assert "村头鱼塘" in accountant.get(f"{BOOK}/inventory?kind=pond").text
    assert "没有符合条件的台账" in accountant.get(f"{BOOK}/inventory?kind=forest").text

    form = accountant.get(f"{BOOK}/contracts/new")
    sent = accountant.send(form, f"{BOOK}/contracts/new", **LEASE)
    assert "合同已登记" in said(sent)
    assert all(
        word in sent.text
        for word in ("未注明决议", "未记录公开竞标", "没有合同扫描件", "超过20年", "民法典第七百零五条", "2025-03-01应收6,000.00")
    )  # fmt: skip
    scan = ("合同.png", Path(SCAN).read_bytes(), "image/png")
    papered = accountant.send(sent, f"{LEASED}/papers", files=scan)
    assert "没有合同扫描件" not in papered.text
    paper = next(
        part for part in papered.text.split('"') if "/papers/" in part and part != f"{LEASED}/papers"
    )
    assert accountant.get(paper).content == Path(SCAN).read_bytes()

    drafted = accountant.send(papered, f"{LEASED}/draft", place="1")
    voucher = drafted.url.path
    assert "6,000.00" in drafted.text
    reviewer.send(reviewer.get(voucher), f"{voucher}/acts/review")
    posted = accountant.send(accountant.get(voucher), f"{voucher}/acts/post")
    assert "已记账" in posted.text
    page = accountant.get(LEASED)
    assert "金额相符" in page.text
    named = accountant.send(page, f"{LEASED}/receipts", voucher=voucher.rpartition("/")[2], line="2")
    assert "已认领" in said(named)
    assert "已入账，无附件" in named.text

    ended = accountant.send(named, f"{LEASED}/end", ended="2027-02-28", reason="退租")
    assert f'action="{LEASED}/end"' not in ended.text
    board = site.of("农干部").get(f"/townships/{VILLAGE[:9]}/contracts")
    assert all(word in board.text for word in ("清水村", f"{BOOK}/contracts?show=overdue", "项目资金"))
    for file in ("contracts.xlsx", "contracts.pdf", "inventory.xlsx", "inventory.pdf"):
        assert accountant.get(f"{BOOK}/exports/{file}").status_code == 200
    assert accountant.get(f"{BOOK}/contracts/no/HT-9").status_code == 404
    assert site.of("莫审计").get(f"{BOOK}/contracts/new").status_code == 403
    assert accountant.get("/books/qingshuihezuoshe/contracts").status_code == 404


def test_a_count_takes_two_people_and_project_money_is_named(village: Settings, site: Site) -> None:
    accountant, reviewer = site.of("覃会计"), site.of("韦审核")
    accountant.send(accountant.get(f"{BOOK}/inventory/new"), f"{BOOK}/inventory/new", **POND)
    form = accountant.get(f"{BOOK}/inventory/count")
    today = date.fromisoformat(form.text.partition('name="day" type="date" value="')[2][:10])
    of = {"year": str(today.year), "day": today.isoformat(), "counters": "覃会计、韦村委", "code": "YT-1"}
    unresolved = accountant.send(form, f"{BOOK}/inventory/count", **of, **{"lines-0-difference": "少0.5亩"})
    assert (unresolved.status_code, "未说明处理意见" in unresolved.text) == (422, True)
    counted = accountant.send(unresolved, f"{BOOK}/inventory/count", **of, **{"lines-0-there": "1"})
    assert "由另一人确认" in said(counted)
    assert f'action="{BOOK}/inventory/count/confirm"' not in accountant.get(f"{BOOK}/inventory").text
    confirmed = reviewer.send(reviewer.get(f"{BOOK}/inventory"), f"{BOOK}/inventory/count/confirm")
    assert "清查已确认" in said(confirmed)
    assert accountant.get(f"{BOOK}/project-money").status_code == 200


def test_the_pages_are_fit_for_desk_and_phone(village: Settings, desk: Desk, screen: str) -> None:
    desk.sign_in("覃会计")
    for path, fields in (
        (f"{BOOK}/inventory/new", POND),
        (f"{BOOK}/contracts/new", LEASE),
    ):
        page = desk.go(path)
        for name, value in fields.items():
            box = page.locator(f"#{name}")
            if box.evaluate("one => one.tagName") == "SELECT":
                box.select_option(value)
            else:
                box.fill(value)
        page.locator("main form button.primary").click()
        page.wait_for_selector("[role=status]")
    pages = {
        "inventory": f"{BOOK}/inventory",
        "inventory-item": f"{BOOK}/inventory/items/YT-1",
        "inventory-count": f"{BOOK}/inventory/count",
        "contracts": f"{BOOK}/contracts",
        "contract": LEASED,
        "contract-new": f"{BOOK}/contracts/new",
        "project-money": f"{BOOK}/project-money",
    }
    assert look_at(desk, pages, screen) == []
    desk.sign_out()
    desk.sign_in("农干部")
    township = {"township-contracts": f"/townships/{VILLAGE[:9]}/contracts"}
    assert look_at(desk, township, screen) == []
