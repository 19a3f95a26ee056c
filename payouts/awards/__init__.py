"""What a township's bonuses fall due as, month by month, until somebody leaves office (RULES §7)."""
