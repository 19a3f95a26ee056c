"""The books: charts, vouchers, periods, balances, statements, evidence, seal. Knows books, not cooperatives."""
