"""Text as people see it: what counts as a character, what can be seen, which way it runs."""
