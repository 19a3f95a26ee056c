"""Contracts of a collective 合同: what falls due by them, what was received, and what is found of them."""
