"""Consultations where something went wrong: what staff may read of them, and what is kept."""
