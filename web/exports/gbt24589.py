"""A book in the words of the national data interface of accounting software.

The names of tables and fields follow GB/T 24589.1-2010 (财经信息技术 会计核算软件数据接口 第1部分：企业), its parts
公共档案 and 总账. The edition in force since 1 July 2025 is GB/T 24589.1-2024, whose text was not at hand; no edition
was written for cooperatives or village collectives. The file is not certified, and says all this of itself.

One file holds both parts, in UTF-8. Fields the book knows nothing of (currencies, exchange rates, cash-flow items)
are left out where the interface lets them be empty. Whose identity number it is, nobody is told.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from xml.sax.saxutils import escape

from coop.members import queries as members
from coop.places import queries as places
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.details import queries as details
from ledger.money import text_from_hundredths, yuan
from ledger.people import queries as people
from ledger.proof.queries import posted_by_date
from ledger.statements import queries as statements
from ledger.vouchers.rules import SETTLEMENT
from schemas.books import Book, BookAccount, BookKind, Detail
from schemas.charts import Category, DetailUse, KeptBy, Side
from schemas.statements import EquityStatement, Statement
from schemas.units import Fen, Hundredths, PersonId
from schemas.vouchers import Origin, Voucher, Word
from web.database import Connection

NOTICE = (
    "本文件的表名和字段名依照GB/T 24589.1-2010《财经信息技术 会计核算软件数据接口 第1部分：企业》的公共档案和总账两部分。"
    "现行版本为GB/T 24589.1-2024。本文件未经认证。 "
    "The names of tables and fields follow GB/T 24589.1-2010; the edition in force is GB/T 24589.1-2024. "
    "This file is not certified."
)
FOLLOWS = "GB/T 24589.1-2010"

Fields = Mapping[str, object]
AnyStatement = Statement | EquityStatement

_CATEGORIES = {
    Category.ASSET: "资产",
    Category.ASSET_CONTRA: "资产",
    Category.LIABILITY: "负债",
    Category.EQUITY: "所有者权益",
    Category.COST: "成本",
    Category.INCOME: "损益",
    Category.EXPENSE: "损益",
}
_SIDES = {Side.DEBIT: "借", Side.CREDIT: "贷", Side.BOTH: "借或贷"}
_WORDS = {
    Word.GENERAL: "记账凭证",
    Word.RECEIPT: "收款凭证",
    Word.PAYMENT: "付款凭证",
    Word.TRANSFER: "转账凭证",
}
_FILES = {
    KeptBy.MEMBER: "成员档案",
    KeptBy.HOUSEHOLD: "户档案",
    KeptBy.COUNTERPARTY: "往来单位档案",
    KeptBy.NAME: "项目档案",
}
_ORIGINS = {
    Origin.IMPORT: "移交导入",
    Origin.PLAN: "固定资产",
    Origin.CLOSING: "期末结转",
    Origin.RUN: "盈余分配",
    Origin.PAYOUT: "分配发放",
    Origin.LANDING: "跨账往来",
}


def book_xml(db: Connection, *, book: Book, version: str) -> Iterator[str]:
    """The book, piece by piece."""
    last = max(
        (period // 100 for _account, _detail, period in balances.kept(db, book=book.id)),
        default=book.first_year,
    )
    years = range(book.first_year, last + 1)
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {NOTICE} -->\n'
    yield f'<会计核算软件数据接口 依照="{FOLLOWS}" 认证="未经认证">\n'
    who = _people(db, book=book)
    yield from _part("公共档案", _common(db, book=book, years=years, version=version, who=who))
    yield from _part("总账", _ledger(db, book=book, years=years, who=who))
    yield "</会计核算软件数据接口>\n"


def _part(name: str, tables: Iterable[tuple[str, Iterable[Fields]]]) -> Iterator[str]:
    yield f"<{name}>\n"
    for table, rows in tables:
        for row in rows:
            fields = "".join(f"<{field}>{_said(value)}</{field}>" for field, value in row.items())
            yield f"<{table}>{fields}</{table}>\n"
    yield f"</{name}>\n"


def _said(value: object) -> str:
    if value is None:
        return ""
    plain = "".join(max(sign, " ") for sign in str(value))
    return escape(plain)


# 公共档案


def _common(
    db: Connection, *, book: Book, years: range, version: str, who: Mapping[PersonId, str]
) -> Iterator[tuple[str, Iterable[Fields]]]:
    unit = places.unit(db, book=book.id)
    yield (
        "电子账簿",
        (
            {
                "电子账簿编号": book.id,
                "电子账簿名称": f"{book.short_name}账套",
                "会计核算单位": book.name,
                "组织机构代码": "" if unit is None else unit.credit_code,
                "单位性质": "农民专业合作社" if book.kind is BookKind.COOPERATIVE else "农村集体经济组织",
                "行业": "农业",
                "开发单位": "联建 Lianjian",
                "版本号": version,
                "本位币": "人民币",
                "会计年度": year,
                "标准版本号": FOLLOWS,
            }
            for year in years
        ),
    )
    yield (
        "会计期间",
        (
            {
                "会计年度": year,
                "会计期间号": month,
                "会计期间起始日期": _day(_first_day(year, month)),
                "会计期间结束日期": _day(_last_day(year, month)),
            }
            for year in years
            for month in range(1, SETTLEMENT + 1)
        ),
    )
    yield (
        "记账凭证类型",
        (
            {"记账凭证类型编号": word.value, "记账凭证类型名称": name, "记账凭证类型简称": word.value}
            for word, name in _WORDS.items()
        ),
    )
    yield "币种", ({"币种编码": "CNY", "币种名称": "人民币"},)
    yield (
        "员工档案",
        ({"员工编码": number, "员工姓名": name} for number, name in sorted(who.items())),
    )
    yield (
        "客户档案",
        (
            {"客户编码": one.code, "客户名称": one.name, "客户简称": one.name}
            for one in members.counterparties(db, book=book.id).values()
        ),
    )
    known = details.details(db, book=book.id).values()
    yield (
        "自定义档案项",
        (
            {
                "档案编码": kind.value,
                "档案名称": name,
                "档案描述": "",
                "是否有层级特征": "0",
                "档案编码规则": "",
            }
            for kind, name in _FILES.items()
            if any(one.kind is kind for one in known)
        ),
    )
    yield (
        "自定义档案项值",
        (
            {
                "档案编码": one.kind.value,
                "档案值编码": one.code,
                "档案值名称": one.name,
                "档案值描述": "",
                "档案值父节点": "",
                "档案值级次": 1,
            }
            for one in known
            if one.code
        ),
    )


def _people(db: Connection, *, book: Book) -> Mapping[PersonId, str]:
    named = {
        person
        for voucher in posted_by_date(db, book=book.id)
        for person in (voucher.prepared_by, voucher.reviewed_by, voucher.posted_by)
        if person is not None
    }
    return people.names_of(db, named)


# 总账


def _ledger(
    db: Connection, *, book: Book, years: range, who: Mapping[PersonId, str]
) -> Iterator[tuple[str, Iterable[Fields]]]:
    accounts = books.accounts(db, book=book)
    names = details.details(db, book=book.id)
    yield "总账基础信息", ({"结构分隔符": "", "会计科目编号规则": "3-2-2-2"},)
    yield (
        "会计科目",
        (
            {
                "科目编号": account.code,
                "科目名称": account.name,
                "科目级次": _level(account.code, accounts),
                "科目类型": _CATEGORIES[account.statutory.category],
                "余额方向": _SIDES[account.statutory.side],
            }
            for account in accounts.values()
        ),
    )
    yield (
        "科目辅助核算",
        (
            {
                "科目编号": account.code,
                "辅助项编号": 1,
                "辅助项名称": "明细",
                "对应档案": "、".join(_FILES[kind] for kind in account.statutory.kept_by),
                "辅助项描述": "",
            }
            for account in accounts.values()
            if account.statutory.detail is not DetailUse.NONE
        ),
    )
    yield "科目余额及发生额", _balances(db, book=book, years=years, names=names)
    who = _people(db, book=book)
    yield (
        "记账凭证",
        (
            row
            for voucher in posted_by_date(db, book=book.id)
            for row in _voucher_rows(voucher, who=who, names=names)
        ),
    )
    yield (
        "报表集",
        (
            {
                "报表编号": form.number,
                "报表名称": form.title.zh,
                "报表报告日": f"{year}1231",
                "报表报告期": year,
                "编制单位": book.name,
                "货币单位": "元",
            }
            for year, form in _statements(db, book=book, years=years)
        ),
    )
    yield (
        "报表项数据",
        (row for year, form in _statements(db, book=book, years=years) for row in _items(form, year)),
    )


def _balances(db: Connection, *, book: Book, years: range, names: Mapping[str, Detail]) -> Iterator[Fields]:
    """Every account and detail in every month in which it opened with something or moved."""
    kept = balances.kept(db, book=book.id)
    keys = sorted({(account, detail) for account, detail, _period in kept})
    for account, detail in keys:
        balance: Fen = 0
        quantity: Hundredths = 0
        for year in years:
            for month in range(SETTLEMENT + 1):
                moved = kept.get((account, detail, year * 100 + month))
                opening, opened = balance, quantity
                if moved is not None:
                    balance += moved.debit - moved.credit
                    quantity += moved.quantity_in - moved.quantity_out
                if month == 0 or (moved is None and not opening and not opened):
                    continue
                yield {
                    "科目编号": account,
                    "辅助项1编号": detail,
                    "期初余额方向": _side(opening),
                    "期末余额方向": _side(balance),
                    "币种编码": "CNY",
                    "计量单位": names[detail].unit if detail in names else "",
                    "会计年度": year,
                    "会计期间号": month,
                    "期初数量": text_from_hundredths(opened),
                    "期初本币余额": yuan(abs(opening)),
                    "借方数量": text_from_hundredths(moved.quantity_in if moved else 0),
                    "借方本币金额": yuan(moved.debit if moved else 0),
                    "贷方数量": text_from_hundredths(moved.quantity_out if moved else 0),
                    "贷方本币金额": yuan(moved.credit if moved else 0),
                    "期末数量": text_from_hundredths(quantity),
                    "期末本币余额": yuan(abs(balance)),
                }


def _voucher_rows(
    voucher: Voucher, *, who: Mapping[PersonId, str], names: Mapping[str, Detail]
) -> Iterator[Fields]:
    for number, line in enumerate(voucher.lines, 1):
        quantity = None if line.quantity is None else text_from_hundredths(line.quantity)
        on_credit = bool(line.credit)
        yield {
            "记账凭证日期": _day(voucher.date),
            "会计年度": voucher.period // 100,
            "会计期间号": voucher.period % 100,
            "记账凭证类型编号": voucher.word.value,
            "记账凭证编号": voucher.number,
            "记账凭证行号": number,
            "记账凭证摘要": line.summary,
            "科目编号": line.account,
            "辅助项1编号": line.detail,
            "币种编码": "CNY",
            "计量单位": names[line.detail].unit if line.detail in names else "",
            "借方数量": None if on_credit else quantity,
            "借方本币金额": yuan(line.debit),
            "贷方数量": quantity if on_credit else None,
            "贷方本币金额": yuan(line.credit),
            "附件数": voucher.originals,
            "制单人": who.get(voucher.prepared_by, ""),
            "审核人": who.get(voucher.reviewed_by or 0, ""),
            "记账人": who.get(voucher.posted_by or 0, ""),
            "记账标志": "1",
            "作废标志": "0",
            "凭证来源系统": _ORIGINS.get(voucher.origin, "总账"),
        }


def _statements(db: Connection, *, book: Book, years: range) -> Iterator[tuple[int, AnyStatement]]:
    for year in years:
        for kind in statements.forms_of(book):
            yield year, statements.statement(db, book=book, kind=kind, until=year * 100 + SETTLEMENT)


def _items(form: AnyStatement, year: int) -> Iterator[Fields]:
    if isinstance(form, EquityStatement):
        figures = ((number, column.zh, column.closing) for number, column in enumerate(form.columns, 1))
    else:
        figures = ((line.no, line.zh, line.amount or 0) for line in form.lines if line.no is not None)
    for number, name, amount in figures:
        yield {
            "报表编号": form.number,
            "报表报告期": year,
            "报表项编号": number,
            "报表项名称": name,
            "报表项数值": yuan(amount),
        }


def _level(code: str, accounts: Mapping[str, BookAccount]) -> int:
    parent = accounts[code].parent
    return 1 + (_level(parent, accounts) if parent else 0)


def _side(balance: Fen) -> str:
    return "平" if balance == 0 else "借" if balance > 0 else "贷"


def _day(on: date) -> str:
    return f"{on:%Y%m%d}"


def _first_day(year: int, month: int) -> date:
    """The settlement stage is a period of its own on the last day of the year."""
    return date(year, 12, 31) if month == SETTLEMENT else date(year, month, 1)


def _last_day(year: int, month: int) -> date:
    if month >= 12:
        return date(year, 12, 31)
    return date.fromordinal(date(year, month + 1, 1).toordinal() - 1)
