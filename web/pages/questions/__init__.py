"""Pages on which a caller and a cast write to each other before a talk."""
