"""Pages of casts."""
