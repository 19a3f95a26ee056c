"""Published scores 考评公布: what the ballots come to, and what commission follows (RULES §6)."""
