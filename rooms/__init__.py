"""Rooms and talks: directory, presence, entry, meter."""
