"""绩效奖金按月发放: what of a township's bonuses and rewards is due in a month, for whoever pays it, and what of it is paid; and who left office."""

from itertools import groupby
from typing import NamedTuple

from payouts.awards import actions, queries
from payouts.orders import queries as orders
from schemas.access import Deed
from schemas.awards import Award, AwardState, LeftOffice
from schemas.units import Fen, Period
from web.i18n.words import N_
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, day_from, does, month_from, shows


class OfVillage(NamedTuple):
    """A village's people of a month, and what they get together; what is stopped is in no sum."""

    name: str
    awards: tuple[Award, ...]
    total: Fen


@shows("/townships/{township}/awards", asks=("month",))
def list_awards(visit: Visit) -> Shown:
    """What is due in a month: the one asked for, or this one."""
    found = orders.bonuses(visit.db, township=visit.id, on=visit.on)
    rewards = queries.rewards(visit.db, township=visit.id)
    months = sorted({*(one.month for one in found), *(one.month for one in rewards)})
    month = month_from(visit.query.get("month", ""), otherwise=_nearest(visit, months))
    villages = [
        OfVillage(name, of, sum(one.amount for one in of if one.state is not AwardState.STOPPED))
        for name, group in groupby(
            (one for one in found if one.month == month), key=lambda one: one.village_name
        )
        if (of := tuple(group))
    ]
    return visit.page(
        "awards.html",
        month=month,
        months=months,
        villages=villages,
        total=sum(village.total for village in villages),
        rewards=(of_month := [one for one in rewards if one.month == month]),
        rewarded=sum(one.amount for one in of_month),
        deducted=sum(one.deducted for one in of_month),
    )


def _nearest(visit: Visit, months: list[Period]) -> Period:
    """This month, or the nearest that has something."""
    now = visit.on.year * 100 + visit.on.month
    return min(months, key=lambda month: abs(month - now), default=now)


@does("/townships/{township}/leavings", deed=Deed.PREPARE_RUN)
async def say_leaving(visit: Visit) -> Shown:
    """Say that somebody left office, or take the last word back."""
    back = visit.field("act") == "back"
    leaving = LeftOffice(
        village=visit.field("village"),
        person=visit.field("person")[:80],
        on=None if back else day_from(visit.field("on"), pointer="/on"),
        reason=visit.field("reason")[:400],
    )
    await visit.write(
        lambda db: actions.say_leaving(db, leaving, township=visit.id, by=visit.by, on=visit.on, at=visit.at)
    )
    notice = (
        N_("It is taken back; what was stopped is due again.")
        if back
        else N_("Written down. What is not yet due of the instalments stops.")
    )
    run = visit.field("run")[:80]
    return see_other(
        f"{address(f'{visit.home}/runs/{run}/lines/{leaving.village}/{leaving.person}')}#months",
        notice=notice,
    )


handlers = [list_awards, say_leaving]
