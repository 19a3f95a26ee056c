"""Whole numbers with a named unit (RULES §1).

Money is whole fen, quantities are whole hundredths, rates are basis points; a float never holds any of
them. The unit is part of the type, so the wire (web/wire.py) writes a ``Fen`` field as ``"1234.50"`` and
reads it back exactly: the field's declared type decides, never the value that happens to sit in it.
"""

from typing import Annotated, dataclass_transform

from msgspec import Meta, Struct, field

BIGGEST_FEN = 10**15 - 1
"""9999999999999.99 yuan, thirteen digits before the point: no cooperative posts more on one line (RULES §2 asks for
10^13 fen)."""

Fen = Annotated[int, Meta(ge=-BIGGEST_FEN, le=BIGGEST_FEN, extra={"unit": "fen"})]
"""Money in whole fen, 1 yuan = 100 fen. On the wire a string of yuan with two decimals."""

Hundredths = Annotated[int, Meta(ge=-BIGGEST_FEN, le=BIGGEST_FEN, extra={"unit": "hundredths"})]
"""Work days, mu, kilograms, heads or points in whole hundredths. On the wire a string with two decimals."""

AmountAboveZero = Annotated[int, Meta(ge=1, le=BIGGEST_FEN, extra={"unit": "fen"})]
"""Money that moves: at least one fen."""

AmountFromZero = Annotated[int, Meta(ge=0, le=BIGGEST_FEN, extra={"unit": "fen"})]
"""Money that may be none."""

QuantityAboveZero = Annotated[int, Meta(ge=1, le=10**15, extra={"unit": "hundredths"})]
"""A quantity of which there is some."""

QuantityFromZero = Annotated[int, Meta(ge=0, le=10**15, extra={"unit": "hundredths"})]
"""A quantity that may be none."""

QuantityMoved = Annotated[int, Meta(ge=-(10**15), le=10**15, extra={"unit": "hundredths"})]
"""A quantity that comes, or below nothing one that goes."""

BasisPoints = Annotated[int, Meta(ge=0, le=10_000, extra={"unit": "bp"})]
"""A rate in 1/10 000."""

Instant = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
"""An instant in UTC as RFC 3339 writes it, ``2025-03-31T08:00:00.000000Z``: kept as the text the chain covers."""

Period = Annotated[int, Meta(ge=190000, le=299913, extra={"unit": "period"})]
"""A month of a book as ``yyyymm``: 202503 is March 2025; month 00 is the year's opening, month 13 its
settlement stage (RULES §4)."""

BookId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
"""The short slug of a book; opaque to the ledger."""

Counted = Annotated[int, Meta(ge=1, le=2**53 - 1)]
"""A number given out one after the other; no bigger than every program reads exactly."""

PersonId = Counted
VoucherId = Counted


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
class Value(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A frozen value; unknown fields are refused when it is read from outside."""
