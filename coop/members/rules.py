"""What of a member is identity data and of which kind, when who leaves has to say so, and who may be members at all.

A note like 继承人陆永强，账户6222000003076045184 is shown with the number masked and kept whole only under seal.

Of 24 members at least 19.2, so 20, are farmers (80 %), and at most one (5 % of 24 is 1.2) is a unit; a household that
leaves with 2025 says so by 30 September, a unit by 30 June (合作社法 第十二条, 第二十条, 第二十五条).

>>> last_day_of_notice(MemberKind.HOUSEHOLD, year=2025), last_day_of_notice(MemberKind.ENTERPRISE, year=2025)
(datetime.date(2025, 9, 30), datetime.date(2025, 6, 30))
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from coop.identity import masked_text
from schemas.identity import IdentityKind
from schemas.members import AccountKind, MemberKind, NewMember, SecretField
from schemas.periods import Check
from schemas.problems import Fault, Problem, Severity
from schemas.units import BasisPoints, BookId

COLLECTIVE_LINKED = "member.collective"
"""The act that says which member is a village's collective."""

secret_must_be_there = Fault(
    code="secret_must_be_there",
    says="Nothing is kept under seal there for member {member}.",
    remedy="Look the member up in the register.",
)
member_must_be_here = Fault(
    code="member_must_be_here",
    says="There is no member {member} here.",
    remedy="Look the number up in the register.",
)
member_must_be_as_seen = Fault(
    code="member_must_be_as_seen",
    says="{member} was changed meanwhile: you saw version {seen}, it is now {version}.",
    remedy="Look at the member again and repeat the change.",
)
identity_must_be_valid = Fault(
    code="identity_must_be_valid",
    says="{identity} is no identity number: its marks, its day of birth or its check mark is wrong (GB 11643).",
    remedy="Copy it again from the card.",
)
identity_must_be_new_to_the_book = Fault(
    code="identity_must_be_new_to_the_book",
    says="Member {member} has this identity ({identity}) already.",
    remedy="One person is a member once; compare the two.",
)
notice_must_come_in_time = Fault(
    code="notice_must_come_in_time",
    says="To leave with {year} the notice had to arrive by {latest}, not on {date}.",
    remedy="Membership ends with a later fiscal year, unless the charter says otherwise.",
)
members_should_be_enough = Fault(
    code="members_should_be_enough",
    says="There are {members} members; a cooperative has at least {least}.",
    remedy="Let others join (合作社法 第十二条).",
    severity=Severity.WARNING,
)
farmers_should_be_most = Fault(
    code="farmers_should_be_most",
    says="{farmers} of {members} members are farmers; at least {least} must be (80 %).",
    remedy="Let farmers join, or units leave (合作社法 第二十条).",
    severity=Severity.WARNING,
)
units_should_be_few = Fault(
    code="units_should_be_few",
    says="{units} of {members} members are units; at most {most} may be.",
    remedy="Up to 20 members one unit may be among them, above that 5 % (合作社法 第二十条).",
    severity=Severity.WARNING,
)
LEAST_MEMBERS = 5
SMALL = 20
"""Up to so many members one unit may be among them."""
FARMERS_BP: BasisPoints = 8_000
UNITS_BP: BasisPoints = 500
WHOLE_BP = 10_000
NOTICE_MONTHS: Mapping[MemberKind, int] = {
    MemberKind.HOUSEHOLD: 3,
    MemberKind.COLLECTIVE: 6,
    MemberKind.ENTERPRISE: 6,
}
"""Months before the fiscal year's end by which who leaves says so (合作社法 第二十五条)."""

_OF_ACCOUNT = {
    AccountKind.CARD: IdentityKind.CARD,
    AccountKind.PASSBOOK: IdentityKind.PASSBOOK,
    AccountKind.CORPORATE: IdentityKind.CORPORATE,
    None: IdentityKind.PASSBOOK,
}


def identity_data(member: NewMember) -> Mapping[SecretField, tuple[str, IdentityKind]]:
    """What of a member is sealed: each piece with its kind. Empty pieces are left out, and so is a note without
    identity data. An account of no known kind is treated as a passbook, whose digits follow no rule."""
    found = {
        SecretField.IDENTITY: (
            member.identity,
            kind_of_identity(member.kind),
        ),
        SecretField.PHONE: (member.phone, IdentityKind.PHONE),
        SecretField.BANK_ACCOUNT: (member.bank_account, kind_of_account_number(member.account_kind)),
        SecretField.NOTE: (member.note if masked_text(member.note) != member.note else "", IdentityKind.NOTE),
    }
    return {field: piece for field, piece in found.items() if piece[0]}


def owner(book: BookId, number: str) -> str:
    """The name under which a member's identity data are sealed: copied to another row they do not open."""
    return f"member:{book}:{number}"


def kind_of_identity(kind: MemberKind) -> IdentityKind:
    """A person's identity number, or a unit's credit code."""
    return IdentityKind.CITIZEN if kind is MemberKind.HOUSEHOLD else IdentityKind.UNIT


def kind_of_account_number(kind: AccountKind | None) -> IdentityKind:
    """How the number of such an account is written and masked; of no known kind like a passbook's."""
    return _OF_ACCOUNT[kind]


def owner_of_heir(book: BookId, heir: int) -> str:
    """The name under which an heir's identity data are sealed."""
    return f"heir:{book}:{heir}"


def last_day_of_notice(kind: MemberKind, *, year: int) -> date:
    """The last day on which a member of a kind may say that it leaves with a fiscal year."""
    month = 12 - NOTICE_MONTHS[kind]
    return date(year, month + 1, 1) - timedelta(days=1)


def faults_of_membership(members: Mapping[MemberKind, int]) -> tuple[Problem, ...]:
    """What the law says of how many members of each kind a cooperative has (合作社法 第十二条, 第二十条): at least five, four fifths
    farmers, and few units. A village's collective counts as a unit, which is the stricter reading.

    Of 12 members one may be a unit and 10 must be farmers (80 % of 12 is 9.6); of 21 members one may be a unit (5 % is
    1.05) and 17 must be farmers (16.8).
    """
    whole, farmers = sum(members.values()), members.get(MemberKind.HOUSEHOLD, 0)
    units = whole - farmers
    most = 1 if whole <= SMALL else whole * UNITS_BP // WHOLE_BP
    least = -(-whole * FARMERS_BP // WHOLE_BP)
    problems = []
    if whole < LEAST_MEMBERS:
        problems.append(members_should_be_enough.at("/members", members=whole, least=LEAST_MEMBERS))
    if farmers < least:
        problems.append(farmers_should_be_most.at("/members", members=whole, farmers=farmers, least=least))
    if units > most:
        problems.append(units_should_be_few.at("/members", members=whole, units=units, most=most))
    return tuple(problems)


def check_of_membership(problems: Iterable[Problem]) -> Check:
    """Who the members are is as the law wants it; a warning, since the registrar decides."""
    return Check(
        name="membership",
        says="The cooperative has the members the law asks for.",
        link="members",
        problems=tuple(problems),
    )
