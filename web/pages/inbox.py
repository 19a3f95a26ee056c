"""待办: what waits for me over all the books and townships I see, oldest first; runs whose turn it is to be approved are
ticked and approved together, one result each, each signed by its own digest."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from coop.access import queries as access
from coop.access import rules as access_rules
from coop.alerts import queries as alerts
from coop.figures import queries as figures
from coop.income import queries as income
from coop.lists import queries as lists
from coop.places import queries as places
from coop.places.rules import township_must_be_known
from coop.register import queries as register
from ledger.books import queries as known_books
from ledger.outbox import queries as outbox
from ledger.periods import queries as periods
from ledger.periods.rules import month_text
from ledger.spot_checks import queries as spot_checks
from payouts.batches import queries as batches
from payouts.batches.queries import Returned
from payouts.notices import queries as notices
from payouts.notices.rules import is_working_day, notice_ends
from payouts.policies import queries as policies
from payouts.runs import actions, queries, rules
from payouts.runs.actions import Seen
from payouts.runs.rules import RunName
from schemas.access import Deed
from schemas.books import Book, BookKind
from schemas.figures import ParcelState
from schemas.outbox import Landing
from schemas.policies import PolicyKind
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.runs import Run, RunAct, RunState, RunStep
from schemas.spot_checks import FindingState
from schemas.units import BookId, Fen, Instant, Period
from web import clock, wire
from web.i18n.words import N_
from web.pages.boards import home_of as place_home
from web.pages.register import listed as listed_act
from web.pages.rendering import month_code
from web.pages.route import Shown, Visit, does, shows

MOST_AT_ONCE = 200
_FORWARD = {
    RunState.DRAFT: RunStep.SUBMIT,
    RunState.RETURNED: RunStep.SUBMIT,
    RunState.SUBMITTED: RunStep.PUBLISH,
    RunState.ON_NOTICE: RunStep.APPROVE,
    RunState.APPROVED: RunStep.POST,
}


class Waiting(NamedTuple):
    """Something that waits: since when, in which book or township, what for, its amount, the working days left of its
    notice, and the run that can be signed from here."""

    since: date
    called: str
    what: str
    figures: Mapping[str, str]
    step: str
    to: str
    amount: Fen | None
    left: int | None
    ready: Run | None
    note: str = ""


class Outcome(NamedTuple):
    """What became of one run that was ticked: its name, its page, whose it is."""

    run: str
    to: str
    called: str
    problems: tuple[Problem, ...]


@shows("/inbox", deed=Deed.KEEP_OWN_LOGIN)
def inbox(visit: Visit) -> Shown:
    """What waits for me."""
    return _show(visit)


def _show(visit: Visit, outcomes: Sequence[Outcome] = ()) -> Shown:
    waiting = sorted(
        (
            *_runs(visit),
            *_closes(visit),
            *_register(visit),
            *_unsent(visit),
            *_returned(visit),
            *_policies(visit),
            *_list_appeals(visit),
            *_thresholds(visit),
            *_red_lines(visit),
            *_alerts(visit),
            *_parcels(visit),
            *_appeals(visit),
            *_to_check(visit),
            *_findings(visit),
            *_landed(visit),
        ),
        key=lambda one: (one.since, one.to),
    )
    return visit.page(
        "inbox.html",
        waiting=waiting,
        ready=sum(1 for one in waiting if one.ready is not None),
        outcomes=outcomes,
        done=sum(1 for one in outcomes if not one.problems),
    )


def _books(visit: Visit, deed: Deed) -> Mapping[BookId, Book]:
    return {book.id: book for book in access.books_seen_by(visit.db, visit.who.rights, deed=deed)}


def _runs(visit: Visit) -> Sequence[Waiting]:
    may = {step: _homes(visit, rules.DEEDS[step]) for step in dict.fromkeys(_FORWARD.values())}
    homes = {id: home for of_step in may.values() for id, home in of_step.items()}
    found = []
    for run, last in queries.open_runs(visit.db, books=homes):
        step = _FORWARD[run.state]
        if run.book in may[step]:
            found.append(_waiting(visit, homes[run.book], run, last, step))
    return found


def _homes(visit: Visit, deed: Deed) -> Mapping[BookId, str]:
    """The books and townships of whose runs I may do this, and what they are called."""
    townships = access.townships_seen_by(visit.db, visit.who.rights, deed=deed)
    books = {id: book.short_name for id, book in _books(visit, deed).items()}
    return books | {township.code: township.name for township in townships}


def _address(run: RunName) -> str:
    """Where the page of a run is."""
    home = "townships" if run.kind in rules.OF_A_TOWNSHIP else "books"
    return f"/{home}/{run.book}/runs/{run}"


def _waiting(visit: Visit, called: str, run: Run, last: RunAct, step: RunStep) -> Waiting:
    left, note = None, ""
    ready = step is RunStep.APPROVE
    name = rules.name_of(run.id)
    assert name is not None, "what is kept has a name"
    if step is RunStep.APPROVE:
        acts = queries.acts(visit.db, name)
        procedure = queries.procedure_of(visit.db, name, acts)
        published = rules.published_on(acts)
        assert published is not None, "what is on notice was published"
        left = _working_days(visit.on, notice_ends(published, days=procedure.notice_days))
        if rules.faults_of_papers(run, queries.documents(visit.db, name), procedure=procedure):
            ready, note = False, N_("a paper is missing")
        elif run.prepared_by == visit.by:
            ready, note = False, N_("you prepared it; another person approves it")
        elif left:
            ready = False
    elif run.state is RunState.RETURNED:
        note = last.reason
    return Waiting(
        since=last.on,
        called=called,
        what=N_("{kind} of {year}"),
        figures={"kind": run.kind, "year": str(run.year)},
        step=f"do.{step}",
        to=_address(name),
        amount=run.total,
        left=left,
        ready=run if ready else None,
        note=note,
    )


def _day(at: Instant) -> date:
    return clock.day_of(datetime.fromisoformat(at))


def _working_days(on: date, ends: date) -> int:
    return sum(is_working_day(on + timedelta(days=n)) for n in range((ends - on).days + 1))


def _closes(visit: Visit) -> Sequence[Waiting]:
    books = _books(visit, Deed.REVIEW_CLOSING)
    return [
        Waiting(
            since=_day(request.asked_at),
            called=books[id].short_name,
            what=N_("Close of {month}"),
            figures={"month": month_code(request.period)},
            step="do.confirm",
            to=f"/books/{id}/close/{month_code(request.period)}",
            amount=None,
            left=None,
            ready=None,
        )
        for id, requests in periods.books_waiting_for_review(visit.db, books=sorted(books)).items()
        for request in requests
        if request.asked_by != visit.by
    ]


def _register(visit: Visit) -> Sequence[Waiting]:
    books = _books(visit, Deed.CONFIRM_REGISTER)
    return [
        Waiting(
            since=_day(one.prepared_at),
            called=books[id].short_name,
            what=N_("{act} of {day}"),
            figures={"act": listed.title, "day": one.act.on.isoformat()},
            step="do.confirm",
            to=f"/books/{id}/register/{one.request}",
            amount=listed.amount or None,
            left=None,
            ready=None,
        )
        for id, one in register.waiting(visit.db, books=books)
        for listed in (listed_act(one),)
        if one.prepared_by != visit.by
    ]


def _unsent(visit: Visit) -> Sequence[Waiting]:
    """Batches another person made, for who sends them."""
    books = _books(visit, Deed.SEND_BATCH)
    return [
        Waiting(
            since=one.made_on,
            called=books[one.book].short_name,
            what=N_("Batch of payments {batch}"),
            figures={"batch": one.name},
            step="do.send",
            to=f"/books/{one.book}/batches/{one.number}",
            amount=one.total,
            left=None,
            ready=None,
        )
        for one in batches.unsent(visit.db, books=books)
        if one.made_by != visit.by
    ]


def _policies(visit: Visit) -> Sequence[Waiting]:
    """A township's policies another officer recorded, for who approves them."""
    townships = {
        one.code: one.name
        for one in access.townships_seen_by(visit.db, visit.who.rights, deed=Deed.APPROVE_TOWNSHIP_POLICIES)
    }
    return [
        Waiting(
            since=clock.day_of(datetime.fromisoformat(one.recorded_at)),
            called=townships[one.home],
            what=what,
            figures={"year": str(one.year), "name": one.name},
            step="do.approve",
            to=f"/townships/{one.home}/policies/{place}/{one.year}/{one.version}",
            amount=None,
            left=None,
            ready=None,
        )
        for kind, place, what in (
            (PolicyKind.BONUS, "bonus", N_("Performance bonus of {year}")),
            (PolicyKind.REWARD, "rewards", N_("{name} of {year}")),
            (PolicyKind.INCOME, "income", N_("How incomes are judged from {year} on")),
        )
        for one in policies.waiting(visit.db, kind=kind, books=townships)
        if one.recorded_by != visit.by
    ]


def _thresholds(visit: Visit) -> Sequence[Waiting]:
    """Thresholds another officer entered for a place, for who approves them there."""
    waiting = [
        one
        for one in income.threshold_versions(visit.db)
        if one.waits
        and one.entry.recorded_by != visit.by
        and Deed.APPROVE_TOWNSHIP_POLICIES
        in access_rules.deeds_at(visit.who.rights, code=one.entry.threshold.region)
    ]
    named = places.places(visit.db, codes={one.entry.threshold.region for one in waiting})
    return [
        Waiting(
            since=clock.day_of(datetime.fromisoformat(one.entry.recorded_at)),
            called=named[one.entry.threshold.region].name,
            what=N_("Threshold of {year}"),
            figures={"year": str(one.entry.threshold.year)},
            step="do.approve",
            to=f"{place_home(one.entry.threshold.region)}/thresholds",
            amount=one.entry.threshold.amount,
            left=None,
            ready=None,
        )
        for one in waiting
    ]


def _list_appeals(visit: Visit) -> Sequence[Waiting]:
    """What villages said against being listed that waits for an officer who did not record it."""
    townships = access.townships_seen_by(visit.db, visit.who.rights, deed=Deed.ANSWER_APPEAL)
    return [
        Waiting(
            since=one.on,
            called=township.name,
            what=N_("Appeal {number} against the lists of {month}"),
            figures={"number": str(one.number), "month": month_text(one.month)},
            step="do.answer",
            to=f"/townships/{township.code}/snapshots?month={month_text(one.month)}#appeal-{one.number}",
            amount=None,
            left=None,
            ready=None,
        )
        for township in townships
        for one in lists.appeals(visit.db, within=township.code, open_only=True).get(township.code, ())
        if one.by != visit.by
    ]


def _red_lines(visit: Visit) -> Sequence[Waiting]:
    """Red lines another officer entered, for who approves them."""
    return [
        Waiting(
            since=clock.day_of(datetime.fromisoformat(one.entry.recorded_at)),
            called=township.name,
            what=N_("Red line {name}"),
            figures={"name": one.entry.line.id},
            step="do.approve",
            to=f"/townships/{township.code}/red-lines",
            amount=None,
            left=None,
            ready=None,
        )
        for township in access.townships_seen_by(
            visit.db, visit.who.rights, deed=Deed.APPROVE_TOWNSHIP_POLICIES
        )
        for one in alerts.line_versions(visit.db, township=township.code)
        if one.approval is None and one.entry.recorded_by != visit.by
    ]


def _parcels(visit: Visit) -> Sequence[Waiting]:
    """Figures from outside another officer collected, for who reviews and enters them."""
    return [
        Waiting(
            since=one.on,
            called=township.name,
            what=N_("Figures from outside of {month}"),
            figures={"month": month_text(one.month)},
            step="do.enter" if one.state is ParcelState.REVIEWED else "do.review",
            to=f"/townships/{township.code}/figures/{one.number}",
            amount=None,
            left=None,
            ready=None,
        )
        for township in access.townships_seen_by(visit.db, visit.who.rights, deed=Deed.REVIEW_FIGURES)
        for one in figures.parcels(visit.db, township=township.code)
        if one.is_open and one.by != visit.by
    ]


def _alerts(visit: Visit) -> Sequence[Waiting]:
    """Alerts of villages nobody has explained, for the accountants of their collectives."""
    books = {
        id: book for id, book in _books(visit, Deed.EXPLAIN_ALERT).items() if book.kind is BookKind.COLLECTIVE
    }
    homes = places.book_places(visit.db)
    village_of = {homes[id].village: id for id in books if id in homes}
    return [
        Waiting(
            since=one.on,
            called=books[village_of[village]].short_name,
            what=N_("Alert {number} of {month}"),
            figures={"number": str(one.number), "month": month_text(one.breach.month)},
            step="do.explain",
            to=f"/books/{village_of[village]}/alerts#alert-{one.number}",
            amount=None,
            left=None,
            ready=None,
        )
        for village, found in alerts.unexplained(visit.db, villages=village_of).items()
        for one in found
    ]


def _appeals(visit: Visit) -> Sequence[Waiting]:
    """Appeals nobody answered yet, for who may."""
    homes = _homes(visit, Deed.ANSWER_APPEAL)
    return [
        Waiting(
            since=one.since,
            called=homes[one.home],
            what=N_("Appeal {number}"),
            figures={"number": str(one.number)},
            step="do.answer",
            to=f"/appeals#{one.home}-{one.number}",
            amount=None,
            left=None,
            ready=None,
        )
        for one in notices.unanswered(visit.db, homes=homes)
    ]


def _to_check(visit: Visit) -> Sequence[Waiting]:
    """Drawn vouchers nobody checked, a line a township and month for who checks there, and a line a book beside it."""
    books = _books(visit, Deed.CHECK_VOUCHERS)
    townships = {
        one.code: one.name
        for one in access.townships_seen_by(visit.db, visit.who.rights, deed=Deed.CHECK_VOUCHERS)
    }
    homes = access.places_of(visit.db, books)
    found: defaultdict[tuple[str, str, Period], list[spot_checks.Waiting]] = defaultdict(list)
    for one in spot_checks.unchecked(visit.db, books=books):
        township = homes[one.book].township if one.book in homes else ""
        home = f"/townships/{township}" if township in townships else f"/books/{one.book}"
        called = townships.get(township) or books[one.book].short_name
        found[home, called, one.month].append(one)
    return [
        Waiting(
            since=min(_day(one.since) for one in of_month),
            called=called,
            what=N_("Spot check of {month}: {count} vouchers"),
            figures={"month": month_code(month), "count": str(sum(one.vouchers for one in of_month))},
            step="do.check",
            to=f"{home}/spot-checks?month={month_code(month)}",
            amount=None,
            left=None,
            ready=None,
        )
        for (home, called, month), of_month in found.items()
    ]


def _findings(visit: Visit) -> Sequence[Waiting]:
    """Findings of spot checks: those not answered for the accountant, those answered for who checks."""
    return [
        Waiting(
            since=_day(one.since),
            called=books[one.book].short_name,
            what=N_("Finding {number} of the spot check of {month}"),
            figures={"number": str(one.finding), "month": month_code(one.month)},
            step=step,
            to=f"/books/{one.book}/spot-checks?month={month_code(one.month)}#f{one.finding}",
            amount=None,
            left=None,
            ready=None,
        )
        for deed, state, step in (
            (Deed.ANSWER_FINDING, FindingState.OPEN, "do.answer"),
            (Deed.CHECK_VOUCHERS, FindingState.ANSWERED, "do.settle"),
        )
        for books in (_books(visit, deed),)
        for one in spot_checks.findings_waiting(visit.db, books=books, state=state)
    ]


def _landed(visit: Visit) -> Sequence[Waiting]:
    """What landed from other books and waits as a draft, a line a book and unit it came from, for its accountant."""
    books = _books(visit, Deed.DRAFT_VOUCHER)
    found: defaultdict[tuple[BookId, BookId], list[Landing]] = defaultdict(list)
    for id, landings in outbox.waiting_drafts(visit.db, books=books).items():
        for one in landings:
            found[id, one.source].append(one)
    units = {source: known_books.book(visit.db, id=source) for _, source in found}
    return [
        Waiting(
            since=_day(of_unit[0].at),
            called=books[id].short_name,
            what=N_("{count} drafts that came from {unit}"),
            figures={"count": str(len(of_unit)), "unit": unit.short_name},
            step="do.take_on",
            to=f"/books/{id}/crossings?waits=yes",
            amount=sum(one.amount for one in of_unit),
            left=None,
            ready=None,
        )
        for (id, source), of_unit in found.items()
        if (unit := units[source]) is not None
    ]


def _returned(visit: Visit) -> Sequence[Waiting]:
    """Payments that came back, by run: for who makes the next batch, and for the officer who approved them."""
    books = {**_books(visit, Deed.APPROVE_RUN), **_books(visit, Deed.MAKE_BATCH)}
    by_run: defaultdict[str, list[Returned]] = defaultdict(list)
    for one in batches.returned(visit.db, books=books):
        by_run[one.run].append(one)
    return [
        Waiting(
            since=of_run[0].on,
            called=books[of_run[0].book].short_name,
            what=N_("{count} payments came back"),
            figures={"count": str(len(of_run))},
            step="do.mend",
            to=f"/books/{of_run[0].book}/runs/{run}#returned",
            amount=sum(one.amount for one in of_run),
            left=None,
            ready=None,
        )
        for run, of_run in by_run.items()
    ]


@does("/inbox/approve", deed=Deed.APPROVE_RUN)
async def approve_many(visit: Visit) -> Shown:
    """Approve what was ticked, each for itself: one that is refused leaves the others alone."""
    outcomes = []
    for ticked in visit.fields("run")[:MOST_AT_ONCE]:
        id, _, digest = ticked.partition(" ")
        outcomes.append(await _approve(visit, id, digest))
    return await visit.read(lambda: _show(visit, outcomes))


async def _approve(visit: Visit, id: str, digest: str) -> Outcome:
    name = rules.name_of(id)
    if name is None:
        raise wire.Unreadable(wire.must_be_written_so.at("/run", given=id[:80], pattern="…"))
    to = _address(name)
    try:
        called = await visit.read(lambda: _called(visit, name))
        await visit.writer.do(
            lambda db: actions.approve(
                db, name, by=visit.by, on=visit.on, at=visit.at, seen=Seen(digest=digest)
            ),
            book=name.book,
        )
    except Refusal as refusal:
        return Outcome(id, to, name.book, refusal.problems)
    return Outcome(id, to, called, ())


def _called(visit: Visit, name: RunName) -> str:
    """What the book or township is called whose run I may approve; refused where it is none of mine."""
    if name.kind in rules.OF_A_TOWNSHIP:
        called = _homes(visit, Deed.APPROVE_RUN).get(name.book)
        if called is None:
            raise Refusal(township_must_be_known.at("/run", code=name.book), kind=RefusalKind.MISSING)
        return called
    return access.book_seen_by(visit.db, visit.who.rights, name.book, deed=Deed.APPROVE_RUN).short_name


handlers = [inbox, approve_many]
