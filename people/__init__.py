"""Accounts: who someone is, how they prove it, and whom they do not want to meet."""
