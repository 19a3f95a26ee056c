"""分配方案: which versions there are, the form of a new one, and the procedure beside them."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple, TypeVar

from coop.members import queries as members
from coop.scoring import queries as scoring
from ledger.money import yuan
from payouts.policies import actions, queries
from payouts.policies.approval import policy_must_exist
from payouts.policies.rules import BASES, DEFAULT_MAXIMA, default_policy
from schemas.access import Deed
from schemas.policies import (
    Basis,
    BasisKind,
    Below60,
    CharterPolicy,
    CommissionBase,
    CommissionMode,
    Leg,
    PolicyKind,
)
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.shares import ShareKind
from schemas.units import Fen
from web import wire
from web.i18n.words import N_
from web.pages.filters import code_of
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, day_from, does, shows
from web.pages.voucher_form import amount_from
from web.people_names import names_of as names_of_people
from web.policy_words import DIMENSIONS, procedure_said, said, share_word

MOST_ROWS = 24
EMPTY_ROWS = 2
"""Rows for further legs an empty form offers."""

W = TypeVar("W", bound=StrEnum)
_NAMED = re.compile(r"[,，、;；\s]+")


class LegRow(NamedTuple):
    """A leg as it stands in the form: texts, right or wrong."""

    name: str = ""
    part: str = ""
    basis: str = ""
    product: str = ""
    kinds: tuple[str, ...] = ()
    members: str = ""
    patronage: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing that counts was typed."""
        return not (self.name or self.part)


class PolicyForm(NamedTuple):
    """The form as it was sent or is offered: nothing typed is ever lost."""

    fields: Mapping[str, str]
    products: tuple[str, ...]
    legs: tuple[LegRow, ...]
    bases: Mapping[str, str]
    maxima: tuple[str, ...]

    def get(self, name: str) -> str:
        """A single field."""
        return self.fields.get(name, "")


@shows("/books/{book}/policies", asks=("year",))
def list_policies(visit: Visit) -> Shown:
    """The years with their versions, the newest first: which is in force, which waits, who recorded and approved."""
    years = queries.policy_years(visit.db, book=visit.id)
    year = year_of(visit, otherwise=years[0] if years else year_at_hand(visit))
    versions = queries.charter_versions(visit.db, book=visit.at_book, year=year)
    standing = next((one for one in versions if one.in_force), None)
    names = {number: one.name for number, one in members.members(visit.db, book=visit.id).items()}
    procedures = queries.procedure_versions(visit.db, book=visit.id)
    heads = [*(one.head for one in versions), *(one.head for one in procedures)]
    return visit.page(
        "policies.html",
        year=year,
        years=sorted({*years, year, year_at_hand(visit)}, reverse=True),
        versions=versions,
        standing=standing,
        said=() if standing is None else said(standing.policy, visit.locale, names=names),
        procedures=procedures,
        procedure=procedure_said(queries.procedure(visit.db, book=visit.id, year=year), visit.locale),
        people=names_of_people(
            visit.db,
            [
                *(head.recorded_by for head in heads),
                *(head.approval.by for head in heads if head.approval is not None),
            ],
            locale=visit.locale,
        ),
        may_record=visit.may("keep_policies"),
    )


def seen_of(visit: Visit) -> int | None:
    """The number of the last version, or sheet, that stood on the form."""
    seen = visit.field("seen")
    return int(seen) if re.fullmatch(r"[0-9]{1,6}", seen) else None


def year_of(visit: Visit, *, otherwise: int) -> int:
    """The fiscal year the address names."""
    text = visit.query.get("year", "") or visit.field("year")
    if not text:
        return otherwise
    if not re.fullmatch(r"(19|2[0-9])[0-9]{2}", text):
        raise wire.Unreadable(wire.must_be_whole_number.at("/year"))
    return int(text)


def year_at_hand(visit: Visit) -> int:
    """The year somebody comes for: the one being settled, else the last the book is kept in."""
    state = visit.periods
    return max(state.settling, default=max(state.last_year, state.first_year))


# The form


@shows("/books/{book}/policies/new", deed=Deed.KEEP_POLICIES, asks=("year", "from"))
def new_policy(visit: Visit) -> Shown:
    """The form of a new version: it begins with another version, the last one, or what the law says by default."""
    return _show_form(visit)


def _show_form(
    visit: Visit, problems: Sequence[Problem] = (), status: int = 200, given: PolicyForm | None = None
) -> Shown:
    year = year_of(visit, otherwise=year_at_hand(visit))
    last = queries.last_version(visit.db, book=visit.id, kind=PolicyKind.CHARTER, year=year)
    if given is None:
        given = _offered(visit, year=year, last=last)
    known = members.members(visit.db, book=visit.id)
    offered = default_policy(year, kind=visit.at_book.kind)
    facts = queries.facts_of(visit.db, book=visit.at_book, policy=offered)
    managers = scoring.managers(visit.db, book=visit.id, year=year)
    rows = [*given.legs, *([LegRow()] * EMPTY_ROWS)][:MOST_ROWS]
    return visit.page(
        "policy_form.html",
        problems=problems,
        status=status,
        year=year,
        last=last,
        given=given,
        rows=rows,
        bases=BASES[visit.at_book.kind],
        kinds=[(kind, share_word(kind)) for kind in ShareKind],
        products=sorted(facts.products),
        traded=sorted({*facts.traded, *(p for p in given.products if p in facts.products)}),
        others="、".join(p for p in given.products if p not in facts.traded and p not in facts.products),
        managers=sorted({one.member for one in managers} | given.bases.keys()),
        members=known,
        dimensions=DIMENSIONS,
        modes=list(CommissionMode),
        below=list(Below60),
        wrong={visit.place_of(problem) for problem in problems},
    )


def _offered(visit: Visit, *, year: int, last: int) -> PolicyForm:
    source = visit.query.get("from", "")
    policy: CharterPolicy | None = default_policy(year, kind=visit.at_book.kind)
    if re.fullmatch(r"[0-9]{1,6}", source):
        policy = queries.policy(visit.db, book=visit.id, year=year, version=int(source))
        if policy is None:
            raise Refusal(policy_must_exist.at("/from", version=source, year=year), kind=RefusalKind.MISSING)
    elif last:
        policy = queries.policy(visit.db, book=visit.id, year=year, version=last)
    assert policy is not None, "the last version is there"
    return _form_of(policy)


def _form_of(policy: CharterPolicy) -> PolicyForm:
    return PolicyForm(
        fields={
            "record_date": policy.record_date.isoformat(),
            "reserve": yuan(policy.reserve_bp),
            "amount": "" if policy.amount is None else yuan(policy.amount),
            "commission_mode": policy.commission_mode.value,
            "commission": yuan(policy.commission_bp),
            "below_60": policy.below_60.value,
            "party_weight": yuan(policy.party_weight_bp),
            "least_ballots": str(policy.least_ballots),
            "reserve_basis": policy.reserve_basis,
            "resolution": "",
        },
        products=policy.products,
        legs=tuple(
            LegRow(
                name=leg.name,
                part=yuan(leg.part_bp),
                basis=leg.basis.kind.value,
                product=leg.basis.product,
                kinds=tuple(kind.value for kind in leg.basis.kinds),
                members=", ".join(leg.basis.members),
                patronage=leg.patronage,
            )
            for leg in policy.legs
        ),
        bases={base.member: yuan(base.base) for base in policy.bases},
        maxima=tuple(map(yuan, policy.maxima)),
    )


def _form_from(visit: Visit) -> PolicyForm:
    """The form as it was sent."""
    names = (
        "record_date", "reserve", "amount", "commission_mode", "commission", "below_60", "party_weight",
        "least_ballots", "reserve_basis", "resolution",
    )  # fmt: skip
    ticked = visit.fields("products")
    others = tuple(name for name in _NAMED.split(visit.field("other_products")) if name)
    return PolicyForm(
        fields={name: visit.field(name) for name in names},
        products=tuple(dict.fromkeys([*ticked, *others])),
        legs=tuple(
            row
            for index in range(MOST_ROWS)
            if not (
                row := LegRow(
                    name=visit.field(f"legs-{index}-name"),
                    part=visit.field(f"legs-{index}-part_bp"),
                    basis=visit.field(f"legs-{index}-basis"),
                    product=visit.field(f"legs-{index}-basis-product"),
                    kinds=visit.fields(f"legs-{index}-basis-kinds"),
                    members=visit.field(f"legs-{index}-basis-members"),
                    patronage=visit.field(f"legs-{index}-patronage") == "1",
                )
            ).empty
        ),
        bases={
            member: visit.field(f"base-{member}")
            for member in visit.fields("managers")
            if visit.field(f"base-{member}")
        },
        maxima=tuple(visit.field(f"maxima-{index}") for index in range(len(DEFAULT_MAXIMA))),
    )


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show_form(visit, problems, status, _form_from(visit))


@does("/books/{book}/policies/new", deed=Deed.KEEP_POLICIES, again=_again)
async def record_policy(visit: Visit) -> Shown:
    """Record the version; it holds once another person has approved it."""
    new = _policy_from(_form_from(visit), year=year_of(visit, otherwise=visit.at_book.first_year))
    version = await visit.write(
        lambda db: actions.record_policy(
            db,
            new,
            book=visit.id,
            by=visit.by,
            at=visit.at,
            seen=seen_of(visit),
        )
    )
    return see_other(
        f"{visit.home}/policies/{new.year}/{version}",
        notice=N_("Recorded. Attach the scan of the resolution; the township officer approves it."),
    )


def _policy_from(form: PolicyForm, *, year: int) -> CharterPolicy:
    """The plan the form says; refused with every field that cannot be read. Names the rules do not know are refused
    by the rules."""
    read = _Reader(form)
    policy = CharterPolicy(
        year=year,
        record_date=read.day("record_date"),
        reserve_bp=read.hundredths(form.get("reserve"), at="/reserve_bp"),
        reserve_basis=form.get("reserve_basis"),
        amount=None if not form.get("amount") else read.amount(form.get("amount"), at="/amount"),
        products=form.products,
        commission_mode=read.one_of(CommissionMode, form.get("commission_mode"), at="/commission_mode"),
        commission_bp=read.hundredths(form.get("commission"), at="/commission_bp"),
        bases=tuple(
            CommissionBase(member=member, base=read.amount(text, at=f"/bases/{index}/base"))
            for index, (member, text) in enumerate(form.bases.items())
        ),
        below_60=read.one_of(Below60, form.get("below_60"), at="/below_60"),
        party_weight_bp=read.hundredths(form.get("party_weight"), at="/party_weight_bp"),
        least_ballots=read.number(form.get("least_ballots"), at="/least_ballots"),
        maxima=tuple(read.hundredths(text, at=f"/maxima/{i}") for i, text in enumerate(form.maxima)),
        resolution=form.get("resolution"),
        legs=tuple(read.leg(row, index) for index, row in enumerate(form.legs)),
    )
    if read.problems:
        raise Refusal(*read.problems)
    return policy


class _Reader:
    """Reads the fields of the form and keeps everything that is wrong with them."""

    def __init__(self, form: PolicyForm) -> None:
        self.form = form
        self.problems: list[Problem] = []

    def day(self, name: str) -> date:
        try:
            return day_from(self.form.get(name), pointer=f"/{name}")
        except Refusal as refusal:
            self.problems += refusal.problems
            return date(2000, 1, 1)

    def amount(self, text: str, *, at: str) -> Fen:
        try:
            return amount_from(text, pointer=at)
        except Refusal as refusal:
            self.problems += refusal.problems
            return 0

    def hundredths(self, text: str, *, at: str) -> int:
        return self.amount(text.removesuffix("%").strip() or "?", at=at)

    def number(self, text: str, *, at: str) -> int:
        if not re.fullmatch(r"[0-9]{1,6}", text):
            self.problems.append(wire.must_be_whole_number.at(at))
            return 1
        return int(text)

    def one_of(self, of: type[W], text: str, *, at: str) -> W:
        if text not in list(of):
            self.problems.append(wire.must_be_one_of.at(at, given=text[:40] or "—", known=", ".join(of)))
            return next(iter(of))
        return of(text)

    def leg(self, row: LegRow, index: int) -> Leg:
        at = f"/legs/{index}"
        kind: BasisKind = self.one_of(BasisKind, row.basis, at=f"{at}/basis")
        by_shares = kind in {BasisKind.SHARE_VALUE, BasisKind.SHARE_DAYS}
        named = tuple(code_of(name) for name in _NAMED.split(row.members) if name)
        return Leg(
            no=index + 1,
            name=row.name,
            part_bp=self.hundredths(row.part, at=f"{at}/part_bp"),
            basis=Basis(
                kind=kind,
                product=row.product if kind is BasisKind.TRADE_QUANTITY else "",
                kinds=tuple(self.one_of(ShareKind, one, at=f"{at}/basis/kinds") for one in row.kinds)
                if by_shares
                else (),
                members=named if kind is BasisKind.EQUAL else (),
            ),
            patronage=row.patronage,
        )


handlers = [list_policies, new_policy, record_policy]
