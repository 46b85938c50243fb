"""Payouts, as finance staff see to them."""
