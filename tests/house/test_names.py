"""Rooms are named after nouns of the trade, and what they offer says what it means."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.reading import BELOW_WEB, FLOORS, Module, modules, sample, tracked

EMPTY_NAMES = frozenset(
    "util utils common helper helpers base core lib misc manager managers service services stuff".split()
)


def unnamed(path: str) -> list[str]:
    """The parts of a path that name no thing."""
    return [part for part in path.removesuffix(".py").lower().split("/") if part in EMPTY_NAMES]


def test_no_room_is_named_after_nothing() -> None:
    named = {path: unnamed(path) for path in tracked() if path.endswith(".py") and unnamed(path)}
    assert named == {}, "name the noun; if it has none, it is not one thing (STYLE, Refused)"


@pytest.mark.parametrize("path", ["ledger/utils.py", "web/core/app.py", "coop/members/Helpers.py"])
def test_an_empty_name_is_found(path: str) -> None:
    assert unnamed(path)


def undocumented(module: Module) -> Iterator[str]:
    """The module, and each public class, function and method of it, that has no docstring."""
    if ast.get_docstring(module.tree) is None:
        yield f"{module.name} has no docstring: tell a bookkeeper what this file promises (STYLE 2)"
    owners: list[ast.Module | ast.ClassDef] = [module.tree]
    owners += [node for node in module.tree.body if isinstance(node, ast.ClassDef)]
    for owner in owners:
        inside = f"{owner.name}." if isinstance(owner, ast.ClassDef) else ""
        if inside.startswith("_"):
            continue
        for node in owner.body:
            if (
                isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                and not node.name.startswith("_")
                and ast.get_docstring(node) is None
            ):
                yield (
                    f"{module.name}.{inside}{node.name} (line {node.lineno}) has no docstring: say its meaning, "
                    f"units, what it refuses and the source (STYLE 18)"
                )


def test_everything_public_below_web_says_what_it_means() -> None:
    assert [fault for module in modules(*BELOW_WEB) for fault in undocumented(module)] == []


def test_every_module_says_what_it_promises() -> None:
    silent = [module.name for module in modules(*FLOORS) if ast.get_docstring(module.tree) is None]
    assert silent == []


@pytest.mark.parametrize(
    ("source", "silent"),
    [
        ("def f() -> None: ...", ["x", "x.f"]),
        ('"""Says."""\nclass C:\n    """Says."""\n    def m(self) -> None: ...', ["x.C.m"]),
        ('"""Says."""\nclass C:\n    x: int', ["x.C"]),
        ('"""Says."""\nclass _C:\n    def m(self) -> None: ...\ndef _f() -> None: ...', []),
        ('"""Says."""\nclass C:\n    """Says."""\n    def __str__(self) -> str: ...', []),
    ],
)
def test_a_silent_definition_is_found(source: str, silent: list[str]) -> None:
    assert [fault.partition(" ")[0] for fault in undocumented(sample("x", source))] == silent
