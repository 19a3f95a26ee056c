"""A receiver of our own, over real HTTP: it keeps every try as it came, and answers as it was told to.

It is written from what Standard Webhooks says and uses none of the house's code. ``shall`` is how the next tries are met: a
status, ``slow`` (no answer at all), ``drip`` (a head that never ends), or ``endless`` (a 200 whose body never ends); after them everything is taken in with 204.
"""

import hmac
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Try:
    """One try as it came."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.path, self.headers, self.body = path, headers, body

    @property
    def id(self) -> str:
        """What it is known by."""
        return self.headers["webhook-id"]

    @property
    def data(self) -> Any:
        """What happened."""
        return json.loads(self.body)["data"]

    @property
    def type(self) -> str:
        """Its kind."""
        kind: str = json.loads(self.body)["type"]
        return kind

    def signed_by(self, secret: str) -> bool:
        """Whether one of its signatures is this secret's."""
        key = b64decode(secret.removeprefix("whsec_"))
        said = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        right = "v1," + b64encode(hmac.new(key, said, sha256).digest()).decode()
        return right in self.headers["webhook-signature"].split(" ")


class Receiver:
    """The running receiver, for a test."""

    def __init__(self) -> None:
        self.tries: list[Try] = []
        self._shall: list[int | str] = []
        self.asked_to_wait = ""
        self.ended = threading.Event()
        self.url = ""

    def shall(self, *how: int | str) -> None:
        """How the next tries are met."""
        self._shall = list(how)

    def meet(self, one: Try) -> int | str:
        """Keep a try; how it is met."""
        self.tries.append(one)
        return self._shall.pop(0) if self._shall else 204

    def told(self) -> list[tuple[str, int]]:
        """The book and number of every try, as they came; the list begins anew."""
        found = [(one.data["book"], one.data["seq"]) for one in self.tries]
        self.tries.clear()
        return found


@contextmanager
def receiving() -> Iterator[Receiver]:
    """The receiver on this machine."""
    receiver = Receiver()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Nothing: the test looks at the tries."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            how = receiver.meet(Try(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if how == "slow":
                receiver.ended.wait(10)
                self.close_connection = True
            elif how == "endless":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                while not receiver.ended.wait(0.05):
                    self.wfile.write(b"x")
            elif how == "drip":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
                while not receiver.ended.wait(0.05):
                    self.wfile.write(b"x")
            else:
                self.send_response(int(how))
                if receiver.asked_to_wait:
                    self.send_header("Retry-After", receiver.asked_to_wait)
                if int(how) // 100 == 3:
                    self.send_header("Location", receiver.url + "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # whoever hung up did so on purpose
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield receiver
    finally:
        receiver.ended.set()
        server.shutdown()
        server.server_close()
