"""How a page is made: templates in the reader's language, one way to write money, months and instants, and answers
no browser may run foreign scripts in.

A handler gets a ``Visit``, asks one question or calls one verb, and answers with ``page`` or ``see_other``.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from litestar import MediaType, Response
from litestar.datastructures import Cookie

from ledger.money import text_from_hundredths, yuan, yuan_grouped
from schemas.books import BookKind
from schemas.problems import Problem
from schemas.units import Fen, Hundredths, Period
from web import i18n
from web.clock import SHANGHAI
from web.i18n.standards import terms_of
from web.i18n.words import N_

SETTLEMENT = 13
NOTICE = "notice"
"""The cookie that carries one sentence over a redirect: what was just done."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept-Language, Cookie",
}

_MONTHS = (
    N_("January {year}"),
    N_("February {year}"),
    N_("March {year}"),
    N_("April {year}"),
    N_("May {year}"),
    N_("June {year}"),
    N_("July {year}"),
    N_("August {year}"),
    N_("September {year}"),
    N_("October {year}"),
    N_("November {year}"),
    N_("December {year}"),
    N_("Settlement of {year}"),
)


@cache
def environment(locale: str, kind: BookKind | None) -> Environment:
    """The templates in one language, in the terms of a kind of book."""
    terms = terms_of(kind, locale)
    made = Environment(
        loader=PackageLoader("web", "templates"),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
    )

    def _(message: str, **figures: object) -> str:
        return i18n.say(
            locale,
            message,
            {name: str(figure) for name, figure in figures.items()} if figures else None,
            terms=terms,
        )

    def problem(found: Problem) -> dict[str, str]:
        says, remedy = i18n.say_problem(locale, found, terms=terms)
        return {"says": says, "remedy": remedy}

    made.globals.update(_=_, static=static_address, locale=locale, address=address)
    made.filters.update(
        yuan=yuan_grouped,
        plain_yuan=yuan,
        quantity=quantity_grouped,
        month=lambda period: month_name(locale, period),
        month_code=month_code,
        instant=instant_text,
        day=day_text,
        browser=browser_name,
        word=lambda code: i18n.say_word(locale, str(code), terms=terms),
        problem=problem,
        bilingual=lambda value: value.zh if locale == "zh_CN" else value.en,
    )
    return made


def page(
    template: str,
    *,
    locale: str,
    terms_of_book: BookKind | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    cookies: Iterable[Cookie] = (),
    **values: Any,
) -> Response[str]:
    """The answer that shows a template, in the terms of a kind of book."""
    return Response(
        environment(locale, terms_of_book).get_template(template).render(values),
        status_code=status,
        media_type=MediaType.HTML,
        headers={**HEADERS, "Content-Language": locale.replace("_", "-"), **(headers or {})},
        cookies=list(cookies),
    )


def see_other(to: str, *, notice: str = "", **figures: object) -> Response[Any]:
    """The answer after something was done: go and look at it, with one sentence on the way."""
    cookies = [_notice_cookie(notice, figures)] if notice else []
    return Response(
        None,
        status_code=303,
        headers={"Location": to, "Cache-Control": "no-store"},
        cookies=cookies,
    )


def _notice_cookie(notice: str, figures: Mapping[str, object]) -> Cookie:
    said = json.dumps([notice, {name: str(figure) for name, figure in figures.items()}])
    value = urlsafe_b64encode(said.encode()).decode().rstrip("=")
    return Cookie(key=NOTICE, value=value, max_age=60, httponly=True, samesite="lax", path="/")


def notice_from(cookie: str | None, *, locale: str) -> str:
    """The sentence a redirect brought along; empty when there is none, or none of the house's own."""
    if not cookie:
        return ""
    try:
        notice, figures = json.loads(urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4)))
        return i18n.say(locale, notice, figures) if i18n.texts("zh_CN").knows(notice) else ""
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
        return ""


FORGET_NOTICE = Cookie(key=NOTICE, value="", max_age=0, httponly=True, samesite="lax", path="/")

# Addresses


def address(path: str, **query: object) -> str:
    """A path with its query; what is empty is left out, lists repeat their name."""
    pairs = [
        (name.rstrip("_"), str(one))
        for name, value in query.items()
        for one in (value if isinstance(value, list | tuple | frozenset | set) else (value,))
        if one not in (None, "", False)
    ]
    return f"{quote(path)}?{urlencode(pairs)}" if pairs else quote(path)


def own_address(wanted: str | None, *, otherwise: str = "/") -> str:
    """Where to go on afterwards, when it is a path of this service; never to another host."""
    if wanted and wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted:
        return wanted
    return otherwise


_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "woff2": "font/woff2",
}


@cache
def static_files() -> Mapping[str, tuple[bytes, str, str]]:
    """Every static file by name: its bytes, its type, and the first half of its digest."""
    found = {}
    for file in (files("web") / "static").iterdir():
        ending = file.name.rpartition(".")[2]
        if ending in _TYPES:
            content = file.read_bytes()
            found[file.name] = (content, _TYPES[ending], sha256(content).hexdigest()[:16])
    return found


def static_address(name: str) -> str:
    """The address of a static file; it names the content, so a browser may keep it for ever."""
    return f"/static/{name}?v={static_files()[name][2]}"


# Figures as people read them


def quantity_text(hundredths: Hundredths | None) -> str:
    """A quantity without needless zeros: 850 is ``8.5``, 1200 is ``12``."""
    if hundredths is None:
        return ""
    text = text_from_hundredths(hundredths)
    return text.rstrip("0").rstrip(".")


def quantity_grouped(hundredths: Hundredths | None) -> str:
    """A quantity to be read: 31795000 is ``317,950``."""
    whole, point, rest = quantity_text(hundredths).partition(".")
    return f"{int(whole):,}{point}{rest}" if whole.lstrip("-").strip("0") else f"{whole}{point}{rest}"


def month_name(locale: str, period: Period) -> str:
    """A month as it is said: 2025年3月, or March 2025."""
    month = period % 100
    if month == 0:
        return i18n.say(locale, N_("Opening of {year}"), {"year": str(period // 100)})
    return i18n.say(locale, _MONTHS[month - 1], {"year": str(period // 100)})


def day_name(locale: str, on: date) -> str:
    """A day as it is said: 2025年3月5日, or 2025-03-05."""
    return f"{on.year}年{on.month}月{on.day}日" if locale == "zh_CN" else on.isoformat()


def month_code(period: Period) -> str:
    """A month as it stands in addresses: 2025-03; the settlement stage is 2025-13."""
    return f"{period // 100:04d}-{period % 100:02d}"


def instant_text(at: str | None) -> str:
    """An instant as a clock on the wall shows it here."""
    if not at:
        return ""
    return datetime.fromisoformat(at).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def day_text(on: date | None) -> str:
    """A day, written as everybody reads it."""
    return on.isoformat() if on is not None else ""


_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = ("HarmonyOS", "Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")


def browser_name(agent: str) -> str:
    """What people call the program that says it is ``agent``: Chrome · Windows."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), agent.partition("/")[0])
    system = next((name for name in _SYSTEMS if name in agent), "")
    return " · ".join(part for part in (browser, system) if part)


def side_of(balance: Fen) -> str:
    """Where a balance stands 方向."""
    return N_("level") if balance == 0 else N_("debit") if balance > 0 else N_("credit")
