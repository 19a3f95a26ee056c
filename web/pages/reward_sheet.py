"""人员表: whom a reward scheme looks at in a year or a month, entered like a sheet of paper or pasted; what the scheme comes
to; and the order a resolution gave to those who were equal."""

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction as Exact
from typing import NamedTuple

from msgspec.structs import replace

from ledger.money import yuan
from payouts.candidates import actions, queries
from payouts.candidates.rules import figures_of, marks_of
from schemas.access import Deed
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.rewards import ByPlace, ByProportion, Candidate, NewSheet, OwnPart, RewardVersion, Scheme
from schemas.runs import Fraction
from web.errors import address_must_exist
from web.i18n.words import N_
from web.pages.evidence import served
from web.pages.policies import seen_of
from web.pages.policy import UPLOAD_BYTES
from web.pages.rendering import see_other
from web.pages.reward_run import spoken
from web.pages.route import Shown, Visit, does, shows
from web.pages.tie_orders import order_from
from web.pages.voucher_form import amount_from
from web.people_names import names_of as names_of_people
from web.reward_words import short

EMPTY_ROWS = 8
"""Rows without a name below those that are offered."""
MOST_ROWS = 500
_REWARD = "/townships/{township}/policies/rewards/{year}/{version}"
_STANDING = f"{_REWARD}/standings/{{period}}"
_PERIOD = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2]))?")

tie_keys_must_be_readable = Fault(
    code="tie_keys_must_be_readable",
    says="{given} are no next keys.",
    remedy="Write numbers or fractions with spaces between them, such as 23.5 or 47/2.",
)
period_must_be_readable = Fault(
    code="period_must_be_readable",
    says="{given} is no year and no month.",
    remedy="Write a year such as 2025, or a month such as 2025-03.",
)


class Column(NamedTuple):
    """A column of the sheet: where its cell lies, its heading, and whether it takes a figure."""

    name: str
    label: str
    figure: bool = True
    offers: tuple[str, ...] = ()


class Row(NamedTuple):
    """A row as it stands in the form: texts, right or wrong."""

    cells: Mapping[str, str] = {}

    def get(self, name: str) -> str:
        """A cell."""
        return self.cells.get(name, "")


def _columns(scheme: Scheme) -> tuple[Column, ...]:
    """What the scheme asks of everybody: only what it goes by."""
    marks = marks_of(scheme)
    by_rank = any(isinstance(one.takes, ByPlace | ByProportion) for one in scheme.classes)
    found = [
        Column(f"points-{no}", f"{part.name} {short(part.weight_bp)}%")
        for no, part in enumerate(scheme.score)
    ]
    if scheme.score:
        found.append(Column("adjustment", N_("Points added or taken off")))
    elif by_rank:
        found.append(Column("score", N_("Score")))
    if by_rank:
        found.append(Column("ties", N_("Next keys"), figure=False))
    found += (Column(f"figures-{no}", name) for no, name in enumerate(figures_of(scheme)))
    if marks:
        found.append(Column("mark", N_("Grade or post"), figure=False, offers=marks))
    if any(isinstance(one.pays, OwnPart) for one in scheme.classes):
        found.append(Column("entitled", N_("Own performance pay")))
    return tuple(found)


def _period_of(text: str) -> str:
    if not _PERIOD.fullmatch(text):
        raise Refusal(period_must_be_readable.at("/period", given=text[:20] or "—"))
    return text


def _scheme_here(visit: Visit) -> RewardVersion:
    return queries.scheme_there(
        visit.db,
        township=visit.at_township,
        year=visit.number_at("year"),
        version=visit.number_at("version"),
    )


# The sheet


@shows(f"{_REWARD}/sheet", deed=Deed.KEEP_TOWNSHIP_POLICIES, asks=("period",))
def show_reward_sheet(visit: Visit) -> Shown:
    """The sheet of a year or month: what was written down, to be changed, or empty rows."""
    period = _period_of(visit.query.get("period", "") or str(visit.number_at("year")))
    found = _scheme_here(visit)
    return _show_sheet(visit, found, period=period)


def _show_sheet(
    visit: Visit,
    found: RewardVersion,
    *,
    period: str,
    problems: Sequence[Problem] = (),
    status: int = 200,
    rows: Sequence[Row] | None = None,
) -> Shown:
    before = queries.sheet(
        visit.db, township=visit.at_township, year=found.head.year, scheme=found.head.name, period=period
    )
    scheme = found.policy.scheme
    if rows is None:
        rows = [] if before is None else [_row_of(one, scheme) for one in before.candidates]
    return visit.page(
        "reward_sheet.html",
        problems=problems,
        status=status,
        found=found,
        period=period,
        columns=_columns(scheme),
        rows=[*rows, *([Row()] * EMPTY_ROWS)][:MOST_ROWS],
        most=MOST_ROWS,
        seen=0 if before is None else before.no,
        wrong={visit.place_of(problem) for problem in problems},
        at=f"{visit.home}/policies/rewards/{found.head.year}/{found.head.version}",
    )


def _row_of(one: Candidate, scheme: Scheme) -> Row:
    cells = {
        "who": one.who,
        "score": "" if scheme.score else short(one.score),
        "adjustment": short(one.adjustment) if one.adjustment else "",
        "ties": " ".join(
            short(key.numerator * 100 // key.denominator)
            if key.numerator * 100 % key.denominator == 0
            else str(key)
            for key in one.ties
        ),
        "mark": one.mark,
        "entitled": yuan(one.entitled) if one.entitled else "",
        "excluded": "1" if one.excluded else "",
    }
    cells |= {f"points-{no}": short(one.points[part.name]) for no, part in enumerate(scheme.score) if part.name in one.points}  # fmt: skip
    cells |= {
        f"figures-{no}": short(one.figures[name])
        for no, name in enumerate(figures_of(scheme))
        if name in one.figures
    }
    return Row(cells)


def _rows_from(visit: Visit, columns: Sequence[Column]) -> list[Row]:
    """The rows anything was typed in."""
    names = ("who", "excluded", *(column.name for column in columns))
    rows = (
        Row({name: visit.field(f"items-{index}-{name}")[:80] for name in names}) for index in range(MOST_ROWS)
    )
    return [row for row in rows if any(row.cells.values())]


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    found = _scheme_here(visit)
    period = visit.field("period")
    if not _PERIOD.fullmatch(period):
        period = str(found.head.year)
    said = [_at_cell(one, found.policy.scheme) for one in problems]
    rows = _rows_from(visit, _columns(found.policy.scheme))
    return _show_sheet(visit, found, period=period, problems=said, status=status, rows=rows)


def _at_cell(problem: Problem, scheme: Scheme) -> Problem:
    """A problem of the sheet beside its cell: ``/candidates/0/points/平时`` is ``items-0-points-0``."""
    parts = problem.pointer.split("/")
    if len(parts) < 3 or parts[1] != "candidates":
        return problem
    names = {
        "points": [part.name for part in scheme.score],
        "figures": list(figures_of(scheme)),
    }
    at = ["", "items", *parts[2:4]]
    if len(parts) > 4 and parts[4] in names.get(parts[3], ()):
        at.append(str(names[parts[3]].index(parts[4])))
    return replace(problem, pointer="/".join(at))


@does(f"{_REWARD}/sheet", deed=Deed.KEEP_TOWNSHIP_POLICIES, again=_again)
async def write_reward_sheet(visit: Visit) -> Shown:
    """Write the sheet down, all of its rows or none, in place of the one before."""
    found = await visit.read(lambda: _scheme_here(visit))
    scheme = found.policy.scheme
    period = _period_of(visit.field("period"))
    new = NewSheet(period=period, candidates=_candidates(_rows_from(visit, _columns(scheme)), scheme))
    await visit.write(
        lambda db: actions.write_sheet(
            db,
            new,
            township=visit.at_township,
            year=found.head.year,
            version=found.head.version,
            by=visit.by,
            at=visit.at,
            seen=seen_of(visit),
        )
    )
    return see_other(
        f"{visit.home}/policies/rewards/{found.head.year}/{found.head.version}/standings/{period}",
        notice=N_("Rows written down: {count}."),
        count=len(new.candidates),
    )


def _candidates(rows: Sequence[Row], scheme: Scheme) -> tuple[Candidate, ...]:
    """Who stands on the sheet; refused with every cell that cannot be read."""
    problems: list[Problem] = []

    def figure(index: int, name: str) -> int:
        text = rows[index].get(name)
        try:
            return amount_from(text, pointer=f"/items/{index}/{name}") if text else 0
        except Refusal as refusal:
            problems.extend(refusal.problems)
            return 0

    def ties(index: int) -> tuple[Fraction, ...]:
        found = []
        for text in rows[index].get("ties").split():
            read = re.fullmatch(r"([0-9]{1,9})(?:\.([0-9]{1,2})|/([1-9][0-9]{0,8}))?", text)
            if read is None:
                problems.append(tie_keys_must_be_readable.at(f"/items/{index}/ties", given=text[:40]))
                continue
            whole, decimals, parts = read.groups()
            scale = 10 ** len(decimals or "") if parts is None else int(parts)
            found.append(_lowest(int(whole + (decimals or "")), scale))
        return tuple(found)

    def given(index: int, of: str, names: Sequence[str]) -> dict[str, int]:
        return {
            name: figure(index, f"{of}-{no}")
            for no, name in enumerate(names)
            if rows[index].get(f"{of}-{no}")
        }

    made = tuple(
        Candidate(
            who=row.get("who") or " ",
            score=figure(index, "score"),
            ties=ties(index),
            points=given(index, "points", [part.name for part in scheme.score]),
            adjustment=figure(index, "adjustment"),
            mark=row.get("mark"),
            figures=given(index, "figures", figures_of(scheme)),
            entitled=figure(index, "entitled"),
            excluded=row.get("excluded") == "1",
        )
        for index, row in enumerate(rows)
    )
    if problems:
        raise Refusal(*problems)
    return made


def _lowest(numerator: int, denominator: int) -> Fraction:
    exact = Exact(numerator, denominator)
    return Fraction(numerator=exact.numerator, denominator=exact.denominator)


# What it comes to


@shows(_STANDING, deed=Deed.SEE_TOWNSHIP)
def show_standing(visit: Visit) -> Shown:
    """What the scheme comes to for a year or month: everybody by rank with class, amount and why; or what stands in the
    way, and the form of the order a resolution gives."""
    return _show_standing(visit)


def _show_standing(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    period = _period_of(visit.text_at("period"))
    found = _scheme_here(visit)
    standing = queries.standing(
        visit.db,
        township=visit.at_township,
        year=found.head.year,
        version=found.head.version,
        period=period,
    )
    sheet = () if standing.sheet is None else standing.sheet.candidates
    return visit.page(
        "reward_standing.html",
        problems=problems,
        status=status,
        found=found,
        standing=standing,
        period=period,
        people=names_of_people(
            visit.db,
            [
                *([] if standing.sheet is None else [standing.sheet.recorded_by]),
                *(one.recorded_by for one in standing.orders),
            ],
            locale=visit.locale,
        ),
        may_keep=visit.may(Deed.KEEP_TOWNSHIP_POLICIES),
        may_see_scans=visit.may(Deed.SEE_EVIDENCE),
        may_prepare=standing.in_force and visit.may(Deed.PREPARE_RUN),
        given=visit.field,
        **spoken(found.policy, sheet, standing.made, locale=visit.locale),
        at=f"{visit.home}/policies/rewards/{found.head.year}/{found.head.version}",
    )


@does(f"{_STANDING}/orders", deed=Deed.KEEP_TOWNSHIP_POLICIES, takes=UPLOAD_BYTES, again=_show_standing)
async def put_in_order(visit: Visit) -> Shown:
    """Write down the order a resolution gave to those who were equal, with its scan."""
    period = _period_of(visit.text_at("period"))
    order, paper = await order_from(visit)
    await visit.write(
        lambda db: actions.put_in_order(
            db,
            order,
            paper,
            resolution=visit.field("resolution"),
            township=visit.at_township,
            year=visit.number_at("year"),
            version=visit.number_at("version"),
            period=period,
            by=visit.by,
            at=visit.at,
        )
    )
    return see_other(
        f"{visit.home}/policies/rewards/{visit.number_at('year')}/{visit.number_at('version')}/standings/{period}",
        notice=N_("The order is written down."),
    )


@shows(f"{_STANDING}/orders/{{digest}}", deed=Deed.SEE_EVIDENCE)
def show_order_paper(visit: Visit) -> Shown:
    """The bytes of the scan of a resolution that ordered equals."""
    found = _scheme_here(visit)
    orders = queries.orders(
        visit.db,
        township=visit.at_township,
        year=found.head.year,
        scheme=found.head.name,
        period=visit.text_at("period"),
    )
    names = {one.sha256: one.name for one in orders}
    digest = visit.text_at("digest")
    if digest not in names:
        raise Refusal(address_must_exist.at(), kind=RefusalKind.MISSING)
    return served(visit, digest, name=names[digest])


handlers = [
    show_reward_sheet,
    write_reward_sheet,
    show_standing,
    put_in_order,
    show_order_paper,
]
