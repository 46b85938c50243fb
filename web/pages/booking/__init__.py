"""Pages of booked time."""
