"""The board as staff see to it."""
