"""What a command says while it runs, and the terminal that shows it.

A command speaks in small values, so that its words are the same whether it runs at the terminal or inside the
service that holds the writer (``web.cli.handover``).
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from unicodedata import east_asian_width

import click

from schemas.units import Value

_BAR = 30


class Line(Value, tag="line"):
    """A line of the answer; one that is ``wrong`` goes to standard error."""

    text: str
    wrong: bool = False


class Progress(Value, tag="progress"):
    """How far a long piece of work has come."""

    what: str
    done: int
    total: int


class Ended(Value, tag="ended"):
    """The exit status, after which nothing is said."""

    status: int


Said = Line | Progress | Ended
Say = Callable[[Line | Progress], None]


def language_of(environment: Mapping[str, str]) -> str:
    """The language of a terminal's owner: Chinese where the locale is Chinese, else English.

    >>> language_of({"LANG": "zh_CN.UTF-8"}), language_of({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}), language_of({})
    ('zh_CN', 'en', 'en')
    """
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    return "zh_CN" if locale.lower().startswith("zh") else "en"


class Terminal:
    """Shows what is said: lines as they come, and progress as a bar where standard error is a terminal. A pipe gets
    the lines alone."""

    def __init__(self) -> None:
        self._bar_shown = False

    def __call__(self, said: Line | Progress) -> None:
        """Show it now."""
        if isinstance(said, Progress):
            self._show(said)
            return
        self._clear()
        click.echo(said.text, err=said.wrong)
        (sys.stderr if said.wrong else sys.stdout).flush()

    def _show(self, progress: Progress) -> None:
        if not sys.stderr.isatty() or not progress.total:
            return
        filled = _BAR * progress.done // progress.total
        bar = "#" * filled + "-" * (_BAR - filled)
        click.echo(f"\r\x1b[2K[{bar}] {progress.done}/{progress.total} {progress.what}", err=True, nl=False)
        self._bar_shown = True
        if progress.done >= progress.total:
            self._clear()

    def _clear(self) -> None:
        if self._bar_shown:
            click.echo("\r\x1b[2K", err=True, nl=False)
            self._bar_shown = False


def in_columns(rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> list[str]:
    """The rows as lines with aligned columns; ``right`` are the columns of figures. A Chinese sign is two wide.

    >>> in_columns([["102", "银行存款", "49.11"], ["1121", "现金", "1200.00"]], right=[2])
    ['102   银行存款    49.11', '1121  现金      1200.00']
    """
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            " " * (width - _width(cell)) + cell if place in right else cell + " " * (width - _width(cell))
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
