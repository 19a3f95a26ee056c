"""What the accounts of a kind owe to whom, and the inputs of an order over it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import partial

from msgspec.structs import replace
from sqlalchemy import Connection, and_, func, select

from coop.members import queries as members
from coop.members.rules import member_must_be_here
from coop.shares import queries as shares
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.charts import standard
from ledger.columns import table_of
from ledger.vouchers.tables import PostingRow, VoucherRow
from payouts.awards import queries as awards
from payouts.batches import queries as batches
from payouts.batches.rules import net_parts
from payouts.orders import debts, rules
from payouts.orders.debts import Booked, Debt
from payouts.orders.rules import Claim
from payouts.runs import queries as runs
from payouts.runs.rules import name_of, payable_accounts
from schemas.awards import Award, AwardState
from schemas.batches import DueState
from schemas.books import Book, BookAccount
from schemas.problems import Refusal
from schemas.runs import OrderChoice, OrderInputs, Owed, Run, RunKind, RunState
from schemas.units import BookId, Fen, Period, VoucherId
from schemas.vouchers import State

_EVER: Period = 299_913
_posting = table_of(PostingRow)
_voucher = table_of(VoucherRow)
Place = tuple[str, str]
"""An account of the book, and the detail somebody is owed on."""
Promises = Mapping[RunKind | None, Fen]
"""What posted runs have promised and not paid yet, by whose debts it is taken from."""


def owed(db: Connection, *, book: Book, kind: RunKind, through: Period) -> tuple[Owed, ...]:
    """What may be paid by an order of a kind now, by account and member: what was owed at the end of a month and is not
    paid yet, less what posted runs have promised. A leaver's settlement is a leaver's order's alone; bonuses and
    instalments are listed where it is known whose they are (``claims``). Refused: the book's standard knows no such
    debt."""
    if kind is RunKind.INSTALMENT:
        return rules.owed_of(claims(db, book=book, through=through))
    known = members.members(db, book=book.id)
    return tuple(
        Owed(account=account, member=member, owed=amount)
        for (account, member), amount in _payable(db, book=book, kind=kind, through=through).items()
        if member in known
    )


def claims(db: Connection, *, book: Book, through: Period) -> tuple[Claim, ...]:
    """What is owed of bonuses and their instalments, by account and person, with the members each may be: whom the last
    order over them paid, otherwise whoever bears the name."""
    named: defaultdict[str, list[str]] = defaultdict(list)
    for number, member in members.members(db, book=book.id).items():
        named[member.name].append(number)
    before = _paid_before(db, book=book.id)
    return tuple(
        Claim(
            account=account,
            person=person,
            owed=amount,
            members=(before[person],) if person in before else tuple(sorted(named[person])),
        )
        for (account, person), amount in _payable(
            db, book=book, kind=RunKind.INSTALMENT, through=through
        ).items()
    )


def bonuses(db: Connection, *, township: str, on: date, year: int | None = None) -> tuple[Award, ...]:
    """Every part of every bonus of a township as ``awards.awards`` says it stands on a day, and of what is booked where its money
    is now: paid by the books, on its way, sent back by the bank, or in an order that an appeal holds."""
    found = awards.awards(db, township=township, on=on, year=year)
    where = {
        book: _money_of_bonuses(db, book=book)
        for book in {one.book for one in found if one.state is AwardState.BOOKED and one.book is not None}
    }
    return tuple(
        replace(one, state=where[one.book].get((one.voucher, one.person), AwardState.PAID))
        if one.state is AwardState.BOOKED and one.book is not None
        else one
        for one in found
    )


def _money_of_bonuses(db: Connection, *, book: BookId) -> Mapping[tuple[VoucherId | None, str], AwardState]:
    """The bonuses a book still owes, by voucher and person."""
    of = books.book(db, id=book)
    assert of is not None, "a collective that pays keeps a book"
    accounts = accounts_of(db, book=of, kind=RunKind.INSTALMENT)
    promised: defaultdict[Place, list[tuple[DueState, Fen]]] = defaultdict(list)
    for run in _orders(db, book=book):
        for due in batches.dues(db, run).values():
            for part in net_parts(due) if due.state is not DueState.PAID else ():
                promised[part.account, part.detail].append((due.state, part.amount))
    found: dict[tuple[VoucherId | None, str], AwardState] = {}
    for place, stands in _open(db, book=of, accounts=accounts).items():
        mine = [debt for debt in stands if debt.kind is RunKind.INSTALMENT]
        whole = debts.promised_whole(mine, promised[place])
        for debt in mine:
            found[debt.voucher, place[1]] = _STATES.get(whole.get(debt.voucher), AwardState.BOOKED)
    return found


_STATES: Mapping[DueState | None, AwardState] = {
    DueState.HELD: AwardState.HELD,
    DueState.ON_ITS_WAY: AwardState.ON_ITS_WAY,
    DueState.RETURNED: AwardState.RETURNED,
}


def _orders(db: Connection, *, book: BookId) -> Iterable[Run]:
    """The orders over bonuses that were posted, the oldest first."""
    found = runs.runs(db, book=book, kind=RunKind.INSTALMENT)
    return (run for run in sorted(found, key=lambda run: (run.year, run.round)) if run.is_booked)


def inputs(db: Connection, *, book: Book, kind: RunKind, year: int, choice: OrderChoice) -> OrderInputs:
    """What an order of this choice follows from now. Refused: the kind, an account that is not named, or taxes without
    an account of theirs."""
    if kind is RunKind.INSTALMENT:
        found = claims(db, book=book, through=choice.through)
        lines = rules.lines_of_claims(found, choice.lines)
        _refuse_strangers(db, lines=lines, book=book.id)
    else:
        lines = rules.lines_of(owed(db, book=book, kind=kind, through=choice.through), choice.lines)
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
    now = _payable(db, book=book, kind=frozen.kind, through=frozen.through)
    lines = tuple(replace(line, owed=now.get((line.account, line.detail), 0)) for line in frozen.lines)
    return replace(frozen, lines=lines)


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


def _payable(db: Connection, *, book: Book, kind: RunKind, through: Period) -> Mapping[Place, Fen]:
    """What an order of a kind may pay by account and detail; only where it is something."""
    accounts = accounts_of(db, book=book, kind=kind)
    promised = _promised(db, book=book, accounts=accounts)
    worth = partial(debts.payable, kind=kind, through=through)
    found = {
        place: worth(stands, promised=promised.get(place, {}))
        for place, stands in _open(db, book=book, accounts=accounts).items()
    }
    return {place: amount for place, amount in sorted(found.items()) if amount}


def _open(db: Connection, *, book: Book, accounts: Collection[str]) -> Mapping[Place, tuple[Debt, ...]]:
    """The debts of these accounts that are not paid, by account and detail: what the book was opened with, and every
    voucher since that was not cancelled."""
    owing = {
        (row.account, row.detail): -row.closing
        for code in {code[:3] for code in accounts}
        for row in balances.details_between(db, book=book.id, from_period=0, to_period=_EVER, account=code)
        if row.account in accounts and row.closing < 0
    }
    found = {}
    for place, moved in _booked(db, book=book, places=owing).items():
        opened = owing[place] - sum(one.amount for one in moved)
        found[place] = debts.open_debts((Booked(voucher=0, period=0, amount=opened), *moved))
    return found


def _booked(db: Connection, *, book: Book, places: Collection[Place]) -> Mapping[Place, Sequence[Booked]]:
    """What each posted voucher moved on these accounts' details, in order; nothing where nothing moved. A voucher that was
    cancelled and the one that cancels it are as if they had never been."""
    red = _voucher.alias("red")
    cancelled = (
        select(red.c.voucher_id)
        .where(
            red.c.book_id == _voucher.c.book_id,
            red.c.cancels == _voucher.c.voucher_id,
            red.c.state == State.POSTED.value,
        )
        .correlate(_voucher)
        .exists()
    )
    rows = db.execute(
        select(
            _posting.c.account,
            _posting.c.detail,
            _voucher.c.voucher_id,
            _voucher.c.period,
            _voucher.c.corrects,
            func.sum(_posting.c.credit - _posting.c.debit).label("amount"),
        )
        .join_from(
            _posting,
            _voucher,
            and_(_posting.c.book_id == _voucher.c.book_id, _posting.c.voucher_id == _voucher.c.voucher_id),
        )
        .where(
            _posting.c.book_id == book.id,
            _posting.c.account.in_(sorted({account for account, _ in places})),
            _voucher.c.state == State.POSTED.value,
            _voucher.c.cancels.is_(None),
            ~cancelled,
        )
        .group_by(
            _posting.c.account,
            _posting.c.detail,
            _voucher.c.voucher_id,
            _voucher.c.period,
            _voucher.c.date,
            _voucher.c.corrects,
        )
        .order_by(_posting.c.account, _posting.c.detail, _voucher.c.date, _voucher.c.voucher_id)
    )
    kinds, ordered = _kinds_of_debts(db, book=book.id), batches.kinds_of_vouchers(db, book=book.id)
    found: dict[Place, list[Booked]] = {place: [] for place in places}
    for row in rows:
        if (row.account, row.detail) not in found:
            continue
        by = ordered.get(row.voucher_id)
        kind = kinds.get(row.voucher_id) if by is None else debts.pot(by)
        found[row.account, row.detail].append(
            Booked(
                voucher=row.voucher_id,
                period=row.period,
                amount=int(row.amount),
                kind=kind,
                ordered=by is not None,
                corrects=row.corrects,
            )
        )
    return found


def _kinds_of_debts(db: Connection, *, book: BookId) -> Mapping[VoucherId, RunKind]:
    """The vouchers that make something owed which one kind of run alone pays."""
    found = dict.fromkeys(shares.vouchers_of_withdrawals(db, book=book), RunKind.LEAVER)
    for run in runs.runs(db, book=book, kind=RunKind.DIVIDEND):
        name = name_of(run.id)
        assert name is not None, "a run is kept under its name"
        found |= dict.fromkeys(runs.vouchers(db, name) if run.is_booked else (), RunKind.DIVIDEND)
    return found | {one.voucher: RunKind.INSTALMENT for one in awards.booked(db, book=book)}


def _promised(db: Connection, *, book: Book, accounts: Collection[str]) -> Mapping[Place, Promises]:
    """What posted runs owe on these accounts and have not paid yet; what is settled is paid."""
    chart, codes = standard(book.standard), {code[:3] for code in accounts}
    found: defaultdict[Place, defaultdict[RunKind | None, Fen]] = defaultdict(lambda: defaultdict(int))
    for run in runs.runs(db, book=book.id):
        unpaid = run.is_booked and run.state is not RunState.SETTLED
        if unpaid and not codes.isdisjoint(payable_accounts(run.kind, standard=chart)):
            for due in batches.dues(db, run).values():
                if due.state is not DueState.PAID:
                    for part in net_parts(due):
                        if part.account in accounts:
                            found[part.account, part.detail][debts.pot(run.kind)] += part.amount
    return found


def _paid_before(db: Connection, *, book: BookId) -> Mapping[str, str]:
    """Which member the last posted order paid the bonus of a person to."""
    found: dict[str, str] = {}
    for run in _orders(db, book=book):
        name = name_of(run.id)
        assert name is not None, "a run is kept under its name"
        inputs, _ = runs.frozen_inputs(db, name, content=run.content)
        assert isinstance(inputs, OrderInputs), "an order's inputs are an order's"
        found |= {line.person: line.member for line in inputs.lines}
    return found


def _refuse_strangers(db: Connection, *, lines: Collection[Owed], book: BookId) -> None:
    known = members.members(db, book=book)
    problems = [
        member_must_be_here.at(f"/lines/{line.member}/member", member=line.member)
        for line in lines
        if line.member not in known
    ]
    if problems:
        raise Refusal(*problems)
