"""A talk: entry, seats, the meter and its evidence, its end and its account."""
