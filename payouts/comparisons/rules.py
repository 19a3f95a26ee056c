"""What two policies make of the same data, leg by leg and member by member.

>>> [one.payee for one in payees({"A": 300, "B": 100}, {"A": 290, "B": 115, "C": 5})]
['B', 'A', 'C']
"""

from collections.abc import Mapping, Sequence

from payouts.runs.rules import Figures
from schemas.policies import Difference, PartDifference, PayeeDifference
from schemas.problems import Problem
from schemas.runs import Dividend, RunPart
from schemas.units import Fen, Value


class Side(Value):
    """What a policy comes to: its figures, or why there are none."""

    figures: Figures | None
    problems: tuple[Problem, ...] = ()


def difference(before: Side, after: Side) -> Difference:
    """The two sides beside each other; a side that is refused counts as nothing."""
    totals = [0 if side.figures is None else side.figures.total for side in (before, after)]
    reserves = [_reserve(side) for side in (before, after)]
    return Difference(
        before_problems=before.problems,
        after_problems=after.problems,
        before=totals[0],
        after=totals[1],
        difference=totals[1] - totals[0],
        reserve_before=reserves[0],
        reserve_after=reserves[1],
        parts=_parts(before, after),
        payees=payees(_by_payee(before), _by_payee(after)),
    )


def payees(before: Mapping[str, Fen], after: Mapping[str, Fen]) -> tuple[PayeeDifference, ...]:
    """What each payee gets under both, the largest difference first, whichever way; equal ones by number."""
    found = [
        PayeeDifference(
            payee=payee,
            before=before.get(payee, 0),
            after=after.get(payee, 0),
            difference=after.get(payee, 0) - before.get(payee, 0),
        )
        for payee in before.keys() | after.keys()
    ]
    return tuple(sorted(found, key=lambda one: (-abs(one.difference), one.payee)))


def _parts(before: Side, after: Side) -> tuple[PartDifference, ...]:
    """By name, in the order of the plan after; what only the plan before has comes last."""
    was, is_ = _amounts(before), _amounts(after)
    return tuple(
        PartDifference(
            name=name,
            before=was.get(name),
            after=is_.get(name),
            difference=is_.get(name, 0) - was.get(name, 0),
        )
        for name in dict.fromkeys([*is_, *was])
    )


def _amounts(side: Side) -> Mapping[str, Fen]:
    amounts: dict[str, Fen] = {}
    for part in _parts_of(side):
        amounts[part.name] = amounts.get(part.name, 0) + part.amount
    return amounts


def _parts_of(side: Side) -> Sequence[RunPart]:
    return () if side.figures is None else side.figures.parts


def _by_payee(side: Side) -> Mapping[str, Fen]:
    amounts: dict[str, Fen] = {}
    for line in () if side.figures is None else side.figures.lines:
        amounts[line.payee] = amounts.get(line.payee, 0) + line.amount
    return amounts


def _reserve(side: Side) -> Fen:
    result = None if side.figures is None else side.figures.result
    return result.appropriation.reserve if isinstance(result, Dividend) else 0
