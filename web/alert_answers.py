"""Alerts as every door gives them, with where each stands and what its village is called; and which of them are asked for."""

from collections.abc import Iterable

from coop.alerts import queries
from coop.places import queries as places
from ledger.money import yuan
from schemas.alerts import Alert, AlertState, Breach, LineId, RedLine, Unit
from schemas.runs import Fraction
from schemas.units import Period, Value
from web.database import Connection
from web.i18n import say_word


class AlertItem(Value):
    """An alert, where it stands, and its village's name."""

    name: str
    state: AlertState
    alert: Alert


class WouldOpen(Value):
    """A red line a village breaks today and has no alert of: what freezing the month would open."""

    name: str
    breach: Breach


class AlertsOfPlace(Value):
    """The alerts asked for, the newest first; how many there are in each state; and what would be opened for ``month``, the
    last whole one, as it is known today."""

    items: tuple[AlertItem, ...]
    states: dict[AlertState, int]
    month: Period
    would_open: tuple[WouldOpen, ...]


def alerts_of_township(
    db: Connection,
    *,
    township: str,
    month: Period,
    watching: tuple[Breach, ...],
    state: AlertState | None = None,
    line: LineId | None = None,
    village: str | None = None,
) -> AlertsOfPlace:
    """The alerts of a township, of one state, red line or village where these are named; refused as missing where there is no
    such township."""
    places.township(db, code=township)
    every = queries.alerts(db, within=township).get(township, ())
    found = [
        one
        for one in every
        if state in (None, one.state)
        and line in (None, one.breach.line.id)
        and village in (None, one.breach.village)
    ]
    names = _names(db, (one.village for one in (*watching, *(each.breach for each in every))))
    return AlertsOfPlace(
        items=tuple(_item(one, names) for one in reversed(found)),
        states={one: count for one in AlertState if (count := sum(each.state is one for each in every))},
        month=month,
        would_open=tuple(WouldOpen(name=names[one.village], breach=one) for one in watching),
    )


def alert_item(db: Connection, one: Alert) -> AlertItem:
    """One alert."""
    return _item(one, _names(db, [one.breach.village]))


def alerts_of_village(db: Connection, *, village: str) -> tuple[AlertItem, ...]:
    """The alerts of a village, the newest first."""
    names = _names(db, [village])
    found = queries.alerts(db, within=village)
    return tuple(_item(one, names) for of in found.values() for one in reversed(of))


def _item(one: Alert, names: dict[str, str]) -> AlertItem:
    return AlertItem(name=names[one.breach.village], state=one.state, alert=one)


def _names(db: Connection, codes: Iterable[str]) -> dict[str, str]:
    wanted = set(codes)
    named = places.places(db, codes=wanted)
    return {code: named[code].name if code in named else code for code in wanted}


def hundredths_of(value: Fraction, unit: Unit) -> int:
    """A value or a bound as it is shown: hundredths of a yuan, of a percent, of a number, the half rounded up.

    >>> hundredths_of(Fraction(numerator=5000, denominator=3), Unit.YUAN)
    166667
    >>> hundredths_of(Fraction(numerator=300001, denominator=1000000), Unit.SHARE)
    3000
    """
    times = 10_000 if unit is Unit.SHARE else 100
    return (2 * value.numerator * times + value.denominator) // (2 * value.denominator)


def exact_of(breach: Breach) -> str:
    """The value of a breach in more than two decimals, where these would show it as its bound: exactly, or as far as tells the two
    apart. Empty where two decimals are enough.

    100.01 m² for four people are 25.0025 each, which two decimals would show as the 25.00 that is kept.
    """
    return _exact(breach.value, breach.bound, breach.line.unit)


def written(value: Fraction, bound: Fraction, unit: Unit) -> tuple[str, str]:
    """A value and its bound as a table writes them, their unit in a column of its own: yuan with two decimals, percentages and
    other numbers with as many as they have; the value exactly where two decimals would show it as its bound.

    >>> of = Fraction
    >>> written(of(numerator=3, denominator=8), of(numerator=3, denominator=10), Unit.SHARE)
    ('37.5', '30')
    >>> written(of(numerator=10001, denominator=400), of(numerator=25, denominator=1), Unit.NUMBER)
    ('25.0025', '25')
    >>> written(of(numerator=11000, denominator=1), of(numerator=17500, denominator=1), Unit.YUAN)
    ('11000.00', '17500.00')
    """
    exact = _exact(value, bound, unit)
    plain = [yuan(hundredths_of(one, unit)) for one in (value, bound)]
    if unit is not Unit.YUAN:
        plain = [one.rstrip("0").rstrip(".") for one in plain]
    return exact or plain[0], plain[1]


def _exact(value: Fraction, bound: Fraction, unit: Unit) -> str:
    percent = 2 if unit is Unit.SHARE else 0

    def rounded(one: Fraction, decimals: int) -> int:
        times: int = 10 ** (decimals + percent)
        return (2 * one.numerator * times + one.denominator) // (2 * one.denominator)

    telling = [of for of in range(2, 9) if rounded(value, of) != rounded(bound, of)] or [8]
    exact = [of for of in telling if value.numerator * 10 ** (of + percent) % value.denominator == 0]
    decimals = 2 if telling[0] == 2 else (exact or telling)[0]
    whole = rounded(value, decimals)
    digits = str(abs(whole)).rjust(decimals + 1, "0")
    sign = "-" if whole < 0 else ""
    return "" if decimals == 2 else f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"


def unit_of(unit: Unit, *, locale: str) -> str:
    """What stands behind a value or a bound: 元, %; nothing of a number."""
    return {Unit.YUAN: say_word(locale, "unit.yuan"), Unit.SHARE: "%", Unit.NUMBER: ""}[unit]


def name_of(line: RedLine, *, locale: str) -> str:
    """What a red line is called in a language."""
    return line.name_zh if locale == "zh_CN" else line.name
