"""What would change: a year's runs under two versions of its policy, on the same books and registers."""
