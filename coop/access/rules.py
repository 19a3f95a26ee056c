"""Roles, deeds and the segregation of duties (RULES §9; 会计法 2024 arts. 25, 37; 会计基础工作规范 art. 12).

The promise: who handles the money never reviews, keeps no evidence and posts nothing; who keeps the books neither
directs nor supervises; who creates people touches no money; and nobody gets a role over money, rights or identity
data without the consent of a second person. On one book the roles of a person fit one duty:

>>> may_go_together({Role.ACCOUNTANT, Role.REVIEWER}), may_go_together({Role.REVIEWER, Role.CHAIR})
(True, True)
>>> may_go_together({Role.CASHIER, Role.ACCOUNTANT}), may_go_together({Role.ACCOUNTANT, Role.CHAIR})
(False, False)

An accountant may also be a reviewer, of others' vouchers: that nobody reviews a voucher of his own is a rule and a
constraint of the voucher itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from coop.identity import is_citizen_number, masked, written
from coop.vault.rules import Vault, seal
from ledger.log.rules import instant
from schemas.access import (
    Attempts,
    Deed,
    Duty,
    Grant,
    GrantState,
    Held,
    NewGrant,
    NewToken,
    Place,
    Rights,
    Role,
    Scope,
    ScopeKind,
    Session,
    Token,
)
from schemas.identity import IdentityKind, Sealed
from schemas.problems import Fault, Problem, Refusal
from schemas.units import BookId, PersonId, Value

_Word = TypeVar("_Word", bound=StrEnum)

# The table roles x deeds. docs/deeds.md is printed from it.


class RoleTerm(Value):
    """A role as the trade calls it."""

    role: Role
    says: str
    term: str
    duties: frozenset[Duty]
    scopes: frozenset[ScopeKind]


def _term(role: Role, says: str, term: str, duties: Iterable[Duty], scopes: Iterable[ScopeKind]) -> RoleTerm:
    return RoleTerm(role=role, says=says, term=term, duties=frozenset(duties), scopes=frozenset(scopes))


_BOOK, _PLACE, _HOUSE = ScopeKind.BOOK, ScopeKind.PLACE, ScopeKind.HOUSE

ROLES: Mapping[Role, RoleTerm] = {
    row.role: row
    for row in (
        _term(Role.ACCOUNTANT, "Accountant", "会计", [Duty.BOOKS], [_BOOK, _PLACE]),
        _term(Role.REVIEWER, "Reviewer", "审核", [Duty.BOOKS, Duty.DIRECTION], [_BOOK, _PLACE]),
        _term(Role.CASHIER, "Cashier", "出纳", [Duty.CASH], [_BOOK, _PLACE]),
        _term(Role.CHAIR, "Chair", "理事长", [Duty.DIRECTION], [_BOOK]),
        _term(Role.SCOREKEEPER, "Scorekeeper", "计分员", [Duty.HANDLING], [_BOOK]),
        _term(Role.TOWNSHIP_OFFICER, "Township officer", "乡镇干部", [Duty.OVERSIGHT], [_PLACE, _HOUSE]),
        _term(Role.AUDITOR, "Auditor", "审计", [Duty.SUPERVISION], [_BOOK, _PLACE, _HOUSE]),
        _term(Role.HOUSEHOLD, "Household", "农户", [], [_BOOK]),
        _term(Role.ADMINISTRATOR, "Administrator", "管理员", [Duty.ADMINISTRATION], [_PLACE, _HOUSE]),
    )
}
"""Each role, the duties it may be part of, and the scopes it is given for. A role of no duty goes with any other."""


class DeedRow(Value):
    """One row of the table: a deed, what it means, and the roles that may do it."""

    deed: Deed
    says: str
    roles: frozenset[Role]


_LETTERS = {
    "A": Role.ACCOUNTANT,
    "R": Role.REVIEWER,
    "C": Role.CASHIER,
    "H": Role.CHAIR,
    "K": Role.SCOREKEEPER,
    "O": Role.TOWNSHIP_OFFICER,
    "U": Role.AUDITOR,
    "F": Role.HOUSEHOLD,
    "M": Role.ADMINISTRATOR,
}


def _row(deed: Deed, letters: str, says: str) -> DeedRow:
    return DeedRow(
        deed=deed, says=says, roles=frozenset(_LETTERS[letter] for letter in letters if letter != " ")
    )


TABLE: tuple[DeedRow, ...] = (
    #                           A R C H K O U F M
    _row(Deed.SEE_BOOK,         "A R C H   O U    ", "See vouchers, ledgers, statements and periods"),
    _row(Deed.SEE_REGISTER,     "A R C H K O U    ", "See members, shares and labour, identity data masked"),
    _row(Deed.SEE_EVIDENCE,     "A R C H   O U    ", "See scans and files"),
    _row(Deed.SEE_TOWNSHIP,     "          O U    ", "See the villages of a township side by side"),
    _row(Deed.SEE_PLACES,       "          O U   M", "See the places of one's own part of the tree"),
    _row(Deed.KEEP_PLACES,      "          O     M", "Enter, rename and end the places below one's own"),
    _row(Deed.SEE_STATEMENT,    "A R C H   O U F  ", "See what a household is told; a household sees its own only"),
    _row(Deed.READ_LOG,         "A R   H   O U    ", "Read the operation log of a book"),
    _row(Deed.EXPORT_BOOK,      "A R   H   O U    ", "Take the whole book out"),
    _row(Deed.UNMASK_IDENTITY,  "A R C       U    ", "See an identity, account or telephone number in full; each time logged"),
    _row(Deed.RUN_CHECK,        "A R   H   O U   M", "Prove a book"),
    _row(Deed.CHECK_VOUCHERS,   "          O U    ", "Say of a voucher drawn for a spot check what is found, return an answer and close a finding"),
    _row(Deed.DRAFT_VOUCHER,    "A                ", "Prepare, change and withdraw a voucher"),
    _row(Deed.REVIEW_VOUCHER,   "  R              ", "Review a voucher, or send it back"),
    _row(Deed.POST_VOUCHER,     "A                ", "Post a reviewed voucher"),
    _row(Deed.REVERSE_VOUCHER,  "A                ", "Prepare the red voucher that reverses a posted one"),
    _row(Deed.SIGN_AS_CASHIER,  "    C            ", "Sign a receipt or payment voucher as cashier"),
    _row(Deed.ATTACH_EVIDENCE,  "A R              ", "Attach a scan or file to a voucher"),
    _row(Deed.CLOSE_MONTH,      "A                ", "Close a month"),
    _row(Deed.REVIEW_CLOSING,   "  R              ", "Review a closing, as the second person"),
    _row(Deed.REOPEN_MONTH,     "  R              ", "Open the last closed month again, as the second person"),
    _row(Deed.SETTLE_YEAR,      "A                ", "Post the settlement stage of a year, and seal it"),
    _row(Deed.OPEN_BOOK,        "A                ", "Open a new book in a place"),
    _row(Deed.IMPORT_PACK,      "A                ", "Import a hand-over pack"),
    _row(Deed.ENTER_OPENINGS,   "A                ", "Enter the opening balances"),
    _row(Deed.KEEP_ACCOUNTS,    "A                ", "Add sub-accounts, close and open accounts"),
    _row(Deed.KEEP_DETAILS,     "A                ", "Add counterparties, items, projects and batches"),
    _row(Deed.KEEP_REGISTER,    "A                ", "Change what the register says of a member"),
    _row(Deed.KEEP_ASSETS,      "A                ", "Keep the cards of fixed assets"),
    _row(Deed.RECONCILE_BANK,   "A R              ", "Import bank statements and match them"),
    _row(Deed.COUNT_CASH,       "    C            ", "Record the daily count of the cash"),
    _row(Deed.ANSWER_FINDING,   "A                ", "Answer what a spot check found"),
    _row(Deed.KEEP_CONTRACTS,   "A                ", "Keep the collective's inventory, contracts and project money"),
    _row(Deed.CONFIRM_COUNT,    "  R   H          ", "Confirm the yearly count of what the collective has, as the second person"),
    _row(Deed.CONFIRM_REGISTER, "  R              ", "Confirm what the register's acts write, as the second person"),
    _row(Deed.KEEP_RECORDS,     "A       K        ", "Record members' trade, work days and animals"),
    _row(Deed.KEEP_SCORES,      "A                ", "Name managers and enter ballots"),
    _row(Deed.KEEP_POLICIES,    "A     H          ", "Record what charter and meeting chose"),
    _row(Deed.APPROVE_POLICIES, "          O      ", "Approve what charter and meeting chose, as the second person"),
    _row(Deed.KEEP_TOWNSHIP_POLICIES,    "          O      ", "Record a township's bonus, reward schemes and income rules, whom they look at, and a place's thresholds"),
    _row(Deed.APPROVE_TOWNSHIP_POLICIES, "          O      ", "Approve a township's bonus, reward schemes and income rules and a place's thresholds, as the second person"),
    _row(Deed.PREPARE_RUN,      "A                ", "Prepare a run and submit it"),
    _row(Deed.PUBLISH_RUN,      "A     H          ", "Put a submitted run on notice"),
    _row(Deed.APPROVE_RUN,      "          O      ", "Approve a run, or return it"),
    _row(Deed.POST_RUN,         "A                ", "Post an approved run"),
    _row(Deed.REVERT_RUN,       "          O      ", "Undo a posted run while nothing is paid"),
    _row(Deed.MAKE_BATCH,       "A                ", "Make a batch of a posted run, or void one that was not sent"),
    _row(Deed.SEND_BATCH,       "    C            ", "Send a batch another person made"),
    _row(Deed.TAKE_BATCH_FILE,  "A   C            ", "Take the bank's file of a batch, accounts in full; each time logged"),
    _row(Deed.TAKE_ANSWERS,     "A   C            ", "Take what the bank says of a batch, or who signed for cash"),
    _row(Deed.ISSUE_CARDS,      "A                ", "Print a household's card, and replace a lost one"),
    _row(Deed.FILE_APPEAL,      "              F  ", "Say that one does not agree with one's line"),
    _row(Deed.RECORD_APPEAL,    "A         O      ", "Record an appeal that came on paper, with its scan"),
    _row(Deed.CAST_BALLOT,      "              F  ", "Rate the managers, for the members of one's own household"),
    _row(Deed.ANSWER_APPEAL,    "          O      ", "Answer what a household does not agree with"),
    _row(Deed.KEEP_ALERTS,      "          O      ", "Say who was told of an alert, and close one whose year is over"),
    _row(Deed.EXPLAIN_ALERT,    "A                ", "Explain an alert of the village"),
    _row(Deed.COLLECT_FIGURES,  "          O      ", "Collect figures from outside, and say why doubted ones are kept"),
    _row(Deed.REVIEW_FIGURES,   "          O      ", "Review figures another collected, return or enter them"),
    _row(Deed.KEEP_WEBHOOKS,    "A         O     M", "Have other programs told of what happens (webhooks)"),
    _row(Deed.MANAGE_PEOPLE,    "                M", "Create logins, renew and close them"),
    _row(Deed.GRANT_ROLES,      "                M", "Propose roles, and take them back"),
    _row(Deed.CONSENT_TO_ROLES, "      H   O     M", "Consent to a role another person proposed"),
    _row(Deed.MANAGE_TOKENS,    "                M", "See and end the sessions and tokens of others"),
    _row(Deed.READ_HOUSE_LOG,   "            U   M", "Read the operation log of the house"),
    _row(Deed.BACK_UP,          "                M", "Take a backup"),
    _row(Deed.READ_METRICS,     "                M", "Read the figures of the running service"),
    _row(Deed.KEEP_OWN_LOGIN,   "A R C H K O U   M", "Keep one's own password, second factor, sessions and tokens"),
    _row(Deed.FINISH_SIGN_IN,   "A R C H K O U F M", "Give the code of the second factor, and sign out"),
)  # fmt: skip
"""Every deed and who may do it."""

DEEDS: Mapping[Role, frozenset[Deed]] = {
    role: frozenset(row.deed for row in TABLE if role in row.roles) for role in Role
}
"""The same table by role."""

MONEY = frozenset(
    {
        Deed.DRAFT_VOUCHER, Deed.REVIEW_VOUCHER, Deed.POST_VOUCHER, Deed.REVERSE_VOUCHER, Deed.SIGN_AS_CASHIER,
        Deed.ATTACH_EVIDENCE, Deed.CLOSE_MONTH, Deed.REVIEW_CLOSING, Deed.REOPEN_MONTH, Deed.SETTLE_YEAR,
        Deed.OPEN_BOOK, Deed.IMPORT_PACK, Deed.ENTER_OPENINGS, Deed.KEEP_ACCOUNTS, Deed.KEEP_DETAILS,
        Deed.KEEP_REGISTER, Deed.KEEP_ASSETS, Deed.RECONCILE_BANK, Deed.COUNT_CASH,
        Deed.KEEP_CONTRACTS, Deed.CONFIRM_COUNT, Deed.CONFIRM_REGISTER, Deed.KEEP_SCORES, Deed.KEEP_POLICIES, Deed.APPROVE_POLICIES, Deed.PREPARE_RUN,
        Deed.KEEP_TOWNSHIP_POLICIES, Deed.APPROVE_TOWNSHIP_POLICIES,
        Deed.PUBLISH_RUN, Deed.APPROVE_RUN, Deed.POST_RUN, Deed.REVERT_RUN, Deed.RECORD_APPEAL, Deed.ANSWER_APPEAL,
        Deed.MAKE_BATCH, Deed.SEND_BATCH, Deed.TAKE_BATCH_FILE, Deed.TAKE_ANSWERS,
    }
)  # fmt: skip
"""Deeds that move value, or decide what the books say."""

POWER = frozenset({Deed.MANAGE_PEOPLE, Deed.GRANT_ROLES, Deed.CONSENT_TO_ROLES, Deed.MANAGE_TOKENS})
"""Deeds that decide what others may do."""

CONSENTED = frozenset(
    role for role in Role if DEEDS[role] & (MONEY | POWER | {Deed.UNMASK_IDENTITY, Deed.BACK_UP})
)
"""Roles in force only with a second person's consent, and only for a login whose owner's identity is known."""

SECOND_FACTOR = frozenset({Role.TOWNSHIP_OFFICER})
"""Roles that sleep until their holder has proved a second factor in this session (API.md, Auth)."""

OF_EVERYBODY = frozenset({Deed.KEEP_OWN_LOGIN, Deed.FINISH_SIGN_IN})
"""What every person with a login may do, whatever his roles; who got in with a household's card only signs out."""

NEVER_BY_TOKEN = POWER | OF_EVERYBODY
"""What a person does in person: no token makes people, roles or tokens."""


def printed_table() -> str:
    """The table roles x deeds as Markdown, with the duties, scopes and consents of each role: docs/deeds.md."""
    heads = [f"{row.says} {row.term}" for row in ROLES.values()]
    lines = ["| deed | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    lines += [
        f"| {row.says} `{row.deed}` | " + " | ".join("●" if role in row.roles else "" for role in Role) + " |"
        for row in TABLE
    ]
    lines += ["", "| role | duty on one book | given for | consent of a second person |", "|---|---|---|---|"]
    lines += [
        f"| {row.says} {row.term} `{row.role}` | {_listed(row.duties, Duty) or 'none: goes with any'} "
        f"| {_listed(row.scopes, ScopeKind)} | {'needed' if row.role in CONSENTED else 'not needed'} |"
        for row in ROLES.values()
    ]
    return "\n".join(lines) + "\n"


def _listed(chosen: frozenset[_Word], order: type[_Word]) -> str:
    return ", ".join(str(one) for one in order if one in chosen)


# Faults, in reporting order


login_name_must_be_new = Fault(
    code="login_name_must_be_new", says="There is a login {login} already.", remedy="Choose another name."
)
identity_must_have_one_login = Fault(
    code="identity_must_have_one_login",
    says="This identity ({identity}) has a login already.",
    remedy="Give the roles to the login this person has, or renew it.",
)
person_must_have_one_login = Fault(
    code="person_must_have_one_login",
    says="Person {person} has a login already.",
    remedy="Give the roles to that login, or renew it.",
)
person_must_be_known = Fault(
    code="person_must_be_known",
    says="The papers know no person {person}.",
    remedy="Leave the person out, and a new one is written down.",
)
login_must_be_renewed_by_another = Fault(
    code="login_must_be_renewed_by_another",
    says="Nobody gives himself a set-up code.",
    remedy="Ask another administrator.",
)
identity_must_be_a_citizens = Fault(
    code="identity_must_be_a_citizens",
    says="{identity} is no identity number: 18 marks, a day of birth and a check mark (GB 11643).",
    remedy="Copy it again from the identity card.",
)
login_must_be_there = Fault(
    code="login_must_be_there", says="Person {person} has no login.", remedy="Create the login first."
)
login_must_be_open = Fault(
    code="login_must_be_open",
    says="The login {login} is closed.",
    remedy="Renew it with a set-up code first.",
)
login_must_be_set_up = Fault(
    code="login_must_be_set_up",
    says="{login} has no password of its owner's own yet.",
    remedy="Consent when the owner has used the set-up code: before that somebody else could use it.",
)
identity_must_be_known = Fault(
    code="identity_must_be_known",
    says="A {role} is given only to somebody whose identity is known: one login per identity.",
    remedy="Enter the identity number of {login} first.",
)
person_must_be_within_reach = Fault(
    code="person_must_be_within_reach",
    says="Person {person} has roles beyond your place ({scope}).",
    remedy="Ask an administrator of the house.",
)
grantor_must_be_another = Fault(
    code="grantor_must_be_another",
    says="Nobody gives a role to himself.",
    remedy="Ask another administrator.",
)
role_must_fit_its_scope = Fault(
    code="role_must_fit_its_scope",
    says="A {role} is not given for {scope}.",
    remedy="Give it for one of: {kinds}.",
)
scope_must_be_there = Fault(
    code="scope_must_be_there",
    says="There is no {scope}.",
    remedy="Look the book or the place up in their lists.",
)
role_must_be_new = Fault(
    code="role_must_be_new",
    says="This person is {role} of {scope} already, or waits for consent to it.",
    remedy="Nothing is left to do, or give the consent.",
)
duties_must_be_apart = Fault(
    code="duties_must_be_apart",
    says="A {role} of {scope} cannot also be {other} of {other_scope}: the duties are kept apart.",
    remedy="Choose another person, or take the other role back first.",
)
household_must_get_a_card = Fault(
    code="household_must_get_a_card",
    says="This is the login of a household; it has a card, no set-up code and no identity number.",
    remedy="Have the accountant print a new card.",
)
deed_must_be_allowed = Fault(
    code="deed_must_be_allowed",
    says="Your roles do not allow this ({deed}).",
    remedy="Ask somebody whose role allows it, or the administrator for the role.",
)
grant_must_be_there = Fault(
    code="grant_must_be_there", says="There is no grant {grant}.", remedy="Look it up in the list of roles."
)
grant_must_wait_for_consent = Fault(
    code="grant_must_wait_for_consent",
    says="Grant {grant} does not wait for consent: it is {state}.",
    remedy="Nothing is left to do.",
)
grant_must_not_be_over = Fault(
    code="grant_must_not_be_over", says="Grant {grant} is ended already.", remedy="Nothing is left to do."
)
consent_must_be_anothers = Fault(
    code="consent_must_be_anothers",
    says="Who proposed a role, or is to hold it, cannot consent to it.",
    remedy="A second person consents: the chair, the township officer, or another administrator.",
)
password_must_be_long = Fault(
    code="password_must_be_long",
    says="The password has {length} characters; it needs at least {least}.",
    remedy="Take several words.",
)
password_must_not_be_too_long = Fault(
    code="password_must_not_be_too_long",
    says="The password has {length} characters; it may have {most}.",
    remedy="Take a shorter one.",
)
password_must_be_hard_to_guess = Fault(
    code="password_must_be_hard_to_guess",
    says="The password is too easy to guess.",
    remedy="Take several words; not the login name, not a row of keys, not one character again and again.",
)
sign_in_must_succeed = Fault(
    code="sign_in_must_succeed",
    says="Login name, password or code is wrong.",
    remedy="Try again, or ask the administrator for a set-up code.",
)
password_must_be_right = Fault(
    code="password_must_be_right",
    says="The password is wrong.",
    remedy="Enter the password you sign in with now.",
)
code_must_be_right = Fault(
    code="code_must_be_right",
    says="The code does not belong to this key.",
    remedy="Wait for the next code of the authenticator and enter that; see that its clock is right.",
)
second_factor_must_be_given = Fault(
    code="second_factor_must_be_given",
    says="This login needs the code of its second factor as well.",
    remedy="Enter the six digits of the authenticator, or a recovery code.",
)
attempts_must_be_few = Fault(
    code="attempts_must_be_few",
    says="Too many attempts to sign in. Try again in {seconds} seconds.",
    remedy="Wait, or ask the administrator for a set-up code.",
)
caller_must_be_signed_in = Fault(
    code="caller_must_be_signed_in",
    says="Sign in first: there is no session or token, or it has ended.",
    remedy="Sign in again, or renew the token.",
)
form_must_be_of_this_session = Fault(
    code="form_must_be_of_this_session",
    says="This form does not belong to your session.",
    remedy="Load the page again and repeat it.",
)
session_must_be_there = Fault(
    code="session_must_be_there", says="There is no session {session}.", remedy="It may have ended already."
)
invitation_must_hold = Fault(
    code="invitation_must_hold",
    says="This set-up code is unknown, used or too old.",
    remedy="Ask the administrator for a new one.",
)
token_must_be_there = Fault(
    code="token_must_be_there", says="There is no token {token}.", remedy="It may have ended already."
)
token_must_end = Fault(
    code="token_must_end",
    says="A token ends within {days} days, and later than now.",
    remedy="Choose an earlier end.",
)
token_must_have_deeds = Fault(
    code="token_must_have_deeds", says="A token needs at least one deed.", remedy="Name what it shall do."
)
token_deed_must_be_its_owners = Fault(
    code="token_deed_must_be_its_owners",
    says="The token cannot be given {deed}: its owner may not do that there, or it is done in person only.",
    remedy="Leave it out.",
)

# What a role reaches


def covers(scope: Scope, *, book: BookId, place: Place) -> bool:
    """Whether a role of this scope reaches the book that lies there."""
    match scope.kind:
        case ScopeKind.HOUSE:
            return True
        case ScopeKind.BOOK:
            return scope.code == book
        case ScopeKind.PLACE:
            return place.village.startswith(scope.code) or place.township.startswith(scope.code)


def covers_place(scope: Scope, code: str) -> bool:
    """Whether a role of this scope reaches everything in the place of this code; ``""`` is the whole house."""
    return scope.kind is ScopeKind.HOUSE or (
        scope.kind is ScopeKind.PLACE and bool(code) and code.startswith(scope.code)
    )


def reaches(scope: Scope, *, wanted: Scope, places: Mapping[BookId, Place]) -> bool:
    """Whether everything in ``wanted`` lies within ``scope``."""
    if wanted.kind is ScopeKind.BOOK:
        return covers(scope, book=wanted.code, place=places.get(wanted.code, Place()))
    return covers_place(scope, wanted.code)


def overlap(one: Scope, other: Scope, *, places: Mapping[BookId, Place]) -> bool:
    """Whether two scopes have a book in common, now or later."""
    return reaches(one, wanted=other, places=places) or reaches(other, wanted=one, places=places)


# What a person may do


def sees(who: Rights, *, book: BookId, place: Place) -> bool:
    """Whether this book exists for ``who`` at all."""
    if who.books is not None and book not in who.books:
        return False
    return any(covers(held.scope, book=book, place=place) for held in who.held)


def sees_place(who: Rights, *, code: str) -> bool:
    """Whether ``who`` has anything to do with a place as a whole; a token for single books has not."""
    return who.books is None and any(covers_place(held.scope, code) for held in who.held)


def deeds_on(who: Rights, *, book: BookId, place: Place) -> frozenset[Deed]:
    """What ``who`` may do on a book."""
    if who.books is not None and book not in who.books:
        return frozenset()
    roles = (held.role for held in who.held if covers(held.scope, book=book, place=place))
    return _narrowed(who, roles)


def deeds_at(who: Rights, *, code: str) -> frozenset[Deed]:
    """What ``who`` may do in a place as a whole; ``""`` is the whole house. A token for single books does nothing
    there."""
    if who.books is not None:
        return frozenset()
    return _narrowed(who, (held.role for held in who.held if covers_place(held.scope, code)))


def deeds_anywhere(who: Rights) -> frozenset[Deed]:
    """What ``who`` may do on some book or place, for lists that show to each his own. A person without any role keeps
    at least his own login."""
    deeds = _narrowed(who, (held.role for held in who.held))
    if who.deeds is not None or is_household(who):
        return deeds
    return deeds | OF_EVERYBODY


def is_household(who: Rights) -> bool:
    """Whether this is somebody who got in with a household's card, and is nothing else to the house."""
    return bool(who.held) and all(held.role is Role.HOUSEHOLD for held in who.held)


def deeds_over(who: Rights, *, scope: Scope, places: Mapping[BookId, Place]) -> frozenset[Deed]:
    """What ``who`` may do on everything a scope reaches."""
    if scope.kind is ScopeKind.BOOK:
        return deeds_on(who, book=scope.code, place=places.get(scope.code, Place()))
    return deeds_at(who, code=scope.code)


def _narrowed(who: Rights, roles: Iterable[Role]) -> frozenset[Deed]:
    deeds = frozenset[Deed]().union(*(DEEDS[role] for role in roles))
    return deeds if who.deeds is None else deeds & who.deeds


def in_force(held: Sequence[Held], *, second_factor: bool) -> tuple[Held, ...]:
    """The roles that are awake in a session: those of an officer only after the second factor."""
    if second_factor:
        return tuple(held)
    return tuple(one for one in held if one.role not in SECOND_FACTOR)


# Segregation of duties


def may_go_together(roles: Iterable[Role]) -> bool:
    """Whether one person may have all these roles on one book: there is a duty they all fit."""
    return bool(_common_duties(roles))


def duty_of(roles: Iterable[Role]) -> Duty | None:
    """The duty these roles fit, None for roles of no duty. Asked only of roles that go together."""
    bound = [role for role in roles if ROLES[role].duties]
    if not bound:
        return None
    common = _common_duties(bound)
    assert common, "roles that do not go together are refused before they are held"
    return next(duty for duty in Duty if duty in common)


def _common_duties(roles: Iterable[Role]) -> frozenset[Duty]:
    common = frozenset(Duty)
    for role in roles:
        common &= ROLES[role].duties or common
    return common


def duties_at_odds(
    wanted: Held, held: Iterable[Held], *, places: Mapping[BookId, Place]
) -> tuple[Problem, ...]:
    """Each role a person has that cannot go with the wanted one, because the scopes meet and the duties differ.

    Roles are judged together: a reviewer who is chair cannot become accountant, although a reviewer could.
    """
    meeting = [one for one in held if overlap(one.scope, wanted.scope, places=places)]
    if may_go_together({wanted.role, *(one.role for one in meeting)}):
        return ()
    pairs = [one for one in meeting if not may_go_together({wanted.role, one.role})] or meeting
    return tuple(
        duties_must_be_apart.at(
            "/role", role=wanted.role, scope=wanted.scope, other=one.role, other_scope=one.scope
        )
        for one in pairs
    )


class GrantFacts(Value):
    """What the database knows about a grant before it is judged."""

    login: str | None
    login_open: bool
    login_set_up: bool
    identity_known: bool
    scope_exists: bool
    held: tuple[Held, ...]
    waiting: tuple[Held, ...]
    places: Mapping[BookId, Place]
    administrators: int


def faults_of_managing(
    person: PersonId, roles: Iterable[Held], *, by: Rights, places: Mapping[BookId, Place]
) -> tuple[Problem, ...]:
    """Each role of a person beyond the reach of an administrator who would renew, close or identify his login: whoever
    renews a login could use it."""
    return tuple(
        person_must_be_within_reach.at(person=person, scope=held.scope)
        for held in roles
        if Deed.MANAGE_PEOPLE not in deeds_over(by, scope=held.scope, places=places)
    )


def faults_of_proposal(new: NewGrant, *, by: Rights, facts: GrantFacts) -> tuple[Problem, ...]:
    """Everything that stands against proposing a role."""
    problems: list[Problem] = []
    if facts.login is None:
        problems.append(login_must_be_there.at("/person", person=new.person))
    elif not facts.login_open:
        problems.append(login_must_be_open.at("/person", login=facts.login))
    if facts.login is not None and new.role in CONSENTED and not facts.identity_known:
        problems.append(identity_must_be_known.at("/person", role=new.role, login=facts.login))
    if new.person == by.person:
        problems.append(grantor_must_be_another.at("/person"))
    if new.scope.kind not in ROLES[new.role].scopes:
        kinds = ", ".join(sorted(kind.value for kind in ROLES[new.role].scopes))
        problems.append(
            role_must_fit_its_scope.at("/scope", role=new.role, scope=new.scope.kind, kinds=kinds)
        )
    elif not facts.scope_exists:
        problems.append(scope_must_be_there.at("/scope", scope=new.scope))
    wanted = Held(role=new.role, scope=new.scope)
    if wanted in facts.held or wanted in facts.waiting:
        problems.append(role_must_be_new.at("/role", role=new.role, scope=new.scope))
    else:
        problems += duties_at_odds(wanted, (*facts.held, *facts.waiting), places=facts.places)
    return tuple(problems)


def needs_consent(role: Role, *, by: Rights, administrators: int) -> bool:
    """Whether a second person must consent. The operator of the database makes the house's first administrator
    alone, for there is nobody yet who could consent."""
    first = role is Role.ADMINISTRATOR and by.operator and administrators == 0
    return role in CONSENTED and not first


def faults_of_consent(grant: Grant, *, by: Rights, facts: GrantFacts) -> tuple[Problem, ...]:
    """Everything that stands against a consent: its giver, the state of the grant, and what changed since."""
    problems: list[Problem] = []
    if grant.state is not GrantState.PROPOSED:
        problems.append(grant_must_wait_for_consent.at(grant=grant.id, state=grant.state))
    if by.person in {grant.proposed_by, grant.person}:
        problems.append(consent_must_be_anothers.at())
    if not facts.login_open:
        problems.append(login_must_be_open.at(login=facts.login))
    elif not facts.login_set_up:
        problems.append(login_must_be_set_up.at(login=facts.login))
    wanted = Held(role=grant.role, scope=grant.scope)
    problems += duties_at_odds(wanted, facts.held, places=facts.places)
    return tuple(problems)


# Passwords


LEAST_PASSWORD = 10
MOST_PASSWORD = 200
_ROWS = (
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv",
)
_COMMON = (
    "password",
    "passw0rd",
    "woaini",
    "iloveyou",
    "admin",
    "lianjian",
    "nongcun",
    "hezuoshe",
    "welcome",
)


def faults_of_password(password: str, *, login: str) -> tuple[Problem, ...]:
    """Why a password is not taken. No character classes are asked for: length is what counts (GB/T 22239, NIST
    SP 800-63B), and what everybody tries first is refused."""
    if len(password) < LEAST_PASSWORD:
        return (password_must_be_long.at("/password", length=len(password), least=LEAST_PASSWORD),)
    if len(password) > MOST_PASSWORD:
        return (password_must_not_be_too_long.at("/password", length=len(password), most=MOST_PASSWORD),)
    plain = password.casefold()
    rest = plain.replace(login.casefold(), "")
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        for length in range(len(row), 3, -1):
            for start in range(len(row) - length + 1):
                rest = rest.replace(row[start : start + length], "")
    for word in _COMMON:
        rest = rest.replace(word, "")
    if len(set(plain)) < 5 or len(rest) < 5:
        return (password_must_be_hard_to_guess.at("/password"),)
    return ()


# The limiter of sign-ins


class Limit(Value):
    """So many failures within a while lock for a while."""

    failures: int
    within: timedelta
    locked: timedelta


OF_A_LOGIN = Limit(failures=5, within=timedelta(minutes=15), locked=timedelta(minutes=15))
OF_AN_ADDRESS = Limit(failures=30, within=timedelta(minutes=15), locked=timedelta(minutes=15))
"""A whole township office may come from one address."""
OF_A_CARDS_ADDRESS = Limit(failures=5, within=timedelta(minutes=15), locked=timedelta(minutes=15))
"""Tries with cards are counted by address apart: a PIN has few digits, and one of a thousand households chose 123456."""
HOUSEHOLDS = "household:"
"""How the names of logins begin that belong to a household's card; no name somebody gives a login has a colon."""


def login_of_household(book: BookId, household: str) -> str:
    """The name of a household's login, whatever signs its number is made of.

    >>> login_of_household("qingshui", "HQ009")
    'household:qingshui:4851303039'
    """
    return f"{HOUSEHOLDS}{book}:{household.encode().hex()}"


def seconds_locked(attempts: Attempts, *, at: datetime) -> int:
    """How long this name or address still has to wait, rounded up to whole seconds; 0 when it does not."""
    if not attempts.locked_until:
        return 0
    left = datetime.fromisoformat(attempts.locked_until) - at
    return max(0, -(-left // timedelta(seconds=1)))


def counted(attempts: Attempts, limit: Limit, *, at: datetime) -> Attempts:
    """The count with one more attempt, taken before it is known whether it succeeds: attempts made side by side
    cannot pass the limit together. The last one allowed locks, and its success opens the lock again."""
    begun = datetime.fromisoformat(attempts.since) if attempts.since else at
    fresh = not attempts.since or at - begun >= limit.within or bool(attempts.locked_until)
    failures = 1 if fresh else attempts.failures + 1
    return Attempts(
        failures=failures,
        since=instant(at) if fresh else attempts.since,
        locked_until=instant(at + limit.locked) if failures >= limit.failures else "",
    )


def uncounted(attempts: Attempts, limit: Limit) -> Attempts:
    """The count without the attempt that succeeded after all."""
    failures = max(0, attempts.failures - 1)
    locked = attempts.locked_until if failures >= limit.failures else ""
    return Attempts(failures=failures, since=attempts.since if failures else "", locked_until=locked)


# Sessions and tokens


IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
FOR_THE_CODE = timedelta(minutes=5)
"""How long a session may wait for its second factor."""
STAMPED_EVERY = timedelta(minutes=1)
"""How exactly the last use of a session or token is written down: a stamp a minute, not a write a request."""
INVITED_FOR = timedelta(days=7)
LONGEST_TOKEN = timedelta(days=366)


def session_lives(session: Session, *, at: datetime) -> bool:
    """Whether a session has neither reached its end nor lain idle too long."""
    return (
        at < datetime.fromisoformat(session.ends_at) and at - datetime.fromisoformat(session.seen_at) < IDLE
    )


def token_lives(token: Token, *, at: datetime) -> bool:
    """Whether a token is neither ended nor past its day."""
    return token.ended_at is None and at < datetime.fromisoformat(token.until)


def is_due_for_stamp(seen_at: str | None, *, at: datetime) -> bool:
    """Whether the last use is so long ago that it is written down again."""
    return seen_at is None or at - datetime.fromisoformat(seen_at) >= STAMPED_EVERY


def faults_of_token(
    new: NewToken, *, owner: Rights, places: Mapping[BookId, Place], seen: Iterable[BookId], at: datetime
) -> tuple[Problem, ...]:
    """Everything that stands against a token: its end, a book its owner does not see, a deed that is not his.

    ``seen`` are those of the named books its owner sees.
    """
    problems: list[Problem] = []
    try:
        until = datetime.fromisoformat(new.until)
    except ValueError:
        until = at
    if until.tzinfo is None or not at < until <= at + LONGEST_TOKEN:
        problems.append(token_must_end.at("/until", days=LONGEST_TOKEN.days))
    if not new.deeds:
        problems.append(token_must_have_deeds.at("/deeds"))
    there = frozenset(seen)
    for index, book in enumerate(new.books):
        if book not in there:
            problems.append(scope_must_be_there.at(f"/books/{index}", scope=f"book:{book}"))
    allowed = (
        frozenset[Deed]().union(
            *(deeds_on(owner, book=book, place=places.get(book, Place())) for book in new.books)
        )
        if new.books
        else deeds_anywhere(owner)
    )
    problems += [
        token_deed_must_be_its_owners.at(f"/deeds/{index}", deed=deed)
        for index, deed in enumerate(new.deeds)
        if deed not in allowed or deed in NEVER_BY_TOKEN
    ]
    return tuple(problems)


def sealed_identity(vault: Vault, number: str, *, login: str) -> Sealed:
    """The identity number of a login's owner, sealed for that login; refused when it is none (GB 11643), or the vault
    is shut."""
    plain = written(number, IdentityKind.CITIZEN)
    if not is_citizen_number(plain):
        shown = masked(plain, IdentityKind.CITIZEN)
        raise Refusal(identity_must_be_a_citizens.at("/identity", identity=shown))
    return seal(vault, plain, IdentityKind.CITIZEN, owner=identity_owner(login))


def sealed_factor(vault: Vault, key: str, *, person: PersonId) -> Sealed:
    """The key of a second factor, sealed for its owner."""
    return seal(vault, key, IdentityKind.FACTOR, owner=factor_owner(person))


def identity_owner(login: str) -> str:
    """What an identity number of a login is bound to: only in that login's row it opens."""
    return f"login:{login.casefold()}"


def factor_owner(person: PersonId) -> str:
    """What the key of a second factor is bound to."""
    return f"person:{person}"


def operator(person: PersonId) -> Rights:
    """The rights of the operating system's user, who works on the database itself from the command line."""
    house = Held(role=Role.ADMINISTRATOR, scope=Scope(kind=ScopeKind.HOUSE))
    return Rights(person=person, held=(house,), operator=True)
