"""The statutory statements 会计报表, drawn up line by line from a year's figures and the form of the standard.

A form is data (``ledger/charts``): each line is a sum of terms. What this file knows is what a term means:
114 成员往来 stands on the sheet twice, the members who owe among the receivables and the members who are owed
among the payables, never netted; a flow leaves out the transfers that close it, so the year's surplus reads the
same before and after the close; what is still on the income and expense accounts belongs to the undistributed
surplus. Member A owes 1 200.00 and member B is owed 1 505.50: line 2 应收款项 has 1 200.00 and line 24 应付款项
1 505.50.

A statement that does not hold together is drawn up all the same and carries its problems. Their figures name
captions twice, ``caption`` in the standard's Chinese and ``caption_en`` in English, for the sentence of each
language.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ledger.charts.rules import accounts_of
from ledger.money import yuan
from schemas.balances import DetailBalance
from schemas.charts import (
    At,
    BalanceTerm,
    EquityColumn,
    EquityItem,
    FlowTerm,
    FormKind,
    FormTerm,
    LinesTerm,
    MovementTerm,
    MovementType,
    PartiesTerm,
    Side,
    Standard,
    StatementForm,
    Term,
)
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.statements import (
    EquityColumnLine,
    EquityItemLine,
    EquityMovement,
    EquityStatement,
    Figure,
    LedgerFigures,
    LineReference,
    Part,
    Statement,
    StatementLine,
)
from schemas.units import Fen
from schemas.vouchers import Origin

account_must_be_on_a_line = Fault(
    code="account_must_be_on_a_line",
    says="Account {account} {name_en} has a balance of {amount}, and no line of the balance sheet takes it.",
    remedy="Clear it before the sheet is drawn up: 待处理财产损溢 has no line of its own.",
)
lines_must_agree = Fault(
    code="lines_must_agree",
    says="{column_en}: line {line} {caption_en} is {amount}, and line {other} {other_caption_en} is {other_amount};"
    " {difference} apart.",
    remedy="Look at the other problems first, then prove the book.",
)
movements_must_explain_equity = Fault(
    code="movements_must_explain_equity",
    says="{column_en}: {opening} at the opening, {increase} more and {decrease} less is not {closing}; {difference}"
    " is posted without a movement that says why.",
    remedy="Find the lines whose movement type does not fit, and correct them by red and blue vouchers.",
)
standard_must_have_the_form = Fault(
    code="standard_must_have_the_form",
    says="{standard} has no statement of changes in members' equity.",
    remedy="Look at the balance sheet and the statement of income and its distribution.",
)


def ledger_figures(
    balances: Iterable[DetailBalance], moved: Iterable[tuple[str, str, str, str, Fen, Fen]]
) -> LedgerFigures:
    """The figures of a year from its balances and from what was ``moved`` by account, detail, movement type and
    origin (debit, credit): equity lines by their type, and all lines of closing vouchers."""
    carried: dict[tuple[str, str], list[Fen]] = defaultdict(lambda: [0, 0])
    movements: dict[tuple[str, MovementType], list[Fen]] = defaultdict(lambda: [0, 0])
    for account, detail, movement, origin, debit, credit in moved:
        if origin == Origin.CLOSING:
            carried[account, detail][0] += debit
            carried[account, detail][1] += credit
        if movement:
            movements[account, MovementType(movement)][0] += debit
            movements[account, MovementType(movement)][1] += credit
    return LedgerFigures(
        figures=tuple(
            Figure(
                account=row.account,
                detail=row.detail,
                opening=row.opening,
                debit=row.debit,
                credit=row.credit,
                carried_debit=carried[row.account, row.detail][0],
                carried_credit=carried[row.account, row.detail][1],
            )
            for row in balances
        ),
        movements=tuple(
            EquityMovement(account=account, movement=movement, debit=debit, credit=credit)
            for (account, movement), (debit, credit) in movements.items()
        ),
    )


def balance_sheet(standard: Standard, figures: LedgerFigures) -> Statement:
    """资产负债表: the closing balances beside the year's opening ones. It carries a problem for every account with
    a balance that no line takes, and for totals that do not agree."""
    books = _Books.of(standard, figures)
    form = standard.balance_sheet
    return _statement(
        form,
        _lines(form, now=(books, At.CLOSING), then=(books, At.OPENING)),
        problems=(
            *_off_the_sheet(standard, books),
            *_disagreements(form, books, At.CLOSING),
            *_disagreements(form, books, At.OPENING),
        ),
    )


def surplus_statement(
    standard: Standard, figures: LedgerFigures, *, last_year: LedgerFigures | None
) -> Statement:
    """盈余及盈余分配表, or a collective's 收益及收益分配表: this year beside last year. It reads the same before and
    after the year is closed; the lines of the distribution fill as that is posted."""
    books = _Books.of(standard, figures)
    before = _Books.of(standard, last_year) if last_year is not None else None
    form = standard.surplus_and_distribution
    return _statement(
        form,
        _lines(form, now=(books, At.CLOSING), then=(before, At.CLOSING) if before else None),
        problems=tuple(_disagreements(form, books, At.CLOSING)),
    )


def equity_changes(standard: Standard, figures: LedgerFigures) -> EquityStatement:
    """成员权益变动表: how each part of the members' equity came from the opening to the closing balance. Refused
    where the standard has no such statement."""
    form = standard.equity_changes
    if form is None:
        problem = standard_must_have_the_form.at(standard=standard.document)
        raise Refusal(problem, kind=RefusalKind.MISSING)
    books = _Books.of(standard, figures)
    columns = tuple(_equity_column(column, books) for column in form.columns)
    return EquityStatement(
        kind=form.kind,
        number=form.number,
        title=form.title,
        columns=columns,
        total=EquityColumnLine(
            zh=form.total.zh,
            en=form.total.en,
            opening=sum(column.opening for column in columns),
            increase=sum(column.increase for column in columns),
            decrease=sum(column.decrease for column in columns),
            closing=sum(column.closing for column in columns),
        ),
        problems=tuple(
            movements_must_explain_equity.at(
                column=column.zh,
                column_en=column.en,
                opening=yuan(column.opening),
                increase=yuan(column.increase),
                decrease=yuan(column.decrease),
                closing=yuan(column.closing),
                difference=yuan(column.closing - column.opening - column.increase + column.decrease),
            )
            for column in columns
            if column.opening + column.increase - column.decrease != column.closing
        ),
    )


_PartKey = tuple[str, str, MovementType | None]


@dataclass(frozen=True, kw_only=True)
class _Books:
    """A year's figures by account of the chart, own sub-accounts added to the one they lie below; debit
    positive."""

    standard: Standard
    balances: Mapping[At, Mapping[str, Mapping[str, Fen]]]
    flows: Mapping[str, Mapping[str, Fen]]
    movements: Mapping[tuple[str, MovementType], Fen]

    @classmethod
    def of(cls, standard: Standard, figures: LedgerFigures) -> "_Books":
        opening, closing, flows = _by_detail(), _by_detail(), _by_detail()
        movements: dict[tuple[str, MovementType], Fen] = defaultdict(int)
        for figure in figures.figures:
            code = figure.account[:3]
            opening[code][figure.detail] += figure.opening
            closing[code][figure.detail] += figure.closing
            flows[code][figure.detail] += figure.flow
        for moved in figures.movements:
            movements[moved.account[:3], moved.movement] += moved.debit - moved.credit
        return cls(
            standard=standard,
            balances={At.OPENING: opening, At.CLOSING: closing},
            flows=flows,
            movements=movements,
        )

    def amount(self, kind: FormKind, number: int, at: At) -> Fen:
        """The amount of a line of a form, in a column of a balance sheet."""
        terms = next(line.terms for line in _form(self.standard, kind).lines if line.no == number)
        return self.sum_of(kind, terms, at)

    def sum_of(self, kind: FormKind, terms: Iterable[Term], at: At) -> Fen:
        """The amount of a line or item made of these terms."""
        total = 0
        for term in terms:
            if isinstance(term, LinesTerm):
                for number in term.lines:
                    total += self.amount(kind, abs(number), at) * (1 if number > 0 else -1)
            elif isinstance(term, FormTerm):
                total += self.amount(term.form, term.line, term.at)
            else:
                total += sum(amount for _, amount in self.parts(term, at))
        return total

    def parts(
        self, term: BalanceTerm | PartiesTerm | FlowTerm | MovementTerm, at: At
    ) -> Iterator[tuple[_PartKey, Fen]]:
        """What a term takes from the books, each part counted positive on the term's side."""
        sign = 1 if term.side is Side.DEBIT else -1
        if isinstance(term, BalanceTerm):
            for code in accounts_of(self.standard, term):
                yield (code, "", None), sign * sum(self.balances[at].get(code, {}).values())
        elif isinstance(term, PartiesTerm):
            for code in term.accounts:
                for detail, balance in self.balances[at].get(code, {}).items():
                    if sign * balance > 0:
                        yield (code, detail, None), sign * balance
        elif isinstance(term, FlowTerm):
            for code in term.accounts:
                for detail, flow in self.flows.get(code, {}).items():
                    if detail.startswith(term.prefix):
                        yield (code, detail if term.prefix else "", None), sign * flow
        else:
            for movement in term.movements:
                yield (term.account, "", movement), sign * self.movements.get((term.account, movement), 0)


def _by_detail() -> defaultdict[str, defaultdict[str, Fen]]:
    return defaultdict(lambda: defaultdict(int))


def _form(standard: Standard, kind: FormKind) -> StatementForm:
    return standard.balance_sheet if kind is FormKind.BALANCE_SHEET else standard.surplus_and_distribution


def _statement(
    form: StatementForm, lines: tuple[StatementLine, ...], *, problems: tuple[Problem, ...]
) -> Statement:
    return Statement(
        kind=form.kind,
        number=form.number,
        title=form.title,
        column=form.column,
        compared=form.compared,
        lines=lines,
        problems=problems,
    )


def _lines(
    form: StatementForm, *, now: tuple[_Books, At], then: tuple[_Books, At] | None
) -> tuple[StatementLine, ...]:
    """The lines of a form in two columns; the second is empty where there is nothing to compare with."""
    return tuple(
        StatementLine(
            zh=line.zh,
            en=line.en,
            no=line.no,
            amount=now[0].sum_of(form.kind, line.terms, now[1]) if line.no is not None else None,
            compared=then[0].sum_of(form.kind, line.terms, then[1]) if then and line.no is not None else None,
            parts=_parts(line.terms, now=now, then=then),
            lines=tuple(_references(form.kind, line.terms)),
            indent=line.indent,
            half=line.half,
        )
        for line in form.lines
    )


def _parts(
    terms: Sequence[Term], *, now: tuple[_Books, At], then: tuple[_Books, At] | None
) -> tuple[Part, ...]:
    """The parts of both columns side by side, those without an amount in either left out."""
    amounts: dict[_PartKey, list[Fen]] = defaultdict(lambda: [0, 0])
    for term in terms:
        if not isinstance(term, LinesTerm | FormTerm):
            for column, source in enumerate((now, then)):
                for key, amount in source[0].parts(term, source[1]) if source else ():
                    amounts[key][column] += amount
    return tuple(
        Part(
            account=account,
            detail=detail,
            movement=movement,
            amount=amount,
            compared=compared if then else None,
        )
        for (account, detail, movement), (amount, compared) in amounts.items()
        if amount or compared
    )


def _references(kind: FormKind, terms: Iterable[Term]) -> Iterator[LineReference]:
    for term in terms:
        if isinstance(term, LinesTerm):
            for number in term.lines:
                yield LineReference(form=kind, line=abs(number), minus=number < 0)
        elif isinstance(term, FormTerm):
            at = term.at if term.form is FormKind.BALANCE_SHEET else None
            yield LineReference(form=term.form, line=term.line, at=at)


def _off_the_sheet(standard: Standard, books: _Books) -> Iterator[Problem]:
    """Accounts that have a balance no line takes: one to be cleared, or one the chart does not have."""
    taken = {
        code
        for line in standard.balance_sheet.lines
        for term in line.terms
        if isinstance(term, BalanceTerm | PartiesTerm)
        for code in (accounts_of(standard, term) if isinstance(term, BalanceTerm) else term.accounts)
    }
    for code, by_detail in sorted(books.balances[At.CLOSING].items()):
        balance = sum(by_detail.values())
        if balance and code not in taken:
            account = standard.accounts.get(code)
            yield account_must_be_on_a_line.at(
                f"/accounts/{code}",
                account=code,
                name=account.zh if account else "",
                name_en=account.en if account else "",
                amount=yuan(balance),
            )


def _disagreements(form: StatementForm, books: _Books, at: At) -> Iterator[Problem]:
    column = form.column if at is At.CLOSING else form.compared
    for agreement in form.agreements:
        kind = agreement.form or form.kind
        amount = books.amount(form.kind, agreement.line, at)
        other = books.amount(kind, agreement.other, at)
        if amount != other:
            line, other_line = (
                next(line for line in _form(books.standard, said).lines if line.no == number)
                for said, number in ((form.kind, agreement.line), (kind, agreement.other))
            )
            yield lines_must_agree.at(
                f"/lines/{agreement.line}",
                column=column.zh,
                column_en=column.en,
                line=agreement.line,
                caption=line.zh,
                caption_en=line.en,
                amount=yuan(amount),
                other=agreement.other,
                other_caption=other_line.zh,
                other_caption_en=other_line.en,
                other_amount=yuan(other),
                difference=yuan(amount - other),
            )


def _equity_column(column: EquityColumn, books: _Books) -> EquityColumnLine:
    increase = tuple(_equity_item(item, books) for item in column.increase)
    decrease = tuple(_equity_item(item, books) for item in column.decrease)
    return EquityColumnLine(
        zh=column.zh,
        en=column.en,
        opening=books.amount(FormKind.BALANCE_SHEET, column.line, At.OPENING),
        increase=sum(item.amount for item in increase),
        decrease=sum(item.amount for item in decrease),
        closing=books.amount(FormKind.BALANCE_SHEET, column.line, At.CLOSING),
        increase_items=increase,
        decrease_items=decrease,
    )


def _equity_item(item: EquityItem, books: _Books) -> EquityItemLine:
    return EquityItemLine(
        zh=item.zh,
        en=item.en,
        amount=books.sum_of(FormKind.EQUITY_CHANGES, item.terms, At.CLOSING),
        parts=_parts(item.terms, now=(books, At.CLOSING), then=None),
        lines=tuple(_references(FormKind.EQUITY_CHANGES, item.terms)),
        printed=item.printed,
    )
