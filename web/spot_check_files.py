"""A spot check as it is published: one table from which everybody can draw again (docs/spot-checks.md)."""

from ledger.periods.rules import month_text
from schemas.spot_checks import Published


def table_of(found: Published) -> str:
    """Every number of the pool with its place in the draw, seed and k in each row; lines end as Unix has them, for a shell."""
    place = {number: index for index, number in enumerate(found.check.drawn, 1)}
    rows = [
        f"{month_text(found.check.month)},{found.check.head},{found.check.k},{number},{place.get(number, '')}"
        for number in found.numbers
    ]
    return "\n".join(["month,seed,k,number,drawn", *rows, ""])
