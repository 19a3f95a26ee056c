"""Reward schemes of counties as data, to start from: 融安, 田林, 金城江, 龙州, 田阳 with their own numbers (RULES §7)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import msgspec

from schemas.problems import Fault, Refusal, RefusalKind
from schemas.rewards import SchemeTemplate

scheme_must_be_known = Fault(
    code="scheme_must_be_known",
    says="There is no scheme {scheme} to start from.",
    remedy="Choose one of {known}.",
)


@cache
def templates() -> Mapping[str, SchemeTemplate]:
    """Every scheme there is to start from, by id.

    >>> templates()["longzhou"].scheme.name
    '社区两委月报酬'
    """
    told = tomllib.loads((files("payouts.township_policies") / "schemes.toml").read_text("utf-8"))
    return {id: msgspec.convert({"id": id, **said}, SchemeTemplate, strict=True) for id, said in told.items()}


def template(id: str) -> SchemeTemplate:
    """The scheme of this id. Refused where there is none."""
    found = templates().get(id)
    if found is None:
        raise Refusal(
            scheme_must_be_known.at("/from", scheme=id[:40] or "—", known=", ".join(templates())),
            kind=RefusalKind.MISSING,
        )
    return found
