"""The desk packs are laid on: read and tried out dry beside the pages, shown with everything found, and taken in when
somebody confirms. A pack waits in a folder only the service's user may read, for a day at most; nothing of it is in
the books before.
"""

import secrets
import shutil
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from threading import Lock
from typing import IO

from coop.access import queries as access
from coop.access.rules import deeds_at
from schemas.access import Deed, Rights
from schemas.packs import Pack, PackProblem, PackReading
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.units import PersonId
from web import clock
from web.auth.keys import Keys
from web.database import Connection
from web.evidence_store import EvidenceStore
from web.i18n.words import N_
from web.imports import take
from web.imports.enter import EntryReport, gap_must_be_confirmed
from web.imports.folders import SCANS
from web.imports.plan import townships_of
from web.long_work import LongWork, Tell, Work
from web.writer import Writer

MOST_BYTES = 256 * 1024 * 1024
"""A pack of a county: thousands of scans."""
_WAITS = timedelta(days=1)
_MOST_OF_ONE = 5
_STAND_IN = "—"
"""The reason of a dry run in which the gaps are looked past to see what else would be."""

pack_must_be_handed_in = Fault(
    code="pack_must_be_handed_in",
    says="No file was handed in.",
    remedy="Choose the zip of the pack, or the files of its folder.",
)
file_name_must_stay_inside = Fault(
    code="file_name_must_stay_inside",
    says="The file name {file} leads out of the pack.",
    remedy="Choose the pack's folder itself.",
)
file_name_must_be_the_only_one = Fault(
    code="file_name_must_be_the_only_one",
    says="Two files are called {file}.",
    remedy="Choose the pack's folder itself, or a zip of it.",
)
book_must_be_yours_to_take_in = Fault(
    code="book_must_be_yours_to_take_in",
    says="Your roles do not let you take in {book}.",
    remedy="Ask an accountant of this book or of its place, or the administrator for the role.",
)
parcel_must_be_there = Fault(
    code="parcel_must_be_there",
    says="This pack is no longer here: it waits for a day, and until the service is started again.",
    remedy="Hand it in again; nothing of it was written.",
)
parcel_must_be_ready = Fault(
    code="parcel_must_be_ready",
    says="This pack cannot be taken in as it stands.",
    remedy="Mend what is listed, and hand it in again.",
)
gaps_must_have_a_reason = Fault(
    code="gaps_must_have_a_reason",
    says="{count} numbers are missing, and nobody says why.",
    remedy="Say who confirms it and why; it stays with the books.",
)


class Parcel:
    """A pack somebody handed in, and what is known of it.

    ``gaps`` are the missing numbers that a person must confirm; ``would`` is what would be written, ``done`` what was.
    """

    def __init__(self, *, id: str, name: str, by: PersonId, at: datetime, folder: Path) -> None:
        self.id, self.name, self.by, self.at, self.folder = id, name, by, at, folder
        self.reading: PackReading | None = None
        self.gaps: tuple[PackProblem, ...] = ()
        self.would: EntryReport | None = None
        self.done: EntryReport | None = None
        self.reason = ""

    @property
    def path(self) -> Path:
        """The zip that was handed in, or the folder its files lie in."""
        files = list(self.folder.iterdir())
        return files[0] if len(files) == 1 and files[0].suffix.casefold() == ".zip" else self.folder

    @property
    def can_be_taken_in(self) -> bool:
        """Whether nothing stands against it but gaps that want a reason."""
        return self.would is not None and self.would.changed and self.done is None


class ImportDesk:
    """Packs that were handed in, each shown only to whoever handed it in."""

    def __init__(self, work: LongWork, writer: Writer, store: EvidenceStore, keys: Keys) -> None:
        self._work, self._writer, self._store, self._keys = work, writer, store, keys
        self._folder = TemporaryDirectory(prefix="packs-")
        self._parcels: dict[str, Parcel] = {}
        self._lock = Lock()

    def close(self) -> None:
        """Remove every pack."""
        self._folder.cleanup()

    def lay(self, name: str, *, by: PersonId, at: datetime) -> Parcel:
        """A new parcel, still empty; ``put`` its files, then ``try_out``."""
        with self._lock:
            self._sweep(by, at=at)
            id = secrets.token_urlsafe(12)
            folder = Path(self._folder.name) / id
            folder.mkdir(mode=0o700)
            parcel = Parcel(id=id, name=name, by=by, at=at, folder=folder)
            self._parcels[id] = parcel
        return parcel

    def put(self, parcel: Parcel, name: str, content: IO[bytes]) -> None:
        """Put a file into a parcel, under its name inside the pack. A scan chosen without its folder lies in 附件."""
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if not parts or ".." in parts or parts[0].startswith("/") or ":" in parts[0]:
            raise Refusal(file_name_must_stay_inside.at("/files", file=name[:80]))
        if len(parts) == 1 and PurePosixPath(name).suffix.casefold() not in {".xlsx", ".zip", ".xls", ".et"}:
            parts = (SCANS, *parts)
        path = parcel.folder.joinpath(*parts)
        if path.exists():
            raise Refusal(file_name_must_be_the_only_one.at("/files", file="/".join(parts)[:80]))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            shutil.copyfileobj(content, file)

    def of(self, id: str, *, by: PersonId) -> Parcel:
        """A parcel of this person; not there and not his are the same answer."""
        parcel = self._parcels.get(id)
        if parcel is None or parcel.by != by:
            raise Refusal(parcel_must_be_there.at(), kind=RefusalKind.MISSING)
        return parcel

    def parcels_of(self, by: PersonId) -> tuple[Parcel, ...]:
        """What a person handed in, newest first."""
        return tuple(sorted((one for one in self._parcels.values() if one.by == by), key=lambda one: one.at))[
            ::-1
        ]

    def work_on(self, parcel: Parcel) -> Work[object] | None:
        """What is being done with a parcel, or was last."""
        return self._work.of(_name(parcel))

    def drop(self, parcel: Parcel) -> None:
        """Throw a parcel away; what was taken in stays taken in."""
        with self._lock:
            self._remove(parcel)

    def try_out(self, parcel: Parcel, *, rights: Rights, at: datetime) -> None:
        """Begin to read a parcel and to enter it dry."""
        self._work.begin(_name(parcel), lambda tell: self._try_out(parcel, rights, tell), by=parcel.by, at=at)

    def take_in(self, parcel: Parcel, *, rights: Rights, reason: str, at: datetime) -> None:
        """Begin to take a parcel in, all of it or nothing. Refused: it cannot be, or its gaps have no reason."""
        if not parcel.can_be_taken_in:
            raise Refusal(parcel_must_be_ready.at(), kind=RefusalKind.STATE)
        if parcel.gaps and not reason.strip():
            raise Refusal(gaps_must_have_a_reason.at("/reason", count=len(parcel.gaps)))
        parcel.reason = reason.strip()
        self._work.begin(_name(parcel), lambda tell: self._take_in(parcel, rights, tell), by=parcel.by, at=at)

    # On the thread

    def _try_out(self, parcel: Parcel, rights: Rights, tell: Tell) -> None:
        tell(N_("reading the pack"), 0, 1)
        reading = take.read(parcel.path)
        parcel.reading = reading
        if reading.pack is None:
            return
        taking = self._enter(parcel, reading, rights, tell, reason="", keep=False)
        gaps = tuple(
            problem for problem in taking.reading.problems if problem.code == gap_must_be_confirmed.code
        )
        if gaps and len(gaps) == len(taking.reading.problems) - len(reading.problems):
            parcel.gaps = gaps
            taking = self._enter(parcel, reading, rights, tell, reason=_STAND_IN, keep=False)
        parcel.would = taking.report
        if taking.report is None:
            parcel.reading = taking.reading

    def _take_in(self, parcel: Parcel, rights: Rights, tell: Tell) -> None:
        reading = parcel.reading
        assert reading is not None, "only a pack that was read is confirmed"
        assert reading.pack is not None, "only a pack without errors is confirmed"
        tell(N_("keeping the scans"), 0, 1)
        take.keep_scans(parcel.path, reading.pack, self._store)
        taking = self._enter(parcel, reading, rights, tell, reason=parcel.reason, keep=True)
        if taking.report is None:
            # Somebody posted in the meantime: what was fine in the dry run no longer is.
            parcel.reading, parcel.would = taking.reading, None
            return
        parcel.done = taking.report
        shutil.rmtree(parcel.folder, ignore_errors=True)

    def _enter(
        self, parcel: Parcel, reading: PackReading, rights: Rights, tell: Tell, *, reason: str, keep: bool
    ) -> take.Taking:
        on, at = clock.now()

        def act(enter: take.Enter) -> EntryReport:
            def enter_what_is_his(db: Connection) -> EntryReport:
                report = enter(db)
                assert reading.pack is not None, "only a pack that was read is entered"
                refuse_unless_his(db, report, reading.pack, rights=rights)
                return report

            return self._writer.do_now(enter_what_is_his, keep=keep)

        return take.take_in(
            reading,
            act,
            name=parcel.name,
            by=lambda _db: parcel.by,
            on=on,
            at=at,
            vault=lambda db: self._keys.ready(db, at=at),
            gaps_reason=reason,
            progress=lambda done, whole: tell(N_("vouchers entered"), done, whole),
        )

    # Old ones

    def _sweep(self, by: PersonId, *, at: datetime) -> None:
        idle = [one for one in self._parcels.values() if not self._runs(one)]
        old = [one for one in idle if at - one.at > _WAITS]
        mine = sorted((one for one in idle if one.by == by), key=lambda one: one.at)
        for parcel in {*old, *mine[: max(0, len(mine) - _MOST_OF_ONE + 1)]}:
            self._remove(parcel)

    def _runs(self, parcel: Parcel) -> bool:
        work = self.work_on(parcel)
        return work is not None and work.runs

    def _remove(self, parcel: Parcel) -> None:
        self._parcels.pop(parcel.id, None)
        self._work.forget(_name(parcel))
        shutil.rmtree(parcel.folder, ignore_errors=True)


def refuse_unless_his(db: Connection, report: EntryReport, pack: Pack, *, rights: Rights) -> None:
    """Refuse a pack with a book, or with facts of a township, that whoever hands it in may not take in. Asked in the
    entry's own transaction: there new books have their place."""
    problems: list[Problem] = [
        book_must_be_yours_to_take_in.at(book=book.name)
        for book in report.books
        if Deed.IMPORT_PACK not in access.deeds_of(db, rights, book.book)
    ]
    if any(report.township.values()):
        problems += [
            book_must_be_yours_to_take_in.at(book=pack.township.name)
            for code in townships_of(pack)
            if Deed.IMPORT_PACK not in deeds_at(rights, code=code)
        ]
    if problems:
        raise Refusal(*problems, kind=RefusalKind.FORBIDDEN)


def _name(parcel: Parcel) -> str:
    return f"import:{parcel.id}"
