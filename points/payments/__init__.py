"""Buying points: the payment provider, purchases, and what the provider tells of them."""
