"""The share register 出资: movements are added and never changed, a holding is what they add up to."""
