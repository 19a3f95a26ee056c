"""``lianjian check`` and ``lianjian export``: what was changed behind the service's back is named, and what leaves is whole."""

import json
import os
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.cli.conftest import BY, PROGRAM, Lianjian

BEAN_CHECK = Path(sys.executable).with_name("bean-check")


def behind(home: Path, change: str) -> None:
    """Change something as somebody who has the file and drops every trigger first."""
    with closing(sqlite3.connect(home / "books.sqlite")) as db:
        for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{trigger}"')
        assert db.execute(change).rowcount == 1
        db.commit()


def test_books_that_hold_are_told_so(small: Lianjian) -> None:
    answer = small("check")
    assert answer.status == 0
    assert len([line for line in answer.out.splitlines() if line.startswith("✓")]) == 6
    one = small("check", "清水合作社", "--json").json
    assert [(book["book"], book["holds"], book["vouchers"], book["postings"]) for book in one] == [
        ("qingshuihezuoshe", True, 153, 558)
    ]


CHANGES = {
    "UPDATE posting SET debit = debit + 1 WHERE book_id = 'qingshuihezuoshe' AND voucher_id = 1 AND debit > 0": (
        "voucher_must_be_as_sealed",
        "记-0001",
    ),
    "UPDATE balance SET debit = debit + 100 WHERE book_id = 'qingshuihezuoshe' AND account = '101' AND period = 202501": (
        "balance_must_equal_postings",
        "101",
    ),
    "UPDATE voucher SET number = 999 WHERE book_id = 'qingshuihezuoshe' AND number = 7": (
        "voucher_must_be_as_sealed",
        "记-0007",
    ),
    "UPDATE log_entry SET after = 'nothing' WHERE book_id = 'qingshuihezuoshe' AND seq = 5": (
        "log_entry_must_match_its_hash",
        "5",
    ),
    "UPDATE log_entry SET after = 'nothing' WHERE book_id = 'house' AND seq = 3": (
        "log_entry_must_match_its_hash",
        "3",
    ),
    "UPDATE person SET name = '张三' WHERE person_id = (SELECT prepared_by FROM voucher WHERE book_id = 'qingshuihezuoshe' LIMIT 1)": (
        "person_must_be_as_known",
        "张三",
    ),
    "UPDATE share_movement SET value = value + 100 WHERE book_id = 'qingshuihezuoshe' AND seq = 1": (
        "register_must_equal_account",
        "",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_behind_the_services_back_is_named(small: Lianjian, home: Path, change: str) -> None:
    behind(home, change)
    answer = small("check", "--json")
    assert answer.status == 1
    found = {problem["code"]: problem["detail"] for book in answer.json for problem in book["problems"]}
    code, named = CHANGES[change]
    assert named in found[code]
    assert small("check").status == 1


def test_a_changed_byte_of_a_scan_is_named(small: Lianjian, home: Path) -> None:
    scan = next(file for file in sorted((home / "evidence").rglob("*")) if file.is_file())
    content = bytearray(scan.read_bytes())
    content[-1] ^= 1
    scan.chmod(0o600)
    scan.write_bytes(content)
    answer = small("check", "--json")
    assert answer.status == 1
    details = [problem["detail"] for book in answer.json for problem in book["problems"]]
    assert any(scan.name[:10] in detail or scan.parent.name in detail for detail in details)


def test_a_missing_key_is_told_and_breaks_nothing(small: Lianjian, home: Path) -> None:
    file = home.with_suffix(".key")
    text = file.read_text()
    file.unlink()
    answer = small("check")
    assert answer.status == 0
    assert "stay unreadable" in answer.err
    lost = text[:8]
    added = small("key", "add", "--json").json
    assert added["opens"] == [added["seals"]] != [lost]
    file.write_text(text.rstrip() + "\n" + file.read_text().rstrip())
    again = small("key", "add", "--json").json
    assert again["opens"] == [lost, added["seals"], again["seals"]], "the last line had no end"
    answer = small("check")
    assert (answer.status, "stay unreadable" in answer.err) == (0, False)


def test_beancount_passes_the_exported_text_and_agrees_party_by_party(
    small: Lianjian, tmp_path: Path
) -> None:
    assert small("close", "清水合作社", "2025", *BY).status == 0
    file = tmp_path / "book.beancount"
    assert small("export", "清水合作社", "--to", "beancount", file).status == 0
    assert subprocess.run([BEAN_CHECK, file], check=True, capture_output=True, text=True).stderr == ""
    text = file.read_text()
    assert "Assets:102-银行存款" in text
    assert "Equity:301-股金:Q0001" in text
    assert 'number: "记-0001"' in text
    asserted = {line.split()[2]: line.split()[3] for line in text.splitlines() if " balance " in line}
    ours = small("trial-balance", "清水合作社", "--json").json
    for account, parties in ours["details"].items():
        for party, amount in parties.items():
            if party.isascii():
                (name,) = [one for one in asserted if f":{account}-" in one and one.endswith(f":{party}")]
                assert Decimal(asserted[name]) == Decimal(amount)


def test_the_workbook_opens_and_holds_every_voucher(small: Lianjian, tmp_path: Path) -> None:
    file = tmp_path / "book.xlsx"
    assert small("export", "清水合作社", "--to", "xlsx", file).status == 0
    book = openpyxl.load_workbook(file, read_only=True)
    assert max(sheet.max_row for sheet in book.worksheets) >= 558


def test_the_json_holds_everything_and_its_chain_can_be_recomputed(small: Lianjian, tmp_path: Path) -> None:
    file = tmp_path / "book.json"
    assert small("export", "清水合作社", "--to", "json", file).status == 0
    book = json.loads(file.read_text())
    counted = {name: len(found) for name, found in book.items() if isinstance(found, list)}
    assert counted["vouchers"] == 153
    assert sum(len(voucher["lines"]) for voucher in book["vouchers"]) == 558
    assert counted["members"] == 12
    assert counted["attachments"] == 15
    assert [entry["seq"] for entry in book["chain"]] == list(range(1, counted["chain"] + 1))
    identities = {member["identity"] for member in book["members"]}
    assert all("*" in identity for identity in identities)
    assert {str(voucher["prepared_by"]) for voucher in book["vouchers"]} <= book["people"].keys()


def test_the_national_interface_says_what_it_follows_and_that_it_is_not_certified(
    small: Lianjian, tmp_path: Path
) -> None:
    file = tmp_path / "book.xml"
    answer = small("export", "清水合作社", "--to", "gbt24589", file)
    assert answer.status == 0
    assert "GB/T 24589.1-2010" in answer.out
    assert "not certified" in answer.out
    assert "未经认证" in file.read_text()
    root = ElementTree.parse(file).getroot()
    tables = Counter(row.tag for part in root for row in part)
    assert (tables["记账凭证"], tables["会计科目"], tables["会计期间"]) == (558, 50, 13)
    ledger = root.find("总账")
    assert ledger is not None
    for side in ("借方本币金额", "贷方本币金额"):
        of_vouchers = sum(Decimal(row.findtext(side) or 0) for row in ledger.findall("记账凭证"))
        of_balances = sum(Decimal(row.findtext(side) or 0) for row in ledger.findall("科目余额及发生额"))
        assert of_vouchers == of_balances != 0


def test_a_file_is_written_whole_or_not_at_all(small: Lianjian, tmp_path: Path) -> None:
    answer = small("export", "清水合作社", "--to", "json", tmp_path / "nowhere" / "book.json")
    assert (answer.status, answer.out) == (1, "")
    assert "nowhere" in answer.err
    assert list(tmp_path.glob("*.json")) == []


def test_a_reader_that_goes_away_is_no_failure(small: Lianjian) -> None:
    """More than a pipe holds, to a reader that reads nothing."""
    reading, writing = os.pipe()
    os.close(reading)
    for words in (["trial-balance", "清水合作社", "--json"], ["check"]):
        done = subprocess.run(
            [PROGRAM, *words], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
        )
        assert done.stderr == ""
    os.close(writing)
