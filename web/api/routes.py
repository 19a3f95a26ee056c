"""All routes of the API."""

from litestar.handlers import HTTPRouteHandler

from web.api import (
    assets,
    balances,
    bank,
    books,
    cash,
    evidence,
    log,
    members,
    people,
    periods,
    sessions,
    statements,
    vouchers,
)
from web.api.route import Route, handler_of

RESOURCES = (
    books,
    vouchers,
    evidence,
    balances,
    statements,
    periods,
    bank,
    cash,
    assets,
    members,
    log,
    people,
    sessions,
)
ROUTES: tuple[Route, ...] = tuple(route for resource in RESOURCES for route in resource.routes.all)
"""The table the application, its description and its tests are made from."""

handlers: list[HTTPRouteHandler] = [handler_of(route) for route in ROUTES]
