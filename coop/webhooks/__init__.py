"""Webhooks: subscriptions to what the log holds, and how far each was told (docs/decisions/webhooks-tell-the-log.md)."""
