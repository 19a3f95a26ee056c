"""What lands in a collective's book of what a cooperative's batch paid it (RULES §8; DOMAIN §4.3).

清水合作社 pays 12 000.00 of its 2025 dividend to the collective of 清水村: there 102 is debited and 502 投资收益 credited. A
first cut is a leg of the dividend and lands with it. Rent, labour and what is bought back are operating income 501, an
indemnity passed on is other income 504. What a leaver gets back is the investment itself, and whatever is above its cost
investment income: that is left to the collective's accountant to divide.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from ledger.outbox.rules import RECEIVABLE, claim_of
from payouts.batches.rules import summary_of
from schemas.batches import Channel, Due
from schemas.outbox import Crossing, Turn
from schemas.runs import Run, RunKind
from schemas.units import BookId, VoucherId

INCOME: Mapping[RunKind, str] = {
    RunKind.DIVIDEND: "502",
    RunKind.COMMISSION: "501",
    RunKind.LABOUR: "501",
    RunKind.RENT: "501",
    RunKind.INDEMNITY: "504",
    RunKind.BUYBACK: "501",
    RunKind.LEAVER: "141",
    RunKind.INSTALMENT: "504",
}
"""Which account of a collective (财会〔2023〕14号) a payment of each kind is to it."""
TOWNSHIP = 9
"""Digits of a township's code, which its villages' begin with."""
DECLARED = "declared"
"""What a crossing of a dividend resolved and not paid yet is called."""
_MONEY = {Channel.BANK: "102", Channel.CASH: "101"}
_LEFT_TO_DIVIDE = frozenset({RunKind.LEAVER})


def about(run: str, payee: str) -> str:
    """What the money of one payee of a run is called."""
    return f"{run}/{payee}"


def about_declared(run: str, payee: str) -> str:
    """What the claim on a dividend is called that was resolved and is to be paid."""
    return claim_of(about(run, payee))


def declared(
    run: Run,
    due: Due,
    *,
    turn: Turn,
    village: BookId,
    called: str,
    day: date,
    voucher: VoucherId,
) -> Crossing:
    """What goes out of a dividend where the township books it on the day of the resolution: the claim, 112 to 502, which
    its payment settles; or that claim taken back with its run."""
    back = "撤销" if turn is Turn.GOES_BACK else ""
    return Crossing(
        target=village,
        about=about_declared(run.id, due.payee),
        kind=DECLARED,
        turn=turn,
        day=day,
        amount=due.net,
        debit=RECEIVABLE,
        credit=INCOME[run.kind],
        summary=f"应收{called}{summary_of(run)}{back}",
        voucher=voucher,
    )


def crossings_of(
    run: Run,
    dues: Iterable[Due],
    *,
    turn: Turn,
    villages: Mapping[str, BookId],
    called: str,
    channel: Channel,
    day: date,
    voucher: VoucherId,
    claims: Collection[str] = (),
) -> tuple[Crossing, ...]:
    """What goes out of dues that were paid, or came back, on a day: one crossing for each that is a collective's.
    ``villages`` are the collectives by member number, ``called`` the payer as its own people call it, ``claims`` those
    whose claim was booked on the day of the resolution."""
    back = "退回" if turn is Turn.GOES_BACK else ""
    return tuple(
        Crossing(
            target=villages[due.payee],
            about=about(run.id, due.payee),
            kind=run.kind.value,
            turn=turn,
            day=day,
            amount=due.net,
            debit=_MONEY[channel],
            credit=RECEIVABLE if due.payee in claims else INCOME[run.kind],
            summary=f"{called}{summary_of(run)}{back}",
            voucher=voucher,
            finished=run.kind not in _LEFT_TO_DIVIDE,
        )
        for due in sorted(dues, key=lambda due: due.payee)
        if due.payee in villages and run.kind in INCOME
    )
