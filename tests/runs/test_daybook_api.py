"""The daybook over HTTP: a sheet is written once however often it is sent, and everything wrong is told at once."""

import httpx

from tests.runs.test_api import BOOK, Service, furnished, service

__all__ = ["furnished", "service"]

WORK = f"/books/{BOOK}/work-days"
TRADES = f"/books/{BOOK}/trades"
ROW = {"on": "2026-01-05", "member": "Q0010", "work": "值班", "days": "1.50", "day_wage": "120.00"}
SALE = {
    "on": "2026-01-05", "member": "Q0010", "product": "青贮玉米", "quantity": "500.00", "unit": "公斤",
    "amount": "300.00",
}  # fmt: skip


def test_a_sheet_is_kept_once_and_a_row_taken_back(service: Service) -> None:
    tried = service.do("accountant", f"{WORK}?dry_run=true", {"items": [ROW]})
    assert service.get("accountant", f"{WORK}?month=2026-01")["items"] == []
    body = {"items": [ROW, ROW | {"member": "Q0002", "days": "1.00"}]}
    kept = service.do("accountant", WORK, body, Idempotency_Key="sheet-1")["items"]
    assert tried["items"][0]["entry"] == kept[0]["entry"]
    assert service.do("accountant", WORK, body, Idempotency_Key="sheet-1")["items"] == kept
    counter = service.do("accountant", f"{WORK}/{kept[0]['entry']}/take-back", {"reason": "记错人"})
    assert (counter["days"], counter["reverses"]) == ("-1.50", kept[0]["entry"])
    listed = service.get("chair", f"{WORK}?month=2026-01")["items"]
    assert [(one["member"], one["days"], one["taken_back_by"]) for one in listed] == [
        ("Q0010", "1.50", counter["entry"]),
        ("Q0002", "1.00", None),
        ("Q0010", "-1.50", None),
    ]
    again = service.refused("accountant", f"{WORK}/{kept[0]['entry']}/take-back", {"reason": "记错人"})
    assert again == (httpx.codes.UNPROCESSABLE_ENTITY, ["entry_is_taken_back_once"])


def test_everything_wrong_is_told_at_once(service: Service) -> None:
    body = {"items": [ROW | {"member": "Q9999"}, ROW | {"member": "Q0002", "on": "2999-01-01", "work": " "}]}
    answer = service.call("accountant", "POST", WORK, json=body)
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/items/0/member", "entry_needs_a_known_member"),
        ("/items/1/on", "entry_must_not_be_of_the_future"),
        ("/items/1/work", "entry_needs_words"),
    ]
    assert service.refused("accountant", f"{WORK}/99999999/take-back", {"reason": "记错人"})[0] == 404
    assert service.refused("chair", WORK, {"items": [ROW]})[0] == httpx.codes.FORBIDDEN


def test_a_trade_is_kept_and_taken_back(service: Service) -> None:
    (kept,) = service.do("accountant", TRADES, {"items": [SALE]})["items"]
    counter = service.do("accountant", f"{TRADES}/{kept['entry']}/take-back", {"reason": "重复登记"})
    assert (counter["quantity"], counter["amount"]) == ("-500.00", "-300.00")
    assert len(service.get("accountant", f"{TRADES}?month=2026-01")["items"]) == 2


def test_a_month_of_work_is_drafted_and_a_trade_names_its_voucher(service: Service) -> None:
    service.do("accountant", WORK, {"items": [ROW]})
    wanted = {"month": "2026-01", "cost": {"account": "141", "detail": "Q2501"}, "dated": "2026-01-05"}
    drafted = service.do("accountant", f"{WORK}/vouchers", wanted)
    assert [(line["account"], line["debit"], line["credit"]) for line in drafted["lines"]] == [
        ("141", "180.00", "0.00"),
        ("213", "0.00", "180.00"),
    ]
    (kept,) = service.get("chair", f"{WORK}/vouchers?month=2026-01")["members"]
    assert (kept["member"], kept["pay"], kept["booked"]) == ("Q0010", "180.00", "180.00")
    again = service.refused("accountant", f"{WORK}/vouchers", wanted)
    assert again == (httpx.codes.UNPROCESSABLE_ENTITY, ["month_must_not_be_booked"])
    unknown = service.refused("accountant", TRADES, {"items": [SALE | {"voucher": 999999}]})
    assert unknown[1] == ["trade_needs_a_voucher_of_members"]


def test_an_animal_comes_and_leaves(service: Service) -> None:
    animals = f"/books/{BOOK}/animals"
    calf = {
        "ear_tag": "245000010109901", "batch": "Q2501", "origin": "custody", "entered_on": "2026-01-05",
        "owner_member": "Q0002", "keeper": "Q0003", "entered_weight": "181.50",
    }  # fmt: skip
    (kept,) = service.do("accountant", animals, {"items": [calf]})["items"]
    assert (kept["keeper"], kept["leaving"]) == ("Q0003", None)
    leave = f"{animals}/{calf['ear_tag']}/leave"
    dead = {"state": "dead", "on": "2026-01-05"}
    assert service.refused("accountant", leave, dead)[1] == ["death_needs_its_proof"]
    assert service.refused("accountant", leave, dead | {"proofs": ["0" * 64]})[1] == ["proof_must_be_known"]
    sold = service.do(
        "accountant", leave, {"state": "sold", "on": "2026-01-05", "weight": "475.00", "price": "28.80"}
    )
    assert sold["leaving"]["weight"] == "475.00"
    assert kept["ear_tag"] in [one["ear_tag"] for one in service.get("chair", animals)["items"]]
    assert service.refused("chair", animals, {"items": [calf]})[0] == httpx.codes.FORBIDDEN
