"""The acts of the register over HTTP: proposed by one, confirmed by another, identity data never in the clear."""

from typing import Any

import pytest
from sqlalchemy import Connection

from coop.members import actions as members
from tests.api.conftest import Service
from tests.builders import ACCOUNTANT, AT, BOOK
from tests.registry import VAULT, a_member

MOVEMENTS = f"/books/{BOOK}/share-movements"
MEMBERS = f"/books/{BOOK}/members"
CASH: dict[str, Any] = {
    "kind": "cash",
    "on": "2025-03-05",
    "member": "M0001",
    "amount": "8000.00",
    "resolution": "1号",
}
JOIN: dict[str, Any] = {
    "on": "2025-06-18",
    "applied_on": "2025-06-01",
    "number": "M0012",
    "name": "谭红花",
    "household": "HQ011",
    "identity": "450000197208125159",
    "bank_account": "6222000004987214810",
    "account_kind": "card",
    "resolution": "8号",
}


@pytest.fixture(autouse=True)
def a_household(service: Service) -> None:
    """M0001 is a member."""

    def enter(db: Connection) -> None:
        members.enter_many(db, [a_member("M0001")], book=BOOK, vault=VAULT, by=ACCOUNTANT, at=AT)

    service.do(enter)


def test_a_share_is_proposed_by_one_and_confirmed_by_another(service: Service) -> None:
    preview = service.call("accountant", "POST", f"{MOVEMENTS}?dry_run=true", json=CASH)
    assert preview.status_code == 200, preview.text
    assert preview.json()["writes"]["vouchers"][0]["lines"][0]["debit"] == "8000.00"
    assert service.call("auditor", "GET", f"/books/{BOOK}/register-acts").json()["items"] == []
    asked = service.call(
        "accountant", "POST", MOVEMENTS, json=CASH, headers={"If-Preview-Match": preview.json()["digest"]}
    )
    assert (asked.status_code, asked.json()["state"], asked.json()["request"]) == (202, "waiting", 1)
    assert asked.json()["writes"] == preview.json()["writes"]
    assert service.call("auditor", "GET", MOVEMENTS).json()["items"] == []
    refused = service.call("accountant", "POST", f"{MOVEMENTS}/1/confirm")
    assert refused.status_code == 403
    done = service.call("reviewer", "POST", f"{MOVEMENTS}/1/confirm")
    assert (done.status_code, done.json()["state"], done.json()["movements"]) == (200, "done", [1])
    (movement,) = service.call("auditor", "GET", MOVEMENTS).json()["items"]
    assert (movement["member"], movement["value"], movement["voucher"]) == ("M0001", "8000.00", 1)
    assert service.call("auditor", "GET", f"/books/{BOOK}/vouchers/1").json()["register_act"] == 1
    held = service.call("auditor", "GET", f"/books/{BOOK}/shares?as_of=2025-03-05").json()["holdings"]
    assert held["M0001"]["refundable"] == "8000.00"
    again = service.call("reviewer", "POST", f"{MOVEMENTS}/1/confirm")
    assert (again.status_code, again.json()["code"]) == (409, "request_must_wait")


def test_the_same_key_proposes_once(service: Service) -> None:
    headers = {"Idempotency-Key": "share-1"}
    first = service.call("accountant", "POST", MOVEMENTS, json=CASH, headers=headers)
    again = service.call("accountant", "POST", MOVEMENTS, json=CASH, headers=headers)
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(service.call("auditor", "GET", f"/books/{BOOK}/register-acts").json()["items"]) == 1


def test_a_declined_act_says_why(service: Service) -> None:
    service.call("accountant", "POST", MOVEMENTS, json=CASH)
    no = service.call("reviewer", "POST", f"{MOVEMENTS}/1/decline", json={"reason": "缺入股清单"})
    assert (no.json()["state"], no.json()["reason"]) == ("declined", "缺入股清单")
    assert service.call("auditor", "GET", f"{MOVEMENTS}/1").json()["reason"] == "缺入股清单"
    assert service.call("auditor", "GET", f"{MOVEMENTS}/9").status_code == 404


def test_an_act_is_withdrawn_by_who_proposed_it(service: Service) -> None:
    service.call("accountant", "POST", MOVEMENTS, json=CASH)
    no = service.call("reviewer", "POST", f"{MOVEMENTS}/1/withdraw", json={"reason": "x"})
    assert no.status_code in {403, 422}
    mine = service.call("accountant", "POST", f"{MOVEMENTS}/1/withdraw", json={"reason": "重复"})
    assert (mine.json()["state"], mine.json()["reason"]) == ("withdrawn", "重复")
    late = service.call("reviewer", "POST", f"{MOVEMENTS}/1/confirm")
    assert (late.status_code, late.json()["code"]) == (409, "request_must_wait")
    (listed,) = service.call("auditor", "GET", f"/books/{BOOK}/register-acts?state=withdrawn").json()["items"]
    assert listed["request"] == 1


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"member": "M0099"}, 422, "holder_must_be_known"),
        ({"amount": "0.00"}, 400, "must_not_be_less"),
        ({"amount": "1.001"}, 422, "amount_must_have_two_decimals_at_most"),
        ({"kind": "nothing"}, 400, None),
        ({"origin": "state"}, 422, "origin_must_fit_holder"),
        ({"resolution": ""}, 422, "resolution_must_be_given"),
    ],
)
def test_a_wrong_act_is_refused(
    service: Service, changed: dict[str, Any], status: int, code: str | None
) -> None:
    answer = service.call("accountant", "POST", MOVEMENTS, json=CASH | changed)
    assert answer.status_code == status, answer.text
    assert code is None or code in {one["code"] for one in answer.json()["errors"]}


def test_who_joins_is_never_shown_in_the_clear(service: Service) -> None:
    asked = service.call("accountant", "POST", MEMBERS, json=JOIN)
    assert asked.status_code == 202, asked.text
    listed = service.call("auditor", "GET", f"/books/{BOOK}/register-acts?state=waiting").text
    for text in (asked.text, listed):
        assert "450000197208125159" not in text
        assert "6222000004987214810" not in text
    assert service.call("reviewer", "POST", f"{MOVEMENTS}/1/confirm").status_code == 200
    member = service.call("auditor", "GET", f"{MEMBERS}/M0012").json()
    assert (member["name"], member["identity"], member["version"]) == ("谭红花", "450000********5159", 1)


WRONG_SUM = "6222000004987214811"


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({}, 202, []),
        ({"bank_account": WRONG_SUM}, 202, ["card_should_fit_its_check_digit"]),
        ({"bank_account": "6222 0000 0498 7214 811"}, 202, ["card_should_fit_its_check_digit"]),
        ({"bank_account": WRONG_SUM, "account_kind": "passbook"}, 202, []),
        ({"bank_account": WRONG_SUM, "account_kind": "corporate"}, 202, []),
        ({"bank_account": WRONG_SUM, "account_kind": None}, 202, []),
        ({"identity": "450000197208125158"}, 422, ["identity_must_be_valid"]),
    ],
)
def test_a_cards_sum_is_a_doubt_and_an_identitys_check_digit_an_error(
    service: Service, changed: dict[str, Any], status: int, said: list[str]
) -> None:
    answer = service.call("accountant", "POST", MEMBERS, json=JOIN | changed)
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert (told["doubts"] if status == 202 else [one["code"] for one in told["errors"]]) == said
    assert WRONG_SUM not in answer.text
    assert "450000197208125158" not in answer.text


def test_a_member_is_changed_as_it_was_seen(service: Service) -> None:
    seen = service.call("accountant", "GET", f"{MEMBERS}/M0001").headers["etag"]
    path, body = f"{MEMBERS}/M0001", {"phone": "15400007777", "note": "外出务工"}
    assert service.call("accountant", "PATCH", path, json=body).status_code == 400
    changed = service.call("accountant", "PATCH", path, json=body, headers={"If-Match": seen})
    assert (changed.status_code, changed.json()["phone"], changed.json()["note"]) == (
        200,
        "154****7777",
        "外出务工",
    )
    stale = service.call("accountant", "PATCH", path, json=body, headers={"If-Match": seen})
    assert (stale.status_code, stale.json()["code"]) == (412, "member_must_be_as_seen")
    unknown = service.call("accountant", "PATCH", f"{MEMBERS}/M0099", json=body, headers={"If-Match": "*"})
    assert unknown.status_code == 404
    account = service.call("accountant", "PATCH", path, json={"bank_account": "1"}, headers={"If-Match": "*"})
    assert account.status_code == 400, "an account is changed by two people"


def test_a_member_leaves_with_the_year_and_the_members_are_counted(service: Service) -> None:
    left = service.call(
        "accountant", "POST", f"{MEMBERS}/M0001/leave", json={"on": "2025-09-30", "year": 2025}
    )
    assert left.status_code == 202, left.text
    assert service.call("reviewer", "POST", f"{MOVEMENTS}/1/confirm").status_code == 200
    assert service.call("auditor", "GET", f"{MEMBERS}/M0001").json()["left_on"] == "2025-12-31"
    assert service.call("auditor", "GET", f"{MEMBERS}/M0001/heirs").json() == {"items": []}
    found = service.call("auditor", "GET", f"/books/{BOOK}/membership?on=2025-12-31").json()
    assert [one["code"] for one in found["errors"]] == ["members_should_be_enough"]
    late = service.call(
        "accountant", "POST", f"{MEMBERS}/M0001/leave", json={"on": "2025-10-01", "year": 2025}
    )
    assert late.status_code == 422


def test_acts_come_in_pages(service: Service) -> None:
    for day in (1, 2, 3):
        service.call("accountant", "POST", MOVEMENTS, json=CASH | {"on": f"2025-03-0{day}"})
    first = service.call("auditor", "GET", f"/books/{BOOK}/register-acts?limit=2").json()
    assert [one["request"] for one in first["items"]] == [3, 2]
    rest = service.call("auditor", "GET", f"/books/{BOOK}/register-acts?limit=2&after={first['next']}").json()
    assert ([one["request"] for one in rest["items"]], rest["next"]) == ([1], None)
