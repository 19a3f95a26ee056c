"""Hand-over packs 移交包 taken in: which, when, by whom, and which year of which book each one brought."""
