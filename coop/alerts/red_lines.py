"""The red lines that are built in, as data with their sources.

>>> [(one.id, one.comparison.value, one.bound) for one in built_in()][:2]
[('below_threshold', 'below', 'threshold'), ('behind_threshold', 'below', 'threshold * month / 12')]
"""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from schemas.alerts import RedLine


@cache
def built_in() -> tuple[RedLine, ...]:
    """Every red line that is built in."""
    told = tomllib.loads((files("coop.alerts") / "red_lines.toml").read_text("utf-8"))
    return msgspec.convert(told["line"], type=tuple[RedLine, ...])
