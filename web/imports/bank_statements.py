"""A bank's statement from the file the bank gives out: an .xlsx workbook, or text with commas or tabs in UTF-8 or GBK.

Every bank has a layout of its own. Here the header is found by the words in it, wherever it stands; money is told by
two columns (支出 and 收入, or 借方 and 贷方: the bank's debit is what went out), or by one with a sign or a mark beside
it. Cells are read with the habits of ``web.imports.cells``; whatever is not certain is refused with its row, column and
value. Numbers of accounts, identities and telephones are masked before anything else sees them.

>>> text = "交易日期,摘要,支出,收入,余额,对方户名\\n2025-03-05,水费,88.00,,912.00,自来水公司\\n"
>>> found = read_statement(text.encode("gb18030"), name="流水.csv")
>>> found.rows[0].amount, found.rows[0].party, found.opening, found.closing
(-8800, '自来水公司', 100000, 91200)
"""

import csv
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from coop.identity import masked, masked_text
from ledger.texts import decoded
from schemas.bank import StatementRow
from schemas.identity import IdentityKind
from schemas.problems import Fault, Problem, Refusal
from schemas.units import Fen, Value
from web.imports.cells import Amount, Day, Unreadable, is_blank, tidy, written
from web.imports.delimited import rows_in
from web.imports.workbooks import Raw, WorkbookRefused, read_workbook

MOST_BYTES = 10_000_000
MOST_ROWS = 50_000
_HEADER_WITHIN = 60
"""A header stands within the first rows: above it banks print who, which account and which days."""
_LONGEST = 200

file_must_be_a_statement = Fault(
    code="file_must_be_a_statement",
    says="{file} cannot be read as a bank statement: {reason}.",
    remedy="Download it from the bank as Excel (.xlsx) or CSV, or open it and save it as one of them.",
)
statement_must_have_a_header = Fault(
    code="statement_must_have_a_header",
    says="{file} has no row with the titles of its columns: a day and an amount (支出 and 收入, 借方 and 贷方, or 金额).",
    remedy="Keep the row of titles as the bank wrote it.",
)
statement_must_have_rows = Fault(
    code="statement_must_have_rows",
    says="{file} has no row with a day and an amount.",
    remedy="Choose the file of a time in which the account moved.",
)
statement_must_not_be_too_long = Fault(
    code="statement_must_not_be_too_long",
    says="{file} has more than {most} rows.",
    remedy="Download a shorter time.",
)
statement_day_must_be_certain = Fault(
    code="statement_day_must_be_certain",
    says="Row {row}, column {column}: “{value}” is no certain day.",
    remedy="Write it like 2025-03-31, and take the file again.",
)
statement_amount_must_be_certain = Fault(
    code="statement_amount_must_be_certain",
    says="Row {row}, column {column}: “{value}” is no amount in yuan and fen.",
    remedy="Correct the cell, or download the file again.",
)
statement_row_must_go_one_way = Fault(
    code="statement_row_must_go_one_way",
    says="Row {row}: {out} went out and {came} came in, in one row.",
    remedy="One of them must be empty; ask the bank which is right.",
)
statement_direction_must_be_known = Fault(
    code="statement_direction_must_be_known",
    says="Row {row}, column {column}: “{value}” does not say whether money came in or went out.",
    remedy="Write 收 or 支 (or 贷 or 借).",
)


class StatementFile(Value):
    """What a file says, its rows in the bank's order. ``opening`` and ``closing`` are None where it shows no balances;
    the days are those it names above its rows, else those of its rows."""

    rows: tuple[StatementRow, ...]
    first_day: date
    last_day: date
    opening: Fen | None
    closing: Fen | None


DATE, CLOCK, OUT, CAME, AMOUNT, WAY, BALANCE, TEXT, USE, PARTY, ACCOUNT, REFERENCE = (
    "date", "clock", "out", "came", "amount", "way", "balance", "text", "use", "party", "account", "reference",
)  # fmt: skip

TITLES: Mapping[str, tuple[str, ...]] = {
    DATE: ("交易日期", "记账日期", "入账日期", "日期", "交易日", "记账日", "发生日期", "账务日期", "date"),
    CLOCK: ("交易时间", "记账时间", "入账时间", "交易时间戳", "时间"),
    OUT: ("支出", "支出金额", "借方", "借方金额", "借方发生额", "借方发生金额", "转出", "转出金额", "付款金额",
          "支取", "支取金额", "取出", "付方", "debit"),
    CAME: ("收入", "收入金额", "贷方", "贷方金额", "贷方发生额", "贷方发生金额", "转入", "转入金额", "收款金额",
           "存入", "存入金额", "收方", "credit"),
    AMOUNT: ("金额", "交易金额", "发生额", "发生金额", "交易额", "amount"),
    WAY: ("借贷标志", "借/贷", "借贷", "借贷方向", "收支标志", "收/支", "收支", "收支类型", "收付标志", "方向",
          "交易方向", "借贷状态", "收付"),
    BALANCE: ("余额", "账户余额", "交易后余额", "本次余额", "当前余额", "可用余额", "账面余额", "balance"),
    TEXT: ("摘要", "交易摘要", "交易类型", "业务类型", "交易说明", "说明", "摘要说明"),
    USE: ("用途", "附言", "备注", "交易用途", "交易附言", "转账附言", "个性化信息"),
    PARTY: ("对方户名", "对方名称", "对方单位名称", "对方单位", "对方账户名称", "对方姓名", "对手户名", "收付方名称",
            "对方账户名", "交易对方", "收/付方名称", "对手名称"),
    ACCOUNT: ("对方账号", "对方账户", "对方卡号", "对手账号", "收付方账号", "收/付方账号", "对方账/卡号"),
    REFERENCE: ("流水号", "交易流水号", "账户明细编号", "账户明细编号-交易流水号", "银行流水号", "核心流水号",
                "交易流水", "凭证号", "凭证号码", "回单编号", "柜员流水号", "日志号"),
}  # fmt: skip
"""The words banks put over each column; brackets and blanks do not count. The first that is there is taken."""

_OUTWARD = frozenset({"借", "借方", "支", "支出", "付", "付款", "出", "转出", "往账", "支取", "D", "DR", "-"})
_INWARD = frozenset({"贷", "贷方", "收", "收入", "收款", "入", "转入", "来账", "存入", "C", "CR", "+"})
_NOT_A_ROW = re.compile(
    r"合计|总计|小计|累计|本页|承前|过次|期初|期末|上期|结余|笔数|以下空白|打印|制表|温馨提示|备注[:：]|说明[:：]"
)
_ONE_DAY = r"(?<!\d)(\d{4}[-/.年]?\d{1,2}[-/.月]?\d{1,2})日?(?!\d)"
_DAYS = re.compile(rf"{_ONE_DAY}\D{{1,12}}?{_ONE_DAY}")
_STAMP = re.compile(r"^(\d{8})\s?(\d{6})$")

_day, _amount = Day(), Amount(empty=None)


class _Header(NamedTuple):
    row: int
    places: Mapping[str, int]
    titles: Mapping[str, str]

    def title(self, column: str) -> str:
        """What stands over a column."""
        return self.titles[column]


def read_statement(content: bytes, *, name: str) -> StatementFile:
    """The statement in a file. Refused with everything that is not certain in it, row by row."""
    cells, from_1904 = _cells(content, name=name)
    header = _header(cells)
    if header is None:
        raise Refusal(statement_must_have_a_header.at("/file", file=name))
    if len(cells) - header.row > MOST_ROWS:
        raise Refusal(statement_must_not_be_too_long.at("/file", file=name, most=MOST_ROWS))
    rows: list[StatementRow] = []
    problems: list[Problem] = []
    for number, row in enumerate(cells[header.row + 1 :], header.row + 2):
        found = _row(row, number=number, header=header, from_1904=from_1904)
        if isinstance(found, StatementRow):
            rows.append(found)
        else:
            problems += found
    if problems:
        raise Refusal(*problems)
    if not rows:
        raise Refusal(statement_must_have_rows.at("/file", file=name))
    opening, closing = _balances(rows)
    days = [row.date for row in rows]
    first, last = _days_above(cells[: header.row]) or (min(days), max(days))
    return StatementFile(
        rows=tuple(rows),
        first_day=min(first, *days),
        last_day=max(last, *days),
        opening=opening,
        closing=closing,
    )


# Cells


def _cells(content: bytes, *, name: str) -> tuple[Sequence[Sequence[Raw]], bool]:
    """The cells of the sheet that looks most like a statement, and whether its dates count from 1904."""
    if content[:4] == b"PK\x03\x04":
        try:
            workbook = read_workbook(content)
        except WorkbookRefused as refused:
            raise Refusal(file_must_be_a_statement.at("/file", file=name, reason=refused.reason)) from refused
        sheets = [sheet for sheet in workbook.sheets if not sheet.hidden and sheet.cells]
        with_header = [sheet for sheet in sheets if _header(sheet.cells) is not None]
        chosen = next(iter(with_header or sheets), None)
        return ([] if chosen is None else chosen.cells), workbook.from_1904
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Refusal(file_must_be_a_statement.at("/file", file=name, reason="Excel 97–2003 (.xls)"))
    if content[:4] == b"%PDF" or content.lstrip()[:1] == b"<":
        kind = "PDF" if content[:4] == b"%PDF" else "HTML"
        raise Refusal(file_must_be_a_statement.at("/file", file=name, reason=kind))
    text = decoded(content)
    if text is None:
        raise Refusal(file_must_be_a_statement.at("/file", file=name, reason="UTF-8? GBK?"))
    try:
        return rows_in(text), False
    except csv.Error as error:
        raise Refusal(file_must_be_a_statement.at("/file", file=name, reason=str(error))) from error


# The header


def _header(cells: Sequence[Sequence[Raw]]) -> _Header | None:
    """The row of titles: the one that names a day, a way to tell the amount, and most columns beside."""
    best: _Header | None = None
    for number, row in enumerate(cells[:_HEADER_WITHIN]):
        places: dict[str, int] = {}
        titles: dict[str, str] = {}
        rank: dict[str, int] = {}
        for place, raw in enumerate(row):
            if not isinstance(raw, str) or is_blank(raw):
                continue
            plain = _plain(raw)
            for column, known in TITLES.items():
                if plain in known and known.index(plain) < rank.get(column, len(known)):
                    places[column], titles[column], rank[column] = place, tidy(raw)[0], known.index(plain)
        tells_the_amount = AMOUNT in places or (OUT in places and CAME in places)
        if (
            (DATE in places or CLOCK in places)
            and tells_the_amount
            and (best is None or len(places) > len(best.places))
        ):
            best = _Header(number, places, titles)
    return best


def _plain(title: str) -> str:
    """A title without blanks, brackets with what is in them, and the unit: ``借方发生额/元(支取)`` is 借方发生额."""
    plain = unicodedata.normalize("NFKC", tidy(title)[0])
    plain = re.sub(r"\([^)]*\)|\[[^]]*]|\s", "", plain)
    return re.sub(r"/元$|\(元$|:$", "", plain).casefold()


# Rows


def _row(
    row: Sequence[Raw], *, number: int, header: _Header, from_1904: bool
) -> StatementRow | list[Problem]:
    """A row of money; nothing (no problems) for blank rows, sums and remarks."""
    cells = {column: row[place] if place < len(row) else "" for column, place in header.places.items()}
    texts = [tidy(raw)[0] for raw in row if isinstance(raw, str) and not is_blank(raw)]
    if not texts and all(is_blank(raw) for raw in row):
        return []
    problems: list[Problem] = []
    amounts = {
        column: _amount_in(cells.get(column, ""), column, number=number, header=header, problems=problems)
        for column in (OUT, CAME, AMOUNT, BALANCE)
    }
    on = _day_in(cells, number=number, header=header, from_1904=from_1904)
    if not isinstance(on, date):
        marked = any(_NOT_A_ROW.search(text) for text in texts)
        says_nothing = not any(amounts[column] for column in (OUT, CAME, AMOUNT))
        return (
            []
            if marked or (says_nothing and not problems and on is None)
            else [*_missing(on, number, header)]
        )
    moved = _moved(amounts, cells, number=number, header=header, problems=problems)
    if problems:
        return problems
    if not moved:
        return []
    account = _written(cells, ACCOUNT)
    text = " ".join(
        dict.fromkeys(
            part
            for part in (
                masked_text(_written(cells, TEXT)),
                masked_text(_written(cells, USE)),
                masked(account, IdentityKind.CORPORATE) if account else "",
            )
            if part
        )
    )
    return StatementRow(
        date=on,
        amount=moved,
        text=text[:_LONGEST],
        party=masked_text(_written(cells, PARTY))[:_LONGEST],
        reference=_written(cells, REFERENCE)[:_LONGEST],
        balance=amounts[BALANCE],
    )


def _missing(on: Problem | None, number: int, header: _Header) -> Iterator[Problem]:
    if on is not None:
        yield on
    else:
        column = header.title(DATE if DATE in header.places else CLOCK)
        yield statement_day_must_be_certain.at("/file", row=number, column=column, value="")


def _written(cells: Mapping[str, Raw], column: str) -> str:
    return " ".join(tidy(written(cells.get(column, "")))[0].split())


def _day_in(
    cells: Mapping[str, Raw], *, number: int, header: _Header, from_1904: bool
) -> date | Problem | None:
    """The day of a row; None where no cell says one. A clock alone (10:12:33) says none."""
    wrong: Problem | None = None
    for column in (DATE, CLOCK):
        raw = cells.get(column, "")
        if is_blank(raw) or not (isinstance(raw, (str, float, int, date))):
            continue
        if isinstance(raw, str) and (stamp := _STAMP.match(tidy(raw)[0])):
            raw = stamp[1]
        elif isinstance(raw, float) and raw.is_integer() and raw >= 10**13:
            raw = str(int(raw))[:8]
        try:
            value = _day.read(raw, from_1904=from_1904).value
        except Unreadable:
            wrong = wrong or statement_day_must_be_certain.at(
                "/file", row=number, column=header.title(column), value=written(raw)[:60]
            )
            continue
        if isinstance(value, date):
            return value
    return wrong


def _amount_in(raw: Raw, column: str, *, number: int, header: _Header, problems: list[Problem]) -> Fen | None:
    if is_blank(raw):
        return None
    try:
        value = _amount.read(raw).value
    except Unreadable:
        problems.append(
            statement_amount_must_be_certain.at(
                "/file", row=number, column=header.title(column), value=written(raw)[:60]
            )
        )
        return None
    return value if isinstance(value, int) else None


def _moved(
    amounts: Mapping[str, Fen | None],
    cells: Mapping[str, Raw],
    *,
    number: int,
    header: _Header,
    problems: list[Problem],
) -> Fen:
    """What a row moved: positive came in. A red figure in a column turns it round."""
    out, came = amounts[OUT] or 0, amounts[CAME] or 0
    if OUT in header.places and CAME in header.places and (out or came):
        if out and came:
            problems.append(
                statement_row_must_go_one_way.at("/file", row=number, out=_yuan(out), came=_yuan(came))
            )
        return came - out
    amount = amounts[AMOUNT] or 0
    if WAY not in header.places or not amount:
        return amount
    way = unicodedata.normalize("NFKC", _written(cells, WAY)).upper()
    if way in _OUTWARD:
        return -abs(amount)
    if way in _INWARD:
        return abs(amount)
    problems.append(
        statement_direction_must_be_known.at("/file", row=number, column=header.title(WAY), value=way[:60])
    )
    return 0


def _yuan(fen: Fen) -> str:
    return _amount.show(fen)


# What the file says as a whole


def _balances(rows: Sequence[StatementRow]) -> tuple[Fen | None, Fen | None]:
    """What the account held before and after, where every row shows a balance; banks list oldest or newest first."""
    balances = [row.balance for row in rows]
    if any(balance is None for balance in balances):
        return None, None
    shown = [balance for balance in balances if balance is not None]
    amounts = [row.amount for row in rows]
    backwards = _follow(shown[::-1], amounts[::-1]) and not _follow(shown, amounts)
    if backwards or (not _follow(shown, amounts) and rows[0].date > rows[-1].date):
        shown, amounts = shown[::-1], amounts[::-1]
    return shown[0] - amounts[0], shown[-1]


def _follow(balances: Sequence[Fen], amounts: Sequence[Fen]) -> bool:
    return all(
        before + amount == after
        for before, amount, after in zip(balances, amounts[1:], balances[1:], strict=False)
    )


def _days_above(cells: Sequence[Sequence[Raw]]) -> tuple[date, date] | None:
    """The days a statement says it covers, from the rows above its header: 起止日期：2025-03-01 至 2025-03-31."""
    for row in cells:
        line = " ".join(tidy(written(raw))[0] for raw in row if not is_blank(raw))
        found = _DAYS.search(unicodedata.normalize("NFKC", line))
        if found is None:
            continue
        days = []
        for text in found.groups():
            try:
                value = _day.read(text + ("日" if "月" in text else "")).value
            except Unreadable:
                break
            if isinstance(value, date):
                days.append(value)
        if len(days) == 2 and days[0] <= days[1]:
            return days[0], days[1]
    return None
