"""The door for telephones: a process of its own that rings, speaks, listens and joins."""
