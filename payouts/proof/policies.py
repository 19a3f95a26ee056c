"""Policies, sheets and orders must be what the log sealed.

Everything of them is read as it is kept now, and put beside the acts of the log: an amount of a tariff that somebody
changed behind the service's back has another digest than the act that recorded it.
"""

from collections.abc import Iterable

from ledger.seal import rules as seal
from payouts.policies.approval import approved_text, subject_of
from payouts.policies.rules import sealed
from schemas.log import LogEntry
from schemas.policies import BonusPolicy, CharterPolicy, PolicyHead, PolicyKind, Procedure
from schemas.problems import Fault, Problem
from schemas.rewards import RewardOrder, RewardPolicy, RewardSheet
from schemas.snapshots import IncomePolicy
from schemas.units import BookId, PersonId, Value

policy_must_be_as_logged = Fault(
    code="policy_must_be_as_logged",
    says="{subject}: what is kept is not what the log sealed ({act}).",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
logged_policy_must_be_there = Fault(
    code="logged_policy_must_be_there",
    says="The log says (entry {seq}) that there was {subject}, but it is gone ({act}).",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)

RECORDED = {
    PolicyKind.CHARTER: "policy.record",
    PolicyKind.PROCEDURE: "procedure.record",
    PolicyKind.BONUS: "bonus.record",
    PolicyKind.REWARD: "reward.record",
    PolicyKind.INCOME: "income.record",
}
ACTS = frozenset({*RECORDED.values(), "policy.attach", "policy.approve", "reward.sheet", "reward.order"})


class Kept(Value):
    """What one act of the log wrote, as it is kept now."""

    act: str
    subject: str
    by: PersonId
    at: str
    content: str
    after: str | None = None


def kept_of(
    head: PolicyHead, said: CharterPolicy | Procedure | BonusPolicy | RewardPolicy | IncomePolicy
) -> Iterable[Kept]:
    """What the acts on one version wrote: ``said`` with the resolution it was recorded with."""
    subject = subject_of(head.kind, year=head.year, version=head.version)
    yield Kept(
        act=RECORDED[head.kind],
        subject=subject,
        by=head.recorded_by,
        at=head.recorded_at,
        content=seal.digest_of(sealed(said) if isinstance(said, CharterPolicy) else said),
    )
    for paper in head.papers:
        yield Kept(
            act="policy.attach",
            subject=subject,
            by=paper.by,
            at=paper.at,
            content=paper.sha256,
            after=paper.name,
        )
    if head.approval is not None:
        yield Kept(
            act="policy.approve",
            subject=subject,
            by=head.approval.by,
            at=head.approval.at,
            content=head.approval.sha256,
            after=approved_text(head.approval),
        )


def kept_of_sheet(sheet: RewardSheet, *, year: int, scheme: str, version: int) -> Kept:
    """What the act that wrote a sheet down wrote."""
    return Kept(
        act="reward.sheet",
        subject=f"sheet:{year}:{scheme}:{sheet.period}-{sheet.no}",
        by=sheet.recorded_by,
        at=sheet.recorded_at,
        content=seal.digest_of((version, sheet)),
    )


def kept_of_order(order: RewardOrder, *, year: int, scheme: str, period: str) -> Kept:
    """What the act that wrote an order down wrote."""
    return Kept(
        act="reward.order",
        subject=f"order:{year}:{scheme}:{period}-{order.no}",
        by=order.recorded_by,
        at=order.recorded_at,
        content=seal.digest_of(order),
    )


def faults_of_kept(kept: Iterable[Kept], logged: Iterable[LogEntry], *, book: BookId) -> Iterable[Problem]:
    """Everything that is not as the log sealed it: changed, put there behind it, or gone."""
    waiting: dict[tuple[str, str, str], list[LogEntry]] = {}
    for entry in logged:
        if entry.act in ACTS:
            waiting.setdefault((entry.act, entry.subject, _told_apart(entry)), []).append(entry)
    for one in kept:
        found = waiting.get((one.act, one.subject, one.content if one.act == "policy.attach" else ""), [])
        first = found.pop(0) if found else None
        if first is None or not _same(one, first):
            yield policy_must_be_as_logged.at(
                f"/books/{book}/{one.subject}", subject=one.subject, act=one.act
            )
    for entries in waiting.values():
        for entry in entries:
            yield logged_policy_must_be_there.at(
                f"/books/{book}/{entry.subject}", seq=entry.seq, subject=entry.subject, act=entry.act
            )


def _told_apart(entry: LogEntry) -> str:
    """Several scans hang on one version; they are told apart by their digests."""
    return entry.content if entry.act == "policy.attach" else ""


def _same(one: Kept, entry: LogEntry) -> bool:
    return (one.by, one.at, one.content) == (entry.by, entry.at, entry.content) and (
        one.after is None or one.after == entry.after
    )
