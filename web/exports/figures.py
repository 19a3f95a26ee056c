"""The blank table other departments fill in: a row for each village, and for each household that figures are known of."""

from collections.abc import Iterable

from coop.figures import queries
from coop.figures.kinds import kinds, kinds_of
from coop.places import queries as places
from schemas.figures import FigureKind, KnownSubject, SubjectKind
from schemas.places import PlaceLevel
from web.database import Connection
from web.exports.sheets import Cell, Column, Kind, Sheet
from web.exports.spreadsheets import workbook
from web.imports.figures import (
    CODE_OF_VILLAGE,
    EXPLAINED,
    HOUSEHOLDS,
    NAMED,
    NOTE,
    NUMBER_OF_HOUSEHOLD,
    VILLAGES,
)


def template(db: Connection, *, township: str) -> bytes:
    """The template of a township as a workbook. It is in Chinese: departments fill it in."""
    place = places.township(db, code=township)
    villages = places.places_below(db, code=township, level=PlaceLevel.VILLAGE)
    months = queries.months_entered(db, township=township)
    known = queries.known_subjects(db, township=township, month=months[0]) if months else ()
    title = f"{place.name} 外部数据"
    under = ("没有的列可以删去，没有数据的格子留空；不得填写身份证号、账号、电话，不得嵌入图片。",)
    return workbook(
        [
            Sheet(
                name=VILLAGES,
                title=title,
                under=under,
                columns=_columns(SubjectKind.VILLAGE, [CODE_OF_VILLAGE]),
                rows=tuple(_row([one.code, one.name], SubjectKind.VILLAGE) for one in villages),
            ),
            Sheet(
                name=HOUSEHOLDS,
                title=title,
                under=under,
                columns=_columns(SubjectKind.HOUSEHOLD, [CODE_OF_VILLAGE, NUMBER_OF_HOUSEHOLD]),
                rows=tuple(_households(known)),
            ),
            Sheet(
                name=EXPLAINED,
                title="指标说明",
                columns=(
                    Column(title="指标", width=26),
                    Column(title="单位", width=8),
                    Column(title="提供部门", width=22),
                    Column(title="代码", width=24),
                ),
                rows=tuple((one.name_zh, one.unit, one.department, one.code) for one in kinds().values()),
            ),
        ]
    )


def _columns(of: SubjectKind, keys: list[str]) -> tuple[Column, ...]:
    return (
        *(Column(title=name, width=16) for name in keys),
        Column(title=NAMED[of], width=12),
        *(Column(title=f"{one.name_zh}（{one.unit}）", kind=_kind(one), width=18) for one in kinds_of(of)),
        Column(title=NOTE, width=30),
    )


def _kind(one: FigureKind) -> Kind:
    return Kind.MONEY if one.decimals else Kind.COUNT


def _row(keys: list[str], of: SubjectKind) -> tuple[Cell, ...]:
    return (*keys, *(None for _ in kinds_of(of)), None)


def _households(known: Iterable[KnownSubject]) -> Iterable[tuple[Cell, ...]]:
    return (
        _row([one.subject.village, one.subject.household, one.name], SubjectKind.HOUSEHOLD)
        for one in known
        if one.subject.household
    )
