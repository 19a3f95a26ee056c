"""Texts in the reader's language.

Every text in code and templates is an English message id with named figures in braces; the Chinese lies in the
catalogue beside this file. Catalogues are read from their source (``.po``) once at start, so that nothing has to be
compiled and a corrected word is one edit away.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.pofile import read_po
from babel.support import NullTranslations

from schemas.problems import Problem

LOCALES = ("zh_CN", "en")
"""The languages there are; the first is the one people get who ask for none."""


class Texts(NullTranslations):
    """A catalogue held in memory."""

    def __init__(self, words: Mapping[str, str]) -> None:
        super().__init__()
        self._words = words

    def gettext(self, message: str) -> str:
        """The text in this language, or the message id where it has none."""
        return self._words.get(message, message)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Chinese has one form; English its two."""
        return self.gettext(singular if n == 1 else plural)


@cache
def texts(locale: str) -> Texts:
    """The texts of a language."""
    if locale == "en":
        return Texts({})
    catalogue = read_po(BytesIO((files(__name__) / locale / "messages.po").read_bytes()), locale=locale)
    return Texts({str(m.id): str(m.string) for m in catalogue if isinstance(m.id, str) and m.id and m.string})


def say(locale: str, message: str, figures: Mapping[str, str] | None = None) -> str:
    """A message in the reader's language with its figures filled in."""
    text = texts(locale).gettext(message)
    return text.format_map(figures) if figures is not None else text


def say_problem(locale: str, problem: Problem) -> tuple[str, str]:
    """What is wrong and what to do about it, in the reader's language."""
    return say(locale, problem.says, problem.figures), say(locale, problem.remedy, problem.figures)


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
