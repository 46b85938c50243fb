"""Pages that anyone may find through a search engine."""
