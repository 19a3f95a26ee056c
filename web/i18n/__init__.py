"""Texts in the reader's language.

Every text in code and templates is an English message id with named figures in braces; the Chinese lies in the
catalogues beside this file. Catalogues are read from their source (``.po``) once at start, so that nothing has to be
compiled and a corrected word is one edit away.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.pofile import read_po
from babel.support import NullTranslations

from coop.identity import masked_text
from schemas.problems import Problem
from web.i18n.standards import AS_THEY_ARE, Terms, in_terms
from web.i18n.words import N_, WORDS

LOCALES = ("zh_CN", "en")
"""The languages there are; the first is the one people get who ask for none."""

AS_WRITTEN = frozenset(
    {"account", "detail", "field", "given", "key", "known", "login", "member", "name", "text"}
)
"""Figures of a problem that stay as somebody wrote them, or as a program has to write them: a detail called `cash`
is not a share, and the field `name` is not an item."""


_SUM = re.compile(r"-?[0-9]{4,}\.[0-9]{2}")


class Texts(NullTranslations):
    """A catalogue held in memory."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__()
        self._words = words

    def knows(self, message: str) -> bool:
        """Whether this is a message of the house."""
        return message in self._words

    def gettext(self, message: str) -> str:
        """The text in this language, or the message id where it has none."""
        return self._words.get(message, message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Chinese has one form; English its two."""
        return self.gettext(singular if n == 1 else plural)


@cache
def texts(locale: str) -> Texts:
    """The texts of a language, from all its catalogues."""
    if locale == "en":
        return Texts({})
    words: dict[str, str] = {}
    for file in sorted((files(__name__) / locale).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".po"):
            catalogue = read_po(BytesIO(file.read_bytes()), locale=locale)
            words |= {
                str(message.id): str(message.string)
                for message in catalogue
                if isinstance(message.id, str) and message.id and message.string
            }
    return Texts(words)


def say(
    locale: str, message: str, figures: Mapping[str, str] | None = None, *, terms: Terms = AS_THEY_ARE
) -> str:
    """A message in the reader's language, in the terms of a standard, with its figures filled in."""
    text = in_terms(texts(locale).gettext(message), terms)
    return text.format_map(figures) if figures is not None else text


def say_word(locale: str, code: str, *, terms: Terms = AS_THEY_ARE) -> str:
    """What people call the thing this code stands for (``draft``: 草稿); the code itself where nobody gave it a word."""
    return in_terms(texts(locale).gettext(WORDS[code]), terms) if code in WORDS else code


def say_problem(locale: str, problem: Problem, *, terms: Terms = AS_THEY_ARE) -> tuple[str, str]:
    """What is wrong and what to do about it, in the reader's language; an identity, account or telephone number among the
    figures is masked, whoever gave it."""
    figures = {
        name: masked_text(figure) if name in AS_WRITTEN else _figure(locale, figure)
        for name, figure in problem.figures.items()
    }
    return (
        _cell(locale, problem.pointer) + say(locale, problem.says, figures, terms=terms),
        say(locale, problem.remedy, figures, terms=terms),
    )


IN_SHEETS = "/sheets/"
"""How the pointer of a problem begins that has its place in a table somebody handed in: sheet, row, column."""


def _cell(locale: str, pointer: str) -> str:
    """Where in a table somebody handed in a problem stands; empty where it is of no table."""
    if not pointer.startswith(IN_SHEETS):
        return ""
    parts = [
        masked_text(part.replace("~1", "/").replace("~0", "~"))
        for part in pointer.removeprefix(IN_SHEETS).split("/")
    ]
    sheet, row, column = (*parts, "", "")[:3]
    if not row:
        return say(locale, N_("Sheet {sheet}: "), {"sheet": sheet})
    if not column:
        return say(locale, N_("Sheet {sheet}, row {row}: "), {"sheet": sheet, "row": row})
    return say(
        locale,
        N_("Sheet {sheet}, row {row}, {column}: "),
        {"sheet": sheet, "row": row, "column": column},
    )


def _figure(locale: str, figure: str) -> str:
    """A figure as people read it: codes among them, or lists of codes, become words, and sums are grouped by
    thousands."""
    if _SUM.fullmatch(figure):
        whole, _, rest = figure.partition(".")
        return f"{int(whole):,}.{rest}"
    codes = figure.split(", ")
    if all(code in WORDS for code in codes):
        return ("、" if locale == "zh_CN" else ", ").join(say_word(locale, code) for code in codes)
    return masked_text(figure)


def chosen_locale(*, cookie: str | None, accept: str | None) -> str:
    """The language somebody reads: what they chose, else what their browser asks for first, else Chinese."""
    if cookie in LOCALES:
        return cookie
    for part in (accept or "").split(","):
        language = part.split(";")[0].strip().lower()
        if language.startswith("zh"):
            return "zh_CN"
        if language.startswith("en"):
            return "en"
    return LOCALES[0]
