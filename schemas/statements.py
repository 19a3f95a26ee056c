"""What a statement is drawn up from, and the statement: figures in, lines out."""

from schemas.charts import At, FormKind, Half, MovementType, Words
from schemas.problems import Problem
from schemas.units import Fen, Value


class Figure(Value):
    """What one account (or own sub-account) and detail did from 1 January on, as the books hold it.

    ``opening`` is its balance at the year's opening, debit positive, after last year's settlement stage if that
    has been posted. ``debit`` and ``credit`` are all that was posted since, the settlement stage included.
    ``carried_debit`` and ``carried_credit`` say how much of that the year's closing vouchers posted, which carry
    income and expense to the result account and the result to the distribution account.
    """

    account: str
    opening: Fen
    debit: Fen
    credit: Fen
    detail: str = ""
    carried_debit: Fen = 0
    carried_credit: Fen = 0

    @property
    def closing(self) -> Fen:
        """The balance at the end, debit positive."""
        return self.opening + self.debit - self.credit

    @property
    def flow(self) -> Fen:
        """What moved in the year without the closing transfers, debit positive: the same before and after them."""
        return (self.debit - self.carried_debit) - (self.credit - self.carried_credit)


class EquityMovement(Value):
    """What lines of one movement type posted on an equity account in the year."""

    account: str
    movement: MovementType
    debit: Fen = 0
    credit: Fen = 0


class LedgerFigures(Value):
    """All a year's statements are drawn up from, up to a day or after the settlement stage."""

    figures: tuple[Figure, ...] = ()
    movements: tuple[EquityMovement, ...] = ()


class Part(Value):
    """What a line is made of, to drill down to: an account of the chart, with the party where the line is split
    by party and the movement type where it follows one. ``amount`` counts as the line does; ``compared`` is the
    other column's, None where that column is empty."""

    account: str
    amount: Fen
    compared: Fen | None = None
    detail: str = ""
    movement: MovementType | None = None


class LineReference(Value):
    """Another line a line is made of; ``minus`` where it is taken away. ``at`` is the column of a balance sheet
    it is read in, None where it is the same column."""

    form: FormKind
    line: int
    minus: bool = False
    at: At | None = None


class StatementLine(Value):
    """A line 项目 of a statement. A heading has neither number nor amount; ``compared`` is None where there is
    no year to compare with."""

    zh: str
    en: str
    no: int | None = None
    amount: Fen | None = None
    compared: Fen | None = None
    parts: tuple[Part, ...] = ()
    lines: tuple[LineReference, ...] = ()
    indent: int = 0
    half: Half = Half.LEFT


class Statement(Value):
    """A statement drawn up, with what is wrong with it: a sheet that does not balance is shown, and says why."""

    kind: FormKind
    number: str
    title: Words
    column: Words
    compared: Words
    lines: tuple[StatementLine, ...]
    problems: tuple[Problem, ...] = ()


class EquityItemLine(Value):
    """An item 其中 of an increase or decrease. The statutory form has no row for one that is not ``printed``."""

    zh: str
    en: str
    amount: Fen
    parts: tuple[Part, ...] = ()
    lines: tuple[LineReference, ...] = ()
    printed: bool = True


class EquityColumnLine(Value):
    """A column of the statement of changes in members' equity: from the opening to the closing."""

    zh: str
    en: str
    opening: Fen
    increase: Fen
    decrease: Fen
    closing: Fen
    increase_items: tuple[EquityItemLine, ...] = ()
    decrease_items: tuple[EquityItemLine, ...] = ()


class EquityStatement(Value):
    """成员权益变动表 drawn up; ``total`` adds its columns up."""

    kind: FormKind
    number: str
    title: Words
    columns: tuple[EquityColumnLine, ...]
    total: EquityColumnLine
    problems: tuple[Problem, ...] = ()
