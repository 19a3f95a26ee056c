"""A trial balance of a thin book and of one a hundred times as thick: it costs accounts, not postings."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy import Engine

from benchmarks import house
from ledger.books import queries as books
from schemas.units import Value
from web import answers
from web.database import reading_engine

THIN, THICK = 10_000, 1_000_000
_LINES_A_VOUCHER = 3
_LOOKS = 31


class Thickness(Value):
    """Milliseconds of a trial balance of a year, by the lines posted in the book, and how the two compare."""

    lines: tuple[int, ...]
    milliseconds: tuple[float, ...]
    ratio: float


def measure(*, sizes: Sequence[int] = (THIN, THICK)) -> Thickness:
    """Fill a book to each of these sizes and look at its trial balance."""
    took = []
    for lines in sizes:
        with TemporaryDirectory(prefix="lianjian-bench-") as name:
            folder = Path(name)
            settings = house.settings_at(f"sqlite:///{folder / 'books.sqlite'}", folder)
            count = lines // _LINES_A_VOUCHER
            with house.writing(settings) as engine:
                with engine.begin() as db:
                    people = house.begin(db)
                for first in range(0, count, 50_000):
                    some = min(50_000, count - first)
                    with engine.begin() as db:
                        house.drafted(db, people, some, first=first, whole=count)
                        house.posted(db, people, first + 1, some)
            readers = reading_engine(settings.database_url)
            took.append(_looked(readers))
            readers.dispose()
    return Thickness(
        lines=tuple(sizes),
        milliseconds=tuple(round(one * 1000, 2) for one in took),
        ratio=round(took[-1] / took[0], 2),
    )


def _looked(readers: Engine) -> float:
    times = []
    for _ in range(_LOOKS):
        began = perf_counter()
        with readers.connect() as db:
            book = books.book(db, id=house.BOOK)
            assert book is not None, "it was opened"
            answers.trial_balance(db, book=book)
        times.append(perf_counter() - began)
    return median(times)
