"""检查: a book proves itself while one waits; what was found, and what to do about it."""
