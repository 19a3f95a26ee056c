"""People known to the books: everyone who ever prepared, reviewed or posted, with or without a login."""
