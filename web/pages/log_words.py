"""How the log reads to people. What stands in it is sealed and stays as it was written, in codes; here codes become
words, numbers of books, places and persons become names, and whatever else was written is shown as it is."""

import re
from collections.abc import Mapping

from schemas.log import LogEntry
from schemas.units import PersonId
from web import i18n
from web.i18n.words import N_, WORDS
from web.pages.scopes import Scopes

LED = ("voucher.", "detail.", "member.", "period.", "year.", "rater.")
"""The acts whose entries begin with a code; what follows, a reason or a name, is taken as it is."""

CODED = ("place.", "threshold.", "cadre.", "bonus.")
"""The acts whose entries are codes and figures throughout."""

CODES: Mapping[str, str] = {
    "open": N_("open"),
    "closed": N_("closed and sealed"),
    "month": N_("month"),
    "year": N_("year"),
    "ordinary": N_("ordinary village"),
    "poverty_exit": N_("village out of poverty"),
    "operating_profit": N_("operating profit"),
    "excellent": N_("excellent"),
    "competent": N_("competent"),
    "barely": N_("barely competent"),
    "incompetent": N_("incompetent"),
    "township": N_("township"),
    "village": N_("village"),
}
"""Codes only the log has; all others are in ``web.i18n.words``."""

PROOFS: Mapping[str, str] = {
    "password": N_("password"),
    "second factor": N_("password and second factor"),
    "code": N_("code of the second factor"),
    "recovery code": N_("recovery code"),
}
"""How somebody signed in, or what was wrong when it failed."""

_GRANT = re.compile(r"grant ([0-9]+): (\w+) (house|(?:book|place):\S+)(?: (\w+))?")
_SIGN_IN = re.compile(r"([\w ]+), address (\S+?)(?:, locked for ([0-9]+) seconds)?")
_FILE = re.compile(r"(.+) \([a-z]+/\S+, ([0-9]+)\)")
_CLOSED = re.compile(r"closed, reviewed by ([0-9]+)(?: (.*))?")


def people_in(entries: tuple[LogEntry, ...]) -> set[PersonId]:
    """Everybody these entries name by number."""
    named = [
        number
        for entry in entries
        for text in (entry.subject, entry.before, entry.after)
        for number in re.findall(r"\bperson:([0-9]{1,15})\b|\breviewed by ([0-9]{1,15})\b", text)
    ]
    return {int(one or other) for one, other in named}


def told(
    entry: LogEntry, text: str, *, names: Mapping[PersonId, str], scopes: Scopes | None, locale: str
) -> str:
    """The ``before`` or ``after`` of an entry as people say it: ``draft 2025-01-05 3600.00`` is
    未审核 2025-01-05 3600.00. Without ``scopes`` books and places keep their codes."""
    if grant := _GRANT.fullmatch(text):
        number, role, scope, state = grant.groups()
        said = i18n.say(
            locale,
            N_("role no. {number}: {role}, {scope}"),
            {
                "number": number,
                "role": i18n.say_word(locale, role),
                "scope": _word(scope, names=names, scopes=scopes, locale=locale),
            },
        )
        return f"{said} {i18n.say_word(locale, state)}" if state else said
    if (signed := _SIGN_IN.fullmatch(text)) and signed[1] in PROOFS:
        how = {"how": i18n.say(locale, PROOFS[signed[1]]), "address": signed[2], "seconds": signed[3] or ""}
        if signed[3]:
            return i18n.say(locale, N_("{how}, from {address}, locked for {seconds} seconds"), how)
        return i18n.say(locale, N_("{how}, from {address}"), how)
    if entry.act == "evidence.attach" and (file := _FILE.fullmatch(text)):
        return i18n.say(locale, N_("{name} ({size} bytes)"), {"name": file[1], "size": f"{int(file[2]):,}"})
    if entry.act.startswith("period.") and (closed := _CLOSED.fullmatch(text)):
        name = names.get(int(closed[1]), f"#{closed[1]}")
        return " ".join(
            filter(None, (i18n.say(locale, N_("closed, reviewed by {name}"), {"name": name}), closed[2]))
        )
    codes = -1 if entry.act.startswith(CODED) else 1 if entry.act.startswith(LED) else 0
    return " ".join(
        _word(word, names=names, scopes=scopes, locale=locale)
        if codes == -1 or place < codes or ":" in word
        else word
        for place, word in enumerate(text.split(" "))
    )


def _word(word: str, *, names: Mapping[PersonId, str], scopes: Scopes | None, locale: str) -> str:
    if word in CODES:
        return i18n.say(locale, CODES[word])
    if word in WORDS:
        return i18n.say_word(locale, word)
    kind, _, code = word.partition(":")
    if kind == "person" and code.isdecimal():
        return names.get(int(code), f"#{code}")
    if scopes is not None and kind == "book" and code in scopes.books:
        return scopes.books[code]
    if scopes is not None and kind == "place" and code in scopes.places:
        return scopes.places[code]
    return word
