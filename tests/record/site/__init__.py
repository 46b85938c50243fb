"""The site as its operator's own."""
