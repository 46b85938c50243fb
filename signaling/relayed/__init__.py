"""Talks that go through the site's media processes."""
