"""A voucher's way over HTTP."""

from tests.api.conftest import Service
from tests.builders import BOOK

VOUCHERS = f"/books/{BOOK}/vouchers"
INTEREST = {
    "date": "2025-03-21",
    "lines": [
        {"summary": "银行存款利息", "account": "102", "debit": "49.11"},
        {"summary": "银行存款利息", "account": "524", "debit": "-49.11"},
    ],
    "originals": 1,
}


def test_a_voucher_is_prepared_reviewed_by_another_and_posted(service: Service) -> None:
    draft = service.call("accountant", "POST", VOUCHERS, json=INTEREST)
    assert draft.status_code == 201, draft.text
    id = draft.json()["id"]
    own = service.call("accountant", "POST", f"{VOUCHERS}/{id}/review")
    assert (own.status_code, own.json()["code"]) == (403, "deed_must_be_allowed")
    reviewed = service.call("reviewer", "POST", f"{VOUCHERS}/{id}/review")
    assert (reviewed.status_code, reviewed.json()["state"]) == (200, "reviewed"), reviewed.text
    posted = service.call("accountant", "POST", f"{VOUCHERS}/{id}/post")
    assert (posted.status_code, posted.json()["state"], posted.json()["number"]) == (200, "posted", 1)
    balance = service.call("auditor", "GET", f"/books/{BOOK}/trial-balance?from=2025-01&to=2025-12").json()
    assert balance["rows"]["102"] == {
        "opening_debit": "0.00",
        "opening_credit": "0.00",
        "debit": "49.11",
        "credit": "0.00",
        "closing_debit": "49.11",
        "closing_credit": "0.00",
    }


def test_the_same_original_on_two_vouchers_is_a_warning_with_the_place_of_the_other(service: Service) -> None:
    ids = [service.call("accountant", "POST", VOUCHERS, json=INTEREST).json()["id"] for _ in range(2)]
    told = []
    for id in ids:
        answer = service.call(
            "accountant",
            "POST",
            f"{VOUCHERS}/{id}/attachments?name=收据.pdf",
            content=b"%PDF-1.7 one receipt",
            headers={"Content-Type": "application/pdf"},
        )
        assert answer.status_code == 201, answer.text
        told.append([(one["code"], one["severity"], one["pointer"]) for one in answer.json()["warnings"]])
    assert told == [[], [("file_also_proves_another", "warning", f"/vouchers/{ids[0]}")]]
    kept = service.call("reviewer", "GET", f"{VOUCHERS}/{ids[0]}/attachments").json()
    assert ([one["pointer"] for one in kept["warnings"]], len(kept["items"])) == ([f"/vouchers/{ids[1]}"], 1)


def test_a_voucher_repeated_with_its_preview_is_answered_again(service: Service) -> None:
    headers = {"Idempotency-Key": "once"}
    preview = service.call("accountant", "POST", f"{VOUCHERS}?dry_run=true", json=INTEREST)
    headers["If-Preview-Match"] = preview.json()["digest"]
    first = service.call("accountant", "POST", VOUCHERS, json=INTEREST, headers=headers)
    again = service.call("accountant", "POST", VOUCHERS, json=INTEREST, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201), again.text
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    other = service.call("accountant", "POST", VOUCHERS, json={**INTEREST, "originals": 2}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "key_must_mean_the_same")
    new = service.call(
        "accountant",
        "POST",
        VOUCHERS,
        json=INTEREST,
        headers={"If-Preview-Match": headers["If-Preview-Match"]},
    )
    assert (new.status_code, new.json()["code"]) == (412, "preview_must_still_hold")


def test_an_act_of_any_kind_repeated_with_its_preview_is_answered_again(service: Service) -> None:
    wanted = {"code": "C100", "name": "饲料店", "kind": "counterparty"}
    headers = {"Idempotency-Key": "detail"}
    preview = service.call("accountant", "POST", f"/books/{BOOK}/details?dry_run=true", json=wanted)
    headers["If-Preview-Match"] = preview.headers["Preview-Digest"]
    first, again = (
        service.call("accountant", "POST", f"/books/{BOOK}/details", json=wanted, headers=headers)
        for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 201), again.text
    assert again.headers["Idempotency-Replayed"] == "true"
