"""收入快照: the villages' incomes of a month as they stood on the 1st, their ranks, and the red and black list (RULES §8)."""
