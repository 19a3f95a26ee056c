"""凭证抽查: a month's sheet for the visit to the village, on the phone or on paper, what was found, and what was said about it."""

from collections.abc import Sequence

from ledger.periods.rules import month_before
from ledger.spot_checks import actions, queries, rules
from schemas.access import Deed
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.spot_checks import NewVerdict, SpotCheckSheet, VerdictKind, WordKind
from schemas.units import Period
from web import wire
from web.i18n.words import N_
from web.pages.evidence import served
from web.pages.naming import names_of
from web.pages.rendering import address, month_code, see_other
from web.pages.route import Shown, Visit, does, month_from, shows
from web.pages.runs import UPLOAD_BYTES
from web.pages.voucher import kept_files

_SHEET = "/books/{book}/spot-checks"


@shows(_SHEET, asks=("month",))
def spot_check(visit: Visit) -> Shown:
    """The sheet of a month; of the last one drawn where none is asked for."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    months = queries.months_drawn(visit.db, books=[visit.id])
    month = month_from(visit.query.get("month", ""), otherwise=last_drawn(visit))
    sheet = queries.sheet(visit.db, book=visit.id, month=month) if month in months else None
    year = queries.quality(visit.db, books=[visit.id], from_month=month // 100 * 100 + 1, to_month=month)
    return visit.page(
        "spot_checks.html",
        problems=problems,
        status=status,
        month=month,
        months=months,
        sheet=sheet,
        quality=year[visit.id],
        kinds=list(VerdictKind),
        names=names_of(visit, of_people=_people(sheet)),
        at=visit.field("at"),
        given=visit.field,
        may_check=visit.may(Deed.CHECK_VOUCHERS),
        may_answer=visit.may(Deed.ANSWER_FINDING),
    )


def last_drawn(visit: Visit) -> Period:
    """The last month drawn of the book; the month before where none was."""
    months = queries.months_drawn(visit.db, books=[visit.id])
    return months[0] if months else month_before(visit.on.year * 100 + visit.on.month)


def _people(sheet: SpotCheckSheet | None) -> list[int]:
    found: list[int] = []
    for one in () if sheet is None else sheet.vouchers:
        found += one.involved
        for verdict in one.verdicts:
            found += [verdict.checked_by, *(word.by for word in verdict.words)]
    return found


@does(f"{_SHEET}/{{voucher}}", deed=Deed.CHECK_VOUCHERS, takes=UPLOAD_BYTES, again=_show)
async def judge_drawn(visit: Visit) -> Shown:
    """Say what was found of a drawn voucher, with a photo where one was taken."""
    kind = visit.field("kind")
    if kind not in set(VerdictKind):
        raise wire.Unreadable(wire.must_be_one_of.at("/kind", given=kind[:40], known=", ".join(VerdictKind)))
    files = await kept_files(visit, "scan")
    new = NewVerdict(kind=VerdictKind(kind), text=visit.field("text")[:400], scan=files[0] if files else None)
    voucher = visit.number_at("voucher")
    made = await visit.write(
        lambda db: actions.judge(db, new, book=visit.id, voucher=voucher, by=visit.by, at=visit.at)
    )
    return see_other(_here(visit, made.month, voucher), notice=N_("Written down."))


@does("/books/{book}/findings/{finding}/answer", deed=Deed.ANSWER_FINDING, again=_show)
async def answer_found(visit: Visit) -> Shown:
    """Answer a finding."""
    return await _say(visit, WordKind.ANSWER)


@does("/books/{book}/findings/{finding}/settle", deed=Deed.CHECK_VOUCHERS, again=_show)
async def settle_found(visit: Visit) -> Shown:
    """Settle a finding that was answered, or return the answer."""
    return await _say(visit, WordKind.RETURN if visit.field("act") == "return" else WordKind.CLOSE)


async def _say(visit: Visit, word: WordKind) -> Shown:
    finding, text = visit.number_at("finding"), visit.field("text")[:400]
    said = await visit.write(
        lambda db: actions.say_of_finding(
            db, word, text, book=visit.id, finding=finding, by=visit.by, at=visit.at
        )
    )
    return see_other(_here(visit, said.month, said.voucher), notice=N_("Written down."))


def _here(visit: Visit, month: Period, voucher: int) -> str:
    return f"{address(f'{visit.home}/spot-checks', month=month_code(month))}#v{voucher}"


@shows("/books/{book}/findings/{finding}/scan", deed=Deed.SEE_EVIDENCE)
def finding_scan(visit: Visit) -> Shown:
    """The bytes of the photo or scan a verdict came with."""
    number = visit.number_at("finding")
    found = queries.verdicts(visit.db, book=visit.id, id=number)
    if not found or found[0].scan is None:
        raise Refusal(rules.finding_must_be_there.at("/finding", finding=number), kind=RefusalKind.MISSING)
    return served(visit, found[0].scan, name=found[0].scan_name)


handlers = [spot_check, judge_drawn, answer_found, settle_found, finding_scan]
