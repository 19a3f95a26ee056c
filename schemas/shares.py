"""The share register 出资 as values (RULES §3)."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from schemas.units import Fen, Hundredths, Instant, Value, VoucherId


class ShareKind(StrEnum):
    """出资方式 (RULES §3): 资金, 土地, 牛犊, 劳力. Labour never touches account 301."""

    CASH = "cash"
    LAND = "land"
    CALF = "calf"
    LABOUR = "labour"


class ShareClass(StrEnum):
    """股份类别: 资金股, 土地股, 到户扶持牛犊股, 自有牛犊股, 劳力股; in a village collective's book 收益权份额 and nothing else. A calf
    granted to the household has a column of its own in the member's account. An entitlement is a right to income and no
    capital: it has a quantity and no value (农村集体经济组织法 第十六条: collective property is not divided)."""

    CASH = "cash"
    LAND = "land"
    CALF_GRANTED = "calf_granted"
    CALF_OWN = "calf_own"
    LABOUR = "labour"
    ENTITLEMENT = "entitlement"


class ShareOrigin(StrEnum):
    """出资来源: 自筹, 到户扶贫资产, 后盾单位, 财政, 捐赠."""

    OWN = "own"
    GRANTED = "granted"
    BACKER = "backer"
    STATE = "state"
    DONATION = "donation"


class ShareAct(StrEnum):
    """Why a holding moved: 出资, 转让, 转增, 退社, 重估; of entitlements 量化 by a resolution, 增减 by a fact. A transfer is two
    movements, one on each side."""

    CONTRIBUTE = "contribute"
    TRANSFER = "transfer"
    CONVERT = "convert"
    WITHDRAW = "withdraw"
    REVALUE = "revalue"
    QUANTIFY = "quantify"
    ADJUST = "adjust"


class NewMovement(Value):
    """A movement about to be written down. ``quantity`` counts the class's unit (yuan, mu × years, heads, work
    days, 份), ``price`` is one unit's; what leaves a holding is negative.

    ``number`` is the voucher's number as the paper says it where the voucher is in no book of ours. ``other_side``
    and ``reverses`` are register numbers (see ``Movement``); a batch is numbered on from the register's last.
    """

    on: date
    member: str
    share: ShareClass
    act: ShareAct
    quantity: Hundredths
    price: Fen
    value: Fen
    origin: ShareOrigin
    voucher: VoucherId | None = None
    number: str = ""
    resolution: str = ""
    note: str = ""
    other_side: int | None = None
    reverses: int | None = None


class Movement(NewMovement, kw_only=True):
    """A movement of the register, for ever: ``seq`` runs from 1 in the book. ``other_side`` is the movement a transfer
    begins with (None on that one), ``reverses`` the wrong movement this one takes back."""

    seq: int
    recorded_at: Instant


class Holding(Value, gc=False):
    """What is held of one class."""

    quantity: Hundredths
    value: Fen


class Holdings(Value):
    """What a member holds on a day, by class; classes never held are left out."""

    member: str
    classes: Mapping[ShareClass, Holding]
    refundable: Fen
    all_classes: Fen


class CollectiveHolding(Value):
    """What a village's collective holds of a cooperative by the cooperative's register, and what the collective's
    own book shows on 长期投资 for it; None where that book is not kept here."""

    member: str
    village: str
    holding: Fen
    invested: Fen | None
