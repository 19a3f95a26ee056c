"""What a red line's figure and bound come to: figures by their codes, numbers, four operations and brackets, exactly.

30 000.00 a year are 17 500.00 by July:

>>> worked_out("threshold * month / 12", {"threshold": Exact(30_000), "month": Exact(7)})
Fraction(17500, 1)
>>> codes_in("subsidies / (gross_all - unproved)")
('subsidies', 'gross_all', 'unproved')
>>> worked_out("subsidies / gross_all", {"subsidies": Exact(1), "gross_all": Exact(0)}) is None
True
>>> read("income +") is None, read("2 income") is None, read("(1") is None
(True, True, True)
"""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction as Exact

_TOKEN = re.compile(r"\s*(?:([0-9]{1,15}(?:\.[0-9]{1,6})?)|([a-z][a-z0-9_]*)|([-+*/()]))")
_BINDS = {"+": 1, "-": 1, "*": 2, "/": 2}
_JOINS: Mapping[str, Callable[[Exact, Exact], Exact]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def read(text: str) -> tuple[str, ...] | None:
    """An expression in the order it is worked out, operands before what joins them; None where it is none."""
    found: list[str] = []
    waiting: list[str] = []
    operand_next, at, text = True, 0, text.rstrip()
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            return None
        at, sign = token.end(), token[3] or ""
        opens_here = sign in {"", "("}
        if opens_here is not operand_next:
            return None
        if not sign:
            found.append(token[1] or token[2])
            operand_next = False
        elif sign == "(":
            waiting.append(sign)
        elif sign == ")":
            while waiting and waiting[-1] != "(":
                found.append(waiting.pop())
            if not waiting:
                return None
            waiting.pop()
        else:
            while waiting and _BINDS.get(waiting[-1], 0) >= _BINDS[sign]:
                found.append(waiting.pop())
            waiting.append(sign)
            operand_next = True
    if operand_next or "(" in waiting:
        return None
    return (*found, *reversed(waiting))


def codes_in(text: str) -> tuple[str, ...]:
    """The codes of the figures an expression names, each once."""
    return tuple(dict.fromkeys(token for token in read(text) or () if token[0].isalpha()))


def worked_out(text: str, figures: Mapping[str, Exact]) -> Exact | None:
    """What an expression comes to; None where a figure is missing or something is divided by nothing."""
    postfix = read(text)
    assert postfix is not None, "what is kept can be read"
    stack: list[Exact] = []
    for part in postfix:
        if part[0].isalpha():
            if part not in figures:
                return None
            stack.append(figures[part])
        elif part[0].isdigit():
            stack.append(Exact(Decimal(part)))
        else:
            second, first = stack.pop(), stack.pop()
            if part == "/" and second == 0:
                return None
            stack.append(_JOINS[part](first, second))
    (result,) = stack
    return result
