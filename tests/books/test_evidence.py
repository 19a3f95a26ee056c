"""Evidence may be added at any time and never removed, and each file is a link of the chain."""

from datetime import date
from hashlib import sha256
from pathlib import Path
from sqlite3 import SQLITE_LIMIT_VARIABLE_NUMBER
from typing import Any

import pytest
from sqlalchemy import Connection, text

from ledger.evidence import actions, queries, rules
from ledger.log import queries as log
from ledger.people import queries as people
from ledger.seal.rules import faults_in_chain
from ledger.vouchers import actions as vouchers
from schemas.evidence import NewAttachment
from schemas.problems import Refusal, RefusalKind
from schemas.vouchers import NewDraft, Origin, Step
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    CASHIER,
    ON,
    a_book,
    a_draft,
    close,
    drafted,
    post,
    record,
    refused,
    reversed_,
)
from web.evidence_store import EvidenceStore

INTEREST = "2025-03-21 银行存款利息 | 102 49.11 | 524 -49.11"
PNG = b"\x89PNG\r\n\x1a\n"


def a_file(voucher: int, content: bytes = PNG, name: str = "发票.png") -> NewAttachment:
    """A file for a voucher, looked at."""
    return NewAttachment(voucher=voucher, file=rules.described(content, name=name))


def attach(db: Connection, *items: NewAttachment) -> list[str]:
    """Hang files on vouchers; the codes of what was refused."""
    outcomes = actions.attach_many(db, items, book=BOOK, by=CASHIER, at=AT)
    return [problem.code for outcome in outcomes for problem in outcome.problems]


def test_a_file_is_attached_and_found_on_its_voucher(db: Connection) -> None:
    a_book(db)
    voucher = post(db, INTEREST)
    attach(db, a_file(voucher.id), a_file(voucher.id, PNG + b"2", "回单.png"))
    found = queries.evidence_seen(db, book=BOOK, voucher=voucher.id)
    assert [(attachment.file.name, attachment.file.size) for attachment in found] == sorted(
        [("发票.png", 8), ("回单.png", 9)], key=lambda pair: sha256(PNG + b"2" * (pair[1] - 8)).hexdigest()
    )
    assert {attachment.added_by for attachment in found} == {CASHIER}
    digest = sha256(PNG).hexdigest()
    assert [a.file.name for a in queries.evidence_seen(db, book=BOOK, voucher=voucher.id, sha256=digest)] == [
        "发票.png"
    ]
    assert queries.evidence_seen(db, book=BOOK, voucher=voucher.id + 1, sha256=digest) == ()


@pytest.mark.parametrize("state", ["sketch", "draft", "reviewed", "posted", "of a closed month"])
def test_evidence_may_be_added_in_every_state(db: Connection, state: str) -> None:
    a_book(db)
    if state == "sketch":
        new = NewDraft(draft=a_draft("2025-01-02 半张 | 102 1.00"), finished=False)
        (outcome,) = vouchers.draft_many(db, [new], book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
        assert outcome.voucher is not None
        voucher = outcome.voucher
    elif state == "draft":
        voucher = drafted(db, INTEREST)
    else:
        voucher = post(db, "2025-01-21 银行存款利息 | 102 49.11 | 524 -49.11")
    if state == "of a closed month":
        close(db, 202501)
    assert attach(db, a_file(voucher.id)) == []
    assert len(queries.evidence_seen(db, book=BOOK, voucher=voucher.id)) == 1


def test_a_withdrawn_voucher_takes_no_evidence_and_its_neighbours_do(db: Connection) -> None:
    a_book(db)
    withdrawn, other = drafted(db, INTEREST), drafted(db, INTEREST)
    vouchers.withdraw_many(db, [Step(voucher=withdrawn.id)], book=BOOK, by=ACCOUNTANT, at=AT, reason="重复")
    assert attach(db, a_file(withdrawn.id), a_file(other.id), a_file(99)) == [
        "voucher_must_take_evidence",
        "voucher_must_exist",
    ]
    assert len(queries.attachments(db, book=BOOK)) == 1
    with pytest.raises(Refusal) as refusal:
        actions.attach_many(
            db, [a_file(other.id, PNG + b"x"), a_file(99)], book=BOOK, by=CASHIER, at=AT, atomic=True
        )
    assert refused(refusal.value) == ["voucher_must_exist"]
    assert refusal.value.problems[0].pointer == "/1/voucher"
    assert len(queries.attachments(db, book=BOOK)) == 1


def test_a_single_file_is_refused_without_a_place_in_a_list(db: Connection) -> None:
    a_book(db)
    with pytest.raises(Refusal) as refusal:
        actions.attach(db, a_file(777), book=BOOK, by=ACCOUNTANT, at=AT)
    assert (refusal.value.kind, refusal.value.problems[0].pointer) == (RefusalKind.MISSING, "/voucher")


def test_the_same_file_on_the_same_voucher_twice_is_attached_once(db: Connection) -> None:
    a_book(db)
    voucher = post(db, INTEREST)
    first = actions.attach(db, a_file(voucher.id), book=BOOK, by=CASHIER, at=AT)
    before = log.head(db, book=BOOK)
    same, twice = actions.attach_many(
        db, [a_file(voucher.id, name="又一次.png")] * 2, book=BOOK, by=ACCOUNTANT, at=AT
    )
    assert same.attachment == twice.attachment == first
    assert same.replayed
    assert log.head(db, book=BOOK) == before


def test_each_attachment_is_a_sealed_fact_of_the_chain(db: Connection) -> None:
    a_book(db)
    voucher = post(db, INTEREST)
    attach(db, a_file(voucher.id))
    entries = log.entries(db, book=BOOK)
    last = entries[-1]
    assert (last.act, last.subject, last.content) == (
        "evidence.attach",
        f"voucher:{voucher.id}",
        sha256(PNG).hexdigest(),
    )
    assert last.after == "发票.png (image/png, 8)"
    assert faults_in_chain(entries, book=BOOK, previous="", first=1, length=len(entries)) == ()
    assert list(rules.faults_of_attachments(queries.attachments(db, book=BOOK), entries, book=BOOK)) == []


def test_one_original_may_prove_several_vouchers_and_they_refer_to_each_other(db: Connection) -> None:
    a_book(db)
    one, two, gone = post(db, INTEREST), post(db, INTEREST), drafted(db, INTEREST)
    attach(db, a_file(one.id), a_file(two.id, name="同一张.png"), a_file(gone.id))
    vouchers.withdraw_many(db, [Step(voucher=gone.id)], book=BOOK, by=ACCOUNTANT, at=AT, reason="x")
    mine = queries.evidence_seen(db, book=BOOK, voucher=two.id)
    shown = queries.vouchers_showing(db, book=BOOK, sha256=[a.file.sha256 for a in mine])
    assert [label.text for labels in shown.values() for label in labels] == ["记-0001", "记-0002"]
    other = post(db, INTEREST)
    attach(db, a_file(other.id, PNG + b"2"))
    found = queries.reuse_among(db, book=BOOK, attachments=queries.attachments(db, book=BOOK))
    assert {id: [one.pointer for one in of_voucher] for id, of_voucher in found.items()} == {
        one.id: [f"/vouchers/{two.id}"],
        two.id: [f"/vouchers/{one.id}"],
        gone.id: [f"/vouchers/{one.id}", f"/vouchers/{two.id}"],
    }
    assert "The file 同一张.png also hangs on voucher 记-0001 of 2025-03-21." in str(found[two.id][0])
    assert queries.reuse_among(db, book=BOOK, attachments=()) == {}
    assert {stored.vouchers for stored in queries.stored_files(db, book=BOOK)} == {
        ("记-0001", "记-0002", "#3"),
        ("记-0003",),
    }


@pytest.mark.parametrize("db_kind", ["sqlite"], indirect=True)
def test_more_files_than_a_statement_takes_values_are_hung_at_once(db: Connection) -> None:
    """A usual SQLite takes 32 766 values in a statement; here it takes 2 000, so that 3 000 files are too many."""
    a_book(db)
    voucher = post(db, INTEREST)
    driver: Any = db.connection.driver_connection
    driver.setlimit(SQLITE_LIMIT_VARIABLE_NUMBER, 2_000)
    assert attach(db, *(a_file(voucher.id, PNG + b"%d" % number) for number in range(3_000))) == []
    assert attach(db, *(a_file(id) for id in range(2, 3_002))) == ["voucher_must_exist"] * 3_000
    digests = [a.file.sha256 for a in queries.attachments(db, book=BOOK)]
    assert len(digests) == 3_000
    assert len(queries.vouchers_showing(db, book=BOOK, sha256=digests)) == 3_000
    assert people.names_of(db, range(1, 3_001))[ACCOUNTANT] == "覃会计"
    assert people.known(db, known_from="", names=[*map(str, range(3_000)), "覃会计"]) == {
        "覃会计": ACCOUNTANT
    }


def test_the_same_file_in_two_books_is_known_to_each_apart(db: Connection) -> None:
    a_book(db)
    a_book(db, "hekou", name="河口村", standard="collective-2023")
    here = post(db, INTEREST)
    there = post(db, "2025-03-21 利息 | 102 1.00 | cr 504 1.00", book="hekou")
    for book, voucher in ((BOOK, here), ("hekou", there)):
        actions.attach(db, a_file(voucher.id), book=book, by=CASHIER, at=AT)
    digest = sha256(PNG).hexdigest()
    assert queries.vouchers_showing(db, book=BOOK, sha256=[digest])[digest][0].book == BOOK
    assert queries.digests_relied_on(db) == {digest}


def test_vouchers_without_evidence_are_found_where_the_law_asks_for_it(db: Connection) -> None:
    a_book(db)

    def without(line: str, origin: Origin = Origin.HAND) -> int:
        draft = a_draft(line, originals=0)
        return vouchers.one(
            vouchers.draft_many(
                db, [NewDraft(draft=draft)], book=BOOK, by=ACCOUNTANT, on=ON, at=AT, origin=origin
            )
        ).id

    bare, scanned, _plan, other_month, withdrawn = (
        without(INTEREST),
        without(INTEREST),
        without("2025-03-31 计提3月折旧 | 523 1.00 | cr 524 1.00", Origin.PLAN),
        without("2025-04-01 利息 | 102 1.00 | 524 -1.00"),
        without(INTEREST),
    )
    declared = post(db, INTEREST)
    red = reversed_(db, declared)
    imported = record(db, INTEREST, number=7)
    attach(db, a_file(scanned))
    vouchers.withdraw_many(db, [Step(voucher=withdrawn)], book=BOOK, by=ACCOUNTANT, at=AT, reason="x")
    assert red.originals == 0
    assert imported.originals == 1
    found = queries.vouchers_without_evidence(db, book=BOOK, period=202503)
    assert [label.id for label in found] == [bare]
    (april,) = queries.vouchers_without_evidence(db, book=BOOK, period=202504)
    assert (april.id, april.text, april.date) == (other_month, f"#{other_month}", date(2025, 4, 1))


def test_a_byte_changed_in_the_store_is_found_and_named(db: Connection, tmp_path: Path) -> None:
    a_book(db)
    voucher = post(db, INTEREST)
    attach(db, a_file(voucher.id))
    store = EvidenceStore(tmp_path / "evidence")
    digest = store.put(PNG)

    def faults() -> list[str]:
        rows = queries.stored_files(db, book=BOOK)
        return [str(p) for p in rules.faults_of_store(rows, book=BOOK, read=store.bytes_as_they_are)]

    assert faults() == []
    file = store.path(digest)
    file.chmod(0o640)
    file.write_bytes(PNG[:-1] + b"\x0b")
    (changed,) = faults()
    assert changed.startswith(f"/evidence/{digest}: Book qingshui: the file {digest} of voucher 记-0001")
    assert "was changed" in changed
    file.unlink()
    (missing,) = faults()
    assert "记-0001 is missing from the evidence store" in missing


def test_an_attachment_changed_behind_the_services_back_is_found(db: Connection) -> None:
    a_book(db)
    one, two = post(db, INTEREST), post(db, INTEREST)
    attach(db, a_file(one.id), a_file(one.id, PNG + b"2", "b.png"))
    if db.dialect.name == "sqlite":
        for name in db.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'attachment'")
        ).scalars():
            db.execute(text(f"DROP TRIGGER {name}"))
    else:
        db.execute(text("ALTER TABLE attachment DISABLE TRIGGER USER"))
    sealed = log.entries(db, book=BOOK, act="evidence.attach")
    digest = sha256(PNG).hexdigest()
    db.execute(
        text("UPDATE attachment SET voucher_id = :two WHERE voucher_id = :one AND sha256 = :digest"),
        {"one": one.id, "two": two.id, "digest": digest},
    )
    found = list(rules.faults_of_attachments(queries.attachments(db, book=BOOK), sealed, book=BOOK))
    assert [(problem.code, problem.pointer) for problem in found] == [
        ("attachment_must_be_sealed", f"/attachments/{two.id}/{digest}"),
        ("sealed_attachment_must_be_there", f"/log/{sealed[0].seq}"),
    ]
