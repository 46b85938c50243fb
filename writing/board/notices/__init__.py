"""What the clock tells of the board."""
