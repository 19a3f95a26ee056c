"""All routes of the API."""

from functools import cache
from hashlib import sha256

from litestar import MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from web.api import (
    alerts,
    appeals,
    assets,
    awards,
    balances,
    bank,
    bank_call_backs,
    bank_messages,
    batches,
    boards,
    books,
    cash,
    checks,
    contracts,
    crossings,
    daybook,
    evidence,
    figures,
    herd,
    household,
    imports,
    income_policies,
    inventory,
    log,
    members,
    monthly_reports,
    people,
    periods,
    places,
    policies,
    project_money,
    register,
    runs,
    scores,
    sessions,
    snapshots,
    spot_checks,
    statements,
    ties,
    township_policies,
    vouchers,
    webhooks,
)
from web.api.answering import handlers_of
from web.api.description import description, text_of
from web.api.route import Route
from web.auth.guards import open_to_all

RESOURCES = (
    books,
    vouchers,
    evidence,
    balances,
    statements,
    periods,
    bank,
    cash,
    spot_checks,
    assets,
    inventory,
    contracts,
    project_money,
    members,
    register,
    daybook,
    herd,
    household,
    appeals,
    imports,
    policies,
    township_policies,
    income_policies,
    places,
    boards,
    snapshots,
    alerts,
    figures,
    monthly_reports,
    scores,
    runs,
    awards,
    ties,
    batches,
    bank_messages,
    bank_call_backs,
    crossings,
    checks,
    log,
    people,
    sessions,
    webhooks,
)
ROUTES: tuple[Route, ...] = tuple(route for resource in RESOURCES for route in resource.routes.all)
"""The table the application, its description and its tests are made from."""


@cache
def _described() -> tuple[bytes, str]:
    text = text_of(description(ROUTES))
    return text, f'"{sha256(text).hexdigest()[:32]}"'


@get("/schema/openapi.json", name="api.description", sync_to_thread=True, **open_to_all())
def describe(request: Request[object, object, State]) -> Response[bytes]:
    """The description of the API, OpenAPI 3.1."""
    text, tag = _described()
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers)
    return Response(text, media_type=MediaType.JSON, headers=headers)


handlers: list[HTTPRouteHandler] = [describe, *handlers_of(ROUTES)]
