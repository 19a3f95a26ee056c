"""What is installed is declared, pinned by hash, and the same for the service and its tests."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.reading import FLOORS, ROOT, imported, modules

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RUN = ("build", "proof")
TEST = (*RUN, "test", "dev")


def declared(*extras: str) -> list[Requirement]:
    """What pyproject.toml asks for with these extras."""
    asked = [
        *PROJECT["dependencies"],
        *(line for extra in extras for line in PROJECT["optional-dependencies"][extra]),
    ]
    return [Requirement(line) for line in asked]


def entries(text: str) -> list[str]:
    """The entries of a list of requirements, each on one line, without its comments."""
    lines = [line for line in text.replace("\\\n", " ").splitlines() if not line.strip().startswith("#")]
    return [line for line in lines if line.strip()]


def unpinned(text: str) -> list[str]:
    """The entries without an exact version and a hash."""
    pinned = re.compile(r"^[\w.-]+(\[[\w,.-]+\])?==\S+( ; [^#]*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*$")
    return [entry for entry in entries(text) if not pinned.match(entry)]


def versions(text: str) -> dict[str, str]:
    """The version of each package."""
    found = (re.match(r"([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)", entry) for entry in entries(text))
    return {canonicalize_name(match[1]): match[2] for match in found if match}


LISTS = {name: (ROOT / "requirements" / f"{name}.txt").read_text() for name in ("run", "test")}


@pytest.mark.parametrize("name", LISTS)
def test_every_package_is_pinned_by_hash(name: str) -> None:
    assert len(entries(LISTS[name])) > 20
    assert unpinned(LISTS[name]) == []


@pytest.mark.parametrize(("name", "extras"), [("run", RUN), ("test", TEST)])
def test_the_list_holds_what_the_project_asks_for(name: str, extras: tuple[str, ...]) -> None:
    pinned = versions(LISTS[name])
    stale = [
        str(asked)
        for asked in declared(*extras)
        if not asked.specifier.contains(pinned.get(canonicalize_name(asked.name), "0"))
    ]
    assert stale == [], "make requirements"


def test_both_lists_install_the_same_versions() -> None:
    test = versions(LISTS["test"])
    assert {
        name: version for name, version in versions(LISTS["run"]).items() if test.get(name) != version
    } == {}


def undeclared(tops: set[str]) -> set[str]:
    """The imported packages that come only because another package wants them."""
    known = {canonicalize_name(asked.name) for asked in declared()}
    made_by = packages_distributions()
    return {
        top
        for top in tops
        if top not in sys.stdlib_module_names
        and top not in {*FLOORS, "migrations"}
        and not known & {canonicalize_name(name) for name in made_by.get(top, ())}
    }


def test_every_package_the_house_imports_is_declared() -> None:
    tops = {
        name.partition(".")[0]
        for module in modules(*FLOORS, "migrations")
        for name, _line in imported(module.tree)
    }
    assert undeclared(tops) == set(), "name it in pyproject.toml, then make requirements"


def test_a_package_that_is_not_declared_is_found() -> None:
    assert undeclared({"anyio", "msgspec", "json", "ledger"}) == {"anyio"}


@pytest.mark.parametrize(
    "entry",
    [
        "alembic>=1.20",
        "alembic==1.20.1",
        "alembic @ file.whl",
        "--index-url x",
        "alembic==1 --hash=sha256:12",
    ],
)
def test_an_entry_that_is_not_pinned_is_found(entry: str) -> None:
    assert unpinned(entry) == [entry]


def test_a_pinned_entry_passes() -> None:
    entry = "uvloop==0.23.0 ; sys_platform != 'win32' \\\n    --hash=sha256:" + "0" * 64 + "\n    # via x"
    assert unpinned(entry) == []
