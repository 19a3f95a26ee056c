"""Signing in and out, and the attempts that are counted against a name and an address."""
