"""Taking in a hand-over pack, from its folder of spreadsheets and scans to the committed books."""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks import house
from coop.access import actions as access
from ledger.money import yuan
from schemas.units import Value
from web import clock
from web.auth.keys import Keys
from web.evidence_store import EvidenceStore
from web.imports import take
from web.imports.enter import EntryReport

PACKS = Path(__file__).parent.parent / "tests" / "packs"


class Import(Value):
    """A pack taken in: seconds to read its sheets, and to enter them; what was entered."""

    pack: str
    runs: int
    vouchers: int
    lines: int
    debit: str
    seconds_reading: float
    seconds_entering: float
    vouchers_a_second: float


def measure(*, pack: str = "longping", runs: int = 3) -> Import:
    """Take a pack in, each time into an empty house."""
    reading_took, entering_took, report = [], [], None
    for _ in range(runs):
        with TemporaryDirectory(prefix="lianjian-bench-") as name:
            folder = Path(name)
            settings = house.settings_at(f"sqlite:///{folder / 'books.sqlite'}", folder)
            on, at = clock.now()
            keys = Keys(settings.key_file)
            with house.writing(settings) as engine:
                began = perf_counter()
                path = PACKS / pack
                found = take.read(path)
                assert found.pack is not None, f"{pack} has errors and cannot be measured"
                reading_took.append(perf_counter() - began)
                began = perf_counter()
                take.keep_scans(path, found.pack, EvidenceStore(settings.evidence))

                def act(enter: take.Enter) -> EntryReport:
                    with engine.begin() as db:
                        return enter(db)

                taking = take.take_in(
                    found,
                    act,
                    name=pack,
                    by=lambda db: access.person_of_operating_system(db, "bench", at=at),  # noqa: B023
                    on=on,
                    at=at,
                    vault=lambda db: keys.ready(db, at=at),  # noqa: B023 - run before the next round
                    gaps_reason="bench",
                    progress=lambda _done, _whole: None,
                )
                entering_took.append(perf_counter() - began)
                report = taking.report
    assert report is not None, f"{pack} was refused and cannot be measured"
    vouchers = sum(book.vouchers for book in report.books)
    entering = median(entering_took)
    return Import(
        pack=pack,
        runs=runs,
        vouchers=vouchers,
        lines=sum(book.lines for book in report.books),
        debit=yuan(sum(book.debit for book in report.books)),
        seconds_reading=round(median(reading_took), 2),
        seconds_entering=round(entering, 2),
        vouchers_a_second=round(vouchers / entering, 1),
    )
