"""The register's pages: members with identity data masked, shares as of any day, accounts and details."""

import html
import re

from tests.pages.conftest import BOOK, Site
from tests.pages.test_vouchers import said

AT = f"/books/{BOOK}"


def test_identity_data_are_masked_and_shown_in_full_only_with_a_reason_that_is_logged(site: Site) -> None:
    reader = site.of("覃会计")
    path = f"{AT}/members/Q0010"
    page = reader.get(path)
    assert "450000********7159" in page.text
    assert not re.search(r"\b[0-9]{17}[0-9X]\b", page.text)
    assert reader.send(page, f"{path}/unmask", field="identity", reason="").status_code == 422
    shown = reader.send(page, f"{path}/unmask", field="identity", reason="核对银行信息")
    number = re.search(r"\b(450000[0-9]{8}7159)\b", shown.text)
    assert number
    assert str(shown.url).endswith("/unmask"), "the number is in no address"
    log = reader.get(f"{AT}/log?act=member.unmask").text
    assert "核对银行信息" in log
    assert number[1] not in log


def test_the_auditor_sees_what_the_chair_may_not(site: Site) -> None:
    path = f"{AT}/members/Q0010"
    assert f"{path}/unmask" in site.of("莫审计").get(path).text
    assert f"{path}/unmask" not in site.of("陆理事长").get(path).text


def test_shares_are_read_as_of_a_day_and_as_they_were_known(site: Site) -> None:
    reader = site.of("莫审计")
    today = reader.get(f"{AT}/shares?as_of=2025-12-31").text
    assert "363,200.00" in today
    assert "逐户相符" in today
    before = reader.get(f"{AT}/shares?as_of=2025-01-31").text
    assert "251,000.00" in before
    assert "363,200.00" not in before
    unknown = reader.get(f"{AT}/shares?as_of=2025-12-31&known=2025-12-31").text
    assert "该日没有人持股" in unknown, "the pack was taken in later"


def test_a_holding_leads_to_its_scan_in_two_clicks(site: Site) -> None:
    reader = site.of("莫审计")
    register = reader.get(f"{AT}/shares?as_of=2025-12-31").text
    held = re.search(
        rf'href="({AT}/shares\?as_of=2025-12-31&amp;member=Q0002&amp;share=cash)#movements"', register
    )
    assert held
    movements = reader.get(html.unescape(held[1])).text
    assert movements.count('<tr id="entry-') == 1
    scan = re.search(rf'href="({AT}/vouchers/[0-9]+/files/[0-9a-f]{{64}})"', movements)
    assert scan
    assert reader.get(scan[1]).headers["content-type"].startswith(("image/", "application/pdf"))


def test_a_member_leads_to_the_ledger_and_the_vouchers(site: Site) -> None:
    page = site.of("莫审计").get(f"{AT}/members/Q0002").text
    assert f"{AT}/ledger?detail=Q0002" in page
    assert ">记-0001</a>" in page


def test_a_sub_account_is_added_and_a_wrong_code_is_refused_beside_its_field(site: Site) -> None:
    reader = site.of("覃会计")
    path = f"{AT}/accounts/add"
    page = reader.get(f"{AT}/accounts")
    wrong = reader.send(page, path, parent="131", code="1310", name="股权投资")
    assert wrong.status_code == 422
    assert 'id="code-wrong"' in wrong.text
    assert 'value="股权投资"' in wrong.text
    right = reader.send(wrong, path, parent="131", code="13101", name="股权投资")
    assert "13101" in said(right)
    assert "对外投资 / 股权投资" in right.text


def test_an_account_is_closed_and_opened_again(site: Site) -> None:
    reader = site.of("覃会计")
    path = f"{AT}/accounts/131/set"
    reader.send(reader.get(f"{AT}/accounts"), path, open="0")
    assert reader.get(f"{AT}/accounts").text.count('class="tag off"') == 1
    reader.send(reader.get(f"{AT}/accounts"), path, open="1")
    assert 'class="tag off"' not in reader.get(f"{AT}/accounts").text


def test_a_counterparty_is_added_and_known_to_the_voucher_form(site: Site) -> None:
    reader = site.of("覃会计")
    path = f"{AT}/details/add"
    page = reader.get(f"{AT}/accounts")
    answer = reader.send(page, path, kind="counterparty", code="P99", name="桂岭县新饲料厂", unit="供应商")
    assert "P99" in said(answer)
    assert "桂岭县新饲料厂" in reader.get(f"{AT}/chart.json").text
    twice = reader.send(page, path, kind="counterparty", code="P99", name="桂岭县新饲料厂", unit="供应商")
    assert twice.status_code == 409


def test_those_who_only_read_are_offered_nothing_to_change(site: Site) -> None:
    for who in ("莫审计", "韦审核", "陆理事长"):
        page = site.of(who).get(f"{AT}/accounts").text
        assert f"{AT}/accounts/add" not in page
        assert f"{AT}/details/add" not in page
