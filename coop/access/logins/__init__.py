"""Logins: who has one, how its owner proves himself, and when it ends."""
