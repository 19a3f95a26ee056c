"""Adding cards, changing their terms, letting them go, and drafting the month's plan voucher."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert

from ledger.assets import queries, rules
from ledger.assets.tables import AssetCardRow, AssetChargeRow, AssetDisposalRow, AssetTermsRow
from ledger.books import queries as books
from ledger.columns import table_of
from ledger.journals.rules import days_of
from ledger.log import actions as log
from ledger.log.rules import reason_must_be_given
from ledger.money import yuan
from ledger.periods.rules import month_text
from ledger.seal.rules import digest_of
from ledger.vouchers import actions as vouchers
from ledger.vouchers import rules as voucher_rules
from schemas.assets import Card, NewCard, Terms
from schemas.books import Book
from schemas.log import Act
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.units import BookId, Period, PersonId
from schemas.vouchers import NewDraft, Origin, Voucher, VoucherDraft

_card = table_of(AssetCardRow)
_terms = table_of(AssetTermsRow)
_disposal = table_of(AssetDisposalRow)
_charge = table_of(AssetChargeRow)


def add_cards(
    db: Connection, new: Sequence[NewCard], *, book: BookId, by: PersonId, on: date, at: datetime
) -> tuple[Card, ...]:
    """Add asset cards, all or none. A card books nothing: the purchase is a voucher, the writing off the plan's.

    Refused with everything that is wrong on any of them: a code taken, accounts and details that do not fit,
    amounts and months that leave no plan.
    """
    assert on is not None
    head = log.lock(db, book=book)
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    accounts = books.accounts(db, book=found)
    names = dict(queries.names(db, book=book))
    problems: list[Problem] = []
    cards: list[Card] = []
    for index, card in enumerate(new):
        faults = list(
            rules.faults_of_card(
                card,
                accounts=accounts,
                there=names.get(card.code),
                yuan=yuan,
            )
        )
        account = accounts.get(card.account)
        if account is not None and account.statutory.written_off is not None:
            of = account.statutory.written_off
            cards.append(rules.fresh_card(card, of=of, by=by, at=log.instant(at)))
            faults += _faults_of_lines(db, cards[-1], book=found)
        names[card.code] = card.name
        problems += [
            msgspec.structs.replace(problem, pointer=f"/{index}{problem.pointer}") for problem in faults
        ]
    if problems:
        raise Refusal(*problems)
    if not cards:
        return ()
    db.execute(insert(_card), [_row_of_card(card, book=book) for card in cards])
    db.execute(
        insert(_terms),
        [_row_of_terms(card.terms[0], card=card, turn=1, book=book, by=by, at=at) for card in cards],
    )
    acts = [
        Act(
            by=by,
            act=rules.ADDED,
            subject=f"asset:{card.code}",
            after=f"{card.name} {card.account} {card.detail} {yuan(card.terms[0].cost)}",
            content=digest_of(card),
        )
        for card in cards
    ]
    log.append(db, acts, book=book, head=head, at=at)
    return tuple(cards)


def change_terms(
    db: Connection, *, book: BookId, code: str, terms: Terms, by: PersonId, on: date, at: datetime
) -> Card:
    """Change what a card is written off by, from a month on: cost, residual value, life, or what it is booked to.
    Works for the future only (财会〔2021〕37号: changes of estimate are prospective)."""
    assert on is not None
    head = log.lock(db, book=book)
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    card = _card_of(db, book=book, code=code)
    terms = msgspec.structs.replace(terms, reason=terms.reason.strip())
    changed = msgspec.structs.replace(card, terms=rules.in_force((*card.terms, terms)))
    accounts = books.accounts(db, book=found)
    problems = rules.faults_of_terms(
        terms,
        card=card,
        charges=queries.charges(db, book=book, code=code),
        accounts=accounts,
        yuan=yuan,
    )
    problems = (*problems, *_faults_of_lines(db, changed, book=found))
    if problems:
        raise Refusal(*problems)
    turn, _ = queries.turns(db, book=book, code=code)
    db.execute(insert(_terms), [_row_of_terms(terms, card=card, turn=turn + 1, book=book, by=by, at=at)])
    act = Act(
        by=by,
        act=rules.CHANGED,
        subject=f"asset:{code}",
        before=_terms_text(card.terms[-1]),
        after=f"{_terms_text(terms)} {terms.reason}",
        content=rules.sealed_terms(terms, code=code, by=by, at=log.instant(at)),
    )
    log.append(db, [act], book=book, head=head, at=at)
    return changed


def dispose(
    db: Connection,
    *,
    book: BookId,
    code: str,
    day: date,
    reason: str,
    by: PersonId,
    on: date,
    at: datetime,
) -> Card:
    """Write down that an asset went: sold, scrapped, lost, dead. Its plan ends with the month its kind says; the
    voucher that takes it out of the book is the accountant's."""
    head = log.lock(db, book=book)
    card = _card_of(db, book=book, code=code)
    problems = rules.faults_of_going(
        card, day=day, reason=reason, charges=queries.charges(db, book=book, code=code), on=on
    )
    if problems:
        raise Refusal(*problems, kind=RefusalKind.STATE)
    _write_going(db, book=book, code=code, day=day, reason=reason, by=by, at=at)
    act = Act(
        by=by,
        act=rules.GONE,
        subject=f"asset:{code}",
        after=f"{day} {reason.strip()}",
        content=rules.sealed_going(code, day=day, reason=reason.strip(), by=by, at=log.instant(at)),
    )
    log.append(db, [act], book=book, head=head, at=at)
    return msgspec.structs.replace(card, disposed_on=day)


def put_back(db: Connection, *, book: BookId, code: str, reason: str, by: PersonId, at: datetime) -> Card:
    """Write down that an asset did not go after all. Its plan goes on and makes up for the months between."""
    head = log.lock(db, book=book)
    card = _card_of(db, book=book, code=code)
    problems = []
    if card.disposed_on is None:
        problems.append(rules.card_must_have_gone.at("/code", card=code))
    if not reason.strip():
        problems.append(reason_must_be_given.at("/reason"))
    if problems:
        raise Refusal(*problems, kind=RefusalKind.STATE)
    _write_going(db, book=book, code=code, day=None, reason=reason, by=by, at=at)
    act = Act(
        by=by,
        act=rules.BACK,
        subject=f"asset:{code}",
        before=str(card.disposed_on),
        after=reason.strip(),
        content=rules.sealed_going(code, day=None, reason=reason.strip(), by=by, at=log.instant(at)),
    )
    log.append(db, [act], book=book, head=head, at=at)
    return msgspec.structs.replace(card, disposed_on=None)


def draft_month(
    db: Connection,
    *,
    book: BookId,
    period: Period,
    by: PersonId,
    on: date,
    at: datetime,
    dated: date | None = None,
) -> Voucher | None:
    """Draft the one plan voucher of a month for every card that is due, months missed before included; then it is
    reviewed and posted like any other. Each month of each card is drafted exactly once: nothing due is None, and a
    month is due again only when its voucher is withdrawn or cancelled.

    Dated the last day of the month, or ``dated``. Refused when that month is closed.
    """
    if not 1 <= period % 100 <= 12:
        raise Refusal(rules.month_must_be_a_month.at("/period", month=month_text(period)))
    log.lock(db, book=book)
    charges = queries.charges(db, book=book)
    waiting = rules.due(queries.cards(db, book=book), charges, period=period)
    if not waiting:
        return None
    draft = rules.voucher_of(waiting, dated=dated or days_of(period)[1])
    voucher = vouchers.one(
        vouchers.draft_many(db, [NewDraft(draft=draft)], book=book, by=by, on=on, at=at, origin=Origin.PLAN)
    )
    attempts = Counter((charge.card, charge.period) for charge in charges)
    taken = [
        (card.code, planned.period, attempts[card.code, planned.period] + 1, planned.amount)
        for card, part in waiting
        for planned in part
    ]
    db.execute(
        insert(_charge),
        [
            {
                "book_id": book,
                "code": code,
                "period": month,
                "attempt": attempt,
                "amount": amount,
                "voucher_id": voucher.id,
            }
            for code, month, attempt, amount in taken
        ],
    )
    log.record(
        db,
        Act(
            by=by,
            act=rules.PLANNED,
            subject=f"voucher:{voucher.id}",
            after=f"{month_text(period)} {yuan(sum(line.debit for line in voucher.lines))}",
            content=rules.sealed_plan(taken),
        ),
        book=book,
        at=at,
    )
    return voucher


def _card_of(db: Connection, *, book: BookId, code: str) -> Card:
    found = queries.cards(db, book=book, code=code)
    if not found:
        raise Refusal(rules.card_must_exist.at("/code", card=code), kind=RefusalKind.MISSING)
    return found[0]


def _faults_of_lines(db: Connection, card: Card, *, book: Book) -> list[Problem]:
    """What the voucher rules say of the lines the plan would book, at the fields of the card."""
    draft = VoucherDraft(date=date(book.first_year, 1, 1), lines=rules.sample_lines(card))
    facts = vouchers.gather_facts(db, [draft], book=book.id)
    return [
        msgspec.structs.replace(problem, pointer=rules.FIELDS[problem.pointer])
        for problem in voucher_rules.faults_in(draft, origin=Origin.PLAN, facts=facts, yuan=yuan)
        if problem.pointer in rules.FIELDS
    ]


def _terms_text(terms: Terms) -> str:
    amounts = f"{yuan(terms.cost)} {yuan(terms.residual)} {terms.life_months}"
    return f"{month_text(terms.from_month)} {amounts} {terms.expense_account} {terms.expense_detail}".strip()


def _write_going(
    db: Connection, *, book: BookId, code: str, day: date | None, reason: str, by: PersonId, at: datetime
) -> None:
    _, turn = queries.turns(db, book=book, code=code)
    db.execute(
        insert(_disposal),
        [
            {
                "book_id": book,
                "code": code,
                "turn": turn + 1,
                "disposed_on": day,
                "reason": reason.strip(),
                "set_by": by,
                "at": log.instant(at),
            }
        ],
    )


def _row_of_card(card: Card, *, book: BookId) -> dict[str, object]:
    return {
        "book_id": book,
        "code": card.code,
        "name": card.name,
        "account": card.account,
        "detail": card.detail,
        "contra": card.contra,
        "wear": card.wear.value,
        "in_use_since": card.in_use_since,
        "first_month": card.first_month,
        "rhythm": card.rhythm.value,
        "taken": card.taken,
        "taken_until": card.taken_until,
        "poverty": card.poverty,
        "note": card.note,
        "added_by": card.added_by,
        "at": card.at,
    }


def _row_of_terms(
    terms: Terms, *, card: Card, turn: int, book: BookId, by: PersonId, at: datetime
) -> dict[str, object]:
    return {
        "book_id": book,
        "code": card.code,
        "turn": turn,
        "from_month": terms.from_month,
        "cost": terms.cost,
        "residual": terms.residual,
        "life_months": terms.life_months,
        "expense_account": terms.expense_account,
        "expense_detail": terms.expense_detail,
        "reason": terms.reason,
        "set_by": by,
        "at": log.instant(at),
    }
