"""Places 行政区划, where each book is at home, and the facts of the unit that keeps it."""
