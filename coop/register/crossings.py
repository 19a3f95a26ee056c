"""What an act of the register means in the book of the village's collective that is the member (RULES §3, §8).

The collective of 清水村 pays 50 000.00 into 清水合作社: the cooperative books 102 to 301, and in the collective's book lands
141 长期投资 to 102 (DOMAIN §4.3). Taken back, it goes back there too. Only money crosses so: what land, calves or buildings
stood at in the collective's book, the cooperative does not know.
"""

from collections.abc import Mapping, Sequence

from schemas.outbox import Crossing, Turn
from schemas.register import AnyAct, CashShare, TakeBack
from schemas.units import BookId, VoucherId

CONTRIBUTION = "contribution"
"""What a crossing of an act of the register is called."""
_INVESTMENT = "141"
_CASH, _BANK = "101", "102"


def about(book: BookId, request: int) -> str:
    """What the money of an act is called."""
    return f"{book}.register.{request}"


def is_paid_in(act: AnyAct, villages: Mapping[str, BookId]) -> bool:
    """Whether a collective pays money in by this act."""
    return isinstance(act, CashShare) and act.member in villages


def crossings_of(
    act: AnyAct,
    *,
    undone: tuple[int, AnyAct] | None,
    request: int,
    posted: Sequence[VoucherId],
    villages: Mapping[str, BookId],
    book: BookId,
    called: str,
) -> tuple[Crossing, ...]:
    """What goes out of an act that was just posted: a collective's cash share, or the act that takes one back.
    ``undone`` is the request taken back and its act, ``called`` the cooperative as its own people call it."""
    turn, number, paid_in = Turn.COMES, request, act
    if isinstance(act, TakeBack):
        if undone is None:
            return ()
        turn, (number, paid_in) = Turn.GOES_BACK, undone
    if not isinstance(paid_in, CashShare) or not is_paid_in(paid_in, villages) or not posted:
        return ()
    return (
        Crossing(
            target=villages[paid_in.member],
            about=about(book, number),
            kind=CONTRIBUTION,
            turn=turn,
            day=act.on,
            amount=paid_in.amount + paid_in.premium,
            debit=_INVESTMENT,
            credit=_CASH if paid_in.money.startswith(_CASH) else _BANK,
            summary=f"向{called}出资{'冲销' if turn is Turn.GOES_BACK else ''}",
            voucher=posted[0],
        ),
    )
