"""Periods: months, the settlement stage of a year, what stands in the way of a close, seals."""
