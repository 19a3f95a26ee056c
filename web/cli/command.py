"""How a command is declared, and where it runs.

    @command(says=N_("Close a month …"), writes=True)
    @click.argument("book")
    def close(house: House, book: str) -> int | None: ...

A command that only reads runs where it is given. One that writes to an embedded database runs in the service, when
one is running, and otherwise here, alone; on a server database it runs here. A function of a command takes what was
given as plain values, because they may have travelled.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import click

from ledger.charts import use_copies_in
from schemas.problems import Fault, Problem, Refusal
from web import free_text
from web.cli import handover
from web.cli.handover import Given
from web.cli.house import Findings, House, finding, line_of, opened_alone, opened_for_reading
from web.cli.speech import Say, Terminal, language_of
from web.database import only_writer, writer_must_be_alone
from web.i18n import say
from web.i18n.words import N_
from web.settings import Settings, settings_from

DONE, FINDINGS, USAGE = 0, 1, 2
"""What an exit status means."""

file_must_be_in_reach = Fault(
    code="file_must_be_in_reach",
    says="{file} cannot be read or written: {reason}.",
    remedy="Check its path, and that you may read and write there.",
)
_PATIENCE = 10.0
"""Seconds a command waits for another command to finish with an embedded database."""

_NOT_GIVEN: tuple[Given, ...] = (None, False, "", [])
Act = Callable[..., int | None]


class Sentences(click.Command):
    """The parts of a help page that click would say in English, in the reader's language."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """What the command does."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(said(self.help or ""))

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The line that shows how the command is written."""
        pieces = self.collect_usage_pieces(ctx)
        formatter.write_usage(ctx.command_path, " ".join(pieces), f"{said(N_('Usage'))}: ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, each with its words."""
        options = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        with formatter.section(said(N_("Options"))):
            formatter.write_dl([_record(one, ctx) for one in options])

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """``--help``, in the reader's language."""
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = N_("Show this page.")
        return found


def _record(option: click.Option, ctx: click.Context) -> tuple[str, str]:
    names, _words = option.get_help_record(ctx) or ("", "")
    required = f" [{said(N_('required'))}]" if option.required else ""
    return names, f"{said(option.help or '')}{required}"


class CommandGroup(Sentences, click.Group):
    """Commands of one subject."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, then the commands."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands with a line each."""
        with formatter.section(said(N_("Commands"))):
            formatter.write_dl([(name, self.line_of(ctx, name)) for name in self.list_commands(ctx)])

    def line_of(self, ctx: click.Context, name: str) -> str:
        """One line about a command: the first sentence of what it says of itself."""
        found = self.get_command(ctx, name)
        text = said(found.help or "") if found else ""
        return text.partition("\n")[0]


class HouseCommand(Sentences):
    """A command of the house."""

    def __init__(self, *, act: Act, writes: bool, opens: bool, words: str, **declared: Any) -> None:
        super().__init__(callback=self._given, **declared)
        self.act, self.writes, self.opens, self.help = act, writes, opens, words

    def _logged(self, given: Mapping[str, Given]) -> Iterator[str]:
        """What was given, but for what is no other's business."""
        for one in self.params:
            value = given.get(one.name or "")
            if one.name != "as_json" and not isinstance(one.type, Secret) and value not in _NOT_GIVEN:
                yield f"{one.name}={value}"

    def _typed(self, given: Mapping[str, Given]) -> Iterator[tuple[str, Given]]:
        """What was given in words: no secret, and no path of a file."""
        return (
            (one.name, given.get(one.name))
            for one in self.params
            if one.name and not isinstance(one.type, Secret | Place)
        )

    def run_in(self, house: House, given: Mapping[str, Given]) -> int:
        """Run in an opened house; a refusal is told with everything that is wrong."""
        house.begin(" ".join(self._logged(given)))
        try:
            if problems := free_text.problems_in(dict(self._typed(given))):
                raise Refusal(*problems)
            return self.act(house, **given) or DONE
        except Refusal as refusal:
            problems = refusal.problems
        except BrokenPipeError:
            raise  # whoever read the answer has gone: click ends the program without a word
        except OSError as error:
            problems = (_out_of_reach(error),)
        found = house.findings(problems)
        if given.get("as_json"):
            house.json(Findings(problems=found))
        else:
            for one in found:
                house.show(one)
        return FINDINGS

    def _given(self, **parsed: Any) -> None:
        given = {name: list(value) if isinstance(value, tuple) else value for name, value in parsed.items()}
        context = click.get_current_context()
        name = tuple(context.command_path.split()[1:])
        settings, terminal = settings_from(), Terminal()
        context.exit(self._run(name, given, settings, terminal))

    def _run(
        self, name: tuple[str, ...], given: Mapping[str, Given], settings: Settings, terminal: Say
    ) -> int:
        language, user = language_of(os.environ), handover.name_of_user(os.getuid())
        here = partial(House, settings, command=" ".join(name), user=user, language=language, say=terminal)
        use_copies_in(settings.charts)
        try:
            if not self.opens:
                return self.run_in(here(doors=None), given)
            with ExitStack() as stack:
                if self.writes and settings.embedded:
                    command = handover.Command(name=name, given=given, language=language)
                    status = _hand_over_or_lock(settings, command, terminal, stack)
                    if status is not None:
                        return status
                opened = opened_alone(settings) if self.writes else opened_for_reading(settings)
                return self.run_in(here(doors=stack.enter_context(opened)), given)
        except Refusal as refusal:
            for problem in refusal.problems:
                terminal(line_of(finding(problem, language)))
            return FINDINGS
        except BrokenPipeError:
            raise
        except OSError as error:
            terminal(line_of(finding(_out_of_reach(error, settings.home), language)))
            return FINDINGS


def _out_of_reach(error: OSError, place: Path | None = None) -> Problem:
    file = str(error.filename or place or "")
    return file_must_be_in_reach.at("", file=file, reason=str(error.strerror or error))


def command(
    *,
    says: str,
    writes: bool = False,
    opens: bool = True,
    name: str | None = None,
    group: click.Group | None = None,
) -> Callable[[Act], HouseCommand]:
    """Make a function a command. ``says`` is its help, its first line what the list of commands shows. One that does
    not open the database (``opens=False``) finds it closed, and may find none."""

    def declare(act: Act) -> HouseCommand:
        parameters = list(reversed(getattr(act, "__click_params__", [])))
        made = HouseCommand(
            act=act,
            writes=writes,
            opens=opens,
            words=says,
            name=name or act.__name__.replace("_", "-"),
            params=parameters,
        )
        if group is not None:
            group.add_command(made)
        return made

    return declare


def said(message: str) -> str:
    """A message of a help page in the language of this process's terminal."""
    return say(language_of(os.environ), message)


class Place(click.ParamType[str]):
    """A file or folder; it travels as its full path, because the service works in a folder of its own."""

    name = "path"

    def convert(self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None) -> str:
        """The full path."""
        return str(Path(value).absolute())


class Secret(click.ParamType[str]):
    """Something that is no other's business: it is left out of the log, and ``-`` reads it from standard input, where
    no list of processes shows it."""

    name = "secret"

    def convert(self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None) -> str:
        """The text itself, or a line of standard input."""
        return sys.stdin.readline().strip() if value == "-" else str(value)


as_json = click.option("--json", "as_json", is_flag=True, help=N_("Answer in JSON, for a program."))
by_person = click.option(
    "--by", metavar="PERSON", help=N_("Who does it; without it, the operating system's user.")
)


def _hand_over_or_lock(
    settings: Settings, command: handover.Command, say: Say, stack: ExitStack
) -> int | None:
    """Have the running service run the command and return its status; or hold the right to write until the stack
    closes. While another command holds it, wait: both ways may open in a moment."""
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    give_up = time.monotonic() + _PATIENCE
    while True:
        status = handover.handed_over(settings.home, command, say)
        if status is not None:
            return status
        try:
            stack.enter_context(only_writer(settings.database_url))
        except Refusal as refusal:
            busy = refusal.problems[0].code == writer_must_be_alone.code
            if not busy or time.monotonic() >= give_up:
                raise
            time.sleep(0.05)
        else:
            return None
