"""What of a township's bonuses is due, booked or stopped."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date

from sqlalchemy import Connection, Select, and_, select

from coop.places import queries as places
from coop.places.tables import BookPlaceRow
from ledger.books import queries as books
from ledger.columns import of_books, table_of
from ledger.vouchers.tables import VoucherRow
from payouts.awards import rules
from payouts.awards.rules import Booked, Home
from payouts.awards.tables import AwardVoucherRow, LeavingRow
from payouts.notices import queries as notices
from payouts.runs import queries as runs
from payouts.runs import rules as run_rules
from schemas.awards import Award, AwardState, LeftOffice, LeftOfficeSaid, RewardDue
from schemas.books import BookKind
from schemas.policies import BonusPayer
from schemas.runs import Run, RunKind, RunStep
from schemas.tiers import TierInputs, Tiers
from schemas.units import BookId
from schemas.vouchers import State

_leaving = table_of(LeavingRow)
_award = table_of(AwardVoucherRow)
_voucher = table_of(VoucherRow)
_home = table_of(BookPlaceRow)


def leavings(db: Connection, *, township: str) -> tuple[LeftOfficeSaid, ...]:
    """Every word on leaving office in a township, one after the other."""
    rows = db.execute(select(_leaving).where(_leaving.c.book_id == township).order_by(_leaving.c.seq))
    return tuple(
        LeftOfficeSaid(
            seq=row.seq,
            leaving=LeftOffice(
                village=row.village_code, person=row.person, on=row.left_on, reason=row.reason
            ),
            by=row.recorded_by,
            at=row.at,
        )
        for row in rows
    )


def booked(db: Connection, *, book: BookId) -> tuple[Booked, ...]:
    """What vouchers of a book draft or book of bonuses; those of withdrawn and cancelled vouchers too, marked as no longer
    holding."""
    return _booked(db, books=book).get(book, ())


def _booked(db: Connection, *, books: BookId | Select[BookId]) -> Mapping[BookId, tuple[Booked, ...]]:
    red = _voucher.alias("red")
    cancelled = (
        select(red.c.voucher_id)
        .where(
            red.c.book_id == _voucher.c.book_id,
            red.c.cancels == _voucher.c.voucher_id,
            red.c.state == State.POSTED.value,
        )
        .correlate(_voucher)
        .exists()
    )
    rows = db.execute(
        select(_award, _voucher.c.state, cancelled.label("cancelled"))
        .join_from(
            _award,
            _voucher,
            and_(_award.c.book_id == _voucher.c.book_id, _award.c.voucher_id == _voucher.c.voucher_id),
        )
        .where(of_books(_award.c.book_id, books))
        .order_by(_award.c.run, _award.c.month, _award.c.person, _award.c.attempt)
    )
    found: defaultdict[BookId, list[Booked]] = defaultdict(list)
    for row in rows:
        found[row.book_id].append(
            Booked(
                run=row.run,
                person=row.person,
                month=row.month,
                attempt=row.attempt,
                amount=row.amount,
                voucher=row.voucher_id,
                posted=row.state == State.POSTED.value,
                holds=row.state != State.WITHDRAWN.value and not row.cancelled,
            )
        )
    return {book: tuple(of) for book, of in found.items()}


def _books_of(township: str) -> Select[BookId]:
    return select(_home.c.book_id).where(_home.c.township_code == township)


def years_open(db: Connection, *, township: str) -> tuple[int, ...]:
    """The years of whose bonuses a collective may still owe something: its posted run is not in vouchers to the last fen,
    and the township does not pay it itself."""
    in_vouchers: Counter[str] = Counter()
    for of_book in _booked(db, books=_books_of(township)).values():
        for one in of_book:
            in_vouchers[one.run] += one.amount if one.holds else 0
    return tuple(
        run.year
        for run in runs.runs(db, book=township, kind=RunKind.TIERS)
        if run.is_booked and in_vouchers[run.id] < run.total and _is_paid_by_collectives(db, run)
    )


def _is_paid_by_collectives(db: Connection, run: Run) -> bool:
    name = run_rules.name_of(run.id)
    assert name is not None, "a run that is kept has a name"
    inputs, _ = runs.frozen_inputs(db, name, content=run.content)
    return isinstance(inputs, TierInputs) and inputs.over_people.payer is BonusPayer.COLLECTIVE


def awards(db: Connection, *, township: str, on: date, year: int | None = None) -> tuple[Award, ...]:
    """Every part of every bonus of the township's posted runs of tiers, or of one year's, as it stands on a day."""
    left = rules.left_on(leavings(db, township=township))
    found: list[Award] = []
    for run in runs.runs(db, book=township, kind=RunKind.TIERS, year=year):
        if run.is_booked:
            found += _of_run(db, run, left=left, on=on)
    return tuple(found)


def rewards(db: Connection, *, township: str) -> tuple[RewardDue, ...]:
    """What everybody gets, or is deducted, of the township's posted runs of rewards, by run and name; who gets nothing and loses
    nothing is left out."""
    found: list[RewardDue] = []
    kept = [run for run in runs.runs(db, book=township, kind=RunKind.REWARD) if run.is_booked]
    titles = runs.titles(db, kept)
    for run in kept:
        name = run_rules.name_of(run.id)
        assert name is not None, "a run that is kept has a name"
        posted = next(act.on for act in reversed(runs.acts(db, name)) if act.step is RunStep.POST)
        held = notices.held_lines(db, run)
        for line in sorted(runs.lines(db, name, content=run.content), key=lambda one: (one.part, one.payee)):
            deducted = run_rules.is_deducted(run.kind, line)
            if line.amount:
                found.append(
                    RewardDue(
                        run=run.id,
                        title=titles[run.id],
                        who=line.payee,
                        month=posted.year * 100 + posted.month,
                        amount=0 if deducted else line.amount,
                        deducted=line.amount if deducted else 0,
                        state=AwardState.HELD if line.payee in held else AwardState.DUE,
                    )
                )
    return tuple(found)


def _of_run(db: Connection, run: Run, *, left: Mapping[tuple[str, str], date], on: date) -> tuple[Award, ...]:
    name = run_rules.name_of(run.id)
    assert name is not None, "a run that is kept has a name"
    inputs, _ = runs.frozen_inputs(db, name, content=run.content)
    made = run_rules.figures(inputs).result
    assert isinstance(inputs, TierInputs), "tiers follow from a township's scores"
    assert isinstance(made, Tiers), "and come to tiers"
    posted = next(act.on for act in reversed(runs.acts(db, name)) if act.step is RunStep.POST)
    return rules.awards(
        made,
        run=run.id,
        year=run.year,
        posted=posted,
        leaving_stops=inputs.over_people.leaving_stops,
        left=left,
        homes=_homes(db, run.book) if inputs.over_people.payer is BonusPayer.COLLECTIVE else {},
        held=notices.held_lines(db, run),
        on=on,
    )


def _homes(db: Connection, township: str) -> Mapping[str, Home]:
    """The collectives' books of a township by village, with what they booked."""
    kinds = {book.id: book.kind for book in books.books(db)}
    homes: defaultdict[str, list[BookId]] = defaultdict(list)
    for id, place in places.book_places(db, township=township).items():
        if kinds[id] is BookKind.COLLECTIVE:
            homes[place.village].append(id)
    in_vouchers = _booked(db, books=_books_of(township))
    return {village: Home(of[0], in_vouchers.get(of[0], ())) for village, of in homes.items()}
