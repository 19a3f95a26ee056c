"""A cooperative with members and its register, and acts in one line each.

a_cooperative(db)                                     the book, M0001 … M0004 households, M0009 the village's collective
act("cash on=2025-03-05 member=M0001 amount=8000.00")   an act of the register
done(db, act(…))                                        prepared by the accountant, confirmed by the reviewer
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine

from coop.members import actions as members
from coop.register import actions
from coop.vault.rules import Vault, vault_key
from ledger.money import yuan
from schemas.members import AccountKind, MemberKind, NewMember
from schemas.register import AnyAct, RegisterRequest
from schemas.shares import NewMovement
from schemas.vouchers import VoucherDraft
from tests.builders import ACCOUNTANT, AT, BOOK, ON, REVIEWER, a_book
from tests.faults import racing
from web import wire

VAULT = Vault((vault_key(bytes(32)),), draw=bytes)
PEOPLE = {
    "M0001": "110105194912310021X",
    "M0002": "11010519491231002X",
    "M0003": "450000197001010012",
    "M0004": "450000198801239872",
}
JOINED = date(2025, 1, 8)
_NUMBERS = frozenset({"years", "request", "movement", "seen", "year", "originals"})


def a_member(number: str, *, kind: MemberKind = MemberKind.HOUSEHOLD, joined: date = JOINED) -> NewMember:
    """A member as a list hands it in."""
    unit = kind is not MemberKind.HOUSEHOLD
    return NewMember(
        number=number,
        household="" if unit else f"H{number[1:]}",
        name=f"王{number[1:]}",
        kind=kind,
        identity="N24500000000791932" if unit else PEOPLE.get(number, f"4500001970010{number[1:]}2"),
        phone="15400002626",
        bank="农村商业银行",
        bank_account="6222000007538161117",
        account_kind=AccountKind.CARD,
        joined_on=joined,
        left_on=None,
        poverty_exit=None,
        note="",
    )


def a_cooperative(db: Connection, *, parties: str = "", openings: str = "") -> None:
    """A cooperative's book with four households and the village's collective as members."""
    a_book(db, parties=f"C001 Q2501 土地 饲料 {parties}".strip(), openings=openings)
    new = [a_member(number) for number in PEOPLE]
    new.append(a_member("M0009", kind=MemberKind.COLLECTIVE))
    members.enter_many(db, new, book=BOOK, vault=VAULT, by=ACCOUNTANT, at=AT)


def act(text: str, **more: Any) -> AnyAct:
    """An act in a line: its kind, then fields as they travel; what is no word is given by name."""
    kind, *fields = text.split()
    said: dict[str, Any] = {"kind": kind, **more}
    for field in fields:
        name, _, value = field.partition("=")
        said[name] = int(value) if name in _NUMBERS else value == "yes" if value in {"yes", "no"} else value
    return wire.read(msgspec.json.encode(said), AnyAct)  # type: ignore[arg-type]


def prepared(db: Connection, one: AnyAct, *, by: int = ACCOUNTANT) -> RegisterRequest:
    """An act prepared."""
    return actions.prepare(db, one, book=BOOK, vault=VAULT, by=by, on=ON, at=AT)


def confirmed(db: Connection, one: RegisterRequest, *, by: int = REVIEWER) -> RegisterRequest:
    """A prepared act, confirmed."""
    return actions.confirm(db, book=BOOK, request=one.request, vault=VAULT, by=by, on=ON, at=AT)


def done(db: Connection, one: AnyAct) -> RegisterRequest:
    """An act prepared and confirmed."""
    return confirmed(db, prepared(db, one))


def said_by(draft: VoucherDraft) -> str:
    """A voucher's lines as the tests write them."""
    return " | ".join(
        " ".join(
            filter(
                None,
                (
                    "" if line.debit else "cr",
                    line.account + (f"/{line.detail}" if line.detail else ""),
                    yuan(line.debit or line.credit),
                    "" if line.quantity is None else f"x{yuan(line.quantity)}",
                    line.movement,
                ),
            )
        )
        for line in draft.lines
    )


def moved_by(movements: Iterable[NewMovement]) -> list[str]:
    """Movements as the tests write them: member, class, act, quantity at price, value, origin, voucher's place."""
    return [
        " ".join(
            filter(
                None,
                (
                    one.member,
                    one.share,
                    one.act,
                    f"{yuan(one.quantity)}@{yuan(one.price)}",
                    yuan(one.value),
                    one.origin,
                    "" if one.voucher is None else f"v{one.voucher}",
                    "" if one.other_side is None else f"to{one.other_side}",
                    "" if one.reverses is None else f"back{one.reverses}",
                ),
            )
        )
        for one in movements
    ]


def the_same_acts(engine: Engine, _seat: racing.Seat) -> racing.Did:
    """Both confirm acts 1 to 10."""
    did: racing.Did = []
    for request in range(1, 11):

        def confirm(db: Connection, request: int = request) -> racing.Answer:
            done = actions.confirm(db, book=BOOK, request=request, vault=VAULT, by=REVIEWER, on=ON, at=AT)
            return request, done.movements[0]

        racing.act(engine, did, "confirm", confirm)
    return did
