"""The writer: a read pack into the database, all of it or nothing, in the caller's transaction.

First everything the service knows already is compared with what the pack says (``known``), then everything is written
in the order it leans on: places, books, members, details, opening balances, vouchers, and the facts that name them.
What the ledger refuses is named where it stands in the workbook. A dry run is the same run, rolled back by the caller.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import islice

import msgspec

from coop.daybook import actions as daybook
from coop.handovers import actions as handovers
from coop.handovers import queries as known_handovers
from coop.herd import actions as herd
from coop.herd import queries as known_herd
from coop.income import actions as income
from coop.income import queries as known_income
from coop.members import actions as members
from coop.members import queries as known_members
from coop.places import actions as places
from coop.places import queries as known_places
from coop.places.rules import township_of
from coop.scoring import actions as scoring
from coop.scoring import queries as known_scores
from coop.shares import actions as shares
from coop.shares import queries as known_shares
from coop.vault.rules import Vault, digest
from ledger.balances import queries as balances
from ledger.books import actions as books
from ledger.charts.rules import movements
from ledger.details import actions as details
from ledger.details import queries as known_details
from ledger.evidence import actions as evidence
from ledger.log import actions as log
from ledger.people import actions as people
from ledger.seal.rules import OpeningLine, digest_of
from ledger.vouchers import actions as vouchers
from ledger.vouchers import queries as known_vouchers
from ledger.vouchers.rules import missing_runs, number_text
from payouts.policies import actions as policies
from payouts.township_policies import actions as township_policies
from payouts.township_policies import queries as known_policies
from schemas.books import BookKind, Detail
from schemas.charts import KeptBy, Standard
from schemas.evidence import EvidenceFile, MediaType, NewAttachment
from schemas.identity import IdentityKind
from schemas.members import CollectiveMember, Investment, MemberKind, SecretField
from schemas.packs import (
    Pack,
    PackCooperative,
    PackCorrectionKind,
    PackProblem,
    PackScan,
    PackVoucher,
)
from schemas.places import BookPlace, Office, Post
from schemas.problems import Problem, Refusal
from schemas.register import HeirNamed
from schemas.scores import Manager
from schemas.units import BookId, Fen, PersonId, Value, VoucherId
from schemas.vouchers import (
    Correction,
    CorrectionKind,
    MadeVoucher,
    NumberGap,
    Origin,
    VoucherDraft,
    VoucherLine,
    Word,
)
from web.database import Connection, count_rows
from web.i18n.words import N_
from web.imports import columns, facts, known
from web.imports.defects import Defect
from web.imports.findings import Area, Findings, in_order
from web.imports.plan import BookPlan, Manner, plan_books, village_of, year_of

BATCH = 2_000
"""Vouchers written at once: enough for long statements, few enough for a small memory."""

HEIRS_OF_NOTES = N_("Heirs named in 备注: {heirs}. Each is on record now, the numbers under seal.")
"""What a report says of the heirs it found in the notes of members who left."""

LONGEST_GAP = 9_999
"""Numbers in a row that a person may confirm as never used."""

gap_must_be_confirmed = Defect(
    code="gap_must_be_confirmed",
    zh="断号未确认",
    says="{number} of {year} was never used.",
    remedy="Say at the import who confirms it and why, or hand the voucher in.",
    note="缺号{number}",
)
movement_must_be_certain = Defect(
    code="movement_must_be_certain",
    zh="权益变动类型无法确定",
    says="The line on account {account} {detail} does not say why members' equity moved.",
    remedy="Name the source in 明细 as the account asks for it, or leave the voucher out and enter it in the service.",
    note="科目{account} {detail}",
)
gap_must_be_credible = Defect(
    code="gap_must_be_credible",
    zh="断号过多",
    says="{count} numbers in a row were never used ({number}): one of the numbers beside them is wrong.",
    remedy="Correct the voucher's number.",
    note="{number}共{count}个",
)
scan_must_be_in_the_store = Defect(
    code="scan_must_be_in_the_store",
    zh="附件未保存",
    says="The scan {scan} was not kept before the import.",
    remedy="Import the pack again.",
    note="{scan}",
)


class BookEntry(Value):
    """What a pack brought of a book: how many of each, and the sums of its trial balance at the end of the year."""

    book: BookId
    name: str
    short_name: str
    kind: BookKind
    year: int
    manner: Manner
    members: int = 0
    heirs: int = 0
    counterparties: int = 0
    openings: int = 0
    vouchers: int = 0
    lines: int = 0
    gaps: int = 0
    share_movements: int = 0
    trades: int = 0
    work_days: int = 0
    animals: int = 0
    ballots: int = 0
    scans: int = 0
    debit: Fen = 0
    credit: Fen = 0


class EntryReport(Value):
    """What taking a pack in did. ``pack`` is the digest of all it says, ``digest`` that of this report: a dry run
    and the real run have the same. ``changed`` is False when everything was known; ``township`` counts the new
    places, thresholds, scores, cadres and bonus schemes."""

    pack: str
    name: str
    year: int
    changed: bool
    books: tuple[BookEntry, ...]
    township: Mapping[str, int] = {}
    digest: str = ""


class EntryRefused(Exception):
    """A pack that cannot be taken in as it stands, with everything that is wrong; the caller rolls back."""

    def __init__(self, problems: Iterable[PackProblem]) -> None:
        self.problems = tuple(sorted(problems, key=in_order))
        super().__init__("; ".join(problem.says.format_map(problem.figures) for problem in self.problems))


def enter_pack(
    db: Connection,
    pack: Pack,
    *,
    name: str,
    by: PersonId,
    on: date,
    at: datetime,
    vault: Vault,
    stored: Container[str],
    gaps_reason: str = "",
    progress: Callable[[int, int], None] = lambda _done, _whole: None,
) -> EntryReport:
    """Take a pack in. ``stored`` are the digests of the scans kept in the evidence store before; ``gaps_reason`` says
    why numbers are missing, confirmed by ``by``. ``progress`` is told how many vouchers of how many are in.

    The same pack twice changes nothing. Raises ``EntryRefused`` with every finding when a known row differs, a new
    year does not follow on, a gap is not confirmed, or the ledger refuses a row; nothing of it may then be committed.
    """
    said = digest_of(pack)
    if known_handovers.handover(db, digest=said) is not None:
        return _report(EntryReport(pack=said, name=name, year=year_of(pack), changed=False, books=()))
    plans = plan_books(db, pack)
    for plan in sorted(plans, key=lambda plan: plan.book.id):
        if plan.manner is not Manner.OPEN:
            log.lock(db, book=plan.book.id)
    log.lock(db, book=log.HOUSE)
    entry = _Entry(db, pack, plan_books(db, pack), by=by, on=on, at=at, vault=vault, progress=progress)
    entry.judge(stored=stored, gaps_reason=gaps_reason)
    entry.write(gaps_reason=gaps_reason)
    count_rows(db)
    return _report(entry.report(said, name=name))


def _report(report: EntryReport) -> EntryReport:
    return msgspec.structs.replace(report, digest=digest_of(report))


class _Entry:
    """One pack being taken in."""

    def __init__(
        self,
        db: Connection,
        pack: Pack,
        plans: Sequence[BookPlan],
        *,
        by: PersonId,
        on: date,
        at: datetime,
        vault: Vault,
        progress: Callable[[int, int], None],
    ) -> None:
        self.db, self.pack, self.plans = db, pack, plans
        self.by, self.on, self.at, self.vault, self.progress = by, on, at, vault, progress
        self.year = year_of(pack)
        self.findings = Findings()
        self.counts: dict[BookId, dict[str, int]] = {plan.book.id: {} for plan in plans}
        self.of_township: dict[str, int] = {}
        self.done = 0
        self.whole = sum(len(plan.vouchers) for plan in plans if plan.manner is not Manner.COMPARE)

    def refuse(self) -> None:
        """Stop when anything was found."""
        if self.findings.problems:
            raise EntryRefused(self.findings.problems)

    # Judging

    def judge(self, *, stored: Container[str], gaps_reason: str) -> None:
        """Everything that can be told before a row is written."""
        known.judge_township(self.db, self.pack, self.findings, year=self.year)
        for plan in self.plans:
            known.judge_book(self.db, plan, self.findings, vault=self.vault)
            if plan.manner is not Manner.COMPARE:
                self._judge_movements(plan)
                self._judge_gaps(plan, confirmed=bool(gaps_reason.strip()))
        for scan in self.pack.scans:
            if scan.sha256 not in stored:
                self.findings.report_file(scan_must_be_in_the_store, scan.path, scan=scan.path)
        self.refuse()

    def _judge_gaps(self, plan: BookPlan, *, confirmed: bool) -> None:
        for word, first, last in _gaps(plan.vouchers):
            credible = last - first < LONGEST_GAP
            if credible and confirmed:
                continue
            text = "至".join(number_text(word, number) for number in sorted({first, last}))
            self.findings.report(
                gap_must_be_confirmed if credible else gap_must_be_credible,
                plan.voucher_sheet,
                raw=text,
                number=text,
                year=plan.year,
                count=last - first + 1,
            )

    def _judge_movements(self, plan: BookPlan) -> None:
        """Equity lines whose movement cannot be told, where they stand."""
        standard = plan.standard
        between = _transferring(plan)
        for voucher in plan.vouchers:
            if voucher.corrects is not None and voucher.corrects.kind is PackCorrectionKind.CANCELS:
                continue
            if not any(_moves_equity(standard, line.account) for line in voucher.lines):
                continue
            lines = facts.lines_of(voucher, standard=standard, transferring=between.get(voucher.number, ()))
            for row, line in zip(voucher.lines, lines, strict=True):
                if _moves_equity(standard, line.account) and not line.movement:
                    self.findings.report(
                        movement_must_be_certain,
                        plan.voucher_sheet,
                        (row.row, "明细"),
                        raw=line.detail,
                        account=line.account,
                        detail=line.detail,
                    )

    # Writing

    def write(self, *, gaps_reason: str) -> None:
        """Everything new, in the order it leans on."""
        self._write_places()
        ids: dict[BookId, Mapping[str, VoucherId]] = {}
        for plan in self.plans:
            if plan.manner is not Manner.COMPARE:
                ids[plan.book.id] = self._write_book(plan, gaps_reason=gaps_reason)
        self.refuse()
        self._link()
        self._write_township()
        for plan in self.plans:
            self._attach(plan, ids.get(plan.book.id))
        self._prove()
        self.refuse()

    def _write_places(self) -> None:
        named = known.places_of(self.pack)
        there = known_places.places(self.db, codes=(place.code for place in named))
        new = [place for place in named if place.code not in there]
        places.enter_many(self.db, new, by=self.by, at=self.at)
        self.of_township["places"] = len(new)

    def _write_book(self, plan: BookPlan, *, gaps_reason: str) -> Mapping[str, VoucherId]:
        who = self._know_people(plan)
        if plan.manner is Manner.OPEN:
            books.open_book(self.db, plan.book, by=self.by, on=self.on, at=self.at)
            self._settle(plan)
        if plan.cooperative is not None:
            self._write_members(plan, plan.cooperative, who)
        self._write_details(plan)
        if plan.manner is Manner.OPEN:
            self._write_openings(plan)
        ids = self._write_vouchers(plan, who)
        if ids is None:
            return {}
        self._confirm_gaps(plan, gaps_reason)
        if plan.cooperative is not None:
            self._write_facts(plan, plan.cooperative, ids)
        return ids

    def _count(self, plan: BookPlan, **counted: int) -> None:
        self.counts[plan.book.id] |= counted

    def _know_people(self, plan: BookPlan) -> Mapping[str, PersonId]:
        names = {name for voucher in plan.vouchers for name in (voucher.prepared_by, voucher.reviewed_by)}
        if plan.cooperative is not None:
            names |= {name for post in Post if (name := getattr(plan.cooperative.info, post.value))}
        return people.know(self.db, names, known_from=plan.book.id, by=self.by, at=self.at)

    def _settle(self, plan: BookPlan) -> None:
        village = plan.book.id
        if plan.cooperative is not None:
            village = plan.cooperative.info.village_code
        where = BookPlace(book=plan.book.id, village=village, township=township_of(village))
        places.settle_book(self.db, where, by=self.by, at=self.at)
        if plan.cooperative is not None:
            places.enter_unit(
                self.db,
                facts.unit_of(plan.cooperative.info),
                book=plan.book.id,
                vault=self.vault,
                by=self.by,
                at=self.at,
            )

    def _write_members(self, plan: BookPlan, pack: PackCooperative, who: Mapping[str, PersonId]) -> None:
        book = plan.book.id
        there = known_members.members(self.db, book=book)
        new = [facts.member_of(row) for row in pack.members if row.number not in there]
        members.enter_many(self.db, new, book=book, vault=self.vault, by=self.by, at=self.at)
        left = {
            row.number: (row.left_on, facts.note_of(row))
            for row in pack.members
            if row.number in there and row.left_on is not None and there[row.number].left_on is None
        }
        members.leave_many(self.db, left, book=book, vault=self.vault, by=self.by, at=self.at)
        self._name_heirs(plan, pack)
        outside = known_members.counterparties(self.db, book=book)
        units = [facts.counterparty_of(row) for row in pack.counterparties if row.code not in outside]
        members.enter_counterparties(self.db, units, book=book, by=self.by, at=self.at)
        offices = [
            Office(year=plan.year, post=post, person=who[name])
            for post in Post
            if (name := getattr(pack.info, post.value))
        ]
        places.name_officers(self.db, offices, book=book, by=self.by, at=self.at)
        managers = [
            Manager(year=plan.year, member=one.member, village=one.village) for one in pack.info.managers
        ]
        scoring.name_managers(self.db, managers, book=book, by=self.by, at=self.at)
        self._count(plan, members=len(new), counterparties=len(units))

    def _name_heirs(self, plan: BookPlan, pack: PackCooperative) -> None:
        """The heirs the 备注 of members who left names, as records of their own: their numbers are sealed there."""
        book = plan.book.id
        there = {
            (
                heir.member,
                known_members.heir_secrets(self.db, book=book, heir=heir.heir)[SecretField.IDENTITY].digest,
            )
            for heir in known_members.heirs(self.db, book=book)
        }
        named = [
            HeirNamed(
                on=self.on,
                member=row.number,
                name=heir.name,
                identity=heir.identity,
                phone=heir.phone,
                bank_account=heir.bank_account,
                account_kind=heir.account_kind,
            )
            for row in pack.members
            for heir in facts.heirs_in(row)
            if (row.number, digest(self.vault, heir.identity, IdentityKind.CITIZEN)) not in there
        ]
        for heir in named:
            members.name_heir(self.db, heir, book=book, vault=self.vault, by=self.by, at=self.at)
        self._count(plan, heirs=len(named))

    def _write_details(self, plan: BookPlan) -> None:
        """Every name the vouchers, the openings and the herd use that is no member and no counterparty."""
        used = facts.details_used(
            plan.vouchers,
            ((row.account, row.detail) for row in plan.openings),
            standard=plan.standard,
        )
        units = dict.fromkeys(used, "")
        if plan.cooperative is not None:
            units |= {row.batch: "头" for row in plan.cooperative.animals if row.batch}
            units |= {row.product: row.unit for row in plan.cooperative.trades if row.product in used}
        there = known_details.details(self.db, book=plan.book.id)
        new = [
            Detail(code=name, name=name, kind=KeptBy.NAME, unit=unit)
            for name, unit in sorted(units.items())
            if name not in there
        ]
        details.add_many(self.db, new, book=plan.book.id, by=self.by, at=self.at)

    def _write_openings(self, plan: BookPlan) -> None:
        rows = [row for row in plan.openings if row.debit or row.credit]
        if not rows:
            return
        lines = [
            OpeningLine(
                account=row.account, detail=row.detail, debit=row.debit, credit=row.credit, quantity=0
            )
            for row in rows
        ]
        try:
            books.enter_openings(self.db, lines, book=plan.book.id, by=self.by, on=self.on, at=self.at)
        except Refusal as refused:
            for problem in refused.problems:
                place, _, of = problem.pointer.removeprefix("/").partition("/")
                row = rows[int(place)].row if place else None
                self._report(plan.opening_sheet, problem, row, _OPENING_COLUMNS.get(of, "科目编码"))
        self._count(plan, openings=len(lines))

    def _report(self, area: Area, problem: Problem, row: int | None, column: str) -> None:
        """A problem of the ledger, in its own words, as a finding where it stands."""
        defect = Defect(code=problem.code, zh=_NOT_BY_THE_RULES, says=problem.says, remedy=problem.remedy)
        at = None if row is None else (row, column)
        self.findings.report(defect, area, at, more=problem.figures)

    def _write_vouchers(self, plan: BookPlan, who: Mapping[str, PersonId]) -> Mapping[str, VoucherId] | None:
        """The vouchers in posting order, batch by batch; their ids by number. None when the ledger refuses any."""
        made = _Making(self.db, plan, who)
        ordered = iter(facts.in_posting_order(plan.vouchers))
        lines = 0
        while batch := list(islice(ordered, BATCH)):
            try:
                posted = vouchers.record_many(
                    self.db,
                    [made.voucher(voucher) for voucher in batch],
                    book=plan.book.id,
                    by=self.by,
                    on=self.on,
                    at=self.at,
                )
            except Refusal as refused:
                self._report_vouchers(plan, batch, refused.problems)
                return None
            assert [one.id for one in posted] == [made.ids[voucher.number] for voucher in batch]
            lines += sum(len(voucher.lines) for voucher in batch)
            self.done += len(batch)
            self.progress(self.done, self.whole)
        self._count(plan, vouchers=len(plan.vouchers), lines=lines)
        return made.ids

    def _report_vouchers(
        self, plan: BookPlan, batch: Sequence[PackVoucher], problems: Iterable[Problem]
    ) -> None:
        for problem in problems:
            place, _, of = problem.pointer.removeprefix("/").partition("/")
            voucher = batch[int(place)]
            line, _, field = of.removeprefix("lines/").partition("/")
            row = voucher.lines[int(line)].row if of.startswith("lines/") else voucher.lines[0].row
            column = _VOUCHER_COLUMNS.get(field if of.startswith("lines/") else of, "凭证号")
            self._report(plan.voucher_sheet, problem, row, column)

    def _confirm_gaps(self, plan: BookPlan, reason: str) -> None:
        gaps = [
            NumberGap(year=plan.year, word=word, number=number, confirmed_by=self.by, reason=reason)
            for word, first, last in _gaps(plan.vouchers)
            for number in range(first, last + 1)
        ]
        vouchers.confirm_gaps(self.db, gaps, book=plan.book.id, at=self.at)
        self._count(plan, gaps=len(gaps))

    def _write_facts(self, plan: BookPlan, pack: PackCooperative, ids: Mapping[str, VoucherId]) -> None:
        book = plan.book.id
        rows = [
            row
            for row in facts.in_register_order(pack.shares)
            if plan.manner is Manner.OPEN or row.on.year >= plan.year
        ]
        moved = facts.movements_of(
            rows,
            ids=ids,
            cancels={
                voucher.number: voucher.corrects.number
                for voucher in plan.vouchers
                if voucher.corrects is not None and voucher.corrects.kind is PackCorrectionKind.CANCELS
            },
            first=known_shares.last_movement(self.db, book=book) + 1,
        )
        try:
            shares.record_many(self.db, moved, book=book, by=self.by, at=self.at)
        except Refusal as refused:
            for problem in refused.problems:
                self._report(plan.sheet(columns.SHARES.sheet), problem, None, "金额")
        trades = [facts.trade_of(row) for row in pack.trades]
        daybook.record_trade(self.db, trades, book=book, by=self.by, at=self.at)
        days = [facts.work_day_of(row) for row in pack.work_days]
        daybook.record_labour(self.db, days, book=book, by=self.by, at=self.at)
        self._write_herd(plan, pack)
        ballots = [facts.ballot_of(row) for row in pack.ballots]
        scoring.cast_many(self.db, ballots, book=book, by=self.by, at=self.at)
        policies.take_policy(self.db, facts.policy_of(pack.policy), book=book, by=self.by, at=self.at)
        self._count(
            plan,
            share_movements=len(moved),
            trades=len(trades),
            work_days=len(days),
            ballots=len(ballots),
        )

    def _write_herd(self, plan: BookPlan, pack: PackCooperative) -> None:
        book = plan.book.id
        there = {animal.ear_tag: animal for animal in known_herd.animals(self.db, book=book)}
        counterparties = {row.code for row in pack.counterparties}
        numbers = {row.number for row in pack.members}
        animals = [
            facts.animal_of(row, counterparties=counterparties, members=numbers) for row in pack.animals
        ]
        new = [animal for animal in animals if animal.ear_tag not in there]
        herd.enter_many(self.db, new, book=book, by=self.by, at=self.at)
        left = {
            animal.ear_tag: animal.leaving
            for animal in animals
            if animal.leaving is not None
            and animal.ear_tag in there
            and there[animal.ear_tag].leaving is None
        }
        herd.record_leaving(self.db, left, book=book, by=self.by, at=self.at)
        self._count(plan, animals=len(new))

    # What leans on several books

    def _link(self) -> None:
        """Which member is which village's collective, and which 长期投资 is in which cooperative."""
        cooperatives = {
            plan.book.short_name: plan.book.id for plan in self.plans if plan.cooperative is not None
        }
        for plan in self.plans:
            if plan.manner is Manner.COMPARE:
                continue
            if plan.cooperative is not None:
                self._link_members(plan, plan.cooperative)
            else:
                self._link_investments(plan, cooperatives)

    def _link_members(self, plan: BookPlan, pack: PackCooperative) -> None:
        there = {link.member for link in known_members.collective_members(self.db, book=plan.book.id)}
        links = [
            CollectiveMember(member=row.number, village=village)
            for row in pack.members
            if row.kind is MemberKind.COLLECTIVE
            and row.number not in there
            and (village := village_of(row.name, self.pack.township.villages)) is not None
        ]
        members.link_collectives(self.db, links, book=plan.book.id, by=self.by, at=self.at)

    def _link_investments(self, plan: BookPlan, cooperatives: Mapping[str, BookId]) -> None:
        there = {link.detail for link in known_members.investments(self.db, book=plan.book.id)}
        account = known_shares.LONG_TERM_INVESTMENT
        named = {row.detail for row in plan.openings if row.account == account} | {
            line.detail for voucher in plan.vouchers for line in voucher.lines if line.account == account
        }
        links = [
            Investment(detail=detail, cooperative=cooperatives[detail])
            for detail in sorted(named - there)
            if detail in cooperatives
        ]
        members.link_investments(self.db, links, book=plan.book.id, by=self.by, at=self.at)

    def _write_township(self) -> None:
        township = self.pack.township
        codes = sorted({township_of(village.code) for village in township.villages})
        thresholds = [
            facts.threshold_of(row, region=code)
            for code in codes
            for row in township.thresholds
            if (row.kind, row.measure) not in known_income.thresholds(self.db, region=code, year=row.year)
        ]
        income.set_thresholds(self.db, thresholds, by=self.by, at=self.at)
        scores = [
            facts.village_score_of(row)
            for row in township.scores
            if row.village not in known_scores.village_scores(self.db, township=row.village, year=row.year)
        ]
        scoring.score_villages(self.db, scores, by=self.by, at=self.at)
        graded = {
            key for code in codes for key in known_scores.cadres(self.db, township=code, year=self.year)
        }
        cadres = [
            facts.cadre_of(row, year=self.year)
            for row in township.cadres
            if (row.village, row.name) not in graded
        ]
        scoring.grade_cadres(self.db, cadres, by=self.by, at=self.at)
        schemes = [
            facts.bonus_of(row, township=code)
            for code in codes
            for row in township.bonuses
            if row.level not in known_policies.bonus_schemes(self.db, township=code, year=row.year)
        ]
        township_policies.take_bonuses(self.db, schemes, by=self.by, at=self.at)
        self.of_township |= {
            "thresholds": len(thresholds),
            "village_scores": len(scores),
            "cadres": len(cadres),
            "bonus_schemes": len(schemes),
        }

    def _attach(self, plan: BookPlan, ids: Mapping[str, VoucherId] | None) -> None:
        scans = [scan for scan in self.pack.scans if scan.book == plan.book.short_name]
        if ids is None:
            ids = self._known_ids(plan, scans)
        new = [
            NewAttachment(voucher=ids[scan.voucher], file=_file_of(scan))
            for scan in scans
            if scan.voucher in ids
        ]
        outcomes = evidence.attach_many(self.db, new, book=plan.book.id, by=self.by, at=self.at, atomic=True)
        self._count(plan, scans=sum(not outcome.replayed for outcome in outcomes))

    def _known_ids(self, plan: BookPlan, scans: Iterable[PackScan]) -> Mapping[str, VoucherId]:
        found = {}
        for number in sorted({scan.voucher for scan in scans}):
            word, of = facts.number_of(number)
            voucher = known_vouchers.voucher_numbered(
                self.db, book=plan.book.id, year=plan.year, word=word, number=of
            )
            if voucher is not None:
                found[number] = voucher.id
        return found

    def _prove(self) -> None:
        """The register equals the account 股金 after what was written, member by member."""
        for plan in self.plans:
            if plan.manner is Manner.COMPARE:
                continue
            for problem in known_shares.register_differences(
                self.db, book=plan.book, until=plan.year * 100 + 12
            ):
                self._report(plan.sheet(columns.SHARES.sheet), problem, None, "金额")

    def report(self, said: str, *, name: str) -> EntryReport:
        """What was done; written down in the chains when anything was."""
        changed = any(
            plan.manner is not Manner.COMPARE or self.counts[plan.book.id].get("scans") for plan in self.plans
        ) or any(self.of_township.values())
        if changed:
            handovers.record(
                self.db,
                digest=said,
                name=name,
                brought={
                    plan.book.id: (plan.year, plan.workbook)
                    for plan in self.plans
                    if plan.manner is not Manner.COMPARE
                },
                by=self.by,
                at=self.at,
            )
        return EntryReport(
            pack=said,
            name=name,
            year=self.year,
            changed=changed,
            books=tuple(self._entry(plan) for plan in self.plans),
            township=self.of_township,
        )

    def _entry(self, plan: BookPlan) -> BookEntry:
        closing = [
            row.closing
            for row in balances.details_between(
                self.db,
                book=plan.book.id,
                from_period=plan.year * 100 + 1,
                to_period=plan.year * 100 + 12,
            )
        ]
        return BookEntry(
            book=plan.book.id,
            name=plan.book.name,
            short_name=plan.book.short_name,
            kind=plan.book.kind,
            year=plan.year,
            manner=plan.manner,
            debit=sum(balance for balance in closing if balance > 0),
            credit=-sum(balance for balance in closing if balance < 0),
            **self.counts[plan.book.id],
        )


_NOT_BY_THE_RULES = "不符合账务规则"
_OPENING_COLUMNS = {"account": "科目编码", "detail": "明细", "debit": "借方", "credit": "贷方"}
_VOUCHER_COLUMNS = {
    "date": "日期",
    "number": "凭证号",
    "summary": "摘要",
    "account": "科目编码",
    "detail": "明细",
    "quantity": "数量",
    "debit": "借方金额",
    "credit": "贷方金额",
    "movement": "明细",
    "reviewed_by": "审核",
    "corrects/voucher": "摘要",
}


class _Making:
    """The vouchers of one book as the ledger takes them, with the ids they will have."""

    def __init__(self, db: Connection, plan: BookPlan, who: Mapping[str, PersonId]) -> None:
        self.db, self.plan, self.who = db, plan, who
        self.standard = plan.standard
        self.between = _transferring(plan)
        self.last = log.lock(db, book=plan.book.id).vouchers
        self.ids: dict[str, VoucherId] = {}
        self.cancelled: set[str] = set()
        self.to_cancel = {
            voucher.corrects.number
            for voucher in plan.vouchers
            if voucher.corrects is not None and voucher.corrects.kind is PackCorrectionKind.CANCELS
        }
        self.lines: dict[str, tuple[VoucherLine, ...]] = {}

    def voucher(self, pack: PackVoucher) -> MadeVoucher:
        """The next voucher in posting order."""
        self.last += 1
        self.ids[pack.number] = self.last
        cancels = pack.corrects is not None and pack.corrects.kind is PackCorrectionKind.CANCELS
        lines = facts.lines_of(
            pack,
            standard=self.standard,
            transferring=self.between.get(pack.number, ()),
            cancelled=self.lines.get(pack.corrects.number) if cancels and pack.corrects else None,
        )
        if pack.number in self.to_cancel:
            self.lines[pack.number] = lines
        word, number = facts.number_of(pack.number)
        return MadeVoucher(
            draft=VoucherDraft(
                date=pack.on,
                lines=lines,
                word=word,
                originals=pack.originals,
                corrects=self._corrects(pack),
            ),
            origin=Origin.IMPORT,
            prepared_by=self.who[pack.prepared_by],
            reviewed_by=self.who[pack.reviewed_by],
            number=number,
        )

    def _corrects(self, pack: PackVoucher) -> Correction | None:
        """What a voucher corrects. 订正 books anew what was cancelled; of a voucher that still stands it books the
        difference. A voucher of an earlier year is linked where the book holds it."""
        of = pack.corrects
        if of is None:
            return None
        if of.year is not None and of.year != self.plan.year:
            word, number = facts.number_of(of.number)
            before = known_vouchers.voucher_numbered(
                self.db, book=self.plan.book.id, year=of.year, word=word, number=number
            )
            return None if before is None else Correction(kind=CorrectionKind.BLUE, voucher=before.id)
        named = self.ids.get(of.number)
        assert named is not None, "the reader refuses a correction of an unknown or later voucher"
        if of.kind is PackCorrectionKind.CANCELS:
            self.cancelled.add(of.number)
            return Correction(kind=CorrectionKind.RED, voucher=named)
        kind = CorrectionKind.BLUE if of.number in self.cancelled else CorrectionKind.DIFFERENCE
        return Correction(kind=kind, voucher=named)


def _moves_equity(standard: Standard, account: str) -> bool:
    return account in standard.accounts and bool(movements(standard.accounts[account]))


def _transferring(plan: BookPlan) -> Mapping[str, frozenset[str]]:
    if plan.cooperative is None:
        return {}
    return facts.transferring(facts.in_register_order(plan.cooperative.shares))


def _gaps(vouchers: Iterable[PackVoucher]) -> tuple[tuple[Word, int, int], ...]:
    """The numbers never used, by word, in runs."""
    used: dict[Word, list[int]] = {}
    for voucher in vouchers:
        word, number = facts.number_of(voucher.number)
        used.setdefault(word, []).append(number)
    return tuple(
        (word, first, last) for word, numbers in sorted(used.items()) for first, last in missing_runs(numbers)
    )


def _file_of(scan: PackScan) -> EvidenceFile:
    return EvidenceFile(
        sha256=scan.sha256,
        media_type=MediaType(scan.media_type),
        size=scan.size,
        name=scan.path.rpartition("/")[2],
    )
