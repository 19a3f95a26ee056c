"""What stands in the way of a close, as pages show it: each check with the list where it is mended."""

from coop.closing import actions as closing
from ledger.month_end import queries as month_end
from schemas.periods import Check
from schemas.units import Period
from web.pages.rendering import address, month_code
from web.pages.route import Visit


def checks_of_month(visit: Visit, month: Period) -> tuple[Check, ...]:
    """Everything that is looked at before the month closes: what stops it, then what is only warned of."""
    stopping = closing.month_obstacles(visit.db, book=visit.at_book, period=month)
    known = {check.name for check in stopping}
    warning = month_end.ledger_checks(visit.db, book=visit.at_book, period=month)
    return (*stopping, *(check for check in warning if check.name not in known))


def mended_at(visit: Visit, check: Check, month: Period) -> str:
    """The list where the problems of a check are mended, narrowed to the month."""
    if not check.link:
        return ""
    code = month_code(month)
    if check.link == "vouchers":
        states = ["sketch", "draft", "reviewed"] if check.name == "vouchers" else []
        return address(
            f"{visit.home}/vouchers", to=code, from_=code if check.name != "vouchers" else "", state=states
        )
    if check.link == "trial-balance":
        return address(f"{visit.home}/trial-balance", from_=code, to=code)
    return f"{visit.home}/{check.link}"
