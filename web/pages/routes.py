"""All pages."""

from litestar.handlers import HTTPRouteHandler

from web.pages import (
    accounts,
    close,
    evidence,
    general_ledger,
    herd,
    home,
    labour,
    language,
    ledger,
    login,
    me,
    members,
    quantities,
    shares,
    statements,
    static,
    trial_balance,
    voucher,
    voucher_form,
    vouchers,
)

handlers: list[HTTPRouteHandler] = [
    *static.handlers,
    *login.handlers,
    *me.handlers,
    *language.handlers,
    *home.handlers,
    *vouchers.handlers,
    *voucher_form.handlers,
    *voucher.handlers,
    *evidence.handlers,
    *trial_balance.handlers,
    *general_ledger.handlers,
    *ledger.handlers,
    *quantities.handlers,
    *statements.handlers,
    *close.handlers,
    *members.handlers,
    *shares.handlers,
    *labour.handlers,
    *herd.handlers,
    *accounts.handlers,
]
