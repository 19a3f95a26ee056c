"""One line is one line, and a code can be said aloud."""

import pytest

from ledger import texts
from tests.builders import codes


@pytest.mark.parametrize(
    ("text", "sign", "place"),
    [
        ("购饲料\n三吨", "U+000A", 4),
        ("购饲料\r", "U+000D", 4),
        ("\t购饲料", "U+0009", 1),
        ("\0", "U+0000", 1),
        ("\x1b[31m红字", "U+001B", 1),
        ("\x85", "U+0085", 1),
        ("一\u2028二", "U+2028", 2),
        ("付\u202e00.1元", "U+202E", 2),
        ("付\u2066", "U+2066", 2),
    ],
)
def test_a_sign_that_leaves_the_line_is_named_with_its_place(text: str, sign: str, place: int) -> None:
    (problem,) = texts.faults_of_line(text, "/summary")
    assert problem.pointer == "/summary"
    assert problem.figures == {"sign": sign, "place": str(place)}


@pytest.mark.parametrize(
    "text", ["", "购饲料三吨 M0012（六月）", "买🐄两头", "3 × 12.50 = 37.50；李　强", "İstanbul’da – §5"]
)
def test_what_people_write_stands_on_one_line(text: str) -> None:
    assert list(texts.faults_of_line(text)) == []


@pytest.mark.parametrize("code", ["M0012", "财政补助-青贮池", "7", "2.4m钢管", "1/2"])
def test_a_code_names_a_thing(code: str) -> None:
    assert list(texts.faults_of_code(code)) == []


@pytest.mark.parametrize(
    ("code", "faults"),
    [
        ("", "code_must_have_a_letter_or_digit"),
        ("..", "code_must_have_a_letter_or_digit"),
        ("-", "code_must_have_a_letter_or_digit"),
        ("🐄", "code_must_have_a_letter_or_digit"),
        (" M0012", "code_must_have_a_letter_or_digit"),
        ("M00\n12", "text_must_be_one_line"),
        ("\t", "code_must_have_a_letter_or_digit,text_must_be_one_line"),
    ],
)
def test_a_code_without_letter_or_digit_is_none(code: str, faults: str) -> None:
    assert codes(texts.faults_of_code(code)) == faults.split(",")
