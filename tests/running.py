"""The service in this process, over a house of the test's own.

application(settings)   the application, not yet started: for a client of its own (``TestClient(app)``)
served(app)             such an application behind a real socket on this machine: its address
serving(settings)       both in one

Making an application costs a fifth of a second, all of it routes, which are the same over every house: one that has
stopped is started again over the next test's.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from litestar import Litestar

from web.app import create_app
from web.settings import Settings

_stopped: list[Litestar] = []


@contextmanager
def application(settings: Settings) -> Iterator[Litestar]:
    """The application over this house; it has to have stopped at the end of the block."""
    app = _stopped.pop() if _stopped else create_app(settings)
    app.state.settings = settings
    yield app
    app.state.clear()
    _stopped.append(app)  # not after a failure: nobody knows what it left behind


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """The service behind a real socket on this machine."""
    with application(settings) as app, served(app) as address:
        yield address


@contextmanager
def served(app: Litestar) -> Iterator[str]:
    """The application behind a real socket on this machine, started and stopped."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        threading.Event().wait(0.02)
    assert server.started, "the service did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive(), "the service did not stop"
