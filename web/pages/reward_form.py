"""The form of a reward scheme: begun with a county's, with another version, or empty; classes by row as they are said."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from ledger.money import text_from_hundredths, yuan
from payouts.policies import queries
from payouts.policies.approval import policy_must_exist
from payouts.township_policies import actions
from payouts.township_policies import queries as township_queries
from payouts.township_policies.schemes import template
from schemas.access import Deed
from schemas.policies import PolicyKind, Unpaid
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.rewards import (
    Amount,
    Bound,
    ByFigures,
    ByMark,
    ByPlace,
    ByProportion,
    Coefficient,
    OwnPart,
    PoolPart,
    Rate,
    RewardClass,
    RewardPolicy,
    Scheme,
    ScorePart,
)
from web import wire
from web.pages.policies import seen_of, year_of
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows
from web.pages.township_policies import RECORDED
from web.pages.voucher_form import amount_from
from web.reward_words import bound_said, short

MOST_CLASSES, MOST_PARTS = 20, 6
EMPTY_ROWS = 2
"""Rows for further classes, parts and rates an empty form offers."""

places_must_be_readable = Fault(
    code="places_must_be_readable",
    says="{given} names no places.",
    remedy="Write one place, such as 1, or from one to another, such as 1-5.",
)
bounds_must_be_readable = Fault(
    code="bounds_must_be_readable",
    says="{given} is no bound.",
    remedy="Write a figure with what it must reach, such as 月数≥6；工资≥6000.",
)
_PLACES = re.compile(r"([0-9]{1,4})(?:\s*[-–~～至]\s*([0-9]{1,4}))?")
_BOUND = re.compile(r"(.{1,40}?)\s*(>=|≥|<=|≤)\s*(-?[0-9]{1,12}(?:\.[0-9]{1,2})?)")


class Takes(StrEnum):
    """Whom a class takes, as the form asks: places are counted from the top or from the bottom."""

    TOP = "top"
    BOTTOM = "bottom"
    PROPORTION = "proportion"
    MARK = "mark"
    FIGURES = "figures"


class Pays(StrEnum):
    """What a class pays, as the form asks."""

    AMOUNT = "amount"
    COEFFICIENT = "coefficient"
    OWN_PART = "own_part"
    POOL_PART = "pool_part"


class ClassRow(NamedTuple):
    """A class as it stands in the form: texts, right or wrong."""

    name: str = ""
    takes: str = Takes.TOP
    whom: str = ""
    pays: str = Pays.AMOUNT
    much: str = ""


class PairRow(NamedTuple):
    """A part of the score with its weight, or a figure with its rate."""

    name: str = ""
    much: str = ""


class RewardForm(NamedTuple):
    """The form as it was sent or is offered: nothing typed is ever lost."""

    fields: Mapping[str, str]
    classes: tuple[ClassRow, ...] = ()
    score: tuple[PairRow, ...] = ()
    rates: tuple[PairRow, ...] = ()

    def get(self, name: str) -> str:
        """A single field."""
        return self.fields.get(name, "")


_FIELDS = ("name", "least", "most", "entitled", "pool", "unpaid", "resolution", "seen_name")


@shows("/townships/{township}/policies/rewards/new", deed=Deed.KEEP_TOWNSHIP_POLICIES, asks=("year", "from"))
def new_reward(visit: Visit) -> Shown:
    """The form: it begins with a county's scheme, another version, or empty."""
    return _show_form(visit)


def _show_form(
    visit: Visit, problems: Sequence[Problem] = (), status: int = 200, given: RewardForm | None = None
) -> Shown:
    year = year_of(visit, otherwise=visit.on.year)
    source = visit.query.get("from", "")
    if given is None:
        given = _offered(visit, year=year, source=source)
    kept = given.get("name")
    last = (
        queries.last_version(visit.db, book=visit.at_township, kind=PolicyKind.REWARD, year=year, name=kept)
        if kept
        else 0
    )
    return visit.page(
        "reward_form.html",
        problems=problems,
        status=status,
        year=year,
        last=last,
        given=given,
        classes=[*given.classes, *([ClassRow()] * EMPTY_ROWS)][:MOST_CLASSES],
        score=[*given.score, *([PairRow()] * EMPTY_ROWS)][:MOST_PARTS],
        rates=[*given.rates, *([PairRow()] * EMPTY_ROWS)][:MOST_PARTS],
        takes=list(Takes),
        pays=list(Pays),
        unpaid=list(Unpaid),
        wrong={visit.place_of(problem) for problem in problems},
    )


def _offered(visit: Visit, *, year: int, source: str) -> RewardForm:
    if not source:
        return RewardForm({"entitled": "100", "unpaid": Unpaid.STAYS})
    if not re.fullmatch(r"[0-9]{1,6}", source):
        return _form_of(RewardPolicy(year=year, scheme=template(source).scheme))
    found = township_queries.reward(visit.db, township=visit.at_township, year=year, version=int(source))
    if found is None:
        raise Refusal(policy_must_exist.at("/from", version=source, year=year), kind=RefusalKind.MISSING)
    return _form_of(found)


def _form_of(policy: RewardPolicy) -> RewardForm:
    scheme = policy.scheme
    least, most = map(yuan, scheme.bounds) if scheme.bounds is not None else ("", "")
    return RewardForm(
        fields={
            "name": scheme.name,
            "least": least,
            "most": most,
            "entitled": short(scheme.entitled_bp),
            "pool": "" if policy.pool is None else yuan(policy.pool),
            "unpaid": scheme.unpaid.value,
            "resolution": "",
        },
        classes=tuple(map(_row_of, scheme.classes)),
        score=tuple(PairRow(part.name, short(part.weight_bp)) for part in scheme.score),
        rates=tuple(PairRow(rate.figure, yuan(rate.each)) for rate in scheme.rates),
    )


def _row_of(one: RewardClass) -> ClassRow:
    (takes, whom), (pays, much) = _whom(one), _much(one)
    return ClassRow(name=one.name, takes=takes, whom=whom, pays=pays, much=much)


def _whom(one: RewardClass) -> tuple[Takes, str]:
    match one.takes:
        case ByPlace(first=first, last=last):
            low, high = (first, last) if first > 0 else (-last, -first)
            return (Takes.TOP if first > 0 else Takes.BOTTOM), str(low) if low == high else f"{low}-{high}"
        case ByProportion(part=part):
            return Takes.PROPORTION, str(part)
        case ByMark(marks=marks):
            # 支书、主任一肩挑 is one mark, so marks are told apart by another sign.
            return Takes.MARK, "；".join(marks)
        case ByFigures(bounds=bounds):
            return Takes.FIGURES, "；".join(map(bound_said, bounds))


def _much(one: RewardClass) -> tuple[Pays, str]:
    match one.pays:
        case Amount(amount=amount):
            return Pays.AMOUNT, yuan(amount)
        case Coefficient(coefficient=coefficient):
            return Pays.COEFFICIENT, text_from_hundredths(coefficient)
        case OwnPart(bp=bp):
            return Pays.OWN_PART, short(bp)
        case PoolPart(part=part):
            return Pays.POOL_PART, str(part)


def _form_from(visit: Visit) -> RewardForm:
    """The form as it was sent, without its empty rows."""
    classes = (
        ClassRow(*(visit.field(f"classes-{no}-{name}") for name in ClassRow._fields))
        for no in range(MOST_CLASSES)
    )

    def pairs(of: str) -> tuple[PairRow, ...]:
        rows = (
            PairRow(visit.field(f"{of}-{no}-name"), visit.field(f"{of}-{no}-much"))
            for no in range(MOST_PARTS)
        )
        return tuple(row for row in rows if row.name or row.much)

    return RewardForm(
        fields={name: visit.field(name) for name in _FIELDS},
        classes=tuple(row for row in classes if row.name or row.whom or row.much),
        score=pairs("score"),
        rates=pairs("rates"),
    )


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show_form(visit, [_at_form(one) for one in problems], status, _form_from(visit))


def _at_form(problem: Problem) -> Problem:
    """A problem of the scheme beside its field of the form."""
    pointer = problem.pointer.removeprefix("/scheme")
    pointer = re.sub(r"^(/(?:score|rates)/[0-9]+)/(?:weight_bp|each)$", r"\1/much", pointer)
    pointer = re.sub(r"^(/rates/[0-9]+)/figure$", r"\1/name", pointer)
    pointer = re.sub(r"^(/classes/[0-9]+)/takes$", r"\1/whom", pointer)
    return Problem(
        code=problem.code,
        says=problem.says,
        pointer=pointer,
        remedy=problem.remedy,
        severity=problem.severity,
        figures=problem.figures,
    )


@does("/townships/{township}/policies/rewards/new", deed=Deed.KEEP_TOWNSHIP_POLICIES, again=_again)
async def record_reward(visit: Visit) -> Shown:
    """Record the version; it holds once another person has approved it."""
    form = _form_from(visit)
    new = _Reader(form).policy(year=year_of(visit, otherwise=visit.on.year))
    # Under another name it is another scheme, of which no version was seen.
    seen = seen_of(visit) if form.get("seen_name") == new.scheme.name else None
    version = await visit.write(
        lambda db: actions.record_reward(
            db, new, township=visit.at_township, by=visit.by, at=visit.at, seen=seen
        )
    )
    return see_other(f"{visit.home}/policies/rewards/{new.year}/{version}", notice=RECORDED)


class _Reader:
    """Reads the fields of the form and keeps everything that is wrong with them."""

    def __init__(self, form: RewardForm) -> None:
        self.form = form
        self.problems: list[Problem] = []

    def policy(self, *, year: int) -> RewardPolicy:
        """What the form says; refused with every field that cannot be read."""
        form = self.form
        bounds = None
        if form.get("least") or form.get("most"):
            bounds = (
                self.hundredths(form.get("least"), at="/least"),
                self.hundredths(form.get("most"), at="/most"),
            )
        scheme = Scheme(
            name=self.name(form.get("name"), at="/name"),
            classes=tuple(self.a_class(row, no) for no, row in enumerate(form.classes)),
            score=tuple(
                ScorePart(
                    name=self.name(row.name, at=f"/score/{no}/name"),
                    weight_bp=self.part(row.much, at=f"/score/{no}/much", least=0),
                )
                for no, row in enumerate(form.score)
            ),
            rates=tuple(
                Rate(
                    figure=self.name(row.name, at=f"/rates/{no}/name"),
                    each=self.hundredths(row.much, at=f"/rates/{no}/much"),
                )
                for no, row in enumerate(form.rates)
            ),
            bounds=bounds,
            entitled_bp=self.part(form.get("entitled"), at="/entitled", least=0),
            unpaid=Unpaid(form.get("unpaid")) if form.get("unpaid") in list(Unpaid) else Unpaid.STAYS,
        )
        pool = self.hundredths(form.get("pool"), at="/pool") if form.get("pool") else None
        if self.problems:
            raise Refusal(*self.problems)
        return RewardPolicy(year=year, scheme=scheme, pool=pool, resolution=form.get("resolution"))

    def a_class(self, row: ClassRow, no: int) -> RewardClass:
        at = f"/classes/{no}"
        return RewardClass(
            name=self.name(row.name, at=f"{at}/name"),
            takes=self.takes(row, at=f"{at}/whom"),
            pays=self.pays(row, at=f"{at}/much"),
        )

    def takes(self, row: ClassRow, *, at: str) -> ByPlace | ByProportion | ByMark | ByFigures:
        match row.takes:
            case Takes.TOP | Takes.BOTTOM:
                found = _PLACES.fullmatch(row.whom)
                if found is None:
                    self.problems.append(places_must_be_readable.at(at, given=row.whom[:40] or "—"))
                    return ByPlace(first=1, last=1)
                low, high = int(found[1]), int(found[2] or found[1])
                return (
                    ByPlace(first=low, last=high)
                    if row.takes == Takes.TOP
                    else ByPlace(first=-high, last=-low)
                )
            case Takes.PROPORTION:
                return ByProportion(part=self.number(row.whom, at=at))
            case Takes.MARK:
                marks = tuple(mark for one in re.split(r"[;；]", row.whom) if (mark := one.strip()))
                for mark in marks or ("",):
                    self.name(mark, at=at)
                return ByMark(marks=marks)
            case Takes.FIGURES:
                return ByFigures(bounds=self.bounds(row.whom, at=at))
        self.problems.append(wire.must_be_one_of.at(at, given=row.takes[:40] or "—", known=", ".join(Takes)))
        return ByPlace(first=1, last=1)

    def bounds(self, text: str, *, at: str) -> tuple[Bound, ...]:
        said: dict[str, dict[str, int]] = {}
        for one in re.split(r"[;；]", text):
            found = _BOUND.fullmatch(one.strip())
            if found is None:
                self.problems.append(bounds_must_be_readable.at(at, given=one.strip()[:40] or "—"))
                continue
            side = "at_least" if found[2] in (">=", "≥") else "at_most"
            said.setdefault(found[1].strip(), {})[side] = self.hundredths(found[3], at=at)
        return tuple(
            Bound(figure=figure, at_least=sides.get("at_least"), at_most=sides.get("at_most"))
            for figure, sides in said.items()
        )

    def pays(self, row: ClassRow, *, at: str) -> Amount | Coefficient | OwnPart | PoolPart:
        match row.pays:
            case Pays.COEFFICIENT:
                return Coefficient(coefficient=self.hundredths(row.much, at=at, least=0, most=1_000_000))
            case Pays.OWN_PART:
                return OwnPart(bp=self.part(row.much, at=at, least=-10_000))
            case Pays.POOL_PART:
                return PoolPart(part=self.number(row.much, at=at))
        return Amount(amount=self.hundredths(row.much, at=at))

    def name(self, text: str, *, at: str) -> str:
        if not 1 <= len(text) <= LONGEST:
            self.problems.append(name_must_be_given.at(at, most=LONGEST))
        return text or "—"

    def number(self, text: str, *, at: str) -> int:
        if not re.fullmatch(r"[1-9][0-9]{0,2}", text):
            self.problems.append(wire.must_be_whole_number.at(at))
            return 1
        return int(text)

    def part(self, text: str, *, at: str, least: int) -> int:
        """A percentage as basis points."""
        return self.hundredths(text.removesuffix("%").strip(), at=at, least=least, most=10_000)

    def hundredths(self, text: str, *, at: str, least: int | None = None, most: int | None = None) -> int:
        try:
            found = amount_from(text or "?", pointer=at)
        except Refusal as refusal:
            self.problems += refusal.problems
            return 0
        if (least is not None and found < least) or (most is not None and found > most):
            self.problems.append(
                must_be_between.at(at, given=text, least=yuan(least or 0), most=yuan(most or 0))
            )
            return 0
        return found


LONGEST = 80
"""Characters of a name."""
name_must_be_given = Fault(
    code="name_must_be_given",
    says="It has no name, or one of more than {most} characters.",
    remedy="Give it a short name.",
)
must_be_between = Fault(
    code="must_be_between",
    says="{given} is not between {least} and {most}.",
    remedy="Enter a number between them.",
)

handlers = [new_reward, record_reward]
