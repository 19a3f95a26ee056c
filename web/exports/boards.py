"""A village board as a table: the villages by rank with income by component, threshold, band and what lacks evidence, and the
place as a whole 村集体收入表."""

from coop.places import queries as places
from ledger.periods.rules import last_day
from schemas.income import Component, Components, Measure
from web import boards
from web.database import Connection
from web.exports.sheets import Cell, Column, Kind, Sheet
from web.i18n import say, say_word
from web.i18n.words import N_
from web.pages.boards import Asked
from web.pages.rendering import month_name

_ROWS_A_PAGE = 22
"""Rows that fit a page of A4 below its title."""


def board_sheet(db: Connection, asked: Asked, *, locale: str) -> Sheet:
    """The villages that are asked for, in the order asked for."""
    place = places.place_there(db, code=asked.place, as_of=last_day(asked.month))
    board = boards.board_of(db, place=asked.place, month=asked.month, as_of=asked.as_of)
    villages = asked.shown(board)
    rows: list[tuple[Cell, ...]] = [
        (
            one.rank,
            one.village,
            one.name,
            say_word(locale, f"village_kind.{one.kind}"),
            *_figures(one.components),
            one.counted[Measure.OPERATING_PROFIT],
            one.unproved,
            one.income,
            None if one.threshold is None else one.threshold.amount,
            "" if one.threshold is None else say(locale, N_("reached") if one.met else N_("not reached")),
        )
        for one in villages
    ]
    strong: tuple[int, ...] = ()
    if len(villages) == len(board.villages):
        whole = board.whole
        strong = (len(rows),)
        rows.append(
            (
                None,
                None,
                say(locale, "Total"),
                None,
                *_figures(whole.components),
                whole.counted[Measure.OPERATING_PROFIT],
                whole.unproved,
                None,
                None,
                f"{whole.met} / {whole.held}",
            )
        )
    return Sheet(
        name=say(locale, N_("Village income")),
        title=f"{place.name} · {say(locale, N_('Village income'))}",
        under=(
            say(
                locale,
                N_("January to {month}, as seen on {day}"),
                {"month": month_name(locale, asked.month), "day": asked.as_of.isoformat()},
            ),
            say(locale, "Unit: yuan"),
        ),
        columns=(
            Column(title=say(locale, "Rank"), kind=Kind.COUNT, width=6),
            Column(title=say(locale, N_("Village code")), width=17),
            Column(title=say(locale, "Village"), width=14),
            Column(title=say(locale, N_("Kind")), width=11),
            *(
                Column(title=say_word(locale, f"component.{one}").capitalize(), kind=Kind.MONEY, width=15)
                for one in Component
            ),
            Column(
                title=say_word(locale, "measure.operating_profit").capitalize(), kind=Kind.MONEY, width=15
            ),
            Column(title=say(locale, N_("Income without evidence")), kind=Kind.MONEY, width=15),
            Column(title=say(locale, N_("Income against the threshold")), kind=Kind.MONEY, width=15),
            Column(title=say(locale, N_("Threshold")), kind=Kind.MONEY, width=15),
            Column(title=say(locale, N_("Reach")), width=9),
        ),
        rows=tuple(rows),
        strong=strong,
        stays=3,
        breaks=tuple(range(_ROWS_A_PAGE, len(rows), _ROWS_A_PAGE)),
    )


def _figures(components: Components) -> list[int]:
    return [components[one].counted if one in components else 0 for one in Component]
