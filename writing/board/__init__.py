"""The board: one asks all, many answer, everybody may read."""
