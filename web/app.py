"""The service as an ASGI application: what is opened at the start, kept while it runs, and closed at the end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar

from ledger.charts import use_copies_in
from web import clock, errors, health
from web.api import routes as api
from web.api.route import House
from web.auth.gate import Gate
from web.auth.guards import Window, guard
from web.auth.keys import Keys
from web.auth.passwords import Passwords
from web.database import only_writer, prepare, reading_engine, writing_engine
from web.evidence_store import EvidenceStore
from web.exports import routes as exports
from web.imports.desk import ImportDesk
from web.long_work import LongWork
from web.pages import routes as pages
from web.pages.problem import problem_page
from web.settings import Settings
from web.writer import Writer

FORM_FIELDS = 40_000
"""Fields a form may have: a voucher of five thousand lines has seven a line."""


def create_app(settings: Settings) -> Litestar:
    """The application over one database; engines, writer and readers live as long as it runs. Once stopped it may be
    started again over another one: what it is asked for does not depend on ``app.state.settings``, all it opens does."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        settings: Settings = app.state.settings
        use_copies_in(settings.charts)
        with only_writer(settings.database_url):
            writing, reading = writing_engine(settings.database_url), reading_engine(settings.database_url)
            prepare(writing)
            writer, passwords, keys = Writer(writing), Passwords(), Keys(settings.key_file)
            _, at = clock.now()
            vault = await writer.do(lambda db: keys.ready(db, at=at))
            evidence = EvidenceStore(settings.evidence)
            state = app.state
            state.writer, state.readers = writer, reading
            state.window = Window(reading)
            state.key_file, state.gate, state.evidence = keys, Gate(writer, vault, passwords), evidence
            state.house = House(settings=settings, evidence=evidence, keys=keys)
            state.long_work = LongWork()
            state.import_desk = ImportDesk(state.long_work, writer, evidence, keys)
            state.running = set()
            state.problem_page = problem_page
            counts.begin(writer)
            state.counts = counts
            try:
                yield
            finally:
                state.long_work.stop()
                state.import_desk.close()
                writer.stop()
                passwords.stop()
                state.window.close()
                reading.dispose()
                writing.dispose()

    counts = health.Counts()
    app = Litestar(
        route_handlers=[*api.handlers, *health.handlers, *pages.handlers, *exports.handlers],
        guards=[guard],
        exception_handlers=errors.handlers,
        lifespan=[lifespan],
        openapi_config=None,
        multipart_form_part_limit=FORM_FIELDS,
    )
    app.state.settings = settings
    app.asgi_handler = health.counted(app.asgi_handler, counts)
    return app
