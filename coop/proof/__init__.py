"""The proof of a cooperative's or collective's books: the ledger's proof with what the register adds to it."""
