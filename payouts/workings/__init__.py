"""What the registers and books say a run follows from."""
