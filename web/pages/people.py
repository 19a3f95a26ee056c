"""People and roles: logins, roles that a second person consents to, tokens, and one's own account."""
