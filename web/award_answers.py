"""What of a township's bonuses and rewards falls due in a month, as every door gives it (RULES §7)."""

from datetime import date

from payouts.awards import queries
from payouts.orders import queries as orders
from schemas.awards import Award, RewardDue
from schemas.units import Period, Value
from web.database import Connection


class Awards(Value):
    """Parts of bonuses, by run, village, person and month, and what runs of rewards give and take."""

    items: tuple[Award, ...]
    rewards: tuple[RewardDue, ...]


def awards_of(db: Connection, *, township: str, month: Period | None, on: date) -> Awards:
    """Those of a month, without it all of them, as they stand on a day."""
    found = orders.bonuses(db, township=township, on=on)
    rewards = queries.rewards(db, township=township)
    return Awards(
        items=tuple(one for one in found if month is None or one.month == month),
        rewards=tuple(one for one in rewards if month is None or one.month == month),
    )
