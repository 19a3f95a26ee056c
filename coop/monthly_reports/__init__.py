"""月报: the monthly reports of townships and counties, made of frozen months (RULES §8)."""
