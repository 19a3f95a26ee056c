"""``lianjian serve`` as a process that ends at one of its steps as if the power had failed.

Steps are the moments before and after each commit, and before and after each word with the bank. ``Dying.service`` runs the
service's own command, on a real port; ``at(n)`` has it die at the n-th step from now. Nothing of the house is replaced: what
the database's driver and the bank's door do is done by themselves, with a step on either side. The bank is looked after
without rest.
"""

import os
import signal
import socket
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from threading import Event, Lock
from typing import Any

import httpx
from sqlalchemy.engine.default import DefaultDialect

from payouts.batches.bank import Bank
from tests.processes import PROCESSES
from web import bank_line, outbox
from web.cli.main import main

WITHOUT_REST = 0.05


def _stepping(what: Callable[..., Any], step: Callable[[], None]) -> Callable[..., Any]:
    def with_steps(*args: Any, **more: Any) -> Any:
        step()
        done = what(*args, **more)
        step()
        return done

    return with_steps


def _words_in(place: Path) -> str:
    try:
        return place.read_text("ascii")
    except FileNotFoundError:  # it is to live on
        return ""


def _serve(environment: Mapping[str, str], port: int, last: str, told: str) -> None:
    place, one_by_one, taken = Path(last), Lock(), 0
    wanted = ""

    def step() -> None:
        nonlocal taken, wanted
        with one_by_one:
            now = _words_in(place)
            if now != wanted:
                wanted, taken = now, 0
            taken += 1
            if wanted and taken == int(wanted.partition(" ")[0]):
                os.kill(os.getpid(), signal.SIGKILL)

    DefaultDialect.do_commit = _stepping(DefaultDialect.do_commit, step)  # type: ignore[method-assign]
    Bank._ask = _stepping(Bank._ask, step)  # type: ignore[method-assign]
    bank_line.EVERY_SECONDS = outbox.EVERY_SECONDS = WITHOUT_REST
    os.environ.update(environment)
    with Path(told).open("a") as out:
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)
    main(["serve", "--port", str(port)])


class Dying:
    """The service at an address that stays, started again whenever it died."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._environment, self._last, self._told = environment, folder / "last-step", folder / "told.txt"
        self._process: BaseProcess | None = None
        self.deaths = self._wishes = 0

    def start(self) -> None:
        """Start it, and wait until it answers."""
        given = (self._environment, self.port, str(self._last), str(self._told))
        self._process = PROCESSES.Process(target=_serve, args=given)
        self._process.start()
        while self._process.is_alive():
            try:
                if httpx.get(f"{self.address}/readyz", timeout=60).is_success:
                    return
            except httpx.TransportError:
                Event().wait(0.02)
        raise AssertionError(f"it did not start: {self._told.read_text()}")

    def at(self, step: int) -> None:
        """Have it die at this step from now; 0: not at all."""
        self._last.unlink(missing_ok=True)
        if step:
            fresh = self._last.with_suffix(".new")
            self._wishes += 1
            fresh.write_text(f"{step} of wish {self._wishes}", "ascii")
            fresh.replace(self._last)

    def has_died(self, *, within: float = 0) -> bool:
        """Whether it is dead, by its own step and nothing else."""
        assert self._process is not None
        self._process.join(within)
        if self._process.exitcode is None:
            return False
        assert self._process.exitcode == -signal.SIGKILL, self._told.read_text()
        self.at(0)
        self.deaths += 1
        return True

    def stop(self) -> None:
        """End it for good, however it stands."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join(30)
