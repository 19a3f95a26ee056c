"""固定资产卡片: the cards, the plan of each month by month, and the month's 计提 as a draft."""

import re
from collections.abc import Sequence
from datetime import date

from ledger.assets import actions, queries
from ledger.assets.rules import card_must_exist, due, month_later, month_of, plan_of, states_of
from ledger.books import queries as books
from ledger.periods.rules import first_open_month
from schemas.access import Deed
from schemas.assets import Card, NewCard, PlannedCharge, Rhythm, Terms
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.units import Fen, Period
from web import wire
from web.i18n.words import N_
from web.pages.filters import code_of, periods_of
from web.pages.naming import names_of
from web.pages.rendering import address, month_code, see_other
from web.pages.route import Shown, Visit, day_from, does, month_from, of_one, shows
from web.pages.voucher_form import amount_from
from web.people_names import names_of as names_of_people

MONTHS_AHEAD = 24
"""Months of a plan that are shown beyond what was written off; the rest behind a fold."""


@shows("/books/{book}/assets", asks=("month",))
def list_cards(visit: Visit) -> Shown:
    """The cards of the book at the end of a month: cost, written off, net."""
    return _show_list(visit)


def _show_list(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    month = _month(visit)
    cards, charges = queries.cards(visit.db, book=visit.id), queries.charges(visit.db, book=visit.id)
    states = states_of(cards, charges, period=month)
    waiting = due(cards, charges, period=month)
    in_use = [state for state in states if not state.disposed]
    return visit.page(
        "assets.html",
        problems=problems,
        status=status,
        month=month,
        periods=[period for period in periods_of(visit) if period % 100 <= 12],
        states=states,
        cards=cards,
        later=len(cards) - len(states),
        cost=sum(state.cost for state in in_use),
        written_off=sum(state.written_off for state in in_use),
        net=sum(state.book_value for state in in_use),
        waiting={card.code: sum(one.amount for one in part) for card, part in waiting},
        closed=month in visit.periods.closed,
        names=names_of(visit, of_details=[card.detail for card in cards]),
        drafts=sorted(
            {one.voucher for one in charges if one.holds and not one.posted and one.period <= month}
        ),
        may_keep=visit.may("keep_assets"),
    )


def _month(visit: Visit) -> Period:
    current = first_open_month(first_year=visit.periods.first_year, closed=visit.periods.closed)
    given = visit.field("month") or visit.query.get("month", "")
    month = month_from(given, otherwise=current)
    return min(month, month // 100 * 100 + 12)


@shows("/books/{book}/assets/new", deed=Deed.KEEP_ASSETS)
def new_card(visit: Visit) -> Shown:
    """The form of a new card."""
    return _show_form(visit)


def _show_form(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    chart = books.accounts(visit.db, book=visit.at_book)
    return visit.page(
        "asset_form.html",
        problems=problems,
        status=status,
        given=visit.field,
        names=names_of(visit, of_details=None),
        on_assets=[
            account
            for account in chart.values()
            if account.lowest and account.open and account.statutory.written_off is not None
        ],
        rhythms=list(Rhythm),
        wrong={visit.place_of(problem) for problem in problems},
    )


def _new_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show_form(visit, of_one(problems), status)


@does("/books/{book}/assets/new", deed=Deed.KEEP_ASSETS, again=_new_again)
async def add_card(visit: Visit) -> Shown:
    """Add a card. It books nothing: the purchase is a voucher, the writing off the plan's."""
    new = _card_from(visit)
    (made,) = await visit.write(
        lambda db: actions.add_cards(db, [new], book=visit.id, by=visit.by, on=visit.on, at=visit.at)
    )
    return see_other(_at(visit, made.code), notice=N_("The card is added."))


def _card_from(visit: Visit) -> NewCard:
    problems: list[Problem] = []
    cost = _amount(visit, "cost", problems)
    residual = _amount(visit, "residual", problems, otherwise=0)
    taken = _amount(visit, "taken", problems, otherwise=0)
    life = _number(visit, "life_months", problems, most=1200)
    used = _day(visit, "in_use_since", problems)
    first = _month_in(visit, "first_month", problems)
    until = _month_in(visit, "taken_until", problems)
    code = visit.field("code")
    if not re.fullmatch(r"[^\s/]{1,40}", code):
        problems.append(wire.must_be_written_so.at("/code", given=code[:40] or "—", pattern="FA-001"))
    problems += [
        wire.field_must_be_given.at(f"/{name}", field=name)
        for name in ("name", "account", "expense_account")
        if not visit.field(name)
    ]
    rhythm = visit.field("rhythm") or Rhythm.MONTHLY
    if rhythm not in list(Rhythm):
        problems.append(wire.must_be_one_of.at("/rhythm", given=rhythm[:40], known=", ".join(Rhythm)))
    for name, amount, least in (("cost", cost, 1), ("residual", residual, 0), ("taken", taken, 0)):
        if amount < least and not any(one.pointer == f"/{name}" for one in problems):
            problems.append(
                wire.must_not_be_less.at(f"/{name}", given=visit.field(name), least=f"0.0{least}")
            )
    if problems:
        raise Refusal(*problems)
    return NewCard(
        code=code,
        name=visit.field("name")[:80],
        account=code_of(visit.field("account")),
        detail=code_of(visit.field("detail"))[:80],
        cost=cost,
        residual=residual,
        life_months=life,
        in_use_since=used,
        expense_account=code_of(visit.field("expense_account")),
        expense_detail=code_of(visit.field("expense_detail"))[:80],
        first_month=first,
        rhythm=Rhythm(rhythm),
        taken=taken,
        taken_until=until,
        poverty=visit.field("poverty") == "1",
        note=visit.field("note")[:400],
    )


# Fields of these forms


def _amount(visit: Visit, name: str, problems: list[Problem], *, otherwise: Fen | None = None) -> Fen:
    text = visit.field(name)
    if not text and otherwise is not None:
        return otherwise
    try:
        return amount_from(text or "?", pointer=f"/{name}")
    except Refusal as refusal:
        problems += refusal.problems
        return 0


def _number(visit: Visit, name: str, problems: list[Problem], *, most: int) -> int:
    text = visit.field(name)
    if not re.fullmatch(r"[0-9]{1,4}", text):
        problems.append(wire.must_be_whole_number.at(f"/{name}"))
        return 1
    if not 1 <= int(text) <= most:
        fault = wire.must_not_be_less if int(text) < 1 else wire.must_not_be_more
        problems.append(fault.at(f"/{name}", given=text, least=1, most=most))
    return int(text)


def _day(visit: Visit, name: str, problems: list[Problem]) -> date:
    try:
        return day_from(visit.field(name), pointer=f"/{name}")
    except Refusal as refusal:
        problems += refusal.problems
        return visit.on


def _month_in(visit: Visit, name: str, problems: list[Problem]) -> Period | None:
    text = visit.field(name)
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        problems.append(wire.must_be_month.at(f"/{name}"))
        return None
    return int(text[:4]) * 100 + int(text[5:])


# One card


@shows("/books/{book}/assets/cards/{card}")
def show_card(visit: Visit) -> Shown:
    """One card: what it is, its plan month by month, and the vouchers that booked it."""
    return _show_card(visit)


def _show_card(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    code = visit.text_at("card")
    found = queries.cards(visit.db, book=visit.id, code=code)
    if not found:
        raise Refusal(card_must_exist.at("/card", card=code), kind=RefusalKind.MISSING)
    (card,) = found
    charges = queries.charges(visit.db, book=visit.id, code=code)
    holding = {one.period: one for one in charges if one.holds}
    posted = sum(one.amount for one in charges if one.holds and one.posted)
    plan = plan_of(card)
    rows = _rows(card, plan)
    done = max((index for index, one in enumerate(plan) if one.period in holding), default=-1)
    current = first_open_month(first_year=visit.periods.first_year, closed=visit.periods.closed)
    following = max([current, *(month_later(period, 1) for period in holding)])
    return visit.page(
        "asset.html",
        problems=problems,
        status=status,
        card=card,
        terms=card.terms[-1],
        written_off=card.taken + posted,
        rows=rows,
        shown=done + 1 + MONTHS_AHEAD,
        holding=holding,
        gone=[one for one in charges if not one.holds],
        names=names_of(
            visit, of_details=None if visit.may("keep_assets") else _details(card), of_people=[card.added_by]
        ),
        people=names_of_people(visit.db, [card.added_by], locale=visit.locale),
        given=visit.field,
        wrong={visit.place_of(problem) for problem in problems},
        next_month=following,
        today=visit.on,
        may_keep=visit.may("keep_assets"),
    )


def _details(card: Card) -> list[str]:
    return [card.detail, *(terms.expense_detail for terms in card.terms)]


def _rows(card: Card, plan: Sequence[PlannedCharge]) -> list[tuple[PlannedCharge, Fen]]:
    """Each planned charge with what is left of the asset after it."""
    rows, written_off = [], card.taken
    for one in plan:
        written_off += one.amount
        in_force = [terms for terms in card.terms if terms.from_month <= one.period] or [card.terms[0]]
        rows.append((one, in_force[-1].cost - written_off))
    return rows


@does("/books/{book}/assets/cards/{card}/terms", deed=Deed.KEEP_ASSETS, again=_show_card)
async def change_terms(visit: Visit) -> Shown:
    """Change what the asset is written off by, from a month on; for the future only."""
    code = visit.text_at("card")
    problems: list[Problem] = []
    terms = Terms(
        from_month=_month_in(visit, "from_month", problems) or 0,
        cost=_amount(visit, "cost", problems),
        residual=_amount(visit, "residual", problems, otherwise=0),
        life_months=_number(visit, "life_months", problems, most=1200),
        expense_account=code_of(visit.field("expense_account")),
        expense_detail=code_of(visit.field("expense_detail"))[:80],
        reason=visit.field("reason")[:200],
    )
    if not terms.from_month and not any(one.pointer == "/from_month" for one in problems):
        problems.append(wire.must_be_month.at("/from_month"))
    for name, amount, least in (("cost", terms.cost, 1), ("residual", terms.residual, 0)):
        if amount < least and not any(one.pointer == f"/{name}" for one in problems):
            problems.append(
                wire.must_not_be_less.at(f"/{name}", given=visit.field(name), least=f"0.0{least}")
            )
    if problems:
        raise Refusal(*problems)
    await visit.write(
        lambda db: actions.change_terms(
            db, book=visit.id, code=code, terms=terms, by=visit.by, on=visit.on, at=visit.at
        )
    )
    return see_other(_at(visit, code), notice=N_("The new terms hold from their month on."))


@does("/books/{book}/assets/cards/{card}/dispose", deed=Deed.KEEP_ASSETS, again=_show_card)
async def dispose(visit: Visit) -> Shown:
    """Write down that the asset went 处置."""
    code = visit.text_at("card")
    day = day_from(visit.field("day"), pointer="/day")
    await visit.write(
        lambda db: actions.dispose(
            db,
            book=visit.id,
            code=code,
            day=day,
            reason=visit.field("why")[:200],
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(
        _at(visit, code),
        notice=N_("Written down. The voucher that takes it out of the book is yours to prepare."),
    )


@does("/books/{book}/assets/cards/{card}/put-back", deed=Deed.KEEP_ASSETS, again=_show_card)
async def put_back(visit: Visit) -> Shown:
    """Write down that the asset did not go after all."""
    code = visit.text_at("card")
    await visit.write(
        lambda db: actions.put_back(
            db, book=visit.id, code=code, reason=visit.field("why")[:200], by=visit.by, at=visit.at
        )
    )
    return see_other(
        _at(visit, code), notice=N_("It is back in use; its plan makes up for the months between.")
    )


# The month's plan


@does("/books/{book}/assets/plan", deed=Deed.KEEP_ASSETS, again=_show_list)
async def draft_plan(visit: Visit) -> Shown:
    """Draft the one voucher of a month's 计提, months missed before included."""
    month = await visit.read(lambda: _month(visit))
    drafted = await visit.write(
        lambda db: actions.draft_month(
            db,
            book=visit.id,
            period=month,
            by=visit.by,
            on=visit.on,
            at=visit.at,
            dated=visit.on if month == month_of(visit.on) else None,
        )
    )
    if drafted is None:
        return see_other(
            address(f"{visit.home}/assets", month=month_code(month)),
            notice=N_("Nothing is due: every card is written off up to this month."),
        )
    return see_other(
        f"{visit.home}/vouchers/{drafted.id}",
        notice=N_("Drafted. It is reviewed and posted like any other voucher."),
    )


def _at(visit: Visit, code: str) -> str:
    return address(f"{visit.home}/assets/cards/{code}")


handlers = [list_cards, new_card, add_card, show_card, change_terms, dispose, put_back, draft_plan]
