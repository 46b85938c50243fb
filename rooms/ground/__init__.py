"""What several floors of rooms/ stand on: their tables, live talks, kept times, refusals."""
