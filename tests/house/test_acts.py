"""Every act that is logged has a word for people, and can be asked for by its name."""

import ast
from collections.abc import Iterator, Mapping, Sequence

from tests.house.reading import FLOORS, Module, modules, sample
from web.i18n.words import ACTS


def logged(module: Module, rules: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The names a module writes as ``act=``; ``rules.NAME`` is looked up in the rules of its room, and of a mapping it
    is all that is in it."""
    own = texts(module)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.keyword) and node.arg == "act":
            said = node.value
            for part in (said.body, said.orelse) if isinstance(said, ast.IfExp) else (said,):
                named = part.value if isinstance(part, ast.Subscript) else part
                if isinstance(named, ast.Constant) and isinstance(named.value, str):
                    yield named.value
                elif isinstance(named, ast.Attribute):
                    yield from rules.get(named.attr, ())
                elif isinstance(named, ast.Name) and named is not part:
                    yield from own[named.id]


def texts(module: Module) -> dict[str, list[str]]:
    """The texts a module keeps under a name, by themselves or as what a mapping holds."""
    found: dict[str, list[str]] = {}
    for node in module.tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = _within(node.value)
        elif isinstance(node, ast.Assign):
            (target,) = node.targets
            several = isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
            names = target.elts if isinstance(target, ast.Tuple) else [target]
            values = node.value.elts if several and isinstance(node.value, ast.Tuple) else [node.value]
            for name, value in zip(names, values, strict=False):
                if isinstance(name, ast.Name):
                    found[name.id] = _within(value)
    return found


def _within(value: ast.expr | None) -> list[str]:
    kept = value.values if isinstance(value, ast.Dict) else [value]
    return [one.value for one in kept if isinstance(one, ast.Constant) and isinstance(one.value, str)]


def test_every_act_of_the_log_has_a_word() -> None:
    kept = {module.name.removesuffix(".rules"): texts(module) for module in modules(*FLOORS)}
    found = {
        act
        for module in modules(*FLOORS)
        for act in logged(module, kept.get(module.name.rpartition(".")[0], {}))
    }
    assert found == ACTS.keys()


def test_an_act_is_found_however_it_is_written() -> None:
    rules = sample("ledger.x.rules", 'ADDED, GONE = "asset.add", "asset.dispose"\nHOUSE = "house"')
    act = sample(
        "ledger.x.actions", 'Act(act="a.b" if waits else "a.c", by=1)\nAct(act=rules.GONE, subject="s")'
    )
    assert sorted(logged(act, texts(rules))) == ["a.b", "a.c", "asset.dispose"]
    table = sample("ledger.x.actions", '_ACTS: Mapping[str, str] = {"one": "a.d"}\nAct(act=_ACTS[step])')
    assert list(logged(table, {})) == ["a.d"]
