"""Appeals 异议 against a run on notice, and what was answered (RULES §9)."""

from datetime import date
from enum import StrEnum

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


class AppealAnswer(Value):
    """One thing that followed: an answer of an officer, or the household asking once for another to look."""

    step: AppealStep
    by: PersonId
    on: date
    at: Instant
    text: str


class Appeal(Value):
    """An appeal of a household about one payee of a run, with everything that followed; ``content`` is the frozen
    content of the run it speaks of."""

    number: Counted
    run: RunId
    content: int
    payee: str
    household: str
    by: PersonId
    on: date
    at: Instant
    text: str
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
    def is_open(self) -> bool:
        """Whether somebody still has to answer."""
        return self.state in {AppealState.OPEN, AppealState.ESCALATED}
