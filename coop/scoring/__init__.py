"""Scores 考评: managers and the ballots on them, villages' published scores, cadres."""
