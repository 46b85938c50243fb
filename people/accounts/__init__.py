"""Accounts: who somebody is, and their password."""
