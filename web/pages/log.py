"""操作日志: who did what and when, with what was there before and after, and its place in the chain.

Newest first; narrowed by person, act, days and words, all of it in the address.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from ledger.log import queries
from ledger.log.rules import HOUSE, instant
from schemas.access import Deed
from schemas.log import LogEntry
from schemas.units import BookId, PersonId
from web import i18n, wire
from web.acts import asked_act
from web.clock import SHANGHAI
from web.i18n.words import N_
from web.pages.log_words import people_in, told
from web.pages.rendering import address
from web.pages.route import Shown, Visit, day_from, shows
from web.pages.scopes import scopes_of
from web.people_names import names_of as names_of_people

ON_A_PAGE = 100
KINDS = {
    "account": N_("account"),
    "asset": N_("asset card"),
    "backup": N_("backup"),
    "ballots": N_("ballots"),
    "bank_line": N_("open item"),
    "bank_match": N_("match"),
    "bank_statement": N_("bank statement"),
    "batch": N_("payment batch"),
    "book": N_("book"),
    "cash_count": N_("cash count"),
    "command": N_("command"),
    "counterparties": N_("counterparties"),
    "detail": N_("detail"),
    "finding": N_("verdict of a spot check"),
    "herd": N_("herd"),
    "manager": N_("manager"),
    "member": N_("member"),
    "number": N_("voucher number"),
    "office": N_("office"),
    "openings": N_("opening balances"),
    "pack": N_("pack"),
    "period": N_("month"),
    "place": N_("place"),
    "policy": N_("distribution plan"),
    "register": N_("act of the register"),
    "session": N_("session"),
    "shares": N_("share movements"),
    "spot_check": N_("spot check"),
    "token": N_("token"),
    "trades": N_("trade"),
    "unit": N_("unit"),
    "vault-key": N_("key"),
    "voucher": N_("voucher"),
    "webhook": N_("subscription"),
    "work-days": N_("work days"),
    "year": N_("year"),
}
"""What people call the things entries are about."""

NUMBERED = frozenset(
    {
        "bank_line",
        "batch",
        "bank_match",
        "bank_statement",
        "cash_count",
        "finding",
        "session",
        "token",
        "voucher",
        "webhook",
    }
)


NARROWS = ("by", "act", "since", "until", "text")
ASKS = (*NARROWS, "before")


class Narrowed(NamedTuple):
    """What the reader wants to see."""

    by: PersonId | None
    act: str
    since: date | None
    until: date | None
    text: str

    @property
    def query(self) -> dict[str, object]:
        """It as an address says it."""
        return {
            "by": self.by or "",
            "act": self.act,
            "since": self.since or "",
            "until": self.until or "",
            "text": self.text,
        }

    @property
    def instants(self) -> tuple[str, str]:
        """The instants of the log its days lie between; empty where it names none."""
        return _midnight(self.since), _midnight(self.until and self.until + timedelta(days=1))


@shows("/books/{book}/log", deed=Deed.READ_LOG, asks=ASKS)
def book_log(visit: Visit) -> Shown:
    """The log of a book."""
    return _show(visit, visit.id, path=f"{visit.home}/log")


@shows("/log", deed=Deed.READ_HOUSE_LOG, asks=ASKS)
def house_log(visit: Visit) -> Shown:
    """The log of what concerns no single book: people, roles, tokens, imports."""
    return _show(visit, HOUSE, path="/log")


def _show(visit: Visit, book: BookId, *, path: str) -> Shown:
    wanted = narrowed_by(visit)
    before = visit.query.get("before", "")
    if before and not re.fullmatch(r"[0-9]{1,15}", before):
        raise wire.Unreadable(wire.must_be_whole_number.at("/before"))
    since, until = wanted.instants
    found = queries.newest_entries(
        visit.db,
        book=book,
        limit=ON_A_PAGE + 1,
        before=int(before) if before else None,
        by=wanted.by,
        act=wanted.act,
        since=since,
        until=until,
        text=wanted.text,
    )
    shown = found[:ON_A_PAGE]
    actors = queries.actors(visit.db, book=book)
    names = names_of_people(visit.db, {*actors, *people_in(shown)}, locale=visit.locale)
    scopes = scopes_of(visit)
    head = queries.head(visit.db, book=book)
    return visit.page(
        "log.html",
        path=path,
        wanted=wanted,
        entries=shown,
        actors=sorted(actors, key=lambda one: names.get(one, "")),
        acts=queries.acts(visit.db, book=book),
        names=names,
        head=head,
        place_of=lambda entry: place_of(visit, entry),
        subject_of=lambda entry: subject_of(visit, entry, names),
        told=lambda entry, text: told(entry, text, names=names, scopes=scopes, locale=visit.locale),
        exports=_exports(visit, wanted),
        first=address(path, **wanted.query) if before else "",
        next=address(path, **wanted.query, before=shown[-1].seq) if len(found) > ON_A_PAGE else "",
    )


def narrowed_by(visit: Visit) -> Narrowed:
    """What the address narrows the log to."""
    given = visit.query
    by = given.get("by", "")
    if by and not re.fullmatch(r"[0-9]{1,15}", by):
        raise wire.Unreadable(wire.must_be_whole_number.at("/by"))
    return Narrowed(
        by=int(by) if by else None,
        act=asked_act(given.get("act", "")),
        since=day_from(given["since"], pointer="/since") if given.get("since") else None,
        until=day_from(given["until"], pointer="/until") if given.get("until") else None,
        text=given.get("text", "").strip()[:200],
    )


def _midnight(day: date | None) -> str:
    return "" if day is None else instant(datetime.combine(day, time(), tzinfo=SHANGHAI))


def subject_of(visit: Visit, entry: LogEntry, names: Mapping[PersonId, str]) -> str:
    """What an entry is about, as people call it: ``voucher:12`` is 凭证 #12, a person is the person's name."""
    kind, _, name = entry.subject.partition(":")
    if kind == "person" and name.isdecimal():
        return names.get(int(name), f"#{name}")
    if kind not in KINDS:
        return entry.subject
    said = i18n.say(visit.locale, KINDS[kind])
    return f"{said} #{name}" if kind in NUMBERED else f"{said} {name}".strip()


def place_of(visit: Visit, entry: LogEntry) -> str:
    """The page of what an entry is about; empty where it has none, or none for this reader."""
    kind, _, name = entry.subject.partition(":")
    if visit.book is None:
        return f"/people/{name}" if kind == "person" and visit.may_anywhere("manage_people") else ""
    if kind == "voucher" and visit.may("see_book"):
        return f"{visit.home}/vouchers/{name}"
    if kind == "asset" and visit.may("see_book"):
        return address(f"{visit.home}/assets/cards/{name}")
    if kind == "member" and visit.may("see_register"):
        return address(f"{visit.home}/members/{name}")
    return ""


def _exports(visit: Visit, wanted: Narrowed) -> list[tuple[str, str]]:
    if visit.book is None or not visit.may("export_book"):
        return []
    return [
        (name, address(f"{visit.home}/exports/log.{ending}", **wanted.query))
        for name, ending in (("Excel", "xlsx"), ("CSV", "csv"))
    ]


handlers = [book_log, house_log]
