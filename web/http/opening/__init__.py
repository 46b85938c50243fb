"""A site that isn't open yet: who passes, and what everyone else is shown."""
