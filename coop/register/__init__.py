"""The guided acts of the register: one person prepares, another confirms, and everything is written at once."""
