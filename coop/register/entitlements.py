"""收益权份额: what each household of a village's collective is entitled to of its income, quantified at a date by resolution and
changed by facts (农村集体经济组织法 第四十二条).

A quantification says what each household it names holds from then on; the register is moved by the difference. Who held
3.00 and is given 2.50 loses 0.50, and who holds as much already is not moved. An entitlement is no capital: nothing is
booked, nothing is given back.
"""

from collections import Counter
from collections.abc import Iterator

from coop.register import entries
from coop.register.facts import Facts, faults_of_holder, held_of
from coop.register.holdings import holding_must_cover_it
from ledger.money import yuan
from schemas.books import BookKind
from schemas.problems import Fault, Problem
from schemas.register import Adjustment, EntitlementFact, Quantification, Written
from schemas.shares import NewMovement, ShareAct, ShareClass
from schemas.units import Hundredths

household_must_be_named_once = Fault(
    code="household_must_be_named_once",
    says="{member} is named {times} times.",
    remedy="Give each household one line.",
)
entitlements_must_change = Fault(
    code="entitlements_must_change",
    says="Every household named holds as much already.",
    remedy="Nothing is left to do; correct the day or the figures.",
)
units_must_make_the_total = Fault(
    code="units_must_make_the_total",
    says="The households named come to {units} shares; the resolution says {total}.",
    remedy="Compare the list with the resolution, line by line.",
)
units_must_move = Fault(
    code="units_must_move",
    says="0.00 changes nothing.",
    remedy="Give what comes to the household, or what leaves it with a minus.",
)
fact_must_fit_its_sign = Fault(
    code="fact_must_fit_its_sign",
    says="{units} does not fit the fact {fact}.",
    remedy="A birth, a marriage into the household and an inheritance bring units; a death and a marriage out of it take them away.",
)
share_must_be_of_the_book = Fault(
    code="share_must_be_of_the_book",
    says="Shares of class {share} are not kept in this book.",
    remedy="A cooperative keeps contributed shares, a village's collective income entitlements.",
)
_COMES = frozenset({EntitlementFact.BIRTH, EntitlementFact.MARRIED_IN, EntitlementFact.INHERITED})
_LEAVES = frozenset({EntitlementFact.DEATH, EntitlementFact.MARRIED_OUT})


def faults_of_class(share: ShareClass, facts: Facts) -> Iterator[Problem]:
    """A collective's members hold entitlements and nothing else, a cooperative's everything else."""
    if (share is ShareClass.ENTITLEMENT) is not (facts.book is BookKind.COLLECTIVE):
        yield share_must_be_of_the_book.at("/share", share=share)


def faults_of_quantification(act: Quantification, facts: Facts) -> Iterator[Problem]:
    """Every household named is one, once, and one of them at least holds something else."""
    times = Counter(part.member for part in act.households)
    for index, part in enumerate(act.households):
        yield from faults_of_holder(part.member, facts, on=act.on, pointer=f"/households/{index}/member")
        if times[part.member] > 1:
            yield household_must_be_named_once.at(
                f"/households/{index}/member", member=part.member, times=times[part.member]
            )
    if all(
        held_of(facts, part.member, ShareClass.ENTITLEMENT).quantity == part.units for part in act.households
    ):
        yield entitlements_must_change.at("/households")
    whole = sum(part.units for part in act.households)
    if act.total is not None and act.total != whole:
        yield units_must_make_the_total.at("/total", units=yuan(whole), total=yuan(act.total))


def write_quantification(act: Quantification, facts: Facts) -> Written:
    """量化: each household is moved to what the resolution gives it."""
    moves = (
        (part.member, part.units - held_of(facts, part.member, ShareClass.ENTITLEMENT).quantity)
        for part in act.households
    )
    return Written(
        movements=tuple(_movement(act, member, ShareAct.QUANTIFY, units) for member, units in moves if units)
    )


def faults_of_adjustment(act: Adjustment, facts: Facts) -> Iterator[Problem]:
    """The household is one, holds as much as leaves it, and the fact is one that brings or takes."""
    yield from faults_of_holder(act.member, facts, on=act.on)
    held = held_of(facts, act.member, ShareClass.ENTITLEMENT).quantity
    if act.units == 0:
        yield units_must_move.at("/units")
    elif act.fact in (_LEAVES if act.units > 0 else _COMES):
        yield fact_must_fit_its_sign.at("/units", units=yuan(act.units), fact=f"fact.{act.fact}")
    elif held + act.units < 0:
        yield holding_must_cover_it.at(
            "/units",
            member=act.member,
            share=ShareClass.ENTITLEMENT,
            date=act.on,
            held=yuan(held),
            quantity=yuan(-act.units),
        )


def write_adjustment(act: Adjustment) -> Written:
    """增减: one movement, by the paper that proves the fact."""
    return Written(movements=(_movement(act, act.member, ShareAct.ADJUST, act.units, paper=act.paper),))


def _movement(
    act: Quantification | Adjustment, member: str, why: ShareAct, units: Hundredths, *, paper: str = ""
) -> NewMovement:
    return entries.movement(
        act, member, ShareClass.ENTITLEMENT, why, quantity=units, price=0, value=0, number=paper
    )
