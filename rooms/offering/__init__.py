"""A room as a service: what it is called and found by, what it shows, and how it becomes public."""
