"""结账 by its pages: two people for each month, the settlement and the seal of the year; sent back, opened again."""

import httpx

from tests.pages.conftest import BOOK, VILLAGE, Reader, Site
from tests.pages.test_vouchers import prepared, said

AT = f"/books/{BOOK}"


def ask(reader: Reader, period: str, **more: str) -> httpx.Response:
    path = f"{AT}/close/{period}"
    return reader.send(reader.get(path), f"{path}/ask", **more)


def confirm(reader: Reader, period: str) -> httpx.Response:
    path = f"{AT}/close/{period}"
    return reader.send(reader.get(path), f"{path}/confirm")


def closed(site: Site, *periods: str) -> None:
    for period in periods:
        assert "已送审" in said(ask(site.of("覃会计"), period))
        assert "已结账并封存" in said(confirm(site.of("韦审核"), period))


def test_a_month_is_closed_by_two_people_and_sealed(site: Site) -> None:
    accountant, reviewer = site.of("覃会计"), site.of("韦审核")
    asked = ask(accountant, "2025-01")
    assert "已送审" in said(asked)
    assert f"{AT}/close/2025-01/confirm" not in asked.text, "who asked is not offered the confirmation"
    assert "韦审核" in asked.text
    assert "2025年1月结账" in reviewer.get("/").text
    sealed = confirm(reviewer, "2025-01")
    assert "覃会计" in sealed.text
    assert "韦审核" in sealed.text
    calendar = accountant.get(f"{AT}/close").text
    assert calendar.count('class="closed"') == 1
    assert "2025年2月结账" in calendar
    of_all = accountant.get("/close-calendar?year=2025").text
    assert of_all.count('class="cal closed"') == 1
    assert "2025年1月 已结账" in of_all
    assert of_all.index(VILLAGE) < of_all.index(f"{AT}/close"), "who is behind stands first"
    assert accountant.get("/close-calendar?year=20x5").status_code == 400
    listed = accountant.get("/api/v1/close-calendar?year=2025").json()["items"]
    assert {one["book"]: one["closed"] for one in listed if one["closed"]} == {BOOK: 1}
    assert accountant.get("/api/v1/close-calendar?year=2024").json()["items"] == []


def test_a_voucher_that_is_not_posted_stands_in_the_way_and_is_linked(site: Site) -> None:
    accountant = site.of("覃会计")
    prepared(accountant)
    page = accountant.get(f"{AT}/close/2025-01")
    assert "disabled" in page.text
    assert f"{AT}/vouchers?to=2025-01&amp;state=sketch&amp;state=draft&amp;state=reviewed" in page.text
    refused = ask(accountant, "2025-01")
    assert refused.status_code == 409
    assert 'role="alert"' in refused.text


def test_months_close_in_order(site: Site) -> None:
    assert ask(site.of("覃会计"), "2025-03").status_code == 409


def test_the_second_person_may_send_it_back_and_it_is_sent_again(site: Site) -> None:
    accountant, reviewer = site.of("覃会计"), site.of("韦审核")
    ask(accountant, "2025-01")
    path = f"{AT}/close/2025-01"
    back = reviewer.send(reviewer.get(path), f"{path}/decline", reason="缺少银行对账单")
    assert "已退回" in said(back)
    assert "缺少银行对账单" in accountant.get(path).text
    assert "已送审" in said(ask(accountant, "2025-01"))


def test_a_month_is_opened_again_by_the_second_person_with_a_reason(site: Site) -> None:
    closed(site, "2025-01")
    path = f"{AT}/close/2025-01"
    assert f"{path}/reopen" not in site.of("覃会计").get(path).text
    reviewer = site.of("韦审核")
    refused = reviewer.send(reviewer.get(path), f"{path}/reopen", reason="补记")
    assert refused.status_code == 409, "February has posted vouchers"


def test_nobody_without_the_deed_closes(site: Site) -> None:
    path = f"{AT}/close/2025-01"
    for who in ("莫审计", "黄出纳", "陆理事长"):
        assert "/ask" not in site.of(who).get(path).text


def test_a_year_is_settled_proved_and_sealed(site: Site) -> None:
    accountant, reviewer = site.of("覃会计"), site.of("韦审核")
    closed(site, *(f"2025-{month:02d}" for month in range(1, 13)))
    path = f"{AT}/close/2025-13"
    asked = accountant.send(accountant.get(path), f"{path}/ask")
    assert "已送审" in said(asked), said(asked)
    settled = confirm(reviewer, "2025-13")
    assert "已结账并封存" in said(settled)
    assert "结转本年收入" in settled.text
    assert "结转本年盈余" in settled.text
    page = accountant.get(path)
    asked = accountant.send(page, f"{path}/ask", resolution="2026社员大会第1号", stage="seal")
    assert "已送审" in said(asked)
    sealed = confirm(reviewer, "2025-13")
    assert "已封存" in sealed.text
    assert "2026社员大会第1号" in accountant.get(f"{AT}/log?act=period.ask").text
    surplus = accountant.get(f"{AT}/statements/surplus?until=2025-13").text
    assert "31,889.87" in surplus, "the surplus reads the same before and after the close"
    assert accountant.get(f"{AT}/close").text.count('class="closed"') == 13


def test_the_collectives_book_has_two_statements(site: Site) -> None:
    reader = site.of("覃会计")
    page = reader.get(f"/books/{VILLAGE}/statements/balance-sheet").text
    assert f"/books/{VILLAGE}/statements/surplus" in page
    assert f"/books/{VILLAGE}/statements/equity" not in page
    assert reader.get(f"/books/{VILLAGE}/statements/equity").status_code == 404
