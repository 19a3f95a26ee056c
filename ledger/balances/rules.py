"""Adding up: what postings do to balances, and what balances make a trial balance.

A balance is kept for every account, detail and month. A posting of 51 000.00 on debit 102 in January 2025 adds
51 000.00 to the debit of (102, no detail, 202501), and a red one of -860.00 on debit 523 电费 takes 860.00 off the
debit of (523, 电费, 202506): turnover stays what happened.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ledger.money import text_from_hundredths, yuan
from schemas.balances import DetailBalance, TrialBalance, TrialRow
from schemas.problems import Fault, Problem
from schemas.units import BookId, Fen, Hundredths, Period, Value
from schemas.vouchers import Voucher

balance_must_equal_postings = Fault(
    code="balance_must_equal_postings",
    says="Book {book}, account {account} {detail}, {period}: kept are debit {debit}, credit {credit}, quantity in {quantity_in}, out {quantity_out}; the postings add up to {found_debit}, {found_credit}, {found_in}, {found_out}.",
    remedy="Somebody changed a balance or a posting behind the service's back; compare with a backup.",
)


class Turnover(Value, gc=False):
    """What moved on one account and detail in one period."""

    debit: Fen = 0
    credit: Fen = 0
    quantity_in: Hundredths = 0
    quantity_out: Hundredths = 0


Key = tuple[str, str, Period]


def turnover_of(vouchers: Iterable[Voucher]) -> Mapping[Key, Turnover]:
    """What these vouchers add to each (account, detail, period), in key order. A quantity goes in on the debit
    side and out on the credit side."""
    sums: defaultdict[Key, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for voucher in vouchers:
        for line in voucher.lines:
            found = sums[line.account, line.detail, voucher.period]
            found[0] += line.debit
            found[1] += line.credit
            if line.quantity is not None:
                found[3 if line.credit else 2] += line.quantity
    return {
        key: Turnover(debit=s[0], credit=s[1], quantity_in=s[2], quantity_out=s[3])
        for key, s in sorted(sums.items())
    }


def trial_balance(
    details: Sequence[DetailBalance], *, from_period: Period, to_period: Period
) -> TrialBalance:
    """The trial balance of these details: each account netted, accounts that never moved left out.

    Details that net to zero and did not move are left out as well.
    """
    kept = tuple(row for row in details if row.opening or row.debit or row.credit)
    sums: dict[str, list[int]] = {}
    for row in kept:
        found = sums.setdefault(row.account, [0, 0, 0])
        found[0] += row.opening
        found[1] += row.debit
        found[2] += row.credit
    rows = tuple(
        TrialRow(
            account=account,
            opening_debit=max(opening, 0),
            opening_credit=max(-opening, 0),
            debit=debit,
            credit=credit,
            closing_debit=max(opening + debit - credit, 0),
            closing_credit=max(credit - debit - opening, 0),
        )
        for account, (opening, debit, credit) in sorted(sums.items())
    )
    totals = TrialRow(
        account="",
        opening_debit=sum(row.opening_debit for row in rows),
        opening_credit=sum(row.opening_credit for row in rows),
        debit=sum(row.debit for row in rows),
        credit=sum(row.credit for row in rows),
        closing_debit=sum(row.closing_debit for row in rows),
        closing_credit=sum(row.closing_credit for row in rows),
    )
    return TrialBalance(from_period=from_period, to_period=to_period, rows=rows, totals=totals, details=kept)


def differences(
    kept: Mapping[Key, Turnover], found: Mapping[Key, Turnover], *, book: BookId
) -> tuple[Problem, ...]:
    """Every kept balance that is not what the postings (and openings) add up to."""
    nothing = Turnover()
    problems = []
    for account, detail, period in sorted(kept.keys() | found.keys()):
        has = kept.get((account, detail, period), nothing)
        should = found.get((account, detail, period), nothing)
        if has != should:
            problems.append(
                balance_must_equal_postings.at(
                    f"/balance/{account}/{detail}/{period}",
                    book=book,
                    account=account,
                    detail=detail,
                    period=period,
                    debit=yuan(has.debit),
                    credit=yuan(has.credit),
                    quantity_in=text_from_hundredths(has.quantity_in),
                    quantity_out=text_from_hundredths(has.quantity_out),
                    found_debit=yuan(should.debit),
                    found_credit=yuan(should.credit),
                    found_in=text_from_hundredths(should.quantity_in),
                    found_out=text_from_hundredths(should.quantity_out),
                )
            )
    return tuple(problems)
