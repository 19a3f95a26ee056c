"""What a run follows from and is not any more as it was: each change a sentence that names member, leg and figure.

A member's trade of 8 350.00 that became 8 400.00 after the run was handed in reads: ``Leg 1 交易返还: member M0001 had
a weight of 8350.00 when the run was submitted and has 8400.00.``
"""

from collections.abc import Iterable

from ledger.money import text_from_hundredths, yuan
from payouts.candidates.rules import line_text
from payouts.runs.rules import Figures, Inputs
from schemas.policies import BasisKind
from schemas.problems import Fault, Problem
from schemas.rewards import RewardInputs
from schemas.runs import CommissionInputs, DividendInputs, OrderInputs, RatedManager, Residual
from schemas.tiers import TierInputs

MOST_OF_MEMBERS = 100
"""Changes of single members that are named one by one; what one book figure moved, moved for everybody."""

policy_must_be_as_submitted = Fault(
    code="policy_must_be_as_submitted",
    says="The policy was version {then} ({resolution_then}) when the run was submitted and is version {now} ({resolution_now}).",
    remedy="The approval lapses; return the run and submit it again.",
)
surplus_must_be_as_submitted = Fault(
    code="surplus_must_be_as_submitted",
    says="The surplus of the year was {then} when the run was submitted and is {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
commission_must_be_as_submitted = Fault(
    code="commission_must_be_as_submitted",
    says="The commissions in the costs were {then} when the run was submitted and are {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
undistributed_must_be_as_submitted = Fault(
    code="undistributed_must_be_as_submitted",
    says="The surplus brought forward was {then} when the run was submitted and is {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
reserve_must_be_as_submitted = Fault(
    code="reserve_must_be_as_submitted",
    says="The reserve brought forward was {then} when the run was submitted and is {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
state_aid_must_be_as_submitted = Fault(
    code="state_aid_must_be_as_submitted",
    says="State aid in the special fund was {then} when the run was submitted and is {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
donations_must_be_as_submitted = Fault(
    code="donations_must_be_as_submitted",
    says="Donations in the special fund were {then} when the run was submitted and are {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
member_must_still_be_of_record = Fault(
    code="member_must_still_be_of_record",
    says="Member {member} was of record when the run was submitted and is not any more.",
    remedy="The approval lapses; return the run and submit it again.",
)
member_must_have_been_of_record = Fault(
    code="member_must_have_been_of_record",
    says="Member {member} was not of record when the run was submitted and is now.",
    remedy="The approval lapses; return the run and submit it again.",
)
weight_must_be_as_submitted = Fault(
    code="weight_must_be_as_submitted",
    says="Leg {no} {name}: member {member} had a weight of {then} when the run was submitted and has {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
base_part_must_be_as_submitted = Fault(
    code="base_part_must_be_as_submitted",
    says="Member {member}: {part} in the weight was {then} when the run was submitted and is {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
share_capital_must_be_as_submitted = Fault(
    code="share_capital_must_be_as_submitted",
    says="Member {member} held {then} of refundable shares when the run was submitted and holds {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
members_must_be_as_submitted = Fault(
    code="members_must_be_as_submitted",
    says="{count} more figures of members are not as they were when the run was submitted.",
    remedy="The approval lapses; return the run and submit it again.",
)
manager_must_still_be_rated = Fault(
    code="manager_must_still_be_rated",
    says="Manager {manager} was in the run when it was submitted and is not named any more.",
    remedy="The approval lapses; return the run and submit it again.",
)
manager_must_have_been_rated = Fault(
    code="manager_must_have_been_rated",
    says="Manager {manager} was not in the run when it was submitted and is named now.",
    remedy="The approval lapses; return the run and submit it again.",
)
manager_must_be_as_submitted = Fault(
    code="manager_must_be_as_submitted",
    says="Manager {manager} was of village {village_then} and household {then} when the run was submitted and is of village {village_now} and household {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
base_must_be_as_submitted = Fault(
    code="base_must_be_as_submitted",
    says="Manager {manager}: the commission was reckoned on {then} when the run was submitted and is reckoned on {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
ballots_must_be_as_submitted = Fault(
    code="ballots_must_be_as_submitted",
    says="Manager {manager}: {count} ballots are not what they were when the run was submitted.",
    remedy="The approval lapses; return the run and submit it again.",
)
ballots_must_not_be_replaced = Fault(
    code="ballots_must_not_be_replaced",
    says="Manager {manager}: {then} ballots had been replaced by later ones when the run was submitted; now it is {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
bonus_must_be_as_submitted = Fault(
    code="bonus_must_be_as_submitted",
    says="The bonus policy of {year} is not what it was when the run was submitted.",
    remedy="The approval lapses; return the run and submit it again.",
)
village_must_be_as_submitted = Fault(
    code="village_must_be_as_submitted",
    says="Village {village}: the score was {then} when the run was submitted and is {now}, or what comes after it in order changed.",
    remedy="The approval lapses; return the run and submit it again.",
)
posts_must_be_as_submitted = Fault(
    code="posts_must_be_as_submitted",
    says="Village {village}, {person}: posts, scores or grade are not what they were when the run was submitted.",
    remedy="The approval lapses; return the run and submit it again.",
)
order_must_be_as_submitted = Fault(
    code="order_must_be_as_submitted",
    says="The order resolved for equal scores in {year} is not what it was when the run was submitted.",
    remedy="The approval lapses; return the run and submit it again.",
)
scheme_must_be_as_submitted = Fault(
    code="scheme_must_be_as_submitted",
    says="Of the scheme {scheme} version {then} was in force when the run was submitted; now it is version {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
sheet_must_be_as_submitted = Fault(
    code="sheet_must_be_as_submitted",
    says="The run was submitted with sheet {then} of {period}; now sheet {now} counts.",
    remedy="The approval lapses; return the run and submit it again.",
)
candidate_must_be_as_submitted = Fault(
    code="candidate_must_be_as_submitted",
    says="{who}: {then} when the run was submitted, {now} now.",
    remedy="The approval lapses; return the run and submit it again.",
)
equals_must_be_as_submitted = Fault(
    code="equals_must_be_as_submitted",
    says="The order resolved for those who are equal was {then} when the run was submitted and is {now}.",
    remedy="The approval lapses; return the run and submit it again.",
)
owed_must_be_as_submitted = Fault(
    code="owed_must_be_as_submitted",
    says="{member} was owed {then} on {account} when the run was submitted and is owed {now}.",
    remedy="The approval lapses; return the run and submit it again, or take it back and choose anew.",
)

_OF_BOOK: tuple[tuple[str, Fault], ...] = (
    ("surplus", surplus_must_be_as_submitted),
    ("commission", commission_must_be_as_submitted),
    ("undistributed_before", undistributed_must_be_as_submitted),
    ("reserve_before", reserve_must_be_as_submitted),
    ("state_total", state_aid_must_be_as_submitted),
    ("donation_total", donations_must_be_as_submitted),
)
_PARTS = ("capital", "reserve", "state_aid", "donations")
_NOTHING = Residual(capital=0, reserve=0, state_aid=0, donations=0)
_MONEY = frozenset({BasisKind.TRADE_VALUE, BasisKind.SHARE_VALUE, BasisKind.RESIDUAL})
_HUNDREDTHS = frozenset({BasisKind.TRADE_QUANTITY, BasisKind.WORK_DAYS, BasisKind.ENTITLEMENTS})


def said_weight(weight: int, basis: BasisKind) -> str:
    """A weight in its own unit: yuan, days or kilograms with two decimals; yuan × days; heads and ones as they are.

    >>> said_weight(835_000, BasisKind.TRADE_VALUE), said_weight(147_200_000, BasisKind.SHARE_DAYS)
    ('8350.00', '1472000.00')
    """
    if basis in _MONEY or basis is BasisKind.SHARE_DAYS:
        return yuan(weight)
    return text_from_hundredths(weight) if basis in _HUNDREDTHS else str(weight)


def differences(then: Figures, now: Figures) -> tuple[Problem, ...]:
    """What a run follows from now and did not when it was submitted: figures of the book first, then of members, of
    which the first hundred are named and the others counted. Nothing when the two are the same run."""
    if then.digest == now.digest:
        return ()
    found = tuple(_of(then.inputs, now.inputs))
    assert found, "what follows from the same inputs has the same digest"
    return found


def _of(then: Inputs, now: Inputs) -> Iterable[Problem]:
    yield from _of_policy(then, now)
    if isinstance(then, DividendInputs) and isinstance(now, DividendInputs):
        yield from _of_book(then, now)
        members = tuple(_of_members(then, now))
        yield from members[:MOST_OF_MEMBERS]
        if len(members) > MOST_OF_MEMBERS:
            yield members_must_be_as_submitted.at("/inputs/weights", count=len(members) - MOST_OF_MEMBERS)
    elif isinstance(then, CommissionInputs) and isinstance(now, CommissionInputs):
        before, after = ({one.member: one for one in given.managers} for given in (then, now))
        for member in sorted(before.keys() | after.keys()):
            yield from _of_manager(before.get(member), after.get(member))
    elif isinstance(then, TierInputs) and isinstance(now, TierInputs):
        yield from _of_township(then, now)
    elif isinstance(then, RewardInputs) and isinstance(now, RewardInputs):
        yield from _of_rewards(then, now)
    elif isinstance(then, OrderInputs) and isinstance(now, OrderInputs):
        yield from _of_order(then, now)


def _of_order(then: OrderInputs, now: OrderInputs) -> Iterable[Problem]:
    """The choice is the same one: what differs is what is owed."""
    for was, is_ in zip(then.lines, now.lines, strict=True):
        if was.owed != is_.owed:
            yield owed_must_be_as_submitted.at(
                f"/inputs/lines/{was.account}/{was.member}",
                member=was.member,
                account=was.account,
                then=yuan(was.owed),
                now=yuan(is_.owed),
            )


def _of_rewards(then: RewardInputs, now: RewardInputs) -> Iterable[Problem]:
    """The scheme and its period are the same: what differs is its version, its sheet, who stands on it, the order."""
    if (then.version, then.policy) != (now.version, now.policy):
        yield scheme_must_be_as_submitted.at(
            "/inputs/policy", scheme=now.policy.scheme.name, then=then.version, now=now.version
        )
    if then.sheet != now.sheet:
        yield sheet_must_be_as_submitted.at(
            "/inputs/sheet", period=now.period, then=then.sheet, now=now.sheet
        )
    before, after = ({one.who: one for one in given.candidates} for given in (then, now))
    for who in sorted(before.keys() | after.keys()):
        was, is_ = before.get(who), after.get(who)
        if was != is_:
            yield candidate_must_be_as_submitted.at(
                f"/inputs/candidates/{who}", who=who, then=line_text(was), now=line_text(is_)
            )
    if then.resolved != now.resolved:
        yield equals_must_be_as_submitted.at(
            "/inputs/resolved", then="、".join(then.resolved) or "—", now="、".join(now.resolved) or "—"
        )


def _of_township(then: TierInputs, now: TierInputs) -> Iterable[Problem]:
    for level in ("over_villages", "over_people", "two_posts"):
        if getattr(then, level) != getattr(now, level):
            yield bonus_must_be_as_submitted.at(f"/inputs/{level}", year=now.year)
    before, after = ({one.code: one for one in given.villages} for given in (then, now))
    for code in sorted(before.keys() | after.keys()):
        was, is_ = before.get(code), after.get(code)
        at, name = f"/inputs/villages/{code}", getattr(is_ or was, "name", code)
        if was is None or is_ is None or (was.score, was.ties) != (is_.score, is_.ties):
            yield village_must_be_as_submitted.at(
                at,
                village=name,
                then="—" if was is None else text_from_hundredths(was.score),
                now="—" if is_ is None else text_from_hundredths(is_.score),
            )
            continue
        people, now_people = ({one.name: one for one in of.people} for of in (was, is_))
        for person in sorted(people.keys() | now_people.keys()):
            if people.get(person) != now_people.get(person):
                yield posts_must_be_as_submitted.at(f"{at}/people/{person}", village=name, person=person)
    if then.resolved != now.resolved:
        yield order_must_be_as_submitted.at("/inputs/resolved", year=now.year)


def _of_policy(then: Inputs, now: Inputs) -> Iterable[Problem]:
    if not isinstance(then, DividendInputs | CommissionInputs) or not isinstance(
        now, DividendInputs | CommissionInputs
    ):
        return
    if (then.policy_version, then.policy) != (now.policy_version, now.policy):
        yield policy_must_be_as_submitted.at(
            "/inputs/policy",
            then=then.policy_version,
            now=now.policy_version,
            resolution_then=then.policy.resolution or "—",
            resolution_now=now.policy.resolution or "—",
        )


def _of_book(then: DividendInputs, now: DividendInputs) -> Iterable[Problem]:
    for name, fault in _OF_BOOK:
        before, after = getattr(then, name), getattr(now, name)
        if before != after:
            yield fault.at(f"/inputs/{name}", then=yuan(before), now=yuan(after))


def _of_members(then: DividendInputs, now: DividendInputs) -> Iterable[Problem]:
    before, after = set(then.members), set(now.members)
    for member in sorted(before - after):
        yield member_must_still_be_of_record.at(f"/inputs/members/{member}", member=member)
    for member in sorted(after - before):
        yield member_must_have_been_of_record.at(f"/inputs/members/{member}", member=member)
    for leg in now.policy.legs if then.policy == now.policy else ():
        if leg.basis.kind is BasisKind.RESIDUAL:
            continue  # its four parts are named below
        was, is_ = then.weights[str(leg.no)], now.weights[str(leg.no)]
        for member in sorted(before & after):
            if was[member] != is_[member]:
                yield weight_must_be_as_submitted.at(
                    f"/inputs/weights/{leg.no}/{member}",
                    no=leg.no,
                    name=leg.name,
                    member=member,
                    then=said_weight(was[member], leg.basis.kind),
                    now=said_weight(is_[member], leg.basis.kind),
                )
    for member in sorted(before & after):
        yield from _of_base(member, then, now)


def _of_base(member: str, then: DividendInputs, now: DividendInputs) -> Iterable[Problem]:
    was, is_ = then.residual.get(member, _NOTHING), now.residual.get(member, _NOTHING)
    for part in _PARTS:
        before, after = getattr(was, part), getattr(is_, part)
        if before != after:
            yield base_part_must_be_as_submitted.at(
                f"/inputs/residual/{member}/{part}",
                member=member,
                part=f"base.{part}",
                then=yuan(before),
                now=yuan(after),
            )
    held, holds = then.reserve_weights.get(member, 0), now.reserve_weights.get(member, 0)
    if held != holds and was.capital == is_.capital:
        yield share_capital_must_be_as_submitted.at(
            f"/inputs/reserve_weights/{member}", member=member, then=yuan(held), now=yuan(holds)
        )


def _of_manager(then: RatedManager | None, now: RatedManager | None) -> Iterable[Problem]:
    if now is None:
        assert then is not None
        yield manager_must_still_be_rated.at(f"/inputs/managers/{then.member}", manager=then.member)
        return
    at = f"/inputs/managers/{now.member}"
    if then is None:
        yield manager_must_have_been_rated.at(at, manager=now.member)
        return
    if (then.village, then.household) != (now.village, now.household):
        yield manager_must_be_as_submitted.at(
            at,
            manager=now.member,
            village_then=then.village,
            village_now=now.village,
            then=then.household or "—",
            now=now.household or "—",
        )
    if then.base != now.base:
        yield base_must_be_as_submitted.at(
            f"{at}/base", manager=now.member, then=_yuan_or_nothing(then.base), now=_yuan_or_nothing(now.base)
        )
    before, after = ({one.rater: one for one in given.ballots} for given in (then, now))
    moved = sum(before.get(rater) != after.get(rater) for rater in before.keys() | after.keys())
    if moved:
        yield ballots_must_be_as_submitted.at(f"{at}/ballots", manager=now.member, count=moved)
    if then.replaced != now.replaced and before == after:
        yield ballots_must_not_be_replaced.at(
            f"{at}/replaced", manager=now.member, then=then.replaced, now=now.replaced
        )


def _yuan_or_nothing(amount: int | None) -> str:
    return "—" if amount is None else yuan(amount)
