"""A backup as a value: what lies in the file and what it takes to read it."""

from collections.abc import Mapping

from schemas.problems import Problem
from schemas.units import BookId, Instant, Value


class Head(Value):
    """Where a chain ended: how many entries, and the hash of the last. Kept where nobody who has the database can reach
    it, it shows a history that was written anew."""

    length: int
    hash: str


class Manifest(Value):
    """What a backup file says of itself. ``database`` is the digest of the copy; ``heads`` are the ends of all chains
    by book; ``keys`` are the names of the keys its identity data is sealed with. The keys themselves are never in a
    backup."""

    format: int
    made_at: Instant
    revision: str
    database: str
    books: tuple[BookId, ...]
    evidence: tuple[str, ...]
    keys: tuple[str, ...]
    heads: Mapping[BookId, Head]


class Made(Value):
    """A backup that was written: what is in it, the digest of the file, and the scans that could not be read."""

    manifest: Manifest
    digest: str
    problems: tuple[Problem, ...] = ()


class Restored(Value):
    """What a restore brought back, and what stays unreadable in it."""

    manifest: Manifest
    problems: tuple[Problem, ...] = ()
