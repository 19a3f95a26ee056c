"""Judging a pack against what the service knows already, before anything is written."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

from coop.daybook import queries as daybook
from coop.handovers import queries as handovers
from coop.herd import queries as herd
from coop.identity import masked, masked_text
from coop.income import queries as income
from coop.members import queries as members
from coop.members import rules as member_rules
from coop.places import queries as places
from coop.places.rules import township_of
from coop.scoring import queries as scoring
from coop.shares import queries as shares
from coop.shares.rules import class_of
from coop.vault.rules import Vault, digest
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.people import queries as people
from ledger.vouchers import queries as vouchers
from payouts.policies import queries as policies
from payouts.township_policies import queries as township_policies
from schemas.herd import Animal
from schemas.identity import IdentityKind
from schemas.labour import WorkDay
from schemas.members import Member, SecretField
from schemas.packs import AnimalRow, MemberRow, Pack, PackCooperative, ShareRow, SheetRow
from schemas.places import Place, PlaceLevel, Post
from schemas.shares import Movement
from schemas.trade import Trade
from web.database import Connection
from web.imports import columns, compare, facts
from web.imports.columns import Column, Layout
from web.imports.compare import Said
from web.imports.findings import Area, Findings
from web.imports.plan import BookPlan, Manner, townships_of

R = TypeVar("R", bound=SheetRow)

_OFFICES = {"理事长": Post.CHAIR, "会计": Post.ACCOUNTANT, "出纳": Post.CASHIER, "计分员": Post.SCORE_KEEPER}


def judge_book(db: Connection, plan: BookPlan, findings: Findings, *, vault: Vault) -> None:
    """Everything of a known book that the pack says otherwise."""
    if plan.manner is Manner.OPEN:
        return
    if plan.manner is Manner.REFUSE:
        findings.report(
            compare.year_must_follow_on,
            plan.voucher_sheet,
            raw=str(plan.year),
            year=plan.year,
            first=plan.book.first_year,
            last=plan.last_year,
        )
        return
    if plan.cooperative is not None:
        _Unit(db, plan, plan.cooperative, findings, vault).judge()
    if plan.manner is Manner.APPEND or plan.year == plan.book.first_year:
        compare.compare_openings(
            findings,
            plan.opening_sheet,
            closing=balances.details_between(
                db, book=plan.book.id, from_period=plan.year * 100, to_period=plan.year * 100
            ),
            accounts=books.accounts(db, book=plan.book),
            openings=plan.openings,
            year=plan.year,
        )
    if plan.manner is Manner.COMPARE:
        known = vouchers.posted_in_order(db, book=plan.book.id, year=plan.year)
        compare.compare_vouchers(
            findings,
            plan.voucher_sheet,
            known=known,
            names=people.names_of(
                db, {person for one in known for person in (one.prepared_by, one.reviewed_by) if person}
            ),
            vouchers=plan.vouchers,
            year=plan.year,
        )


class _Unit:
    """A known cooperative and the sheets of its workbook."""

    def __init__(
        self, db: Connection, plan: BookPlan, pack: PackCooperative, findings: Findings, vault: Vault
    ) -> None:
        self.db, self.plan, self.pack, self.findings, self.vault = db, plan, pack, findings, vault
        self.book = plan.book.id
        self.again = plan.manner is Manner.COMPARE
        brought = handovers.years_brought(db, book=self.book).get(plan.year)
        pack_before = handovers.handover(db, digest=brought) if brought is not None else None
        self.known_at = None if pack_before is None else pack_before.at

    def judge(self) -> None:
        """Sheet by sheet. In a new year only what does not belong to a year is compared."""
        self._info()
        self._members()
        self._counterparties()
        self._shares()
        self._animals()
        if self.again:
            self._trade()
            self._labour()
            self._ballots()
            self._policy()

    def _info(self) -> None:
        area, info = self.plan.sheet(columns.INFO), self.pack.info
        unit = places.unit(self.db, book=self.book)
        where = places.book_place(self.db, book=self.book)
        said = [
            compare.field("单位名称", self.plan.book.name, info.name),
            compare.field("单位简称", self.plan.book.short_name, info.short_name),
            compare.field("村编码", where and where.village, info.village_code),
        ]
        if unit is not None:
            kept = places.bank_account_digest(self.db, book=self.book)
            said += [
                compare.field("统一社会信用代码", unit.credit_code, info.credit_code),
                compare.field("建账日期", unit.founded_on, info.founded_on),
                compare.field("开户行", unit.bank, info.bank),
                self._number("银行账号", unit.bank_account, kept, info.bank_account, IdentityKind.CORPORATE),
            ]
        if self.again:
            offices = places.offices(self.db, book=self.book, year=self.plan.year)
            names = people.names_of(self.db, (one.person for one in offices))
            held = {one.post: names[one.person] for one in offices}
            said += [
                compare.field(item, held.get(post, ""), getattr(info, post.value))
                for item, post in _OFFICES.items()
            ]
            managers = {
                (one.member, one.village)
                for one in scoring.managers(self.db, book=self.book, year=self.plan.year)
            }
            now = {(one.member, one.village) for one in info.managers}
            said.append(compare.field("管理员", sorted(managers), sorted(now)))
        for item in said:
            compare.compare_row(self.findings, area, None, item.column, (item,))

    def _number(self, column: str, known: str, kept: str, new: str, kind: IdentityKind) -> Said:
        """A sealed number against the one of the pack, by digest, neither of them shown."""
        same = kept == digest(self.vault, new, kind) if new else not kept
        return Said(column=column, known=known, raw=masked(new, kind), same=same)

    def _members(self) -> None:
        area = self.plan.sheet(columns.MEMBERS.sheet)
        known = members.members(self.db, book=self.book)
        kept = members.secret_digests(self.db, book=self.book)
        for row in self.pack.members:
            member = known.get(row.number)
            if member is not None:
                said = [*self._member(row, member), *self._secrets(row, member, kept)]
                compare.compare_row(self.findings, area, row.row, row.number, said)
        self._keys(area, "成员编号", {row.number: row.row for row in self.pack.members}, known.keys())

    def _member(self, row: MemberRow, member: Member) -> tuple[Said, ...]:
        known: dict[str, object] = {
            "户编号": member.household,
            "姓名": member.name,
            "类别": member.kind,
            "开户行": member.bank,
            "账户类型": member.account_kind,
            "入社日期": member.joined_on,
            "脱贫户": member.poverty_exit,
        }
        if self.again or member.left_on is not None:
            known["退社日期"] = member.left_on
        return compare.said(columns.MEMBERS, row, known)

    def _secrets(
        self, row: MemberRow, member: Member, kept: Mapping[tuple[str, SecretField], str]
    ) -> list[Said]:
        pieces = member_rules.identity_data(facts.member_of(row))
        shown = {
            SecretField.IDENTITY: ("身份证号", member.identity),
            SecretField.PHONE: ("手机号", member.phone),
            SecretField.BANK_ACCOUNT: ("银行账号", member.bank_account),
        }
        leaves = not self.again and member.left_on is None and row.left_on is not None
        if not leaves:  # who leaves has a new note that says why
            shown[SecretField.NOTE] = ("备注", member.note)
        said = []
        for field, (column, known) in shown.items():
            text, kind = pieces.get(field, ("", IdentityKind.NOTE))
            before = kept.get((row.number, field), "")
            if field is SecretField.NOTE and not before and not text:
                said.append(compare.field(column, known, masked_text(row.remark)))
            else:
                said.append(self._number(column, known, before, text, kind))
        return said

    def _counterparties(self) -> None:
        area = self.plan.sheet(columns.COUNTERPARTIES.sheet)
        known = members.counterparties(self.db, book=self.book)
        for row in self.pack.counterparties:
            before = known.get(row.code)
            if before is not None:
                said = compare.said(columns.COUNTERPARTIES, row, {"名称": before.name, "类别": before.kind})
                compare.compare_row(self.findings, area, row.row, row.code, said)
        self._keys(area, "编号", {row.code: row.row for row in self.pack.counterparties}, known.keys())

    def _shares(self) -> None:
        """The register since the founding: every year before, and this one when it was taken in before."""
        last = self.plan.year if self.again else self.plan.year - 1
        known = [
            movement
            for movement in shares.movements(
                self.db, book=self.book, known_at=self.known_at if self.again else None
            )
            if movement.on.year <= last
        ]
        names = ("日期", "成员编号", "方式", "数量", "单价", "金额", "来源", "决议号", "备注")
        compare.compare_rows(
            self.findings,
            self.plan.sheet(columns.SHARES.sheet),
            columns=[columns.SHARES.column(name) for name in names],
            known=[_known_share(movement) for movement in known],
            rows=[
                (row.row, _share(row))
                for row in facts.in_register_order(self.pack.shares)
                if row.on.year <= last
            ],
            year=self.plan.year,
        )

    def _trade(self) -> None:
        known = daybook.entries(self.db, Trade, book=self.book, known_at=self.known_at)
        self._rows(
            columns.TRADES.columns,
            self.plan.sheet(columns.TRADES.sheet),
            [
                (one.on, one.member, one.product, one.quantity, one.unit, one.amount)
                for one in known
                if one.on.year == self.plan.year
            ],
            [
                (row.row, (row.on, row.member, row.product, row.quantity, row.unit, row.amount))
                for row in self.pack.trades
            ],
        )

    def _labour(self) -> None:
        known = daybook.entries(self.db, WorkDay, book=self.book, known_at=self.known_at)
        self._rows(
            columns.WORK_DAYS.columns,
            self.plan.sheet(columns.WORK_DAYS.sheet),
            [
                (one.on, one.member, one.work, one.days, one.day_wage)
                for one in known
                if one.on.year == self.plan.year
            ],
            [
                (row.row, (row.on, row.member, row.work, row.days, row.day_wage))
                for row in self.pack.work_days
            ],
        )

    def _ballots(self) -> None:
        known = scoring.ballots(self.db, book=self.book, year=self.plan.year, known_at=self.known_at)
        self._rows(
            columns.BALLOTS.columns,
            self.plan.sheet(columns.BALLOTS.sheet),
            [
                (
                    one.year,
                    one.manager,
                    one.rater,
                    one.rater_kind,
                    one.points.survival,
                    one.points.prevention,
                    one.points.service,
                    one.points.attitude,
                    one.points.attendance,
                    one.points.benefit,
                )
                for one in known
            ],
            [
                (row.row, (row.year, row.manager, row.rater, row.rater_kind, *row.points))
                for row in self.pack.ballots
            ],
        )

    def _rows(
        self,
        of: tuple[Column, ...],
        area: Area,
        known: list[tuple[object, ...]],
        rows: list[tuple[int, tuple[object, ...]]],
    ) -> None:
        compare.compare_rows(self.findings, area, columns=of, known=known, rows=rows, year=self.plan.year)

    def _animals(self) -> None:
        area = self.plan.sheet(columns.ANIMALS.sheet)
        known = {animal.ear_tag: animal for animal in herd.animals(self.db, book=self.book)}
        counterparties = {row.code for row in self.pack.counterparties}
        numbers = {row.number for row in self.pack.members}
        for row in self.pack.animals:
            before = known.get(row.ear_tag)
            if before is not None:
                now = facts.animal_of(row, counterparties=counterparties, members=numbers)
                said = self._animal(row, before, now)
                compare.compare_row(self.findings, area, row.row, row.ear_tag, said)
        if self.again:  # in a new year those that left before are not handed over again
            self._keys(area, "耳标", {row.ear_tag: row.row for row in self.pack.animals}, known.keys())

    def _animal(self, row: AnimalRow, before: Animal, now: Animal) -> list[Said]:
        said = [
            *compare.said(
                columns.ANIMALS,
                row,
                {
                    "批次": before.batch,
                    "来源": before.origin,
                    "入栏日期": before.entered_on,
                    "入栏体重kg": before.entered_weight,
                    "作价": before.agreed_price,
                },
            ),
            compare.field(
                "所有人",
                before.owner_member or before.owner_counterparty or "合作社",
                now.owner_member or now.owner_counterparty or "合作社",
            ),
            compare.field("出借企业", before.lender or "", now.lender or ""),
        ]
        if self.again or before.leaving is not None:
            left = before.leaving
            said += compare.said(
                columns.ANIMALS,
                row,
                {
                    "状态": before.state,
                    "离栏日期": left and left.on,
                    "离栏体重kg": left and left.weight,
                    "单价": left and left.price,
                    "保险赔款": left and left.indemnity,
                },
            )
        return said

    def _policy(self) -> None:
        known = policies.policy(self.db, book=self.book, year=self.plan.year, version=1)
        now = facts.policy_of(self.pack.policy)
        if known is not None and known != now:
            area = self.plan.sheet(columns.PLAN)
            for name, item in _PLAN_ITEMS.items():
                before, new = getattr(known, name), getattr(now, name)
                compare.compare_row(self.findings, area, None, item, (compare.field(item, before, new),))
            for place, row in enumerate(sorted(self.pack.policy.legs, key=lambda leg: leg.no)):
                leg = known.legs[place] if place < len(known.legs) else None
                compare.compare_row(
                    self.findings,
                    area,
                    row.row,
                    f"{row.no} {row.name}",
                    (compare.field("序", leg, now.legs[place]),),
                )

    def _keys(self, area: Area, column: str, new: Mapping[str, int], known: AbstractSet[str]) -> None:
        """Rows by their numbers, which are all known and all there. A new year brings new ones."""
        compare.report_keys(
            self.findings,
            area,
            column,
            unknown=[(row, key) for key, row in new.items() if key not in known] if self.again else (),
            missing=sorted(known - new.keys()),
            year=self.plan.year,
        )


_PLAN_ITEMS = {
    "record_date": "记录日",
    "reserve_bp": "公积金比例bp",
    "reserve_basis": "公积金量化口径",
    "amount": "分配金额",
    "products": "交易产品",
    "commission_mode": "提成方式",
    "commission_bp": "提成比例bp",
    "bases": "提成基数",
    "below_60": "不足60分提成",
    "party_weight_bp": "党员评议权重bp",
    "least_ballots": "最少票数",
    "maxima": "各项满分",
    "resolution": "决议号",
}
_KIND_OF_CLASS = {
    class_of(kind, origin): kind
    for kind in columns.SHARE_KINDS.values()
    for origin in columns.SHARE_ORIGINS.values()
}


def _known_share(movement: Movement) -> tuple[object, ...]:
    return (
        movement.on,
        movement.member,
        _KIND_OF_CLASS[movement.share],
        movement.quantity,
        movement.price,
        movement.value,
        movement.origin,
        movement.resolution,
        movement.note,
    )


def _share(row: ShareRow) -> tuple[object, ...]:
    return (
        row.on,
        row.member,
        row.kind,
        row.quantity,
        row.price,
        row.amount,
        row.origin,
        row.resolution,
        masked_text(row.remark),
    )


# --- the township ----------------------------------------------------------------------------------------------


def judge_township(db: Connection, pack: Pack, findings: Findings, *, year: int) -> None:
    """Everything of the township that is known otherwise: places, thresholds, scores, cadres, bonuses."""
    _Township(db, pack, findings, year).judge()


class _Township:
    """The township's workbook. What is not known yet is new, whatever the year."""

    def __init__(self, db: Connection, pack: Pack, findings: Findings, year: int) -> None:
        self.db, self.pack, self.findings, self.year = db, pack, findings, year
        self.township = pack.township
        self.codes = townships_of(pack)

    def judge(self) -> None:
        """Sheet by sheet."""
        self._places()
        self._thresholds()
        self._scores()
        self._cadres()
        self._bonuses()

    def _compare(self, layout: Layout[R], row: R, what: str, known: Mapping[str, object]) -> None:
        area = Area(self.township.workbook, layout.sheet)
        compare.compare_row(self.findings, area, row.row, what, compare.said(layout, row, known))

    def _places(self) -> None:
        named = places_of(self.pack)
        known = places.places(self.db, codes=(place.code for place in named))
        for place in named:
            before = known.get(place.code)
            if before is not None and place.level is not PlaceLevel.VILLAGE:
                area = Area(self.township.workbook, columns.VILLAGES.sheet)
                said = compare.field("名称", before.name, place.name)
                compare.compare_row(self.findings, area, None, place.code, (said,))
        for row in self.township.villages:
            before = known.get(row.code)
            if before is not None:
                self._compare(columns.VILLAGES, row, row.code, {"名称": before.name, "类别": before.kind})

    def _thresholds(self) -> None:
        known = {
            (year, *key): one.entry.threshold.amount
            for code in self.codes
            for year in sorted({row.year for row in self.township.thresholds})
            for key, one in income.thresholds(self.db, region=code, year=year).items()
        }
        for row in self.township.thresholds:
            if (row.year, row.kind, row.measure) in known:
                amount = known[row.year, row.kind, row.measure]
                self._compare(columns.THRESHOLDS, row, f"{row.year} {row.kind}", {"金额": amount})

    def _scores(self) -> None:
        known = {
            (year, village): score
            for code in self.codes
            for year in sorted({row.year for row in self.township.scores})
            for village, score in scoring.village_scores(self.db, township=code, year=year).items()
        }
        for row in self.township.scores:
            score = known.get((row.year, row.village))
            if score is not None:
                before = {"得分": score.score, "养殖效益": score.benefit, "出勤情况": score.attendance}
                self._compare(columns.VILLAGE_SCORES, row, row.village, before)

    def _cadres(self) -> None:
        known = {
            key: cadre
            for code in self.codes
            for key, cadre in scoring.cadres(self.db, township=code, year=self.year).items()
        }
        for row in self.township.cadres:
            cadre = known.get((row.village, row.name))
            if cadre is not None:
                before = {
                    "职务": cadre.post,
                    "年度等次": cadre.grade,
                    "得分": cadre.score,
                    "养殖效益": cadre.benefit,
                    "出勤情况": cadre.attendance,
                }
                self._compare(columns.CADRES, row, f"{row.village} {row.name}", before)

    def _bonuses(self) -> None:
        for row in self.township.bonuses:
            for code in self.codes:
                schemes = township_policies.bonus_schemes(self.db, township=code, year=row.year)
                scheme = schemes.get(row.level)
                if scheme is not None:
                    before = {
                        "奖金池": scheme.pool,
                        "方式": scheme.mode,
                        "系数": scheme.tiers,
                        "不予发放部分": scheme.unpaid,
                    }
                    self._compare(columns.BONUSES, row, f"{row.year} {row.level}", before)


def places_of(pack: Pack) -> tuple[Place, ...]:
    """The places a pack names: county, townships and villages, each with the one above where it is known."""
    counties = {one.info.village_code[:6]: one.info.county for one in pack.cooperatives if one.info.county}
    townships = tuple(
        Place(
            code=code,
            name=pack.township.name,
            level=PlaceLevel.TOWNSHIP,
            parent=code[:6] if code[:6] in counties else "",
        )
        for code in townships_of(pack)
    )
    return (
        *(Place(code=code, name=name, level=PlaceLevel.COUNTY) for code, name in sorted(counties.items())),
        *townships,
        *(
            Place(
                code=village.code,
                name=village.name,
                level=PlaceLevel.VILLAGE,
                kind=village.kind,
                parent=township_of(village.code),
            )
            for village in pack.township.villages
        ),
    )
