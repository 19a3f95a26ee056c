"""Income entitlements of a collective's households: quantified by a resolution, changed by facts, handed over, taken back;
never booked, never below nothing on any day (农村集体经济组织法 第四十二条, 第十六条)."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, Engine

from coop.members import actions as members
from coop.proof import queries as proof
from coop.shares import queries as shares
from ledger.books import queries as books
from ledger.money import yuan
from schemas.problems import Refusal, RefusalKind
from schemas.shares import ShareClass
from tests.builders import ACCOUNTANT, AT, BOOK, a_book, a_database, behind_the_service, refused, rolled_back
from tests.registry import PEOPLE, VAULT, a_cooperative, a_member, act, done, moved_by, prepared

if TYPE_CHECKING:
    from tests.conftest import Databases


def _households(db: Connection) -> None:
    a_book(db, standard="collective-2023")
    members.enter_many(
        db, [a_member(number) for number in PEOPLE], book=BOOK, vault=VAULT, by=ACCOUNTANT, at=AT
    )


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _households) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def units(said: str) -> list[dict[str, str]]:
    """``M0001 3.00, M0002 2.00`` as rows of a quantification."""
    return [dict(zip(("member", "units"), one.split(), strict=True)) for one in said.split(", ")]


def quantified(db: Connection, said: str, *, on: str = "2025-03-31") -> list[str]:
    """A quantification done; what it moved."""
    asked = done(db, act(f"quantification on={on} resolution=2025-3", households=units(said)))
    return moved_by(asked.writes.movements)


def held(db: Connection, day: str) -> dict[str, str]:
    """Who holds what at the end of a day."""
    found = shares.holdings(db, book=BOOK, as_of=date.fromisoformat(day))
    return {member: yuan(one.classes[ShareClass.ENTITLEMENT].quantity) for member, one in found.items()}


def test_what_a_household_holds_follows_resolutions_and_facts(db: Connection) -> None:
    assert quantified(db, "M0001 3.00, M0002 2.00, M0003 0.00") == [
        "M0001 entitlement quantify 3.00@0.00 0.00 own",
        "M0002 entitlement quantify 2.00@0.00 0.00 own",
    ]
    done(db, act("adjustment on=2025-06-01 member=M0002 fact=birth units=0.50 paper=出生医学证明A1"))
    done(db, act("adjustment on=2025-07-01 member=M0001 fact=death units=-1.00 paper=死亡证明B2"))
    done(
        db, act("transfer on=2025-08-01 member=M0001 to=M0004 share=entitlement quantity=0.50 resolution=5号")
    )
    assert held(db, "2025-03-30") == {}
    assert held(db, "2025-06-30") == {"M0001": "3.00", "M0002": "2.50"}
    assert held(db, "2025-12-31") == {"M0001": "1.50", "M0002": "2.50", "M0004": "0.50"}
    assert quantified(db, "M0001 1.50, M0002 2.00, M0004 1.00", on="2026-01-01") == [
        "M0002 entitlement quantify -0.50@0.00 0.00 own",
        "M0004 entitlement quantify 0.50@0.00 0.00 own",
    ]
    done(db, act("reversal on=2026-01-02 request=5 note=表决作废"))
    assert held(db, "2026-01-10") == {"M0001": "1.50", "M0002": "2.50", "M0004": "0.50"}
    book = books.book(db, id=BOOK)
    assert book is not None
    assert proof.prove(db, book=book).problems == ()


@pytest.mark.parametrize(
    ("text", "more", "codes"),
    [
        ("quantification on=2025-04-01", {"households": "M0001 2.00"}, ["resolution_must_be_given"]),
        (
            "quantification on=2031-04-01 resolution=1",
            {"households": "M0001 2.00"},
            ["act_must_not_lie_ahead"],
        ),
        (
            "quantification on=2025-04-01 resolution=1",
            {"households": "M0001 1.00, M0008 1.00, M0001 2.00"},
            ["household_must_be_named_once", "holder_must_be_known", "household_must_be_named_once"],
        ),
        (
            "quantification on=2024-04-01 resolution=1",
            {"households": "M0001 1.00"},
            ["holder_must_be_a_member"],
        ),
        (
            "quantification on=2025-04-01 resolution=1",
            {"households": "M0001 3.00, M0002 0.00"},
            ["entitlements_must_change"],
        ),
        (
            "quantification on=2025-04-01 resolution=1 total=5.00",
            {"households": "M0001 3.00, M0002 2.01"},
            ["units_must_make_the_total"],
        ),
        ("adjustment on=2025-04-01 member=M0001 fact=birth units=0.00 paper=A1", {}, ["units_must_move"]),
        (
            "adjustment on=2025-04-01 member=M0001 fact=birth units=-0.50 paper=A1",
            {},
            ["fact_must_fit_its_sign"],
        ),
        (
            "adjustment on=2025-04-01 member=M0001 fact=death units=0.50 paper=A1",
            {},
            ["fact_must_fit_its_sign"],
        ),
        (
            "adjustment on=2025-04-01 member=M0001 fact=corrected units=-3.01 paper=A1",
            {},
            ["holding_must_cover_it"],
        ),
        (
            "adjustment on=2025-03-30 member=M0001 fact=death units=-1.00 paper=A1",
            {},
            ["holding_must_cover_it"],
        ),
        (
            "transfer on=2025-04-01 member=M0001 to=M0002 share=entitlement quantity=3.01 resolution=1",
            {},
            ["holding_must_cover_it"],
        ),
        (
            "transfer on=2025-04-01 member=M0001 to=M0002 share=cash quantity=1.00 resolution=1",
            {},
            ["share_must_be_of_the_book", "holding_must_cover_it"],
        ),
    ],
)
def test_an_act_of_entitlements_is_refused(
    db: Connection, text: str, more: dict[str, str], codes: list[str]
) -> None:
    quantified(db, "M0001 3.00")
    rows: dict[str, Any] = {name: units(said) for name, said in more.items()}
    with pytest.raises(Refusal) as wrong:
        prepared(db, act(text, **rows))
    assert refused(wrong.value) == codes


def test_what_left_later_keeps_an_earlier_day_from_giving_it_away(db: Connection) -> None:
    quantified(db, "M0001 3.00")
    done(db, act("adjustment on=2025-09-01 member=M0001 fact=death units=-2.00 paper=A1"))
    with pytest.raises(Refusal) as wrong:
        prepared(db, act("adjustment on=2025-05-01 member=M0001 fact=married_out units=-2.00 paper=A2"))
    assert refused(wrong.value) == ["holding_must_not_be_negative"]


@pytest.mark.parametrize(
    ("text", "rows", "codes", "kind"),
    [
        (
            "quantification on=2025-04-01 resolution=1",
            {"households": [{"member": "M0001", "units": "1.00"}]},
            ["book_must_keep_a_register"],
            RefusalKind.STATE,
        ),
        (
            "adjustment on=2025-04-01 member=M0001 fact=birth units=0.50 paper=A1",
            {},
            ["book_must_keep_a_register"],
            RefusalKind.STATE,
        ),
        (
            "transfer on=2025-04-01 member=M0001 to=M0002 share=entitlement quantity=1.00 resolution=1",
            {},
            ["share_must_be_of_the_book", "holding_must_cover_it"],
            RefusalKind.RULE,
        ),
    ],
)
def test_a_cooperative_keeps_no_entitlements(
    databases: "Databases", db_kind: str, text: str, rows: dict[str, Any], codes: list[str], kind: RefusalKind
) -> None:
    with (
        a_database(databases, db_kind, a_cooperative) as engine,
        rolled_back(engine) as db,
        pytest.raises(Refusal) as wrong,
    ):
        prepared(db, act(text, **rows))
    assert (refused(wrong.value), wrong.value.kind) == (codes, kind)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (
            "UPDATE share_movement SET quantity = 900 WHERE member_no = 'M0002'",
            ["movements_must_be_as_sealed"],
        ),
        ("DELETE FROM share_movement WHERE member_no = 'M0002'", ["movements_must_be_as_sealed"]),
        (
            "UPDATE share_movement SET quantity = -1 WHERE member_no = 'M0002'",
            ["holding_must_not_be_negative", "movements_must_be_as_sealed"],
        ),
        (
            "UPDATE register_request SET writes = replace(writes, '\"quantity\":200', '\"quantity\":900')",
            ["act_must_be_as_it_was_sealed"],
        ),
    ],
)
def test_a_changed_entitlement_is_found(engine: Engine, change: str, codes: list[str]) -> None:
    with behind_the_service(engine) as db:
        quantified(db, "M0001 3.00, M0002 2.00")
        db.exec_driver_sql(change)
        book = books.book(db, id=BOOK)
        assert book is not None
        assert [one.code for one in proof.prove(db, book=book).problems] == codes
