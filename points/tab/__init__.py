"""Paying afterwards: the limit, bills, and what is given up. See docs/decisions/tab.md."""
