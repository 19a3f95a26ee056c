"""What lands in a collective's book of what a cooperative's batch paid it (RULES §8; DOMAIN §4.3).

清水合作社 pays 12 000.00 of its 2025 dividend to the collective of 清水村: there 102 is debited and 502 投资收益 credited. A
first cut is a leg of the dividend and lands with it. Rent, labour and what is bought back are operating income 501, an
indemnity passed on is other income 504. What a leaver gets back is the investment itself, and whatever is above its cost
investment income: that is left to the collective's accountant to divide.
"""

from collections.abc import Iterable, Mapping
from datetime import date

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
_MONEY = {Channel.BANK: "102", Channel.CASH: "101"}
_LEFT_TO_DIVIDE = frozenset({RunKind.LEAVER})


def about(run: str, payee: str) -> str:
    """What the money of one payee of a run is called."""
    return f"{run}/{payee}"


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
) -> tuple[Crossing, ...]:
    """What goes out of dues that were paid, or came back, on a day: one crossing for each that is a collective's.
    ``villages`` are the collectives by member number, ``called`` the payer as its own people call it."""
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
            credit=INCOME[run.kind],
            summary=f"{called}{summary_of(run)}{back}",
            voucher=voucher,
            finished=run.kind not in _LEFT_TO_DIVIDE,
        )
        for due in sorted(dues, key=lambda due: due.payee)
        if due.payee in villages and run.kind in INCOME
    )
