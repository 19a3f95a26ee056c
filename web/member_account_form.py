"""The statutory form of a member account 成员账户 (财会〔2021〕37号; 合作社法 第四十三条) as a table, for screen, spreadsheet and
paper: one row for what the year begins with, one for each entry, one for what it ends with."""

from schemas.member_accounts import MemberAccount, QuantifiedShares
from schemas.units import Value
from web.exports.sheets import Cell, Kind
from web.i18n import say, say_word
from web.i18n.words import N_


class FormColumn(Value):
    """A column, below the heading it shares with its neighbours; a column of its own has no ``group``."""

    title: str
    kind: Kind = Kind.MONEY
    group: str = ""


class FormRow(Value):
    """A row; ``sum`` marks the first and the last."""

    cells: tuple[Cell, ...]
    sum: bool = False


class AccountForm(Value):
    """The form of one member and year. ``notes`` stand below it: what the form has no column for."""

    member: str
    name: str
    address: str
    year: int
    columns: tuple[FormColumn, ...]
    rows: tuple[FormRow, ...]
    work_days: int
    current_account: int


def account_form(
    account: MemberAccount, *, before: QuantifiedShares, household: str, locale: str
) -> AccountForm:
    """The form. ``before`` are the quantified shares the year begins with. The columns of stocks carry on from year to
    year; trade, refund and distribution begin anew and are summed up in the last row."""
    products = tuple(account.trade) or ("",)
    columns = (
        FormColumn(title=say(locale, N_("No.")), kind=Kind.COUNT),
        FormColumn(title=say(locale, N_("Date")), kind=Kind.DAY),
        FormColumn(title=say(locale, N_("Summary")), kind=Kind.TEXT),
        *(
            FormColumn(title=say(locale, title), group=say(locale, N_("Contributions of the member")))
            for title in (
                N_("From assets of poverty alleviation granted to the household"),
                N_("From other sources"),
            )
        ),
        *(
            FormColumn(title=say(locale, title))
            for title in (
                N_("Share of the surplus reserve"),
                N_("Quantified share of property formed by direct state aid"),
                N_("Quantified share of property formed by donations"),
            )
        ),
        *(
            FormColumn(
                title=product or say(locale, N_("Product")),
                kind=Kind.QUANTITY,
                group=say(locale, N_("Quantity traded")),
            )
            for product in products
        ),
        *(
            FormColumn(title=product or say(locale, N_("Product")), group=say(locale, N_("Amount traded")))
            for product in products
        ),
        FormColumn(title=say(locale, N_("Surplus refunded by trade"))),
        FormColumn(title=say(locale, N_("Remaining surplus distributed"))),
    )
    nothing = (None,) * (2 * len(products) + 2)
    rows = [
        FormRow(
            cells=(
                None,
                None,
                say(locale, N_("Balance at the beginning of the year")),
                account.opening_capital_granted,
                account.opening_capital_other,
                account.opening_reserve_share,
                before.state_aid,
                before.donations,
                *nothing,
            ),
            sum=True,
        )
    ]
    for entry in account.entries:
        quantities = tuple(entry.quantity if entry.product == one and one else None for one in products)
        amounts = tuple(entry.amount if entry.product == one and one else None for one in products)
        rows.append(
            FormRow(
                cells=(
                    len(rows),
                    entry.on,
                    say(locale, N_("Distribution of the year's surplus"))
                    if entry.summary == "distribution"
                    else say_word(locale, entry.summary),
                    entry.capital_granted or None,
                    entry.capital_other or None,
                    None,
                    None,
                    None,
                    *quantities,
                    *amounts,
                    entry.patronage_refund or None,
                    entry.residual_surplus or None,
                )
            )
        )
    changed = (
        account.reserve_share_this_year,
        account.state_aid_quantified - before.state_aid,
        account.donation_quantified - before.donations,
    )
    if any(changed):
        rows.append(
            FormRow(
                cells=(
                    len(rows),
                    None,
                    say(locale, N_("Quantified in the year")),
                    None,
                    None,
                    *(one or None for one in changed),
                    *nothing,
                )
            )
        )
    rows.append(
        FormRow(
            cells=(
                None,
                None,
                say(locale, N_("Balance or total at the end of the year")),
                account.capital_granted,
                account.capital_other,
                account.reserve_share,
                account.state_aid_quantified,
                account.donation_quantified,
                *(account.trade[one].quantity if one else None for one in products),
                *(account.trade[one].amount if one else None for one in products),
                account.patronage_refund,
                account.residual_surplus,
            ),
            sum=True,
        )
    )
    return AccountForm(
        member=account.member,
        name=account.name,
        address=household,
        year=account.year,
        columns=columns,
        rows=tuple(rows),
        work_days=account.work_days,
        current_account=account.current_account_114,
    )
