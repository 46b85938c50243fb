"""Consultations where somebody goes: what ends, what is erased, what is kept; and the figures."""
