"""``lianjian run new instalment``: a collective registers its cadres and pays them what it owes of their bonuses."""

import json
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.cli.conftest import Lianjian
from tests.cli.test_tiers import refused
from tests.runs import awards
from web.database import writing_engine
from web.settings import settings_from

BOOK = "450000101200"
PREPARER, CONFIRMER = ("--by", "欧阳丽成"), ("--by", "黎国")
NEW = ("run", "new", "instalment", BOOK, "2026", "--through", "2026-01", "--on", "2026-02-12", *PREPARER)
JOINING = {
    "kind": "joining",
    "on": "2026-02-12",
    "number": "M0001",
    "name": "黎美华",
    "household": "H0001",
    "identity": "450000197001010012",
    "bank": "农村商业银行",
    "bank_account": "6222000007538161117",
    "account_kind": "card",
}


@pytest.fixture
def owing(small: Lianjian, home: Path) -> Lianjian:
    """The collective owes three cadres January's part of their bonuses."""
    engine = writing_engine(settings_from({}, home=home).database_url)
    with engine.begin() as db:
        awards.owed_by(db, BOOK, date(2026, 1, 31))
    engine.dispose()
    return small


def test_a_cadre_is_registered_and_paid(owing: Lianjian, tmp_path: Path) -> None:
    paper = tmp_path / "act.json"
    paper.write_text(json.dumps({"kind": "gift", "on": "2026-02-12", "giver": "某厂", "amount": "5.00"}))
    propose = ("register", "propose", BOOK, str(paper), *PREPARER, "--json")
    assert refused(owing(*propose)) == ["book_must_keep_a_register"]
    paper.write_text(json.dumps({**JOINING, "identity": "450000197001010013"}))
    assert refused(owing(*propose)) == ["identity_must_be_valid"]
    paper.write_text(json.dumps({**JOINING, "bank_account": "6222000007538161118"}))
    doubted = owing(*propose, "--dry-run").json
    assert doubted["doubts"] == ["card_should_fit_its_check_digit"]
    paper.write_text(json.dumps(JOINING))
    assert owing(*propose).json["act"]["identity"] == "450000********0012"
    assert refused(owing("register", "confirm", BOOK, "1", *PREPARER, "--json")) == [
        "request_must_be_answered_by_another"
    ]
    assert owing("register", "confirm", BOOK, "1", *CONFIRMER, "--json").json["state"] == "done"

    quantified = {"kind": "quantification", "on": "2026-02-12", "resolution": "3号"}
    paper.write_text(json.dumps({**quantified, "households": [{"member": "M0001", "units": "3.00"}]}))
    (moved,) = owing(*propose).json["writes"]["movements"]
    assert (moved["share"], moved["act"], moved["quantity"]) == ("entitlement", "quantify", "3.00")
    assert owing("register", "confirm", BOOK, "2", *CONFIRMER, "--json").json["state"] == "done"

    # The register of entitlements goes out as a workbook and comes in as one.
    book = tmp_path / "份额.xlsx"
    assert owing("register", "entitlements", BOOK, "--json").json["items"] == [
        {"member": "M0001", "units": "3.00"}
    ]
    assert "黎美华" in owing("register", "entitlements", BOOK, "--as-of", "2026-02-12").out
    assert owing("register", "entitlements", BOOK, str(book), "--as-of", "2026-02-12").status == 0
    sheet = load_workbook(book)
    assert [[cell.value for cell in row] for row in sheet.worksheets[0].iter_rows(min_row=6)] == [
        ["M0001", "黎美华", 3],
        ["Total", None, 3],
    ]
    quantify = (
        "register",
        "quantify",
        BOOK,
        str(book),
        "--on",
        "2026-02-13",
        "--resolution",
        "4号",
        *PREPARER,
    )
    assert refused(owing(*quantify, "--total", "3.50", "--json")) == ["units_must_make_the_total"]
    sheet.worksheets[0]["C6"], sheet.worksheets[0]["C7"] = 4.5, 4.5
    sheet.save(book)
    (more,) = owing(*quantify, "--total", "4.50", "--dry-run", "--json").json["writes"]["movements"]
    assert (more["member"], more["quantity"]) == ("M0001", "1.50")
    assert refused(
        owing("register", "quantify", BOOK, str(paper), *quantify[4:], "--total", "3", "--json")
    ) == ["sheet_must_be_a_workbook"]
    assert refused(owing("register", "entitlements", "清水合作社", "--json")) == [
        "book_must_be_a_collectives"
    ]

    assert refused(owing(*NEW, "--json")) == ["person_must_be_registered"]
    one = owing(*NEW, "--pay", "M0001=500.00-15.00", "--dry-run", "--json").json
    assert one["order"]["lines"] == [
        {
            "member": "M0001",
            "name": "黎美华",
            "account": "212",
            "person": "黎美华",
            "owed": "500.00",
            "gross": "500.00",
            "withheld": "15.00",
            "net": "485.00",
        }
    ]
    other = owing(*NEW, "--pay", "潘玉萍:M0001=400.00", "--json").json
    assert [(line["person"], line["gross"]) for line in other["order"]["lines"]] == [("潘玉萍", "400.00")]
    assert other["id"] == f"{BOOK}.instalment.2026.1"
