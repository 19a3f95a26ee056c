"""A real server process, load from another process, and what a request cost: rate, times, processor.

The service runs as ``lianjian serve`` runs it (uvicorn, uvloop, httptools, one worker) on one core, the load on
another. ``wrk`` makes the load where it is installed, else a client of our own that is slower and says so.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from schemas.units import Value
from web.settings import Settings

CONNECTIONS = 32
_STARTS_WITHIN = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Load(Value):
    """What a load saw: answers a second, milliseconds of the median and of the slowest hundredth, answers that were
    none of 2xx, and the processor time of the server for each, in microseconds."""

    rate: float
    p50: float
    p99: float
    failed: int
    processor: float


class Server:
    """The running service."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process, self.port = process, port

    def processor(self) -> float:
        """Seconds of processor the server has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def load(self, script: Path, *, seconds: float, folder: Path) -> Load:
        """Load the server as the script says, for so long."""
        before = self.processor()
        seen = (
            _wrk(self.port, script, seconds, folder)
            if shutil.which("wrk")
            else _own(self.port, script, seconds)
        )
        used = self.processor() - before
        return Load(
            rate=seen["rate"],
            p50=seen["p50"],
            p99=seen["p99"],
            failed=int(seen["failed"]),
            processor=used / max(seen["count"], 1) * 1e6,
        )


def cores() -> tuple[set[int], set[int]]:
    """A core for the server and one for the load; the same where there is but one."""
    there = sorted(os.sched_getaffinity(0))
    return {there[0]}, {there[-1]}


@contextmanager
def serving(settings: Settings, port: int) -> Iterator[Server]:
    """The service in a process of its own."""
    environment = {
        **os.environ,
        "LIANJIAN_HOME": str(settings.home),
        "LIANJIAN_DATABASE_URL": settings.database_url,
    }
    on, _ = cores()
    with (settings.home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.app", str(port)],
            env=environment,
            stdout=log,
            stderr=log,
        )
        os.sched_setaffinity(process.pid, on)
        try:
            _await(port, process)
            yield Server(process, port)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _STARTS_WITHIN
    while True:
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError("the server did not start; see server.log in its folder")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
                return
        except OSError:
            select.select([], [], [], 0.05)


def _wrk(port: int, script: Path, seconds: float, folder: Path) -> dict[str, float]:
    done = folder / "seen.json"
    address = f"http://127.0.0.1:{port}"
    words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", str(script), address]
    _on_the_other_core(words, {"SEEN": str(done)})
    found: dict[str, float] = json.loads(done.read_text())
    return found


def _own(port: int, script: Path, seconds: float) -> dict[str, float]:
    plan = str(script.with_suffix(".json"))
    words = [sys.executable, "-m", "benchmarks.client", str(port), plan, str(seconds)]
    found: dict[str, float] = json.loads(_on_the_other_core(words, {}))
    return found


def _on_the_other_core(words: Sequence[str], environment: Mapping[str, str]) -> bytes:
    _, on = cores()
    with subprocess.Popen(words, stdout=subprocess.PIPE, env={**os.environ, **environment}) as process:
        os.sched_setaffinity(process.pid, on)
        said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{words[0]} ended with {process.returncode}")
    return said


DONE = """
done = function(summary, latency, requests)
  local file = io.open(os.getenv("SEEN"), "w")
  local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  file:write(string.format('{"count":%d,"rate":%.3f,"p50":%.3f,"p99":%.3f,"failed":%d}', summary.requests,
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, failed))
  file:close()
end
"""
"""The end of every wrk script: what it saw, for the one who reads it."""


def headers_of(headers: Mapping[str, str]) -> str:
    """Headers as a table of Lua."""
    return (
        "{"
        + ", ".join(f"[{json.dumps(name)}] = {json.dumps(value)}" for name, value in headers.items())
        + "}"
    )
