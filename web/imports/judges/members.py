"""Members and counterparties: numbers once, identities and accounts that fit their check digits.

Identity numbers follow GB 11643 (``11010519491231002X`` fits), credit codes GB 32100, cards the Luhn sum; a
passbook 存折 and a corporate account 对公 have no check digit.
"""

from collections.abc import Callable
from datetime import date
from typing import TypeVar

from coop.identity import is_card_number, masked
from schemas.identity import IdentityKind
from schemas.packs import AccountKind, CounterpartyRow, MemberKind, MemberRow, SheetRow
from web.imports import defects
from web.imports.findings import Area, At, Findings, Table
from web.imports.judges.references import Known, unique

R = TypeVar("R", bound=SheetRow)

_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CHECKS = "10X98765432"
_CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def identity_fits(number: str) -> bool:
    """Whether the check digit of an identity number of eighteen digits fits (GB 11643)."""
    body = number[:17]
    return (
        len(number) == 18
        and body.isascii()
        and body.isdigit()
        and _IDENTITY_CHECKS[
            sum(int(digit) * weight for digit, weight in zip(body, _IDENTITY_WEIGHTS, strict=True)) % 11
        ]
        == number[17]
    )


def credit_code_fits(code: str) -> bool:
    """Whether the check character of a credit code of eighteen characters fits (GB 32100)."""
    if len(code) != 18 or any(character not in _CREDIT_CHARACTERS for character in code):
        return False
    total = sum(
        _CREDIT_CHARACTERS.index(character) * pow(3, place, 31) for place, character in enumerate(code[:17])
    )
    return _CREDIT_CHARACTERS[-total % 31] == code[17]


def judge_members(table: Table[MemberRow], findings: Findings) -> Known:
    """The members, each row judged by itself and no two alike."""
    unique(
        table,
        ["成员编号"],
        defects.member_must_be_unique,
        findings,
        raw=lambda row: row.number,
        number=lambda row: row.number,
    )
    for row in table.rows:
        if table.knows(row.row, "类别", "身份证号"):
            if row.kind is MemberKind.HOUSEHOLD:
                _identity(table, row, findings)
            else:
                judge_credit_code(table, (row.row, "身份证号"), row.identity, findings)
        if table.knows(row.row, "类别", "户编号") and row.kind is MemberKind.HOUSEHOLD and not row.household:
            findings.report(defects.household_must_be_named, table, (row.row, "户编号"), number=row.number)
        if table.knows(row.row, "手机号") and row.phone and not _is_mobile(row.phone):
            findings.report(
                defects.phone_should_have_eleven_digits, table, (row.row, "手机号"), raw=row.phone
            )
        if table.knows(row.row, "银行账号", "账户类型") and row.bank_account:
            judge_bank_account(table, (row.row, "银行账号"), row.bank_account, row.account_kind, findings)
        if (
            table.knows(row.row, "入社日期", "退社日期")
            and row.left_on is not None
            and row.left_on < row.joined_on
        ):
            findings.report(
                defects.leaver_must_have_joined,
                table,
                (row.row, "退社日期"),
                raw=row.left_on.isoformat(),
                number=row.number,
                left=row.left_on,
                joined=row.joined_on,
            )
    others: dict[str, MemberRow] = {}
    accounts: dict[str, MemberRow] = {}
    for row in table.rows:
        if row.identity and table.knows(row.row, "身份证号", "成员编号"):
            earlier = others.setdefault(row.identity, row)
            if earlier is not row:
                findings.report(
                    defects.identity_must_be_unique,
                    table,
                    (row.row, "身份证号"),
                    raw=row.identity,
                    also=[(earlier.row, "身份证号")],
                    other=earlier.number,
                )
        if row.bank_account and table.knows(row.row, "银行账号", "户编号", "成员编号"):
            earlier = accounts.setdefault(row.bank_account, row)
            if earlier is not row and (not row.household or row.household != earlier.household):
                findings.report(
                    defects.bank_account_should_be_one_household,
                    table,
                    (row.row, "银行账号"),
                    raw=row.bank_account,
                    also=[(earlier.row, "银行账号")],
                    other=earlier.number,
                )
    return Known.of(table, "成员编号", defects.member_must_exist, "number")


def _is_mobile(phone: str) -> bool:
    return len(phone) == 11 and phone.isascii() and phone.isdigit() and phone.startswith("1")


def _identity(table: Table[MemberRow], row: MemberRow, findings: Findings) -> None:
    number = row.identity
    at: At = (row.row, "身份证号")
    if (
        len(number) != 18
        or not (number[:17].isascii() and number[:17].isdigit())
        or number[17] not in "0123456789X"
    ):
        findings.report(defects.identity_must_have_eighteen_digits, table, at, raw=number)
        return
    if not identity_fits(number):
        findings.report(defects.identity_check_digit_must_fit, table, at, raw=number)
        return
    born = number[6:14]
    try:
        day = date(int(born[:4]), int(born[4:6]), int(born[6:]))
        possible = day.year >= 1900 and (not table.knows(row.row, "入社日期") or day <= row.joined_on)
    except ValueError:
        possible = False
    if not possible:
        findings.report(
            defects.identity_must_hold_a_birth_date,
            table,
            at,
            raw=number,
            born=f"{born[:4]}-{born[4:6]}-{born[6:]}",
        )


def judge_credit_code(area: Area, at: At, code: str, findings: Findings) -> None:
    """Whether a unit's 统一社会信用代码 fits."""
    if not credit_code_fits(code):
        findings.report(defects.credit_code_must_fit, area, at, raw=code)


def judge_bank_account(area: Area, at: At, number: str, kind: AccountKind | None, findings: Findings) -> None:
    """Whether an account number is one; a card's has a check digit."""
    if kind is AccountKind.CARD:
        if not is_card_number(number):
            findings.report(defects.card_number_should_fit, area, at, raw=masked(number, IdentityKind.CARD))
    elif not (number.isascii() and number.isdigit() and 8 <= len(number) <= 30):
        findings.report(
            defects.bank_account_should_be_a_number, area, at, raw=masked(number, IdentityKind.PASSBOOK)
        )


def judge_counterparties(table: Table[CounterpartyRow], findings: Findings) -> Known:
    """The counterparties, no two of one code."""
    unique(
        table,
        ["编号"],
        defects.counterparty_must_be_unique,
        findings,
        raw=lambda row: row.code,
        code=lambda row: row.code,
    )
    return Known.of(table, "编号", defects.counterparty_must_exist, "code")


# --- membership ------------------------------------------------------------------------------------------------


class Membership:
    """Nobody moves before joining or after leaving; the last day of membership still counts.

    What one member did outside of it is one defect, however many rows it fills: it is named at the first of them.
    """

    def __init__(self, members: Table[MemberRow]) -> None:
        self._members = members
        self._by_number = {row.number: row for row in members.rows if members.knows(row.row, "成员编号")}
        self._found: dict[tuple[str, str], dict[str, tuple[Area, list[At]]]] = {}

    def judge(
        self,
        table: Table[R],
        *,
        member: Callable[[R], str],
        on: Callable[[R], date],
        only: Callable[[R], bool] = lambda _: True,
    ) -> None:
        """Look at the rows of a table, by their 成员编号 and 日期."""
        for row in table.rows:
            if not table.knows(row.row, "日期", "成员编号") or not only(row):
                continue
            of = self._by_number.get(member(row))
            if of is None:
                continue
            if self._members.knows(of.row, "退社日期") and of.left_on is not None and on(row) > of.left_on:
                when = _AFTER
            elif self._members.knows(of.row, "入社日期") and on(row) < of.joined_on:
                when = _BEFORE
            else:
                continue
            places = self._found.setdefault((when, of.number), {})
            places.setdefault(table.sheet, (table, []))[1].append((row.row, "成员编号"))
            table.doubtful.add((row.row, "成员编号"))

    def report(self, findings: Findings) -> None:
        """Report what was found, each member once."""
        for (when, number), places in self._found.items():
            (area, cells), *others = places.values()
            of = self._by_number[number]
            defect = defects.leaver_must_not_move if when == _AFTER else defects.member_must_have_joined
            note = f"退社日期{of.left_on}" if when == _AFTER else f"入社日期{of.joined_on}"
            sheets = "、".join(other.sheet for other, _ in others)
            findings.report(
                defect,
                area,
                cells[0],
                raw=number,
                also=cells[1:],
                note=f"{note}；{sheets}也有" if sheets else note,
                member=number,
                left=of.left_on,
                joined=of.joined_on,
            )


_BEFORE, _AFTER = "before", "after"
