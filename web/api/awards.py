"""What of a township's bonuses falls due, month by month, and who left office (RULES §7)."""

from payouts.awards import actions, queries
from schemas.access import Deed
from schemas.awards import LeftOffice, LeftOfficeSaid
from schemas.units import Value
from web import wire
from web.api.route import Call, Nothing, Routes
from web.award_answers import Awards, awards_of
from web.database import Connection

routes = Routes("Tiers 评等")


class AwardQuery(Value):
    """Of which month; without it all of them."""

    month: wire.Month | None = None


class Leavings(Value):
    """Words on leaving office, one after the other; the last on a person stands."""

    items: tuple[LeftOfficeSaid, ...]


@routes.reads("/townships/{township}/awards", deed=Deed.SEE_BOOK, query=AwardQuery, answers=Awards)
def list_awards(db: Connection, call: Call[AwardQuery, Nothing]) -> Awards:
    """What is due, booked, on its way, paid, sent back, stopped or not due yet of the bonuses of posted runs 绩效奖金发放."""
    return awards_of(db, township=call.township, month=call.query.month, on=call.on)


@routes.reads("/townships/{township}/leavings", deed=Deed.SEE_BOOK, answers=Leavings)
def list_leavings(db: Connection, call: Call[Nothing, Nothing]) -> Leavings:
    """Who left office, as it was said."""
    return Leavings(items=queries.leavings(db, township=call.township))


@routes.acts(
    "/townships/{township}/leavings",
    deed=Deed.PREPARE_RUN,
    content=LeftOffice,
    answers=LeftOfficeSaid,
    status=201,
)
def say_leaving(db: Connection, call: Call[Nothing, LeftOffice]) -> LeftOfficeSaid:
    """Say that somebody left office 离任; what is not yet due of his instalments stops where the policy says so. Without a
    day the last word is taken back."""
    return actions.say_leaving(db, call.body, township=call.township, by=call.by, on=call.on, at=call.at)
