"""The banks, and the account of each cast."""
