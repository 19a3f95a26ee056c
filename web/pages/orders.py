"""付款方案: who is owed what, and a sheet of what an order pays of it: filled in before, with the keyboard from row to row."""

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import structs

from ledger.charts import standard
from payouts.orders import queries as orders
from payouts.orders import rules
from payouts.orders.rules import Claim
from payouts.policies import queries as policies
from payouts.proposals import queries as proposals
from payouts.runs import actions
from payouts.runs import queries as runs
from payouts.runs.actions import Seen
from payouts.runs.rules import needed
from schemas.access import Deed
from schemas.problems import Fault, Problem, Refusal
from schemas.runs import ORDERS, Chosen, Document, OrderChoice, Owed, RunKind
from schemas.units import Fen, Period
from web import wire
from web.pages.naming import names_of
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, month_from, shows
from web.pages.runs import UPLOAD_BYTES, kept_or_handed_in, papers_of
from web.pages.voucher_form import amount_from

member_must_be_chosen = Fault(
    code="member_must_be_chosen",
    says="Several members are called {person}, and none is chosen.",
    remedy="Choose who is paid, or leave the amount empty.",
)
KINDS = tuple(kind for kind in RunKind if kind in ORDERS)
MOST_ROWS = 500
"""Rows of a sheet somebody fills in; where more are owed everybody is paid in full, or a program chooses."""


class Row(NamedTuple):
    """A row of the sheet: what is owed, what was typed, and the members to choose from where several bear the name of a
    bonus."""

    owed: Owed
    paying: str
    withheld: str
    members: tuple[str, ...] = ()


@shows("/books/{book}/orders/new", deed=Deed.PREPARE_RUN, asks=("kind", "month"))
def new_order(visit: Visit) -> Shown:
    """The sheet of a kind: everybody who is owed by the end of a month, paid in full unless something else is typed."""
    return _show(visit)


def _kind(visit: Visit) -> RunKind:
    text = visit.field("kind") or visit.query.get("kind", "") or RunKind.LABOUR.value
    if text not in KINDS:
        raise wire.Unreadable(wire.must_be_one_of.at("/kind", given=text[:40], known=", ".join(KINDS)))
    return RunKind(text)


def _through(visit: Visit) -> Period:
    given = visit.field("month") or visit.query.get("month", "")
    return month_from(given, otherwise=visit.on.year * 100 + visit.on.month)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    kind, through = _kind(visit), _through(visit)
    obstacles: tuple[Problem, ...] = rules.faults_of_month(through, year=through // 100, on=visit.on)
    owed: tuple[Owed, ...] = ()
    claims: tuple[Claim, ...] = ()
    under_way = runs.open_run(visit.db, book=visit.id, kind=kind)
    if under_way is not None:
        obstacles += (
            rules.order_must_be_the_only_open.at("/kind", run=under_way.id, state=f"run.{under_way.state}"),
        )
    elif not obstacles and kind is RunKind.INSTALMENT:
        claims = orders.claims(visit.db, book=visit.at_book, through=through)
        owed = tuple(
            one.as_owed(one.members[0] if len(one.members) == 1 else "") for one in claims if one.members
        )
    elif not obstacles:
        owed = orders.owed(visit.db, book=visit.at_book, kind=kind, through=through)
    several = {one.person: one.members for one in claims if len(one.members) > 1}
    rows = [
        _row(visit, index, one, several.get(one.person, ())) for index, one in enumerate(owed[:MOST_ROWS])
    ]
    total: Fen = sum(one.owed for one in owed)
    digest = ""
    if len(owed) > MOST_ROWS:
        choice = OrderChoice(through=through)
        digest = proposals.proposed(
            visit.db, book=visit.id, kind=kind, year=through // 100, on=visit.on, order=choice
        ).digest
    procedure = policies.procedure(visit.db, book=visit.id, year=through // 100)
    chart = standard(visit.at_book.standard)
    return visit.page(
        "order_new.html",
        problems=problems,
        status=status,
        kind=kind,
        kinds=[one for one in KINDS if rules.payable(one, chart)],
        through=through,
        rows=rows,
        count=len(owed),
        digest=digest,
        total=total,
        obstacles=obstacles,
        nobody=rules.faults_of_claims(one for one in claims if not one.members),
        under_way=under_way,
        several=len({one.account for one in owed}) > 1,
        wrong={problem.pointer for problem in problems},
        tax=visit.field("tax") or rules.TAX,
        given=visit.field,
        documents=list(Document),
        needed=needed(total, procedure),
        names=names_of(
            visit, of_details=[number for row in rows for number in (row.owed.member, *row.members) if number]
        ),
    )


def _row(visit: Visit, index: int, one: Owed, members: tuple[str, ...]) -> Row:
    """What was typed of somebody, found by whom and by which account it is owed; paid in full where nothing was typed yet
    and it is known who is paid."""
    at = f"items-{index}"
    of = visit.field(f"{at}-person") or visit.field(f"{at}-member")
    if (of, visit.field(f"{at}-account")) != (one.detail, one.account):
        return Row(one, "" if members else f"{one.owed // 100}.{one.owed % 100:02d}", "", members)
    chosen = visit.field(f"{at}-member")
    known = one if chosen not in members else structs.replace(one, member=chosen)
    return Row(known, visit.field(f"{at}-paying"), visit.field(f"{at}-withheld"), members)


def _choice(visit: Visit) -> OrderChoice:
    """What the sheet says: a row without an amount is left out; without rows everybody is paid in full. Refused with
    every amount that is none."""
    if visit.field("whole"):
        return OrderChoice(through=_through(visit))
    problems: list[Problem] = []
    lines = []
    for index in range(MOST_ROWS):
        at = f"items-{index}"
        member, person = visit.field(f"{at}-member"), visit.field(f"{at}-person")
        if not member and not person:
            break
        figures: dict[str, Fen] = {}
        for name in ("paying", "withheld"):
            text = visit.field(f"{at}-{name}").strip()
            try:
                figures[name] = amount_from(text, pointer=f"/lines/{member or person}/{name}") if text else 0
            except Refusal as refusal:
                problems += refusal.problems
        if not figures.get("paying") and not figures.get("withheld"):
            continue
        if not member:
            problems.append(member_must_be_chosen.at(f"/lines/{person}/member", person=person))
        else:
            lines.append(
                Chosen(
                    member=member,
                    paying=figures.get("paying", 0),
                    withheld=figures.get("withheld", 0),
                    account=visit.field(f"{at}-account"),
                    person=person[:40],
                )
            )
    if problems:
        raise Refusal(*problems)
    return OrderChoice(through=_through(visit), lines=tuple(lines), tax=visit.field("tax")[:40])


@does("/books/{book}/orders/new", deed=Deed.PREPARE_RUN, takes=UPLOAD_BYTES, again=_show)
async def prepare_order(visit: Visit) -> Shown:
    """Keep the order that was filled in; with ``submit`` hand it in at once."""
    kind, choice = _kind(visit), _choice(visit)
    hand_in, resolution = visit.field("act") == "submit", visit.field("resolution")[:80]
    papers = await papers_of(visit)
    run = await visit.write(
        lambda db: actions.prepare(
            db,
            book=visit.id,
            kind=kind,
            year=choice.through // 100,
            by=visit.by,
            on=visit.on,
            at=visit.at,
            resolution=resolution,
            papers=papers,
            seen=Seen(digest=visit.field("digest") or None),
            submit=hand_in,
            order=choice,
        )
    )
    return see_other(f"{visit.home}/runs/{run.id}", notice=kept_or_handed_in(hand_in))


handlers = [new_order, prepare_order]
