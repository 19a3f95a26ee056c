"""What a distribution plan says, line by line in the reader's words: for pages, the command line, and what changed
between two versions."""

from collections.abc import Mapping
from typing import NamedTuple

from ledger.money import text_from_hundredths, yuan, yuan_grouped
from payouts.policies.rules import RESERVE_KEPT_WHOLE
from schemas.books import BookKind
from schemas.policies import Basis, BasisKind, CharterPolicy, Leg, Procedure
from schemas.shares import ShareKind
from schemas.snapshots import IncomePolicy
from web.i18n import say, say_word
from web.i18n.standards import AS_THEY_ARE, Terms, terms_of
from web.i18n.words import N_

DIMENSIONS = tuple(f"dimension.{number}" for number in range(1, 7))
"""The words of the six dimensions in the order of the policy's maxima."""


class Said(NamedTuple):
    """One thing a policy says: what it is about, and what it says."""

    label: str
    text: str


class Changed(NamedTuple):
    """One thing two versions say differently; empty where one says nothing of it."""

    label: str
    before: str
    after: str


def percent(bp: int) -> str:
    """Basis points as people write them: 6 000 is ``60 %``, 1 250 is ``12.5 %``."""
    text = yuan(bp).rstrip("0").rstrip(".")
    return f"{text} %"


def said(policy: CharterPolicy, locale: str, *, names: Mapping[str, str]) -> tuple[Said, ...]:
    """Everything a plan says; ``names`` are the members' by number. A collective's is read in the terms of its standard, and
    says nothing of trade and managers."""
    kind = BookKind.COLLECTIVE if policy.reserve_basis == RESERVE_KEPT_WHOLE else BookKind.COOPERATIVE
    tell = _Teller(locale, names, terms=terms_of(kind, locale))
    head = (
        tell(N_("Date of record"), policy.record_date.isoformat()),
        tell(N_("Reserve"), percent(policy.reserve_bp)),
        tell(N_("Amount to distribute"), tell.amount(policy.amount)),
    )
    legs = tuple(Said(f"{tell.text(N_('Leg'))} {leg.no} {leg.name}", tell.leg(leg)) for leg in policy.legs)
    resolution = tell(N_("Resolution"), policy.resolution or "—")
    if kind is BookKind.COLLECTIVE:
        return (*head, *legs, resolution)
    mode = f"mode.{policy.commission_mode}"
    return (
        *head,
        tell(N_("Products that count as trade"), tell.list(policy.products)),
        *legs,
        tell(N_("Commission"), f"{say_word(locale, mode)}, {percent(policy.commission_bp)}"),
        *(
            Said(
                f"{tell.text(N_('Commission is reckoned on'))} {tell.member(base.member)}",
                yuan_grouped(base.base),
            )
            for base in policy.bases
        ),
        tell(N_("Below 60 points"), say_word(locale, f"below_60.{policy.below_60}")),
        tell(N_("Weight of party members"), percent(policy.party_weight_bp)),
        tell(N_("Least ballots"), str(policy.least_ballots)),
        *(
            Said(f"{tell.text(N_('Highest points'))} {say_word(locale, dimension)}", _points(points))
            for dimension, points in zip(DIMENSIONS, policy.maxima, strict=True)
        ),
        resolution,
    )


def procedure_said(procedure: Procedure, locale: str) -> tuple[Said, ...]:
    """Everything a procedure says."""
    tell = _Teller(locale, {})
    return (
        tell(N_("Working days of notice"), str(procedure.notice_days)),
        tell(N_("Days to appeal"), str(procedure.appeal_days)),
        tell(N_("The chair's signature suffices up to"), yuan_grouped(procedure.chair_up_to)),
        tell(N_("The council's minutes suffice up to"), yuan_grouped(procedure.council_up_to)),
    )


def changes(before: tuple[Said, ...], after: tuple[Said, ...]) -> tuple[Changed, ...]:
    """What two versions say differently, in the order of the later one; what only the earlier says comes last."""
    was, is_ = dict(before), dict(after)
    return tuple(
        Changed(label, was.get(label, ""), is_.get(label, ""))
        for label in dict.fromkeys([*is_, *was])
        if was.get(label) != is_.get(label)
    )


def income_said(policy: IncomePolicy, locale: str) -> tuple[Said, ...]:
    """Everything an income policy says."""

    def tell(label: str, text: str) -> Said:
        return Said(say(locale, label), text)

    evidence = N_("a scan only") if policy.scans_only else N_("a scan, or originals declared on paper")
    return (
        tell(N_("What is evidence of income"), say(locale, evidence)),
        tell(N_("A fall against last year alerts above, %"), percent(policy.fall_bp)),
        tell(N_("Subsidies in all income alert above, %"), percent(policy.subsidies_bp)),
        tell(N_("Vouchers drawn a book and month"), str(policy.spot_checks)),
        tell(N_("What lands in a second book is dated"), say_word(locale, f"landing_day.{policy.landing}")),
        tell(N_("Days of appeal before the lists are published"), str(policy.list_appeal_days)),
        tell(N_("Resolution"), policy.resolution or "—"),
    )


class _Teller:
    def __init__(self, locale: str, names: Mapping[str, str], *, terms: Terms = AS_THEY_ARE) -> None:
        self.locale, self.names, self.terms = locale, names, terms

    def __call__(self, label: str, text: str) -> Said:
        return Said(self.text(label), text)

    def text(self, message: str) -> str:
        return say(self.locale, message, terms=self.terms)

    def amount(self, amount: int | None) -> str:
        return self.text(N_("the Article 44 base")) if amount is None else yuan_grouped(amount)

    def member(self, number: str) -> str:
        return f"{number} {self.names.get(number, '')}".strip()

    def list(self, words: tuple[str, ...]) -> str:
        return ("、" if self.locale == "zh_CN" else ", ").join(words) or "—"

    def leg(self, leg: Leg) -> str:
        parts = [percent(leg.part_bp), self.basis(leg.basis)]
        if leg.patronage:
            parts.append(self.text(N_("a refund by trade")))
        return " · ".join(parts)

    def basis(self, basis: Basis) -> str:
        return basis_said(basis, self.locale, names=self.names)


def basis_said(basis: Basis, locale: str, *, names: Mapping[str, str]) -> str:
    """What a leg goes by, with what it names: the words of the glossary, the same on every page."""
    tell = _Teller(locale, names)
    word = say_word(locale, f"basis.{basis.kind}")
    named = tell.list(
        (
            *((basis.product,) if basis.kind is BasisKind.TRADE_QUANTITY else ()),
            *(say_word(locale, share_word(kind)) for kind in basis.kinds),
            *(tell.member(number) for number in basis.members),
        )
    )
    if named == "—":
        return word
    return f"{word}（{named}）" if locale == "zh_CN" else f"{word} ({named})"


def share_word(kind: ShareKind) -> str:
    """The code under which the word of a kind of share is kept."""
    return f"share.{kind}"


def _points(points: int) -> str:
    return text_from_hundredths(points)
