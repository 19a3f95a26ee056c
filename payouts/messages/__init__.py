"""The outbox of batches that go over the line to a bank: written down before they are sent (RULES §9)."""
