"""Vouchers 记账凭证: prepared, reviewed by another, posted for ever."""
