"""A township's tiers on pages: the agent sees both levels before handing in, the officer signs on a phone, everybody reads
why; the list hangs out masked, and leaves as Excel and on paper."""

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
import time_machine
from litestar.testing import TestClient
from playwright.sync_api import Page, ViewportSize
from pypdf import PdfReader

from coop.access.logins import actions as logins
from coop.access.rules import sealed_factor
from payouts.runs import actions as runs
from payouts.runs.rules import name_of
from schemas.policies import PolicyKind
from schemas.rewards import RewardChoice
from schemas.runs import RunKind
from tests.pages.conftest import TOTP_KEY, Desk, Site, settings_of
from tests.pages.test_household import words_of
from tests.pages.test_looks import look_at, photograph
from tests.people import PASSWORD, a_login, login_of, with_role
from tests.running import application, serving
from tests.runs.test_reward_runs import RECORDS
from tests.runs.test_tiers_api import NAME, equals_across_a_boundary
from tests.runs.test_township_policies import NUMBER, adopted, approved, written
from tests.runs.years import RESOLUTION
from tests.township import TOWNSHIP, YEAR
from web.auth.keys import Keys
from web.database import writing_engine
from web.settings import Settings

RUNS = f"/townships/{TOWNSHIP}/runs"
RUN = f"{RUNS}/{NAME}"
REWARD = f"{TOWNSHIP}.reward.{YEAR}.1"
REWARD_RUN = f"{RUNS}/{REWARD}"
SCAN = ("决议.pdf", b"%PDF-1.7 resolution 2026-03", "application/pdf")
PEOPLE = {
    "代理会计": ("accountant", f"place:{TOWNSHIP}"),
    "镇干部": ("township_officer", f"place:{TOWNSHIP}"),
    "邻镇干部": ("township_officer", "place:450000102"),
}


@pytest.fixture(scope="session")
def tiers_model(model_house: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The house with an agent accountant and an officer of the township, and an officer of the next one."""
    folder = tmp_path_factory.mktemp("tiers")
    shutil.copytree(model_house, folder, dirs_exist_ok=True)
    settings = settings_of(folder / "house")
    engine = writing_engine(settings.database_url)
    at = datetime(2026, 1, 10, tzinfo=UTC)
    with engine.begin() as db:
        vault = Keys(settings.key_file).ready(db, at=at)
        for name, (role, scope) in PEOPLE.items():
            a_login(db, name, password=PASSWORD)
            with_role(db, name, role, scope)
            if role == "township_officer":
                person = login_of(db, name).person
                sealed = sealed_factor(vault, TOTP_KEY, person=person)
                logins.set_second_factor(db, person, sealed, step=0, recovery=[], by=person, at=at)
    engine.dispose()
    return folder


@pytest.fixture
def house(tiers_model: Path, tmp_path: Path) -> Settings:
    shutil.copytree(tiers_model, tmp_path, dirs_exist_ok=True)
    return settings_of(tmp_path / "house")


@pytest.fixture
def site(house: Settings) -> Iterator[Site]:
    with application(house) as app, TestClient(app, raise_server_exceptions=True) as client:
        yield Site(client)


@pytest.fixture
def desk(page: Page, house: Settings) -> Iterator[Desk]:
    with serving(house) as base:
        yield Desk(page, base)


def on_notice_long_ago(house: Settings) -> None:
    """Handed in by the agent and published on the second of February."""
    engine = writing_engine(house.database_url)
    on, at = date(2026, 2, 2), datetime(2026, 2, 2, 4, tzinfo=UTC)
    with engine.begin() as db:
        by = login_of(db, "代理会计").person
        runs.prepare(
            db,
            book=TOWNSHIP,
            kind=RunKind.TIERS,
            year=YEAR,
            by=by,
            on=on,
            at=at,
            resolution="云岭政发2026-03",
            papers=[RESOLUTION],
        )
        runs.publish(db, NAME, by=by, on=on, at=at)
    engine.dispose()


def rewarded(house: Settings) -> None:
    """A scheme of rewards of the township approved, and its sheet written down."""
    engine = writing_engine(house.database_url)
    with engine.begin() as db:
        version = adopted(db, "tianlin-records", resolution=NUMBER)
        approved(db, version, kind=PolicyKind.REWARD)
        written(db, version, *RECORDS)
    engine.dispose()


def rewards_on_notice(house: Settings) -> None:
    """They are handed in by the agent and hung out."""
    rewarded(house)
    engine = writing_engine(house.database_url)
    on, at = date(2026, 2, 2), datetime(2026, 2, 2, 4, tzinfo=UTC)
    with engine.begin() as db:
        by = login_of(db, "代理会计").person
        run = runs.prepare(
            db,
            book=TOWNSHIP,
            kind=RunKind.REWARD,
            year=YEAR,
            reward=RewardChoice(scheme="信息填报负责制", period="2025"),
            by=by,
            on=on,
            at=at,
            papers=[RESOLUTION],
        )
        name = name_of(run.id)
        assert name is not None
        runs.publish(db, name, by=by, on=on, at=at)
    engine.dispose()


def rewards_posted(house: Settings) -> None:
    """The officer has approved them when the notice was over, and the agent posted them."""
    engine = writing_engine(house.database_url)
    on, at = date(2026, 2, 25), datetime(2026, 2, 25, 4, tzinfo=UTC)
    name = name_of(REWARD)
    assert name is not None
    with engine.begin() as db:
        agent, officer = (login_of(db, who).person for who in ("代理会计", "镇干部"))
        runs.approve(db, name, by=officer, on=on, at=at)
        runs.post(db, name, by=agent, on=on, at=at)
    engine.dispose()


def test_nothing_is_wrong_with_how_they_look(desk: Desk, house: Settings, screen: str) -> None:
    desk.sign_in("代理会计")
    assert (
        look_at(desk, {"tiers-new": f"{RUNS}/new?year={YEAR}", "tiers-none": RUNS, "tiers-home": "/"}, screen)
        == []
    )
    with_equals(house)
    assert look_at(desk, {"tiers-equals": f"{RUNS}/new?year={YEAR}"}, screen) == []
    desk.sign_out()


def test_nothing_is_wrong_with_how_the_officers_pages_look(desk: Desk, house: Settings, screen: str) -> None:
    on_notice_long_ago(house)
    rewards_on_notice(house)
    desk.sign_in("镇干部")
    pages = {
        "reward-run": REWARD_RUN,
        "reward-notice": f"/notices/{REWARD}",
        "tiers-inbox": "/inbox",
        "tiers-runs": RUNS,
        "tiers": RUN,
        "tiers-line": f"{RUN}/lines/450000101201/蓝永忠",
        "tiers-line-not-paid": f"{RUN}/lines/450000101201/欧阳志民",
        "tiers-notices": "/notices",
        "tiers-notice": f"/notices/{NAME}",
        "paper-appeal": f"{RUN}/appeals/new",
    }
    assert look_at(desk, pages, screen) == []


def test_both_levels_are_seen_before_anything_is_written(site: Site) -> None:
    agent = site.of("代理会计")
    assert f"{RUNS}/new?year={YEAR}" in agent.get(RUNS).text
    seen = words_of(agent.get(f"{RUNS}/new?year={YEAR}").text)
    assert "先取整数0、1、0，余下2个按余数从大到小补入，余数相同的归高的一等：1、1、1" in seen
    assert "考核基本称职：保留名次，不予发放；4,615.39留存于发放单位" in seen
    assert "得分57.19低于60.00" in seen
    page = agent.get(f"{RUNS}/new?year={YEAR}")
    made = agent.send(
        page, f"{RUNS}/new", resolution="云岭政发2026-03", document="assembly", files=SCAN, act="submit"
    )
    assert made.url.path == RUN, words_of(made.text)
    assert "已送审" in words_of(made.text)
    again = words_of(agent.get(f"{RUNS}/new?year={YEAR}").text)
    assert "已经存在" in again, "a second run of the year is refused"


def test_a_person_reads_the_way_from_score_to_money(house: Settings, site: Site) -> None:
    on_notice_long_ago(house)
    officer = site.of("镇干部")
    paid = words_of(officer.get(f"{RUN}/lines/450000101201/蓝永忠").text)
    assert "5人中第1名" in paid
    assert "20,000.00 × 1.20 ÷ 5.20 = 4615.384615…，取到分4,615.39" in paid
    assert "11 × 384.61 + 384.68" in paid
    shut_out = words_of(officer.get(f"{RUN}/lines/450000101201/欧阳志民").text)
    assert "实得 0.00 考核基本称职：保留名次，不予发放；4,615.39留存于发放单位" in shut_out
    assert officer.get(f"{RUN}/lines/450000101201/没有这人").status_code == 404


def with_equals(house: Settings) -> None:
    """Two cadres of 清水村 whom nothing tells apart, and the boundary of tiers two and three between them."""
    engine = writing_engine(house.database_url)
    with engine.begin() as db:
        equals_across_a_boundary(db)
    engine.dispose()


def test_who_is_equal_across_a_boundary_is_named_and_put_in_order_by_a_resolution(
    house: Settings, site: Site
) -> None:
    with_equals(house)
    agent, orders = site.of("代理会计"), f"/townships/{TOWNSHIP}/tie-orders"
    page = agent.get(f"{RUNS}/new?year={YEAR}")
    seen = words_of(page.text)
    assert "有得分相同者待决议排序" in seen
    assert "清水村 二等 / 三等 潘玉萍 黎德" in seen
    twice = agent.send(
        page,
        orders,
        resolution="清水村2026-01",
        files=SCAN,
        **{"who": ["潘玉萍", "黎德"], "place-0": "1", "place-1": "1"},
    )
    assert "名次1到2须各填一次" in words_of(twice.text)
    assert 'value="清水村2026-01"' in twice.text, "what was entered is kept"
    without = agent.send(
        page,
        orders,
        resolution="清水村2026-01",
        **{"who": ["潘玉萍", "黎德"], "place-0": "1", "place-1": "2"},
    )
    assert "排序须附决议扫描件" in words_of(without.text)
    done = agent.send(
        page,
        orders,
        resolution="清水村2026-01",
        files=SCAN,
        **{"who": ["潘玉萍", "黎德"], "place-0": "1", "place-1": "2"},
    )
    assert "先后已登记" in words_of(done.text)
    made = agent.send(done, f"{RUNS}/new", resolution="云岭政发2026-03", act="draft")
    assert "潘玉萍 → 黎德 · 清水村2026-01" in words_of(made.text)
    digest = made.text.split("tie-orders/")[1][:64]
    assert agent.get(f"{orders}/{digest}").content == SCAN[1]


def test_the_officer_of_the_next_township_finds_nothing(house: Settings, site: Site) -> None:
    on_notice_long_ago(house)
    neighbour = site.of("邻镇干部")
    for path in (
        RUNS,
        RUN,
        f"{RUN}/lines/450000101201/蓝永忠",
        f"/townships/{TOWNSHIP}/exports/run.xlsx?run={NAME}",
    ):
        assert neighbour.get(path).status_code == 404, path
    assert str(NAME) not in neighbour.get("/inbox").text
    assert TOWNSHIP not in neighbour.get("/").text
    assert site.of("覃会计").get(RUN).status_code == 404, (
        "whoever keeps one book has nothing to do with the place"
    )


def test_the_agent_prepares_and_cannot_approve(house: Settings, site: Site) -> None:
    on_notice_long_ago(house)
    agent = site.of("代理会计")
    page = agent.get(RUN)
    assert f'action="{RUN}/approve"' not in page.text
    assert agent.client.post(f"{RUN}/approve").status_code == 403
    assert f'action="{RUN}/post"' not in page.text, "nothing is paid while the list hangs out"
    officer = site.of("镇干部")
    inbox = officer.get("/inbox")
    digest = inbox.text.split(f'value="{NAME} ')[1][:64]
    done = officer.send(inbox, "/inbox/approve", run=f"{NAME} {digest}")
    assert "1项中已审批1项" in words_of(done.text)
    assert f'href="{RUN}"' in done.text
    posted = agent.send(agent.get(RUN), f"{RUN}/post")
    assert "已记账" in words_of(posted.text)


def test_a_cadre_leaves_and_his_later_months_stop(house: Settings, site: Site) -> None:
    on_notice_long_ago(house)
    agent, officer = site.of("代理会计"), site.of("镇干部")
    inbox = officer.get("/inbox")
    digest = inbox.text.split(f'value="{NAME} ')[1][:64]
    officer.send(inbox, "/inbox/approve", run=f"{NAME} {digest}")
    agent.send(agent.get(RUN), f"{RUN}/post")
    his = f"{RUN}/lines/450000101201/蓝永忠"
    assert "登记离任" not in officer.get(his).text, "who signs does not write down"
    month = f"{YEAR + 1}-02"
    assert "蓝永忠" in words_of(officer.get(f"/townships/{TOWNSHIP}/awards?month={month}").text)
    left = agent.send(
        agent.get(his), f"/townships/{TOWNSHIP}/leavings", on=f"{YEAR + 1}-01-15", reason="调离"
    )
    assert words_of(left.text).count("离任停发") == 11
    back = agent.send(left, f"/townships/{TOWNSHIP}/leavings", reason="登记错误")
    assert "登记离任" in back.text
    assert agent.get(f"/townships/{TOWNSHIP}/awards?month=2031-01").status_code == 200


def test_the_list_hangs_out_with_names_masked(house: Settings, site: Site) -> None:
    on_notice_long_ago(house)
    stranger = site.stranger
    board = words_of(stranger.get("/notices").text)
    assert "2025年度村干部、管理员绩效奖金" in board
    notice = words_of(stranger.get(f"/notices/{NAME}").text)
    assert "河口村" in notice
    assert "蓝* 4,615.39" in notice
    for name in ("蓝永忠", "欧阳志民", "村党总支"):
        assert name not in notice


def test_a_paper_at_the_counter_holds_a_line_until_another_officer_answers(
    house: Settings, site: Site
) -> None:
    on_notice_long_ago(house)
    agent, officer = site.of("代理会计"), site.of("镇干部")
    form = agent.get(f"{RUN}/appeals/new?payee=450000101201/蓝永忠")
    assert '<option value="450000101201/蓝永忠" selected>' in form.text
    paper = {"payee": "450000101201/蓝永忠", "came": "2026-02-03", "text": "我全年出勤，少算了"}
    without = agent.send(form, f"{RUN}/appeals", **paper)
    assert "代录书面异议要有材料的扫描件" in words_of(without.text)
    assert "我全年出勤，少算了" in without.text, "what was entered is kept"
    done = agent.send(form, f"{RUN}/appeals", files=SCAN, **paper)
    assert "第 1 号异议 · 河口村 蓝永忠 等答复" in words_of(done.text)
    assert agent.get("/appeals").status_code == 403, "who records does not answer"
    board = words_of(site.stranger.get(f"/notices/{NAME}").text)
    assert "蓝* 有异议，暂缓 4,615.39" in board
    assert "签名后在 2026-02-17 以前（含当日）交到清河乡窗口" in board
    assert "第 1 号异议 待答复" in words_of(officer.get("/inbox").text)
    waiting = officer.get("/appeals")
    assert "河口村 蓝永忠" in words_of(waiting.text)
    digest = waiting.text.split("/appeals/1/papers/")[1][:64]
    assert officer.get(f"/townships/{TOWNSHIP}/appeals/1/papers/{digest}").content == SCAN[1]
    answered = officer.send(
        waiting, f"/townships/{TOWNSHIP}/appeals/1", text="已核对出勤记录", outcome="rejected"
    )
    assert "请把答复告诉交材料的人" in words_of(answered.text)
    assert "有异议，暂缓" not in site.stranger.get(f"/notices/{NAME}").text
    again = agent.get(f"/townships/{TOWNSHIP}/appeals/1/second-look")
    assert "我全年出勤，少算了" in again.text
    asked = agent.send(
        again,
        f"/townships/{TOWNSHIP}/appeals/1/second-look",
        came=again.text.split('name="came" type="date" required value="')[1][:10],
        text="请复核",
        files=("复核.pdf", b"%PDF-1.7 again", "application/pdf"),
    )
    assert "另一位干部复核" in words_of(asked.text)
    assert agent.get(f"/townships/{TOWNSHIP}/appeals/2/second-look").status_code == 404


def test_the_list_leaves_as_excel_and_on_paper(house: Settings, site: Site) -> None:
    on_notice_long_ago(house)
    officer, exports = site.of("镇干部"), f"/townships/{TOWNSHIP}/exports"
    book = officer.get(f"{exports}/run.xlsx?run={NAME}")
    rows = list(openpyxl.load_workbook(BytesIO(book.content)).worksheets[0].values)
    (best,) = (row for row in rows if "蓝永忠" in row)
    assert best[:9] == (
        "河口村",
        1,
        "蓝永忠",
        "村党总支副书记",
        88.75,
        "一等",
        4615.39,
        4615.39,
        "随次年工资发放：11 × 384.61 + 384.68",
    )
    (whole,) = (row for row in rows if row[0] == "合计")
    assert whole[6:8] == (60000.0, 52184.61)
    paper = officer.get(f"{exports}/run.pdf?run={NAME}")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(paper.content)).pages)
    for word in ("绩效奖金发放表", "签字", "清河乡", "蓝永忠", "52,184.61"):
        assert word in text, word
    notice = officer.get(f"{exports}/run-notice.pdf?run={NAME}")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(notice.content)).pages)
    assert "绩效奖金公示表" in text
    assert "4,615.39" in text
    assert "蓝永忠" not in text
    assert officer.get(f"{exports}/trial-balance.xlsx").status_code == 404


def test_rewards_leave_with_what_is_deducted_and_hang_out_masked(house: Settings, site: Site) -> None:
    rewards_on_notice(house)
    officer, exports = site.of("镇干部"), f"/townships/{TOWNSHIP}/exports"
    book = officer.get(f"{exports}/run.xlsx?run={REWARD}")
    rows = list(openpyxl.load_workbook(BytesIO(book.content)).worksheets[0].values)
    (wrong,) = (row for row in rows if "黄信息员" in row)
    assert wrong[:7] == (3, "黄信息员", None, 0.0, 0.0, 150.0, "不在任何档次；错填 3 × -50.00")
    assert rows[-1][1:6] == ("合计", None, None, 1000.0, 350.0)
    for file, title, hidden in (("run.pdf", "奖励发放", ""), ("run-notice.pdf", "奖励公示表", "黄信息员")):
        paper = officer.get(f"{exports}/{file}?run={REWARD}")
        text = "".join(page.extract_text() for page in PdfReader(BytesIO(paper.content)).pages)
        for word in (title, "信息填报负责制 2025", "扣减", "1,000.00", "150.00"):
            assert word in text, (file, word)
        assert not hidden or hidden not in text
    hung = words_of(officer.get(f"/notices/{REWARD}").text)
    assert "奖励发放 · 信息填报负责制 2025" in hung
    assert "扣减" in hung
    assert "黄信息员" not in hung
    assert "信息填报负责制 2025" in words_of(officer.get(RUNS).text)
    rewards_posted(house)
    due = words_of(officer.get(f"/townships/{TOWNSHIP}/awards?month=2026-02").text)
    for said in (
        "韦信息员 信息填报负责制 2025 1,000.00",
        "黄信息员 信息填报负责制 2025",
        "陆协助",
        "1,000.00 350.00",
    ):
        assert said in due, said
    told = officer.get(f"/api/v1/townships/{TOWNSHIP}/awards?month=2026-02").json()["rewards"]
    assert [(one["who"], one["amount"], one["deducted"], one["state"]) for one in told] == [
        ("韦信息员", "1000.00", "0.00", "due"),
        ("陆协助", "0.00", "200.00", "due"),
        ("黄信息员", "0.00", "150.00", "due"),
    ]
    assert officer.get(f"/api/v1/townships/{TOWNSHIP}/awards?month=2026-03").json()["rewards"] == []


def test_the_agent_prepares_and_the_officer_signs_on_a_phone(
    desk: Desk, page: Page, house: Settings, tmp_path: Path, calendar: time_machine.Traveller
) -> None:
    """By keyboard and thumb: preview, hand in with the scan, put on notice; the same of a scheme's rewards; days later
    approve both from the inbox; post."""
    rewarded(house)
    scan = tmp_path / "决议.pdf"
    scan.write_bytes(SCAN[1])
    desk.sign_in("代理会计")
    desk.go(RUNS)
    page.keyboard.press("n")
    page.wait_for_url(f"**{RUNS}/new?year={YEAR}")
    page.locator("#resolution").fill("云岭政发2026-03")
    page.locator("#files").set_input_files(scan)
    page.locator("#files").press("F9")
    page.wait_for_url(f"**{RUN}")
    page.locator(f'form[action="{RUN}/publish"] button').click()
    page.wait_for_selector("#notice >> text=公示")
    desk.go(RUNS)
    page.get_by_role("link", name="信息填报负责制 2025").click()
    photograph(page, "reward-new")
    assert "错填 3 × -50.00" in page.locator("#lines").inner_text()
    page.locator("#files").set_input_files(scan)
    page.locator("#files").press("F9")
    page.wait_for_url(f"**{REWARD_RUN}")
    page.locator(f'form[action="{REWARD_RUN}/publish"] button').click()
    page.wait_for_selector("#notice >> text=公示")
    photograph(page, "reward-run")
    desk.sign_out()
    calendar.shift(timedelta(days=21))
    phone: ViewportSize = {"width": 390, "height": 844}
    page.set_viewport_size(phone)
    desk.sign_in("镇干部")
    desk.go("/inbox")
    for ticked in page.locator('ul.inbox input[type="checkbox"]').all():
        ticked.check()
    page.locator("form .batch button").click()
    page.wait_for_selector("text=2项中已审批2项")
    photograph(page, "tiers-approved-phone")
    desk.sign_out()
    desk.sign_in("代理会计")
    desk.go(RUN)
    page.locator(f'form[action="{RUN}/post"] button').click()
    page.wait_for_selector("h1 >> text=已记账")
    desk.go(f"{RUN}/lines/450000101201/蓝永忠")
    assert "1/12" in page.locator("#months").inner_text()
