"""Appeals 异议 against a run on notice, and what was answered (RULES §9)."""

from datetime import date
from enum import StrEnum

from schemas.evidence import Sha256
from schemas.runs import RunId
from schemas.units import Counted, Instant, PersonId, Value


class AppealState(StrEnum):
    """待答复, 已采纳, 已驳回, 复核中."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"
    ESCALATED = "escalated"


class AppealStep(StrEnum):
    """What followed an appeal: 采纳, 驳回, 申请复核."""

    UPHOLD = "uphold"
    REJECT = "reject"
    ESCALATE = "escalate"


class AppealPaper(Value):
    """The paper 书面异议 somebody without a login brought to the counter: the day it came in, and its scan."""

    came: date
    sha256: Sha256
    name: str


class AppealAnswer(Value):
    """One thing that followed: an answer of an officer, or whoever appealed asking once for another to look; ``paper``
    where that was asked on paper, and ``by`` recorded it."""

    step: AppealStep
    by: PersonId
    on: date
    at: Instant
    text: str
    paper: AppealPaper | None = None


class Appeal(Value):
    """An appeal about one payee of a run, with everything that followed; ``content`` is the frozen content of the run it
    speaks of. ``by`` is the household's login, or who recorded the ``paper``; ``household`` is empty for a payee of a
    township."""

    number: Counted
    run: RunId
    content: int
    payee: str
    household: str
    by: PersonId
    on: date
    at: Instant
    text: str
    paper: AppealPaper | None = None
    answers: tuple[AppealAnswer, ...] = ()

    @property
    def state(self) -> AppealState:
        """Where it stands: what followed last says it."""
        if not self.answers:
            return AppealState.OPEN
        match self.answers[-1].step:
            case AppealStep.UPHOLD:
                return AppealState.UPHELD
            case AppealStep.REJECT:
                return AppealState.REJECTED
            case AppealStep.ESCALATE:
                return AppealState.ESCALATED

    @property
    def papers(self) -> tuple[AppealPaper, ...]:
        """Every paper that came to the counter about it."""
        return tuple(
            paper for paper in (self.paper, *(one.paper for one in self.answers)) if paper is not None
        )

    @property
    def recorders(self) -> frozenset[PersonId]:
        """Who recorded them."""
        filed = {self.by} if self.paper is not None else set()
        return frozenset(filed | {one.by for one in self.answers if one.paper is not None})

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to answer."""
        return self.state in {AppealState.OPEN, AppealState.ESCALATED}
