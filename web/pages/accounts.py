"""会计科目与明细: the chart of the book with its own sub-accounts, and the details accounts are kept by."""

from collections.abc import Sequence

from coop.members import actions as member_actions
from coop.members import queries as members
from ledger.books import actions
from ledger.details import actions as detail_actions
from ledger.details import queries as details
from schemas.access import Deed
from schemas.books import Detail
from schemas.charts import KeptBy
from schemas.members import Counterparty
from schemas.problems import Problem
from web import wire
from web.database import Connection
from web.i18n.words import N_
from web.pages.naming import names_of, standard_name
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows

BY_HAND = (KeptBy.COUNTERPARTY, KeptBy.HOUSEHOLD, KeptBy.NAME)
"""Kinds of details a person adds here; members come with the register."""


@shows("/books/{book}/accounts", asks=("kind", "text"))
def accounts(visit: Visit) -> Shown:
    """The accounts and details of the book."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    kind, text = visit.query.get("kind", ""), visit.query.get("text", "").strip()
    known = details.details(visit.db, book=visit.id)
    return visit.page(
        "accounts.html",
        problems=problems,
        status=status,
        names=names_of(visit),
        standard=standard_name(visit.at_book, locale=visit.locale),
        details=[
            one
            for one in known.values()
            if (not kind or one.kind == kind) and (not text or text in one.code or text in one.name)
        ],
        counterparties=members.counterparties(visit.db, book=visit.id) if visit.may("see_register") else {},
        kinds=list(KeptBy),
        by_hand=BY_HAND,
        kind=kind,
        text=text,
        given={name: visit.field(name) for name in ("parent", "code", "name", "unit", "kind")},
    )


@does("/books/{book}/accounts/add", deed=Deed.KEEP_ACCOUNTS, again=_show)
async def add_account(visit: Visit) -> Shown:
    """Add an own sub-account 明细科目."""
    parent = visit.field("parent").split(" ", maxsplit=1)[0]
    made = await visit.write(
        lambda db: actions.add_sub_account(
            db,
            book=visit.id,
            parent=parent,
            code=visit.field("code"),
            name=visit.field("name")[:40],
            by=visit.by,
            at=visit.at,
        )
    )
    return see_other(
        f"{visit.home}/accounts#a{made.code}", notice=N_("Account {code} was added."), code=made.code
    )


@does("/books/{book}/accounts/{account}/set", deed=Deed.KEEP_ACCOUNTS, again=_show)
async def set_account(visit: Visit) -> Shown:
    """Close an account to new postings 停用, or open it again."""
    code = visit.text_at("account")
    await visit.write(
        lambda db: actions.set_account_open(
            db,
            book=visit.id,
            code=code,
            is_open=visit.field("open") == "1",
            by=visit.by,
            at=visit.at,
        )
    )
    return see_other(f"{visit.home}/accounts#a{code}", notice=N_("Done."))


@does("/books/{book}/details/add", deed=Deed.KEEP_DETAILS, again=_show)
async def add_detail(visit: Visit) -> Shown:
    """Add a detail 明细: a counterparty, a household, an item, a batch, a project."""
    kind = visit.field("kind")
    if kind not in list(BY_HAND):
        raise wire.Unreadable(wire.must_be_one_of.at("/kind", given=kind[:40], known=", ".join(BY_HAND)))
    name = visit.field("name")[:80]
    new = Detail(
        code=(visit.field("code") or name)[:80],
        name=name or visit.field("code")[:80],
        kind=KeptBy(kind),
        unit=visit.field("unit")[:10],
    )

    def add(db: Connection) -> None:
        if new.kind is KeptBy.COUNTERPARTY:
            party = Counterparty(code=new.code, name=new.name, kind=visit.field("unit")[:20])
            member_actions.enter_counterparties(db, [party], book=visit.id, by=visit.by, at=visit.at)
        else:
            detail_actions.add_many(db, [new], book=visit.id, by=visit.by, at=visit.at)

    await visit.write(add)
    return see_other(f"{visit.home}/accounts#details", notice=N_("Detail {code} was added."), code=new.code)


handlers = [accounts, add_account, set_account, add_detail]
