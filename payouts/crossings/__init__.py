"""What paying a village's collective means in the collective's own book (RULES §8)."""
