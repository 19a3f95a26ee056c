"""What must hold of vouchers that move money: the cashier signs them (会计基础工作规范 art. 51-1).

A voucher that takes 2 000.00 into the bank carries four signatures: who prepared it, who reviewed it, who posted
it, and the cashier's; one that moves no money carries three.
"""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date

from schemas.journals import VoucherLabel
from schemas.periods import Check
from schemas.problems import Fault, Severity
from schemas.units import Period

money_voucher_should_be_signed = Fault(
    code="money_voucher_should_be_signed",
    says="Voucher {voucher} of {date} moves money and the cashier has not signed it.",
    remedy="Have the cashier sign it.",
    severity=Severity.WARNING,
)


def days_of(period: Period) -> tuple[date, date]:
    """The first and the last day of a month."""
    year, month = divmod(period, 100)
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def check_of_signatures(unsigned: Sequence[VoucherLabel]) -> Check:
    """Every receipt and payment voucher of the month is signed by the cashier; a warning each."""
    return Check(
        name="signatures",
        says="The cashier has signed every voucher that moves money.",
        link="vouchers",
        problems=tuple(
            money_voucher_should_be_signed.at(
                f"/vouchers/{voucher.id}", voucher=voucher.text, date=voucher.date
            )
            for voucher in unsigned
        ),
    )
