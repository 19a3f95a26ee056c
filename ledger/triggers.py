"""What the database itself refuses, whoever asks: a second lock behind the rules, not instead of them.

A posted voucher stays as it is: a statement that changes, deletes or slips in a line of 记-0012 is refused by
SQLite and by PostgreSQL, with the same words, even when it comes from a program's mistake or a console. So are
posting an unbalanced voucher, posting into a closed month, and any change of what is only ever added to (the log,
opening balances, evidence). The words below are the conditions of the rules in SQL; the initial migration applies
them, and a test compares the triggers of a migrated database with them.

>>> [name for name in names() if name.startswith("number_series")]
['number_series_stays', 'number_series_runs_on']
"""

from collections.abc import Iterator, Sequence

from schemas.units import Value

POSTGRESQL, SQLITE = "postgresql", "sqlite"


class _Trigger(Value):
    """One thing the database refuses. ``when`` is SQL over OLD and NEW that is true when it is refused; where the
    two databases spell it differently, ``when_sqlite`` is SQLite's."""

    name: str
    table: str
    event: str
    says: str
    when: str = ""
    when_sqlite: str = ""


_VOUCHER_OF_POSTING = """(
    SELECT voucher.state FROM voucher
    WHERE voucher.book_id = NEW.book_id AND voucher.voucher_id = NEW.voucher_id
)"""
_POSTS = "NEW.state = 'posted' AND OLD.state = 'reviewed'"
_PERIOD = "SELECT 1 FROM period WHERE period.book_id = NEW.book_id AND period.period = NEW.period"


def _for_ever(table: str, event: str, says: str) -> _Trigger:
    verb = {"UPDATE": "stays_as_it_is", "DELETE": "stays"}[event]
    return _Trigger(name=f"{table}_{verb}", table=table, event=event, says=says)


def _append_only(table: str) -> tuple[_Trigger, ...]:
    return tuple(
        _for_ever(table, event, f"{table} is only added to, a row is never changed or deleted")
        for event in ("UPDATE", "DELETE")
    )


_APPEND_ONLY = (
    "person",
    "log_entry",
    "opening",
    "number_gap",
    "cashier_signature",
    "evidence",
    "attachment",
    "idempotency_key",
    "bank_statement",
    "bank_line",
    "bank_match",
    "bank_match_line",
    "bank_match_posting",
    "bank_unmatch",
    "cash_count",
    "asset_card",
    "asset_terms",
    "asset_disposal",
    "asset_charge",
    "outgoing",
    "landing",
    "spot_check",
    "spot_check_pool",
    "spot_check_voucher",
    "spot_check_verdict",
    "spot_check_word",
)
"""Tables of facts: rows are added, never changed, never deleted."""

_NOT_REOPENED = """COALESCE((
            SELECT log_entry.act FROM log_entry
            WHERE log_entry.book_id = NEW.book_id AND log_entry.seq = NEW.seal_seq
        ), '') <> 'year.reopen'"""
"""The log entry a period's row names is not that of a run taken back, which alone opens a sealed year again."""

_TRIGGERS = (
    # Vouchers
    _Trigger(
        name="voucher_is_not_inserted_posted",
        table="voucher",
        event="INSERT",
        says="a voucher becomes posted from reviewed, it is not inserted as posted",
        when="NEW.state = 'posted' OR NEW.cancels IS NOT NULL",
    ),
    _Trigger(
        name="voucher_is_not_replaced",
        table="voucher",
        event="INSERT",
        says="there already is a voucher of this id, and a voucher is never replaced",
        # Asked of the head, which is one row: asked of the vouchers, a server that has no statistics yet, as in a first
        # import, looks through all of the book for each new one.
        when="""NEW.voucher_id <= COALESCE((
            SELECT chain_head.vouchers FROM chain_head WHERE chain_head.book_id = NEW.book_id
        ), 0)""",
    ),
    _for_ever("voucher", "DELETE", "a voucher is never deleted; a draft is withdrawn, a posted one reversed"),
    _Trigger(
        name="voucher_posted_is_for_ever",
        table="voucher",
        event="UPDATE",
        says="a posted or withdrawn voucher is never changed; correct it with red and blue vouchers",
        when="OLD.state IN ('posted', 'withdrawn')",
    ),
    _Trigger(
        name="voucher_keeps_its_id",
        table="voucher",
        event="UPDATE",
        says="a voucher keeps its book and its id",
        when="NEW.book_id <> OLD.book_id OR NEW.voucher_id <> OLD.voucher_id",
    ),
    _Trigger(
        name="voucher_is_posted_from_reviewed",
        table="voucher",
        event="UPDATE",
        says="only a reviewed voucher is posted",
        when="NEW.state = 'posted' AND OLD.state IN ('sketch', 'draft')",
    ),
    _Trigger(
        name="voucher_posted_balances",
        table="voucher",
        event="UPDATE",
        says="a posted voucher has at least two lines, and its debits equal its credits",
        when="""NEW.state = 'posted' AND OLD.state = 'reviewed' AND NOT (
            SELECT COUNT(*) >= 2 AND SUM(posting.debit) = SUM(posting.credit) FROM posting
            WHERE posting.book_id = NEW.book_id AND posting.voucher_id = NEW.voucher_id
        )""",
    ),
    _Trigger(
        name="voucher_posted_in_open_period",
        table="voucher",
        event="UPDATE",
        says="nothing is posted in a closed period",
        when=f"{_POSTS} AND EXISTS ({_PERIOD} AND period.state = 'closed')",
    ),
    _Trigger(
        name="voucher_posted_in_begun_settlement",
        table="voucher",
        event="UPDATE",
        says="the settlement stage takes vouchers only while it is open",
        when=f"{_POSTS} AND MOD(NEW.period, 100) = 13 AND NOT EXISTS ({_PERIOD} AND period.state = 'open')",
        when_sqlite=f"{_POSTS} AND NEW.period % 100 = 13 AND NOT EXISTS ({_PERIOD} AND period.state = 'open')",
    ),
    # Postings
    _Trigger(
        name="posting_is_of_a_reviewed_voucher",
        table="posting",
        event="INSERT",
        says="lines are posted only in the act that posts their reviewed voucher",
        when=f"COALESCE({_VOUCHER_OF_POSTING}, 'none') <> 'reviewed'",
    ),
    _for_ever("posting", "UPDATE", "a posted line is never changed; correct it with red and blue vouchers"),
    _for_ever("posting", "DELETE", "a posted line is never deleted; correct it with red and blue vouchers"),
    # Balances, numbers, chain, periods, books
    _for_ever("balance", "DELETE", "a balance is moved by postings, never deleted"),
    _for_ever("number_series", "DELETE", "a number series is never deleted"),
    _Trigger(
        name="number_series_runs_on",
        table="number_series",
        event="UPDATE",
        says="a number series never runs back",
        when="NEW.last < OLD.last OR NEW.book_id <> OLD.book_id OR NEW.year <> OLD.year OR NEW.word <> OLD.word",
    ),
    _for_ever("chain_head", "DELETE", "the head of a chain is never deleted"),
    _Trigger(
        name="chain_head_runs_on",
        table="chain_head",
        event="UPDATE",
        says="a chain never becomes shorter and never gives a voucher id out again",
        when="NEW.length < OLD.length OR NEW.vouchers < OLD.vouchers OR NEW.book_id <> OLD.book_id",
    ),
    _Trigger(
        name="chain_head_is_its_last_entry",
        table="chain_head",
        event="UPDATE",
        says="the head of a chain is the hash of its last entry",
        when="""NEW.length >= OLD.length AND NEW.hash <> COALESCE((
            SELECT log_entry.hash FROM log_entry
            WHERE log_entry.book_id = NEW.book_id AND log_entry.seq = NEW.length
        ), '')""",
    ),
    _for_ever("period", "DELETE", "a period that was closed or begun is never deleted"),
    _Trigger(
        name="period_closed_is_only_opened",
        table="period",
        event="UPDATE",
        says="a closed period is only opened again, and a sealed year only as the log says",
        when=f"OLD.state = 'closed' AND (NEW.state <> 'open' OR (MOD(OLD.period, 100) = 13 AND {_NOT_REOPENED}))",
        when_sqlite=f"OLD.state = 'closed' AND (NEW.state <> 'open' OR (OLD.period % 100 = 13 AND {_NOT_REOPENED}))",
    ),
    _Trigger(
        name="period_keeps_its_name",
        table="period",
        event="UPDATE",
        says="a period keeps its book and its month",
        when="NEW.book_id <> OLD.book_id OR NEW.period <> OLD.period",
    ),
    _for_ever("book", "DELETE", "a book is never deleted"),
    _Trigger(
        name="book_keeps_its_standard",
        table="book",
        event="UPDATE",
        says="a book keeps its id, its standard and its first year",
        when="NEW.book_id <> OLD.book_id OR NEW.standard <> OLD.standard OR NEW.first_year <> OLD.first_year",
    ),
    # Spot checks
    _Trigger(
        name="spot_check_verdict_is_anothers",
        table="spot_check_verdict",
        event="INSERT",
        says="who prepared, reviewed or posted a voucher does not check it",
        when="""EXISTS (
            SELECT 1 FROM voucher WHERE voucher.book_id = NEW.book_id AND voucher.voucher_id = NEW.voucher_id
            AND NEW.checked_by IN (voucher.prepared_by, voucher.reviewed_by, voucher.posted_by)
        )""",
    ),
    _Trigger(
        name="spot_check_word_takes_two",
        table="spot_check_word",
        event="INSERT",
        says="who checks does not answer, and who answers does not close",
        when="""(NEW.word = 'answer' AND EXISTS (
            SELECT 1 FROM spot_check_verdict WHERE spot_check_verdict.book_id = NEW.book_id
            AND spot_check_verdict.verdict_id = NEW.verdict_id AND spot_check_verdict.checked_by = NEW.said_by
        )) OR (NEW.word <> 'answer' AND EXISTS (
            SELECT 1 FROM spot_check_word AS said WHERE said.book_id = NEW.book_id
            AND said.verdict_id = NEW.verdict_id AND said.word = 'answer' AND said.said_by = NEW.said_by
        ))""",
    ),
    *(trigger for table in _APPEND_ONLY for trigger in _append_only(table)),
)


def names() -> tuple[str, ...]:
    """The names of all triggers of the ledger, in the order they are made."""
    return tuple(trigger.name for trigger in _TRIGGERS)


def statements(dialect: str) -> tuple[str, ...]:
    """The statements that make every trigger of the ledger, for ``"sqlite"`` or ``"postgresql"``."""
    return _making(_TRIGGERS, dialect)


def append_only(dialect: str, *tables: str) -> tuple[str, ...]:
    """The statements that make further tables (of the floors above) take rows and never change or lose one."""
    return _making([trigger for table in tables for trigger in _append_only(table)], dialect)


def dropping(dialect: str) -> tuple[str, ...]:
    """The statements that take every trigger of the ledger away again: for a migration taken back, and for a test
    that tampers."""
    return tuple(_drops(_TRIGGERS, dialect))


def _making(triggers: Sequence[_Trigger], dialect: str) -> tuple[str, ...]:
    assert dialect in {SQLITE, POSTGRESQL}, dialect
    if dialect == SQLITE:
        return tuple(_on_sqlite(trigger) for trigger in triggers)
    tables = dict.fromkeys(trigger.table for trigger in triggers)
    return (
        *(part for trigger in triggers for part in _on_postgresql(trigger)),
        *(part for table in tables for part in _against_truncating(table)),
    )


def _on_sqlite(trigger: _Trigger) -> str:
    when = trigger.when_sqlite or trigger.when
    return (
        f"CREATE TRIGGER {trigger.name} BEFORE {trigger.event} ON {trigger.table}"
        f"{f' WHEN {when}' if when else ''}"
        f" BEGIN SELECT RAISE(ABORT, '{trigger.says}'); END"
    )


def _on_postgresql(trigger: _Trigger) -> Iterator[str]:
    row = "OLD" if trigger.event == "DELETE" else "NEW"
    raising = f"RAISE EXCEPTION USING MESSAGE = '{trigger.says}', ERRCODE = 'check_violation';"
    body = f"IF {trigger.when} THEN {raising} END IF; RETURN {row};" if trigger.when else raising
    yield f"CREATE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"
    yield (
        f"CREATE TRIGGER {trigger.name} BEFORE {trigger.event} ON {trigger.table}"
        f" FOR EACH ROW EXECUTE FUNCTION {trigger.name}()"
    )


def _against_truncating(table: str) -> Iterator[str]:
    name = f"{table}_is_not_emptied"
    raising = f"RAISE EXCEPTION USING MESSAGE = '{table} is never emptied', ERRCODE = 'check_violation';"
    yield f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raising} END $$"
    yield (f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")


def _drops(triggers: Sequence[_Trigger], dialect: str) -> Iterator[str]:
    assert dialect in {SQLITE, POSTGRESQL}, dialect
    if dialect == SQLITE:
        yield from (f"DROP TRIGGER {trigger.name}" for trigger in triggers)
        return
    tables = dict.fromkeys(trigger.table for trigger in triggers)
    both = [(trigger.name, trigger.table) for trigger in triggers]
    for name, table in (*both, *((f"{table}_is_not_emptied", table) for table in tables)):
        yield f"DROP TRIGGER {name} ON {table}"
        yield f"DROP FUNCTION {name}()"
