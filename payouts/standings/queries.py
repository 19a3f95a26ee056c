"""Scores of a township's villages, cadres and managers, gathered for its tiers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from msgspec.structs import replace
from sqlalchemy import Connection

from coop.members import queries as members
from coop.places import queries as places
from coop.places.rules import stood_in
from coop.scoring import queries as scoring
from ledger.books import queries as books
from payouts import commission, tiers
from payouts.policies import queries as policies
from payouts.scores.queries import measure
from payouts.ties import queries as ties
from payouts.ties.rules import in_order
from payouts.township_policies import queries as township_policies
from payouts.township_policies.rules import bonus_must_be_approved
from payouts.workings.queries import inputs_under
from schemas.books import Book, BookKind
from schemas.places import PlaceLevel
from schemas.policies import BonusLevel, PolicyKind, TieKey
from schemas.problems import Fault, Problem, Refusal
from schemas.runs import CommissionInputs, Fraction, RunKind
from schemas.scores import Cadre, VillageScore
from schemas.tiers import HeldPost, PostKind, RatedPerson, RatedVillage, TierInputs, TwoPosts
from schemas.units import Hundredths

bonus_must_be_there = Fault(
    code="bonus_must_be_there",
    says="No bonus 奖金 is recorded for {township} in {year} at the level {level}.",
    remedy="Record its pool, its way of paying and its coefficients or tariff.",
)
manager_must_be_one = Fault(
    code="manager_must_be_one",
    says="{village} has two managers called {person}; a bonus is paid by village and name.",
    remedy="Tell them apart in the register, such as by the group they live in, then work it out again.",
)
village_must_have_a_score = Fault(
    code="village_must_have_a_score",
    says="{village} has no score for {year}.",
    remedy="Enter it; the tiers are of all villages of the township.",
)

_LEVELS = {BonusLevel.TOWNSHIP: "乡镇", BonusLevel.VILLAGE: "村级"}
"""The levels as a hand-over's sheet calls them."""

_AMONG_SIX = {TieKey.BENEFIT: 5, TieKey.ATTENDANCE: 4}
"""Where 养殖效益 and 出勤情况 stand among a manager's six dimensions."""


def tier_inputs(
    db: Connection,
    *,
    township: str,
    year: int,
    two_posts: TwoPosts | None = None,
) -> TierInputs:
    """What the tiers of a township and year follow from; ``two_posts`` None: as the policy has it. Refused with
    everything missing: a bonus of either level, the score of a village that stood in the year, the score of a manager who serves
    one."""
    schemes = township_policies.bonus_schemes(db, township=township, year=year)
    scores = scoring.village_scores(db, township=township, year=year)
    villages = stood_in(
        places.places_below(db, code=township, level=PlaceLevel.VILLAGE),
        places.ends_of_villages(db, within=township),
        year=year,
    )
    problems = _missing_bonus(db, missing=set(BonusLevel) - schemes.keys(), township=township, year=year)
    problems += [
        village_must_have_a_score.at(f"/villages/{village.code}", village=village.name, year=year)
        for village in villages
        if village.code not in scores
    ]
    keys = schemes[BonusLevel.VILLAGE].ties if BonusLevel.VILLAGE in schemes else ()
    held: defaultdict[str, defaultdict[str, list[HeldPost]]] = defaultdict(lambda: defaultdict(list))
    for (village, name), cadre in scoring.cadres(db, township=township, year=year).items():
        held[village][name].append(_as_cadre(cadre, by=keys))
    for id in scoring.books_serving(db, township=township, year=year):
        book = books.book(db, id=id)
        if book is not None and book.kind is BookKind.COOPERATIVE:
            problems += _add_managers(db, held, book=book, township=township, year=year, by=keys)
    if problems:
        raise Refusal(*problems)
    found = TierInputs(
        township=township,
        year=year,
        over_villages=schemes[BonusLevel.TOWNSHIP],
        over_people=schemes[BonusLevel.VILLAGE],
        two_posts=two_posts or schemes[BonusLevel.VILLAGE].two_posts,
        villages=tuple(
            RatedVillage(
                code=village.code,
                name=village.name,
                score=scores[village.code].score,
                ties=_ties(scores[village.code], by=schemes[BonusLevel.TOWNSHIP].ties),
                people=tuple(
                    RatedPerson(name=name, posts=tuple(posts))
                    for name, posts in sorted(held[village.code].items())
                ),
            )
            for village in villages
        ),
    )
    return replace(
        found, resolved=in_order(tiers.ties_of(found), ties.orders(db, township=township, year=year))
    )


def _missing_bonus(
    db: Connection, *, missing: Collection[BonusLevel], township: str, year: int
) -> list[Problem]:
    """What is said of levels nothing is in force for: that the policy waits for its approval, or that there is none."""
    if not missing:
        return []
    name = places.township(db, code=township).name
    last = policies.last_version(db, book=township, kind=PolicyKind.BONUS, year=year)
    if last and len(missing) == len(BonusLevel):
        return [bonus_must_be_approved.at("/bonus", version=last, township=name, year=year)]
    return [
        bonus_must_be_there.at(f"/{level}", township=name, year=year, level=_LEVELS[level])
        for level in BonusLevel
        if level in missing
    ]


def _add_managers(
    db: Connection,
    held: defaultdict[str, defaultdict[str, list[HeldPost]]],
    *,
    book: Book,
    township: str,
    year: int,
    by: Sequence[TieKey],
) -> Iterable[Problem]:
    """The managers of one cooperative who serve a village of the township, with their published scores."""
    serving = {
        one.member: one.village
        for one in scoring.managers(db, book=book.id, year=year)
        if one.village.startswith(township)
    }
    if not serving:
        return ()
    known = members.members(db, book=book.id)
    of_village: defaultdict[str, set[str]] = defaultdict(set)
    for member, village in serving.items():
        name = known[member].name
        taken = any(post.kind is PostKind.MANAGER for post in held[village][name])
        if taken or name in of_village[village]:
            return (manager_must_be_one.at(f"/villages/{village}/{name}", person=name, village=village),)
        of_village[village].add(name)
    measured = measure(db, book=book, year=year)
    given = inputs_under(
        db, book=book, kind=RunKind.COMMISSION, policy=measured.policy, version=measured.version
    )
    assert isinstance(given, CommissionInputs), "a commission follows from commission inputs"
    problems = tuple(commission.faults_in(given))
    if problems:
        return problems
    for manager in given.managers:
        if manager.member in serving:
            score = commission.score_of(manager, policy=given.policy)
            held[serving[manager.member]][known[manager.member].name].append(
                HeldPost(
                    kind=PostKind.MANAGER,
                    title="管理员",
                    score=score.published,
                    ties=tuple(score.dimensions[_AMONG_SIX[key]] for key in by),
                )
            )
    return ()


def _as_cadre(cadre: Cadre, *, by: Sequence[TieKey]) -> HeldPost:
    return HeldPost(
        kind=PostKind.CADRE,
        title=cadre.post,
        score=cadre.score,
        ties=_ties(cadre, by=by),
        grade=cadre.grade,
    )


def _ties(of: Cadre | VillageScore, *, by: Sequence[TieKey]) -> tuple[Fraction, ...]:
    """The next keys in the policy's order."""
    points = {TieKey.BENEFIT: of.benefit, TieKey.ATTENDANCE: of.attendance}
    return tuple(_points(points[key]) for key in by)


def _points(hundredths: Hundredths) -> Fraction:
    return Fraction(numerator=hundredths, denominator=100)
