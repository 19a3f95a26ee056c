"""A township whose tiers are posted, and what its collectives owe of them.

posted(db)                    the year's tiers, handed in, on notice, approved, posted
paid_by_collectives(db)       before that: the policy whose bonuses the collectives pay
drafted(db, day)              what falls due by a day, drafted as a tick does
owed_by(db, book, *days)      the tiers posted with the collectives as payers, and what one of them owes by these days, posted
"""

from datetime import date

from msgspec.structs import replace
from sqlalchemy import Connection

from ledger.vouchers import actions as vouchers
from payouts.awards import actions, queries
from payouts.awards.rules import months_due
from payouts.policies import actions as policy_actions
from payouts.runs import actions as runs
from payouts.runs.rules import RunName, name_of
from payouts.township_policies import actions as township_policy_actions
from payouts.township_policies import queries as policies
from schemas.evidence import EvidenceFile, MediaType
from schemas.policies import BonusPayer, PolicyKind
from schemas.runs import Run, RunKind
from schemas.vouchers import Step, Voucher
from tests.builders import ACCOUNTANT, REVIEWER, a_house
from tests.handover import pack_of, take_in
from tests.runs.years import OFFICER, RESOLUTION, at

TOWNSHIP, YEAR = "450000101", 2025
FIRST, OVER = date(2026, 2, 2), date(2026, 2, 12)
SCAN = EvidenceFile(sha256="b" * 64, media_type=MediaType.PDF, size=1, name="会议纪要.pdf")
CLEAR, RIVER, RIDGE = "450000101200", "450000101201", "450000101202"


def a_township(db: Connection) -> None:
    """A house with the pack in it."""
    a_house(db)
    take_in(db, pack_of("clean-small"))


def submitted(db: Connection) -> RunName:
    """The year's tiers handed in."""
    run, _ = runs.new(db, book=TOWNSHIP, kind=RunKind.TIERS, year=YEAR, by=ACCOUNTANT, on=FIRST, at=at(FIRST))
    name = name_of(run.id)
    assert name is not None
    runs.submit(
        db, name, by=ACCOUNTANT, on=FIRST, at=at(FIRST), resolution="云岭镇会议2026-1", papers=[RESOLUTION]
    )
    return name


def posted(db: Connection) -> Run:
    """The year's tiers posted after their notice."""
    name = submitted(db)
    runs.publish(db, name, by=ACCOUNTANT, on=FIRST, at=at(FIRST))
    runs.approve(db, name, by=OFFICER, on=OVER, at=at(OVER))
    return runs.post(db, name, by=ACCOUNTANT, on=OVER, at=at(OVER))


def paid_by_collectives(db: Connection) -> None:
    """The township's policy again with another payer, recorded by one and approved by another."""
    standing = policies.bonus(db, township=TOWNSHIP, year=YEAR)
    assert standing is not None
    changed = replace(standing, payer=BonusPayer.COLLECTIVE, resolution="云岭镇会议2026-1")
    version = township_policy_actions.record_bonus(
        db, changed, township=TOWNSHIP, by=ACCOUNTANT, at=at(FIRST)
    )
    policy_actions.attach_paper(
        db,
        SCAN,
        book=TOWNSHIP,
        kind=PolicyKind.BONUS,
        year=YEAR,
        version=version,
        by=ACCOUNTANT,
        at=at(FIRST),
    )
    policy_actions.approve(
        db,
        book=TOWNSHIP,
        kind=PolicyKind.BONUS,
        year=YEAR,
        version=version,
        resolution="",
        sha256=SCAN.sha256,
        by=OFFICER,
        on=FIRST,
        at=at(FIRST),
    )


def drafted(db: Connection, on: date) -> list[Voucher]:
    """What falls due by a day, drafted as a tick does."""
    made = []
    for month in months_due(queries.awards(db, township=TOWNSHIP, on=on)):
        voucher = actions.draft_due(db, month, dated=on, by=ACCOUNTANT, on=on, at=at(on))
        made += [voucher] if voucher is not None else []
    return made


def owed_by(db: Connection, book: str, *days: date) -> None:
    """The tiers posted with the collectives as payers, and what one of them owes by these days: drafted, reviewed by
    another person, posted."""
    paid_by_collectives(db)
    posted(db)
    steps = [Step(voucher=one.id) for day in days for one in drafted(db, day) if one.book == book]
    vouchers.review_many(db, steps, book=book, by=REVIEWER, on=OVER, at=at(OVER), atomic=True)
    vouchers.post_many(db, steps, book=book, by=REVIEWER, on=OVER, at=at(OVER), atomic=True)
