"""On paper for households: the statement on one A4 sheet each, a whole book's in one file, and cards to cut out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from schemas.household import HouseholdStatement
from schemas.households import Household
from schemas.units import BookId
from web.exports.codes import qr
from web.exports.typesetting import pdf
from web.household_words import Told, ToldMember, told
from web.i18n import say

STATEMENTS = "household"
"""The template of statements."""
NAMES_ON_A_CARD = 4
LINES_IN_LARGE = 32
"""As much as an A4 sheet takes in larger letters."""


def statements_pdf(
    statements: Iterable[HouseholdStatement],
    *,
    base: str,
    locale: str,
    tell: Callable[[int], None] = lambda _: None,
) -> bytes:
    """Statements 明白账, a sheet each, in their order; ``base`` is where check codes are checked, ``tell`` hears how many
    are drawn up."""
    return pdf(STATEMENTS, sheets(statements, base=base, locale=locale, tell=tell))


def sheets(
    statements: Iterable[HouseholdStatement], *, base: str, locale: str, tell: Callable[[int], None]
) -> Mapping[str, object]:
    """What is set on the sheets of statements."""
    drawn = []
    for count, statement in enumerate(statements, 1):
        drawn.append(_sheet(told(statement, locale=locale), base=base))
        tell(count)
    words = {
        "yuan": say(locale, "yuan"),
        "why": say(locale, "Why this much"),
        "together": say(locale, "Together"),
        "before": say(locale, "there was"),
        "in": "+ " + say(locale, "added"),
        "out": "− " + say(locale, "taken out"),
        "now": "= " + say(locale, "now there is"),
        "besides": say(locale, "What else there was"),
        "years": say(locale, "The years before"),
        "disagree": say(locale, "You do not agree?"),
        "code": say(locale, "Check code"),
        "how": say(locale, "Say so on your page (card), or to the township. It answers in writing."),
        "nobody": say(locale, "Nothing to read here: nobody of this household was a member then."),
    }
    return {"words": words, "sheets": drawn}


def _sheet(of: Told, *, base: str) -> dict[str, Any]:
    return {
        "title": of.title,
        "unit": of.unit,
        "under": of.under,
        "worth": of.worth,
        "shares": of.shares,
        "account": of.account,
        "statutory": of.statutory,
        "size": 8 if len(of.members) > 1 else 10.5 if _lines(of) <= LINES_IN_LARGE else 9.5,
        "members": [_section(one, base=base) for one in of.members],
    }


def _lines(of: Told) -> int:
    """How much there is to write down: what takes a line, or a block of three."""
    return sum(
        3 * sum(len(run.legs) + 2 for run in one.runs)
        + len(one.notes)
        + len(one.paid_to)
        + bool(one.more)
        + len(one.shares)
        + len(one.account)
        + len(one.besides)
        + len(one.calves)
        for one in of.members
    )


def _section(one: ToldMember, *, base: str) -> dict[str, Any]:
    return {
        "name": f"{one.name} {one.member}",
        "head": one.head,
        "amount": one.amount,
        "notes": one.notes,
        "beside": [*one.paid_to, *filter(None, [one.more])],
        "runs": [
            {
                "title": run.title,
                "order": run.order,
                "amount": run.amount,
                "when": " ".join(filter(None, (run.when, run.do))),
                "paper": run.paper,
                "appeal": run.appeal,
                "legs": run.legs,
                "code": run.code,
                "qr": qr(f"{base}/verify/{run.code}"),
            }
            for run in one.runs
        ],
        "shares": one.shares,
        "fraction": one.fraction,
        "account": one.account,
        "weights": one.weights,
        "besides": [*one.besides, *one.calves],
        "years": one.years if len(one.years) > 1 else (),
    }


def cards_pdf(
    cards: Sequence[Household],
    *,
    codes: Mapping[str, str],
    book: BookId,
    unit: str,
    base: str,
    locale: str,
) -> bytes:
    """Cards 农户卡, ten on a sheet: the number, the QR and the one-time code, which is nowhere else."""
    words = {
        "title": say(locale, "Household card"),
        "number": say(locale, "Household number"),
        "code": say(locale, "One-time code"),
        "steps": [
            say(locale, "Scan the picture, or open {address}", {"address": f"{base}/card"}),
            say(locale, "The first time choose a PIN; the code is good for that once."),
            say(locale, "Keep the PIN to yourself. Lost? The accountant prints a new card."),
        ],
    }
    return pdf(
        "cards",
        {
            "words": words,
            "unit": unit,
            "cards": [
                {
                    "number": one.number,
                    "names": "、".join(one.names[:NAMES_ON_A_CARD]),
                    "code": codes[one.number],
                    "qr": qr(card_address(base, book=book, household=one.number, code=codes[one.number])),
                }
                for one in cards
            ],
        },
    )


def card_address(base: str, *, book: BookId, household: str, code: str) -> str:
    """Where the QR of a card leads."""
    return f"{base}/card?{urlencode({'book': book, 'household': household, 'code': code})}"
