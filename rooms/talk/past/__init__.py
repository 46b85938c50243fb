"""Talks that are over: their accounts, their list, how often two have talked."""
