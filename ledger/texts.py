r"""What a text of one line, and a code, are made of.

Summaries, names, reasons and notes are printed on one line of a voucher, a book or a list, so they hold no line
break, no tab, no other control character, and no mark that turns the direction of what stands around it: with one,
"付1.00元" can be shown as another amount. A code names a page, a file and an account of the exported book, so it also
has a letter or a digit in it: ``M0012`` and ``财政补助-青贮池`` are codes, ``..`` and ``-`` are not.

>>> [problem.figures["sign"] for problem in faults_of_line("购饲料\n三吨", "/summary")]
['U+000A']
>>> [problem.code for problem in faults_of_code("..", "/code")]
['code_must_have_a_letter_or_digit']
>>> list(faults_of_code("财政补助-青贮池", "/code"))
[]
"""

import re
from collections.abc import Iterator
from unicodedata import category

from schemas.problems import Fault, Problem

text_must_be_one_line = Fault(
    code="text_must_be_one_line",
    says="The text holds a sign that has no place on one line of paper: {sign}, number {place} of its signs.",
    remedy="Write it on one line, without line breaks, tabs and signs that cannot be seen.",
)
code_must_have_a_letter_or_digit = Fault(
    code="code_must_have_a_letter_or_digit",
    says="{code} is no code.",
    remedy="Give it a letter or a digit at least, and no space before or after.",
)

_OFF_THE_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def faults_of_line(text: str, at: str = "") -> Iterator[Problem]:
    """What keeps a text from standing on one line; the first such sign is named by its Unicode number."""
    found = _OFF_THE_LINE.search(text)
    if found is not None:
        yield text_must_be_one_line.at(at, sign=f"U+{ord(found[0]):04X}", place=found.start() + 1)


def faults_of_code(code: str, at: str = "") -> Iterator[Problem]:
    """What keeps a text from being a code."""
    if code != code.strip() or not has_letter_or_digit(code):
        yield code_must_have_a_letter_or_digit.at(at, code=code.strip() or "—")
    yield from faults_of_line(code, at)


def decoded(content: bytes) -> str | None:
    """Bytes as the text they are in UTF-8, UTF-16 with its mark, or GBK; None where they are no text."""
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "gb18030"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    return None


def has_letter_or_digit(text: str) -> bool:
    """Whether there is a letter or a digit of any script in it."""
    return any(category(sign)[0] in "LN" for sign in text)
