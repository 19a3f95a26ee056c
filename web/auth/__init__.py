"""Who is asking: passwords, second factors, sessions, tokens, and the guard every route passes.

keys        the vault's key file, outside the database and outside backups
passwords   argon2id, in a few threads
totp        the second factor, RFC 6238
words       secrets: of sessions, tokens, set-up and recovery codes
gate        signing in and out, and what a person keeps of his own login
callers     who sent this request
guards      what a route declares, and whether the caller may do it
"""
