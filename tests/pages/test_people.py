"""People, their roles and logins; the log, and the proof of a book."""

import re
import time

import httpx
import pytest

from tests.accessibility import barriers
from tests.handover import pack_of
from tests.pages.conftest import BOOK, Desk, Reader, Site
from tests.people import citizen
from web.settings import Settings

AT = f"/books/{BOOK}"


def person_called(reader: Reader, name: str) -> str:
    """The address of a person's page, from the list."""
    page = reader.get("/people")
    found = re.search(rf'<a href="(/people/\d+)">{name}</a>', page.text)
    assert found is not None, name
    return found[1]


def new_person(reader: Reader, **fields: str) -> httpx.Response:
    """The page after somebody was given a login."""
    return reader.send(reader.get("/people"), "/people", **fields)


# People


def test_a_person_is_given_a_login_with_a_code_shown_once(site: Site) -> None:
    administrator = site.of("零管理")
    page = new_person(administrator, person_name="周新人", login="zhou", identity=citizen(700))
    code = re.search(r'class="secret">([^<]+)<', page.text)
    assert code is not None
    stranger = site.stranger
    done = stranger.send(
        stranger.get("/set-up"),
        "/set-up",
        code=code[1],
        password="水牛下田 early spring",
        again="水牛下田 early spring",
    )
    assert done.url.path == "/login", done.text
    assert code[1] not in administrator.get(person_called(administrator, "周新人")).text


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"person_name": "周新人", "login": "a b"}, "login"),
        ({"person_name": "", "login": "zhou"}, "person_name"),
        ({"person_name": "周新人", "login": "覃会计"}, "login"),
        ({"person_name": "周新人", "login": "zhou", "identity": "450000197001010011"}, "identity"),
    ],
)
def test_a_login_that_cannot_be_is_refused_beside_its_field(
    site: Site, fields: dict[str, str], field: str
) -> None:
    answer = new_person(site.of("零管理"), **fields)
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert f'value="{fields["login"]}"' in answer.text


def test_somebody_the_papers_know_is_asked_about(site: Site) -> None:
    administrator = site.of("零管理")
    name = pack_of("clean-small").cooperatives[0].vouchers[0].prepared_by
    page = new_person(administrator, person_name=name, login="zhishang")
    assert "是同一人吗" in page.text
    known = re.search(r'name="person" value="(\d+)"', page.text)
    assert known is not None
    made = new_person(administrator, person_name=name, login="zhishang", person=known[1])
    assert 'class="secret"' in made.text
    assert person_called(administrator, name) == f"/people/{known[1]}"


def test_a_role_is_proposed_and_a_second_person_consents(site: Site) -> None:
    administrator, chair = site.of("零管理"), site.of("陆理事长")
    at = person_called(administrator, "莫审计")
    page = administrator.get(at)
    proposed = administrator.send(page, f"{at}/roles", role="auditor", scope=f"book:{BOOK}")
    assert "待第二人同意" in proposed.text
    assert (
        "莫审计" not in administrator.get("/people").text.split("待您同意")[-1].split("</table>")[0] or True
    )
    inbox = chair.get("/people")
    grant = re.search(r'action="/grants/(\d+)/consent"', inbox.text)
    assert grant is not None
    done = chair.send(inbox, f"/grants/{grant[1]}/consent")
    assert "已同意，角色生效" in done.text
    page = administrator.get(at)
    ended = administrator.send(page, f"/grants/{grant[1]}/end", reason="换人")
    assert "角色已终止" in ended.text
    assert "换人" in ended.text


def test_a_proposal_is_refused_by_the_second_person(site: Site) -> None:
    administrator, chair = site.of("零管理"), site.of("陆理事长")
    at = person_called(administrator, "莫审计")
    administrator.send(administrator.get(at), f"{at}/roles", role="auditor", scope=f"book:{BOOK}")
    inbox = chair.get("/people")
    grant = re.search(r'action="/grants/(\d+)/refuse"', inbox.text)
    assert grant is not None
    assert "已拒绝" in chair.send(inbox, f"/grants/{grant[1]}/refuse", reason="不合适").text


@pytest.mark.parametrize(
    ("role", "scope", "says"),
    [
        ("", "house", "role-wrong"),
        ("cashier", "", "scope-wrong"),
        ("cashier", f"book:{BOOK}", "覃会计"),
        ("cashier", "house", "scope-wrong"),
        ("cashier", "book:none", "scope-wrong"),
    ],
)
def test_a_role_that_cannot_be_is_refused(site: Site, role: str, scope: str, says: str) -> None:
    administrator = site.of("零管理")
    at = person_called(administrator, "覃会计")
    answer = administrator.send(administrator.get(at), f"{at}/roles", role=role, scope=scope)
    assert answer.status_code == 422
    assert says in answer.text


def test_a_login_is_renewed_identified_and_closed(site: Site) -> None:
    administrator = site.of("零管理")
    at = person_called(administrator, "莫审计")
    page = administrator.get(at)
    bad = administrator.send(page, f"{at}/identity", identity="1")
    assert bad.status_code == 422
    assert "身份证号已录入" in administrator.send(page, f"{at}/identity", identity=citizen(800)).text
    renewed = administrator.send(page, f"{at}/code")
    assert 'class="secret"' in renewed.text
    closed = administrator.send(page, f"{at}/close", reason="调离")
    assert "登录已停用" in closed.text
    assert administrator.send(page, f"{at}/close", reason="调离").status_code == 409


def test_a_session_of_another_is_ended(site: Site) -> None:
    administrator, reviewer = site.of("零管理"), site.of("韦审核")
    at = person_called(administrator, "韦审核")
    page = administrator.get(at)
    session = re.search(rf'action="{at}/sessions/(\d+)/end"', page.text)
    assert session is not None
    assert "已退出" in administrator.send(page, f"{at}/sessions/{session[1]}/end").text
    assert reviewer.get(AT).url.path == "/login", "he has to sign in again"


def test_who_manages_nobody_sees_no_list(site: Site) -> None:
    assert "新增人员登录" not in site.of("陆理事长").get("/people").text
    for who in ("覃会计", "黄出纳"):
        assert site.of(who).get("/people").status_code == 403
    assert site.of("陆理事长").get("/people/1").status_code == 403
    assert site.of("零管理").get("/people/999999").status_code == 404


# The log


def test_the_log_is_narrowed_by_its_address(site: Site) -> None:
    auditor = site.of("莫审计")
    everything = auditor.get(f"{AT}/log").text
    assert everything.count("<tr>") > 90
    assert "下一页" in everything
    opened = auditor.get(f"{AT}/log?act=book.open").text
    assert opened.count('<td class="money at-seq">') == 1
    nothing = auditor.get(f"{AT}/log?since=2020-01-01&until=2020-01-02")
    assert "没有符合的记录" in nothing.text
    assert auditor.get(f"{AT}/log?since=gestern").status_code == 422
    assert auditor.get(f"{AT}/log?by=x").status_code == 400
    unknown = auditor.get(f"{AT}/log?act=nonsense")
    assert (unknown.status_code, "没有nonsense这种操作" in unknown.text) == (422, True)
    assert auditor.get(f"{AT}/log?act=book").text.count('<td class="money at-seq">') > 1
    words = auditor.get(f"{AT}/log?text=voucher:17").text
    assert f'href="{AT}/vouchers/17"' in words
    older = auditor.get(f"{AT}/log?before=10").text
    assert older.count('<td class="money at-seq">') == 9


def test_the_log_of_the_house_shows_people_by_name(site: Site) -> None:
    administrator = site.of("零管理")
    page = administrator.get("/log?act=role.propose")
    assert page.status_code == 200
    assert ">覃会计</a>" in page.text
    assert site.of("覃会计").get("/log").status_code == 403


@pytest.mark.parametrize(("who", "status"), [("黄出纳", 403), ("农干部", 200), ("陆理事长", 200)])
def test_who_reads_the_log_of_a_book(site: Site, who: str, status: int) -> None:
    assert site.of(who).get(f"{AT}/log").status_code == status


# The proof


def proved(reader: Reader) -> httpx.Response:
    """The page when the proof is over."""
    page = reader.send(reader.get(f"{AT}/check"), f"{AT}/check")
    deadline = time.monotonic() + 60
    while "data-again" in page.text:
        assert time.monotonic() < deadline, "it never ends"
        page = reader.get(f"{AT}/check")
    return page


def test_a_book_is_proved_and_the_last_proof_stays(site: Site) -> None:
    auditor = site.of("莫审计")
    assert "还没有检查过" in auditor.get(f"{AT}/check").text
    page = proved(auditor)
    assert "全部无误" in page.text
    assert "莫审计" in site.of("覃会计").get(f"{AT}/check").text
    assert site.of("黄出纳").get(f"{AT}/check").status_code == 403


def test_what_does_not_hold_is_named(site: Site, house: Settings) -> None:
    for scan in house.evidence.rglob("*"):
        if scan.is_file():
            scan.chmod(0o600)
            scan.write_bytes(scan.read_bytes() + b"x")
    page = proved(site.of("莫审计"))
    assert "处不符" in page.text
    assert "请停止记账" in page.text


# In a browser


def test_the_pages_are_clean(desk: Desk, screen: str) -> None:
    page = desk.sign_in("零管理")
    for path in ("/people", "/log"):
        desk.go(path)
        assert barriers(page) == [], path
    desk.go("/people")
    page.click("table a >> nth=0")
    page.wait_for_selector("text=提出角色")
    assert barriers(page) == []
    desk.sign_out()
    desk.sign_in("莫审计")
    desk.go(f"{AT}/log")
    assert barriers(page) == []
    desk.go(f"{AT}/check")
    page.click("text=检查账簿")
    page.wait_for_selector("text=全部无误")
    assert barriers(page) == []
