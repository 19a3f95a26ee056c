"""``bench``: the published benchmarks, in a process of their own."""

import subprocess
import sys
from pathlib import Path

import click

from schemas.problems import Fault, Refusal, RefusalKind
from web.cli.command import as_json, command
from web.cli.house import House
from web.i18n.words import N_

CLONE = Path(__file__).parents[2]

benchmarks_must_be_there = Fault(
    code="benchmarks_must_be_there",
    says="The benchmarks are not at {folder}.",
    remedy="Run this from a clone of the repository; an installed package does not carry them.",
)


@command(
    opens=False,
    says=N_(
        "Run the published benchmarks (PERFORMANCE.md) on this machine, on databases of their own.\n\n"
        "NAME is one of posting-sqlite, posting-postgresql, thickness, import, runs-sqlite, runs-postgresql, runs (both), boards-sqlite, boards-postgresql, boards (both); "
        "without it all of them. Each figure stands "
        "beside the ceiling it is measured against in the same run."
    ),
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help=N_("How long each load runs."))
@click.option("--runs", type=click.IntRange(min=1), help=N_("How often."))
@as_json
def bench(house: House, names: list[str], seconds: float | None, runs: int | None, as_json: bool) -> int:  # noqa: ARG001  they run on databases of their own
    """The benchmarks."""
    if not (CLONE / "benchmarks" / "__main__.py").exists():
        problem = benchmarks_must_be_there.at("/benchmarks", folder=CLONE / "benchmarks")
        raise Refusal(problem, kind=RefusalKind.MISSING)
    words = [sys.executable, "-m", "benchmarks", *names]
    if seconds is not None:
        words.append(f"--seconds={seconds:g}")
    if runs is not None:
        words.append(f"--runs={runs}")
    if as_json:
        words.append("--json")
    return subprocess.run(words, cwd=CLONE, check=False).returncode  # noqa: S603  our own program
