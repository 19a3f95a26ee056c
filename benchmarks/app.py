"""The service as it is served, with two more routes that do nothing: what every other figure is divided by."""

import sys
from typing import Any

import uvicorn
from litestar import Litestar, get, post
from msgspec import Struct

from schemas.vouchers import VoucherDraft
from web.auth.guards import open_to_all
from web.serve import application_of, configured
from web.settings import settings_from


class Nothing(Struct):
    """The answer of a route that does nothing."""

    debit: int
    credit: int


@post("/noop", status_code=200, **open_to_all())
async def noop(data: VoucherDraft) -> Nothing:
    """Read a voucher of three lines, add up both sides, answer: a POST of this server that does no more."""
    return Nothing(
        debit=sum(line.debit for line in data.lines), credit=sum(line.credit for line in data.lines)
    )


@get("/noop", **open_to_all())
async def noop_get() -> Nothing:
    """Answer: a GET of this server that does no more."""
    return Nothing(debit=0, credit=0)


def application() -> Litestar:
    """The application the environment asks for, and the routes that do nothing."""
    app: Any = application_of(settings_from())
    app.register(noop)
    app.register(noop_get)
    served: Litestar = app
    return served


if __name__ == "__main__":
    uvicorn.Server(configured(application(), settings_from(), host="127.0.0.1", port=int(sys.argv[1]))).run()
