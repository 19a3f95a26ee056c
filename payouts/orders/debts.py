"""What of an account's debts to somebody is still open, debt by debt, when it is known what was booked since.

An order pays what its kind is for; the oldest comes first. A payment by hand says nothing of that: it pays the debts it
is the whole of, and otherwise first what no order of its own pays. A correction takes back the voucher it corrects.

January's wages of 3 000.00 and a bonus of 500.00 are owed; 2 000.00 are paid by hand, then the bonus by its order:

>>> wages = Booked(voucher=1, period=202601, amount=300_000)
>>> bonus = Booked(voucher=2, period=202601, amount=50_000, kind=RunKind.INSTALMENT)
>>> by_hand = Booked(voucher=3, period=202602, amount=-200_000)
>>> [(debt.kind, debt.left) for debt in open_debts((wages, bonus, by_hand))]
[(None, 100000), (<RunKind.INSTALMENT: 'instalment'>, 50000)]
>>> by_order = Booked(voucher=4, period=202602, amount=-50_000, kind=RunKind.INSTALMENT, ordered=True)
>>> [(debt.kind, debt.left) for debt in open_debts((wages, bonus, by_hand, by_order))]
[(None, 100000)]
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from schemas.batches import DueState
from schemas.runs import RunKind
from schemas.units import Fen, Period, Value, VoucherId

OF_THEIR_OWN = frozenset({RunKind.LEAVER, RunKind.INSTALMENT, RunKind.DIVIDEND})
"""Kinds of runs whose debts no other order pays: the settlement of a leaver, bonuses and their instalments, a year's
distribution."""


class Booked(Value, gc=False):
    """What one voucher moved on an account's detail: owed more (above nothing) or paid (below). ``kind`` is of a debt the
    kind whose orders alone pay it, of a payment ``ordered`` by a run the kind it pays. ``corrects`` is the voucher it
    corrects."""

    voucher: VoucherId
    period: Period
    amount: Fen
    kind: RunKind | None = None
    ordered: bool = False
    corrects: VoucherId | None = None


class Debt(Value, gc=False):
    """What is left of what a voucher made owed."""

    voucher: VoucherId
    period: Period
    kind: RunKind | None
    left: Fen


def pot(kind: RunKind) -> RunKind | None:
    """Which debts an order of a kind pays: those of a kind of their own, or all the others."""
    return kind if kind in OF_THEIR_OWN else None


def open_debts(booked: Iterable[Booked]) -> tuple[Debt, ...]:
    """The debts that are not paid, in the order they were booked in. What was paid ahead of them counts against the
    next."""
    debts: list[Debt] = []
    ahead: Fen = 0
    for one in booked:
        if one.amount > 0:
            used = min(ahead, one.amount)
            ahead -= used
            debts.append(Debt(voucher=one.voucher, period=one.period, kind=one.kind, left=one.amount - used))
        else:
            ahead += _paid(debts, one)
        debts = [debt for debt in debts if debt.left]
    return tuple(debts)


def _paid(debts: list[Debt], payment: Booked) -> Fen:
    """Take a payment off the debts; what is more than all of them."""
    rest = -payment.amount
    for place in _in_turn(debts, payment):
        taken = min(rest, debts[place].left)
        debts[place] = replace(debts[place], left=debts[place].left - taken)
        rest -= taken
    return rest


def _in_turn(debts: Sequence[Debt], payment: Booked) -> Sequence[int]:
    """The places of the debts in the order a payment pays them."""
    if payment.ordered:
        first = payment.kind
    else:
        sums: defaultdict[RunKind | None, Fen] = defaultdict(int)
        for debt in debts:
            sums[debt.kind] += debt.left
        whole = [kind for kind in sorted(sums, key=lambda kind: kind or "") if sums[kind] == -payment.amount]
        first = whole[0] if whole else None
    return sorted(
        range(len(debts)),
        key=lambda place: (
            debts[place].voucher != payment.corrects,
            debts[place].kind is not first,
            debts[place].period,
            place,
        ),
    )


def promised_whole(
    debts: Iterable[Debt], promises: Iterable[tuple[DueState, Fen]]
) -> Mapping[VoucherId, DueState]:
    """Where the money is of each debt that promises cover to its last fen, the oldest with the first promise.

    500.00 of January and of February are owed, 700.00 are on their way: February is not, or not whole.

    >>> owed = [Debt(voucher=1, period=202601, kind=None, left=500), Debt(voucher=2, period=202602, kind=None, left=500)]
    >>> promised_whole(owed, [(DueState.ON_ITS_WAY, 700)])
    {1: <DueState.ON_ITS_WAY: 'on_its_way'>}
    """
    found: dict[VoucherId, DueState] = {}
    turn = iter(promises)
    there: Fen = 0
    state: DueState | None = None
    for debt in debts:
        while there < debt.left:
            state, more = next(turn, (None, 0))
            if state is None:
                return found
            there += more
        there -= debt.left
        assert state is not None, "a debt is something"
        found[debt.voucher] = state
    return found


def payable(
    debts: Iterable[Debt], *, kind: RunKind, through: Period, promised: Mapping[RunKind | None, Fen]
) -> Fen:
    """What an order of a kind may pay of what was owed at the end of a month: its debts, less what posted runs have
    promised of them and not paid yet, never more than what all debts leave when all promises are kept."""
    found = tuple(debts)
    mine = pot(kind)
    old = sum(debt.left for debt in found if debt.kind is mine and debt.period <= through)
    whole = sum(debt.left for debt in found) - sum(promised.values())
    return max(min(old - promised.get(mine, 0), whole), 0)
