"""Asking a member to agree to what has changed, before anything new begins."""
