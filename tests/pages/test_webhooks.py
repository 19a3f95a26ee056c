"""事件推送 on pages: a program is subscribed and tested, what does not arrive is seen and told again, the end is for good."""

import re
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from playwright.sync_api import expect

from tests.accessibility import barriers, off_the_side
from tests.pages.conftest import BOOK, Desk, Site
from tests.pages.test_looks import look_at, photograph
from tests.running import serving
from tests.webhooks.receiver import Receiver, receiving
from web.settings import Settings


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def served(house: Settings) -> Iterator[str]:
    """The service, allowed to tell this machine."""
    with serving(replace(house, webhooks_inside=True)) as base:
        yield base


def test_a_program_is_subscribed_tested_and_told_again(desk: Desk, receiver: Receiver, screen: str) -> None:
    """The accountant subscribes his software by keyboard, hands the secret over, and sees what it was told."""
    desk.sign_in("覃会计")
    page = desk.go("/webhooks")
    assert "还没有订阅" in page.inner_text("main")
    photograph(page, f"webhooks-none-{screen}")
    page.select_option("#scope", f"book:{BOOK}")
    page.focus("#url")
    page.keyboard.type("http://192.168.1.9/in")
    page.keyboard.press("Enter")
    page.wait_for_selector("#url-wrong")
    assert "不能作为推送地址" in page.inner_text("#url-wrong")
    assert page.input_value("#url") == "http://192.168.1.9/in"
    page.fill("#url", f"{receiver.url}/in")
    page.get_by_text("只推送部分种类").click()
    page.get_by_label("凭证已记账").check()
    page.keyboard.press("Tab")
    photograph(page, f"webhooks-form-{screen}")
    page.get_by_role("button", name="开始推送").click()
    secret = page.inner_text("p.secret")
    assert secret.startswith("whsec_")
    photograph(page, f"webhook-secret-{screen}")

    receiver.shall(500)
    page.goto(page.url.rpartition("/")[0] + "/webhooks/1")
    assert secret not in page.content()
    page.get_by_role("button", name="测试").click()
    expect(page.locator("main")).to_contain_text("已测试，结果见下。")
    assert "接收方拒绝" in page.inner_text("main")
    page.get_by_role("button", name="测试").click()
    page.wait_for_selector("text=已送达")
    assert [(one.type, one.signed_by(secret)) for one in receiver.tries[-1:]] == [("webhook.test", True)]

    page.locator("summary", has_text="重新推送").click()
    page.get_by_label("从序号").fill("1")
    page.get_by_label("从序号").press("Enter")
    expect(page.locator("main")).to_contain_text("几秒内重新推送。")
    assert "待推送" in page.inner_text("main")
    photograph(page, f"webhook-{screen}")
    assert barriers(page) + off_the_side(page) == []
    assert look_at(desk, {"webhooks": "/webhooks"}, screen) == []

    page = desk.go("/webhooks/1")
    page.locator("summary", has_text="终止订阅").click()
    page.fill("#reason", "换了软件")
    page.get_by_role("button", name="终止订阅", exact=True).click()
    expect(page.locator("main")).to_contain_text("订阅已终止。")
    page.locator("summary", has_text="已终止").click()
    assert "换了软件" in page.inner_text("main")


def test_each_is_offered_what_he_may_have_told(site: Site) -> None:
    """The accountant his book, the administrator the house with every place and book; the cashier nothing at all."""
    accountant = site.of("覃会计").get("/webhooks").text
    assert f'value="book:{BOOK}"' in accountant
    assert 'value="house"' not in accountant
    assert 'value="place:' not in accountant
    administrator = site.of("零管理").get("/webhooks").text
    assert 'value="house"' in administrator
    assert 'value="place:450000101"' in administrator
    assert site.of("黄出纳").get("/webhooks").status_code == 403
    assert 'href="/webhooks"' not in site.of("黄出纳").get("/").text
    assert 'href="/webhooks"' in site.of("零管理").get("/").text


def test_a_new_secret_is_shown_once_and_another_ones_subscription_is_not_there(site: Site) -> None:
    administrator, accountant = site.of("零管理"), site.of("覃会计")
    page = administrator.get("/webhooks")
    made = administrator.send(page, "/webhooks", url="https://board.example.org/in", scope="house")
    assert "whsec_" in made.text
    page = administrator.get("/webhooks/1")
    assert "whsec_" not in page.text
    assert "whsec_" in administrator.send(page, "/webhooks/1/secret").text
    assert accountant.get("/webhooks/1").status_code == 404
    refused = administrator.send(page, "/webhooks/1/replay", book=BOOK, from_seq="999999")
    assert refused.status_code == 422
    assert "没有可重推的事件" in refused.text
    wrong = administrator.send(page, "/webhooks/1/replay", book=BOOK, from_seq="x")
    assert wrong.status_code == 422


def test_what_was_done_reads_well_in_the_log_of_the_house(site: Site) -> None:
    administrator = site.of("零管理")
    administrator.send(
        administrator.get("/webhooks"), "/webhooks", url="https://board.example.org/in", scope="house"
    )
    text = site.of("莫审计").get("/log").text
    assert "新增了事件订阅" in text
    assert "生成了订阅密钥" in text
    assert "webhook." not in text.partition("<main")[2].partition("<table")[2]


def test_in_english_no_chinese_is_left(site: Site) -> None:
    accountant = site.of("覃会计")
    accountant.send(
        accountant.get("/webhooks"), "/webhooks", url="https://board.example.org/in", scope=f"book:{BOOK}"
    )
    accountant.client.cookies.set("language", "en")
    for path, says in (("/webhooks", "Have a program told"), ("/webhooks/1", "Told of which book how far")):
        main = accountant.get(path).text.partition("<main")[2].partition("</main")[0]
        assert says in main
        assert set(re.findall("[\u4e00-\u9fff]+", main)) <= {"清水合作社", "清水村", "覃会计"}
