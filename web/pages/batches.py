"""发放批次: the batches of a book, how far each has come, and on a booked run's page where the money is, what came back, and
the next batch."""

from collections.abc import Sequence
from typing import NamedTuple

from coop.members import queries as members
from ledger.books import queries as books
from ledger.money import yuan_grouped
from payouts.batches import actions, formats, queries, rules
from payouts.batches.queries import Returned, Standing
from payouts.messages import queries as messages
from payouts.runs import queries as runs
from payouts.runs.rules import RunName, name_of, run_must_exist
from schemas.access import Deed
from schemas.batches import Batch, Channel, DueState
from schemas.books import Book, BookAccount
from schemas.charts import DetailUse, Money
from schemas.problems import Refusal, RefusalKind
from schemas.runs import Run
from schemas.units import Fen
from web import wire
from web.database import Connection
from web.i18n.words import N_
from web.pages.filters import code_of
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, number_from, shows
from web.people_names import names_of as names_of_people

BATCHES_A_PAGE = 50
MOST_TICKED = 200
"""Payees a form offers to tick one by one; with more they are typed by number."""
CASH = "cash"
"""What the form of a new batch calls paying in cash, where a bank's format stands otherwise."""


class Where(NamedTuple):
    """How many payees' money is there, and how much."""

    state: DueState
    payees: int
    total: Fen


class Payable(NamedTuple):
    """Somebody who may be put into a batch now."""

    payee: str
    name: str
    amount: Fen
    came_back: bool


class Payments(NamedTuple):
    """Where a booked run's money is, its batches, what came back, and what a new batch may be made of."""

    where: Sequence[Where]
    total: Fen
    payees: int
    standings: Sequence[Standing]
    returned: Sequence[Returned]
    payable: Sequence[Payable]
    payable_total: Fen
    formats: Sequence[tuple[str, str]]
    bank: Sequence[BookAccount]
    cash: Sequence[BookAccount]
    ticked: bool


def payments_of(visit: Visit, run: Run) -> Payments | None:
    """Where a run's money is; None while nothing of it is booked."""
    if not run.is_booked:
        return None
    name = name_of(run.id)
    assert name is not None, "what is kept has a name"
    dues = queries.dues(visit.db, run)
    where = [
        Where(state, len(of), sum(due.net for due in of))
        for state in DueState
        for of in [[due for due in dues.values() if due.state is state]]
        if of or state is not DueState.HELD
    ]
    payable = rules.payable(dues.values())
    ticked = visit.may(Deed.MAKE_BATCH) and len(payable) <= MOST_TICKED
    names = members.members(visit.db, book=visit.id) if ticked and payable else {}
    of_money = _money_accounts(visit.db, visit.at_book)
    return Payments(
        where=where,
        total=sum(one.total for one in where),
        payees=sum(one.payees for one in where),
        standings=queries.standings(visit.db, queries.batches(visit.db, book=visit.id, run=name)),
        returned=queries.returned(visit.db, books=[visit.id], run=name),
        payable=[
            Payable(due.payee, names[due.payee].name, due.net, due.state is DueState.RETURNED)
            for due in payable
        ]
        if ticked
        else [],
        payable_total=sum(due.net for due in payable),
        formats=[
            (name, form.title)
            for name, form in formats.formats().items()
            if form.kind != "direct" or visit.settings.bank_url
        ],
        bank=of_money[Money.BANK],
        cash=of_money[Money.CASH],
        ticked=ticked,
    )


def _money_accounts(db: Connection, book: Book) -> dict[Money, list[BookAccount]]:
    """The accounts money may be paid from."""
    found: dict[Money, list[BookAccount]] = {Money.BANK: [], Money.CASH: []}
    for account in books.accounts(db, book=book).values():
        kind = account.statutory.money
        if (
            kind in found
            and account.open
            and account.lowest
            and account.statutory.detail is not DetailUse.REQUIRED
        ):
            found[kind].append(account)
    return found


@shows("/books/{book}/batches", asks=("before",))
def list_batches(visit: Visit) -> Shown:
    """The batches of the book, the newest first."""
    given = visit.query.get("before", "")
    before = number_from(given)
    if given and before is None:
        raise wire.Unreadable(wire.must_be_whole_number.at("/before"))
    found = [one for one in queries.batches(visit.db, book=visit.id) if before is None or one.number < before]
    shown = found[:BATCHES_A_PAGE]
    more = len(found) > BATCHES_A_PAGE
    return visit.page(
        "batches.html",
        standings=queries.standings(visit.db, shown),
        runs=_runs_of(visit, shown),
        returned=queries.returned(visit.db, books=[visit.id]),
        names=names_of_people(visit.db, _people_of(shown), locale=visit.locale),
        first_page=f"{visit.home}/batches" if before else "",
        next_page=address(f"{visit.home}/batches", before=shown[-1].number) if more else "",
        over_the_line=bool(visit.settings.bank_url or messages.messages(visit.db, book=visit.id)),
    )


def _people_of(found: Sequence[Batch]) -> set[int]:
    return {person for one in found for person in (one.made_by, one.sent_by) if person is not None}


def _runs_of(visit: Visit, found: Sequence[Batch]) -> dict[str, Run]:
    wanted = {one.run for one in found}
    return {run.id: run for run in runs.runs(visit.db, book=visit.id) if run.id in wanted}


def run_of(visit: Visit, id: str) -> Run:
    """The run a form or a batch names; there is nothing at any other address."""
    name = name_of(id)
    run = None if name is None or name.book != visit.id else runs.run(visit.db, name)
    if run is None:
        raise Refusal(run_must_exist.at("/run", run=id[:80]), kind=RefusalKind.MISSING)
    return run


async def made(visit: Visit, name: RunName) -> Shown:
    """Make the batch a form on the run's page asks for: of everybody who may be paid, or of those who were chosen."""
    form = visit.field("format")
    channel = Channel.CASH if form == CASH else Channel.BANK
    batch = await visit.write(
        lambda db: actions.make(
            db,
            name,
            channel=channel,
            form="" if channel is Channel.CASH else form,
            account=code_of(visit.field(f"{channel}-account")),
            payees=_chosen(visit),
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(
        f"{visit.home}/batches/{batch.number}",
        notice=N_("Made: {count} lines, {total}. The cashier sends it."),
        count=batch.lines,
        total=yuan_grouped(batch.total),
    )


def _chosen(visit: Visit) -> list[str] | None:
    """Who was chosen; None is everybody."""
    if visit.field("whom", "all") == "all":
        return None
    typed = visit.field("payees").replace(",", " ").replace("，", " ").replace("、", " ").split()
    return [*visit.fields("payee"), *(code_of(one) for one in typed)]


def batch_there(visit: Visit, number: int) -> Batch:
    """The batch an address names."""
    found = queries.batch(visit.db, book=visit.id, number=number) if number else None
    if found is None:
        raise Refusal(actions.batch_must_exist.at("/batch", number=number), kind=RefusalKind.MISSING)
    return found


handlers = [list_batches]
