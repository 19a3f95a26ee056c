"""现金盘点: the days of a month with what the journal says, the count of a day by denomination, and what to do about a
difference."""
