"""Which parcels of figures there are, what counts of them, and what is doubted."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, func, select

from coop.figures import rules
from coop.figures.kinds import kinds
from coop.figures.rules import Known
from coop.figures.tables import (
    FigureAnswerRow,
    FigureParcelRow,
    FigureRow,
    FigureStepRow,
    FigureSubjectRow,
)
from coop.income import queries as income
from coop.members.tables import MemberRow
from coop.places import queries as places
from coop.places.rules import end_by
from coop.places.tables import BookPlaceRow
from coop.snapshots import queries as snapshots
from ledger.columns import read_back, table_of
from ledger.periods.rules import month_before
from schemas import figures as values
from schemas.figures import (
    Compared,
    Doubt,
    DoubtAnswer,
    FigureSubject,
    Gate,
    GivenFigure,
    KnownSubject,
    Parcel,
    ParcelStep,
)
from schemas.places import PlaceLevel
from schemas.problems import Refusal, RefusalKind
from schemas.units import Period

_parcel = table_of(FigureParcelRow)
_subject = table_of(FigureSubjectRow)
_figure = table_of(FigureRow)
_answer = table_of(FigureAnswerRow)
_step = table_of(FigureStepRow)
_member = table_of(MemberRow)
_home = table_of(BookPlaceRow)


# Parcels


def parcels(
    db: Connection, *, township: str, number: int | None = None, month: Period | None = None
) -> tuple[Parcel, ...]:
    """The parcels of a township, the newest first."""
    wanted = [_parcel.c.book_id == township]
    wanted += [] if number is None else [_parcel.c.number == number]
    wanted += [] if month is None else [_parcel.c.month == month]
    which = select(_parcel.c.number).where(*wanted)
    answers: defaultdict[int, list[DoubtAnswer]] = defaultdict(list)
    for row in db.execute(
        select(_answer)
        .where(_answer.c.book_id == township, _answer.c.number.in_(which))
        .order_by(_answer.c.number, _answer.c.no)
    ):
        answers[row.number].append(_as_answer(row))
    steps: defaultdict[int, list[ParcelStep]] = defaultdict(list)
    for row in db.execute(
        select(_step)
        .where(_step.c.book_id == township, _step.c.number.in_(which))
        .order_by(_step.c.number, _step.c.no)
    ):
        steps[row.number].append(_as_step(row))
    counts = {
        row.number: int(row.subjects)
        for row in db.execute(
            select(_subject.c.number, func.count().label("subjects"))
            .where(_subject.c.book_id == township, _subject.c.number.in_(which))
            .group_by(_subject.c.number)
        )
    }
    rows = db.execute(select(_parcel).where(*wanted).order_by(_parcel.c.number.desc()))
    return tuple(
        Parcel(
            number=row.number,
            month=row.month,
            sha256=row.sha256,
            name=row.name,
            rows=counts.get(row.number, 0),
            by=row.by,
            on=row.on,
            at=row.at,
            answers=tuple(answers[row.number]),
            steps=tuple(steps[row.number]),
        )
        for row in rows
    )


def parcel(db: Connection, *, township: str, number: int) -> Parcel:
    """A parcel of a township; refused as missing where there is none."""
    for found in parcels(db, township=township, number=number):
        return found
    raise Refusal(
        rules.parcel_of_figures_must_be_there.at("/number", number=number), kind=RefusalKind.MISSING
    )


def last_number(db: Connection, *, township: str) -> int:
    """The number of the last parcel of a township; 0 where there is none."""
    newest = select(func.coalesce(func.max(_parcel.c.number), 0)).where(_parcel.c.book_id == township)
    return int(db.execute(newest).scalar_one())


def last_entered(db: Connection, *, township: str) -> int:
    """How many parcels of a township were entered."""
    newest = select(func.coalesce(func.max(_step.c.place), 0)).where(_step.c.book_id == township)
    return int(db.execute(newest).scalar_one())


def rows_of(
    db: Connection, *, township: str, numbers: Iterable[int]
) -> Mapping[int, tuple[values.FigureRow, ...]]:
    """What these parcels say, row by row as it stood in their files."""
    wanted = sorted(set(numbers))
    figures: defaultdict[tuple[int, str, str], list[GivenFigure]] = defaultdict(list)
    for row in db.execute(
        select(_figure)
        .where(_figure.c.book_id == township, _figure.c.number.in_(wanted))
        .order_by(_figure.c.number, _figure.c.village, _figure.c.household, _figure.c.place)
    ):
        figures[row.number, row.village, row.household].append(
            GivenFigure(code=row.code, amount=row.amount, decimals=row.decimals)
        )
    found: defaultdict[int, list[values.FigureRow]] = defaultdict(list)
    for row in db.execute(
        select(_subject)
        .where(_subject.c.book_id == township, _subject.c.number.in_(wanted))
        .order_by(_subject.c.number, _subject.c.line)
    ):
        one = values.FigureRow(
            subject=FigureSubject(village=row.village, household=row.household),
            name=row.name,
            note=row.note,
            figures=tuple(figures[row.number, row.village, row.household]),
        )
        found[row.number].append(one)
    return {number: tuple(found[number]) for number in wanted}


# What counts


def known(db: Connection, *, township: str, month: Period, until: int | None = None) -> Known:
    """What counts of every subject of a township for a month: what was entered; ``until``: as it was when that parcel had been
    entered."""
    return rules.together(_entered(db, township=township, month=month, until=until))


def known_subjects(db: Connection, *, township: str, month: Period) -> tuple[KnownSubject, ...]:
    """The same, subject by subject in the order of their codes, with the name that was given last."""
    entered = _entered(db, township=township, month=month)
    names = {row.subject: row.name for rows in entered for row in rows if row.name}
    found = rules.together(entered)
    return tuple(
        KnownSubject(subject=one, name=names.get(one, ""), figures=tuple(found[one].values()))
        for one in sorted(found, key=lambda one: (one.village, one.household))
    )


def months_entered(db: Connection, *, township: str) -> tuple[Period, ...]:
    """The months of a township of which something was entered, the newest first."""
    return tuple(
        db.execute(
            select(_parcel.c.month)
            .join(_step, _of_parcel())
            .where(_parcel.c.book_id == township, _step.c.gate == Gate.ENTER.value)
            .distinct()
            .order_by(_parcel.c.month.desc())
        ).scalars()
    )


def _entered(
    db: Connection, *, township: str, month: Period, until: int | None = None
) -> list[tuple[values.FigureRow, ...]]:
    wanted = [
        _parcel.c.book_id == township,
        _parcel.c.month == month,
        _step.c.gate == Gate.ENTER.value,
    ]
    if until is not None:
        last = select(_step.c.place).where(
            _step.c.book_id == township, _step.c.number == until, _step.c.gate == Gate.ENTER.value
        )
        wanted.append(_step.c.place <= last.scalar_subquery())
    numbers = list(
        db.execute(
            select(_parcel.c.number).join(_step, _of_parcel()).where(*wanted).order_by(_step.c.place)
        ).scalars()
    )
    rows = rows_of(db, township=township, numbers=numbers)
    return [rows[number] for number in numbers]


def _of_parcel() -> Any:
    return and_(_parcel.c.book_id == _step.c.book_id, _parcel.c.number == _step.c.number)


# What is doubted


def compared(db: Connection, one: Parcel, *, township: str, on: date) -> Compared:
    """A parcel beside the month before and our own figures as they are known on a day, with every doubt. Of one that is
    over the doubts are those that were answered at its last gate."""
    rows = rows_of(db, township=township, numbers=[one.number])[one.number]
    before = known(db, township=township, month=month_before(one.month))
    ours = _ours(db, township=township, month=one.month, on=on)
    table = rules.compared(rows, before, ours, month=one.month)
    if one.is_open:
        found = rules.doubts(
            table,
            before,
            known(db, township=township, month=one.month),
            _subjects(db, township=township),
            _gone(db, township=township, month=one.month),
            month=one.month,
        )
    else:
        found = one.steps[-1].doubts
    return Compared(rows=table, doubts=rules.answered(found, one.answers))


def _ours(db: Connection, *, township: str, month: Period, on: date) -> Known:
    """What the villages' own books say of the figures they have to equal."""
    wanted = {one.code: one for one in kinds().values() if one.ours}
    kept = set(income.villages_with_books(db, within=township))
    if not kept:
        return {}
    (now,) = snapshots.months_as_they_are(db, township=township, months=[month], as_of=on)
    found: dict[FigureSubject, dict[str, GivenFigure]] = {}
    for village in now.villages:
        if village.village in kept:
            own = {
                "income": village.income,
                **{component.value: of.counted for component, of in village.components.items()},
            }
            found[FigureSubject(village=village.village)] = {
                code: GivenFigure(code=code, amount=own.get(kind.ours, 0), decimals=kind.decimals)
                for code, kind in wanted.items()
            }
    return found


def _gone(db: Connection, *, township: str, month: Period) -> frozenset[str]:
    """The villages that were no more when a month began."""
    first = date(month // 100, month % 100, 1)
    changed = places.changes(db, within=township)
    return frozenset(code for code, of in changed.items() if end_by(of, day=first) is not None)


def _subjects(db: Connection, *, township: str) -> frozenset[FigureSubject]:
    """The villages of a township, the households of its books' registers, and whatever was entered before."""
    villages = places.places_below(db, code=township, level=PlaceLevel.VILLAGE)
    households = db.execute(
        select(_home.c.village_code, _member.c.household_no)
        .join(_member, _member.c.book_id == _home.c.book_id)
        .where(_home.c.township_code == township, _member.c.household_no != "")
        .distinct()
    )
    entered = db.execute(
        select(_subject.c.village, _subject.c.household)
        .join(_step, and_(_subject.c.book_id == _step.c.book_id, _subject.c.number == _step.c.number))
        .where(_subject.c.book_id == township, _step.c.gate == Gate.ENTER.value)
        .distinct()
    )
    return frozenset(
        {FigureSubject(village=one.code) for one in villages}
        | {FigureSubject(village=row.village_code, household=row.household_no) for row in households}
        | {FigureSubject(village=row.village, household=row.household) for row in entered}
    )


def _as_answer(row: Any) -> DoubtAnswer:
    return DoubtAnswer(
        no=row.no,
        doubt=read_back(row, _answer.c.doubt, Doubt),
        text=row.text,
        by=row.by,
        on=row.on,
        at=row.at,
    )


def _as_step(row: Any) -> ParcelStep:
    return ParcelStep(
        no=row.no,
        gate=Gate(row.gate),
        text=row.text,
        doubts=read_back(row, _step.c.doubts, tuple[Doubt, ...]),
        place=row.place,
        by=row.by,
        on=row.on,
        at=row.at,
    )
