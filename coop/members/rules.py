"""What of a member is identity data, and of which kind.

A note like 继承人陆永强，账户6222000003076045184 is shown with the number masked and kept whole only under seal.
"""

from collections.abc import Mapping

from coop.identity import masked_text
from schemas.identity import IdentityKind
from schemas.members import AccountKind, MemberKind, NewMember, SecretField
from schemas.problems import Fault
from schemas.units import BookId

secret_must_be_there = Fault(
    code="secret_must_be_there",
    says="Nothing is kept under seal there for member {member}.",
    remedy="Look the member up in the register.",
)
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
            IdentityKind.CITIZEN if member.kind is MemberKind.HOUSEHOLD else IdentityKind.UNIT,
        ),
        SecretField.PHONE: (member.phone, IdentityKind.PHONE),
        SecretField.BANK_ACCOUNT: (member.bank_account, _OF_ACCOUNT[member.account_kind]),
        SecretField.NOTE: (member.note if masked_text(member.note) != member.note else "", IdentityKind.NOTE),
    }
    return {field: piece for field, piece in found.items() if piece[0]}


def owner(book: BookId, number: str) -> str:
    """The name under which a member's identity data are sealed: copied to another row they do not open."""
    return f"member:{book}:{number}"
