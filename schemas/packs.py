"""A hand-over pack 移交包 as values: every row of its workbooks, and what was mended or found wrong in them.

A pack is what a township brings when it moves to the service: one workbook a cooperative, one for the township,
one folder of scans (format: tests/packs/README.md). Every row keeps the number of the spreadsheet row it came
from, counted from 1 with header and title rows; texts are kept whole, remarks included. Money is whole fen;
quantities, weights, days and points are whole hundredths; rates are basis points.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from schemas.herd import AnimalOrigin as AnimalOrigin
from schemas.herd import AnimalState as AnimalState
from schemas.income import Measure as Measure
from schemas.members import AccountKind as AccountKind
from schemas.members import MemberKind as MemberKind
from schemas.places import VillageKind as VillageKind
from schemas.policies import Basis as Basis
from schemas.policies import BasisKind as BasisKind
from schemas.policies import Below60 as Below60
from schemas.policies import BonusLevel as BonusLevel
from schemas.policies import BonusMode as BonusMode
from schemas.policies import CommissionMode as CommissionMode
from schemas.policies import Unpaid as Unpaid
from schemas.problems import Severity
from schemas.scores import Grade as Grade
from schemas.scores import RaterKind as RaterKind
from schemas.shares import ShareKind as ShareKind
from schemas.shares import ShareOrigin as ShareOrigin
from schemas.units import BasisPoints, Fen, Hundredths, Value

# --- what was mended, what is wrong ----------------------------------------------------------------------------


class AlsoCell(Value):
    """A further cell of the same defect, on the same sheet."""

    row: int
    column: str | None = None
    cell: str | None = None


class Repair(Value):
    """A habit of spreadsheets whose meaning is certain: taken in without asking, and listed.

    ``raw`` is what the cell holds, ``repaired`` the value that was taken from it; a repair of a whole row (a
    blank one, a title) has neither column nor repaired value. ``says`` is a message id.
    """

    code: str
    defect: str
    workbook: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    cell: str | None = None
    raw: str = ""
    repaired: str | None = None
    note: str | None = None
    says: str = ""
    also: tuple[AlsoCell, ...] = ()


class PackProblem(Value):
    """Something that cannot be taken in as it stands, named once, at its cause.

    ``defect`` and ``note`` are in the language of the workbook; ``says`` and ``remedy`` are message ids with
    the same ``figures``. ``workbook`` is the file's path inside the pack; None is the pack as a whole. An error
    keeps the pack out; a warning is confirmed at the import by a person who says why.
    """

    code: str
    defect: str
    severity: Severity
    workbook: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    cell: str | None = None
    raw: str = ""
    note: str | None = None
    says: str = ""
    remedy: str = ""
    figures: Mapping[str, str] = {}
    also: tuple[AlsoCell, ...] = ()


# --- words of the sheets ---------------------------------------------------------------------------------------


class PackCorrectionKind(StrEnum):
    """What a 摘要 says a voucher does to another: 注销 cancels it in red, 订正 books in blue what is right."""

    CANCELS = "cancels"
    CORRECTS = "corrects"


# --- a cooperative's workbook ----------------------------------------------------------------------------------


class SheetRow(Value):
    """``row``: the spreadsheet row, counted from 1."""

    row: int


class ManagerPost(SheetRow):
    """管理员: a member who serves a village."""

    member: str
    name: str
    village: str


class UnitInfo(Value):
    """基本信息. ``standard`` is the document number of the accounting system, e.g. 财会〔2021〕37号."""

    name: str
    short_name: str
    kind: str
    standard: str
    credit_code: str
    county: str
    township: str
    village: str
    village_code: str
    founded_on: date
    year: int
    chair: str = ""
    accountant: str = ""
    cashier: str = ""
    score_keeper: str = ""
    managers: tuple[ManagerPost, ...] = ()
    bank: str = ""
    bank_account: str = ""


class MemberRow(SheetRow):
    """成员. ``identity`` is an identity number, of a unit its credit code. ``household`` is empty for a unit;
    ``poverty_exit`` is None where the cell is empty. ``left_on`` is the last day of membership."""

    number: str
    household: str
    name: str
    kind: MemberKind
    identity: str
    phone: str
    bank: str
    bank_account: str
    account_kind: AccountKind | None
    joined_on: date
    left_on: date | None
    poverty_exit: bool | None
    remark: str


class CounterpartyRow(SheetRow):
    """往来单位."""

    code: str
    name: str
    kind: str


class ShareRow(SheetRow):
    """出资: one movement of the share register. ``voucher`` is ``记-0012``, of an earlier year
    ``2024-记-0003``, and empty for labour."""

    serial: int | None
    on: date
    member: str
    kind: ShareKind
    quantity: Hundredths
    unit: str
    price: Fen
    amount: Fen
    origin: ShareOrigin
    voucher: str
    resolution: str
    remark: str


class OpeningRow(SheetRow):
    """期初余额."""

    account: str
    detail: str
    debit: Fen
    credit: Fen


class PackLine(SheetRow):
    """One line of a voucher. Exactly one of debit and credit is not zero; negative is red on its own side."""

    no: int
    summary: str
    account: str
    account_name: str
    detail: str
    quantity: Hundredths | None
    debit: Fen
    credit: Fen


class PackCorrection(Value):
    """The voucher a 摘要 names. ``year`` is given only where the text names an earlier one; that voucher is not
    in the pack."""

    kind: PackCorrectionKind
    number: str
    year: int | None = None


class PackVoucher(Value):
    """凭证: its lines in the order of 行号."""

    number: str
    on: date
    lines: tuple[PackLine, ...]
    originals: int
    prepared_by: str
    reviewed_by: str
    corrects: PackCorrection | None = None


class TradeRow(SheetRow):
    """交易: a member's trade with the cooperative."""

    on: date
    member: str
    product: str
    quantity: Hundredths
    unit: str
    amount: Fen


class WorkDayRow(SheetRow):
    """工分: paid duty labour. ``day_wage`` is yuan a day."""

    on: date
    member: str
    work: str
    days: Hundredths
    day_wage: Fen


class AnimalRow(SheetRow):
    """牛只. ``owner`` is a member's number, 合作社 (or the cooperative's short name), or the counterparty who
    lent it. Weights in hundredths of a kilogram, ``price`` a kilogram."""

    ear_tag: str
    batch: str
    origin: AnimalOrigin
    owner: str
    lender: str
    entered_on: date
    entered_weight: Hundredths | None
    agreed_price: Fen | None
    state: AnimalState
    left_on: date | None
    left_weight: Hundredths | None
    price: Fen | None
    indemnity: Fen | None


class BallotRow(SheetRow):
    """考评票: six dimensions, in the order of RULES §6. A later row of the same rater on the same manager
    replaces the earlier one."""

    year: int
    manager: str
    rater: str
    rater_kind: RaterKind
    points: tuple[Hundredths, ...]


class PolicyLeg(SheetRow):
    """A leg of the plan. ``patronage``: whether the charter calls it 交易返还."""

    no: int
    name: str
    part_bp: BasisPoints
    basis: Basis
    patronage: bool


class CommissionBase(SheetRow):
    """提成基数-<成员编号>."""

    member: str
    base: Fen


class PackPolicy(Value):
    """分配方案. ``amount`` None is the Article 44 base."""

    year: int
    record_date: date
    reserve_bp: BasisPoints
    reserve_basis: str
    amount: Fen | None
    products: tuple[str, ...]
    commission_mode: CommissionMode
    commission_bp: BasisPoints
    commission_bases: tuple[CommissionBase, ...]
    below_60: Below60
    party_weight_bp: BasisPoints
    least_ballots: int
    maxima: tuple[Hundredths, ...]
    resolution: str
    legs: tuple[PolicyLeg, ...]


class PackCooperative(Value):
    """合作社-<单位简称>.xlsx."""

    workbook: str
    info: UnitInfo
    members: tuple[MemberRow, ...]
    counterparties: tuple[CounterpartyRow, ...]
    shares: tuple[ShareRow, ...]
    openings: tuple[OpeningRow, ...]
    vouchers: tuple[PackVoucher, ...]
    trades: tuple[TradeRow, ...]
    work_days: tuple[WorkDayRow, ...]
    animals: tuple[AnimalRow, ...]
    ballots: tuple[BallotRow, ...]
    policy: PackPolicy


# --- the township's workbook -----------------------------------------------------------------------------------


class VillageRow(SheetRow):
    """村. ``name`` is the short name its scans begin with."""

    code: str
    name: str
    kind: VillageKind


class ThresholdRow(SheetRow):
    """门槛 of a kind of village in a year."""

    year: int
    kind: VillageKind
    measure: Measure
    amount: Fen


class VillageOpeningRow(SheetRow):
    """村集体期初."""

    village: str
    account: str
    detail: str
    debit: Fen
    credit: Fen


class VillageBook(Value):
    """The vouchers and the opening balances of one village's collective."""

    village: str
    openings: tuple[VillageOpeningRow, ...]
    vouchers: tuple[PackVoucher, ...]


class VillageScoreRow(SheetRow):
    """村级考评: points in hundredths."""

    year: int
    village: str
    score: Hundredths
    benefit: Hundredths
    attendance: Hundredths


class CadreRow(SheetRow):
    """村干部: a person inside a village is known by village and name."""

    village: str
    name: str
    post: str
    grade: Grade
    score: Hundredths
    benefit: Hundredths
    attendance: Hundredths


class BonusRow(SheetRow):
    """奖金. ``tiers`` are the coefficients of tiers one, two, three in hundredths, in a tariff the amounts in
    fen. ``pool`` is None inside the villages: a village's amount is the pool of its people."""

    year: int
    pool: Fen | None
    mode: BonusMode
    tiers: tuple[Hundredths, ...]
    level: BonusLevel
    unpaid: Unpaid


class PackTownship(Value):
    """乡镇-<名称>.xlsx."""

    workbook: str
    name: str
    villages: tuple[VillageRow, ...]
    thresholds: tuple[ThresholdRow, ...]
    books: tuple[VillageBook, ...]
    scores: tuple[VillageScoreRow, ...]
    cadres: tuple[CadreRow, ...]
    bonuses: tuple[BonusRow, ...]


# --- the pack --------------------------------------------------------------------------------------------------


class PackScan(Value):
    """A scan of 附件: ``path`` inside the pack, the SHA-256 of its bytes in lower-case hex, and the voucher of
    the book with this short name that it proves."""

    path: str
    sha256: str
    size: int
    media_type: str
    book: str
    voucher: str
    ordinal: int


class Pack(Value):
    """Everything a pack hands over. Cooperatives are in the order of their file names."""

    cooperatives: tuple[PackCooperative, ...]
    township: PackTownship
    scans: tuple[PackScan, ...]


class PackReading(Value):
    """What reading a pack gave: the pack itself if nothing is an error, and everything mended or found."""

    pack: Pack | None
    repairs: tuple[Repair, ...]
    problems: tuple[PackProblem, ...]
