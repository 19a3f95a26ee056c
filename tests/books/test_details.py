"""Details of a book, and people: known once, under one code or one name."""

import pytest
from sqlalchemy import Connection

from ledger.details import actions, queries
from ledger.log import actions as log
from ledger.people import actions as people
from ledger.people import queries as people_queries
from schemas.books import Detail
from schemas.charts import KeptBy
from schemas.log import Act
from schemas.problems import Refusal, RefusalKind
from tests.builders import ACCOUNTANT, AT, BOOK, REVIEWER, a_book, a_party, refused


def test_a_detail_is_added_once_and_refused_with_all_others(db: Connection) -> None:
    a_book(db, parties="M0001")

    def add(*codes: str) -> list[tuple[str, str]]:
        new = [Detail(code=code, name=f"王{code}", kind=KeptBy.MEMBER) for code in codes]
        try:
            actions.add_many(db, new, book=BOOK, by=ACCOUNTANT, at=AT)
        except Refusal as refusal:
            return [(problem.pointer, problem.code) for problem in refusal.problems]
        return []

    assert add("M0002", "M0001", " ", "M0002") == [
        ("/1/code", "detail_must_be_new"),
        ("/2/code", "code_must_have_a_letter_or_digit"),
        ("/3/code", "detail_must_be_new"),
    ]
    assert "M0002" not in queries.details(db, book=BOOK)
    assert add("M0002", "M0003") == []
    assert queries.known(db, book=BOOK, codes=["M0003", "M0009", ""]) == {
        "M0003": Detail(code="M0003", name="王M0003", kind=KeptBy.MEMBER)
    }


def test_names_units_people_and_reasons_are_one_line(db: Connection) -> None:
    a_book(db, parties="M0001")
    two_lines = Detail(code="..", name="王\n一", kind=KeptBy.NAME, unit="\t")
    with pytest.raises(Refusal) as detail:
        actions.add_many(db, [two_lines], book=BOOK, by=ACCOUNTANT, at=AT)
    assert [(problem.pointer, problem.code) for problem in detail.value.problems] == [
        ("/0/code", "code_must_have_a_letter_or_digit"),
        ("/0/name", "text_must_be_one_line"),
        ("/0/unit", "text_must_be_one_line"),
    ]
    with pytest.raises(Refusal) as person:
        people.know(db, ["黄会计", "黄\n会计"], known_from=BOOK, by=ACCOUNTANT, at=AT)
    assert refused(person.value) == ["text_must_be_one_line"]
    for act in (
        Act(by=ACCOUNTANT, act="period.reopen", subject="period:2025-03", after="open 漏记\r\n一张"),
        Act(by=ACCOUNTANT, act="period.reopen", subject="period:2025-03", before="closed\0"),
    ):
        with pytest.raises(Refusal) as reason:
            log.record(db, act, book=BOOK, at=AT)
        assert refused(reason.value) == ["text_must_be_one_line"]


def test_a_book_that_is_not_there_takes_nothing(db: Connection) -> None:
    a_book(db)
    with pytest.raises(Refusal) as refusal:
        actions.add_many(db, [a_party("M0001")], book="nowhere", by=ACCOUNTANT, at=AT)
    assert (refused(refusal.value), refusal.value.kind) == (["book_must_exist"], RefusalKind.MISSING)


def test_the_same_name_on_the_papers_of_two_books_is_two_people(db: Connection) -> None:
    a_book(db)
    log.begin_chain(db, book="village")
    of_one = people.know(db, ["黄会计", "韦审核"], known_from=BOOK, by=ACCOUNTANT, at=AT)
    again = people.know(db, ["韦审核", "陆出纳"], known_from=BOOK, by=ACCOUNTANT, at=AT)
    of_other = people.know(db, ["黄会计"], known_from="village", by=ACCOUNTANT, at=AT)
    assert again["韦审核"] == of_one["韦审核"] != REVIEWER
    assert len({*of_one.values(), *again.values(), *of_other.values()}) == 4
    assert people_queries.names_of(db, [of_one["黄会计"], of_other["黄会计"]]) == {
        of_one["黄会计"]: "黄会计",
        of_other["黄会计"]: "黄会计",
    }
    assert people_queries.exists(db, of_other["黄会计"])
    assert not people_queries.exists(db, 777)
