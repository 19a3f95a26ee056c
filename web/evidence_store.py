"""Where the bytes of evidence lie: one file for each digest, written once and verified whenever it is read.

A file with the digest ``ab12…`` is ``ab/12…`` below the store's folder. It is written beside its place, forced to
the disk and moved into it, so that a power cut leaves either the whole file or none; the folder is forced to the
disk too. Nothing here is ever overwritten with other bytes and nothing that a book relies on is removed.
"""

import fcntl
import os
import tempfile
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from coop.identity import masked_text
from ledger.evidence.rules import described, faults_of_file
from schemas.evidence import EvidenceFile
from schemas.problems import Fault, Refusal, RefusalKind

_DIGEST_LENGTH = 64
_UNFINISHED = ".new-"


kept_file_must_be_whole = Fault(
    code="kept_file_must_be_whole",
    says="The file {name} ({sha256}) is missing from the evidence store, or its bytes are no longer those that were attached.",
    remedy="Restore it from a backup, or attach the original again: the same bytes have the same name. lianjian check names every "
    "such file.",
)


class EvidenceStore:
    """The folder of all evidence. Safe for several processes at once: equal bytes have one name, and a move is
    one step."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, files: Sequence[tuple[str, bytes]]) -> tuple[EvidenceFile, ...]:
        """Keep scans that came with a name, all or none, and say what each is; bytes that are never attached are swept. A
        number of a person in a name is masked, for nobody renames a scan, and the whole name is kept nowhere. Refused with
        everything that is wrong with any."""
        named = [(masked_text(name), content) for name, content in files]
        problems = [fault for name, content in named for fault in faults_of_file(content, name=name)]
        if problems:
            raise Refusal(*problems)
        for _, content in named:
            self.put(content)
        return tuple(described(content, name=name) for name, content in named)

    def put(self, content: bytes) -> str:
        """Keep these bytes and return their digest; they are on the disk when this returns. Bytes that are already
        there are compared, and written again if they were damaged."""
        digest = sha256(content).hexdigest()
        place = self._place(digest)
        self._make(place.parent)
        with self._shared():
            if place.exists() and place.read_bytes() == content:
                os.utime(place)  # as young as a new one: the attachment that follows is not yet to be seen
            else:
                _write(place, content)
        return digest

    def read(self, file: EvidenceFile) -> bytes:
        """The bytes of a file, verified: the one way to hand them out. Refused where they are missing or no longer those it is
        named by."""
        content = self.whole(file.sha256)
        if content is None:
            problem = kept_file_must_be_whole.at("/sha256", name=file.name, sha256=file.sha256)
            raise Refusal(problem, kind=RefusalKind.STATE)
        return content

    def whole(self, digest: str) -> bytes | None:
        """The bytes of this digest, verified; None where they are missing or others."""
        content = self.bytes_as_they_are(digest)
        return content if content is not None and sha256(content).hexdigest() == digest else None

    def bytes_as_they_are(self, digest: str) -> bytes | None:
        """The bytes under this digest, not verified, or None: what a check looks at."""
        place = self._place(digest)
        return place.read_bytes() if place.is_file() else None

    def path(self, digest: str) -> Path:
        """Where the file of this digest lies, for a backup; it may not be there."""
        return self._place(digest)

    def digests(self) -> Iterator[str]:
        """Every digest there is a file of, in order."""
        if not self.folder.exists():
            return
        for shelf in sorted(self.folder.iterdir()):
            for file in sorted(shelf.iterdir()) if shelf.is_dir() else ():
                digest = shelf.name + file.name
                if _is_digest(digest):
                    yield digest

    def sweep(self, *, relied_on: Container[str], since: datetime, older_than: datetime) -> tuple[str, ...]:
        """Remove what uploads left behind that never became an attachment: files no book relies on and unfinished
        ones, last written before ``older_than`` (an upload under way is younger). Returns what was removed.

        What was written before ``since``, when this house began, was never uploaded to it and stays: it is what the
        books of another database rely on, which somebody is about to bring back.
        """
        first, limit = since.astimezone(UTC).timestamp(), older_than.astimezone(UTC).timestamp()
        removed = []
        for shelf in sorted(self.folder.iterdir()) if self.folder.exists() else ():
            for file in sorted(shelf.iterdir()) if shelf.is_dir() else ():
                digest = shelf.name + file.name
                if not file.name.startswith(_UNFINISHED) and (not _is_digest(digest) or digest in relied_on):
                    continue
                with self._alone():
                    if file.exists() and first <= file.stat().st_mtime < limit:
                        file.unlink()
                        removed.append(digest)
        return tuple(removed)

    def _place(self, digest: str) -> Path:
        if not _is_digest(digest):
            raise ValueError(f"{digest!r} is no SHA-256 in lower-case hex")
        return self.folder / digest[:2] / digest[2:]

    def _make(self, shelf: Path) -> None:
        if not shelf.exists():
            self.folder.mkdir(mode=0o750, parents=True, exist_ok=True)
            shelf.mkdir(mode=0o750, exist_ok=True)
            _force(self.folder)

    @contextmanager
    def _shared(self) -> Iterator[None]:
        """Held by whoever adds a file: many at once."""
        with _locked(self.folder, fcntl.LOCK_SH):
            yield

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Held by whoever removes one: nobody adds meanwhile."""
        with _locked(self.folder, fcntl.LOCK_EX):
            yield


def _write(place: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=_UNFINISHED, dir=place.parent)
    waiting = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        waiting.chmod(0o440)
        waiting.replace(place)
    except BaseException:
        waiting.unlink(missing_ok=True)
        raise
    _force(place.parent)


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def _is_digest(name: str) -> bool:
    return len(name) == _DIGEST_LENGTH and all(sign in "0123456789abcdef" for sign in name)


def _force(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
