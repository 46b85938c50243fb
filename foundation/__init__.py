"""Settings, database, clock, errors, limits: no word of the product."""
