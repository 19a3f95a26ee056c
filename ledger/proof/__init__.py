"""The proof of the books: everything kept is worked out again from what is sealed, and every difference is named."""
