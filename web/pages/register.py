"""登记事项: the acts of the register that are offered, those that wait for a second person, and one act with everything
it writes, confirmed 复核 or declined 退回 by somebody else than who prepared it, or withdrawn 作废 by him."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from coop.register import actions, queries, rules
from coop.register.rules import kind_of
from ledger.details import queries as details
from ledger.money import capitals, yuan_grouped
from schemas.access import Deed
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.register import ActState, AnyAct, RegisterRequest, TakeBack
from schemas.units import Value
from schemas.vouchers import VoucherDraft
from web import wire
from web.auth.keys import Keys
from web.database import Connection
from web.i18n import say, say_word
from web.i18n.words import N_
from web.pages.naming import Names, names_of, numbers_of
from web.pages.rendering import address, quantity_text, see_other
from web.pages.route import Shown, Visit, does, shows
from web.register_forms import FieldKind, FormField, form_of, groups_in, kind_word

A_PAGE = 50
MOST_NAMED = 20
"""Members of an act that are named in a list of acts."""


class Listed(NamedTuple):
    """An act in a list: what it is called, whom it concerns, what it moves in fen."""

    request: RegisterRequest
    title: str
    concerns: tuple[str, ...]
    amount: int


class Said(NamedTuple):
    """A line of what was asked for: its label and text, whether it is a figure, and where it leads."""

    label: str
    text: str
    figure: bool = False
    to: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@shows("/books/{book}/register", deed=Deed.SEE_REGISTER, asks=("state", "before"))
def register(visit: Visit) -> Shown:
    """What can be done, what waits, and what was done."""
    given = visit.query.get("state", "")
    state = ActState(given) if given in list(ActState) else None
    before = visit.query.get("before", "")
    if before and not (before.isdecimal() and len(before) <= 15):
        raise wire.Unreadable(wire.must_be_whole_number.at("/before"))
    found = queries.requests(
        visit.db,
        book=visit.id,
        state=state,
        before=int(before) if before else None,
        limit=A_PAGE + 1,
    )
    waiting = queries.requests(visit.db, book=visit.id, state=ActState.WAITING)
    shown = found[:A_PAGE]
    return visit.page(
        "register.html",
        groups=groups_in(visit.at_book.kind),
        waiting=[listed(one) for one in waiting],
        acts=[listed(one) for one in shown],
        state=state,
        states=list(ActState),
        names=names_of(
            visit,
            of_details={number for one in (*shown, *waiting) for number in concerned(one.act)},
            of_people=[person for one in (*shown, *waiting) for person in (one.prepared_by, one.answered_by)],
        ),
        first=address(f"{visit.home}/register", state=state) if before else "",
        next=address(f"{visit.home}/register", state=state, before=shown[-1].request)
        if len(found) > A_PAGE
        else "",
    )


def listed(one: RegisterRequest) -> Listed:
    """An act as lists show it."""
    booked = sum(line.debit for draft in one.writes.vouchers for line in draft.lines)
    moved = sum(abs(movement.value) for movement in one.writes.movements)
    return Listed(one, kind_word(one.act), concerned(one.act)[:MOST_NAMED], booked or moved)


def concerned(act: AnyAct) -> tuple[str, ...]:
    """Whom an act concerns, by number: its members in the order they are named."""
    single = [str(getattr(act, name)) for name in ("member", "to", "number") if hasattr(act, name)]
    return tuple(dict.fromkeys([*single, *(part.member for part in getattr(act, "parts", ()))]))


# One act


@shows("/books/{book}/register/{act}", deed=Deed.SEE_REGISTER)
def show_act(visit: Visit) -> Shown:
    """One act with everything it writes, or wrote."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    one = _act_at(visit)
    waits = one.state is ActState.WAITING
    undone_by = queries.taken_back_by(visit.db, book=visit.id, request=one.request)
    names = written_names(visit, one)
    return visit.page(
        "register_act.html",
        problems=problems,
        status=status,
        one=one,
        title=kind_word(one.act),
        said=said_of(one.act, names, home=visit.home),
        writes=one.writes,
        papers=papers_of(one.writes.vouchers),
        new_details=new_details(visit, one) if waits else (),
        names=names,
        numbers=numbers_of(visit, one.vouchers),
        may_answer=waits and visit.may("confirm_register") and one.prepared_by != visit.by,
        own=waits and one.prepared_by == visit.by,
        may_withdraw=waits and one.prepared_by == visit.by and visit.may("keep_register"),
        undoes=one.act.request if isinstance(one.act, TakeBack) else None,
        undone_by=undone_by,
        may_undo=one.state is ActState.DONE
        and undone_by is None
        and visit.may("keep_register")
        and not isinstance(one.act, TakeBack),
    )


def _act_at(visit: Visit) -> RegisterRequest:
    number = visit.number_at("act")
    one = queries.request(visit.db, book=visit.id, number=number)
    if one is None:
        raise Refusal(rules.request_must_be_there.at("/request", request=number), kind=RefusalKind.MISSING)
    return one


def written_names(visit: Visit, one: RegisterRequest) -> Names:
    """The names of everything an act names and writes."""
    writes = one.writes
    named = {line.detail for draft in writes.vouchers for line in draft.lines}
    named |= {movement.member for movement in writes.movements}
    named |= {*concerned(one.act), *writes.ends}
    form = form_of(kind_of(one.act))
    assert form is not None, "every act has a form"
    named |= {str(getattr(one.act, field.name)) for field in form.fields if field.kind is FieldKind.DETAIL}
    named |= {animal.batch for animal in writes.animals}
    return names_of(visit, of_details=named - {""}, of_people=[one.prepared_by, one.answered_by])


def new_details(visit: Visit, one: RegisterRequest) -> tuple[str, ...]:
    """The details an act brings with it that the book does not have yet."""
    wanted = [detail.code for detail in one.writes.details]
    there = details.known(visit.db, book=visit.id, codes=wanted)
    return tuple(code for code in dict.fromkeys(wanted) if code not in there)


class Paper(Value):
    """A voucher that is not written yet, with its totals as the paper form has them."""

    draft: VoucherDraft
    debit: int
    credit: int
    capitals: str


def papers_of(drafts: Sequence[VoucherDraft]) -> tuple[Paper, ...]:
    """Vouchers as they will stand on paper."""
    made = []
    for draft in drafts:
        debit = sum(line.debit for line in draft.lines)
        credit = sum(line.credit for line in draft.lines)
        made.append(
            Paper(
                draft=draft, debit=debit, credit=credit, capitals=capitals(debit) if debit == credit else ""
            )
        )
    return tuple(made)


def said_of(act: AnyAct, names: Names, *, home: str) -> tuple[Said, ...]:
    """What an act says, field by field; what was left empty is left out."""
    form = form_of(kind_of(act))
    assert form is not None, "every act has a form"
    said = []
    for field in form.fields:
        value = getattr(act, field.name)
        if value in (None, "", 0, (), False) or field.name == "seen":
            continue
        if field.kind is FieldKind.ROWS:
            rows = tuple(
                tuple(_text(inner, getattr(row, inner.name), names) for inner in field.rows) for row in value
            )
            said.append(Said(field.label, str(len(rows)), rows=rows))
            continue
        to = f"{home}/members/{value}" if field.kind is FieldKind.MEMBER else ""
        if form.kind == "reversal" and field.name == "request":
            to = f"{home}/register/{value}"
        said.append(Said(field.label, _text(field, value, names), field.kind in _FIGURES, to))
    return tuple(said)


_FIGURES = frozenset({FieldKind.AMOUNT, FieldKind.QUANTITY, FieldKind.WHOLE, FieldKind.DAY})


def _text(field: FormField, value: object, names: Names) -> str:
    """A field of an act as people read it."""
    if value is None:
        return ""
    match field.kind:
        case FieldKind.AMOUNT if isinstance(value, int):
            return yuan_grouped(value)
        case FieldKind.QUANTITY if isinstance(value, int):
            return quantity_text(value)
        case FieldKind.CHOICE:
            return say_word(names.locale, str(value))
        case FieldKind.YES_NO:
            return say(names.locale, N_("yes") if value else N_("no"))
        case FieldKind.MEMBER | FieldKind.DETAIL:
            return names.detail(str(value))
        case FieldKind.ACCOUNT:
            return f"{value} {names.account(str(value))}"
        case _:
            return str(value)


# The second person


@does("/books/{book}/register/{act}/confirm", deed=Deed.CONFIRM_REGISTER, again=_show)
async def confirm(visit: Visit) -> Shown:
    """Confirm: everything is written at once."""
    await visit.write(
        lambda db: actions.confirm(
            db,
            book=visit.id,
            request=visit.number_at("act"),
            vault=keys_of(visit).ready(db, at=visit.at),
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(f"{visit.home}/register/{visit.number_at('act')}", notice=N_("Confirmed and written."))


@does("/books/{book}/register/{act}/decline", deed=Deed.CONFIRM_REGISTER, again=_show)
async def decline(visit: Visit) -> Shown:
    """Decline, with a reason."""
    await visit.write(
        lambda db: actions.decline(
            db,
            book=visit.id,
            request=visit.number_at("act"),
            by=visit.by,
            at=visit.at,
            reason=visit.field("reason")[:200],
        )
    )
    return see_other(
        f"{visit.home}/register/{visit.number_at('act')}", notice=N_("Declined. Nothing was written.")
    )


@does("/books/{book}/register/{act}/withdraw", deed=Deed.KEEP_REGISTER, again=_show)
async def withdraw(visit: Visit) -> Shown:
    """Withdraw what one prepared oneself, with a reason."""
    await visit.write(
        lambda db: actions.withdraw(
            db,
            book=visit.id,
            request=visit.number_at("act"),
            by=visit.by,
            at=visit.at,
            reason=visit.field("reason")[:200],
        )
    )
    return see_other(
        f"{visit.home}/register/{visit.number_at('act')}", notice=N_("Withdrawn. Nothing was written.")
    )


def keys_of(visit: Visit) -> Keys:
    """The key file, with which identity data are sealed."""
    keys: Keys = visit.request.app.state.key_file
    return keys


def how_many_wait(visit: Visit) -> int:
    """How many acts of the book wait for a second person; none for whoever may not see the register."""
    return len(queries.waiting(visit.db, books=[visit.id])) if visit.may("see_register") else 0


def waiting_for(db: Connection, *, book: str, member: str) -> Mapping[int, str]:
    """The acts that wait and concern a member: number and title."""
    waiting = queries.requests(db, book=book, state=ActState.WAITING)
    return {one.request: kind_word(one.act) for one in waiting if member in concerned(one.act)}


handlers = [register, show_act, confirm, decline, withdraw]
