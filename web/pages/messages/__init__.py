"""The inbox: all that a member writes with others one to one, in one list."""
