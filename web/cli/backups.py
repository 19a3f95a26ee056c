"""``backup`` and ``restore``: a copy of the running service, and the way back."""

from pathlib import Path

import click

from ledger.log import actions as log
from schemas.backups import Made, Restored
from schemas.log import Act
from schemas.units import Value
from web import backup as backups
from web.auth.keys import Keys
from web.cli import proof
from web.cli.command import DONE, FINDINGS, Place, as_json, command
from web.cli.house import Finding, House, opened_alone
from web.database import Connection, only_writer, writing_engine
from web.i18n.words import N_


class Backup(Value):
    """A backup: its file, the digest of it, the books in it and where each chain ended, and the scans left out."""

    file: str
    sha256: str
    made_at: str
    books: tuple[str, ...]
    scans: int
    keys: tuple[str, ...]
    heads: dict[str, str]
    problems: tuple[Finding, ...]


@command(
    writes=True,
    says=N_(
        "Write a copy of the service to FILE while it runs: the database as of one moment, and every scan.\n\n"
        "The key of identity data is not in it: keep that apart. The ends of the chains are printed; kept where nobody who "
        "has the database can reach them, they show a history that was written anew."
    ),
)
@click.argument("file", type=Place())
@as_json
def backup(house: House, file: str, as_json: bool) -> int:
    """Back up."""
    at = house.now()[1]
    made = backups.back_up(house.reading, house.evidence, Path(file), at=at)

    def record(db: Connection) -> None:
        act = Act(
            by=house.operator(db).person,
            act="backup",
            subject=f"backup:{Path(file).name}",
            after=f"{len(made.manifest.books)} books, {len(made.manifest.evidence)} scans",
            content=made.digest,
        )
        log.record(db, act, at=at)

    house.act(record)
    problems = house.findings(made.problems)
    if as_json:
        house.json(_backup(made, file=file, problems=problems))
    else:
        _show(house, made, file=file)
        for problem in problems:
            house.show(problem)
    return FINDINGS if problems else DONE


def _backup(made: Made, *, file: str, problems: tuple[Finding, ...]) -> Backup:
    return Backup(
        file=file,
        sha256=made.digest,
        made_at=made.manifest.made_at,
        books=made.manifest.books,
        scans=len(made.manifest.evidence),
        keys=made.manifest.keys,
        heads={book: head.hash for book, head in made.manifest.heads.items()},
        problems=problems,
    )


def _show(house: House, made: Made, *, file: str) -> None:
    manifest = made.manifest
    house.tell(
        N_("{books} books and {scans} scans as of {at} written to {file}"),
        books=len(manifest.books),
        scans=len(manifest.evidence),
        at=manifest.made_at,
        file=file,
    )
    house.tell(N_("SHA-256 of the file: {digest}"), digest=made.digest)
    for book, head in manifest.heads.items():
        house.tell(
            N_("End of the chain {book}: {hash} (entry {entry})"),
            book=book,
            hash=head.hash,
            entry=head.length,
        )
    if manifest.keys:
        house.tell(
            N_(
                "Identity numbers, accounts and telephone numbers in it need the key {keys}, which is not in it."
            ),
            keys=", ".join(manifest.keys),
        )


@command(
    opens=False,
    says=N_(
        "Bring a backup back into an empty place: an empty LIANJIAN_HOME, and an empty database where LIANJIAN_DATABASE_URL "
        "names one. It may be another kind of database than the one backed up. Then every book is proved.\n\n"
        "Without the key of identity data everything else comes back, and those numbers stay unreadable."
    ),
)
@click.argument("file", type=Place())
def restore(house: House, file: str) -> int:
    """Restore."""
    settings = house.settings
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys = Keys(settings.key_file)
    with only_writer(settings.database_url):
        engine = writing_engine(settings.database_url)
        try:
            restored = backups.restore(
                Path(file), engine, house.evidence, keys_here=frozenset(keys.vault.keys)
            )
        finally:
            engine.dispose()
        with opened_alone(settings) as doors:
            inside = house.opened(doors)
            inside.begin(f"file={file}")
            inside.act(lambda _db: None)
            return _prove(inside, restored, keys)


def _prove(house: House, restored: Restored, keys: Keys) -> int:
    manifest = restored.manifest
    house.tell(
        N_("{books} books and {scans} scans as of {at} are back."),
        books=len(manifest.books),
        scans=len(manifest.evidence),
        at=manifest.made_at,
    )
    if restored.problems:
        house.tell(
            N_(
                "The key {keys} is not here: identity numbers, accounts and telephone numbers stay unreadable. It belongs at {file}."
            ),
            keys=", ".join(problem.figures["key"] for problem in restored.problems),
            file=keys.path,
        )
    elif manifest.keys:
        house.tell(N_("The key of the identity data is here."))
    return DONE if proof.show_proofs(house) else FINDINGS
