"""Data quality 记账质量: how the vouchers drawn of the books of a place stood up to a check."""
