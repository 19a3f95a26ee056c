"""What a book's plan and procedure must be before anybody is asked to approve them (RULES head, §5, §6, §9).

A plan whose patronage legs get 6 000 basis points of the Article 44 base reaches the statutory floor whatever the year
brings; with 5 000 it does not, and with an amount of 60 000.00 it does as long as the base is not above 50 000.00:

>>> highest_base(5_000, amount=6_000_000)
5000000
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import msgspec

from payouts.distribution import FLOOR_BP, legs_must_be_whole
from payouts.policies.approval import LONGEST_RESOLUTION, resolution_must_be_short
from schemas.books import BookKind
from schemas.policies import (
    Basis,
    BasisKind,
    Below60,
    CharterPolicy,
    CommissionMode,
    Leg,
    Procedure,
)
from schemas.problems import Fault, Problem, Severity
from schemas.shares import ShareKind
from schemas.units import Fen, Hundredths, Value

WHOLE = 10_000
"""All of something, in basis points; also 100.00 points in hundredths."""

DEFAULT_MAXIMA: tuple[Hundredths, ...] = (2_500, 1_500, 1_000, 1_000, 1_500, 2_500)
"""养殖成活率, 防疫时效, 技术服务, 服务态度, 出勤情况, 养殖效益 (RULES §6)."""

RESERVE_BY_CAPITAL = "出资额"
"""How the reserve is quantified by default: by capital on 301 at the record date (RULES §5)."""
RESERVE_KEPT_WHOLE = "不量化"
"""How it is in a collective: 公积公益金 is the collective's, by source, and nobody's share."""

LONGEST_NAME = 40
MOST_LEGS = 20
LONGEST_NOTICE = 365

policy_must_be_of_the_year = Fault(
    code="policy_must_be_of_the_year",
    says="The plan is for {given}, not for {year}.",
    remedy="Give the plan of the same year.",
)
basis_must_fit_the_book = Fault(
    code="basis_must_fit_the_book",
    says="Leg {no} goes by {basis}, which this book does not keep.",
    remedy="A cooperative shares by trade, work and contributions; a village's collective by income entitlements, or equally.",
)
commission_must_be_a_cooperatives = Fault(
    code="commission_must_be_a_cooperatives",
    says="{book} is a collective's book and reckons no managers' commission.",
    remedy="Leave the rate and the bases out; managers' commissions are a cooperative's.",
)
policy_year_must_be_kept = Fault(
    code="policy_year_must_be_kept",
    says="This book is kept from {first} on; {year} is before it.",
    remedy="Give a year of this book.",
)
record_date_must_be_in_the_year = Fault(
    code="record_date_must_be_in_the_year",
    says="The record date {date} is not in {year}.",
    remedy="Give a day of the year whose surplus is shared, most often 31 December.",
)
amount_must_not_be_below_zero = Fault(
    code="amount_must_not_be_below_zero",
    says="The amount to distribute is {amount}.",
    remedy="Leave it empty for the Article 44 base, or give an amount of 0 or more.",
)
reserve_must_be_quantified_by_capital = Fault(
    code="reserve_must_be_quantified_by_capital",
    says="The reserve is to be quantified by {basis}.",
    remedy="A cooperative's is quantified by capital, a collective's is kept whole: write {known}.",
)
product_must_be_known = Fault(
    code="product_must_be_known",
    says="The product {text} is in no trade and on no list of this book.",
    remedy="Write it as the trade sheet does, or add it to the book's items first.",
)
product_must_be_listed_once = Fault(
    code="product_must_be_listed_once",
    says="The product {text} is listed twice.",
    remedy="List it once.",
)
products_must_be_listed = Fault(
    code="products_must_be_listed",
    says="A leg goes by trade, and no product is listed that counts as trade.",
    remedy="List the products, as the charter does.",
)
legs_must_be_there = Fault(
    code="legs_must_be_there",
    says="The plan has no leg.",
    remedy="Say by what the amount is shared, in at least one leg.",
)
legs_must_not_be_so_many = Fault(
    code="legs_must_not_be_so_many",
    says="The plan has {count} legs.",
    remedy="Put together what goes by the same; at most {most} are taken.",
)
leg_must_be_numbered = Fault(
    code="leg_must_be_numbered",
    says="Leg {no} stands where leg {wanted} belongs.",
    remedy="Number the legs 1, 2, 3 in their order.",
)
leg_must_have_a_name = Fault(
    code="leg_must_have_a_name",
    says="Leg {no} has no name of 1 to {most} characters.",
    remedy="Name it as the plan does; households read this name.",
)
leg_names_must_differ = Fault(
    code="leg_names_must_differ",
    says="Two legs are called {name}.",
    remedy="Give each its own name.",
)
leg_must_have_a_part = Fault(
    code="leg_must_have_a_part",
    says="Leg {no} gets {bp} basis points.",
    remedy="Give it 1 to 10000 of them, or leave it out.",
)
basis_must_name_a_product = Fault(
    code="basis_must_name_a_product",
    says="Leg {no} goes by a quantity, and names no product.",
    remedy="Name the one product whose quantity counts.",
)
basis_must_name_share_kinds = Fault(
    code="basis_must_name_share_kinds",
    says="Leg {no} goes by shares, and names no kind of share.",
    remedy="Tick the kinds that count; each once.",
)
basis_must_name_nothing_else = Fault(
    code="basis_must_name_nothing_else",
    says="Leg {no} names {text}, which its basis does not go by.",
    remedy="Take it out, or choose another basis.",
)
member_must_be_known = Fault(
    code="member_must_be_known",
    says="There is no member {member}.",
    remedy="Give the number as the register has it.",
)
member_must_not_be_named_twice = Fault(
    code="member_must_not_be_named_twice",
    says="Member {member} is named twice.",
    remedy="Name each once.",
)
named_member_must_be_of_record = Fault(
    code="named_member_must_be_of_record",
    says="Member {member} is not of record on {date}.",
    remedy="Only members of record on the record date take part.",
)
legs_must_not_share_twice = Fault(
    code="legs_must_not_share_twice",
    says="Legs {first} and {no} go by the very same.",
    remedy="Put them together as one leg.",
)
leg_must_not_be_patronage = Fault(
    code="leg_must_not_be_patronage",
    says="Leg {no} goes by capital or equally, and is called a refund by trade.",
    remedy="Only what a member dealt or worked with the cooperative is patronage (合作社法 第四十四条).",
)
rate_must_be_a_part = Fault(
    code="rate_must_be_a_part",
    says="A rate of {bp} basis points is given.",
    remedy="Give 0 to 10000.",
)
maxima_must_be_six = Fault(
    code="maxima_must_be_six",
    says="{count} highest points are given.",
    remedy="Give one for each of the six dimensions.",
)
maxima_must_be_whole = Fault(
    code="maxima_must_be_whole",
    says="The six highest points come to {points}.",
    remedy="They come to 100.00 together.",
)
maximum_must_be_above_zero = Fault(
    code="maximum_must_be_above_zero",
    says="The highest points of dimension {dimension} are {points}.",
    remedy="Give every dimension something above 0.",
)
ballots_must_be_asked_for = Fault(
    code="ballots_must_be_asked_for",
    says="At least {least} ballots are asked for.",
    remedy="Ask for 1 to 1000.",
)
base_must_not_be_below_zero = Fault(
    code="base_must_not_be_below_zero",
    says="The commission of {member} is reckoned on {amount}.",
    remedy="Give 0 or more.",
)
floor_may_be_missed = Fault(
    code="floor_may_be_missed",
    says="The refunds by trade get {bp} of 10000; they reach the floor of the law only while the Article 44 base is not above {base}.",
    remedy="Give the legs of trade 6000 or more, or distribute more; a run below the floor is refused.",
    severity=Severity.WARNING,
)
floor_cannot_be_reached = Fault(
    code="floor_cannot_be_reached",
    says="The refunds by trade get {bp} of 10000 of the Article 44 base; the law asks for 6000.",
    remedy="Give the legs of trade more; as it is, a run of any year with a surplus is refused.",
    severity=Severity.WARNING,
)
trade_counts_twice = Fault(
    code="trade_counts_twice",
    says="The product {text} counts in leg {first} by its value and in leg {no} by its quantity, both as refunds by trade.",
    remedy="Look whether the charter means that.",
    severity=Severity.WARNING,
)
base_without_manager = Fault(
    code="base_without_manager",
    says="A commission is reckoned for {member}, who is named manager of no village in {year}.",
    remedy="Name the manager, or leave the base out.",
    severity=Severity.WARNING,
)
manager_without_base = Fault(
    code="manager_without_base",
    says="No commission is reckoned for manager {member}.",
    remedy="Give the base the resolution names, or leave it so: the score is published all the same.",
    severity=Severity.WARNING,
)
product_not_traded = Fault(
    code="product_not_traded",
    says="No trade of {text} is recorded in {year}.",
    remedy="Look whether its sheet is still to come.",
    severity=Severity.WARNING,
)
days_must_be_in_reason = Fault(
    code="days_must_be_in_reason",
    says="{days} days are given.",
    remedy="Give {least} to {most} days.",
)
tiers_must_rise = Fault(
    code="tiers_must_rise",
    says="The chair suffices up to {chair}, the council up to {council}.",
    remedy="Give two amounts of 0 or more, the council's not below the chair's.",
)

_BY_TRADE = frozenset({BasisKind.TRADE_VALUE, BasisKind.TRADE_QUANTITY})
_BY_SHARES = frozenset({BasisKind.SHARE_VALUE, BasisKind.SHARE_DAYS})
_OF_A_COLLECTIVE = frozenset({BasisKind.ENTITLEMENTS, BasisKind.EQUAL})
BASES: Mapping[BookKind, tuple[BasisKind, ...]] = {
    BookKind.COOPERATIVE: tuple(kind for kind in BasisKind if kind is not BasisKind.ENTITLEMENTS),
    BookKind.COLLECTIVE: tuple(kind for kind in BasisKind if kind in _OF_A_COLLECTIVE),
}
"""What a plan of a book may go by."""
RESERVE_BASES: Mapping[BookKind, str] = {
    BookKind.COOPERATIVE: RESERVE_BY_CAPITAL,
    BookKind.COLLECTIVE: RESERVE_KEPT_WHOLE,
}
_PATRONAGE = _BY_TRADE | {BasisKind.WORK_DAYS, BasisKind.HEADS}


_DEFAULT_LEGS: Mapping[BookKind, tuple[Leg, ...]] = {
    BookKind.COOPERATIVE: (
        Leg(no=1, name="交易额返还", part_bp=6_000, basis=Basis(kind=BasisKind.TRADE_VALUE), patronage=True),
        Leg(no=2, name="剩余盈余分配", part_bp=4_000, basis=Basis(kind=BasisKind.RESIDUAL), patronage=False),
    ),
    BookKind.COLLECTIVE: (
        Leg(
            no=1,
            name="按收益权份额分配",
            part_bp=WHOLE,
            basis=Basis(kind=BasisKind.ENTITLEMENTS),
            patronage=False,
        ),
    ),
}


class PolicyFacts(Value):
    """What the book knows that a policy is held against: ``members`` by number with whether each is of record on the
    policy's record date, ``products`` ever traded or listed, ``traded`` those of the year, its ``managers``."""

    book: str
    kind: BookKind
    first_year: int
    members: Mapping[str, bool]
    products: frozenset[str]
    traded: frozenset[str]
    managers: frozenset[str]


def default_policy(year: int, *, kind: BookKind = BookKind.COOPERATIVE) -> CharterPolicy:
    """What holds where the charter says nothing: reserve 10 %, 60 % by trade and 40 % by the residual base
    (合作社法 第四十四条), commission by own score, a score below 60 keeps it (RULES §5, §6). A collective shares by income
    entitlements alone (农村集体经济组织法 第四十二条)."""
    return CharterPolicy(
        year=year,
        record_date=date(year, 12, 31),
        reserve_bp=1_000,
        reserve_basis=RESERVE_BASES[kind],
        amount=None,
        products=(),
        commission_mode=CommissionMode.OWN_SCORE,
        commission_bp=0,
        bases=(),
        below_60=Below60.KEPT,
        party_weight_bp=5_000,
        least_ballots=5,
        maxima=DEFAULT_MAXIMA,
        resolution="",
        legs=_DEFAULT_LEGS[kind],
    )


def faults_of_policy(
    new: CharterPolicy, facts: PolicyFacts, *, yuan: Callable[[int], str]
) -> tuple[Problem, ...]:
    """Everything that keeps a plan from being recorded, at once."""
    return (
        *_faults_of_head(new, facts, yuan=yuan),
        *_faults_of_products(new, facts),
        *_faults_of_legs(new, facts),
        *_faults_of_scoring(new, facts, yuan=yuan),
    )


def warnings_of_policy(
    new: CharterPolicy, facts: PolicyFacts, *, yuan: Callable[[int], str]
) -> tuple[Problem, ...]:
    """What deserves a second look before it is approved: a floor that may be missed, trade that counts twice, bases
    without managers, products nobody traded."""
    return (
        *(_warnings_of_floor(new, yuan=yuan) if facts.kind is BookKind.COOPERATIVE else ()),
        *_warnings_of_trade(new, facts),
        *(
            base_without_manager.at(f"/bases/{index}", member=base.member, year=new.year)
            for index, base in enumerate(new.bases)
            if base.member in facts.members and base.member not in facts.managers
        ),
        *(
            manager_without_base.at("/bases", member=member)
            for member in sorted(facts.managers - {base.member for base in new.bases})
            if new.commission_bp and facts.kind is BookKind.COOPERATIVE
        ),
    )


def highest_base(patronage_bp: int, *, amount: Fen) -> Fen:
    """The highest Article 44 base at which refunds of this part of the amount still reach the floor."""
    return patronage_bp * amount // FLOOR_BP


def faults_of_procedure(
    new: Procedure, *, year: int, first_year: int, yuan: Callable[[int], str]
) -> tuple[Problem, ...]:
    """Everything that keeps a procedure from being recorded."""
    problems = []
    if year < first_year:
        problems.append(policy_year_must_be_kept.at("/year", first=first_year, year=year))
    for name, days, least in (("notice_days", new.notice_days, 1), ("appeal_days", new.appeal_days, 1)):
        if not least <= days <= LONGEST_NOTICE:
            problems.append(
                days_must_be_in_reason.at(f"/{name}", days=days, least=least, most=LONGEST_NOTICE)
            )
    if not 0 <= new.chair_up_to <= new.council_up_to:
        problems.append(
            tiers_must_rise.at("/council_up_to", chair=yuan(new.chair_up_to), council=yuan(new.council_up_to))
        )
    return tuple(problems)


def sealed(policy: CharterPolicy) -> CharterPolicy:
    """A plan as its digest is taken: legs by number and bases by member, as they are kept."""
    return msgspec.structs.replace(
        policy,
        legs=tuple(sorted(policy.legs, key=lambda leg: leg.no)),
        bases=tuple(sorted(policy.bases, key=lambda base: base.member)),
    )


# Parts of a plan


def _faults_of_head(
    new: CharterPolicy, facts: PolicyFacts, *, yuan: Callable[[int], str]
) -> Iterable[Problem]:
    if new.year < facts.first_year:
        yield policy_year_must_be_kept.at("/year", first=facts.first_year, year=new.year)
    if new.record_date.year != new.year:
        yield record_date_must_be_in_the_year.at("/record_date", date=new.record_date, year=new.year)
    yield from _faults_of_rate(new.reserve_bp, at="/reserve_bp")
    known = RESERVE_BASES[facts.kind]
    if new.reserve_basis != known:
        yield reserve_must_be_quantified_by_capital.at(
            "/reserve_basis", basis=new.reserve_basis or "—", known=known
        )
    if new.amount is not None and new.amount < 0:
        yield amount_must_not_be_below_zero.at("/amount", amount=yuan(new.amount))
    if len(new.resolution) > LONGEST_RESOLUTION:
        yield resolution_must_be_short.at("/resolution", length=len(new.resolution), most=LONGEST_RESOLUTION)


def _faults_of_products(new: CharterPolicy, facts: PolicyFacts) -> Iterable[Problem]:
    seen: set[str] = set()
    for index, product in enumerate(new.products):
        if product in seen:
            yield product_must_be_listed_once.at(f"/products/{index}", text=product)
        elif product not in facts.products:
            yield product_must_be_known.at(f"/products/{index}", text=product or "—")
        seen.add(product)
    if not new.products and any(leg.basis.kind is BasisKind.TRADE_VALUE for leg in new.legs):
        yield products_must_be_listed.at("/products")


def _faults_of_legs(new: CharterPolicy, facts: PolicyFacts) -> Iterable[Problem]:
    if not new.legs:
        yield legs_must_be_there.at("/legs")
        return
    if len(new.legs) > MOST_LEGS:
        yield legs_must_not_be_so_many.at("/legs", count=len(new.legs), most=MOST_LEGS)
    whole = sum(leg.part_bp for leg in new.legs)
    if whole != WHOLE:
        yield legs_must_be_whole.at("/legs", sum=whole)
    names = Counter(leg.name for leg in new.legs)
    bases: dict[object, int] = {}
    for index, leg in enumerate(new.legs):
        at = f"/legs/{index}"
        if leg.no != index + 1:
            yield leg_must_be_numbered.at(at, no=leg.no, wanted=index + 1)
        if not 1 <= len(leg.name) <= LONGEST_NAME:
            yield leg_must_have_a_name.at(f"{at}/name", no=leg.no, most=LONGEST_NAME)
        elif names.pop(leg.name, 1) > 1:
            yield leg_names_must_differ.at(f"{at}/name", name=leg.name)
        if not 1 <= leg.part_bp <= WHOLE:
            yield leg_must_have_a_part.at(f"{at}/part_bp", no=leg.no, bp=leg.part_bp)
        if leg.patronage and leg.basis.kind not in _PATRONAGE:
            yield leg_must_not_be_patronage.at(f"{at}/patronage", no=leg.no)
        yield from _faults_of_basis(leg, new, facts, at=f"{at}/basis")
        same = (
            leg.basis.kind,
            leg.basis.product,
            frozenset(leg.basis.kinds),
            frozenset(leg.basis.members),
        )
        first = bases.setdefault(same, leg.no)
        if first != leg.no:
            yield legs_must_not_share_twice.at(f"{at}/basis", first=first, no=leg.no)


def _faults_of_basis(leg: Leg, new: CharterPolicy, facts: PolicyFacts, *, at: str) -> Iterable[Problem]:
    basis = leg.basis
    if basis.kind not in BASES[facts.kind]:
        yield basis_must_fit_the_book.at(at, no=leg.no, basis=f"basis.{basis.kind}")
    if basis.kind is BasisKind.TRADE_QUANTITY:
        if not basis.product:
            yield basis_must_name_a_product.at(f"{at}/product", no=leg.no)
        elif basis.product not in facts.products:
            yield product_must_be_known.at(f"{at}/product", text=basis.product)
    elif basis.product:
        yield basis_must_name_nothing_else.at(f"{at}/product", no=leg.no, text=basis.product)
    if basis.kind in _BY_SHARES:
        if not basis.kinds or len(set(basis.kinds)) != len(basis.kinds):
            yield basis_must_name_share_kinds.at(f"{at}/kinds", no=leg.no)
    elif basis.kinds:
        yield basis_must_name_nothing_else.at(f"{at}/kinds", no=leg.no, text=_words(basis.kinds))
    if basis.kind is BasisKind.EQUAL:
        yield from _faults_of_named(basis.members, new, facts, at=f"{at}/members")
    elif basis.members:
        yield basis_must_name_nothing_else.at(f"{at}/members", no=leg.no, text=", ".join(basis.members))


def _faults_of_named(
    named: Sequence[str], new: CharterPolicy, facts: PolicyFacts, *, at: str
) -> Iterable[Problem]:
    for member, times in Counter(named).items():
        if times > 1:
            yield member_must_not_be_named_twice.at(at, member=member)
        if member not in facts.members:
            yield member_must_be_known.at(at, member=member)
        elif not facts.members[member]:
            yield named_member_must_be_of_record.at(at, member=member, date=new.record_date)


def _faults_of_scoring(
    new: CharterPolicy, facts: PolicyFacts, *, yuan: Callable[[int], str]
) -> Iterable[Problem]:
    if facts.kind is BookKind.COLLECTIVE and (new.commission_bp or new.bases):
        yield commission_must_be_a_cooperatives.at("/commission_bp", book=facts.book)
    yield from _faults_of_rate(new.commission_bp, at="/commission_bp")
    yield from _faults_of_rate(new.party_weight_bp, at="/party_weight_bp")
    if not 1 <= new.least_ballots <= 1_000:
        yield ballots_must_be_asked_for.at("/least_ballots", least=new.least_ballots)
    if len(new.maxima) != len(DEFAULT_MAXIMA):
        yield maxima_must_be_six.at("/maxima", count=len(new.maxima))
    elif sum(new.maxima) != WHOLE:
        yield maxima_must_be_whole.at("/maxima", points=yuan(sum(new.maxima)))
    for index, points in enumerate(new.maxima):
        if points <= 0:
            yield maximum_must_be_above_zero.at(
                f"/maxima/{index}", dimension=f"dimension.{index + 1}", points=yuan(points)
            )
    seen: set[str] = set()
    for index, base in enumerate(new.bases):
        if base.member in seen:
            yield member_must_not_be_named_twice.at(f"/bases/{index}/member", member=base.member)
        elif base.member not in facts.members:
            yield member_must_be_known.at(f"/bases/{index}/member", member=base.member or "—")
        seen.add(base.member)
        if base.base < 0:
            yield base_must_not_be_below_zero.at(
                f"/bases/{index}/base", member=base.member, amount=yuan(base.base)
            )


def _faults_of_rate(bp: int, *, at: str) -> Iterable[Problem]:
    if not 0 <= bp <= WHOLE:
        yield rate_must_be_a_part.at(at, bp=bp)


def _warnings_of_floor(new: CharterPolicy, *, yuan: Callable[[int], str]) -> Iterable[Problem]:
    bp = sum(leg.part_bp for leg in new.legs if leg.patronage)
    if new.amount is None:
        if bp < FLOOR_BP:
            yield floor_cannot_be_reached.at("/legs", bp=bp)
    else:
        yield floor_may_be_missed.at("/legs", bp=bp, base=yuan(highest_base(bp, amount=new.amount)))


def _warnings_of_trade(new: CharterPolicy, facts: PolicyFacts) -> Iterable[Problem]:
    by_value = [leg for leg in new.legs if leg.basis.kind is BasisKind.TRADE_VALUE and leg.patronage]
    for index, leg in enumerate(new.legs):
        if leg.basis.kind is BasisKind.TRADE_QUANTITY and leg.patronage and leg.basis.product in new.products:
            for other in by_value:
                yield trade_counts_twice.at(
                    f"/legs/{index}", text=leg.basis.product, first=other.no, no=leg.no
                )
    used = {leg.basis.product for leg in new.legs if leg.basis.product}
    for product in sorted(({*new.products} | used) & facts.products - facts.traded):
        yield product_not_traded.at("/products", text=product, year=new.year)


def _words(kinds: Iterable[ShareKind]) -> str:
    return ", ".join(kind.value for kind in kinds)
