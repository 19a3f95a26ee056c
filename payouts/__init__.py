"""How much may be shared, how it is shared, who must agree and what was paid."""
