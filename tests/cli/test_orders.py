"""``lianjian run new labour``: an order over what the book owes, line by line or everything."""

import pytest

from tests.cli.conftest import Lianjian

BOOK = "qingshuihezuoshe"
NEW = ("run", "new", "labour", BOOK, "2025", "--by", "1", "--through", "2025-12")


def test_an_order_by_its_lines_and_then_everything(small: Lianjian) -> None:
    tried = small(*NEW, "--dry-run", "--json")
    assert (tried.status, tried.json["total"], len(tried.json["order"]["lines"])) == (0, "1215.00", 6)
    lines = ("--pay", "Q0002=200.00-6.00", "--pay", "213:Q0004=270", "--tax", "个税")
    made = small(*NEW, *lines)
    assert made.status == 0
    assert f"{BOOK}.labour.2025.1" in made.out
    for cell in ("Q0002", "卢兰芳", "225.00", "200.00", "6.00", "194.00"):
        assert cell in made.out
    shown = small("run", "show", f"{BOOK}.labour.2025.1", "--json").json
    assert (shown["order"]["tax"], shown["order"]["net"], shown["order"]["through"]) == (
        "个税",
        "464.00",
        "2025-12",
    )
    again = small(*NEW)
    assert (again.status, "labour.2025.1" in again.err) == (1, True)


@pytest.mark.parametrize("given", ["Q0002", "Q0002=", "Q0002=1.234", "=5.00", "Q0002=5.00-", "Q0002=-5.00"])
def test_a_payment_that_is_none(small: Lianjian, given: str) -> None:
    refused = small(*NEW, "--pay", given)
    assert (refused.status, "M0001=330.00-9.90" in refused.err) == (1, True)


def test_a_month_that_is_none_and_one_of_another_year(small: Lianjian) -> None:
    assert small("run", "new", "labour", BOOK, "2025", "--by", "1", "--through", "2025").status == 1
    assert small("run", "new", "labour", BOOK, "2025", "--by", "1", "--through", "2024-12").status == 1
