"""What can be wrong, said once for people and programs.

A *fault* is a rule named for what must hold; a *problem* is one case of it, with the figures and the place;
a *refusal* is raised by an action and carries all problems at once (STYLE §5, §6, §15). Sentences are English
message ids with named figures in braces; the pages translate them through the catalogue.
"""

from collections.abc import Mapping
from enum import StrEnum

from schemas.units import Value


class Severity(StrEnum):
    """An error stops the act; a warning is shown and listed, and stops nothing."""

    ERROR = "error"
    WARNING = "warning"


class Fault(Value):
    """A rule that can be broken: its stable code, its sentence and what to do about it."""

    code: str
    says: str
    remedy: str = ""
    severity: Severity = Severity.ERROR

    def at(self, pointer: str = "", **figures: object) -> "Problem":
        """One case of this fault at ``pointer`` (a JSON pointer into what was handed in)."""
        return Problem(
            code=self.code,
            says=self.says,
            remedy=self.remedy,
            severity=self.severity,
            pointer=pointer,
            figures={name: str(figure) for name, figure in figures.items()},
        )


class Problem(Value):
    """One broken rule: where, with which figures, and how to mend it."""

    code: str
    says: str
    pointer: str = ""
    remedy: str = ""
    severity: Severity = Severity.ERROR
    figures: Mapping[str, str] = {}

    def __str__(self) -> str:
        sentence = self.says.format_map(self.figures)
        remedy = self.remedy.format_map(self.figures)
        return f"{self.pointer + ': ' if self.pointer else ''}{sentence}{' ' + remedy if remedy else ''}"


class RefusalKind(StrEnum):
    """Why an act was refused; the door (web) turns it into its own language."""

    RULE = "rule"
    STATE = "state"
    STALE = "stale"
    MISSING = "missing"
    FORBIDDEN = "forbidden"
    SIGNED_OUT = "signed_out"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"


class Refusal(Exception):
    """An act that did not happen, with every reason. Nothing was written."""

    def __init__(self, *problems: Problem, kind: RefusalKind = RefusalKind.RULE) -> None:
        assert problems, "a refusal names at least one problem"
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems
        self.kind = kind
