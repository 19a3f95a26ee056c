"""The habits of the interface: keys, previews, versions, lists in pages, refusals, each on both databases."""

import asyncio
from http import HTTPStatus
from typing import Any

import pytest

from tests.api.conftest import Service
from tests.builders import BOOK
from web.api.description import PROBLEMS
from web.errors import address_must_exist, answer_to

VOUCHERS = f"/books/{BOOK}/vouchers"
LINES = [
    {"summary": "银行存款利息", "account": "102", "debit": "49.11"},
    {"summary": "银行存款利息", "account": "524", "debit": "-49.11"},
]
INTEREST: dict[str, Any] = {"date": "2025-03-21", "lines": LINES, "originals": 1}


def drafted(service: Service, **changed: Any) -> dict[str, Any]:
    """A draft of the accountant's."""
    answer = service.call("accountant", "POST", VOUCHERS, json=INTEREST | changed)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def count(service: Service) -> int:
    """How many vouchers the book has."""
    return len(service.call("auditor", "GET", f"{VOUCHERS}?limit=500").json()["items"])


# Keys


def test_the_same_key_has_the_same_effect_and_the_same_answer(service: Service) -> None:
    headers = {"Idempotency-Key": "k-1"}
    first = service.call("accountant", "POST", VOUCHERS, headers=headers, json=INTEREST)
    again = service.call("accountant", "POST", VOUCHERS, headers=headers, json=INTEREST)
    assert (again.status_code, again.json()) == (201, first.json())
    assert ("idempotency-replayed" in first.headers, again.headers["idempotency-replayed"]) == (False, "true")
    assert count(service) == 1


@pytest.mark.parametrize("path", [VOUCHERS, f"/books/{BOOK}/details"])
def test_the_same_key_with_another_content_is_refused(service: Service, path: str) -> None:
    details = [{"code": code, "name": "厂", "kind": "counterparty"} for code in ("C001", "C002")]
    contents = details if path.endswith("details") else [INTEREST, INTEREST | {"date": "2025-03-22"}]
    headers = {"Idempotency-Key": "k-1"}
    assert service.call("accountant", "POST", path, headers=headers, json=contents[0]).status_code == 201
    other = service.call("accountant", "POST", path, headers=headers, json=contents[1])
    assert (other.status_code, other.json()["code"]) == (422, "key_must_mean_the_same")


def test_a_key_that_was_refused_may_be_tried_again(service: Service) -> None:
    headers = {"Idempotency-Key": "k-1"}
    wrong = INTEREST | {"lines": LINES[:1]}
    assert service.call("accountant", "POST", VOUCHERS, headers=headers, json=wrong).status_code == 422
    assert service.call("accountant", "POST", VOUCHERS, headers=headers, json=INTEREST).status_code == 201


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Idempotency-Key": "a key"}, "idempotency_key_must_be_written_so"),
        ({"Idempotency-Key": ""}, "idempotency_key_must_be_written_so"),
        ({"Idempotency-Key": "x" * 101}, "idempotency_key_must_be_written_so"),
    ],
)
def test_a_write_of_value_needs_a_key(service: Service, headers: dict[str, str], code: str) -> None:
    answer = service.call("accountant", "POST", VOUCHERS, headers=headers, json=INTEREST)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_key_holds_no_number_of_a_person_but_may_be_any_uuid(service: Service) -> None:
    for key in ("450000197001010012", "pay-6222000000000000012", "13912341234:1"):
        answer = service.call("accountant", "POST", VOUCHERS, headers={"Idempotency-Key": key}, json=INTEREST)
        (problem,) = answer.json()["errors"]
        assert (answer.status_code, problem["code"]) == (422, "key_must_hold_no_number_of_a_person")
        assert key not in answer.text
    for key in ("5f0c1234-5678-4012-8345-a13912341234", "5f0c1234567840128345a13912341234"):
        answer = service.call("accountant", "POST", VOUCHERS, headers={"Idempotency-Key": key}, json=INTEREST)
        assert answer.status_code == 201


def test_a_write_of_value_without_any_key_is_refused(service: Service) -> None:
    answer = service.client.post(
        f"/api/v1{VOUCHERS}", headers={"Authorization": "Bearer token-of-accountant"}, json=INTEREST
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_must_be_given")


def test_a_key_that_is_still_running_is_refused(service: Service) -> None:
    service.app.state.running.add((BOOK, "k-1"))
    answer = service.call("accountant", "POST", VOUCHERS, headers={"Idempotency-Key": "k-1"}, json=INTEREST)
    assert (answer.status_code, answer.json()["code"]) == (409, "key_must_not_be_running")
    service.app.state.running.discard((BOOK, "k-1"))
    assert (
        service.call(
            "accountant", "POST", VOUCHERS, headers={"Idempotency-Key": "k-1"}, json=INTEREST
        ).status_code
        == 201
    )


# Previews


def test_a_preview_answers_everything_and_stores_nothing(service: Service) -> None:
    preview = service.call("accountant", "POST", f"{VOUCHERS}?dry_run=true", json=INTEREST)
    assert preview.status_code == 200
    digest = preview.json().pop("digest")
    assert (preview.headers["preview-digest"], count(service)) == (digest, 0)
    done = service.call("accountant", "POST", VOUCHERS, json=INTEREST, headers={"If-Preview-Match": digest})
    shown = {name: value for name, value in preview.json().items() if name != "digest"}
    assert (done.status_code, done.json()) == (201, shown)


def test_a_preview_does_not_hold_once_anything_moved(service: Service) -> None:
    digest = service.call("accountant", "POST", f"{VOUCHERS}?dry_run=true", json=INTEREST).json()["digest"]
    drafted(service)
    stale = service.call("accountant", "POST", VOUCHERS, json=INTEREST, headers={"If-Preview-Match": digest})
    assert (stale.status_code, stale.json()["code"], count(service)) == (412, "preview_must_still_hold", 1)


def test_a_preview_of_another_call_does_not_hold(service: Service) -> None:
    digest = service.call("accountant", "POST", f"{VOUCHERS}?dry_run=true", json=INTEREST).json()["digest"]
    other = service.call(
        "accountant",
        "POST",
        VOUCHERS,
        json=INTEREST | {"originals": 2},
        headers={"If-Preview-Match": digest},
    )
    assert other.status_code == 412


def test_a_refused_preview_is_refused_with_the_same_list(service: Service) -> None:
    wrong = INTEREST | {"lines": [*LINES, {"summary": "", "account": "999", "debit": "1.00"}]}
    dry = service.call("accountant", "POST", f"{VOUCHERS}?dry_run=true", json=wrong)
    real = service.call("accountant", "POST", VOUCHERS, json=wrong)
    assert (dry.status_code, dry.json()) == (422, real.json())
    assert [error["code"] for error in real.json()["errors"]] == [
        "summary_must_be_given",
        "account_must_exist",
        "must_balance",
    ]


# Versions


def test_a_draft_is_changed_by_whoever_saw_its_version(service: Service) -> None:
    draft = drafted(service)
    one = f"{VOUCHERS}/{draft['id']}"
    tag = service.call("accountant", "GET", one).headers["etag"]
    changed = INTEREST | {"originals": 2}
    missing = service.call("accountant", "PUT", one, json=changed)
    assert (missing.status_code, missing.json()["code"]) == (400, "if_match_must_be_given")
    done = service.call("accountant", "PUT", one, json=changed, headers={"If-Match": tag})
    assert (done.status_code, done.json()["originals"], done.headers["etag"]) == (200, 2, '"2"')
    stale = service.call("accountant", "PUT", one, json=changed, headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "version_must_be_current")


@pytest.mark.parametrize(
    "path",
    [
        f"/books/{BOOK}",
        f"/books/{BOOK}/accounts",
        f"/books/{BOOK}/trial-balance",
        f"/books/{BOOK}/statements/balance-sheet?year=2025",
        f"/books/{BOOK}/periods",
        f"/books/{BOOK}/log",
        VOUCHERS,
    ],
)
def test_who_has_it_already_is_told_so_until_the_book_moves(service: Service, path: str) -> None:
    first = service.call("auditor", "GET", path)
    tag = first.headers["etag"]
    same = service.call("auditor", "GET", path, headers={"If-None-Match": tag})
    weak = service.call("auditor", "GET", path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert [(one.status_code, one.content, one.headers["etag"]) for one in (same, weak)] == [
        (304, b"", tag)
    ] * 2
    drafted(service)
    assert service.call("auditor", "GET", path, headers={"If-None-Match": tag}).status_code == 200


# Lists


def test_a_list_comes_in_pages_that_miss_nothing(service: Service) -> None:
    days = ["2025-03-21", "2025-03-20", "2025-03-21", "2025-02-01", "2025-03-22"]
    ids = {drafted(service, date=day)["id"]: day for day in days}
    seen: list[tuple[str, int]] = []
    after: str | None = ""
    while after is not None:
        page = service.call("auditor", "GET", f"{VOUCHERS}?limit=2&after={after}").json()
        seen += [(one["date"], one["id"]) for one in page["items"]]
        after = page["next"]
    assert seen == sorted((day, id) for id, day in ids.items())


def test_a_cursor_of_another_list_is_refused(service: Service) -> None:
    answer = service.call("auditor", "GET", f"{VOUCHERS}?after=abc")
    assert (answer.status_code, answer.json()["code"]) == (400, "cursor_must_be_ours")


# Many at once


def test_many_are_all_or_nothing_unless_they_need_not_be(service: Service) -> None:
    many = [INTEREST, INTEREST | {"lines": LINES[:1]}, INTEREST]
    refused = service.call("accountant", "POST", f"/books/{BOOK}/vouchers:bulk", json=many)
    pointers = [error["pointer"] for error in refused.json()["errors"]]
    assert (refused.status_code, pointers, count(service)) == (422, ["/1/lines", "/1/lines"], 0)
    done = service.call("accountant", "POST", f"/books/{BOOK}/vouchers:bulk?atomic=false", json=many)
    outcomes = [
        (one["voucher"] is not None, [error["code"] for error in one["errors"]]) for one in done.json()
    ]
    assert outcomes == [(True, []), (False, ["must_have_two_lines", "must_balance"]), (True, [])]
    assert count(service) == 2


def test_more_than_the_stated_maximum_is_refused(service: Service) -> None:
    answer = service.call("accountant", "POST", f"/books/{BOOK}/vouchers:bulk", json=[INTEREST] * 501)
    assert (answer.status_code, answer.json()["code"]) == (400, "must_not_be_longer")


# Refusals


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "The voucher is draft; this act needs it reviewed."), ("zh-CN,zh;q=0.9", "凭证")],
)
def test_a_refusal_speaks_the_callers_language(service: Service, language: str, says: str) -> None:
    draft = drafted(service)
    answer = service.call(
        "accountant", "POST", f"{VOUCHERS}/{draft['id']}/post", headers={"Accept-Language": language}
    )
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == {"en": "Conflict"}.get(language, "状态不允许")
    assert (answer.status_code, says in answer.json()["detail"]) == (409, True)
    assert answer.headers["content-language"] == {"en": "en"}.get(language, "zh-CN")


def test_every_status_the_description_names_has_a_title_in_chinese() -> None:
    there = (address_must_exist.at(),)
    titles = {
        status: answer_to(there, status=HTTPStatus(status), locale="zh_CN").title
        for status in (*PROBLEMS, 405, 500)
    }
    assert [status for status, title in titles.items() if title.isascii()] == []


@pytest.mark.parametrize(
    ("who", "method", "path", "content", "status", "code"),
    [
        (None, "GET", f"/books/{BOOK}", {}, 401, "caller_must_be_signed_in"),
        ("auditor", "POST", VOUCHERS, {"json": INTEREST}, 403, "deed_must_be_allowed"),
        ("accountant", "GET", "/books/elsewhere", {}, 404, "book_must_exist"),
        ("accountant", "GET", f"{VOUCHERS}/99", {}, 404, "voucher_must_exist"),
        ("accountant", "GET", "/nowhere", {}, 404, "address_must_exist"),
        ("accountant", "DELETE", VOUCHERS, {}, 405, "method_must_be_allowed"),
        ("accountant", "POST", VOUCHERS, {"content": b"{"}, 415, "content_type_must_be_taken"),
        ("accountant", "POST", VOUCHERS, {"data": {"a": "b"}}, 415, "content_type_must_be_taken"),
        ("accountant", "GET", f"{VOUCHERS}?limit=0", {}, 400, "must_not_be_less"),
        ("accountant", "GET", f"{VOUCHERS}?limit=1&limit=2", {}, 400, "must_be_given_once"),
    ],
)
def test_every_refusal_has_one_shape(
    service: Service, who: str | None, method: str, path: str, content: dict[str, Any], status: int, code: str
) -> None:
    answer = service.call(who, method, path, **content)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert set(body) == {"type", "title", "status", "detail", "code", "errors"}
    assert set(body["errors"][0]) == {"pointer", "code", "detail", "remedy", "severity"}


def test_content_that_is_too_long_is_refused(service: Service) -> None:
    answer = service.call(
        "accountant",
        "POST",
        VOUCHERS,
        content=b" " * (4 * 1024 * 1024 + 1),
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "content_must_not_be_too_long")


def test_what_goes_wrong_inside_is_told_by_a_number_alone(service: Service) -> None:
    service.app.state.readers = None
    answer = service.call("auditor", "GET", f"{VOUCHERS}")
    assert (answer.status_code, answer.json()["code"]) == (500, "service_must_not_fail")
    assert "NoneType" not in answer.text


# The writer


def test_one_bad_item_leaves_its_neighbours_unharmed(service: Service) -> None:
    """Many drafts at once, one of them wrong: they go to the writer together, and only that one is refused."""
    import httpx  # noqa: PLC0415

    async def send_all() -> list[int]:
        transport = httpx.ASGITransport(app=service.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            calls = [
                client.post(
                    f"/api/v1{VOUCHERS}",
                    json=INTEREST if number != 7 else INTEREST | {"lines": LINES[:1]},
                    headers={
                        "Authorization": "Bearer token-of-accountant",
                        "Idempotency-Key": f"together-{number}",
                    },
                )
                for number in range(20)
            ]
            return [answer.status_code for answer in await asyncio.gather(*calls)]

    statuses = asyncio.run(send_all())
    assert statuses == [422 if number == 7 else 201 for number in range(20)]
    assert count(service) == 19
