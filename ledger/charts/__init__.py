"""The statutory charts of accounts and statement forms, read from the data files in this folder.

A standard is two files, ``<id>.toml`` (accounts, movement types, settlement) and ``<id>-forms.toml``
(statements). An operator changes one by putting an edited copy of that file into a folder of their own: a file
there takes the place of the one of the same name here, and a new id there is a new standard. What the files
say is checked before it is used (``ledger.charts.rules.faults_in``); a file that does not hold together is
refused with everything that is wrong with it.
"""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from ledger.charts.rules import faults_in
from schemas.charts import Standard
from schemas.problems import Fault, Refusal, RefusalKind

COOPERATIVE = "coop-2021"
"""财会〔2021〕37号, for 农民专业合作社."""

COLLECTIVE = "collective-2023"
"""财会〔2023〕14号, for 农村集体经济组织."""

_FORMS = "-forms"

standard_must_exist = Fault(
    code="standard_must_exist",
    says="There is no accounting standard {standard}.",
    remedy="Choose one of: {known}.",
)
chart_file_must_be_readable = Fault(
    code="chart_file_must_be_readable",
    says="The chart file {file} cannot be read: {reason}.",
    remedy="Mend the file, or take it out of the folder to go back to the one supplied.",
)


_own: list[Path] = []
"""The folder of this process's operator, when there is one."""


def use_copies_in(folder: Path | None) -> None:
    """Say where the operator of this process keeps edited copies; said once, at the door."""
    _own[:] = [folder] if folder is not None else []


def standard(standard_id: str, folder: Path | None = None) -> Standard:
    """The standard of that id, e.g. ``standard("coop-2021").accounts["301"]``.

    ``folder``: where edited copies are kept, if not where the operator keeps them. Read once a process. Refused: an id no file is named
    for, a file that is not TOML or has unknown keys, a chart or form that does not hold together.
    """
    return _standard(standard_id, folder or next(iter(_own), None))


@cache
def _standard(standard_id: str, folder: Path | None) -> Standard:
    known = standards(folder)
    if standard_id not in known:
        problem = standard_must_exist.at(standard=standard_id, known=", ".join(known))
        raise Refusal(problem, kind=RefusalKind.MISSING)
    content = _read(standard_id, folder) | _read(standard_id + _FORMS, folder)
    content["accounts"] = {
        code: {"code": code, **account} for code, account in content.get("accounts", {}).items()
    }
    try:
        read = msgspec.convert(content, Standard)
    except msgspec.ValidationError as error:
        problem = chart_file_must_be_readable.at(file=f"{standard_id}*.toml", reason=error)
        raise Refusal(problem) from error
    problems = faults_in(read, named=standard_id)
    if problems:
        raise Refusal(*problems)
    return read


def standards(folder: Path | None = None) -> tuple[str, ...]:
    """The ids of all standards, supplied or in the operator's ``folder``, in order."""
    folder = folder or next(iter(_own), None)
    supplied = [entry.name for entry in files(__name__).iterdir()]
    own = [entry.name for entry in folder.iterdir()] if folder else []
    names = {name.removesuffix(".toml") for name in supplied + own if name.endswith(".toml")}
    return tuple(sorted(name for name in names if not name.endswith(_FORMS)))


def _read(name: str, folder: Path | None) -> dict[str, Any]:
    own = folder / f"{name}.toml" if folder else None
    source = own if own and own.exists() else files(__name__) / f"{name}.toml"
    try:
        return tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refusal(chart_file_must_be_readable.at(file=source.name, reason=error)) from error
