"""Serving the application: uvicorn with uvloop and httptools, one worker on the embedded database.

The embedded database has one writer, so one process serves it; a server's database may be served by several, each
with a writer of its own (the books are locked one by one).
"""

import asyncio
import errno
import gc
import logging
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import uvicorn
from litestar import Litestar
from uvicorn.supervisors import Multiprocess

from coop.identity import masked_text
from schemas.problems import Fault, Refusal, RefusalKind
from web.app import create_app
from web.settings import Settings, settings_from

KEEP_ALIVE_SECONDS = 65
"""Longer than the proxies before it wait, so that it is never the service that closes first."""
LAST_SECONDS = 20
"""What running requests have to end in when the service is stopped."""


def application() -> Litestar:
    """The application the environment asks for; what a worker process makes for itself."""
    log_to_stderr()
    return application_of(settings_from())


def application_of(settings: Settings) -> Litestar:
    """The application of a process that does nothing else."""
    app = create_app(settings)
    app.on_startup.append(settle_memory)
    return app


def settle_memory() -> None:
    """What was made at the start stays for good: the collector need not look at it again (p99 60 ms to 8-14 ms)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)


class MaskedLines(logging.Formatter):
    """Lines of the log with every identity, account and telephone number in them masked: in what is said, in addresses,
    and in the tracebacks of what failed."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, and the traceback below it."""
        return masked_text(super().format(record))


def log_to_stderr() -> None:
    """The service's own log: lines to standard error, for whatever keeps them (journald, Docker)."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskedLines("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def configured(
    app: Litestar | str,
    settings: Settings,
    *,
    host: str | None = None,
    port: int | None = None,
    workers: int = 1,
) -> uvicorn.Config:
    """How the application is served."""
    assert workers == 1 or not settings.embedded, "the embedded database has one writer"
    return uvicorn.Config(
        app,
        factory=isinstance(app, str),
        host=host or settings.host,
        port=settings.port if port is None else port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        workers=workers,
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=LAST_SECONDS,
    )


_WAITING = 2048
"""Connections that may wait to be accepted."""

address_must_be_free = Fault(
    code="address_must_be_free",
    says="{host} port {port} cannot be listened on: {reason}.",
    remedy="Choose another with --port, or stop what uses it.",
)
Beside = Callable[[Litestar], AbstractContextManager[None]]
"""What runs beside the application, from when it stands until it is taken down."""


class Service(uvicorn.Server):
    """Uvicorn with something beside the application, that uses what the application has opened."""

    def __init__(self, config: uvicorn.Config, app: Litestar, beside: Beside) -> None:
        super().__init__(config)
        self._app, self._beside, self._stack = app, beside, ExitStack()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take the application up, then what runs beside it."""
        await super().startup(sockets)
        if self.started:
            await asyncio.to_thread(self._stack.enter_context, self._beside(self._app))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take down what runs beside the application, then the application."""
        await asyncio.to_thread(self._stack.close)
        await super().shutdown(sockets)


def listening(host: str, port: int, *, tries: int = 1) -> socket.socket:
    """A socket that listens at this address; where the port is taken, at one of the next ``tries``. Refused when none
    is free."""
    for number in range(port, port + tries):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        found = socket.socket(family)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, number))
        except OSError as error:
            found.close()
            if error.errno != errno.EADDRINUSE or number == port + tries - 1:
                problem = address_must_be_free.at("/port", host=host, port=number, reason=error.strerror)
                raise Refusal(problem, kind=RefusalKind.STATE) from error
        else:
            # From now on nobody else gets the port, and whoever connects waits for the application.
            found.listen(_WAITING)
            found.set_inheritable(True)
            return found
    raise AssertionError("the last try is refused")


def serve(settings: Settings, at: socket.socket, *, beside: Beside) -> None:
    """Serve at this socket until the process is told to stop."""
    app = application_of(settings)
    Service(configured(app, settings), app, beside).run([at])


def serve_by_many(settings: Settings, at: socket.socket, *, workers: int) -> None:
    """Serve a server database by several processes, each with a writer of its own."""
    config = configured("web.serve:application", settings, workers=workers)
    Multiprocess(config, sockets=[at]).run()
