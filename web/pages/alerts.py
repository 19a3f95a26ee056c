"""预警与红线: a township's alerts with what followed, what would be opened today, the red lines it watches; and a village's own
alerts, which its collective's accountant explains."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, NamedTuple, get_type_hints

import msgspec

from coop.alerts import actions, queries, rules
from coop.alerts.red_lines import built_in
from coop.alerts.rules import alert_must_be_there
from coop.figures.kinds import kinds
from coop.lists.queries import home_of
from coop.places import queries as places
from schemas.access import Deed
from schemas.alerts import Alert, AlertState, Comparison, NewRedLine, RedLine, Unit, When
from schemas.books import BookKind
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.units import PersonId
from web import wire
from web.alert_answers import (
    AlertItem,
    alert_item,
    alerts_of_township,
    alerts_of_village,
    exact_of,
    hundredths_of,
    name_of,
)
from web.boards import last_whole_month
from web.figure_answers import figure_shown, in_words, name_of_figure
from web.i18n.words import N_
from web.pages.evidence import served
from web.pages.policy import UPLOAD_BYTES
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows
from web.pages.voucher import kept_files
from web.people_names import names_of as names_of_people

_ALERTS = "/townships/{township}/alerts"
_OWN = "/books/{book}/alerts"
_LINES = "/townships/{township}/red-lines"
_A_PAGE = 200
_FIELDS = get_type_hints(RedLine, include_extras=True)
"""What may stand in each field of the form of a red line."""

ALERT_ASKS = ("state", "line", "village")


class Asked(NamedTuple):
    """Which alerts the address asks for, of a township, and the day they are seen on."""

    township: str
    on: date
    state: str
    line: str
    village: str


def asked_of(visit: Visit) -> Asked:
    """What the address asks for; refused where it names no state."""
    state = visit.query.get("state", "")
    if state and state not in list(AlertState):
        known = ", ".join(AlertState)
        raise wire.Unreadable(wire.must_be_one_of.at("/state", given=state[:40], known=known))
    return Asked(
        township=visit.at_township,
        on=visit.on,
        state=state,
        line=visit.query.get("line", ""),
        village=visit.query.get("village", ""),
    )


explanation_has_one_scan = Fault(
    code="explanation_has_one_scan",
    says="One scan goes with an explanation, or none.",
    remedy="Put several pages into one file.",
)
red_line_must_be_filled_in = Fault(
    code="red_line_must_be_filled_in",
    says="This is not filled in, is too long, or is none of the choices.",
    remedy="An id is of small letters, digits and underscores, for example little_income.",
)


def _page(visit: Visit, template: str, items: Sequence[AlertItem], **values: Any) -> Shown:
    return visit.page(
        template,
        items=items,
        names=names_of_people(visit.db, _people(items), locale=visit.locale),
        shown=hundredths_of,
        exact=exact_of,
        called=partial(name_of, locale=visit.locale),
        figure_called=partial(name_of_figure, locale=visit.locale),
        figure_shown=partial(figure_shown, locale=visit.locale),
        worded=partial(in_words, locale=visit.locale),
        given=visit.field,
        **values,
    )


def _people(items: Sequence[AlertItem]) -> set[PersonId]:
    return {step.by for one in items for step in one.alert.steps}


# The township's side


@shows(_ALERTS, deed=Deed.SEE_TOWNSHIP, asks=ALERT_ASKS)
def list_alerts(visit: Visit) -> Shown:
    """The alerts of the township, and what freezing the last whole month today would open."""
    month, township = last_whole_month(visit.on), visit.at_township
    asked = asked_of(visit)
    found = alerts_of_township(
        visit.db,
        township=township,
        month=month,
        watching=queries.breaches_today(visit.db, township=township, month=month, on=visit.on),
        state=AlertState(asked.state) if asked.state else None,
        line=asked.line or None,
        village=asked.village or None,
    )
    lines = {one.id: one for one in (*built_in(), *queries.red_lines(visit.db, township=township).watched)}
    return _page(
        visit,
        "alerts.html",
        found.items[:_A_PAGE],
        left_out=max(0, len(found.items) - _A_PAGE),
        asked=asked,
        states=found.states,
        month=month,
        would_open=found.would_open,
        lines=lines,
    )


@shows(f"{_ALERTS}/{{number}}", deed=Deed.SEE_TOWNSHIP)
def show_alert(visit: Visit) -> Shown:
    """An alert: the line, the figures, what lacks evidence, and every step."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    found = _at(visit)
    item = alert_item(visit.db, found)
    return _page(
        visit,
        "alert.html",
        [item],
        problems=problems,
        status=status,
        one=item,
        may_notify=visit.may(Deed.KEEP_ALERTS) and found.state is AlertState.OPEN,
        may_close=visit.may(Deed.KEEP_ALERTS) and found.is_open and visit.on.year > found.year,
    )


def _at(visit: Visit) -> Alert:
    return queries.alert(visit.db, within=visit.at_township, number=visit.number_at("number"))


def _step(act: Callable[..., Alert], notice: str) -> Callable[[Visit], Awaitable[Shown]]:
    """What an officer says of an alert."""

    async def said(visit: Visit) -> Shown:
        number = visit.number_at("number")
        await visit.write(
            lambda db: act(
                db,
                township=visit.at_township,
                number=number,
                text=visit.field("text"),
                by=visit.by,
                on=visit.on,
                at=visit.at,
            )
        )
        return see_other(f"{visit.home}/alerts/{number}", notice=notice)

    said.__name__ = f"{act.__name__}_alert"
    return said


notify_alert = does(
    f"{_ALERTS}/{{number}}/notification", deed=Deed.KEEP_ALERTS, again=_show, unless=RefusalKind.MISSING
)(_step(actions.notify, N_("Written down. It waits for the village's explanation.")))
close_alert = does(
    f"{_ALERTS}/{{number}}/closing", deed=Deed.KEEP_ALERTS, again=_show, unless=RefusalKind.MISSING
)(_step(actions.close, N_("Closed, with the reason.")))


@shows(f"{_ALERTS}/{{number}}/papers/{{digest}}", deed=Deed.SEE_EVIDENCE)
def show_alert_paper(visit: Visit) -> Shown:
    """The bytes of a scan an alert was explained with."""
    found, digest = _at(visit), visit.text_at("digest")
    paper = next((one.paper for one in found.steps if one.paper and one.paper.sha256 == digest), None)
    if paper is None:
        raise Refusal(alert_must_be_there.at("/digest", number=found.number), kind=RefusalKind.MISSING)
    return served(visit, digest, name=paper.name)


# The village's own side


@shows(_OWN, deed=Deed.SEE_BOOK)
def show_own_alerts(visit: Visit) -> Shown:
    """The alerts of the village whose collective keeps the book."""
    return _show_own(visit)


def _show_own(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    where = home_of(visit.db, book=visit.id)
    return _page(
        visit,
        "own_alerts.html",
        alerts_of_village(visit.db, village=where.village),
        problems=problems,
        status=status,
        at=visit.field("number"),
        may_explain=visit.may(Deed.EXPLAIN_ALERT),
    )


@does(
    f"{_OWN}/explanation",
    deed=Deed.EXPLAIN_ALERT,
    takes=UPLOAD_BYTES,
    again=_show_own,
    unless=RefusalKind.MISSING,
)
async def explain_own_alert(visit: Visit) -> Shown:
    """Explain an alert of the village, with a scan where there is one."""
    number = visit.field("number")
    if not number.isdecimal() or len(number) > 9:
        raise wire.Unreadable(wire.must_be_whole_number.at("/number"))
    files = await kept_files(visit)
    if len(files) > 1:
        raise Refusal(explanation_has_one_scan.at("/files"))
    where = await visit.read(lambda: home_of(visit.db, book=visit.id))
    await visit.write(
        lambda db: actions.explain(
            db,
            township=where.township,
            village=where.village,
            number=int(number),
            text=visit.field("text"),
            scan=files[0] if files else None,
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(f"{visit.home}/alerts#alert-{number}", notice=N_("Explained. The township reads it."))


def open_of_book(visit: Visit) -> int:
    """How many alerts of the village wait for the explanation of its collective's accountant; 0 in any other book."""
    where = places.book_place(visit.db, book=visit.id)
    if where is None or visit.at_book.kind is not BookKind.COLLECTIVE:
        return 0
    return len(queries.unexplained(visit.db, villages=[where.village]).get(where.village, ()))


# Red lines


@shows(_LINES, deed=Deed.SEE_TOWNSHIP)
def show_red_lines(visit: Visit) -> Shown:
    """What the township watches, and every version it entered."""
    return _show_lines(visit)


def _show_lines(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    found = queries.red_lines(visit.db, township=visit.at_township)
    own = {one.entry.line.id for one in found.versions if one.in_force}
    recorders = {one.entry.recorded_by for one in found.versions}
    approvers = {one.approval.by for one in found.versions if one.approval is not None}
    return visit.page(
        "red_lines.html",
        problems=problems,
        status=status,
        lines=found.watched,
        versions=found.versions,
        own=own,
        names=names_of_people(visit.db, recorders | approvers, locale=visit.locale),
        called=partial(name_of, locale=visit.locale),
        given=visit.field,
        choices={"comparison": Comparison, "when": When, "unit": Unit},
        codes=(*rules.CODES, *kinds()),
        worded=partial(in_words, locale=visit.locale),
        figure_called=partial(name_of_figure, locale=visit.locale),
        may_record=visit.may(Deed.KEEP_TOWNSHIP_POLICIES),
        may_approve=visit.may(Deed.APPROVE_TOWNSHIP_POLICIES),
    )


@does(_LINES, deed=Deed.KEEP_TOWNSHIP_POLICIES, again=_show_lines)
async def record_red_line(visit: Visit) -> Shown:
    """Enter a red line of the township, or stop one."""
    new = NewRedLine(
        line=_line({name: visit.field(name) for name in _FIELDS}),
        watched=visit.field("watched") != "no",
    )
    await visit.write(
        lambda db: actions.record_line(db, new, township=visit.at_township, by=visit.by, at=visit.at)
    )
    return see_other(f"{visit.home}/red-lines", notice=N_("Entered. Another officer approves it."))


def _line(fields: Mapping[str, str]) -> RedLine:
    """The red line of a form; refused with every field that will not do."""
    problems = []
    for name, text in fields.items():
        try:
            msgspec.convert(text, type=_FIELDS[name])
        except msgspec.ValidationError:
            problems.append(red_line_must_be_filled_in.at(f"/line/{name}"))
    if problems:
        raise Refusal(*problems)
    return msgspec.convert(fields, type=RedLine)


@does(f"{_LINES}/approve", deed=Deed.APPROVE_TOWNSHIP_POLICIES, again=_show_lines)
async def approve_red_line(visit: Visit) -> Shown:
    """Approve a version another officer entered."""
    line, version = visit.field("id"), visit.field("version")
    if not version.isdecimal() or len(version) > 9:
        raise wire.Unreadable(wire.must_be_whole_number.at("/version"))
    await visit.write(
        lambda db: actions.approve_line(
            db, township=visit.at_township, line=line, version=int(version), by=visit.by, at=visit.at
        )
    )
    return see_other(
        f"{visit.home}/red-lines", notice=N_("Approved. It is watched from the next frozen month.")
    )


handlers = [
    list_alerts,
    show_alert,
    notify_alert,
    close_alert,
    show_alert_paper,
    show_own_alerts,
    explain_own_alert,
    show_red_lines,
    record_red_line,
    approve_red_line,
]
