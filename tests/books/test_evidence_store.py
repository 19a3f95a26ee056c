"""The evidence store keeps bytes under their digest, whole or not at all, and verifies what it gives back."""

import os
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.evidence.rules import described
from schemas.problems import Refusal, RefusalKind
from tests.processes import PROCESSES
from web.evidence_store import EvidenceStore

SCAN = b"\x89PNG\r\n\x1a\n scan"
DIGEST = sha256(SCAN).hexdigest()
FILE = described(SCAN, name="发票.png")
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence")


def test_what_is_put_is_read_back_under_its_digest(store: EvidenceStore) -> None:
    assert store.put(SCAN) == DIGEST
    assert store.read(FILE) == SCAN
    assert store.path(DIGEST) == store.folder / DIGEST[:2] / DIGEST[2:]
    assert list(store.digests()) == [DIGEST]


def test_the_same_bytes_are_kept_once(store: EvidenceStore) -> None:
    store.put(SCAN)
    place = store.path(DIGEST).stat().st_ino
    assert store.put(SCAN) == DIGEST
    assert store.path(DIGEST).stat().st_ino == place
    assert [file.name for file in store.path(DIGEST).parent.iterdir()] == [DIGEST[2:]]


def test_a_changed_byte_is_never_given_out_and_the_original_mends_it(store: EvidenceStore) -> None:
    store.put(SCAN)
    file = store.path(DIGEST)
    file.chmod(0o640)
    file.write_bytes(b"\x88" + SCAN[1:])
    refused_as_not_whole(store)
    assert store.bytes_as_they_are(DIGEST) == b"\x88" + SCAN[1:]
    store.put(SCAN)
    assert store.read(FILE) == SCAN


def refused_as_not_whole(store: EvidenceStore) -> None:
    assert store.whole(DIGEST) is None
    with pytest.raises(Refusal) as refused:
        store.read(FILE)
    (problem,) = refused.value.problems
    assert (refused.value.kind, problem.code) == (RefusalKind.STATE, "kept_file_must_be_whole")
    assert problem.figures == {"name": "发票.png", "sha256": DIGEST}


def test_a_file_that_is_not_there_is_said_to_be_missing(store: EvidenceStore) -> None:
    assert store.bytes_as_they_are(DIGEST) is None
    assert list(store.digests()) == []
    assert store.sweep(relied_on=(), since=LONG_AGO, older_than=datetime(2100, 1, 1, tzinfo=UTC)) == ()
    refused_as_not_whole(store)
    store.path(DIGEST).mkdir(parents=True)
    refused_as_not_whole(store)


@pytest.mark.parametrize(
    "name", ["", "ab", "../../etc/passwd", DIGEST.upper(), DIGEST[:-1] + "g", DIGEST + "0", f"/{DIGEST[1:]}"]
)
def test_only_a_digest_names_a_file(store: EvidenceStore, name: str) -> None:
    for ask in (store.whole, store.bytes_as_they_are, store.path):
        with pytest.raises(ValueError, match="is no SHA-256"):
            ask(name)


def test_what_no_book_relies_on_is_swept_once_it_is_old(store: EvidenceStore) -> None:
    kept, left, young, foreign_to_it = (store.put(SCAN + bytes([index])) for index in range(4))
    unfinished = store.folder / kept[:2] / ".new-abc"
    unfinished.write_bytes(b"half")
    foreign = store.folder / "README"
    foreign.write_text("not ours")
    now = datetime(2026, 3, 1, tzinfo=UTC)
    for file in (store.path(kept), store.path(left), unfinished, foreign):
        os.utime(file, ((now - timedelta(days=2)).timestamp(),) * 2)
    os.utime(store.path(young), (now.timestamp(),) * 2)
    os.utime(store.path(foreign_to_it), ((now - timedelta(days=4)).timestamp(),) * 2)
    removed = store.sweep(relied_on={kept}, since=now - timedelta(days=3), older_than=now - timedelta(days=1))
    assert sorted(removed) == sorted([left, kept[:2] + ".new-abc"])
    assert sorted(store.digests()) == sorted([kept, young, foreign_to_it])
    assert foreign.exists()


def test_what_is_put_again_counts_as_young(store: EvidenceStore) -> None:
    store.put(SCAN)
    os.utime(store.path(DIGEST), (0, 0))
    store.put(SCAN)
    assert store.sweep(relied_on=(), since=LONG_AGO, older_than=datetime(2020, 1, 1, tzinfo=UTC)) == ()


def _put_many(folder: str) -> None:
    for index in range(100):
        EvidenceStore(Path(folder)).put(SCAN + bytes([index]))


def test_several_processes_put_the_same_files_at_once(store: EvidenceStore) -> None:
    processes = [PROCESSES.Process(target=_put_many, args=(str(store.folder),)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    digests = list(store.digests())
    assert len(digests) == 100
    assert all(store.whole(digest) for digest in digests)
    assert not list(store.folder.glob("*/.new-*"))
