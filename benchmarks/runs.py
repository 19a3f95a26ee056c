"""A year's dividend for 12, 2 000 and 20 000 members, step by step: what a member costs must not grow with how many there are.

Every member holds cash and land, trades and works three times in the year, so that a run has three lines a member and
posts as many. Each round works the run out, hands it in, puts it on notice, approves, posts and takes it back; the next
round begins with what the last one left. Each step is a transaction of its own, committed. Beside the seconds that
passed stand those of the processor in this process, which other work on the machine moves less; what a database server
computes is not among them, and the collector runs as Python sets it, not as the service does.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection, Engine, MetaData, insert

from benchmarks import house
from benchmarks.posting import database_at
from coop.closing import actions as closing
from coop.daybook import actions as daybook
from coop.members import actions as members
from coop.shares import actions as shares
from coop.vault.rules import Vault, vault_key
from ledger.columns import table_of
from ledger.vouchers import actions as vouchers
from ledger.vouchers.tables import PostingRow
from payouts.policies import actions as policies
from payouts.runs import actions as runs
from payouts.runs import queries
from payouts.runs.actions import Paper
from payouts.runs.rules import RunName, name_of
from payouts.runs.tables import RunLineRow
from schemas.charts import MovementType
from schemas.evidence import EvidenceFile, MediaType
from schemas.labour import WorkDay
from schemas.members import MemberKind, NewMember
from schemas.policies import Basis, BasisKind, Below60, CharterPolicy, CommissionMode, Leg
from schemas.runs import Document, RunKind
from schemas.shares import NewMovement, ShareAct, ShareClass, ShareOrigin
from schemas.trade import Trade
from schemas.units import PersonId, Value
from schemas.vouchers import MadeVoucher, Origin, VoucherDraft, VoucherLine

T = TypeVar("T")


class Does(Protocol):
    """Does a step of a run, called by its name, in a transaction of its own."""

    def __call__(self, step: str, act: Callable[[Connection], T], /) -> T: ...


SIZES = (12, 2_000, 20_000)
STEPS = ("new", "submit", "publish", "approve", "post", "revert")
YEAR = 2025
_SEALED, _OVER = date(YEAR + 1, 2, 2), date(YEAR + 1, 2, 24)
_CASH, _LAND = 100_000, 250_000
_MINUTES = Paper(
    file=EvidenceFile(sha256="a" * 64, media_type=MediaType.PDF, size=1, name="成员大会决议.pdf"),
    document=Document.ASSEMBLY,
)


class Took(NamedTuple):
    """Seconds that passed, and seconds of this process on a processor."""

    passed: float
    processor: float


class Size(Value):
    """Seconds of each step with so many members, of them on the processor, and the microseconds of processor each member
    costs; ``ratio`` is all steps up to the post beside adding the very same lines and postings to tables without a key, in
    a statement each (``seconds_raw``)."""

    members: int
    lines: int
    postings: int
    seconds: dict[str, float]
    processor: dict[str, float]
    microseconds_a_member: dict[str, int]
    seconds_raw: float
    ratio: float


class Runs(Value):
    """Medians of several rounds, by how many members there are."""

    database: str
    rounds: int
    sizes: tuple[Size, ...]


def measure(database: str, *, rounds: int = 3, sizes: Sequence[int] = SIZES) -> Runs:
    """Measure on one kind of database."""
    return Runs(
        database=database, rounds=rounds, sizes=tuple(_measured(database, count, rounds) for count in sizes)
    )


def _measured(database: str, count: int, rounds: int) -> Size:
    took: dict[str, list[Took]] = {step: [] for step in STEPS}
    with database_at(database) as (url, folder), house.writing(house.settings_at(url, folder)) as engine:
        with engine.begin() as db:
            people = house.begin(db)
            furnish(db, people, count=count)
        names = [_round(engine, people, took) for _ in range(rounds)]
        raw = [_raw(engine, name) for name in names]
    seconds = {step: median(one.passed for one in times) for step, times in took.items()}
    processor = {step: median(one.processor for one in times) for step, times in took.items()}
    whole = median(one.seconds for one in raw)
    return Size(
        members=count,
        lines=raw[0].lines,
        postings=raw[0].postings,
        seconds={step: round(one, 3) for step, one in seconds.items()},
        processor={step: round(one, 3) for step, one in processor.items()},
        microseconds_a_member={step: round(one / count * 1e6) for step, one in processor.items()},
        seconds_raw=round(whole, 3),
        ratio=round(sum(seconds[step] for step in STEPS[:-1]) / whole, 1),
    )


def _round(engine: Engine, people: dict[str, PersonId], took: dict[str, list[Took]]) -> RunName:
    def timed(step: str, act: Callable[[Connection], T]) -> T:
        began, worked = perf_counter(), process_time()
        with engine.begin() as db:
            done = act(db)
        took[step].append(Took(perf_counter() - began, process_time() - worked))
        return done

    name = posted(people, timed)
    timed(
        "revert",
        lambda db: runs.revert(db, name, by=people[house.REVIEWER], on=_OVER, at=_at(_OVER), reason="下一轮"),
    )
    return name


def posted(people: dict[str, PersonId], does: Does) -> RunName:
    """A dividend from nothing to posted, each step done in a transaction of its own by ``does``."""
    by, officer = people[house.ACCOUNTANT], people[house.REVIEWER]
    run, _ = does(
        "new",
        lambda db: runs.new(
            db, book=house.BOOK, kind=RunKind.DIVIDEND, year=YEAR, by=by, on=_SEALED, at=_at(_SEALED)
        ),
    )
    name = name_of(run.id)
    assert name is not None, "what is kept has a name"
    does("submit", lambda db: runs.submit(db, name, by=by, on=_SEALED, at=_at(_SEALED), papers=[_MINUTES]))
    does("publish", lambda db: runs.publish(db, name, by=by, on=_SEALED, at=_at(_SEALED)))
    does("approve", lambda db: runs.approve(db, name, by=officer, on=_OVER, at=_at(_OVER)))
    does("post", lambda db: runs.post(db, name, by=by, on=_OVER, at=_at(_OVER)))
    return name


class _Raw(NamedTuple):
    lines: int
    postings: int
    seconds: float


def _raw(engine: Engine, name: RunName) -> _Raw:
    """Add the lines of a run and the postings of its vouchers once more, to tables of the same columns that nobody checks."""
    line, posting = table_of(RunLineRow), table_of(PostingRow)
    with engine.connect() as db:
        posted = queries.vouchers(db, name)[: len(queries.vouchers(db, name)) // 2]
        wanted = {
            line: line.select().where(line.c.round == name.round),
            posting: posting.select().where(posting.c.voucher_id.in_(posted)),
        }
        rows = {table: [dict(row) for row in db.execute(asked).mappings()] for table, asked in wanted.items()}
        for table in rows:
            db.exec_driver_sql(f"CREATE TABLE raw_{table.name} AS SELECT * FROM {table.name} WHERE 1 = 0")
        db.commit()
        began = perf_counter()
        for table, of in rows.items():
            db.execute(insert(table.to_metadata(MetaData(), name=f"raw_{table.name}")), of)
        db.commit()
        took = perf_counter() - began
        for table in rows:
            db.exec_driver_sql(f"DROP TABLE raw_{table.name}")
        db.commit()
    return _Raw(len(rows[line]), len(rows[posting]), took)


def furnish(db: Connection, people: dict[str, PersonId], *, count: int, times: int = 3) -> None:
    """A cooperative of so many members, each of whom traded and worked so many ``times``; its year is closed and being
    settled, with a plan its meeting resolved."""
    by, reviewed_by = people[house.ACCOUNTANT], people[house.REVIEWER]
    numbers = [f"M{number:05d}" for number in range(1, count + 1)]
    first, at = date(YEAR, 1, 1), _at(date(YEAR, 1, 1))
    members.enter_many(
        db,
        [_member(number, place) for place, number in enumerate(numbers)],
        book=house.BOOK,
        vault=Vault([vault_key(bytes(32))], draw=bytes),
        by=by,
        at=at,
    )
    paid_in, sold = _paid_in(numbers), _sold(count)
    posted = vouchers.record_many(
        db,
        [
            MadeVoucher(draft=draft, origin=origin, prepared_by=by, reviewed_by=reviewed_by)
            for draft, origin in ((paid_in, Origin.REGISTER), (sold, Origin.IMPORT))
        ],
        book=house.BOOK,
        by=by,
        on=first,
        at=at,
    )
    shares.record_many(
        db,
        [
            NewMovement(
                on=first,
                member=number,
                share=share,
                act=ShareAct.CONTRIBUTE,
                quantity=value,
                price=100,
                value=value,
                origin=ShareOrigin.OWN,
                voucher=posted[0].id,
            )
            for number in numbers
            for share, value in ((ShareClass.CASH, _CASH), (ShareClass.LAND, _LAND))
        ],
        book=house.BOOK,
        by=by,
        at=at,
    )
    daybook.record_trade(
        db,
        [
            Trade(
                on=date(YEAR, month, 5),
                member=number,
                product="青贮玉米",
                quantity=10_000 + place % 977,
                unit="公斤",
                amount=50_000 + place % 9_973,
            )
            for place, number in enumerate(numbers)
            for month in (3, 6, 9)[:times]
        ],
        book=house.BOOK,
        by=by,
        at=at,
    )
    daybook.record_labour(
        db,
        [
            WorkDay(
                on=date(YEAR, month, 8),
                member=number,
                work="值班",
                days=100 * (1 + place % 20),
                day_wage=8_000,
            )
            for place, number in enumerate(numbers)
            for month in (4, 7, 10)[:times]
        ],
        book=house.BOOK,
        by=by,
        at=at,
    )
    policies.take_policy(db, _plan(), book=house.BOOK, by=by, at=at)
    on = date(YEAR + 1, 1, 15)
    for month in range(YEAR * 100 + 1, YEAR * 100 + 13):
        closing.close_month(
            db, book=house.BOOK, period=month, by=by, reviewed_by=reviewed_by, on=on, at=_at(on)
        )
    closing.settle_year(db, book=house.BOOK, year=YEAR, by=by, reviewed_by=reviewed_by, on=on, at=_at(on))


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def _member(number: str, place: int) -> NewMember:
    return NewMember(
        number=number,
        household=f"H{place:05d}",
        name="韦成员",
        kind=MemberKind.HOUSEHOLD,
        identity="",
        phone="",
        bank="",
        bank_account="",
        account_kind=None,
        joined_on=date(YEAR - 1, 12, 31),
        left_on=None,
        poverty_exit=None,
        note="",
    )


def _paid_in(numbers: Sequence[str]) -> VoucherDraft:
    summary, each = "收到成员出资", _CASH + _LAND
    return VoucherDraft(
        date=date(YEAR, 1, 1),
        lines=(
            VoucherLine(summary=summary, account="102", debit=each * len(numbers)),
            *(
                VoucherLine(
                    summary=summary,
                    account="301",
                    detail=number,
                    credit=each,
                    movement=MovementType.CONTRIBUTION_INCREASE,
                )
                for number in numbers
            ),
        ),
    )


def _sold(count: int) -> VoucherDraft:
    """What the surplus comes from: some 1 200 yuan a member."""
    summary, whole = "销售肉牛", 123_457 * count
    return VoucherDraft(
        date=date(YEAR, 11, 30),
        lines=(
            VoucherLine(summary=summary, account="102", debit=whole),
            VoucherLine(summary=summary, account="501", credit=whole),
        ),
    )


def _plan() -> CharterPolicy:
    return CharterPolicy(
        year=YEAR,
        record_date=date(YEAR, 12, 31),
        reserve_bp=1_000,
        reserve_basis="出资额",
        amount=None,
        products=("青贮玉米",),
        commission_mode=CommissionMode.OWN_SCORE,
        commission_bp=0,
        bases=(),
        below_60=Below60.KEPT,
        party_weight_bp=5_000,
        least_ballots=5,
        maxima=(2500, 1500, 1000, 1000, 1500, 2500),
        resolution="2026-1",
        legs=(
            Leg(no=1, name="工分", part_bp=3_000, basis=Basis(kind=BasisKind.WORK_DAYS), patronage=True),
            Leg(no=2, name="交易", part_bp=3_000, basis=Basis(kind=BasisKind.TRADE_VALUE), patronage=True),
            Leg(no=3, name="剩余", part_bp=4_000, basis=Basis(kind=BasisKind.RESIDUAL), patronage=False),
        ),
    )
