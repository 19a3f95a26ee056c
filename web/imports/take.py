"""Taking a pack in: read it, keep its scans, enter it; what the import page and ``lianjian import`` both do.

The scans are kept before the rows that name them are written, like any evidence. When the pack is refused after all
they lie in the store without an owner, and the daily sweep removes them.
"""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from coop.identity import masked_text
from coop.vault.rules import Vault
from ledger.charts import COLLECTIVE, COOPERATIVE, standard
from schemas.packs import Pack, PackReading
from schemas.units import PersonId, Value
from web.database import Connection
from web.evidence_store import EvidenceStore
from web.imports.enter import EntryRefused, EntryReport, enter_pack
from web.imports.folders import open_pack
from web.imports.read import read_pack

T = TypeVar("T")
Enter = Callable[[Connection], EntryReport]
"""Enters a pack in the caller's transaction."""
Act = Callable[[Enter], EntryReport]
"""Runs an entry in a transaction and commits it, or undoes it for a dry run."""


class Taking(Value):
    """What became of a pack: everything mended, everything wrong, and what was done, where nothing was wrong."""

    reading: PackReading
    report: EntryReport | None = None


def read(path: Path) -> PackReading:
    """Read the pack at ``path``, a folder or a zip, by the two statutory charts."""
    return read_pack(path, cooperative=standard(COOPERATIVE), collective=standard(COLLECTIVE))


def keep_scans(path: Path, pack: Pack, store: EvidenceStore) -> None:
    """Put the bytes of the pack's scans into the store."""
    with open_pack(path) as files:
        for scan in pack.scans:
            kept = store.put(files.read(scan.path))
            assert kept == scan.sha256, f"{scan.path} was changed while it was being read"


def take_in(
    reading: PackReading,
    act: Act,
    *,
    name: str,
    by: Callable[[Connection], PersonId],
    on: date,
    at: datetime,
    vault: Callable[[Connection], Vault],
    gaps_reason: str,
    progress: Callable[[int, int], None],
) -> Taking:
    """Enter a pack that was read without an error, its scans kept before. What the ledger refuses stands with what
    was found in reading."""
    pack = reading.pack
    if pack is None:
        return Taking(reading=reading)

    def enter(db: Connection) -> EntryReport:
        return enter_pack(
            db,
            pack,
            name=masked_text(name),
            by=by(db),
            on=on,
            at=at,
            vault=vault(db),
            stored={scan.sha256 for scan in pack.scans},
            gaps_reason=gaps_reason,
            progress=progress,
        )

    try:
        return Taking(reading=reading, report=act(enter))
    except EntryRefused as refused:
        problems = (*reading.problems, *refused.problems)
        return Taking(reading=msgspec.structs.replace(reading, pack=None, problems=problems))
