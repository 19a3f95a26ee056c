"""What a year's surplus becomes before it is shared (RULES §4; 合作社法 第四十二条, 第四十四条).

A loss brought forward is covered first, the reserve is drawn from what is left, and what then remains of this year's
surplus is the Article 44 base. With a surplus of 95 983.83, nothing brought forward and a reserve of 10 %, the reserve
is 9 598.38 and both the base and line 16 are 86 385.45:

>>> figures = appropriated(surplus=9_598_383, brought_forward=0, reserve_bp=1000, resolved=None)
>>> figures.reserve, figures.article_44_base, figures.line_16, figures.distributed
(959838, 8638545, 8638545, 8638545)
"""

from collections.abc import Callable

from ledger.money import rounded
from schemas.problems import Fault, Problem
from schemas.runs import Appropriation
from schemas.units import Fen

distributed_must_be_there = Fault(
    code="distributed_must_be_there",
    says="The meeting resolved to distribute {amount}; line 16 of the statement has {available}.",
    remedy="Distribute at most {available}.",
)


def appropriated(
    *, surplus: Fen, brought_forward: Fen, reserve_bp: int, resolved: Fen | None
) -> Appropriation:
    """The year's figures, in fen: ``surplus`` of the year (a loss negative), ``brought_forward`` undistributed from
    before (a loss negative), ``resolved`` what the meeting distributes (None: the Article 44 base).

    10 000.00 after a loss of 4 000.00 brought forward, reserve 10 %: 6 000.00 is left, 600.00 reserve, base 5 400.00.
    """
    covered = min(max(-brought_forward, 0), max(surplus, 0))
    left = max(surplus, 0) - covered
    reserve = rounded(reserve_bp * left, 10_000)
    base = left - reserve
    return Appropriation(
        surplus=surplus,
        loss_brought_forward_covered=covered,
        undistributed_brought_forward=brought_forward,
        reserve_rate_bp=reserve_bp,
        reserve=reserve,
        article_44_base=base,
        line_16=surplus + brought_forward - reserve,
        distributed=base if resolved is None else resolved,
    )


def faults_in(figures: Appropriation, *, yuan: Callable[[Fen], str]) -> tuple[Problem, ...]:
    """More resolved than line 16 of the statement has to give."""
    if 0 <= figures.distributed <= max(figures.line_16, 0):
        return ()
    return (
        distributed_must_be_there.at(
            "/amount", amount=yuan(figures.distributed), available=yuan(max(figures.line_16, 0))
        ),
    )
