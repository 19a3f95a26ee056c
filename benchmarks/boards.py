"""A county's board of 2 000 villages over 24 months: it costs the villages shown, not the vouchers behind them.

Two houses are made, one where each collective books 10 vouchers a month and one where it books 1 000; the board is looked at
in both by turns. Rows go straight into the tables. Of every village and month there are the balances such vouchers leave, on
bank and on all seven components, and what of the income lacked its scan: each tenth voucher, half of them with originals
declared, the scan coming on one of 28 days of the next month, and of the last month never. Vouchers and their two postings
are there for all villages where they are few, and where they are many for a sample, so that both houses hold about as many
(480 000 vouchers and 960 000 postings for 2 000 villages). There are no files and no log: no board reads them.
"""

import gc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, Engine, Table, func, select, text

from benchmarks import house
from benchmarks.posting import database_at
from coop.income import actions, queries
from coop.places import actions as places
from ledger.balances.tables import BalanceRow
from ledger.books import actions as books
from ledger.books.tables import AccountRow, BookRow
from ledger.columns import table_of
from ledger.details.tables import DetailRow
from ledger.recognition.tables import UnscannedIncomeRow
from ledger.vouchers.tables import PostingRow, VoucherRow
from schemas.books import Book, BookKind
from schemas.income import Measure, Threshold
from schemas.places import Place, PlaceLevel, VillageKind
from schemas.units import PersonId, Value
from web import clock
from web.database import reading_engine
from web.income_answers import board_answer
from web.serve import settle_memory
from web.wire import travelling

COUNTY, FIRST_YEAR, MONTHS = "451302", 2024, 24
FEW, MANY = 10, 1_000
MONTH, AS_OF = 202512, date(2026, 1, 15)
_TOWNSHIPS = 20
_ACCOUNTS = ("501", "502", "503", "504", "511", "512", "513")
_TEMPLATE = f"{COUNTY}000000"


class Thickness(Value):
    """A house and its board: what was generated, the median seconds of the board's values, and of these with the API's
    answer written out; and of the values the processor's in this process, which other work on the machine moves less."""

    vouchers_a_village_and_month: int
    vouchers: int
    postings: int
    balances: int
    unscanned: int
    seconds: float
    seconds_as_json: float
    processor: float


class Boards(Value):
    """The same county in both houses; ``ratio`` is many vouchers over few."""

    database: str
    villages: int
    months: int
    rounds: int
    houses: tuple[Thickness, ...]
    ratio: float
    ratio_processor: float


def measure(database: str, *, villages: int = 2_000, rounds: int = 15) -> Boards:
    """Measure on one kind of database."""
    with ExitStack() as stack:
        readers = {each: stack.enter_context(_house(database, each, villages)) for each in (FEW, MANY)}
        took: dict[int, list[_Took]] = {each: [] for each in readers}
        for no in range(rounds + 1):
            for each, engine in readers.items():
                looked = _looked(engine, villages)
                if no:  # the first look of each warms what the service would have warm
                    took[each].append(looked)
            if not no:
                stack.enter_context(_memory_as_served())
        houses = tuple(_thickness(engine, each, took[each]) for each, engine in readers.items())
    few, many = houses
    return Boards(
        database=database,
        villages=villages,
        months=MONTHS,
        rounds=rounds,
        houses=houses,
        ratio=round(many.seconds / few.seconds, 2),
        ratio_processor=round(many.processor / few.processor, 2),
    )


@contextmanager
def _memory_as_served() -> Iterator[None]:
    """The collector as the service sets it: as Python has it, a whole collection takes a tenth of a second of every other
    look, and by turns that is always the same house's."""
    thresholds = gc.get_threshold()
    settle_memory()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


class _Took(NamedTuple):
    board: float
    answer: float
    processor: float


def _looked(engine: Engine, villages: int) -> _Took:
    began, worked = perf_counter(), process_time()
    with engine.connect() as db:
        board = queries.board(db, within=COUNTY, month=MONTH, as_of=AS_OF, scans_only=False)
    there, processor = perf_counter() - began, process_time() - worked
    assert len(board.villages) == len(board.ranking.order) == villages, "every village is shown and ranked"
    msgspec.json.encode(travelling(board_answer(board)))
    return _Took(there, perf_counter() - began, processor)


def _thickness(engine: Engine, each: int, took: list[_Took]) -> Thickness:
    with engine.connect() as db:
        counts = {
            row: db.execute(select(func.count()).select_from(table_of(row))).scalar_one()
            for row in (VoucherRow, PostingRow, BalanceRow, UnscannedIncomeRow)
        }
    return Thickness(
        vouchers_a_village_and_month=each,
        vouchers=counts[VoucherRow],
        postings=counts[PostingRow],
        balances=counts[BalanceRow],
        unscanned=counts[UnscannedIncomeRow],
        seconds=round(median(one.board for one in took), 3),
        seconds_as_json=round(median(one.answer for one in took), 3),
        processor=round(median(one.processor for one in took), 3),
    )


@contextmanager
def _house(database: str, each: int, villages: int) -> Iterator[Engine]:
    with database_at(database) as (url, folder):
        settings = house.settings_at(url, folder)
        with house.writing(settings) as engine:
            with engine.begin() as db:
                _name_places(db, house.begin(db), villages=villages)
            with engine.connect() as db:
                _open_gates(db)
                _fill(db, each=each, sample=max(1, villages * FEW // each))
                db.commit()
            with engine.connect() as db:
                db.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")
        readers = reading_engine(settings.database_url)
        try:
            yield readers
        finally:
            readers.dispose()


def _name_places(db: Connection, people: dict[str, PersonId], *, villages: int) -> None:
    """The county with its townships, villages and thresholds, and one collective's book to copy."""
    by, (on, at) = people[house.ACCOUNTANT], clock.now()
    townships = [f"{COUNTY}{no:03}" for no in range(100, 100 + _TOWNSHIPS)]
    kinds = list(VillageKind)
    places.enter_many(
        db,
        [
            Place(code=COUNTY, name="兴宾区", level=PlaceLevel.COUNTY),
            *(Place(code=one, name=f"第{one[6:]}镇", level=PlaceLevel.TOWNSHIP, parent=COUNTY) for one in townships),
            *(
                Place(
                    code=f"{(of := townships[no % _TOWNSHIPS])}{200 + no // _TOWNSHIPS:03}",
                    name=f"第{no}村",
                    level=PlaceLevel.VILLAGE,
                    kind=kinds[no % 2],
                    parent=of,
                )
                for no in range(villages)
            ),
        ],
        by=by,
        at=at,
    )  # fmt: skip
    actions.set_thresholds(
        db,
        [
            Threshold(region=COUNTY, kind=kind, year=2025, measure=Measure.OPERATING_PROFIT, amount=amount)
            for kind, amount in zip(kinds, (30_000_00, 50_000_00), strict=True)
        ],
        by=by,
        at=at,
    )
    book = Book(
        id=_TEMPLATE,
        name="样本村股份经济合作社",
        short_name="样本",
        kind=BookKind.COLLECTIVE,
        standard="collective-2023",
        first_year=FIRST_YEAR,
    )
    books.open_book(db, book, by=by, on=on, at=datetime(FIRST_YEAR, 1, 1, tzinfo=UTC))


def _open_gates(db: Connection) -> None:
    """Rows come as they would lie, not as they are made: what guards each is left out, in this database of its own."""
    if db.dialect.name == "sqlite":
        triggers = db.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        for name in triggers:
            db.exec_driver_sql(f"DROP TRIGGER {name}")
        db.commit()
        db.exec_driver_sql("PRAGMA foreign_keys = OFF")
    else:
        db.exec_driver_sql("SET session_replication_role = replica")


_COUNTED = f"""WITH RECURSIVE n(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k < 999),
m(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM m WHERE i < {MONTHS - 1}),
of_village AS (SELECT code AS book, row_number() OVER (ORDER BY code) AS v FROM place WHERE level = 'village'),
a(no, code) AS (VALUES {", ".join(f"({no}, '{code}')" for no, code in enumerate(_ACCOUNTS))})"""
"""Vouchers of a month k, months i, villages v and accounts a. Voucher k books on account k modulo 7, income for 0 to 3."""
_PERIOD = f"({FIRST_YEAR} + i / 12) * 100 + i % 12 + 1"
_AMOUNT = "(10000 + v % 97 * 100 + i)"
"""Of each voucher of a village and month, in fen."""
_DAY = {
    "sqlite": "({year} + {i} / 12) || '-' || substr('0' || ({i} % 12 + 1), -2) || '-' || substr('0' || {day}, -2)",
    "postgresql": "make_date({year} + {i} / 12, {i} % 12 + 1, {day})",
}
"""A day of the month ``i``."""
_ROWS = {
    "balance": """INSERT INTO balance (book_id, account, detail, period, debit, credit, quantity_in, quantity_out)
        {counted} SELECT book, code, '', {period}, CASE WHEN no >= 4 THEN of_month ELSE 0 END,
        CASE WHEN no >= 4 THEN 0 ELSE of_month END, 0, 0 FROM (SELECT book, v, i, no, code,
        (SELECT count(*) FROM n WHERE k < {each} AND k % 7 = no) * {amount} AS of_month
        FROM of_village CROSS JOIN m CROSS JOIN a) AS known""",
    "bank": """INSERT INTO balance (book_id, account, detail, period, debit, credit, quantity_in, quantity_out)
        {counted} SELECT book, '102', '', {period}, (SELECT count(*) FROM n WHERE k < {each} AND k % 7 < 4) * {amount},
        (SELECT count(*) FROM n WHERE k < {each} AND k % 7 >= 4) * {amount}, 0, 0 FROM of_village CROSS JOIN m""",
    "unscanned": """INSERT INTO unscanned_income (book_id, period, account, on_paper, scanned_on, amount)
        {counted} SELECT book, {period}, code, k / 10 % 2, CASE WHEN i = {months} - 1 THEN {never} ELSE {late} END, sum({amount})
        FROM of_village CROSS JOIN m CROSS JOIN n JOIN a ON no = k % 7 WHERE k < {each} AND k % 10 = 9 AND k % 7 < 4
        GROUP BY 1, 2, 3, 4, 5""",
    "voucher": """INSERT INTO voucher (book_id, voucher_id, state, word, year, number, date, period, originals, origin,
        prepared_by, reviewed_by, posted_by, posted_at, version)
        {counted} SELECT book, i * 1000 + k + 1, 'posted', '记', {year} + i / 12, i * 1000 + k + 1, {day}, {period}, 1, 'import',
        1, 2, 1, '2026-01-01T00:00:00Z', 1 FROM of_village CROSS JOIN m CROSS JOIN n WHERE k < {each} AND v <= {sample}""",
    "component": """INSERT INTO posting (book_id, voucher_id, line, summary, account, detail, debit, credit, movement)
        {counted} SELECT book, i * 1000 + k + 1, 1, '租金', code, '', CASE WHEN no < 4 THEN 0 ELSE {amount} END,
        CASE WHEN no < 4 THEN {amount} ELSE 0 END, '' FROM of_village CROSS JOIN m CROSS JOIN n JOIN a ON no = k % 7
        WHERE k < {each} AND v <= {sample}""",
    "money": """INSERT INTO posting (book_id, voucher_id, line, summary, account, detail, debit, credit, movement)
        {counted} SELECT book, i * 1000 + k + 1, 2, '租金', '102', '', CASE WHEN k % 7 < 4 THEN {amount} ELSE 0 END,
        CASE WHEN k % 7 < 4 THEN 0 ELSE {amount} END, '' FROM of_village CROSS JOIN m CROSS JOIN n
        WHERE k < {each} AND v <= {sample}""",
}


def _fill(db: Connection, *, each: int, sample: int) -> None:
    """Everything of all villages, from their books to their balances; vouchers of the first ``sample`` of them."""
    kind = db.dialect.name
    words = {
        "counted": _COUNTED,
        "period": _PERIOD,
        "amount": _AMOUNT,
        "each": each,
        "sample": sample,
        "months": MONTHS,
        "year": FIRST_YEAR,
        "never": "'9999-12-31'" if kind == "sqlite" else "DATE '9999-12-31'",
        "late": _DAY[kind].format(year=FIRST_YEAR, i="(i + 1)", day="(k / 10 % 28 + 1)"),
        "day": _DAY[kind].format(year=FIRST_YEAR, i="i", day="(k % 28 + 1)"),
    }
    copied = [_copied(table_of(row)) for row in (BookRow, AccountRow, DetailRow)]
    placed = "INSERT INTO book_place {counted} SELECT book, book, substr(book, 1, 9) FROM of_village"
    for statement in (*copied, placed, *_ROWS.values()):
        said = statement.format(**words)
        db.exec_driver_sql(said if kind == "sqlite" else said.replace("%", "%%"))


def _copied(table: Table) -> str:
    """The rows of the one book that was opened, for every village's book, which is called by the village's code."""
    columns = [column.name for column in table.columns]
    from_village = {"book_id": "of_village.book", "short_name": "of_village.book"}
    chosen = ", ".join(from_village.get(one, one) for one in columns)
    return (
        f"INSERT INTO {table.name} ({', '.join(columns)}) {{counted}} SELECT {chosen}"
        f" FROM {table.name}, of_village WHERE book_id = '{_TEMPLATE}'"
    )
