"""Ballots must be what the log sealed when they came in, and the scans of their sheets bound to just those.

The log tells nobody who gave what: it holds the digest of each sheet, and of each ballot by card, with a salt that lies
beside the ballot. A point more in the database gives another digest. What is found names a ballot by its number and
nothing of what it says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from coop.scoring import rules as scoring
from schemas.log import LogEntry
from schemas.problems import Fault, Problem
from schemas.scores import BallotWay, KeptBallot, KeptScan
from schemas.units import BookId

ballots_must_be_as_sealed = Fault(
    code="ballots_must_be_as_sealed",
    says="Book {book}: ballots {first} to {last} of {year} are not what log entry {seq} sealed.",
    remedy="Somebody changed one behind the service's back; compare them with their sheet, or with a backup.",
)
ballot_must_be_as_sealed = Fault(
    code="ballot_must_be_as_sealed",
    says="Book {book}: ballot {number} of {year} is not what the log sealed.",
    remedy="Somebody changed or added it behind the service's back; compare with a backup.",
)
sealed_ballot_must_be_there = Fault(
    code="sealed_ballot_must_be_there",
    says="Book {book}: the ballot by card that log entry {seq} sealed is gone.",
    remedy="Somebody removed it behind the service's back; restore it from a backup.",
)
ballot_scan_must_be_as_logged = Fault(
    code="ballot_scan_must_be_as_logged",
    says="Book {book}: which sheet ballot {number} of {year} was entered from ({sha256}) is not what the log says.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
CAST, SCAN = "ballot.cast", "ballot.scan"
"""The acts that write ballots down, and bind the scans of sheets to them."""
_Number = tuple[int, int]


def faults_of_ballots(
    kept: Iterable[KeptBallot], scans: Iterable[KeptScan], logged: Iterable[LogEntry], *, book: BookId
) -> Iterator[Problem]:
    """Every ballot, and every scan of a sheet, that is not as the log left it."""
    entries = tuple(logged)
    ballots = {(one.ballot.year, one.seq): one for one in kept}
    sheets = [entry for entry in entries if entry.act == CAST and entry.subject.startswith(_OF_SHEET)]
    for entry in sheets:
        numbers = _numbers(entry)
        if not _holds(entry, [ballots.get(number) for number in numbers]):
            (year, first), last = numbers[0], numbers[-1][1]
            yield ballots_must_be_as_sealed.at(
                f"/ballots/{year}/{first}", book=book, first=first, last=last, year=year, seq=entry.seq
            )
        for number in numbers:
            ballots.pop(number, None)
    by_card = [entry for entry in entries if entry.act == CAST and not entry.subject.startswith(_OF_SHEET)]
    yield from _faults_of_cards(ballots, by_card, book=book)
    yield from _faults_of_scans(scans, [entry for entry in entries if entry.act == SCAN], book=book)


_OF_SHEET = "ballots:"


def _numbers(entry: LogEntry) -> Sequence[_Number]:
    """The ballots an entry speaks of: ``ballots:2025-1-12`` are the first twelve of 2025."""
    year, first, last = map(int, entry.subject.removeprefix(_OF_SHEET).split("-"))
    return [(year, number) for number in range(first, last + 1)]


def _holds(entry: LogEntry, rows: Sequence[KeptBallot | None]) -> bool:
    there = [row for row in rows if row is not None]
    if len(there) < len(rows) or len({(row.way, row.salt) for row in there}) > 1:
        return False
    way, salt = there[0].way, there[0].salt
    return (
        way is not BallotWay.PHONE
        and all((row.entered_by, row.recorded_at) == (entry.by, entry.at) for row in there)
        and scoring.sealed([row.ballot for row in there], way, salt=salt, by=entry.by) == entry.content
    )


def _faults_of_cards(
    ballots: Mapping[_Number, KeptBallot], by_card: Iterable[LogEntry], *, book: BookId
) -> Iterator[Problem]:
    sealed = {entry.content: entry for entry in by_card}
    changed = 0
    for (year, number), row in sorted(ballots.items()):
        digest = scoring.sealed([row.ballot], row.way, salt=row.salt, by=row.entered_by)
        entry = sealed.pop(digest, None)
        if entry is None or entry.at != row.recorded_at:
            changed += 1
            yield ballot_must_be_as_sealed.at(
                f"/ballots/{year}/{number}", book=book, number=number, year=year
            )
    for entry in list(sealed.values())[changed:]:
        yield sealed_ballot_must_be_there.at("/ballots", book=book, seq=entry.seq)


def _faults_of_scans(
    scans: Iterable[KeptScan], bound: Iterable[LogEntry], *, book: BookId
) -> Iterator[Problem]:
    """A sheet bound once more binds only those of its ballots that it was not bound to yet."""
    said: dict[tuple[int, int, str], tuple[str, int, str]] = {}
    for entry in bound:
        for year, number in _numbers(entry):
            said.setdefault((year, number, entry.content), (entry.after, entry.by, entry.at))
    there = {(one.year, one.seq, one.scan.sha256): (one.scan.name, one.by, one.at) for one in scans}
    for place in sorted(said.keys() | there.keys()):
        if said.get(place) != there.get(place):
            year, number, sha256 = place
            yield ballot_scan_must_be_as_logged.at(
                f"/ballots/{year}/{number}/{sha256}", book=book, number=number, year=year, sha256=sha256
            )
