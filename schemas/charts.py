"""A chart of accounts and its statement forms as values: what ``ledger/charts`` reads from its data files.

The statutory codes mean different things in the two standards (141 is fattening cattle in a cooperative's
book and a long-term investment in a village collective's), so an account is only ever looked up in the
standard of its book.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from schemas.units import BasisPoints, Value


class Category(StrEnum):
    """The class 类别 of an account in its chart."""

    ASSET = "asset"
    ASSET_CONTRA = "asset_contra"
    LIABILITY = "liability"
    EQUITY = "equity"
    COST = "cost"
    INCOME = "income"
    EXPENSE = "expense"


class Side(StrEnum):
    """A side 借贷方向. Of an account: where its balance normally stands; ``BOTH`` has no normal side."""

    DEBIT = "debit"
    CREDIT = "credit"
    BOTH = "both"


class KeptBy(StrEnum):
    """What a detail 明细 of an account may be: a member, a household, a counterparty, or a name of the
    book's own (an item, a herd batch, a project, a tax)."""

    MEMBER = "member"
    HOUSEHOLD = "household"
    COUNTERPARTY = "counterparty"
    NAME = "name"


class DetailUse(StrEnum):
    """Whether a line on the account names a detail 明细."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


class QuantityUse(StrEnum):
    """Whether a line may carry a quantity. ``KEPT``: the account has a quantity-and-amount book 数量金额账
    whose balance is printed; ``ALLOWED``: the quantity is noted on the line only. It is never required: feed
    given to a herd adds yuan to 141 and no head."""

    KEPT = "kept"
    ALLOWED = "allowed"
    NONE = "none"


class Money(StrEnum):
    """The kind of money 货币资金 on an account. It makes a voucher a receipt or payment (the cashier signs it);
    cash is counted daily, a bank is matched with its statement."""

    CASH = "cash"
    BANK = "bank"
    OTHER = "other"


class Clearing(StrEnum):
    """When the balance of a clearing account has to be zero."""

    PERIOD_END = "period_end"
    YEAR_END = "year_end"


class Wear(StrEnum):
    """How an asset is written off: depreciation 折旧 (things and animals) begins the month after it comes into use
    and ends after the month it goes; amortisation 摊销 (rights and deferred expenses) begins with the month of
    first use and ends before the month it goes."""

    DEPRECIATION = "depreciation"
    AMORTISATION = "amortisation"


class MovementType(StrEnum):
    """Why an equity account 所有者权益 moved. It cannot be told from the account codes, so every line on an
    account that lists movements names one of them (DOMAIN §1.4). Closed: a form can only print what it knows.
    """

    CONTRIBUTION_INCREASE = "contribution_increase"
    """成员增加出资; of a collective: 增加资本."""
    CONTRIBUTION_DECREASE = "contribution_decrease"
    """成员减少出资; of a collective: 减少资本."""
    TRANSFER_BETWEEN_MEMBERS = "transfer_between_members"
    """成员之间转让: both sides on one account, neither an increase nor a decrease."""
    CAPITAL_RESERVE_TO_CAPITAL = "capital_reserve_to_capital"
    """资本公积转增股金 (321 to 301)."""
    RESERVE_TO_CAPITAL = "reserve_to_capital"
    """盈余公积转增股金 (322 to 301); of a collective: 公积公益金转增资本."""
    SURPLUS_TO_CAPITAL = "surplus_to_capital"
    """可分配盈余转为成员出资 (合作社法 第四十四条: 332, 221 or 222 to 301)."""
    STATE_AID = "state_aid"
    """接受国家财政直接补助形成 (235 to 311; of a collective 241 to 311)."""
    DONATION = "donation"
    """接受他人捐赠形成."""
    LAND_COMPENSATION = "land_compensation"
    """征地补偿费及四荒拍卖收入 kept by a collective: 公积公益金, never income."""
    SHARE_PREMIUM = "share_premium"
    """股金溢价; negative where the agreed portion is above the value of what was brought in."""
    REVALUATION = "revaluation"
    """资产评估增值."""
    RESERVE_DRAW = "reserve_draw"
    """提取盈余公积 (332 to 322); of a collective: 提取公积公益金 (322 to 311)."""
    LOSS_COVER = "loss_cover"
    """弥补亏损, on the reserve's side."""
    RESERVE_TO_LEAVER = "reserve_to_leaver"
    """退还退社成员的公积金份额 (合作社法 第二十八条)."""
    CURRENT_YEAR_SURPLUS = "current_year_surplus"
    """结转本年盈余: the year's result arriving from 331 (collective: 321)."""
    OTHER_IN = "other_in"
    """其他转入: a reserve covering a loss, on the distribution account's side."""
    PATRONAGE_REFUND = "patronage_refund"
    """盈余返还 (332 to 221)."""
    RESIDUAL_DISTRIBUTION = "residual_distribution"
    """剩余盈余分配 (332 to 222)."""
    DISTRIBUTION_TO_MEMBERS = "distribution_to_members"
    """向成员分配, of a collective (322 to 113)."""
    OTHER_DISTRIBUTION = "other_distribution"
    """其他分配, of a collective."""
    FOLDING = "folding"
    """各项分配转入未分配盈余: inside the distribution account."""


class Words(Value):
    """A statutory Chinese term and our English for it."""

    zh: str
    en: str


class Proposal(Value):
    """The movement type proposed for a line that names none: for a detail that begins with ``prefix`` and a
    line on ``side`` (``BOTH``: either). The first that fits is proposed."""

    movement: MovementType
    prefix: str = ""
    side: Side = Side.BOTH


class WrittenOff(Value):
    """How the assets on an account are written off: 151 by depreciation, kept on ``contra`` 152. ``contra`` empty: the
    account itself is credited (171)."""

    wear: Wear
    contra: str = ""


class Account(Value):
    """An account 会计科目 of a statutory chart, and the properties its own sub-accounts share.

    ``detail``/``kept_by``: whether a line names a detail 明细 and what it may be. ``names``: the only names
    admitted where the standard fixes them. ``register``: kept by a register, so that only the register's acts
    post here, imports excepted. ``increase``, ``decrease``, ``within``: the movement types a line may name, by
    their effect on the account; a line names one wherever any is listed. ``poverty``: the standard asks whether
    it is a poverty-alleviation project asset 扶贫项目资产. ``written_off``: it holds assets that wear out, each with a card.
    ``optional``: the standard lets a book add it.
    """

    code: str
    zh: str
    en: str
    category: Category
    side: Side
    detail: DetailUse
    kept_by: tuple[KeptBy, ...] = ()
    names: tuple[str, ...] = ()
    quantity: QuantityUse = QuantityUse.NONE
    money: Money | None = None
    register: bool = False
    cleared: Clearing | None = None
    increase: tuple[MovementType, ...] = ()
    decrease: tuple[MovementType, ...] = ()
    within: tuple[MovementType, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    poverty: bool = False
    written_off: WrittenOff | None = None
    optional: bool = False
    note: str = ""


class Settlement(Value):
    """The accounts of the settlement stage (RULES §4, §5).

    Income and expense are closed to ``result`` (331), that to ``distribution`` (332) under the name
    ``undistributed``; draws and distributions are booked under ``appropriated`` and folded at the end.
    ``patronage`` and ``residual`` owe the members their parts, of the movements named. ``floor_bp`` of the Article 44 base go
    by trade at the least (合作社法 第四十四条; 0: the law asks for nothing). ``reserve_name`` is the detail the year's draw
    stands under as a whole; empty: it is quantified to the members, and stands under each.
    """

    result: str
    distribution: str
    appropriated: str
    undistributed: str
    reserve: str
    patronage: str
    residual: str
    patronage_movement: MovementType
    residual_movement: MovementType
    floor_bp: BasisPoints
    reserve_name: str
    wording: "SettlementWording"


class SettlementWording(Value):
    """The summaries 摘要 of the vouchers of a distribution: the draw, its other side, both kinds of parts, the folding."""

    drawn: str
    reserved: str
    patronage: str
    residual: str
    folded: str


class Payables(Value):
    """The accounts on which payment orders 付款方案 find what is owed to members (RULES §9): labour, land rent, an
    indemnity passed on, a buy-back, a leaver's settlement; bonuses and their instalments, owed to people by name; and the
    account of taxes withheld. Empty where the standard knows no such debt: nobody takes anything out of a collective on
    leaving."""

    labour: str = ""
    rent: str = ""
    indemnity: str = ""
    buyback: str = ""
    leaver: str = ""
    instalment: str = ""
    taxes: str = ""


class FormKind(StrEnum):
    """The statutory statements 会计报表."""

    BALANCE_SHEET = "balance_sheet"
    SURPLUS_AND_DISTRIBUTION = "surplus_and_distribution"
    EQUITY_CHANGES = "equity_changes"


class At(StrEnum):
    """A column of a balance sheet: the year's opening 年初余额 or the day's closing 期末余额."""

    OPENING = "opening"
    CLOSING = "closing"


class BalanceTerm(Value, tag_field="of", tag="balance"):
    """The balance of the accounts, counted positive on ``side``. Accounts may be named one by one or by
    category (every account of the chart that is in it)."""

    side: Side
    accounts: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()


class PartiesTerm(Value, tag_field="of", tag="parties"):
    """The balances of those parties of the accounts whose own balance stands on ``side``."""

    side: Side
    accounts: tuple[str, ...]


class FlowTerm(Value, tag_field="of", tag="flow"):
    """What the accounts moved in the year, counted positive on ``side``; the transfers that close them to the
    result account are left out, so the figure is the same before and after the year is closed. With a
    ``prefix`` only the details whose name begins with it."""

    side: Side
    accounts: tuple[str, ...]
    prefix: str = ""


class MovementTerm(Value, tag_field="of", tag="movement"):
    """What lines of these movement types moved on the account in the year, counted positive on ``side``."""

    side: Side
    account: str
    movements: tuple[MovementType, ...]


class LinesTerm(Value, tag_field="of", tag="lines"):
    """A sum of other lines of the form; a negative number subtracts that line."""

    lines: tuple[int, ...]


class FormTerm(Value, tag_field="of", tag="form"):
    """A line of another form; of a balance sheet, in the column named by ``at``."""

    form: FormKind
    line: int
    at: At = At.CLOSING


Term = BalanceTerm | PartiesTerm | FlowTerm | MovementTerm | LinesTerm | FormTerm


class Half(StrEnum):
    """Where a line stands on a sheet printed in two halves."""

    LEFT = "left"
    RIGHT = "right"


class FormLine(Value):
    """A line 项目 of a form: the sum of its terms. A heading has neither number nor terms."""

    zh: str
    en: str
    no: int | None = None
    terms: tuple[Term, ...] = ()
    indent: int = 0
    half: Half = Half.LEFT


class Agreement(Value):
    """A line that must show the same amount as another: of this form, or of the one named."""

    line: int
    other: int
    form: FormKind | None = None


class StatementForm(Value):
    """A form of numbered lines with two columns: this period's and the one it is compared with."""

    kind: FormKind
    number: str
    title: Words
    column: Words
    compared: Words
    lines: tuple[FormLine, ...]
    agreements: tuple[Agreement, ...] = ()
    source: str = ""
    certainty: str = ""


class EquityItem(Value):
    """An item 其中 of a column's increase or decrease. One that is not ``printed`` has no row on the statutory
    form: it counts in the total and is shown in the drill-down only."""

    zh: str
    en: str
    terms: tuple[Term, ...]
    printed: bool = True


class EquityColumn(Value):
    """A column of the statement of changes in members' equity: the balance-sheet line it starts from and
    arrives at, and the items that lead from one to the other."""

    zh: str
    en: str
    line: int
    increase: tuple[EquityItem, ...] = ()
    decrease: tuple[EquityItem, ...] = ()


class EquityForm(Value):
    """The form of 成员权益变动表: columns by equity account, rows opening, increase, decrease, closing."""

    kind: FormKind
    number: str
    title: Words
    columns: tuple[EquityColumn, ...]
    total: Words
    source: str = ""
    certainty: str = ""


class Standard(Value):
    """An accounting standard 会计制度 a book follows: its chart in statutory order, its movement types with the
    standard's own words, its settlement accounts, the accounts payment orders pay from, and its forms. ``equity_changes`` is None where the standard
    has no such statement."""

    id: str
    title: Words
    document: str
    in_force: date
    source: str
    certainty: str
    accounts: Mapping[str, Account]
    movements: Mapping[MovementType, Words]
    settlement: Settlement
    balance_sheet: StatementForm
    surplus_and_distribution: StatementForm
    equity_changes: EquityForm | None = None
    payables: Payables = Payables()
