"""Pages that are about no account, room or point."""
