"""Below web there is no float, no rounding but the house's own, no clock, and no mock in any test."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.reading import BELOW_WEB, ROOT, Module, modules, sample, tracked

CLOCKS = frozenset(
    "datetime.now datetime.today datetime.utcnow date.today time.time time.time_ns time.localtime "
    "datetime.datetime.now datetime.datetime.today datetime.datetime.utcnow datetime.date.today".split()
)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


def inexact(module: Module) -> Iterator[str]:
    """Each float, ``round`` and reading of a clock, with the remedy."""
    for node in ast.walk(module.tree):
        where = f"{module.name}:{getattr(node, 'lineno', '')}"
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield f"{where} has a float {node.value}: write whole units, or Decimal from text"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield f"{where} says float: money is Fen, quantities are Hundredths, rates BasisPoints (RULES 1)"
        elif isinstance(node, ast.Call) and _dotted(node.func) == "round":
            yield f"{where} rounds: ledger/money.py rounds, half away from zero, once (RULES 1)"
        elif isinstance(node, ast.Call) and _dotted(node.func) in CLOCKS:
            yield f"{where} reads the clock: take `on: date` or `at: datetime` as a required keyword"


def test_below_web_every_number_is_exact_and_no_clock_is_read() -> None:
    assert [fault for module in modules(*BELOW_WEB) for fault in inexact(module)] == []


@pytest.mark.parametrize(
    "source",
    [
        "x = float('1.5')",
        "def f(x: float) -> None: ...",
        "x = round(y, 2)",
        "x = 0.1",
        "x = datetime.now(tz=UTC)",
        "import datetime\nx = datetime.date.today()",
        "x = time.time()",
    ],
)
def test_an_inexact_line_is_found(source: str) -> None:
    assert list(inexact(sample("ledger.x", source)))


def test_an_exact_line_passes() -> None:
    assert list(inexact(sample("ledger.x", "x = Decimal('0.10') + round_half_up(3, 2)\ny = on.year"))) == []


MOCKS = frozenset({"Mock", "MagicMock", "AsyncMock"})


def mocks(module: Module) -> Iterator[str]:
    """Each mock, and each replacement of an attribute of the house."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Name | ast.Attribute) and _dotted(node).rpartition(".")[2] in MOCKS:
            yield f"{module.name}:{node.lineno} mocks: use the real database and page, or write a fake bank"
        elif isinstance(node, ast.Call) and _dotted(node.func) == "monkeypatch.setattr":
            yield f"{module.name}:{node.lineno} replaces a part of the house: hand the part in instead"


def _tests() -> Iterator[Module]:
    for path in tracked():
        if path.startswith("tests/") and path.endswith(".py"):
            yield Module(path, ast.parse((ROOT / path).read_text()))


def test_no_test_mocks_the_house() -> None:
    assert [fault for module in _tests() for fault in mocks(module)] == []


@pytest.mark.parametrize("source", ["x = Mock()", "x = mock.MagicMock()", "monkeypatch.setattr(a, 'b', c)"])
def test_a_mock_is_found(source: str) -> None:
    assert list(mocks(sample("tests/x.py", source)))
