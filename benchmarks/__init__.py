"""Measurements: `.venv/bin/python -m benchmarks.NAME`. Each says its goal and what it found."""
