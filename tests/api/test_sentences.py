"""What the API says to a program's maker: names and codes as a program writes them, in whatever language it reads."""

import pytest

from tests.api.conftest import Service
from tests.builders import BOOK

VOUCHERS = f"/books/{BOOK}/vouchers"
MEMBER = {"code": "M900", "name": "韦大山", "kind": "member"}


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code", "says"),
    [
        ("GET", f"{VOUCHERS}?state=foo", {}, 400, "must_be_one_of", "draft"),
        ("POST", f"/books/{BOOK}/details", {"json": {"code": "x", "kind": "name"}}, 400, "field_must_be_given", "name"),
        ("POST", VOUCHERS, {"content": b'{"date":'}, 400, "content_must_be_json", "8"),
        ("POST", VOUCHERS, {"content": b'{"date" 1}'}, 400, "content_must_be_json", "8"),
        ("POST", VOUCHERS, {"content": b'{"\xff":1}'}, 400, "content_must_be_json", "2"),
        ("POST", f"{VOUCHERS}:bulk", {"json": []}, 400, "must_not_be_shorter", "长度0太短"),
        ("POST", f"/books/{BOOK}/details", {"json": MEMBER}, 422, "member_must_come_through_the_register", "M900"),
        ("GET", f"/books/{BOOK}/trial-balance?from=2025-12&to=2025-01", {}, 422, "span_must_not_run_backwards", "2025-12"),
        ("GET", f"/books/{BOOK}/accounts/999/ledger", {}, 404, "account_must_be_there", "999"),
        ("GET", f"/books/{BOOK}/statements/balance-sheet?year=2019", {}, 404, "year_must_be_kept", "2019"),
        ("GET", f"/books/{BOOK}/log?act=nonsense", {}, 422, "act_must_be_known", "voucher.post"),
        ("GET", f"/books/{BOOK}/statements/equity?year=2019", {}, 404, "year_must_be_kept", "2025"),
    ],
)  # fmt: skip
def test_a_refusal_names_what_a_program_has_to_write(
    service: Service, method: str, path: str, sent: dict[str, object], status: int, code: str, says: str
) -> None:
    headers = {"Accept-Language": "zh", "Content-Type": "application/json"}
    answer = service.call("accountant", method, path, headers=headers, **sent)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    (error,) = answer.json()["errors"]
    assert says in error["detail"] + error["remedy"]
    assert error["remedy"]
