"""Which figures are taken from outside, as data.

>>> kinds()["housing_area"].name_zh, kinds()["housing_area"].of.value
('安置住房面积', 'household')
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import msgspec

from schemas.figures import FigureKind, SubjectKind


@cache
def kinds() -> Mapping[str, FigureKind]:
    """Every figure that is taken from outside, by its code."""
    told = tomllib.loads((files("coop.figures") / "kinds.toml").read_text("utf-8"))
    found = msgspec.convert(told["figure"], type=tuple[FigureKind, ...])
    return MappingProxyType({one.code: one for one in found})


def kinds_of(subject: SubjectKind) -> tuple[FigureKind, ...]:
    """Those of villages, or of households."""
    return tuple(one for one in kinds().values() if one.of is subject)
