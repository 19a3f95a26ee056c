"""A book 账套: one accounting entity, one standard, its accounts."""
