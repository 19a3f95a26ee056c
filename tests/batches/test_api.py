"""Batches over HTTP: the accountant makes one, the cashier sends it, the bank gets its file and gives one back."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from litestar.testing import TestClient
from python_calamine import CalamineWorkbook

from coop.vault.rules import line_of, vault_key
from tests.batches.desks import furnish_desks
from tests.batches.small import BOOK
from tests.running import application
from tests.runs.test_api import Service
from web.database import writing_engine
from web.exports.spreadsheets import exact
from web.settings import settings_from

if TYPE_CHECKING:
    from tests.conftest import Databases

RUN = f"{BOOK}.dividend.2025.1"
DUES = f"/books/{BOOK}/runs/{RUN}/dues"
BATCHES = f"/books/{BOOK}/batches"
BATCH = f"{BATCHES}/1"
BY_BANK = {"run": RUN, "channel": "bank", "format": "rural", "account": "102"}
RIGHT = "1|清水村股份经济合作社|20101450000501389034|5682.37|N24500000000791932|0000|成功|{day}|\r\n"
BACK = "2|卢兰芳|6222000007538161117|3196.88|450000195405294446|0102|户名不符|{day}|\r\n"


@pytest.fixture(scope="module")
def furnished(databases: "Databases", db_kind: str) -> Iterator[str]:
    url = databases.fresh(db_kind)
    engine = writing_engine(url)
    with engine.begin() as db:
        furnish_desks(db)
    engine.dispose()
    yield url
    databases.drop(url)


@pytest.fixture
def service(furnished: str, databases: "Databases", db_kind: str, tmp_path: Path) -> Iterator[Service]:
    url = databases.copy(furnished, db_kind)
    settings = settings_from({"LIANJIAN_DATABASE_URL": url}, home=tmp_path / "house")
    settings.key_file.write_text(line_of(vault_key(bytes(range(32)))), "ascii")
    with application(settings) as app, TestClient(app, raise_server_exceptions=False) as client:
        yield Service(client)
    databases.drop(url)


def today(service: Service) -> str:
    """The day the service answers on, as the rural bank writes it."""
    return str(service.get("accountant", BATCH)["batch"]["made_on"]).replace("-", "")


def give_back(service: Service, content: bytes, *, batch: str = BATCH, key: str = "") -> httpx.Response:
    """Hand in the bank's return file."""
    headers = {"Content-Type": "application/octet-stream"} | ({"Idempotency-Key": key} if key else {})
    return service.call("cashier", "POST", f"{batch}/return-file", content=content, headers=headers)


def logged(service: Service, act: str) -> list[tuple[str, str]]:
    """Subject and words of the log's entries of an act."""
    items = service.get("accountant", f"/books/{BOOK}/log?act={act}")["items"]
    return [(one["subject"], one["after"]) for one in items]


def test_from_the_dues_to_the_bank_and_back(service: Service) -> None:
    dues = service.get("officer", DUES)
    assert dues["totals"] == [{"state": "to_pay", "count": 12, "total": "25992.91"}]
    (second,) = (one for one in dues["items"] if one["payee"] == "Q0002")
    assert second == {
        "payee": "Q0002",
        "name": "卢兰芳",
        "gross": "3196.88",
        "withheld": "0.00",
        "net": "3196.88",
        "state": "to_pay",
        "attempt": 0,
        "batch": None,
        "reason": None,
        "said": "",
        "heir": None,
        "to": "卢兰芳",
        "bank": "桂岭县农村商业银行",
        "account": "6222 **** **** 1117",
    }
    wanted = BY_BANK | {"payees": ["Q0001", "Q0002"]}
    seen = service.do("accountant", f"{BATCHES}?dry_run=true", wanted)
    assert (seen["batch"]["total"], service.get("accountant", BATCHES)["items"]) == ("8879.25", [])
    made = service.do("accountant", BATCHES, wanted, If_Preview_Match=seen["digest"])
    assert (made["batch"]["number"], made["batch"]["state"], made["batch"]["lines"]) == (1, "made", 2)
    assert [line["account"] for line in made["items"]] == ["2010 **** **** 9034", "6222 **** **** 1117"]
    assert service.refused("accountant", f"{BATCH}/send") == (403, ["deed_must_be_allowed"])
    assert service.refused("cashier", f"{BATCH}/send", If_Match='"2"') == (412, ["batch_must_be_as_seen"])
    sent = service.do("cashier", f"{BATCH}/send", If_Match='"1"')
    assert (sent["state"], sent["version"]) == ("sent", 2)
    assert service.call("chair", "GET", BATCH).headers["ETag"] == '"2"'

    file = service.call("accountant", "GET", f"{BATCH}/file")
    assert file.content.decode("gbk") == (
        "1|清水村股份经济合作社|20101450000501389034|5682.37|N24500000000791932|\r\n"
        "2|卢兰芳|6222000007538161117|3196.88|450000195405294446|\r\n"
    )
    assert (file.headers["Cache-Control"], file.headers["Content-Type"]) == (
        "no-store",
        "application/octet-stream",
    )
    assert "ETag" not in file.headers
    assert service.call("cashier", "GET", f"{BATCH}/file").content == file.content
    assert logged(service, "batch.file") == [("batch:1", f"sent 2 8879.25 {RUN}")] * 2
    for who, status in (("officer", 403), ("auditor", 403), ("chair", 403), ("stranger", 404)):
        assert service.call(who, "GET", f"{BATCH}/file").status_code == status

    day = today(service)
    answer = (RIGHT + BACK).format(day=day).encode("gbk")
    first = give_back(service, answer, key="once").json()
    assert (first["added"], first["repeated"], first["batch"]["state"]) == (2, 0, "settled")
    again = give_back(service, answer, key="once")
    assert (again.json(), again.headers["Idempotency-Replayed"]) == (first, "true")
    assert give_back(service, answer).json()["repeated"] == 2
    shown = service.get("chair", BATCH)
    assert [(line["outcome"], line["reason"], line["said"]) for line in shown["items"]] == [
        ("paid", None, "成功"),
        ("failed", "name", "户名不符"),
    ]
    assert len(shown["vouchers"]) == 1
    back = service.get("officer", f"{DUES}?state=returned")
    assert [(one["payee"], one["reason"], one["attempt"]) for one in back["items"]] == [("Q0002", "name", 1)]
    assert back["totals"] == [
        {"state": "to_pay", "count": 10, "total": "17113.66"},
        {"state": "paid", "count": 1, "total": "5682.37"},
        {"state": "returned", "count": 1, "total": "3196.88"},
    ]


def test_everything_wrong_with_a_file_is_said_at_once_and_nothing_taken(service: Service) -> None:
    service.do("accountant", BATCHES, BY_BANK | {"payees": ["Q0001", "Q0002"]})
    service.do("cashier", f"{BATCH}/send")
    day = today(service)
    wrong = (
        RIGHT.format(day=day)
        + BACK.replace("3196.88", "1.00").format(day=day)
        + "9|x||1.00||0000||20260101|\r\n"
    )
    refused = give_back(service, wrong.encode("gbk"))
    assert (refused.status_code, [one["code"] for one in refused.json()["errors"]]) == (
        422,
        ["answer_must_be_of_the_amount", "answer_must_be_of_the_batch"],
    )
    unread = give_back(service, b"1|x\r\n2|y\r\n").json()["errors"]
    assert [(one["code"], one["pointer"]) for one in unread] == [
        ("row_must_have_its_columns", "/rows/1"),
        ("row_must_have_its_columns", "/rows/2"),
    ]
    assert [line["outcome"] for line in service.get("chair", BATCH)["items"]] == [None, None]


def test_a_workbook_goes_out_and_comes_back(service: Service) -> None:
    service.do("accountant", BATCHES, BY_BANK | {"format": "table", "payees": ["Q0003", "Q0004"]})
    service.do("cashier", f"{BATCH}/send")
    file = service.call("cashier", "GET", f"{BATCH}/file")
    name = service.get("cashier", BATCH)["batch"]["name"]
    assert file.headers["Content-Disposition"] == f"attachment; filename*=UTF-8''{name}.xlsx"
    rows: list[list[Any]] = (
        CalamineWorkbook.from_filelike(BytesIO(file.content)).get_sheet_by_index(0).to_python()
    )
    assert rows[0][0] == f"批次 {name}"
    assert rows[3] == ["业务号", "收款人", "证件号", "账号", "开户行", "金额", "用途"]
    assert rows[4] == [
        f"{name}-0001",
        "黄秀贵",
        "450000198801239872",
        "6222000001133011488",
        "桂岭县农村商业银行清河乡支行",
        910.11,
        "2025年度盈余分配",
    ]
    day = today(service)
    answer = exact(
        [
            ["业务号", "金额", "结果", "原因", "日期"],
            [f"{name}-0001", "910.11", "成功", "", day],
            [f"{name}-0002", "2953.03", "失败", "账户冻结", day],
        ],
        name="回盘",
        figures={1},
    )
    taken = give_back(service, answer).json()
    assert (taken["added"], taken["batch"]["state"]) == (2, "settled")
    refused = give_back(service, b"PK\x03\x04 no workbook")
    assert (refused.status_code, refused.json()["code"]) == (422, "file_must_be_a_workbook")


def test_cash_is_answered_from_the_signed_sheet(service: Service) -> None:
    in_cash = {"run": RUN, "channel": "cash", "account": "101", "payees": ["Q0009", "Q0010"]}
    service.do("accountant", BATCHES, in_cash)
    service.do("cashier", f"{BATCH}/send")
    refused = service.call("cashier", "GET", f"{BATCH}/file")
    assert (refused.status_code, refused.json()["code"]) == (409, "file_must_be_the_banks")
    day = service.get("cashier", BATCH)["batch"]["made_on"]
    signed = {
        "items": [
            {"line": 1, "outcome": "paid", "on": day},
            {"line": 2, "outcome": "failed", "on": day, "reason": "other", "said": "外出务工"},
        ]
    }
    seen = service.do("cashier", f"{BATCH}/answers?dry_run=true", signed)
    assert (seen["added"], service.get("chair", BATCH)["batch"]["state"]) == (2, "sent")
    taken = service.do("cashier", f"{BATCH}/answers", signed)
    assert (taken["added"], taken["repeated"], taken["batch"]["state"]) == (2, 0, "settled")
    assert service.do("accountant", f"{BATCH}/answers", signed)["repeated"] == 2


REFUSALS: tuple[tuple[str, str, dict[str, Any], int, list[str]], ...] = (
    ("cashier", BATCHES, BY_BANK, 403, ["deed_must_be_allowed"]),
    ("officer", BATCHES, BY_BANK, 403, ["deed_must_be_allowed"]),
    ("stranger", BATCHES, BY_BANK, 404, ["book_must_exist"]),
    ("accountant", BATCHES, BY_BANK | {"run": "other.dividend.2025.1"}, 404, ["run_must_exist"]),
    ("accountant", BATCHES, BY_BANK | {"format": "icbc"}, 422, ["format_must_be_known"]),
    ("accountant", BATCHES, BY_BANK | {"payees": ["Q0001", "Q0001"]}, 409, ["line_must_be_payable"]),
    ("accountant", f"{BATCH}/void", {"reason": "重做"}, 404, ["batch_must_exist"]),
    ("chair", f"{BATCH}/answers", {"items": [{"line": 1, "outcome": "paid", "on": "2026-02-14"}]}, 403,
     ["deed_must_be_allowed"]),
)  # fmt: skip


def test_who_may_not_and_what_is_not_there(service: Service) -> None:
    for who, path, body, status, codes in REFUSALS:
        assert service.refused(who, path, body) == (status, codes), (who, path)


def test_lists_come_in_pages(service: Service) -> None:
    for number in range(1, 4):
        service.do("accountant", BATCHES, BY_BANK | {"payees": [f"Q{number:04}"]})
    service.do("accountant", f"{BATCHES}/2/void", {"reason": "重做"}, If_Match='"1"')
    first = service.get("chair", f"{BATCHES}?run={RUN}&limit=2")
    rest = service.get("chair", f"{BATCHES}?run={RUN}&limit=2&after={first['next']}")
    assert [(one["number"], one["state"]) for one in (*first["items"], *rest["items"])] == [
        (3, "made"),
        (2, "voided"),
        (1, "made"),
    ]
    assert service.get("chair", f"{BATCHES}?run={BOOK}.commission.2025.1")["items"] == []
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = service.get("chair", f"{DUES}?limit=5&after={after}")
        found += [one["payee"] for one in page["items"]]
        after = page["next"]
    assert found == [f"Q{number:04}" for number in range(1, 13)]
