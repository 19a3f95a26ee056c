"""What falls due of a bonus, and when (RULES §7): a cadre's in twelve months of the following year, a manager's once.

A month is due on its first day. Who leaves office on the fifteenth of June has had June; July and what follows stop.

>>> parts_of(Payment.INSTALMENTS, (83_333,) * 11 + (83_337,), paid=1_000_000, year=2025, posted=date(2026, 2, 3))[-1]
Part(no=12, of=12, month=202612, amount=83337)
>>> parts_of(Payment.ONCE, (), paid=50_000, year=2025, posted=date(2026, 2, 3))
(Part(no=1, of=1, month=202602, amount=50000),)
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ledger.journals.rules import days_of
from ledger.seal.rules import digest_of
from payouts.runs.rules import payee_of
from schemas.awards import Award, AwardState, LeftOffice, LeftOfficeSaid
from schemas.problems import Fault
from schemas.runs import RunId
from schemas.tiers import Payment, Tiers
from schemas.units import BookId, Fen, Period, Value, VoucherId
from schemas.vouchers import VoucherDraft, VoucherLine

NOTED, DRAFTED = "leaving.say", "award.draft"
"""What the log calls them."""
EXPENSE, PAYABLE = "513", "212"
"""管理费用 and 应付工资 of a collective, which owes the bonus when it pays it (村集体经济组织会计制度)."""

person_must_be_awarded = Fault(
    code="person_must_be_awarded",
    says="{person} of {village} is in no run of tiers of {township} that is posted.",
    remedy="Name the village by its code and the person as the run has them.",
)


class Part(NamedTuple):
    """A part of a bonus: its number of how many, the month it falls due in."""

    no: int
    of: int
    month: Period
    amount: Fen


class Booked(Value):
    """A month of somebody's bonus in a voucher of the book that pays; ``holds``: neither withdrawn nor cancelled."""

    run: RunId
    person: str
    month: Period
    attempt: int
    amount: Fen
    voucher: VoucherId
    posted: bool
    holds: bool


class MonthDue(NamedTuple):
    """A month of a run in the book that pays it: one voucher."""

    month: Period
    book: BookId
    run: RunId


class Home(NamedTuple):
    """Who pays a village's people: its collective's book, and what that booked of them."""

    book: BookId
    booked: tuple[Booked, ...]


def parts_of(
    how: Payment, instalments: Sequence[Fen], *, paid: Fen, year: int, posted: date
) -> tuple[Part, ...]:
    """The parts of a bonus; what is paid once falls due when its run is posted. Nothing of nothing."""
    if how is Payment.INSTALMENTS:
        return tuple(
            Part(no, len(instalments), (year + 1) * 100 + no, amount)
            for no, amount in enumerate(instalments, 1)
            if amount
        )
    return (Part(1, 1, posted.year * 100 + posted.month, paid),) if paid else ()


def left_on(said: Iterable[LeftOfficeSaid]) -> Mapping[tuple[str, str], date]:
    """When who left office, by village and name, by the last word on each."""
    days = {(one.leaving.village, one.leaving.person): one.leaving.on for one in said}
    return {who: on for who, on in days.items() if on is not None}


def awards(
    made: Tiers,
    *,
    run: RunId,
    year: int,
    posted: date,
    leaving_stops: bool,
    left: Mapping[tuple[str, str], date],
    homes: Mapping[str, Home],
    held: Container[str],
    on: date,
) -> tuple[Award, ...]:
    """Every part of every bonus of a run, by village's rank, person's rank and month, as it stands on a day. ``homes``
    are the books of the collectives that pay, by village; a village without one is paid by the township. ``held`` are
    the payees whose lines an appeal holds."""
    return tuple(
        _award(
            part,
            run=run,
            village=(village.code, village.name),
            person=person.name,
            how=person.how,
            left=left.get((village.code, person.name)) if leaving_stops else None,
            home=homes.get(village.code),
            held=payee_of(village.code, person.name) in held,
            on=on,
        )
        for village in made.villages
        for person in village.people
        for part in parts_of(person.how, person.instalments, paid=person.paid, year=year, posted=posted)
    )


def _award(
    part: Part,
    *,
    run: RunId,
    village: tuple[str, str],
    person: str,
    how: Payment,
    left: date | None,
    home: Home | None,
    held: bool,
    on: date,
) -> Award:
    first, _ = days_of(part.month)
    books = None if home is None else holding(home.booked, run=run, person=person, month=part.month)
    if books is not None:
        state = AwardState.BOOKED if books.posted else AwardState.DRAFTED
    elif left is not None and left < first and how is Payment.INSTALMENTS:
        state = AwardState.STOPPED
    elif first > on:
        state = AwardState.WAITING
    else:
        state = AwardState.HELD if held else AwardState.DUE
    return Award(
        run=run,
        village=village[0],
        village_name=village[1],
        person=person,
        how=how,
        no=part.no,
        of=part.of,
        month=part.month,
        amount=part.amount,
        state=state,
        book=None if home is None else home.book,
        voucher=None if books is None else books.voucher,
    )


def holding(booked: Iterable[Booked], *, run: RunId, person: str, month: Period) -> Booked | None:
    """The voucher that holds a month of somebody's."""
    for one in booked:
        if (one.run, one.person, one.month) == (run, person, month) and one.holds:
            return one
    return None


def months_due(found: Iterable[Award]) -> tuple[MonthDue, ...]:
    """What is due and not booked, the oldest month first; what a township pays itself is in nobody's voucher."""
    due = {
        MonthDue(one.month, one.book, one.run)
        for one in found
        if one.book is not None and one.state is AwardState.DUE
    }
    return tuple(sorted(due))


def voucher_of(due: Sequence[Award], *, year: int, dated: date) -> VoucherDraft:
    """What the collective owes for a month of a year's bonuses: administrative expense against each person's wages."""
    (month,) = {one.month for one in due}
    summary = f"计提{year}年度绩效奖金（{month // 100}年{month % 100}月）"
    return VoucherDraft(
        date=dated,
        lines=(
            VoucherLine(summary=summary, account=EXPENSE, debit=sum(one.amount for one in due)),
            *(
                VoucherLine(summary=summary, account=PAYABLE, detail=one.person, credit=one.amount)
                for one in due
            ),
        ),
    )


def sealed_parts(booked: Iterable[tuple[RunId, str, Period, int, Fen]]) -> str:
    """The digest under which the log seals what a voucher books: run, person, month, attempt, amount."""
    return digest_of(tuple(sorted(booked)))


def sealed_leaving(said: LeftOfficeSaid) -> str:
    """What the log keeps of a word on leaving."""
    return digest_of(said)


def leaving_text(leaving: LeftOffice) -> str:
    """What the log says of it."""
    return " ".join((leaving.person, "—" if leaving.on is None else leaving.on.isoformat(), leaving.reason))
