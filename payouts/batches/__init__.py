"""Batches 发放批次: approved lines to the bank or to hand, and back (RULES §9)."""
