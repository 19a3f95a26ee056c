"""专项基金: gifts, and state aid received and used. They become nobody's share (DOMAIN §1.6)."""

from collections.abc import Iterator

from coop.register import entries
from coop.register.entries import AID_OWED, CURRENT, FUND
from coop.register.facts import MONEY, Facts, faults_of_money, faults_of_owing
from schemas.charts import Category, MovementType
from schemas.problems import Fault, Problem
from schemas.register import AidReceived, AidUsed, FundSource, Gift, Written

account_must_hold_an_asset = Fault(
    code="account_must_hold_an_asset",
    says="Account {account} holds neither money nor goods.",
    remedy="Choose where what was given is now.",
)
NOT_GIVEN = frozenset({"113", CURRENT, "181"})
"""应收款, 成员往来, 待处理财产损溢: assets nobody is given."""


def faults_of_gift(act: Gift, facts: Facts) -> Iterator[Problem]:
    """What was given stands on an account of an asset."""
    account = facts.chart.accounts.get(act.account[:3])
    if account is None or account.category is not Category.ASSET or act.account[:3] in NOT_GIVEN:
        yield account_must_hold_an_asset.at("/account", account=act.account)


def write_gift(act: Gift, facts: Facts) -> Written:
    """捐赠 or 财政补助 in money or goods: debit the asset, credit 311 under its source."""
    donated = act.source is FundSource.DONATION
    summary = f"{act.giver}捐赠" if donated else f"{act.giver}财政补助形成资产"
    fund = _fund_detail(act.giver, MovementType.DONATION if donated else MovementType.STATE_AID, facts)
    goods = act.detail if act.account[:3] not in MONEY else ""
    return Written(
        details=entries.details(goods, fund),
        vouchers=(
            entries.voucher(
                act,
                entries.line(summary, act.account, act.detail, debit=act.amount, quantity=act.quantity),
                entries.line(
                    summary,
                    FUND,
                    fund,
                    credit=act.amount,
                    movement=MovementType.DONATION if donated else MovementType.STATE_AID,
                ),
            ),
        ),
    )


def faults_of_aid_received(act: AidReceived) -> Iterator[Problem]:
    """Aid arrives on an account that holds money."""
    yield from faults_of_money(act.money)


def write_aid_received(act: AidReceived) -> Written:
    """财政补助 that came for a project: debit the money, credit 235."""
    summary = f"收到财政补助（{act.project}）"
    return Written(
        details=entries.details(act.project),
        vouchers=(
            entries.voucher(
                act,
                entries.line(summary, act.money, act.money_detail, debit=act.amount),
                entries.line(summary, AID_OWED, act.project, credit=act.amount),
            ),
        ),
    )


def faults_of_aid_used(act: AidUsed, facts: Facts) -> Iterator[Problem]:
    """No more is used than came."""
    yield from faults_of_owing(AID_OWED, act.project, act.amount, facts, pointer="/amount")


def write_aid_used(act: AidUsed, facts: Facts) -> Written:
    """Aid that has become an asset: debit 235, credit 311."""
    summary = f"财政补助形成资产转入专项基金（{act.project}）"
    fund = _fund_detail(act.project, MovementType.STATE_AID, facts)
    return Written(
        details=entries.details(fund),
        vouchers=(
            entries.voucher(
                act,
                entries.line(summary, AID_OWED, act.project, debit=act.amount),
                entries.line(summary, FUND, fund, credit=act.amount, movement=MovementType.STATE_AID),
            ),
        ),
    )


def _fund_detail(name: str, movement: MovementType, facts: Facts) -> str:
    """The detail of 专项基金 a source is kept under: 财政补助-牛舍建设, 社会捐赠-县红十字会."""
    (prefix,) = (one.prefix for one in facts.chart.accounts[FUND].proposals if one.movement is movement)
    return name if name.startswith(prefix) else f"{prefix}{name}"
