"""A walk of every role through every page it is led to: each link opens, each page has a title, and on a phone nothing
scrolls sideways. A page is known by its shape: two vouchers are one page, with another filter it is one again."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from tests.pages.conftest import BOOK, PEOPLE, VILLAGE, Desk, Reader

MOST_PAGES = 300


def shape_of(path: str) -> str:
    """What kind of page an address is: numbers, months, codes and digests are one each, a filter is its
    names, and files to take out are one of each sort, as they ask for one right."""
    parts = urlsplit(path)
    kind = re.sub(r"/(?:[0-9]{1,9}|[0-9]{15}|[0-9a-f]{64}|[A-Z]{1,2}[0-9]{2,})(?=/|$)", "/N", parts.path)
    kind = re.sub(r"/[0-9]{4}-[0-9]{2}(?=/|$)", "/M", kind)
    kind = re.sub(r"/lines/[^/]+$", "/lines/N", kind)
    if "/exports/" in kind:
        return re.sub(r"/exports/[^/.]+", "/exports/N", kind)
    names = sorted({name for name, _ in parse_qsl(parts.query)} - {"from", "to", "month", "until"})
    return f"{kind}?{','.join(names)}"


def links_of(page: str) -> list[str]:
    """Every address of the house a page links to, but of other books than the two that are walked through."""
    found = (unescape(link) for link in re.findall(r'<a\b[^>]*\bhref="([^"#]+)', page))
    return [link for link in found if re.match(rf"/(?!books/(?!{BOOK}\b|{VILLAGE}\b))", link)]


def walk(reader: Reader) -> Iterator[tuple[str, str, httpx.Response]]:
    """Where it was linked from, the address and the answer of each kind of page somebody is led to."""
    seen: set[str] = set()
    waiting = [("", "/")]
    while waiting and len(seen) < MOST_PAGES:
        origin, path = waiting.pop(0)
        if shape_of(path) in seen:
            continue
        seen.add(shape_of(path))
        answer = reader.get(path)
        yield origin, path, answer
        if answer.headers["Content-Type"].startswith("text/html"):
            waiting += [(path, link) for link in links_of(answer.text)]
    assert not waiting or len(seen) < MOST_PAGES, (
        "the walk has no end: are addresses of one page taken for many?"
    )


def gist_of(page: str) -> str:
    """What there is to see on a page, without what differs each time."""
    main = page.partition("<main")[2]
    return re.sub(r'value="[^"]*"|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{5}', "", main)


def who_walks(desk: Desk, name: str) -> Reader:
    """Somebody's walk beside the browser, both with one session."""
    client = httpx.Client(base_url=desk.base, follow_redirects=True, timeout=60)
    reader = Reader(client).sign_in(name)
    desk.page.context.add_cookies(
        [{"name": one.name, "value": one.value or "", "url": desk.base} for one in reader.client.cookies.jar]
    )
    return reader


@pytest.mark.parametrize("screen", ["phone"], indirect=True)
def test_every_role_is_led_only_where_it_may_go_and_no_page_scrolls_sideways(desk: Desk) -> None:
    wrong: list[str] = []
    measured: dict[str, int] = {}
    for name in PEOPLE:
        reader = who_walks(desk, name)
        for origin, path, answer in walk(reader):
            if answer.status_code != 200:
                wrong.append(f"{name}: {origin} leads to {path}, which answers {answer.status_code}")
            elif answer.headers["Content-Type"].startswith("text/html"):
                if not re.search(r"<title>\s*[^\s·][^·]*·", answer.text) or "<h1" not in answer.text:
                    wrong.append(f"{name}: {path} has no title")
                if re.search(r"</h2>\s*<ul>\s*</ul>\s*(?:<h2>|</nav>)", answer.text):
                    wrong.append(f"{name}: {path} has a part of the menu with nothing in it")
                shape, length = shape_of(path), len(gist_of(answer.text))
                if length > measured.get(shape, 0):  # with more on it than anybody saw before
                    measured[shape] = length
                    wrong += sideways(desk, path)
        reader.client.close()
        desk.sign_out()
    assert wrong == []


def sideways(desk: Desk, path: str) -> list[str]:
    """What of a page is wider than the screen; a table of many columns may scroll in its own frame."""
    wide, width = desk.go(path).evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return [f"{path} is {wide} wide on a screen of {width}"] if wide > width else []
