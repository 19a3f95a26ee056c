"""When a notice is over, what may be said against it, and what the public list and its check code show (RULES §9).

A list published on Thursday 25 September 2025 for 7 working days: 26 and, by the State Council's calendar, Sunday
28 are worked, then 29 and 30; the National Day week is not, so the last three are 9, 10 and Saturday 11 October:

>>> notice_ends(date(2025, 9, 25), days=7)
datetime.date(2025, 10, 11)
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from hashlib import sha256
from importlib.resources import files

import msgspec

from ledger.seal import rules as seal
from schemas.appeals import Appeal, AppealPaper, AppealState, AppealStep
from schemas.members import MemberKind
from schemas.problems import Fault, Problem
from schemas.runs import Run, RunId, RunState
from schemas.units import Fen, PersonId, Value


class Calendar(Value):
    """A year's exceptions: weekdays that are holidays, weekend days that are worked, and who said so."""

    year: int
    source: str
    holidays: frozenset[date]
    worked: frozenset[date]


@cache
def calendar(year: int) -> Calendar | None:
    """The year's calendar; None when it is not known yet."""
    told = tomllib.loads((files("payouts.notices") / "china.toml").read_text("utf-8")).get(str(year))
    if told is None:
        return None
    return Calendar(
        year=year,
        source=told["source"],
        holidays=frozenset(day for span in told["holidays"] for day in _days(year, span)),
        worked=frozenset(day for span in told["worked"] for day in _days(year, span)),
    )


def is_working_day(day: date) -> bool:
    """Whether offices work on a day; in a year whose calendar is not known, from Monday to Friday."""
    known = calendar(day.year)
    if known is not None and day in known.worked:
        return True
    return day.weekday() < 5 and (known is None or day not in known.holidays)


def notice_ends(published: date, *, days: int) -> date:
    """The last day of a notice of so many working days; the day of publication does not count."""
    day = published
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def _days(year: int, span: str) -> list[date]:
    first, _, last = span.partition("/")
    begin, end = date.fromisoformat(f"{year}-{first}"), date.fromisoformat(f"{year}-{last or first}")
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]


# Appeals


appeal_must_be_there = Fault(
    code="appeal_must_be_there",
    says="There is no appeal {number} in this book.",
    remedy="Look it up in the list of appeals.",
)
payee_must_be_of_the_household = Fault(
    code="payee_must_be_of_the_household",
    says="There is no member {member} in your household.",
    remedy="Use the page of your own household.",
)
run_must_be_published = Fault(
    code="run_must_be_published",
    says="The list is not on notice: there is nothing yet to disagree with.",
    remedy="Wait for the notice.",
)
appeal_must_be_in_time = Fault(
    code="appeal_must_be_in_time",
    says="Until {last} one could say that one does not agree.",
    remedy="Speak with the township; a mistake is still mended by a voucher that corrects it.",
)
appeal_must_say_why = Fault(
    code="appeal_must_say_why",
    says="Nothing is said yet, or more than {most} characters.",
    remedy="Say in a few words what you think is wrong.",
)
appeal_must_be_new = Fault(
    code="appeal_must_be_new",
    says="You said already that you do not agree; somebody has to answer first.",
    remedy="Wait for the answer.",
)
appeal_must_be_open = Fault(
    code="appeal_must_be_open",
    says="This appeal was answered.",
    remedy="The household may ask once for another person to look at it.",
)
appeal_must_be_rejected = Fault(
    code="appeal_must_be_rejected",
    says="Only an answer that did not agree with you is looked at again.",
    remedy="Wait for the answer.",
)
appeal_must_be_escalated_once = Fault(
    code="appeal_must_be_escalated_once",
    says="Another person has looked at it already; this answer stands.",
    remedy="The courts and the county's office for rural affairs are open to you.",
)
answerer_must_be_another = Fault(
    code="answerer_must_be_another",
    says="Who recorded an appeal, or approved the list it is about, does not answer it.",
    remedy="Have another officer answer it.",
)
appeal_payee_must_be_there = Fault(
    code="appeal_payee_must_be_there",
    says="The list of {run} has nobody called {payee}, and no household's member is.",
    remedy="Name a member by number, and of a township's list the person as the list has them; who was left out of it "
    "altogether is entered in the scores, and the list is made anew.",
)
paper_must_come_within_the_notice = Fault(
    code="paper_must_come_within_the_notice",
    says="The paper came in on {came}; that is not between {since} and today, {today}.",
    remedy="Enter the day that was stamped on it when it came in.",
)
appeal_paper_must_be_new = Fault(
    code="appeal_paper_must_be_new",
    says="This paper is recorded already, as appeal {number}.",
    remedy="Nothing is left to do; of another paper take its own scan.",
)
second_look_must_be_anothers = Fault(
    code="second_look_must_be_anothers",
    says="Who gave the first answer does not give the second.",
    remedy="Have another officer look at it.",
)
upheld_appeal_must_change_the_list = Fault(
    code="upheld_appeal_must_change_the_list",
    says="Appeal {number} about {member} was right, and the list is still the one it was about.",
    remedy="Enter what was missing, so that the list comes out anew; or take the run back and begin another round.",
)
MOST_TEXT = 1000


def appeals_end(published: date, *, days: int) -> date:
    """The last day to appeal; calendar days, the day of publication does not count.

    >>> appeals_end(date(2026, 2, 2), days=15)
    datetime.date(2026, 2, 17)
    """
    return published + timedelta(days=days)


def faults_of_text(text: str) -> tuple[Problem, ...]:
    """Nothing said, or too much."""
    return () if 0 < len(text.strip()) <= MOST_TEXT else (appeal_must_say_why.at("/text", most=MOST_TEXT),)


def faults_of_appeal(
    text: str,
    *,
    payee: str,
    published: date | None,
    days: int,
    others: Iterable[Appeal],
    on: date,
    paper: AppealPaper | None = None,
) -> tuple[Problem, ...]:
    """Everything that stands against an appeal: no notice stands, the days are over, nothing is said, or one about the
    same payee waits for its answer. A ``paper`` counts on the day it came in, and is recorded once."""
    problems = list(faults_of_text(text))
    said = on if paper is None else paper.came
    mine = [one for one in others if one.payee == payee]
    if published is None:
        problems.append(run_must_be_published.at("/run"))
    else:
        problems += _faults_of_day(paper, since=published, on=on)
        if said > (last := appeals_end(published, days=days)):
            problems.append(appeal_must_be_in_time.at("/run", last=last))
    if any(one.is_open for one in mine):
        problems.append(appeal_must_be_new.at("/member"))
    problems += _faults_of_scan(paper, of=mine)
    return tuple(problems)


def _faults_of_day(paper: AppealPaper | None, *, since: date, on: date) -> Iterable[Problem]:
    if paper is not None and not since <= paper.came <= on:
        yield paper_must_come_within_the_notice.at("/came", came=paper.came, since=since, today=on)


def _faults_of_scan(paper: AppealPaper | None, *, of: Iterable[Appeal]) -> Iterable[Problem]:
    """The scan of one paper stands once with the same payee; another's may be on it too."""
    if paper is None:
        return
    for one in of:
        if any(known.sha256 == paper.sha256 for known in one.papers):
            yield appeal_paper_must_be_new.at("/paper", number=one.number)


def faults_of_answer(
    appeal: Appeal, *, text: str, by: PersonId, approver: PersonId | None
) -> tuple[Problem, ...]:
    """Everything that stands against an answer: there is one, nothing is said, the second comes from whoever gave the
    first; or, of one that came on paper, from who recorded it or is the ``approver`` of the list it is about."""
    problems = list(faults_of_text(text))
    if not appeal.is_open:
        problems.append(appeal_must_be_open.at())
    elif appeal.recorders and by in appeal.recorders | {approver}:
        problems.append(answerer_must_be_another.at("/by"))
    elif appeal.state is AppealState.ESCALATED and by == appeal.answers[0].by:
        problems.append(second_look_must_be_anothers.at("/by"))
    return tuple(problems)


def faults_of_escalation(
    appeal: Appeal, *, text: str, days: int, on: date, paper: AppealPaper | None = None
) -> tuple[Problem, ...]:
    """Everything that stands against a second look: no answer that disagreed, one was taken already, or the days since
    the answer are over, by the day a ``paper`` came in."""
    problems = list(faults_of_text(text))
    said = on if paper is None else paper.came
    if any(one.step is AppealStep.ESCALATE for one in appeal.answers):
        problems.append(appeal_must_be_escalated_once.at())
    elif appeal.state is not AppealState.REJECTED:
        problems.append(appeal_must_be_rejected.at())
    else:
        answered = appeal.answers[-1].on
        problems += _faults_of_day(paper, since=answered, on=on)
        if said > (last := appeals_end(answered, days=days)):
            problems.append(appeal_must_be_in_time.at(last=last))
        problems += _faults_of_scan(paper, of=[appeal])
    return tuple(problems)


def must_be_made_anew(appeal: Appeal, run: Run) -> bool:
    """Whether an upheld appeal sends the run back: it is about the list that stands, and nothing is booked yet."""
    return appeal.content == run.content and run.state in {
        RunState.SUBMITTED,
        RunState.ON_NOTICE,
        RunState.APPROVED,
    }


def reason_to_return(appeal: Appeal) -> str:
    """Why a run goes back that an appeal was right about: the household's own words, with where they stand."""
    return f"异议{appeal.number}（{appeal.payee}）成立：{appeal.text}"


def faults_of_upheld(
    appeals: Iterable[Appeal], *, digest: str, digests: Mapping[int, str]
) -> tuple[Problem, ...]:
    """The list with this digest is the one an appeal was right about; ``digests`` are those of the run's contents."""
    return tuple(
        upheld_appeal_must_change_the_list.at("/appeals", number=one.number, member=one.payee)
        for one in appeals
        if one.state is AppealState.UPHELD and digests[one.content] == digest
    )


def sealed(appeal: Appeal) -> tuple[str, ...]:
    """The digests under which the log seals an appeal and each thing that followed, in order."""
    return (
        seal.digest_of(msgspec.structs.replace(appeal, answers=())),
        *(seal.digest_of(answer) for answer in appeal.answers),
    )


def held_by(appeals: Iterable[Appeal], *, content: int) -> frozenset[str]:
    """The payees of a run's content that must not be paid: an appeal is open, or was upheld and the list not made
    anew since."""
    return frozenset(
        one.payee
        for one in appeals
        if one.is_open or (one.state is AppealState.UPHELD and one.content == content)
    )


# The masked list


def masked_name(name: str, kind: MemberKind) -> str:
    """A name as everybody may see it: of a person the first character; a unit's name is no secret.

    >>> masked_name("王秀英", MemberKind.HOUSEHOLD), masked_name("清水村股份经济合作社", MemberKind.COLLECTIVE)
    ('王*', '清水村股份经济合作社')
    """
    return f"{name[:1]}*" if kind is MemberKind.HOUSEHOLD else name


# The check code


_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE = re.compile(rf"[{_ALPHABET}]{{16}}")


class CheckCode(Value):
    """A check code taken apart: which run and payee it may be of, and what must be found there."""

    run: int
    payee: int
    proof: str


def mark_of(text: str) -> int:
    """Twenty bits that lead from a check code to a run or payee; several may have the same."""
    return int(sha256(text.encode()).hexdigest()[:5], 16)


def check_code(run: RunId, *, digest: str, payee: str, amount: Fen) -> str:
    """The check code of what a run gives a payee: four signs that lead to the run, four to the payee, eight that follow
    from the run's sealed digest, the payee and the amount. Another amount has another code.

    >>> check_code("qingshui.dividend.2025.1", digest="0" * 64, payee="Q0002", amount=123456)
    'JPGH-JW4J-5YSH-F79C'
    """
    plain = sha256(f"{run} {digest} {payee} {amount}".encode()).digest()
    code = _written(mark_of(run), 4) + _written(mark_of(payee), 4)
    code += _written(int.from_bytes(plain[:5], "big"), 8)
    return "-".join(code[start : start + 4] for start in range(0, 16, 4))


def code_from(text: str) -> CheckCode | None:
    """A check code as somebody copied it; None when it cannot be one.

    >>> code_from("jpgh jw4j 5ysh-f79c") == code_from("JPGH-JW4J-5YSH-F79C")
    True
    """
    plain = "".join(text.split()).replace("-", "").upper().translate(_LOOKALIKES)
    if not _CODE.fullmatch(plain):
        return None
    return CheckCode(run=_number(plain[:4]), payee=_number(plain[4:8]), proof=plain[8:])


def _written(number: int, signs: int) -> str:
    return "".join(_ALPHABET[number >> 5 * (signs - 1 - n) & 31] for n in range(signs))


def _number(signs: str) -> int:
    number = 0
    for sign in signs:
        number = number << 5 | _ALPHABET.index(sign)
    return number
