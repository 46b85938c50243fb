"""Pages of calls by telephone: before one, during it, and a cast's stand-by for them."""
