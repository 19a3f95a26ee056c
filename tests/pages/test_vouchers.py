"""Vouchers by their pages, without scripts: prepared, reviewed by another, posted, corrected; one by one and many at once."""

import re
from datetime import date

import httpx
import pytest

from schemas.periods import PeriodState
from tests.handover import PACKS
from tests.pages.conftest import BOOK, Reader, Site
from web.pages.voucher_form import likely_day

AT = f"/books/{BOOK}"
NEW = f"{AT}/vouchers/new"
SCAN = min((PACKS / "clean-small" / "附件").iterdir())
CASH = (("提取备用金", "101 库存现金", "", "400", ""), ("提取备用金", "102", "", "", "400.00"))
"""Two lines as they stand in the form: summary, account, detail, debit, credit."""


def fields(lines: tuple[tuple[str, str, str, str, str], ...], **more: str) -> dict[str, str]:
    """The fields of the form with these lines."""
    found = {"word": "记", "date": "2025-01-30", "originals": "1", **more}
    for index, line in enumerate(lines):
        for name, text in zip(("summary", "account", "detail", "debit", "credit"), line, strict=True):
            found[f"lines-{index}-{name}"] = text
    return found


def prepared(reader: Reader, *lines: tuple[str, str, str, str, str], **more: str) -> httpx.Response:
    """A draft saved by the form; the answer is its page."""
    answer = reader.send(reader.get(NEW), NEW, **fields(lines or CASH, **more))
    assert answer.status_code == 200, answer.text
    return answer


def number_of(answer: httpx.Response) -> str:
    return answer.url.path.rpartition("/")[2]


def act(reader: Reader, voucher: str, verb: str, **more: str) -> httpx.Response:
    """Press a button of the voucher's page."""
    page = reader.get(f"{AT}/vouchers/{voucher}")
    return reader.send(page, f"{AT}/vouchers/{voucher}/acts/{verb}", **more)


def posted(site: Site, *lines: tuple[str, str, str, str, str], **more: str) -> str:
    """A voucher that was prepared, reviewed by another and posted."""
    voucher = number_of(prepared(site.of("覃会计"), *lines, **more))
    act(site.of("韦审核"), voucher, "review")
    act(site.of("覃会计"), voucher, "post")
    return voucher


def said(answer: httpx.Response) -> str:
    """The sentence a page begins with after something was done, or its alert."""
    found = re.search(r'(?s)<(?:p|div)[^>]*role="(?:status|alert)"[^>]*>(.*?)</(?:p|div)>', answer.text)
    return re.sub(r"<[^>]+>|\s+", " ", found[1]).strip() if found else ""


@pytest.mark.parametrize(
    ("closed", "today", "offered"),
    [
        ("", "2025-01-15", "2025-01-15"),
        ("", "2025-03-15", "2025-01-31"),
        ("202501", "2025-03-15", "2025-02-28"),
        ("202501 202502", "2025-03-15", "2025-03-15"),
        ("202501 202502 202503", "2025-03-31", "2025-04-30"),
        ("202501 202503", "2025-03-15", "2025-02-28"),
    ],
)
def test_a_new_voucher_is_dated_in_the_month_in_hand(closed: str, today: str, offered: str) -> None:
    state = PeriodState(
        closed=frozenset(map(int, closed.split())),
        settling=frozenset(),
        sealed=frozenset(),
        first_year=2025,
        last_year=2026,
    )
    assert likely_day(state, on=date.fromisoformat(today)) == date.fromisoformat(offered)


def test_the_form_offers_the_month_in_hand(site: Site) -> None:
    assert 'value="2025-01-31"' in site.of("覃会计").get(NEW).text


def test_a_voucher_is_prepared_reviewed_by_another_and_posted(site: Site) -> None:
    draft = prepared(site.of("覃会计"))
    assert "已保存" in said(draft)
    voucher = number_of(draft)
    assert f"{AT}/vouchers/{voucher}/acts/review" not in draft.text, (
        "who prepared it is not offered the review"
    )
    assert "已审核" in said(act(site.of("韦审核"), voucher, "review"))
    answer = act(site.of("覃会计"), voucher, "post")
    assert "记-0154" in said(answer)
    assert "人民币肆佰元整" in answer.text
    assert f"{AT}/vouchers/{voucher}/edit" not in answer.text


def test_nobody_reviews_his_own_even_by_hand(site: Site) -> None:
    voucher = number_of(prepared(site.of("覃会计")))
    page = site.of("覃会计").get(f"{AT}/vouchers/{voucher}")
    forged = site.of("覃会计").client.post(
        f"{AT}/vouchers/{voucher}/acts/review",
        data={"csrf": re.search(r'name="csrf" value="([^"]+)"', page.text)[1]},  # type: ignore[index]
        headers={"Accept": "text/html"},
    )
    assert forged.status_code == 403


def test_a_form_of_no_session_is_refused(site: Site) -> None:
    answer = site.of("覃会计").client.post(NEW, data=fields(CASH), headers={"Accept": "text/html"})
    assert answer.status_code == 403


def test_what_is_wrong_comes_back_with_everything_that_was_typed(site: Site) -> None:
    reader = site.of("覃会计")
    lines = (
        ("购入<精料>", "121", "没有的东西", "100", ""),
        ("", "999", "", "", "甲"),
    )
    answer = reader.send(reader.get(NEW), NEW, **fields(lines, date="2025-01-30"))
    assert answer.status_code == 422
    assert 'value="没有的东西"' in answer.text
    assert 'value="购入&lt;精料&gt;"' in answer.text
    assert 'value="甲"' in answer.text
    assert 'id="lines-1-credit-wrong"' in answer.text
    again = reader.send(
        answer, NEW, **fields(((*lines[0][:2], "精料", "100", ""), ("", "999", "", "", "90")))
    )
    assert again.status_code == 422
    for place in ("lines-1-summary-wrong", "lines-1-account-wrong", "lines-wrong"):
        assert f'id="{place}"' in again.text, place


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1,234.5", "1,234.50"),
        ("１２３４．５０", "1,234.50"),
        ("¥1234.50", "1,234.50"),
        (" 1 234.50 元", "1,234.50"),
    ],
)
def test_amounts_are_read_as_people_write_them(site: Site, typed: str, shown: str) -> None:
    answer = prepared(site.of("覃会计"), ("提现", "101", "", typed, ""), ("提现", "102", "", "", "1234.50"))
    assert shown in answer.text


def test_sums_in_a_sentence_are_grouped_as_everywhere(site: Site) -> None:
    reader = site.of("覃会计")
    lines = (("提取备用金", "101", "", "1234567.80", ""), ("提取备用金", "102", "", "", "200"))
    answer = reader.send(reader.get(NEW), NEW, **fields(lines))
    assert answer.status_code == 422
    assert "1,234,567.80" in said(answer)
    assert "1,234,367.80" in said(answer)


def test_a_third_decimal_is_refused_not_rounded(site: Site) -> None:
    reader = site.of("覃会计")
    lines = (("提现", "101", "", "1.005", ""), ("提现", "102", "", "", "1.005"))
    answer = reader.send(reader.get(NEW), NEW, **fields(lines))
    assert answer.status_code == 422
    assert 'id="lines-0-debit-wrong"' in answer.text


def test_accounts_and_details_may_be_written_by_name(site: Site) -> None:
    answer = prepared(
        site.of("覃会计"),
        ("收购饲草", "产品物资", "精料", "50", ""),
        ("收购饲草", "成员往来", "班正英", "", "50"),
    )
    assert "Q0010 班正英" in answer.text


def test_the_double_click_makes_one_voucher(site: Site) -> None:
    reader = site.of("覃会计")
    page = reader.get(NEW)
    first = reader.send(page, NEW, **fields(CASH))
    again = reader.send(page, NEW, **fields(CASH))
    assert number_of(first) == number_of(again)


def test_a_draft_is_changed_and_a_stale_form_is_refused(site: Site) -> None:
    reader = site.of("覃会计")
    voucher = number_of(prepared(reader))
    edit = f"{AT}/vouchers/{voucher}/edit"
    form = reader.get(edit)
    lines = (("提取备用金", "101", "", "500", ""), ("提取备用金", "102", "", "", "500"))
    assert "500.00" in reader.send(form, edit, **fields(lines)).text
    stale = reader.send(form, edit, **(fields(lines) | {"key": "another"}))
    assert stale.status_code == 412
    assert 'value="500"' in stale.text


def test_a_draft_is_sent_back_with_a_reason_and_withdrawn(site: Site) -> None:
    voucher = number_of(prepared(site.of("覃会计")))
    act(site.of("韦审核"), voucher, "review")
    assert act(site.of("韦审核"), voucher, "send-back").status_code == 422
    back = act(site.of("韦审核"), voucher, "send-back", reason="附件不清")
    assert "退回" in said(back)
    assert "附件不清" in back.text
    gone = act(site.of("覃会计"), voucher, "withdraw", reason="重复")
    assert "作废" in said(gone)
    assert "/acts/" not in gone.text


def test_a_posted_voucher_is_cancelled_in_red_and_booked_right_in_blue(site: Site) -> None:
    accountant, reviewer = site.of("覃会计"), site.of("韦审核")
    voucher = posted(site)
    page = accountant.get(f"{AT}/vouchers/{voucher}")
    red = accountant.send(page, f"{AT}/vouchers/{voucher}/reverse", date="2025-01-31")
    assert "红字凭证已制单" in said(red)
    assert "注销1月30日记-0154号凭证" in red.text
    assert "-400.00" in red.text
    act(reviewer, number_of(red), "review")
    act(accountant, number_of(red), "post")
    cancelled = accountant.get(f"{AT}/vouchers/{voucher}").text
    assert "记-0155" in cancelled
    assert f"{AT}/vouchers/{voucher}/reverse" not in cancelled
    form = accountant.get(f"{NEW}?corrects={voucher}&kind=blue")
    assert 'value="订正1月30日记-0154号凭证"' in form.text
    blue = accountant.send(
        form,
        NEW,
        **fields(
            (
                ("订正1月30日记-0154号凭证", "101", "", "300", ""),
                ("订正1月30日记-0154号凭证", "102", "", "", "300"),
            ),
            date="2025-01-31",
        ),
    )
    assert "记-0154" in blue.text
    assert "蓝字" in blue.text


def test_only_the_difference_of_an_amount_may_be_booked(site: Site) -> None:
    accountant = site.of("覃会计")
    voucher = posted(site)
    form = accountant.get(f"{NEW}?corrects={voucher}&kind=difference")
    wording = "订正1月30日记-0154号凭证"
    lines = ((wording, "101", "", "-100", ""), (wording, "102", "", "", "-100"))
    answer = accountant.send(form, NEW, **fields(lines, date="2025-01-31"))
    assert answer.status_code == 200
    assert "-100.00" in answer.text


def test_a_scan_is_attached_also_to_what_is_posted_and_served_only_through_its_voucher(site: Site) -> None:
    voucher = posted(site)
    reader = site.of("覃会计")
    path = f"{AT}/vouchers/{voucher}/attach"
    content = SCAN.read_bytes()
    answer = reader.send(
        reader.get(f"{AT}/vouchers/{voucher}"), path, files=("发票.png", content, "image/png")
    )
    assert "1 个" in said(answer)
    assert 'id="reused"' not in answer.text, "the village's voucher it hangs on is no business of this book"
    at = re.search(rf'href="({AT}/vouchers/{voucher}/files/[0-9a-f]{{64}})"', answer.text)[1]  # type: ignore[index]
    scan = reader.get(at)
    assert scan.content == content
    assert scan.headers["content-type"] == "image/png"
    assert scan.headers["x-content-type-options"] == "nosniff"
    assert reader.get(at.replace(f"/{voucher}/", "/1/")).status_code == 404
    assert site.stranger.get(at, follow_redirects=False).status_code == 303


def test_the_reviewer_sees_what_one_original_already_proves_before_he_reviews(site: Site) -> None:
    accountant, reviewer = site.of("覃会计"), site.of("韦审核")
    content, pages = b"%PDF-1.7 one receipt", []
    for _ in range(2):
        draft = accountant.get(f"{AT}/vouchers/{number_of(prepared(accountant))}")
        path = f"{draft.url.path}/attach"
        pages.append(accountant.send(draft, path, files=("收据.pdf", content, "application/pdf")))
    first, second = (page.url.path for page in pages)
    assert 'id="reused"' not in pages[0].text
    page = reviewer.get(second).text
    noted = page[page.index('id="reused"') : page.index("/acts/review")]
    assert "文件收据.pdf也附在2025-01-30的凭证#" in noted
    assert f'<a href="{first}">#{first.rpartition("/")[2]}</a>' in noted
    listed = reviewer.get(f"{AT}/vouchers?state=draft").text
    assert re.search(rf'同时附在 <a href="{first}">', listed)
    assert re.search(rf'同时附在 <a href="{second}">', listed)
    assert "已审核" in said(act(reviewer, second.rpartition("/")[2], "review")), "a warning refuses nothing"


def test_a_file_that_is_no_evidence_is_refused(site: Site) -> None:
    voucher = posted(site)
    reader = site.of("覃会计")
    path = f"{AT}/vouchers/{voucher}/attach"
    page = reader.get(f"{AT}/vouchers/{voucher}")
    answer = reader.send(page, path, files=("发票.pdf", b"<script>alert(1)</script>", "application/pdf"))
    assert answer.status_code == 422
    assert "发票.pdf" in said(answer)


def test_the_cashier_signs_what_moves_money(site: Site) -> None:
    voucher = posted(site)
    assert "已签字" in said(act(site.of("黄出纳"), voucher, "sign"))
    page = site.of("黄出纳").get(f"{AT}/vouchers/{voucher}").text
    assert "/acts/sign" not in page
    assert "黄出纳" in page


def test_many_are_moved_on_at_once_with_one_result_each(site: Site) -> None:
    accountant, reviewer = site.of("覃会计"), site.of("韦审核")
    first, second = number_of(prepared(accountant)), number_of(prepared(accountant, date="2025-01-31"))
    query = "?from=2025-01&to=2025-01&state=draft"
    path = f"{AT}/vouchers/acts{query}"
    page = reviewer.get(f"{AT}/vouchers{query}")
    answer = reviewer.send(page, path, act="review", voucher=[f"{first}:1", f"{second}:7", "99999:1"])
    assert answer.status_code == 200
    assert "已办 1 张，共 3 张" in answer.text
    assert "您看到的是第7版" in answer.text
    assert "没有凭证99999" in answer.text
    again = reviewer.send(page, path, act="review", voucher=[f"{first}:1"])
    assert "已办 1 张，共 1 张" in again.text, "the same form sent twice has the same effect"
    assert reviewer.send(page, path, act="post", voucher=[f"{first}:2"]).status_code == 403


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?from=2025-01&to=2025-12", 153),
        ("", 8),
        ("?from=2025-06&to=2025-06", 15),
        ("?text=注销", 1),
        ("?word=记&number=60", 1),
        ("?account=301&from=2025-01&to=2025-12", 6),
        ("?detail=Q0012", 20),
        ("?state=draft", 0),
    ],
)
def test_the_list_is_narrowed_by_its_address(site: Site, query: str, count: int) -> None:
    answer = site.of("莫审计").get(f"{AT}/vouchers{query}")
    shown = int(re.search(r"共 (\d+) 张", answer.text)[1])  # type: ignore[index]
    assert shown == count


def test_a_long_list_goes_on_page_by_page(site: Site) -> None:
    reader, path, numbers = site.of("莫审计"), f"{AT}/vouchers?from=2025-01&to=2025-12", []
    while path:
        text = reader.get(path).text
        numbers += re.findall(r">(记-\d{4})</a>", text)
        found = re.search(r'href="([^"]+)" rel="next"', text)
        path = found[1].replace("&amp;", "&") if found else ""
    assert len(numbers) == len(set(numbers)) == 153
    assert numbers[:3] == ["记-0001", "记-0002", "记-0003"]


def test_a_voucher_may_have_hundreds_of_lines(site: Site) -> None:
    lines = [("发放劳务费", "523", "", "1.00", "")] * 299 + [("发放劳务费", "102", "", "", "299.00")]
    reader = site.of("覃会计")
    scan = ("工分表.png", SCAN.read_bytes(), "image/png")
    answer = reader.send(reader.get(NEW), NEW, **fields(tuple(lines)), files=scan)
    assert answer.status_code == 200, answer.text[:3000]
    assert "工分表.png" in answer.text
    assert answer.text.count("发放劳务费") >= 300
