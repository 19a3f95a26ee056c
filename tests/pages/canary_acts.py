"""What is done in the house of canaries beside its own books: a township's tiers, awards, leavings, ties and schemes, an
order on notice with an appeal against it, the bank's words on batches, a subscription. A name of a file and a word of the
bank come as they come, so they are full of canaries; what people type is refused at every door, which the tests of the
doors try themselves.
"""

from datetime import date, datetime
from hashlib import sha256
from typing import Any

from msgspec.structs import replace
from sqlalchemy import Connection

from coop.access import queries as access
from coop.alerts import actions as alerts
from coop.contracts import actions as contracts
from coop.figures import actions as figures
from coop.figures import queries as figure_queries
from coop.lists import actions as lists
from coop.monthly_reports import actions as monthly_reports
from coop.monthly_reports import queries as monthly_report_queries
from coop.places import actions as places
from coop.places.rules import above, level_of
from coop.snapshots import actions as snapshots
from coop.snapshots import queries as snapshot_queries
from coop.vault.rules import Vault
from coop.webhooks import actions as webhooks
from ledger.assets.rules import month_of
from ledger.books import queries as books
from ledger.details import actions as details
from ledger.log.rules import instant
from ledger.money import yuan
from ledger.spot_checks import actions as spot_checks
from ledger.spot_checks.rules import ends
from payouts.awards import actions as awards
from payouts.batches import actions as batches
from payouts.batches import queries as batch_queries
from payouts.batches.bank import Said
from payouts.candidates import actions as candidates
from payouts.policies import actions as policies
from payouts.runs import actions as runs
from payouts.runs.actions import Paper
from payouts.runs.rules import RunName
from payouts.ties import actions as ties
from payouts.township_policies import actions as township_policies
from payouts.township_policies.schemes import template
from schemas.access import HOUSE_WIDE
from schemas.awards import LeftOffice, PutInOrder
from schemas.batches import Batch, Outcome
from schemas.books import Detail
from schemas.charts import KeptBy
from schemas.evidence import EvidenceFile
from schemas.monthly_reports import ReportDue
from schemas.places import BookPlace, Place, PlaceLevel, VillageKind
from schemas.policies import PolicyKind
from schemas.rewards import Candidate, NewSheet, RewardPolicy
from schemas.runs import Document, RunKind
from schemas.snapshots import IncomePolicy
from schemas.webhooks import NewWebhook
from tests.builders import ACCOUNTANT, a_book
from tests.contracts.village import CONTRACT, find_pond, the_pond_leased
from tests.figures.given import parcel
from tests.pages.conftest import with_second_factor
from tests.people import PASSWORD, a_login, login_of, with_role
from tests.runs.years import OFFICER, at
from web import clock
from web.bank_line import take
from web.evidence_store import EvidenceStore

TOWNSHIP, VILLAGE, YEAR = "450000101", "450000101200", 2025
TIERS = RunName(book=TOWNSHIP, kind=RunKind.TIERS, year=YEAR, round=1)
ON, OVER = date(2026, 2, 2), date(2026, 2, 12)
RESOLUTION = "云岭镇会议2026-1"


def a_scan(store: EvidenceStore, *numbers: str) -> EvidenceFile:
    """A scan whose name is full of numbers."""
    (file,) = store.take([(f"决议{'和'.join(numbers)}.png", b"\x89PNG\r\n\x1a\n resolution")])
    return file


def carry_tiers(db: Connection, scan: EvidenceFile) -> None:
    """The order of two equals, the year's tiers posted, and one of the paid who left."""
    ties.put_in_order(
        db,
        PutInOrder(place=VILLAGE, order=("潘玉萍", "黎德"), resolution=RESOLUTION),
        township=TOWNSHIP,
        year=YEAR,
        paper=scan,
        by=ACCOUNTANT,
        at=at(ON),
    )
    runs.prepare(
        db,
        book=TOWNSHIP,
        kind=RunKind.TIERS,
        year=YEAR,
        by=ACCOUNTANT,
        on=ON,
        at=at(ON),
        resolution=RESOLUTION,
        papers=[Paper(file=scan, document=Document.ASSEMBLY)],
    )
    runs.publish(db, TIERS, by=ACCOUNTANT, on=ON, at=at(ON))
    runs.approve(db, TIERS, by=OFFICER, on=OVER, at=at(OVER))
    runs.post(db, TIERS, by=ACCOUNTANT, on=OVER, at=at(OVER))
    left = LeftOffice(village="450000101201", person="蓝永忠", on=date(2026, 3, 31), reason="辞职")
    awards.say_leaving(
        db, left, township=TOWNSHIP, by=ACCOUNTANT, on=date(2026, 4, 1), at=at(date(2026, 4, 1))
    )


def adopt_scheme(db: Connection, scan: EvidenceFile) -> None:
    """A county's scheme approved with its paper, a sheet on which two are equal across a boundary, and their order."""
    scheme = template("rongan").scheme
    version = township_policies.record_reward(
        db,
        RewardPolicy(year=YEAR, scheme=scheme, resolution=RESOLUTION),
        township=TOWNSHIP,
        by=ACCOUNTANT,
        at=at(ON),
    )
    where: dict[str, Any] = {"book": TOWNSHIP, "kind": PolicyKind.REWARD, "year": YEAR, "version": version}
    policies.attach_paper(db, scan, **where, by=ACCOUNTANT, at=at(ON))
    policies.approve(
        db,
        **where,
        resolution=RESOLUTION,
        sha256=scan.sha256,
        by=OFFICER,
        on=ON,
        at=at(ON),
    )
    sheet = tuple(Candidate(who=f"村{no}", score=9900 - no // 2 * 2, entitled=100_000) for no in range(1, 21))
    of: dict[str, Any] = {"township": TOWNSHIP, "year": YEAR, "version": version}
    candidates.write_sheet(db, NewSheet(period="2025", candidates=sheet), **of, by=ACCOUNTANT, at=at(ON))
    candidates.put_in_order(
        db,
        ("村3", "村2"),
        scan,
        resolution=RESOLUTION,
        **of,
        period="2025",
        by=ACCOUNTANT,
        at=at(ON),
    )


BESIDE_TOWNSHIP, BESIDE_VILLAGE, BESIDE_BOOK = "450000102", "450000102200", "jinlincun"
BESIDE = {
    "邻乡干部": ("township_officer", BESIDE_TOWNSHIP),
    "邻县干部": ("township_officer", "450001"),
    "邻乡会计": ("accountant", BESIDE_TOWNSHIP),
    "邻乡审核": ("reviewer", BESIDE_TOWNSHIP),
    "邻乡出纳": ("cashier", BESIDE_TOWNSHIP),
    "邻乡审计": ("auditor", BESIDE_TOWNSHIP),
    "邻乡管理": ("administrator", BESIDE_TOWNSHIP),
}
"""Officers of the next township and of the next county, and everybody else a township beside has."""
OF_HERE = "本乡干部"
"""The officer of the township itself, and of no other."""


def settle_beside(db: Connection, vault: Vault, *, at: datetime) -> None:
    """Two villages beside the township, one in the next county; a book in the nearer; the people of these places, and the
    officer of the township itself."""
    beside = (
        (BESIDE_TOWNSHIP, "邻近镇"), (BESIDE_VILLAGE, "近邻村"),
        ("450001", "相邻县"), ("450001101", "外邻镇"), ("450001101200", "外邻村"),
    )  # fmt: skip
    places.enter_many(db, [_place(code, name) for code, name in beside], by=ACCOUNTANT, at=at)
    a_book(db, BESIDE_BOOK, name="近邻村股份经济合作社", standard="collective-2023", parties="C001 C002")
    home = BookPlace(book=BESIDE_BOOK, village=BESIDE_VILLAGE, township=BESIDE_TOWNSHIP)
    places.settle_book(db, home, by=ACCOUNTANT, at=at)
    for name, (role, place) in {**BESIDE, OF_HERE: ("township_officer", TOWNSHIP)}.items():
        a_login(db, name, password=PASSWORD)
        with_role(db, name, role, f"place:{place}")
        if role == "township_officer":
            with_second_factor(db, name, vault, at=at)


def _place(code: str, name: str) -> Place:
    level = level_of(code)
    kind = VillageKind.ORDINARY if level is PlaceLevel.VILLAGE else None
    known = "" if level is PlaceLevel.COUNTY else above(code)
    return Place(code=code, name=name, level=level, kind=kind, parent=known)


def keep_collective(db: Connection, scan: EvidenceFile) -> None:
    """A pond of the village's collective, leased by a contract with its paper."""
    book = books.book(db, id=VILLAGE)
    assert book is not None
    find_pond(db, book)
    party = Detail(code="C901", name="下屯水产经营部", kind=KeptBy.COUNTERPARTY)
    details.add_many(db, [party], book=VILLAGE, by=ACCOUNTANT, at=at(ON))
    leased = replace(the_pond_leased(), counterparty=party.code)
    contracts.sign(db, leased, book=book, by=ACCOUNTANT, on=ON, at=at(ON))
    contracts.add_paper(db, scan, number=CONTRACT, book=book, by=ACCOUNTANT, at=at(ON))


def report_month(db: Connection, scan: EvidenceFile) -> None:
    """The December of the township and of its county reported, a scan standing for the printed pages."""
    for place in (TOWNSHIP, TOWNSHIP[:6]):
        due = ReportDue(place=place, month=YEAR * 100 + 12)
        said = monthly_report_queries.content(db, due, on=ON, at=at(ON))
        monthly_reports.keep(db, said, scan, by=ACCOUNTANT, at=at(ON))


def freeze_months(db: Connection, scan: EvidenceFile) -> None:
    """The months of the year frozen and ranked under an income policy with its paper, and an appeal on paper against a
    list."""
    version = township_policies.record_income(
        db, IncomePolicy(year=YEAR, resolution=RESOLUTION), township=TOWNSHIP, by=ACCOUNTANT, at=at(ON)
    )
    where: dict[str, Any] = {"book": TOWNSHIP, "kind": PolicyKind.INCOME, "year": YEAR, "version": version}
    policies.attach_paper(db, scan, **where, by=ACCOUNTANT, at=at(ON))
    policies.approve(db, **where, resolution=RESOLUTION, sha256=scan.sha256, by=OFFICER, on=ON, at=at(ON))
    of: dict[str, Any] = {"township": TOWNSHIP, "by": ACCOUNTANT, "on": ON, "at": at(ON)}
    snapshots.freeze(db, [YEAR * 100 + no for no in range(1, 13)], **of)
    snapshots.rank(db, snapshot_queries.ranks_due(db, until=instant(at(ON)))[TOWNSHIP], **of)
    lists.appeal(
        db, village="450000101202", month=YEAR * 100 + 12, text="单据在路上。", came=ON, scan=scan, **of
    )
    alerts.watch(db, [YEAR * 100 + 12], **of)
    alerts.tell(db, **of)
    alerts.explain(db, village="450000101202", number=1, text="单据在路上。", scan=scan, **of)


def enter_figures(db: Connection, scan: EvidenceFile) -> None:
    """Figures from outside of December collected, reviewed and entered, a scan standing for the file."""
    new = parcel(YEAR * 100 + 12, "450000101202 reported_income=32104.50", "450000101202 Q0001 persons=4")
    of: dict[str, Any] = {"township": TOWNSHIP, "on": ON, "at": at(ON)}
    number = figures.collect(db, replace(new, file=scan), by=ACCOUNTANT, **of).number
    asked = figure_queries.parcel(db, township=TOWNSHIP, number=number)
    doubts = figure_queries.compared(db, asked, township=TOWNSHIP, on=ON).doubts
    figures.answer(db, {one.key: "已核实" for one in doubts}, number=number, by=ACCOUNTANT, **of)
    figures.review(db, number=number, by=OFFICER, **of)
    figures.enter(db, number=number, by=OFFICER, **of)


def draw_spot_check(db: Connection, book: str) -> None:
    """This month drawn, as on the 1st of the next."""
    month = month_of(clock.now()[0])
    draw = spot_checks.draw(db, book=book, month=month, by=ACCOUNTANT, at=ends(month))
    assert draw is not None


def publish_order(db: Connection, book: str, scan: EvidenceFile) -> RunName:
    """An order of labour on notice since today."""
    on, now = clock.now()
    by = login_of(db, "覃会计").person
    run = runs.prepare(
        db,
        book=book,
        kind=RunKind.LABOUR,
        year=on.year,
        by=by,
        on=on,
        at=now,
        resolution="理字3号",
        papers=[Paper(file=scan, document=Document.ASSEMBLY)],
    )
    name = RunName(book=run.book, kind=run.kind, year=run.year, round=run.round)
    runs.publish(db, name, by=by, on=on, at=now)
    return name


def hear_of(db: Connection, batch: Batch, said: tuple[str, ...]) -> None:
    """The bank's words over the line: every line came back, with these reasons."""
    on, now = clock.now()
    lines = batch_queries.lines(db, batch)
    words = tuple(
        Said(
            reference=line.reference,
            amount=yuan(line.amount),
            outcome=Outcome.FAILED,
            on=on,
            code="other",
            said=text,
        )
        for line, text in zip(lines, said, strict=True)
    )
    take(db, book=batch.book, number=batch.number, said=words, on=on, at=now)


def read_back(db: Connection, batch: Batch, said: tuple[str, ...]) -> None:
    """The bank's return file, a workbook's rows: every line came back, with these reasons."""
    on, now = clock.now()
    rows = [
        (line.reference, yuan(line.amount), "账户冻结", text, on.isoformat())
        for line, text in zip(batch_queries.lines(db, batch), said, strict=True)
    ]
    titles = ("业务号", "金额", "结果", "原因", "日期")
    by = login_of(db, "黄出纳").person
    batches.take_file(db, batch.book, batch.number, [titles, *rows], by=by, on=on, at=now)


def subscribe(db: Connection, vault: Vault, url: str) -> None:
    """Somebody is told of everything from now on."""
    _, now = clock.now()
    by = access.rights_of(db, login_of(db, "零管理").person)
    webhooks.make(
        db,
        NewWebhook(url=url, scope=HOUSE_WIDE),
        secret=sha256(url.encode()).digest(),
        vault=vault,
        inside=True,
        by=by,
        at=now,
    )
