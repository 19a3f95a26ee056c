"""Every page for everybody: who may see it, in both languages, and no link that leads nowhere."""

import csv
import html
import re
from io import StringIO
from urllib.parse import urlsplit

import pytest

from tests.pages.conftest import BOOK, VILLAGE, Reader, Site

AT = f"/books/{BOOK}"
OF_BOOK = (
    "",
    "/vouchers",
    "/vouchers?from=2025-06&to=2025-06&state=posted&account=102&text=电费",
    "/vouchers/1",
    "/trial-balance",
    "/trial-balance?by=detail&from=2025-03&to=2025-04",
    "/general-ledger",
    "/general-ledger?account=102&from=2025-03",
    "/ledger",
    "/ledger?account=102",
    "/ledger?account=102&from=2025-03&to=2025-05",
    "/ledger?detail=Q0010",
    "/ledger?account=114&detail=Q0002",
    "/ledger?text=利息",
    "/journal",
    "/journal?account=101",
    "/quantities",
    "/statements/balance-sheet",
    "/statements/surplus?until=2025-06",
    "/statements/equity",
    "/statements/balance-sheet/lines/1",
    "/statements/balance-sheet/lines/5",
    "/statements/surplus/lines/7",
    "/statements/equity/lines/0-increase-2",
    "/close",
    "/close/2025-01",
    "/close/2025-13",
    "/accounts",
    "/accounts?kind=counterparty",
    "/chart.json",
)
OF_REGISTER = (
    "/members",
    "/members?on=2025-06-30",
    "/members/Q0010",
    "/shares",
    "/shares?as_of=2025-03-31&known=2030-01-01",
    "/labour",
    "/labour?month=2025-06",
    "/herd",
    "/herd?state=dead",
)
OF_FILES = (
    "/exports/trial-balance.csv?from=2025-03&to=2025-05&account=102&details=1",
    "/exports/ledger.csv?account=102&from=2025-03",
    "/exports/general-ledger.csv?account=102",
    "/exports/quantities.csv?account=141",
    "/exports/vouchers.csv?state=posted&word=记&from=2025-03&to=2025-03",
    "/exports/chart.csv",
    "/exports/log.csv?since=2025-01-01&act=voucher.post",
    "/exports/balance-sheet.xlsx?year=2025",
    "/exports/balance-sheet.xlsx?until=2025-06",
)
READERS = ("覃会计", "韦审核", "黄出纳", "陆理事长", "农干部", "莫审计")


@pytest.mark.parametrize("who", READERS)
def test_whoever_may_see_the_book_sees_all_its_pages(site: Site, who: str) -> None:
    reader = site.of(who)
    for path in (*OF_BOOK, *OF_REGISTER):
        answer = reader.get(AT + path)
        assert answer.status_code == 200, (path, answer.status_code)
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("who", "led_to", "said"),
    [
        ("覃会计", f'<a href="{AT}"', "没有待办凭证"),
        ("韦计分", f'<a href="{AT}/labour"', "您可查看：成员、股份、工分和牛群。"),
        ("零管理", f'<a href="{AT}/check"', "您可打开：验账。"),
        ("农家", "", "请向会计查阅您家的账目"),
    ],
)
def test_a_book_says_what_it_holds_for_whom_it_is_shown_to(
    site: Site, who: str, led_to: str, said: str
) -> None:
    answer = site.of(who).get("/")
    assert said in answer.text
    assert led_to in answer.text
    led = re.findall(rf'<a href="({AT}[^"]*)"', answer.text)
    assert bool(led) == bool(led_to)
    assert all(site.of(who).get(path).status_code == 200 for path in led)


def test_the_chart_names_the_standard_it_is_of(site: Site) -> None:
    page = site.of("覃会计").get(f"{AT}/accounts").text
    assert "《农民专业合作社会计制度》（财会〔2021〕37号）" in page
    assert "coop-2021" not in page


@pytest.mark.parametrize(
    ("path", "date"),
    [
        ("/statements/balance-sheet?until=2025-06", "2025年6月30日"),
        ("/statements/surplus?until=2025-06", "2025年6月"),
        ("/statements/equity?until=2025-12", "2025年12月"),
    ],
)
def test_a_statement_is_dated_as_its_form_has_it(site: Site, path: str, date: str) -> None:
    assert f" · {date} · 会农社" in site.of("覃会计").get(AT + path).text


def test_a_file_holds_what_it_was_asked_for(site: Site) -> None:
    reader = site.of("覃会计")
    for path in OF_FILES:
        assert reader.get(AT + path).status_code == 200, path
    cash = reader.get(f"{AT}/exports/trial-balance.csv?account=101").text
    rows = list(csv.reader(StringIO(cash.lstrip("\ufeff"))))
    assert {row[0] for row in rows if row[0].isdecimal()} == {"101"}
    member = reader.get(f"{AT}/exports/trial-balance.csv?detail=Q0010&details=1").text
    assert "Q0010" in member
    assert "Q0002" not in member
    refused = reader.get(f"{AT}/exports/vouchers.csv?voucher=1")
    assert "voucher" in refused.text
    assert "from, to, state, word, number, account, detail, text" in refused.text


@pytest.mark.parametrize("who", READERS)
def test_every_page_is_there_in_english(site: Site, who: str) -> None:
    reader = site.of(who)
    reader.client.cookies.set("language", "en")
    for path in (*OF_BOOK, *OF_REGISTER):
        if path == "/chart.json":
            continue
        answer = reader.get(AT + path)
        assert answer.status_code == 200, path
        assert '<html lang="en">' in answer.text


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ("零管理", "", 403),
        ("零管理", "/vouchers", 403),
        ("黄出纳", "/vouchers/new", 403),
        ("韦审核", "/vouchers/new", 403),
        ("莫审计", "/vouchers/new", 403),
        ("覃会计", "/vouchers/new", 200),
        ("覃会计", "/evidence", 200),
        ("黄出纳", "/evidence", 200),
        ("覃会计", "/vouchers/99999", 404),
        ("覃会计", "/vouchers/abc", 400),
        ("覃会计", "/members/nobody", 404),
        ("覃会计", "/statements/nothing", 404),
        ("覃会计", "/statements/balance-sheet/lines/99", 404),
        ("覃会计", "/close/1990-01", 404),
        ("覃会计", "/close/last", 400),
        ("覃会计", "/trial-balance?from=March", 400),
        ("覃会计", "/vouchers?state=lost", 400),
        ("覃会计", "/vouchers?number=x", 400),
        ("覃会计", "/vouchers?after=x", 400),
        ("覃会计", "/ledger?account=102&after=zzz", 400),
        ("覃会计", "/trial-balance?month=2025-03", 400),
        ("覃会计", "/vouchers/1?version=2", 400),
        ("覃会计", "/statements/equity?from=2025-01", 400),
        ("覃会计", "/statements/equity?year=last", 400),
        ("覃会计", "/exports/vouchers.csv?voucher=1", 400),
        ("覃会计", "/exports/vouchers.csv?state=lost", 400),
        ("覃会计", "/exports/balance-sheet.xlsx?from=2025-01", 400),
        ("覃会计", "/exports/voucher.pdf?voucher=1", 400),
        ("覃会计", "/exports/book.xlsx?year=2025", 400),
        ("覃会计", "/exports/ledger.csv?account=102&text=电费", 400),
        ("覃会计", "/exports/log.csv?since=yesterday", 422),
        ("覃会计", "/exports/trial-balance.csv?from=2025-05&to=2025-03", 422),
        ("覃会计", "/nowhere", 404),
    ],
)
def test_what_is_not_there_and_what_is_not_yours(site: Site, who: str, path: str, status: int) -> None:
    answer = site.of(who).get(AT + path)
    assert answer.status_code == status
    assert "text/html" in answer.headers["content-type"]
    if status >= 400:
        assert 'role="alert"' in answer.text


def test_another_books_pages_are_not_there_for_somebody_of_this_one(site: Site) -> None:
    assert site.of("黄出纳").get(f"/books/{VILLAGE}").status_code == 404
    assert site.of("黄出纳").get("/books/nothing-like-it").status_code == 404


def test_a_stranger_is_asked_to_sign_in_and_comes_back(site: Site) -> None:
    stranger = site.stranger
    answer = stranger.get(f"{AT}/trial-balance?from=2025-03", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=%2Fbooks%2F")
    form = stranger.get(answer.headers["location"])
    from tests.people import PASSWORD  # noqa: PLC0415

    there = stranger.send(form, "/login", name="覃会计", password=PASSWORD)
    assert there.url.path == f"{AT}/trial-balance"


def test_nobody_is_sent_to_another_site_after_signing_in(site: Site) -> None:
    stranger = site.stranger
    for away in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        form = stranger.get(f"/login?next={away}")
        from tests.people import PASSWORD  # noqa: PLC0415

        there = stranger.send(form, "/login", name="覃会计", password=PASSWORD)
        assert there.url.path == "/"
        assert there.url.host == "testserver.local"
        stranger.send(there, "/logout")


def test_a_wrong_password_says_so_and_keeps_the_name(site: Site) -> None:
    stranger = site.stranger
    answer = stranger.send(stranger.get("/login"), "/login", name="覃会计", password="not it")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'value="覃会计"' in answer.text


def test_pages_let_no_foreign_script_run(site: Site) -> None:
    answer = site.of("覃会计").get(AT)
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    for path in (*OF_BOOK, *OF_REGISTER):
        text = site.of("覃会计").get(AT + path).text
        assert not re.search(r"<script(?![^>]*(src=|application/json))", text), path
        assert not re.search(r"\s(on[a-z]+|style)=", text), path


def test_no_link_leads_nowhere(site: Site) -> None:
    reader = site.of("覃会计")
    seen: dict[str, str] = {}
    waiting = ["/", AT]
    while waiting:
        path = waiting.pop()
        if _kind(path) in seen:
            continue
        answer = reader.get(path)
        seen[_kind(path)] = path
        assert answer.status_code == 200, f"{path} answers {answer.status_code}"
        if "text/html" in answer.headers["content-type"]:
            waiting += [one for one in links(answer.text) if _kind(one) not in seen]
    assert len(seen) > 40


def _kind(path: str) -> str:
    """One page of each kind is enough: numbers and codes are alike, the names of the query tell pages apart."""
    split = urlsplit(path)
    names = sorted({part.partition("=")[0] for part in split.query.split("&") if part})
    plain = re.sub(
        r"/(H?Q?[0-9]{1,4}|[0-9]{4}-[0-9]{2}|[0-9a-f]{64}|[0-9]+-(in|de)crease-[0-9]+)(?=/|$)",
        "/#",
        split.path,
    )
    return f"{plain}?{','.join(names)}"


def links(text: str) -> list[str]:
    """Every address of this service a page links to."""
    found = [html.unescape(one) for one in re.findall(r'<a\b[^>]*\shref="([^"#]+)', text)]
    return [one for one in found if one.startswith("/")]


def test_the_language_is_chosen_and_remembered(site: Site) -> None:
    reader = Reader(site.stranger.client).sign_in("覃会计")
    page = reader.get(AT)
    english = reader.send(page, "/language", language="en", next=f"{AT}/trial-balance")
    assert english.url.path == f"{AT}/trial-balance"
    assert "Trial balance" in english.text
    assert "科目余额表" in reader.send(english, "/language", language="zh_CN").text
