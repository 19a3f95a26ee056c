"""A hand-over pack in the database in one line.

pack_of("clean-small")                 the pack as it is read
take_in(db, pack_of("clean-small"))    taken in by 覃会计, its scans said to be in the store
"""

from collections.abc import Container
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, func, select

import migrations
from coop.vault.rules import Vault, vault_key
from ledger.charts import COLLECTIVE, COOPERATIVE, standard
from schemas.packs import Pack
from tests.builders import ACCOUNTANT, AT, ON
from web.imports.enter import EntryReport, enter_pack
from web.imports.read import read_pack

PACKS = Path(__file__).parent / "packs"


def a_vault() -> Vault:
    """A vault with a key of its own and nonces that count up."""
    drawn = iter(range(10**9))
    return Vault((vault_key(bytes(range(32))),), draw=lambda length: next(drawn).to_bytes(length, "big"))


@cache
def pack_of(name: str) -> Pack:
    """A clean pack as it is read."""
    reading = read_pack(PACKS / name, cooperative=standard(COOPERATIVE), collective=standard(COLLECTIVE))
    assert reading.pack is not None, [problem.defect for problem in reading.problems]
    return reading.pack


def take_in(
    db: Connection,
    pack: Pack,
    *,
    name: str = "pack",
    gaps_reason: str = "",
    stored: Container[str] | None = None,
) -> EntryReport:
    """Take a pack in, in the caller's transaction; its scans are all in the store unless said otherwise."""
    return enter_pack(
        db,
        pack,
        name=name,
        by=ACCOUNTANT,
        on=ON,
        at=AT,
        vault=a_vault(),
        stored={scan.sha256 for scan in pack.scans} if stored is None else stored,
        gaps_reason=gaps_reason,
    )


def rows_of_every_table(db: Connection) -> dict[str, int]:
    """How many rows each table of the house has."""
    return {
        name: db.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in sorted(migrations.metadata().tables.items())
    }
