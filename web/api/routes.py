"""All routes of the API."""

from litestar.handlers import HTTPRouteHandler

from web.api import balances, books, evidence, log, members, people, periods, sessions, statements, vouchers
from web.api.route import Route, handler_of

ROUTES: tuple[Route, ...] = tuple(
    route
    for resource in (books, vouchers, evidence, balances, statements, periods, members, log, people, sessions)
    for route in resource.routes.all
)
"""The table the application, its description and its tests are made from."""

handlers: list[HTTPRouteHandler] = [handler_of(route) for route in ROUTES]
