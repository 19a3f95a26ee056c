"""``batch``: a posted run's payments, from the batch to the bank's answer."""

import datetime
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from ledger.money import yuan
from payouts.batches import actions, queries
from payouts.runs import queries as runs
from payouts.runs.rules import RunName, name_of, run_must_exist
from schemas.batches import Batch, Channel, Outcome, Reason, Told
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.runs import Run
from schemas.units import Value
from web.auth.keys import Keys
from web.batch_answers import (
    BatchAnswer,
    BatchItem,
    DueItem,
    DueTotal,
    TakenAnswer,
    batch_answer,
    batch_item,
    due_items,
    due_totals,
    taken_answer,
)
from web.batch_files import BankFile, bank_file, rows_of
from web.cli.command import CommandGroup, Place, as_json, command
from web.cli.crossings import send_on
from web.cli.house import House
from web.cli.serving import day_must_be_written_so
from web.database import Connection
from web.i18n import say_word
from web.i18n.words import N_

answer_must_be_one = Fault(
    code="answer_must_be_one",
    says="A file and lines are given, or neither.",
    remedy="Give the bank's FILE, or what became of lines with --paid and --failed.",
)
failure_must_be_written_so = Fault(
    code="failure_must_be_written_so",
    says="{given} is no line with its reason.",
    remedy="Write the number of the line and why it came back: 7=name ({reasons}).",
)

file_must_not_be_there = Fault(
    code="file_must_not_be_there",
    says="{file} is there already.",
    remedy="Choose another name; a file with accounts in full is not written over.",
)

batch = CommandGroup(
    name="batch",
    help=N_(
        "What of a posted run is sent to the bank or paid in cash, and what came back.\n\nRUN is the name that `run new` "
        "prints, NUMBER the batch's number in its book. One person makes a batch, another sends it; what the bank says was "
        "paid is posted, what came back is owed as before."
    ),
)
_by = click.option("--by", required=True, metavar="PERSON", help=N_("Who does it."))
_on = click.option("--on", metavar="DATE", help=N_("The day it is done, 2026-02-12; without it today."))


class Dues(Value):
    """Where a run's money is: in sums, payee by payee, and its batches."""

    totals: tuple[DueTotal, ...]
    items: tuple[DueItem, ...]
    batches: tuple[BatchItem, ...]


class Written(Value):
    """The file that was written."""

    file: str
    batch: BatchItem


@command(
    group=batch,
    writes=True,
    says=N_(
        "Make a batch of a posted run; prints its number.\n\nOf everybody who may be paid now, or of those named with --payee."
    ),
)
@click.argument("run")
@click.option(
    "--channel",
    type=click.Choice([one.value for one in Channel]),
    default=Channel.BANK.value,
    help=N_("Through the bank, or in cash."),
)
@click.option(
    "--format", "form", default="", metavar="FORMAT", help=N_("The bank's file format; none for cash.")
)
@click.option(
    "--account",
    default="",
    metavar="CODE",
    help=N_("The account it is paid from; without it 102, for cash 101."),
)
@click.option(
    "--payee", "payees", multiple=True, metavar="NO", help=N_("A member to be paid; may be repeated.")
)
@_by
@_on
@click.option("--dry-run", is_flag=True, help=N_("Do everything, show it, and undo it."))
@as_json
def make(
    house: House,
    run: str,
    channel: str,
    form: str,
    account: str,
    payees: list[str],
    by: str,
    on: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a batch."""
    name = _name(run)
    person, (day, at) = house.person(by, book=name.book), _when(house, on)
    through = Channel(channel)

    def act(db: Connection) -> BatchAnswer:
        made = actions.make(
            db,
            name,
            channel=through,
            form=form,
            account=account or _ACCOUNTS[through],
            payees=payees or None,
            by=person,
            on=day,
            at=at,
        )
        return batch_answer(db, made)

    answer = house.act(act, book=name.book, keep=not dry_run)
    if as_json:
        house.json(answer)
        return
    if dry_run:
        house.tell(N_("A dry run: nothing was written."))
    _show(house, answer)


@command(
    group=batch,
    name="file",
    writes=True,
    says=N_(
        "Write the bank's file of a batch, with every account in full; that it was taken is logged.\n\nThe file is readable by "
        "its owner only; delete it when the bank has it."
    ),
)
@click.argument("book")
@click.argument("number", type=click.IntRange(1))
@click.argument("file", type=Place())
@_by
@as_json
def file_(house: House, book: str, number: int, file: str, by: str, as_json: bool) -> None:
    """Write the file."""
    found = house.book(book)
    person, at, keys = house.person(by, book=found.id), house.now()[1], Keys(house.settings.key_file)

    if Path(file).exists():
        raise Refusal(file_must_not_be_there.at("/file", file=file))

    def act(db: Connection) -> tuple[BankFile, BatchItem]:
        made = bank_file(db, book=found, number=number, vault=keys.ready(db, at=at), by=person, at=at)
        return made, batch_item(_there(db, found.id, number))

    made, item = house.act(act, book=found.id)
    with open(file, "xb", opener=_for_its_owner) as out:
        out.write(made.content)
    if as_json:
        house.json(Written(file=file, batch=item))
    else:
        house.tell(N_("{file}: {count} lines, {total}."), file=file, count=item.lines, total=yuan(item.total))


def _for_its_owner(path: str, flags: int) -> int:
    """A file that its owner alone reads."""
    return os.open(path, flags, 0o600)


@command(group=batch, writes=True, says=N_("Send a batch out: another person than who made it."))
@click.argument("book")
@click.argument("number", type=click.IntRange(1))
@_by
@_on
@as_json
def send(house: House, book: str, number: int, by: str, on: str | None, as_json: bool) -> None:
    """Send."""
    found = house.book(book)
    person, (day, at) = house.person(by, book=found.id), _when(house, on)
    moved = house.act(
        lambda db: batch_item(actions.send(db, found.id, number, by=person, on=day, at=at)), book=found.id
    )
    _tell(house, moved, as_json=as_json)


@command(group=batch, writes=True, says=N_("Void a batch that was not sent; its lines may go into another."))
@click.argument("book")
@click.argument("number", type=click.IntRange(1))
@_by
@click.option("--reason", required=True, help=N_("Why."))
@as_json
def void(house: House, book: str, number: int, by: str, reason: str, as_json: bool) -> None:
    """Void."""
    found = house.book(book)
    person, (_, at) = house.person(by, book=found.id), house.now()
    moved = house.act(
        lambda db: batch_item(actions.void(db, found.id, number, by=person, at=at, reason=reason)),
        book=found.id,
    )
    _tell(house, moved, as_json=as_json)


@command(
    group=batch,
    writes=True,
    says=N_(
        "Take what the bank says of a batch: its return FILE, or lines by --paid and --failed.\n\nThe same again changes "
        "nothing; of a file with a row that does not fit nothing is taken."
    ),
)
@click.argument("book")
@click.argument("number", type=click.IntRange(1))
@click.argument("file", type=Place(), required=False)
@click.option(
    "--paid", multiple=True, type=click.IntRange(1), metavar="LINE", help=N_("A line that was paid.")
)
@click.option(
    "--failed", multiple=True, metavar="LINE=REASON", help=N_("A line that came back, and why: 7=name.")
)
@click.option("--said", default="", help=N_("What was said of these lines, in a few words."))
@click.option("--day", metavar="DATE", help=N_("The day the money arrived or came back; without it today."))
@_by
@_on
@as_json
def answer(
    house: House,
    book: str,
    number: int,
    file: str | None,
    paid: list[int],
    failed: list[str],
    said: str,
    day: str | None,
    by: str,
    on: str | None,
    as_json: bool,
) -> None:
    """Take an answer."""
    if (file is None) == (not paid and not failed):
        raise Refusal(answer_must_be_one.at())
    found = house.book(book)
    person, (today, at) = house.person(by, book=found.id), _when(house, on)
    told = _told(paid, failed, said=said, day=today if day is None else _day(day))
    content = None if file is None else rows_of(Path(file).read_bytes())

    def act(db: Connection) -> TakenAnswer:
        of = _there(db, found.id, number)
        if content is None:
            made = actions.take_told(db, found.id, number, told, by=person, on=today, at=at)
        else:
            made = actions.take_file(db, found.id, number, content, by=person, on=today, at=at)
        return taken_answer(db, of, made)

    taken = house.act(act, book=found.id)
    send_on(house, source=found.id)
    if as_json:
        house.json(taken)
        return
    house.tell(N_("{added} new, {repeated} known already."), added=taken.added, repeated=taken.repeated)
    _tell(house, taken.batch, as_json=False)


@command(
    group=batch,
    says=N_(
        "Show where a run's money is, or a batch with its lines.\n\nWith RUN: who is paid, on the way, come back. With BOOK and "
        "NUMBER: one batch."
    ),
)
@click.argument("run_or_book")
@click.argument("number", type=click.IntRange(1), required=False)
@as_json
def show(house: House, run_or_book: str, number: int | None, as_json: bool) -> None:
    """Show."""
    if number is None:
        _show_dues(house, _name(run_or_book), as_json=as_json)
        return
    found = house.book(run_or_book)
    with house.read() as db:
        shown = batch_answer(db, _there(db, found.id, number))
    if as_json:
        house.json(shown)
    else:
        _show(house, shown)


def _show_dues(house: House, name: RunName, *, as_json: bool) -> None:
    with house.read() as db:
        run = _run(db, name)
        dues = tuple(queries.dues(db, run).values()) if run.is_booked else ()
        shown = Dues(
            totals=due_totals(dues),
            items=due_items(db, run, dues),
            batches=tuple(map(batch_item, queries.batches(db, book=name.book, run=name))),
        )
    if as_json:
        house.json(shown)
        return
    house.table(
        (N_("State"), N_("Payees"), N_("Amount")),
        [(_word(house, f"due.{one.state}"), str(one.count), yuan(one.total)) for one in shown.totals],
        right=(1, 2),
    )
    house.table(
        (N_("Member"), N_("Name"), N_("Amount"), N_("State"), N_("Account"), N_("Reason")),
        [
            (
                one.payee,
                one.name,
                yuan(one.net),
                _word(house, f"due.{one.state}"),
                one.account,
                "" if one.reason is None else _word(house, f"reason.{one.reason}"),
            )
            for one in shown.items
        ],
        right=(2,),
    )
    for one in shown.batches:
        _tell(house, one, as_json=False)


def _show(house: House, shown: BatchAnswer) -> None:
    _tell(house, shown.batch, as_json=False)
    house.table(
        (N_("Line"), N_("Member"), N_("Name"), N_("Account"), N_("Amount"), N_("Answer"), N_("Reason")),
        [
            (
                str(one.no),
                one.payee,
                one.name,
                one.account,
                yuan(one.amount),
                "" if one.outcome is None else _word(house, f"outcome.{one.outcome}"),
                "" if one.reason is None else _word(house, f"reason.{one.reason}"),
            )
            for one in shown.items
        ],
        right=(0, 4),
    )


def _tell(house: House, one: BatchItem, *, as_json: bool) -> None:
    if as_json:
        house.json(one)
    else:
        house.tell(
            N_("Batch {number} ({name}) of {run}: {state}, {count} lines, {total}"),
            number=one.number,
            name=one.name,
            run=one.run,
            state=_word(house, f"batch.{one.state}"),
            count=one.lines,
            total=yuan(one.total),
        )


_ACCOUNTS: Mapping[Channel, str] = {Channel.BANK: "102", Channel.CASH: "101"}
"""银行存款 and 库存现金 of both standards, where no account is named."""


def _told(paid: Sequence[int], failed: Sequence[str], *, said: str, day: datetime.date) -> tuple[Told, ...]:
    reasons = {reason.value: reason for reason in Reason}
    problems, told = [], [Told(line=line, outcome=Outcome.PAID, on=day, said=said) for line in paid]
    for given in failed:
        line, _, reason = given.partition("=")
        if reason not in reasons or not line.isdecimal() or not 1 <= int(line) <= 10**6:
            problems.append(
                failure_must_be_written_so.at("/failed", given=given[:80], reasons=", ".join(reasons))
            )
            continue
        told.append(Told(line=int(line), outcome=Outcome.FAILED, on=day, reason=reasons[reason], said=said))
    if problems:
        raise Refusal(*problems)
    return tuple(told)


def _word(house: House, code: str) -> str:
    return say_word(house.language, code)


def _there(db: Connection, book: str, number: int) -> Batch:
    found = queries.batch(db, book=book, number=number)
    if found is None:
        raise Refusal(actions.batch_must_exist.at("/batch", number=number), kind=RefusalKind.MISSING)
    return found


def _run(db: Connection, name: RunName) -> Run:
    found = runs.run(db, name)
    if found is None:
        raise Refusal(run_must_exist.at("/run", run=name), kind=RefusalKind.MISSING)
    return found


def _name(text: str) -> RunName:
    name = name_of(text)
    if name is None:
        raise Refusal(run_must_exist.at("/run", run=text), kind=RefusalKind.MISSING)
    return name


def _when(house: House, on: str | None) -> tuple[datetime.date, datetime.datetime]:
    today, at = house.now()
    return (today if on is None else _day(on)), at


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Refusal(day_must_be_written_so.at("/on", given=text)) from None
