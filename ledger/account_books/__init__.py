"""The books of account 会计账簿: general ledger, detail ledger, journals, quantity-and-amount book; all read, none kept."""
