"""The tables can be spread over a cluster by book: on PostgreSQL every key is proved with hash partitions."""

import pytest
from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    inspect,
)

import migrations
from migrations.clusters import keys_without_the_book
from schemas.problems import Refusal
from web.database import spread


def test_every_table_of_a_book_stands_on_its_book() -> None:
    assert keys_without_the_book(migrations.metadata()) == ()


def test_the_keys_hold_on_hash_partitions_and_nothing_is_left_behind(db_url: str, db_kind: str) -> None:
    if db_kind == "sqlite":
        with pytest.raises(Refusal) as refused:
            spread(db_url)
        assert refused.value.problems[0].code == "database_must_be_postgresql"
        return
    done = spread(db_url)
    assert {"voucher", "posting", "log_entry", "balance", "share_movement"} <= set(done.by_book)
    assert {"person", "place", "login"} <= set(done.everywhere)
    assert set(done.by_book) | set(done.everywhere) == set(migrations.metadata().tables)
    assert (done.on_cluster, done.partitions) == (False, 4)
    engine = create_engine(db_url)
    assert "lianjian_spread" not in inspect(engine).get_schema_names()
    engine.dispose()


def test_a_key_that_ties_two_books_together_is_named() -> None:
    known = MetaData()
    Table(
        "book",
        known,
        Column("book_id", Text, primary_key=True),
        Column("name", Text),
        UniqueConstraint("name", name="book_name_once"),
    )
    Table(
        "place", known, Column("code", Integer, primary_key=True), Column("book_id", Text)
    ).append_constraint(ForeignKeyConstraint(["book_id"], ["book.book_id"], name="place_book"))
    assert keys_without_the_book(known) == (("book", "book_name_once"), ("place", "place_book"))
