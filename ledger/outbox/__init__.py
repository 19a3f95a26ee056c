"""What crosses two books: sent in the first book's transaction, landed in one of the second book's own (RULES §8)."""
