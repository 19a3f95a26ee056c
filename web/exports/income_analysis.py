"""村集体经济收入分析表: the income of a place's villages in a year as a workbook for statisticians: by month, by component, and
every figure as a row of its own, on which they build their own tables.

Sums are pandas' over whole fen in machine words; a cell becomes yuan when it is written. A place's total leaves out what
other books of the place paid, a township's total what other books of the township paid (RULES §8).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from coop.income import rules
from coop.places import queries as places
from ledger.money import yuan
from schemas.income import INCOME, Component, Measure, Recognised, VillageStanding
from schemas.problems import Fault, Refusal
from schemas.units import Fen
from web import boards
from web.boards import PlaceInYear
from web.database import Connection
from web.exports.sheets import Cell, Column, Kind, Sheet
from web.i18n import say, say_word
from web.i18n.words import N_

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_ROWS = 100_000
"""Rows of the long table that are put into one workbook: 2 000 villages with four components in every month."""
analysis_must_fit_a_workbook = Fault(
    code="analysis_must_fit_a_workbook",
    says="The analysis of {place} has {rows} rows; a workbook takes {most}.",
    remedy="Take out those of the places below it one by one.",
)
_COMPONENTS = tuple(Component)
_POSITION = {component: no for no, component in enumerate(_COMPONENTS)}
_SIGNS = {
    (measure, component): rules.measured({component: Recognised(counted=1)}, measure)
    for measure in Measure
    for component in _COMPONENTS
}
"""How a component goes into a measure: 1, -1, or 0 when it does not."""
_MONTHS = range(1, 13)
_EARNED, _PAID_HERE, _PAID_IN_TOWNSHIP = "earned", "paid_here", "paid_in_township"
"""What a row of the frame is: what a village earned, and as a negative what of it a book of the place paid, or a book of
the village's township."""
_FIGURES = ("counted", "not_counted", "income", "with_unproved")


class _Line(NamedTuple):
    """A line of the tables by village: what stands before its figures, whether it is of a ``village``, a ``township``, the
    ``place`` or what is ``left_out`` of the latter, and of which."""

    head: tuple[Cell, ...]
    sums: str
    code: str


class _Of(NamedTuple):
    """What the sheets are made of: the place's year, the townships' names by code, the frame of fen, and the language."""

    in_year: PlaceInYear
    townships: Mapping[str, str]
    frame: "DataFrame"
    locale: str

    @property
    def place(self) -> str:
        """The place's name."""
        return self.in_year.board.whole.name

    @property
    def year(self) -> int:
        """The year."""
        return self.in_year.board.month // 100


def analysis_sheets(
    db: Connection, *, place: str, year: int, as_of: date, locale: str
) -> tuple[Sheet, Sheet, Sheet]:
    """The sheets of a place's year, as seen on a day: villages by month, villages by component, the long table. Refused as
    missing where there is no such place, and where it is too large for a workbook."""
    in_year = boards.place_in_year(db, place=place, year=year, as_of=as_of)
    codes = {one.village[:9] for one in in_year.board.villages}
    named = places.places(db, codes=codes, as_of=date(year, 12, 31))
    return sheets_of(in_year, {code: one.name for code, one in named.items()}, locale=locale)


def sheets_of(in_year: PlaceInYear, names: Mapping[str, str], *, locale: str) -> tuple[Sheet, Sheet, Sheet]:
    """The sheets of a place's year; ``names`` are those of its townships, one without is called by its code."""
    rows = sum(len(of) for one in in_year.years.values() for of in one.months.values())
    if rows > MOST_ROWS:
        place = in_year.board.whole.name
        raise Refusal(analysis_must_fit_a_workbook.at(place=place, rows=rows, most=MOST_ROWS))
    codes = sorted({one.village[:9] for one in in_year.board.villages})
    of = _Of(
        in_year=in_year,
        townships={code: names.get(code, code) for code in codes},
        frame=_frame(in_year),
        locale=locale,
    )
    lines = _lines(of)
    return _by_month(of, lines), _by_component(of, lines), _long_table(of)


def title_of(place: str, year: int, *, locale: str) -> str:
    """What the analysis of a place's year is called."""
    return say(locale, N_("{place}: analysis of village income, {year}"), {"place": place, "year": str(year)})


def _frame(of: PlaceInYear) -> "DataFrame":
    """The place's year in whole fen, a row for each village, month and component; expenses are positive in ``counted`` and
    negative in ``income``, which is by the measure of the village's threshold."""
    import pandas  # noqa: PLC0415  304 ms and 68 MB: whoever analyses nothing does not wait for it

    measures = {one.village: _measure_of(one) for one in of.board.villages}
    rows = [
        (
            what,
            village[:9],
            village,
            of.board.place,
            month,
            _POSITION[component],
            sign * one.counted,
            sign * one.not_counted,
            _SIGNS[measures[village], component],
        )
        for what, years, sign in (
            (_EARNED, of.years, 1),
            (_PAID_HERE, of.internal, -1),
            (_PAID_IN_TOWNSHIP, of.internal_of_township, -1),
        )
        for village, year in years.items()
        if village in measures
        for month, components in year.months.items()
        for component, one in components.items()
    ]
    names = ("what", "township", "village", "place", "month", "component", "counted", "not_counted", "sign")
    frame = pandas.DataFrame(rows, columns=names).astype(dict.fromkeys(names[4:], "int64"))
    frame["income"] = frame["counted"] * frame["sign"]
    frame["with_unproved"] = (frame["counted"] + frame["not_counted"]) * frame["sign"]
    return frame


def _measure_of(one: VillageStanding) -> Measure:
    """What a village is measured by, as on the board."""
    return Measure.OPERATING_PROFIT if one.threshold is None else one.threshold.measure


class _Sums:
    """What the lines come to: a list of fen for every village, township and the place, and what is left out of the latter."""

    def __init__(self, of: _Of, *, columns: str, places: Sequence[int]) -> None:
        self._columns, self._places = columns, places
        what = of.frame["what"]
        villages, place = [one.village for one in of.in_year.board.villages], [of.in_year.board.place]
        self._slices = {
            "village": ("village", of.frame[what == _EARNED], villages),
            "township": ("township", of.frame[what != _PAID_HERE], list(of.townships)),
            "place": ("place", of.frame[what != _PAID_IN_TOWNSHIP], place),
            "left_out": ("place", of.frame[what == _PAID_HERE], place),
        }
        self._found = {
            (sums, figure): self._table(sums, figure) for sums in self._slices for figure in _FIGURES
        }

    def __call__(self, line: _Line, figure: str) -> list[Fen]:
        """The figures of a line, one for each month or component."""
        return self._found[line.sums, figure][line.code]

    def _table(self, sums: str, figure: str) -> Mapping[str, list[Fen]]:
        rows, frame, codes = self._slices[sums]
        if frame.empty:
            return {code: [0] * len(self._places) for code in codes}
        # What a village has nothing of is 0 as it is unstacked, so that no figure is ever a float.
        table = frame.groupby([rows, self._columns])[figure].sum().unstack(self._columns, fill_value=0)
        dense = table.reindex(index=codes, columns=self._places, fill_value=0)
        return dict(zip(codes, dense.to_numpy(dtype="int64").tolist(), strict=True))


def _lines(of: _Of) -> list[_Line]:
    """The villages by code, each township's total below its own where there is more than one, then the place's."""
    found = []
    for township, name in of.townships.items():
        inside = [one for one in of.in_year.board.villages if one.village[:9] == township]
        found += [
            _Line(
                (
                    name,
                    one.village,
                    one.name,
                    say_word(of.locale, f"village_kind.{one.kind}"),
                    say_word(of.locale, f"measure.{_measure_of(one)}"),
                ),
                "village",
                one.village,
            )
            for one in inside
        ]
        if len(of.townships) > 1:
            found.append(
                _Line(
                    (name, None, say(of.locale, "Total"), None, _measures(of, inside)), "township", township
                )
            )
    place, whole = of.in_year.board.place, _measures(of, of.in_year.board.villages)
    if of.in_year.internal:
        head = (of.place, None, say(of.locale, N_("Paid by other books of the place")), None, None)
        found.append(_Line(head, "left_out", place))
    found.append(_Line((of.place, None, say(of.locale, "Total"), None, whole), "place", place))
    return found


def _measures(of: _Of, villages: Sequence[VillageStanding]) -> str:
    """By what a total is measured: the measure of its villages, or each by its own."""
    found = {_measure_of(one) for one in villages}
    if len(found) == 1:
        return say_word(of.locale, f"measure.{found.pop()}")
    return say(of.locale, N_("each by its own"))


def _by_month(of: _Of, lines: Sequence[_Line]) -> Sheet:
    """汇总: what counts of each village by month, by the measure of its threshold."""
    sums = _Sums(of, columns="month", places=_MONTHS)
    rows = []
    for line in lines:
        months = sums(line, "income")
        rows.append((*line.head, *months, sum(months), sum(sums(line, "with_unproved"))))
    columns = (
        *_heads(of),
        *(_money(f"{of.year}-{month:02}") for month in _MONTHS),
        _money(say(of.locale, N_("Whole year"))),
        _money(say(of.locale, N_("Whole year with what is unproved"))),
    )
    said = say(of.locale, N_("Income that counts, by the measure of the village's threshold."))
    name = say(of.locale, N_("By month"))
    under = (*_seen(of), _left_out(of), said)
    return _sheet(of, name, under, columns=columns, rows=rows, strong=_strong(lines))


def _by_component(of: _Of, lines: Sequence[_Line]) -> Sheet:
    """构成: what each village's year is made of, and which part of all its income a component is."""
    sums = _Sums(of, columns="component", places=range(len(_COMPONENTS)))
    rows = []
    for line in lines:
        counted, not_counted = sums(line, "counted"), sums(line, "not_counted")
        earned = [index for index, component in enumerate(_COMPONENTS) if component in INCOME]
        whole = sum(counted[index] for index in earned)
        cells: list[Cell] = []
        for index in range(len(_COMPONENTS)):
            cells.append(counted[index])
            if index in earned:
                cells += [not_counted[index], _part(counted[index], whole)]
        rows.append((*line.head[:4], *cells, whole, sum(not_counted[index] for index in earned)))
    columns = [*_heads(of)[:4]]
    for component in _COMPONENTS:
        named = {"component": say_word(of.locale, f"component.{component}").capitalize()}
        if component in INCOME:
            columns += [
                _money(say(of.locale, N_("{component}, counts"), named)),
                _money(say(of.locale, N_("{component}, does not count"), named)),
                Column(title=say(of.locale, N_("{component}, part of all income"), named), width=24),
            ]
        else:
            columns.append(_money(named["component"]))
    columns += [
        _money(say(of.locale, N_("All income, counts"))),
        _money(say(of.locale, N_("All income, does not count"))),
    ]
    said = say(of.locale, N_("A part is written as its yuan / the yuan of all income that counts."))
    name = say(of.locale, N_("By component"))
    under = (*_seen(of), _left_out(of), said)
    return _sheet(of, name, under, columns=columns, rows=rows, strong=_strong(lines))


def _part(amount: Fen, whole: Fen) -> str:
    return f"{yuan(amount)} / {yuan(whole)}" if amount else ""


def _long_table(of: _Of) -> Sheet:
    """明细: every figure as a row."""
    keys = ["village", "month", "component"]
    frame = of.frame[of.frame["what"] != _PAID_IN_TOWNSHIP]
    earned = (frame["what"] == _EARNED).astype("int64")
    table = frame.assign(
        counted=frame["counted"] * earned,
        not_counted=frame["not_counted"] * earned,
        income=frame["income"] * earned,
        internal=frame["income"] * (earned - 1),
    )
    summed = table.groupby(keys, as_index=False)[["counted", "not_counted", "income", "internal"]].sum()
    villages = {one.village: one for one in of.in_year.board.villages}
    kinds = {one.kind: say_word(of.locale, f"village_kind.{one.kind}") for one in villages.values()}
    words = [say_word(of.locale, f"component.{component}").capitalize() for component in _COMPONENTS]
    rows: list[tuple[Cell, ...]] = [
        (
            of.townships[village[:9]],
            village,
            villages[village].name,
            kinds[villages[village].kind],
            f"{of.year}-{month:02}",
            words[component],
            *figures,
        )
        for village, month, component, *figures in zip(
            *(summed[name].tolist() for name in summed.columns), strict=True
        )
    ]
    columns = (
        *_heads(of)[:4],
        Column(title=say(of.locale, "Month"), width=10),
        Column(title=say(of.locale, N_("Component")), width=14),
        _money(say(of.locale, "Counts")),
        _money(say(of.locale, N_("Does not count"))),
        _money(say(of.locale, N_("In the measure"))),
        _money(say(of.locale, N_("of it internal"))),
    )
    under = say(
        of.locale,
        N_("In the measure, expenses are negative and what is not in it is 0; less what is internal it comes to the total."),
    )  # fmt: skip
    return _sheet(of, say(of.locale, N_("Every figure")), (*_seen(of), under), columns=columns, rows=rows)


def _sheet(
    of: _Of,
    name: str,
    under: tuple[str, ...],
    *,
    columns: Sequence[Column],
    rows: Sequence[tuple[Cell, ...]],
    strong: tuple[int, ...] = (),
) -> Sheet:
    return Sheet(
        name=name,
        title=title_of(of.place, of.year, locale=of.locale),
        under=under,
        columns=tuple(columns),
        rows=tuple(rows),
        strong=strong,
    )


def _heads(of: _Of) -> tuple[Column, ...]:
    return (
        Column(title=say(of.locale, "Township"), width=14),
        Column(title=say(of.locale, "Village code"), width=17),
        Column(title=say(of.locale, "Village"), width=16),
        Column(title=say(of.locale, "Kind"), width=11),
        Column(title=say(of.locale, "Measure"), width=12),
    )


def _seen(of: _Of) -> tuple[str, str]:
    """Which months as seen when, and the unit."""
    return (
        say(
            of.locale,
            "January to {month}, as seen on {day}",
            {"month": f"{of.year}-12", "day": of.in_year.board.as_of.isoformat()},
        ),
        say(of.locale, "Unit: yuan"),
    )


def _left_out(of: _Of) -> str:
    return say(
        of.locale,
        N_("Totals leave out what other books of the same place paid: {amount}; a township's those of the township."),
        {"amount": yuan(of.in_year.board.whole.internal)},
    )  # fmt: skip


def _money(title: str) -> Column:
    return Column(title=title, kind=Kind.MONEY, width=13)


def _strong(lines: Sequence[_Line]) -> tuple[int, ...]:
    return tuple(no for no, line in enumerate(lines) if line.sums in {"township", "place"})
