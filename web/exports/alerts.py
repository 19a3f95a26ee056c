"""The alerts of a township as a table 预警台账: what was broken, by which figures, where each stands and what was said."""

from coop.places import queries as places
from schemas.alerts import AlertState
from web.alert_answers import alerts_of_township, name_of, unit_of, written
from web.boards import last_whole_month
from web.database import Connection
from web.exports.sheets import Column, Figure, Kind, Sheet
from web.i18n import say, say_word
from web.i18n.words import N_
from web.pages.alerts import Asked
from web.pages.rendering import month_code

_ROWS_A_PAGE = 22
"""Rows that fit a page of A4 below its title."""


def alert_sheet(db: Connection, asked: Asked, *, locale: str) -> Sheet:
    """The alerts that are asked for, the newest first."""
    place = places.township(db, code=asked.township)
    found = alerts_of_township(
        db,
        township=asked.township,
        month=last_whole_month(asked.on),
        watching=(),
        state=AlertState(asked.state) if asked.state else None,
        line=asked.line or None,
        village=asked.village or None,
    )
    rows = []
    for item in found.items:
        one, breach = item.alert, item.alert.breach
        value, bound = written(breach.value, breach.bound, breach.line.unit)
        rows.append(
            (
                one.number,
                breach.village,
                f"{item.name} {breach.household}".strip(),
                name_of(breach.line, locale=locale),
                month_code(breach.month),
                Figure(text=value),
                Figure(text=bound),
                unit_of(breach.line.unit, locale=locale),
                one.on,
                say_word(locale, f"alert_state.{item.state}"),
                " ".join(step.text for step in one.steps if step.text),
            )
        )
    return Sheet(
        name=say(locale, N_("Alerts")),
        title=f"{place.name} · {say(locale, N_('Alerts'))}",
        under=(asked.on.isoformat(),),
        columns=(
            Column(title=say(locale, N_("No.")), kind=Kind.COUNT, width=6),
            Column(title=say(locale, N_("Village code")), width=14),
            Column(title=say(locale, "Village"), width=16),
            Column(title=say(locale, N_("Red line")), width=24),
            Column(title=say(locale, "Month"), width=9),
            Column(title=say(locale, N_("Figure")), kind=Kind.QUANTITY, width=13),
            Column(title=say(locale, N_("Bound")), kind=Kind.QUANTITY, width=13),
            Column(title=say(locale, "Unit"), width=6),
            Column(title=say(locale, N_("opened")), kind=Kind.DAY, width=11),
            Column(title=say(locale, "State"), width=12),
            Column(title=say(locale, N_("What was said")), width=40),
        ),
        rows=tuple(rows),
        stays=3,
        breaks=tuple(range(_ROWS_A_PAGE, len(rows), _ROWS_A_PAGE)),
    )
