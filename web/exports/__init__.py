"""Files out of the house: spreadsheets of every table, printed vouchers, books and statements."""
