"""Animals entered and leaving: judged at once, counted by heads for their owner in every year their stay touches."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from coop.herd import actions, queries
from ledger.evidence.rules import described
from ledger.log import queries as log
from payouts.policies.rules import default_policy
from payouts.workings.queries import inputs_under
from schemas.herd import Animal, AnimalOrigin, AnimalState, Leaving
from schemas.policies import Basis, BasisKind, Leg
from schemas.problems import Refusal, RefusalKind
from schemas.runs import DividendInputs, RunKind
from tests.books.test_daybook import book_of, sealed
from tests.builders import ACCOUNTANT, AT, BOOK, ON, a_database, refused, rolled_back
from tests.conftest import Databases
from tests.registry import a_cooperative

PHOTO = described(b"\x89PNG\r\n\x1a\n carcass", name="死亡照片.png")


@pytest.fixture(scope="module")
def engine(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, a_cooperative) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as db:
        yield db


def calf(number: int, **changed: Any) -> Animal:
    """M0001's own calf in custody, come on 3 March with 180 kg."""
    own = Animal(
        ear_tag=f"2450000{number:08d}", batch="Q2501", origin=AnimalOrigin.CUSTODY, owner_member="M0001",
        owner_counterparty=None, lender=None, entered_on=date(2025, 3, 3), entered_weight=180_00,
        agreed_price=None, keeper="M0002",
    )  # fmt: skip
    return replace(own, **changed)


def enter(db: Connection, *new: Animal) -> tuple[Animal, ...]:
    return actions.keep_animals(db, new, book=book_of(db), by=ACCOUNTANT, on=ON, at=AT)


def leave(db: Connection, number: int, state: AnimalState, *, proofs: bool = False, **said: Any) -> Animal:
    leaving = Leaving(state=state, **({"on": date(2025, 9, 9)} | said))
    return actions.write_leaving(
        db, calf(number).ear_tag, leaving, proofs=[PHOTO] if proofs else [], book=book_of(db), by=ACCOUNTANT,
        on=ON, at=AT,
    )  # fmt: skip


def heads_of(db: Connection, year: int) -> dict[str, int]:
    """The weights of a leg by heads, of the members that have any."""
    legs = (Leg(no=1, name="养殖", part_bp=10_000, basis=Basis(kind=BasisKind.HEADS), patronage=True),)
    plan = replace(default_policy(year), legs=legs)
    inputs = inputs_under(db, book=book_of(db), kind=RunKind.DIVIDEND, policy=plan, version=1)
    assert isinstance(inputs, DividendInputs)
    return {member: weight for member, weight in inputs.weights["1"].items() if weight}


def test_heads_follow_from_what_is_entered_and_leaves(db: Connection) -> None:
    enter(
        db,
        calf(1),
        calf(2, owner_member="M0003", keeper=None, origin=AnimalOrigin.BORN),
        calf(3),
        calf(4, owner_member=None, origin=AnimalOrigin.BOUGHT, agreed_price=6_580_00),
    )
    leave(db, 1, AnimalState.DEAD, proofs=True, note="臌胀")
    leave(db, 2, AnimalState.SOLD, weight=475_00, price=28_80, on=date(2026, 1, 5))
    # The dead one counts in its year; the cooperative's own counts for nobody; who only raises an animal does not own it.
    assert heads_of(db, 2025) == {"M0001": 2, "M0003": 1}
    assert heads_of(db, 2026) == {"M0001": 1, "M0003": 1}


def test_a_death_keeps_its_proof(db: Connection) -> None:
    enter(db, calf(1))
    dead = leave(db, 1, AnimalState.DEAD, proofs=True, note="臌胀", indemnity=3_000_00)
    assert dead.state is AnimalState.DEAD
    (proof,) = queries.proofs(db, book=BOOK, ear_tag=dead.ear_tag)
    assert (proof.sha256, proof.name, proof.by) == (PHOTO.sha256, "死亡照片.png", ACCOUNTANT)
    (kept,) = queries.animals(db, book=BOOK)
    assert kept == dead
    (head,) = log.latest_entries(db, book=BOOK, limit=1)
    assert (head.act, head.after) == ("herd.prove", dead.ear_tag)
    for change in ("UPDATE animal_proof SET book_id = book_id", "DELETE FROM animal_proof"):
        with pytest.raises(DBAPIError, match="animal_proof is only added to"), db.begin_nested():
            db.exec_driver_sql(change)


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"ear_tag": "245"}, ["ear_tag_must_be_whole"]),
        ({"batch": "Q9"}, ["batch_must_be_known"]),
        ({"origin": AnimalOrigin.OWN_SHARE}, ["share_calves_come_by_their_act"]),
        ({"owner_member": None}, ["animal_owner_must_fit_its_origin"]),
        ({"origin": AnimalOrigin.LENT, "owner_member": None}, ["animal_owner_must_fit_its_origin"]),
        (
            {"origin": AnimalOrigin.LENT, "owner_member": None, "lender": "C777"},
            ["lender_must_be_known"],
        ),
        ({"keeper": "M0077"}, ["animal_names_known_members"]),
        ({"entered_on": date(2025, 1, 7)}, ["animal_names_known_members"] * 2),
        ({"entered_on": date(2026, 1, 16)}, ["herd_day_must_have_come"]),
        ({"entered_weight": 0}, ["weight_and_price_are_above_zero"]),
    ],
)
def test_an_animal_is_refused(db: Connection, changed: dict[str, Any], codes: list[str]) -> None:
    with pytest.raises(Refusal) as refusal:
        enter(db, calf(1, **changed))
    assert refused(refusal.value) == codes


def test_a_tag_is_entered_once(db: Connection) -> None:
    with pytest.raises(Refusal) as twice:
        enter(db, calf(1), calf(1))
    assert refused(twice.value) == ["ear_tag_must_be_new"]
    with pytest.raises(Refusal) as none:
        enter(db)
    assert refused(none.value) == ["animals_must_be_there"]


@pytest.mark.parametrize(
    ("state", "said", "codes"),
    [
        (AnimalState.DEAD, {}, ["death_needs_its_proof"]),
        (AnimalState.SOLD, {"weight": 475_00}, ["sale_needs_weight_and_price"]),
        (AnimalState.RETURNED, {}, ["leaving_must_fit"]),
        (AnimalState.PRESENT, {}, ["leaving_must_fit"]),
        (
            AnimalState.SOLD,
            {"weight": 475_00, "price": 28_80, "on": date(2025, 3, 2)},
            ["animal_leaves_after_it_came"],
        ),
        (AnimalState.DEAD, {"on": date(2026, 1, 16), "proofs": True}, ["herd_day_must_have_come"]),
        (AnimalState.DEAD, {"indemnity": -1, "proofs": True}, ["weight_and_price_are_above_zero"]),
    ],
)
def test_a_leaving_is_refused(
    db: Connection, state: AnimalState, said: dict[str, Any], codes: list[str]
) -> None:
    enter(db, calf(1))
    with pytest.raises(Refusal) as refusal:
        leave(db, 1, state, **said)
    assert refused(refusal.value) == codes
    assert queries.animals(db, book=BOOK)[0].leaving is None


def test_an_animal_leaves_once_and_only_from_the_herd(db: Connection) -> None:
    enter(db, calf(1))
    leave(db, 1, AnimalState.DEAD, proofs=True)
    with pytest.raises(Refusal) as again:
        leave(db, 1, AnimalState.DEAD, proofs=True)
    assert refused(again.value) == ["animal_leaves_once"]
    with pytest.raises(Refusal) as none:
        leave(db, 9, AnimalState.DEAD, proofs=True)
    assert (refused(none.value), none.value.kind) == (["animal_must_be_in_the_herd"], RefusalKind.MISSING)


def test_a_sealed_year_stays(db: Connection) -> None:
    sealed(db)
    with pytest.raises(Refusal) as refusal:
        enter(db, calf(1))
    assert refused(refusal.value) == ["herd_of_a_sealed_year_stays"]
