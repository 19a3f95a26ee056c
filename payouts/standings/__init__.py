"""How villages and their people stand: what tiers and rewards are worked out from."""
