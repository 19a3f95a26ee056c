"""份额量化清册: what the assembly's resolution gives each household, as the list on a workbook's first sheet.

A line has the household's number as a member or as a household, the name, which must be the register's, and the shares. The
shares of all lines are the total the resolution names: 3.00 + 2.00 + 2.00 are 7.00, and a list that comes to 6.50 is refused, as
is one whose own sum says otherwise. Everything that is wrong is told at once, by row.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from coop.register.entitlements import units_must_make_the_total
from ledger.money import hundredths_from_text, yuan
from schemas.members import Member
from schemas.problems import Fault, Problem, Refusal
from schemas.register import EntitlementPart
from schemas.units import Hundredths
from web.imports.first_sheet import Rows, first_sheet
from web.imports.workbooks import WorkbookRefused

list_must_name_its_columns = Fault(
    code="list_must_name_its_columns",
    says="No row of the sheet names a column 成员编号 or 户号 and a column 份额.",
    remedy="Write these words above the columns, and 姓名 above the names.",
)
total_must_be_named = Fault(
    code="total_must_be_named",
    says="The total of the resolution is not named.",
    remedy="Enter how many shares the resolution gives all households on the list.",
)
row_must_name_a_household = Fault(
    code="row_must_name_a_household",
    says="Row {row}: no household is named.",
    remedy="Write its number, or delete the row.",
)
row_must_be_of_the_register = Fault(
    code="row_must_be_of_the_register",
    says="Row {row}: the register has no household {number}.",
    remedy="Look the number up, or register the household first.",
)
row_must_have_the_registers_name = Fault(
    code="row_must_have_the_registers_name",
    says="Row {row}: {number} is {known}; the list says {name}.",
    remedy="Correct the number or the name.",
)
row_must_stand_once = Fault(
    code="row_must_stand_once",
    says="Row {row}: {number} stands in row {first} already.",
    remedy="Give each household one line.",
)
row_must_have_shares = Fault(
    code="row_must_have_shares",
    says="Row {row}: {given} is no number of shares.",
    remedy="Write a number from 0.00 with at most two decimals; 0.00 is none.",
)
sum_must_be_that_of_the_rows = Fault(
    code="sum_must_be_that_of_the_rows",
    says="Row {row}: the list says {given} in all; its rows come to {sum}.",
    remedy="Correct the rows or the sum.",
)
sheet_must_be_a_workbook = Fault(
    code="sheet_must_be_a_workbook",
    says="The list is no workbook that can be read.",
    remedy="Save it as a workbook (.xlsx) without a password.",
)
AT = "/sheet"
_NUMBER, _NAME, _UNITS = (
    frozenset({"成员编号", "编号", "户号", "户编号", "member no.", "member number", "household number"}),
    frozenset({"姓名", "户主", "户主姓名", "成员姓名", "户代表", "name"}),
    frozenset({"份额", "份数", "收益权份额", "量化份额", "shares", "income entitlements (shares)"}),
)
_SUMS = frozenset({"合计", "总计", "total"})
_LOOKED_AT = 20
"""The rows that may stand above the list, its heading among them."""
_MANY_DIGITS = re.compile(r"[0-9]+\.[0-9]{12,}")


class _Columns(NamedTuple):
    row: int
    number: int
    units: int
    name: int | None


def read_list(
    rows: Rows, *, members: Mapping[str, Member], total: Hundredths | None
) -> tuple[EntitlementPart, ...]:
    """The households of a list and what each is given. ``total`` is the resolution's, None where nobody named it. Refused with
    everything that is wrong."""
    problems: list[Problem] = [] if total is not None else [total_must_be_named.at("/total")]
    columns = _columns(rows)
    if columns is None:
        raise Refusal(*problems, list_must_name_its_columns.at(AT))
    numbers = _numbers(members)
    parts: list[EntitlementPart] = []
    stands: dict[str, int] = {}
    sums: list[tuple[int, str]] = []
    readable = True
    for place, row in enumerate(rows[columns.row + 1 :], columns.row + 2):
        code, name, given = _cell(row, columns.number), _cell(row, columns.name), _cell(row, columns.units)
        if not (code or name or given):
            continue
        if any(_word(cell) in _SUMS for cell in row):
            sums.append((place, given))
            continue
        units = _units(given)
        if units is None:
            readable = False
            problems.append(row_must_have_shares.at(AT, row=place, given=given[:40] or "—"))
        number = numbers.get(code)
        if number is None:
            missing = row_must_be_of_the_register if code else row_must_name_a_household
            problems.append(missing.at(AT, row=place, number=code[:40]))
        else:
            known = members[number].name
            if name and _word(name) != _word(known):
                problems.append(
                    row_must_have_the_registers_name.at(
                        AT, row=place, number=code, known=known, name=name[:40]
                    )
                )
            if number in stands:
                problems.append(row_must_stand_once.at(AT, row=place, number=code, first=stands[number]))
            stands.setdefault(number, place)
        parts.append(EntitlementPart(member=number or code, units=units or 0))
    if readable:
        problems += _faults_of_sums(parts, sums, total=total)
    if problems:
        raise Refusal(*problems)
    return tuple(parts)


def read_file(content: bytes) -> Rows:
    """The rows of a list that came as a workbook; refused where it is none that can be read."""
    try:
        return first_sheet(content)
    except WorkbookRefused as refused:
        raise Refusal(sheet_must_be_a_workbook.at(AT)) from refused


def _faults_of_sums(
    parts: Sequence[EntitlementPart], sums: Sequence[tuple[int, str]], *, total: Hundredths | None
) -> list[Problem]:
    whole = sum(part.units for part in parts)
    problems = [
        sum_must_be_that_of_the_rows.at(AT, row=place, given=given[:40] or "—", sum=yuan(whole))
        for place, given in sums
        if _units(given) != whole
    ]
    if total is not None and whole != total:
        problems.append(units_must_make_the_total.at(AT, units=yuan(whole), total=yuan(total)))
    return problems


def _columns(rows: Rows) -> _Columns | None:
    for index, row in enumerate(rows[:_LOOKED_AT]):
        words = [_word(cell) for cell in row]
        number = next((place for place, word in enumerate(words) if word in _NUMBER), None)
        units = next((place for place, word in enumerate(words) if word in _UNITS), None)
        if number is not None and units is not None:
            name = next((place for place, word in enumerate(words) if word in _NAME), None)
            return _Columns(index, number, units, name)
    return None


def _numbers(members: Mapping[str, Member]) -> dict[str, str]:
    """The members by their own number, and by their household's where it has one member only."""
    of: dict[str, list[str]] = {}
    for number, member in members.items():
        if member.household:
            of.setdefault(member.household, []).append(number)
    alone = {household: numbers[0] for household, numbers in of.items() if len(numbers) == 1}
    return alone | {number: number for number in members}


def _cell(row: Sequence[str], place: int | None) -> str:
    if place is None or place >= len(row):
        return ""
    return unicodedata.normalize("NFKC", row[place]).strip()


def _word(cell: str) -> str:
    """A heading or a name without spaces and what stands in brackets behind it."""
    plain = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", cell)).strip().lower()
    bare = plain if plain.isascii() else plain.replace(" ", "")
    return re.sub(r"(?<=.)\((份|股)\)$", "", bare)


def _units(text: str) -> Hundredths | None:
    """Shares from 0.00; digits behind the fifteenth are a formula's noise. None where it is no such number."""
    plain = re.sub(r"[,\s]|份$", "", text)
    if _MANY_DIGITS.fullmatch(plain):
        plain = format(float(plain), ".15g")
    try:
        units = hundredths_from_text(plain)
    except Refusal:
        return None
    return units if units >= 0 else None
