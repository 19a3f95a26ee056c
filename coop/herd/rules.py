"""What may be entered of the herd, and how an animal leaves it (RULES §10).

An animal counts for its owner in every year its stay touches, the one it died in included. One that came on 3 March 2025
and died on 9 September counts in 2025. A share of calves is entered by its act of the register, never here.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from schemas.herd import Animal, AnimalOrigin, AnimalState, Leaving
from schemas.members import Member
from schemas.problems import Fault, Problem
from schemas.units import Value

animals_must_be_there = Fault(
    code="animals_must_be_there",
    says="No animal is named.",
    remedy="Give at least one ear tag.",
)
ear_tag_must_be_whole = Fault(
    code="ear_tag_must_be_whole",
    says="{ear_tag} is no ear tag.",
    remedy="It has 15 digits: 1 pig, 2 cattle or 3 sheep, six of the county, eight of its own.",
)
ear_tag_must_be_new = Fault(
    code="ear_tag_must_be_new",
    says="Animal {ear_tag} is already in the herd.",
    remedy="Compare the tag with the animal; every animal has one of its own.",
)
batch_must_be_known = Fault(
    code="batch_must_be_known",
    says="The book has no batch {batch}.",
    remedy="Add it among the details first; its costs are kept on 141 by it.",
)
share_calves_come_by_their_act = Fault(
    code="share_calves_come_by_their_act",
    says="A calf brought in as a share is entered by its act of the register.",
    remedy="Prepare the act: it writes share, voucher and animal at once.",
)
animal_owner_must_fit_its_origin = Fault(
    code="animal_owner_must_fit_its_origin",
    says="An animal in custody is a member's, a lent one its lender's.",
    remedy="Name the owner of one in custody, and the lender of a lent one only.",
)
animal_names_known_members = Fault(
    code="animal_names_known_members",
    says="{member} was no member on {on}.",
    remedy="Check the day and the member.",
)
lender_must_be_known = Fault(
    code="lender_must_be_known",
    says="The book has no counterparty {lender}.",
    remedy="Add it among the counterparties first.",
)
herd_day_must_have_come = Fault(
    code="herd_day_must_have_come",
    says="{on} has not come yet.",
    remedy="Write it down when it is done.",
)
herd_of_a_sealed_year_stays = Fault(
    code="herd_of_a_sealed_year_stays",
    says="The year {year} is closed for good.",
    remedy="What its members were paid by does not change any more.",
)
weight_and_price_are_above_zero = Fault(
    code="weight_and_price_are_above_zero",
    says="A weight, a price and an indemnity are above zero.",
    remedy="Leave empty what is not known.",
)
animal_must_be_in_the_herd = Fault(
    code="animal_must_be_in_the_herd",
    says="There is no animal {ear_tag} in the herd.",
    remedy="Give its tag as the list has it.",
)
animal_leaves_once = Fault(
    code="animal_leaves_once",
    says="Animal {ear_tag} left on {on}.",
    remedy="Nothing is left to do.",
)
animal_leaves_after_it_came = Fault(
    code="animal_leaves_after_it_came",
    says="Animal {ear_tag} came on {on}.",
    remedy="Check the day.",
)
leaving_must_fit = Fault(
    code="leaving_must_fit",
    says="An animal is sold or dead, or a lent one given back.",
    remedy="Choose one of them.",
)
sale_needs_weight_and_price = Fault(
    code="sale_needs_weight_and_price",
    says="A sale names the weight and the price a kilogram.",
    remedy="Take both from the weighing slip.",
)
death_needs_its_proof = Fault(
    code="death_needs_its_proof",
    says="A death is proved: photo of the animal with its tag, the vet's note, the disposal of the carcass.",
    remedy="Attach at least one scan or photo.",
)

_BY_ACT = (AnimalOrigin.GRANTED_SHARE, AnimalOrigin.OWN_SHARE)


class HerdFacts(Value):
    """What the book knows that the herd's entries are held against; ``on`` is today."""

    animals: Mapping[str, Animal]
    members: Mapping[str, Member]
    counterparties: Collection[str]
    batches: Collection[str]
    sealed: frozenset[int]
    on: date


def faults_of_animals(new: Sequence[Animal], facts: HerdFacts) -> tuple[Problem, ...]:
    """Everything that keeps animals from being entered, at once."""
    if not new:
        return (animals_must_be_there.at("/items"),)
    seen = set(facts.animals)
    problems: list[Problem] = []
    for index, one in enumerate(new):
        at = f"/items/{index}"
        if not re.fullmatch(r"[123][0-9]{14}", one.ear_tag):
            problems.append(ear_tag_must_be_whole.at(f"{at}/ear_tag", ear_tag=one.ear_tag or "—"))
        elif one.ear_tag in seen:
            problems.append(ear_tag_must_be_new.at(f"{at}/ear_tag", ear_tag=one.ear_tag))
        seen.add(one.ear_tag)
        problems += _faults_of_animal(one, facts, at=at)
    return tuple(problems)


def _faults_of_animal(one: Animal, facts: HerdFacts, *, at: str) -> Iterable[Problem]:
    if one.batch not in facts.batches:
        yield batch_must_be_known.at(f"{at}/batch", batch=one.batch or "—")
    if one.origin in _BY_ACT:
        yield share_calves_come_by_their_act.at(f"{at}/origin")
    lent, custody = one.origin is AnimalOrigin.LENT, one.origin is AnimalOrigin.CUSTODY
    if lent != (one.lender is not None) or (custody and one.owner_member is None):
        yield animal_owner_must_fit_its_origin.at(f"{at}/{'lender' if lent else 'owner_member'}")
    elif one.lender is not None and one.lender not in facts.counterparties:
        yield lender_must_be_known.at(f"{at}/lender", lender=one.lender)
    for name, number in (("owner_member", one.owner_member), ("keeper", one.keeper)):
        member = None if number is None else facts.members.get(number)
        if number is not None and (
            member is None or not member.joined_on <= one.entered_on <= (member.left_on or date.max)
        ):
            yield animal_names_known_members.at(f"{at}/{name}", member=number, on=one.entered_on)
    yield from _faults_of_day(one.entered_on, facts, at=f"{at}/entered_on")
    for name, figure in (("entered_weight", one.entered_weight), ("agreed_price", one.agreed_price)):
        if figure is not None and figure <= 0:
            yield weight_and_price_are_above_zero.at(f"{at}/{name}")


def faults_of_leaving(
    ear_tag: str, leaving: Leaving, facts: HerdFacts, *, proofs: int
) -> tuple[Problem, ...]:
    """Everything that keeps an animal's leaving from being written down; ``proofs`` is how many scans come with it."""
    found = facts.animals.get(ear_tag)
    if found is None:
        return (animal_must_be_in_the_herd.at("/ear_tag", ear_tag=ear_tag),)
    if found.leaving is not None:
        return (animal_leaves_once.at("/ear_tag", ear_tag=ear_tag, on=found.leaving.on),)
    problems = list(_faults_of_day(leaving.on, facts, at="/on"))
    if leaving.on < found.entered_on:
        problems.append(animal_leaves_after_it_came.at("/on", ear_tag=ear_tag, on=found.entered_on))
    lent = found.origin is AnimalOrigin.LENT
    if leaving.state is AnimalState.PRESENT or (leaving.state is AnimalState.RETURNED and not lent):
        problems.append(leaving_must_fit.at("/state"))
    if leaving.state is AnimalState.SOLD and not (leaving.weight and leaving.price):
        problems.append(sale_needs_weight_and_price.at("/weight"))
    if leaving.state is AnimalState.DEAD and not proofs:
        problems.append(death_needs_its_proof.at("/files"))
    for name, figure in (
        ("weight", leaving.weight),
        ("price", leaving.price),
        ("indemnity", leaving.indemnity),
    ):
        if figure is not None and figure <= 0:
            problems.append(weight_and_price_are_above_zero.at(f"/{name}"))
    return tuple(problems)


def _faults_of_day(day: date, facts: HerdFacts, *, at: str) -> Iterable[Problem]:
    if day > facts.on:
        yield herd_day_must_have_come.at(at, on=day)
    if day.year in facts.sealed:
        yield herd_of_a_sealed_year_stays.at(at, year=day.year)
