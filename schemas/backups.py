"""A backup as a value: what lies in the file and what it takes to read it."""

from schemas.problems import Problem
from schemas.units import Value


class Manifest(Value):
    """What a backup file says of itself. ``keys`` are the ids of the keys its identity data is sealed with; the keys
    themselves are never in a backup."""

    format: int
    made_at: str
    revision: str
    database: str
    books: tuple[str, ...]
    evidence: tuple[str, ...]
    keys: tuple[str, ...]


class Restored(Value):
    """What a restore brought back, and what is wrong or unreadable in it."""

    manifest: Manifest
    problems: tuple[Problem, ...] = ()
