"""Journals 日记账: the money accounts day by day, and the cashier's signature on what moved them."""
