"""Roles given to people: one person proposes, another consents, one is enough to take back."""
