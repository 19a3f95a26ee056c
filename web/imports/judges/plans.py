"""基本信息 and 分配方案: the facts of the unit, and the plan its surplus is shared by.

The parts of the legs sum to 10 000 basis points, the maxima of the six dimensions to 100 points.
"""

from collections import Counter
from collections.abc import Collection
from typing import cast

from schemas.packs import CommissionBase, ManagerPost, MemberRow, PackPolicy, PolicyLeg, UnitInfo
from web.imports import defects
from web.imports.cells import shortest, yuan
from web.imports.columns import COMMISSION_BASE, MANAGER, MANAGER_ITEM
from web.imports.findings import Findings, Table
from web.imports.forms import Form
from web.imports.judges.members import judge_bank_account, judge_credit_code
from web.imports.judges.references import Known, unique


def judge_info(
    form: Form,
    findings: Findings,
    *,
    file_name: str,
    members: Table[MemberRow],
    known: Known,
    villages: Known | None,
) -> tuple[ManagerPost, ...] | None:
    """The unit's codes fit and its managers are members; the managers, None if one could not be read."""
    if not form.present:
        return None
    if form.has("单位简称") and form.value("单位简称") != file_name:
        findings.report(
            defects.short_name_must_fit_the_file,
            form,
            (form.row("单位简称"), "内容"),
            raw=str(form.value("单位简称")),
            file=file_name,
            short=form.value("单位简称"),
        )
    if form.has("统一社会信用代码"):
        code = str(form.value("统一社会信用代码"))
        judge_credit_code(form, (form.row("统一社会信用代码"), "内容"), code, findings)
    if form.has("银行账号") and form.value("银行账号"):
        judge_bank_account(form, (form.row("银行账号"), "内容"), str(form.value("银行账号")), None, findings)
    if form.has("建账日期") and form.has("会计年度"):
        founded, year = form.value("建账日期"), form.value("会计年度")
        if founded.year > year:  # type: ignore[attr-defined]  # a day and a year, or the form has them not
            findings.report(
                defects.founding_must_not_be_later,
                form,
                (form.row("建账日期"), "内容"),
                raw=str(founded),
                founded=founded,
                year=year,
            )
    if villages is not None and form.has("村编码") and form.value("村编码") not in villages.codes:
        villages.miss(form, (form.row("村编码"), "内容"), str(form.value("村编码")))
    posts = []
    certain = not form.strangers
    numbers = Counter(row.number for row in members.rows)
    names = {
        row.number: row.name
        for row in members.rows
        if members.knows(row.row, "成员编号", "姓名") and numbers[row.number] == 1
    }
    for item in form.items():
        if not MANAGER.match(item):
            continue
        post = form.value(item)
        at = (form.row(item), "内容")
        if not form.has(item) or not isinstance(post, ManagerPost):
            certain = certain and form.has(item)
            continue
        posts.append(
            ManagerPost(row=form.row(item), member=post.member, name=post.name, village=post.village)
        )
        written = MANAGER_ITEM.kind.show(post)
        if post.member not in known.codes:
            known.miss(form, at, post.member)
        elif names.get(post.member, post.name) != post.name:
            findings.report(
                defects.manager_must_be_the_member,
                form,
                at,
                raw=written,
                number=post.member,
                name=names[post.member],
                written=post.name,
            )
        elif villages is not None and post.village not in villages.codes:
            villages.miss(form, at, post.village)
            continue
        else:
            continue
        certain = False
    return tuple(posts) if certain else None


def judge_plan(
    form: Form,
    legs: Table[PolicyLeg],
    findings: Findings,
    *,
    known: Known,
    managers: Known,
    products: Collection[str] | None,
    year: int | None,
) -> None:
    """The plan is of the year, its parts are whole, and whom and what it names exists."""
    if form.present:
        _items(form, findings, known, managers, products, year)
    if not legs.present:
        return
    if not legs.rows:
        findings.report(defects.plan_must_have_legs, legs)
        return
    unique(
        legs,
        ["序"],
        defects.leg_number_must_be_unique,
        findings,
        raw=lambda row: str(row.no),
        no=lambda row: row.no,
    )
    for row in legs.rows:
        if not legs.knows(row.row, "口径"):
            continue
        for member in row.basis.members:
            if member not in known.codes:
                known.miss(legs, (row.row, "口径"), member)
        product = row.basis.product
        if product and products is not None and product not in products:
            findings.report(
                defects.basis_product_should_be_traded,
                legs,
                (row.row, "口径"),
                raw=legs.shown(row, "口径"),
                product=product,
            )
    if legs.complete("比例bp", "序"):
        total = sum(row.part_bp for row in legs.rows)
        if total != 10_000:
            first, *others = legs.rows
            findings.report(
                defects.legs_must_sum_to_the_whole,
                legs,
                (first.row, "比例bp"),
                raw=str(first.part_bp),
                also=[(row.row, "比例bp") for row in others],
                sum=total,
            )


def _items(
    form: Form,
    findings: Findings,
    known: Known,
    managers: Known,
    products: Collection[str] | None,
    year: int | None,
) -> None:
    if form.has("年度") and year is not None and form.value("年度") != year:
        of_plan = form.value("年度")
        findings.report(
            defects.year_must_be_the_packs,
            form,
            (form.row("年度"), "内容"),
            raw=str(of_plan),
            year=of_plan,
            expected=year,
        )
    record = form.value("记录日")
    if form.has("记录日") and year is not None and record.year != year:  # type: ignore[attr-defined]
        findings.report(
            defects.record_date_must_be_in_the_year,
            form,
            (form.row("记录日"), "内容"),
            raw=str(record),
            date=record,
            year=year,
        )
    if form.has("各项满分"):
        maxima = cast("tuple[int, ...]", form.value("各项满分"))
        if sum(maxima) != 10_000:
            findings.report(
                defects.maxima_must_sum_to_the_whole,
                form,
                (form.row("各项满分"), "内容"),
                raw="/".join(map(shortest, maxima)),
                sum=shortest(sum(maxima)),
            )
    if form.has("交易产品") and products is not None:
        named = cast("tuple[str, ...]", form.value("交易产品"))
        untraded = "、".join(product for product in named if product not in products)
        if untraded:
            findings.report(
                defects.basis_product_should_be_traded,
                form,
                (form.row("交易产品"), "内容"),
                raw="、".join(named),
                product=untraded,
            )
    for item in form.items():
        match = COMMISSION_BASE.match(item)
        if match is None:
            continue
        member = match[1]
        base = form.value(item) if form.has(item) else None
        if isinstance(base, int) and base < 0:
            findings.report(
                defects.number_must_be_in_range,
                form,
                (form.row(item), "内容"),
                raw=yuan(base),
                least=0,
                most=10**13,
            )
        if member not in known.codes:
            known.miss(form, (form.row(item), "项目"), member)
        elif member not in managers.codes:
            managers.miss(form, (form.row(item), "项目"), member)
    with_base = {match[1] for item in form.items() if (match := COMMISSION_BASE.match(item))}
    without = sorted(managers.codes - with_base) if managers.certain else []
    # A base for somebody who is no manager, or an item that cannot be told, is the one a manager lacks.
    for member in without[len(with_base - managers.codes) + form.strangers :]:
        lacking = f"提成基数-{member}"
        findings.report(defects.item_must_be_present, form, raw=lacking, item=lacking)


def unit_info(form: Form, managers: tuple[ManagerPost, ...], standard: str) -> UnitInfo:
    """The unit's facts, once nothing of the form is in doubt."""
    value = form.value
    return UnitInfo(
        name=str(value("单位名称")),
        short_name=str(value("单位简称")),
        kind=str(value("单位类型")),
        standard=standard,
        credit_code=str(value("统一社会信用代码")),
        county=str(value("县")),
        township=str(value("乡镇")),
        village=str(value("村")),
        village_code=str(value("村编码")),
        founded_on=value("建账日期"),  # type: ignore[arg-type]  # the item's kind is Day
        year=value("会计年度"),  # type: ignore[arg-type]  # the item's kind is YEAR
        chair=str(value("理事长") or ""),
        accountant=str(value("会计") or ""),
        cashier=str(value("出纳") or ""),
        score_keeper=str(value("计分员") or ""),
        managers=managers,
        bank=str(value("开户行") or ""),
        bank_account=str(value("银行账号") or ""),
    )


def policy(form: Form, legs: Table[PolicyLeg]) -> PackPolicy:
    """The plan, once nothing of it is in doubt."""
    value = form.value
    bases = [
        CommissionBase(row=form.row(item), member=match[1], base=cast("int", value(item)))
        for item in form.items()
        if (match := COMMISSION_BASE.match(item))
    ]
    return PackPolicy(
        year=value("年度"),  # type: ignore[arg-type]  # each item has the value of its kind
        record_date=value("记录日"),  # type: ignore[arg-type]
        reserve_bp=value("公积金比例bp"),  # type: ignore[arg-type]
        reserve_basis=str(value("公积金量化口径")),
        amount=value("分配金额"),  # type: ignore[arg-type]
        products=value("交易产品") or (),  # type: ignore[arg-type]
        commission_mode=value("提成方式"),  # type: ignore[arg-type]
        commission_bp=value("提成比例bp"),  # type: ignore[arg-type]
        commission_bases=tuple(bases),
        below_60=value("不足60分提成"),  # type: ignore[arg-type]
        party_weight_bp=value("党员评议权重bp"),  # type: ignore[arg-type]
        least_ballots=value("最少票数"),  # type: ignore[arg-type]
        maxima=value("各项满分"),  # type: ignore[arg-type]
        resolution=str(value("决议号") or ""),
        legs=tuple(sorted(legs.rows, key=lambda row: row.no)),
    )
