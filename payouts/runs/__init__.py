"""Runs: a year's dividend or commission from preview through notice and approval to its vouchers (RULES §9)."""
