"""The daybook 台账 of members: their trade with the cooperative and their paid work days, in the order written down."""
