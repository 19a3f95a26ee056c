"""Whom reward schemes look at, and what they come to."""
