"""Policies and scores over HTTP: recorded, given their scan, approved by another, compared; ballots entered and seen by
those only who keep them."""

from typing import Any

import httpx
import pytest

from tests.runs.test_api import BOOK, SCAN, Service, furnished, service

__all__ = ["furnished", "service"]

POLICIES = f"/books/{BOOK}/policies"
PROCEDURE = f"/books/{BOOK}/procedure"


def plan_of(service: Service, **changed: Any) -> dict[str, Any]:
    """The plan in force as it is sent, with changes."""
    found: dict[str, Any] = service.get("accountant", f"{POLICIES}/2025/1")["policy"]
    return found | changed


def papered(service: Service, at: str) -> str:
    """The digest of a scan hung on a version."""
    answer = service.call(
        "accountant",
        "POST",
        f"{at}/papers?name=决议.pdf",
        content=SCAN,
        headers={"Content-Type": "application/pdf"},
    )
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return str(answer.json()["sha256"])


def test_a_plan_is_recorded_compared_and_approved(service: Service) -> None:
    new = plan_of(service, reserve_bp=2_000)
    made = service.do("accountant", POLICIES, new, If_Match='"1"')
    assert (made["head"]["version"], made["head"]["approval"], made["in_force"]) == (2, None, False)
    changes = service.get("officer", f"{POLICIES}/2025/compare?with=2")
    assert (changes["before"], changes["after"], changes["settled"]) == (1, 2, True)
    assert changes["dividend"]["difference"] == "-2888.10"
    assert changes["commission"]["difference"] == "0.00"
    sha256 = papered(service, f"{POLICIES}/2025/2")
    scan = service.call("officer", "GET", f"{POLICIES}/2025/2/papers/{sha256}")
    assert (scan.content, scan.headers["content-type"]) == (SCAN, "application/pdf")
    body = {"sha256": sha256, "resolution": new["resolution"]}
    held = service.do("officer", f"{POLICIES}/2025/2/approve", body)
    assert (held["in_force"], held["head"]["approval"]["resolution"]) == (True, new["resolution"])
    listed = service.get("chair", f"{POLICIES}?year=2025")["items"]
    assert [(one["head"]["version"], one["in_force"]) for one in listed] == [(2, True), (1, False)]
    assert service.get("chair", POLICIES)["items"] == listed


def test_a_preview_writes_nothing(service: Service) -> None:
    new = plan_of(service, reserve_bp=2_000)
    preview = service.do("accountant", f"{POLICIES}?dry_run=true", new)
    assert preview["head"]["version"] == 2
    assert len(service.get("accountant", f"{POLICIES}?year=2025")["items"]) == 1


@pytest.mark.parametrize(
    ("who", "changed", "headers", "status", "codes"),
    [
        ("officer", {}, {}, 403, ["deed_must_be_allowed"]),
        ("stranger", {}, {}, 404, ["book_must_exist"]),
        ("accountant", {}, {"If_Match": '"0"'}, 412, ["policy_must_follow_the_one_seen"]),
        (
            "chair",
            {"record_date": "2024-12-31", "maxima": ["100.00"], "products": ["鱼"]},
            {},
            422,
            ["record_date_must_be_in_the_year", "product_must_be_known", "maxima_must_be_six"],
        ),
        ("accountant", {"reserve_bp": 10_001}, {}, 400, ["must_not_be_more"]),
    ],
)
def test_a_plan_is_refused(
    service: Service,
    who: str,
    changed: dict[str, Any],
    headers: dict[str, str],
    status: int,
    codes: list[str],
) -> None:
    assert service.refused(who, POLICIES, plan_of(service, **changed), **headers) == (status, codes)


def test_who_recorded_does_not_approve_and_the_accountant_never(service: Service) -> None:
    service.do("accountant", POLICIES, plan_of(service))
    at = f"{POLICIES}/2025/2"
    assert service.refused("accountant", f"{at}/approve", {"sha256": "a" * 64})[0] == 403
    assert service.refused("officer", f"{at}/approve", {"sha256": "a" * 64}) == (
        422,
        ["approval_needs_the_scan"],
    )
    assert service.refused("officer", f"{POLICIES}/2025/9/approve", {"sha256": "a" * 64})[0] == 404
    assert service.call("officer", "GET", f"{at}/papers/{'a' * 64}").status_code == 404


def test_there_is_nothing_to_compare_in_a_year_without_a_plan(service: Service) -> None:
    answer = service.call("officer", "GET", f"{POLICIES}/2027/compare?with=1")
    assert (answer.status_code, answer.json()["code"]) == (404, "policy_must_exist")


def test_a_procedure_holds_once_it_is_approved(service: Service) -> None:
    body = {
        "year": 2026,
        "notice_days": 10,
        "appeal_days": 20,
        "chair_up_to": "1000.00",
        "council_up_to": "2000.00",
        "resolution": "2026-3",
    }
    made = service.do("chair", PROCEDURE, body, If_Match='"0"')
    assert made["in_force"] is False
    assert service.get("officer", f"{PROCEDURE}?year=2026")["in_force"]["notice_days"] == 7
    sha256 = papered(service, f"{PROCEDURE}/2026/1")
    assert service.call("officer", "GET", f"{PROCEDURE}/2026/1/papers/{sha256}").content == SCAN
    held = service.do("officer", f"{PROCEDURE}/2026/1/approve", {"sha256": sha256})
    assert held["in_force"] is True
    found = service.get("officer", PROCEDURE)
    assert (found["in_force"]["chair_up_to"], len(found["items"])) == ("1000.00", 1)
    assert service.refused("chair", PROCEDURE, body | {"notice_days": 0}) == (
        422,
        ["days_must_be_in_reason"],
    )


# Scores


def a_ballot(rater: str, **changed: str) -> dict[str, Any]:
    """A ballot on 李日山 with every dimension full."""
    full = {
        "survival": "25.00",
        "prevention": "15.00",
        "service": "10.00",
        "attitude": "10.00",
        "attendance": "15.00",
        "benefit": "25.00",
    }
    return {"manager": "Q0006", "rater": rater, "points": full | changed}


def test_scores_are_published_without_who_voted_what(service: Service) -> None:
    found = service.get("officer", f"/books/{BOOK}/scores?year=2025")
    assert [(one["member"], one["published"], one["rank"]) for one in found["managers"]] == [
        ("Q0006", "93.13", 1),
        ("Q0007", "60.00", 2),
        ("Q0008", "57.19", 3),
    ]
    assert found["managers"][0]["exact"] == {"numerator": 745, "denominator": 8}
    assert found["managers"][0]["party"]["weight_bp"] == 5_000
    assert (found["due"], found["paid"], found["stays"]) == ("4289.49", "3008.86", "1280.63")
    assert "rater" not in str(found)
    assert service.call("officer", "GET", f"/books/{BOOK}/ballots?year=2025").status_code == 403
    assert service.call("chair", "GET", f"/books/{BOOK}/ballots?year=2025").status_code == 403
    ballots = service.get("accountant", f"/books/{BOOK}/ballots?year=2025")["items"]
    assert len(ballots) == 17


def test_managers_are_named_and_ballots_entered(service: Service) -> None:
    managers = f"/books/{BOOK}/managers"
    named = service.do(
        "accountant",
        managers,
        {"year": 2026, "managers": [{"member": "Q0006", "village": "450000101200"}]},
    )
    assert named["items"] == [{"year": 2026, "member": "Q0006", "village": "450000101200"}]
    moved = service.do(
        "accountant",
        f"{managers}/Q0006/change",
        {"year": 2026, "village": "450000101201", "reason": "调村"},
    )
    assert moved["items"][0]["village"] == "450000101201"
    body = {"year": 2026, "ballots": [a_ballot("Q0010"), a_ballot("Q0010", benefit="20.00")]}
    service.do(
        "accountant",
        f"/books/{BOOK}/raters",
        {"year": 2026, "raters": [{"member": "Q0010", "kind": "party"}]},
    )
    entered = service.do("accountant", f"/books/{BOOK}/ballots", body)
    assert entered == {"year": 2026, "first": 1, "last": 2}
    scan = service.call(
        "accountant",
        "POST",
        f"/books/{BOOK}/ballots/scans?year=2026&first=1&last=2&name=评议票.pdf",
        content=SCAN,
        headers={"Content-Type": "application/pdf"},
    ).json()
    cast = service.get("accountant", f"/books/{BOOK}/ballots?year=2026")["items"]
    assert [(one["way"], one["ballot"]["rater_kind"], one["replaced"], one["scans"]) for one in cast] == [
        ("paper", "party", True, [scan]),
        ("paper", "party", False, [scan]),
    ]
    sheet_of_paper = f"/books/{BOOK}/ballots/scans/{scan['sha256']}?year=2026"
    assert service.call("accountant", "GET", sheet_of_paper).content == SCAN
    assert service.call("officer", "GET", sheet_of_paper).status_code == 403
    sheet = service.get("officer", f"/books/{BOOK}/scores?year=2026")
    assert (sheet["policy_version"], sheet["managers"][0]["replaced"]) == (0, 1)
    assert [one["code"] for one in sheet["problems"]] == ["score_needs_ballots"]
    assert service.get("chair", f"{managers}?year=2026")["items"] == moved["items"]


def test_the_days_of_the_rating_are_set_and_while_they_last_ballots_are_only_counted(
    service: Service,
) -> None:
    path = f"/books/{BOOK}/rating"
    assert service.get("officer", f"{path}?year=2025")["state"] == "submitted"
    assert service.get("officer", f"{path}?year=2026")["state"] == "none"
    wrong = {"year": 2026, "opens": "2026-02-20", "closes": "2026-02-19"}
    assert service.refused("accountant", path, wrong) == (422, ["rating_days_must_be_in_order"])
    now = service.do("accountant", path, {"year": 2026, "opens": "2020-01-01", "closes": "2999-12-31"})
    assert (now["state"], now["closes"]) == ("open", "2999-12-31")
    assert service.get("officer", f"/books/{BOOK}/scores?year=2026")["rating"] == "open"
    assert service.call("accountant", "GET", f"/books/{BOOK}/households/HQ001/rating").status_code == 403


@pytest.mark.parametrize(
    ("who", "given", "status", "codes"),
    [
        ("chair", a_ballot("Q0010"), 403, ["deed_must_be_allowed"]),
        ("accountant", a_ballot("Q0006"), 422, ["nobody_rates_his_own"]),
        ("accountant", a_ballot("Q9999"), 422, ["rater_must_be_a_member"]),
        ("accountant", a_ballot("Q0010", benefit="25.01"), 422, ["points_must_be_within_the_maximum"]),
        ("accountant", a_ballot("Q0010") | {"manager": "Q0010"}, 422, ["manager_must_be_named", "nobody_rates_his_own"]),
        ("accountant", a_ballot("Q0010", benefit="25.001"), 422, ["amount_must_have_two_decimals_at_most"]),
    ],
)  # fmt: skip
def test_a_ballot_is_refused(
    service: Service, who: str, given: dict[str, Any], status: int, codes: list[str]
) -> None:
    service.do(
        "accountant",
        f"/books/{BOOK}/managers",
        {"year": 2026, "managers": [{"member": "Q0006", "village": "450000101200"}]},
    )
    body = {"year": 2026, "ballots": [given]}
    assert service.refused(who, f"/books/{BOOK}/ballots", body) == (status, codes)
