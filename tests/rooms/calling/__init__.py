"""Calls by telephone."""
