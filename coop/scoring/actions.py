"""Writing down managers, who rates them and when, ballots, village scores and cadres."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection, insert

from coop.access import actions as access
from coop.households import queries as households
from coop.households.rules import household_must_be_there
from coop.scoring import queries, rules
from coop.scoring.tables import (
    BallotRow,
    BallotScanRow,
    CadreRow,
    ManagerChangeRow,
    ManagerRow,
    RaterRow,
    RatingDaysRow,
    VillageScoreRow,
)
from ledger.columns import table_of
from ledger.evidence import actions as evidence
from ledger.log import actions as log
from ledger.money import text_from_hundredths
from ledger.seal import rules as seal
from schemas.evidence import EvidenceFile
from schemas.households import HouseholdOf
from schemas.log import Act
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.scores import (
    Ballot,
    BallotWay,
    Cadre,
    GivenBallot,
    Manager,
    ManagerChange,
    Rater,
    RaterKind,
    RatingDays,
    VillageScore,
)
from schemas.units import BookId, Hundredths, PersonId

_manager = table_of(ManagerRow)
_change = table_of(ManagerChangeRow)
_ballot = table_of(BallotRow)
_scan = table_of(BallotScanRow)
_rater = table_of(RaterRow)
_rating = table_of(RatingDaysRow)
_score = table_of(VillageScoreRow)
_cadre = table_of(CadreRow)


def appoint(db: Connection, new: Sequence[Manager], *, book: BookId, by: PersonId, at: datetime) -> None:
    """Name the managers of a year with the villages they serve, all or none. Refused: no member that year, named
    already, no such village."""
    log.lock(db, book=book)
    for year in {one.year for one in new}:
        problems = rules.faults_of_managers(new, queries.scoring_facts(db, book=book, year=year))
        if problems:
            raise Refusal(*problems)
    name_managers(db, new, book=book, by=by, at=at)


def change_manager(
    db: Connection, change: ManagerChange, *, book: BookId, year: int, by: PersonId, at: datetime
) -> None:
    """Give a manager another village, or take the naming back while nobody has rated him."""
    head = log.lock(db, book=book)
    problems = rules.faults_of_change(change, queries.scoring_facts(db, book=book, year=year))
    if problems:
        raise Refusal(*problems)
    version = queries.last_change(db, book=book, year=year, member=change.member) + 1
    db.execute(
        insert(_change),
        [
            {
                "book_id": book,
                "year": year,
                "member_no": change.member,
                "version": version,
                "village_code": change.village,
                "reason": change.reason.strip(),
                "changed_by": by,
                "at": log.instant(at),
            }
        ],
    )
    act = Act(
        by=by,
        act="manager.change",
        subject=f"manager:{year}-{change.member}",
        after=f"{'—' if change.village is None else f'place:{change.village}'} {change.reason.strip()}",
    )
    log.append(db, [act], book=book, head=head, at=at)


def set_days(db: Connection, days: RatingDays, *, book: BookId, by: PersonId, at: datetime) -> RatingDays:
    """Say from when until when the managers of a year are rated by phone; said again, the later holds. Refused: the
    last day is before the first."""
    head = log.lock(db, book=book)
    problems = rules.faults_of_days(days)
    if problems:
        raise Refusal(*problems)
    before = queries.rating_days(db, book=book, year=days.year)
    if before == days:
        return days
    db.execute(
        insert(_rating),
        [
            {
                "book_id": book,
                "year": days.year,
                "version": queries.days_version(db, book=book, year=days.year) + 1,
                "opens": days.opens,
                "closes": days.closes,
                "entered_by": by,
                "at": log.instant(at),
            }
        ],
    )
    act = Act(
        by=by,
        act="rating.days",
        subject=f"year:{days.year}",
        before="" if before is None else f"{before.opens} – {before.closes}",
        after=f"{days.opens} – {days.closes}",
    )
    log.append(db, [act], book=book, head=head, at=at)
    return days


def enrol(
    db: Connection, new: Sequence[Rater], *, book: BookId, year: int, by: PersonId, at: datetime
) -> tuple[Rater, ...]:
    """Put members on the roll of raters of a year, all or none; said again of a member, the later holds, for ballots
    from then on. Answers the roll. Refused: nobody, no member that year, named twice."""
    head = log.lock(db, book=book)
    problems = rules.faults_of_raters(new, queries.scoring_facts(db, book=book, year=year))
    if problems:
        raise Refusal(*problems)
    said = {one.member: one.kind for one in queries.roll(db, book=book, year=year)}
    fresh = [one for one in new if said.get(one.member) is not one.kind]
    versions = queries.rater_versions(db, book=book, year=year)
    when = log.instant(at)
    if fresh:
        db.execute(
            insert(_rater),
            [
                {
                    "book_id": book,
                    "year": year,
                    "member_no": one.member,
                    "version": versions.get(one.member, 0) + 1,
                    "kind": one.kind.value,
                    "entered_by": by,
                    "at": when,
                }
                for one in fresh
            ],
        )
        acts = [
            Act(
                by=by,
                act="rater.enrol",
                subject=f"member:{one.member}",
                before=f"rater.{said[one.member]}" if one.member in said else "",
                after=f"rater.{one.kind} {year}",
            )
            for one in fresh
        ]
        log.append(db, acts, book=book, head=head, at=at)
    return queries.roll(db, book=book, year=year)


def enter_ballots(
    db: Connection,
    new: Sequence[GivenBallot],
    *,
    maxima: Sequence[Hundredths],
    submitted: bool,
    book: BookId,
    year: int,
    by: PersonId,
    at: datetime,
    salt: str,
    scans: Sequence[EvidenceFile] = (),
) -> None:
    """Write ballots down from paper, in the order given, all or none, and bind the sheet's scans to each; a later one of
    a rater on a manager replaces the earlier, and both are kept. Of which group a rater is, the roll says. ``maxima``
    are the policy's, ``submitted`` whether the year's commission is handed in, ``salt`` signs nobody can guess. Refused: it is, a manager not named, a
    rater who is no member of the year, a ballot on oneself or in one's own household, points above the maximum."""
    log.lock(db, book=book)
    problems = faults_of(db, new, maxima=maxima, submitted=submitted, book=book, year=year)
    if problems:
        raise Refusal(*problems)
    first = _write_ballots(
        db, _grouped(db, new, book=book, year=year), BallotWay.PAPER, book=book, by=by, at=at, salt=salt
    )
    for file in scans:
        bind_scan(db, file, book=book, year=year, first=first, last=first + len(new) - 1, by=by, at=at)


def faults_of(
    db: Connection,
    new: Sequence[GivenBallot],
    *,
    maxima: Sequence[Hundredths],
    submitted: bool,
    book: BookId,
    year: int,
) -> tuple[Problem, ...]:
    """Everything that keeps ballots from being entered from paper, at once."""
    if submitted:
        return (rules.scores_must_not_be_submitted.at(year=year),)
    facts = queries.scoring_facts(db, book=book, year=year)
    return rules.faults_of_ballots(new, facts, maxima=maxima, points=text_from_hundredths)


def cast_by_phone(
    db: Connection,
    ballot: GivenBallot,
    *,
    maxima: Sequence[Hundredths],
    submitted: bool,
    book: BookId,
    household: str,
    by: PersonId,
    on: date,
    at: datetime,
    salt: str,
) -> None:
    """Take a ballot a member of a household gives with its card; once more, it replaces the earlier. The log says that a
    ballot on the manager came in, and neither whose nor its points. Refused: ``by`` is not this household's login or
    the rater none of its members (as missing), no days are set, not yet or no more, the commission is handed in, and
    what keeps any ballot from being written down."""
    log.lock(db, book=book)
    year = ballot.year
    own = HouseholdOf(book=book, household=household)
    if households.household_of(db, by) != own or ballot.rater not in households.numbers_in(
        db, book=book, household=household
    ):
        raise Refusal(
            household_must_be_there.at("/rater", book=book, household=household), kind=RefusalKind.MISSING
        )
    days = queries.rating_days(db, book=book, year=year)
    problems = rules.faults_of_rating(days, year=year, submitted=submitted, on=on)
    if problems:
        raise Refusal(*problems, kind=RefusalKind.STATE)
    problems = tuple(
        replace(one, pointer=one.pointer.removeprefix("/0"))
        for one in faults_of(db, [ballot], maxima=maxima, submitted=submitted, book=book, year=year)
    )
    if problems:
        raise Refusal(*problems)
    _write_ballots(
        db, _grouped(db, [ballot], book=book, year=year), BallotWay.PHONE, book=book, by=by, at=at, salt=salt
    )


def bind_scan(
    db: Connection,
    file: EvidenceFile,
    *,
    book: BookId,
    year: int,
    first: int,
    last: int,
    by: PersonId,
    at: datetime,
) -> None:
    """Bind the scan of a sheet to the ballots it carries, by their numbers; bound to some already, it stays so. Refused:
    not all of them were entered from paper."""
    head = log.lock(db, book=book)
    many = last - first + 1
    there = (
        queries.entered_from_paper(db, book=book, year=year, first=first, last=last)
        if 0 < many <= rules.MOST_BALLOTS
        else frozenset()
    )
    if len(there) != max(many, 1):
        raise Refusal(rules.ballots_of_scan_must_be_there.at("/first", first=first, last=last, year=year))
    fresh = sorted(there - queries.with_scan(db, book=book, year=year, sha256=file.sha256))
    if not fresh:
        return
    evidence.know_files(db, [file], book=book)
    db.execute(
        insert(_scan),
        [
            {
                "book_id": book,
                "year": year,
                "seq": seq,
                "sha256": file.sha256,
                "name": file.name,
                "added_by": by,
                "at": log.instant(at),
            }
            for seq in fresh
        ],
    )
    act = Act(
        by=by,
        act="ballot.scan",
        subject=f"ballots:{year}-{first}-{last}",
        after=file.name,
        content=file.sha256,
    )
    log.append(db, [act], book=book, head=head, at=at)


def _grouped(db: Connection, new: Sequence[GivenBallot], *, book: BookId, year: int) -> tuple[Ballot, ...]:
    """The ballots, each with the group its rater is of by the roll."""
    party = queries.party_members(db, book=book, year=year)
    return tuple(
        Ballot(
            year=one.year,
            manager=one.manager,
            rater=one.rater,
            rater_kind=RaterKind.PARTY if one.rater in party else RaterKind.VILLAGER,
            points=one.points,
        )
        for one in new
    )


def name_managers(
    db: Connection, new: Sequence[Manager], *, book: BookId, by: PersonId, at: datetime
) -> None:
    """Say which member serves which village in a year."""
    if not new:
        return
    head = log.lock(db, book=book)
    db.execute(
        insert(_manager),
        [
            {"book_id": book, "year": one.year, "member_no": one.member, "village_code": one.village}
            for one in new
        ],
    )
    acts = [
        Act(
            by=by,
            act="manager.name",
            subject=f"manager:{one.year}-{one.member}",
            after=f"place:{one.village}",
        )
        for one in new
    ]
    log.append(db, acts, book=book, head=head, at=at)


def cast_many(db: Connection, new: Sequence[Ballot], *, book: BookId, by: PersonId, at: datetime) -> None:
    """Write down the ballots of one year a pack brought, in its order and with the groups it names; a later one of a
    rater on a manager counts."""
    if new:
        _write_ballots(db, new, BallotWay.PACK, book=book, by=by, at=at, salt="")


def _write_ballots(
    db: Connection,
    new: Sequence[Ballot],
    way: BallotWay,
    *,
    book: BookId,
    by: PersonId,
    at: datetime,
    salt: str,
) -> int:
    """Write the ballots down and answer the number of the first. By phone the log names the manager, and the service in
    place of the household."""
    (year,) = {ballot.year for ballot in new}
    head = log.lock(db, book=book)
    first, when = queries.last_ballot(db, book=book, year=year) + 1, log.instant(at)
    db.execute(
        insert(_ballot),
        [
            {
                "book_id": book,
                "year": ballot.year,
                "seq": seq,
                "manager_no": ballot.manager,
                "rater_no": ballot.rater,
                "rater_kind": ballot.rater_kind.value,
                **msgspec.structs.asdict(ballot.points),
                "way": way.value,
                "entered_by": by,
                "salt": salt,
                "recorded_at": when,
            }
            for seq, ballot in enumerate(new, start=first)
        ],
    )
    alone = way is BallotWay.PHONE
    act = Act(
        by=access.service(db, at=at) if alone else by,
        act="ballot.cast",
        subject=f"manager:{year}-{new[0].manager}"
        if alone
        else f"ballots:{year}-{first}-{first + len(new) - 1}",
        after="1" if alone else f"{len(new)} {' '.join(sorted({one.manager for one in new}))}",
        content=rules.sealed(new, way, salt=salt, by=by),
    )
    log.append(db, [act], book=book, head=head, at=at)
    return first


def score_villages(db: Connection, new: Sequence[VillageScore], *, by: PersonId, at: datetime) -> None:
    """Publish scores of villages; a village already scored in the year gets a new version."""
    if not new:
        return
    head = log.lock(db, book=log.HOUSE)
    versions = queries.score_versions(db, villages=(one.village for one in new))
    when = log.instant(at)
    db.execute(
        insert(_score),
        [
            {
                "village_code": one.village,
                "year": one.year,
                "version": versions.get((one.village, one.year), 0) + 1,
                "score": one.score,
                "benefit": one.benefit,
                "attendance": one.attendance,
                "recorded_at": when,
            }
            for one in new
        ],
    )
    acts = [
        Act(
            by=by,
            act="village.score",
            subject=f"place:{one.village}",
            after=f"{one.year} {text_from_hundredths(one.score)}",
            content=seal.digest_of(one),
        )
        for one in new
    ]
    log.append(db, acts, book=log.HOUSE, head=head, at=at)


def grade_cadres(db: Connection, new: Sequence[Cadre], *, by: PersonId, at: datetime) -> None:
    """Write down cadres' grades and scores; one already graded in the year gets a new version."""
    if not new:
        return
    head = log.lock(db, book=log.HOUSE)
    versions = queries.cadre_versions(db, villages=(one.village for one in new))
    when = log.instant(at)
    db.execute(
        insert(_cadre),
        [
            {
                "village_code": one.village,
                "year": one.year,
                "name": one.name,
                "version": versions.get((one.village, one.year, one.name), 0) + 1,
                "post": one.post,
                "grade": one.grade.value,
                "score": one.score,
                "benefit": one.benefit,
                "attendance": one.attendance,
                "recorded_at": when,
            }
            for one in new
        ],
    )
    acts = [
        Act(
            by=by,
            act="cadre.grade",
            subject=f"place:{one.village}",
            after=f"{one.year} {one.name} {one.grade} {text_from_hundredths(one.score)}",
            content=seal.digest_of(one),
        )
        for one in new
    ]
    log.append(db, acts, book=log.HOUSE, head=head, at=at)
