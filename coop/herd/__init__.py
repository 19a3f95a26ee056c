"""The herd 牛只: every animal by ear tag, whose it is, how it came and how it left."""
