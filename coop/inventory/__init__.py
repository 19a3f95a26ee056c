"""What a collective has 三资台账: items as facts of a day, funds as balances, and the yearly count 清查."""
