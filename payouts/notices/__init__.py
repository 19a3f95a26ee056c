"""Notice 公示 before money moves: how long it lasts, counted in working days (RULES §9)."""
