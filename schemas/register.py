"""The guided acts of the register 登记事项 as values: what one person prepares, what it would write, what became of it.

An act is its content and nothing else. What it writes (movements, vouchers, animals, asset cards, members) follows from
the content and the books (coop/register/rules.py).
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeAlias

from msgspec import Meta

from schemas.assets import NewCard, Rhythm, Terms
from schemas.books import Detail
from schemas.herd import Animal, Leaving
from schemas.members import AccountKind, MemberKind, NewMember
from schemas.shares import NewMovement, ShareClass, ShareOrigin
from schemas.units import (
    AmountAboveZero,
    AmountFromZero,
    Counted,
    Instant,
    PersonId,
    QuantityAboveZero,
    QuantityFromZero,
    QuantityMoved,
    Value,
    VoucherId,
)
from schemas.vouchers import Code, VoucherDraft

MemberNo = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\s/]+$")]
Name = Annotated[str, Meta(max_length=80)]
Named = Annotated[str, Meta(min_length=1, max_length=80)]
Note = Annotated[str, Meta(max_length=200)]
Number = Annotated[str, Meta(max_length=40)]
EarTag = Annotated[str, Meta(pattern=r"^[123][0-9]{14}$")]
"""15 digits: species (1 pig, 2 cattle, 3 sheep or goat), county, serial number (DOMAIN §7.1)."""


class FundSource(StrEnum):
    """Whose money or goods become the special fund 专项基金: donations 社会捐赠, state aid 财政补助."""

    DONATION = "donation"
    STATE = "state"


class ConversionSource(StrEnum):
    """What becomes capital: 应付盈余返还 (221), 应付剩余盈余 (222), the member's 盈余公积 (322)."""

    PATRONAGE = "patronage"
    RESIDUAL = "residual"
    RESERVE = "reserve"


class RegisterAct(Value, tag_field="kind", kw_only=True):
    """What every act says: the day it takes effect, the number of the resolution, how many paper originals its voucher
    carries, and a note."""

    on: date
    resolution: Name = ""
    originals: Annotated[int, Meta(ge=0, le=9999)] = 0
    note: Note = ""


class CashShare(RegisterAct, tag="cash", tag_field="kind", kw_only=True):
    """A member pays in a cash share 资金入股. ``premium`` is paid on top and becomes capital reserve. The origin decides
    the holder: what a backer, a donor or the state gave is contributed by the village's collective."""

    member: MemberNo
    amount: AmountAboveZero
    premium: AmountFromZero = 0
    origin: ShareOrigin = ShareOrigin.OWN
    money: Code = "102"
    money_detail: Name = ""


class LandShare(RegisterAct, tag="land", tag_field="kind", kw_only=True):
    """A member contributes the right to use land 土地经营权入股: ``mu`` for ``years``, ``price`` the meeting's value of a
    mu for a year. It gets an asset card that writes it off to ``expense_account`` from the day it is used."""

    member: MemberNo
    mu: QuantityAboveZero
    years: Annotated[int, Meta(ge=1, le=70)]
    price: AmountAboveZero
    detail: Named = "土地经营权"
    used_since: date | None = None
    expense_account: Code = "401"
    expense_detail: Name = ""
    rhythm: Rhythm = Rhythm.MONTHLY


class Calf(Value):
    """An animal brought in, by its ear tag; its weight in kilograms where it was weighed."""

    ear_tag: EarTag
    weight: QuantityAboveZero | None = None


class CalfShare(RegisterAct, tag="calf", tag_field="kind", kw_only=True):
    """A member contributes animals 牛犊入股, each at ``price``: granted to the household by poverty alleviation
    (``origin`` granted), or its own. ``batch`` is their herd on 141."""

    member: MemberNo
    calves: Annotated[tuple[Calf, ...], Meta(min_length=1, max_length=500)]
    price: AmountAboveZero
    batch: Named
    origin: ShareOrigin = ShareOrigin.OWN


class LabourShare(RegisterAct, tag="labour", tag_field="kind", kw_only=True):
    """Labour counts for distribution 劳力股 at the voted value of a day. It is never registered capital (合作社法
    第十三条): no voucher, no vote, nothing to be paid back."""

    member: MemberNo
    days: QuantityAboveZero
    day_value: AmountAboveZero


class WageShare(RegisterAct, tag="wages", tag_field="kind", kw_only=True):
    """Labour as capital, the lawful way: wages that are owed are paid, then paid in as a cash share. Two real movements
    of money, so two vouchers. ``payable`` is 213 应付劳务费, or 212 应付工资."""

    member: MemberNo
    amount: AmountAboveZero
    payable: Annotated[str, Meta(max_length=20, pattern=r"^21[23][0-9]*$")] = "213"
    money: Code = "102"
    money_detail: Name = ""


class Gift(RegisterAct, tag="gift", tag_field="kind", kw_only=True):
    """Something given to the cooperative itself 接受捐赠, in money or goods: it becomes the special fund 专项基金, nobody's
    share. ``account`` and ``detail`` say where it is; goods may have a quantity."""

    giver: Named
    amount: AmountAboveZero
    source: FundSource = FundSource.DONATION
    account: Code = "102"
    detail: Name = ""
    quantity: QuantityAboveZero | None = None


class AidReceived(RegisterAct, tag="aid_received", tag_field="kind", kw_only=True):
    """State aid in money arrives for a project 收到财政补助: owed until it is used (235)."""

    project: Named
    amount: AmountAboveZero
    money: Code = "102"
    money_detail: Name = ""


class AidUsed(RegisterAct, tag="aid_used", tag_field="kind", kw_only=True):
    """State aid was used for what it was given for 财政补助形成资产: what is owed becomes the special fund (235, 311).
    The purchase itself is a voucher of its own."""

    project: Named
    amount: AmountAboveZero


class Transfer(RegisterAct, tag="transfer", tag_field="kind", kw_only=True):
    """A member hands shares of a class to another 股份转让, one act with both sides. Their value goes with the quantity,
    in proportion to what the giver holds."""

    member: MemberNo
    to: MemberNo
    share: ShareClass
    quantity: QuantityAboveZero


class Portion(Value):
    """What one member has of an act that concerns several."""

    member: MemberNo
    amount: AmountAboveZero


class Conversion(RegisterAct, tag="conversion", tag_field="kind", kw_only=True):
    """Distributions owed, or members' reserve shares, become capital by resolution 转增股金 (合作社法 第四十四条)."""

    source: ConversionSource
    parts: Annotated[tuple[Portion, ...], Meta(min_length=1, max_length=2000)]


class Withdrawal(RegisterAct, tag="withdrawal", tag_field="kind", kw_only=True):
    """What a leaver held is settled 退社结算: all refundable shares and the reserve share the charter gives back become
    payable; labour shares lapse. ``reserve_share`` None is all of it; ``payable`` is 114 成员往来, or money paid at
    once."""

    member: MemberNo
    reserve_share: AmountFromZero | None = None
    payable: Code = "114"


class Revaluation(RegisterAct, tag="revaluation", tag_field="kind", kw_only=True):
    """A meeting values a member's shares of a class anew 重新评估: ``value`` is what they are worth now. Land and animals
    are valued with their asset (``detail`` on 161 or 141, land with its ``card``); labour in the register alone."""

    member: MemberNo
    share: ShareClass
    value: AmountFromZero
    detail: Name = ""
    card: Number = ""


class EntitlementFact(StrEnum):
    """Why a household's entitlements changed between two quantifications: 出生, 婚入, 婚出, 死亡, 继承, 更正."""

    BIRTH = "birth"
    MARRIED_IN = "married_in"
    MARRIED_OUT = "married_out"
    DEATH = "death"
    INHERITED = "inherited"
    CORRECTED = "corrected"


class EntitlementPart(Value):
    """What one household holds from a quantification on, in shares 份; 0.00 is none."""

    member: MemberNo
    units: QuantityFromZero


class Quantification(RegisterAct, tag="quantification", tag_field="kind", kw_only=True):
    """Income entitlements are quantified by household 收益权份额量化, at a date by the assembly's resolution
    (农村集体经济组织法 第四十二条). ``households`` says what each holds from then on, whatever it held before; who is not
    named keeps what he has. ``total``, where it is said, is what the resolution gives all of them together."""

    households: Annotated[tuple[EntitlementPart, ...], Meta(min_length=1, max_length=2000)]
    total: QuantityFromZero | None = None


class Adjustment(RegisterAct, tag="adjustment", tag_field="kind", kw_only=True):
    """A fact changes what a household is entitled to 收益权份额增减: ``units`` come to it, or leave it where they are below
    nothing. ``paper`` says what proves the fact, such as a birth certificate's number."""

    member: MemberNo
    fact: EntitlementFact
    units: QuantityMoved
    paper: Named


class TakeBack(RegisterAct, tag="reversal", tag_field="kind", kw_only=True):
    """A wrong act is taken back 冲销: everything it wrote, its vouchers in red. It is named by its request, or by one of
    its movements where an import wrote it."""

    request: Counted | None = None
    movement: Counted | None = None


class Application(RegisterAct, kw_only=True):
    """Who wants to become a member: what the written application says, and the day of joining. Who is registered as a member
    of a village's collective is one by birth or by its assembly's word, and applies for nothing."""

    applied_on: date | None = None
    number: Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9]{0,19}$")]
    name: Named
    kind_of_member: MemberKind = MemberKind.HOUSEHOLD
    household: Number = ""
    identity: Annotated[str, Meta(min_length=1, max_length=40)]
    phone: Number = ""
    bank: Name = ""
    bank_account: Number = ""
    account_kind: AccountKind | None = None
    poverty_exit: bool | None = None


class Joining(Application, tag="joining", tag_field="kind", kw_only=True):
    """Somebody becomes a member 入社, by written application and resolution (合作社法 第二十四条); in a collective's book, is
    registered as its member 登记成员 (农村集体经济组织法 第十二条)."""


class Departure(RegisterAct, tag="leaving", tag_field="kind", kw_only=True):
    """A member leaves 退社. ``on`` is the day the written notice arrived; membership ends with the fiscal year, at the
    earliest three months later, for a unit six (合作社法 第二十五条). An expelled member (第二十六条) needs no notice."""

    member: MemberNo
    year: Annotated[int, Meta(ge=1949, le=2999)]
    expelled: bool = False


class Death(RegisterAct, tag="death", tag_field="kind", kw_only=True):
    """A member died 亡故: membership ends that day. What is owed stays owed, to the heirs."""

    member: MemberNo


class HeirNamed(RegisterAct, tag="heir", tag_field="kind", kw_only=True):
    """An heir 继承人 of a member who died, with an identity and an account of its own: who is paid what the member is
    owed."""

    member: MemberNo
    name: Named
    relation: Name = ""
    identity: Annotated[str, Meta(min_length=1, max_length=40)]
    phone: Number = ""
    bank: Name = ""
    bank_account: Number = ""
    account_kind: AccountKind | None = None


class PayeeChange(RegisterAct, tag="payee", tag_field="kind", kw_only=True):
    """A member's name, identity or account for payments changes 变更收款信息. Empty fields stay as they are. ``seen`` is the
    member's version the change was made on."""

    member: MemberNo
    seen: Counted
    name: Name = ""
    identity: Number = ""
    bank: Name = ""
    bank_account: Number = ""
    account_kind: AccountKind | None = None


AnyAct: TypeAlias = (
    CashShare
    | LandShare
    | CalfShare
    | LabourShare
    | WageShare
    | Gift
    | AidReceived
    | AidUsed
    | Transfer
    | Conversion
    | Withdrawal
    | Revaluation
    | Quantification
    | Adjustment
    | TakeBack
    | Joining
    | Departure
    | Death
    | HeirNamed
    | PayeeChange
)
"""What the register knows how to do; told apart by ``kind``."""


class Written(Value):
    """What an act writes, all at once. In ``movements`` the voucher and the other side are places in the act itself (the
    first is 1), for they have no numbers yet. ``ends`` are last days of membership, None where there is none any more,
    and ``ended`` those that stood before;
    ``gone`` animals by ear tag, ``disposals`` asset cards by the day they go."""

    details: tuple[Detail, ...] = ()
    vouchers: tuple[VoucherDraft, ...] = ()
    movements: tuple[NewMovement, ...] = ()
    animals: tuple[Animal, ...] = ()
    gone: Mapping[str, Leaving] = {}
    cards: tuple[NewCard, ...] = ()
    terms: Mapping[str, Terms] = {}
    disposals: Mapping[str, date] = {}
    joins: NewMember | None = None
    ends: Mapping[str, date | None] = {}
    ended: Mapping[str, date | None] = {}
    heir: HeirNamed | None = None
    payee: PayeeChange | None = None


class ActState(StrEnum):
    """What became of an act: it waits for the second person, was declined by him, was withdrawn by who prepared it, or is
    written."""

    WAITING = "waiting"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    DONE = "done"


class RegisterRequest(Value):
    """An act one person prepared for another to confirm, and all it writes; identity data masked. ``fingerprint``
    stands for what it writes; ``doubts`` are the codes of what is odd about it and stops nothing, known when it is prepared
    (``card_should_fit_its_check_digit``); ``answered_by`` is who withdrew it where it was withdrawn; ``vouchers`` and ``movements`` are the numbers this got."""

    request: Counted
    act: AnyAct
    writes: Written
    fingerprint: str
    state: ActState
    prepared_by: PersonId
    prepared_at: Instant
    answered_by: PersonId | None = None
    answered_at: Instant | None = None
    reason: str = ""
    vouchers: tuple[VoucherId, ...] = ()
    movements: tuple[Counted, ...] = ()
    doubts: tuple[str, ...] = ()
