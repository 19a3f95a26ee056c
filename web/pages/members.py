"""成员: the list, and one member with shares, account, work, trade and heirs. Identity data are masked; seeing one in full
wants a reason and is logged. What nobody is paid by is changed here; all else is an act for two persons."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice

from coop.daybook import queries as daybook
from coop.herd import queries as herd
from coop.members import actions, queries
from coop.register import queries as register
from coop.shares import queries as shares
from ledger.balances import queries as balances
from schemas.access import Deed
from schemas.labour import WorkDay
from schemas.members import Member, MemberChange, SecretField
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.shares import ShareClass
from schemas.trade import Trade
from web import free_text, wire
from web.api.members import member_must_be_there
from web.i18n.words import N_
from web.pages.member_account import name_of_work, works_of, years_of
from web.pages.naming import names_of, numbers_of
from web.pages.register import keys_of, waiting_for
from web.pages.rendering import address, see_other, side_of
from web.pages.route import Shown, Visit, day_from, does, shows
from web.register_forms import form_in

ON_A_PAGE = 100
LATEST = 12
"""Work days and trades shown on a member's page; the books of labour and trade have them all."""
OF_A_MEMBER = (
    "cash",
    "land",
    "calf",
    "labour",
    "wages",
    "transfer",
    "conversion",
    "revaluation",
    "payee",
    "leaving",
    "death",
)
OF_A_LEAVER = ("withdrawal", "heir", "payee")
"""The acts offered on the page of a member, and of one who left or died."""


@shows("/books/{book}/members", deed=Deed.SEE_REGISTER, asks=("on", "after"))
def list_members(visit: Visit) -> Shown:
    """The members: all that ever were, or those of a day."""
    day = visit.query.get("on", "")
    on: date | None = day_from(day, pointer="/on") if day else None
    after = visit.query.get("after", "")
    found = queries.members(visit.db, book=visit.id, on=on, after=after, limit=ON_A_PAGE + 1)
    shown = dict(islice(found.items(), ON_A_PAGE))
    path = f"{visit.home}/members"
    made = works_of(visit).of(name_of_work(visit)) if visit.may("export_book") else None
    joining = form_in("joining", visit.at_book.kind)
    assert joining is not None, "every register takes members in"
    return visit.page(
        "members.html",
        joining=joining.title,
        findings=register.membership_findings(visit.db, book=visit.at_book, on=on or visit.on),
        years=years_of(visit),
        made=made,
        members=shown,
        count=sum(queries.kinds(visit.db, book=visit.id, on=on).values()),
        first=address(path, on=on) if after else "",
        next=address(path, on=on, after=max(shown)) if len(found) > ON_A_PAGE else "",
        held=shares.holdings(visit.db, book=visit.id, as_of=on, members=shown),
        on=on,
        villages={one.member: one.village for one in queries.collective_members(visit.db, book=visit.id)},
    )


@shows("/books/{book}/members/{member}", deed=Deed.SEE_REGISTER)
def show_member(visit: Visit) -> Shown:
    """One member."""
    return _show(visit)


def _show(
    visit: Visit,
    problems: Sequence[Problem] = (),
    status: int = 200,
    *,
    unmasked: tuple[str, str] | None = None,
) -> Shown:
    number = visit.text_at("member")
    member = queries.member(visit.db, book=visit.id, number=number)
    if member is None:
        raise Refusal(member_must_be_there.at("/member", member=number), kind=RefusalKind.MISSING)
    held = shares.holdings(visit.db, book=visit.id, members=[number]).get(number)
    accounts = [
        row
        for row in balances.details_between(visit.db, book=visit.id, from_period=0, to_period=299913)
        if row.detail == number
    ]
    work = daybook.entries(visit.db, WorkDay, book=visit.id, member=number)
    trades = daybook.entries(visit.db, Trade, book=visit.id, member=number)
    movements = shares.movements(visit.db, book=visit.id, member=number)
    return visit.page(
        "member.html",
        problems=problems,
        status=status,
        member=member,
        held=held,
        heirs=queries.heirs(visit.db, book=visit.id, member=number),
        offered=_offered(visit, member),
        waiting=waiting_for(visit.db, book=visit.id, member=number),
        today=visit.on,
        classes=list(ShareClass),
        movements=movements,
        numbers=numbers_of(visit, (one.voucher for one in movements)),
        accounts=accounts if visit.may("see_book") else (),
        names=names_of(visit, of_details=[number]),
        work=work,
        trades=trades,
        latest=LATEST,
        animals=[one for one in herd.animals(visit.db, book=visit.id) if one.owner_member == number],
        secrets=[field for field in SecretField if _sealed(visit, number, field)],
        unmasked=unmasked,
        side_of=side_of,
    )


def _offered(visit: Visit, member: Member) -> tuple[tuple[str, str], ...]:
    """The acts that can be prepared for a member: where their form is, and their title."""
    if not visit.may("keep_register"):
        return ()
    gone = member.left_on is not None and member.left_on < visit.on
    offered = []
    for kind in OF_A_LEAVER if gone else OF_A_MEMBER:
        form = form_in(kind, visit.at_book.kind)
        if form is not None:
            offered.append((address(f"{visit.home}/register/new/{kind}", member=member.number), form.title))
    return tuple(offered)


def _sealed(visit: Visit, number: str, field: SecretField) -> bool:
    return field in queries.secrets(visit.db, book=visit.id, number=number)


@does("/books/{book}/members/{member}/unmask", deed=Deed.UNMASK_IDENTITY, again=_show)
async def unmask(visit: Visit) -> Shown:
    """Show one number in full, once, to somebody who says why. It is on this answer only and in no address."""
    number = visit.text_at("member")
    given = visit.field("field")
    field = SecretField(given) if given in list(SecretField) else SecretField.IDENTITY
    text = await visit.write(
        lambda db: actions.unmask(
            db,
            book=visit.id,
            number=number,
            field=field,
            vault=visit.vault,
            by=visit.by,
            reason=visit.field("reason")[:200],
            at=visit.at,
        )
    )
    return await visit.read(lambda: _show(visit, unmasked=(field.value, text)))


@shows("/books/{book}/members/{member}/edit", deed=Deed.KEEP_REGISTER)
def edit_member(visit: Visit) -> Shown:
    """The form of what one person may change."""
    return _show_form(visit)


def _show_form(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    number = visit.text_at("member")
    member = queries.member(visit.db, book=visit.id, number=number)
    if member is None:
        raise Refusal(member_must_be_there.at("/member", member=number), kind=RefusalKind.MISSING)
    sent: Mapping[str, str] = {
        name: visit.field(name) for name in ("household", "phone", "poverty_exit", "note", "seen")
    }
    said = {True: "true", False: "false", None: ""}[member.poverty_exit]
    standing = {
        "household": member.household,
        "phone": "",
        "poverty_exit": said,
        "note": ""
        if SecretField.NOTE in queries.secrets(visit.db, book=visit.id, number=number)
        else member.note,
        "seen": str(member.version),
    }
    return visit.page(
        "member_form.html",
        problems=problems,
        status=status,
        member=member,
        given=sent if visit.form else standing,
        wrong={visit.place_of(problem) for problem in problems},
        payee=address(f"{visit.home}/register/new/payee", member=number),
    )


@does("/books/{book}/members/{member}/edit", deed=Deed.KEEP_REGISTER, again=_show_form, sealed=free_text.NOTE)
async def change_member(visit: Visit) -> Shown:
    """Change it. An empty telephone or note stays as it is: what is sealed is not shown, so it cannot be seen empty."""
    number = visit.text_at("member")
    seen = visit.field("seen")
    poverty = visit.field("poverty_exit")
    if not re.fullmatch(r"[0-9]{1,9}", seen):
        raise Refusal(wire.must_be_whole_number.at("/seen"))
    long = [
        wire.must_not_be_longer.at(f"/{name}", length=len(visit.field(name)), most=most)
        for name, most in (("household", 40), ("phone", 40), ("note", 400))
        if len(visit.field(name)) > most
    ]
    if long:
        raise Refusal(*long)
    wanted = MemberChange(
        household=visit.field("household"),
        phone=visit.field("phone") or None,
        poverty_exit={"true": True, "false": False}.get(poverty),
        note=visit.field("note") or None,
    )
    await visit.write(
        lambda db: actions.change(
            db,
            wanted,
            book=visit.id,
            number=number,
            seen=int(seen),
            vault=keys_of(visit).ready(db, at=visit.at),
            by=visit.by,
            at=visit.at,
        )
    )
    return see_other(f"{visit.home}/members/{number}", notice=N_("Changed."))


handlers = [list_members, show_member, unmask, edit_member, change_member]
