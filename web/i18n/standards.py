"""What a village collective's accounting standard (财会〔2023〕14号) calls what a cooperative's (财会〔2021〕37号) calls otherwise.

The house speaks of a cooperative's surplus 盈余; in a collective's book the same text speaks of its income 收益:

>>> in_terms("先提取盈余公积，再分配。", terms_of(BookKind.COLLECTIVE, "zh_CN"))
'先提取公积公益金，再分配。'
>>> in_terms("合作社盈余分配", terms_of(BookKind.COLLECTIVE, "zh_CN"))
'合作社盈余分配'
"""

import re
from collections.abc import Mapping
from functools import cache

from schemas.books import BookKind

Terms = tuple[tuple[re.Pattern[str], str], ...]
"""What is said instead of what, in this order."""

AS_THEY_ARE: Terms = ()
"""The terms of a cooperative, in which every text is written."""

_COLLECTIVE: Mapping[str, tuple[tuple[str, str], ...]] = {
    "zh_CN": (
        (r"第四十四条的可分配盈余|可分配盈余（第四十四条）|第16行可供分配盈余", "可分配收益"),
        (r"第16行可供分配", "可分配"),
        (r"盈余公积金?", "公积公益金"),
        (r"(?<!合作社)盈余", "收益"),
    ),
    "en": (
        (r"the Article 44 base", "what may be shared"),
        (r"Article 44 base", "To be shared"),
        (r"(on line 16|than line 16 has)", "that may be shared"),
        (r"(?<!cooperative's )surplus", "income"),
        (r"Surplus", "Income"),
        (r"(?<!cooperative's )dividend", "distribution of income"),
        (r"Dividend", "Distribution of income"),
    ),
}


@cache
def terms_of(kind: BookKind | None, locale: str) -> Terms:
    """How a text of this language reads in a book of this kind; None: on a page of no book."""
    pairs = _COLLECTIVE[locale] if kind is BookKind.COLLECTIVE else ()
    return tuple((re.compile(said), instead) for said, instead in pairs)


def in_terms(text: str, terms: Terms) -> str:
    """A text in these terms."""
    for said, instead in terms:
        text = said.sub(instead, text)
    return text
