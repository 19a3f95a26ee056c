"""The tree of places: entered, renamed from a day on, ended; each keeps what lies below his own."""

from datetime import date

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, select, text, update
from sqlalchemy.exc import DBAPIError

from coop.income import actions as income
from coop.opening import actions as opening
from coop.opening.queries import villages_open_to
from coop.places import actions, queries, rules
from coop.places.tables import PlaceChangeRow, PlaceRow
from coop.proof import queries as proofs
from ledger.columns import table_of
from schemas.access import Rights
from schemas.books import BookKind
from schemas.income import Measure, NewThreshold
from schemas.openings import NewBook
from schemas.places import NewPlace, PlaceEnding, PlaceRename, VillageKind
from schemas.problems import Refusal, RefusalKind
from tests.builders import AT, ON
from tests.people import with_role

TOWNSHIP, BESIDE = "450000101", "450000102"
VILLAGE, OTHER, GROUP = "450000101200", "450000101201", "45000010120001"
ORDINARY = VillageKind.ORDINARY
TREE = (
    NewPlace(code="45", name="桂省"),
    NewPlace(code="4500", name="百市"),
    NewPlace(code="450000", name="清县"),
    NewPlace(code=BESIDE, name="邻近镇"),
    NewPlace(code="450000102200", name="近邻村", kind=ORDINARY),
    NewPlace(code=GROUP, name="上屯组"),
    NewPlace(code=VILLAGE, name="清水村", kind=ORDINARY),
    NewPlace(code=OTHER, name="河口村", kind=VillageKind.POVERTY_EXIT),
    NewPlace(code=TOWNSHIP, name="清河乡"),
)
"""In an order in which nothing comes after what it lies in."""


@pytest.fixture
def keeper(db: Connection) -> Rights:
    """The administrator of the house, who has entered the tree."""
    by = with_role(db, "零管理", "administrator", "house")
    actions.enter(db, TREE, by=by, at=AT)
    return by


@pytest.fixture
def officer(db: Connection, keeper: Rights) -> Rights:
    return with_role(db, "农干部", "township_officer", f"place:{TOWNSHIP}")


def refused(db: Connection, by: Rights, *new: NewPlace) -> list[tuple[str, str]]:
    with pytest.raises(Refusal) as refusal:
        actions.enter(db, new, by=by, at=AT)
    return [(one.code, one.pointer) for one in refusal.value.problems]


def test_the_tree_of_each_is_his_own_part(db: Connection, keeper: Rights, officer: Rights) -> None:
    whole = queries.tree(db, roots=rules.roots(keeper), code="", as_of=ON)
    assert [(one.code, one.below, one.villages) for one in whole.items] == [("45", 1, 3)]
    own = queries.tree(db, roots=rules.roots(officer), code="", as_of=ON)
    assert [(one.name, one.below, one.villages) for one in own.items] == [("清河乡", 2, 2)]
    village = queries.tree(db, roots=rules.roots(officer), code=VILLAGE, as_of=ON)
    assert [one.name for one in village.above] == ["清河乡"]
    assert [(one.code, one.level) for one in village.items] == [(GROUP, "group")]
    county = queries.tree(db, roots=rules.roots(keeper), code="450000", as_of=ON)
    assert [one.name for one in county.above] == ["桂省", "百市"]
    assert [one.code for one in county.items] == [TOWNSHIP, BESIDE]


def test_everything_wrong_is_said_at_once_and_nothing_is_entered(db: Connection, keeper: Rights) -> None:
    before = queries.everything_named(db)
    found = refused(
        db,
        keeper,
        NewPlace(code="450000101300", name="好村", kind=ORDINARY),
        NewPlace(code="45000010", name="错"),
        NewPlace(code=VILLAGE, name="清水村", kind=ORDINARY),
        NewPlace(code="450000103200", name="孤村", kind=ORDINARY),
        NewPlace(code="450000101301", name=" ", kind=ORDINARY),
        NewPlace(code="450000101302", name="无类村"),
        NewPlace(code="45000010120002", name="下屯组", kind=ORDINARY),
        NewPlace(code="45000010120003", name="一组"),
        NewPlace(code="45000010120003", name="二组"),
    )
    assert found == [
        ("code_must_be_of_a_level", "/items/1/code"),
        ("place_must_be_new", "/items/2/code"),
        ("place_above_must_be_known", "/items/3/code"),
        ("place_must_have_a_name", "/items/4/name"),
        ("village_must_have_a_kind", "/items/5/kind"),
        ("only_a_village_has_a_kind", "/items/6/kind"),
        ("place_must_be_given_once", "/items/7/code"),
        ("place_must_be_given_once", "/items/8/code"),
    ]
    assert queries.everything_named(db) == before


@pytest.mark.parametrize("code", ["45", "450000", TOWNSHIP, BESIDE, "450000102201", "45000010220001"])
def test_an_officer_keeps_what_lies_below_his_own_and_is_told_nothing_of_the_rest(
    db: Connection, officer: Rights, code: str
) -> None:
    """Known and unknown codes beside are refused in the same words."""
    for act in (
        lambda: actions.enter(db, [NewPlace(code=code, name="村", kind=ORDINARY)], by=officer, at=AT),
        lambda: actions.rename(db, PlaceRename(code=code, name="新", since=ON), by=officer, on=ON, at=AT),
        lambda: actions.end(db, PlaceEnding(code=code, since=ON), by=officer, on=ON, at=AT),
    ):
        with pytest.raises(Refusal) as refusal:
            act()
        assert refusal.value.kind is RefusalKind.FORBIDDEN
        assert [one.code for one in refusal.value.problems] == ["place_must_be_within_reach"]
    below = NewPlace(code="45000010120102", name="码头组")
    assert [one.parent for one in actions.enter(db, [below], by=officer, at=AT)] == [OTHER]


def test_a_name_counts_from_its_day(db: Connection, officer: Rights) -> None:
    change = PlaceRename(code=VILLAGE, name="清泉村", since=date(2025, 6, 1))
    actions.rename(db, change, by=officer, on=ON, at=AT)
    later = replace(change, name="清水新村", since=date(2025, 9, 1))
    actions.rename(db, later, by=officer, on=ON, at=AT)
    names = {"2025-05-31": "清水村", "2025-06-01": "清泉村", "2025-08-31": "清泉村", "2025-09-01": "清水新村"}
    for day, name in names.items():
        seen = queries.tree(db, roots=(TOWNSHIP,), code=VILLAGE, as_of=date.fromisoformat(day))
        assert seen.place is not None
        assert seen.place.name == name
    assert queries.places(db, codes=[VILLAGE])[VILLAGE].name == "清水新村"
    for wrong, code in (
        (replace(later, name="又名", since=date(2025, 9, 1)), "change_must_follow_the_last"),
        (replace(later, since=date(2025, 10, 1)), "place_name_must_be_another"),
        (replace(later, name="又名", since=date(2026, 1, 16)), "change_must_have_come"),
    ):
        with pytest.raises(Refusal) as refusal:
            actions.rename(db, wrong, by=officer, on=ON, at=AT)
        assert [one.code for one in refusal.value.problems] == [code]


def test_a_place_ends_when_nothing_below_it_stands_and_may_go_into_another(
    db: Connection, officer: Rights
) -> None:
    since = date(2025, 6, 1)
    ending = PlaceEnding(code=VILLAGE, since=since, into=OTHER)

    def why(new: PlaceEnding) -> list[str]:
        with pytest.raises(Refusal) as refusal:
            actions.end(db, new, by=officer, on=ON, at=AT)
        return [one.code for one in refusal.value.problems]

    assert why(ending) == ["nothing_below_may_stand"]
    actions.end(db, PlaceEnding(code=GROUP, since=since), by=officer, on=ON, at=AT)
    assert why(replace(ending, into=VILLAGE)) == ["place_must_go_into_another"]
    assert why(replace(ending, into=GROUP)) == ["place_must_go_into_another"]
    actions.end(db, ending, by=officer, on=ON, at=AT)
    assert why(ending) == ["place_must_still_stand"]
    assert refused(db, officer, NewPlace(code="45000010120002", name="下屯组")) == [
        ("place_must_still_stand", "/items/0/code")
    ]
    seen = {
        day: queries.tree(db, roots=(TOWNSHIP,), code=TOWNSHIP, as_of=date.fromisoformat(day)).items[0]
        for day in ("2025-05-31", "2025-06-01")
    }
    assert [(one.ended, one.into) for one in seen.values()] == [(None, ""), (since, OTHER)]
    # No book is opened in it any more, and it is held against thresholds until the year it ended is over.
    book = NewBook(
        kind=BookKind.COLLECTIVE,
        name="清水村经济合作社",
        short_name="清水",
        village_code=VILLAGE,
        first_year=2025,
    )
    with pytest.raises(Refusal) as refusal:
        opening.open_book(db, book, by=officer.person, rights=None, on=ON, at=AT)
    assert [one.code for one in refusal.value.problems] == ["place_must_still_stand"]
    reader = with_role(db, "覃会计", "accountant", f"place:{TOWNSHIP}")
    for day, standing in ((date(2025, 5, 31), [VILLAGE, OTHER]), (since, [OTHER])):
        assert [one.code for one in villages_open_to(db, reader, on=day)] == standing
    new = NewThreshold(
        kind=ORDINARY, year=2025, measure=Measure.OPERATING_PROFIT, amount=1_00, document="1号"
    )
    income.record_threshold(db, new, region=VILLAGE, by=officer.person, at=AT)
    with pytest.raises(Refusal) as refusal:
        income.record_threshold(db, replace(new, year=2026), region=VILLAGE, by=officer.person, at=AT)
    assert [(one.code, one.pointer) for one in refusal.value.problems] == [
        ("place_must_still_stand", "/year")
    ]


def test_a_change_is_never_changed_or_lost(db: Connection, officer: Rights) -> None:
    actions.end(db, PlaceEnding(code=GROUP, since=ON), by=officer, on=ON, at=AT)
    for statement in ("UPDATE place_change SET name = was", "DELETE FROM place_change"):
        with pytest.raises(DBAPIError, match="place_change is only added to"), db.begin_nested():
            db.execute(text(statement))


def test_a_place_changed_from_outside_is_found(db: Connection, officer: Rights) -> None:
    def found() -> set[str]:
        codes = {one.code for one in proofs.prove_house(db).problems}
        return codes & {"place_must_be_as_entered", "change_of_place_must_be_as_entered"}

    place, change = table_of(PlaceRow), table_of(PlaceChangeRow)
    actions.rename(
        db, PlaceRename(code=VILLAGE, name="清泉村", since=date(2025, 6, 1)), by=officer, on=ON, at=AT
    )
    assert found() == set()
    of = place.c.code == OTHER
    for values in ({"name": "河头村"}, {"kind": "ordinary"}):
        kept = db.execute(select(place).where(of)).mappings().one()
        db.execute(update(place).where(of).values(**values))
        assert found() == {"place_must_be_as_entered"}
        db.execute(update(place).where(of).values(name=kept["name"], kind=kept["kind"]))
    db.execute(update(place).where(place.c.code == VILLAGE).values(name="清水村"))
    assert found() == {"place_must_be_as_entered"}
    db.execute(update(place).where(place.c.code == VILLAGE).values(name="清泉村"))
    nobody = {
        "code": "450000101299",
        "name": "幽村",
        "level": "village",
        "kind": "ordinary",
        "parent": TOWNSHIP,
    }
    db.execute(place.insert(), [nobody])
    assert found() == {"place_must_be_as_entered"}
    assert db.execute(select(change.c.code)).scalars().all() == [VILLAGE]
