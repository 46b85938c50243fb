"""Letters where something goes wrong: claims, what staff may read, what is kept of the words."""
