"""Pages of calls by telephone."""
