"""Who is listed, what may be said against it, and when everybody may read it (RULES §8).

k = min(3, half of all), ties included; of five villages the first two and the last two are listed:

>>> from schemas.places import PlaceLevel
>>> def at(rank): return FrozenRank(level=PlaceLevel.COUNTY, village="", rank=rank, from_below=6 - rank, of=5)
>>> [", ".join(colours(at(rank))) for rank in range(1, 6)]
['red', 'red', '', 'black', 'black']
"""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from ledger.periods.rules import month_text
from ledger.seal import rules as seal
from schemas.appeals import AppealPaper
from schemas.lists import Colour, ListAppeal
from schemas.problems import Fault, Problem
from schemas.snapshots import FrozenRank, KeptSnapshot
from schemas.units import PersonId

MOST_LISTED = 3
MOST_TEXT = 1000
SAID, UPHELD, REJECTED = "listing.appeal", "listing.uphold", "listing.reject"
"""What the log calls an appeal against a list and its answers."""

month_must_be_frozen = Fault(
    code="month_must_be_frozen",
    says="{month} of {township} is not frozen.",
    remedy="A month is frozen on the 1st of the next one; look it up among the frozen months.",
)
village_must_be_listed = Fault(
    code="village_must_be_listed",
    says="{village} is on no list of {month}.",
    remedy="Only who is listed has something to say against it; figures are mended by vouchers and scans.",
)
book_must_be_a_villages = Fault(
    code="book_must_be_a_villages",
    says="This is not the book of a village's collective.",
    remedy="A village's collective appeals from its own book.",
)
list_appeal_must_be_in_time = Fault(
    code="list_appeal_must_be_in_time",
    says="Until {last} one could say something against the lists of {month}.",
    remedy="The lists are published; speak with the township.",
)
list_appeal_must_say_why = Fault(
    code="list_appeal_must_say_why",
    says="Nothing is said yet, or more than {most} characters.",
    remedy="Say in a few words what is wrong.",
)
list_appeal_must_be_the_first = Fault(
    code="list_appeal_must_be_the_first",
    says="{village} has said something against the lists of {month} already: appeal {number}.",
    remedy="The answer to it stands for this month.",
)
list_paper_must_come_within = Fault(
    code="list_paper_must_come_within",
    says="The paper came in on {came}; that is not between {since} and today, {today}.",
    remedy="Enter the day that was stamped on it when it came in.",
)
list_appeal_must_be_there = Fault(
    code="list_appeal_must_be_there",
    says="There is no appeal {number} against a list of this township.",
    remedy="Look it up among the appeals.",
)
list_appeal_must_be_open = Fault(
    code="list_appeal_must_be_open",
    says="Appeal {number} was answered.",
    remedy="The answer stands for this month.",
)
list_answerer_must_be_another = Fault(
    code="list_answerer_must_be_another",
    says="Who recorded an appeal does not answer it.",
    remedy="Have another officer answer it.",
)


def colours(rank: FrozenRank) -> tuple[Colour, ...]:
    """Which lists a rank is on: the first and the last k, ties included."""
    listed = min(MOST_LISTED, rank.of // 2)
    on = {Colour.RED: rank.rank, Colour.BLACK: rank.from_below}
    return tuple(colour for colour, place in on.items() if place <= listed)


def appeals_until(kept: KeptSnapshot) -> date | None:
    """The last day to say something against the lists of a month, calendar days from the one its ranks stood; None while
    they do not stand at every level."""
    if kept.ranked_on is None:
        return None
    return kept.ranked_on + timedelta(days=kept.snapshot.policy.list_appeal_days)


def is_published(kept: KeptSnapshot, *, on: date) -> bool:
    """Whether everybody may read the lists of a month by a day."""
    last = appeals_until(kept)
    return last is not None and on > last


def faults_of_appeal(
    text: str,
    *,
    village: str,
    kept: KeptSnapshot,
    others: Iterable[ListAppeal],
    on: date,
    paper: AppealPaper | None,
) -> tuple[Problem, ...]:
    """Everything that stands against an appeal: the village is on no list, has appealed already, nothing is said, or the
    days are over. A ``paper`` counts on the day it came in."""
    month = month_text(kept.snapshot.month)
    problems = list(faults_of_text(text))
    if not any(colours(one) for one in kept.ranks if one.village == village):
        problems.append(village_must_be_listed.at("/village", village=village, month=month))
    problems += (
        list_appeal_must_be_the_first.at("/village", village=village, month=month, number=one.number)
        for one in others
        if one.village == village
    )
    last, since = appeals_until(kept), kept.snapshot.as_of
    if paper is not None and not since <= paper.came <= on:
        problems.append(list_paper_must_come_within.at("/came", came=paper.came, since=since, today=on))
    elif last is not None and (on if paper is None else paper.came) > last:
        problems.append(list_appeal_must_be_in_time.at("/month", last=last, month=month))
    return tuple(problems)


def faults_of_text(text: str) -> tuple[Problem, ...]:
    """Nothing said, or too much."""
    said = 0 < len(text.strip()) <= MOST_TEXT
    return () if said else (list_appeal_must_say_why.at("/text", most=MOST_TEXT),)


def faults_of_answer(appeal: ListAppeal, *, text: str, by: PersonId) -> tuple[Problem, ...]:
    """Everything that stands against an answer: there is one, nothing is said, or it comes from who recorded the
    appeal."""
    problems = list(faults_of_text(text))
    if appeal.answer is not None:
        problems.append(list_appeal_must_be_open.at("/number", number=appeal.number))
    if by == appeal.by:
        problems.append(list_answerer_must_be_another.at("/by"))
    return tuple(problems)


def subject_of(number: int) -> str:
    """What the log calls an appeal."""
    return f"list-appeal:{number}"


def sealed(appeal: ListAppeal) -> str:
    """The SHA-256 under which the log seals an appeal as it was said."""
    return seal.digest_of(msgspec.structs.replace(appeal, answer=None))
