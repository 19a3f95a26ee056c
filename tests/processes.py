"""Processes beside the test, made of one in which the house is loaded once: a new interpreter would load it each time.

PROCESSES            makes processes of functions
program(words)       the program ``lianjian`` as a process: its own arguments, folder, environment, output and end

There is one such process in a run of tests, and what it loads is said before its first child, here and nowhere else: the
standard library keeps the last list it was told, and passes in silence over what it cannot load.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import NamedTuple, TextIO

from web.cli.main import main

BEFOREHAND = (
    "tests.batches.small",
    "tests.builders",
    "tests.fake_bank",
    "tests.runs.years",
    "tests.snapshots.small",
    "tests.webhooks.receiver",
    "web.app",
    "web.bank_line",
    "web.cli.main",
    "web.cli.serving",
    "web.outbox",
    "web.schedule",
    "web.webhooks",
)
"""What is loaded before the first child is made. A test in tests/faults sees to it that each can be."""

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(list(BEFOREHAND))


class Program(NamedTuple):
    """A running command and what it says."""

    process: BaseProcess
    out: TextIO
    err: TextIO

    def ended(self, *, within: float) -> int:
        """Its exit status; it is an error that it still runs."""
        self.process.join(within)
        status = self.process.exitcode
        assert status is not None, f"it still runs after {within} seconds"
        return status

    def close(self) -> None:
        """Kill it where it still runs, and forget it."""
        self.process.kill()
        self.process.join()
        self.out.close()
        self.err.close()


def _program(
    words: Sequence[str], folder: str, environment: Mapping[str, str], out: Connection, err: Connection
) -> None:
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  the program's own, to its end
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    main(list(words))


def program(words: Sequence[str], *, together: bool = False) -> Program:
    """Start ``lianjian`` with these words in this folder and environment; ``together`` has its errors among its output."""
    reads_out, out = PROCESSES.Pipe(duplex=False)
    reads_err, err = PROCESSES.Pipe(duplex=False)
    given = (words, str(Path.cwd()), dict(os.environ), out, out if together else err)
    process = PROCESSES.Process(target=_program, args=given)
    process.start()
    out.close()
    err.close()
    read = [os.fdopen(os.dup(one.fileno()), encoding="utf-8") for one in (reads_out, reads_err)]
    reads_out.close()
    reads_err.close()
    return Program(process, *read)
