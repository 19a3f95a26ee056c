"""Money is whole fen: read and written exactly, said in capitals, rounded once, shared out to the last fen."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import (
    capitals,
    fen_from_yuan,
    hundredths_from_text,
    rounded,
    share_out,
    text_from_hundredths,
    yuan,
    yuan_grouped,
)
from schemas.problems import Refusal
from schemas.units import BIGGEST_FEN


@pytest.mark.parametrize(
    ("written", "fen"),
    (
        ("0", 0),
        ("0.01", 1),
        ("1234.50", 123450),
        ("1234.5", 123450),
        ("-420.92", -42092),
        ("-0", 0),
        ("007.00", 700),
        ("1234.5000", 123450),
        ("9999999999999.99", 10**15 - 1),
        ("0" * 5000 + "1", 100),
    ),
)
def test_an_amount_in_yuan_is_read_to_the_fen(written: str, fen: int) -> None:
    assert fen_from_yuan(written) == fen


@pytest.mark.parametrize(
    ("written", "code"),
    (
        ("1.005", "amount_must_have_two_decimals_at_most"),
        ("-0.001", "amount_must_have_two_decimals_at_most"),
        ("", "amount_must_be_a_number"),
        ("1,234.50", "amount_must_be_a_number"),
        ("+1.00", "amount_must_be_a_number"),
        (" 1.00", "amount_must_be_a_number"),
        ("1.", "amount_must_be_a_number"),
        (".5", "amount_must_be_a_number"),
        ("1e3", "amount_must_be_a_number"),
        ("NaN", "amount_must_be_a_number"),
        ("１２", "amount_must_be_a_number"),
        ("٣", "amount_must_be_a_number"),
        ("1.00\n", "amount_must_be_a_number"),
        ("10000000000000.00", "amount_must_not_be_too_big"),
        ("9" * 10_000, "amount_must_not_be_too_big"),
    ),
)
def test_an_amount_that_is_not_exact_yuan_is_refused(written: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        fen_from_yuan(written, pointer="/lines/3/dr")
    (problem,) = refused.value.problems
    assert (problem.code, problem.pointer) == (code, "/lines/3/dr")
    assert written in str(problem)


@pytest.mark.parametrize(
    ("fen", "wire", "printed"),
    (
        (0, "0.00", "0.00"),
        (5, "0.05", "0.05"),
        (-5, "-0.05", "-0.05"),
        (123450, "1234.50", "1,234.50"),
        (-123456789, "-1234567.89", "-1,234,567.89"),
    ),
)
def test_an_amount_is_written_with_two_decimals(fen: int, wire: str, printed: str) -> None:
    assert yuan(fen) == wire
    assert yuan_grouped(fen) == printed


def test_quantities_are_whole_hundredths() -> None:
    assert hundredths_from_text("8.5") == 850
    assert text_from_hundredths(850) == "8.50"
    with pytest.raises(Refusal):
        hundredths_from_text("8.505")


@given(st.integers(-BIGGEST_FEN, BIGGEST_FEN))
def test_what_is_written_is_read_back(fen: int) -> None:
    assert fen_from_yuan(yuan(fen)) == fen
    assert fen_from_yuan(yuan_grouped(fen).replace(",", "")) == fen


@pytest.mark.parametrize(
    ("fen", "words"),
    (
        # 会计基础工作规范 第五十二条
        (140950, "人民币壹仟肆佰零玖元伍角整"),
        (600714, "人民币陆仟零柒元壹角肆分"),
        (10700053, "人民币壹拾万柒仟元零伍角叁分"),
        # 支付结算办法 附一
        (1640902, "人民币壹万陆仟肆佰零玖元零贰分"),
        (32504, "人民币叁佰贰拾伍元零肆分"),
        (0, "人民币零元整"),
        (1, "人民币壹分"),
        (50, "人民币伍角整"),
        (7, "人民币柒分"),
        (100, "人民币壹元整"),
        (1000, "人民币壹拾元整"),
        (1050, "人民币壹拾元零伍角整"),
        (10001, "人民币壹佰元零壹分"),
        (100000000, "人民币壹佰万元整"),
        (100010000, "人民币壹佰万零壹佰元整"),
        (101000000, "人民币壹佰零壹万元整"),
        (10203000000, "人民币壹亿零贰佰零叁万元整"),
        (10000000100, "人民币壹亿零壹元整"),
        (10000000000, "人民币壹亿元整"),
        (1000000000000, "人民币壹佰亿元整"),
        (100000000000000, "人民币壹万亿元整"),
        (123450000000000, "人民币壹万贰仟叁佰肆拾伍亿元整"),
        (100000000000001, "人民币壹万亿元零壹分"),
        (10**15 - 1, "人民币玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        (2 * (10**15 - 1), "人民币壹拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角捌分"),
        (10**18, "人民币壹亿亿元整"),
        (-42092, "人民币负肆佰贰拾元零玖角贰分"),
    ),
)
def test_an_amount_is_said_in_capitals(fen: int, words: str) -> None:
    assert capitals(fen) == words


@given(st.integers(-1000 * BIGGEST_FEN, 1000 * BIGGEST_FEN))
def test_capitals_say_one_amount_and_never_two_zeros(fen: int) -> None:
    words = capitals(fen)
    assert _heard(words) == fen
    assert "零零" not in words


def _heard(words: str) -> int:
    """The fen a person hears, digit by digit: an independent reading of capitals."""
    digits = {word: value for value, word in enumerate("零壹贰叁肆伍陆柒捌玖")}
    places = {"拾": 10, "佰": 100, "仟": 1000}
    total = group = digit = 0
    spoken = words.removeprefix("人民币")
    sign = -1 if spoken.startswith("负") else 1
    for word in spoken.removeprefix("负").removesuffix("整"):
        if word in digits:
            digit = digits[word]
        elif word in places:
            group += digit * places[word]
            digit = 0
        else:
            unit = {"亿": 10**10, "万": 10**6, "元": 100, "角": 10, "分": 1}[word]
            if word == "亿":
                total = (total // 100 + group + digit) * unit
            else:
                total += (group + digit) * unit
            group = digit = 0
    return sign * total


@pytest.mark.parametrize(
    ("numerator", "denominator", "whole"),
    ((5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (1, 2, 1), (-1, 2, -1), (0, 7, 0), (249, 100, 2)),
)
def test_halves_are_rounded_away_from_zero(numerator: int, denominator: int, whole: int) -> None:
    assert rounded(numerator, denominator) == whole


@given(st.integers(), st.integers(min_value=1))
def test_rounding_is_to_the_nearest_whole(numerator: int, denominator: int) -> None:
    exact = Fraction(numerator, denominator)
    whole = rounded(numerator, denominator)
    assert abs(whole - exact) <= Fraction(1, 2)
    if abs(whole - exact) == Fraction(1, 2):
        assert abs(whole) > abs(exact)
    assert rounded(-numerator, denominator) == -whole


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    (
        (1000, {"A": 1, "B": 1, "C": 1}, {"A": 334, "B": 333, "C": 333}),
        (1, {"A": 0, "B": 5, "C": 5}, {"A": 0, "B": 1, "C": 0}),
        (100, {"A": 335, "B": 335, "C": 330}, {"A": 34, "B": 33, "C": 33}),
        (0, {"A": 3, "B": 0}, {"A": 0, "B": 0}),
        (777, {"Q0001": 1}, {"Q0001": 777}),
        # 罗 is U+7F57 and 王 is U+738B: the smaller code point goes first, not the alphabet
        (1, {"罗": 1, "王": 1}, {"王": 1, "罗": 0}),
        # the legs of the clean-small pack: 25 992.91 by 30, 30 and 40 in a hundred
        (2599291, {"1": 3000, "2": 3000, "3": 4000}, {"1": 779787, "2": 779787, "3": 1039717}),
        # twelve thousand villages' pool by the coefficients of RULES §7
        (
            12000000,
            dict.fromkeys("abc", 12) | dict.fromkeys("defg", 10) | dict.fromkeys("hij", 8),
            dict.fromkeys("abc", 1440000) | dict.fromkeys("defg", 1200000) | dict.fromkeys("hij", 960000),
        ),
    ),
)
def test_a_total_is_shared_out_to_the_last_fen(
    total: int, weights: dict[str, int], parts: dict[str, int]
) -> None:
    assert share_out(total, weights) == parts


@pytest.mark.parametrize(
    ("total", "weights", "codes"),
    (
        (100, {"A": 0, "B": 0}, ["shares_must_have_a_weight"]),
        (0, {"A": 0}, ["shares_must_have_a_weight"]),
        (100, {}, ["shares_must_have_a_weight"]),
        (-1, {"A": 1}, ["total_must_not_be_negative"]),
        (100, {"A": 5, "B": -1}, ["weight_must_not_be_negative"]),
        (-1, {"A": -1, "B": -2}, ["weight_must_not_be_negative"] * 2 + ["total_must_not_be_negative"]),
    ),
)
def test_a_share_without_sense_is_refused(total: int, weights: dict[str, int], codes: list[str]) -> None:
    with pytest.raises(Refusal) as refused:
        share_out(total, weights)
    assert [problem.code for problem in refused.value.problems] == codes


shares = st.dictionaries(st.text(max_size=4), st.integers(0, 10**15), min_size=1, max_size=40).filter(
    lambda weights: any(weights.values())
)


@given(st.integers(0, 10**13), shares)
def test_a_share_is_its_exact_proportion_within_a_fen(total: int, weights: dict[str, int]) -> None:
    parts = share_out(total, weights)
    whole = sum(weights.values())
    exact = {key: Fraction(total * weight, whole) for key, weight in weights.items()}
    assert sum(parts.values()) == total
    assert parts.keys() == weights.keys()
    assert all(abs(parts[key] - exact[key]) < 1 for key in weights)
    assert all(parts[key] == 0 for key, weight in weights.items() if weight == 0)
    # whoever was rounded up had a remainder no smaller than anyone rounded down, and a smaller key if equal
    up = [(-(exact[key] % 1), key) for key in weights if parts[key] > exact[key]]
    down = [(-(exact[key] % 1), key) for key in weights if parts[key] < exact[key]]
    assert not up or not down or max(up) < min(down)


@given(st.integers(0, 10**13), shares, st.integers(1, 10**6), st.randoms(use_true_random=False))
def test_neither_order_nor_a_common_factor_matters(
    total: int, weights: dict[str, int], factor: int, random: "object"
) -> None:
    shuffled = list(weights)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert share_out(total, {key: weights[key] * factor for key in shuffled}) == share_out(total, weights)
