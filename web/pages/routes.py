"""All pages."""

from litestar.handlers import HTTPRouteHandler

from web.pages import (
    evidence,
    general_ledger,
    home,
    language,
    ledger,
    login,
    quantities,
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
]
