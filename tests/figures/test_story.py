"""Figures from outside: collected, doubted, answered, reviewed, entered by different people; a red line is broken by what was
entered, and cured by corrected figures (RULES §8)."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from coop.alerts import actions as alert_actions
from coop.alerts import queries as alerts
from coop.figures import actions, queries
from coop.proof.queries import prove_township
from schemas.figures import AnsweredDoubt, Doubt, NewParcel, Parcel, ParcelState
from schemas.problems import Refusal, RefusalKind
from tests.builders import a_database, behind_the_service, refused, rolled_back
from tests.conftest import Databases
from tests.figures.given import parcel
from tests.snapshots import small
from tests.snapshots.small import AUGUST, LINGJIAO, QINGSHUI, SANHE, morning, ticked
from web.database import writing_engine
from web.evidence_store import EvidenceStore

COLLECTOR, SECOND, THIRD = 1, 2, 3
JUNE, JULY = 202606, 202607
HOME, OTHER = f"{LINGJIAO} Q0001", f"{LINGJIAO} Q0002"


def on(by: int, day: date = AUGUST) -> dict[str, Any]:
    return {"township": SANHE, "by": by, "on": day, "at": morning(day)}


def compared(db: Connection, number: int) -> tuple[AnsweredDoubt, ...]:
    one = queries.parcel(db, township=SANHE, number=number)
    return queries.compared(db, one, township=SANHE, on=AUGUST).doubts


def _household(doubt: Doubt) -> str:
    return doubt.subject.household if doubt.subject else ""


def said(doubts: tuple[AnsweredDoubt, ...]) -> list[str]:
    return [
        " ".join(filter(None, (one.doubt.kind, _household(one.doubt), one.doubt.code)))
        for one in doubts
        if one.answer is None
    ]


def answered(db: Connection, number: int, text: str = "已电话核实") -> Parcel:
    keys = [one.key for one in compared(db, number) if one.answer is None]
    return actions.answer(db, dict.fromkeys(keys, text), number=number, **on(COLLECTOR))


def through(db: Connection, new: NewParcel) -> Parcel:
    """A parcel through all three gates."""
    number = actions.collect(db, new, **on(COLLECTOR)).number
    answered(db, number)
    actions.review(db, number=number, **on(SECOND))
    return actions.enter(db, number=number, **on(THIRD))


def refuses(db: Connection, act: Callable[[], object]) -> list[str]:
    with pytest.raises(Refusal) as refusal, db.begin_nested():
        act()
    return refused(refusal.value)


def counts(db: Connection, month: int) -> dict[str, dict[str, int]]:
    found = queries.known(db, township=SANHE, month=month)
    return {
        one.household or one.village: {code: of.amount for code, of in figures.items()}
        for one, figures in found.items()
    }


def open_alerts(db: Connection) -> list[tuple[str, str, str]]:
    found = alerts.alerts(db, within=SANHE).get(SANHE, ())
    return [(one.breach.household, one.breach.line.id, one.state.value) for one in found]


def proved(db: Connection) -> set[str]:
    return {one.code for one in prove_township(db, township=SANHE).problems}


def furnish(db: Connection) -> None:
    """June was entered, July is collected with doubts of every kind."""
    small.furnish(db)
    through(
        db,
        parcel(
            JUNE,
            f"{LINGJIAO} reported_income=11000.00 resettled_households=2",
            f"{HOME} persons=4 housing_area=100.00 own_funds=10000.00",
            f"{OTHER} persons=3 housing_area=75.00 own_funds=7500.00",
        ),
    )
    actions.collect(
        db,
        parcel(
            JULY,
            f"{LINGJIAO} reported_income=30000.00 resettled_households=2",
            f"{QINGSHUI} reported_income=30000.00",
            f"{HOME} persons=4 housing_area=100.01 own_funds=10000.00",
            f"{LINGJIAO} Q0003 persons=2 housing_area=50.00 own_funds=5000.02",
        ),
        **on(COLLECTOR),
    )


@pytest.fixture(scope="module")
def engine(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        yield engine


def test_through_three_gates_to_an_alert_and_its_cure(engine: Engine) -> None:
    with rolled_back(engine) as db:
        assert open_alerts(db) == []  # exactly 25.00 m² and 2 500.00 yuan a person are kept
        assert counts(db, JULY) == {}
        assert said(compared(db, 2)) == [
            "moved reported_income",
            "differs reported_income",
            "moved Q0001 housing_area",
            "unknown Q0003",
            "missing Q0002",
        ]
        # Nobody reviews or enters what he collected, nothing passes with a doubt, and none before its turn.
        assert refuses(db, lambda: actions.review(db, number=2, **on(COLLECTOR))) == [
            "reviewer_of_figures_must_differ",
            "doubts_must_be_answered",
        ]
        assert refuses(db, lambda: actions.enter(db, number=2, **on(COLLECTOR))) == [
            "parcel_must_be_reviewed",
            "enterer_of_figures_must_differ",
            "doubts_must_be_answered",
        ]
        answered(db, 2)
        assert said(compared(db, 2)) == []
        # Our own figure moves: what was answered was another doubt.
        rent = small.earned(
            db, "2026-07-20 果园租金 | 102 100.00 | cr 501 100.00", LINGJIAO, originals=1, on=AUGUST
        )
        assert rent.number
        assert said(compared(db, 2)) == ["differs reported_income"]
        assert refuses(db, lambda: actions.review(db, number=2, **on(SECOND))) == ["doubts_must_be_answered"]
        answered(db, 2)
        assert actions.review(db, number=2, **on(SECOND)).state is ParcelState.REVIEWED
        assert refuses(db, lambda: actions.review(db, number=2, **on(THIRD))) == [
            "parcel_must_wait_for_review"
        ]
        assert counts(db, JULY) == {}
        assert open_alerts(db) == []
        assert refuses(db, lambda: actions.enter(db, number=2, **on(COLLECTOR))) == [
            "enterer_of_figures_must_differ"
        ]
        assert actions.enter(db, number=2, **on(SECOND)).state is ParcelState.ENTERED
        assert counts(db, JULY)["Q0001"] == {"persons": 4, "housing_area": 10_001, "own_funds": 1_000_000}
        assert open_alerts(db) == [("Q0001", "housing_area", "open"), ("Q0003", "own_funds", "open")]
        (first, _) = alerts.alerts(db, within=SANHE)[SANHE]
        assert (str(first.breach.value), str(first.breach.bound), first.breach.parcel) == (
            "10001/400",
            "25",
            2,
        )
        for late in (
            lambda: actions.enter(db, number=2, **on(THIRD)),
            lambda: actions.send_back(db, number=2, text="重报", **on(THIRD)),
            lambda: answered(db, 2),
        ):
            assert refuses(db, late) == ["parcel_must_be_open"]
        assert len(compared(db, 2)) == 5
        assert said(compared(db, 2)) == []
        # The village is told as of any alert, and what is corrected comes by a new file.
        told = alert_actions.tell(db, **on(THIRD))
        assert told == (1, 2)
        through(db, parcel(JULY, f"{HOME} housing_area=100.00"))
        assert open_alerts(db) == [("Q0001", "housing_area", "cured"), ("Q0003", "own_funds", "notified")]
        assert counts(db, JULY)["Q0001"] == {"persons": 4, "housing_area": 10_000, "own_funds": 1_000_000}
        # What cannot be judged cures nothing, and what stays broken opens no second alert.
        through(db, parcel(202608, f"{LINGJIAO} Q0003 persons=2"))
        through(db, parcel(202608, f"{LINGJIAO} Q0003 own_funds=5000.01"))
        assert open_alerts(db)[1:] == [("Q0003", "own_funds", "notified")]
        # Broken again, it is a new alert.
        through(db, parcel(JULY, f"{HOME} housing_area=120.00"))
        assert open_alerts(db)[2:] == [("Q0001", "housing_area", "open")]
        assert proved(db) == set()
        assert db.execute(text("SELECT count(*) FROM figure_parcel")).scalar_one() == 6


def test_the_clockwork_tells_of_what_figures_opened_and_leaves_their_cure_to_figures(
    databases: Databases, db_kind: str, tmp_path: Path
) -> None:
    model = databases.model("figures", db_kind, furnish)
    engine, store = writing_engine(databases.copy(model, db_kind)), EvidenceStore(tmp_path)
    with engine.begin() as db:
        answered(db, 2)
        actions.review(db, number=2, **on(SECOND))
        actions.enter(db, number=2, **on(THIRD))
    (done,) = [one for one in ticked(engine, store, AUGUST).watched if one.township == SANHE]
    assert (done.opened, done.notified, done.cured) == ((3, 4), (1, 2, 3, 4), ())
    assert [one for one in ticked(engine, store, AUGUST).watched if one.township == SANHE] == []
    with engine.connect() as db:
        assert [one.opened for one in alerts.watches(db, township=SANHE)] == [(3, 4)]
        assert proved(db) == set()
    engine.dispose()


@pytest.mark.parametrize(
    ("new", "codes"),
    [
        (parcel(202609, f"{HOME} persons=4"), ["month_of_figures_must_have_begun"]),
        (parcel(JULY, f"{LINGJIAO}"), ["parcel_must_say_something"]),
        (parcel(JULY), ["parcel_must_say_something"]),
        (parcel(JULY, f"{HOME} persons=4", f"{HOME} persons=5"), ["subject_must_stand_once"]),
        (parcel(JULY, "450000102200 resettled_households=2"), ["subject_must_lie_here"]),
        (
            parcel(JULY, f"{HOME} persons=-1", f"{LINGJIAO} reported_income=-1.00"),
            ["figure_must_not_be_below_nothing"],
        ),
    ],
)
def test_what_is_not_collected(engine: Engine, new: NewParcel, codes: list[str]) -> None:
    with rolled_back(engine) as db:
        assert refuses(db, lambda: actions.collect(db, new, **on(COLLECTOR))) == codes


def test_sent_back_it_is_over_and_the_same_file_may_come_again(engine: Engine) -> None:
    new = parcel(JULY, f"{HOME} persons=4")
    with rolled_back(engine) as db:
        number = actions.collect(db, new, **on(COLLECTOR)).number
        again = refuses(db, lambda: actions.collect(db, new, **on(COLLECTOR)))
        assert again == ["file_of_figures_must_be_new"]
        assert refuses(db, lambda: actions.send_back(db, number=number, text=" ", **on(SECOND))) == [
            "words_must_be_said"
        ]
        back = actions.send_back(db, number=number, text="与派出所户籍不符", **on(SECOND))
        assert (back.state, back.steps[0].text) == (ParcelState.RETURNED, "与派出所户籍不符")
        assert refuses(db, lambda: actions.review(db, number=number, **on(SECOND))) == ["parcel_must_be_open"]
        assert actions.collect(db, new, **on(COLLECTOR)).number == number + 1
        assert refuses(db, lambda: actions.review(db, number=99, **on(SECOND))) == [
            "parcel_of_figures_must_be_there"
        ]
        with pytest.raises(Refusal) as refusal:
            actions.answer(db, {"0" * 16: "核实"}, number=2, **on(SECOND))
        assert (refused(refusal.value), refusal.value.kind) == (["doubt_must_be_there"], RefusalKind.STALE)
        assert proved(db) == set()


def test_the_database_itself_keeps_the_people_apart_and_the_facts(engine: Engine) -> None:
    step = (
        "INSERT INTO figure_step VALUES "
        f"('{SANHE}', 2, 1, 'review', '', '[]', NULL, 1, {{by}}, '2026-08-01', '2026-08-01T01:00:00.000000Z')"
    )
    for statement in (
        step.format(by=COLLECTOR),
        "DELETE FROM figure_parcel",
        "UPDATE figure_subject SET name = ''",
        "UPDATE figure SET amount = 1",
        "DELETE FROM figure_answer",
        "UPDATE figure_step SET text = ''",
    ):
        with rolled_back(engine) as db, pytest.raises(DBAPIError):
            db.execute(text(statement))


SEALED, NEW, GONE = "fact_must_be_as_sealed", "fact_must_be_in_the_log", "sealed_fact_must_be_there"
FOLLOWS = "alert_must_follow_from_the_figures"


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ("UPDATE figure SET amount = 9000 WHERE number = 2 AND code = 'housing_area'", {SEALED, FOLLOWS}),
        ("DELETE FROM figure WHERE number = 1 AND code = 'persons'", {SEALED}),
        ("UPDATE figure_subject SET household = 'Q7' WHERE number = 1 AND household = ''", {SEALED}),
        ("UPDATE figure_subject SET note = '已核' WHERE number = 1", {SEALED}),
        ("UPDATE figure_parcel SET month = 202605 WHERE number = 1", {SEALED}),
        ("UPDATE figure_parcel SET name = '另一份.csv' WHERE number = 2", {SEALED}),
        ("UPDATE figure_answer SET text = '另有说法' WHERE no = 1", {SEALED}),
        ("DELETE FROM figure_answer WHERE number = 2", {GONE}),
        ("UPDATE figure_answer SET doubt = '{' WHERE no = 1", {"body_must_be_readable"}),
        ("UPDATE figure_step SET \"by\" = 4 WHERE gate = 'review'", {SEALED}),
        ("DELETE FROM figure_step WHERE number = 2 AND gate = 'enter'", {GONE, FOLLOWS}),
        ("UPDATE alert SET breach = replace(breach, '10001', '10002')", {SEALED, FOLLOWS}),
        ("UPDATE alert SET breach = replace(breach, 'Q0001', 'Q0003')", {SEALED, FOLLOWS}),
    ],
)
def test_a_change_behind_the_service_is_found(engine: Engine, change: str, codes: set[str]) -> None:
    with behind_the_service(engine) as db:
        answered(db, 2)
        actions.review(db, number=2, **on(SECOND))
        actions.enter(db, number=2, **on(THIRD))
        assert proved(db) == set()
        assert db.execute(text(change)).rowcount > 0
        assert proved(db) >= codes
