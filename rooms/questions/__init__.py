"""Asking first: a caller and a cast write to each other about a room, one thread for the two."""
