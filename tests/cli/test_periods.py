"""``lianjian close``: as on the page, obstacles are findings."""

import pytest

from tests.cli.conftest import BY, Lianjian


def _codes(answer_json: dict[str, list[dict[str, str]]]) -> list[str]:
    return [problem["code"] for problem in answer_json["problems"] if problem["severity"] == "error"]


def test_a_month_is_closed_and_sealed_by_two(small: Lianjian) -> None:
    answer = small("close", "清水合作社", "2025-01", *BY, "--json")
    assert answer.status == 0
    (month,) = answer.json["months"]
    assert (month["month"], len(month["seal"]), answer.json["kept"]) == ("2025-01", 64, True)
    again = small("close", "清水合作社", "2025-01", *BY, "--json")
    assert (again.status, again.json["months"]) == (1, [])
    calendar = small("close-calendar", "2025", "--json").json
    assert sorted(one["closed"] for one in calendar) == [0, 0, 0, 1]
    (village,) = small("close-calendar", "2025", "--place", "450000101201", "--json").json
    assert [day["state"] for day in village["days"]] == ["next"] + ["later"] * 12
    assert "✓" in small("close-calendar", "2025").out


def test_a_month_is_not_closed_before_the_one_before_it(small: Lianjian) -> None:
    answer = small("close", "清水合作社", "2025-03", *BY)
    assert answer.status == 1
    assert "2025-01" in answer.err or "2025-02" in answer.err


def test_one_person_does_not_close_alone(small: Lianjian) -> None:
    answer = small("close", "清水合作社", "2025-01", "--by", "黎国", "--reviewed-by", "黎国", "--json")
    assert answer.status == 1
    assert len(_codes(answer.json)) == 1


def test_whoever_nobody_knows_does_not_close(small: Lianjian) -> None:
    answer = small("close", "清水合作社", "2025-01", "--by", "黎国", "--reviewed-by", "谁也不是", "--json")
    assert (answer.status, _codes(answer.json)) == (1, ["person_must_be_named"])


def test_a_year_is_closed_month_by_month_and_settled(small: Lianjian) -> None:
    assert small("close", "清水合作社", "2025-01", *BY).status == 0
    answer = small("close", "清水合作社", "2025", *BY, "--json")
    assert answer.status == 0
    assert [month["month"] for month in answer.json["months"]] == [
        f"2025-{month:02d}" for month in range(2, 13)
    ]
    lines = [voucher["lines"][0]["summary"] for voucher in answer.json["vouchers"]]
    assert lines == ["结转本年收入", "结转本年支出", "结转本年盈余"]
    assert [voucher["period"] for voucher in answer.json["vouchers"]] == ["2025-13"] * 3
    kinds = [(warned["month"], warned["code"]) for warned in answer.json["warnings"]]
    assert kinds
    assert len(kinds) == len(set(kinds)), "a kind stands once a month, whatever it warns of"
    again = small("close", "清水合作社", "2025", *BY, "--json")
    assert (again.status, again.json["months"], again.json["vouchers"]) == (0, [], [])
    assert small("check").status == 0


def test_a_village_is_closed_by_its_code(small: Lianjian) -> None:
    answer = small("close", "450000101200", "2025", "--by", "苏国", "--reviewed-by", "谭国山", "--json")
    assert (answer.status, len(answer.json["months"])) == (0, 12)


def test_of_many_warnings_of_a_kind_the_first_are_shown_and_where_all_are(small: Lianjian) -> None:
    every = small("close", "清水合作社", "2025", *BY, "--dry-run", "--json").json["warnings"]
    counts = [len(warned["problems"]) for warned in every]
    assert max(counts) > 3
    shown = small("close", "清水合作社", "2025", *BY, "--dry-run")
    text = shown.out + shown.err
    assert text.count("\n! ") == sum(min(count, 3) for count in counts)
    assert text.count(" warnings of this kind") == sum(count > 3 for count in counts)
    many = every[counts.index(max(counts))]
    assert f"{many['month']}: {max(counts)} warnings of this kind" in text
    assert many["page"].endswith(f"/close/{many['month']}")
    assert many["page"] in text


def test_a_rehearsal_closes_nothing(small: Lianjian) -> None:
    rehearsed = small("close", "清水合作社", "2025", *BY, "--dry-run", "--json")
    assert (rehearsed.status, len(rehearsed.json["months"]), rehearsed.json["kept"]) == (0, 12, False)
    real = small("close", "清水合作社", "2025", *BY, "--json")
    assert len(real.json["months"]) == 12
    assert [voucher["number"] for voucher in real.json["vouchers"]] == [154, 155, 156]


@pytest.mark.parametrize("period", ["2025-00", "25-01", "january", "2025-13"])
def test_what_is_neither_month_nor_year_is_refused(small: Lianjian, period: str) -> None:
    answer = small("close", "清水合作社", period, *BY, "--json")
    assert (answer.status, _codes(answer.json)) == (1, ["period_must_be_written_so"])
