"""What a township chose: its bonus, its reward schemes, how it judges its villages' incomes."""
