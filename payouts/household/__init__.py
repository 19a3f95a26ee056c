"""What a household is told about a year: gathered by the questions, worked out by the rules, shown elsewhere."""
