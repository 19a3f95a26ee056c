"""A bonus paid in instalments with the salary of the following year (RULES §7).

10 000.00 yuan in twelve: eleven of 833.33 and a last of 833.37.
"""

from schemas.units import Fen

MONTHS = 12


def instalments(total: Fen, *, number: int = MONTHS) -> tuple[Fen, ...]:
    """All but the last are the total's equal part rounded down to the fen, the last takes the rest; none of nothing.

    >>> instalments(1_000_000)[-2:]
    (83333, 83337)
    """
    if total <= 0:
        return ()
    each = total // number
    return (*[each] * (number - 1), total - each * (number - 1))
