"""What may be written in the members' daybook, and how a wrong entry is taken back.

An entry is never changed. A wrong one is taken back, once, by a counter-entry 冲销 of the same day, member and kind with
everything that counts turned round: 1.50 days too many for M0001 on 5 March become -1.50 days for M0001 on 5 March, and
the right entry is written beside them. So a month's sum is always the plain sum of its entries.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from schemas.labour import WorkDay, WrittenWorkDay
from schemas.members import Member
from schemas.problems import Fault, Problem
from schemas.trade import Trade, WrittenTrade
from schemas.units import Value

MOST_DAYS = 31_00
"""The most days one entry holds: a whole month of them."""

entries_must_be_there = Fault(
    code="entries_must_be_there",
    says="Nothing is filled in.",
    remedy="Fill in at least one row.",
)
entry_needs_a_known_member = Fault(
    code="entry_needs_a_known_member",
    says="The register has no member {member}.",
    remedy="Give the number as the register has it.",
)
entry_needs_a_member_of_that_day = Fault(
    code="entry_needs_a_member_of_that_day",
    says="{member} was no member on {on}.",
    remedy="Check the day and the member.",
)
entry_must_not_be_of_the_future = Fault(
    code="entry_must_not_be_of_the_future",
    says="{on} has not come yet.",
    remedy="Write it down when it is done.",
)
entry_must_not_be_of_a_sealed_year = Fault(
    code="entry_must_not_be_of_a_sealed_year",
    says="The year {year} is closed for good.",
    remedy="What its members were paid by does not change any more.",
)
entry_needs_words = Fault(
    code="entry_needs_words",
    says="It is not said what it was.",
    remedy="Name the work, or the product and its unit.",
)
entry_must_count_above_zero = Fault(
    code="entry_must_count_above_zero",
    says="Days, wage, quantity and amount are above zero.",
    remedy="A wrong entry is taken back; it is not written again with a minus.",
)
days_must_fit_a_month = Fault(
    code="days_must_fit_a_month",
    says="One entry holds at most 31 days.",
    remedy="Give the days of each month by themselves.",
)
entry_must_exist = Fault(
    code="entry_must_exist",
    says="There is no entry {entry}.",
    remedy="Give its number as the list has it.",
)
counter_entry_stays = Fault(
    code="counter_entry_stays",
    says="Entry {entry} takes entry {reverses} back; it is not taken back itself.",
    remedy="Write the right entry down anew.",
)
entry_is_taken_back_once = Fault(
    code="entry_is_taken_back_once",
    says="Entry {entry} is taken back already, by entry {by}.",
    remedy="Nothing is left to do.",
)
taking_back_needs_a_reason = Fault(
    code="taking_back_needs_a_reason",
    says="It is not said why the entry is taken back.",
    remedy="Say in a few words what is wrong with it.",
)


class DaybookFacts(Value):
    """What the book knows that new entries are held against; ``on`` is today."""

    members: Mapping[str, Member]
    sealed: frozenset[int]
    on: date


def faults_of_entries(new: Sequence[Trade | WorkDay], facts: DaybookFacts) -> tuple[Problem, ...]:
    """Everything that keeps entries from being written down, at once."""
    if not new:
        return (entries_must_be_there.at("/items"),)
    return tuple(
        problem
        for index, one in enumerate(new)
        for problem in (
            *_faults_of_day_and_member(one, facts, at=f"/items/{index}"),
            *_faults_of_figures(one, at=f"/items/{index}"),
        )
    )


def faults_of_taking_back(
    wrong: WrittenTrade | WrittenWorkDay | None, facts: DaybookFacts, *, entry: int, reason: str
) -> tuple[Problem, ...]:
    """Everything that keeps an entry from being taken back."""
    if wrong is None:
        return (entry_must_exist.at("/entry", entry=entry),)
    problems = []
    if wrong.reverses is not None:
        problems.append(counter_entry_stays.at("/entry", entry=entry, reverses=wrong.reverses))
    if wrong.taken_back_by is not None:
        problems.append(entry_is_taken_back_once.at("/entry", entry=entry, by=wrong.taken_back_by))
    if wrong.on.year in facts.sealed:
        problems.append(entry_must_not_be_of_a_sealed_year.at("/entry", year=wrong.on.year))
    if not reason.strip():
        problems.append(taking_back_needs_a_reason.at("/reason"))
    return tuple(problems)


def counter_work_day(wrong: WrittenWorkDay) -> WorkDay:
    """The entry that takes a work day back."""
    return WorkDay(
        on=wrong.on,
        member=wrong.member,
        work=wrong.work,
        days=-wrong.days,
        day_wage=wrong.day_wage,
        reverses=wrong.entry,
    )


def counter_trade(wrong: WrittenTrade) -> Trade:
    """The entry that takes a trade back."""
    return Trade(
        on=wrong.on,
        member=wrong.member,
        product=wrong.product,
        quantity=-wrong.quantity,
        unit=wrong.unit,
        amount=-wrong.amount,
        reverses=wrong.entry,
    )


def _faults_of_day_and_member(one: Trade | WorkDay, facts: DaybookFacts, *, at: str) -> Iterable[Problem]:
    member = facts.members.get(one.member)
    if member is None:
        yield entry_needs_a_known_member.at(f"{at}/member", member=one.member or "—")
    elif not member.joined_on <= one.on <= (member.left_on or date.max):
        yield entry_needs_a_member_of_that_day.at(f"{at}/member", member=one.member, on=one.on)
    if one.on > facts.on:
        yield entry_must_not_be_of_the_future.at(f"{at}/on", on=one.on)
    if one.on.year in facts.sealed:
        yield entry_must_not_be_of_a_sealed_year.at(f"{at}/on", year=one.on.year)


def _faults_of_figures(one: Trade | WorkDay, *, at: str) -> Iterable[Problem]:
    if isinstance(one, WorkDay):
        words, figures = {"work": one.work}, {"days": one.days, "day_wage": one.day_wage}
    else:
        words, figures = (
            {"product": one.product, "unit": one.unit},
            {"quantity": one.quantity, "amount": one.amount},
        )
    for name, text in words.items():
        if not text.strip():
            yield entry_needs_words.at(f"{at}/{name}")
    for name, figure in figures.items():
        if figure <= 0:
            yield entry_must_count_above_zero.at(f"{at}/{name}")
    if isinstance(one, WorkDay) and one.days > MOST_DAYS:
        yield days_must_fit_a_month.at(f"{at}/days")
