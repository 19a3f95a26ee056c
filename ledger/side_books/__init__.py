"""Side books 备查账: what bank, cash and asset registers and spot checks hold beside the vouchers, proved against the log."""
