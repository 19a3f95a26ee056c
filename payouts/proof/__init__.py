"""The proof of a book with what was paid out by it: every run is worked out again from what was frozen."""
