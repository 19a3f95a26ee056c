"""The acts of the register as data, so that one form and one command can offer all of them.

Which fields an act has follows from its value in ``schemas.register``; here they get their words and the order people
expect. A field's ``name`` is that of the value, and its text travels as in the API: ``1234.50``, ``2025-03-05``, ``8.50``.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from types import NoneType
from typing import Any, get_args, get_origin

import msgspec
from msgspec.structs import replace

from coop.register.rules import is_kept_in, kind_of
from schemas.books import BookKind
from schemas.register import (
    Adjustment,
    AidReceived,
    AidUsed,
    AnyAct,
    CalfShare,
    CashShare,
    Conversion,
    Death,
    Departure,
    Gift,
    HeirNamed,
    Joining,
    LabourShare,
    LandShare,
    PayeeChange,
    Quantification,
    RegisterAct,
    Revaluation,
    TakeBack,
    Transfer,
    WageShare,
    Withdrawal,
)
from schemas.units import Value
from web.i18n.words import N_


class FieldKind(StrEnum):
    """How a field is asked for: a day, a text, yuan, a quantity with two decimals, a whole number, one of some words, yes
    or no; a member, an account or a detail to be looked up; or rows of several fields."""

    DAY = "day"
    TEXT = "text"
    AMOUNT = "amount"
    QUANTITY = "quantity"
    WHOLE = "whole"
    CHOICE = "choice"
    YES_NO = "yes_no"
    MEMBER = "member"
    ACCOUNT = "account"
    DETAIL = "detail"
    ROWS = "rows"


class FormField(Value):
    """A field of an act's form: its label is a message id, ``choices`` are codes with words in ``WORDS``, ``default`` what
    it says when nothing is filled in (None: nothing is), ``rows`` the fields of each of its rows."""

    name: str
    label: str
    kind: FieldKind
    required: bool
    default: str | None = None
    choices: tuple[str, ...] = ()
    rows: tuple["FormField", ...] = ()


class FormGroup(StrEnum):
    """Where an act is offered: contributions, what the cooperative itself is given, changes of holdings, members."""

    CONTRIBUTIONS = "contributions"
    FUND = "fund"
    HOLDINGS = "holdings"
    MEMBERS = "members"


class ActForm(Value):
    """An act as it is offered: ``title`` and ``says`` are message ids."""

    kind: str
    group: FormGroup
    title: str
    says: str
    fields: tuple[FormField, ...]


GROUPS: Mapping[FormGroup, str] = {
    FormGroup.CONTRIBUTIONS: N_("Contributions"),
    FormGroup.FUND: N_("Given to the cooperative"),
    FormGroup.HOLDINGS: N_("Changes of holdings"),
    FormGroup.MEMBERS: N_("Joining, leaving, heirs"),
}
LABELS: Mapping[str, str] = {
    "account": N_("Where it is now (account)"),
    "account_kind": N_("Kind of account"),
    "amount": N_("Amount"),
    "applied_on": N_("Written application of"),
    "bank": N_("Bank branch"),
    "bank_account": N_("Bank account"),
    "batch": N_("Herd batch"),
    "calves": N_("Animals"),
    "card": N_("Asset card"),
    "day_value": N_("Voted value of a day"),
    "days": N_("Work days"),
    "detail": N_("Detail"),
    "ear_tag": N_("Ear tag"),
    "expelled": N_("Expelled by the meeting"),
    "expense_account": N_("Written off to (account)"),
    "expense_detail": N_("Written off to (detail)"),
    "fact": N_("What happened"),
    "giver": N_("Giver"),
    "household": N_("Household number"),
    "households": N_("Households and their shares"),
    "identity": N_("Identity number or credit code"),
    "kind_of_member": N_("Kind of member"),
    "member": N_("Member"),
    "money": N_("Cash or bank account"),
    "money_detail": N_("Which bank account"),
    "movement": N_("Movement of the register"),
    "mu": N_("Mu of land"),
    "name": N_("Name"),
    "note": N_("Note"),
    "number": N_("Member number"),
    "on": N_("Day"),
    "origin": N_("Where it comes from"),
    "originals": N_("Paper originals"),
    "paper": N_("Paper that proves it"),
    "parts": N_("Members and amounts"),
    "payable": N_("Owed on (account)"),
    "phone": N_("Telephone"),
    "poverty_exit": N_("Household lifted out of poverty"),
    "premium": N_("Premium"),
    "price": N_("Voted price"),
    "project": N_("Project"),
    "quantity": N_("Quantity"),
    "relation": N_("Relation to the member"),
    "request": N_("Act of the register"),
    "reserve_share": N_("Reserve share given back"),
    "resolution": N_("Resolution"),
    "rhythm": N_("Rhythm of writing off"),
    "seen": N_("Version seen"),
    "share": N_("Class of share"),
    "source": N_("Source"),
    "to": N_("To member"),
    "total": N_("All of them together, by the resolution (shares)"),
    "units": N_("Income entitlements (shares)"),
    "used_since": N_("In use since"),
    "value": N_("New value"),
    "weight": N_("Weight in kg"),
    "year": N_("Leaves with the year"),
    "years": N_("Years of use"),
}
_KINDS: Mapping[str, FieldKind] = {
    "member": FieldKind.MEMBER,
    "to": FieldKind.MEMBER,
    "account": FieldKind.ACCOUNT,
    "money": FieldKind.ACCOUNT,
    "payable": FieldKind.ACCOUNT,
    "expense_account": FieldKind.ACCOUNT,
    "detail": FieldKind.DETAIL,
    "batch": FieldKind.DETAIL,
    "money_detail": FieldKind.DETAIL,
    "expense_detail": FieldKind.DETAIL,
    "project": FieldKind.DETAIL,
}
REGISTERING = N_("Registering a member")
"""What joining is called where nobody applies for it."""
_ASKED = frozenset({"applied_on"})
"""What a form asks for although the act may leave it out, in another book."""
_LAST = ("resolution", "originals", "note")
"""What every act asks at the end."""


def form_of(kind: str) -> ActForm | None:
    """The form of an act, by its kind."""
    return next((form for form in FORMS if form.kind == kind), None)


def form_in(kind: str, book: BookKind) -> ActForm | None:
    """The form of an act as a book of this kind asks it: a collective's members apply for nothing. None for an act that
    is not kept in such a book."""
    form = form_of(kind)
    if form is None or not is_kept_in(kind, book):
        return None
    if form.kind != "joining" or book is BookKind.COOPERATIVE:
        return form
    return replace(
        form,
        title=REGISTERING,
        says=N_("Who is a member of the collective, and where to pay; nothing is contributed."),
        fields=tuple(field for field in form.fields if field.name != "applied_on"),
    )


def groups_in(book: BookKind) -> tuple[tuple[str, tuple[ActForm, ...]], ...]:
    """The acts a book of this kind offers, by group; a collective's few stand together."""
    offered = [form for form in (form_in(one.kind, book) for one in FORMS) if form is not None]
    if book is BookKind.COLLECTIVE:
        members = [form for form in offered if form.group is FormGroup.MEMBERS]
        entitled = [form for form in offered if form.group is not FormGroup.MEMBERS]
        return (
            (N_("Members, heirs, whom to pay"), tuple(members)),
            (N_("Income entitlements"), tuple(entitled)),
        )
    return tuple(
        (title, tuple(form for form in offered if form.group is group)) for group, title in GROUPS.items()
    )


def kind_word(act: AnyAct) -> str:
    """The title of an act, a message id."""
    form = form_of(kind_of(act))
    assert form is not None, "every act has a form (tests/register/test_forms.py)"
    registers = isinstance(act, Joining) and act.applied_on is None
    return REGISTERING if registers else form.title


def _form(act: type[RegisterAct], group: FormGroup, title: str, says: str) -> ActForm:
    fields = _fields(act)
    ordered = sorted(fields, key=lambda field: (_LAST.index(field.name) + 1) if field.name in _LAST else 0)
    return ActForm(
        kind=str(act.__struct_config__.tag), group=group, title=title, says=says, fields=tuple(ordered)
    )


def _fields(of: type[msgspec.Struct]) -> list[FormField]:
    return [_field(field) for field in msgspec.structs.fields(of)]


def _field(field: msgspec.structs.FieldInfo) -> FormField:
    plain, unit = _parts(field.type)
    rows: tuple[FormField, ...] = ()
    choices: tuple[str, ...] = ()
    if field.name in _KINDS:
        kind = _KINDS[field.name]
    elif get_origin(plain) is tuple:
        kind, rows = FieldKind.ROWS, tuple(_fields(get_args(plain)[0]))
    elif unit is not None:
        kind = FieldKind.AMOUNT if unit == "fen" else FieldKind.QUANTITY
    elif isinstance(plain, type) and issubclass(plain, StrEnum):
        kind, choices = FieldKind.CHOICE, tuple(word.value for word in plain)
    else:
        kind = {date: FieldKind.DAY, bool: FieldKind.YES_NO, int: FieldKind.WHOLE}.get(plain, FieldKind.TEXT)
    default = None if field.default in {msgspec.NODEFAULT, None, ""} else field.default
    return FormField(
        name=field.name,
        label=LABELS[field.name],
        kind=kind,
        required=field.required or field.name in _ASKED,
        default=None if default is None or default == 0 else str(default),
        choices=choices,
        rows=rows,
    )


def _parts(of: Any) -> tuple[Any, str | None]:
    """A type without its annotations and its null, and the unit they name."""
    if type(None) in get_args(of):
        (of,) = (part for part in get_args(of) if part is not NoneType)
    notes = getattr(of, "__metadata__", ())
    units = [note.extra["unit"] for note in notes if note.extra and "unit" in note.extra]
    plain = of.__origin__ if notes else of
    return plain, units[-1] if units else None


FORMS: tuple[ActForm, ...] = (
    _form(
        CashShare,
        FormGroup.CONTRIBUTIONS,
        N_("Cash share"),
        N_(
            "A member pays money in. What a backer, a donor or the state gave is paid in by the collective it was given to."
        ),
    ),
    _form(
        LandShare,
        FormGroup.CONTRIBUTIONS,
        N_("Land share"),
        N_("The right to use land, valued by the meeting; it gets a card that writes it off year by year."),
    ),
    _form(
        CalfShare,
        FormGroup.CONTRIBUTIONS,
        N_("Calf share"),
        N_("Animals by ear tag, granted to the household or its own; they enter the herd."),
    ),
    _form(
        LabourShare,
        FormGroup.CONTRIBUTIONS,
        N_("Labour share"),
        N_(
            "Counts when surplus is shared out. It is no capital: no voucher, no vote, nothing to be paid back."
        ),
    ),
    _form(
        WageShare,
        FormGroup.CONTRIBUTIONS,
        N_("Wages paid in as a cash share"),
        N_("The lawful way from labour to capital: wages owed are paid, then paid in; two vouchers."),
    ),
    _form(
        Gift,
        FormGroup.FUND,
        N_("Donation or aid in kind"),
        N_("Given to the cooperative itself: it becomes the special fund and nobody's share."),
    ),
    _form(
        AidReceived,
        FormGroup.FUND,
        N_("State aid received"),
        N_("Money for a project, owed until it is used."),
    ),
    _form(
        AidUsed,
        FormGroup.FUND,
        N_("State aid used"),
        N_("What was bought with it is a voucher of its own; here the aid becomes the special fund."),
    ),
    _form(
        Transfer,
        FormGroup.HOLDINGS,
        N_("Transfer to another member"),
        N_("Both sides in one act; the value goes with the quantity."),
    ),
    _form(
        Conversion,
        FormGroup.HOLDINGS,
        N_("Conversion into capital"),
        N_("Distributions owed, or reserve shares, become capital by resolution."),
    ),
    _form(
        Revaluation,
        FormGroup.HOLDINGS,
        N_("Revaluation by a meeting"),
        N_("What a member's shares of a class are worth from now on."),
    ),
    _form(
        Withdrawal,
        FormGroup.HOLDINGS,
        N_("Settlement of a leaver"),
        N_(
            "After membership ended: capital and the reserve share the charter gives back become payable, labour shares lapse."
        ),
    ),
    _form(
        Quantification,
        FormGroup.HOLDINGS,
        N_("Quantification of income entitlements"),
        N_(
            "What each household named holds from that day on, by the assembly's resolution; who is not named keeps what he has."
        ),
    ),
    _form(
        Adjustment,
        FormGroup.HOLDINGS,
        N_("Change of income entitlements by a fact"),
        N_(
            "A birth, a marriage, a death, an inheritance or a correction: what comes to the household, or leaves it with a minus."
        ),
    ),
    _form(
        TakeBack,
        FormGroup.HOLDINGS,
        N_("Taking a wrong act back"),
        N_("Everything it wrote, its vouchers in red. Name the act, or one movement of an import."),
    ),
    _form(
        Joining,
        FormGroup.MEMBERS,
        N_("Joining"),
        N_("By written application and resolution."),
    ),
    _form(
        Departure,
        FormGroup.MEMBERS,
        N_("Leaving"),
        N_(
            "By written notice, three months before the fiscal year ends, a unit six; membership ends on 31 December."
        ),
    ),
    _form(
        Death,
        FormGroup.MEMBERS,
        N_("Death of a member"),
        N_("Membership ends that day; what is owed stays owed."),
    ),
    _form(
        HeirNamed,
        FormGroup.MEMBERS,
        N_("Heir"),
        N_("Who is paid what a member who died is owed, with an identity and an account of their own."),
    ),
    _form(
        PayeeChange,
        FormGroup.MEMBERS,
        N_("Change of name, identity or account"),
        N_("Whom and where to pay; empty fields stay as they are."),
    ),
)
"""Every act, in the order it is offered."""
