"""Closing a cooperative's or a collective's period: the register's obstacles beside the ledger's."""
