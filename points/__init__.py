"""Money: wallets, lots, charges and transfers."""
