"""Money in whole fen: read, written, said in capitals 大写, rounded once and shared out (RULES §1, §2).

Nothing here knows a fraction of a fen. 1 234.5 yuan is 123 450 fen and is written ``1234.50``; an amount with a
third decimal is refused, never rounded. Whatever divides money divides it with ``share_out`` and nothing else:
10.00 yuan among A, B and C is 3.34, 3.33, 3.33, the odd fen going to the largest remainder and, remainders being
equal, to the smaller key.
"""

import re
from collections.abc import Mapping, Sequence
from heapq import nsmallest
from typing import Any

from schemas.problems import Fault, Refusal
from schemas.units import BIGGEST_FEN, Fen, Hundredths

amount_must_be_a_number = Fault(
    code="amount_must_be_a_number",
    says="{given} is not an amount.",
    remedy="Write digits with at most two decimals, like 1234.50.",
)
amount_must_have_two_decimals_at_most = Fault(
    code="amount_must_have_two_decimals_at_most",
    says="{given} has more than two decimals.",
    remedy="Amounts are exact to the fen and quantities to a hundredth; nothing is rounded.",
)
amount_must_not_be_too_big = Fault(
    code="amount_must_not_be_too_big",
    says="{given} is more than the books can hold.",
    remedy="The largest amount is 9999999999999.99.",
)
total_must_not_be_negative = Fault(
    code="total_must_not_be_negative",
    says="A total of {total} cannot be shared out.",
)
weight_must_not_be_negative = Fault(
    code="weight_must_not_be_negative",
    says="{key} has a negative weight {weight}.",
)
shares_must_have_a_weight = Fault(
    code="shares_must_have_a_weight",
    says="Nobody has a weight above 0 to share {total} by.",
)

_NUMBER = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")


def fen_from_yuan(text: str, *, pointer: str = "") -> Fen:
    """The fen of an amount written in yuan: ``"1234.5"`` is 123450. Digits, at most two decimals, a minus; no
    sign of currency, no grouping, no blank. Refused otherwise, at ``pointer``."""
    return _hundredfold(text, pointer=pointer)


def hundredths_from_text(text: str, *, pointer: str = "") -> Hundredths:
    """The whole hundredths of a quantity (work days, mu, kilograms, heads, points) written with at most two
    decimals: ``"8.5"`` is 850. Refused otherwise, at ``pointer``."""
    return _hundredfold(text, pointer=pointer)


def _hundredfold(text: str, *, pointer: str) -> int:
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise Refusal(amount_must_be_a_number.at(pointer, given=text))
    minus, whole, decimals = found.groups(default="")
    kept, beyond = decimals[:2], decimals[2:]
    if beyond.strip("0"):
        raise Refusal(amount_must_have_two_decimals_at_most.at(pointer, given=text))
    digits = whole.lstrip("0") + kept.ljust(2, "0")
    amount = int(digits) if len(digits) < 18 else BIGGEST_FEN + 1
    if amount > BIGGEST_FEN:
        raise Refusal(amount_must_not_be_too_big.at(pointer, given=text))
    return -amount if minus else amount


def yuan(fen: Fen) -> str:
    """The amount in yuan with two decimals, as it goes over the wire: 123450 is ``"1234.50"``."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def yuan_grouped(fen: Fen) -> str:
    """The amount as it is printed, thousands grouped: 123450 is ``"1,234.50"``, a red figure ``"-1,234.50"``."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def text_from_hundredths(hundredths: Hundredths) -> str:
    """A quantity with two decimals, as it goes over the wire: 850 is ``"8.50"``."""
    return yuan(hundredths)


_DIGITS = "零壹贰叁肆伍陆柒捌玖"


def capitals(fen: Fen) -> str:
    """The amount in Chinese capitals 大写 (会计基础工作规范 第五十二条).

    140950 is 人民币壹仟肆佰零玖元伍角整. 整 ends it at 元 or 角, nothing after 分; zeros in a row are read once.
    A negative amount is 人民币负…; a sum beyond the biggest amount is read on, 10^16 yuan is 壹亿亿. Of the two readings the rule allows for zeros that end a group, the short one
    is written: 107000.53 is 壹拾万柒仟元零伍角叁分.
    """
    whole, jiao, cents = abs(fen) // 100, abs(fen) // 10 % 10, abs(fen) % 10
    words = _in_capitals(whole) + "元" if whole else ""
    if whole and (jiao or cents) and (whole % 10 == 0 or not jiao):
        words += "零"
    if jiao:
        words += _DIGITS[jiao] + "角"
    if cents:
        words += _DIGITS[cents] + "分"
    return f"人民币{'负' if fen < 0 else ''}{words or '零元'}{'' if cents else '整'}"


def _in_capitals(whole: int) -> str:
    """A whole number above 0 by its Chinese groups of four digits: 102030000 is 壹亿零贰佰零叁万."""
    for size, unit in ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾")):
        if whole >= size:
            high, low = divmod(whole, size)
            gap = "零" if 0 < low < size // 10 else ""
            return _in_capitals(high) + unit + gap + (_in_capitals(low) if low else "")
    return _DIGITS[whole]


def rounded(numerator: int, denominator: int) -> int:
    """``numerator / denominator`` to the nearest whole, halves away from zero: 5/2 is 3, -5/2 is -3. The one
    rounding of a computation, at its end (RULES §1)."""
    assert denominator > 0, "a ratio has a positive denominator"
    whole = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -whole if numerator < 0 else whole


def share_out(total: Fen, weights: Mapping[str, int]) -> dict[str, Fen]:
    """``total`` shared out by ``weights``, a part for every key, in code-point order of the keys (RULES §2).

    Each part is its exact proportion rounded down; the fen left over go one each to the largest remainders,
    equal remainders to the smaller key. So the parts sum to the total, each is within one fen of exact, and
    neither the order of the input nor a common factor of the weights matters. A weight of 0 gets 0, and of a
    total of 0 every part is 0.

    1.00 by A 335, B 335, C 330 is 0.34, 0.33, 0.33.

    Refused: a negative total or weight; no weight above 0 to share by, even a total of 0.
    """
    keys = sorted(weights)
    problems = [
        weight_must_not_be_negative.at(f"/weights/{key}", key=key, weight=weights[key])
        for key in keys
        if weights[key] < 0
    ]
    if total < 0:
        problems.append(total_must_not_be_negative.at("/total", total=yuan(total)))
    whole = sum(weights.values())
    if not problems and not whole:
        problems.append(shares_must_have_a_weight.at("/weights", total=yuan(total)))
    if problems:
        raise Refusal(*problems)
    parts = _many if len(keys) >= _MANY else _few
    shared = dict(zip(keys, parts(total, [weights[key] for key in keys], whole), strict=True))
    assert sum(shared.values()) == total
    return shared


_MANY = 1_000
"""From so many keys on the division is done for all of them at once."""


def _few(total: Fen, weights: Sequence[int], whole: int) -> list[Fen]:
    """Each part rounded down, then the fen left over to the largest remainders, the first of equals before the rest."""
    parts, remainders = [], []
    for place, weight in enumerate(weights):
        part, remainder = divmod(total * weight, whole)
        parts.append(part)
        remainders.append((-remainder, place))
    for remainder, place in nsmallest(total - sum(parts), remainders):
        assert remainder < 0, "left-over fen go to parts that were rounded down"
        parts[place] += 1
    return parts


def _many(total: Fen, weights: Sequence[int], whole: int) -> list[Fen]:
    """The same by arrays of machine words, inside the bounds in which that is exact; Python's own integers outside."""
    times, rest = divmod(total, whole)
    biggest = max(weights)
    if whole >= 2**61 or biggest >= 2**52 or times * biggest >= 2**61:
        return _few(total, weights, whole)
    import numpy as np  # noqa: PLC0415  whoever shares nothing out among many does not wait for it

    of = np.array(weights, dtype=np.int64)
    parts, remainders = _divided(rest, of, whole)
    parts += of * np.int64(times)
    left_over = total - int(parts.sum())
    if left_over:
        least = np.partition(remainders, len(remainders) - left_over)[len(remainders) - left_over]
        more = remainders > least
        parts += more
        equal = np.flatnonzero(remainders == least)
        parts[equal[: left_over - int(more.sum())]] += 1
    return [int(part) for part in parts.tolist()]


def _divided(rest: Fen, weights: Any, whole: int) -> tuple[Any, Any]:
    """``rest × weight`` divided by ``whole``, and the remainders, exactly: a quotient guessed in floating point is off by
    at most 2, the remainder computed modulo 2^64 says by how much (whole < 2^61, weights < 2^52)."""
    import numpy as np  # noqa: PLC0415  as above

    assert 0 <= rest < whole
    parts = (weights.astype(np.float64) * (rest / whole)).astype(np.int64)
    with np.errstate(over="ignore"):
        remainders = weights * np.int64(rest) - parts * np.int64(whole)
    for _ in range(8):
        below, above = remainders < 0, remainders >= whole
        if not (below.any() or above.any()):
            return parts, remainders
        parts += above.astype(np.int64) - below.astype(np.int64)
        remainders += (below.astype(np.int64) - above.astype(np.int64)) * np.int64(whole)
    raise AssertionError("a guess inside the bounds is off by at most 2")
