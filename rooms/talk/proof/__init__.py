"""What the two browsers tell of a talk, and what the site makes of it."""
