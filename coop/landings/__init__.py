"""What lands in a collective's book from a cooperative's, and what of a place's income is internal (RULES §8)."""
