"""The database itself refuses what the rules refuse, in the same words on SQLite and PostgreSQL.

The book: 记-0001 posted, voucher 2 reviewed, voucher 3 withdrawn, voucher 4 a draft; January 2025 is closed and has
the posted voucher in it. Every statement below is plain SQL from behind the service's back.
"""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from ledger import triggers
from ledger.evidence import actions as evidence
from ledger.evidence.rules import described
from ledger.vouchers import actions as vouchers
from schemas.evidence import NewAttachment
from schemas.vouchers import NewDraft, NumberGap, Step, Word
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    CASHIER,
    ON,
    a_book,
    a_database,
    a_draft,
    close,
    drafted,
    post,
    reviewed,
    rolled_back,
)
from tests.conftest import Databases
from tests.side_books import PARTIES, side_books


def furnish(db: Connection) -> None:
    a_book(db, parties=f"M0001 电费 {PARTIES}", openings="102 1000 | cr 301/M0001 1000")
    first = post(db, "2025-01-21 银行存款利息 | 102 49.11 | 524 -49.11")
    reviewed(db, "2025-03-21 付电费 | 523/电费 860 | cr 102 860")
    unused = drafted(db, "2025-03-22 付电费 | 523/电费 860 | cr 102 860")
    vouchers.withdraw_many(db, [Step(voucher=unused.id)], book=BOOK, by=ACCOUNTANT, at=AT, reason="重复")
    vouchers.draft_many(
        db,
        [NewDraft(draft=a_draft("2025-01-23 付电费 | 523/电费 8 | cr 102 8"), finished=False, key="k1")],
        book=BOOK,
        by=ACCOUNTANT,
        on=ON,
        at=AT,
    )
    vouchers.confirm_gaps(
        db,
        [NumberGap(year=2024, word=Word.GENERAL, number=2, confirmed_by=ACCOUNTANT, reason="空白")],
        book=BOOK,
        at=AT,
    )
    vouchers.sign_as_cashier(db, [first.id], book=BOOK, by=CASHIER, at=AT)
    evidence.attach(
        db,
        NewAttachment(voucher=first.id, file=described(b"%PDF-1.7 receipt", name="收据.pdf")),
        book=BOOK,
        by=ACCOUNTANT,
        at=AT,
    )
    vouchers.withdraw_many(db, [Step(voucher=4)], book=BOOK, by=ACCOUNTANT, at=AT, reason="结账前")
    close(db, 202501)
    drafted(db, "2025-04-23 付电费 | 523/电费 8 | cr 102 8")
    side_books(db, interest=first.id)


@pytest.fixture(scope="module")
def furnished(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        yield engine


@pytest.fixture
def raw(furnished: Engine) -> Iterator[Connection]:
    """A connection that is rolled back."""
    with rolled_back(furnished) as db:
        yield db


IN = "book_id = 'qingshui'"
VOUCHER = "INSERT INTO voucher (book_id, voucher_id, state, word, year, date, period, originals, origin, prepared_by, version, body"
POSTING = "INSERT INTO posting (book_id, voucher_id, line, summary, account, detail, debit, credit, movement)"
LINES = (
    f"{POSTING} VALUES ('qingshui', 2, 1, '付', '523', '电费', 86000, 0, '')",
    f"{POSTING} VALUES ('qingshui', 2, 2, '付', '102', '', 0, 86000, '')",
)
POST_2 = (
    "UPDATE voucher SET state = 'posted', number = 2, posted_by = 1, body = NULL "
    f"WHERE {IN} AND voucher_id = 2"
)

SENT = "INSERT INTO outgoing VALUES ('qingshui', 1, '450000101200', 'a', 'rent', 'comes', NULL, '2025-01-21', 1, '102', '501', 's', 1, 1, 1, '')"
LANDED = "INSERT INTO landing VALUES ('qingshui', 'other', 1, 'drafted', 1, 'rent', 'comes', '2025-01-21', 1, '', '')"
REFUSED: tuple[tuple[str, tuple[str, ...]], ...] = (
    # Vouchers
    ("voucher_is_not_inserted_posted",
     ((f"{VOUCHER}, reviewed_by, posted_by, number) VALUES "
      "('qingshui', 99, 'posted', '记', 2025, '2025-03-01', 202503, 0, 'hand', 1, 1, NULL, 2, 1, 9)"),)),
    ("voucher_is_not_inserted_posted",
     ((f"{VOUCHER}, corrects, cancels) VALUES "
      "('qingshui', 99, 'draft', '记', 2025, '2025-03-01', 202503, 0, 'hand', 1, 1, '[]', 1, 1)"),)),
    ("voucher_is_not_replaced",
     (f"{VOUCHER}) VALUES ('qingshui', 1, 'draft', '记', 2025, '2025-03-01', 202503, 0, 'hand', 1, 1, '[]')",)),
    ("voucher_stays", (f"DELETE FROM voucher WHERE {IN} AND voucher_id = 5",)),
    ("voucher_stays", ("DELETE FROM voucher WHERE state = 'posted'",)),
    ("voucher_posted_is_for_ever", (f"UPDATE voucher SET date = '2025-01-22' WHERE {IN} AND voucher_id = 1",)),
    ("voucher_posted_is_for_ever", (f"UPDATE voucher SET number = 7 WHERE {IN} AND voucher_id = 1",)),
    ("voucher_posted_is_for_ever", (f"UPDATE voucher SET originals = 9 WHERE {IN} AND voucher_id = 1",)),
    ("voucher_posted_is_for_ever", (f"UPDATE voucher SET posted_by = 2 WHERE {IN} AND voucher_id = 1",)),
    ("voucher_posted_is_for_ever",
     ((f"UPDATE voucher SET state = 'draft', number = NULL, posted_by = NULL, reviewed_by = NULL, body = '[]' "
      f"WHERE {IN} AND voucher_id = 1"),)),
    ("voucher_posted_is_for_ever", (f"UPDATE voucher SET state = 'draft' WHERE {IN} AND voucher_id = 3",)),
    ("voucher_keeps_its_id", (f"UPDATE voucher SET voucher_id = 77 WHERE {IN} AND voucher_id = 5",)),
    ("voucher_is_posted_from_reviewed",
     (("UPDATE voucher SET state = 'posted', number = 2, posted_by = 1, reviewed_by = 2, body = NULL "
      f"WHERE {IN} AND voucher_id = 5"),)),
    ("voucher_posted_balances", (POST_2,)),
    ("voucher_posted_balances",
     (f"{POSTING} VALUES ('qingshui', 2, 1, '付', '523', '电费', 86000, 0, '')", POST_2)),
    ("voucher_posted_balances",
     (LINES[0], LINES[1].replace("86000", "85999"), POST_2)),
    ("voucher_posted_in_open_period",
     (*LINES, f"UPDATE voucher SET period = 202501 WHERE {IN} AND voucher_id = 2", POST_2)),
    ("voucher_posted_in_open_period",
     (*LINES, POST_2.replace("posted_by", "period = 202501, posted_by"))),
    ("voucher_posted_in_begun_settlement",
     (*LINES, POST_2.replace("posted_by", "period = 202513, posted_by"))),
    # Postings
    ("posting_is_of_a_reviewed_voucher",
     (f"{POSTING} VALUES ('qingshui', 1, 3, '付', '102', '', 100, 0, '')",)),
    ("posting_is_of_a_reviewed_voucher",
     (f"{POSTING} VALUES ('qingshui', 3, 1, '付', '102', '', 100, 0, '')",)),
    ("posting_is_of_a_reviewed_voucher",
     (f"{POSTING} VALUES ('qingshui', 5, 1, '付', '102', '', 100, 0, '')",)),
    ("posting_stays_as_it_is", (f"UPDATE posting SET debit = 9411 WHERE {IN} AND voucher_id = 1 AND line = 1",)),
    ("posting_stays_as_it_is", ("UPDATE posting SET summary = '罚款'",)),
    ("posting_stays", (f"DELETE FROM posting WHERE {IN} AND voucher_id = 1 AND line = 2",)),
    # Facts that are only added to
    ("log_entry_stays_as_it_is", (f"UPDATE log_entry SET after = '' WHERE {IN} AND seq = 3",)),
    ("log_entry_stays", (f"DELETE FROM log_entry WHERE {IN} AND seq = 3",)),
    ("opening_stays_as_it_is", ("UPDATE opening SET debit = 200000 WHERE account = '102'",)),
    ("opening_stays", ("DELETE FROM opening",)),
    ("number_gap_stays_as_it_is", ("UPDATE number_gap SET reason = ''",)),
    ("number_gap_stays", ("DELETE FROM number_gap",)),
    ("cashier_signature_stays_as_it_is", ("UPDATE cashier_signature SET signed_by = 1",)),
    ("cashier_signature_stays", ("DELETE FROM cashier_signature",)),
    ("evidence_stays_as_it_is", ("UPDATE evidence SET size = 1",)),
    ("evidence_stays", ("DELETE FROM evidence",)),
    ("attachment_stays_as_it_is", ("UPDATE attachment SET name = 'x.pdf'",)),
    ("attachment_stays", ("DELETE FROM attachment",)),
    ("person_stays_as_it_is", ("UPDATE person SET name = '张三' WHERE person_id = 1",)),
    ("person_stays", ("DELETE FROM person WHERE person_id = 3",)),
    ("idempotency_key_stays_as_it_is", ("UPDATE idempotency_key SET answer = ''",)),
    ("idempotency_key_stays", ("DELETE FROM idempotency_key",)),
    ("bank_statement_stays_as_it_is", ("UPDATE bank_statement SET closing = 0",)),
    ("bank_statement_stays", ("DELETE FROM bank_statement",)),
    ("bank_line_stays_as_it_is", ("UPDATE bank_line SET amount = 1",)),
    ("bank_line_stays", ("DELETE FROM bank_line",)),
    ("bank_match_stays_as_it_is", ("UPDATE bank_match SET rule = 'hand'",)),
    ("bank_match_stays", ("DELETE FROM bank_match",)),
    ("bank_match_line_stays_as_it_is", ("UPDATE bank_match_line SET turn = 9",)),
    ("bank_match_line_stays", ("DELETE FROM bank_match_line",)),
    ("bank_match_posting_stays_as_it_is", ("UPDATE bank_match_posting SET turn = 9",)),
    ("bank_match_posting_stays", ("DELETE FROM bank_match_posting",)),
    ("bank_unmatch_stays_as_it_is", ("UPDATE bank_unmatch SET reason = ''",)),
    ("bank_unmatch_stays", ("DELETE FROM bank_unmatch",)),
    ("cash_count_stays_as_it_is", ("UPDATE cash_count SET counted = 0",)),
    ("cash_count_stays", ("DELETE FROM cash_count",)),
    ("asset_card_stays_as_it_is", ("UPDATE asset_card SET taken = 0",)),
    ("asset_card_stays", ("DELETE FROM asset_card",)),
    ("asset_terms_stays_as_it_is", ("UPDATE asset_terms SET cost = 1",)),
    ("asset_terms_stays", ("DELETE FROM asset_terms",)),
    ("asset_disposal_stays_as_it_is", ("UPDATE asset_disposal SET reason = ''",)),
    ("asset_disposal_stays", ("DELETE FROM asset_disposal",)),
    ("asset_charge_stays_as_it_is", ("UPDATE asset_charge SET amount = 1",)),
    ("asset_charge_stays", ("DELETE FROM asset_charge",)),
    ("outgoing_stays_as_it_is", (SENT, "UPDATE outgoing SET amount = 9")),
    ("outgoing_stays", (SENT, "DELETE FROM outgoing")),
    ("landing_stays_as_it_is", (LANDED, "UPDATE landing SET effect = 'owed'")),
    ("landing_stays", (LANDED, "DELETE FROM landing")),
    ("spot_check_stays_as_it_is", ("UPDATE spot_check SET k = 9",)),
    ("spot_check_stays", ("DELETE FROM spot_check",)),
    ("spot_check_pool_stays_as_it_is", ("UPDATE spot_check_pool SET month = 202602",)),
    ("spot_check_pool_stays", ("DELETE FROM spot_check_pool",)),
    ("spot_check_voucher_stays_as_it_is", ("UPDATE spot_check_voucher SET place = 9",)),
    ("spot_check_voucher_stays", ("DELETE FROM spot_check_voucher",)),
    ("spot_check_verdict_stays_as_it_is", ("UPDATE spot_check_verdict SET kind = 'in_order'",)),
    ("spot_check_verdict_stays", ("DELETE FROM spot_check_verdict",)),
    ("spot_check_word_stays_as_it_is", ("UPDATE spot_check_word SET text = '无'",)),
    ("spot_check_word_stays", ("DELETE FROM spot_check_word",)),
    *(
        (
            "spot_check_verdict_is_anothers",
            (f"INSERT INTO spot_check_verdict SELECT book_id, 9, month, voucher_id, 'other', 'x', NULL, '', {by}, at FROM spot_check_verdict WHERE verdict_id = 1",),
        )
        for by in (1, 2)
    ),
    *(
        (
            "spot_check_word_takes_two",
            (f"INSERT INTO spot_check_word VALUES ('qingshui', 2, 9, '{word}', 'x', {by}, '')",),
        )
        for word, by in (("answer", 3), ("return", 1), ("close", 1))
    ),
    # What is kept in step
    ("balance_stays", ("DELETE FROM balance",)),
    ("number_series_stays", ("DELETE FROM number_series",)),
    ("number_series_runs_on", ("UPDATE number_series SET last = 0",)),
    ("number_series_runs_on", ("UPDATE number_series SET year = 2026",)),
    ("chain_head_stays", ("DELETE FROM chain_head WHERE book_id = 'house'",)),
    ("chain_head_runs_on", (f"UPDATE chain_head SET length = length - 1 WHERE {IN}",)),
    ("chain_head_runs_on", (f"UPDATE chain_head SET vouchers = 1 WHERE {IN}",)),
    ("chain_head_is_its_last_entry", (f"UPDATE chain_head SET length = length + 1 WHERE {IN}",)),
    ("chain_head_is_its_last_entry", (f"UPDATE chain_head SET hash = 'f72008e5c3fc' WHERE {IN}",)),
    ("period_stays", ("DELETE FROM period",)),
    ("period_closed_is_only_opened", (f"UPDATE period SET seal = '' WHERE {IN} AND period = 202501",)),
    ("period_closed_is_only_opened",
     ("INSERT INTO period VALUES ('qingshui', 202413, 'closed', 1, 2, '', 1, '')",
      f"UPDATE period SET state = 'open' WHERE {IN} AND period = 202413")),
    ("period_keeps_its_name",
     (f"UPDATE period SET state = 'open', period = 202412 WHERE {IN} AND period = 202501",)),
    ("book_stays", ("DELETE FROM book",)),
    ("book_keeps_its_standard", ("UPDATE book SET standard = 'collective-2023'",)),
    ("book_keeps_its_standard", ("UPDATE book SET first_year = 2024",)),
)  # fmt: skip


@pytest.mark.parametrize(("name", "statements"), REFUSED)
def test_the_database_refuses_it(raw: Connection, name: str, statements: tuple[str, ...]) -> None:
    *before, last = statements
    for statement in before:
        raw.execute(text(statement))
    with pytest.raises(DBAPIError, match=re.escape(says(name))):
        raw.execute(text(last))


def says(name: str) -> str:
    """The words of a trigger, out of the statement that makes it."""
    made = next(s for s in triggers.statements("sqlite") if s.startswith(f"CREATE TRIGGER {name} "))
    (words,) = re.findall(r"RAISE\(ABORT, '(.*)'\)", made)
    return str(words)


def test_every_trigger_is_pulled() -> None:
    assert {name for name, _ in REFUSED} == set(triggers.names())


ALLOWED: tuple[tuple[str, ...], ...] = (
    (*LINES, POST_2),
    (f"UPDATE voucher SET body = '[]' WHERE {IN} AND voucher_id = 5",),
    (f"UPDATE period SET state = 'open' WHERE {IN} AND period = 202501",),
    ("UPDATE number_series SET last = 9",),
    ("INSERT INTO period VALUES ('qingshui', 202513, 'open', 1, 2, '', 1, '')",
     *LINES, POST_2.replace("posted_by", "period = 202513, posted_by")),
    ("INSERT INTO period VALUES ('qingshui', 202513, 'closed', 1, 2, '', 1, '')",
     ("INSERT INTO log_entry SELECT book_id, 9999, at, by, 'year.reopen', subject, before, after, content, 'x' "
      "FROM log_entry WHERE book_id = 'qingshui' AND seq = 1"),
     "UPDATE period SET state = 'open', seal_seq = 9999 WHERE book_id = 'qingshui' AND period = 202513"),
    ("UPDATE book SET name = '清水合作社'",),
)  # fmt: skip


@pytest.mark.parametrize("statements", ALLOWED)
def test_the_database_lets_it_pass(raw: Connection, statements: tuple[str, ...]) -> None:
    for statement in statements:
        raw.execute(text(statement))


@pytest.mark.parametrize("table", ["posting", "voucher", "log_entry", "evidence", "balance"])
def test_a_table_of_the_books_is_never_emptied(raw: Connection, table: str) -> None:
    statement = "DELETE FROM" if raw.dialect.name == "sqlite" else "TRUNCATE"
    cascade = "" if raw.dialect.name == "sqlite" else " CASCADE"
    with pytest.raises(DBAPIError, match="never"):
        raw.execute(text(f"{statement} {table}{cascade}"))


@pytest.mark.parametrize("db_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("table", ["log_entry", "opening", "attachment", "number_gap", "cashier_signature"])
def test_a_row_is_not_replaced_either(raw: Connection, table: str) -> None:
    """SQLite's REPLACE deletes in silence unless it is told not to."""
    with pytest.raises(DBAPIError, match="is only added to"):
        raw.execute(text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))


def test_dropped_triggers_leave_nothing_behind(raw: Connection) -> None:
    for statement in triggers.dropping(raw.dialect.name):
        raw.exec_driver_sql(statement)
    for statement in triggers.statements(raw.dialect.name):
        raw.exec_driver_sql(statement)


def test_a_floor_above_keeps_its_own_facts_the_same_way(raw: Connection) -> None:
    raw.execute(text("CREATE TABLE share_fact (id BIGINT PRIMARY KEY)"))
    for statement in triggers.append_only(raw.dialect.name, "share_fact"):
        raw.exec_driver_sql(statement)
    raw.execute(text("INSERT INTO share_fact VALUES (1)"))
    with pytest.raises(DBAPIError, match="share_fact is only added to"):
        raw.execute(text("UPDATE share_fact SET id = 2"))
