"""All routes of the API."""

from litestar.handlers import HTTPRouteHandler

from web.api import books, vouchers
from web.api.route import Route, handler_of

ROUTES: tuple[Route, ...] = (*books.routes.all, *vouchers.routes.all)
"""The table the application, its description and its tests are made from."""

handlers: list[HTTPRouteHandler] = [handler_of(route) for route in ROUTES]
