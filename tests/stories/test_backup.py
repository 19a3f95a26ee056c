"""A backup of a house that is at work, restored in an empty place, is the house of one moment, and it is proved.

While the backup is taken an accountant and a reviewer post voucher after voucher, each with a scan. The copy has some
first number of them and nothing half done: every voucher with its lines, its scan, its link of the chain.
"""

import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, Engine, select

import migrations
from coop.access import queries as access_queries
from coop.access.logins import actions as logins
from coop.access.rules import sealed_identity
from coop.proof import queries as proof
from coop.vault.rules import unseal
from ledger.books import queries as books
from ledger.evidence import actions as evidence
from ledger.evidence.rules import described
from ledger.vouchers import queries as vouchers
from schemas.access import NewLogin
from schemas.backups import Manifest
from schemas.evidence import NewAttachment
from schemas.problems import Refusal
from schemas.proof import BookProof
from schemas.vouchers import State, VoucherFilter
from tests.builders import ACCOUNTANT, AT, BOOK, a_book, posted, reviewed
from tests.conftest import Databases
from tests.people import citizen, the_operator
from web.auth.keys import Keys
from web.backup import back_up, restore
from web.database import prepare, reading_engine, writing_engine
from web.evidence_store import EvidenceStore
from web.proof import loaded_by_beancount
from web.writer import Writer

KINDS = ("sqlite", "postgresql")


class House:
    """A database, an evidence store and the key of its identity data."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.writing, self.reading = writing_engine(url), reading_engine(url)
        self.evidence = EvidenceStore(folder / "evidence")
        self.keys = Keys(folder / "house.key")

    def close(self) -> None:
        """Let go of the database."""
        self.writing.dispose()
        self.reading.dispose()

    def post_one(self, db: Connection, number: int) -> None:
        """A voucher with a scan of its own, posted."""
        content = b"%PDF-1.7 receipt " + str(number).encode() * 200
        self.evidence.put(content)
        voucher = reviewed(db, f"2025-03-01 电费{number} | 523/电费 {number}.00 | cr 102 {number}.00")
        scan = NewAttachment(voucher=voucher.id, file=described(content, name=f"{number}.pdf"))
        evidence.attach(db, scan, book=BOOK, by=ACCOUNTANT, at=AT)
        posted(db, voucher)

    def proofs(self) -> list[BookProof]:
        """Every book proved, beancount's word included, and the house."""
        read = self.evidence.bytes_as_they_are
        with self.reading.connect() as db:
            found = [
                proof.prove(db, book=book, load=loaded_by_beancount, read=read) for book in books.books(db)
            ]
            return [*found, proof.prove_house(db)]


Made = Callable[[str], House]


@pytest.fixture
def house(databases: Databases, tmp_path: Path) -> Iterator[Made]:
    """Makes empty houses on a kind of database."""
    made: list[House] = []

    def make(kind: str) -> House:
        folder = tmp_path / f"house-{len(made)}"
        folder.mkdir()
        made.append(House(databases.empty(kind), folder))
        return made[-1]

    yield make
    for one in made:
        one.close()
        databases.drop(one.url)


def furnished(house: House) -> House:
    """A house with a book, a posted voucher, and a login whose identity is sealed."""
    prepare(house.writing)
    with house.writing.begin() as db:
        a_book(db, parties="M0001 电费", openings="102 90000 | cr 332/未分配盈余 90000")
        identity = sealed_identity(house.keys.ready(db, at=AT), citizen(7), login="qin")
        new = NewLogin(name="qin", person_name="覃", identity=identity)
        logins.add_login(db, new, by=the_operator(db), at=AT)
        house.post_one(db, 1)
    return house


def rows_of(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, in key order."""
    with engine.connect() as db:
        return {
            table.name: [tuple(row) for row in db.execute(select(table).order_by(*table.primary_key.columns))]
            for table in migrations.metadata().sorted_tables
        }


@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_under_load_is_the_house_of_one_moment(house: Made, tmp_path: Path, kind: str) -> None:
    at_work = furnished(house(kind))
    writer, stop = Writer(at_work.writing), threading.Event()
    committed: list[int] = []

    def work() -> None:
        number = 1
        while not stop.is_set():
            number += 1
            writer.do_now(lambda db, number=number: at_work.post_one(db, number), book=BOOK)  # type: ignore[misc]
            committed.append(number)

    worker = threading.Thread(target=work)
    worker.start()
    while len(committed) < 5:
        stop.wait(0.01)
    before = committed[-1]
    made = back_up(at_work.reading, at_work.evidence, tmp_path / "backup.zip", at=AT)
    while committed[-1] < before + 3:
        stop.wait(0.01)
    stop.set()
    worker.join()
    writer.stop()
    assert made.problems == ()
    restored = house(kind)
    back = restore(
        tmp_path / "backup.zip", restored.writing, restored.evidence, keys_here=at_work.keys.vault.keys.keys()
    )
    assert back.problems == ()
    assert [one.problems for one in restored.proofs()] == [(), ()]
    with restored.reading.connect() as db:
        found = vouchers.page(db, book=BOOK, wanted=VoucherFilter(), after=None, limit=10_000)
    assert {voucher.state for voucher in found} == {State.POSTED}
    numbers = [voucher.number for voucher in found]
    assert sorted(numbers, key=lambda number: number or 0) == list(range(1, len(numbers) + 1))
    assert before <= len(numbers) <= committed[-1]
    assert len(made.manifest.evidence) == len(numbers), "each voucher with its scan, and no scan more"


@pytest.mark.parametrize("to", KINDS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_backup_comes_back_on_either_kind_of_database(
    house: Made, tmp_path: Path, kind: str, to: str
) -> None:
    original = furnished(house(kind))
    back_up(original.reading, original.evidence, tmp_path / "backup.zip", at=AT)
    copy = house(to)
    restored = restore(
        tmp_path / "backup.zip", copy.writing, copy.evidence, keys_here=original.keys.vault.keys.keys()
    )
    assert restored.problems == ()
    assert rows_of(copy.reading) == rows_of(original.reading)
    assert list(copy.evidence.digests()) == list(original.evidence.digests())
    assert [one.problems for one in copy.proofs()] == [(), ()]
    with copy.writing.begin() as db:
        copy.post_one(db, 2)  # it goes on where it was
    with pytest.raises(Exception, match=r"posted|voucher"), copy.writing.begin() as db:
        db.exec_driver_sql("UPDATE voucher SET originals = 9 WHERE state = 'posted'")


def test_without_the_key_identities_stay_unreadable_and_it_says_so(house: Made, tmp_path: Path) -> None:
    original = furnished(house("sqlite"))
    made = back_up(original.reading, original.evidence, tmp_path / "backup.zip", at=AT)
    (key,) = original.keys.vault.keys
    assert made.manifest.keys == (key,)
    with zipfile.ZipFile(tmp_path / "backup.zip") as packed:
        everything = b"".join(packed.read(name) for name in packed.namelist())
    assert original.keys.path.read_text().split()[1].encode() not in everything
    assert bytes.fromhex(original.keys.path.read_text().split()[1]) not in everything
    assert citizen(7).encode() not in everything
    copy = house("sqlite")
    restored = restore(tmp_path / "backup.zip", copy.writing, copy.evidence, keys_here=())
    assert [(problem.code, problem.figures["key"]) for problem in restored.problems] == [
        ("key_must_be_there", key)
    ]
    assert [one.problems for one in copy.proofs()] == [(), ()], "everything else can be proved"
    with copy.reading.connect() as db:
        login = access_queries.login_named(db, "qin")
        assert login is not None
        assert login.identity == "450000********0076" or login.identity.startswith("450000****")
        sealed = access_queries.identity_of(db, login.person)
        assert sealed is not None
        with pytest.raises(Refusal) as refused:
            unseal(copy.keys.vault, sealed, owner="login:qin")
        assert refused.value.problems[0].code == "vault_must_have_its_key"
        assert copy.keys.missing(db) == (key,)
        assert unseal(original.keys.vault, sealed, owner="login:qin") == citizen(7)


def test_the_ends_of_the_chains_are_in_the_manifest(house: Made, tmp_path: Path) -> None:
    original = furnished(house("sqlite"))
    back_up(original.reading, original.evidence, tmp_path / "backup.zip", at=AT)
    with zipfile.ZipFile(tmp_path / "backup.zip") as packed:
        manifest = msgspec.json.decode(packed.read("manifest.json"), type=Manifest)
    heads = {row[0]: (row[1], row[2]) for row in rows_of(original.reading)["chain_head"]}
    assert {book: (head.length, head.hash) for book, head in manifest.heads.items()} == heads
    assert manifest.books == (BOOK,)


def _refused(file: Path, house: House) -> str:
    with pytest.raises(Refusal) as refused:
        restore(file, house.writing, house.evidence, keys_here=())
    assert list(house.evidence.digests()) == []
    return refused.value.problems[0].code


@pytest.mark.parametrize("kind", KINDS)
def test_a_place_that_holds_books_is_not_written_over(house: Made, tmp_path: Path, kind: str) -> None:
    original = furnished(house(kind))
    back_up(original.reading, original.evidence, tmp_path / "backup.zip", at=AT)
    before = rows_of(original.reading)
    with pytest.raises(Refusal) as refused:
        restore(tmp_path / "backup.zip", original.writing, original.evidence, keys_here=())
    assert refused.value.problems[0].code == "place_must_be_empty"
    assert rows_of(original.reading) == before


def test_what_is_no_backup_is_refused(house: Made, tmp_path: Path) -> None:
    empty = house("sqlite")
    (tmp_path / "text.zip").write_text("no zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as packed:
        packed.writestr("photo.png", b"")
    for name in ("missing.zip", "text.zip", "other.zip"):
        assert _refused(tmp_path / name, empty) == "file_must_be_a_backup"


@pytest.mark.parametrize("part", ["books.sqlite", "evidence/"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_backup_is_refused_and_leaves_the_place_empty(
    house: Made, tmp_path: Path, part: str, kind: str
) -> None:
    original = furnished(house("sqlite"))
    back_up(original.reading, original.evidence, tmp_path / "backup.zip", at=AT)
    with zipfile.ZipFile(tmp_path / "backup.zip") as whole, zipfile.ZipFile(tmp_path / "bad.zip", "w") as bad:
        for name in whole.namelist():
            content = bytearray(whole.read(name))
            if name.startswith(part):
                content[-1] ^= 1
            bad.writestr(name, bytes(content))
    empty = house(kind)
    assert _refused(tmp_path / "bad.zip", empty) == "backup_must_be_whole"
    restore(tmp_path / "backup.zip", empty.writing, empty.evidence, keys_here=())


def test_a_damaged_scan_is_named_and_everything_else_is_backed_up(house: Made, tmp_path: Path) -> None:
    original = furnished(house("sqlite"))
    (digest,) = original.evidence.digests()
    scan = original.evidence.path(digest)
    scan.chmod(0o600)
    scan.write_bytes(b"something else")
    made = back_up(original.reading, original.evidence, tmp_path / "backup.zip", at=AT)
    assert [(problem.code, problem.figures["digest"]) for problem in made.problems] == [
        ("evidence_must_be_there", digest)
    ]
    assert made.manifest.evidence == ()
    copy = house("sqlite")
    restore(tmp_path / "backup.zip", copy.writing, copy.evidence, keys_here=())
    codes = {problem.code for one in copy.proofs() for problem in one.problems}
    assert codes, "the check names the voucher whose scan is missing"


def test_a_backup_is_for_its_owner_only_and_whole_or_not_there(house: Made, tmp_path: Path) -> None:
    original = furnished(house("sqlite"))
    file = tmp_path / "backups" / "today.zip"
    back_up(original.reading, original.evidence, file, at=AT)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]
