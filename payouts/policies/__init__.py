"""Policies: what a charter or a township has decided where the rules leave a choice; dated, versioned, for ever."""
