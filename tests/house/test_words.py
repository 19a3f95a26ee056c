"""Every sentence a person may read is in the Chinese catalogue, with the same figures in it.

Sentences are English message ids: of a ``Fault`` or ``Defect`` (says, remedy), of a ``Check`` or ``Habit`` (says), of a
call of gettext in Python, of ``_()`` and
``{% trans %}`` in a template. A catalogue is any ``*.po`` under web/i18n in a folder whose name begins with zh.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

from tests.house.reading import FLOORS, ROOT, Module, modules, sample

CALLS = {"_": 0, "N_": 0, "gettext": 0, "ngettext": 0, "say": 1}
"""Which argument of which function is a message id."""

FAULT = {"says": 1, "remedy": 2}


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def said(module: Module) -> Iterator[tuple[str, str]]:
    """Each message id of a module, with the place it is used at."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        given = dict(enumerate(node.args)) | {keyword.arg: keyword.value for keyword in node.keywords}
        wanted: list[ast.expr | None] = []
        if name in {"Fault", "Check", "Defect", "Habit"}:
            wanted = [given.get(keyword, given.get(place)) for keyword, place in FAULT.items()]
        elif name in CALLS:
            wanted = [given.get(CALLS[name])]
            if name == "ngettext":
                wanted.append(given.get(1))
        for text in map(_text, wanted):
            if text:
                yield text, f"{module.name}:{node.lineno}"


def shown(template: bytes, name: str) -> Iterator[tuple[str, str]]:
    """Each message id of a template, with the place it is used at."""
    options = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
    for line, _function, message, _comments in babel_extract(
        BytesIO(template), ["_", "gettext", "ngettext"], [], options
    ):
        texts = message if isinstance(message, tuple) else (message,)
        for text in texts:
            if isinstance(text, str) and text:
                yield text, f"{name}:{line}"


def used() -> dict[str, str]:
    """Every message id of the house with one place that uses it."""
    found = {text: place for module in modules(*FLOORS) for text, place in said(module)}
    for file in sorted((ROOT / "web" / "templates").rglob("*.*")):
        found |= dict(shown(file.read_bytes(), str(file.relative_to(ROOT))))
    return found


def _figures(text: str) -> set[str]:
    return {one or other for one, other in re.findall(r"\{(\w+)\}|%\((\w+)\)", text)}


def _given(text: str) -> set[str]:
    """The figures a sentence may use: those of the English one, and the Chinese name beside an English ``…_en``."""
    figures = _figures(text)
    return figures | {figure.removesuffix("_en") for figure in figures}


def untranslated(messages: dict[str, str], catalogues: list[Catalog]) -> list[str]:
    """Each message id without a finished translation, or with one that has other figures in it."""
    found = []
    for text, place in messages.items():
        entries = [entry for entry in (catalogue.get(text) for catalogue in catalogues) if entry is not None]
        finished = [entry for entry in entries if entry.string and not entry.fuzzy]
        strings = [
            string
            for entry in finished
            for string in ([entry.string] if isinstance(entry.string, str) else entry.string or [])
        ]
        if not finished or not all(strings):
            found.append(f"{place} says {text!r}, which has no Chinese in web/i18n")
        elif any(_figures(string) - _given(text) for string in strings):
            found.append(f"{place} says {text!r}, whose Chinese has figures it does not give: {strings}")
    return found


def translated_twice(texts: dict[str, str]) -> list[str]:
    """Each message id that stands more than once in the catalogues of these texts: two translations of one sentence
    drift apart, and the reader gets whichever is read last."""
    places = defaultdict(list)
    for name, text in texts.items():
        for message in re.findall(r'^msgid ((?:".+"\n)+|""\n(?:".+"\n)+)', text, re.MULTILINE):
            places["".join(ast.literal_eval(line) for line in message.splitlines())].append(name)
    return [f"{message!r} is in {', '.join(found)}" for message, found in places.items() if len(found) > 1]


def _files(folder: Path) -> list[Path]:
    return sorted(
        file
        for file in folder.rglob("*.po")
        if any(part.startswith("zh") for part in file.relative_to(folder).with_suffix("").parts)
    )


def _catalogues(folder: Path) -> list[Catalog]:
    return [read_po(BytesIO(file.read_bytes())) for file in _files(folder)]


def test_every_sentence_is_there_in_chinese() -> None:
    assert untranslated(used(), _catalogues(ROOT / "web" / "i18n")) == []


def test_no_translation_is_left_over() -> None:
    known = used()
    left = [
        str(entry.id)
        for catalogue in _catalogues(ROOT / "web" / "i18n")
        for entry in catalogue
        if entry.id and (entry.id[0] if isinstance(entry.id, tuple) else entry.id) not in known
    ]
    assert left == [], "nobody says this any more: remove it from the catalogue"


def test_a_sentence_has_one_translation() -> None:
    texts = {file.name: file.read_text() for file in _files(ROOT / "web" / "i18n")}
    assert translated_twice(texts) == [], "keep one, in the catalogue of the floor it belongs to"


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        ('msgid "Post"\nmsgstr "记账"\n', 'msgid "Draft"\nmsgstr "草稿"\n', []),
        ('msgid "Post"\nmsgstr "记账"\n', 'msgid "Post"\nmsgstr "过账"\n', ["'Post' is in one.po, other.po"]),
        ('msgid "Po"\n"st"\nmsgstr "记账"\n', 'msgid ""\n"Post"\nmsgstr "记账"\n', ["'Post' is in one.po, other.po"]),
        ('msgid "Post"\nmsgstr "记账"\n\nmsgid "Post"\nmsgstr "记账"\n', "", ["'Post' is in one.po, one.po"]),
        ('msgid ""\nmsgstr ""\n', 'msgid ""\nmsgstr ""\n', []),
    ],
)  # fmt: skip
def test_a_sentence_translated_twice_is_found(one: str, other: str, found: list[str]) -> None:
    assert translated_twice({"one.po": one, "other.po": other}) == found


def test_the_sentences_of_a_module_are_found() -> None:
    source = 'Fault("must_balance", says="Debits {dr}.", remedy="Mend it.")\nFault("x", "One.")\n_("Post")\nf("no")'
    assert [text for text, _place in said(sample("x", source))] == [
        "Debits {dr}.",
        "Mend it.",
        "One.",
        "Post",
    ]


def test_the_sentences_of_a_template_are_found() -> None:
    template = b"<h1>{{ _('Books') }}</h1>{% trans n=n %}{{ n }} lines{% endtrans %}"
    assert [text for text, _place in shown(template, "x")] == ["Books", "%(n)s lines"]


@pytest.mark.parametrize(
    ("chinese", "fuzzy", "faults"),
    [
        ("借方{dr}。", False, 0),
        ("", False, 1),
        ("借方{dr}。", True, 1),
        ("借方{debit}。", False, 1),
    ],
)
def test_a_sentence_without_its_chinese_is_found(chinese: str, fuzzy: bool, faults: int) -> None:
    catalogue = Catalog()
    catalogue.add("Debits {dr}.", chinese, flags=["fuzzy"] if fuzzy else [])
    assert len(untranslated({"Debits {dr}.": "x:1"}, [catalogue])) == faults
    assert len(untranslated({"Credits {cr}.": "x:1"}, [catalogue])) == 1
