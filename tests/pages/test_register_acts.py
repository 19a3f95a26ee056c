"""Acts of the register on screen: tried as often as one likes, sent as they were shown, confirmed or declined by somebody
else; members meant by number, name or initials."""

import re

import httpx
import pytest

from tests.pages.conftest import BOOK, Reader, Site
from tests.pages.test_close import ask
from tests.pages.test_vouchers import said

AT = f"/books/{BOOK}"
NEW = f"{AT}/register/new"
CASH = {"on": "2025-12-20", "member": "Q0010", "amount": "8,000.00", "resolution": "2025-12号"}


def tried(reader: Reader, kind: str, /, **fields: str) -> httpx.Response:
    """The page that shows what an act would write."""
    path = f"{NEW}/{kind}"
    answer = reader.send(reader.get(path), path, step="try", **fields)
    assert answer.status_code == 200, said(answer)
    return answer


def sent(reader: Reader, kind: str, /, **fields: str) -> httpx.Response:
    """The page of an act that was tried and then sent."""
    answer = reader.send(tried(reader, kind, **fields), f"{NEW}/{kind}", step="send", **fields)
    assert re.search(r"/register/[0-9]+$", str(answer.url)), answer.text
    return answer


def test_every_act_has_its_form_and_the_reviewer_has_none(site: Site) -> None:
    reader = site.of("覃会计")
    page = reader.get(f"{AT}/register").text
    kinds = re.findall(rf'href="{NEW}/([a-z_]+)"', page)
    assert len(kinds) == 18
    for kind in kinds:
        form = reader.get(f"{NEW}/{kind}")
        assert form.status_code == 200, kind
        assert 'name="resolution"' in form.text
    assert NEW not in site.of("韦审核").get(f"{AT}/register").text
    assert site.of("韦审核").get(f"{NEW}/cash").status_code == 403
    assert reader.get(f"{NEW}/nothing").status_code == 404


def test_what_is_tried_is_shown_in_full_and_not_written(site: Site) -> None:
    reader = site.of("覃会计")
    page = tried(reader, "cash", **CASH).text
    assert "捌仟元整" in page
    assert "收到Q0010资金股" in page
    assert "还没有登记事项" in reader.get(f"{AT}/register").text
    assert 'value="8,000.00"' in page, "what was typed stays"


def test_an_act_is_sent_and_confirmed_by_another_and_leads_to_its_voucher(site: Site) -> None:
    page = sent(site.of("覃会计"), "cash", **CASH)
    path = page.url.path
    assert f"{path}/confirm" not in page.text, "not by who prepared it"
    reviewer = site.of("韦审核")
    assert path in reviewer.get(f"{AT}/register").text
    answer = reviewer.send(reviewer.get(path), f"{path}/confirm")
    assert "已复核" in said(answer)
    voucher = re.search(rf'href="({AT}/vouchers/[0-9]+)">(记-[0-9]+)</a>', answer.text)
    assert voucher
    paper = reviewer.get(voucher[1]).text
    assert "8,000.00" in paper
    assert re.search(rf'由登记事项 <a href="{path}">资金入股 #[0-9]+</a>', paper)
    entry = re.search(rf'href="({AT}/shares\?before=[0-9]+)#(entry-[0-9]+)"', answer.text)
    assert entry
    assert f'id="{entry[2]}"' in reviewer.get(f"{entry[1]}&as_of=2025-12-31").text


def test_who_prepared_an_act_withdraws_it_and_the_list_still_shows_it(site: Site) -> None:
    reader = site.of("覃会计")
    page = sent(reader, "cash", **CASH)
    path = page.url.path
    assert f"{path}/withdraw" in page.text
    assert f"{path}/withdraw" not in site.of("韦审核").get(path).text
    empty = reader.send(page, f"{path}/withdraw", reason=" ")
    assert empty.status_code == 422
    answer = reader.send(page, f"{path}/withdraw", reason="金额有误")
    assert "已作废，未写入任何内容" in said(answer)
    assert "金额有误" in answer.text
    assert f"{path}/withdraw" not in answer.text
    assert f"{path}/confirm" not in site.of("韦审核").get(path).text
    assert path not in site.of("韦审核").get("/inbox").text
    assert path in reader.get(f"{AT}/register?state=withdrawn").text


def test_what_waits_is_in_the_inbox_of_the_reviewer_alone(site: Site) -> None:
    path = sent(site.of("覃会计"), "cash", **CASH).url.path
    inbox = site.of("韦审核").get("/inbox").text
    assert f'href="{path}"' in inbox
    assert "资金入股" in inbox
    assert "8,000.00" in inbox
    assert path not in site.of("覃会计").get("/inbox").text
    assert path not in site.of("农干部").get("/inbox").text


def test_the_month_in_hand_and_the_inbox_say_what_waits(site: Site) -> None:
    accountant, reviewer = site.of("覃会计"), site.of("韦审核")
    assert "登记事项：" not in reviewer.get(AT).text
    sent(accountant, "cash", **CASH)
    assert "待复核的登记事项：1" in reviewer.get(AT).text
    ask(accountant, "2025-01")
    inbox = reviewer.get("/inbox")
    assert inbox.status_code == 200
    assert f"{AT}/close/2025-01" in inbox.text


def test_in_english_too(site: Site) -> None:
    reader = site.of("覃会计")
    path = sent(reader, "cash", **CASH).url.path
    english = {"Accept": "text/html", "Accept-Language": "en"}
    for at, says in (
        (path, "This is written when it is confirmed."),
        (f"{AT}/register", "Waiting for a second person"),
        (f"{NEW}/land", "The right to use land"),
        (f"{AT}/members/Q0010/account?year=2025", "Balance or total at the end of the year"),
    ):
        page = reader.client.get(at, headers=english)
        assert says in page.text
        assert page.headers["content-language"] == "en"


def test_declining_needs_a_reason_and_writes_nothing(site: Site) -> None:
    path = sent(site.of("覃会计"), "cash", **CASH).url.path
    reviewer = site.of("韦审核")
    wrong = reviewer.send(reviewer.get(path), f"{path}/decline", reason=" ")
    assert wrong.status_code == 422
    assert 'id="reason-wrong"' in wrong.text
    answer = reviewer.send(wrong, f"{path}/decline", reason="金额与收据不符")
    assert "金额与收据不符" in answer.text
    assert "/vouchers/" not in answer.text.split('class="writes"')[1].split("</main>")[0]
    assert "金额与收据不符" in site.of("覃会计").get(f"{AT}/register?state=declined").text


def test_what_is_sent_is_what_was_shown(site: Site) -> None:
    reader = site.of("覃会计")
    shown = tried(reader, "cash", **CASH)
    answer = reader.send(shown, f"{NEW}/cash", step="send", **{**CASH, "amount": "9000.00"})
    assert answer.status_code == 412
    assert "还没有登记事项" in reader.get(f"{AT}/register").text


@pytest.mark.parametrize(
    ("meant", "number"),
    [("Q0010", "Q0010"), ("q0010", "Q0010"), ("Q0010 随便", "Q0010"), ("李日山", None), ("LRS", None)],
)
def test_a_member_is_meant_by_number_name_or_initials(site: Site, meant: str, number: str | None) -> None:
    reader = site.of("覃会计")
    page = tried(reader, "cash", **{**CASH, "member": meant}).text
    found = re.search(r'name="member" value="(\S+) (\S+)"', page)
    assert found
    assert found[1] == number if number else found[2] == "李日山"


def test_everything_wrong_stands_beside_its_field(site: Site) -> None:
    reader = site.of("覃会计")
    answer = reader.send(
        reader.get(f"{NEW}/cash"), f"{NEW}/cash", step="try", on="2025-13-01", member="无此人", amount="1.234"
    )
    assert answer.status_code == 422
    for place in ("on", "amount"):
        assert f'id="{place}-wrong"' in answer.text
    assert 'value="无此人"' in answer.text
    unknown = reader.send(answer, f"{NEW}/cash", step="try", **{**CASH, "member": "无此人"})
    assert 'id="member-wrong"' in unknown.text


def test_animals_and_shares_of_several_are_typed_in_rows(site: Site) -> None:
    reader = site.of("覃会计")
    path = f"{NEW}/calf"
    page = reader.get(path)
    assert page.text.count('name="calves-') == 8
    more = reader.send(page, path, step="rows", **{"calves-0-ear_tag": "245000010100001"})
    assert more.text.count('name="calves-') == 16
    fields = {
        "on": "2025-12-20",
        "member": "Q0010",
        "price": "6000",
        "batch": "Q2599 新批次",
        "origin": "own",
        "resolution": "12号",
        "calves-0-ear_tag": "245000010199001",
        "calves-0-weight": "150.5",
        "calves-3-ear_tag": "245000010199002",
    }
    text = tried(reader, "calf", **fields).text
    assert "245000010199002" in text
    assert "12,000.00" in text
    wrong = reader.send(more, path, step="try", **{**fields, "calves-3-ear_tag": "7"})
    assert 'id="calves-1-ear_tag-wrong"' in wrong.text, "empty rows are closed up"


def test_a_done_act_is_taken_back_from_its_page(site: Site) -> None:
    reader, reviewer = site.of("覃会计"), site.of("韦审核")
    path = sent(reader, "cash", **CASH).url.path
    reviewer.send(reviewer.get(path), f"{path}/confirm")
    number = path.rpartition("/")[2]
    assert f"{NEW}/reversal?request={number}" in reader.get(path).text
    back = sent(reader, "reversal", on="2025-12-21", request=number, note="金额有误").url.path
    reviewer.send(reviewer.get(back), f"{back}/confirm")
    assert f'href="{back}"' in reader.get(path).text
