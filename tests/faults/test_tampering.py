"""Whoever can write to the database can change the books, but not without being found out.

One book with everything in it: opening balances, an import with a known gap, a red and a blue voucher, a sub-account,
a scan, a cashier's signature, a draft, a withdrawn voucher, twelve closed months, a settled and sealed year. Each
test drops every trigger, makes one change behind the service's back, and looks at what the proof says; then the
change is rolled back. Unchanged, the book holds.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from ledger import triggers
from ledger.books import actions as books
from ledger.books import queries as book_queries
from ledger.evidence import actions as evidence
from ledger.evidence.rules import described
from ledger.periods import actions as periods
from ledger.proof import queries as proof
from ledger.proof import rules
from ledger.seal.rules import digest_of_bytes
from ledger.vouchers import actions as vouchers
from schemas.evidence import NewAttachment
from schemas.problems import Fault
from schemas.proof import BookProof
from schemas.vouchers import NumberGap, Step, Word
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    CASHIER,
    ON,
    REVIEWER,
    a_book,
    a_database,
    close_year,
    drafted,
    post,
    record,
    reversed_,
    reviewed,
    rolled_back,
    said,
)
from tests.conftest import Databases
from web.evidence_store import EvidenceStore
from web.proof import loaded_by_beancount

SCAN = b"%PDF-1.7 receipt of 860.00"
SHA = digest_of_bytes(SCAN)


def furnish(db: Connection) -> None:
    """记-0001 and 记-0002 and 记-0004 imported (记-0003 never used), 记-0005 cancelled by 记-0006 and booked right by
    记-0007, 收-0001 signed; 10 reviewed, 11 a draft, 12 withdrawn, all three of 2026."""
    a_book(
        db,
        parties="M0001 M0002 C001 电费 饲料",
        openings="101 20 | 121/饲料 60 x3 | cr 301/M0001 50 | cr 301/M0002 30",
    )
    books.add_sub_account(db, book=BOOK, parent="102", code="10201", name="农信社", by=ACCOUNTANT, at=AT)
    record(db, "2025-01-05 收到股金 | 10201 500 | cr 301/M0001 500 contribution_increase", number=1)
    record(db, "2025-01-31 饲料入库 | 121/饲料 86 x4 | cr 10201 86", number=2)
    record(db, "2025-02-03 银行存款利息 | 10201 4.91 | 524 -4.91", number=4)
    gap = NumberGap(year=2025, word=Word.GENERAL, number=3, confirmed_by=ACCOUNTANT, reason="空白凭证作废")
    vouchers.confirm_gaps(db, [gap], book=BOOK, at=AT)
    reversed_(db, post(db, "2025-03-06 付电费 | 523/电费 8.60 | cr 10201 8.60"))
    post(db, "2025-03-07 blue 4 订正3月6日记-0005号凭证 | 523/电费 8.16 | cr 10201 8.16")
    receipt = post(db, "2025-04-01 出售肉牛 | 10201 900 | cr 501 900", word=Word.RECEIPT)
    vouchers.sign_as_cashier(db, [receipt.id], book=BOOK, by=CASHIER, at=AT)
    scan = described(SCAN, name="收据.pdf")
    evidence.attach(db, NewAttachment(voucher=receipt.id, file=scan), book=BOOK, by=ACCOUNTANT, at=AT)
    close_year(db, 2025)
    periods.seal_year(
        db, book=BOOK, year=2025, by=ACCOUNTANT, reviewed_by=REVIEWER, resolution="2026-1", on=ON, at=AT
    )
    reviewed(db, "2026-01-05 付电费 | 523/电费 8 | cr 10201 8")
    drafted(db, "2026-01-06 付电费 | 523/电费 9 | cr 10201 9")
    unused = drafted(db, "2026-01-07 付电费 | 523/电费 9 | cr 10201 9")
    vouchers.withdraw_many(db, [Step(voucher=unused.id)], book=BOOK, by=ACCOUNTANT, at=AT, reason="重复")


@pytest.fixture(scope="module")
def furnished(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        yield engine


@pytest.fixture
def behind(furnished: Engine) -> Iterator[Connection]:
    """A connection of somebody who has dropped every trigger; what they do is rolled back."""
    with rolled_back(furnished) as db:
        for statement in triggers.dropping(db.dialect.name):
            db.exec_driver_sql(statement)
        off = {
            "sqlite": "PRAGMA defer_foreign_keys = ON",
            "postgresql": "SET LOCAL session_replication_role = replica",
        }
        db.exec_driver_sql(off[db.dialect.name])
        yield db


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> EvidenceStore:
    kept = EvidenceStore(tmp_path_factory.mktemp("evidence"))
    assert kept.put(SCAN) == SHA
    return kept


def proved(db: Connection, store: EvidenceStore, *, load: bool = False) -> BookProof:
    book = book_queries.book(db, id=BOOK)
    assert book is not None
    return proof.prove(
        db, book=book, load=loaded_by_beancount if load else None, read=store.bytes_as_they_are
    )


def found(db: Connection, store: EvidenceStore, *, load: bool = False) -> dict[str, str]:
    """What the proof says but the known gap: all sentences of each code."""
    return said(
        problem for problem in proved(db, store, load=load).problems if problem.code != "gap_is_known"
    )


def test_untouched_the_book_holds_and_beancount_agrees(behind: Connection, store: EvidenceStore) -> None:
    whole = proved(behind, store, load=True)
    assert [problem.code for problem in whole.problems] == ["gap_is_known"]
    assert whole.holds
    assert (whole.vouchers, whole.postings) == (10, 21)


E = "balance_must_equal_postings"
V = "voucher_must_be_as_sealed"

CHANGES: tuple[tuple[str, dict[str, str]], ...] = (
    # One posting
    ("UPDATE posting SET debit = 8601 WHERE voucher_id = 2 AND line = 1",
     {V: "记-0002", E: "account 121 饲料, 202501", "posted_voucher_must_balance": "记-0002",
      "debits_must_equal_credits": "posted in 202501"}),
    ("UPDATE posting SET debit = debit * 2, credit = credit * 2 WHERE voucher_id = 2",
     {V: "记-0002", E: "account 121 饲料, 202501"}),
    ("UPDATE posting SET account = '101' WHERE voucher_id = 2 AND line = 2",
     {V: "记-0002", E: "account 101 , 202501"}),
    ("UPDATE posting SET detail = 'M0002' WHERE voucher_id = 1 AND line = 2",
     {V: "记-0001", E: "account 301 M0002, 202501"}),
    ("UPDATE posting SET quantity = 500 WHERE voucher_id = 2 AND line = 1",
     {V: "记-0002", E: "account 121 饲料, 202501"}),
    ("UPDATE posting SET summary = '罚款' WHERE voucher_id = 2 AND line = 1", {V: "记-0002"}),
    ("UPDATE posting SET movement = 'reserve_to_capital' WHERE voucher_id = 1 AND line = 2", {V: "记-0001"}),
    ("UPDATE posting SET line = 3 WHERE voucher_id = 2 AND line = 1", {V: "记-0002"}),
    ("DELETE FROM posting WHERE voucher_id = 2 AND line = 1",
     {V: "记-0002", E: "account 121 饲料, 202501", "posted_voucher_must_balance": "记-0002",
      "debits_must_equal_credits": "posted in 202501"}),
    ("DELETE FROM posting WHERE voucher_id = 2",
     {V: "记-0002", E: "account 121 饲料, 202501"}),
    (("INSERT INTO posting SELECT book_id, 11, line, summary, account, detail, debit, credit, quantity, movement "
     "FROM posting WHERE voucher_id = 2"),
     {"posting_must_be_of_a_posted_voucher": "voucher #11 is reviewed, yet it has 2 posted lines"}),
    # One voucher, one number
    ("UPDATE voucher SET number = 12 WHERE voucher_id = 2",
     {V: "voucher 记-0012 of 2025-01-31 is not what log entry 10 sealed as 记-0002",
      "numbers_must_be_continuous": "Number 记-0002 of 2025 is missing",
      "series_must_end_at_its_last_number": "its last number is 12"}),
    ("UPDATE voucher SET date = '2025-01-30' WHERE voucher_id = 2", {V: "记-0002 of 2025-01-30"}),
    ("UPDATE voucher SET period = 202502 WHERE voucher_id = 2", {V: "记-0002", E: "202502"}),
    ("UPDATE voucher SET word = '付' WHERE voucher_id = 2",
     {V: "付-0002", "numbers_must_be_continuous": "记-0002", "series_must_end_at_its_last_number": "series 付"}),
    ("UPDATE voucher SET originals = 7 WHERE voucher_id = 2", {V: "记-0002"}),
    ("UPDATE voucher SET origin = 'hand' WHERE voucher_id = 2", {V: "记-0002"}),
    ("UPDATE voucher SET prepared_by = 3 WHERE voucher_id = 2", {V: "记-0002"}),
    ("UPDATE voucher SET reviewed_by = 3 WHERE voucher_id = 2", {V: "记-0002"}),
    ("UPDATE voucher SET posted_by = 3 WHERE voucher_id = 2", {V: "记-0002"}),
    ("UPDATE voucher SET posted_at = '2025-01-31T00:00:00.000000Z' WHERE voucher_id = 2", {V: "记-0002"}),
    ("UPDATE voucher SET corrects = NULL, cancels = NULL, correction = NULL WHERE voucher_id = 5",
     {V: "记-0006"}),
    ("UPDATE voucher SET cancels = NULL WHERE voucher_id = 5",
     {"voucher_must_agree_with_itself": "记-0006"}),
    ("UPDATE voucher SET year = 2026, period = 202601 WHERE voucher_id = 2",
     {V: "记-0002", E: "202601", "voucher_must_agree_with_itself": "记-0002",
      "numbers_must_be_continuous": "of 2026", "series_must_end_at_its_last_number": "of 2026"}),
    ("UPDATE voucher SET state = 'reviewed', number = NULL, posted_by = NULL, body = '[]' WHERE voucher_id = 2",
     {V: "voucher #2", E: "account 121 饲料, 202501", "posting_must_be_of_a_posted_voucher": "#2",
      "numbers_must_be_continuous": "记-0002"}),
    ("DELETE FROM voucher WHERE voucher_id = 2",
     {"voucher_must_be_there": "voucher 2, sealed as 记-0002 by log entry 10",
      E: "account 121 饲料, 202501", "numbers_must_be_continuous": "记-0002"}),
    (("INSERT INTO voucher SELECT book_id, 99, state, word, year, 11, date, period, originals, origin, correction,"
     " corrects, cancels, prepared_by, reviewed_by, posted_by, posted_at, version, body "
     "FROM voucher WHERE voucher_id = 2"),
     {"voucher_must_be_in_the_log": "voucher 记-0011 of 2025-01-31 is posted",
      "series_must_end_at_its_last_number": "its last number is 11"}),
    ("UPDATE voucher SET body = replace(body, '电费', '饲料') WHERE voucher_id = 11", {V: "voucher #11"}),
    ("UPDATE voucher SET body = '{' WHERE voucher_id = 12", {"voucher_must_be_readable": "voucher 12"}),
    ("UPDATE voucher SET state = 'withdrawn', reviewed_by = NULL WHERE voucher_id = 11", {V: "voucher #11"}),
    ("UPDATE voucher SET state = 'draft' WHERE voucher_id = 13", {V: "voucher #13"}),
    ("DELETE FROM voucher WHERE voucher_id = 13", {"voucher_must_be_there": "voucher 13"}),
    # One balance row
    ("UPDATE balance SET debit = debit + 1 WHERE account = '121' AND period = 202501", {E: "account 121 饲料, 202501"}),
    ("UPDATE balance SET quantity_in = 0 WHERE account = '121' AND period = 202500", {E: "account 121 饲料, 202500"}),
    ("DELETE FROM balance WHERE account = '524' AND period = 202502", {E: "account 524 , 202502"}),
    ("INSERT INTO balance VALUES ('qingshui', '524', '', 202503, 100, 0, 0, 0)", {E: "account 524 , 202503"}),
    # One month of income that lacks its evidence
    ("UPDATE unscanned_income SET amount = amount + 100", {"lack_must_follow_from_evidence": "kept is income without evidence of 1.00"}),
    ("INSERT INTO unscanned_income VALUES ('qingshui', 202503, '9999-12-31', '524', 0, 100)",
     {"lack_must_follow_from_evidence": "524 in 202503"}),
    # One opening balance
    ("UPDATE opening SET debit = 2001 WHERE account = '101'",
     {"openings_must_be_as_sealed": "of 2025", E: "account 101 , 202500", "debits_must_equal_credits": "202500"}),
    ("UPDATE opening SET detail = '饲料' WHERE detail = 'M0001'",
     {"openings_must_be_as_sealed": "of 2025", E: "account 301 M0001, 202500"}),
    ("DELETE FROM opening WHERE account = '121'",
     {"openings_must_be_as_sealed": "of 2025", E: "account 121 饲料, 202500", "debits_must_equal_credits": "202500"}),
    # One log line
    ("UPDATE log_entry SET after = '记-0012' WHERE book_id = 'qingshui' AND seq = 10",
     {"log_entry_must_match_its_hash": "Log entry 10 of book qingshui (voucher.post voucher:2"}),
    ("UPDATE log_entry SET by = 3 WHERE book_id = 'qingshui' AND seq = 10",
     {"log_entry_must_match_its_hash": "Log entry 10"}),
    ("UPDATE log_entry SET hash = 'f72008e5c3fc' WHERE book_id = 'qingshui' AND seq = 10",
     {"log_entry_must_match_its_hash": "Log entry 11"}),
    ("DELETE FROM log_entry WHERE book_id = 'qingshui' AND seq = 10",
     {"log_must_be_whole": "Log entry 10", "voucher_must_be_in_the_log": "记-0002",
      "log_entry_must_match_its_hash": "Log entry 11"}),
    ("DELETE FROM log_entry WHERE book_id = 'qingshui' AND act = 'voucher.withdraw'",
     {"head_must_match_the_log": "its head says", "chain_must_end_at_its_head": "qingshui", V: "voucher #13"}),
    ("UPDATE chain_head SET hash = 'f72008e5c3fc' WHERE book_id = 'qingshui'",
     {"chain_must_end_at_its_head": "qingshui"}),
    ("UPDATE chain_head SET vouchers = 99 WHERE book_id = 'qingshui'",
     {"chain_must_end_at_its_head": "qingshui"}),
    ("DELETE FROM chain_head WHERE book_id = 'qingshui'", {"chain_must_end_at_its_head": "qingshui"}),
    # One seal, one period
    ("UPDATE period SET seal = 'f72008e5c3fc' WHERE period = 202503", {"period_must_be_as_sealed": "2025-03"}),
    ("UPDATE period SET seal_seq = 9 WHERE period = 202503", {"period_must_be_as_sealed": "2025-03"}),
    ("UPDATE period SET state = 'open' WHERE period = 202512", {"period_must_be_as_sealed": "2025-12 is kept as open"}),
    ("UPDATE period SET state = 'open' WHERE period = 202513", {"period_must_be_as_sealed": "2025-13"}),
    ("UPDATE period SET reviewed_by = 3 WHERE period = 202503", {"period_must_be_as_sealed": "2025-03"}),
    ("DELETE FROM period WHERE period = 202513", {"period_must_be_there": "2025-13"}),
    (("INSERT INTO period SELECT book_id, 202601, state, by, reviewed_by, at, seal_seq, seal "
     "FROM period WHERE period = 202512"), {"period_must_be_as_sealed": "2026-01"}),
    # Numbers, gaps, signatures, accounts, the book
    ("UPDATE number_series SET last = 99 WHERE word = '记'", {"series_must_end_at_its_last_number": "ended at 99"}),
    ("DELETE FROM number_series WHERE word = '收'", {"series_must_end_at_its_last_number": "series 收 of 2025"}),
    ("UPDATE number_gap SET reason = '遗失'", {"gap_must_be_as_confirmed": "记-0003"}),
    ("DELETE FROM number_gap",
     {"gap_must_be_as_confirmed": "记-0003", "numbers_must_be_continuous": "记-0003"}),
    ("UPDATE cashier_signature SET signed_by = 2", {"signature_must_be_as_logged": "voucher 7"}),
    ("DELETE FROM cashier_signature", {"signature_must_be_as_logged": "voucher 7"}),
    ("INSERT INTO cashier_signature VALUES ('qingshui', 2, 3, '')", {"signature_must_be_as_logged": "voucher 2"}),
    ("UPDATE account SET statutory = '523' WHERE code = '10201'", {"account_must_be_as_added": "account 10201"}),
    ("UPDATE account SET name = '邮储' WHERE code = '10201'", {"account_must_be_as_added": "account 10201"}),
    ("UPDATE account SET statutory = '521', parent = '521' WHERE code = '523'", {"account_must_be_as_added": "account 523"}),
    ("DELETE FROM account WHERE code = '109'", {"account_must_be_as_added": "account 109"}),
    ("UPDATE book SET name = '清水合作社'", {"book_must_be_as_opened": "Book qingshui"}),
    ("UPDATE book SET standard = 'collective-2023'", {"book_must_be_as_opened": "Book qingshui"}),
    ("UPDATE book SET standard = 'coop-1999'", {"book_must_be_as_opened": "Book qingshui"}),
    ("UPDATE book SET first_year = 2024", {"book_must_be_as_opened": "Book qingshui"}),
    ("UPDATE account SET statutory = '999', parent = '102' WHERE code = '10201'",
     {"account_must_be_as_added": "account 10201"}),
    ("DELETE FROM account WHERE code = '10201'", {"account_must_be_as_added": "account 10201"}),
    ("UPDATE account SET open = NOT open WHERE code = '10201'", {"account_must_be_as_added": "account 10201"}),
    (("INSERT INTO account SELECT book_id, '10202', '邮储', name_en, statutory, parent, open FROM account"
     " WHERE code = '10201'"), {"account_must_be_as_added": "account 10202"}),
    ("UPDATE detail SET name = '李四' WHERE code = 'M0001'", {"detail_must_be_as_added": "detail M0001"}),
    ("UPDATE detail SET kind = 'member' WHERE code = '未分配盈余'", {"detail_must_be_as_added": "detail 未分配盈余"}),
    ("DELETE FROM detail WHERE code = 'C001'", {"detail_must_be_as_added": "detail C001"}),
    ("INSERT INTO detail SELECT book_id, 'M0009', name, kind, unit, open FROM detail WHERE code = 'M0001'",
     {"detail_must_be_as_added": "detail M0009"}),
    # Evidence
    ("UPDATE attachment SET name = '罚单.pdf'", {"attachment_must_be_sealed": SHA}),
    ("UPDATE attachment SET voucher_id = 2", {"attachment_must_be_sealed": SHA, "sealed_attachment_must_be_there": SHA}),
    ("DELETE FROM attachment", {"sealed_attachment_must_be_there": SHA}),
    ("UPDATE evidence SET size = 1", {"attachment_must_be_sealed": SHA, "file_must_have_its_size": SHA}),
)  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), CHANGES)
def test_one_change_is_found_and_named(
    behind: Connection, store: EvidenceStore, statement: str, expected: dict[str, str]
) -> None:
    assert behind.execute(text(statement)).rowcount > 0
    says = found(behind, store)
    assert set(says) == set(expected)
    for code, words in expected.items():
        assert words in says[code]


PEOPLE: tuple[tuple[str, dict[str, str]], ...] = (
    ("UPDATE person SET name = '覃会计乙' WHERE person_id = 1",
     {"person_must_be_as_known": "Person 1 is kept as 覃会计乙; log entry 1 made them known as 覃会计"}),
    ("UPDATE person SET known_from = 'qingshui' WHERE person_id = 2",
     {"person_must_be_as_known": "Person 2 is kept as 韦审核 qingshui; log entry 2"}),
    (("UPDATE person SET name = CASE person_id WHEN 1 THEN '韦审核' ELSE '覃会计' END, known_from = 'x'"
      " WHERE person_id < 3"), {"person_must_be_as_known": "Person 2 is kept as 覃会计 x"}),
    ("UPDATE person SET person_id = 9 WHERE person_id = 3",
     {"person_must_be_in_the_log": "Person 9, kept as 黄出纳",
      "person_must_be_there": "Person 3, made known as 黄出纳 by log entry 3"}),
    ("DELETE FROM person WHERE person_id = 3", {"person_must_be_there": "Person 3"}),
    ("INSERT INTO person (person_id, name, known_from) VALUES (9, '覃会计', 'elsewhere')",
     {"person_must_be_in_the_log": "Person 9, kept as 覃会计 elsewhere"}),
    ("UPDATE log_entry SET after = '覃会计乙' WHERE book_id = 'house' AND seq = 1",
     {"log_entry_must_match_its_hash": "Log entry 1 of book house (person.know person:1",
      "person_must_be_as_known": "made them known as 覃会计乙"}),
    ("UPDATE chain_head SET length = 2 WHERE book_id = 'house'", {"head_must_match_the_log": "its head says 2"}),
)  # fmt: skip


def found_in_the_house(db: Connection) -> dict[str, str]:
    """What the proof of the house says: all sentences of each code."""
    return said(proof.prove_house(db).problems)


def test_untouched_the_house_holds(behind: Connection) -> None:
    house = proof.prove_house(behind)
    assert (house.problems, house.entries) == ((), 3)


@pytest.mark.parametrize(("statement", "expected"), PEOPLE)
def test_somebody_who_was_made_somebody_else_is_named(
    behind: Connection, statement: str, expected: dict[str, str]
) -> None:
    assert behind.execute(text(statement)).rowcount > 0
    says = found_in_the_house(behind)
    assert set(says) == set(expected)
    for code, words in expected.items():
        assert words in says[code]


@pytest.mark.parametrize("db_kind", ["sqlite"], indirect=True)
def test_a_day_that_is_none_is_named(behind: Connection, store: EvidenceStore) -> None:
    """PostgreSQL has a type for days and refuses it itself."""
    behind.execute(text("UPDATE voucher SET date = '2025-02-30' WHERE voucher_id = 2"))
    says = found(behind, store)
    assert set(says) == {"voucher_must_be_readable"}
    assert (
        "voucher 2 holds something no voucher can hold: day is out of range"
        in says["voucher_must_be_readable"]
    )


@pytest.mark.parametrize("db_kind", ["sqlite"], indirect=True)
def test_a_day_that_is_none_on_a_voucher_with_a_scan_is_named_too(
    behind: Connection, store: EvidenceStore
) -> None:
    behind.execute(
        text("UPDATE voucher SET date = '2025-02-31' WHERE voucher_id = (SELECT voucher_id FROM attachment)")
    )
    assert set(found(behind, store)) == {"voucher_must_be_readable"}


def test_one_byte_of_a_scan_is_found(furnished: Engine, tmp_path: Path) -> None:
    damaged = EvidenceStore(tmp_path)
    damaged.put(SCAN)
    place = damaged.path(SHA)
    place.chmod(0o640)
    place.write_bytes(SCAN.replace(b"860.00", b"960.00"))
    with furnished.connect() as db:
        says = found(db, damaged)
    assert set(says) == {"file_must_be_unchanged"}
    assert f"the file {SHA} of voucher 收-0001 was changed" in says["file_must_be_unchanged"]


def test_a_scan_that_is_gone_is_found(furnished: Engine, tmp_path: Path) -> None:
    with furnished.connect() as db:
        says = found(db, EvidenceStore(tmp_path))
    assert set(says) == {"file_must_be_in_the_store"}
    assert "收-0001" in says["file_must_be_in_the_store"]


def test_a_voucher_changed_between_review_and_posting_is_found_after_it(
    behind: Connection, store: EvidenceStore
) -> None:
    """Somebody turns 8.00 into 80.00 in the reviewed voucher 11, and the accountant posts it unaware."""
    behind.execute(text("UPDATE voucher SET body = replace(body, '800', '8000') WHERE voucher_id = 11"))
    step = Step(voucher=11)
    vouchers.post_many(behind, [step], book=BOOK, by=ACCOUNTANT, on=ON, at=AT, atomic=True)
    says = found(behind, store)
    assert set(says) == {"voucher_must_be_as_reviewed"}
    assert (
        "voucher 记-0001 of 2026-01-05 was changed between its review" in says["voucher_must_be_as_reviewed"]
    )


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE balance SET debit = debit + 1 WHERE account = '121' AND period = 202501",
         "account 121 饲料 up to 146.00, the book keeps 146.01"),
        ("UPDATE posting SET debit = debit * 2, credit = credit * 2 WHERE voucher_id = 2",
         "account 10201  up to 1224.75, the book keeps 1310.75"),
        ("UPDATE opening SET detail = 'M0009' WHERE detail = 'M0001'",
         "account 301 M0001 up to -500.00, the book keeps -550.00"),
    ],
)  # fmt: skip
def test_beancount_names_the_party_it_disagrees_on(
    behind: Connection, store: EvidenceStore, statement: str, words: str
) -> None:
    behind.execute(
        text("INSERT INTO detail VALUES ('qingshui', 'M0009', '王9', 'member', '', :open)"), {"open": True}
    )
    behind.execute(text(statement))
    assert words in found(behind, store, load=True)["beancount_must_agree"]


def test_beancount_refuses_a_voucher_that_does_not_balance(behind: Connection, store: EvidenceStore) -> None:
    behind.execute(text("UPDATE posting SET debit = 8601 WHERE voucher_id = 2 AND line = 1"))
    behind.execute(text("UPDATE balance SET debit = debit + 1 WHERE account = '121' AND period = 202501"))
    says = found(behind, store, load=True)
    assert "Transaction does not balance: (0.01 CNY)" in says["beancount_must_load"]
    assert "beancount_must_agree" not in says


def test_lines_on_an_account_that_is_gone_are_not_handed_to_beancount(
    behind: Connection, store: EvidenceStore
) -> None:
    behind.execute(text("DELETE FROM account WHERE code = '10201'"))
    assert set(found(behind, store, load=True)) == {"account_must_be_as_added"}


def test_a_finding_is_translated_from_its_figures(behind: Connection, store: EvidenceStore) -> None:
    """Names of rows are figures of the sentence, so that a catalogue can say it in Chinese."""
    behind.execute(text("UPDATE voucher SET originals = 7 WHERE voucher_id = 2"))
    (problem,) = (p for p in proved(behind, store).problems if p.code == V)
    assert problem.figures == {
        "book": BOOK,
        "voucher": "记-0002",
        "date": "2025-01-31",
        "seq": "10",
        "sealed": "记-0002",
    }
    assert problem.pointer == "/vouchers/2"


def test_every_finding_is_provoked() -> None:
    """``beancount_must_count_the_vouchers`` has its row in tests/rules/test_proof.py: a text of ours cannot lose one."""
    known = {fault.code for fault in vars(rules).values() if isinstance(fault, Fault)}
    rows = {code for _, expected in (*CHANGES, *PEOPLE) for code in expected}
    here = {
        "voucher_must_be_as_reviewed",
        "beancount_must_agree",
        "beancount_must_load",
    }
    assert known - rows - here == {"beancount_must_count_the_vouchers"}
