"""How a ledger is written: the totals stand where the paper book has them, with the figures the paper book has."""

from datetime import date

from ledger.account_books.rules import general_ledger, page_of
from schemas.account_books import Carried, LedgerLine, LedgerRow, MonthTurnover, RowKind, Sums
from schemas.vouchers import Word

OPENED = Carried(period=202503, balance=100_000)


def line(
    day: str, *, debit: int = 0, credit: int = 0, number: int = 1, quantity: int | None = None
) -> LedgerLine:
    on = date.fromisoformat(day)
    return LedgerLine(
        period=on.year * 100 + on.month,
        date=on,
        voucher=number,
        line=1,
        word=Word.GENERAL,
        number=number,
        summary="收款" if debit else "付款",
        account="102",
        detail="",
        debit=debit,
        credit=credit,
        quantity=quantity,
    )


BANK = (
    line("2025-03-03", debit=20_000, number=1),
    line("2025-03-05", credit=5_000, number=2),
    line("2025-04-02", debit=1_000, number=3),
)


def shown(rows: tuple[LedgerRow, ...]) -> list[tuple[str, int, int, int]]:
    return [(row.kind.value, row.debit, row.credit, row.balance) for row in rows]


def test_months_are_closed_with_their_total_and_the_years() -> None:
    page = page_of(BANK, carried=OPENED, first=True, more=False)
    assert shown(page.rows) == [
        ("opening", 0, 0, 100_000),
        ("line", 20_000, 0, 120_000),
        ("line", 0, 5_000, 115_000),
        ("month_total", 20_000, 5_000, 115_000),
        ("year_total", 20_000, 5_000, 115_000),
        ("line", 1_000, 0, 116_000),
        ("month_total", 1_000, 0, 116_000),
        ("year_total", 21_000, 5_000, 116_000),
    ]
    assert page.next is None


def test_a_journal_closes_each_day() -> None:
    page = page_of(BANK[:2], carried=OPENED, first=True, more=False, daily=True)
    assert [row.kind for row in page.rows] == [
        RowKind.OPENING,
        RowKind.LINE,
        RowKind.DAY_TOTAL,
        RowKind.LINE,
        RowKind.DAY_TOTAL,
        RowKind.MONTH_TOTAL,
        RowKind.YEAR_TOTAL,
    ]
    assert shown(page.rows)[2] == ("day_total", 20_000, 0, 120_000)


def test_what_is_carried_to_the_next_page_is_brought_forward_there() -> None:
    first = page_of(BANK[:2], carried=OPENED, first=True, more=True)
    assert shown(first.rows)[-1] == ("carried_forward", 20_000, 5_000, 115_000)
    assert first.next is not None
    assert (first.next.word, first.next.number) == ("记", 2)
    carried = Carried(
        period=202503,
        date=date(2025, 3, 5),
        balance=115_000,
        day=Sums(credit=5_000),
        month=Sums(debit=20_000, credit=5_000),
        year=Sums(debit=20_000, credit=5_000),
    )
    second = page_of(BANK[2:], carried=carried, first=False, more=False)
    assert shown(second.rows) == [
        ("brought_forward", 20_000, 5_000, 115_000),
        ("month_total", 20_000, 5_000, 115_000),
        ("year_total", 20_000, 5_000, 115_000),
        ("line", 1_000, 0, 116_000),
        ("month_total", 1_000, 0, 116_000),
        ("year_total", 21_000, 5_000, 116_000),
    ]


def test_a_new_year_begins_its_sums_afresh() -> None:
    lines = (line("2025-12-31", debit=700), line("2026-01-02", debit=300, number=1))
    page = page_of(lines, carried=Carried(period=202512, year=Sums(debit=9_000)), first=True, more=False)
    years = [row.debit for row in page.rows if row.kind is RowKind.YEAR_TOTAL]
    assert years == [9_700, 300]


def test_heads_go_in_on_the_debit_side_and_out_on_the_credit_side() -> None:
    lines = (
        line("2025-03-03", debit=680_000, quantity=100),
        line("2025-03-09", debit=12_000, number=2),
        line("2025-03-20", credit=680_000, number=3, quantity=100),
    )
    page = page_of(lines, carried=Carried(period=202503), first=True, more=False)
    assert [row.quantity for row in page.rows if row.kind is RowKind.LINE] == [100, 100, 0]


def test_a_ledger_nothing_was_posted_in_has_its_opening_only() -> None:
    assert shown(page_of((), carried=OPENED, first=True, more=False).rows) == [("opening", 0, 0, 100_000)]


def test_the_general_ledger_counts_the_year_from_january_whatever_month_it_begins_with() -> None:
    moved = [
        MonthTurnover(account="102", period=202501, debit=50_000, credit=0),
        MonthTurnover(account="102", period=202503, debit=20_000, credit=5_000),
    ]
    (bank, capital) = general_ledger(
        moved, openings={"102": 100_000, "301": -100_000, "113": 0}, from_period=202503
    )
    assert bank.account == "102"
    assert [(row.period, row.month, row.year, row.balance) for row in bank.rows] == [
        (202503, Sums(debit=20_000, credit=5_000), Sums(debit=70_000, credit=5_000), 115_000)
    ]
    assert (capital.account, capital.rows, capital.closing) == ("301", (), -100_000)
