"""Applying to talk: asking a cast whether they have time now, and being rung when they do."""
