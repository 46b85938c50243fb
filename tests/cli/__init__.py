"""The operators' verbs, as processes."""
