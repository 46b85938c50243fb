"""Pages of talk applications: the caller's, and the cast's."""
