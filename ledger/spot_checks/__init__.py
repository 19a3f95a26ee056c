"""Spot checks 凭证抽查: vouchers drawn by the chain, what a checker found, and what was said about it."""
