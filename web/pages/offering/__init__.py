"""Pages of what a room offers besides its words."""
