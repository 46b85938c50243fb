"""A recording of a talk: the question, both consents, what is written, who sees it, its end."""
