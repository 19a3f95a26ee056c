"""The vault: identity, account and telephone numbers sealed at rest, with a key that lies outside the database."""
