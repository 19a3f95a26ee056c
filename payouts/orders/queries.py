"""What the accounts of a kind owe to whom, and the inputs of an order over it."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from msgspec.structs import replace
from sqlalchemy import Connection

from coop.members import queries as members
from coop.shares import queries as shares
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.charts import standard
from payouts.batches import queries as batches
from payouts.batches.rules import net_parts
from payouts.orders import rules
from payouts.runs import queries as runs
from payouts.runs.rules import RunName, payable_accounts
from schemas.batches import DueState
from schemas.books import Book, BookAccount
from schemas.problems import Refusal
from schemas.runs import BOOKED, OrderChoice, OrderInputs, Owed, Run, RunKind, RunState
from schemas.units import BookId, Fen, Period

_EVER: Period = 299_913
Place = tuple[str, str]
"""An account of the book, and a member."""


def owed(db: Connection, *, book: Book, kind: RunKind, through: Period) -> tuple[Owed, ...]:
    """What may be paid by an order of a kind now, by account and member: what stood at the end of a month and still
    stands, less what posted runs have promised. A leaver's settlement is a leaver's order's alone. Refused: the book's
    standard knows no such debt."""
    accounts = accounts_of(db, book=book, kind=kind)
    known = members.members(db, book=book.id)
    promised = _promised(db, book=book, accounts=accounts)
    settlements = _settlements(db, book=book, accounts=accounts)
    found = []
    for place, (stood, stands) in _standing(db, book=book, accounts=accounts, through=through).items():
        left, settlement = stands - promised.get(place, 0), settlements.get(place, 0)
        of_kind = min(left, settlement) if kind is RunKind.LEAVER else left - settlement
        account, member = place
        if min(stood, of_kind) > 0 and member in known:
            found.append(Owed(account=account, member=member, owed=min(stood, of_kind)))
    return tuple(found)


def inputs(db: Connection, *, book: Book, kind: RunKind, year: int, choice: OrderChoice) -> OrderInputs:
    """What an order of this choice follows from now. Refused: the kind, an account that is not named, or taxes without
    an account of theirs."""
    stands = owed(db, book=book, kind=kind, through=choice.through)
    lines = rules.lines_of(stands, choice.lines)
    accounts = accounts_of(db, book=book, kind=kind)
    withholds = any(line.withheld for line in lines)
    tax = choice.tax.strip() or rules.TAX
    return OrderInputs(
        book=book.id,
        kind=kind,
        year=year,
        through=choice.through,
        accounts={
            code: accounts[code].name if code in accounts else code
            for code in sorted({line.account for line in lines})
        },
        tax_account=_tax_account(db, book=book, tax=tax) if withholds else "",
        tax=tax if withholds else "",
        lines=lines,
    )


def inputs_again(db: Connection, *, book: Book, frozen: OrderInputs) -> OrderInputs:
    """The same choice over what is owed by now."""
    now = {
        (one.account, one.member): one.owed
        for one in owed(db, book=book, kind=frozen.kind, through=frozen.through)
    }
    lines = tuple(replace(line, owed=now.get((line.account, line.member), 0)) for line in frozen.lines)
    return replace(frozen, lines=lines)


def open_order(db: Connection, *, book: BookId, kind: RunKind) -> Run | None:
    """The order of a kind that is under way: neither posted nor taken back."""
    over = {*BOOKED, RunState.REVERTED}
    return next((one for one in runs.runs(db, book=book, kind=kind) if one.state not in over), None)


def accounts_of(db: Connection, *, book: Book, kind: RunKind) -> Mapping[str, BookAccount]:
    """The lowest accounts of a book that owe what orders of a kind pay, by code. Refused: its standard knows none."""
    chart = standard(book.standard)
    code = rules.payable(kind, chart)
    if not code:
        raise Refusal(rules.payable_must_be_kept.at("/kind", standard=chart.document, kind=f"run.{kind}"))
    return {
        one.code: one
        for one in books.accounts(db, book=book).values()
        if one.statutory.code == code and one.lowest
    }


def _tax_account(db: Connection, *, book: Book, tax: str) -> str:
    code = standard(book.standard).payables.taxes
    lowest = [
        one for one in books.accounts(db, book=book).values() if one.statutory.code == code and one.lowest
    ]
    found = [one for one in lowest if one.code == code or one.name == tax]
    if not found:
        raise Refusal(rules.tax_must_have_an_account.at("/tax", account=code or "—", tax=tax))
    return found[0].code


def _standing(
    db: Connection, *, book: Book, accounts: Collection[str], through: Period
) -> Mapping[Place, tuple[Fen, Fen]]:
    """What the accounts owed at the end of a month, and what they owe now, by account and member."""
    after = through + 1 if through % 100 < 12 else (through // 100 + 1) * 100
    return {
        (row.account, row.detail): (-row.opening, -row.closing)
        for code in {code[:3] for code in accounts}
        for row in balances.details_between(
            db, book=book.id, from_period=after, to_period=_EVER, account=code
        )
        if row.account in accounts
    }


def _promised(db: Connection, *, book: Book, accounts: Collection[str]) -> Mapping[Place, Fen]:
    """What posted runs owe on these accounts and have not paid yet."""
    chart, codes = standard(book.standard), {code[:3] for code in accounts}
    found: defaultdict[Place, Fen] = defaultdict(int)
    for run in runs.runs(db, book=book.id):
        if run.is_booked and not codes.isdisjoint(payable_accounts(run.kind, standard=chart)):
            for due in batches.dues(db, run).values():
                if due.state is not DueState.PAID:
                    for part in net_parts(due):
                        if part.account in accounts:
                            found[part.account, part.detail] += part.amount
    return found


def _settlements(db: Connection, *, book: Book, accounts: Collection[str]) -> Mapping[Place, Fen]:
    """What leavers were settled by the register's act and no posted leaver's order has taken up."""
    found = defaultdict[Place, Fen](int, shares.settled_to_leavers(db, book=book.id))
    for run in runs.runs(db, book=book.id, kind=RunKind.LEAVER):
        if run.is_booked:
            name = RunName(book=run.book, kind=run.kind, year=run.year, round=run.round)
            parts = {part.no: part.basis for part in runs.parts(db, name, content=run.content)}
            for line in runs.lines(db, name, content=run.content):
                found[parts[line.part], line.payee] -= line.amount
    return {place: max(amount, 0) for place, amount in found.items() if place[0] in accounts}
