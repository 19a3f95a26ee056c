"""The member account 成员账户: what a member put in, has a share of, traded and was given, year by year."""
