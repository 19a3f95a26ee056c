"""What a command reads from files it is given: values somebody wrote, and scans to attach."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TypeVar

from schemas.evidence import EvidenceFile
from schemas.problems import Refusal
from web import free_text, wire
from web.cli.house import House

T = TypeVar("T")


def value_in(file: str | Path, of: type[T], *, sealed: Collection[str] = ()) -> T:
    """A value in a file, JSON as the HTTP interface takes it. Refused: one that cannot be read, and one with a number of a
    person in a text, but for the fields ``sealed``."""
    try:
        value = wire.read(Path(file).read_bytes(), of)
    except wire.Unreadable as error:
        raise Refusal(*error.problems) from error
    free_text.refuse_numbers_in(value, sealed=sealed)
    return value


def scans_in(house: House, files: Sequence[str]) -> tuple[EvidenceFile, ...]:
    """Scans, laid into the store under the names of their files."""
    return house.evidence.take([(Path(file).name, Path(file).read_bytes()) for file in files])
