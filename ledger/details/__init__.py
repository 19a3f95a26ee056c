"""Details 明细: the members, counterparties, items, batches, assets and projects an account is kept by."""
