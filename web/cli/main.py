"""``lianjian``: the list of commands. Exit status 0 is done, 1 findings or a refusal, 2 wrong usage."""

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from keyword import iskeyword
from typing import NamedTuple

import click

from web.cli import handover
from web.cli.command import FINDINGS, USAGE, CommandGroup, HouseCommand, said
from web.cli.house import Doors, House
from web.cli.speech import Line, Say, language_of
from web.i18n import say
from web.i18n.words import N_
from web.settings import Settings

_log = logging.getLogger("lianjian.commands")


class Entry(NamedTuple):
    """A command before it is loaded: its file and what the list of commands says of it."""

    file: str
    line: str


COMMANDS: Mapping[str, Entry] = {
    "serve": Entry(
        "serving", N_("the service on the embedded database, or on the one in LIANJIAN_DATABASE_URL")
    ),
    "demo": Entry(
        "demonstration", N_("the example township in a folder of its own, with a login for each role")
    ),
    "import": Entry("packs", N_("take in a hand-over pack, all or nothing")),
    "check": Entry("proof", N_("prove the books")),
    "export": Entry("exports", N_("the whole book as beancount text, a workbook, JSON or GB/T 24589")),
    "books": Entry("books", N_("which books there are")),
    "trial-balance": Entry("books", N_("the trial balance of a book")),
    "statement": Entry("books", N_("a statutory statement of a year")),
    "member": Entry("books", N_("a member's account")),
    "data-quality": Entry("spot_checks", N_("the books of a place by what spot checks found")),
    "inventory": Entry("collectives", N_("what a collective has: resources, assets, funds")),
    "contracts": Entry("collectives", N_("a collective's contracts, what falls due and what was received")),
    "project-money": Entry("collectives", N_("the project money of a place's villages by source")),
    "spot-check": Entry("spot_checks", N_("a month's spot check, to read and to draw again")),
    "close": Entry("periods", N_("close a month, or what is left of a year and settle it")),
    "close-calendar": Entry("periods", N_("which months are closed in every book")),
    "register": Entry("register", N_("contributions, transfers, leaving: the acts of the register")),
    "policy": Entry("policies", N_("what charter and meeting chose, and what another choice would change")),
    "run": Entry("runs", N_("a year's commission or dividend, step by step")),
    "appeal": Entry("appeals", N_("what people do not agree with: recorded from paper, and answered")),
    "batch": Entry("batches", N_("a posted run's payments, from the batch to the bank's answer")),
    "outbox": Entry("crossings", N_("what crossed from or to a book, and what waits")),
    "payment-notice": Entry(
        "crossings", N_("the paper a voucher that landed from another book is proved by")
    ),
    "bank": Entry("bank_line", N_("the line to the bank: what is due, refused, or to be sent again")),
    "places": Entry(
        "places", N_("provinces, cities, counties, townships, villages, groups: entered, renamed, ended")
    ),
    "villages": Entry("boards", N_("the villages of a place: income, threshold, band, rank")),
    "ranking": Entry("boards", N_("the villages of a place by income over threshold")),
    "income": Entry("boards", N_("a village's income of a year, and what lacks evidence")),
    "thresholds": Entry("boards", N_("what villages have to earn: known, entered and approved")),
    "snapshots": Entry("snapshots", N_("a township's frozen months, with the villages' ranks")),
    "lists": Entry("snapshots", N_("the red and the black list of a frozen month, and appeals against them")),
    "alerts": Entry("alerts", N_("red lines a township's villages broke, and what followed")),
    "alert": Entry("alerts", N_("what is said of an alert: told, explained, closed")),
    "red-lines": Entry("alerts", N_("what a township watches: built in, entered and approved")),
    "figures": Entry("figures", N_("what other departments say, from the file to its entry")),
    "report": Entry("monthly_reports", N_("the monthly reports of a township or county, and their files")),
    "tick": Entry("serving", N_("what falls due by date, once however often called")),
    "backup": Entry("backups", N_("a copy of the running service in one file")),
    "restore": Entry("backups", N_("bring a backup back into an empty place, and prove it")),
    "user": Entry("users", N_("people with a login, and their roles")),
    "token": Entry("tokens", N_("tokens for programs")),
    "key": Entry("keys", N_("the key that seals identity data: adding one")),
    "webhook": Entry("webhooks", N_("other programs that are told of what happens")),
    "distribute": Entry("clusters", N_("spread the tables over a Citus cluster by book")),
    "bench": Entry("bench", N_("the published benchmarks")),
}


class Commands(CommandGroup):
    """All commands, each loaded when it is called: asking for the books does not load the service."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Their names, in the order in which they are met."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        """The command of this name."""
        entry = COMMANDS.get(name)
        if entry is None:
            return None
        function = name.replace("-", "_")
        made = getattr(
            import_module(f"web.cli.{entry.file}"), f"{function}_" if iskeyword(function) else function
        )
        assert isinstance(made, click.Command)
        return made

    def line_of(self, _ctx: click.Context, name: str) -> str:
        """What the list says of it."""
        return said(COMMANDS[name].line)


cli = Commands(
    name="lianjian",
    help=N_(
        "Lianjian 联建: the books of joint build, joint raise.\n\n"
        "BOOK is a book's id, its 单位简称, or for a collective's book its village code. PERSON is a person's number, "
        "login or name. Data lie under LIANJIAN_HOME.\n\n"
        "Exit status: 0 done, 1 findings or a refusal, 2 wrong usage."
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    no_args_is_help=True,
)
click.version_option(package_name="lianjian", prog_name="lianjian", help=N_("Show the version."))(cli)


def run_for_another(
    command: handover.Command, user: str, say_: Say, *, settings: Settings, doors: Doors
) -> int:
    """Run a command that was handed over, inside the service; its exit status."""
    try:
        found = _found(command.name)
        house = House(
            settings,
            command=" ".join(command.name),
            user=user,
            language=command.language,
            say=say_,
            doors=doors,
        )
        return found.run_in(house, command.given)
    except Exception:  # noqa: BLE001  whoever gave it is told, and the service goes on
        _log.exception("the command %s of %s failed", " ".join(command.name), user)
        text = say(command.language, N_("The command failed; the reason is in the service's log."))
        say_(Line(text=text, wrong=True))
        return FINDINGS


def _found(name: Sequence[str]) -> HouseCommand:
    found: click.Command = cli
    context = click.Context(cli)
    for part in name:
        assert isinstance(found, click.Group), f"{part} is a command of a group"
        inner = found.get_command(context, part)
        assert inner is not None, f"{part} is a command of this version"
        found = inner
    assert isinstance(found, HouseCommand), "only commands of the house are handed over"
    return found


def main(words: Sequence[str] | None = None) -> None:
    """The entry of the command line."""
    try:
        status = cli.main(args=words, prog_name="lianjian", standalone_mode=False)
    except click.UsageError as error:
        _explain(error)
        status = USAGE
    except click.ClickException as error:
        error.show()
        status = FINDINGS
    except click.Abort:
        status = FINDINGS
    sys.exit(status or 0)


def _explain(error: click.UsageError) -> None:
    """What is wrong with the words given, in the reader's language."""
    speak = partial(say, language_of(os.environ))
    if error.ctx is not None:
        formatter = error.ctx.make_formatter()
        error.ctx.command.format_usage(error.ctx, formatter)
        click.echo(formatter.getvalue().rstrip(), err=True)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        text = speak(N_("{name} is missing."), {"name": _name_of(error.param)})
    elif isinstance(error, click.NoSuchOption):
        text = speak(N_("There is no option {name}."), {"name": error.option_name})
    elif isinstance(error, click.BadParameter) and error.param is not None:
        name = (
            error.param.opts[0]
            if error.param.param_type_name == "option"
            else error.param.human_readable_name
        )
        text = speak(
            N_("{name} is not written as it must be: {reason}"), {"name": name, "reason": error.message}
        )
    else:
        text = error.format_message()
    click.echo(text, err=True)
    if error.ctx is not None:
        click.echo(speak(N_("See: {command}"), {"command": f"{error.ctx.command_path} --help"}), err=True)


def _name_of(parameter: click.Parameter) -> str:
    return parameter.opts[0] if isinstance(parameter, click.Option) else (parameter.name or "").upper()
