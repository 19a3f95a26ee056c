"""Project money of a collective 项目资金: what was received, used and is left, by source and project (DOMAIN §4.3).

Government money for a project is booked on 241 专项应付款 and, as it is used, carried to 311. A line on 241 is named for its
source once; its amount is the voucher's. 50 000.00 of the first secretary's received and 32 500.00 of it spent on the pond leave
17 500.00. What nobody named stands beside the sources, so that all of them and what was there before make the balance of 241.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable

from ledger.money import yuan
from ledger.seal.rules import digest_of
from schemas.problems import Fault, Problem
from schemas.project_money import MoneyLine, MoneyNaming, MoneySource, MoneySum
from schemas.units import Fen, PersonId, VoucherId

NAMED, UNNAMED = "project_money.name", "project_money.unname"
SPECIAL = "241"
"""专项应付款: where money for a project stands until it is used."""

line_must_be_project_money = Fault(
    code="line_must_be_project_money",
    says="Line {line} of {voucher} is no posted line on 241 专项应付款 that stands.",
    remedy="Name the line that received the money, or the one that uses it.",
)
project_money_must_be_named_once = Fault(
    code="project_money_must_be_named_once",
    says="Line {line} of {voucher} is named already.",
    remedy="Take that back first.",
)
project_money_must_be_named = Fault(
    code="project_money_must_be_named",
    says="Line {line} of {voucher} is named for no source.",
    remedy="Look it up in the list of project money.",
)
use_must_be_known = Fault(
    code="use_must_be_known",
    says="The book knows no contract or item {code}.",
    remedy="Write it down first, or leave it out.",
)
source_must_have_the_money = Fault(
    code="source_must_have_the_money",
    says="Project {project} has {left} of this source left, and {used} would be used.",
    remedy="Name what was received first, or another source.",
)

uses_must_stay_covered = Fault(
    code="uses_must_stay_covered",
    says="Without these {received} project {project} has used {lacking} more of this source than it received.",
    remedy="Take back first what its uses were named.",
)


def faults_of_naming(
    new: MoneyNaming,
    line: MoneyLine | None,
    *,
    voucher: VoucherId,
    number: int,
    left: Fen,
    contracts: Collection[str],
    items: Collection[str],
) -> tuple[Problem, ...]:
    """Why a line cannot be named so. ``line`` is the line as it stands, None where it is no project money; ``left`` what the
    project has of the source."""
    if line is None:
        return (line_must_be_project_money.at("/line", voucher=voucher, line=number),)
    if line.naming is not None:
        return (project_money_must_be_named_once.at("/line", voucher=voucher, line=number),)
    problems = []
    if new.contract and new.contract not in contracts:
        problems.append(use_must_be_known.at("/contract", code=new.contract))
    if new.item and new.item not in items:
        problems.append(use_must_be_known.at("/item", code=new.item))
    if line.used > left:
        problems.append(
            source_must_have_the_money.at(
                "/source", project=new.project, left=yuan(left), used=yuan(line.used)
            )
        )
    return tuple(problems)


def faults_of_taking_back(
    line: MoneyLine | None, *, voucher: VoucherId, number: int, left: Fen
) -> tuple[Problem, ...]:
    """Why what a line was named cannot be taken back: it is named nothing, or uses are named that it pays for. ``left`` is what
    the project has of the source with it."""
    if line is None or line.naming is None:
        return (project_money_must_be_named.at("/line", voucher=voucher, line=number),)
    if line.received > 0 and line.received > left:
        return (
            uses_must_stay_covered.at(
                "/line",
                project=line.naming.project,
                received=yuan(line.received),
                lacking=yuan(line.received - left),
            ),
        )
    return ()


def by_source(lines: Iterable[MoneyLine]) -> tuple[MoneySum, ...]:
    """Received, used and left by source; what nobody named last."""
    return _sums((one.naming.source if one.naming else None, "", one) for one in lines)


def by_project(lines: Iterable[MoneyLine]) -> tuple[MoneySum, ...]:
    """Received, used and left by project and source."""
    return _sums(
        (one.naming.source if one.naming else None, one.naming.project if one.naming else "", one)
        for one in lines
    )


def together(sums: Iterable[MoneySum]) -> tuple[MoneySum, ...]:
    """The same sources of several books added up."""
    found: defaultdict[MoneySource | None, list[Fen]] = defaultdict(lambda: [0, 0])
    for one in sums:
        found[one.source][0] += one.received
        found[one.source][1] += one.used
    return tuple(
        MoneySum(source=source, project="", received=received, used=used)
        for source, (received, used) in sorted(found.items(), key=lambda item: _place(item[0]))
    )


def left(opening: Fen, lines: Iterable[MoneyLine]) -> Fen:
    """What stands on 241: what the book began with, what was received and what was used."""
    return opening + sum(one.received - one.used for one in lines)


def _sums(lines: Iterable[tuple[MoneySource | None, str, MoneyLine]]) -> tuple[MoneySum, ...]:
    found: defaultdict[tuple[MoneySource | None, str], list[Fen]] = defaultdict(lambda: [0, 0])
    for source, project, line in lines:
        found[source, project][0] += line.received
        found[source, project][1] += line.used
    return tuple(
        MoneySum(source=source, project=project, received=received, used=used)
        for (source, project), (received, used) in sorted(
            found.items(), key=lambda item: (item[0][1], _place(item[0][0]))
        )
    )


def _place(source: MoneySource | None) -> int:
    return len(MoneySource) if source is None else list(MoneySource).index(source)


def sealed_naming(
    voucher: VoucherId, line: int, *, naming: MoneyNaming | None, reason: str, by: PersonId, at: str
) -> str:
    """The digest of what a line was named."""
    return digest_of((voucher, line, naming, reason, by, at))
