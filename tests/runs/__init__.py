"""Runs: the year's commission and dividend, from preview to voucher."""
