"""Taking statements, matching their rows with postings, undoing a match."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert

from ledger.bank import queries, rules
from ledger.bank.tables import (
    BankLineRow,
    BankMatchLineRow,
    BankMatchPostingRow,
    BankMatchRow,
    BankStatementRow,
    BankUnmatchRow,
)
from ledger.books import queries as books
from ledger.columns import table_of
from ledger.details import queries as details
from ledger.log import actions as log
from ledger.log.rules import reason_must_be_given
from ledger.money import yuan
from ledger.seal.rules import digest_of
from schemas.bank import (
    BankLine,
    BookEntry,
    CarriedItem,
    EntryKey,
    ItemSide,
    Match,
    NewMatch,
    Statement,
    TakenStatement,
)
from schemas.charts import Money
from schemas.journals import MoneyAccount
from schemas.log import Act
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.units import BookId, PersonId

_statement = table_of(BankStatementRow)
_line = table_of(BankLineRow)
_match = table_of(BankMatchRow)
_match_line = table_of(BankMatchLineRow)
_match_posting = table_of(BankMatchPostingRow)
_unmatch = table_of(BankUnmatchRow)


def take_statement(
    db: Connection, statement: Statement, *, book: BookId, by: PersonId, on: date, at: datetime
) -> TakenStatement:
    """Take a bank statement into the book. The same statement twice changes nothing; of one that overlaps others
    only the rows not yet known are added.

    Refused as a whole, with everything that is wrong: it does not add up, it contradicts a statement taken before,
    it lies ahead, the account is none kept at a bank.
    """
    head = log.lock(db, book=book)
    of = statement.of
    _refuse_unless_bank(db, book=book, of=of)
    known = queries.statements(db, book=book, of=of)
    digest = digest_of(statement)
    for before in known:
        if before.digest == digest:
            return msgspec.structs.replace(before, replayed=True)
    followed = rules.followed_by(statement, known=known)
    problems = rules.faults_of_statement(
        statement,
        on=on,
        known=known,
        lines=queries.lines(
            db,
            book=book,
            of=of,
            first_day=statement.first_day if followed is None else followed.first_day,
            last_day=statement.last_day,
            statements_only=True,
        ),
        carried=queries.has_carried(db, book=book, of=of),
        yuan=yuan,
    )
    if problems:
        raise Refusal(*problems)
    there = queries.digests(db, book=book, of=of, first_day=statement.first_day, last_day=statement.last_day)
    last_statement, last_line, _ = queries.last_ids(db, book=book)
    contents = rules.contents_of(rules.in_order(statement))
    fresh = {rules.digest_of_row(content, of=of): content for content in contents}
    added = {
        row: BankLine(
            id=last_line + index,
            of=of,
            side=ItemSide.BANK,
            date=content.date,
            amount=content.amount,
            text=content.text,
            party=content.party,
            reference=content.reference,
            balance=content.balance,
            statement=last_statement + 1,
        )
        for index, (row, content) in enumerate(
            ((row, content) for row, content in fresh.items() if row not in there), start=1
        )
    }
    taken = TakenStatement(
        id=last_statement + 1,
        of=of,
        first_day=statement.first_day,
        last_day=statement.last_day,
        opening=statement.opening,
        closing=statement.closing,
        rows=len(contents),
        added=len(added),
        digest=digest,
        added_by=by,
        at=log.instant(at),
    )
    db.execute(insert(_statement), [_row_of_statement(taken, book=book)])
    _write_lines(db, added, book=book)
    act = Act(
        by=by,
        act=rules.TAKEN,
        subject=rules.subject_of(taken.id),
        after=f"{of.text} {taken.first_day} {taken.last_day} {yuan(taken.closing)} +{taken.added}",
        content=rules.sealed_statement(taken, added.values()),
    )
    log.append(db, [act], book=book, head=head, at=at)
    return taken


def carry_over(
    db: Connection,
    items: Sequence[CarriedItem],
    *,
    book: BookId,
    of: MoneyAccount,
    by: PersonId,
    at: datetime,
) -> tuple[BankLine, ...]:
    """Enter what the last reconciliation on paper still had open when the account's first statement begins.
    Refused as a whole: it lies in the time of the statements, or was entered before."""
    head = log.lock(db, book=book)
    _refuse_unless_bank(db, book=book, of=of)
    there = queries.digests(db, book=book, of=of, first_day=date.min, last_day=date.max)
    problems = rules.faults_of_carried(
        items, of=of, begun=queries.begun_on(db, book=book, of=of), there=there, yuan=yuan
    )
    if problems:
        raise Refusal(*problems)
    _, last_line, _ = queries.last_ids(db, book=book)
    added = {
        digest_of((of, item)): BankLine(
            id=last_line + index,
            of=of,
            side=item.side,
            date=item.date,
            amount=item.amount,
            text=item.text,
            party="",
            reference="",
            balance=None,
            statement=None,
        )
        for index, item in enumerate(items, start=1)
    }
    _write_lines(db, added, book=book)
    acts = [
        Act(
            by=by,
            act=rules.CARRIED,
            subject=f"bank_line:{line.id}",
            after=f"{of.text} {line.side} {line.date} {yuan(line.amount)} {line.text}".strip(),
            content=digest_of(line),
        )
        for line in added.values()
    ]
    log.append(db, acts, book=book, head=head, at=at)
    return tuple(added.values())


def match_many(
    db: Connection, new: Sequence[NewMatch], *, book: BookId, of: MoneyAccount, by: PersonId, at: datetime
) -> tuple[Match, ...]:
    """Match rows of the bank with postings, all or none: proposals a person accepts, or what they chose by hand.

    Refused: a member is unknown, matched already or named twice; the two sides are not the same amount.
    """
    head = log.lock(db, book=book)
    _refuse_unless_bank(db, book=book, of=of)
    lines = queries.lines_of(db, book=book, of=of, ids=(line for match in new for line in match.lines))
    entries = queries.entries_of(db, book=book, of=of, keys=(key for match in new for key in match.entries))
    turns = queries.turns_of(db, book=book, lines=lines, entries=entries)
    taken = {member for member, (_, holds) in turns.items() if holds}
    begun = queries.begun_on(db, book=book, of=of)
    problems: list[Problem] = []
    for index, match in enumerate(new):
        found = rules.faults_of_match(
            match, of=of, lines=lines, entries=entries, taken=taken, begun=begun, yuan=yuan
        )
        problems += [
            msgspec.structs.replace(problem, pointer=f"/{index}{problem.pointer}") for problem in found
        ]
        taken |= {*match.lines, *match.entries}
    if problems:
        raise Refusal(*problems, kind=RefusalKind.STATE)
    _, _, last_match = queries.last_ids(db, book=book)
    made = tuple(
        Match(
            id=last_match + index,
            of=of,
            lines=tuple(sorted(match.lines)),
            entries=tuple(sorted(match.entries, key=lambda key: (key.voucher, key.line))),
            rule=match.rule,
            until=max(
                *(lines[line].date for line in match.lines),
                *(entries[key].date for key in match.entries),
            ),
            made_by=by,
            at=log.instant(at),
        )
        for index, match in enumerate(new, start=1)
    )
    _write_matches(db, made, book=book, turns=turns)
    acts = [
        Act(
            by=by,
            act=rules.MATCHED,
            subject=f"bank_match:{match.id}",
            after=f"{match.rule} {_members(match, entries)}",
            content=digest_of(match),
        )
        for match in made
    ]
    log.append(db, acts, book=book, head=head, at=at)
    return made


def unmatch(db: Connection, *, book: BookId, match: int, reason: str, by: PersonId, at: datetime) -> Match:
    """Undo a match: its rows and postings are open again. The match stays readable with the reason it was wrong."""
    head = log.lock(db, book=book)
    if not queries.match_exists(db, book=book, match=match):
        raise Refusal(rules.match_must_exist.at("/match", match=match), kind=RefusalKind.MISSING)
    found = queries.matches(db, book=book, id=match)
    if not found:
        raise Refusal(rules.match_must_not_be_undone_twice.at("/match", match=match), kind=RefusalKind.STATE)
    if not reason.strip():
        raise Refusal(reason_must_be_given.at("/reason"))
    (undone,) = found
    db.execute(
        insert(_unmatch),
        [
            {
                "book_id": book,
                "match_id": match,
                "undone_by": by,
                "at": log.instant(at),
                "reason": reason.strip(),
            }
        ],
    )
    entries = queries.entries_of(db, book=book, of=undone.of, keys=undone.entries)
    act = Act(
        by=by,
        act=rules.UNDONE,
        subject=f"bank_match:{match}",
        before=f"{undone.rule} {_members(undone, entries)}",
        after=reason.strip(),
        content=digest_of((match, by, log.instant(at), reason.strip())),
    )
    log.append(db, [act], book=book, head=head, at=at)
    return undone


def _refuse_unless_bank(db: Connection, *, book: BookId, of: MoneyAccount) -> None:
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    account = books.accounts(db, book=found).get(of.account)
    known = not of.detail or of.detail in details.known(db, book=book, codes=(of.detail,))
    at_others = account is not None and account.lowest and account.statutory.money in _AT_OTHERS
    if not (at_others and known):
        raise Refusal(rules.account_must_be_a_bank_account.at("/of", account=of.text))


_AT_OTHERS = frozenset({Money.BANK, Money.OTHER})


def _members(match: Match, entries: Mapping[EntryKey, BookEntry]) -> str:
    rows = [f"bank_line:{line}" for line in match.lines]
    return ", ".join(rows + [f"{entries[key].voucher_text}/{key.line}" for key in match.entries])


def _row_of_statement(taken: TakenStatement, *, book: BookId) -> dict[str, object]:
    return {
        "book_id": book,
        "statement_id": taken.id,
        "account": taken.of.account,
        "detail": taken.of.detail,
        "first_day": taken.first_day,
        "last_day": taken.last_day,
        "opening": taken.opening,
        "closing": taken.closing,
        "lines": taken.rows,
        "added": taken.added,
        "digest": taken.digest,
        "added_by": taken.added_by,
        "at": taken.at,
    }


def _write_lines(db: Connection, added: Mapping[str, BankLine], *, book: BookId) -> None:
    if not added:
        return
    db.execute(
        insert(_line),
        [
            {
                "book_id": book,
                "line_id": line.id,
                "account": line.of.account,
                "detail": line.of.detail,
                "side": line.side.value,
                "date": line.date,
                "amount": line.amount,
                "text": line.text,
                "party": line.party,
                "reference": line.reference,
                "balance": line.balance,
                "statement_id": line.statement,
                "digest": digest,
            }
            for digest, line in added.items()
        ],
    )


def _write_matches(
    db: Connection,
    made: Sequence[Match],
    *,
    book: BookId,
    turns: Mapping[int | EntryKey, tuple[int, bool]],
) -> None:
    if not made:
        return
    db.execute(
        insert(_match),
        [
            {
                "book_id": book,
                "match_id": match.id,
                "account": match.of.account,
                "detail": match.of.detail,
                "rule": match.rule.value,
                "until": match.until,
                "made_by": match.made_by,
                "at": match.at,
            }
            for match in made
        ],
    )
    of_lines = [
        {"book_id": book, "line_id": line, "turn": _turn(turns, line), "match_id": match.id}
        for match in made
        for line in match.lines
    ]
    of_postings = [
        {
            "book_id": book,
            "voucher_id": key.voucher,
            "line": key.line,
            "turn": _turn(turns, key),
            "match_id": match.id,
        }
        for match in made
        for key in match.entries
    ]
    for table, rows in ((_match_line, of_lines), (_match_posting, of_postings)):
        if rows:
            db.execute(insert(table), rows)


def _turn(turns: Mapping[int | EntryKey, tuple[int, bool]], member: int | EntryKey) -> int:
    return turns.get(member, (0, False))[0] + 1
