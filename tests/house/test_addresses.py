"""The repository names no machine it was made on and no host a package comes from."""

import re
from collections.abc import Iterator

import pytest

from tests.house.reading import ROOT, tracked

SLASH = "/"
"""Keeps the patterns below from finding themselves."""

FOLDERS = ("work", "root", "farm", "tmp", "home", "Users", "mnt")
MACHINE = re.compile(rf"(?<![\w.$)}}\]~-]){SLASH}(?:{'|'.join(FOLDERS)}){SLASH}")
HOSTS = re.compile("|".join(rf"{name}\.{end}" for name, end in (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("deb.debian", "org"),
    ("security.debian", "org"),
    (r"mirrors?\.[\w.]+", "(?:cn|com|org)"),
)))  # fmt: skip
LISTS = re.compile(
    r"(^|/)(requirements/.*\.txt|.*\.lock|.*lock\.(json|yaml)|package\.json|\.npmrc|pip\.conf)$"
)


def addresses(path: str, text: str) -> Iterator[str]:
    """Each machine path and package host in a file; in a list of packages, each address of any kind."""
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{path}:{number}"
        if found := MACHINE.search(line):
            yield f"{where} names a folder of one machine ({found[0]}…): use a path in the repository or a setting"
        if found := HOSTS.search(line):
            yield f"{where} names a package host ({found[0]}): the machine's own settings name it"
        if LISTS.search(path) and re.search(r"://|--(extra-)?index|--find-links|--trusted-host", line):
            yield f"{where} carries an address: `make requirements` writes this list without any"


def _texts() -> Iterator[tuple[str, str]]:
    for path in tracked():
        try:
            yield path, (ROOT / path).read_text()
        except UnicodeDecodeError:
            continue  # a scan or a spreadsheet


def test_no_file_names_a_machine_or_a_package_host() -> None:
    assert [fault for path, text in _texts() for fault in addresses(path, text)] == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("docs/x.md", f"see {SLASH}work{SLASH}main"),
        ("web/x.py", f'open("{SLASH}tmp{SLASH}x")'),
        ("docs/x.md", f"{SLASH}home{SLASH}ann{SLASH}books"),
        ("Makefile", "pip install -i https:" + "//pypi" + ".org/simple x"),
        ("docker/Dockerfile", "RUN sed s,deb.debian" + ".org,mirrors.example" + ".cn,"),
        ("requirements/run.txt", "--extra-index-url x"),
        ("requirements/run.txt", "# from https://example.com"),
    ],
)
def test_an_address_is_found(path: str, line: str) -> None:
    assert list(addresses(path, line))


@pytest.mark.parametrize(
    "line",
    [
        "tests/home/x",
        "../work/x",
        "https://example.com/work/x",
        "$(HOME)/tmp/x",
        '"{folder}/work/x"',
        "a/tmp/b",
    ],
)
def test_other_paths_pass(line: str) -> None:
    assert list(addresses("docs/x.md", line)) == []
