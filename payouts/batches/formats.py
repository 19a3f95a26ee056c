"""File formats of banks as data: what a batch looks like written their way, and what their answer says."""

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec

from coop.identity import masked_text
from ledger.money import fen_from_yuan, yuan
from payouts.batches.rules import reference_of
from schemas.batches import Answer, BatchLine, Outcome, Reason
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.units import Value

FieldName = Literal[
    "no",
    "reference",
    "name",
    "identity",
    "account",
    "bank",
    "amount",
    "purpose",
    "payee",
    "code",
    "said",
    "day",
]
Columns = tuple[tuple[str, FieldName], ...]

format_must_be_known = Fault(
    code="format_must_be_known",
    says="There is no file format {format}.",
    remedy="Choose one of {known}.",
)
file_must_hold_the_batch = Fault(
    code="file_must_hold_the_batch",
    says="The batch has {count} lines; a file of this format holds {most}.",
    remedy="Send it in several batches.",
)
field_must_be_writable = Fault(
    code="field_must_be_writable",
    says="{payee}: {text} cannot be written in this format, because of {bad}.",
    remedy="Mend the name in the register, or choose another format.",
)
batch_must_go_by_file = Fault(
    code="batch_must_go_by_file",
    says="This batch goes over the line to the bank, and its answers come back over the line; there is no file of it.",
    remedy="Wait for the bank's answer, or enter what the bank said by telephone.",
)
file_must_be_readable = Fault(
    code="file_must_be_readable",
    says="The file is not written in {encoding}.",
    remedy="Take the file as the bank sent it.",
)
file_must_be_a_workbook = Fault(
    code="file_must_be_a_workbook",
    says="The bank answers in a workbook (.xlsx), and this file is none.",
    remedy="Take the file as the bank sent it.",
)
row_must_have_its_columns = Fault(
    code="row_must_have_its_columns",
    says="Row {row} has {found} fields; the format has {expected}: {columns}.",
    remedy="Choose the format the bank answers in, or take the file as the bank sent it.",
)
titles_must_be_the_formats = Fault(
    code="titles_must_be_the_formats",
    says="The columns are {found}; the format has {columns}.",
    remedy="Choose the format the bank answers in.",
)
field_must_be_readable = Fault(
    code="field_must_be_readable",
    says="Row {row}, {column}: {given} cannot be read.",
    remedy="Take the file as the bank sent it.",
)


class AnswerFormat(Value):
    """How a bank answers: its columns, which codes say that it paid, which reason a code means."""

    columns: Columns
    titles: bool
    paid: tuple[str, ...]
    reasons: Mapping[str, Reason]


class FileFormat(Value):
    """How a bank wants a batch written."""

    title: str
    source: str
    kind: Literal["text", "xlsx", "direct"]
    columns: Columns
    most: int
    answer: AnswerFormat
    encoding: Literal["gbk", "utf-8", "utf-8-sig"] = "utf-8"
    delimiter: str = ""
    trailing: bool = False
    heading: tuple[str, ...] = ()
    titles: bool = False


class Purpose(Value):
    """What stands in a file besides its lines: the batch's name, the day, who pays from which account, what for."""

    batch: str
    day: date
    payer: str
    text: str


@cache
def formats() -> Mapping[str, FileFormat]:
    """Every known format by its name."""
    told = tomllib.loads((files("payouts.batches") / "formats.toml").read_text("utf-8"))
    return msgspec.convert(told, dict[str, FileFormat])


def format_named(name: str) -> FileFormat:
    """The format of this name; refused when there is none."""
    found = formats().get(name)
    if found is None:
        raise Refusal(format_must_be_known.at("/format", format=name, known=", ".join(sorted(formats()))))
    return found


def goes_over_the_line(name: str) -> bool:
    """Whether a batch of this format goes over the line to the bank; cash has none."""
    return bool(name) and format_named(name).kind == "direct"


def _refuse_direct(form: FileFormat) -> None:
    """A file beside the line would be paid a second time."""
    if form.kind == "direct":
        raise Refusal(batch_must_go_by_file.at("/format"), kind=RefusalKind.STATE)


def needs_identity(form: FileFormat) -> bool:
    """Whether the bank wants to know identity numbers, which are unsealed for the file alone."""
    return any(field == "identity" for _, field in form.columns)


# A batch, written


def faults_of_size(form: FileFormat, count: int) -> tuple[Problem, ...]:
    """More lines than a file of this format holds."""
    if count <= form.most:
        return ()
    return (file_must_hold_the_batch.at("/format", count=count, most=form.most),)


def written(
    form: FileFormat, lines: Sequence[BatchLine], purpose: Purpose, identities: Mapping[str, str]
) -> tuple[tuple[str, ...], ...]:
    """The rows of a batch's file, heading and titles first. Refused: more lines than a file holds; of a text file,
    whatever cannot be written in its encoding or would break a row."""
    _refuse_direct(form)
    problems = [*faults_of_size(form, len(lines))]
    rows = [tuple(_field(field, line, purpose, identities) for _, field in form.columns) for line in lines]
    if form.kind == "text":
        for line, row in zip(lines, rows, strict=True):
            problems += (
                field_must_be_writable.at(
                    f"/lines/{line.no}", payee=line.payee, text=masked_text(text), bad=bad
                )
                for text in row
                if (bad := _unwritable(form, text))
            )
    if problems:
        raise Refusal(*problems)
    filled = {
        "batch": purpose.batch,
        "day": purpose.day.isoformat(),
        "payer": purpose.payer,
        "count": str(len(lines)),
        "total": yuan(sum(line.amount for line in lines)),
    }
    heading = [(text.format_map(filled),) for text in form.heading]
    titles = [tuple(title for title, _ in form.columns)] if form.titles else []
    return (*heading, *titles, *rows)


def as_text(form: FileFormat, rows: Iterable[Sequence[str]]) -> bytes:
    """The rows as a text file of the format, each ended by carriage return and line feed."""
    end = form.delimiter if form.trailing else ""
    return "".join(f"{form.delimiter.join(row)}{end}\r\n" for row in rows).encode(form.encoding)


def _field(field: FieldName, line: BatchLine, purpose: Purpose, identities: Mapping[str, str]) -> str:
    fields: dict[str, str] = {
        "no": str(line.no),
        "reference": line.reference,
        "name": line.to.name,
        "identity": identities.get(line.payee, ""),
        "account": line.to.account,
        "bank": line.to.bank,
        "amount": yuan(line.amount),
        "purpose": purpose.text,
        "payee": line.payee,
    }
    return fields[field]


def _unwritable(form: FileFormat, text: str) -> str:
    """The first character that keeps a field from being written; empty when there is none."""
    for character in text:
        if character == form.delimiter or character in "\r\n" or character.isspace():
            return repr(character)
        try:
            character.encode(form.encoding)
        except UnicodeEncodeError:
            return character
    return ""


# An answer, read


def read_text(form: FileFormat, content: bytes) -> tuple[tuple[str, ...], ...]:
    """The rows of a bank's text file, as they stand; empty lines at the end do not count. Refused: another encoding, and
    anything that is text where the bank answers with a workbook."""
    _refuse_direct(form)
    if form.kind == "xlsx":
        raise Refusal(file_must_be_a_workbook.at("/file"))
    try:
        text = content.decode(form.encoding)
    except UnicodeDecodeError:
        raise Refusal(file_must_be_readable.at("/file", encoding=form.encoding)) from None
    rows = []
    for line in text.splitlines():
        fields = line.split(form.delimiter)
        rows.append(tuple(fields[:-1] if form.trailing and fields[-1] == "" else fields))
    while rows and not any(field.strip() for field in rows[-1]):
        rows.pop()
    return tuple(rows)


def answers(form: FileFormat, rows: Sequence[Sequence[str]], *, batch: str) -> tuple[Answer, ...]:
    """What a bank answers, row by row. Refused with every row that cannot be read."""
    _refuse_direct(form)
    wanted = form.answer.columns
    titles = ", ".join(title for title, _ in wanted)
    problems: list[Problem] = []
    found: list[Answer] = []
    first = 0
    if form.answer.titles:
        head = [field.strip() for field in rows[0]] if rows else []
        if head != [title for title, _ in wanted]:
            raise Refusal(
                titles_must_be_the_formats.at("/file", found=_shown(", ".join(head)), columns=titles)
            )
        first = 1
    for number, row in enumerate(rows[first:], first + 1):
        if len(row) != len(wanted):
            problems.append(
                row_must_have_its_columns.at(
                    f"/rows/{number}", row=number, found=len(row), expected=len(wanted), columns=titles
                )
            )
            continue
        fields = {field: text.strip() for (_, field), text in zip(wanted, row, strict=True)}
        wrong = list(_unreadable(form.answer, fields, number))
        if wrong:
            problems += wrong
            continue
        found.append(
            Answer(
                row=number,
                reference=fields.get("reference") or reference_of(batch, int(fields["no"])),
                amount=fen_from_yuan(fields["amount"]),
                outcome=Outcome.PAID if fields["code"] in form.answer.paid else Outcome.FAILED,
                on=_day(fields["day"]),
                code=fields["code"],
                said=fields["said"],
            )
        )
    if problems:
        raise Refusal(*problems)
    return tuple(found)


def _unreadable(form: AnswerFormat, fields: Mapping[FieldName, str], row: int) -> Iterable[Problem]:
    named = {field: title for title, field in form.columns}
    for field, reader in _READERS.items():
        if field not in fields:
            continue
        try:
            reader(fields[field])
        except (ValueError, Refusal):
            yield field_must_be_readable.at(
                f"/rows/{row}", row=row, column=named[field], given=_shown(fields[field])
            )


def _shown(text: str) -> str:
    """What a file says where something else belongs: it may be anybody's account."""
    return masked_text(text)[:80] or "—"


def _day(text: str) -> date:
    """A day as banks write it: 2026-02-12, 20260212, 2026/2/12.

    >>> _day("20260212") == _day("2026/2/12") == _day("2026-02-12")
    True
    """
    found = re.fullmatch(r"([0-9]{4})([-/]?)([0-9]{1,2})\2([0-9]{1,2})", text)
    if found is None or (not found[2] and len(text) != 8):
        raise ValueError(text)
    return date(int(found[1]), int(found[3]), int(found[4]))


_READERS: Mapping[FieldName, Callable[[str], object]] = {"no": int, "amount": fen_from_yuan, "day": _day}
