"""Who is a member, who is paid: joining, leaving, death, heirs and a change of who is paid (RULES §3; DOMAIN §8)."""

from collections.abc import Iterator, Mapping
from datetime import date

from coop.identity import is_citizen_number, masked
from coop.identity import written as plainly
from coop.members.rules import (
    identity_must_be_valid,
    last_day_of_notice,
    member_must_be_as_seen,
    notice_must_come_in_time,
)
from coop.register.facts import Facts, faults_of_holder, holder_must_be_known
from schemas.books import BookKind
from schemas.identity import IdentityKind
from schemas.members import MemberKind, NewMember
from schemas.problems import Fault, Problem
from schemas.register import Death, Departure, HeirNamed, Joining, PayeeChange, Written

application_must_come_first = Fault(
    code="application_must_come_first",
    says="The application of {applied} is later than the joining on {date}.",
    remedy="A member joins by written application, then resolution.",
)
application_must_be_written = Fault(
    code="application_must_be_written",
    says="The day of the written application is missing.",
    remedy="A member joins by written application, then resolution (合作社法 第二十四条).",
)
membership_must_not_have_ended = Fault(
    code="membership_must_not_have_ended",
    says="{member}'s membership ends on {left} already.",
    remedy="Take that back first, if it was wrong.",
)
leaving_must_be_near = Fault(
    code="leaving_must_be_near",
    says="{year} is too far ahead to leave with; the latest year is {latest}.",
    remedy="Give the fiscal year the notice is for.",
)
heir_must_follow_an_end = Fault(
    code="heir_must_follow_an_end",
    says="{member} is still a member.",
    remedy="Enter the death first.",
)
change_must_say_something = Fault(
    code="change_must_say_something",
    says="Nothing is changed.",
    remedy="Fill in what is new.",
)


def faults_of_joining(act: Joining, facts: Facts) -> Iterator[Problem]:
    """The application came first, in a cooperative, and a person has a valid identity number."""
    if act.applied_on is None:
        if facts.book is BookKind.COOPERATIVE:
            yield application_must_be_written.at("/applied_on")
    elif act.applied_on > act.on:
        yield application_must_come_first.at("/applied_on", applied=act.applied_on, date=act.on)
    if act.kind_of_member is MemberKind.HOUSEHOLD:
        yield from _faults_of_identity(act.identity)


def write_joining(act: Joining) -> Written:
    """入社: a new member."""
    return Written(
        joins=NewMember(
            number=act.number,
            household=act.household,
            name=act.name,
            kind=act.kind_of_member,
            identity=act.identity,
            phone=act.phone,
            bank=act.bank,
            bank_account=act.bank_account,
            account_kind=act.account_kind,
            joined_on=act.on,
            left_on=None,
            poverty_exit=act.poverty_exit,
            note=act.note,
        )
    )


def faults_of_departure(act: Departure, facts: Facts) -> Iterator[Problem]:
    """Who leaves is a member, and gave notice in time."""
    yield from faults_of_holder(act.member, facts, on=act.on)
    member = facts.members.get(act.member)
    if member is None:
        return
    if member.left_on is not None:
        yield membership_must_not_have_ended.at("/member", member=act.member, left=member.left_on)
    if act.year > act.on.year + 1:
        yield leaving_must_be_near.at("/year", year=act.year, latest=act.on.year + 1)
    latest = date(act.year, 12, 31) if act.expelled else last_day_of_notice(member.kind, year=act.year)
    if act.on > latest:
        yield notice_must_come_in_time.at("/on", year=act.year, latest=latest, date=act.on)


def write_departure(act: Departure, facts: Facts) -> Written:
    """退社: membership ends with the year."""
    return Written(ends={act.member: date(act.year, 12, 31)}, ended=_ended(act.member, facts))


def faults_of_death(act: Death, facts: Facts) -> Iterator[Problem]:
    """Who died was a member."""
    yield from faults_of_holder(act.member, facts, on=act.on)


def write_death(act: Death, facts: Facts) -> Written:
    """Membership ends that day."""
    return Written(ends={act.member: act.on}, ended=_ended(act.member, facts))


def faults_of_heir_named(act: HeirNamed, facts: Facts) -> Iterator[Problem]:
    """Heirs follow a membership that ended, and have a valid identity number."""
    member = facts.members.get(act.member)
    if member is None:
        yield holder_must_be_known.at("/member", member=act.member)
    elif member.left_on is None:
        yield heir_must_follow_an_end.at("/member", member=act.member)
    yield from _faults_of_identity(act.identity)


def write_heir_named(act: HeirNamed) -> Written:
    """继承人: who is paid from now on what is owed."""
    return Written(heir=act)


def faults_of_payee_change(act: PayeeChange, facts: Facts) -> Iterator[Problem]:
    """Something changes, on the member as it was seen."""
    member = facts.members.get(act.member)
    if member is None:
        yield holder_must_be_known.at("/member", member=act.member)
        return
    if member.version != act.seen:
        yield member_must_be_as_seen.at("/seen", member=act.member, seen=act.seen, version=member.version)
    if not any((act.name, act.identity, act.bank, act.bank_account, act.account_kind)):
        yield change_must_say_something.at("/bank_account")
    if act.identity and member.kind is MemberKind.HOUSEHOLD:
        yield from _faults_of_identity(act.identity)


def write_payee_change(act: PayeeChange) -> Written:
    """变更: whom and where to pay."""
    return Written(payee=act)


def _ended(member: str, facts: Facts) -> Mapping[str, date | None]:
    return {member: facts.members[member].left_on}


def _faults_of_identity(number: str) -> Iterator[Problem]:
    plain = plainly(number, IdentityKind.CITIZEN)
    if not is_citizen_number(plain):
        yield identity_must_be_valid.at("/identity", identity=masked(plain, IdentityKind.CITIZEN))
