"""A village collective of five households with income entitlements, its year 2025, and the plan it shares by.

entitled(db, book)    five households registered and quantified, one of them with a child born in October
planned(db, book)     the plan of 2025, recorded and approved
settled_year(db)      a book of its own with the year's vouchers, in its settlement stage, with its plan

A loss of 1 000.00 is brought forward; the year brings 6 200.00 and costs 199.97. Of 6 000.03 the loss takes 1 000.00, the
reserve of 20 % 1 000.01 (1 000.006), and 4 000.02 are shared by 8.50 shares.
"""

from datetime import date

import msgspec
from sqlalchemy import Connection

from coop.members import actions as members
from coop.register import actions as register
from coop.vault.rules import Vault
from payouts.policies import actions as policies
from payouts.policies.rules import default_policy
from schemas.books import BookKind
from schemas.evidence import EvidenceFile, MediaType
from schemas.policies import PolicyKind
from schemas.units import BookId
from tests.builders import ACCOUNTANT, BOOK, REVIEWER, a_book, post
from tests.registry import VAULT, a_member, act
from tests.runs.years import OFFICER, at, settled

YEAR = 2025
HOUSEHOLDS = ("M0001", "M0002", "M0003", "M0004", "M0005")
PLAN_DAY = date(2026, 1, 20)
SCAN = EvidenceFile(sha256="b" * 64, media_type=MediaType.PDF, size=1, name="成员大会决议.pdf")
UNITS = [
    {"member": member, "units": units}
    for member, units in zip(HOUSEHOLDS, ("3.00", "2.00", "2.00", "1.00", "0.00"), strict=True)
]
QUANTIFIED = act("quantification on=2025-03-31 resolution=2025-3", households=UNITS)
BORN = act("adjustment on=2025-10-01 member=M0003 fact=birth units=0.50 paper=出生医学证明A1")


def entitled(db: Connection, book: BookId, *, vault: Vault = VAULT) -> None:
    """The households, and what each is entitled to."""
    new = [a_member(one) for one in HOUSEHOLDS]
    members.enter_many(db, new, book=book, vault=vault, by=ACCOUNTANT, at=at(PLAN_DAY))
    for one in (QUANTIFIED, BORN):
        asked = register.prepare(db, one, book=book, vault=vault, by=ACCOUNTANT, on=PLAN_DAY, at=at(PLAN_DAY))
        register.confirm(
            db,
            book=book,
            request=asked.request,
            vault=vault,
            by=REVIEWER,
            on=PLAN_DAY,
            at=at(PLAN_DAY),
        )


def planned(db: Connection, book: BookId) -> None:
    """The plan recorded by the accountant, its scan hung on it, approved by the officer."""
    plan = msgspec.structs.replace(
        default_policy(YEAR, kind=BookKind.COLLECTIVE), reserve_bp=2_000, resolution="2026-1"
    )
    version = policies.record_policy(db, plan, book=book, by=ACCOUNTANT, at=at(PLAN_DAY))
    policies.attach_paper(
        db,
        SCAN,
        book=book,
        kind=PolicyKind.CHARTER,
        year=YEAR,
        version=version,
        by=ACCOUNTANT,
        at=at(PLAN_DAY),
    )
    policies.approve(
        db,
        book=book,
        kind=PolicyKind.CHARTER,
        year=YEAR,
        version=version,
        resolution="2026-1",
        sha256=SCAN.sha256,
        by=OFFICER,
        on=PLAN_DAY,
        at=at(PLAN_DAY),
    )


def settled_year(db: Connection) -> None:
    """The year in its settlement stage, with its plan."""
    a_book(
        db,
        name="清水村股份经济合作社",
        standard="collective-2023",
        parties="财政资金形成",
        openings="102 20000.00 | 322/未分配收益 1000.00 | cr 311/财政资金形成 21000.00",
    )
    entitled(db, BOOK)
    post(db, "2025-06-30 水塘发包收入 | 102 6200.00 | cr 501 6200.00")
    post(db, "2025-11-30 办公费 | 513 199.97 | cr 102 199.97")
    settled(db, BOOK, YEAR)
    planned(db, BOOK)
