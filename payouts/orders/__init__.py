"""Payment orders 付款方案: what the book owes its members already, paid like every run."""
