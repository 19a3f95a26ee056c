"""红黑榜: the first and the last villages of a frozen month, open to appeal before everybody may read them (RULES §8)."""
