"""What everybody may see of a run: the notice with its masked list, and what a check code proves (RULES §9)."""

from datetime import date

from schemas.runs import RunId, RunKind, RunState
from schemas.units import BookId, Fen, Value


class Notice(Value):
    """A run on notice 公示, of a book or of a township: since when, through which day, and through which day one may appeal.
    ``title`` says which scheme and period rewards are of."""

    run: RunId
    book: BookId
    unit: str
    kind: RunKind
    year: int
    total: Fen
    payees: int
    resolution: str
    published: date
    ends: date
    appeals_end: date
    title: str = ""


class MaskedLine(Value):
    """One payee of a public list: the first character of the name, the amount, of a township the village, of its rewards whether
    the amount is deducted, and whether an appeal holds it back; nothing else."""

    name: str
    amount: Fen
    village: str = ""
    deducted: bool = False
    held: bool = False


class Verified(Value):
    """What a check code proves: whose amount (masked), of which unit and year, and where the run stands."""

    unit: str
    kind: RunKind
    year: int
    name: str
    amount: Fen
    state: RunState
    code: str
