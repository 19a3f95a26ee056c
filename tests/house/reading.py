"""The house read as text and syntax trees, for the tests that keep its habits."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
BELOW_WEB = ("schemas", "ledger", "coop", "payouts")
FLOORS = (*BELOW_WEB, "web")


class Module(NamedTuple):
    """One module of the house: its dotted name and its syntax tree."""

    name: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The last part of its name: ``tables``, ``rules``, ``queries`` … or a file of its own."""
        return self.name.rpartition(".")[2]


def modules(*floors: str) -> Iterator[Module]:
    """Every module of these floors, packages under the name of the package."""
    for floor in floors:
        for file in sorted((ROOT / floor).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            yield Module(name, ast.parse(file.read_text(), str(file)))


def sample(name: str, source: str) -> Module:
    """A module that is not there: what a test of the house must find, or must let pass."""
    return Module(name, ast.parse(source))


def tracked() -> list[str]:
    """Every file of the repository by its path in it: the committed ones, and new ones that are not ignored."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return sorted(path for path in listing.split("\0") if path and (ROOT / path).is_file())


def imported(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every import of a module with its line; ``from a import b`` counts as ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports are refused by the linter"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
