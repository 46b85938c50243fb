"""What the site can carry, one command each: `python -m benchmarks.charging`, `.history`, …

Every figure that is compared is measured in one run, in turns, so that a noisy machine hurts all
sides alike. docs/benchmarks.md keeps the figures.
"""
