"""付款方案: who is owed what, and a sheet of what an order pays of it: filled in before, with the keyboard from row to row."""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.charts import standard
from payouts.orders import queries as orders
from payouts.orders import rules
from payouts.policies import queries as policies
from payouts.proposals import queries as proposals
from payouts.runs import actions
from payouts.runs.actions import Seen
from payouts.runs.rules import needed
from schemas.access import Deed
from schemas.problems import Problem, Refusal
from schemas.runs import ORDERS, Chosen, Document, OrderChoice, Owed, RunKind
from schemas.units import Fen, Period
from web import wire
from web.i18n.words import N_
from web.pages.naming import names_of
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, month_from, shows
from web.pages.runs import UPLOAD_BYTES, papers_of
from web.pages.voucher_form import amount_from

KINDS = tuple(kind for kind in RunKind if kind in ORDERS)
MOST_ROWS = 500
"""Rows of a sheet somebody fills in; where more are owed everybody is paid in full, or a program chooses."""


class Row(NamedTuple):
    """A row of the sheet: what is owed, and what was typed."""

    owed: Owed
    paying: str
    withheld: str


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
    under_way = orders.open_order(visit.db, book=visit.id, kind=kind)
    if under_way is not None:
        obstacles += (
            rules.order_must_be_the_only_open.at("/kind", run=under_way.id, state=f"run.{under_way.state}"),
        )
    elif not obstacles:
        owed = orders.owed(visit.db, book=visit.at_book, kind=kind, through=through)
    rows = [_row(visit, index, one) for index, one in enumerate(owed[:MOST_ROWS])]
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
        under_way=under_way,
        several=len({one.account for one in owed}) > 1,
        wrong={problem.pointer for problem in problems},
        tax=visit.field("tax") or rules.TAX,
        given=visit.field,
        documents=list(Document),
        needed=needed(total, procedure),
        names=names_of(visit, of_details=[row.owed.member for row in rows]),
    )


def _row(visit: Visit, index: int, one: Owed) -> Row:
    """What was typed of somebody, found by member and account; paid in full where nothing was typed yet."""
    at = f"items-{index}"
    same = (visit.field(f"{at}-member"), visit.field(f"{at}-account")) == (one.member, one.account)
    if not same:
        return Row(one, f"{one.owed // 100}.{one.owed % 100:02d}", "")
    return Row(one, visit.field(f"{at}-paying"), visit.field(f"{at}-withheld"))


def _choice(visit: Visit) -> OrderChoice:
    """What the sheet says: a row without an amount is left out; without rows everybody is paid in full. Refused with
    every amount that is none."""
    if visit.field("whole"):
        return OrderChoice(through=_through(visit))
    problems: list[Problem] = []
    lines = []
    for index in range(MOST_ROWS):
        at = f"items-{index}"
        member = visit.field(f"{at}-member")
        if not member:
            break
        figures: dict[str, Fen] = {}
        for name in ("paying", "withheld"):
            text = visit.field(f"{at}-{name}").strip()
            try:
                figures[name] = amount_from(text, pointer=f"/lines/{member}/{name}") if text else 0
            except Refusal as refusal:
                problems += refusal.problems
        if figures.get("paying") or figures.get("withheld"):
            lines.append(
                Chosen(
                    member=member,
                    paying=figures.get("paying", 0),
                    withheld=figures.get("withheld", 0),
                    account=visit.field(f"{at}-account"),
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
    notice = (
        N_("Handed in. It is put on notice now, and another person approves it.")
        if hand_in
        else N_("Kept as a draft.")
    )
    return see_other(f"{visit.home}/runs/{run.id}", notice=notice)


handlers = [new_order, prepare_order]
