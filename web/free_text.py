"""What people type freely holds no identity, account or telephone number (DOMAIN §10.4): such a number belongs under
seal, with the record of whoever it is about.

Every door asks here before anything is done: the forms of the pages, the bodies and queries of the API's acts, the
options of the commands. A text with a number in it is refused once, beside its field; a form comes back with the
number masked, and is taken as it then stands. The names of files are masked as they come in: nobody renames a scan.

>>> texts = {"summary": "付韦秀英土地租金，身份证450000197001010012", "identity": "450000197001010012"}
>>> [(problem.pointer, problem.figures["masked"]) for problem in problems_in(texts)]
[('/summary', '450000********0012')]
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

import msgspec

from coop.identity import masked, masked_text, numbers_in
from schemas.problems import Fault, Problem, Refusal

text_must_hold_no_number_of_a_person = Fault(
    code="text_must_hold_no_number_of_a_person",
    says="An identity, account or telephone number stands in a text: {masked}.",
    remedy="Enter it where it is kept under seal, with the member or the unit; in a text write it masked as shown, or "
    "leave it out.",
)

key_must_hold_no_number_of_a_person = Fault(
    code="key_must_hold_no_number_of_a_person",
    says="The key of the act holds an identity, account or telephone number: {masked}.",
    remedy="A key is kept for ever and shown; send a random UUID.",
)

SEALED = frozenset({"identity", "phone", "bank_account"})
"""Fields whose content is sealed where it is kept, wherever they are asked for."""
NO_TEXT = frozenset(
    "password old new again pin csrf secret version digest sha256 seen after before "
    "credit_code ear_tag ear_tags tag".split()
)
"""Fields that are secrets, digests, places in a list or public numbers: nobody writes a sentence there."""
NOTE = frozenset({"note"})
"""The note 备注 of a member or of an act of the register: kept whole under seal when it holds a number, and shown with the
number masked."""


def problems_in(value: Any, *, sealed: Collection[str] = (), at: str = "") -> tuple[Problem, ...]:
    """Every text in a value, however deep, that holds a number. ``sealed`` are the names of fields that may."""
    return tuple(
        (
            key_must_hold_no_number_of_a_person
            if pointer.endswith("/key")
            else text_must_hold_no_number_of_a_person
        ).at(pointer, masked="、".join(masks))
        for pointer, text in _texts(value, at, sealed)
        if (masks := [masked(number.text, number.kind) for number in numbers_in(text)])
    )


def refuse_numbers_in(value: Any, *, sealed: Collection[str] = ()) -> None:
    """Refuse a value with a number in any of its texts."""
    problems = problems_in(value, sealed=sealed)
    if problems:
        raise Refusal(*problems)


def problems_in_form(
    items: Iterable[tuple[str, Any]], *, sealed: Collection[str] = ()
) -> tuple[Problem, ...]:
    """The same of the fields of a form, whose names say where they stand: ``lines-2-summary`` is ``/lines/2/summary``."""
    return tuple(
        problem
        for name, value in items
        if isinstance(value, str) and is_free(name.rpartition("-")[2], sealed)
        for problem in problems_in(value, at=f"/{name.replace('-', '/')}")
    )


def masked_fields(
    items: Iterable[tuple[str, Any]], *, sealed: Collection[str] = ()
) -> Iterator[tuple[str, Any]]:
    """The fields of a form or a query with the numbers in their free texts masked."""
    for name, value in items:
        free = isinstance(value, str) and is_free(name.rpartition("-")[2], sealed)
        yield name, masked_text(value) if free else value


def masked_address(path: str, query: str) -> str:
    """An address as it may be shown and carried on, with the numbers in its path and its query masked.

    >>> masked_address("/books/qs/vouchers", "text=450000197001010012&month=2025-03")
    '/books/qs/vouchers?text=450000%2A%2A%2A%2A%2A%2A%2A%2A0012&month=2025-03'
    """
    plain = unquote(path)
    shown = path if masked_text(plain) == plain else quote(masked_text(plain))
    asked = parse_qsl(query, keep_blank_values=True)
    masks = [(name, masked_text(value)) for name, value in asked]
    told = query if masks == asked else urlencode(masks)
    return f"{shown}?{told}" if told else shown


def is_free(name: str, sealed: Collection[str] = ()) -> bool:
    """Whether a field of this name is for free text."""
    return name not in SEALED and name not in NO_TEXT and name not in sealed


def _texts(value: Any, at: str, sealed: Collection[str]) -> Iterator[tuple[str, str]]:
    if type(value) is str:
        yield at, value
    elif isinstance(value, msgspec.Struct):
        names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
        for name, field in names:
            if is_free(name, sealed):
                yield from _texts(getattr(value, field), f"{at}/{name}", sealed)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if is_free(str(key), sealed):
                yield from _texts(str(key), f"{at}/{masked_text(str(key))}", sealed)
                yield from _texts(item, f"{at}/{masked_text(str(key))}", sealed)
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _texts(item, f"{at}/{place}", sealed)
