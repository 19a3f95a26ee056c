"""The member account 成员账户 as a value (合作社法 第四十三条; 农民专业合作社会计制度 第五十七条)."""

from collections.abc import Mapping
from datetime import date

from schemas.units import BookId, Fen, Hundredths, Value


class Traded(Value, gc=False):
    """What a member traded of one product in the year. Nothing is subtracted where a trade was taken back: the entry
    that takes it back is negative."""

    quantity: Hundredths = 0
    amount: Fen = 0


class AccountEntry(Value):
    """A line of the account: a contribution, a trade, a distribution, on its day. What leaves is negative."""

    on: date
    summary: str
    capital_granted: Fen = 0
    capital_other: Fen = 0
    product: str = ""
    quantity: Hundredths = 0
    amount: Fen = 0
    patronage_refund: Fen = 0
    residual_surplus: Fen = 0


class QuantifiedShares(Value):
    """A member's equal shares 量化份额 of what the special fund holds of state aid and of donations."""

    state_aid: Fen = 0
    donations: Fen = 0


class MemberAccount(Value):
    """A member's account for a year, as at its end. Contributions, the reserve share and the two quantified shares are
    carried from year to year; trade, work days and distributions begin anew. The quantified shares are weights, equal
    for all members, and no claims. ``current_account_114`` is 成员往来, what the member owes being positive."""

    book: BookId
    member: str
    name: str
    year: int
    opening_capital_granted: Fen
    opening_capital_other: Fen
    opening_reserve_share: Fen
    capital_granted: Fen
    capital_other: Fen
    reserve_share: Fen
    reserve_share_this_year: Fen
    state_aid_quantified: Fen
    donation_quantified: Fen
    trade: Mapping[str, Traded]
    work_days: Hundredths
    patronage_refund: Fen
    residual_surplus: Fen
    current_account_114: Fen
    entries: tuple[AccountEntry, ...] = ()
