"""Idempotency keys: the same key has the same effect, for ever."""
