"""Balances kept per book, account, detail and month in the posting's own transaction."""
