"""公示栏: what everybody may read without signing in: runs on notice with their masked lists."""

from payouts.notices import queries
from payouts.runs import queries as runs
from payouts.runs.rules import OF_A_TOWNSHIP, name_of, run_must_exist
from schemas.problems import Refusal, RefusalKind
from schemas.runs import RunState
from web.pages.household import LARGE, plain_page
from web.pages.route import Shown, Visit, shows


@shows("/notices", deed=None, asks=(LARGE,))
def notice_board(visit: Visit) -> Shown:
    """Every run on notice."""
    return plain_page(visit, "notices.html", notices=queries.on_notice(visit.db))


@shows("/notices/{run}", deed=None, asks=(LARGE,))
def show_notice(visit: Visit) -> Shown:
    """One run on notice with its list: the first character of each name, and the amount."""
    name = name_of(visit.text_at("run"))
    run = None if name is None else runs.run(visit.db, name)
    if name is None or run is None or run.state is not RunState.ON_NOTICE:
        raise Refusal(run_must_exist.at("/run", run=visit.text_at("run")), kind=RefusalKind.MISSING)
    return plain_page(
        visit,
        "notice.html",
        notice=queries.notice(visit.db, name, unit=queries.unit_of(visit.db, name.book)),
        lines=queries.masked_list(visit.db, run, name),
        of_a_township=name.kind in OF_A_TOWNSHIP,
    )


handlers = [notice_board, show_notice]
