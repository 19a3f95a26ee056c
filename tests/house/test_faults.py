"""A fault has one code, the name of its constant, and somebody has seen it happen."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.house.reading import FLOORS, ROOT, Module, modules, sample

SEEN = (
    "books",
    "vouchers",
    "periods",
    "balances",
    "log",
    "seal",
    "details",
    "keys",
    "people",
    "proof",
    "money",
)
"""The nouns of the ledger's core: every fault of theirs is named by a test."""


class Declared(NamedTuple):
    """A fault as it is declared; ``words`` are all it says."""

    module: str
    name: str
    code: str
    words: tuple[str, ...]


def declared(module: Module) -> Iterator[Declared]:
    """The faults a module declares."""
    for node in module.tree.body:
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
            continue
        called, target = node.value.func, node.targets[0]
        if isinstance(called, ast.Name) and called.id == "Fault" and isinstance(target, ast.Name):
            said = {
                word.arg: word.value.value
                for word in node.value.keywords
                if isinstance(word.value, ast.Constant)
            }
            code = said.pop("code")
            yield Declared(module.name, target.id, str(code), tuple(map(str, said.values())))


def wrong(faults: list[Declared]) -> list[str]:
    """Each fault whose code says something else elsewhere, or is not the name of its constant."""
    uses = Counter(code for code, _ in {(fault.code, fault.words) for fault in faults})
    return [
        f"{fault.module}.{fault.name} has the code {fault.code}: name the rule once, and its code like it"
        for fault in faults
        if uses[fault.code] > 1 or fault.code != fault.name
    ]


def unseen(faults: list[Declared], tests: str) -> list[str]:
    """Each fault no test names."""
    words = set(re.findall(r"[a-z_]+", tests))
    return [
        f"{fault.module}.{fault.name}: give it a row in a test" for fault in faults if fault.name not in words
    ]


def test_every_fault_has_a_code_of_its_own() -> None:
    assert wrong([fault for module in modules(*FLOORS) for fault in declared(module)]) == []


def test_every_fault_of_the_ledgers_core_is_named_by_a_test() -> None:
    tests = "\n".join(file.read_text() for file in sorted(Path(ROOT / "tests").rglob("*.py")))
    core = [module for module in modules("ledger") if {*module.name.split(".")[1:2]} & {*SEEN}]
    assert unseen([fault for module in core for fault in declared(module)], tests) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('must_balance = Fault(code="must_balance", says="x")', 0),
        ('must_balance = Fault(code="must_be_even", says="x")', 1),
        ('a_b = Fault(code="a_b", says="x")\na_b = Fault(code="a_b", says="y")', 2),
        ('a_b = Fault(code="a_b", says="x")\na_b = Fault(code="a_b", says="x")', 0),
        ("something = Other(1)", 0),
    ],
)
def test_a_wrong_code_is_found(source: str, found: int) -> None:
    assert len(wrong(list(declared(sample("ledger.new", source))))) == found


def test_an_unseen_fault_is_found() -> None:
    (fault,) = declared(sample("ledger.new", 'must_shine = Fault(code="must_shine", says="x")'))
    assert unseen([fault], "assert codes == ['must_balance']") == [
        "ledger.new.must_shine: give it a row in a test"
    ]
    assert unseen([fault], "['must_shine']") == []
