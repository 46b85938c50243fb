"""Paying afterwards, as finance staff see to it."""
