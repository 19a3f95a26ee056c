"""Work days 工分: paid duty labour, a basis of distribution."""
