"""The statutory statements, line by line."""
