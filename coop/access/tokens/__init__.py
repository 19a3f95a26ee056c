"""Tokens for programs that act in their owner's name."""
