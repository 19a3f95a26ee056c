"""成员: the list, and one member with shares, account, work and trade. Identity data are masked; seeing one in full wants a
reason and is logged."""

from collections.abc import Sequence
from datetime import date

from coop.daybook import queries as daybook
from coop.herd import queries as herd
from coop.members import actions, queries
from coop.shares import queries as shares
from ledger.balances import queries as balances
from schemas.access import Deed
from schemas.labour import WorkDay
from schemas.members import SecretField
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.shares import ShareClass
from schemas.trade import Trade
from web.api.members import member_must_be_there
from web.pages.naming import names_of, numbers_of
from web.pages.rendering import side_of
from web.pages.route import Shown, Visit, day_from, does, shows

LATEST = 12
"""Work days and trades shown on a member's page; the books of labour and trade have them all."""


@shows("/books/{book}/members", deed=Deed.SEE_REGISTER, asks=("on",))
def list_members(visit: Visit) -> Shown:
    """The members: all that ever were, or those of a day."""
    day = visit.query.get("on", "")
    on: date | None = day_from(day, pointer="/on") if day else None
    held = shares.holdings(visit.db, book=visit.id, as_of=on)
    return visit.page(
        "members.html",
        members=queries.members(visit.db, book=visit.id, on=on),
        held=held,
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
    held = shares.holdings(visit.db, book=visit.id).get(number)
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


def _sealed(visit: Visit, number: str, field: SecretField) -> bool:
    return field in queries.secrets(visit.db, book=visit.id, number=number)


@does("/books/{book}/members/{member}/unmask", deed=Deed.UNMASK_IDENTITY)
async def unmask(visit: Visit) -> Shown:
    """Show one number in full, once, to somebody who says why. It is on this answer only and in no address."""
    number = visit.text_at("member")
    given = visit.field("field")
    field = SecretField(given) if given in list(SecretField) else SecretField.IDENTITY
    try:
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
    except Refusal as refusal:
        return await visit.refused(refusal, _show)
    return await visit.read(lambda: _show(visit, unmasked=(field.value, text)))


handlers = [list_members, show_member, unmask]
