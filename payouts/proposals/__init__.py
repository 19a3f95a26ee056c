"""What a run would come to now, whatever its kind."""
