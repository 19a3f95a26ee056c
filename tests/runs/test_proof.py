"""Whoever can write to the database can change a run, but not without being found out.

The cooperative of ``clean-small`` with its commission posted, a first dividend reverted, and a second one posted after
it was returned once. Each test drops every trigger, makes one change behind the service's back, and looks at what the
proof says.
"""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine, text

from ledger.books import queries as books
from ledger.charts import standard
from payouts.proof import queries as proofs
from payouts.runs import actions as runs
from payouts.runs.rules import name_of
from schemas.runs import RunKind
from tests.builders import a_database, a_house, said
from tests.handover import pack_of, take_in
from tests.runs.years import OFFICER, at, posted, settled

if TYPE_CHECKING:
    from tests.conftest import Databases

BOOK = "qingshuihezuoshe"
LATER = date(2026, 3, 2)


def furnish(db: Connection) -> None:
    """commission.1 posted, dividend.1 posted and reverted, dividend.2 returned, submitted again and posted."""
    a_house(db)
    take_in(db, pack_of("clean-small"))
    settled(db, BOOK, 2025)
    posted(db, BOOK, RunKind.COMMISSION, 2025)
    first = name_of(posted(db, BOOK, RunKind.DIVIDEND, 2025).id)
    assert first is not None
    runs.revert(db, first, by=OFFICER, on=LATER, at=at(LATER), reason="决议有误")
    posted(db, BOOK, RunKind.DIVIDEND, 2025, returned_once=True)


@pytest.fixture(scope="module")
def furnished(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        yield engine


def found(db: Connection) -> dict[str, str]:
    """What is said of the runs: all sentences of each code."""
    book = books.book(db, id=BOOK)
    assert book is not None
    return said(proofs.faults_of_runs(db, home=book.id, chart=standard(book.standard)))


def test_untouched_the_runs_and_the_book_hold(behind: Connection) -> None:
    book = books.book(behind, id=BOOK)
    assert book is not None
    assert proofs.prove(behind, book=book).problems == ()


SECOND = "kind = 'dividend' AND round = 2 AND content = 1"
RUN = f"{BOOK}.dividend.2025.2"
LINE, PART, LOG, ACT = (
    "run_line_must_recompute",
    "run_part_must_recompute",
    "run_must_match_the_log",
    "run_act_must_be_as_logged",
)
STANDS, VOUCHERS, PAPER = (
    "run_must_stand_as_its_acts_say",
    "run_vouchers_must_be_its_own",
    "run_paper_must_be_as_logged",
)

CHANGES: tuple[tuple[str, dict[str, str]], ...] = (
    # A line, a weight, a leg
    (f"UPDATE run_line SET amount = amount + 1 WHERE {SECOND} AND part = 1 AND payee = 'Q0002'",
     {LINE: f"{RUN}, leg 1, member Q0002: worked out again it is"}),
    (f"UPDATE run_line SET weight = weight + 1 WHERE {SECOND} AND part = 1 AND payee = 'Q0003'",
     {LINE: f"{RUN}, leg 1, member Q0003"}),
    (f"UPDATE run_line SET fen_from_remainder = 1 - fen_from_remainder WHERE {SECOND} AND part = 1 AND payee = 'Q0003'",
     {LINE: f"{RUN}, leg 1, member Q0003"}),
    (f"DELETE FROM run_line WHERE {SECOND} AND part = 1 AND payee = 'Q0002'",
     {LINE: "member Q0002: worked out again it is"}),
    (f"UPDATE run_line SET payee = 'Q0099', member_no = 'Q0099' WHERE {SECOND} AND part = 1 AND payee = 'Q0002'",
     {LINE: "member Q0099: worked out again it is —; stored is"}),
    ("UPDATE run_line SET amount = amount + 1 WHERE kind = 'commission'",
     {LINE: f"{BOOK}.commission.2025.1, leg 1"}),
    ("UPDATE run_line SET amount = amount + 1 WHERE kind = 'dividend' AND round = 1 AND part = 1 AND payee = 'Q0002'",
     {LINE: f"{BOOK}.dividend.2025.1, leg 1, member Q0002"}),
    (f"UPDATE run_part SET amount = amount + 1 WHERE {SECOND} AND no = 1", {PART: f"{RUN}, leg 1"}),
    (f"UPDATE run_part SET name = '股金分红' WHERE {SECOND} AND no = 1", {PART: f"{RUN}, leg 1"}),
    (f"UPDATE run_part SET total_weight = '1' WHERE {SECOND} AND no = 1", {PART: f"{RUN}, leg 1"}),
    # The inputs, the digest
    (f"UPDATE run_content SET inputs = replace(inputs, '\"commission\":', '\"commission\":1') WHERE {SECOND}",
     {LOG: f"{RUN}: content 1"}),
    (f"UPDATE run_content SET inputs = '{{' WHERE {SECOND}",
     {"run_content_must_be_readable": f"{RUN}: what was frozen as content 1 cannot be read"}),
    (f"UPDATE run_content SET inputs = replace(inputs, '\"part_bp\":', '\"part_bp\":1') WHERE {SECOND}",
     {"run_content_must_be_readable": "cannot be read: Expected `int` <= 10000"}),
    (f"UPDATE run_content SET inputs = replace(inputs, '\"part_bp\":3000', '\"part_bp\":3001') WHERE {SECOND}",
     {"run_content_must_work_out": "The legs of the plan come to"}),
    (f"UPDATE run_content SET digest = '{'0' * 64}' WHERE {SECOND}",
     {LOG: f"{RUN}: content 1", ACT: "step 1 (run.new)", STANDS: "kept.digest"}),
    # The run itself
    ("UPDATE run SET total = total + 1 WHERE kind = 'dividend' AND round = 2", {STANDS: "kept.total"}),
    (f"UPDATE run SET digest = '{'0' * 64}' WHERE kind = 'dividend' AND round = 2", {STANDS: "kept.digest"}),
    ("UPDATE run SET approved_by = 2 WHERE kind = 'dividend' AND round = 2", {STANDS: "kept.approved_by is kept as 2"}),
    ("UPDATE run SET prepared_by = 2 WHERE kind = 'dividend' AND round = 2", {STANDS: "kept.prepared_by"}),
    ("UPDATE run SET resolution = '2026-9' WHERE kind = 'dividend' AND round = 2", {STANDS: "kept.resolution"}),
    ("UPDATE run SET state = 'approved' WHERE kind = 'commission'", {STANDS: "kept.state is kept as approved"}),
    ("UPDATE run SET state = 'reverted' WHERE kind = 'commission'",
     {STANDS: "kept.state is kept as reverted", VOUCHERS: f"{BOOK}.commission.2025.1"}),
    # Steps, papers, vouchers
    ('UPDATE run_act SET "by" = 2 WHERE kind = \'dividend\' AND round = 2 AND step = \'approve\'',
     {ACT: "(run.approve)", STANDS: "kept.approved_by is kept as 3; by its steps it is 2"}),
    ('UPDATE run_act SET "on" = \'2026-02-03\' WHERE kind = \'commission\' AND step = \'approve\'', {ACT: "(run.approve)"}),
    ("UPDATE run_act SET reason = '无' WHERE step = 'revert'",
     {ACT: "(run.revert)", STANDS: "kept.resolution"}),
    ("DELETE FROM run_act WHERE kind = 'commission' AND step = 'approve'",
     {ACT: "step 4 (run.post)", STANDS: "kept.approved_by"}),
    ("UPDATE run_document SET document = 'chair' WHERE kind = 'commission'", {PAPER: "a" * 64}),
    ("DELETE FROM run_document WHERE kind = 'commission'", {PAPER: "a" * 64}),
    ("DELETE FROM run_voucher WHERE kind = 'dividend' AND round = 2", {VOUCHERS: f"{RUN}: the vouchers — are"}),
    ("UPDATE run_voucher SET voucher_id = 1 WHERE kind = 'commission'", {VOUCHERS: "the vouchers #1 are not"}),
    ("DELETE FROM run WHERE kind = 'commission'",
     {"run_must_be_there": f"that there was {BOOK}.commission.2025.1, but it is gone"}),
)  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), CHANGES, ids=map(str, range(len(CHANGES))))
def test_one_change_is_found_and_named(behind: Connection, statement: str, expected: dict[str, str]) -> None:
    assert behind.execute(text(statement.replace(":", r"\:"))).rowcount > 0
    says = found(behind)
    assert set(says) == set(expected), says
    for code, words in expected.items():
        assert words in says[code]
