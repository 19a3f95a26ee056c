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
