"""Which income is recognised: what lacks its evidence, kept by month (RULES §8)."""
