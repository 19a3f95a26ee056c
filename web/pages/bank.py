"""银行: the lines of bank statements, what they belong to in the journal, and the 余额调节表 of a day.

The account is in the address (``?account=102&detail=农商行``). What waits to be matched is the first page; proposals are
accepted by ticking, anything else is matched by hand, bank rows against postings, to the fen.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from ledger.bank import actions, queries
from ledger.bank.rules import WINDOW
from ledger.books import queries as books
from ledger.journals import queries as journals
from ledger.journals.rules import days_of
from schemas.access import Deed
from schemas.bank import (
    BankLine,
    BookEntry,
    CarriedItem,
    EntryKey,
    ItemSide,
    Match,
    MatchRule,
    NewMatch,
    Statement,
    TakenStatement,
)
from schemas.charts import Money
from schemas.journals import MoneyAccount
from schemas.problems import Fault, Problem, Refusal
from schemas.units import Fen
from web import wire
from web.database import Connection
from web.i18n.words import N_
from web.imports import bank_statements
from web.pages.filters import last_period, periods_of
from web.pages.naming import names_of
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, day_from, does, month_from, of_one, shows
from web.pages.voucher_form import amount_from
from web.people_names import names_of as names_of_people

MOST_SHOWN = 300
"""Open rows and postings of one side on a page; more are shown once some are matched."""

statement_file_must_be_chosen = Fault(
    code="statement_file_must_be_chosen",
    says="No file was chosen.",
    remedy="Choose the statement the bank gave out, as Excel or CSV.",
)
statement_balance_must_be_given = Fault(
    code="statement_balance_must_be_given",
    says="The file shows no balance after each row, so what the account held before is not known.",
    remedy="Give the balance before the first row.",
)
something_must_be_ticked = Fault(
    code="something_must_be_ticked",
    says="Nothing is ticked.",
    remedy="Tick what belongs together, then match it.",
)


class Proposal(NamedTuple):
    """A proposed match with its members as they are shown, and what its tick says."""

    said: str
    rule: MatchRule
    lines: tuple[BankLine, ...]
    entries: tuple[BookEntry, ...]


def accounts_of(visit: Visit) -> tuple[MoneyAccount, ...]:
    """Every account of money kept with others: those that moved, and those that never did."""
    moved = [
        of
        for kind in (Money.BANK, Money.OTHER)
        for of in journals.money_accounts(visit.db, book=visit.at_book, kind=kind)
    ]
    chart = books.accounts(visit.db, book=visit.at_book)
    still = [
        MoneyAccount(account=account.code)
        for account in chart.values()
        if account.lowest
        and account.open
        and account.statutory.money is Money.BANK
        and not any(of.account == account.code for of in moved)
    ]
    return tuple(sorted((*moved, *still), key=lambda of: (of.account, of.detail)))


ACCOUNT = ("account", "detail")
"""What names a bank account in an address."""


def account_from(visit: Visit) -> MoneyAccount:
    """The account the address names; the first there is when it names none."""
    given = visit.query
    if given.get("account"):
        return MoneyAccount(account=given["account"][:20], detail=given.get("detail", "")[:80])
    known = accounts_of(visit)
    return known[0] if known else MoneyAccount(account="102")


class Chosen(NamedTuple):
    """The account at hand and where its pages are."""

    of: MoneyAccount
    home: str

    def to(self, page: str = "", **query: object) -> str:
        """The address of a page of this account."""
        path = f"{self.home}/bank{'/' + page if page else ''}"
        return address(path, account=self.of.account, detail=self.of.detail, **query)


def _chosen(visit: Visit) -> Chosen:
    return Chosen(account_from(visit), visit.home)


# Pages


@shows("/books/{book}/bank", asks=ACCOUNT)
def open_items(visit: Visit) -> Shown:
    """What waits to be matched, and the statement to take in."""
    return _show_open(visit)


def _show_open(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    chosen = _chosen(visit)
    taken = queries.statements(visit.db, book=visit.id, of=chosen.of)
    on = _horizon(taken, today=visit.on)
    lines = queries.open_lines(visit.db, book=visit.id, of=chosen.of, on=on, free=True)
    entries = queries.open_entries(visit.db, book=visit.id, of=chosen.of, on=on, free=True)
    proposed = _proposals(visit, chosen.of, on=on, lines=lines, entries=entries)
    in_proposals = {line.id for one in proposed for line in one.lines}
    entries_in = {entry.key for one in proposed for entry in one.entries}
    return visit.page(
        "bank.html",
        problems=problems,
        status=status,
        chosen=chosen,
        accounts=accounts_of(visit),
        names=names_of(visit, of_details=[of.detail for of in accounts_of(visit)]),
        statements=taken,
        begun=queries.begun_on(visit.db, book=visit.id, of=chosen.of),
        until=max((one.last_day for one in taken), default=None),
        proposed=proposed,
        lines=[line for line in lines if line.id not in in_proposals][:MOST_SHOWN],
        entries=[entry for entry in entries if entry.key not in entries_in][:MOST_SHOWN],
        left_out=max(0, len(lines) - len(in_proposals) - MOST_SHOWN)
        + max(0, len(entries) - len(entries_in) - MOST_SHOWN),
        ticked=frozenset(visit.fields("line") + visit.fields("entry") + visit.fields("proposal")),
        given=visit.field,
        today=visit.on,
        horizon=on,
        may_match=visit.may("reconcile_bank"),
    )


def _horizon(taken: Sequence[TakenStatement], *, today: date) -> date:
    """Up to which day postings are laid beside the bank: as far behind its last row as two sides may date one money."""
    return min(today, max((one.last_day for one in taken), default=today) + WINDOW)


def _proposals(
    visit: Visit,
    of: MoneyAccount,
    *,
    on: date,
    lines: Sequence[BankLine],
    entries: Sequence[BookEntry],
) -> list[Proposal]:
    by_id = {line.id: line for line in lines}
    by_key = {entry.key: entry for entry in entries}
    return [
        Proposal(
            said=_said(one),
            rule=one.rule,
            lines=tuple(by_id[line] for line in one.lines if line in by_id),
            entries=tuple(by_key[key] for key in one.entries if key in by_key),
        )
        for one in queries.proposed(visit.db, book=visit.id, of=of, on=on)
    ]


@shows("/books/{book}/bank/lines", asks=(*ACCOUNT, "month"))
def statement_lines(visit: Visit) -> Shown:
    """The rows of the bank in a month, each with what it belongs to."""
    chosen = _chosen(visit)
    month = month_from(visit.query.get("month", ""), otherwise=_month_in_hand(visit, chosen.of))
    first, last = days_of(min(month, month // 100 * 100 + 12))
    lines = queries.lines(visit.db, book=visit.id, of=chosen.of, first_day=first, last_day=last)
    wanted = {line.id for line in lines}
    matches = {
        line: match
        for match in queries.matches(visit.db, book=visit.id, of=chosen.of)
        for line in match.lines
        if line in wanted
    }
    entries = queries.entries_of(
        visit.db,
        book=visit.id,
        of=chosen.of,
        keys=[key for match in matches.values() for key in match.entries],
    )
    return visit.page(
        "bank_lines.html",
        chosen=chosen,
        accounts=accounts_of(visit),
        names=names_of(visit, of_details=[of.detail for of in accounts_of(visit)]),
        month=month,
        periods=[period for period in periods_of(visit) if period % 100 <= 12],
        lines=lines,
        matches=matches,
        entries=entries,
        moved=sum(line.amount for line in lines if line.side is ItemSide.BANK),
    )


@shows("/books/{book}/bank/matches", asks=ACCOUNT)
def made_matches(visit: Visit) -> Shown:
    """The matches that hold, newest first, each to be undone with a reason."""
    return _show_matches(visit)


def _show_matches(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    chosen = _chosen(visit)
    found = queries.matches(visit.db, book=visit.id, of=chosen.of)[::-1]
    shown = found[:MOST_SHOWN]
    lines = queries.lines_of(
        visit.db, book=visit.id, of=chosen.of, ids=[line for match in shown for line in match.lines]
    )
    entries = queries.entries_of(
        visit.db, book=visit.id, of=chosen.of, keys=[key for match in shown for key in match.entries]
    )
    return visit.page(
        "bank_matches.html",
        problems=problems,
        status=status,
        chosen=chosen,
        accounts=accounts_of(visit),
        names=names_of(visit, of_details=[of.detail for of in accounts_of(visit)]),
        matches=shown,
        count=len(found),
        lines=lines,
        entries=entries,
        people=names_of_people(visit.db, {match.made_by for match in shown}, locale=visit.locale),
    )


@shows("/books/{book}/bank/statements", asks=ACCOUNT)
def taken_statements(visit: Visit) -> Shown:
    """The statements that were taken in."""
    chosen = _chosen(visit)
    taken = queries.statements(visit.db, book=visit.id, of=chosen.of)[::-1]
    return visit.page(
        "bank_statements.html",
        chosen=chosen,
        accounts=accounts_of(visit),
        names=names_of(visit, of_details=[of.detail for of in accounts_of(visit)]),
        statements=taken,
        people=names_of_people(visit.db, {one.added_by for one in taken}, locale=visit.locale),
    )


@shows("/books/{book}/bank/reconciliation", asks=(*ACCOUNT, "on"))
def reconciliation(visit: Visit) -> Shown:
    """The 余额调节表 at the end of a day."""
    chosen = _chosen(visit)
    given = visit.query.get("on", "")
    on = day_from(given, pointer="/on") if given else days_of(_month_in_hand(visit, chosen.of))[1]
    found = queries.reconciliation(visit.db, book=visit.id, of=chosen.of, on=on)
    return visit.page(
        "bank_reconciliation.html",
        chosen=chosen,
        accounts=accounts_of(visit),
        names=names_of(visit, of_details=[of.detail for of in accounts_of(visit)]),
        found=found,
        on=on,
        month_ends=[days_of(period)[1] for period in periods_of(visit) if period % 100 <= 12],
    )


def _month_in_hand(visit: Visit, of: MoneyAccount) -> int:
    """The month of the last statement; without one the last anything is posted in."""
    taken = queries.statements(visit.db, book=visit.id, of=of)
    if taken:
        last = max(one.last_day for one in taken)
        return last.year * 100 + last.month
    month = last_period(visit.db, book=visit.at_book)
    return min(month, month // 100 * 100 + 12)


# Acts


@does(
    "/books/{book}/bank/statements",
    deed=Deed.RECONCILE_BANK,
    takes=bank_statements.MOST_BYTES + 65_536,
    again=_show_open,
)
async def take_statement(visit: Visit) -> Shown:
    """Take in a statement from the file the bank gives out."""
    chosen = await visit.read(lambda: _chosen(visit))
    files = visit.uploads("file")
    if not files:
        raise Refusal(statement_file_must_be_chosen.at("/file"))
    content = await files[0].read()
    name = files[0].filename or "?"
    statement = await visit.on_thread(lambda: _statement_in(visit, content, name, of=chosen.of))
    taken = await visit.write(
        lambda db: actions.take_statement(db, statement, book=visit.id, by=visit.by, on=visit.on, at=visit.at)
    )
    if taken.replayed:
        return see_other(chosen.to(), notice=N_("This very statement was taken before; nothing changed."))
    return see_other(
        chosen.to(),
        notice=N_("Taken in: {added} new rows of {rows}, {first} to {last}."),
        added=taken.added,
        rows=taken.rows,
        first=taken.first_day,
        last=taken.last_day,
    )


def _statement_in(visit: Visit, content: bytes, name: str, *, of: MoneyAccount) -> Statement:
    """What the file says, with the days and the balance the form gives where it gives them."""
    found = bank_statements.read_statement(content, name=name)
    opening: Fen | None = found.opening
    if visit.field("opening"):
        opening = amount_from(visit.field("opening"), pointer="/opening")
    if opening is None:
        raise Refusal(statement_balance_must_be_given.at("/opening"))
    closing = found.closing
    if closing is None or visit.field("opening"):
        closing = opening + sum(row.amount for row in found.rows)
    return Statement(
        of=of,
        first_day=_day_or(visit.field("first_day"), found.first_day, pointer="/first_day"),
        last_day=_day_or(visit.field("last_day"), found.last_day, pointer="/last_day"),
        opening=opening,
        closing=closing,
        rows=found.rows,
    )


def _day_or(text: str, otherwise: date, *, pointer: str) -> date:
    return day_from(text, pointer=pointer) if text else otherwise


@does("/books/{book}/bank/matches", deed=Deed.RECONCILE_BANK, again=_show_open)
async def match(visit: Visit) -> Shown:
    """Accept the proposals that are ticked, or match what is ticked by hand."""
    chosen = await visit.read(lambda: _chosen(visit))
    accepted = [_match_from(text) for text in visit.fields("proposal")]
    by_hand = NewMatch(
        lines=tuple(_whole(text, "line") for text in visit.fields("line")),
        entries=tuple(_key(text) for text in visit.fields("entry")),
    )
    if by_hand.lines or by_hand.entries:
        accepted.append(by_hand)
    if not accepted:
        raise Refusal(something_must_be_ticked.at())
    made = await visit.write(lambda db: _match(db, visit, accepted, of=chosen.of))
    return see_other(chosen.to(), notice=N_("Matched: {count}."), count=len(made))


def _match(
    db: Connection, visit: Visit, wanted: Sequence[NewMatch], *, of: MoneyAccount
) -> tuple[Match, ...]:
    taken = queries.statements(db, book=visit.id, of=of)
    on = _horizon(taken, today=visit.on)
    proposed = queries.proposed(db, book=visit.id, of=of, on=on)
    new = [_with_its_rule(one, proposed) for one in wanted]
    return actions.match_many(db, new, book=visit.id, of=of, by=visit.by, at=visit.at)


def _with_its_rule(wanted: NewMatch, proposed: Sequence[NewMatch]) -> NewMatch:
    """The match with the rule it is proposed by at this moment; one that no longer is was made by hand."""
    members = (frozenset(wanted.lines), frozenset(wanted.entries))
    for one in proposed:
        if (frozenset(one.lines), frozenset(one.entries)) == members:
            return one
    return wanted


@does("/books/{book}/bank/matches/{match}/undo", deed=Deed.RECONCILE_BANK, again=_show_matches)
async def undo(visit: Visit) -> Shown:
    """Undo a match, with a reason."""
    chosen = await visit.read(lambda: _chosen(visit))
    number = visit.number_at("match")
    await visit.write(
        lambda db: actions.unmatch(
            db,
            book=visit.id,
            match=number,
            reason=visit.field("reason")[:200],
            by=visit.by,
            at=visit.at,
        )
    )
    return see_other(chosen.to("matches"), notice=N_("The match is undone; its rows are open again."))


def _carried_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show_open(visit, of_one(problems), status)


@does("/books/{book}/bank/carried", deed=Deed.RECONCILE_BANK, again=_carried_again)
async def carry_over(visit: Visit) -> Shown:
    """Enter an item that was still open on paper when the first statement begins."""
    chosen = await visit.read(lambda: _chosen(visit))
    amount = abs(amount_from(visit.field("amount"), pointer="/amount"))
    item = CarriedItem(
        side=ItemSide.BOOK if visit.field("side") == ItemSide.BOOK else ItemSide.BANK,
        date=day_from(visit.field("date"), pointer="/date"),
        amount=amount if visit.field("way") == "in" else -amount,
        text=visit.field("text")[:200],
    )
    await visit.write(
        lambda db: actions.carry_over(db, [item], book=visit.id, of=chosen.of, by=visit.by, at=visit.at)
    )
    return see_other(chosen.to(), notice=N_("Carried over from paper."))


# What a tick says


def _said(one: NewMatch) -> str:
    lines = ",".join(str(line) for line in one.lines)
    entries = ",".join(f"{key.voucher}-{key.line}" for key in one.entries)
    return f"{lines}/{entries}"


def _match_from(text: str) -> NewMatch:
    lines, _, entries = text.partition("/")
    return NewMatch(
        lines=tuple(_whole(one, "proposal") for one in lines.split(",") if one),
        entries=tuple(_key(one, "proposal") for one in entries.split(",") if one),
    )


def _whole(text: str, field: str) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise wire.Unreadable(wire.must_be_whole_number.at(f"/{field}"))
    return int(text)


def _key(text: str, field: str = "entry") -> EntryKey:
    found = re.fullmatch(r"([0-9]{1,15})-([0-9]{1,9})", text)
    if found is None:
        raise wire.Unreadable(wire.must_be_written_so.at(f"/{field}", given=text[:40], pattern="12-1"))
    return EntryKey(voucher=int(found[1]), line=int(found[2]))


handlers = [
    open_items,
    statement_lines,
    made_matches,
    taken_statements,
    reconciliation,
    take_statement,
    match,
    undo,
    carry_over,
]
