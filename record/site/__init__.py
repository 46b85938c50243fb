"""The site as its operator's own: its name, its colour, its words, its pictures."""
