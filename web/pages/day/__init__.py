"""The cast's home, what they earned, and what they note and answer."""
