"""Saying that somebody left office, and drafting what a collective owes of a bonus when a month falls due."""

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import Connection, insert

from coop.places import actions as places
from ledger.columns import table_of
from ledger.details import actions as details
from ledger.details import queries as known_details
from ledger.log import actions as log
from ledger.vouchers import actions as vouchers
from ledger.vouchers import queries as known_vouchers
from payouts.awards import queries, rules
from payouts.awards.rules import MonthDue
from payouts.awards.tables import AwardVoucherRow, LeavingRow
from payouts.runs.rules import name_of
from schemas.awards import AwardState, LeftOffice, LeftOfficeSaid
from schemas.books import Detail
from schemas.charts import KeptBy
from schemas.log import Act
from schemas.problems import Refusal
from schemas.runs import RunId
from schemas.units import BookId, PersonId, VoucherId
from schemas.vouchers import NewDraft, Origin, State, Step, Voucher


def say_leaving(
    db: Connection, leaving: LeftOffice, *, township: str, by: PersonId, on: date, at: datetime
) -> LeftOfficeSaid:
    """Write down that somebody left office 离任 (or, without a day, take the last word back): what is not yet due of his
    instalments stops where the policy says so. Refused for somebody no posted run of the township awards anything."""
    head = places.desk(db, township=township)
    known = {(one.village, one.person) for one in queries.awards(db, township=township, on=on)}
    if (leaving.village, leaving.person) not in known:
        raise Refusal(
            rules.person_must_be_awarded.at(
                "/person", person=leaving.person, village=leaving.village, township=township
            )
        )
    before = queries.leavings(db, township=township)
    said = LeftOfficeSaid(seq=before[-1].seq + 1 if before else 1, leaving=leaving, by=by, at=log.instant(at))
    db.execute(
        insert(table_of(LeavingRow)),
        [
            {
                "book_id": township,
                "seq": said.seq,
                "village_code": leaving.village,
                "person": leaving.person,
                "left_on": leaving.on,
                "reason": leaving.reason,
                "recorded_by": by,
                "at": said.at,
            }
        ],
    )
    act = Act(
        by=by,
        act=rules.NOTED,
        subject=f"leaving:{said.seq}",
        after=rules.leaving_text(leaving),
        content=rules.sealed_leaving(said),
    )
    log.append(db, [act], book=township, head=head, at=at)
    return said


def draft_due(
    db: Connection, due: MonthDue, *, dated: date, by: PersonId, on: date, at: datetime
) -> Voucher | None:
    """Draft what the collective owes of one run for one month; then it is reviewed and posted like any other. What a
    voucher holds already is left out, so that a month is drafted once however often called; None when nothing is left,
    and when the run was taken back since somebody looked what is due."""
    log.lock(db, book=due.book)
    name = name_of(due.run)
    assert name is not None, "a run that is kept has a name"
    # The book first, as a hand-over locks them: until this is kept, nobody takes the run back or says who left.
    log.lock(db, book=name.book)
    waiting = [
        one
        for one in queries.awards(db, township=name.book, year=name.year, on=on)
        if (one.month, one.book, one.run) == due and one.state is AwardState.DUE
    ]
    if not waiting:
        return None
    book, year = due.book, name.year
    _know(db, {one.person for one in waiting}, book=book, by=by, at=at)
    drafts = [NewDraft(draft=rules.voucher_of(waiting, year=year, dated=dated))]
    voucher = vouchers.one(
        vouchers.draft_many(db, drafts, book=book, by=by, on=on, at=at, origin=Origin.PLAN)
    )
    attempts = Counter((one.run, one.person, one.month) for one in queries.booked(db, book=book))
    taken = [
        (one.run, one.person, one.month, attempts[one.run, one.person, one.month] + 1, one.amount)
        for one in waiting
    ]
    db.execute(
        insert(table_of(AwardVoucherRow)),
        [
            {
                "book_id": book,
                "run": run,
                "person": person,
                "month": month,
                "attempt": attempt,
                "amount": amount,
                "voucher_id": voucher.id,
            }
            for run, person, month, attempt, amount in taken
        ],
    )
    act = Act(
        by=by,
        act=rules.DRAFTED,
        subject=f"voucher:{voucher.id}",
        after=f"{due.run} {due.month}",
        content=rules.sealed_parts(taken),
    )
    log.record(db, act, book=book, at=at)
    return voucher


def lock_homes(db: Connection, *, township: str, year: int, on: date) -> None:
    """Lock the books that pay a year's bonuses, before the township's desk is locked."""
    found = queries.awards(db, township=township, year=year, on=on)
    for book in sorted({one.book for one in found if one.book is not None}):
        log.lock(db, book=book)


def withdraw_drafts(
    db: Connection, *, run: RunId, township: str, year: int, by: PersonId, on: date, at: datetime, reason: str
) -> None:
    """Withdraw every draft that books a run which is taken back; what is reviewed or posted already stays as it is."""
    drafts: dict[BookId, set[VoucherId]] = {}
    for one in queries.awards(db, township=township, year=year, on=on):
        if one.run == run and one.book is not None and one.voucher is not None:
            drafts.setdefault(one.book, set()).add(one.voucher)
    for book, ids in sorted(drafts.items()):
        found = known_vouchers.vouchers(db, book=book, ids=sorted(ids))
        steps = [Step(voucher=id) for id, one in found.items() if one.state is State.DRAFT]
        vouchers.withdraw_many(db, steps, book=book, by=by, at=at, reason=reason, atomic=True)


def _know(db: Connection, people: Collection[str], *, book: BookId, by: PersonId, at: datetime) -> None:
    """Wages are kept by person: who is new to the book becomes a detail 明细 of it."""
    known = known_details.known(db, book=book, codes=people)
    fresh = [Detail(code=one, name=one, kind=KeptBy.NAME) for one in sorted(set(people) - known.keys())]
    if fresh:
        details.add_many(db, fresh, book=book, by=by, at=at)
