"""The published benchmarks: ``python -m benchmarks [posting-sqlite] [posting-postgresql] [thickness] [import]
[runs-sqlite] [runs-postgresql] [runs] [boards-sqlite] [boards-postgresql] [boards] [statements-sqlite]
[statements-postgresql] [statements-pdf]``, of which ``runs``, ``boards`` and ``statements`` are all of theirs.

Without a name all of them. ``--seconds`` is how long each load runs, ``--runs`` how often; ``--json`` is for programs.
"""

import argparse
import logging
import os
import platform
from collections.abc import Callable, Mapping

import msgspec

from benchmarks import boards, packs, posting, runs, statements, thickness
from schemas.units import Value

_SEVERAL = {
    "runs": ("runs-sqlite", "runs-postgresql"),
    "boards": ("boards-sqlite", "boards-postgresql"),
    "statements": ("statements-sqlite", "statements-postgresql", "statements-pdf"),
}


class Machine(Value):
    """What was measured on, and how busy it was with other things when it began: a figure taken on a busy machine is a
    lower bound."""

    python: str
    system: str
    cores: int
    load: float


def main() -> None:
    """Measure, and say what was found."""
    asked = argparse.ArgumentParser(prog="lianjian bench", description=__doc__)
    asked.add_argument("names", nargs="*", metavar="NAME")
    asked.add_argument("--seconds", type=float, default=5.0)
    asked.add_argument("--runs", type=int)
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    logging.disable(logging.INFO)
    known: Mapping[str, Callable[[], Value]] = {
        "posting-sqlite": lambda: posting.measure("sqlite", seconds=given.seconds, runs=given.runs or 5),
        "posting-postgresql": lambda: posting.measure(
            "postgresql", seconds=given.seconds, runs=given.runs or 5
        ),
        "thickness": thickness.measure,
        "import": packs.measure,
        "runs-sqlite": lambda: runs.measure("sqlite", rounds=given.runs or 3),
        "runs-postgresql": lambda: runs.measure("postgresql", rounds=given.runs or 3),
        "boards-sqlite": lambda: boards.measure("sqlite", rounds=given.runs or 15),
        "boards-postgresql": lambda: boards.measure("postgresql", rounds=given.runs or 15),
        "statements-sqlite": lambda: statements.measure(
            "sqlite", seconds=given.seconds, rounds=given.runs or 5
        ),
        "statements-postgresql": lambda: statements.measure(
            "postgresql", seconds=given.seconds, rounds=given.runs or 5
        ),
        "statements-pdf": lambda: statements.measure_paper(rounds=given.runs or 3),
    }
    names = [part for name in given.names for part in _SEVERAL.get(name, (name,))]
    unknown = set(names) - known.keys()
    if unknown:
        asked.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(known)}")
    machine = Machine(
        python=platform.python_version(),
        system=platform.platform(),
        cores=len(os.sched_getaffinity(0)),
        load=round(os.getloadavg()[0], 2),
    )
    found: dict[str, Value] = {"machine": machine}
    for name in names or known:
        found[name] = known[name]()
        if not given.json:
            print(
                f"{name}\n{msgspec.json.format(msgspec.json.encode(found[name]), indent=2).decode()}\n",
                flush=True,
            )
    if given.json:
        print(msgspec.json.format(msgspec.json.encode(found), indent=1).decode())


if __name__ == "__main__":
    main()
