"""The bank's statement beside the book's bank account: what a statement must fulfil, which rows are the same money,
and what is left for the reconciliation 余额调节表.

Rows and postings that are the same money are matched, many to many, to the fen. What only one side knows stays open
and explains the difference. With 10 000.00 in the book and 9 300.00 at the bank, a receipt of 800.00 the bank has
not booked (企业已收银行未收) and a fee of 20.00 the book has not (银行已付企业未付), and interest of 120.00 the book
has not (银行已收企业未收): 10 000.00 + 120.00 - 20.00 = 10 100.00 = 9 300.00 + 800.00. Both sides agree.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, timedelta

from ledger.seal.rules import digest_of
from schemas.bank import (
    BankLine,
    BookEntry,
    CarriedItem,
    EntryKey,
    ItemSide,
    MatchRule,
    NewMatch,
    OpenItem,
    Reconciliation,
    Statement,
    StatementRow,
    TakenStatement,
)
from schemas.journals import MoneyAccount
from schemas.periods import Check
from schemas.problems import Fault, Problem, Severity
from schemas.units import Fen, Value

WINDOW = timedelta(days=7)
"""How far a bank and a book may date the same money apart for it to be proposed as the same."""

LONG_OPEN = timedelta(days=31)
"""After this an open item is named at the close: the bank's slowest transfer is long through."""

_DAY = timedelta(days=1)

TAKEN, CARRIED, MATCHED, UNDONE = "bank.statement", "bank.carry_over", "bank.match", "bank.unmatch"
"""The acts under which the log seals what the bank's side book holds."""

statement_days_must_run_forwards = Fault(
    code="statement_days_must_run_forwards",
    says="The statement runs from {first} to {last}.",
    remedy="Correct its first and last day.",
)
statement_must_not_lie_ahead = Fault(
    code="statement_must_not_lie_ahead",
    says="The statement runs to {last}, which has not come yet.",
    remedy="Correct its last day.",
)
statement_row_must_be_in_its_days = Fault(
    code="statement_row_must_be_in_its_days",
    says="The row of {date} lies outside the statement's days {first} to {last}.",
    remedy="Correct the row or the statement's days.",
)
statement_row_must_have_an_amount = Fault(
    code="statement_row_must_have_an_amount",
    says="The row of {date} has no amount.",
    remedy="Leave out rows that move nothing.",
)
statement_must_add_up = Fault(
    code="statement_must_add_up",
    says="The statement opens with {opening} and its rows come to {moved}, but it closes with {closing}, not {expected}.",
    remedy="Rows are missing or doubled; download the statement again.",
)
balance_must_follow = Fault(
    code="balance_must_follow",
    says="After the row of {date} over {amount} the bank shows {balance}, but the rows before it come to {expected}.",
    remedy="Rows are missing, doubled or out of order; download the statement again.",
)
statement_must_continue = Fault(
    code="statement_must_continue",
    says="The statement of {first} opens with {opening}, but at the end of the day before the account held {expected}.",
    remedy="A statement in between is incomplete; take one that begins on its last day.",
)
row_must_be_in_both_statements = Fault(
    code="row_must_be_in_both_statements",
    says="The row of {date} over {amount} ({text}) is in one of two statements that both cover this day, not in the other.",
    remedy="One of them is incomplete or was changed; download both again and compare.",
)
statement_must_not_precede_carried_items = Fault(
    code="statement_must_not_precede_carried_items",
    says="Items carried over from paper were entered up to {first}; a statement from before would count them twice.",
    remedy="Take statements from {first} on only.",
)
account_must_be_a_bank_account = Fault(
    code="account_must_be_a_bank_account",
    says="{account} is no account of money kept with others in this book.",
    remedy="Choose 102 银行存款, a sub-account of it, or 其他货币资金, with the detail of the bank account.",
)
statements_must_have_begun = Fault(
    code="statements_must_have_begun",
    says="No statement of {account} has been taken yet.",
    remedy="Take the first statement; then enter what was open before it.",
)
carried_item_must_precede_statements = Fault(
    code="carried_item_must_precede_statements",
    says="The item of {date} lies in the time the statements cover, from {first} on.",
    remedy="Only what was open before {first} is carried over from paper.",
)
carried_item_must_have_an_amount = Fault(
    code="carried_item_must_have_an_amount",
    says="The item of {date} has no amount.",
    remedy="Give its amount.",
)
carried_item_must_be_new = Fault(
    code="carried_item_must_be_new",
    says="The item of {date} over {amount} ({text}) was already carried over.",
    remedy="Nothing is left to do; if there were two of them, say so in their text.",
)
match_must_have_two_members = Fault(
    code="match_must_have_two_members",
    says="A match has at least two members.",
    remedy="Choose the row of the bank and the posting it belongs to.",
)
match_must_come_out_even = Fault(
    code="match_must_come_out_even",
    says="The rows of the bank come to {bank}, the postings to {book}; they differ by {difference}.",
    remedy="Match only what is the same money; book what is missing, a fee for example.",
)
member_must_exist = Fault(
    code="member_must_exist",
    says="{member} is not on {account}.",
    remedy="Look at the list again; somebody may have been faster.",
)
member_must_be_free = Fault(
    code="member_must_be_free",
    says="{member} is already matched.",
    remedy="Undo that match first, if it is wrong.",
)
member_must_be_named_once = Fault(
    code="member_must_be_named_once", says="{member} is named twice.", remedy="Name it once."
)
posting_must_not_precede_statements = Fault(
    code="posting_must_not_precede_statements",
    says="Voucher {voucher} of {date} lies before the first statement ({first}).",
    remedy="If it was still open then, enter it as an item carried over from paper and match that.",
)
match_must_exist = Fault(
    code="match_must_exist", says="There is no match {match}.", remedy="Look at the list again."
)
match_must_not_be_undone_twice = Fault(
    code="match_must_not_be_undone_twice",
    says="Match {match} is already undone.",
    remedy="Nothing is left to do.",
)
statements_should_be_taken = Fault(
    code="statements_should_be_taken",
    says="No statement of {account} has been taken yet; the month ends on {last}.",
    remedy="Take the bank's statement up to the end of the month.",
    severity=Severity.WARNING,
)
statements_should_reach_the_month_end = Fault(
    code="statements_should_reach_the_month_end",
    says="The statements of {account} reach {until}, the month ends on {last}.",
    remedy="Take the bank's statement up to the end of the month.",
    severity=Severity.WARNING,
)
bank_should_be_reconciled = Fault(
    code="bank_should_be_reconciled",
    says="{account}: with all open items the book comes to {book} and the bank to {bank}; {difference} stays unexplained.",
    remedy="Enter what was open at the take-over, or find the statement that is missing.",
    severity=Severity.WARNING,
)
rows_should_be_matched = Fault(
    code="rows_should_be_matched",
    says="{account}: {count} matches are proposed and wait for a person.",
    remedy="Look through them and accept what is right.",
    severity=Severity.WARNING,
)
item_should_not_stay_open = Fault(
    code="item_should_not_stay_open",
    says="{account}: {amount} of {date} ({text}) is still open on one side.",
    remedy="Ask the bank, or book what is missing.",
    severity=Severity.WARNING,
)


# Statements


def in_order(statement: Statement) -> tuple[StatementRow, ...]:
    """The rows oldest first. Banks list them either way; where balances are shown they tell."""
    forwards = statement.rows
    backwards = forwards[::-1]
    if _first_break(backwards, opening=statement.opening) is None and (
        _first_break(forwards, opening=statement.opening) is not None
        or (forwards and forwards[0].date > forwards[-1].date)
    ):
        return backwards
    return forwards


def _first_break(rows: Sequence[StatementRow], *, opening: Fen) -> tuple[int, Fen] | None:
    """The first row whose balance does not follow from those before, and the balance that would."""
    balance = opening
    for index, row in enumerate(rows):
        balance += row.amount
        if row.balance is not None and row.balance != balance:
            return index, balance
    return None


def faults_of_statement(
    new: Statement,
    *,
    on: date,
    known: Sequence[TakenStatement],
    lines: Sequence[BankLine],
    carried: bool,
    yuan: Callable[[Fen], str],
) -> tuple[Problem, ...]:
    """Everything wrong with a statement by itself and beside the ones ``known``, whose rows (from the first day of
    the one it follows to its own last day) are ``lines``. ``carried``: items were carried over from paper.

    A statement may overlap earlier ones, and may have been taken in the middle of its last day; on every other day
    two statements cover, both have the same rows.
    """
    alone = tuple(_faults_of_days(new, on=on)) + tuple(_faults_of_rows(new, yuan=yuan))
    if alone:
        return alone
    return (
        *_faults_of_neighbours(new, known=known, lines=lines, carried=carried, yuan=yuan),
        *_faults_of_overlap(new, known=known, lines=lines, yuan=yuan),
    )


def _faults_of_days(new: Statement, *, on: date) -> Iterator[Problem]:
    if new.first_day > new.last_day:
        yield statement_days_must_run_forwards.at("/first_day", first=new.first_day, last=new.last_day)
    if new.last_day > on:
        yield statement_must_not_lie_ahead.at("/last_day", last=new.last_day)


def _faults_of_rows(new: Statement, *, yuan: Callable[[Fen], str]) -> Iterator[Problem]:
    for index, row in enumerate(new.rows):
        if not new.first_day <= row.date <= new.last_day:
            yield statement_row_must_be_in_its_days.at(
                f"/rows/{index}/date", date=row.date, first=new.first_day, last=new.last_day
            )
        if row.amount == 0:
            yield statement_row_must_have_an_amount.at(f"/rows/{index}/amount", date=row.date)
    moved = sum(row.amount for row in new.rows)
    if new.opening + moved != new.closing:
        yield statement_must_add_up.at(
            "/closing",
            opening=yuan(new.opening),
            moved=yuan(moved),
            closing=yuan(new.closing),
            expected=yuan(new.opening + moved),
        )
    rows = in_order(new)
    broken = _first_break(rows, opening=new.opening)
    if broken is not None:
        place, expected = broken
        row = rows[place]
        index = place if rows is new.rows else len(rows) - 1 - place
        yield balance_must_follow.at(
            f"/rows/{index}/balance",
            date=row.date,
            amount=yuan(row.amount),
            balance=yuan(row.balance or 0),
            expected=yuan(expected),
        )


def _faults_of_neighbours(
    new: Statement,
    *,
    known: Sequence[TakenStatement],
    lines: Sequence[BankLine],
    carried: bool,
    yuan: Callable[[Fen], str],
) -> Iterator[Problem]:
    """Where one statement follows another without a gap, it opens with what the other held."""
    begun = min((statement.first_day for statement in known), default=None)
    if carried and begun is not None and new.first_day < begun:
        yield statement_must_not_precede_carried_items.at("/first_day", first=begun)
    last = followed_by(new, known=known)
    if last is not None:
        expected = last.opening + sum(
            line.amount for line in lines if last.first_day <= line.date < new.first_day
        )
        if expected != new.opening:
            yield statement_must_continue.at(
                "/opening", first=new.first_day, opening=yuan(new.opening), expected=yuan(expected)
            )
    for after in known:
        if new.first_day < after.first_day <= new.last_day + _DAY:
            expected = new.opening + sum(row.amount for row in new.rows if row.date < after.first_day)
            if expected != after.opening:
                yield statement_must_continue.at(
                    "/closing", first=after.first_day, opening=yuan(after.opening), expected=yuan(expected)
                )


def followed_by(new: Statement, *, known: Iterable[TakenStatement]) -> TakenStatement | None:
    """The latest statement that ``new`` follows without a gap between them, or overlaps."""
    before = [
        statement for statement in known if statement.first_day <= new.first_day <= statement.last_day + _DAY
    ]
    return max(before, key=lambda statement: (statement.first_day, statement.id), default=None)


def _faults_of_overlap(
    new: Statement,
    *,
    known: Sequence[TakenStatement],
    lines: Sequence[BankLine],
    yuan: Callable[[Fen], str],
) -> Iterator[Problem]:
    contents = contents_of(new.rows)
    here = set(contents)
    there = set(contents_of_lines(lines))
    for content in sorted(there - here, key=str):
        # The last day may have been cut short by the hour it was taken.
        if new.first_day <= content.date < new.last_day:
            yield _not_in_both(content, "/rows", yuan=yuan)
    for index, content in enumerate(contents):
        whole = any(statement.first_day <= content.date < statement.last_day for statement in known)
        if whole and content not in there:
            yield _not_in_both(content, f"/rows/{index}", yuan=yuan)


class RowContent(Value):
    """What tells a row of a statement from another: everything it says, and how many equal rows of it came before
    on its statement."""

    date: date
    amount: Fen
    text: str
    party: str
    reference: str
    balance: Fen | None
    nth: int


def contents_of(rows: Iterable[StatementRow]) -> tuple[RowContent, ...]:
    """The content of each row, in order; blanks do not count."""
    seen: Counter[tuple[object, ...]] = Counter()
    found = []
    for row in rows:
        text, party, reference = (" ".join(part.split()) for part in (row.text, row.party, row.reference))
        key = (row.date, row.amount, text, party, reference, row.balance)
        seen[key] += 1
        found.append(
            RowContent(
                date=row.date,
                amount=row.amount,
                text=text,
                party=party,
                reference=reference,
                balance=row.balance,
                nth=seen[key],
            )
        )
    return tuple(found)


def contents_of_lines(lines: Iterable[BankLine]) -> tuple[RowContent, ...]:
    """The content of rows the book holds."""
    return contents_of(
        StatementRow(
            date=line.date,
            amount=line.amount,
            text=line.text,
            party=line.party,
            reference=line.reference,
            balance=line.balance,
        )
        for line in lines
    )


def _not_in_both(content: RowContent, pointer: str, *, yuan: Callable[[Fen], str]) -> Problem:
    return row_must_be_in_both_statements.at(
        pointer,
        date=content.date,
        amount=yuan(content.amount),
        text=" ".join(filter(None, (content.text, content.party, content.reference))) or "—",
    )


def digest_of_row(content: RowContent, *, of: MoneyAccount) -> str:
    """By what a row is known again when an overlapping statement brings it once more."""
    return digest_of((of, content))


def faults_of_carried(
    items: Sequence[CarriedItem],
    *,
    of: MoneyAccount,
    begun: date | None,
    there: frozenset[str],
    yuan: Callable[[Fen], str],
) -> tuple[Problem, ...]:
    """What is carried over from paper lies before the first statement, and comes once."""
    if begun is None:
        return (statements_must_have_begun.at("/of", account=of.text),)
    problems = []
    seen = set(there)
    for index, item in enumerate(items):
        if item.date >= begun:
            problems.append(
                carried_item_must_precede_statements.at(f"/{index}/date", date=item.date, first=begun)
            )
        if item.amount == 0:
            problems.append(carried_item_must_have_an_amount.at(f"/{index}/amount", date=item.date))
        digest = digest_of((of, item))
        if digest in seen:
            problems.append(
                carried_item_must_be_new.at(
                    f"/{index}", date=item.date, amount=yuan(item.amount), text=item.text or "—"
                )
            )
        seen.add(digest)
    return tuple(problems)


def sealed_statement(statement: TakenStatement, added: Iterable[BankLine]) -> str:
    """The digest under which the log seals a statement and the rows it added."""
    return digest_of(
        (
            statement.id,
            statement.of,
            statement.first_day,
            statement.last_day,
            statement.opening,
            statement.closing,
            statement.rows,
            statement.digest,
            tuple(sorted(added, key=lambda line: line.id)),
        )
    )


def subject_of(statement: int) -> str:
    """What the log calls a statement."""
    return f"bank_statement:{statement}"


# Matching


def faults_of_match(
    new: NewMatch,
    *,
    of: MoneyAccount,
    lines: Mapping[int, BankLine],
    entries: Mapping[EntryKey, BookEntry],
    taken: AbstractSet[int | EntryKey],
    begun: date | None,
    yuan: Callable[[Fen], str],
) -> tuple[Problem, ...]:
    """Why rows and postings cannot be matched: unknown, matched already, named twice, or not the same amount.

    ``lines`` and ``entries`` are those of the members that lie on the account; ``taken`` the matched ones.
    """
    problems = []
    if len(new.lines) + len(new.entries) < 2:
        problems.append(match_must_have_two_members.at(""))
    members: list[tuple[str, int | EntryKey, bool]] = [
        *((f"/lines/{index}", line, line in lines) for index, line in enumerate(new.lines)),
        *((f"/entries/{index}", key, key in entries) for index, key in enumerate(new.entries)),
    ]
    seen: set[int | EntryKey] = set()
    for pointer, member, there in members:
        shown = _shown(member, lines=lines, entries=entries, yuan=yuan)
        if not there:
            problems.append(member_must_exist.at(pointer, member=shown, account=of.text))
        elif member in seen:
            problems.append(member_must_be_named_once.at(pointer, member=shown))
        elif member in taken:
            problems.append(member_must_be_free.at(pointer, member=shown))
        seen.add(member)
    for index, key in enumerate(new.entries):
        entry = entries.get(key)
        if entry is not None and (begun is None or entry.date < begun):
            problems.append(
                posting_must_not_precede_statements.at(
                    f"/entries/{index}", voucher=entry.voucher_text, date=entry.date, first=begun or "—"
                )
            )
    if not problems:
        bank = sum(lines[line].amount for line in new.lines if lines[line].side is ItemSide.BANK)
        book = sum(lines[line].amount for line in new.lines if lines[line].side is ItemSide.BOOK)
        book += sum(entries[key].amount for key in new.entries)
        if bank != book:
            problems.append(
                match_must_come_out_even.at(
                    "", bank=yuan(bank), book=yuan(book), difference=yuan(abs(bank - book))
                )
            )
    return tuple(problems)


def _shown(
    member: int | EntryKey,
    *,
    lines: Mapping[int, BankLine],
    entries: Mapping[EntryKey, BookEntry],
    yuan: Callable[[Fen], str],
) -> str:
    if isinstance(member, int):
        line = lines.get(member)
        return f"#{member}" if line is None else f"{line.date} {yuan(line.amount)} {line.text}".strip()
    entry = entries.get(member)
    return f"#{member.voucher}/{member.line}" if entry is None else f"{entry.voucher_text}/{member.line}"


class _Item(Value):
    """One side's record of money, whichever table it comes from."""

    key: int | EntryKey
    date: date
    amount: Fen
    reference: str
    party: str
    text: str


def proposals(lines: Sequence[BankLine], entries: Sequence[BookEntry]) -> tuple[NewMatch, ...]:
    """Which open rows and postings are the same money, for a person to accept; the surest first.

    A red posting goes with the one it cancels, unless the bank really moved it to and fro. Then equal amounts at
    most seven days apart: the only ones of each other; the ones with the same reference, the same name, the same
    day, where that leaves one of each. What stays ambiguous is not proposed.
    """
    at_bank = [_of_line(line) for line in lines if line.side is ItemSide.BANK]
    in_book = [_of_line(line) for line in lines if line.side is ItemSide.BOOK]
    cancelled = tuple(_cancelled(entries, at_bank))
    gone = {key for match in cancelled for key in match.entries}
    in_book += [_of_entry(entry) for entry in entries if entry.key not in gone]
    by_amount: defaultdict[Fen, tuple[list[_Item], list[_Item]]] = defaultdict(lambda: ([], []))
    for item in at_bank:
        by_amount[item.amount][0].append(item)
    for item in in_book:
        by_amount[item.amount][1].append(item)
    pairs = [pair for bank, book in by_amount.values() if bank and book for pair in _pairs(bank, book)]
    order = list(MatchRule)
    pairs.sort(key=lambda pair: (order.index(pair[2]), pair[0].date, str(pair[0].key)))
    return (*cancelled, *(_as_match(bank, book, rule) for bank, book, rule in pairs))


def _cancelled(entries: Sequence[BookEntry], at_bank: Sequence[_Item]) -> Iterator[NewMatch]:
    moved = defaultdict(list)
    for item in at_bank:
        moved[item.amount].append(item.date)
    by_voucher = defaultdict(list)
    for entry in entries:
        by_voucher[entry.key.voucher].append(entry)
    for red in entries:
        if red.cancels is None or by_voucher[red.key.voucher][0] is not red:
            continue
        group = [*by_voucher[red.cancels], *by_voucher[red.key.voucher]]
        returned = any(
            abs(day - entry.date) <= WINDOW
            for entry in by_voucher[red.key.voucher]
            for day in moved.get(entry.amount, ())
        )
        if by_voucher[red.cancels] and not returned and sum(entry.amount for entry in group) == 0:
            yield NewMatch(entries=tuple(entry.key for entry in group), rule=MatchRule.CANCELLED)


def _pairs(bank: list[_Item], book: list[_Item]) -> Iterator[tuple[_Item, _Item, MatchRule]]:
    """The pairs of one amount. Each pair taken out may leave others alone with each other, so one begins again
    with the surest reason after each."""
    bank, book = sorted(bank, key=_place), sorted(book, key=_place)
    reasons: tuple[tuple[MatchRule, Callable[[_Item, _Item], bool]], ...] = (
        (MatchRule.ONLY_ONE, lambda _bank, _book: True),
        (MatchRule.REFERENCE, _same_reference),
        (MatchRule.NAME, _same_name),
        (MatchRule.SAME_DAY, lambda at_bank, in_book: at_bank.date == in_book.date),
    )
    place = 0
    while bank and book and place < len(reasons):
        rule, holds = reasons[place]
        found = _only_pairs(bank, book, holds)
        place = 0 if found else place + 1
        for at_bank, in_book in found:
            yield at_bank, in_book, rule
        gone = {item.key for at_bank, in_book, *_ in found for item in (at_bank, in_book)}
        bank = [item for item in bank if item.key not in gone]
        book = [item for item in book if item.key not in gone]


def _place(item: _Item) -> tuple[date, str]:
    return item.date, str(item.key)


def _only_pairs(
    bank: Sequence[_Item], book: Sequence[_Item], holds: Callable[[_Item, _Item], bool]
) -> list[tuple[_Item, _Item]]:
    """The pairs in which each is the other's only candidate."""
    days = [item.date for item in book]
    of_book: defaultdict[int, list[_Item]] = defaultdict(list)
    of_bank: list[tuple[_Item, list[int]]] = []
    for item in bank:
        near = range(bisect_left(days, item.date - WINDOW), bisect_right(days, item.date + WINDOW))
        candidates = [index for index in near if holds(item, book[index])]
        of_bank.append((item, candidates))
        for index in candidates:
            of_book[index].append(item)
    return [
        (item, book[candidates[0]])
        for item, candidates in of_bank
        if len(candidates) == 1 and len(of_book[candidates[0]]) == 1
    ]


def _same_reference(at_bank: _Item, in_book: _Item) -> bool:
    return len(at_bank.reference) >= 4 and at_bank.reference in f"{in_book.reference} {in_book.text}"


def _same_name(at_bank: _Item, in_book: _Item) -> bool:
    return len(at_bank.party) >= 2 and at_bank.party in f"{in_book.party} {in_book.text}"


def _of_line(line: BankLine) -> _Item:
    return _Item(
        key=line.id,
        date=line.date,
        amount=line.amount,
        reference=line.reference,
        party=line.party,
        text=line.text,
    )


def _of_entry(entry: BookEntry) -> _Item:
    return _Item(
        key=entry.key,
        date=entry.date,
        amount=entry.amount,
        reference="",
        party=" ".join(entry.names),
        text=entry.summary,
    )


def _as_match(at_bank: _Item, in_book: _Item, rule: MatchRule) -> NewMatch:
    lines, entries = [], []
    for item in (at_bank, in_book):
        if isinstance(item.key, int):
            lines.append(item.key)
        else:
            entries.append(item.key)
    return NewMatch(lines=tuple(lines), entries=tuple(entries), rule=rule)


# Reconciling


def reconcile(
    *,
    of: MoneyAccount,
    on: date,
    book_balance: Fen,
    bank_balance: Fen,
    lines: Iterable[BankLine],
    entries: Iterable[BookEntry],
    statements_until: date | None,
) -> Reconciliation:
    """The reconciliation 余额调节表 at the end of a day from what is open then on either side."""
    at_bank: list[OpenItem] = []
    in_book: list[OpenItem] = []
    for line in lines:
        item = OpenItem(
            date=line.date,
            amount=line.amount,
            text=" ".join(filter(None, (line.text, line.party, line.reference))),
            line=line.id,
        )
        (at_bank if line.side is ItemSide.BANK else in_book).append(item)
    in_book += [
        OpenItem(
            date=entry.date,
            amount=entry.amount,
            text=entry.summary,
            entry=entry.key,
            voucher=entry.voucher_text,
        )
        for entry in entries
    ]
    return Reconciliation(
        of=of,
        on=on,
        book_balance=book_balance,
        bank_balance=bank_balance,
        received_in_book_only=_came_in(in_book),
        paid_in_book_only=_went_out(in_book),
        received_at_bank_only=_came_in(at_bank),
        paid_at_bank_only=_went_out(at_bank),
        statements_until=statements_until,
    )


def _came_in(items: Iterable[OpenItem]) -> tuple[OpenItem, ...]:
    return tuple(sorted((item for item in items if item.amount > 0), key=_by_day))


def _went_out(items: Iterable[OpenItem]) -> tuple[OpenItem, ...]:
    turned = (
        OpenItem(
            date=item.date,
            amount=-item.amount,
            text=item.text,
            line=item.line,
            entry=item.entry,
            voucher=item.voucher,
        )
        for item in items
        if item.amount < 0
    )
    return tuple(sorted(turned, key=_by_day))


def _by_day(item: OpenItem) -> tuple[date, str, int]:
    return item.date, item.voucher, item.line or 0


def balance_at_bank(
    *, on: date, statements: Iterable[TakenStatement], moved: Callable[[date, date], Fen]
) -> Fen:
    """What the bank held at the end of a day: the opening of the last statement that begins by then and what its
    rows moved since. ``moved`` adds up statement rows between two days, both included. 0 before any statement."""
    begun = [statement for statement in statements if statement.first_day <= on]
    if not begun:
        return 0
    last = max(begun, key=lambda statement: (statement.first_day, statement.id))
    return last.opening + moved(last.first_day, on)


def check_of_bank(
    reconciliations: Sequence[tuple[Reconciliation, int]], *, last: date, yuan: Callable[[Fen], str]
) -> Check:
    """Every bank account is reconciled at the month's end 银行对账; what is not is a warning. With each
    reconciliation comes the number of matches that are proposed and not yet made."""
    problems: list[Problem] = []
    for reconciliation, proposed in reconciliations:
        of = reconciliation.of
        where = f"/bank/{of.account}/{of.detail}"
        until = reconciliation.statements_until
        if until is None:
            problems.append(statements_should_be_taken.at(where, account=of.text, last=last))
            continue
        if until < last:
            problems.append(
                statements_should_reach_the_month_end.at(where, account=of.text, until=until, last=last)
            )
        if reconciliation.difference:
            problems.append(
                bank_should_be_reconciled.at(
                    where,
                    account=of.text,
                    book=yuan(reconciliation.adjusted_book),
                    bank=yuan(reconciliation.adjusted_bank),
                    difference=yuan(reconciliation.difference),
                )
            )
        if proposed:
            problems.append(rows_should_be_matched.at(where, account=of.text, count=proposed))
        problems += [
            item_should_not_stay_open.at(
                where,
                account=of.text,
                amount=yuan(item.amount),
                date=item.date,
                text=f"{item.voucher} {item.text}".strip() or "—",
            )
            for item in (
                *reconciliation.received_in_book_only,
                *reconciliation.paid_in_book_only,
                *reconciliation.received_at_bank_only,
                *reconciliation.paid_at_bank_only,
            )
            if item.date < last - LONG_OPEN
        ]
    return Check(
        name="bank",
        says="Every bank account is reconciled with the bank's statement.",
        link="bank",
        problems=tuple(problems),
    )
