"""The way to an open site, for administrators."""
