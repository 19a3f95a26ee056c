"""Rows that keep a text of ours in one column: each can be read as what its table keeps. A row that cannot is named, and
what follows from its table is not looked at further."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from coop.proof.rules import body_must_be_readable
from schemas.alerts import Breach, Kept, RedLine
from schemas.contracts import Amended, Ended, NewContract
from schemas.figures import Doubt
from schemas.inventory import Item, NewCount
from schemas.monthly_reports import ReportContent
from schemas.problems import Problem
from schemas.project_money import MoneyNaming
from schemas.register import AnyAct, Written
from schemas.snapshots import IncomePolicy


class Body(NamedTuple):
    """A column of a table that holds a text, and what the text of a row is read as."""

    table: str
    column: str
    of: Callable[[Any], Any]


OF_A_REGISTER = (
    Body("register_request", "content", lambda _: AnyAct),
    Body("register_request", "writes", lambda _: Written),
)
OF_A_COLLECTIVE = (
    Body("contract", "body", lambda _: NewContract),
    Body("contract_change", "body", lambda row: Amended if row.kind == "amended" else Ended),
    Body("inventory_fact", "body", lambda _: Item),
    Body("inventory_count", "body", lambda _: NewCount),
    Body("project_money", "body", lambda _: MoneyNaming),
)
OF_A_TOWNSHIP = (
    Body("snapshot", "policy", lambda _: IncomePolicy),
    Body("alert", "breach", lambda _: Breach),
    Body("alert_step", "kept", lambda _: Kept),
    Body("alert_watch", "lines", lambda _: tuple[RedLine, ...]),
    Body("figure_answer", "doubt", lambda _: Doubt),
    Body("figure_step", "doubts", lambda _: tuple[Doubt, ...]),
)
OF_REPORTS = (Body("monthly_report", "content", lambda _: ReportContent),)


def fault_of_body(body: Body, row: Any, *, key: str) -> Problem | None:
    """The text of a row that cannot be read as what its table keeps; an empty one says nothing."""
    said = getattr(row, body.column)
    if not said:
        return None
    try:
        msgspec.json.decode(said, type=body.of(row))
    except msgspec.MsgspecError as error:
        return body_must_be_readable.at(f"/{body.table}", table=body.table, key=key, reason=error)
    return None
