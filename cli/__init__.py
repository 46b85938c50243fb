"""The operators' verbs; composes the process."""
