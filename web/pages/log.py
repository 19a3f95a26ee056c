"""操作日志: who did what and when, with what was there before and after, and its place in the chain."""
