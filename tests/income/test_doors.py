"""Village income of ``clean-small`` over HTTP and from the command line: the same whole trees, of the township and of every
place above it; an officer of the next township finds nothing; a threshold takes two people by either door."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Connection

from tests.api.conftest import Service, serving
from tests.builders import a_house
from tests.cli.conftest import Lianjian
from tests.cli.conftest import home as home
from tests.cli.conftest import lianjian as lianjian
from tests.cli.conftest import small as small
from tests.cli.conftest import taken_in as taken_in
from tests.conftest import Databases
from tests.handover import pack_of, take_in
from tests.income.test_clean_small import OF_THE_BOOKS, without
from tests.people import with_token
from tests.township import TOWNSHIP, expected
from web import clock

OF_THE_LINES = ("months", "without_evidence")
"""What stands with a village's year, not on a board."""
OFFICERS = {"officer": "house", "second": "house", "neighbour": "place:450000102"}
Asks = Callable[..., Any]


def furnish(db: Connection) -> None:
    """The pack, two officers of the house, and one of the next township, each with a token."""
    a_house(db)
    take_in(db, pack_of("clean-small"))
    _, at = clock.now()
    for name, scope in OFFICERS.items():
        with_token(db, name, "township_officer", scope, at=at)


@pytest.fixture
def service(databases: Databases, db_kind: str, tmp_path: Path) -> Iterator[Service]:
    url = databases.copy(databases.model("income-doors", db_kind, furnish), db_kind)
    with serving(url, tmp_path / "house") as running:
        yield running
    databases.drop(url)


@pytest.fixture
def over_http(service: Service) -> Asks:
    """Asks the running service."""

    def ask(what: str, place: str, month_or_year: str) -> Any:
        name = "year" if what.endswith("/income") else "month"
        answers = [
            service.call("officer", "GET", f"/{of}/{place}/{what}?{name}={month_or_year}&as_of=2026-01-15")
            for of in ("places", *(["townships"] if len(place) == 9 else []))
        ]
        assert {answer.status_code for answer in answers} == {200}, answers[0].text
        assert len({answer.text for answer in answers}) == 1
        return answers[0].json()

    return ask


def by_command(small: Lianjian) -> Asks:
    """Asks the command line."""

    def ask(what: str, place: str, month_or_year: str) -> Any:
        words = ("income", what.split("/")[1]) if what.endswith("/income") else (what, place)
        return small(*words, month_or_year, "--json").json

    return ask


def compare(ask: Asks) -> None:
    """Everything ``expected.json`` says of the township, asked of it and of the places above it."""
    tree = expected()
    for place in (TOWNSHIP, "450000", "4500", "45"):
        board = ask("villages", place, "2025-12")
        shown = {code: without(of, *OF_THE_BOOKS, *OF_THE_LINES) for code, of in tree["villages"].items()}
        ranked = {one["village"]: one["rank"] for one in tree["ranking"]["order"]}
        assert {
            code: without(of, "unproved", "rank", "rank_before") for code, of in board["villages"].items()
        } == shown
        assert {code: of["rank"] for code, of in board["villages"].items()} == ranked
        for whole in (board["whole"], *board["places"].values()):
            assert (whole["thresholds_met"], whole["bands"]) == (tree["thresholds_met"], tree["bands"])
        assert ask("ranking", place, "2025-12") == tree["ranking"]
    for month, ranks in tree["monthly_ranking"].items():
        made = ask("ranking", TOWNSHIP, f"2025-{int(month):02}")["order"]
        assert {
            one["village"]: {"rank": one["rank"], "income_year_to_date": one["income"]} for one in made
        } == ranks
    for code, village in tree["villages"].items():
        assert ask(f"villages/{code}/income", TOWNSHIP, "2025") == without(village, *OF_THE_BOOKS)


TOTALS = (144450.10, 163450.10, 238535.85, 19000.00)
"""The township's operating profit, the same with what is unproved; all its income that counts, and what does not."""


def totals_of(content: bytes) -> tuple[object, ...]:
    """The last figures of an analysis: of 汇总, then of 构成."""
    months, components, _ = openpyxl.load_workbook(BytesIO(content)).worksheets
    return (*[*months.values][-1][-2:], *[*components.values][-1][-2:])


def test_the_township_is_as_expected_over_http(over_http: Asks, service: Service) -> None:
    compare(over_http)
    answers = [
        service.call("officer", "GET", f"/{place}/income-analysis?year=2025&as_of=2026-01-15")
        for place in (f"townships/{TOWNSHIP}", f"places/{TOWNSHIP}", "places/450000")
    ]
    assert {answer.status_code for answer in answers} == {200}, answers[0].text
    for answer in answers:
        assert totals_of(answer.content) == TOTALS


def test_the_township_is_as_expected_from_the_command_line(small: Lianjian, tmp_path: Path) -> None:
    compare(by_command(small))
    file = tmp_path / "analysis.xlsx"
    made = small("income", TOWNSHIP, "2025", str(file), "--as-of", "2026-01-15")
    assert (made.status, "bytes written to" in made.out) == (0, True), made.err
    assert totals_of(file.read_bytes()) == TOTALS
    assert small("income", "99", "2025", str(file)).status == 1
    assert "清水村" in small("villages", TOWNSHIP, "2025-12").out
    assert "19483/12500" not in small("ranking", TOWNSHIP, "2025-12").out
    assert "has no evidence" in small("income", "450000101202", "2025").out
    assert small("villages", "99", "2025-12").status == 1
    assert small("income", "450000101999", "2025").status == 1


def test_a_township_is_not_there_for_the_officer_of_the_next(service: Service) -> None:
    for path in (
        f"/townships/{TOWNSHIP}/villages",
        f"/places/{TOWNSHIP}/villages",
        "/places/4500/ranking",
        f"/townships/{TOWNSHIP}/villages/450000101200/income",
        f"/places/{TOWNSHIP}/thresholds",
        f"/townships/{TOWNSHIP}/income-analysis?year=2025",
        "/places/450000/income-analysis?year=2025",
        "/places/450000102/villages/450000101200/income",
    ):
        assert service.call("neighbour", "GET", path).status_code == 404, path


def test_a_threshold_takes_two_people_over_http(service: Service) -> None:
    new = {
        "kind": "ordinary",
        "year": 2025,
        "measure": "gross_all",
        "amount": "80000.00",
        "document": "县政发〔2025〕6号",
    }
    path = f"/places/{TOWNSHIP}/thresholds"
    made = service.call("officer", "POST", path, json=new)
    assert (made.status_code, made.json()["in_force"]) == (201, False), made.text
    one = {name: new[name] for name in ("kind", "year", "measure")} | {"version": 1}
    assert service.call("neighbour", "POST", f"{path}/approve", json=one).status_code == 404
    own = service.call("officer", "POST", f"{path}/approve", json=one)
    assert (own.status_code, own.json()["code"]) == (422, "threshold_approver_must_differ")
    approved = service.call("second", "POST", f"{path}/approve", json=one)
    assert (approved.status_code, approved.json()["in_force"]) == (200, True), approved.text
    listed = service.call("officer", "GET", path).json()
    assert [(two["entry"]["threshold"]["amount"], two["in_force"]) for two in listed["items"]][:1] == [
        ("80000.00", True)
    ]
    assert {two["threshold"]["amount"] for two in listed["known"]} >= {"20000.00", "50000.00"}


def test_a_threshold_takes_two_people_from_the_command_line(small: Lianjian) -> None:
    key = (TOWNSHIP, "ordinary", "2025", "gross_all")
    made = small(
        "thresholds", "record", *key, "80000.00", "--document", "县政发〔2025〕6号", "--by", "欧阳丽成"
    )
    assert (made.status, "2025, version 1: waits for approval" in made.out) == (0, True), made.err
    assert small("thresholds", "approve", *key, "1", "--by", "欧阳丽成").status == 1
    assert "in force now" in small("thresholds", "approve", *key, "1", "--by", "黎国").out
    shown = small("thresholds", "show", TOWNSHIP, "--json").json["items"]
    assert [one["entry"]["threshold"]["amount"] for one in shown if one["in_force"]].count("80000.00") == 1
    assert "县政发〔2025〕6号" in small("thresholds", "show", TOWNSHIP).out
    assert small("check").status == 0
