"""Serving the application: uvicorn with uvloop and httptools, one worker on the embedded database.

The embedded database has one writer, so one process serves it; a server's database may be served by several, each
with a writer of its own (the books are locked one by one).
"""

import uvicorn
from litestar import Litestar

from web.app import create_app
from web.settings import Settings, settings_from

KEEP_ALIVE_SECONDS = 65
"""Longer than the proxies before it wait, so that it is never the service that closes first."""
LAST_SECONDS = 20
"""What running requests have to end in when the service is stopped."""


def application() -> Litestar:
    """The application the environment asks for; what a worker process makes for itself."""
    return create_app(settings_from())


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


def serve(settings: Settings, *, host: str | None = None, port: int | None = None) -> None:
    """Serve until the process is told to stop."""
    uvicorn.Server(configured(create_app(settings), settings, host=host, port=port)).run()
