"""Our own load, where wrk is not installed: as many connections, each with one request under way.

    python -m benchmarks.client PORT PLAN SECONDS

PLAN is a JSON file: method, path and headers with ``{n}`` for the number of the request, and a body; or ``turns``, several paths and headers to take one after the other. It prints what it
saw as JSON. Python makes requests more slowly than wrk does, so that rates are lower; ratios hold.
"""

import asyncio
import json
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.server import CONNECTIONS


async def _talk(
    port: int, plan: dict[str, Any], numbers: Any, until: float, seen: list[tuple[float, int]]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body, turns = plan["body"].encode(), plan.get("turns", [plan])
    while time.perf_counter() < until:
        number = str(next(numbers))
        turn = turns[int(number) % len(turns)]
        headers = {**turn["headers"], "Host": "localhost", "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"{plan['method']} {turn['path']} HTTP/1.1\r\n{head}\r\n".replace("{n}", number)
        began = time.perf_counter()
        writer.write(request.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = int(answer.partition("content-length:")[2].partition("\r\n")[0] or 0)
        await reader.readexactly(length)
        seen.append((time.perf_counter() - began, int(answer.split(" ", 2)[1])))
    writer.close()


async def load(port: int, plan: dict[str, Any], seconds: float) -> dict[str, float]:
    """Load the server for so long; what was seen."""
    seen: list[tuple[float, int]] = []
    numbers, until = count(int(plan.get("first", 1))), time.perf_counter() + seconds
    await asyncio.gather(*(_talk(port, plan, numbers, until, seen) for _ in range(CONNECTIONS)))
    times = sorted(took for took, _ in seen)
    return {
        "count": len(seen),
        "rate": len(seen) / seconds,
        "p50": times[len(times) // 2] * 1000,
        "p99": times[len(times) * 99 // 100] * 1000,
        "failed": sum(1 for _, status in seen if not 200 <= status < 300),
    }


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[2]).read_text())
    print(json.dumps(asyncio.run(load(int(sys.argv[1]), given, float(sys.argv[3])))))
