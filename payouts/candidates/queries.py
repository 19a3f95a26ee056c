"""Who stands on a sheet, and what a scheme comes to."""

from typing import Any

from sqlalchemy import Connection, select

from ledger.columns import read_back, table_of
from payouts.candidates import rules
from payouts.candidates.tables import RewardOrderRow, RewardSheetRow
from payouts.policies.approval import policy_must_exist
from payouts.township_policies import queries as policies
from schemas.problems import Refusal, RefusalKind
from schemas.rewards import (
    Candidate,
    RewardChoice,
    RewardInputs,
    RewardOrder,
    RewardSheet,
    RewardVersion,
    Standing,
)

_sheet = table_of(RewardSheetRow)
_order = table_of(RewardOrderRow)


def scheme_there(db: Connection, *, township: str, year: int, version: int) -> RewardVersion:
    """A version of a township's reward policy. Refused where there is none."""
    found = policies.reward_versions(db, township=township, year=year, version=version)
    if not found:
        raise Refusal(policy_must_exist.at("/version", version=version, year=year), kind=RefusalKind.MISSING)
    return found[0]


def periods(db: Connection, *, township: str, year: int, scheme: str) -> tuple[str, ...]:
    """The years and months a scheme has a sheet of, the newest first."""
    found = select(_sheet.c.period).where(*_of(_sheet, township, year, scheme)).distinct()
    return tuple(sorted(db.execute(found).scalars(), reverse=True))


def sheet(db: Connection, *, township: str, year: int, scheme: str, period: str) -> RewardSheet | None:
    """The sheet that counts: the last one written down."""
    row = db.execute(
        select(_sheet)
        .where(*_of(_sheet, township, year, scheme), _sheet.c.period == period)
        .order_by(_sheet.c.no.desc())
        .limit(1)
    ).first()
    return None if row is None else as_sheet(row)


def orders(db: Connection, *, township: str, year: int, scheme: str, period: str) -> tuple[RewardOrder, ...]:
    """The orders resolutions gave, in the order in which they were entered."""
    rows = db.execute(
        select(_order)
        .where(*_of(_order, township, year, scheme), _order.c.period == period)
        .order_by(_order.c.no)
    )
    return tuple(map(as_order, rows))


def standing(db: Connection, *, township: str, year: int, version: int, period: str) -> Standing:
    """What a version of a scheme comes to for a year or a month: everybody by rank, or what stands in the way."""
    found = scheme_there(db, township=township, year=year, version=version)
    name = found.head.name
    written = sheet(db, township=township, year=year, scheme=name, period=period)
    ordered = orders(db, township=township, year=year, scheme=name, period=period)
    made, ties, problems = (
        (None, (), ())
        if written is None
        else rules.made_of(
            found.policy.scheme,
            written.candidates,
            pool=found.policy.pool,
            orders=[one.who for one in ordered],
        )
    )
    return Standing(
        year=year,
        version=version,
        period=period,
        in_force=found.in_force,
        sheet=written,
        orders=ordered,
        ties=ties,
        made=made,
        problems=problems,
    )


def choices(db: Connection, *, township: str) -> tuple[RewardChoice, ...]:
    """What rewards may be paid for: every sheet of a scheme in force, the newest period first."""
    found = [
        RewardChoice(scheme=one.head.name, period=period)
        for one in policies.reward_versions(db, township=township)
        if one.in_force
        for period in periods(db, township=township, year=one.head.year, scheme=one.head.name)
    ]
    return tuple(sorted(found, key=lambda one: (one.period, one.scheme), reverse=True))


def inputs(db: Connection, *, township: str, year: int, choice: RewardChoice) -> RewardInputs:
    """What a run of rewards follows from now. Refused: no version of the scheme is in force, the period is of another year,
    or nobody is written down for it."""
    versions = policies.reward_versions(db, township=township, year=year)
    found = {one.head.name: one for one in versions if one.in_force}
    one = found.get(choice.scheme)
    if one is None:
        known = "、".join(sorted(found)) or "—"
        raise Refusal(
            rules.scheme_must_be_in_force.at("/scheme", scheme=choice.scheme, year=year, known=known)
        )
    wrong = rules.faults_of_period(choice.period, year=year)
    if wrong:
        raise Refusal(*wrong)
    written = sheet(db, township=township, year=year, scheme=choice.scheme, period=choice.period)
    if written is None:
        raise Refusal(rules.sheet_must_be_there.at("/period", period=choice.period), kind=RefusalKind.STATE)
    ordered = orders(db, township=township, year=year, scheme=choice.scheme, period=choice.period)
    scheme = one.policy.scheme
    return RewardInputs(
        township=township,
        year=year,
        period=choice.period,
        policy=one.policy,
        version=one.head.version,
        sheet=written.no,
        candidates=written.candidates,
        resolved=rules.resolved_of(scheme, written.candidates, [said.who for said in ordered]),
    )


def everything_kept(db: Connection, *, township: str) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Every sheet and every order of a township, as their rows: for its proof."""
    sheets = db.execute(select(_sheet).where(_sheet.c.book_id == township)).all()
    ordered = db.execute(select(_order).where(_order.c.book_id == township)).all()
    return tuple(sheets), tuple(ordered)


def _of(table: Any, township: str, year: int, scheme: str) -> tuple[Any, ...]:
    return table.c.book_id == township, table.c.year == year, table.c.scheme == scheme


def as_sheet(row: Any) -> RewardSheet:
    """A row of the sheets."""
    return RewardSheet(
        period=row.period,
        candidates=read_back(row, _sheet.c.candidates, tuple[Candidate, ...]),
        no=row.no,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )


def as_order(row: Any) -> RewardOrder:
    """A row of the orders."""
    return RewardOrder(
        no=row.no,
        who=read_back(row, _order.c.who, tuple[str, ...]),
        resolution=row.resolution,
        sha256=row.sha256,
        name=row.name,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )
