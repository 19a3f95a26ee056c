"""The acts of the log as somebody asks for them: one by its name, or all of a kind by the word they begin with.

``voucher.post`` are the postings, ``voucher`` is whatever was done to vouchers. What names neither is refused: an empty
list would say that it was never done.
"""

from schemas.problems import Fault, Refusal
from web.i18n.words import ACTS

KINDS = tuple(dict.fromkeys(act.partition(".")[0] for act in ACTS))
"""The words acts begin with."""

CHOICES = tuple(sorted({*ACTS, *KINDS}))
"""Whatever may be asked for."""

act_must_be_known = Fault(
    code="act_must_be_known",
    says="The log knows no act {given}.",
    remedy="It is one of: {known}.",
)


def asked_act(name: str) -> str:
    """The act or kind of acts asked for; empty asks for all. Refused, at ``/act``, where there is none of this name."""
    if name and name not in CHOICES:
        raise Refusal(act_must_be_known.at("/act", given=name[:80], known=", ".join(CHOICES)))
    return name
