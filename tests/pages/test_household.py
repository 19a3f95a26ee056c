"""A household gets in with its card, reads one page, disagrees and is answered; everybody may read the notice board and
check a code; nobody reads what is another household's."""

import html
import re
import subprocess
import threading
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from playwright.sync_api import Page

from tests.pages.conftest import BOOK, Desk, Reader
from tests.pages.test_looks import look_at
from tests.pages.told import CODES, PIN, RUN, Door, at_door, told_house, told_model
from tests.running import serving
from web.auth.guards import routes_with_deeds
from web.settings import Settings

__all__ = ["at_door", "told_house", "told_model"]
AT = f"/books/{BOOK}"
OWN = f"{AT}/households/HQ001"


def words_of(text: str) -> str:
    """What a page says, without its tags."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text)))


def code_on(reader: Reader, path: str = OWN) -> str:
    """The first check code on a page."""
    found = re.search(r"/verify/([0-9A-Z-]{19})", reader.get(path).text)
    assert found
    return found[1]


# The card


def test_the_code_sets_the_pin_once_and_the_pin_opens_the_page(at_door: Door) -> None:
    reader = at_door.household("HQ001")
    assert str(reader.get("/", follow_redirects=True).url).endswith(OWN)
    again = at_door.stranger
    used = again.send(
        again.get("/card?first=1"),
        "/card/pin",
        household="HQ001",
        book=BOOK,
        code=CODES["HQ001"],
        pin="9999",
        again="9999",
    )
    assert used.status_code == 422
    assert "一次性码不对" in used.text
    entered = again.send(again.get("/card"), "/card", household="HQ001", book=BOOK, pin=PIN)
    assert str(entered.url).endswith(OWN)


@pytest.mark.parametrize(
    ("pin", "again", "says"), [("12", "12", "4到8位"), ("abcd", "abcd", "4到8位"), ("1234", "1235", "不一样")]
)
def test_a_pin_is_four_to_eight_digits_typed_twice(at_door: Door, pin: str, again: str, says: str) -> None:
    reader = at_door.stranger
    answer = reader.send(
        reader.get("/card?first=1"),
        "/card/pin",
        household="HQ001",
        book=BOOK,
        code=CODES["HQ001"],
        pin=pin,
        again=again,
    )
    assert answer.status_code == 422
    assert says in answer.text
    at_door.household("HQ001")


def test_five_wrong_tries_lock_the_card_and_the_address_but_not_the_office(at_door: Door) -> None:
    at_door.household("HQ001")
    reader = at_door.stranger
    for _ in range(5):
        answer = reader.send(reader.get("/card"), "/card", household="HQ001", book=BOOK, pin="0000")
        assert answer.status_code == 422
    locked = reader.send(reader.get("/card"), "/card", household="HQ001", book=BOOK, pin=PIN)
    assert locked.status_code == 429
    assert "15分钟" in locked.text
    other = reader.send(reader.get("/card"), "/card", household="HQ005", book=BOOK, pin=PIN)
    assert other.status_code == 429, "the address is locked too"
    assert at_door.of("覃会计").get(AT).status_code == 200


def test_a_lost_card_is_replaced_for_a_reason_logged_and_void(at_door: Door) -> None:
    household, accountant = at_door.household("HQ001"), at_door.of("覃会计")
    path = f"{AT}/households"
    page = accountant.get(path)
    refused = accountant.send(page, f"{path}/cards", household="HQ001", reason="")
    assert refused.status_code == 422
    assert "请写明补卡原因" in refused.text
    accountant.send(page, f"{path}/cards", household="HQ001", reason="卡丢失")
    cards = awaited(at_door, accountant, f"{path}/cards.pdf")
    assert cards.startswith(b"%PDF")
    assert accountant.get(f"{path}/cards.pdf").status_code == 404, "given out once"
    assert household.get(OWN, follow_redirects=False).status_code in {303, 401}, "who was in is out"
    stranger = at_door.stranger
    answer = stranger.send(stranger.get("/card"), "/card", household="HQ001", book=BOOK, pin=PIN)
    assert answer.status_code == 422
    log = accountant.get(f"{AT}/log?act=card.replace").text
    assert "卡丢失" in log
    assert CODES["HQ001"] not in log


def awaited(door: Door, reader: Reader, path: str) -> bytes:
    """A file that is being made, when it is."""
    for work in list(door.app.state.long_work._known.values()):
        while work.runs:
            threading.Event().wait(0.02)
    answer = reader.get(path)
    assert answer.status_code == 200, path
    return answer.content


# The page


def test_the_page_says_how_much_why_and_when(at_door: Door) -> None:
    said = words_of(at_door.household("HQ001").get(OWN).text)
    for part in (
        "2025年度分给您",
        "3,196.88 元",
        "还没有最后定：名单公示到",
        "工分册上您投工 25.50 天，全社一共 126.50 天。",
        "7,797.87 × 25.50 ÷ 126.50 = 1,571.902648…",
        "不足一分的舍去，得 1,571.90 元。",
        "10,397.17 × 29,440 ÷ 365,945 = 836.44",
        "前可以提异议（公示期满以后也可以），连今天还有16天",
        "全社股份 365,945.00 元，其中您占 29,440.00 元。",
        "耳标 245000010100001",
        "投工：25.50 天，工钱 2,295.00 元。",
    ):
        assert part in said, part


@pytest.mark.parametrize(
    ("household", "parts"),
    [
        (
            "HQ005",
            (
                "李日山",
                "管理员提成",
                "17,925.79 元的 8% 是应得提成 1,434.06 元。您考评得 93.13 分。",
                "1,335.54",
            ),
        ),
        ("HQ009", ("班正英", "资格2026年1月12日终止", "发给登记的继承人", "2,415.31")),
        ("HQ011", ("谭红花", "您是2025年6月18日入社的", "1,391.52")),
    ],
)
def test_the_cases_that_want_words(at_door: Door, household: str, parts: tuple[str, ...]) -> None:
    said = words_of(at_door.household(household).get(f"{AT}/households/{household}").text)
    for part in parts:
        assert part in said, part
    assert ("您是2025年" in said) is (household == "HQ011"), (
        "the founders did not join in the course of the year"
    )


def test_the_page_is_complete_in_english(at_door: Door) -> None:
    reader = at_door.household("HQ001")
    reader.client.cookies.set("language", "en")
    for path in (OWN, "/card?code=1", "/notices", f"/notices/{RUN}", "/verify", f"/verify/{code_on(reader)}"):
        text = reader.get(path).text
        chinese = re.findall(r"[\u4e00-\u9fff，。：]+", words_of(text.replace(">中文<", "><")))
        ours = {"卢兰芳", "投工返还", "交易额返还", "四类股份分红"}
        rest = [
            one
            for one in chinese
            if one not in ours and "合作社" not in one and not re.search("大会|银行", one)
        ]
        assert (
            not set(rest) - {"记", "号", "第", "公斤", "青贮玉米", "鲜牧草", "卢", "元"} - name_marks(text)
        ), (path, rest)


def name_marks(text: str) -> set[str]:
    """The first characters of the names on a masked list, and units' names."""
    return set(re.findall(r"<td>([^<*]+)\*?</td>", text))


def test_years_without_anything_to_read_say_so(at_door: Door) -> None:
    said = words_of(at_door.household("HQ001").get(f"{OWN}?year=2026").text)
    assert "2026年度分多少还没有算好" in said
    assert at_door.household("HQ005").get(f"{AT}/households/HQ005?year=20x5").status_code == 400


def test_large_letters_are_kept_without_a_script(at_door: Door) -> None:
    reader = at_door.household("HQ001")
    assert 'class="large"' not in reader.get(OWN).text
    assert 'class="large"' in reader.get(f"{OWN}?large=1").text
    assert 'class="large"' in reader.get(OWN).text


# Never another household's row


def test_a_household_reaches_its_own_page_and_nothing_else(at_door: Door) -> None:
    reader = at_door.household("HQ001")
    fill = {"book": BOOK, "household": "HQ005", "member": "Q0006", "run": RUN, "year": "2025"}
    opened = []
    for method, path, deed in routes_with_deeds(at_door.app):
        if method != "GET" or deed is None:
            continue
        there = re.sub(r"{(\w+)(:\w+)?}", lambda part: fill.get(part[1], "1"), path)
        answer = reader.client.get(there, follow_redirects=False)
        if answer.status_code == 200:
            opened.append(there)
        else:
            assert answer.status_code in {303, 400, 403, 404}, (there, answer.status_code)
    assert opened == [], "another household's row, or a page of the books"
    for other in ("HQ005", "HQ009", "nobody", ""):
        assert reader.get(f"{AT}/households/{other}").status_code in {403, 404}
        assert reader.get(f"{AT}/households/{other}/statement.pdf").status_code == 404
    for member, status in (("Q0002", 200), ("Q0006", 404), ("Q0001", 404), ("nobody", 404)):
        answer = reader.client.get(f"/api/v1/books/{BOOK}/members/{member}/statement")
        assert answer.status_code == status, member
    for wrong in ("Q0006", "Q0001", "nobody"):
        page = reader.get(OWN)
        answer = reader.send(page, f"{OWN}/appeals", member=wrong, text="不是我的")
        assert answer.status_code == 404, wrong


def test_whoever_may_see_the_book_sees_what_a_household_reads(at_door: Door) -> None:
    page = at_door.of("农干部").get(OWN)
    assert page.status_code == 200
    assert "3,196.88" in page.text
    assert "/appeals" not in re.sub(r'href="[^"]*"', "", page.text), "it is the household that disagrees"


# Appeals


def test_a_household_disagrees_is_answered_and_asks_once_for_another(at_door: Door) -> None:
    reader, officer = at_door.household("HQ001"), at_door.of("农干部")
    empty = reader.send(reader.get(OWN), f"{OWN}/appeals", text=" ")
    assert empty.status_code == 422
    filed = reader.send(reader.get(OWN), f"{OWN}/appeals", text="我投工是30天，少算了。")
    said = words_of(filed.text)
    assert "等答复" in said
    assert "这笔钱先留着" in said
    assert "我不同意" not in said, "one waits for its answer"
    waiting = officer.get("/appeals")
    assert "少算了" in waiting.text
    answered = officer.send(
        waiting, f"{AT}/appeals/1", text="已核对考勤表，4天是帮工，不计。", outcome="rejected"
    )
    assert "没有人在等答复" in answered.text
    page = reader.get(OWN)
    assert "没有采纳" in page.text
    assert "已核对考勤表" in page.text
    looked = reader.send(page, f"{OWN}/appeals/1/escalate", text="考勤表漏了6月。")
    assert "正在换人复核" in looked.text
    again = officer.get("/appeals")
    same = officer.send(again, f"{AT}/appeals/1", text="维持。", outcome="rejected")
    assert same.status_code == 422
    assert "第一次答复的人不能再作复核" in same.text
    assert "维持。" in same.text, "what was typed stays"
    acts = at_door.of("莫审计").get(f"{AT}/log?act=appeal.file").text
    assert "少算了" not in acts, "the log has the digest of what was said"


def test_an_answer_that_agrees_returns_the_run_in_the_same_act(at_door: Door) -> None:
    reader, officer = at_door.household("HQ001"), at_door.of("农干部")
    reader.send(reader.get(OWN), f"{OWN}/appeals", text="我投工是30天，少算了。")
    run = officer.send(officer.get("/appeals"), f"{AT}/appeals/1", text="补记4.5天。", outcome="upheld")
    assert run.url.path == f"{AT}/runs/{RUN}"
    assert "名单连同异议原话退回会计" in run.text
    assert "异议1（Q0002）成立：我投工是30天，少算了。" in run.text
    assert "异议1（Q0002）成立" in at_door.of("覃会计").get("/inbox").text
    said = words_of(reader.get(OWN).text)
    for part in ("已采纳，您说得对", "补记4.5天。", "名单已退回重做"):
        assert part in said, part
    assert "3,196.88" not in said


# For everybody


def test_a_check_code_agrees_and_another_does_not(at_door: Door) -> None:
    code = code_on(at_door.household("HQ001"))
    stranger = at_door.stranger
    for typed in (code, code.lower(), code.replace("-", "")):
        page = stranger.get(f"/verify/{typed}")
        assert page.status_code == 200
        said = words_of(page.text)
        for part in ("与封存的公示名单一致", "卢*", "3,196.88"):
            assert part in said
        assert "卢兰芳" not in said
        assert "Q0002" not in said
    drawn = stranger.get(f"/verify/{code}/qr.svg")
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert "immutable" in drawn.headers["cache-control"]
    assert stranger.get("/verify/hello/qr.svg").status_code == 404
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    for typed in (wrong, "hello", "0" * 16):
        page = stranger.get(f"/verify/{typed}")
        assert page.status_code == 404
        assert "查不到" in page.text
    asked = stranger.get(f"/verify?code={code}", follow_redirects=True)
    assert "3,196.88" in asked.text


def test_the_notice_board_shows_first_characters_and_amounts_only(at_door: Door) -> None:
    stranger = at_door.stranger
    board = stranger.get("/notices")
    assert f"/notices/{RUN}" in board.text
    assert "还剩" in board.text
    text = stranger.get(f"/notices/{RUN}").text
    said = words_of(text)
    assert "卢* 3,196.88" in said
    assert "25,992.91" in said
    for secret in ("卢兰芳", "Q0002", "HQ001", "450000", "15400002626", "62220000"):
        assert secret not in text
    assert stranger.get(f"/notices/{BOOK}.commission.2025.1").status_code == 404, (
        "it is not on notice any more"
    )
    assert stranger.get("/notices/nothing").status_code == 404


# Paper


def test_everybodys_statements_are_one_file(at_door: Door) -> None:
    accountant = at_door.of("覃会计")
    path = f"{AT}/households"
    accountant.send(accountant.get(path), f"{path}/statements", year="2025")
    content = awaited(at_door, accountant, f"{path}/statements.pdf")
    assert content.startswith(b"%PDF")
    assert sheets_of(content) == 11, "a sheet a household"
    one = at_door.household("HQ001").get(f"{OWN}/statement.pdf")
    assert one.status_code == 200
    assert sheets_of(one.content) == 1


def test_a_telephone_reads_the_code_on_the_paper(at_door: Door, tmp_path: Path) -> None:
    """The sheet as it comes out of a printer of 150 dots an inch."""
    reader = at_door.household("HQ001")
    (tmp_path / "sheet.pdf").write_bytes(reader.get(f"{OWN}/statement.pdf").content)
    subprocess.run(["pdftoppm", "-r", "150", "-gray", "sheet.pdf", "sheet"], cwd=tmp_path, check=True)
    (sheet,) = tmp_path.glob("sheet-*.pgm")
    _, size, _, dots = sheet.read_bytes().split(b"\n", 3)
    width, height = map(int, size.split())
    read = zxingcpp.read_barcodes(np.frombuffer(dots, np.uint8).reshape(height, width))
    base = str(reader.client.base_url).rstrip("/")
    assert [one.text for one in read] == [f"{base}/verify/{code_on(reader)}"]


def sheets_of(pdf: bytes) -> int:
    """How many pages a PDF says it has."""
    found = re.findall(rb"/Count (\d+)", pdf)
    return max(map(int, found))


@pytest.mark.parametrize("screen", [pytest.param("desk", marks=pytest.mark.browser)], indirect=True)
def test_the_page_itself_prints_on_one_sheet(told_house: Settings, page: Page, screen: str) -> None:
    with serving(told_house) as base:
        desk = Desk(page, base)
        for household in ("HQ001", "HQ011"):
            enter(desk, household)
            assert sheets_of(page.pdf(prefer_css_page_size=True)) == 1, (household, screen)
            desk.sign_out()


# Weight and looks


def test_the_page_is_light(at_door: Door) -> None:
    """In all below 60 KB, uncompressed; what the first screen needs, the style sheet and the page's beginning down to the
    first reason, below 14 KB."""
    reader = at_door.household("HQ005")
    page = reader.get(f"{AT}/households/HQ005")
    beside = [reader.client.get(html.unescape(one)) for one in re.findall(r'"(/static/[^"]+)"', page.text)]
    assert [one.status_code for one in beside] == [200] * 3, "style sheet, icon, script"
    heads = sum(len(f"{name}: {value}") + 2 for one in (page, *beside) for name, value in one.headers.items())
    assert len(page.content) + sum(len(one.content) for one in beside) + heads < 60 * 1024
    styles = next(one for one in beside if "css" in one.headers["content-type"])
    first, _, _ = page.text.partition("交易额返还")
    assert len(styles.content) + len(first.encode()) + heads < 14 * 1024


def enter(desk: Desk, household: str) -> Page:
    """Get in with a card, as its QR leads."""
    page = desk.go(f"/card?book={BOOK}&household={household}&code={CODES[household]}")
    page.fill("#pin-new", PIN)
    page.fill("#pin-again", PIN)
    page.keyboard.press("Enter")
    page.wait_for_selector(".big")
    return page


def test_nothing_is_wrong_with_how_they_look(told_house: Settings, page: Page, screen: str) -> None:
    with serving(told_house) as base:
        desk = Desk(page, base)
        strangers = {
            "card": "/card",
            "card-code": "/card?first=1",
            "card-first": f"/card?book={BOOK}&household=HQ001&code={CODES['HQ001']}",
            "notices": "/notices",
            "notice": f"/notices/{RUN}",
            "verify": "/verify",
            "verify-wrong": "/verify/0000-0000-0000-0000",
        }
        found = look_at(desk, strangers, screen) + off_the_side(desk, strangers)
        enter(desk, "HQ001")
        code = re.search(r"/verify/([0-9A-Z-]{19})", page.content())
        assert code
        mine = {"household": OWN, "household-large": f"{OWN}?large=1", "verified": f"/verify/{code[1]}"}
        found += look_at(desk, mine, screen) + off_the_side(desk, mine)
        for household in ("HQ005", "HQ009", "HQ011"):
            desk.sign_out()
            enter(desk, household)
            found += look_at(desk, {f"household-{household}": f"{AT}/households/{household}"}, screen)
        desk.sign_out()
        desk.sign_in("覃会计")
        found += look_at(desk, {"households": f"{AT}/households"}, screen)
        assert found == []


def off_the_side(desk: Desk, pages: dict[str, str]) -> list[str]:
    """The pages wider than the screen, also in large letters; a phone would show them smaller, not cut off."""
    size = desk.page.viewport_size
    assert size is not None
    found = []
    for name, path in pages.items():
        for large in ("1", "0"):
            desk.go(f"{path}{'&' if '?' in path else '?'}large={large}")
            wide = desk.page.evaluate("document.documentElement.scrollWidth")
            if wide > size["width"]:
                found.append(f"{name} (large={large}) is {wide} wide")
    return found
