"""项目资金: what a collective received for projects, from whom, and what it was used for; and the villages of a township."""

from collections.abc import Sequence

from coop.project_money import actions, queries
from schemas.access import Deed
from schemas.problems import Problem
from schemas.project_money import MoneyNaming, MoneySource
from web.i18n.words import N_
from web.pages.fields import Fields
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows


@shows("/books/{book}/project-money")
def show_project_money(visit: Visit) -> Shown:
    """The project money of the book, line by line."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    money = queries.project_money(visit.db, book=visit.at_book, as_of=visit.on)
    return visit.page(
        "project_money.html",
        problems=problems,
        status=status,
        money=money,
        sources=list(MoneySource),
        projects=sorted({one.project for one in money.by_project if one.project}),
        may_keep=visit.may("keep_contracts"),
    )


@does("/books/{book}/project-money", deed=Deed.KEEP_CONTRACTS, again=_show)
async def name_project_money(visit: Visit) -> Shown:
    """Say what a line on 241 is."""
    fields = Fields(visit)
    voucher, line = fields.number("voucher"), fields.number("line")
    naming = MoneyNaming(
        source=fields.word("source", MoneySource),
        project=fields.text("project", most=80),
        contract=fields.text("contract", most=40, needed=False),
        item=fields.text("item", most=40, needed=False),
    )
    fields.done()
    await visit.write(
        lambda db: actions.name_line(
            db, naming, voucher=voucher, line=line, book=visit.at_book, by=visit.by, at=visit.at
        )
    )
    return see_other(f"{visit.home}/project-money", notice=N_("The line is named."))


@does("/books/{book}/project-money/take-back", deed=Deed.KEEP_CONTRACTS, again=_show)
async def take_project_money_back(visit: Visit) -> Shown:
    """A line on 241 is not what it was named."""
    fields = Fields(visit)
    voucher, line = fields.number("voucher"), fields.number("line")
    reason = fields.text("why")
    fields.done()
    await visit.write(
        lambda db: actions.take_back(
            db, voucher=voucher, line=line, reason=reason, book=visit.at_book, by=visit.by, at=visit.at
        )
    )
    return see_other(f"{visit.home}/project-money", notice=N_("Taken back."))


handlers = [show_project_money, name_project_money, take_project_money_back]
