"""Pages of rooms and of the talks in them."""
