"""结账: the calendar of months, what stands in the way of each, and two people who close: one sends it for review 送审, the
other confirms; at the end a seal."""

from collections.abc import Sequence
from functools import partial

from coop.access import queries as access
from coop.closing import actions as closing
from coop.proof.rules import check_of_proof
from ledger.account_books import queries as account_books
from ledger.periods import actions, queries
from ledger.periods.rules import first_open_month, period_must_be_a_month, year_on_calendar
from ledger.vouchers import queries as vouchers
from payouts.proof import queries as proofs
from schemas.access import Deed
from schemas.periods import Check, CloseRequest, CloseStage, RequestState, Seal
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.units import Period
from schemas.vouchers import State, VoucherFilter
from web import wire
from web.i18n.words import N_
from web.pages.checks import checks_of_month, mended_at
from web.pages.rendering import month_code, see_other
from web.pages.route import Shown, Visit, does, month_from, shows
from web.people_names import names_of as names_of_people
from web.proof import loaded_by_beancount

SETTLEMENT = 13


@shows("/books/{book}/close")
def close_calendar(visit: Visit) -> Shown:
    """The months of every year, and how each stands."""
    state = visit.periods
    seals = queries.seals(visit.db, book=visit.id)
    waiting = queries.books_waiting_for_review(visit.db, books=[visit.id]).get(visit.id, ())
    current = first_open_month(first_year=state.first_year, closed=state.closed)
    last = account_books.last_posted_period(visit.db, book=visit.id) or current
    years = [
        (year, year_on_calendar(year, first_year=state.first_year, seals=seals, requests=waiting))
        for year in range(max(current // 100, last // 100), state.first_year - 1, -1)
    ]
    return visit.page("close_calendar.html", years=years, current=current)


@shows("/books/{book}/close/{period}")
def close_period(visit: Visit) -> Shown:
    """One month, or the settlement stage of a year."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    period = _period(visit)
    if period % 100 == SETTLEMENT:
        return _show_year(visit, period // 100, problems, status)
    checks = checks_of_month(visit, period)
    request = queries.close_request(visit.db, book=visit.id, period=period, stage=CloseStage.MONTH)
    seal = queries.seals(visit.db, book=visit.id).get(period)
    closed = period in visit.periods.closed
    return visit.page(
        "close_month.html",
        problems=problems,
        status=status,
        period=period,
        closed=closed,
        seal=seal,
        checks=() if closed else checks,
        mended_at=lambda check: mended_at(visit, check, period),
        stops=any(check.stops for check in checks),
        request=request,
        waiting=request is not None and request.state is RequestState.WAITING,
        stage=CloseStage.MONTH,
        names=_names(visit, seal, request),
        count=vouchers.count(
            visit.db,
            book=visit.id,
            wanted=VoucherFilter(from_period=period, to_period=period, states=(State.POSTED,)),
        ),
        seconds=_second_people(visit),
        last_closed=closed and period == max(one for one in visit.periods.closed if one % 100 != SETTLEMENT),
    )


def _show_year(visit: Visit, year: int, problems: Sequence[Problem], status: int) -> Shown:
    state, stage = visit.periods, year * 100 + SETTLEMENT
    found = {
        which: queries.close_request(visit.db, book=visit.id, period=stage, stage=which)
        for which in (CloseStage.SETTLEMENT, CloseStage.SEAL)
    }
    waiting = next(
        (request for request in found.values() if request and request.state is RequestState.WAITING), None
    )
    seal = queries.seals(visit.db, book=visit.id).get(stage)
    checks: tuple[Check, ...] = (
        () if year in state.sealed else closing.year_obstacles(visit.db, book=visit.at_book, year=year)
    )
    made = vouchers.page(
        visit.db,
        book=visit.id,
        wanted=VoucherFilter(from_period=stage, to_period=stage),
        after=None,
        limit=200,
    )
    return visit.page(
        "close_year.html",
        problems=problems,
        status=status,
        year=year,
        period=stage,
        settling=year in state.settling,
        sealed=year in state.sealed,
        seal=seal,
        checks=checks,
        mended_at=lambda check: mended_at(visit, check, stage),
        stops=any(check.stops for check in checks),
        request=waiting or found[CloseStage.SEAL] or found[CloseStage.SETTLEMENT],
        waiting=waiting is not None,
        vouchers=made,
        names=_names(visit, seal, *found.values()),
        seconds=_second_people(visit),
    )


def _period(visit: Visit) -> Period:
    period = month_from(visit.text_at("period"), otherwise=0, pointer="/period")
    if period // 100 < visit.at_book.first_year:
        problem = period_must_be_a_month.at("/period", period=month_code(period))
        raise Refusal(problem, kind=RefusalKind.MISSING)
    return period


def _names(visit: Visit, seal: Seal | None, *requests: CloseRequest | None) -> dict[int, str]:
    wanted = {visit.by}
    if seal is not None:
        wanted |= {seal.by, seal.reviewed_by}
    for request in requests:
        if request is not None:
            wanted |= {one for one in (request.asked_by, request.answered_by) if one is not None}
    return dict(names_of_people(visit.db, wanted, locale=visit.locale))


def _second_people(visit: Visit) -> list[str]:
    """Who may confirm: whom to ask."""
    able = access.people_with(visit.db, Deed.REVIEW_CLOSING, book=visit.id)
    return sorted(
        names_of_people(visit.db, (one for one in able if one != visit.by), locale=visit.locale).values()
    )


# Acts


@does("/books/{book}/close/{period}/ask", deed=Deed.CLOSE_MONTH, again=_show)
async def ask(visit: Visit) -> Shown:
    """Send the close for review 送审."""
    period = _period(visit)
    stage = _stage(visit)
    also = await _proof(visit) if stage is CloseStage.SETTLEMENT else ()
    await visit.write(
        lambda db: closing.ask_to_close(
            db,
            book=visit.id,
            period=period,
            stage=stage,
            by=visit.by,
            at=visit.at,
            resolution=visit.field("resolution")[:80],
            also=also,
        )
    )
    return see_other(_here(visit), notice=N_("Sent for review. Another person confirms it now."))


@does("/books/{book}/close/{period}/confirm", deed=Deed.REVIEW_CLOSING, again=_show)
async def confirm(visit: Visit) -> Shown:
    """Close it, as the second person."""
    period = _period(visit)
    stage = _stage(visit)
    also = await _proof(visit) if stage is CloseStage.SETTLEMENT else ()
    await visit.write(
        lambda db: closing.confirm_close(
            db,
            book=visit.id,
            period=period,
            stage=stage,
            by=visit.by,
            on=visit.on,
            at=visit.at,
            also=also,
        )
    )
    return see_other(_here(visit), notice=N_("Closed and sealed."))


@does("/books/{book}/close/{period}/decline", deed=Deed.REVIEW_CLOSING, again=_show)
async def decline(visit: Visit) -> Shown:
    """Send the close back 退回 with a reason."""
    period = _period(visit)
    stage = _stage(visit)
    await visit.write(
        lambda db: actions.decline_to_close(
            db,
            book=visit.id,
            period=period,
            stage=stage,
            by=visit.by,
            at=visit.at,
            reason=visit.field("reason")[:200],
        )
    )
    return see_other(_here(visit), notice=N_("Sent back with your reason."))


@does("/books/{book}/close/{period}/reopen", deed=Deed.REOPEN_MONTH, again=_show)
async def reopen(visit: Visit) -> Shown:
    """Open the last closed month again, by another person than the one who closed it."""
    period = _period(visit)
    await visit.write(
        lambda db: actions.reopen_month(
            db,
            book=visit.id,
            period=period,
            by=visit.by,
            reason=visit.field("reason")[:200],
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(_here(visit), notice=N_("The month is open again."))


def _stage(visit: Visit) -> CloseStage:
    given = visit.field("stage") or CloseStage.MONTH
    if given not in list(CloseStage):
        raise wire.Unreadable(wire.must_be_one_of.at("/stage", given=given[:40], known=", ".join(CloseStage)))
    return CloseStage(given)


async def _proof(visit: Visit) -> tuple[Check, ...]:
    """The whole book proved before its year is settled, beancount's word included; read beside the writer."""
    prove = partial(
        proofs.prove, book=visit.at_book, load=loaded_by_beancount, read=visit.evidence.bytes_as_they_are
    )
    return (check_of_proof(await visit.read(lambda: prove(visit.db))),)


def _here(visit: Visit) -> str:
    return f"{visit.home}/close/{visit.text_at('period')}"


handlers = [close_calendar, close_period, ask, confirm, decline, reopen]
