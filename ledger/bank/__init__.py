"""Bank statements 银行对账单 beside the bank account of the book, matched row by row."""
