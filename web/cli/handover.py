"""Handing a command to the running service, so that an embedded database keeps its one writer.

The service listens on a socket file that only its own user can open. Whoever connects is named by the kernel, not by
themselves, and is logged as the operating system's user who gave the command. The command's words come back as they
are said, then its exit status.
"""

import os
import pwd
import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import msgspec

from schemas.problems import Fault, Refusal, RefusalKind
from schemas.units import Value
from web.cli.speech import Ended, Said, Say

_LONGEST = 1 << 20
_NAME = "commands.sock"
_said = msgspec.json.Decoder(Said)

Given = str | int | bool | list[str] | None


class Command(Value):
    """A command as given: its name (``("user", "add")``), what was given with it, paths in full, and the language of
    whoever gave it."""

    name: tuple[str, ...]
    given: Mapping[str, Given]
    language: str


Run = Callable[[Command, str, Say], int]
"""Runs a command for a user of the operating system, saying lines, and returns its exit status."""


service_must_answer = Fault(
    code="service_must_answer",
    says="The service took the command and ended before it answered.",
    remedy="Look at its log, start it again, and look whether the act was done before you repeat it.",
)


def handed_over(home: Path, command: Command, say: Say) -> int | None:
    """Have the running service run the command; its exit status, or None when no service is listening."""
    with socket.socket(socket.AF_UNIX) as line:
        try:
            with _place_of(home) as place:
                line.connect(place)
        except (ConnectionRefusedError, FileNotFoundError):
            return None
        line.sendall(msgspec.json.encode(command) + b"\n")
        with line.makefile("rb") as answers:
            for answer in answers:
                said = _said.decode(answer)
                if isinstance(said, Ended):
                    return said.status
                say(said)
    raise Refusal(service_must_answer.at(), kind=RefusalKind.STATE)


@contextmanager
def _place_of(home: Path) -> Iterator[str]:
    """The socket's path by way of an open folder: a path of its own may be longer than a socket's name can be."""
    folder = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{_NAME}"
    finally:
        os.close(folder)


class Listener:
    """Takes commands while the service runs, each on a thread of its own; the writer puts them in order.

    Whoever makes one holds the right to write, so a socket file that is already there is left over from a service
    that was killed.
    """

    def __init__(self, home: Path, run: Run) -> None:
        self._home, self._run = home, run
        (home / _NAME).unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX)
        umask = os.umask(0o177)
        try:
            with _place_of(home) as place:
                self._socket.bind(place)
        finally:
            os.umask(umask)
        self._socket.listen()
        self._thread = Thread(target=self._listen, name="commands", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; commands that are running go on until the writer stops."""
        (self._home / _NAME).unlink(missing_ok=True)
        with suppress(OSError):  # nobody was connected
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _listen(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return  # closed by stop()
            Thread(target=self._serve, args=(line,), name="command", daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with line, line.makefile("rwb") as talk:

            def say(said: Said) -> None:
                with suppress(BrokenPipeError):  # whoever asked has gone; the act goes on
                    talk.write(msgspec.json.encode(said) + b"\n")
                    talk.flush()

            user = _user_of(line)
            if user is None:
                return
            command = msgspec.json.decode(talk.readline(_LONGEST), type=Command)
            say(Ended(status=self._run(command, user, say)))


def _user_of(line: socket.socket) -> str | None:
    """Who is on the other end, by the kernel's word; None for anybody but the service's own user and root."""
    peer = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", peer)
    return name_of_user(user) if user in {0, os.getuid()} else None


def name_of_user(number: int) -> str:
    """The name of a user of the operating system; the number of one the system has no name for, as in a container."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"
