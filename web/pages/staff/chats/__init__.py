"""Consultations as staff see them: how long they wait, and, beside an open report, their words."""
