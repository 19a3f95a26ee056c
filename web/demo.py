"""The demonstration: the example township in a folder of its own, with somebody of every role and work waiting: in
one cooperative vouchers to review and to post, in the other a year's dividend whose notice is over, for the officer to
approve and the households to read; and of the township the year's rewards, posted, and its tiers and bonuses, whose notice is
over too.

One person of the cooperative's papers keeps its books, as on paper; the others are invented. The township's agent for
bookkeeping 代理会计 takes the hand-over pack in, so that its vouchers are posted by a person, and opens new books. Every
role is proposed by one and consented to by another, as in a real house. The logins lie in the folder, so that they can be shown again.
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

import msgspec

from coop.access import queries as access_queries
from coop.access.grants import actions as grants
from coop.access.logins import actions as login_actions
from coop.access.rules import sealed_factor, sealed_identity
from coop.households import actions as cards
from coop.households import queries as households
from coop.identity import CHECK_MARKS, WEIGHTS
from coop.places import queries as places
from coop.vault.rules import Vault
from ledger.books import queries as books
from ledger.evidence.rules import described
from ledger.money import fen_from_yuan, hundredths_from_text
from ledger.people import queries as known_people
from ledger.vouchers import actions as vouchers
from payouts.candidates import actions as candidates
from payouts.notices.rules import notice_ends
from payouts.policies import actions as policies_kept
from payouts.policies import queries as policies
from payouts.runs import actions as runs
from payouts.runs.actions import Paper
from payouts.runs.rules import RunName
from payouts.standings import queries as standings
from payouts.township_policies import actions as township_policies_kept
from payouts.township_policies.schemes import template
from schemas.access import GrantState, NewGrant, NewLogin, Rights, Role, Scope, ScopeKind
from schemas.books import Book
from schemas.households import NewCard
from schemas.places import Post
from schemas.policies import PolicyKind
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.rewards import Candidate, NewSheet, RewardChoice, RewardPolicy
from schemas.runs import Document, RunKind
from schemas.units import PersonId, Value
from schemas.vouchers import NewDraft, Step, VoucherDraft, VoucherLine
from web.auth import totp, words
from web.auth.passwords import hash_now
from web.database import Connection
from web.demo_township import Township
from web.exports.households import card_address

EXAMPLE = Path(__file__).parents[1] / "examples" / "longping"
COOPERATIVE, VILLAGE = "龙坪合作社", "龙坪村"
SETTLED = "弄石合作社"
"""The cooperative whose year is closed and whose dividend waits for its approval."""
RESOLUTION = Path(__file__).parents[1] / "examples" / "弄石合作社-社员大会决议.pdf"
DECISION = Path(__file__).parents[1] / "examples" / "龙坪镇-绩效考评决定.pdf"
"""The township's decision on its tiers, and its number."""
DECISION_NUMBER = "龙政发〔2026〕3号"
INSPECTION = Path(__file__).parents[1] / "examples" / "龙坪镇-检查奖励决定.pdf"
"""The township's decision on what the inspection of its villages is rewarded with, and its number."""
INSPECTION_NUMBER = "龙政发〔2026〕2号"
EQUAL = ("古楼村", "那岭村")
"""Fifth and sixth with the same score and the same next keys: the decision says in which order."""
OWN_PAY = 100_000
"""What a village's performance pay of the year comes to in fen, which the last three lose."""
AGENT, AGENT_LOGIN = "韦代芳", "agent"
"""The township's agent for bookkeeping, who takes the example in."""
SECOND_OFFICER, SECOND_OFFICER_LOGIN = "蓝秀英", "second_officer"
"""The township's other officer: what one enters, another approves."""
_LOGINS = "logins.json"
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"

example_must_be_there = Fault(
    code="example_must_be_there",
    says="The example township is not at {folder}.",
    remedy="Run this from a clone of the repository; an installed package does not carry the example.",
)


class DemoLogin(Value):
    """A login of the demonstration, with everything it takes to sign in. A household has its number, the one-time code of
    its card for a password, and in ``card`` where the card's QR leads."""

    role: Role
    login: str
    password: str
    name: str
    reach: str
    totp_key: str = ""
    totp_address: str = ""
    card: str = ""


class Demonstration(Value):
    """What the folder's file of logins holds; ``address`` is where it was last served."""

    address: str
    logins: tuple[DemoLogin, ...]


class Furnished(Value):
    """The logins that were made, and who does the work."""

    logins: tuple[DemoLogin, ...]
    people: dict[Role, PersonId]
    township: Township


_PEOPLE: dict[Role, tuple[str, Post | None]] = {
    Role.ADMINISTRATOR: ("岑文静", None),
    Role.ACCOUNTANT: ("", Post.ACCOUNTANT),
    Role.REVIEWER: ("蒙丽华", None),
    Role.CASHIER: ("", Post.CASHIER),
    Role.CHAIR: ("", Post.CHAIR),
    Role.SCOREKEEPER: ("韦春燕", None),
    Role.TOWNSHIP_OFFICER: ("梁建国", None),
    Role.AUDITOR: ("何晓明", None),
}
"""Who has which role: invented people, and those the cooperative's papers name for an office. The household is one of
the cooperative's own."""


def kept(folder: Path) -> Demonstration | None:
    """The demonstration that is in this folder, if it was finished."""
    file = folder / _LOGINS
    return msgspec.json.decode(file.read_bytes(), type=Demonstration) if file.exists() else None


def keep(folder: Path, demonstration: Demonstration) -> None:
    """Write the logins down, for the owner of the folder only."""
    waiting = folder / f".{_LOGINS}"
    waiting.touch(mode=0o600)
    waiting.write_bytes(msgspec.json.format(msgspec.json.encode(demonstration), indent=1))
    waiting.replace(folder / _LOGINS)


def furnish(db: Connection, *, operator: Rights, vault: Vault, on: date, at: datetime) -> Furnished:
    """Give every role a login, and put work on the desks."""
    cooperative, *others = (_book(db, name) for name in (COOPERATIVE, SETTLED, VILLAGE))
    home = places.book_place(db, book=cooperative.id)
    assert home is not None, "a pack says where a book is at home"
    logins: list[DemoLogin] = []
    people: dict[Role, PersonId] = {}
    for number, (role, (invented, post)) in enumerate(_PEOPLE.items(), 1):
        known = None if post is None else _officer(db, cooperative, post)
        login, person = _login(
            db,
            role,
            person=known,
            name=invented or role.value,
            identity=_identity(number),
            operator=operator,
            vault=vault,
            at=at,
        )
        people[role] = person
        scopes = tuple(_scopes(role, cooperative, *others, township=home.township))
        for scope in scopes:
            _give(db, NewGrant(person=person, role=role, scope=scope), people=people, by=operator, at=at)
        names = {book.id: book.short_name for book in (cooperative, *others)}
        named = ", ".join(names.get(scope.code, scope.code) for scope in scopes)
        logins.append(msgspec.structs.replace(login, reach=named))
    agent = known_people.known(db, known_from="", names=[AGENT])[AGENT]
    everywhere = Scope(kind=ScopeKind.PLACE, code=home.township)
    others_of_the_township = (
        (Role.ACCOUNTANT, AGENT_LOGIN, agent, AGENT),
        (Role.TOWNSHIP_OFFICER, SECOND_OFFICER_LOGIN, None, SECOND_OFFICER),
    )
    of_the_township: dict[str, PersonId] = {}
    for number, (role, called, known, name) in enumerate(others_of_the_township, len(_PEOPLE) + 1):
        login, of_the_township[called] = _login(
            db,
            role,
            login=called,
            person=known,
            name=name,
            identity=_identity(number),
            operator=operator,
            vault=vault,
            at=at,
        )
        new = NewGrant(person=of_the_township[called], role=role, scope=everywhere)
        _give(db, new, people=people, by=operator, at=at)
        logins.append(msgspec.structs.replace(login, reach=home.township))
    logins.append(_card(db, _book(db, SETTLED), by=people[Role.ACCOUNTANT], at=at))
    _put_work_on_the_desks(
        db, cooperative, accountant=people[Role.ACCOUNTANT], reviewer=people[Role.REVIEWER], on=on, at=at
    )
    township = Township(
        code=home.township,
        agent=agent,
        reviewer=people[Role.REVIEWER],
        officer=people[Role.TOWNSHIP_OFFICER],
        second_officer=of_the_township[SECOND_OFFICER_LOGIN],
    )
    return Furnished(logins=tuple(logins), people=people, township=township)


def put_on_notice(
    db: Connection, year: int, *, people: Mapping[Role, PersonId], on: date, at: datetime
) -> None:
    """Of the cooperative whose year is settled: the commission posted, the dividend published long enough ago for its
    notice to be over, and not so long that a household could no longer say that it does not agree."""
    book, by, officer = _book(db, SETTLED).id, people[Role.ACCOUNTANT], people[Role.TOWNSHIP_OFFICER]
    paper = Paper(file=described(RESOLUTION.read_bytes(), name=RESOLUTION.name), document=Document.ASSEMBLY)
    procedure = policies.procedure(db, book=book, year=year)
    second = _published_so_that_it_ends(on - timedelta(days=1), days=procedure.notice_days)
    first = _published_so_that_it_ends(second - timedelta(days=1), days=procedure.notice_days)
    for kind, day in ((RunKind.COMMISSION, first), (RunKind.DIVIDEND, second)):
        run = runs.prepare(db, book=book, kind=kind, year=year, by=by, on=day, at=at, papers=[paper])
        name = RunName(book=run.book, kind=run.kind, year=run.year, round=run.round)
        runs.publish(db, name, by=by, on=day, at=at)
        if kind is RunKind.COMMISSION:
            runs.approve(db, name, by=officer, on=second, at=at)
            runs.post(db, name, by=by, on=second, at=at)


def put_tiers_on_notice(db: Connection, year: int, *, on: date, at: datetime) -> None:
    """Of the township: the tiers and bonuses of the year worked out by its agent, and published long enough ago for the
    notice to be over."""
    home = places.book_place(db, book=_book(db, SETTLED).id)
    assert home is not None, "a pack says where a book is at home"
    by = known_people.known(db, known_from="", names=[AGENT])[AGENT]
    days = policies.procedure(db, book=home.township, year=year).notice_days
    day = _published_so_that_it_ends(on - timedelta(days=1), days=days)
    paper = Paper(file=described(DECISION.read_bytes(), name=DECISION.name), document=Document.ASSEMBLY)
    run = runs.prepare(
        db,
        book=home.township,
        kind=RunKind.TIERS,
        year=year,
        by=by,
        on=day,
        at=at,
        resolution=DECISION_NUMBER,
        papers=[paper],
    )
    name = RunName(book=run.book, kind=run.kind, year=run.year, round=run.round)
    runs.publish(db, name, by=by, on=day, at=at)


def pay_rewards(
    db: Connection, year: int, *, people: Mapping[Role, PersonId], on: date, at: datetime
) -> None:
    """Of the township: a scheme of rewards for the inspection of its villages, recorded by its agent and approved by the officer,
    its villages by their scores of the year, and what it comes to, posted after its notice."""
    home = places.book_place(db, book=_book(db, SETTLED).id)
    assert home is not None, "a pack says where a book is at home"
    township, officer = home.township, people[Role.TOWNSHIP_OFFICER]
    by = known_people.known(db, known_from="", names=[AGENT])[AGENT]
    file, kind = described(INSPECTION.read_bytes(), name=INSPECTION.name), PolicyKind.REWARD
    policy = RewardPolicy(year=year, scheme=template("rongan").scheme, resolution=INSPECTION_NUMBER)
    version = township_policies_kept.record_reward(db, policy, township=township, by=by, at=at)
    policies_kept.attach_paper(db, file, book=township, kind=kind, year=year, version=version, by=by, at=at)
    policies_kept.approve(
        db,
        book=township,
        kind=kind,
        year=year,
        version=version,
        resolution="",
        sha256=file.sha256,
        by=officer,
        on=on,
        at=at,
    )
    villages = standings.tier_inputs(db, township=township, year=year).villages
    sheet = NewSheet(
        period=str(year),
        candidates=tuple(
            Candidate(who=one.name, score=one.score, ties=one.ties, entitled=OWN_PAY) for one in villages
        ),
    )
    candidates.write_sheet(db, sheet, township=township, year=year, version=version, by=by, at=at)
    candidates.put_in_order(
        db,
        EQUAL,
        file,
        resolution=INSPECTION_NUMBER,
        township=township,
        year=year,
        version=version,
        period=sheet.period,
        by=by,
        at=at,
    )
    days = policies.procedure(db, book=township, year=year).notice_days
    day = _published_so_that_it_ends(on - timedelta(days=1), days=days)
    run = runs.prepare(
        db,
        book=township,
        kind=RunKind.REWARD,
        year=year,
        reward=RewardChoice(scheme=policy.scheme.name, period=sheet.period),
        by=by,
        on=day,
        at=at,
        resolution=INSPECTION_NUMBER,
        papers=[Paper(file=file, document=Document.CHAIR)],
    )
    name = RunName(book=run.book, kind=run.kind, year=run.year, round=run.round)
    runs.publish(db, name, by=by, on=day, at=at)
    runs.approve(db, name, by=officer, on=on, at=at)
    runs.post(db, name, by=by, on=on, at=at)


def _published_so_that_it_ends(by: date, *, days: int) -> date:
    """The last day on which to publish for a notice of so many working days to be over on this day."""
    return next(day for back in count(1) if notice_ends(day := by - timedelta(days=back), days=days) <= by)


def _book(db: Connection, short_name: str) -> Book:
    (found,) = books.books_called(db, short_name)
    return found


def _officer(db: Connection, book: Book, post: Post) -> PersonId:
    return next(office.person for office in places.offices(db, book=book.id) if office.post is post)


def _scopes(role: Role, cooperative: Book, *others: Book, township: str) -> Iterator[Scope]:
    if role is Role.ADMINISTRATOR:
        yield Scope(kind=ScopeKind.HOUSE)
    elif role in {Role.TOWNSHIP_OFFICER, Role.AUDITOR}:
        yield Scope(kind=ScopeKind.PLACE, code=township)
    else:
        yield Scope(kind=ScopeKind.BOOK, code=cooperative.id)
        if role in {Role.ACCOUNTANT, Role.REVIEWER, Role.CASHIER}:
            yield from (Scope(kind=ScopeKind.BOOK, code=book.id) for book in others)


def _login(
    db: Connection,
    role: Role,
    *,
    login: str = "",
    person: PersonId | None,
    name: str,
    identity: str,
    operator: Rights,
    vault: Vault,
    at: datetime,
) -> tuple[DemoLogin, PersonId]:
    login, password = login or role.value, _password()
    made = login_actions.add_login(
        db,
        NewLogin(
            name=login,
            person_name=name,
            person=person,
            identity=sealed_identity(vault, identity, login=login),
            password_hash=hash_now(password),
        ),
        by=operator,
        at=at,
    )
    shown = DemoLogin(role=role, login=login, password=password, name=made.person_name, reach="")
    if role is not Role.TOWNSHIP_OFFICER:
        return shown, made.person
    key = totp.new_key()
    login_actions.set_second_factor(
        db,
        made.person,
        sealed_factor(vault, key, person=made.person),
        step=0,
        recovery=[words.digest_of_code(code) for code in words.recovery_codes()],
        by=made.person,
        at=at,
    )
    address = totp.address(key, login=login)
    return msgspec.structs.replace(shown, totp_key=key, totp_address=address), made.person


def _card(db: Connection, book: Book, *, by: PersonId, at: datetime) -> DemoLogin:
    """The card of the cooperative's first household."""
    household = households.households(db, book=book.id)[0]
    code = words.card_code()
    card = NewCard(household=household.number, digest=words.digest_of_code(code))
    cards.issue(db, [card], book=book.id, by=by, at=at)
    return DemoLogin(
        role=Role.HOUSEHOLD,
        login=household.number,
        password=code,
        name=household.names[0],
        reach=book.short_name,
        card=card_address("", book=book.id, household=household.number, code=code),
    )


def _give(db: Connection, new: NewGrant, *, people: dict[Role, PersonId], by: Rights, at: datetime) -> None:
    """A role proposed by the operating system's user, and consented to by the administrator."""
    grant = grants.propose(db, new, by=by, at=at)
    if grant.state is GrantState.PROPOSED:
        administrator = access_queries.rights_of(db, people[Role.ADMINISTRATOR])
        grants.consent(db, grant.id, by=administrator, at=at)


def _password() -> str:
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    return f"{drawn[:4]}-{drawn[4:8]}-{drawn[8:]}"


def _identity(number: int) -> str:
    """An identity number of nobody: the region 450000 and a day in 1970, with its check mark."""
    digits = f"45000019700101{number:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + CHECK_MARKS[total % 11]


def _put_work_on_the_desks(
    db: Connection, book: Book, *, accountant: PersonId, reviewer: PersonId, on: date, at: datetime
) -> None:
    """Vouchers of the next January: two drafts to review, two reviewed to post, and a sketch."""
    january = book.first_year + 1
    drafts = [
        _draft(
            january, 5, "购入精料", ("121", "精料", "3600.00", "", "1000"), ("211", "P01", "", "3600.00", "")
        ),
        _draft(january, 8, "支付上月电费", ("523", "电费", "186.40", "", ""), ("102", "", "", "186.40", "")),
        _draft(january, 12, "购买办公用品", ("523", "办公费", "95.00", "", ""), ("101", "", "", "95.00", "")),
        _draft(
            january, 15, "收回售牛款", ("102", "", "20000.00", "", ""), ("113", "P02", "", "20000.00", "")
        ),
    ]
    waiting = vouchers.draft_many(
        db,
        [NewDraft(draft=draft) for draft in drafts],
        book=book.id,
        by=accountant,
        on=on,
        at=at,
        atomic=True,
    )
    sketch = _draft(january, 20, "银行存款利息", ("102", "", "", "", ""))
    vouchers.draft_many(
        db, [NewDraft(draft=sketch, finished=False)], book=book.id, by=accountant, on=on, at=at, atomic=True
    )
    seen = [outcome.voucher for outcome in (waiting[1], waiting[3])]
    steps = [Step(voucher=voucher.id) for voucher in seen if voucher is not None]
    vouchers.review_many(db, steps, book=book.id, by=reviewer, on=on, at=at, atomic=True)


def _draft(year: int, day: int, summary: str, *lines: tuple[str, str, str, str, str]) -> VoucherDraft:
    return VoucherDraft(
        date=date(year, 1, day),
        originals=1,
        lines=tuple(
            VoucherLine(
                summary=summary,
                account=account,
                detail=detail,
                debit=fen_from_yuan(debit) if debit else 0,
                credit=fen_from_yuan(credit) if credit else 0,
                quantity=hundredths_from_text(quantity) if quantity else None,
            )
            for account, detail, debit, credit, quantity in lines
        ),
    )


def example(folder: Path = EXAMPLE) -> Path:
    """Where the example township lies; refused when it does not."""
    if not folder.is_dir():
        raise Refusal(example_must_be_there.at("/example", folder=folder), kind=RefusalKind.MISSING)
    return folder
