"""Red lines of a township and the alerts of its villages over HTTP: listed, told, explained, closed."""

from typing import Annotated, Any

from msgspec import Meta

from coop.alerts import actions, queries
from coop.alerts.rules import alert_must_be_there
from coop.lists.queries import home_of
from schemas.access import Deed
from schemas.alerts import AlertState, LineId, NewRedLine, RedLines, RedLineVersion
from schemas.evidence import EvidenceFile
from schemas.problems import Refusal, RefusalKind
from schemas.units import Counted, Value
from web.alert_answers import AlertItem, AlertsOfPlace, alert_item, alerts_of_township, alerts_of_village
from web.api.household import Text
from web.api.kept_files import handed_out
from web.api.policies import A_SCAN
from web.api.route import Call, File, Nothing, Routes, Village
from web.boards import last_whole_month
from web.database import Connection

routes = Routes("Red lines and alerts 红线与预警")
_TOWNSHIP, _BOOK = "/townships/{township}", "/books/{book}"
_OF_TOWNSHIP, _OF_BOOK = f"{_TOWNSHIP}/alerts/{{alert}}", f"{_BOOK}/alerts/{{alert}}"


class AlertQuery(Value):
    """Which alerts: of a state, a red line, a village."""

    state: AlertState | None = None
    line: LineId | None = None
    village: Village | None = None


class AlertPage(Value):
    """The alerts of a village, the newest first."""

    items: tuple[AlertItem, ...]


class AlertWord(Value):
    """What is said of an alert."""

    text: Text


class ScanQuery(Value):
    """The explanation and the name of the scan that goes with it."""

    text: Text
    name: Annotated[str, Meta(min_length=1, max_length=200)]


class LineToApprove(Value):
    """Which version of a red line is approved."""

    id: LineId
    version: Counted


@routes.reads(f"{_TOWNSHIP}/alerts", deed=Deed.SEE_TOWNSHIP, query=AlertQuery, answers=AlertsOfPlace)
def list_alerts(db: Connection, call: Call[AlertQuery, Nothing]) -> AlertsOfPlace:
    """The alerts 预警 of a township's villages with everything that followed, and what the last whole month would open as it is
    known today."""
    month = last_whole_month(call.on)
    return alerts_of_township(
        db,
        township=call.township,
        month=month,
        watching=queries.breaches_today(db, township=call.township, month=month, on=call.on),
        state=call.query.state,
        line=call.query.line,
        village=call.query.village,
    )


@routes.reads(_OF_TOWNSHIP, deed=Deed.SEE_TOWNSHIP, answers=AlertItem)
def read_alert(db: Connection, call: Call[Nothing, Nothing]) -> AlertItem:
    """An alert: the red line as it was, the figures it was judged by, the income without evidence, and every step."""
    return alert_item(db, queries.alert(db, within=call.township, number=call.path["alert"]))


@routes.acts(f"{_OF_TOWNSHIP}/notification", deed=Deed.KEEP_ALERTS, content=AlertWord, answers=AlertItem)
def notify_alert(db: Connection, call: Call[Nothing, AlertWord]) -> AlertItem:
    """Say who was told of an alert and how 通知, where the village's collective keeps no book here."""
    return alert_item(db, actions.notify(db, **_said(call)))


@routes.acts(f"{_OF_TOWNSHIP}/closing", deed=Deed.KEEP_ALERTS, content=AlertWord, answers=AlertItem)
def close_alert(db: Connection, call: Call[Nothing, AlertWord]) -> AlertItem:
    """Close an alert whose year is over 销号, with the reason. Before, it is cured by itself once the line is kept."""
    return alert_item(db, actions.close(db, **_said(call)))


def _said(call: Call[Any, AlertWord]) -> dict[str, Any]:
    return {
        "township": call.township,
        "number": call.path["alert"],
        "text": call.body.text,
        "by": call.by,
        "on": call.on,
        "at": call.at,
    }


@routes.reads(f"{_OF_TOWNSHIP}/papers/{{sha256}}", deed=Deed.SEE_EVIDENCE, answers=File)
def read_alert_paper(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The bytes of a scan an alert was explained with."""
    number, sha256 = call.path["alert"], call.path["sha256"]
    steps = queries.alert(db, within=call.township, number=number).steps
    paper = next((step.paper for step in steps if step.paper and step.paper.sha256 == sha256), None)
    if paper is None:
        raise Refusal(alert_must_be_there.at("/sha256", number=number), kind=RefusalKind.MISSING)
    return handed_out(db, call, sha256, name=paper.name)


# The village's own side


@routes.reads(f"{_BOOK}/alerts", deed=Deed.SEE_BOOK, answers=AlertPage)
def list_own_alerts(db: Connection, call: Call[Nothing, Nothing]) -> AlertPage:
    """The alerts of the village whose collective keeps this book."""
    where = home_of(db, book=call.book)
    return AlertPage(items=alerts_of_village(db, village=where.village))


@routes.reads(_OF_BOOK, deed=Deed.SEE_BOOK, answers=AlertItem)
def read_own_alert(db: Connection, call: Call[Nothing, Nothing]) -> AlertItem:
    """An alert of the village whose collective keeps this book."""
    where = home_of(db, book=call.book)
    return alert_item(db, queries.alert(db, within=where.village, number=call.path["alert"]))


@routes.acts(f"{_OF_BOOK}/explanation", deed=Deed.EXPLAIN_ALERT, content=AlertWord, answers=AlertItem)
def explain_alert(db: Connection, call: Call[Nothing, AlertWord]) -> AlertItem:
    """Explain an open alert 说明; may be said more than once."""
    return _explained(db, call, text=call.body.text, scan=None)


@routes.acts(
    f"{_OF_BOOK}/explanation/papers",
    deed=Deed.EXPLAIN_ALERT,
    query=ScanQuery,
    answers=AlertItem,
    **A_SCAN,
)
def explain_alert_with_scan(db: Connection, call: Call[ScanQuery, EvidenceFile]) -> AlertItem:
    """Explain an open alert with a scan, which is the body."""
    return _explained(db, call, text=call.query.text, scan=call.body)


def _explained(db: Connection, call: Call[Any, Any], *, text: str, scan: EvidenceFile | None) -> AlertItem:
    where = home_of(db, book=call.book)
    made = actions.explain(
        db,
        township=where.township,
        village=where.village,
        number=call.path["alert"],
        text=text,
        scan=scan,
        by=call.by,
        on=call.on,
        at=call.at,
    )
    return alert_item(db, made)


# Red lines


@routes.reads(f"{_TOWNSHIP}/red-lines", deed=Deed.SEE_TOWNSHIP, answers=RedLines)
def list_red_lines(db: Connection, call: Call[Nothing, Nothing]) -> RedLines:
    """The red lines 红线 a township watches, built in and its own, and every version it entered."""
    return queries.red_lines(db, township=call.township)


@routes.acts(
    f"{_TOWNSHIP}/red-lines",
    deed=Deed.KEEP_TOWNSHIP_POLICIES,
    content=NewRedLine,
    answers=RedLineVersion,
    status=201,
    matched=True,
)
def record_red_line(db: Connection, call: Call[Nothing, NewRedLine]) -> RedLineVersion:
    """Enter a red line of the township as the next version of its id: it is watched, in the place of a built-in one of that id,
    once another person has approved it. With If-Match, the number of the last version that was seen (0 for none), it is refused
    when there is another."""
    return actions.record_line(
        db, call.body, township=call.township, by=call.by, at=call.at, seen=call.version
    )


@routes.acts(
    f"{_TOWNSHIP}/red-lines/approve",
    deed=Deed.APPROVE_TOWNSHIP_POLICIES,
    content=LineToApprove,
    answers=RedLineVersion,
)
def approve_red_line(db: Connection, call: Call[Nothing, LineToApprove]) -> RedLineVersion:
    """Approve the last version of a red line 批准, as another person than who entered it."""
    return actions.approve_line(
        db,
        township=call.township,
        line=call.body.id,
        version=call.body.version,
        by=call.by,
        at=call.at,
    )
