"""Opening a book in its village 建账, and entering what it begins with 期初余额."""
