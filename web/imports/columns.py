"""The sheets of a pack and their columns, as data (format: tests/packs/README.md).

A column says its name in the sheet, the field of the row it fills, what its cells hold, and whether a row may
leave it empty.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from schemas.packs import (
    AccountKind,
    AnimalOrigin,
    AnimalRow,
    AnimalState,
    BallotRow,
    Basis,
    BasisKind,
    Below60,
    BonusLevel,
    BonusMode,
    BonusRow,
    CadreRow,
    CommissionMode,
    CounterpartyRow,
    Grade,
    ManagerPost,
    Measure,
    MemberKind,
    MemberRow,
    OpeningRow,
    PolicyLeg,
    RaterKind,
    ShareKind,
    ShareOrigin,
    ShareRow,
    SheetRow,
    ThresholdRow,
    TradeRow,
    Unpaid,
    VillageKind,
    VillageOpeningRow,
    VillageRow,
    VillageScoreRow,
    WorkDayRow,
)
from schemas.units import Fen, Hundredths
from web.imports import defects, habits
from web.imports.cells import (
    NOT_PLAIN,
    RATE,
    YEAR,
    Amount,
    Choice,
    Code,
    Day,
    Kind,
    Names,
    Parts,
    Quantity,
    Read,
    Text,
    Unreadable,
    VoucherNumber,
    Whole,
    YesNo,
    tidy,
    yuan,
)
from web.imports.workbooks import Raw

R = TypeVar("R", bound=SheetRow)


@dataclass(frozen=True)
class Column:
    """One column: its name, the row's field, the kind of its cells. ``carried``: left out on the further lines
    of a voucher it says the same as on the line above."""

    name: str
    field: str
    kind: Kind
    required: bool = False
    carried: bool = False


@dataclass(frozen=True)
class Layout(Generic[R]):
    """One sheet: its name, its columns in order, and the row they make."""

    sheet: str
    columns: tuple[Column, ...]
    make: Callable[..., R]
    vouchers: bool = False

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


# --- kinds -----------------------------------------------------------------------------------------------------

NAME = Text(name=True)
THING = Text(name=True, code=True)
"""A name that is also the code of a thing: vouchers, pages and files call it by nothing else."""
TEXT = Text()
WHOLE_TEXT = Text(dash_is_nothing=False)
CODE = Code()
VILLAGE = Code(pattern=r"\d{12}", example="450000101200")
IDENTITY = Code(grouped=True, check_letter=True, lost=defects.identity_must_not_lose_digits)
BANK_ACCOUNT = Code(grouped=True, lost=defects.bank_account_must_not_lose_digits)
PHONE = Code(grouped=True)
DAY = Day()
AMOUNT = Amount()
OPTIONAL_AMOUNT = Amount(empty=None)
QUANTITY = Quantity()
LINE_NO = Whole(least=1, most=100_000)
ORIGINALS = Whole(empty=0, most=9999, units=frozenset({"张", "份", "页"}))

MEMBER_KINDS = {"农户": MemberKind.HOUSEHOLD, "村集体": MemberKind.COLLECTIVE, "企业": MemberKind.ENTERPRISE}
ACCOUNT_KINDS = {"卡": AccountKind.CARD, "存折": AccountKind.PASSBOOK, "对公": AccountKind.CORPORATE}
SHARE_KINDS = {
    "资金": ShareKind.CASH,
    "土地": ShareKind.LAND,
    "牛犊": ShareKind.CALF,
    "劳力": ShareKind.LABOUR,
}
SHARE_UNITS = {
    ShareKind.CASH: "元",
    ShareKind.LAND: "亩年",
    ShareKind.CALF: "头",
    ShareKind.LABOUR: "工日",
}
SHARE_ORIGINS = {
    "自筹": ShareOrigin.OWN,
    "到户扶贫资产": ShareOrigin.GRANTED,
    "后盾单位": ShareOrigin.BACKER,
    "财政": ShareOrigin.STATE,
    "捐赠": ShareOrigin.DONATION,
}
ANIMAL_ORIGINS = {
    "购入": AnimalOrigin.BOUGHT,
    "到户牛犊入股": AnimalOrigin.GRANTED_SHARE,
    "自有牛犊入股": AnimalOrigin.OWN_SHARE,
    "借牛": AnimalOrigin.LENT,
}
ANIMAL_STATES = {
    "在栏": AnimalState.PRESENT,
    "已售": AnimalState.SOLD,
    "死亡": AnimalState.DEAD,
    "已还": AnimalState.RETURNED,
}
RATER_KINDS = {"党员": RaterKind.PARTY, "群众": RaterKind.VILLAGER}
VILLAGE_KINDS = {"一般村": VillageKind.ORDINARY, "脱贫村": VillageKind.POVERTY_EXIT}
MEASURES = {
    "经营收益": Measure.OPERATING_PROFIT,
    "经营收入合计": Measure.GROSS_OPERATING,
    "全部收入": Measure.GROSS_ALL,
}
GRADES = {
    "优秀": Grade.EXCELLENT,
    "称职": Grade.COMPETENT,
    "基本称职": Grade.BARELY,
    "不称职": Grade.INCOMPETENT,
}
COMMISSION_MODES = {
    "本人得分": CommissionMode.OWN_SCORE,
    "得分占比": CommissionMode.SCORE_SHARE,
    "得分加权": CommissionMode.WEIGHTED,
}
BELOW_60 = {"保留": Below60.KEPT, "取消": Below60.LOST}
BONUS_MODES = {"系数": BonusMode.COEFFICIENTS, "定额": BonusMode.TARIFF}
BONUS_LEVELS = {"乡镇": BonusLevel.TOWNSHIP, "村级": BonusLevel.VILLAGE}
UNPAID = {"留存": Unpaid.STAYS, "再分配": Unpaid.RESHARED}
DIMENSIONS = ("养殖成活率", "防疫时效", "技术服务", "服务态度", "出勤情况", "养殖效益")

PLAIN_BASES = {
    "交易额": BasisKind.TRADE_VALUE,
    "工日": BasisKind.WORK_DAYS,
    "剩余盈余": BasisKind.RESIDUAL,
    "头数": BasisKind.HEADS,
    "均等": BasisKind.EQUAL,
}
LISTED_BASES = {
    "交易量": BasisKind.TRADE_QUANTITY,
    "股份价值": BasisKind.SHARE_VALUE,
    "股份日积数": BasisKind.SHARE_DAYS,
    "均等": BasisKind.EQUAL,
}
ENTITLEMENTS = "收益权份额"
"""How a collective's plan is shown; a cooperative's sheet does not say it."""
_BASES = (
    "交易额、交易量:<产品>、工日、股份价值:<方式>、股份日积数:<方式>、剩余盈余、头数、均等、均等:<成员编号>"
)
ARTICLE_44 = "按第四十四条口径"


@dataclass(frozen=True)
class BasisOf(Kind):
    """口径 of a leg: ``股份价值:资金,土地``."""

    empty: object = Basis(kind=BasisKind.EQUAL)

    def plain(self, raw: Raw) -> object:
        return Basis(kind=PLAIN_BASES[raw]) if isinstance(raw, str) and raw in PLAIN_BASES else NOT_PLAIN

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:  # noqa: ARG002
        if not isinstance(raw, str):
            raise Unreadable(defects.basis_must_be_known, choices=_BASES)
        text, taken = tidy(raw)
        word, colon, tail = re.sub(r"\s+", "", text).replace("：", ":").partition(":")
        if not colon and word in PLAIN_BASES:
            return Read(Basis(kind=PLAIN_BASES[word]), tuple(taken))
        names = tuple(name for name in re.split(r"[,，、;；]", tail) if name)
        kind = LISTED_BASES.get(word)
        if kind is None or not names or len(set(names)) != len(names):
            raise Unreadable(defects.basis_must_be_known, choices=_BASES)
        if kind is BasisKind.TRADE_QUANTITY:
            basis = Basis(kind=kind, product=tail)
            names = (tail,)
        elif kind is BasisKind.EQUAL:
            basis = Basis(kind=kind, members=names)
        elif all(name in SHARE_KINDS for name in names):
            basis = Basis(kind=kind, kinds=tuple(SHARE_KINDS[name] for name in names))
        else:
            raise Unreadable(defects.basis_must_be_known, choices=_BASES)
        if f"{word}:{','.join(names)}" != text:
            taken.append(habits.separator_form)
        return Read(basis, tuple(taken))

    def show(self, value: object) -> str:
        if not isinstance(value, Basis):
            return ""
        words = {kind: word for word, kind in {**PLAIN_BASES, **LISTED_BASES}.items()}
        words[BasisKind.ENTITLEMENTS] = ENTITLEMENTS
        kinds = {kind: word for word, kind in SHARE_KINDS.items()}
        names = [value.product] if value.product else [*(kinds[kind] for kind in value.kinds), *value.members]
        return words[value.kind] + (":" + ",".join(names) if names else "")


@dataclass(frozen=True)
class AmountToShare(Kind):
    """分配金额: ``按第四十四条口径`` (None) or an amount, which is not below zero."""

    empty: object = None

    def plain(self, raw: Raw) -> object:
        if raw == ARTICLE_44:
            return None
        amount = OPTIONAL_AMOUNT.plain(raw)
        return NOT_PLAIN if isinstance(amount, int) and amount < 0 else amount

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:
        if isinstance(raw, str):
            text, taken = tidy(raw)
            if re.sub(r"\s+", "", text) == ARTICLE_44:
                return Read(None, tuple(taken or [habits.inner_space]))
        read = OPTIONAL_AMOUNT.read(raw, from_1904=from_1904)
        if isinstance(read.value, int) and read.value < 0:
            raise Unreadable(defects.number_must_be_in_range, least=0, most=10**13)
        return read

    def show(self, value: object) -> str:
        return yuan(value) if isinstance(value, int) else ARTICLE_44


@dataclass(frozen=True)
class Post(Kind):
    """管理员: ``Q0006/李日山/450000101200``."""

    empty: object = None

    def plain(self, raw: Raw) -> object:  # noqa: ARG002
        return NOT_PLAIN

    def read(self, raw: Raw, *, from_1904: bool = False) -> Read:  # noqa: ARG002
        if not isinstance(raw, str):
            raise Unreadable(defects.manager_must_be_written_in_full)
        text, taken = tidy(raw)
        parts = [part.strip() for part in re.split(r"[/／、,，|]", text)]
        if len(parts) != 3 or not parts[0] or not parts[1]:
            raise Unreadable(defects.manager_must_be_written_in_full)
        member, name, village = CODE.read(parts[0]), NAME.read(parts[1]), VILLAGE.read(parts[2])
        taken += [habit for part in (member, name, village) for habit in part.habits]
        if "/".join(parts) != text:
            taken.append(habits.separator_form)
        post = ManagerPost(row=0, member=str(member.value), name=str(name.value), village=str(village.value))
        return Read(post, tuple(taken))

    def show(self, value: object) -> str:
        return f"{value.member}/{value.name}/{value.village}" if isinstance(value, ManagerPost) else ""


# --- a cooperative's sheets ------------------------------------------------------------------------------------

MEMBERS = Layout(
    "成员",
    (
        Column("成员编号", "number", CODE, required=True),
        Column("户编号", "household", CODE),
        Column("姓名", "name", NAME, required=True),
        Column("类别", "kind", Choice(choices=MEMBER_KINDS), required=True),
        Column("身份证号", "identity", IDENTITY, required=True),
        Column("手机号", "phone", PHONE),
        Column("开户行", "bank", TEXT),
        Column("银行账号", "bank_account", BANK_ACCOUNT),
        Column("账户类型", "account_kind", Choice(choices=ACCOUNT_KINDS)),
        Column("入社日期", "joined_on", DAY, required=True),
        Column("退社日期", "left_on", DAY),
        Column("脱贫户", "poverty_exit", YesNo()),
        Column("备注", "remark", WHOLE_TEXT),
    ),
    MemberRow,
)

COUNTERPARTIES = Layout(
    "往来单位",
    (
        Column("编号", "code", CODE, required=True),
        Column("名称", "name", TEXT, required=True),
        Column("类别", "kind", TEXT),
    ),
    CounterpartyRow,
)

SHARES = Layout(
    "出资",
    (
        Column("序号", "serial", Whole()),
        Column("日期", "on", DAY, required=True),
        Column("成员编号", "member", CODE, required=True),
        Column("方式", "kind", Choice(choices=SHARE_KINDS), required=True),
        Column("数量", "quantity", QUANTITY, required=True),
        Column("单位", "unit", NAME, required=True),
        Column("单价", "price", AMOUNT, required=True),
        Column("金额", "amount", AMOUNT, required=True),
        Column("来源", "origin", Choice(choices=SHARE_ORIGINS), required=True),
        Column("凭证号", "voucher", VoucherNumber(earlier_years=True)),
        Column("决议号", "resolution", TEXT),
        Column("备注", "remark", WHOLE_TEXT),
    ),
    ShareRow,
)

OPENINGS = Layout(
    "期初余额",
    (
        Column("科目编码", "account", CODE, required=True),
        Column("明细", "detail", THING),
        Column("借方", "debit", AMOUNT),
        Column("贷方", "credit", AMOUNT),
    ),
    OpeningRow,
)


class VoucherRow(SheetRow):
    """A row of 凭证 or 村集体凭证 before rows are put together into vouchers. ``village`` is empty in the first."""

    on: date
    number: str
    no: int
    summary: str
    account: str
    account_name: str
    detail: str
    quantity: Hundredths | None
    debit: Fen
    credit: Fen
    originals: int
    prepared_by: str
    reviewed_by: str
    village: str = ""


_VOUCHER_COLUMNS = (
    Column("日期", "on", DAY, required=True, carried=True),
    Column("凭证号", "number", VoucherNumber(), required=True, carried=True),
    Column("行号", "no", LINE_NO, required=True),
    Column("摘要", "summary", WHOLE_TEXT, required=True, carried=True),
    Column("科目编码", "account", CODE, required=True),
    Column("科目名称", "account_name", NAME),
    Column("明细", "detail", THING),
    Column("数量", "quantity", QUANTITY),
    Column("借方金额", "debit", AMOUNT),
    Column("贷方金额", "credit", AMOUNT),
    Column("附件张数", "originals", ORIGINALS, carried=True),
    Column("制单", "prepared_by", NAME, required=True, carried=True),
    Column("审核", "reviewed_by", NAME, required=True, carried=True),
)

VOUCHERS = Layout("凭证", _VOUCHER_COLUMNS, VoucherRow, vouchers=True)

TRADES = Layout(
    "交易",
    (
        Column("日期", "on", DAY, required=True),
        Column("成员编号", "member", CODE, required=True),
        Column("产品", "product", NAME, required=True),
        Column("数量", "quantity", QUANTITY, required=True),
        Column("单位", "unit", NAME, required=True),
        Column("金额", "amount", AMOUNT, required=True),
    ),
    TradeRow,
)

WORK_DAYS = Layout(
    "工分",
    (
        Column("日期", "on", DAY, required=True),
        Column("成员编号", "member", CODE, required=True),
        Column("工种", "work", NAME),
        Column("工日", "days", QUANTITY, required=True),
        Column("日工价", "day_wage", AMOUNT, required=True),
    ),
    WorkDayRow,
)

ANIMALS = Layout(
    "牛只",
    (
        Column("耳标", "ear_tag", Code(grouped=True), required=True),
        Column("批次", "batch", CODE),
        Column("来源", "origin", Choice(choices=ANIMAL_ORIGINS), required=True),
        Column("所有人", "owner", CODE, required=True),
        Column("出借企业", "lender", CODE),
        Column("入栏日期", "entered_on", DAY, required=True),
        Column("入栏体重kg", "entered_weight", QUANTITY),
        Column("作价", "agreed_price", OPTIONAL_AMOUNT),
        Column("状态", "state", Choice(choices=ANIMAL_STATES), required=True),
        Column("离栏日期", "left_on", DAY),
        Column("离栏体重kg", "left_weight", QUANTITY),
        Column("单价", "price", OPTIONAL_AMOUNT),
        Column("保险赔款", "indemnity", OPTIONAL_AMOUNT),
    ),
    AnimalRow,
)


def _ballot(
    row: int,
    year: int,
    manager: str,
    rater: str,
    rater_kind: RaterKind,
    p0: int,
    p1: int,
    p2: int,
    p3: int,
    p4: int,
    p5: int,
) -> BallotRow:
    points = (p0, p1, p2, p3, p4, p5)
    return BallotRow(row=row, year=year, manager=manager, rater=rater, rater_kind=rater_kind, points=points)


BALLOTS = Layout(
    "考评票",
    (
        Column("年度", "year", YEAR, required=True),
        Column("管理员", "manager", CODE, required=True),
        Column("评议人", "rater", CODE, required=True),
        Column("评议人类别", "rater_kind", Choice(choices=RATER_KINDS), required=True),
        *(Column(name, f"p{place}", QUANTITY, required=True) for place, name in enumerate(DIMENSIONS)),
    ),
    _ballot,
)

LEGS = Layout(
    "分配方案",
    (
        Column("序", "no", LINE_NO, required=True),
        Column("名称", "name", TEXT, required=True),
        Column("比例bp", "part_bp", RATE, required=True),
        Column("口径", "basis", BasisOf(), required=True),
        Column("是否交易返还", "patronage", YesNo(), required=True),
    ),
    PolicyLeg,
)

# --- the township's sheets -------------------------------------------------------------------------------------

VILLAGES = Layout(
    "村",
    (
        Column("村编码", "code", VILLAGE, required=True),
        Column("名称", "name", NAME, required=True),
        Column("类别", "kind", Choice(choices=VILLAGE_KINDS), required=True),
    ),
    VillageRow,
)

THRESHOLDS = Layout(
    "门槛",
    (
        Column("年度", "year", YEAR, required=True),
        Column("类别", "kind", Choice(choices=VILLAGE_KINDS), required=True),
        Column("口径", "measure", Choice(choices=MEASURES), required=True),
        Column("金额", "amount", AMOUNT, required=True),
    ),
    ThresholdRow,
)

VILLAGE_OPENINGS = Layout(
    "村集体期初",
    (
        Column("村编码", "village", VILLAGE, required=True),
        Column("科目编码", "account", CODE, required=True),
        Column("明细", "detail", THING),
        Column("借方", "debit", AMOUNT),
        Column("贷方", "credit", AMOUNT),
    ),
    VillageOpeningRow,
)

VILLAGE_VOUCHERS = Layout(
    "村集体凭证",
    (Column("村编码", "village", VILLAGE, required=True, carried=True), *_VOUCHER_COLUMNS),
    VoucherRow,
    vouchers=True,
)

VILLAGE_SCORES = Layout(
    "村级考评",
    (
        Column("年度", "year", YEAR, required=True),
        Column("村编码", "village", VILLAGE, required=True),
        Column("得分", "score", QUANTITY, required=True),
        Column("养殖效益", "benefit", QUANTITY, required=True),
        Column("出勤情况", "attendance", QUANTITY, required=True),
    ),
    VillageScoreRow,
)

CADRES = Layout(
    "村干部",
    (
        Column("村编码", "village", VILLAGE, required=True),
        Column("姓名", "name", NAME, required=True),
        Column("职务", "post", TEXT),
        Column("年度等次", "grade", Choice(choices=GRADES), required=True),
        Column("得分", "score", QUANTITY, required=True),
        Column("养殖效益", "benefit", QUANTITY, required=True),
        Column("出勤情况", "attendance", QUANTITY, required=True),
    ),
    CadreRow,
)

BONUSES = Layout(
    "奖金",
    (
        Column("年度", "year", YEAR, required=True),
        Column("奖金池", "pool", OPTIONAL_AMOUNT),
        Column("方式", "mode", Choice(choices=BONUS_MODES), required=True),
        Column("系数", "tiers", Parts(count=3), required=True),
        Column("层级", "level", Choice(choices=BONUS_LEVELS), required=True),
        Column("不予发放部分", "unpaid", Choice(choices=UNPAID), required=True),
    ),
    BonusRow,
)

# --- the two sheets of items -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Item:
    """A row 项目, 内容. ``expected``: the row is there; ``required``: and it is not empty."""

    kind: Kind
    required: bool = False
    expected: bool = True


INFO = "基本信息"
INFO_ITEMS: Mapping[str, Item] = {
    "单位名称": Item(TEXT, required=True),
    "单位简称": Item(NAME, required=True),
    "单位类型": Item(TEXT, required=True),
    "会计制度": Item(WHOLE_TEXT, required=True),
    "统一社会信用代码": Item(Code(grouped=True), required=True),
    "县": Item(NAME, required=True),
    "乡镇": Item(NAME, required=True),
    "村": Item(NAME, required=True),
    "村编码": Item(VILLAGE, required=True),
    "建账日期": Item(DAY, required=True),
    "会计年度": Item(YEAR, required=True),
    "理事长": Item(NAME),
    "会计": Item(NAME),
    "出纳": Item(NAME),
    "计分员": Item(NAME),
    "开户行": Item(TEXT),
    "银行账号": Item(BANK_ACCOUNT),
}
MANAGER = re.compile(r"^管理员\d+$")
MANAGER_ITEM = Item(Post(), expected=False)

PLAN = "分配方案"
PLAN_ITEMS: Mapping[str, Item] = {
    "年度": Item(YEAR, required=True),
    "记录日": Item(DAY, required=True),
    "公积金比例bp": Item(RATE, required=True),
    "公积金量化口径": Item(TEXT, required=True),
    "分配金额": Item(AmountToShare(), required=True),
    "交易产品": Item(Names()),
    "提成方式": Item(Choice(choices=COMMISSION_MODES), required=True),
    "提成比例bp": Item(RATE, required=True),
    "不足60分提成": Item(Choice(choices=BELOW_60), required=True),
    "党员评议权重bp": Item(RATE, required=True),
    "最少票数": Item(Whole(least=1, most=10_000, units=frozenset({"票"})), required=True),
    "各项满分": Item(Parts(count=6), required=True),
    "决议号": Item(TEXT),
}
COMMISSION_BASE = re.compile(r"^提成基数-(.+)$")
COMMISSION_BASE_ITEM = Item(OPTIONAL_AMOUNT, required=True)

# --- the workbooks ---------------------------------------------------------------------------------------------

COOPERATIVE_SHEETS = (
    INFO,
    "成员",
    "往来单位",
    "出资",
    "期初余额",
    "凭证",
    "交易",
    "工分",
    "牛只",
    "考评票",
    PLAN,
)
TOWNSHIP_SHEETS = ("村", "门槛", "村集体期初", "村集体凭证", "村级考评", "村干部", "奖金")
SHEET_ORDER = {name: place for place, name in enumerate((*COOPERATIVE_SHEETS, *TOWNSHIP_SHEETS))}

BY_MEMBER = frozenset({"114", "212", "213", "221", "222", "301"})
"""Accounts of a cooperative whose 明细 is a 成员编号 (README of the packs)."""

BY_COUNTERPARTY = frozenset({"113", "201", "211", "215", "231"})
"""Accounts of a cooperative whose 明细 is a 往来单位 编号; 231 like 201, by lender."""
