"""A township's tiers over HTTP: whole trees as expected.json has them, agent and officer, and what is refused."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from litestar.testing import TestClient
from sqlalchemy import Connection, delete, update

from coop.access import queries as access_queries
from coop.places import actions as places
from coop.scoring.tables import CadreRow, VillageScoreRow
from ledger.columns import table_of
from payouts.runs import actions as runs
from payouts.runs.rules import RunName
from schemas.places import Place, PlaceLevel
from schemas.runs import RunKind
from tests.builders import ACCOUNTANT, a_house
from tests.handover import pack_of, take_in
from tests.people import with_token
from tests.running import application
from tests.runs.test_api import SCAN, Service
from tests.runs.years import RESOLUTION
from tests.township import TOWNSHIP, YEAR, expected
from web.settings import settings_from

if TYPE_CHECKING:
    from tests.conftest import Databases

RUNS = f"/townships/{TOWNSHIP}/runs"
RUN = f"{RUNS}/{TOWNSHIP}.tiers.{YEAR}.1"
WANTED = {"kind": "tiers", "year": YEAR}
NAME = RunName(book=TOWNSHIP, kind=RunKind.TIERS, year=YEAR, round=1)
PEOPLE = {
    "agent": ("accountant", f"place:{TOWNSHIP}"),
    "officer": ("township_officer", f"place:{TOWNSHIP}"),
    "neighbour": ("township_officer", "place:450000102"),
    "accountant": ("accountant", "book:qingshuihezuoshe"),
    "everywhere": ("township_officer", "house"),
}


def furnish(db: Connection) -> None:
    """The pack, a township beside it, and people of both with a token each."""
    a_house(db)
    take_in(db, pack_of("clean-small"))
    at = datetime(2026, 2, 1, 4, tzinfo=UTC)
    beside = Place(code="450000102", name="隔壁镇", level=PlaceLevel.TOWNSHIP, kind=None, parent="450000")
    places.enter_many(db, [beside], by=ACCOUNTANT, at=at)
    for name, (role, scope) in PEOPLE.items():
        with_token(db, name, role, scope, at=at)


@pytest.fixture(scope="session")
def furnished(databases: "Databases", db_kind: str) -> str:
    return databases.model("tiers", db_kind, furnish)


@pytest.fixture
def service(furnished: str, databases: "Databases", db_kind: str, tmp_path: Path) -> Iterator[Service]:
    url = databases.copy(furnished, db_kind)
    settings = settings_from({"LIANJIAN_DATABASE_URL": url}, home=tmp_path / "house")
    with application(settings) as app, TestClient(app, raise_server_exceptions=False) as client:
        yield Service(client)
    databases.drop(url)


def on_notice_long_ago(service: Service) -> None:
    """Handed in and published on the second of February, behind HTTP, which knows today only."""

    def act(db: Connection) -> None:
        on, at = date(2026, 2, 2), datetime(2026, 2, 2, 4, tzinfo=UTC)
        person = access_queries.login_named(db, "agent")
        assert person is not None
        by = person.person
        runs.prepare(
            db,
            book=TOWNSHIP,
            kind=RunKind.TIERS,
            year=YEAR,
            by=by,
            on=on,
            at=at,
            resolution="云岭政发2026-03",
            papers=[RESOLUTION],
        )
        runs.publish(db, NAME, by=by, on=on, at=at)

    service.client.app.state.writer.do_now(act)


def test_a_preview_is_the_whole_tree_and_keeps_nothing(service: Service) -> None:
    seen = service.do("agent", f"{RUNS}?dry_run=true", WANTED)
    assert seen["village_tiers"] == expected()["village_tiers"]
    assert seen["people_tiers"] == expected()["people_tiers"]
    assert (seen["id"], seen["book"], seen["policy_version"]) == (None, TOWNSHIP, None)
    assert service.get("agent", RUNS) == {"items": [], "next": None}
    kept = service.do("agent", RUNS, WANTED, If_Preview_Match=seen["digest"])
    assert (kept["id"], kept["digest"], kept["state"]) == (str(NAME), seen["digest"], "draft")
    read = service.get("officer", RUN)
    assert (read["village_tiers"], read["people_tiers"]) == (seen["village_tiers"], seen["people_tiers"])
    assert [one["id"] for one in service.get("everywhere", RUNS)["items"]] == [str(NAME)]


def test_from_preview_to_posting(service: Service) -> None:
    kept = service.do("agent", RUNS, WANTED)
    paper = service.call(
        "agent",
        "POST",
        f"{RUN}/documents?name=决议.pdf&document=assembly",
        content=SCAN,
        headers={"Content-Type": "application/pdf"},
    )
    assert paper.status_code == 201, paper.text
    service.do("agent", f"{RUN}/submit", {"resolution": "云岭政发2026-03"}, If_Match=f'"{kept["digest"]}"')
    assert service.refused("officer", f"{RUN}/submit") == (403, ["deed_must_be_allowed"])
    service.do("agent", f"{RUN}/publish")
    assert service.refused("officer", f"{RUN}/approve") == (422, ["notice_must_be_over"])
    assert service.refused("agent", f"{RUN}/post") == (409, ["step_must_follow"]), "on notice nothing is paid"
    back = service.do("officer", f"{RUN}/return", {"reason": "岭脚村考核等次写错"})
    assert (back["state"], back["approved_by"]) == ("returned", None)
    sha256 = paper.json()["items"][0]["sha256"]
    assert service.call("officer", "GET", f"{RUN}/documents/{sha256}").content == SCAN


def test_another_person_approves_and_the_agent_posts(service: Service) -> None:
    on_notice_long_ago(service)
    assert service.refused("agent", f"{RUN}/approve") == (403, ["deed_must_be_allowed"])
    read = service.call("officer", "GET", RUN)
    stale = service.refused("officer", f"{RUN}/approve", If_Match=f'"{"0" * 64}"')
    assert stale == (412, ["digest_must_be_as_seen"])
    signed = service.do("officer", f"{RUN}/approve", If_Match=f'"{read.json()["digest"]}"')
    assert signed["state"] == "approved"
    posted = service.do("agent", f"{RUN}/post")
    assert (posted["state"], posted["vouchers"]) == ("posted", [])
    assert posted["total"] == "52184.61"
    again = service.refused("agent", RUNS, WANTED)
    assert again == (409, ["run_must_be_new"])


def test_every_line_says_how_it_came_about(service: Service) -> None:
    service.do("agent", RUNS, WANTED)
    first = service.get("officer", f"{RUN}/lines?limit=5")
    rest = service.get("officer", f"{RUN}/lines?after={first['next']}")
    lines = {one["payee"]: one for one in (*first["items"], *rest["items"])}
    assert len(lines) == 13
    # Village 河口村 has 20 000.00 for five with 1.2 1.2 1.0 1.0 0.8: 20 000 × 120/520 = 4 615.3846…
    best = lines["450000101201/蓝永忠"]
    assert (best["weight"], best["total_weight"], best["leg_amount"]) == (120, 520, "20000.00")
    assert (best["quotient"], best["amount"], best["fen_from_remainder"]) == ("60000/13", "4615.39", True)
    assert (best["name"], best["basis"]) == ("河口村", "coefficients")
    shut_out = lines["450000101201/欧阳志民"]
    assert (shut_out["weight"], shut_out["quotient"], shut_out["amount"]) == (0, "0", "0.00")
    one = service.get("officer", f"{RUN}/lines?member=450000101201/蓝永忠")
    assert one["items"] == [best]


def test_who_is_not_of_the_place_finds_nothing(service: Service) -> None:
    service.do("agent", RUNS, WANTED)
    for who in ("neighbour", "accountant"):
        for path in (RUNS, RUN, f"{RUN}/lines", f"{RUN}/documents"):
            answer = service.call(who, "GET", path)
            assert (answer.status_code, answer.json()["code"]) == (404, "township_must_be_known"), (who, path)
        assert service.refused(who, f"{RUN}/approve") == (404, ["township_must_be_known"])
    assert service.refused("agent", "/townships/450000102/runs", WANTED) == (404, ["township_must_be_known"])
    elsewhere = service.call("everywhere", "GET", "/townships/450000109/runs")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "township_must_be_known")
    beside = service.call("neighbour", "GET", f"/townships/450000102/runs/{NAME}")
    assert (beside.status_code, beside.json()["code"]) == (404, "run_must_exist")


def test_what_is_missing_is_named_and_a_book_has_no_tiers(service: Service) -> None:
    def lose_a_score(db: Connection) -> None:
        scores = table_of(VillageScoreRow)
        for trigger in db.exec_driver_sql(_TRIGGERS[db.dialect.name]).scalars().all():
            db.exec_driver_sql(_DROP[db.dialect.name].format(trigger))
        db.execute(delete(scores).where(scores.c.village_code == "450000101202"))

    service.client.app.state.writer.do_now(lose_a_score)
    answer = service.call("agent", "POST", RUNS, json=WANTED)
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/villages/450000101202", "village_must_have_a_score")
    ]
    assert service.refused("agent", RUNS, {"kind": "dividend", "year": YEAR}) == (422, ["kind_must_fit"])
    of_book = service.refused("agent", "/books/qingshuihezuoshe/runs", WANTED)
    assert of_book == (422, ["kind_must_fit"])


_TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'village_score'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE tgrelid = 'village_score'::regclass AND NOT tgisinternal",
}
_DROP = {"sqlite": "DROP TRIGGER {}", "postgresql": "DROP TRIGGER {} ON village_score"}


def test_a_reader_who_has_it_is_told_so_until_something_it_is_made_of_moves(service: Service) -> None:
    service.do("agent", RUNS, WANTED)
    for path in (RUNS, RUN, f"{RUN}/lines"):
        tag = service.call("officer", "GET", path).headers["etag"]
        again = service.call("officer", "GET", path, headers={"If-None-Match": tag})
        assert again.status_code == 304, path
        service.do("agent", f"{RUN}/submit", {"resolution": "云岭政发2026-03"}) if path == RUNS else None
    listed = service.call("officer", "GET", RUNS)
    assert listed.json()["items"][0]["state"] == "submitted"


def test_the_same_key_has_the_same_effect(service: Service) -> None:
    headers = {"Idempotency-Key": "tiers-2025"}
    first = service.call("agent", "POST", RUNS, json=WANTED, headers=headers)
    again = service.call("agent", "POST", RUNS, json=WANTED, headers=headers)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert len(service.get("agent", RUNS)["items"]) == 1


def equals_across_a_boundary(db: Connection) -> None:
    """黎德 and 潘玉萍 of 清水村 have 88.00 each; now the next keys are the same too, behind the service."""
    cadre = table_of(CadreRow)
    for trigger in (
        db.exec_driver_sql(_TRIGGERS[db.dialect.name].replace("village_score", "cadre")).scalars().all()
    ):
        db.exec_driver_sql(_DROP[db.dialect.name].replace("village_score", "cadre").format(trigger))
    db.execute(
        update(cadre).where(cadre.c.name.in_(["黎德", "潘玉萍"])).values(benefit=2_000, attendance=1_000)
    )


def test_who_is_equal_across_a_boundary_waits_for_a_resolution(service: Service) -> None:
    service.client.app.state.writer.do_now(equals_across_a_boundary)
    answer = service.call("agent", "POST", RUNS, json=WANTED)
    (problem,) = answer.json()["errors"]
    assert (answer.status_code, problem["code"]) == (422, "tie_must_be_resolved")
    assert problem["pointer"] == "/villages/450000101200/resolved"
    assert "潘玉萍" in problem["detail"]
    assert "黎德" in problem["detail"]
    orders = f"/townships/{TOWNSHIP}/tie-orders"
    asked = f"{orders}?year={YEAR}&place=450000101200&order=潘玉萍&order=黎德&resolution=清水村2026-01&name=决议.pdf"
    pdf = {"Content-Type": "application/pdf"}
    assert service.call("officer", "POST", asked, content=SCAN, headers=pdf).status_code == 403
    assert service.call("neighbour", "POST", asked, content=SCAN, headers=pdf).status_code == 404
    wrong = service.call(
        "agent", "POST", asked.replace("450000101200", "450000102200"), content=SCAN, headers=pdf
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "place_must_be_of_the_township")
    made = service.call("agent", "POST", asked, content=SCAN, headers=pdf)
    assert made.status_code == 201, made.text
    (kept,) = service.get("officer", orders)["items"]
    assert kept["given"] == {
        "place": "450000101200",
        "order": ["潘玉萍", "黎德"],
        "resolution": "清水村2026-01",
    }
    assert service.call("officer", "GET", f"{orders}/{kept['sha256']}").content == SCAN
    assert service.call("officer", "GET", f"{orders}/{'0' * 64}").status_code == 404
    run = service.do("agent", RUNS, WANTED)
    people = run["people_tiers"]["450000101200"]["people"]
    assert [(name, people[name]["rank"], people[name]["tier"]) for name in ("潘玉萍", "黎德")] == [
        ("潘玉萍", 3, 2),
        ("黎德", 4, 3),
    ]


def test_who_leaves_office_is_said_and_what_is_due_follows(service: Service) -> None:
    on_notice_long_ago(service)
    service.client.app.state.writer.do_now(approved_and_posted)
    awards, leavings = f"/townships/{TOWNSHIP}/awards", f"/townships/{TOWNSHIP}/leavings"
    mine = [one for one in service.get("officer", awards)["items"] if one["person"] == "蓝永忠"]
    assert [(one["month"], one["amount"]) for one in mine[-2:]] == [
        ("2026-11", "384.61"),
        ("2026-12", "384.68"),
    ]
    left = {"village": "450000101201", "person": "蓝永忠", "on": "2026-06-15", "reason": "调离"}
    assert service.call("officer", "POST", leavings, json=left).status_code == 403
    assert service.call("neighbour", "POST", leavings, json=left).status_code == 404
    nobody = service.call("agent", "POST", leavings, json={**left, "person": "某人"})
    assert (nobody.status_code, nobody.json()["code"]) == (422, "person_must_be_awarded")
    assert service.do("agent", leavings, left)["leaving"] == left
    july = service.get("officer", f"{awards}?month=2026-07")["items"]
    assert {one["person"]: one["state"] for one in july}["蓝永忠"] == "stopped"
    service.do("agent", leavings, {**left, "on": None, "reason": "登记错误"})
    july = service.get("officer", f"{awards}?month=2026-07")["items"]
    assert {one["person"]: one["state"] for one in july}["蓝永忠"] != "stopped"
    assert [one["leaving"]["on"] for one in service.get("officer", leavings)["items"]] == ["2026-06-15", None]


def approved_and_posted(db: Connection) -> None:
    """The officer approved and the agent posted ten days later."""
    on, at = date(2026, 2, 12), datetime(2026, 2, 12, 4, tzinfo=UTC)
    agent, officer = (access_queries.login_named(db, name) for name in ("agent", "officer"))
    assert agent is not None
    assert officer is not None
    runs.approve(db, NAME, by=officer.person, on=on, at=at)
    runs.post(db, NAME, by=agent.person, on=on, at=at)


def test_an_appeal_on_paper_is_recorded_answered_and_looked_at_again(service: Service) -> None:
    on_notice_long_ago(service)
    pdf = {"Content-Type": "application/pdf"}
    appeals = f"/townships/{TOWNSHIP}/appeals"
    asked = f"{RUN}/appeals?payee=450000101201/蓝永忠&came=2026-02-03&text=少算了&name=书面异议.pdf"
    assert service.call("neighbour", "POST", asked, content=SCAN, headers=pdf).status_code == 404
    wrong = service.call("agent", "POST", asked.replace("蓝永忠", "某人"), content=SCAN, headers=pdf)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "appeal_payee_must_be_there")
    made = service.call("agent", "POST", asked, content=SCAN, headers=pdf)
    assert made.status_code == 201, made.text
    sha256 = made.json()["paper"]["sha256"]
    assert made.json()["paper"] == {"came": "2026-02-03", "sha256": sha256, "name": "书面异议.pdf"}
    twice = service.call("agent", "POST", asked, content=SCAN, headers=pdf)
    assert (twice.status_code, twice.json()["code"]) == (422, "appeal_must_be_new")
    assert service.call("officer", "GET", f"{appeals}/1/papers/{sha256}").content == SCAN
    assert service.call("officer", "GET", f"{appeals}/1/papers/{'0' * 64}").status_code == 404
    answer = {"upheld": False, "text": "已核对"}
    assert service.call("agent", "POST", f"{appeals}/1/answer", json=answer).status_code == 403
    assert service.do("officer", f"{appeals}/1/answer", answer)["answers"][0]["step"] == "reject"
    today = service.get("officer", appeals)["items"][0]["answers"][0]["on"]
    again = f"{appeals}/1/second-look?came={today}&text=请复核&name=复核申请.pdf"
    looked = service.call("officer", "POST", again, content=SCAN + b" ", headers=pdf)
    assert looked.status_code == 201, looked.text
    assert service.refused("officer", f"{appeals}/1/answer", answer) == (422, ["answerer_must_be_another"])
    service.do("everywhere", f"{appeals}/1/answer", {"upheld": True, "text": "考勤漏了六月"})
    assert service.get("agent", RUN)["state"] == "returned"


def test_each_keeps_and_sees_his_own_part_of_the_tree_of_places(service: Service) -> None:
    group = {"code": "45000010120001", "name": "上屯组"}
    assert service.do("officer", "/places", {"items": [group]})["items"][0]["parent"] == "450000101200"
    renamed = service.do("officer", "/places/names", {**group, "name": "上屯村民小组", "since": "2026-01-10"})
    assert (renamed["was"], renamed["number"]) == ("上屯组", 1)
    (found,) = service.get("officer", "/places/450000101200?as_of=2026-01-09")["items"]
    assert (found["name"], found["level"]) == ("上屯组", "group")
    service.do("officer", "/places/ends", {"code": group["code"], "since": "2026-01-11"})
    (found,) = service.get("officer", "/places/450000101200")["items"]
    assert (found["name"], found["ended"]) == ("上屯村民小组", "2026-01-11")
    assert [one["code"] for one in service.get("officer", "/places")["items"]] == [TOWNSHIP]
    assert [one["code"] for one in service.get("neighbour", "/places")["items"]] == ["450000102"]
    assert service.call("neighbour", "GET", "/places/450000101200").status_code == 404
    assert service.refused("neighbour", "/places", {"items": [group]}) == (
        403,
        ["place_must_be_within_reach"],
    )
