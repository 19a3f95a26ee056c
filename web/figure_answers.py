"""Parcels of figures from outside as every door gives them, and how a file comes in at any."""

import re
from datetime import date

from coop.alerts.rules import BEFORE
from coop.figures import queries
from coop.figures.kinds import kinds
from coop.identity import masked_text
from coop.places import queries as places
from ledger.money import yuan_grouped
from schemas.alerts import Figure
from schemas.figures import Compared, FigureKind, KnownSubject, NewParcel, Parcel, ParcelState
from schemas.units import Period, Value
from web.database import Connection
from web.evidence_store import EvidenceStore
from web.i18n import say_word
from web.imports.figures import read_figures


class ParcelItem(Value):
    """A parcel and where it stands."""

    state: ParcelState
    parcel: Parcel


class ParcelsOfTownship(Value):
    """The parcels of a township, the newest first."""

    items: tuple[ParcelItem, ...]


class ParcelAnswer(Value):
    """A parcel, compared: every row beside the month before and our own figures, and every doubt with its answer. ``villages``
    are their names by code."""

    state: ParcelState
    parcel: Parcel
    compared: Compared
    villages: dict[str, str]


class FiguresOfMonth(Value):
    """What counts of a month: entered figures only. ``kinds`` are all figures there are."""

    month: Period
    kinds: tuple[FigureKind, ...]
    subjects: tuple[KnownSubject, ...]
    villages: dict[str, str]


def parcels_of(db: Connection, *, township: str, month: Period | None = None) -> ParcelsOfTownship:
    """The parcels of a township, or of one month of it; refused as missing where there is no such township."""
    places.township(db, code=township)
    found = queries.parcels(db, township=township, month=month)
    return ParcelsOfTownship(items=tuple(ParcelItem(state=one.state, parcel=one) for one in found))


def parcel_answer(db: Connection, one: Parcel, *, township: str, on: date) -> ParcelAnswer:
    """A parcel as it is known on a day."""
    compared = queries.compared(db, one, township=township, on=on)
    codes = {row.subject.village for row in compared.rows}
    codes |= {each.doubt.subject.village for each in compared.doubts if each.doubt.subject}
    return ParcelAnswer(state=one.state, parcel=one, compared=compared, villages=_names(db, codes))


def figures_of_month(db: Connection, *, township: str, month: Period) -> FiguresOfMonth:
    """What counts of a month; refused as missing where there is no such township."""
    places.township(db, code=township)
    subjects = queries.known_subjects(db, township=township, month=month)
    return FiguresOfMonth(
        month=month,
        kinds=tuple(kinds().values()),
        subjects=subjects,
        villages=_names(db, {one.subject.village for one in subjects}),
    )


def _names(db: Connection, codes: set[str]) -> dict[str, str]:
    named = places.places(db, codes=codes)
    return {code: named[code].name if code in named else code for code in sorted(codes)}


def read_parcel(content: bytes, *, name: str, month: Period, store: EvidenceStore) -> NewParcel:
    """A file as it came in, read and laid into the store. Refused with everything that is not certain in it; then no byte of it
    is kept."""
    found = read_figures(content, name=masked_text(name))
    store.put(content)
    return NewParcel(month=month, file=found.file, rows=found.rows)


def name_of_figure(code: str, *, locale: str) -> str:
    """What a figure is called, from outside or of the villages' own books."""
    kind = kinds().get(code)
    if kind is None:
        return say_word(locale, f"figure.{code}")
    return kind.name_zh if locale == "zh_CN" else kind.name


def in_words(expression: str, *, locale: str) -> str:
    """An expression over figures as people read it: 门槛 × 月份 / 12. What the income policy says in basis points is the part
    it says."""
    expression = re.sub(r"\b(fall|subsidies)_bp / 10000\b", r"\1_part", expression)
    named = re.sub(r"[a-z][a-z0-9_]*", lambda code: name_of_figure(code[0], locale=locale), expression)
    return named.replace("*", "×")


def figure_shown(one: Figure, *, locale: str) -> str:
    """A figure a line was judged by, with its unit."""
    number = yuan_grouped(one.amount) if one.decimals else str(one.amount)
    kind = kinds().get(one.code.removesuffix(BEFORE))
    unit = kind.unit if kind is not None else say_word(locale, "unit.yuan") if one.decimals else ""
    return f"{number} {unit}".strip()
