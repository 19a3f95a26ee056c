"""银行: the lines of bank statements, what they belong to in the journal, and the 余额调节表 of a day."""
