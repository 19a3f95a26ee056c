"""What a sheet of those a reward scheme looks at must be, and which resolved order counts for whom (RULES §7).

An order that a resolution gave counts for exactly those it names: where a corrected score brings a third one level with
them, the three are not in order yet.

>>> resolved((("甲", "乙"),), [("乙", "甲")]), resolved((("甲", "乙", "丙"),), [("乙", "甲")])
(('乙', '甲'), ())
"""

from collections.abc import Iterable, Sequence

import msgspec

from ledger.money import text_from_hundredths, yuan
from payouts import rewards
from payouts.policies.approval import LONGEST_RESOLUTION, resolution_must_be_short
from schemas.problems import Fault, Problem, Refusal
from schemas.rewards import ByFigures, ByMark, Candidate, NewSheet, RewardInputs, Rewards, Scheme
from schemas.runs import RunLine, RunPart

REWARD, DEDUCTION = "reward", "deduction"
"""奖励 and 扣减: what the two parts of a run of rewards go by."""
PAID, DEDUCTED = 1, 2
"""The numbers of the two parts."""

candidates_must_be_there = Fault(
    code="candidates_must_be_there",
    says="Nobody stands on the sheet.",
    remedy="Enter everybody the scheme looks at.",
)
candidate_must_have_a_name = Fault(
    code="candidate_must_have_a_name",
    says="Line {no} names nobody.",
    remedy="Enter the village or the person.",
)
candidate_must_be_there_once = Fault(
    code="candidate_must_be_there_once",
    says="{who} stands on the sheet twice.",
    remedy="Keep one of the lines; two people of one name need something that tells them apart.",
)
mark_must_be_of_the_scheme = Fault(
    code="mark_must_be_of_the_scheme",
    says="{who}: no class of the scheme takes {mark}; it knows {known}.",
    remedy="Enter one of them, or leave it empty: then no class takes the line.",
)
point_must_be_of_the_scheme = Fault(
    code="point_must_be_of_the_scheme",
    says="{who}: the scheme asks for no {name}; it knows {known}.",
    remedy="Leave it out, or enter it under its own name.",
)
score_must_come_from_its_parts = Fault(
    code="score_must_come_from_its_parts",
    says="{who}: the scheme puts the score together from {known}; a score of its own does not count.",
    remedy="Enter the points of the parts and leave the score empty.",
)
entitled_must_not_be_below_zero = Fault(
    code="entitled_must_not_be_below_zero",
    says="{who}: nobody is entitled to {amount}.",
    remedy="Enter the amount, 0.00 where there is none.",
)
tie_key_must_be_a_number = Fault(
    code="tie_key_must_be_a_number",
    says="{who}: a next key is a fraction of nought parts.",
    remedy="Give it a denominator of at least 1.",
)
tie_keys_must_be_as_many = Fault(
    code="tie_keys_must_be_as_many",
    says="{who} has {count} next keys, {first} has {wanted}.",
    remedy="Give everybody the same keys in the same order.",
)
period_must_be_of_the_year = Fault(
    code="period_must_be_of_the_year",
    says="{period} does not lie in {year}.",
    remedy="Take the scheme of that year.",
)
sheet_must_be_there = Fault(
    code="sheet_must_be_there",
    says="Nobody is written down for {period} yet.",
    remedy="Write the sheet down first.",
)
scheme_must_be_in_force = Fault(
    code="scheme_must_be_in_force",
    says="No scheme {scheme} is approved for {year}.",
    remedy="Record it, have another officer approve it, or choose one of those in force: {known}.",
)
reward_must_be_chosen = Fault(
    code="reward_must_be_chosen",
    says="A scheme and its period belong to rewards, and rewards need them; the run is {kind}.",
    remedy="Name the scheme and the year or month of its sheet for rewards, and leave them out for every other kind.",
)
reward_must_be_paid_once = Fault(
    code="reward_must_be_paid_once",
    says="{scheme} is paid for {period} already, by {run}.",
    remedy="Take that run back first, or choose another period.",
)
order_must_be_of_a_tie = Fault(
    code="order_must_be_of_a_tie",
    says="{who} are not the ones the boundary runs between; it waits for an order of {ties}.",
    remedy="Name just those, each once, the first first.",
)
order_needs_a_resolution = Fault(
    code="order_needs_a_resolution",
    says="An order needs the number of the resolution that gave it.",
    remedy="Enter the number that stands on the resolution.",
)


def faults_of_sheet(new: NewSheet, scheme: Scheme, *, year: int) -> tuple[Problem, ...]:
    """Everything that is wrong with a sheet under its scheme, by line and column: nobody's name, one name twice, a mark,
    points or figures the scheme does not know or misses."""
    problems = list(faults_of_period(new.period, year=year))
    if not new.candidates:
        problems.append(candidates_must_be_there.at("/candidates"))
    seen: set[str] = set()
    for no, one in enumerate(new.candidates):
        at = f"/candidates/{no}"
        if not one.who.strip():
            problems.append(candidate_must_have_a_name.at(f"{at}/who", no=no + 1))
        elif one.who in seen:
            problems.append(candidate_must_be_there_once.at(f"{at}/who", who=one.who))
        seen.add(one.who)
        problems += _faults_of_line(one, scheme, at=at, first=new.candidates[0])
        for problem in rewards.missing(scheme, [one]):
            is_points = problem.code == rewards.score_must_have_its_parts.code
            name = problem.figures["part" if is_points else "figure"]
            pointer = f"{at}/{'points' if is_points else 'figures'}/{name}"
            problems.append(msgspec.structs.replace(problem, pointer=pointer))
    return tuple(problems)


def faults_of_period(period: str, *, year: int) -> tuple[Problem, ...]:
    """The period is not the year, nor a month of it."""
    if int(period[:4]) == year:
        return ()
    return (period_must_be_of_the_year.at("/period", period=period, year=year),)


def _faults_of_line(one: Candidate, scheme: Scheme, *, at: str, first: Candidate) -> Iterable[Problem]:
    parts = [part.name for part in scheme.score]
    figures = figures_of(scheme)
    marks = marks_of(scheme)
    if one.mark and one.mark not in marks:
        yield mark_must_be_of_the_scheme.at(
            f"{at}/mark", who=one.who, mark=one.mark, known="、".join(marks) or "—"
        )
    for kind, given, known in (("points", one.points, parts), ("figures", one.figures, figures)):
        for name in sorted(set(given) - set(known)):
            yield point_must_be_of_the_scheme.at(
                f"{at}/{kind}/{name}", who=one.who, name=name, known="、".join(known) or "—"
            )
    if parts and one.score:
        yield score_must_come_from_its_parts.at(f"{at}/score", who=one.who, known="、".join(parts))
    if one.entitled < 0:
        yield entitled_must_not_be_below_zero.at(f"{at}/entitled", who=one.who, amount=yuan(one.entitled))
    if any(key.denominator < 1 for key in one.ties):
        yield tie_key_must_be_a_number.at(f"{at}/ties", who=one.who)
    if len(one.ties) != len(first.ties):
        yield tie_keys_must_be_as_many.at(
            f"{at}/ties", who=one.who, count=len(one.ties), first=first.who, wanted=len(first.ties)
        )


def figures_of(scheme: Scheme) -> tuple[str, ...]:
    """The figures a scheme goes by, in the order in which it names them."""
    named = [
        bound.figure
        for one in scheme.classes
        if isinstance(one.takes, ByFigures)
        for bound in one.takes.bounds
    ]
    return tuple(dict.fromkeys([*(rate.figure for rate in scheme.rates), *named]))


def marks_of(scheme: Scheme) -> tuple[str, ...]:
    """The marks its classes take."""
    return tuple(mark for one in scheme.classes if isinstance(one.takes, ByMark) for mark in one.takes.marks)


def faults_of_order(
    who: Sequence[str], ties: Sequence[Sequence[str]], *, resolution: str
) -> tuple[Problem, ...]:
    """Everything that is wrong with an order a resolution gave: it names others than those a boundary divides, or no
    number."""
    problems: list[Problem] = []
    if len(set(who)) != len(who) or set(who) not in [set(one) for one in ties]:
        said = "；".join("、".join(one) for one in ties) or "—"
        problems.append(order_must_be_of_a_tie.at("/who", who="、".join(who) or "—", ties=said))
    if not resolution:
        problems.append(order_needs_a_resolution.at("/resolution"))
    elif len(resolution) > LONGEST_RESOLUTION:
        problems.append(
            resolution_must_be_short.at("/resolution", length=len(resolution), most=LONGEST_RESOLUTION)
        )
    return tuple(problems)


def resolved(ties: Iterable[Sequence[str]], orders: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The order of everybody whom a boundary divides and a resolution put in order; of several orders of the same ones
    the last."""
    by_names = {frozenset(one): tuple(one) for one in orders}
    return tuple(who for tie in ties for who in by_names.get(frozenset(tie), ()))


def resolved_of(
    scheme: Scheme, candidates: Sequence[Candidate], orders: Sequence[Sequence[str]]
) -> tuple[str, ...]:
    """The order of everybody whom a boundary divides and a resolution put in order; of nobody while something the scheme
    goes by is missing."""
    if any(True for _ in rewards.missing(scheme, candidates)):
        return ()
    return resolved(rewards.ties_of(scheme, candidates), orders)


def made_of(
    scheme: Scheme, candidates: Sequence[Candidate], *, pool: int | None, orders: Sequence[Sequence[str]]
) -> tuple[Rewards | None, tuple[tuple[str, ...], ...], tuple[Problem, ...]]:
    """A sheet worked out, or what keeps it from being: the rewards, the ties that wait for an order, the problems."""
    missing = tuple(rewards.missing(scheme, candidates))
    if missing:
        return None, (), missing
    ties = rewards.ties_of(scheme, candidates)
    order = resolved(ties, orders)
    waiting = tuple(tie for tie in ties if not set(tie) <= set(order))
    try:
        return rewards.worked_out(scheme, candidates, pool=pool, resolved=order), waiting, ()
    except Refusal as refusal:
        return None, waiting, refusal.problems


def line_text(one: Candidate | None) -> str:
    """What a line of a sheet says of somebody, as far as it says something: 得分 and figures with two decimals.

    >>> line_text(Candidate(who="甲村", score=8830, figures={"错填": 300}, excluded=True))
    '88.30, 错填 3.00, ✕'
    >>> line_text(None)
    '—'
    """
    if one is None:
        return "—"
    keys = (str(key) for key in one.ties)
    said = (
        text_from_hundredths(one.score) if one.score else "",
        *(f"{name} {text_from_hundredths(points)}" for name, points in sorted(one.points.items())),
        f"±{text_from_hundredths(one.adjustment)}" if one.adjustment else "",
        one.mark,
        *(f"{name} {text_from_hundredths(figure)}" for name, figure in sorted(one.figures.items())),
        yuan(one.entitled) if one.entitled else "",
        *keys,
        "✕" if one.excluded else "",
    )
    return ", ".join(filter(None, said)) or "0"


def stored(inputs: RewardInputs, result: Rewards) -> tuple[tuple[RunPart, ...], tuple[RunLine, ...]]:
    """A run of rewards as it is kept: a part of what is paid and a part of what is deducted, both from 0 up; by rank a line
    for everybody on the sheet, in the one part or the other, whose weight is the rank."""
    lines = tuple(
        RunLine(part=DEDUCTED if one.paid < 0 else PAID, payee=one.who, weight=one.rank, amount=abs(one.paid))
        for one in result.rewards
    )
    parts = (
        RunPart(
            no=no,
            name=inputs.title,
            bp=0,
            basis=basis,
            patronage=False,
            amount=sum(line.amount for line in lines if line.part == no),
            total_weight=sum(line.weight for line in lines if line.part == no),
            fen_from_remainders=0,
        )
        for no, basis in ((PAID, REWARD), (DEDUCTED, DEDUCTION))
    )
    return tuple(parts), lines
