"""Pages on which rooms are found, by people and by search engines."""
