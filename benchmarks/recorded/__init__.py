"""Servers of `benchmarks.relays` that record; each in a process of its own."""
