"""From an empty folder to the first posted voucher: people by the command line, the book and what it begins with by API
and by the command line."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from tests.cli.conftest import Lianjian
from tests.people import PASSWORD, citizen
from web.app import create_app
from web.settings import settings_from

TOWNSHIP, VILLAGE = "450000101", "450000101200"
BOOK: Mapping[str, Any] = {
    "kind": "collective",
    "name": "清水村股份经济合作社",
    "short_name": "清水村",
    "village_code": VILLAGE,
    "first_year": 2025,
    "village_name": "清水村",
    "township_name": "云岭镇",
}
COOPERATIVE: Mapping[str, Any] = {
    **BOOK,
    "kind": "cooperative",
    "name": "清水合作社",
    "short_name": "清水合作社",
    "id": "qingshui",
    "village_name": "",
    "township_name": "",
}
AT = f"/books/{VILLAGE}"
INTEREST = {
    "date": "2025-03-21",
    "lines": [
        {"summary": "银行存款利息", "account": "10201", "debit": "49.11"},
        {"summary": "银行存款利息", "account": "504", "credit": "49.11"},
    ],
}
OPENINGS = (
    {"account": "101", "debit": "500.50"},
    {"account": "10201", "debit": "12000.00"},
    {"account": "121", "detail": "尿素", "debit": "300.00", "quantity": "2.50"},
    {"account": "311", "detail": "历年结余", "credit": "12800.50"},
)
_keys = count(1)
"""Idempotency keys, none twice in a run."""


class Office:
    """The running service, and whoever signed in last."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self.client, self.csrf = client, ""

    def signs_in(self, name: str) -> None:
        """Sign in with the password everybody made, in a browser of one's own."""
        self.client.cookies.clear()
        made = self.client.post("/api/v1/sessions", json={"login": name, "password": PASSWORD})
        assert made.status_code == 201, made.text
        self.csrf = made.json()["csrf"]

    def call(self, method: str, path: str, json: object = None, *, key: str = "", status: int = 200) -> Any:
        """Call an address, and read the answer."""
        headers = {
            "X-CSRF-Token": self.csrf,
            "Idempotency-Key": key or f"first-{next(_keys)}",
            "Accept-Language": "en",
        }
        answer = self.client.request(method, f"/api/v1{path}", json=json, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def refused(self, method: str, path: str, json: object, *, status: int = 422) -> list[str]:
        """Call an address that refuses: where and why."""
        answer = self.call(method, path, json, status=status)
        return [f"{one['code']} {one['pointer']}".strip() for one in answer["errors"]]


@contextmanager
def served(home: Path) -> Iterator[Office]:
    """The service, and afterwards the log of this process as it was: what runs next is a command."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        with TestClient(create_app(settings_from({}, home=home)), raise_server_exceptions=False) as client:
            yield Office(client)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


@pytest.fixture
def staffed(lianjian: Lianjian, home: Path) -> Lianjian:
    """An empty house with 岑管理, who administers it, 覃会计 and 韦审核 of the township; 岑管理 has consented to both."""
    roles = {"cen": ("administrator", "house")} | {
        "qin": ("accountant", f"place:{TOWNSHIP}"),
        "wei": ("reviewer", f"place:{TOWNSHIP}"),
    }
    codes, grants = {}, []
    for number, (name, (role, scope)) in enumerate(roles.items()):
        added = lianjian("user", "add", name, "--identity", citizen(number), "--json")
        assert added.status == 0, added.err
        codes[name] = added.json["code"]
        granted = lianjian("user", "grant", name, role, scope, "--json")
        assert granted.status == 0, granted.err
        grants.append(granted.json["id"])
    with served(home) as office:
        for code in codes.values():
            office.call("POST", "/set-up", {"code": code, "password": PASSWORD}, status=204)
        office.signs_in("cen")
        office.call("POST", f"/grants/{grants[1]}/consent")
    assert lianjian("user", "consent", str(grants[2]), "--by", "cen").status == 0
    return lianjian


def post_first_voucher(office: Office) -> None:
    """Prepared by one, reviewed by another, posted: number 1."""
    office.signs_in("qin")
    draft = office.call("POST", f"{AT}/vouchers", INTEREST, status=201)
    office.signs_in("wei")
    office.call("POST", f"{AT}/vouchers/{draft['id']}/review")
    office.signs_in("qin")
    posted = office.call("POST", f"{AT}/vouchers/{draft['id']}/post")
    assert (posted["state"], posted["number"]) == ("posted", 1)


def bank(balance: Any) -> tuple[str, str, str]:
    """What the bank opened with, received, and closed with."""
    row = balance["rows"]["10201"]
    return row["opening_debit"], row["debit"], row["closing_debit"]


def test_the_first_book_by_api(staffed: Lianjian, home: Path) -> None:
    with served(home) as office:
        office.signs_in("cen")
        assert office.refused("POST", "/books", BOOK, status=403) == ["deed_must_be_allowed"]
        office.signs_in("qin")
        other = {**BOOK, "village_code": "450000102200"}
        assert office.refused("POST", "/books", other, status=403) == [
            "place_must_be_yours_to_open_in /village_code"
        ]
        unnamed = {**BOOK, "village_name": "", "township_name": "", "id": "qingshui"}
        assert office.refused("POST", "/books", unnamed) == [
            "collective_must_be_called_by_its_village /id",
            "place_must_be_named /village_name",
            "place_must_be_named /township_name",
        ]
        tried = office.call("POST", "/books?dry_run=true", BOOK)
        assert (tried["id"], tried["standard"]) == (VILLAGE, "collective-2023")
        assert office.call("GET", "/books")["items"] == []
        made = office.call("POST", "/books", BOOK, key="open", status=201)
        assert office.call("POST", "/books", BOOK, key="open", status=201) == made
        again = {**BOOK, "village_name": "", "township_name": ""}
        assert office.refused("POST", "/books", again, status=409) == ["book_must_be_new /village_code"]
        office.call("POST", "/books", COOPERATIVE, status=201)
        namesake = {**COOPERATIVE, "id": "qingshui-2"}
        assert office.refused("POST", "/books", namesake, status=409) == [
            "short_name_must_be_new_in_its_village /short_name"
        ]
        assert {item["id"]: item["village_code"] for item in office.call("GET", "/books")["items"]} == {
            VILLAGE: VILLAGE,
            "qingshui": VILLAGE,
        }

        account = {"parent": "102", "code": "10201", "name": "农信社"}
        office.call("POST", f"{AT}/accounts", account, status=201)
        for code in ("尿素", "历年结余"):
            office.call("POST", f"{AT}/details", {"code": code, "name": code, "kind": "name"}, status=201)
        assert office.call("GET", f"{AT}/openings") == {
            "year": 2025,
            "may_be_entered": True,
            "items": [],
            "debit": "0.00",
            "credit": "0.00",
        }
        assert office.refused("PUT", f"{AT}/openings", {"items": []}, status=400)
        wrong = [
            {"account": "102", "debit": "1.00"},
            {"account": "321", "credit": "1.00"},
            {"account": "211", "detail": "无此户", "credit": "5.00"},
        ]
        assert office.refused("PUT", f"{AT}/openings?dry_run=true", {"items": wrong}) == [
            "account_must_be_lowest /items/0/account",
            "detail_must_be_known /items/2/detail",
            "openings_must_balance /items",
            "opening_must_be_of_a_balance_account /items/1/account",
        ]
        sheet = {"items": OPENINGS}
        tried = office.call("PUT", f"{AT}/openings?dry_run=true", sheet)
        assert (tried["debit"], tried["credit"], bool(tried["digest"])) == ("12800.50", "12800.50", True)
        assert office.call("GET", f"{AT}/openings")["items"] == []
        entered = office.call("PUT", f"{AT}/openings", sheet, key="sheet")
        assert (len(entered["items"]), entered["may_be_entered"]) == (4, False)
        assert office.call("PUT", f"{AT}/openings", sheet, key="sheet") == entered
        assert office.refused("PUT", f"{AT}/openings", sheet) == ["openings_must_come_first /items"]
        office.signs_in("wei")
        assert office.refused("PUT", f"{AT}/openings", sheet, status=403) == ["deed_must_be_allowed"]
        post_first_voucher(office)
        balance = office.call("GET", f"{AT}/trial-balance?from=2025-01&to=2025-12")
        assert bank(balance) == ("12000.00", "49.11", "12049.11")
    assert staffed("check").status == 0


def test_a_posted_voucher_comes_too_early_for_openings(staffed: Lianjian, home: Path) -> None:
    with served(home) as office:
        office.signs_in("qin")
        office.call("POST", "/books", BOOK, status=201)
        account = {"parent": "102", "code": "10201", "name": "农信社"}
        office.call("POST", f"{AT}/accounts", account, status=201)
        post_first_voucher(office)
        sheet = {"items": [{"account": "101", "debit": "5.00"}, {"account": "10201", "credit": "5.00"}]}
        assert office.refused("PUT", f"{AT}/openings", sheet) == ["openings_must_come_first /items"]


def test_a_cooperatives_capital_comes_with_its_register(staffed: Lianjian, home: Path) -> None:
    with served(home) as office:
        office.signs_in("qin")
        new = {**COOPERATIVE, "village_name": "清水村", "township_name": "云岭镇"}
        office.call("POST", "/books", new, status=201)
        sheet = {
            "items": [
                {"account": "101", "debit": "5.00"},
                {"account": "301", "detail": "M0001", "credit": "5.00"},
            ]
        }
        assert office.refused("PUT", "/books/qingshui/openings", sheet) == [
            "detail_must_be_known /items/1/detail",
            "opening_must_equal_register /items/1/credit",
        ]


SHEET = """科目编码,科目名称,明细,借方,贷方,数量
101,库存现金,,500.50,,
10201,农信社,,"12,000.00",,
121,库存物资,尿素,300,,2.5
211,应付款,,,,
311,公积公益金,历年结余,,12800.50,
"""


def opened_by(lianjian: Lianjian, *more: str) -> Any:
    words = ("--name", "清水村股份经济合作社", "--short-name", "清水村", "--kind", "collective")
    where = (
        "--village",
        VILLAGE,
        "--first-year",
        "2025",
        "--village-name",
        "清水村",
        "--township-name",
        "云岭镇",
    )
    return lianjian("books", "open", *words, *where, *more)


def test_the_first_book_by_the_command_line(staffed: Lianjian, home: Path, tmp_path: Path) -> None:
    tried = opened_by(staffed, "--by", "qin", "--dry-run", "--json")
    assert (tried.status, tried.json["id"]) == (0, VILLAGE)
    assert staffed("books", "--json").json == []
    made = opened_by(staffed, "--by", "qin")
    assert (made.status, "user grant" in made.out) == (0, False), "覃会计 keeps it already"
    assert [item["id"] for item in staffed("books", "--json").json] == [VILLAGE]
    with served(home) as office:
        office.signs_in("qin")
        account = {"parent": "102", "code": "10201", "name": "农信社"}
        office.call("POST", f"{AT}/accounts", account, status=201)
    file = tmp_path / "期初.csv"
    file.write_text(SHEET, encoding="gb18030")
    refused = staffed("books", "enter-openings", "清水村", file, "--by", "qin")
    assert refused.status == 1
    assert [line.split(" ✗")[0] for line in refused.err.splitlines()] == ["Row 4", "Row 6"]
    codes = [
        (problem["code"], problem["pointer"])
        for problem in staffed("books", "enter-openings", "清水村", file, "--json").json["problems"]
    ]
    assert codes == [("detail_must_be_known", "/rows/4/detail"), ("detail_must_be_known", "/rows/6/detail")]
    entered = ("books", "enter-openings", "清水村", file, "--by", "qin", "--add-details")
    assert staffed(*entered, "--dry-run").status == 0
    assert staffed("books", "openings", "清水村", "--json").json["items"] == []
    assert staffed(*entered, "--json").json["debit"] == "12800.50"
    shown = staffed("books", "openings", "清水村")
    assert ("尿素" in shown.out, "12800.50" in shown.out) == (True, True)
    again = staffed(*entered)
    assert (again.status, "already has opening balances" in again.err) == (1, True)
    with served(home) as office:
        post_first_voucher(office)
    balance = staffed("trial-balance", "清水村", "--from", "2025-01", "--to", "2025-12", "--json").json
    assert bank(balance) == ("12000.00", "49.11", "12049.11")
    assert staffed("check").status == 0


def test_a_book_nobody_keeps_says_whom_to_give_it_to(lianjian: Lianjian) -> None:
    made = opened_by(lianjian)
    assert (made.status, f"user grant PERSON accountant {VILLAGE}" in made.out) == (0, True)
    assert "opened 2025 with nothing" in lianjian("books", "openings", "清水村").out
    again = opened_by(lianjian, "--json")
    assert (again.status, again.json["problems"][0]["code"]) == (1, "book_must_be_new")


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (b"", ["openings_must_have_headings"]),
        ("科目编码,借方\n".encode(), ["openings_must_have_headings"]),
        ("科目编码,借方,贷方,备注,借方\n".encode(), ["heading_must_be_known", "heading_must_be_known"]),
        ("科目编码,借方,贷方\n101,,\n".encode(), ["openings_must_not_be_too_many"]),
        ("科目编码,借方,贷方\n101,x,1.234\n".encode(),
         ["amount_must_be_a_number", "amount_must_have_two_decimals_at_most"]),
        (b"\xff\xfe\x00\x01", ["openings_must_be_readable"]),
        (b'account,debit,credit\n101,"5\n', ["openings_must_be_readable"]),
        ("科目编码,明细,借方,贷方\n101,6222000000000000012,5.00,\n".encode(),
         ["text_must_hold_no_number_of_a_person"]),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_read(
    lianjian: Lianjian, tmp_path: Path, content: bytes, codes: list[str]
) -> None:
    opened_by(lianjian)
    file = tmp_path / "openings.csv"
    file.write_bytes(content)
    answer = lianjian("books", "enter-openings", "清水村", file, "--json")
    assert answer.status == 1
    assert [problem["code"] for problem in answer.json["problems"]] == codes
