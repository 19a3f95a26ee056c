"""What leaves a book as a table, drawn from the same queries as its pages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate

import msgspec

from ledger.account_books import queries as account_books
from ledger.balances import queries as balances
from ledger.balances.rules import trial_balance
from ledger.books import queries as books
from ledger.details import queries as details
from ledger.log import queries as log
from ledger.people import queries as people
from ledger.vouchers import queries as vouchers
from ledger.vouchers.rules import number_text
from schemas.account_books import LedgerPage, LedgerRow, RowKind
from schemas.books import Book, BookAccount
from schemas.log import LogEntry
from schemas.units import Fen, Period
from schemas.vouchers import VoucherFilter
from web.database import Connection
from web.exports.paper import ROW, height
from web.exports.sheets import Cell, Column, Kind, Sheet
from web.i18n import say, say_word
from web.i18n.words import N_
from web.pages.naming import standard_name
from web.people_names import names_of as names_of_people

MOST_VOUCHERS = 100_000


def month(period: Period) -> str:
    """A period as it is printed: 2025-03."""
    return f"{period // 100}-{period % 100:02d}"


def span(from_period: Period, to_period: Period) -> str:
    """A span of months as it is printed."""
    return month(from_period) if from_period == to_period else f"{month(from_period)} – {month(to_period)}"


def trial_balance_sheet(
    db: Connection,
    *,
    book: Book,
    from_period: Period,
    to_period: Period,
    account: str = "",
    detail: str = "",
    with_details: bool,
    locale: str,
) -> Sheet:
    """科目余额表: each account, with its details below it when asked for; of one account or detail where named."""
    found = trial_balance(
        [
            row
            for row in balances.details_between(
                db, book=book.id, from_period=from_period, to_period=to_period, account=account
            )
            if not detail or row.detail == detail
        ],
        from_period=from_period,
        to_period=to_period,
    )
    accounts = books.accounts(db, book=book)
    names = {code: detail.name for code, detail in details.details(db, book=book.id).items()}
    rows: list[tuple[Cell, ...]] = []
    for row in found.rows:
        rows.append(
            (
                row.account,
                _account_name(accounts[row.account], locale),
                row.opening_debit or None,
                row.opening_credit or None,
                row.debit,
                row.credit,
                row.closing_debit or None,
                row.closing_credit or None,
            )
        )
        rows += [
            (
                row.account,
                _detail_name(detail.detail, names),
                *_sides(detail.opening),
                detail.debit,
                detail.credit,
                *_sides(detail.closing),
            )
            for detail in (found.details if with_details else ())
            if detail.account == row.account and detail.detail
        ]
    total = found.totals
    rows.append(
        (
            None,
            say(locale, "Total"),
            total.opening_debit,
            total.opening_credit,
            total.debit,
            total.credit,
            total.closing_debit,
            total.closing_credit,
        )
    )
    titles = (
        N_("Opening debit"),
        N_("Opening credit"),
        N_("Debit turnover"),
        N_("Credit turnover"),
        N_("Closing debit"),
        N_("Closing credit"),
    )
    return Sheet(
        name=say(locale, "Trial balance"),
        title=say(locale, "Trial balance"),
        under=_under(
            book,
            account,
            _detail_name(detail, names),
            span(from_period, to_period),
            say(locale, "Unit: yuan"),
        ),
        columns=(
            Column(title=say(locale, "Code"), width=8),
            Column(title=say(locale, "Account"), width=28),
            *(Column(title=say(locale, title), kind=Kind.MONEY, width=16) for title in titles),
        ),
        rows=tuple(rows),
        strong=(len(rows) - 1,),
    )


def ledger_sheet(
    db: Connection,
    *,
    book: Book,
    account: str,
    detail: str | None,
    from_period: Period,
    to_period: Period,
    daily: bool,
    rows_a_page: int | None,
    locale: str,
) -> Sheet:
    """明细账 or, with ``daily``, 日记账 of an account; printed in pages of ``rows_a_page`` rows of one line, each with
    承前页 and 过次页; where the account has sub-accounts each line says which it is on. Without an account, the lines of all
    of them: see ``_over_accounts``."""
    if not account:
        return _over_accounts(
            db, book=book, detail=detail, from_period=from_period, to_period=to_period, locale=locale
        )
    accounts = books.accounts(db, book=book)
    names = {code: found.name for code, found in details.details(db, book=book.id).items()}
    below = {
        code: f"{code} {_account_name(found, locale)}"
        for code, found in accounts.items()
        if code.startswith(account)
    }
    if len(below) == 1:
        below = {}
    columns = (
        Column(title=say(locale, "Date"), kind=Kind.DAY, width=12),
        Column(title=say(locale, "Voucher"), width=11),
        Column(title=say(locale, "Summary"), width=32 if below else 34),
        *([Column(title=say(locale, "Account"), width=20)] if below else ()),
        Column(title=say(locale, "Detail"), width=16 if below else 18),
        Column(title=say(locale, "Debit"), kind=Kind.MONEY, width=15),
        Column(title=say(locale, "Credit"), kind=Kind.MONEY, width=15),
        Column(title=say(locale, "Side"), width=6),
        Column(title=say(locale, "Balance"), kind=Kind.MONEY, width=16),
    )
    rows: list[tuple[Cell, ...]] = []
    strong: list[int] = []
    breaks: list[int] = []
    after, limit = None, None if rows_a_page is None else rows_a_page - 2
    while True:
        page = account_books.ledger_page(
            db,
            book=book.id,
            account=account,
            detail=detail,
            from_period=from_period,
            to_period=to_period,
            after=after,
            limit=limit,
            daily=daily,
        )
        cells = [_ledger_row(row, below=below, names=names, locale=locale) for row in page.rows]
        if rows_a_page is not None:
            fewer = _fewer_lines(page, [height(row, columns) for row in cells], room=rows_a_page * ROW)
            if fewer is not None:
                limit = fewer
                continue
            limit = rows_a_page - 2
        if after is not None:
            breaks.append(len(rows))
        strong += [place for place, row in enumerate(page.rows, len(rows)) if row.kind is not RowKind.LINE]
        rows += cells
        after = page.next
        if after is None:
            break
    title = say(locale, "Journal") if daily else say(locale, "Detail ledger")
    named = f"{account} {_account_name(accounts[account], locale)}"
    return Sheet(
        name=f"{title} {account}",
        title=title,
        under=(
            book.name,
            f"{named} {_detail_name(detail, names)}" if detail else named,
            span(from_period, to_period),
        ),
        columns=columns,
        rows=tuple(rows),
        strong=tuple(strong),
        breaks=tuple(breaks),
    )


def _over_accounts(
    db: Connection, *, book: Book, detail: str | None, from_period: Period, to_period: Period, locale: str
) -> Sheet:
    """The lines of a detail (or of the book) on every account. What stands on several accounts is no one balance: each
    account says above the lines what it opened with, and below them what it moved and closed with."""
    accounts = books.accounts(db, book=book)
    names = {code: found.name for code, found in details.details(db, book=book.id).items()}
    opened: Counter[str] = Counter()
    debited: Counter[str] = Counter()
    credited: Counter[str] = Counter()
    for row in balances.details_between(db, book=book.id, from_period=from_period, to_period=to_period):
        if detail is None or row.detail == detail:
            opened[row.account] += row.opening
            debited[row.account] += row.debit
            credited[row.account] += row.credit
    page = account_books.ledger_page(
        db, book=book.id, account="", detail=detail, from_period=from_period, to_period=to_period
    )
    lines = [row.line for row in page.rows if row.line is not None]
    named = {code: f"{code} {_account_name(account, locale)}" for code, account in accounts.items()}
    word = _opening_word(from_period, locale)
    before: list[tuple[Cell, ...]] = [
        (None, None, word, named[code], None, None, None, _side(amount, locale), abs(amount))
        for code, amount in sorted(opened.items())
    ]
    between: list[tuple[Cell, ...]] = [
        (
            line.date,
            number_text(line.word, line.number),
            line.summary,
            named[line.account],
            _detail_name(line.detail, names) or None,
            line.debit or None,
            line.credit or None,
            None,
            None,
        )
        for line in lines
    ]
    behind: list[tuple[Cell, ...]] = []
    for code in sorted(opened):
        closing = opened[code] + debited[code] - credited[code]
        behind.append(
            (
                None,
                None,
                say(locale, "Total"),
                named[code],
                None,
                debited[code],
                credited[code],
                _side(closing, locale),
                abs(closing),
            )
        )
    rows: tuple[tuple[Cell, ...], ...] = (*before, *between, *behind)
    columns: tuple[Column, ...] = (
        Column(title=say(locale, "Date"), kind=Kind.DAY, width=12),
        Column(title=say(locale, "Voucher"), width=11),
        Column(title=say(locale, "Summary"), width=32),
        Column(title=say(locale, "Account"), width=20),
        Column(title=say(locale, "Detail"), width=16),
        Column(title=say(locale, "Debit"), kind=Kind.MONEY, width=15),
        Column(title=say(locale, "Credit"), kind=Kind.MONEY, width=15),
        Column(title=say(locale, "Side"), width=6),
        Column(title=say(locale, "Balance"), kind=Kind.MONEY, width=16),
    )
    if detail is not None:
        columns = (*columns[:4], *columns[5:])
        rows = tuple((*row[:4], *row[5:]) for row in rows)
    return Sheet(
        name=say(locale, "Detail ledger"),
        title=say(locale, "Detail ledger"),
        under=_under(book, _detail_name(detail, names) if detail else "", span(from_period, to_period)),
        columns=columns,
        rows=rows,
        strong=(*range(len(before)), *range(len(before) + len(between), len(rows))),
    )


def _fewer_lines(page: LedgerPage, heights: Sequence[int], *, room: int) -> int | None:
    """How many lines the page has to be made with to stay in its room with 过次页 below them; None where it does, or
    has no line to spare."""
    lines = sum(1 for row in page.rows if row.line is not None)
    if sum(heights) <= room or lines <= 1:
        return None
    so_far = accumulate(heights)
    fit = sum(
        1 for row, upto in zip(page.rows, so_far, strict=True) if row.line is not None and upto <= room - ROW
    )
    return max(1, min(fit, lines - 1))


def vouchers_sheet(db: Connection, *, book: Book, wanted: VoucherFilter, locale: str) -> Sheet:
    """Vouchers line by line, as the hand-over packs have them, so that they can be read in again."""
    found = vouchers.page(db, book=book.id, wanted=wanted, after=None, limit=MOST_VOUCHERS)
    accounts = books.accounts(db, book=book)
    names = people.names_of(
        db,
        (
            person
            for voucher in found
            for person in (voucher.prepared_by, voucher.reviewed_by)
            if person is not None
        ),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            voucher.date,
            number_text(voucher.word, voucher.number) if voucher.number is not None else None,
            number,
            line.summary,
            line.account,
            accounts[line.account].name if line.account in accounts else None,
            line.detail or None,
            line.quantity,
            line.debit or None,
            line.credit or None,
            voucher.originals,
            names[voucher.prepared_by],
            names[voucher.reviewed_by] if voucher.reviewed_by is not None else None,
            say_word(locale, voucher.state.value),
        )
        for voucher in found
        for number, line in enumerate(voucher.lines, 1)
    ]
    return Sheet(
        name=say(locale, "Vouchers"),
        title=say(locale, "Vouchers"),
        under=(book.name,),
        columns=(
            Column(title=say(locale, "Date"), kind=Kind.DAY, width=14),
            Column(title=say(locale, "Number"), width=10),
            Column(title=say(locale, "Line"), kind=Kind.COUNT, width=6),
            Column(title=say(locale, "Summary"), width=32),
            Column(title=say(locale, "Code"), width=8),
            Column(title=say(locale, "Account"), width=18),
            Column(title=say(locale, "Detail"), width=18),
            Column(title=say(locale, "Quantity"), kind=Kind.QUANTITY, width=11),
            Column(title=say(locale, "Debit"), kind=Kind.MONEY, width=15),
            Column(title=say(locale, "Credit"), kind=Kind.MONEY, width=15),
            Column(title=say(locale, "Originals attached"), kind=Kind.COUNT, width=8),
            Column(title=say(locale, "Prepared by"), width=12),
            Column(title=say(locale, "Reviewed by"), width=12),
            Column(title=say(locale, "State"), width=10),
        ),
        rows=tuple(rows),
    )


def general_ledger_sheet(
    db: Connection, *, book: Book, account: str, from_period: Period, to_period: Period, locale: str
) -> Sheet:
    """总账: every account month by month."""
    accounts = books.accounts(db, book=book)
    rows: list[tuple[Cell, ...]] = []
    strong: list[int] = []
    for found in account_books.general_ledger(
        db, book=book.id, account=account, from_period=from_period, to_period=to_period
    ):
        name = _account_name(accounts[found.account], locale)
        strong.append(len(rows))
        rows.append((found.account, name, None, None, None, _side(found.opening, locale), abs(found.opening)))
        rows += [
            (
                found.account,
                name,
                month(row.period),
                row.month.debit,
                row.month.credit,
                _side(row.balance, locale),
                abs(row.balance),
            )
            for row in found.rows
        ]
    return Sheet(
        name=say(locale, "General ledger"),
        title=say(locale, "General ledger"),
        under=_under(book, account, span(from_period, to_period), say(locale, "Unit: yuan")),
        columns=(
            Column(title=say(locale, "Code"), width=8),
            Column(title=say(locale, "Account"), width=26),
            Column(title=say(locale, "Month"), width=10),
            Column(title=say(locale, "Debit"), kind=Kind.MONEY, width=16),
            Column(title=say(locale, "Credit"), kind=Kind.MONEY, width=16),
            Column(title=say(locale, "Side"), width=6),
            Column(title=say(locale, "Balance"), kind=Kind.MONEY, width=16),
        ),
        rows=tuple(rows),
        strong=tuple(strong),
    )


def quantity_sheet(
    db: Connection,
    *,
    book: Book,
    account: str = "",
    detail: str = "",
    from_period: Period,
    to_period: Period,
    locale: str,
) -> Sheet:
    """数量金额账: what is kept in heads and kilograms beside yuan; of one account or detail where named."""
    accounts = books.accounts(db, book=book)
    names = {code: found.name for code, found in details.details(db, book=book.id).items()}
    rows: list[tuple[Cell, ...]] = [
        (
            row.account,
            _account_name(accounts[row.account], locale),
            _detail_name(row.detail, names),
            row.opening_quantity,
            row.opening,
            row.quantity_in,
            row.debit,
            row.quantity_out,
            row.credit,
            row.closing_quantity,
            row.closing,
        )
        for row in balances.details_between(
            db, book=book.id, from_period=from_period, to_period=to_period, account=account
        )
        if (row.opening_quantity or row.quantity_in or row.quantity_out)
        and (not detail or row.detail == detail)
    ]
    titles = (N_("Opening"), N_("In"), N_("Out"), N_("Closing"))
    return Sheet(
        name=say(locale, "Quantity ledger"),
        title=say(locale, "Quantity and amount ledger"),
        under=_under(
            book,
            account,
            _detail_name(detail, names),
            span(from_period, to_period),
            say(locale, "Unit: yuan"),
        ),
        columns=(
            Column(title=say(locale, "Code"), width=8),
            Column(title=say(locale, "Account"), width=18),
            Column(title=say(locale, "Detail"), width=14),
            *(
                Column(title=f"{say(locale, title)} · {say(locale, what)}", kind=kind, width=13)
                for title in titles
                for what, kind in ((N_("quantity"), Kind.QUANTITY), (N_("amount"), Kind.MONEY))
            ),
        ),
        rows=tuple(rows),
    )


def chart_sheet(db: Connection, *, book: Book, locale: str) -> Sheet:
    """会计科目表 of the book, its own sub-accounts included."""
    return Sheet(
        name=say(locale, "Chart of accounts"),
        title=say(locale, "Chart of accounts"),
        under=(book.name, standard_name(book, locale=locale)),
        columns=(
            Column(title=say(locale, "Code"), width=10),
            Column(title=say(locale, "Account"), width=28),
            Column(title=say(locale, "English name"), width=40),
            Column(title=say(locale, "Kept by"), width=20),
            Column(title=say(locale, "In use"), width=8),
        ),
        rows=tuple(
            (
                account.code,
                account.name,
                account.name_en,
                " ".join(say_word(locale, kind.value) for kind in account.statutory.kept_by),
                say(locale, "yes") if account.open else say(locale, "no"),
            )
            for account in books.accounts(db, book=book).values()
        ),
        landscape=False,
    )


def log_sheet(db: Connection, found: Sequence[LogEntry], *, title: str, locale: str) -> Sheet:
    """操作日志, oldest first, with the hash of each entry."""
    names = names_of_people(db, (entry.by for entry in found), locale=locale)
    return Sheet(
        name=say(locale, "Operation log"),
        title=say(locale, "Operation log"),
        under=(title,),
        columns=(
            Column(title=say(locale, "No."), kind=Kind.COUNT, width=8),
            Column(title=say(locale, "When (UTC)"), width=26),
            Column(title=say(locale, "Who"), width=14),
            Column(title=say(locale, "Act"), width=18),
            Column(title=say(locale, "Subject"), width=24),
            Column(title=say(locale, "Before"), width=24),
            Column(title=say(locale, "After"), width=40),
            Column(title=say(locale, "Hash"), width=66),
        ),
        rows=tuple(
            (
                entry.seq,
                entry.at,
                names[entry.by],
                entry.act,
                entry.subject,
                entry.before,
                entry.after,
                entry.hash,
            )
            for entry in found
        ),
    )


def whole_book(db: Connection, *, book: Book, locale: str) -> tuple[Sheet, ...]:
    """Everything a book holds, as the sheets of one workbook: chart, trial balance of each year, vouchers, log."""
    last = account_books.last_posted_period(db, book=book.id) or book.first_year * 100 + 12
    years = range(book.first_year, last // 100 + 1)
    return (
        chart_sheet(db, book=book, locale=locale),
        *(
            msgspec.structs.replace(
                trial_balance_sheet(
                    db,
                    book=book,
                    from_period=year * 100 + 1,
                    to_period=year * 100 + 13,
                    with_details=True,
                    locale=locale,
                ),
                name=f"{say(locale, 'Trial balance')} {year}",
            )
            for year in years
        ),
        vouchers_sheet(db, book=book, wanted=VoucherFilter(), locale=locale),
        log_sheet(db, log.entries(db, book=book.id), title=book.name, locale=locale),
    )


def _under(book: Book, *narrowed: str) -> tuple[str, ...]:
    """What stands under a title: whose book, and what the table was narrowed to."""
    return (book.name, *filter(None, narrowed))


def _account_name(account: BookAccount, locale: str) -> str:
    return account.name if locale == "zh_CN" else account.name_en


def _detail_name(code: str, names: Mapping[str, str]) -> str:
    """A detail by code and name, or by its name alone where that is its code."""
    name = names.get(code, code)
    return code if name in ("", code) else f"{code} {name}"


def _sides(balance: Fen) -> tuple[Fen | None, Fen | None]:
    return (balance or None, None) if balance >= 0 else (None, -balance)


def _side(balance: Fen, locale: str) -> str:
    return say(locale, N_("Dr") if balance > 0 else N_("Cr") if balance < 0 else N_("level"))


_ROW_WORDS: Mapping[RowKind, str] = {
    RowKind.OPENING: N_("Opening balance"),
    RowKind.BROUGHT_FORWARD: N_("Brought forward"),
    RowKind.DAY_TOTAL: N_("Total of the day"),
    RowKind.MONTH_TOTAL: N_("Total of the month"),
    RowKind.YEAR_TOTAL: N_("Total of the year to date"),
    RowKind.CARRIED_FORWARD: N_("Carried forward"),
}


def _ledger_row(
    row: LedgerRow, *, below: Mapping[str, str], names: Mapping[str, str], locale: str
) -> tuple[Cell, ...]:
    """A row; with ``below``, the names of the accounts a line may be on, it says on which it is."""
    line = row.line
    first: tuple[Cell, ...]
    if line is None:
        first, on, detail = (None, None, _row_word(row, locale)), None, None
    else:
        first = (line.date, number_text(line.word, line.number), line.summary)
        on, detail = below.get(line.account), _detail_name(line.detail, names) or None
    moves = row.kind is not RowKind.OPENING
    return (
        *first,
        *((on,) if below else ()),
        detail,
        (row.debit or None) if moves else None,
        (row.credit or None) if moves else None,
        _side(row.balance, locale),
        abs(row.balance),
    )


def _row_word(row: LedgerRow, locale: str) -> str:
    if row.kind is RowKind.OPENING:
        return _opening_word(row.period, locale)
    return say(locale, _ROW_WORDS[row.kind])


def _opening_word(period: Period, locale: str) -> str:
    if period % 100 == 1:
        return say(locale, "Brought forward from last year")
    return say(locale, _ROW_WORDS[RowKind.OPENING])
