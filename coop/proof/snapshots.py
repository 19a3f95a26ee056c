"""Frozen months must be what the log sealed, and their ranks what follows from them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from coop.snapshots import rules
from ledger.periods.rules import month_text
from schemas.log import LogEntry
from schemas.places import PlaceLevel
from schemas.problems import Fault, Problem
from schemas.snapshots import FrozenRank, FrozenVillage, KeptSnapshot

snapshot_must_be_as_sealed = Fault(
    code="snapshot_must_be_as_sealed",
    says="{township}: the month {month} is not as it was frozen.",
    remedy="Somebody changed a frozen figure behind the service's back; compare with a backup.",
)
sealed_snapshot_must_be_there = Fault(
    code="sealed_snapshot_must_be_there",
    says="{township}: the log says (entry {seq}) that {month} was frozen or ranked, but it is gone.",
    remedy="Somebody removed it behind the service's back; restore it from a backup.",
)
ranks_must_be_as_sealed = Fault(
    code="ranks_must_be_as_sealed",
    says="{township}: where its villages stood in {month} above the township is not what the log sealed.",
    remedy="Somebody changed a rank behind the service's back; compare with a backup.",
)
rank_must_follow_from_frozen = Fault(
    code="rank_must_follow_from_frozen",
    says="{month}, {level} {place}: the ranks of the villages of {township} do not follow from what is frozen.",
    remedy="Somebody changed a rank or a frozen figure behind the service's back; compare with a backup.",
)


def faults_of_snapshots(
    kept: Iterable[KeptSnapshot], logged: Iterable[LogEntry], *, township: str
) -> Iterator[Problem]:
    """Every frozen month of a township that is not as the log left it, or whose ranks within it do not follow."""
    waiting = {(entry.act, entry.subject): entry for entry in logged}
    for one in kept:
        month = month_text(one.snapshot.month)
        at, subject = f"/townships/{township}/snapshots/{month}", rules.subject_of(one.snapshot.month)
        frozen = waiting.pop((rules.FROZEN, subject), None)
        said = (one.snapshot.as_of.isoformat(), one.frozen_at, one.digest)
        if (
            frozen is None
            or said != (frozen.after, frozen.at, frozen.content)
            or rules.sealed(one.snapshot) != one.digest
        ):
            yield snapshot_must_be_as_sealed.at(at, township=township, month=month)
        ranked = waiting.pop((rules.RANKED, subject), None)
        if one.ranked_at is not None and one.ranked_on is not None:
            told = (one.ranked_on.isoformat(), one.ranked_at, rules.sealed_ranks(one.ranks))
            holds = ranked is not None and told == (ranked.after, ranked.at, ranked.content)
        else:
            holds = ranked is None and all(rank.level is PlaceLevel.TOWNSHIP for rank in one.ranks)
        if not holds:
            yield ranks_must_be_as_sealed.at(at, township=township, month=month)
        within = tuple(rank for rank in one.ranks if rank.level is PlaceLevel.TOWNSHIP)
        if within != rules.places_of(PlaceLevel.TOWNSHIP, one.snapshot.villages):
            yield _not_following(one, PlaceLevel.TOWNSHIP)
    for entry in waiting.values():
        month = entry.subject.partition(":")[2]
        at = f"/townships/{township}/snapshots/{month}"
        yield sealed_snapshot_must_be_there.at(at, township=township, seq=entry.seq, month=month)


def faults_of_ranks(kept: Iterable[KeptSnapshot]) -> Iterator[Problem]:
    """Every month of a township of the house whose ranks above it do not follow from what was frozen by then."""
    months: defaultdict[tuple[int, str], list[KeptSnapshot]] = defaultdict(list)
    for one in kept:
        province = rules.place_at(one.snapshot.township, PlaceLevel.PROVINCE)
        months[one.snapshot.month, province].append(one)
    for frozen in months.values():
        for moment in sorted({one.ranked_at for one in frozen if one.ranked_at is not None}):
            ranked = {one.snapshot.township: one for one in frozen if one.ranked_at == moment}
            yield from _faults_of_moment(
                ranked,
                [village for one in frozen if one.frozen_at <= moment for village in one.snapshot.villages],
            )


def _faults_of_moment(
    ranked: Mapping[str, KeptSnapshot], villages: Iterable[FrozenVillage]
) -> Iterator[Problem]:
    follows = rules.above_townships(villages, ranked.keys())
    for township, one in ranked.items():
        for level in rules.ABOVE:
            if _of(level, one.ranks) != _of(level, follows.get(township, ())):
                yield _not_following(one, level)


def _of(level: PlaceLevel, ranks: Iterable[FrozenRank]) -> tuple[FrozenRank, ...]:
    return tuple(one for one in ranks if one.level is level)


def _not_following(one: KeptSnapshot, level: PlaceLevel) -> Problem:
    township, month = one.snapshot.township, month_text(one.snapshot.month)
    return rank_must_follow_from_frozen.at(
        f"/townships/{township}/snapshots/{month}",
        month=month,
        level=level.value,
        place=rules.place_at(township, level),
        township=township,
    )
