"""Trade, labour, herd and ballots: the facts of the joint farm.

An ear tag is 2 (cattle) or 3 (sheep), six digits of the county and eight of the animal (RULES §10); a ballot
gives each dimension 0 to its maximum, and managers and their household do not rate themselves (RULES §6).
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date

from schemas.packs import (
    AnimalOrigin,
    AnimalRow,
    AnimalState,
    BallotRow,
    MemberRow,
    ShareKind,
    ShareOrigin,
    ShareRow,
    TradeRow,
    WorkDayRow,
)
from web.imports import defects
from web.imports.cells import shortest, yuan
from web.imports.columns import ANIMAL_ORIGINS, ANIMAL_STATES, DIMENSIONS, RATER_KINDS
from web.imports.findings import At, Findings, Table
from web.imports.judges.members import Membership
from web.imports.judges.references import Known, unique

_EAR_TAG = re.compile(r"^[23]\d{14}$")
_ORIGINS = {origin: word for word, origin in ANIMAL_ORIGINS.items()}
_STATES = {state: word for word, state in ANIMAL_STATES.items()}
_RATERS = {kind: word for word, kind in RATER_KINDS.items()}
COOPERATIVE = "合作社"
_CALF_SHEETS = ("出资", "凭证", "牛只")
_BY_SHARE = (AnimalOrigin.GRANTED_SHARE, AnimalOrigin.OWN_SHARE)


def judge_trades(
    table: Table[TradeRow],
    findings: Findings,
    *,
    membership: Membership,
    known: Known,
    year: int | None,
) -> None:
    """A trade is a member's, of the year, and its quantity and amount go the same way."""
    known.refer(table, "成员编号", findings=findings)
    for row in table.rows:
        _in_year(table, row.row, row.on, findings, year)
        if table.knows(row.row, "数量", "金额") and _sign(row.quantity) * _sign(row.amount) <= 0:
            findings.report(
                defects.trade_must_have_signs_that_agree,
                table,
                (row.row, "金额"),
                raw=yuan(row.amount),
                quantity=shortest(row.quantity),
                amount=yuan(row.amount),
            )
    first: dict[tuple[object, ...], TradeRow] = {}
    for row in table.rows:
        if not table.knows(row.row, "日期", "成员编号", "产品", "数量", "金额"):
            continue
        earlier = first.setdefault((row.on, row.member, row.product, row.quantity, row.amount), row)
        if earlier is not row:
            findings.report(
                defects.trade_should_be_entered_once,
                table,
                (row.row, "成员编号"),
                raw=row.member,
                also=[(earlier.row, "成员编号")],
                member=row.member,
                more={"row": earlier.row},
            )
    membership.judge(table, member=lambda row: row.member, on=lambda row: row.on)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _in_year(
    table: Table[TradeRow] | Table[WorkDayRow], row: int, on: date, findings: Findings, year: int | None
) -> None:
    if year is not None and table.knows(row, "日期") and on.year != year:
        findings.report(
            defects.date_must_be_in_the_year, table, (row, "日期"), raw=on.isoformat(), date=on, year=year
        )


def judge_work_days(
    table: Table[WorkDayRow],
    findings: Findings,
    *,
    membership: Membership,
    known: Known,
    year: int | None,
) -> None:
    """Work days are a member's, of the year, more than none and no more than a month has."""
    known.refer(table, "成员编号", findings=findings)
    for row in table.rows:
        _in_year(table, row.row, row.on, findings, year)
        if table.knows(row.row, "工日") and not 0 < row.days <= 3100:
            findings.report(
                defects.work_days_must_be_positive,
                table,
                (row.row, "工日"),
                raw=shortest(row.days),
                days=shortest(row.days),
            )
        if table.knows(row.row, "日工价") and row.day_wage <= 0:
            findings.report(
                defects.day_wage_must_be_positive,
                table,
                (row.row, "日工价"),
                raw=yuan(row.day_wage),
                wage=yuan(row.day_wage),
            )
    membership.judge(table, member=lambda row: row.member, on=lambda row: row.on)


# --- herd ------------------------------------------------------------------------------------------------------


def judge_animals(
    table: Table[AnimalRow],
    findings: Findings,
    *,
    members: Known,
    counterparties: Known,
    short_name: str,
    year: int | None,
) -> None:
    """Ear tags, owners and lenders, and days, figures and state that go together."""
    for row in table.rows:
        if table.knows(row.row, "耳标") and not _EAR_TAG.match(row.ear_tag):
            findings.report(
                defects.ear_tag_must_have_fifteen_digits, table, (row.row, "耳标"), raw=row.ear_tag
            )
    unique(table, ["耳标"], defects.ear_tag_must_be_unique, findings, raw=lambda row: row.ear_tag)
    of_cooperative = {COOPERATIVE, short_name}
    counterparties.refer(table, "出借企业", findings=findings)
    for row in table.rows:
        _owner(table, row, findings, members, counterparties, of_cooperative)
        _lender(table, row, findings)
        _stay(table, row, findings, year)
        _figures(table, row, findings)


def _owner(
    table: Table[AnimalRow],
    row: AnimalRow,
    findings: Findings,
    members: Known,
    counterparties: Known,
    of_cooperative: Collection[str],
) -> None:
    if not table.knows(row.row, "所有人"):
        return
    at: At = (row.row, "所有人")
    is_member = row.owner in members.codes
    is_cooperative = row.owner in of_cooperative
    is_counterparty = row.owner in counterparties.codes
    if not (is_member or is_cooperative or is_counterparty):
        if members.is_missing(row.owner):
            members.miss(table, at, row.owner)
        elif members.certain and counterparties.certain:
            findings.report(defects.animal_owner_must_exist, table, at, raw=row.owner, owner=row.owner)
        return
    if not table.knows(row.row, "来源"):
        return
    by_share = row.origin in _BY_SHARE
    expected = None
    if by_share and not is_member:
        expected = "成员"
    elif row.origin is AnimalOrigin.LENT and is_member:
        expected = "合作社或出借企业"
    elif row.origin is AnimalOrigin.BOUGHT and is_counterparty and not is_member:
        expected = "合作社"
    if expected:
        findings.report(
            defects.animal_owner_must_fit,
            table,
            at,
            raw=row.owner,
            origin=_ORIGINS[row.origin],
            expected=expected,
        )


def _lender(table: Table[AnimalRow], row: AnimalRow, findings: Findings) -> None:
    if not table.knows(row.row, "来源", "出借企业"):
        return
    if row.origin is AnimalOrigin.LENT and not row.lender:
        findings.report(defects.lender_must_be_given, table, (row.row, "出借企业"))
    elif row.origin is not AnimalOrigin.LENT and row.lender:
        findings.report(
            defects.lender_must_not_be_given,
            table,
            (row.row, "出借企业"),
            raw=row.lender,
            origin=_ORIGINS[row.origin],
        )


def _stay(table: Table[AnimalRow], row: AnimalRow, findings: Findings, year: int | None) -> None:
    for column, day in (("入栏日期", row.entered_on), ("离栏日期", row.left_on)):
        if year is not None and day is not None and table.knows(row.row, column) and day.year > year:
            findings.report(
                defects.date_must_be_in_the_year,
                table,
                (row.row, column),
                raw=day.isoformat(),
                date=day,
                year=year,
            )
    if table.knows(row.row, "状态", "离栏日期") and (row.state is AnimalState.PRESENT) != (
        row.left_on is None
    ):
        findings.report(
            defects.animal_must_leave_when_gone,
            table,
            (row.row, "离栏日期"),
            raw=row.left_on.isoformat() if row.left_on else "",
            state=_STATES[row.state],
            left=row.left_on or "",
        )
    if (
        table.knows(row.row, "入栏日期", "离栏日期")
        and row.left_on is not None
        and row.left_on < row.entered_on
    ):
        findings.report(
            defects.animal_must_not_leave_before_it_came,
            table,
            (row.row, "离栏日期"),
            raw=row.left_on.isoformat(),
            left=row.left_on,
            entered=row.entered_on,
        )
    if (
        table.knows(row.row, "状态", "来源")
        and row.state is AnimalState.RETURNED
        and row.origin is not AnimalOrigin.LENT
    ):
        findings.report(
            defects.animal_must_be_returned_to_a_lender,
            table,
            (row.row, "状态"),
            raw=_STATES[row.state],
            origin=_ORIGINS[row.origin],
        )


def _figures(table: Table[AnimalRow], row: AnimalRow, findings: Findings) -> None:
    figures = (
        ("入栏体重kg", row.entered_weight),
        ("作价", row.agreed_price),
        ("离栏体重kg", row.left_weight),
        ("单价", row.price),
        ("保险赔款", row.indemnity),
    )
    for column, figure in figures:
        if figure is not None and figure <= 0 and table.knows(row.row, column):
            findings.report(
                defects.animal_figures_must_be_positive,
                table,
                (row.row, column),
                raw=table.shown(row, column),
                column=column,
            )
    if table.knows(row.row, "状态") and row.state is AnimalState.SOLD:
        for column, figure in (("离栏体重kg", row.left_weight), ("单价", row.price)):
            if figure is None and table.knows(row.row, column):
                findings.report(
                    defects.sold_animal_should_have_weight_and_price, table, (row.row, column), column=column
                )


def judge_calves(
    table: Table[AnimalRow], shares: Table[ShareRow], findings: Findings, *, year: int | None
) -> None:
    """Every calf contributed in the year came into the herd in the year, as its member's.

    A check of the last resort: a defect of the register, of its vouchers or of the herd speaks for itself.
    """
    if any(
        problem.workbook == table.workbook and problem.sheet in _CALF_SHEETS for problem in findings.problems
    ):
        return
    rows = [row for row in shares.rows if row.kind is ShareKind.CALF and row.on.year == year]
    if any(row.quantity <= 0 for row in rows):
        return
    animals = [row for row in table.rows if row.origin in _BY_SHARE and row.entered_on.year == year]
    contributed: Counter[tuple[str, bool]] = Counter()
    for row in rows:
        contributed[row.member, row.origin is ShareOrigin.GRANTED] += row.quantity
    kept = Counter((row.owner, row.origin is AnimalOrigin.GRANTED_SHARE) for row in animals)
    more = [key for key in sorted(kept) if kept[key] * 100 > contributed[key]]
    less = [key for key in sorted(contributed) if kept[key] * 100 < contributed[key]]
    # An animal under a wrong owner is one too many there and one too few elsewhere.
    for key in [*more, *less[len(more) :]]:
        of_animals = [
            row.row for row in animals if (row.owner, row.origin is AnimalOrigin.GRANTED_SHARE) == key
        ]
        of_shares = [row.row for row in rows if (row.member, row.origin is ShareOrigin.GRANTED) == key]
        area, at = (table, (of_animals[-1], "所有人")) if key in more else (shares, (of_shares[0], "数量"))
        findings.report(
            defects.calves_should_be_in_the_herd,
            area,
            at,
            raw=key[0] if key in more else shortest(contributed[key]),
            member=key[0],
            contributed=shortest(contributed[key]),
            kept=kept[key],
        )


# --- ballots ---------------------------------------------------------------------------------------------------


def judge_ballots(
    table: Table[BallotRow],
    findings: Findings,
    *,
    members: Table[MemberRow],
    known: Known,
    managers: Known,
    maxima: Sequence[int] | None,
    year: int | None,
) -> None:
    """Raters and managers are members, nobody rates himself or his household, points are within the maxima.

    ``maxima`` are None where they could not be read.
    """
    known.refer(table, "管理员", findings=findings)
    managers.refer(table, "管理员", findings=findings)
    known.refer(table, "评议人", findings=findings)
    households = {
        row.number: row.household
        for row in members.rows
        if members.knows(row.row, "成员编号", "户编号") and row.household
    }
    kinds: dict[str, BallotRow] = {}
    for row in table.rows:
        if year is not None and table.knows(row.row, "年度") and row.year != year:
            findings.report(
                defects.year_must_be_the_packs,
                table,
                (row.row, "年度"),
                raw=str(row.year),
                year=row.year,
                expected=year,
            )
        if table.knows(row.row, "管理员", "评议人"):
            of_manager, of_rater = households.get(row.manager), households.get(row.rater)
            if row.manager == row.rater:
                findings.report(
                    defects.manager_must_not_rate_self,
                    table,
                    (row.row, "评议人"),
                    raw=row.rater,
                    manager=row.manager,
                )
            elif of_manager and of_manager == of_rater:
                findings.report(
                    defects.household_must_not_rate_its_manager,
                    table,
                    (row.row, "评议人"),
                    raw=row.rater,
                    rater=row.rater,
                    manager=row.manager,
                )
        _points(table, row, findings, maxima)
        if table.knows(row.row, "评议人", "评议人类别"):
            earlier = kinds.setdefault(row.rater, row)
            if earlier.rater_kind is not row.rater_kind:
                findings.report(
                    defects.rater_should_have_one_kind,
                    table,
                    (row.row, "评议人类别"),
                    raw=_RATERS[row.rater_kind],
                    also=[(earlier.row, "评议人类别")],
                    rater=row.rater,
                    first=_RATERS[earlier.rater_kind],
                    second=_RATERS[row.rater_kind],
                )


def _points(
    table: Table[BallotRow], row: BallotRow, findings: Findings, maxima: Sequence[int] | None
) -> None:
    for place, (dimension, points) in enumerate(zip(DIMENSIONS, row.points, strict=True)):
        if not table.knows(row.row, dimension):
            continue
        if points < 0:
            findings.report(
                defects.points_must_not_be_negative,
                table,
                (row.row, dimension),
                raw=shortest(points),
                points=shortest(points),
                dimension=dimension,
            )
        elif maxima is not None and points > maxima[place]:
            findings.report(
                defects.points_must_be_within_the_maximum,
                table,
                (row.row, dimension),
                raw=shortest(points),
                points=shortest(points),
                dimension=dimension,
                most=shortest(maxima[place]),
            )
