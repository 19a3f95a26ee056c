"""Numbers of persons in the free texts of a pack: moved to the record they belong to, and masked where they stood.

A row is about somebody: a member's own, a contribution, a line whose 明细 is a member. A telephone or account number in
its text that is the member's on record is only masked; where the member has none, it becomes the member's, and the text
keeps the mask; where it is another, that is a finding. Of 出资 备注 ``手机13977665544`` under a member without a telephone
number there remains ``手机139****5544``. What is written of an heir in a member's 备注 becomes the heir's (facts.heirs_of).

The number of a member, of a voucher or of an account is no free text: a number of a person there is refused.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from coop.identity import NumberInText, masked, masked_text, numbers_in
from schemas.identity import IdentityKind
from schemas.packs import MemberRow
from web.imports import defects, habits
from web.imports.cells import Code, Text
from web.imports.columns import BY_MEMBER, MEMBERS
from web.imports.cooperatives import CooperativeSheets
from web.imports.facts import heirs_in, is_own
from web.imports.findings import SEALED_COLUMNS, At, Findings, Table
from web.imports.forms import Form
from web.imports.townships import TownshipSheets

_PUBLIC = frozenset({"耳标", "村编码", "统一社会信用代码"})
"""Columns of long numbers that are no person's."""
_FIELD = {
    IdentityKind.PHONE: ("phone", "手机号"),
    IdentityKind.CARD: ("bank_account", "银行账号"),
    IdentityKind.PASSBOOK: ("bank_account", "银行账号"),
}
"""The field of a member a number of this kind belongs into, and its column. An identity number is never missing there: a
row without one is refused."""
_REMARK = "备注"

Owner = Callable[[Any], str]
"""The number of the member a row is about, empty where it is about none."""


def settle_cooperative(sheets: CooperativeSheets, findings: Findings) -> None:
    """The free texts of a cooperative's workbook."""
    of = _Texts(findings, sheets.members, bank_account=str(sheets.info.value("银行账号") or ""))
    of.settle_members()
    of.settle(sheets.counterparties)
    of.settle(sheets.shares, owner=lambda row: str(row.member))
    of.settle(sheets.openings, owner=_of_account)
    of.settle(sheets.vouchers, owner=_of_account)
    of.settle(sheets.trades, owner=lambda row: str(row.member))
    of.settle(sheets.work_days, owner=lambda row: str(row.member))
    of.settle(sheets.animals, owner=lambda row: str(row.owner))
    of.settle(sheets.ballots)
    of.settle(sheets.legs)
    of.settle_form(sheets.info)
    of.settle_form(sheets.plan)


def settle_township(sheets: TownshipSheets, findings: Findings) -> None:
    """The free texts of the township's workbook, where nobody has a field for such a number."""
    of = _Texts(findings)
    for table in (sheets.villages, sheets.openings, sheets.vouchers, sheets.cadres):
        of.settle(table)


def _of_account(row: Any) -> str:
    return row.detail if row.account in BY_MEMBER else ""


class _Texts:
    """The texts of one workbook, and the members its numbers may belong to."""

    def __init__(
        self, findings: Findings, members: Table[MemberRow] | None = None, *, bank_account: str = ""
    ) -> None:
        self.findings, self.members = findings, members
        rows = members.rows if members is not None else []
        self.places: Mapping[str, int] = {row.number: place for place, row in enumerate(rows)}
        self.known = {bank_account} | {
            number for row in rows for number in (row.identity, row.phone, row.bank_account)
        }
        for row in rows:
            for heir in heirs_in(row):
                self.known |= {heir.identity, heir.phone, heir.bank_account}
        self.known.discard("")

    def settle_members(self) -> None:
        """The members' own texts. The 备注 stays as it is: entered, it is masked, and kept whole under seal where a number
        of it has no other place."""
        assert self.members is not None, "a cooperative has members"
        for place, row in enumerate(self.members.rows):
            if self.members.knows(row.row, _REMARK):
                heirs = {
                    number
                    for heir in heirs_in(row)
                    for number in (heir.identity, heir.phone, heir.bank_account)
                }
                numbers = [one for one in numbers_in(row.remark) if one.text not in heirs]
                self._place(self.members, (row.row, _REMARK), row.remark, numbers, place, [])
        self.settle(self.members, owner=lambda row: str(row.number))

    def settle(self, table: Table[Any], owner: Owner = lambda _: "") -> None:
        """Every text of a table, the same text of several rows as one; and no code that is such a number."""
        for column in table.layout.columns:
            if (
                column.name in SEALED_COLUMNS
                or column.name in _PUBLIC
                or (table.sheet, column.name) == (MEMBERS.sheet, _REMARK)
            ):
                continue
            if isinstance(column.kind, Text):
                self._settle_texts(table, column.name, column.field, owner)
            elif isinstance(column.kind, Code):
                self._refuse_codes(table, column.name, column.field)

    def settle_form(self, form: Form) -> None:
        """The items of a sheet of 项目 and 内容."""
        for item in form.items():
            value = form.value(item)
            if type(value) is str and item not in SEALED_COLUMNS and item not in _PUBLIC and form.has(item):
                numbers = numbers_in(value)
                assert form.values is not None, "it has items"
                form.values[item] = masked_text(value)
                self._place(form, (form.row(item), "内容"), value, numbers, None, [])

    def _settle_texts(self, table: Table[Any], column: str, field: str, owner: Owner) -> None:
        found: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for place, row in enumerate(table.rows):
            text = getattr(row, field)
            if type(text) is str and table.knows(row.row, column) and numbers_in(text):
                found[text, owner(row)].append(place)
        for (text, whose), places in found.items():
            for place in places:
                table.amend(place, column, masked_text(text))
            first, *others = ((table.rows[place].row, column) for place in places)
            self._place(table, first, text, numbers_in(text), self.places.get(whose), others)

    def _refuse_codes(self, table: Table[Any], column: str, field: str) -> None:
        for row in table.rows:
            code = getattr(row, field)
            if type(code) is str and table.knows(row.row, column) and (numbers := numbers_in(code)):
                self.findings.report(
                    defects.code_must_be_no_number_of_a_person,
                    table,
                    (row.row, column),
                    raw=code,
                    number=_masks(numbers),
                )

    def _place(
        self,
        area: Any,
        at: At,
        text: str,
        numbers: Any,
        whose: int | None,
        others: Sequence[At],
    ) -> None:
        """Where the numbers of a text belong: on record already, the member's from now on, or nobody's."""
        lost, notes = [], []
        for one in numbers:
            member = None if whose is None or self.members is None else self.members.rows[whose]
            if one.text in self.known or (member is not None and is_own(member, one)):
                continue
            if member is not None and self._fill(member, whose, one):
                notes.append(f"{masked(one.text, one.kind)}移入成员{member.number}的{_FIELD[one.kind][1]}")
            else:
                lost.append(one)
        if len(lost) < len(numbers):
            self.findings.repair(
                area,
                [habits.number_of_a_person],
                at,
                raw=text,
                repaired=masked_text(text),
                also=others,
                note="；".join(notes) or None,
            )
        if lost:
            self.findings.report(
                defects.number_in_text_should_be_on_record,
                area,
                at,
                raw=text,
                also=others,
                number=_masks(lost),
            )

    def _fill(self, member: MemberRow, place: int | None, one: NumberInText) -> bool:
        """Make a number the member's where it has none of the kind."""
        field, column = _FIELD.get(one.kind, ("", ""))
        assert self.members is not None, "there is a member"
        if place is None or not field or getattr(member, field) or not self.members.knows(member.row, column):
            return False
        self.members.amend(place, column, one.text)
        self.known.add(one.text)
        return True


def _masks(numbers: Any) -> str:
    return "、".join(masked(one.text, one.kind) for one in numbers)
