"""The service as an ASGI application: what is opened at the start, kept while it runs, and closed at the end."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar

from web import errors
from web.api import routes as api
from web.api.route import House
from web.database import only_writer, prepare, reading_engine, writing_engine
from web.evidence_store import EvidenceStore
from web.pages import routes as pages
from web.settings import Settings
from web.writer import Writer


def create_app(settings: Settings) -> Litestar:
    """The application over one database; engines, writer and readers live as long as it runs."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        with only_writer(settings.database_url):
            writing, reading = writing_engine(settings.database_url), reading_engine(settings.database_url)
            prepare(writing)
            writer = Writer(writing)
            app.state.settings, app.state.writer, app.state.readers = settings, writer, reading
            app.state.running = set()
            app.state.house = House(settings=settings, evidence=EvidenceStore(settings.evidence))
            gc.collect()
            gc.freeze()
            gc.set_threshold(100_000, 50, 1000)
            try:
                yield
            finally:
                writer.stop()
                reading.dispose()
                writing.dispose()

    return Litestar(
        route_handlers=[*api.handlers, *pages.handlers],
        exception_handlers=errors.handlers,
        lifespan=[lifespan],
        openapi_config=None,
    )
