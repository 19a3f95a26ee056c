"""Households 农户 and their cards: how a family gets in, and which members of a book belong to it."""
