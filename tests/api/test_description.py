"""The description of the API is complete: every route, status, field and body is in it, in the words of the trade."""

import re
from collections import Counter
from typing import Any

import pytest

from tests.api.conftest import Service
from web import wire
from web.api import terms
from web.api.description import description, undescribed
from web.api.route import Nothing, Route, Upload
from web.api.routes import ROUTES

CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return description(ROUTES)


def test_it_is_served_to_everybody_and_asked_for_once(service: Service) -> None:
    first = service.client.get("/schema/openapi.json")
    assert (first.status_code, first.json()["openapi"]) == (200, "3.1.0")
    again = service.client.get("/schema/openapi.json", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


def test_every_field_says_what_it_is_with_the_chinese_term(described: dict[str, Any]) -> None:
    assert undescribed(described) == ()
    fields = [
        (name, field, said["description"])
        for name, schema in described["components"]["schemas"].items()
        for field, said in schema.get("properties", {}).items()
    ]
    assert [place for *place, says in fields if not CHINESE.search(says)] == []


def test_nothing_is_described_in_units_that_do_not_travel(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    assert [
        name for name, schema in schemas.items() if re.search(r"in fen|hundredths", schema["description"])
    ] == []
    assert schemas["CashDay"]["properties"]["book"]["description"].endswith("账面余额.")


def test_every_parameter_says_what_it_is(described: dict[str, Any]) -> None:
    silent = [
        (path, parameter["name"])
        for path, operations in described["paths"].items()
        for operation in operations.values()
        for parameter in operation["parameters"]
        if not parameter["description"]
    ]
    assert silent == []


def test_no_term_is_kept_that_nothing_has(described: dict[str, Any]) -> None:
    fields = {
        field
        for schema in described["components"]["schemas"].values()
        for field in schema.get("properties", {})
    }
    queried = {name for route in ROUTES for name in route.query.__struct_encode_fields__}  # type: ignore[attr-defined]
    assert sorted(terms.FIELDS.keys() - fields - queried) == []


def test_every_route_has_a_name_of_its_own_and_a_summary() -> None:
    names = Counter(route.name for route in ROUTES)
    assert [name for name, count in names.items() if count > 1] == []
    assert [route.name for route in ROUTES if not route.summary] == []


def test_components_have_plain_names(described: dict[str, Any]) -> None:
    assert [name for name in described["components"]["schemas"] if not name.isidentifier()] == []


@pytest.mark.parametrize(
    "route",
    [route for route in ROUTES if route.content not in {Nothing, Upload}],
    ids=lambda route: route.name,
)
def test_every_example_is_what_its_route_takes(route: Route) -> None:
    import json  # noqa: PLC0415

    wire.read(json.dumps(terms.EXAMPLES[route.name]).encode(), route.content)


def test_every_answer_that_is_written_reads_back_as_described(service: Service) -> None:
    """An amount computed from others travels as yuan, not as fen: the declared type decides."""
    book = service.call("auditor", "GET", "/books").json()["items"][0]
    assert book["kind"] == "cooperative"
