"""``close``: a month, or what is left of a year and its settlement."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import click

from coop.closing import actions as closing
from coop.places import queries as places
from coop.proof.rules import check_of_proof
from ledger.money import yuan
from ledger.periods import queries as periods
from ledger.periods.rules import month_text
from ledger.vouchers.rules import number_text, totals
from payouts.proof import queries as proofs
from schemas.books import Book
from schemas.periods import Check, DayState
from schemas.problems import Fault, Problem, Refusal, Severity
from schemas.units import BookId, Period, PersonId, Value
from schemas.vouchers import Voucher
from web import answers
from web.answers import BookCalendar
from web.cli.command import DONE, FINDINGS, as_json, command
from web.cli.house import Finding, House
from web.database import Connection
from web.i18n.words import N_
from web.proof import loaded_by_beancount

T = TypeVar("T")
SHOWN = 3
"""Warnings of a kind and month that are shown one by one."""

period_must_be_written_so = Fault(
    code="period_must_be_written_so",
    says="{given} is neither a month nor a year.",
    remedy="Write a month like 2025-03 or a year like 2025.",
)


class Closed(Value):
    """A month that was closed, and the seal: the hash of everything the chain holds up to then."""

    month: Period
    seal: str
    seal_seq: int


class Warned(Value):
    """What a month was closed in spite of, one kind at a time: every warning of it, and the page that shows them."""

    month: Period
    code: str
    page: str
    problems: tuple[Finding, ...]


class ClosedPeriods(Value):
    """What a close did. ``vouchers`` are those of the settlement stage, posted by it; ``problems`` are what stood in the
    way, ``warnings`` what did not."""

    book: BookId
    kept: bool
    months: tuple[Closed, ...]
    vouchers: tuple[Voucher, ...]
    problems: tuple[Finding, ...]
    warnings: tuple[Warned, ...]


@command(
    writes=True,
    says=N_(
        "Close a month (2025-03), or what is left of a year (2025) and settle it.\n\n"
        "Whatever stands in the way is listed, and then nothing more is closed. A year's months are closed one by one; "
        "then its income and expense go to the result, and the result to what may be distributed. That is done again "
        "for what was booked in the settlement stage since."
    ),
)
@click.argument("book")
@click.argument("period")
@click.option("--by", required=True, metavar="PERSON", help=N_("Who closes."))
@click.option("--reviewed-by", required=True, metavar="PERSON", help=N_("Who reviews; another person."))
@click.option("--dry-run", is_flag=True, help=N_("Do everything, show it, and undo it."))
@as_json
def close(
    house: House, book: str, period: str, by: str, reviewed_by: str, dry_run: bool, as_json: bool
) -> int:
    """Close a month or a year."""
    if not re.fullmatch(r"[0-9]{4}(-(0[1-9]|1[0-2]))?", period):
        raise Refusal(period_must_be_written_so.at("/period", given=period))
    found = house.book(book)
    closing_of = Closing(
        book=found,
        by=house.person(by, book=found.id),
        reviewed_by=house.person(reviewed_by, book=found.id),
        house=house,
    )
    year = int(period) if len(period) == 4 else None
    months = (_as_month(period),) if year is None else closing_of.months_left(year)
    done = closing_of.rehearse(months, year) if dry_run else closing_of.run(months, year)
    if as_json:
        house.json(done)
    else:
        _show(house, found, done)
    return FINDINGS if any(one.severity is Severity.ERROR for one in done.problems) else DONE


_SIGNS = {
    DayState.CLOSED: "✓",
    DayState.WAITING: "…",
    DayState.NEXT: "→",
    DayState.OPEN: "○",
    DayState.LATER: "·",
}


@command(
    name="close-calendar",
    says=N_(
        "Which months of a year are closed in every book.\n\n"
        "PLACE is the code of a village, township, county, city or province; without one every book is listed."
    ),
)
@click.argument("year", type=click.IntRange(1949, 2999))
@click.option("--place", default="", metavar="PLACE", help=N_("Only the books of this place."))
@as_json
def close_calendar(house: House, year: int, place: str, as_json: bool) -> None:
    """The close calendar of all books."""
    with house.read() as db:
        homes = places.book_places(db)
        books = [
            book
            for book in house.books()
            if not place or ((home := homes.get(book.id)) is not None and home.village.startswith(place))
        ]
        items = answers.calendars(db, books, year=year)
    if as_json:
        house.json(items, tuple[BookCalendar, ...])
        return
    house.table(
        (N_("Book"), *map(str, range(1, 13)), N_("Settlement"), N_("Periods closed")),
        [
            (item.short_name, *(_SIGNS[day.state] for day in item.days), f"{item.closed} / {len(item.days)}")
            for item in items
        ],
    )


class Closing:
    """The close of some months, and of a year, by two people."""

    def __init__(self, *, book: Book, by: PersonId, reviewed_by: PersonId, house: House) -> None:
        self._book, self._by, self._reviewed_by, self._house = book, by, reviewed_by, house
        self._on, self._at = house.now()

    def months_left(self, year: int) -> tuple[Period, ...]:
        """The months of a year that are still open."""
        with self._house.read() as db:
            closed = periods.state_of(db, book=self._book).closed
        return tuple(month for month in range(year * 100 + 1, year * 100 + 13) if month not in closed)

    def run(self, months: Sequence[Period], year: int | None) -> ClosedPeriods:
        """Close one after the other, each in a transaction of its own, up to the first obstacle."""
        closed: list[Closed] = []
        vouchers: tuple[Voucher, ...] = ()
        problems: list[Problem] = []
        warned: list[Warned] = []
        steps = len(months) + (year is not None)
        try:
            for month in months:
                self._house.progress(N_("months closed"), len(closed), steps)
                seal, warnings = self._act(partial(self._close, month))
                closed.append(seal)
                warned += warnings
            if year is not None:
                self._house.progress(N_("months closed"), len(closed), steps)
                vouchers = self._act(partial(self._settle, year, self._proof()))
            self._house.progress(N_("months closed"), steps, steps)
        except Refusal as refusal:
            problems += refusal.problems
        return self._outcome(closed, vouchers, problems, warned, kept=True)

    def rehearse(self, months: Sequence[Period], year: int | None) -> ClosedPeriods:
        """The same in one transaction that is undone."""
        proof = None if year is None else self._proof()

        def all_of_it(db: Connection) -> ClosedPeriods:
            closed: list[Closed] = []
            vouchers: tuple[Voucher, ...] = ()
            problems: list[Problem] = []
            warned: list[Warned] = []
            try:
                for month in months:
                    seal, warnings = self._close(month, db)
                    closed.append(seal)
                    warned += warnings
                if year is not None and proof is not None:
                    vouchers = self._settle(year, proof, db)
            except Refusal as refusal:
                problems += refusal.problems
            return self._outcome(closed, vouchers, problems, warned, kept=False)

        return self._house.act(all_of_it, book=self._book.id, keep=False)

    def _act(self, what: Callable[[Connection], T]) -> T:
        return self._house.act(what, book=self._book.id)

    def _close(self, month: Period, db: Connection) -> tuple[Closed, Sequence[Warned]]:
        checks = closing.month_obstacles(db, book=self._book, period=month)
        head = closing.close_month(
            db,
            book=self._book.id,
            period=month,
            by=self._by,
            reviewed_by=self._reviewed_by,
            on=self._on,
            at=self._at,
        )
        kinds: dict[str, list[Problem]] = {}
        for problem in (problem for check in checks for problem in check.problems):
            kinds.setdefault(problem.code, []).append(problem)
        page = f"/books/{self._book.id}/close/{month_text(month)}"
        warned = [
            Warned(month=month, code=code, page=page, problems=self._house.findings(problems))
            for code, problems in kinds.items()
        ]
        return Closed(month=month, seal=head.hash, seal_seq=head.length), warned

    def _settle(self, year: int, proof: Check, db: Connection) -> tuple[Voucher, ...]:
        return closing.settle_year(
            db,
            book=self._book.id,
            year=year,
            by=self._by,
            reviewed_by=self._reviewed_by,
            on=self._on,
            at=self._at,
            also=(proof,),
        )

    def _proof(self) -> Check:
        """The whole book proved, beancount's word included; read beside the writer, which need not wait for it."""
        house = self._house
        with house.read() as db:
            proof = proofs.prove(
                db, book=self._book, load=loaded_by_beancount, read=house.evidence.bytes_as_they_are
            )
        return check_of_proof(proof)

    def _outcome(
        self,
        closed: Sequence[Closed],
        vouchers: Sequence[Voucher],
        problems: Sequence[Problem],
        warned: Sequence[Warned],
        *,
        kept: bool,
    ) -> ClosedPeriods:
        return ClosedPeriods(
            book=self._book.id,
            kept=kept,
            months=tuple(closed),
            vouchers=tuple(vouchers),
            problems=self._house.findings(problems),
            warnings=tuple(warned),
        )


def _as_month(text: str) -> Period:
    return int(text[:4]) * 100 + int(text[5:])


def _show(house: House, book: Book, done: ClosedPeriods) -> None:
    for month in done.months:
        house.tell(
            N_("✓ {book} {month} is closed. Seal {seal} (entry {entry})"),
            book=book.short_name,
            month=month_text(month.month),
            seal=month.seal,
            entry=month.seal_seq,
        )
    for voucher in done.vouchers:
        number = number_text(voucher.word, voucher.number or 0)
        amount = yuan(totals(voucher.lines)[0])
        house.tell(
            N_("✓ {book} {number}: {summary}, {amount}"),
            book=book.short_name,
            number=number,
            summary=voucher.lines[0].summary,
            amount=amount,
        )
    for warned in done.warnings:
        for finding in warned.problems[:SHOWN]:
            house.show(finding)
        if len(warned.problems) > SHOWN:
            house.tell(
                N_(
                    "  {month}: {count} warnings of this kind, the first {shown} above; all of them: --json, or {page}"
                ),
                month=month_text(warned.month),
                count=len(warned.problems),
                shown=SHOWN,
                page=warned.page,
            )
    for finding in done.problems:
        house.show(finding)
    if not done.kept:
        house.tell(N_("A dry run: nothing was written."))
    elif not (done.months or done.vouchers or done.problems):
        house.tell(N_("Nothing is left to close."))
