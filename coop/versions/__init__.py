"""What holds of every policy that is kept in versions: its rows, the scans hung on them, the second person's word."""
