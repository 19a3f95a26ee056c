"""A township's bonus and reward schemes over HTTP: recorded by the township's officer, approved by the county's, worked out
from a sheet; what is refused is refused line by line."""

from typing import Any

import httpx
import pytest

from tests.runs.test_api import SCAN, Service
from tests.runs.test_tiers_api import RUNS, furnished, service
from tests.township import TOWNSHIP

__all__ = ["furnished", "service"]

BONUS = f"/townships/{TOWNSHIP}/policies/bonus"
REWARDS = f"/townships/{TOWNSHIP}/policies/rewards"
NUMBER = "镇党委〔2026〕5号"
TOWN, COUNTY = "officer", "everywhere"


def papered(service: Service, at: str) -> str:
    """The digest of a scan hung on a version."""
    answer = service.call(
        TOWN,
        "POST",
        f"{at}/papers?name=决议.pdf",
        content=SCAN,
        headers={"Content-Type": "application/pdf"},
    )
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return str(answer.json()["sha256"])


def bonus(service: Service, **changed: Any) -> dict[str, Any]:
    """What stands, as it is sent, with changes."""
    (standing,) = service.get(TOWN, BONUS)["items"]
    said: dict[str, Any] = standing["policy"]
    return said | {"resolution": NUMBER} | changed


def test_a_bonus_is_recorded_and_approved_by_another(service: Service) -> None:
    new = bonus(service, pool="60000.00", payer="collective", two_posts="cadre")
    made = service.do(TOWN, BONUS, new, If_Match='"1"')
    assert (made["head"]["version"], made["in_force"], made["policy"]["payer"]) == (2, False, "collective")
    sha256 = papered(service, f"{BONUS}/2025/2")
    assert service.call(COUNTY, "GET", f"{BONUS}/2025/2/papers/{sha256}").content == SCAN
    body = {"sha256": sha256, "resolution": NUMBER}
    assert service.refused(TOWN, f"{BONUS}/2025/2/approve", body) == (422, ["policy_approver_must_differ"])
    held = service.do(COUNTY, f"{BONUS}/2025/2/approve", body)
    assert (held["in_force"], held["policy"]["pool"]) == (True, "60000.00")
    assert [one["in_force"] for one in service.get(COUNTY, f"{BONUS}?year=2025")["items"]] == [True, False]
    assert service.get(COUNTY, f"{BONUS}/2025/1")["head"]["imported"]


def test_heads_and_money_both_at_3_4_3_are_refused_with_the_figures(service: Service) -> None:
    split = {"mode": "split", "tiers": ["0.00", "0.00", "0.00"], "unpaid": "stays"}
    answer = service.call(TOWN, "POST", BONUS, json=bonus(service, over_villages=split))
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["code"], error["pointer"]) == (
        422,
        "money_must_not_be_split_like_heads",
        "/over_villages/mode",
    )
    assert "3:4:3" in error["detail"]
    assert len(service.get(TOWN, BONUS)["items"]) == 1


def test_a_countys_scheme_is_adopted_approved_and_worked_out(service: Service) -> None:
    page = service.get(TOWN, REWARDS)
    (rongan,) = (one for one in page["templates"] if one["id"] == "rongan")
    made = service.do(TOWN, REWARDS, {"year": 2025, "scheme": rongan["scheme"], "resolution": NUMBER})
    assert (made["head"]["version"], made["head"]["name"], made["in_force"]) == (1, "五学五讲五考", False)
    sha256 = papered(service, f"{REWARDS}/2025/1")
    held = service.do(COUNTY, f"{REWARDS}/2025/1/approve", {"sha256": sha256})
    assert held["in_force"]
    villages = [{"who": f"村{no:02}", "score": f"{99 - no}.00", "entitled": "1000.00"} for no in range(1, 21)]
    sheet = service.do(
        TOWN, f"{REWARDS}/2025/1/sheets", {"period": "2025", "candidates": villages}, If_Match='"0"'
    )
    assert (sheet["no"], len(sheet["candidates"])) == (1, 20)
    found = service.get(COUNTY, f"{REWARDS}/2025/1/standings/2025")
    assert (found["in_force"], found["problems"], found["ties"]) == (True, [], [])
    assert [one["paid"] for one in found["made"]["rewards"]] == [
        "700.00", "600.00", "500.00", "400.00", "300.00", *["0.00"] * 12, "-1000.00", "-1000.00", "-1000.00",
    ]  # fmt: skip
    paid_by_a_run(service)


def paid_by_a_run(service: Service) -> None:
    """What the scheme came to is previewed, kept, read with its lines, handed in and put on notice by the agent."""
    assert service.refused("agent", RUNS, {"kind": "reward", "year": 2025}) == (
        422,
        ["reward_must_be_chosen"],
    )
    wanted = {"kind": "reward", "year": 2025, "reward": {"scheme": "五学五讲五考", "period": "2025"}}
    assert service.refused(TOWN, RUNS, wanted) == (403, ["deed_must_be_allowed"])
    seen = service.do("agent", f"{RUNS}?dry_run=true", wanted)
    assert (seen["id"], seen["book"], seen["total"]) == (None, TOWNSHIP, "2500.00")
    told = {name: seen["rewards"][name] for name in ("version", "sheet", "paid", "deducted", "net", "pool")}
    assert told == {
        "version": 1, "sheet": 1, "paid": "2500.00", "deducted": "3000.00", "net": "-500.00", "pool": None,
    }  # fmt: skip
    people = seen["rewards"]["people"]
    assert (people["村01"]["named"], people["村01"]["paid"], people["村01"]["deducted"]) == (
        "第一名",
        "700.00",
        "0.00",
    )
    assert (people["村20"]["rank"], people["村20"]["paid"], people["村20"]["deducted"]) == (
        20,
        "0.00",
        "1000.00",
    )
    kept = service.do("agent", RUNS, wanted, If_Preview_Match=seen["digest"])
    run = f"{RUNS}/{kept['id']}"
    assert (kept["id"], kept["digest"]) == (f"{TOWNSHIP}.reward.2025.1", seen["digest"])
    assert service.get(COUNTY, run)["rewards"] == seen["rewards"]
    (last,) = service.get(COUNTY, f"{run}/lines?member=村20")["items"]
    assert (last["leg"], last["basis"], last["name"], last["quotient"], last["amount"]) == (
        2, "deduction", "五学五讲五考 2025", "1000", "1000.00",
    )  # fmt: skip
    service.do("agent", f"{run}/submit")
    service.do("agent", f"{run}/publish")
    assert service.refused(COUNTY, f"{run}/approve") == (
        422,
        ["notice_must_be_over", "document_must_be_attached"],
    )
    assert service.refused("agent", RUNS, wanted) == (409, ["order_must_be_the_only_open"])


def test_a_tie_across_a_boundary_waits_for_the_resolutions_order(service: Service) -> None:
    scheme = {
        "name": "红旗",
        "classes": [
            {
                "name": "红旗",
                "takes": {"by": "place", "first": 1, "last": 1},
                "pays": {"pays": "amount", "amount": "500.00"},
            }
        ],
    }
    service.do(TOWN, REWARDS, {"year": 2025, "scheme": scheme})
    at = f"{REWARDS}/2025/1"
    tied = [{"who": "甲村", "score": "90.00"}, {"who": "乙村", "score": "90.00"}]
    service.do(TOWN, f"{at}/sheets", {"period": "2025-03", "candidates": tied})
    before = service.get(TOWN, f"{at}/standings/2025-03")
    assert (before["made"], [one["code"] for one in before["problems"]]) == (None, ["tie_must_be_resolved"])
    assert [sorted(tie) for tie in before["ties"]] == [sorted(["甲村", "乙村"])]

    def order(*who: str) -> httpx.Response:
        asked = "&".join(f"who={one}" for one in who)
        return service.call(
            TOWN,
            "POST",
            f"{at}/standings/2025-03/orders?{asked}&resolution={NUMBER}&name=决议.pdf",
            content=SCAN,
            headers={"Content-Type": "application/pdf"},
        )

    assert order("甲村", "丙村").json()["errors"][0]["code"] == "order_must_be_of_a_tie"
    made = order("乙村", "甲村")
    assert made.status_code == httpx.codes.CREATED, made.text
    after = service.get(TOWN, f"{at}/standings/2025-03")
    assert [(one["who"], one["paid"]) for one in after["made"]["rewards"]] == [
        ("乙村", "500.00"),
        ("甲村", "0.00"),
    ]
    scan = service.call(COUNTY, "GET", f"{at}/standings/2025-03/orders/{made.json()['sha256']}")
    assert scan.content == SCAN
    missing = service.call(COUNTY, "GET", f"{at}/standings/2025-03/orders/{'0' * 64}")
    assert missing.status_code == httpx.codes.NOT_FOUND


def test_a_sheet_is_refused_line_by_line(service: Service) -> None:
    (flags,) = (one for one in service.get(TOWN, REWARDS)["templates"] if one["id"] == "tianlin-flags")
    service.do(TOWN, REWARDS, {"year": 2025, "scheme": flags["scheme"]})
    lines = [
        {"who": "甲", "points": {"平时": "90.00", "年终": "80.00"}},
        {"who": "甲", "points": {"平时": "90.00"}},
    ]
    answer = service.call(
        TOWN, "POST", f"{REWARDS}/2025/1/sheets", json={"period": "2025", "candidates": lines}
    )
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/candidates/1/who", "candidate_must_be_there_once"),
        ("/candidates/1/points/年终", "score_must_have_its_parts"),
    ]


@pytest.mark.parametrize("path", [f"{BONUS}/2025/9", f"{REWARDS}/2025/9", f"{REWARDS}/2025/9/standings/2025"])
def test_a_version_that_is_not_there(service: Service, path: str) -> None:
    answer = service.call(TOWN, "GET", path)
    assert (answer.status_code, answer.json()["code"]) == (404, "policy_must_exist")


def test_another_townships_officer_and_an_agent_record_nothing_here(service: Service) -> None:
    new = bonus(service)
    assert service.refused("neighbour", BONUS, new) == (404, ["township_must_be_known"])
    assert service.refused("agent", BONUS, new) == (403, ["deed_must_be_allowed"])
