"""Runs: many payouts in one file for the bank, until it has paid them."""
