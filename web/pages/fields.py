"""The fields of a form, read one after the other: everything that is wrong with any is said at once."""

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import TypeVar

from schemas.problems import Problem, Refusal
from schemas.units import Fen
from web import wire
from web.pages.route import Visit, day_from
from web.pages.voucher_form import amount_from

Word = TypeVar("Word", bound=StrEnum)


class Fields:
    """What a form says, field by field; ``done`` refuses with everything that was wrong."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self.problems: list[Problem] = []

    def text(self, name: str, *, at: str = "", most: int = 200, needed: bool = True) -> str:
        """A text; ``at`` where its value stands in what is handed in, if not under its own name."""
        found = self._visit.field(name)
        if needed and not found:
            self.problems.append(wire.field_must_be_given.at(at or f"/{name}", field=name))
        if len(found) > most:
            self.problems.append(wire.must_not_be_longer.at(at or f"/{name}", length=len(found), most=most))
        return found[:most]

    def code(self, name: str) -> str:
        """A code people give themselves: no spaces, no slashes, at most 40 characters."""
        found = self._visit.field(name)
        if not re.fullmatch(r"[^\s/]{1,40}", found):
            self.problems.append(
                wire.must_be_written_so.at(f"/{name}", given=found[:40] or "—", pattern="HT-001")
            )
        return found[:40]

    def amount(self, name: str, *, least: Fen = 1, otherwise: Fen | None = None) -> Fen:
        """An amount, or a quantity in hundredths."""
        text = self._visit.field(name)
        if not text and otherwise is not None:
            return otherwise
        try:
            found = amount_from(text or "?", pointer=f"/{name}")
        except Refusal as refusal:
            self.problems += refusal.problems
            return least
        if found < least:
            self.problems.append(wire.must_not_be_less.at(f"/{name}", given=text, least=f"0.0{least}"))
            return least
        return found

    def quantity(self, name: str) -> Fen | None:
        """A quantity in hundredths, None where nothing is said."""
        return self.amount(name) if self._visit.field(name) else None

    def day(self, name: str) -> date:
        """A day."""
        try:
            return day_from(self._visit.field(name), pointer=f"/{name}")
        except Refusal as refusal:
            self.problems += refusal.problems
            return self._visit.on

    def number(self, name: str, *, least: int = 1, most: int = 2**31) -> int:
        """A whole number."""
        text = self._visit.field(name)
        if not re.fullmatch(r"[0-9]{1,10}", text) or not least <= int(text) <= most:
            self.problems.append(wire.must_be_whole_number.at(f"/{name}"))
            return least
        return int(text)

    def word(self, name: str, of: type[Word]) -> Word:
        """One of a closed list."""
        found = self._visit.field(name)
        if found not in list(of):
            self.problems.append(
                wire.must_be_one_of.at(f"/{name}", given=found[:40] or "—", known=", ".join(of))
            )
            return next(iter(of))
        return of(found)

    def done(self, more: Iterable[Problem] = ()) -> None:
        """Refuse with everything that was wrong."""
        if problems := (*self.problems, *more):
            raise Refusal(*problems)
