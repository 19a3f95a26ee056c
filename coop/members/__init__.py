"""Members 成员 and counterparties 往来单位, their identity data sealed from the first row."""
