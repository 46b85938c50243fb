"""What members do about a name that is good for one topic."""
