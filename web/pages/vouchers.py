"""The list of vouchers: filtered by its address, and moved on many at once with one result each."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ledger.evidence import queries as evidence
from ledger.log.rules import reason_must_be_given
from ledger.periods.rules import first_open_month
from ledger.vouchers import actions, queries
from ledger.vouchers.rules import number_text
from schemas.access import Deed
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.units import VoucherId
from schemas.vouchers import Outcome, State, Step, Voucher, VoucherFilter, VoucherPlace, Word
from web import wire
from web.api.pages import cursor_of, place_at
from web.database import Connection
from web.errors import deed_must_be_granted
from web.pages.filters import code_of, periods_of
from web.pages.naming import names_in
from web.pages.rendering import address, month_code
from web.pages.route import Shown, Visit, does, month_from, shows

ON_A_PAGE = 50


NARROWS = ("from", "to", "state", "word", "number", "account", "detail", "text")
"""What narrows a list of vouchers."""


class Listed(NamedTuple):
    """A page of vouchers and what narrowed it."""

    wanted: VoucherFilter
    query: dict[str, object]


@shows("/books/{book}/vouchers", asks=(*NARROWS, "after"))
def list_vouchers(visit: Visit) -> Shown:
    """The vouchers of the book, by date."""
    return _show_list(visit)


def _show_list(
    visit: Visit, problems: Sequence[Problem] = (), status: int = 200, *, outcomes: Sequence["Result"] = ()
) -> Shown:
    listed = listed_by(visit)
    cursor = visit.query.get("after", "")
    after = place_at(cursor, VoucherPlace) if cursor else None
    found = queries.page(visit.db, book=visit.id, wanted=listed.wanted, after=after, limit=ON_A_PAGE + 1)
    shown = found[:ON_A_PAGE]
    attached = evidence.attached_among(
        visit.db, book=visit.id, vouchers=[voucher.id for voucher in shown]
    ).values()
    files: dict[VoucherId, int] = {}
    for one in attached:
        files[one.voucher] = files.get(one.voucher, 0) + 1
    stands = {voucher.id for voucher in shown if voucher.state is not State.WITHDRAWN}
    reused = (
        evidence.reuse_among(
            visit.db, book=visit.id, attachments=[one for one in attached if one.voucher in stands]
        )
        if visit.may(Deed.SEE_EVIDENCE)
        else {}
    )
    path = f"{visit.home}/vouchers"
    last = shown[-1] if shown else None
    return visit.page(
        "vouchers.html",
        problems=problems,
        status=status,
        vouchers=shown,
        files=files,
        reused=reused,
        names=names_in(visit, shown),
        count=queries.count(visit.db, book=visit.id, wanted=listed.wanted),
        wanted=listed.wanted,
        query=listed.query,
        words=list(Word),
        states=list(State),
        periods=periods_of(visit),
        outcomes=outcomes,
        first=address(path, **listed.query) if after else "",
        next=address(path, **listed.query, after=cursor_of(last.place))
        if last and len(found) > ON_A_PAGE
        else "",
        acts=[act for act in ACTS if visit.may(ACTS[act].deed)],
        any_signed=queries.signed_by_cashier(visit.db, book=visit.id, ids=[v.id for v in shown]),
    )


def listed_by(visit: Visit) -> Listed:
    """The filter of this address. Without any the month in hand is shown."""
    given = visit.query
    current = first_open_month(first_year=visit.periods.first_year, closed=visit.periods.closed)
    bare = not any(given.get(name) for name in NARROWS)
    since = month_from(given.get("from", ""), otherwise=current if bare else 0, pointer="/from")
    until = month_from(given.get("to", ""), otherwise=current if bare else 0, pointer="/to")
    states = tuple(_state_from(text) for text in given.getall("state", []) if text)
    number = given.get("number", "").strip()
    if number and not re.fullmatch(r"[0-9]{1,9}", number):
        raise wire.Unreadable(wire.must_be_whole_number.at("/number"))
    word = given.get("word", "")
    if word and word not in list(Word):
        raise wire.Unreadable(wire.must_be_one_of.at("/word", given=word, known="、".join(Word)))
    wanted = VoucherFilter(
        from_period=since or None,
        to_period=until or None,
        states=states,
        word=Word(word) if word else None,
        number=int(number) if number else None,
        account=code_of(given.get("account", "")),
        detail=given.get("detail", "").strip(),
        text=given.get("text", "").strip(),
    )
    query: dict[str, object] = {
        "from": month_code(since) if since else "",
        "to": month_code(until) if until else "",
        "state": [state.value for state in states],
        "word": word,
        "number": number,
        "account": wanted.account,
        "detail": wanted.detail,
        "text": wanted.text,
    }
    return Listed(wanted=wanted, query=query)


def _state_from(text: str) -> State:
    if text not in list(State):
        raise wire.Unreadable(wire.must_be_one_of.at("/state", given=text, known=", ".join(State)))
    return State(text)


# Moving many on


class Moving(NamedTuple):
    """A verb for many vouchers: who may, the word on its button, whether it wants a reason, and how it is done."""

    deed: Deed
    wants_reason: bool
    run: Callable[[Connection, Sequence[Step], Visit, str], Sequence[Outcome]]


def _sign(db: Connection, steps: Sequence[Step], visit: Visit, _reason: str) -> Sequence[Outcome]:
    """Sign one by one: who signed is no batch verb, and one that needs no signature must not fail the others."""
    outcomes = []
    for step in steps:
        try:
            actions.sign_as_cashier(db, [step.voucher], book=visit.id, by=visit.by, at=visit.at)
            outcomes.append(Outcome(voucher=queries.voucher(db, book=visit.id, id=step.voucher)))
        except Refusal as refusal:
            outcomes.append(Outcome(problems=refusal.problems))
    return outcomes


ACTS: Mapping[str, Moving] = {
    "review": Moving(
        Deed.REVIEW_VOUCHER,
        False,
        lambda db, steps, visit, _reason: actions.review_many(
            db, steps, book=visit.id, by=visit.by, on=visit.on, at=visit.at
        ),
    ),
    "post": Moving(
        Deed.POST_VOUCHER,
        False,
        lambda db, steps, visit, _reason: actions.post_many(
            db, steps, book=visit.id, by=visit.by, on=visit.on, at=visit.at
        ),
    ),
    "sign": Moving(Deed.SIGN_AS_CASHIER, False, _sign),
    "send-back": Moving(
        Deed.REVIEW_VOUCHER,
        True,
        lambda db, steps, visit, reason: actions.send_back_many(
            db, steps, book=visit.id, by=visit.by, at=visit.at, reason=reason
        ),
    ),
    "withdraw": Moving(
        Deed.DRAFT_VOUCHER,
        True,
        lambda db, steps, visit, reason: actions.withdraw_many(
            db, steps, book=visit.id, by=visit.by, at=visit.at, reason=reason
        ),
    ),
}
"""What can be done to many vouchers at once."""


class Result(NamedTuple):
    """What became of one voucher of a batch."""

    id: VoucherId
    number: str
    done: Voucher | None
    problems: tuple[Problem, ...]


@does("/books/{book}/vouchers/acts", deed=Deed.SEE_BOOK)
async def move_vouchers(visit: Visit) -> Shown:
    """Do one thing to every voucher that was ticked, with one result each."""
    steps = steps_from(visit)
    results = await move(visit, visit.field("act"), steps)
    return await visit.read(lambda: _show_list(visit, outcomes=results))


def steps_from(visit: Visit) -> list[Step]:
    """The vouchers that were ticked, as they were seen (``12:3`` is voucher 12 at version 3)."""
    key, steps = visit.field("key"), []
    for text in visit.fields("voucher"):
        found = re.fullmatch(r"([0-9]{1,15}):([0-9]{1,9})", text)
        if found is None:
            raise wire.Unreadable(wire.must_be_written_so.at("/voucher", given=text[:40], pattern="12:3"))
        steps.append(
            Step(voucher=int(found[1]), version=int(found[2]), key=f"{key}:{found[1]}" if key else None)
        )
    return steps


async def move(visit: Visit, act: str, steps: Sequence[Step]) -> list[Result]:
    """Run a verb over vouchers; forbidden to whoever has not its deed on this book."""
    moving = ACTS.get(act)
    if moving is None or moving.deed not in visit.deeds:
        raise Refusal(deed_must_be_granted.at(), kind=RefusalKind.FORBIDDEN)
    reason = visit.field("reason")
    if moving.wants_reason and not reason:
        raise Refusal(reason_must_be_given.at("/reason"))
    outcomes = await visit.write(lambda db: moving.run(db, steps, visit, reason)) if steps else ()
    return [
        Result(
            id=step.voucher,
            number=""
            if outcome.voucher is None or outcome.voucher.number is None
            else number_text(outcome.voucher.word, outcome.voucher.number),
            done=outcome.voucher,
            problems=outcome.problems,
        )
        for step, outcome in zip(steps, outcomes, strict=True)
    ]


handlers = [list_vouchers, move_vouchers]
