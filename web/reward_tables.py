"""A reward sheet as a table 人员表 in CSV: one line a village or person, a column for everything its scheme asks."""

import csv
import io
from collections.abc import Mapping

from ledger.money import fen_from_yuan
from payouts.candidates.rules import figures_of
from schemas.problems import Fault, Problem, Refusal
from schemas.rewards import Candidate, Scheme

table_must_be_text = Fault(
    code="table_must_be_text",
    says="The file is no table in UTF-8 or GBK.",
    remedy="Save the sheet as CSV.",
)
table_must_name_everybody = Fault(
    code="table_must_name_everybody",
    says="The table has no column {column}.",
    remedy="Name the columns in the first line; everybody stands in {column}.",
)
column_must_be_asked_for = Fault(
    code="column_must_be_asked_for",
    says="The scheme asks for no {column}; it knows {known}.",
    remedy="Take the column out, or give it the name the scheme has for it.",
)

WHO, SCORE, ADJUSTMENT, MARK, ENTITLED, EXCLUDED = (
    "村或人员",
    "得分",
    "加减分",
    "等次或职务",
    "本人应得绩效",
    "不发",
)
"""How the columns are called, beside the parts of the score and the figures under their own names."""
_ENCODINGS = ("utf-8-sig", "gb18030")


def candidates_from(content: bytes, scheme: Scheme) -> tuple[Candidate, ...]:
    """Everybody on the table. Refused with every column nobody asks for and every cell that is no number.

    >>> made = candidates_from("村或人员,得分\\n甲村,90.5\\n".encode(), Scheme(name="红旗", classes=()))
    >>> (made[0].who, made[0].score)
    ('甲村', 9050)
    """
    lines = list(csv.DictReader(io.StringIO(_text(content)), restkey="", restval=""))
    parts = tuple(part.name for part in scheme.score)
    figures = figures_of(scheme)
    known = (WHO, *parts, SCORE, ADJUSTMENT, *figures, MARK, ENTITLED, EXCLUDED)
    columns = tuple(lines[0]) if lines else ()
    problems: list[Problem] = [
        column_must_be_asked_for.at("/columns", column=one or "—", known="、".join(known))
        for one in columns
        if one not in known
    ]
    if WHO not in columns:
        problems.append(table_must_name_everybody.at("/columns", column=WHO))
    if problems:
        raise Refusal(*problems)

    def number(line: Mapping[str, str], no: int, column: str) -> int:
        text = (line.get(column) or "").strip()
        try:
            return fen_from_yuan(text, pointer=f"/candidates/{no}/{column}") if text else 0
        except Refusal as refusal:
            problems.extend(refusal.problems)
            return 0

    made = tuple(
        Candidate(
            who=line[WHO].strip() or " ",
            score=number(line, no, SCORE),
            adjustment=number(line, no, ADJUSTMENT),
            points={one: number(line, no, one) for one in parts if (line.get(one) or "").strip()},
            figures={one: number(line, no, one) for one in figures if (line.get(one) or "").strip()},
            mark=(line.get(MARK) or "").strip(),
            entitled=number(line, no, ENTITLED),
            excluded=bool((line.get(EXCLUDED) or "").strip()),
        )
        for no, line in enumerate(lines)
    )
    if problems:
        raise Refusal(*problems)
    return made


def _text(content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal(table_must_be_text.at("/file"))
