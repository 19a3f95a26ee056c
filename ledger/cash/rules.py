"""What a cash count must fulfil and what a difference leads to (会计基础工作规范: cash is counted daily; DOMAIN §1.5).

At the end of a day the box holds what the cash journal shows. With 1 250.00 in the book and 1 245.50 counted,
4.50 are missing: debit 181 待处理财产损溢 / credit 101 4.50, until somebody answers for it. Counted too much goes the
other way round. 181 is cleared before the year ends.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from ledger import texts
from schemas.cash import CashDay, NewCashCount
from schemas.journals import JournalDay
from schemas.periods import Check
from schemas.problems import Fault, Problem, Severity
from schemas.units import Fen, PersonId
from schemas.vouchers import VoucherDraft, VoucherLine

FACES = (10000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1)
"""Notes and coins of the renminbi in fen, from 100 yuan down; coins and notes of one value count together."""

PENDING = "181"
"""待处理财产损溢: in both standards the account a difference waits on."""

PENDING_CURRENT = "待处理流动资产损溢"
"""The detail for money, which is a current asset; its name is fixed by 财会〔2021〕37号."""

COUNTED = "cash.count"
"""The act under which the log seals a count."""

account_must_be_cash = Fault(
    code="account_must_be_cash",
    says="{account} is no account of cash on hand in this book.",
    remedy="Choose 101 库存现金 or a sub-account of it.",
)
count_must_not_lie_ahead = Fault(
    code="count_must_not_lie_ahead",
    says="{date} has not come yet.",
    remedy="Cash is counted at the end of a day.",
)
pieces_must_add_up = Fault(
    code="pieces_must_add_up",
    says="The notes and coins come to {pieces}, but {counted} is given as counted.",
    remedy="Count again, or correct the number that is wrong.",
)
face_must_exist = Fault(
    code="face_must_exist",
    says="There is no note or coin of {face}.",
    remedy="The largest is 100.00, the smallest 0.01.",
)
witness_must_be_another = Fault(
    code="witness_must_be_another",
    says="The witness is the one who counts.",
    remedy="Name another person, or none.",
)
cash_should_be_counted = Fault(
    code="cash_should_be_counted",
    says="Cash {account} moved on {date} (at the day's end {book}) and was not counted.",
    remedy="Count the cash every day it moves.",
    severity=Severity.WARNING,
)
cash_should_not_be_missing = Fault(
    code="cash_should_not_be_missing",
    says="Cash {account} on {date}: the book shows {book}, {counted} was counted; {difference} is missing.",
    remedy="Look for a payment not yet posted; otherwise book debit 181, credit {account}, and have it settled.",
    severity=Severity.WARNING,
)
cash_should_not_be_too_much = Fault(
    code="cash_should_not_be_too_much",
    says="Cash {account} on {date}: the book shows {book}, {counted} was counted; {difference} is too much.",
    remedy="Look for a receipt not yet posted; otherwise book debit {account}, credit 181, and have it settled.",
    severity=Severity.WARNING,
)


def faults_of_count(
    new: NewCashCount, *, is_cash: bool, by: PersonId, on: date, yuan: Callable[[Fen], str]
) -> tuple[Problem, ...]:
    """Why a count is not taken: no cash account, a day to come, pieces that do not add up, no real witness."""
    problems = []
    if not is_cash:
        problems.append(account_must_be_cash.at("/account", account=new.account))
    if new.date > on:
        problems.append(count_must_not_lie_ahead.at("/date", date=new.date))
    unknown = [index for index, pieces in enumerate(new.pieces) if pieces.face not in FACES]
    problems += [
        face_must_exist.at(f"/pieces/{index}/face", face=yuan(new.pieces[index].face)) for index in unknown
    ]
    total = sum(pieces.face * pieces.number for pieces in new.pieces)
    if new.pieces and not unknown and total != new.counted:
        problems.append(pieces_must_add_up.at("/pieces", pieces=yuan(total), counted=yuan(new.counted)))
    if new.witness == by:
        problems.append(witness_must_be_another.at("/witness"))
    problems += texts.faults_of_line(new.note, "/note")
    return tuple(problems)


def balance_at(day: date, *, before: Fen, days: Iterable[JournalDay]) -> Fen:
    """What stood on the account at the end of ``day``: the last day it moved on up to then, or ``before``."""
    balance = before
    for moved in days:
        if moved.date > day:
            break
        balance = moved.balance
    return balance


def difference_draft(day: CashDay, *, dated: date) -> VoucherDraft:
    """The voucher that takes a day's difference to 181, for the accountant to look at and save. Its original is
    the count itself, signed by who counted."""
    difference = day.difference
    assert difference, "a day that agrees needs no voucher"
    summary = f"{day.date.month}月{day.date.day}日现金盘点{'长款' if difference > 0 else '短款'}"
    cash = VoucherLine(
        summary=summary, account=day.account, debit=max(difference, 0), credit=max(-difference, 0)
    )
    pending = VoucherLine(
        summary=summary,
        account=PENDING,
        detail=PENDING_CURRENT,
        debit=max(-difference, 0),
        credit=max(difference, 0),
    )
    lines = (cash, pending) if difference > 0 else (pending, cash)
    return VoucherDraft(date=dated, lines=lines, originals=1)


def check_of_cash(days: Sequence[CashDay], *, yuan: Callable[[Fen], str]) -> Check:
    """Every day cash moved was counted and agreed; a warning each where not."""
    problems: list[Problem] = []
    for day in days:
        where = f"/cash/{day.account}/{day.date}"
        if day.count is None:
            if day.moved:
                problems.append(
                    cash_should_be_counted.at(where, account=day.account, date=day.date, book=yuan(day.book))
                )
        elif day.difference:
            fault = cash_should_not_be_too_much if day.difference > 0 else cash_should_not_be_missing
            problems.append(
                fault.at(
                    where,
                    account=day.account,
                    date=day.date,
                    book=yuan(day.book),
                    counted=yuan(day.count.counted),
                    difference=yuan(abs(day.difference)),
                )
            )
    return Check(
        name="cash",
        says="Cash was counted on every day it moved, and agreed.",
        link="cash",
        problems=tuple(problems),
    )
