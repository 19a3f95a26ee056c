"""The events of the field and the lines they are booked by, read from the data files in this folder.

Buying forage from a member is debit 121 产品物资 and credit 114 成员往来; whoever picks that event gets both lines
with the summary written, and adds the member and the amount. An event never posts to an account its register keeps:
contributions and grants are acts of the register.
"""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from schemas.charts import Standard
from schemas.events import Event
from schemas.problems import Fault, Problem

event_account_must_take_hand_vouchers = Fault(
    code="event_account_must_take_hand_vouchers",
    says="Event {event} names account {account}, which the chart does not have or keeps by its register.",
    remedy="Mend the file of events.",
)


@cache
def events(standard_id: str) -> tuple[Event, ...]:
    """The events of a standard in the order of their file; none where nobody wrote any."""
    source = files(__name__) / f"{standard_id}.toml"
    if not source.is_file():
        return ()
    content: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8"))
    return tuple(
        msgspec.convert({"id": id, **event}, Event) for id, event in content.get("events", {}).items()
    )


def faults_in(found: tuple[Event, ...], *, standard: Standard) -> tuple[Problem, ...]:
    """Every line of an event that a voucher by hand could not post."""
    return tuple(
        event_account_must_take_hand_vouchers.at(f"/{event.id}", event=event.id, account=line.account)
        for event in found
        for line in event.lines
        if line.account not in standard.accounts
        or standard.accounts[line.account].register
        or line.account == standard.settlement.result
    )
